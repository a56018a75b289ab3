//! The boosted rung: what trees over behaviour add to what the purchase model says.
//!
//! The trees start from the purchase model's answer and learn by how much it is off: a margin of 0 leaves it as it
//! is, so a shop with little history gets little correction, and the purchase model's level, which is fitted to
//! all that is known at the as-of, stays under the answer.
//!
//! # One curve
//!
//! Trees are trained for one horizon. With `S(t)` the purchase model's probability of no order within `t`, and `p`
//! the boosted probability at the trained horizon `h`, the answer at any other `t` is `S(t)^k` with
//! `k = ln p / ln S(h)`: the hazards of the purchase model, all multiplied by `k` (Cox 1972, proportional hazards).
//! It meets `p` at `h`, never rises with `t`, and two horizons cannot cross.

mod asked;
mod blend;
mod form;
mod names;
mod row;

pub use blend::{Blend, BlendMember};
pub use form::{Bend, Boosted, BoostedModel};
pub use names::CategoryNames;
pub use row::{Base, Column, PurchaseReading, RowReader, number};
pub(crate) use row::{EDGE, LEAST};
