//! What holds of a customer or does not.

use tenure_core::Duration;

use super::{Expression, Selector};

/// Something that holds of a customer at an as-of, or does not.
#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    /// All hold; true of none.
    All(Vec<Condition>),
    /// One holds at least; false of none.
    Any(Vec<Condition>),
    /// It does not hold.
    Not(Box<Condition>),
    /// Two values compare so; false where one is missing. `between` is two of these.
    Compare {
        /// The first value.
        left: Expression,
        /// How they must compare. Names are only `=` or `!=`.
        comparison: Comparison,
        /// The second value, of the same type.
        right: Expression,
    },
    /// A name is one of these; false where it is missing.
    OneOf {
        /// The name.
        value: Expression,
        /// The names that it may be, sorted.
        names: Vec<Box<str>>,
    },
    /// The value is missing.
    Missing(Expression),
    /// After the last `first` of the last [`REACH`](super::REACH) there was a `then`: at it or later, and less than
    /// `within` after it.
    FollowedBy {
        /// What came before.
        first: Selector,
        /// What came after.
        then: Selector,
        /// How soon.
        within: Duration,
    },
}

/// How two values compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Comparison {
    /// `=`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `>`
    Greater,
    /// `>=`
    AtLeast,
}

impl Comparison {
    /// Whether two numbers compare so.
    ///
    /// ```
    /// use tenure_behaviour::expression::Comparison;
    /// assert!(Comparison::AtMost.holds(30.0, 30.0) && !Comparison::Less.holds(30.0, 30.0));
    /// ```
    #[must_use]
    #[expect(clippy::float_cmp, reason = "the language compares exactly; its numbers come from integers")]
    pub fn holds(self, left: f64, right: f64) -> bool {
        match self {
            Self::Equal => left == right,
            Self::NotEqual => left != right,
            Self::Less => left < right,
            Self::AtMost => left <= right,
            Self::Greater => left > right,
            Self::AtLeast => left >= right,
        }
    }
}
