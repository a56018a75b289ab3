//! What BG/NBD and MBG/NBD share: buyers who may leave after an order, each with a chance of their own.

mod likelihood;
mod outlook;

pub(crate) use likelihood::{Dropout, customer_log_likelihood, log_likelihood, starts};
pub use outlook::BetaGeometricOutlook;
