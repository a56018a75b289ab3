//! What must hold of one event for an aggregate to look at it.

use super::{Comparison, NumberAttribute, TextAttribute};

/// What must hold of one event, for example `channel = 'amazon' and amount > 50`.
///
/// A comparison with an attribute that the event lacks is false.
#[derive(Clone, Debug, PartialEq)]
pub enum Filter {
    /// All hold.
    All(Vec<Filter>),
    /// One holds at least.
    Any(Vec<Filter>),
    /// It does not hold.
    Not(Box<Filter>),
    /// A number compares so. `amount` is what was ordered or what went back.
    Number {
        /// The attribute.
        attribute: NumberAttribute,
        /// How it must compare.
        comparison: Comparison,
        /// With what, in the unit of the attribute's [`Type`](super::Type).
        value: f64,
    },
    /// A name is one of these.
    OneOf {
        /// The attribute.
        attribute: TextAttribute,
        /// The names that it may be, sorted.
        names: Vec<Box<str>>,
    },
    /// The event has the attribute.
    Present(TextAttribute),
}
