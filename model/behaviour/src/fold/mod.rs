//! The fold: from facts to the values of expressions, event by event.
//!
//! [`Program::compile`] turns definitions into what must be remembered of a customer; [`CustomerState::apply`] takes
//! in one fact; [`Program::features`], [`Program::holds`] and [`Program::next_change`] read the state at an as-of.
//! Offline [`snapshots`] makes the same calls in one pass over a customer's facts, so training and serving cannot
//! disagree. [Meaning](crate::expression#meaning) says what the values are; this page what the fold adds to it.
//!
//! # How
//!
//! Each selection of events is a *stream*, shared by all windows and functions that look at it: a sorted list of
//! times, and running sums beside it, so a sum over any window is two searches and a difference. What no window can
//! show any more is summed up. Everything is an integer until it is read.
//!
//! # To the letter
//!
//! - **Known.** Facts are applied in the order in which they became known. Reach is counted between the instants at
//!   which two facts became known: a duplicate, refund or cancellation is recognised up to [`REACH`] after
//!   the event or order that it repeats or names, and a refund or cancellation waits so long for an order.
//! - **Orders of several lines.** Facts of one order id and different event ids are orders of their own. A refund
//!   lowers them one after the other as they occurred, and what is left of it waits for a further one. A
//!   cancellation calls all of them off. An order without an amount falls only by a cancellation.
//! - **Refunds** of nothing change nothing. Up to 4,096 orders of a customer and 256 waiting refunds and
//!   cancellations are remembered within reach.
//! - **Any kind** (`event`): orders count as ordered, whatever became of them.
//! - **Gaps** leave out events that became known more than [`REACH`] after they occurred.
//!   They are measured in microseconds: the mean is (last - first) / (n - 1).
//! - **Names** are [symbols](crate::Symbol); of equal instants the greater symbol is the later one.
//! - **Numbers** are divided by the units of their type when they are read, an average of money after that by the
//!   count. A result that is not finite is missing.
//! - **RFM** scores are missing for customers without a standing order, as they are without fitted cuts. Frequency
//!   counts local days.
//! - **Sums** are right as long as they fit 64 bits.
//!
//! [`REACH`]: crate::expression::REACH

mod column;
mod compile;
mod error;
mod evaluate;
mod ledger;
mod moment;
mod next_change;
mod node;
mod program;
mod quantiles;
mod read;
mod seen;
mod series;
mod state;
mod stored;
mod stream;

pub use column::Columns;
pub use error::FoldError;
pub use program::{Program, Settings};
pub use quantiles::{QuantileTable, Quantiles};
pub use state::{Applied, CustomerState};
pub use stored::StoredState;

use std::fmt;

use tenure_core::AsOf;

use crate::expression::{Prediction, REACH};
use crate::rfm::RfmCutPoints;
use crate::{Fact, Symbol};

const REACH_US: i64 = REACH.microseconds();
const ORDER: Symbol = Symbol::from_bits(0x51d7_50b5_7b60_9679);
const REFUND: Symbol = Symbol::from_bits(0xcf70_f723_acc5_9cd1);
const CANCEL: Symbol = Symbol::from_bits(0x19e1_6eb7_f9f2_d18b);

/// The value of a definition for one customer at an as-of.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value {
    /// There is none.
    Missing,
    /// A number in the unit of its [`Type`](crate::expression::Type).
    Number(f64),
    /// A name.
    Text(Symbol),
    /// Whether a condition holds.
    Truth(bool),
}

/// What a question depends on besides the customer's events.
#[derive(Clone, Copy)]
pub struct Surroundings<'a> {
    /// The instant at which it is asked.
    pub as_of: AsOf,
    /// The shop's quintiles; without them RFM scores are missing.
    pub rfm: Option<&'a RfmCutPoints>,
    /// The shop's quantiles; without them percentiles are missing.
    pub quantiles: Option<&'a Quantiles>,
    /// What the models say about this customer; without them predictions are missing.
    pub predictions: Option<&'a dyn Fn(Prediction) -> Option<f64>>,
}

impl Surroundings<'_> {
    /// Nothing but an instant.
    #[must_use]
    pub const fn at(as_of: AsOf) -> Self {
        Self { as_of, rfm: None, quantiles: None, predictions: None }
    }
}

impl fmt::Debug for Surroundings<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Surroundings").field("as_of", &self.as_of).finish_non_exhaustive()
    }
}

/// Folds one customer's facts in one pass and shows the state at each as-of.
///
/// `facts` are all of one customer in the order in which they became known ([`Fact::known_at`]), `as_ofs` rise; `state`
/// is cleared first and serves as room. `visit` gets the place of each as-of and the state that holds exactly what
/// was known before it.
pub fn snapshots(
    program: &Program,
    facts: &[Fact],
    as_ofs: &[AsOf],
    state: &mut CustomerState,
    mut visit: impl FnMut(usize, &CustomerState),
) {
    state.clear();
    let mut facts = facts.iter().peekable();
    for (place, as_of) in as_ofs.iter().enumerate() {
        while let Some(fact) = facts.next_if(|fact| as_of.knows(fact.known_at())) {
            state.apply(program, fact);
        }
        visit(place, state);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kinds_that_the_fold_knows_are_those_of_the_log() {
        let symbols = ["order", "refund", "order_cancel"].map(|name| Symbol::of(name).bits());
        assert_eq!(symbols, [ORDER, REFUND, CANCEL].map(Symbol::bits), "{symbols:x?}");
    }
}
