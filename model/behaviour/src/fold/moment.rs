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

/// What is known of a number over a stretch.
///
/// Two bounds are kept because each is tight where the other is not: the ends settle on which side of a threshold a
/// growing number is, exactly, since rounding never turns an order round; the slope settles that two silences which
/// grow alike never meet.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    least: f64,
    greatest: f64,
    /// The value at the first instant, and by how much rounding may put any value off.
    first: f64,
    error: f64,
    /// Least and greatest growth per microsecond.
    slope: (f64, f64),
    /// The event since which it counts days, where it does just that.
    event: Option<i64>,
}

/// Far above the rounding of one operation.
const ROUNDING: f64 = 1e-14;

impl Bounds {
    fn magnitude(&self) -> f64 {
        self.least.abs().max(self.greatest.abs())
    }

    fn range(&self) -> (f64, f64) {
        (self.least, self.greatest)
    }
}

impl Moment for Stretch {
    type Number = Bounds;

    fn as_of(&self) -> i64 {
        self.first
    }

    fn constant(&self, value: f64) -> Bounds {
        Bounds { least: value, greatest: value, first: value, error: 0.0, slope: (0.0, 0.0), event: None }
    }

    fn days_since(&self, event: i64) -> Bounds {
        let first = Instant(self.first).days_since(event);
        let greatest = Instant(self.last).days_since(event);
        let error = greatest.abs() * ROUNDING;
        Bounds {
            least: first,
            greatest,
            first,
            error,
            slope: (1.0 / DAY_US, 1.0 / DAY_US),
            event: Some(event),
        }
    }

    fn combine(&self, operator: Arithmetic, left: Bounds, right: Bounds) -> Found<Bounds> {
        if operator == Arithmetic::Divide && right.least <= 0.0 && right.greatest >= 0.0 {
            let always_zero = right.least == 0.0 && right.greatest == 0.0;
            return if always_zero { Found::Missing } else { Found::Unsure };
        }
        let (least, greatest) = of_ends(operator, left.range(), right.range());
        if !(least.is_finite() && greatest.is_finite()) {
            return Found::Unsure;
        }
        let magnitude = least.abs().max(greatest.abs());
        let of = |operator, one, other| of_ends(operator, one, other);
        let (slope, error) = match operator {
            Arithmetic::Add | Arithmetic::Subtract => {
                (of(operator, left.slope, right.slope), left.error + right.error)
            }
            Arithmetic::Multiply => (
                of(
                    Arithmetic::Add,
                    of(Arithmetic::Multiply, left.slope, right.range()),
                    of(Arithmetic::Multiply, left.range(), right.slope),
                ),
                left.error * right.magnitude() + right.error * left.magnitude(),
            ),
            Arithmetic::Divide => {
                let lost = of(Arithmetic::Multiply, (least, greatest), right.slope);
                let smallest = right.least.abs().min(right.greatest.abs());
                let slope = of(Arithmetic::Divide, of(Arithmetic::Subtract, left.slope, lost), right.range());
                (slope, (left.error + magnitude * right.error) / smallest)
            }
        };
        let first = apply(operator, left.first, right.first);
        let error = error + magnitude * ROUNDING;
        Found::Number(Bounds { least, greatest, first, error, slope, event: None })
    }

    fn compare(&self, left: Bounds, comparison: Comparison, right: Bounds) -> Option<bool> {
        if let (Some(left), Some(right)) = (left.event, right.event) {
            // The earlier event is longer ago, at every instant.
            return Some(comparison.holds(f64::from(right.cmp(&left) as i8), 0.0));
        }
        compare_ends(left, comparison, right).or_else(|| {
            let length = (self.last - self.first) as f64;
            let (slowest, fastest) = of_ends(Arithmetic::Subtract, left.slope, right.slope);
            let steepest = slowest.abs().max(fastest.abs());
            let error = left.error
                + right.error
                + ROUNDING * (left.magnitude() + right.magnitude() + steepest * length);
            let apart = left.first - right.first;
            // Slopes that are not numbers fail both comparisons.
            if apart + (slowest * length).min(0.0) > error && slowest.is_finite() {
                Some(comparison.holds(1.0, 0.0))
            } else if apart + (fastest * length).max(0.0) < -error && fastest.is_finite() {
                Some(comparison.holds(0.0, 1.0))
            } else {
                None
            }
        })
    }

    fn rising(&self, number: Bounds, function: impl Fn(f64) -> f64) -> Bounds {
        let (least, greatest) = (function(number.least), function(number.greatest));
        // A step has no slope.
        let slope = (f64::NEG_INFINITY, f64::INFINITY);
        Bounds { least, greatest, first: function(number.first), error: 0.0, slope, event: None }
    }
}

/// What the least and greatest values say.
fn compare_ends(left: Bounds, comparison: Comparison, right: Bounds) -> Option<bool> {
    // Ordered comparisons are decided by the ends that are hardest and easiest for them.
    let decide = |hardest: (f64, f64), easiest: (f64, f64)| {
        let always = comparison.holds(hardest.0, hardest.1);
        (always || !comparison.holds(easiest.0, easiest.1)).then_some(always)
    };
    match comparison {
        Comparison::Less | Comparison::AtMost => {
            decide((left.greatest, right.least), (left.least, right.greatest))
        }
        Comparison::Greater | Comparison::AtLeast => {
            decide((left.least, right.greatest), (left.greatest, right.least))
        }
        Comparison::Equal | Comparison::NotEqual => {
            let apart = left.greatest < right.least || right.greatest < left.least;
            let one = left.least == left.greatest && left.range() == right.range();
            (apart || one).then_some(one == (comparison == Comparison::Equal))
        }
    }
}

/// The least and the greatest of what two ranges give.
fn of_ends(operator: Arithmetic, left: (f64, f64), right: (f64, f64)) -> (f64, f64) {
    let ends = [(left.0, right.0), (left.0, right.1), (left.1, right.0), (left.1, right.1)]
        .map(|(left, right)| apply(operator, left, right));
    if ends.iter().any(|end| end.is_nan()) {
        return (f64::NAN, f64::NAN);
    }
    let least = ends.iter().copied().fold(f64::INFINITY, f64::min);
    (least, ends.iter().copied().fold(f64::NEG_INFINITY, f64::max))
}

fn apply(operator: Arithmetic, left: f64, right: f64) -> f64 {
    match operator {
        Arithmetic::Add => left + right,
        Arithmetic::Subtract => left - right,
        Arithmetic::Multiply => left * right,
        Arithmetic::Divide => left / right,
    }
}
