//! Compiled expressions and conditions.

use super::series::Storage;
use crate::Symbol;
use crate::expression::{Arithmetic, CalendarPart, Comparison, Function, Prediction, RfmMeasure};

/// A compiled definition.
#[derive(Clone, Debug)]
pub(super) enum Body {
    Value(Node),
    Truth(Test),
}

/// A compiled expression.
#[derive(Clone, Debug)]
pub(super) enum Node {
    Number(f64),
    Text(Symbol),
    Reading(Reading),
    /// The second reading looks at the window before the first's.
    Trend(Box<(Reading, Reading)>),
    Arithmetic(Arithmetic, Box<(Node, Node)>),
    Calendar(CalendarPart),
    Rfm {
        measure: RfmMeasure,
        /// The last standing order, without which there is no score.
        last: Reading,
        /// What is scored, where it is not the last order.
        measured: Box<Reading>,
    },
    Percentile {
        key: u64,
        of: Box<Node>,
    },
    Prediction(Prediction),
}

/// A compiled condition.
#[derive(Clone, Debug)]
pub(super) enum Test {
    All(Vec<Self>),
    Any(Vec<Self>),
    Not(Box<Self>),
    Compare(Box<Node>, Comparison, Box<Node>),
    OneOf(Box<Node>, Box<[Symbol]>),
    Missing(Box<Node>),
    FollowedBy { first: Reading, then: Reading, within: i64 },
}

/// A function of the events of a stream in a window.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reading {
    pub(super) function: Function,
    pub(super) stream: u16,
    /// The refunds that name no order, to be deducted from a sum of orders.
    pub(super) refunds: Option<u16>,
    pub(super) storage: Storage,
    pub(super) window: Span,
    /// Smallest units in one of the value's type.
    pub(super) units: f64,
}

/// A window by its distances from the as-of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    /// How long before the as-of it begins; [`Span::EVER`] for no beginning.
    pub(super) from: i64,
    /// How long before the as-of it ends; negative where it ends after it.
    pub(super) until: i64,
}

impl Span {
    pub(super) const EVER: i64 = i64::MAX;
    pub(super) const ALWAYS: Self = Self { from: Self::EVER, until: 0 };

    pub(super) fn is_bounded(self) -> bool {
        self.from != Self::EVER
    }

    /// The first instant inside, seen from `as_of`.
    pub(super) fn start(self, as_of: i64) -> i64 {
        if self.is_bounded() { as_of.saturating_sub(self.from) } else { i64::MIN }
    }

    /// The first instant behind.
    pub(super) fn end(self, as_of: i64) -> i64 {
        as_of.saturating_sub(self.until)
    }
}
