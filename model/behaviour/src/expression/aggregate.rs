//! What can be asked about a customer's events: a function of some events in a window.

use tenure_core::{Duration, EventKind, Horizon};

use super::{Filter, Type};

/// A function of the selected events in a window, for example `sum(order.amount where channel = 'amazon', 90d)`.
#[derive(Clone, Debug, PartialEq)]
pub struct Aggregate {
    /// What is computed.
    pub function: Function,
    /// Of which events.
    pub selector: Selector,
    /// Of which attribute, where the function needs one.
    pub attribute: Option<Attribute>,
    /// When they occurred.
    pub window: Window,
}

/// What is computed from the selected events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Function {
    /// How many there are.
    Count,
    /// The sum of a number; zero where there is none.
    Sum,
    /// The mean of a number.
    Average,
    /// The least of a number.
    Min,
    /// The greatest of a number.
    Max,
    /// The attribute of the first event that has it.
    First,
    /// The attribute of the last event that has it.
    Last,
    /// How many different names; at most 4,096 are told apart beyond the longest window.
    Distinct,
    /// Days from the last event to the as-of.
    DaysSince,
    /// Days from the first event to the as-of.
    DaysSinceFirst,
    /// Days from the customer's first event of any kind to the first of these.
    DaysToFirst,
    /// Mean days between one event and the next; two events at least.
    MeanGap,
    /// Sample standard deviation of those gaps, in days; three events at least.
    GapDeviation,
}

/// Which events are looked at.
#[derive(Clone, Debug, PartialEq)]
pub struct Selector {
    /// The kind; any (`event` in the language) where absent. Orders of "any" do not fall.
    pub kind: Option<EventKind>,
    /// What must hold for each of them.
    pub filter: Option<Filter>,
}

/// When the events occurred, seen from the as-of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Window {
    /// At any time before.
    Always,
    /// `[as_of - lag - length, as_of - lag)`.
    Past {
        /// How long the window is.
        length: Duration,
        /// How long before the as-of it ends; zero but for `lag` in the language.
        lag: Duration,
    },
    /// `[as_of, as_of + horizon)`: for labels.
    Next(Horizon),
}

/// An attribute of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Attribute {
    /// A number.
    Number(NumberAttribute),
    /// A name.
    Text(TextAttribute),
}

/// An attribute that is a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NumberAttribute {
    /// Money, net of refunds for an order; what went back for a refund.
    Amount,
    /// Money as ordered.
    GrossAmount,
    /// By how much an order was reduced.
    Discount,
    /// How long it took.
    Duration,
    /// Pieces or points.
    Quantity,
    /// An answer in points.
    Rating,
    /// Month of the event's local date, 1 to 12.
    Month,
    /// Day of the event's local month, 1 to 31.
    DayOfMonth,
    /// Local weekday of the event, 1 (Monday) to 7.
    Weekday,
    /// Local hour of the event, 0 to 23.
    Hour,
}

/// An attribute that is a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TextAttribute {
    /// The product.
    Product,
    /// Its category.
    Category,
    /// Where it happened.
    Channel,
    /// The campaign that led to it.
    Campaign,
    /// The kind of device.
    Device,
    /// The country.
    Country,
    /// The order that it is about.
    OrderId,
    /// The event's local date: `distinct(order.day)` counts purchase occasions. Only for `distinct`.
    Day,
}

impl Aggregate {
    /// What the result measures.
    #[must_use]
    pub fn measures(&self) -> Type {
        match self.function {
            Function::Count | Function::Distinct => Type::Count,
            Function::Sum
            | Function::Average
            | Function::Min
            | Function::Max
            | Function::First
            | Function::Last => self.attribute.map_or(Type::Count, Attribute::measures),
            Function::DaysSince
            | Function::DaysSinceFirst
            | Function::DaysToFirst
            | Function::MeanGap
            | Function::GapDeviation => Type::Days,
        }
    }
}

impl Attribute {
    /// What the attribute measures.
    #[must_use]
    pub const fn measures(self) -> Type {
        match self {
            Self::Number(number) => number.measures(),
            Self::Text(_) => Type::Text,
        }
    }
}

impl NumberAttribute {
    /// What the attribute measures.
    #[must_use]
    pub const fn measures(self) -> Type {
        match self {
            Self::Amount | Self::GrossAmount | Self::Discount => Type::Money,
            Self::Duration => Type::Duration,
            Self::Quantity => Type::Count,
            Self::Rating | Self::Month | Self::DayOfMonth | Self::Weekday | Self::Hour => Type::Score,
        }
    }
}
