//! Instants, and stretches of them: what an expression is evaluated at.

use tenure_core::AsOf;

use crate::expression::{Arithmetic, Comparison};

const DAY_US: f64 = 86_400e6;

/// A value as evaluation finds it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Found<N> {
    Missing,
    Number(N),
    Text(crate::Symbol),
    /// Over a stretch it is not one of these only.
    Unsure,
}

impl Found<f64> {
    pub(super) fn number(self) -> Option<f64> {
        match self {
            Self::Number(number) => Some(number),
            Self::Missing | Self::Text(_) | Self::Unsure => None,
        }
    }
}

/// When a question is asked: at one instant, or at all those of a stretch in which no event enters or leaves a
/// window, at once.
///
/// Both share one evaluation, so that the search for the next change cannot disagree with what is true.
pub(super) trait Moment {
    type Number: Copy;
    /// The instant, or the first of them.
    fn as_of(&self) -> i64;
    fn constant(&self, value: f64) -> Self::Number;
    fn days_since(&self, event: i64) -> Self::Number;
    fn combine(&self, operator: Arithmetic, left: Self::Number, right: Self::Number) -> Found<Self::Number>;
    /// Absent where it holds at some instants only, or might.
    fn compare(&self, left: Self::Number, comparison: Comparison, right: Self::Number) -> Option<bool>;
    /// A function that never falls, of the number.
    fn rising(&self, number: Self::Number, function: impl Fn(f64) -> f64) -> Self::Number;
}

/// One instant.
#[derive(Clone, Copy, Debug)]
pub(super) struct Instant(pub(super) i64);

impl Instant {
    pub(super) fn of(as_of: AsOf) -> Self {
        Self(as_of.instant().microseconds())
    }
}

impl Moment for Instant {
    type Number = f64;

    fn as_of(&self) -> i64 {
        self.0
    }

    fn constant(&self, value: f64) -> f64 {
        value
    }

    fn days_since(&self, event: i64) -> f64 {
        self.0.saturating_sub(event) as f64 / DAY_US
    }

    fn combine(&self, operator: Arithmetic, left: f64, right: f64) -> Found<f64> {
        let result = apply(operator, left, right);
        // A division by zero, or a result that no number can hold.
        if result.is_finite() { Found::Number(result) } else { Found::Missing }
    }

    fn compare(&self, left: f64, comparison: Comparison, right: f64) -> Option<bool> {
        Some(comparison.holds(left, right))
    }

    fn rising(&self, number: f64, function: impl Fn(f64) -> f64) -> f64 {
        function(number)
    }
}

/// All instants from the first to the last.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stretch {
    pub(super) first: i64,
    pub(super) last: i64,
}

/// The least and the greatest that a number can be. Since rounding never turns an order round, operations on the
/// ends bound what they give in between.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds(f64, f64);

impl Moment for Stretch {
    type Number = Bounds;

    fn as_of(&self) -> i64 {
        self.first
    }

    fn constant(&self, value: f64) -> Bounds {
        Bounds(value, value)
    }

    fn days_since(&self, event: i64) -> Bounds {
        Bounds(Instant(self.first).days_since(event), Instant(self.last).days_since(event))
    }

    fn combine(&self, operator: Arithmetic, left: Bounds, right: Bounds) -> Found<Bounds> {
        if operator == Arithmetic::Divide && right.0 <= 0.0 && right.1 >= 0.0 {
            let always_zero = right.0 == 0.0 && right.1 == 0.0;
            return if always_zero { Found::Missing } else { Found::Unsure };
        }
        let ends = [(left.0, right.0), (left.0, right.1), (left.1, right.0), (left.1, right.1)]
            .map(|(left, right)| apply(operator, left, right));
        if ends.iter().all(|end| end.is_finite()) {
            let least = ends.iter().copied().fold(f64::INFINITY, f64::min);
            Found::Number(Bounds(least, ends.iter().copied().fold(f64::NEG_INFINITY, f64::max)))
        } else {
            Found::Unsure
        }
    }

    fn compare(&self, left: Bounds, comparison: Comparison, right: Bounds) -> Option<bool> {
        // Ordered comparisons are decided by the ends that are hardest and easiest for them.
        let decide = |hardest: (f64, f64), easiest: (f64, f64)| {
            let always = comparison.holds(hardest.0, hardest.1);
            (always || !comparison.holds(easiest.0, easiest.1)).then_some(always)
        };
        match comparison {
            Comparison::Less | Comparison::AtMost => decide((left.1, right.0), (left.0, right.1)),
            Comparison::Greater | Comparison::AtLeast => decide((left.0, right.1), (left.1, right.0)),
            Comparison::Equal | Comparison::NotEqual => {
                let apart = left.1 < right.0 || right.1 < left.0;
                let one = left.0 == left.1 && right.0 == right.1 && left.0 == right.0;
                (apart || one).then_some(one == (comparison == Comparison::Equal))
            }
        }
    }

    fn rising(&self, number: Bounds, function: impl Fn(f64) -> f64) -> Bounds {
        Bounds(function(number.0), function(number.1))
    }
}

fn apply(operator: Arithmetic, left: f64, right: f64) -> f64 {
    match operator {
        Arithmetic::Add => left + right,
        Arithmetic::Subtract => left - right,
        Arithmetic::Multiply => left * right,
        Arithmetic::Divide => left / right,
    }
}
