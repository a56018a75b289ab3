//! Recency, frequency and monetary value, scored 1 to 5.
//!
//! Marketers have spoken in these three numbers for half a century, so every score carries them, and the
//! customer's cell of the recency x frequency grid has a name ([`RfmSegment`]).
//!
//! # What is measured
//!
//! | score | of | better is |
//! |---|---|---|
//! | recency | [`since_last`](crate::PurchaseSummary::since_last), to the microsecond | less |
//! | frequency | [`occasions`](crate::PurchaseSummary::occasions), the first among them | more |
//! | monetary | [`net_spend`](crate::PurchaseSummary::net_spend) in total, less refunds | more |
//!
//! What the monetary score measures can be [chosen](RfmMonetary): the total by default, the average order, or a window.
//!
//! # Names
//!
//! Three published tables name a customer's group: [`RfmScheme`] says which, and how each rounds. [`RfmStyle`] tells
//! frequent buyers from big spenders, and a [`MigrationMatrix`] counts who moved between two as-ofs.
//!
//! # Ties
//!
//! A score is set by the share of customers *strictly worse*: a customer scores above `k` exactly when at
//! least `k` fifths of the customers that the cuts were fitted on are strictly worse. So 5 says "better
//! than at least 80 % of customers", and equal customers always score the same, whatever their order.
//!
//! The usual recipe, quintiles of a rank with ties broken by position, does not: it puts customers with
//! one order each into different classes. Where most customers have one order, as in nearly every shop,
//! all of them score 1 for frequency, and the next score given is the one that their share implies: if
//! 70 % have one order, a second one lifts a customer to 4, since seven tenths (more than three fifths,
//! less than four) are worse. Scores in between are then given to nobody. If all customers are equal, all
//! score 1; the fifth in front is only ever as large as it can be told apart.

mod cut_points;
mod migration;
mod monetary;
mod scheme;
mod segment;
mod style;

pub use cut_points::{RfmCutPoints, RfmScore, RfmValues};
pub use migration::{MigrationMatrix, Place};
pub use monetary::RfmMonetary;
pub use scheme::{RfmGroup, RfmScheme};
pub use segment::RfmSegment;
pub use style::RfmStyle;
