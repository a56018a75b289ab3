//! Churn by a definition of the shop's own.
//!
//! Churn is no order within the horizon, where nothing else is said. Any other condition of the behaviour language
//! that looks ahead can be the definition, such as fewer than two orders of 50 or more within 60 days. Then only the
//! probability of churn is of that definition, at the window of the definition and no other: value and expected orders
//! go on to be about orders.
//!
//! # From purchases to a definition
//!
//! The purchase model knows nothing of the definition, but who orders more mostly does more of all else. So its
//! log-odds of no order within the window are taken as a reading, and a line from it to the log-odds of the definition
//! is fitted at past dates ([`FromPurchases`]). That line is the answer where no events are given; trees over behaviour
//! start from it.

mod definition;
mod head;

pub use definition::{ChurnDefinition, InvalidChurn};
pub use head::{Churn, ChurnModel, FromPurchases};
