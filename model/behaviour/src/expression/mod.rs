//! What the behaviour language can say, checked and typed, before anything is evaluated.
//!
//! The [language](crate::language) turns text into these types, the [fold](crate::fold) evaluates them and
//! [segments](crate::segments) proves things about them; none of the three knows the others' insides.
//!
//! # Meaning
//!
//! A question is asked of one customer at an as-of. These rules are the whole of it.
//!
//! - **What counts.** Only facts whose `occurred_at` and `ingested_at` are both before the as-of. Of facts with the
//!   same event id, the one known first.
//! - **Windows.** `[as_of - lag - length, as_of - lag)` over `occurred_at`; [`Window::Next`] is
//!   `[as_of, as_of + horizon)` and exists in labels only.
//! - **Orders stand or fall.** An order that an `order_cancel` names by its order id, or whose refunds reach its
//!   amount, is no order any more from the instant at which that is known. Until then refunds lower its amount:
//!   [`NumberAttribute::Amount`] of an order is net, [`NumberAttribute::GrossAmount`] and every filter see what was
//!   ordered. A refund that names no order lowers sums and averages of `order.amount` at its own time, if the filter
//!   holds for it; one that names an unknown order waits for that order. `refund.amount` is what went back, above zero.
//! - **Reach.** A duplicate, a cancellation, a refund and a late event's part in gaps are recognised within
//!   [`REACH`] of what they concern, so that a state stays bounded.
//! - **Missing.** An average, extreme, first, last, gap or time since nothing is missing, and so is a division by zero.
//!   Arithmetic with a missing operand is missing, and every comparison with one is false.
//! - **Ties.** Among equal instants the greater value is the later one.

mod aggregate;
mod condition;
mod filter;

pub use aggregate::{Aggregate, Attribute, Function, NumberAttribute, Selector, TextAttribute, Window};
pub use condition::{Comparison, Condition};
pub use filter::Filter;

use tenure_core::{Duration, Horizon};

/// How far back a duplicate, cancellation, refund or late event reaches: 400 days, a year and the longest return period.
pub const REACH: Duration = Duration::from_days(400);

/// What an expression measures. Values of two types are neither compared nor added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Type {
    /// How many, a whole number.
    Count,
    /// Major units of the reporting currency.
    Money,
    /// A length of time in days; thresholds may be plain numbers or lengths such as `36h`.
    Days,
    /// A length of time in seconds; thresholds need a unit.
    Duration,
    /// A quotient, probability or part; thresholds may be written as `10%`.
    Share,
    /// A whole number of a scale: an RFM score, a rating, a month.
    Score,
    /// A name.
    Text,
}

/// Something with a value for each customer and as-of, possibly missing.
#[derive(Clone, Debug, PartialEq)]
pub enum Expression {
    /// A number in the unit of its type.
    Number {
        /// The number.
        value: f64,
        /// What it measures.
        measures: Type,
    },
    /// A name, quoted in the text.
    Text(Box<str>),
    /// Something about the customer's events.
    Aggregate(Aggregate),
    /// An aggregate over its window, divided by the same over the window before.
    Trend(Aggregate),
    /// Two values combined.
    Arithmetic {
        /// How.
        operator: Arithmetic,
        /// The first.
        left: Box<Expression>,
        /// The second.
        right: Box<Expression>,
    },
    /// Something about the as-of itself, in the shop's time zone.
    Calendar(CalendarPart),
    /// A score from 1 to 5 by the shop's fitted quintiles.
    Rfm(RfmMeasure),
    /// The share of the shop's customers whose value is not above this customer's, by the fitted quantiles.
    Percentile(Box<Expression>),
    /// What the models expect.
    Prediction(Prediction),
}

/// How two numbers are combined.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Arithmetic {
    /// `+`, of one type.
    Add,
    /// `-`, of one type.
    Subtract,
    /// `*`, of anything with a plain number.
    Multiply,
    /// `/` or `ratio(…)`: of one type it is a share, by a plain number it keeps the type.
    Divide,
}

/// A part of the as-of's local date.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CalendarPart {
    /// 1 to 12.
    Month,
    /// 1 to 31.
    DayOfMonth,
    /// 1 to 366.
    DayOfYear,
    /// 1 (Monday) to 7.
    Weekday,
}

/// A dimension of RFM.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RfmMeasure {
    /// How lately the customer ordered.
    Recency,
    /// On how many local days the customer ordered.
    Frequency,
    /// How much the customer spent, refunds deducted.
    Monetary,
}

/// What a model says about a customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Prediction {
    /// The probability of no order within the horizon.
    ChurnProbability(Horizon),
    /// Expected net spend within the horizon, discounted.
    Clv(Horizon),
    /// Expected orders within the horizon.
    ExpectedOrders(Horizon),
    /// The probability that the customer has not left yet.
    PAlive,
}

/// A name and what it stands for: a feature, a label or a segment.
#[derive(Clone, Debug, PartialEq)]
pub struct Definition {
    /// The name, of lower-case letters, digits and underscores.
    pub name: Box<str>,
    /// What it stands for.
    pub body: Body,
}

/// What a definition stands for.
#[derive(Clone, Debug, PartialEq)]
pub enum Body {
    /// A value.
    Value(Expression),
    /// Something that holds or does not.
    Truth(Condition),
}

impl Expression {
    /// What it measures.
    #[must_use]
    pub fn measures(&self) -> Type {
        match self {
            Self::Number { measures, .. } => *measures,
            Self::Text(_) => Type::Text,
            Self::Aggregate(aggregate) => aggregate.measures(),
            Self::Trend(_) | Self::Percentile(_) => Type::Share,
            Self::Arithmetic { operator, left, right } => {
                operator.measures(left.measures(), right.measures())
            }
            Self::Calendar(_) | Self::Rfm(_) => Type::Score,
            Self::Prediction(prediction) => prediction.measures(),
        }
    }
}

impl Arithmetic {
    /// What the result measures, of operands that the compiler let through.
    fn measures(self, left: Type, right: Type) -> Type {
        match self {
            Self::Add | Self::Subtract => left,
            Self::Divide if left == right => Type::Share,
            Self::Divide => left,
            Self::Multiply if left == Type::Share => right,
            Self::Multiply => left,
        }
    }
}

impl Prediction {
    fn measures(self) -> Type {
        match self {
            Self::ChurnProbability(_) | Self::PAlive => Type::Share,
            Self::Clv(_) => Type::Money,
            // Not whole, but it counts orders and is compared with a number.
            Self::ExpectedOrders(_) => Type::Count,
        }
    }
}
