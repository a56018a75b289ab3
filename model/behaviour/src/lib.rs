//! What a customer did, summed up.
//!
//! An [`OrderHistory`] holds one customer's orders and refunds; [`PurchaseSummary`] is what the
//! buy-till-you-die models and [RFM](rfm) read from it at an as-of. Offline and online the same functions
//! make them, so a score in a file and a score over the wire agree bit for bit.
//!
//! Money accumulates in integers; floats appear only when a summary is read.

#![forbid(unsafe_code)]

mod error;
pub mod expression;
mod fact;
pub mod fold;
mod history;
pub mod language;
mod outcome;
pub mod rfm;
pub mod segments;
mod summary;

pub use error::BehaviourError;
pub use fact::{Fact, Symbol};
pub use history::OrderHistory;
pub use outcome::Outcome;
pub use summary::{OccasionRule, PurchaseSummary, SummaryRule};
