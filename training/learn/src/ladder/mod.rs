//! The boosted rung: trees that learn at past dates by how much the purchase model was off.
//!
//! At each date of a grid whose whole outcome lies before the as-of, the purchase model is fitted to what was then
//! known, and rows of behaviour are folded from the events then known. Trees learn the difference between what the
//! model said and what happened. How many trees are worth having is judged at later dates than they were trained
//! on, with the outcomes of the training rows closed before the judged date: so no customer's outcome is on both
//! sides.
//!
//! Where churn is defined by the shop, a second set of trees learns that definition at the same dates; value goes on to
//! read orders.
//!
//! How much of the level that the same season showed a year before is carried over is judged there as well.

mod ascent;
mod calibration_slope;
mod challengers;
mod choose;
mod churn;
mod curve;
mod features;
mod grid;
mod halving;
mod level;
mod proof;
mod season;
mod shift;
mod short;
mod snapshot;
mod source;
mod spread;
mod stage;
#[cfg(test)]
mod tests;
mod trees;
mod trial;
mod tune;

pub(crate) use ascent::{Way, ascend};
pub(crate) use churn::check as check_churn;
pub(crate) use features::text as definitions_text;
pub(crate) use short::learned_horizon;
pub use source::FactSource;
pub(crate) use stage::{Stage, silence, too_few};
pub(crate) use trees::usual as usual_trees;
pub(crate) use trial::LEAST_FOR_TREES;
pub use tune::Tuning;
