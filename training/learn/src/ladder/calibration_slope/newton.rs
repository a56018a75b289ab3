//! Newton's method for one slope and an intercept for each date.

use rayon::iter::{IntoParallelIterator, ParallelIterator};

use super::logistic;
use crate::ladder::snapshot::Snapshot;

/// Steps at most; a handful is enough.
const STEPS: u32 = 50;
/// The longest of them, of the slope and in log-odds.
const LONGEST: f64 = 1.0;
/// A shorter step of the slope is the last.
const AT_REST: f64 = 1e-9;

/// The slope of least weighted log loss plus `penalty * (slope - 1)^2`, each date at its best intercept.
///
/// The intercepts are taken out of each step of the slope (their block of the second derivatives is diagonal), so that
/// its cost grows with the customers alone.
pub(super) fn least_loss(mut dates: Vec<Dated<'_>>, penalty: f64) -> f64 {
    let (mut slope, mut stride) = (1.0, Stride::NEW);
    for _ in 0..STEPS {
        let all: Vec<Derivatives> = (&dates).into_par_iter().map(|one| one.derivatives(slope)).collect();
        let (mut first, mut second) = (2.0 * penalty * (slope - 1.0), 2.0 * penalty);
        for (one, by) in dates.iter().zip(&all) {
            first += one.weight * (by.slope - by.intercept * by.both / by.intercept_twice);
            second += one.weight * (by.slope_twice - by.both * by.both / by.intercept_twice);
        }
        let step = stride.held(-first / second);
        slope += step;
        for (one, by) in dates.iter_mut().zip(&all) {
            one.intercept += one.stride.held(-(by.intercept + by.both * step) / by.intercept_twice);
        }
        if step.abs() < AT_REST {
            break;
        }
    }
    slope
}

/// A past date with its weight, and the intercept found for it so far.
#[derive(Debug)]
pub(super) struct Dated<'a> {
    snapshot: &'a Snapshot,
    weight: f64,
    intercept: f64,
    stride: Stride,
}

impl<'a> Dated<'a> {
    pub(super) const fn new(snapshot: &'a Snapshot, weight: f64) -> Self {
        Self { snapshot, weight, intercept: 0.0, stride: Stride::NEW }
    }

    fn derivatives(&self, slope: f64) -> Derivatives {
        let mut by = Derivatives::default();
        for (base, silent) in self.snapshot.base.iter().zip(&self.snapshot.silent) {
            let margin = base.churn_margin();
            let p = logistic(self.intercept + slope * margin);
            let (off, doubt) = (p - f64::from(u8::from(*silent)), p * (1.0 - p));
            by.intercept += off;
            by.slope += off * margin;
            by.intercept_twice += doubt;
            by.slope_twice += doubt * margin * margin;
            by.both += doubt * margin;
        }
        // Where nobody is in doubt nothing is divided by nothing.
        by.intercept_twice = by.intercept_twice.max(f64::MIN_POSITIVE);
        by
    }
}

/// First and second derivatives of the log loss of one date.
#[derive(Debug, Default)]
struct Derivatives {
    intercept: f64,
    slope: f64,
    intercept_twice: f64,
    slope_twice: f64,
    both: f64,
}

/// How far a number may go in one step: half as far as before wherever it turns back, so that it comes to rest also where
/// next to nobody is in doubt and Newton's steps are too long.
#[derive(Clone, Copy, Debug)]
struct Stride {
    longest: f64,
    last: f64,
}

impl Stride {
    const NEW: Self = Self { longest: LONGEST, last: 0.0 };

    fn held(&mut self, step: f64) -> f64 {
        if step * self.last < 0.0 {
            self.longest /= 2.0;
        }
        self.last = step.clamp(-self.longest, self.longest);
        self.last
    }
}
