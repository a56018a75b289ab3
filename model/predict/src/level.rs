//! Setting the level of probabilities right without touching their order.

use serde::{Deserialize, Serialize};

use crate::PredictError;
use crate::error::{check_pairs, check_probabilities};

/// Log-odds of 0 and 1 are infinite; fitting takes them as this far inside.
const CLIP: f64 = 1e-6;

/// Newton's method needs about six steps.
const MAX_ITERATIONS: u32 = 100;

/// The most that one step may move anybody's log-odds. Where probabilities are far off, the likelihood is
/// so flat that an unbounded step would leap over the top and land where it is flatter still.
const MAX_STEP: f64 = 5.0;

/// A step on the log-odds below which the fit has settled.
const SETTLED: f64 = 1e-10;

/// Moves a probability `p` to `sigmoid(intercept + slope * logit(p))`.
///
/// Platt's scaling, on log-odds (Platt 1999, "Probabilistic outputs for support vector machines"). Two
/// numbers are all that one or two past windows can tell about a level; isotonic regression would follow
/// their noise and merge customers that the model told apart.
///
/// ```
/// use tenure_predict::LogitShift;
/// assert_eq!(LogitShift::IDENTITY.apply(0.3), 0.3);
/// // Odds of 1 : 4 become odds of 1 : 2.
/// let doubled = LogitShift::new(2.0_f64.ln(), 1.0)?;
/// assert!((doubled.apply(0.2) - 1.0 / 3.0).abs() < 1e-15);
/// # Ok::<(), tenure_predict::PredictError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Unchecked")]
pub struct LogitShift {
    intercept: f64,
    slope: f64,
}

/// The two numbers as they stand in a file, before anybody looked at them.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Unchecked {
    intercept: f64,
    slope: f64,
}

impl LogitShift {
    /// Changes nothing.
    pub const IDENTITY: Self = Self { intercept: 0.0, slope: 1.0 };

    /// A correction that adds `intercept` to the log-odds after stretching them by `slope`.
    ///
    /// # Errors
    /// When one is not finite or the slope is not above 0.
    pub fn new(intercept: f64, slope: f64) -> Result<Self, PredictError> {
        if intercept.is_finite() && slope.is_finite() && slope > 0.0 {
            Ok(Self { intercept, slope })
        } else {
            Err(PredictError::InvalidLogitShift { intercept, slope })
        }
    }

    /// Fits the intercept alone, so that as many churn as predicted: the choice for one short window.
    ///
    /// # Errors
    /// When outcomes and probabilities do not pair up, a probability is not from 0 to 1, all customers
    /// churned or none did, or the fit does not settle.
    pub fn fit_intercept(churned: &[bool], probability: &[f64]) -> Result<Self, PredictError> {
        Self::fit_intercept_weighted(churned, probability, &vec![1.0; churned.len()])
    }

    /// As [`Self::fit_intercept`], each customer counting `weight` times: for windows that tell more or less.
    ///
    /// # Errors
    /// As [`Self::fit_intercept`]; also when a weight is not finite and above 0.
    pub fn fit_intercept_weighted(
        churned: &[bool],
        probability: &[f64],
        weight: &[f64],
    ) -> Result<Self, PredictError> {
        let sample = Sample::new(churned, probability, weight)?;
        newton(&sample, Free::Intercept)
    }

    /// Fits intercept and slope by maximum likelihood.
    ///
    /// # Errors
    /// As [`Self::fit_intercept`]; also when the probabilities of the two outcomes do not overlap or are
    /// all equal, so that no slope is best, or the best slope is not above 0.
    pub fn fit(churned: &[bool], probability: &[f64]) -> Result<Self, PredictError> {
        Self::fit_weighted(churned, probability, &vec![1.0; churned.len()])
    }

    /// As [`Self::fit`], each customer counting `weight` times.
    ///
    /// # Errors
    /// As [`Self::fit`]; also when a weight is not finite and above 0.
    pub fn fit_weighted(churned: &[bool], probability: &[f64], weight: &[f64]) -> Result<Self, PredictError> {
        let sample = Sample::new(churned, probability, weight)?;
        if !overlap(churned, &sample.log_odds) {
            return Err(PredictError::SlopeUndetermined { customers: churned.len() });
        }
        newton(&sample, Free::Both)
    }

    /// The corrected probability. Rises with `p`; 0 and 1 map to themselves.
    ///
    /// A `p` below 0 counts as 0, one above 1 as 1; `NaN` stays `NaN`.
    #[must_use]
    pub fn apply(&self, p: f64) -> f64 {
        if *self == Self::IDENTITY || p <= 0.0 || p >= 1.0 {
            return p.clamp(0.0, 1.0);
        }
        sigmoid(self.intercept + self.slope * logit(p))
    }

    /// What is added to the log-odds.
    #[must_use]
    pub const fn intercept(&self) -> f64 {
        self.intercept
    }

    /// By what the log-odds are stretched; above 0.
    #[must_use]
    pub const fn slope(&self) -> f64 {
        self.slope
    }
}

impl TryFrom<Unchecked> for LogitShift {
    type Error = PredictError;
    fn try_from(file: Unchecked) -> Result<Self, PredictError> {
        Self::new(file.intercept, file.slope)
    }
}

pub(crate) fn logit(p: f64) -> f64 {
    p.ln() - (-p).ln_1p()
}

/// Written so that `exp` never overflows.
pub(crate) fn sigmoid(x: f64) -> f64 {
    if x >= 0.0 {
        1.0 / (1.0 + (-x).exp())
    } else {
        let e = x.exp();
        e / (1.0 + e)
    }
}

/// Outcomes, log-odds and weights of customers, checked.
struct Sample<'a> {
    churned: &'a [bool],
    log_odds: Vec<f64>,
    weight: &'a [f64],
}

impl<'a> Sample<'a> {
    fn new(churned: &'a [bool], probability: &[f64], weight: &'a [f64]) -> Result<Self, PredictError> {
        check_pairs(churned.len(), probability.len())?;
        check_pairs(churned.len(), weight.len())?;
        check_probabilities(probability)?;
        let fine = |one: &f64| one.is_finite() && *one > 0.0;
        if let Some(position) = weight.iter().position(|one| !fine(one)) {
            return Err(PredictError::InvalidWeight { position, value: weight[position] });
        }
        let positives = churned.iter().filter(|happened| **happened).count();
        if positives == 0 || positives == churned.len() {
            return Err(PredictError::OneOutcome { churned: positives, customers: churned.len() });
        }
        let log_odds = probability.iter().map(|p| logit(p.clamp(CLIP, 1.0 - CLIP))).collect();
        Ok(Self { churned, log_odds, weight })
    }

    /// Outcome, log-odds and weight, customer by customer.
    fn iter(&self) -> impl Iterator<Item = (bool, f64, f64)> + '_ {
        self.churned.iter().zip(&self.log_odds).zip(self.weight).map(|((happened, x), w)| (*happened, *x, *w))
    }
}

/// Whether the highest point of the likelihood is finite: no threshold parts the two outcomes
/// (Albert and Anderson 1984, "On the existence of maximum likelihood estimates in logistic regression").
fn overlap(churned: &[bool], log_odds: &[f64]) -> bool {
    let ends = |outcome: bool| {
        let of = churned.iter().zip(log_odds).filter(|(happened, _)| **happened == outcome).map(|(_, x)| *x);
        of.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| (low.min(x), high.max(x)))
    };
    let ((low, high), (other_low, other_high)) = (ends(true), ends(false));
    low < other_high && other_low < high
}

#[derive(Clone, Copy, PartialEq)]
enum Free {
    Intercept,
    Both,
}

/// The gradient and the curvature of the log-likelihood per customer.
struct Slopes {
    gradient: [f64; 2],
    curvature: [f64; 3],
}

/// Climbs the likelihood, which has one top only: a full step, or a part of it that leads upwards.
fn newton(sample: &Sample<'_>, free: Free) -> Result<LogitShift, PredictError> {
    let widest = sample.log_odds.iter().fold(0.0, |widest: f64, x| widest.max(x.abs()));
    let (mut at, mut last_step) = ([0.0, 1.0], f64::INFINITY);
    let mut height = log_likelihood(sample, at);
    for _ in 0..MAX_ITERATIONS {
        let step = newton_step(&slopes(sample, at), free);
        // A sum, since `max` would pass over what is not a number.
        last_step = step[0].abs() + step[1].abs();
        if last_step <= SETTLED {
            return accept(at);
        }
        if !last_step.is_finite() {
            break;
        }
        let mut share = (MAX_STEP / (step[0].abs() + step[1].abs() * widest)).min(1.0);
        loop {
            let next = [at[0] + share * step[0], at[1] + share * step[1]];
            let next_height = log_likelihood(sample, next);
            if next_height > height {
                (at, height) = (next, next_height);
                break;
            }
            share /= 2.0;
            if share * last_step <= SETTLED {
                // Rounding hides any way up: this is the top.
                return accept(at);
            }
        }
    }
    Err(PredictError::NotConverged { iterations: MAX_ITERATIONS, last_step })
}

fn accept([intercept, slope]: [f64; 2]) -> Result<LogitShift, PredictError> {
    if slope <= 0.0 {
        return Err(PredictError::SlopeNotPositive { slope });
    }
    LogitShift::new(intercept, slope)
}

fn newton_step(slopes: &Slopes, free: Free) -> [f64; 2] {
    let ([g0, g1], [h00, h01, h11]) = (slopes.gradient, slopes.curvature);
    match free {
        Free::Intercept => [g0 / h00, 0.0],
        Free::Both => {
            let determinant = h00 * h11 - h01 * h01;
            [(h11 * g0 - h01 * g1) / determinant, (h00 * g1 - h01 * g0) / determinant]
        }
    }
}

fn slopes(sample: &Sample<'_>, [intercept, slope]: [f64; 2]) -> Slopes {
    let (mut gradient, mut curvature) = ([0.0; 2], [0.0; 3]);
    for (happened, x, counts) in sample.iter() {
        let p = sigmoid(intercept + slope * x);
        let (residual, weight) = (counts * (f64::from(u8::from(happened)) - p), counts * p * (1.0 - p));
        gradient[0] += residual;
        gradient[1] += residual * x;
        curvature[0] += weight;
        curvature[1] += weight * x;
        curvature[2] += weight * x * x;
    }
    Slopes { gradient, curvature }
}

/// Sum of ln P(outcome), where ln(1 + e^z) is taken apart so that it neither overflows nor cancels.
fn log_likelihood(sample: &Sample<'_>, [intercept, slope]: [f64; 2]) -> f64 {
    let of = |(happened, x, counts): (bool, f64, f64)| {
        let z = intercept + slope * x;
        let against = if happened { -z } else { z };
        -counts * (against.max(0.0) + (-against.abs()).exp().ln_1p())
    };
    sample.iter().map(of).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::forty as sample;
    use approx::assert_abs_diff_eq;
    use proptest::collection::vec;
    use proptest::prelude::*;

    #[test]
    fn intercept_and_slope_agree_with_scikit_learn() {
        // LogisticRegression without penalty (scikit-learn 1.9.1) on the clipped log-odds.
        let (churned, probability) = sample(10.0);
        let shift = LogitShift::fit(&churned, &probability).unwrap();
        assert_abs_diff_eq!(shift.intercept(), 0.255445505245, epsilon = 1e-9);
        assert_abs_diff_eq!(shift.slope(), 1.57795127618, epsilon = 1e-9);
    }

    #[test]
    fn the_intercept_alone_makes_the_totals_agree() {
        // The root of the score function, by scipy's brentq.
        let (churned, probability) = sample(20.0);
        let shift = LogitShift::fit_intercept(&churned, &probability).unwrap();
        assert_abs_diff_eq!(shift.intercept(), 1.43699648649, epsilon = 1e-9);
        assert_eq!((shift.slope(), LogitShift::IDENTITY.slope()), (1.0, 1.0));
        let predicted: f64 = probability.iter().map(|p| shift.apply(p.max(CLIP))).sum();
        let happened = churned.iter().filter(|happened| **happened).count() as f64;
        assert_abs_diff_eq!(predicted, happened, epsilon = 1e-9);
    }

    #[test]
    fn refuses_outcomes_that_fix_no_level() {
        let fit = LogitShift::fit;
        let separate = PredictError::SlopeUndetermined { customers: 4 };
        assert_eq!(fit(&[false, false, true, true], &[0.1, 0.2, 0.3, 0.4]), Err(separate.clone()));
        assert_eq!(fit(&[false, false, true, true], &[0.1, 0.2, 0.2, 0.4]), Err(separate.clone()));
        assert_eq!(fit(&[true, true, false, false], &[0.1, 0.2, 0.3, 0.4]), Err(separate.clone()));
        assert_eq!(fit(&[false, true, false, true], &[0.3; 4]), Err(separate));
        let backwards = fit(&[true, false, true, false], &[0.1, 0.2, 0.3, 0.4]);
        assert!(matches!(backwards, Err(PredictError::SlopeNotPositive { slope }) if slope < 0.0));
        for (outcome, churned) in [(true, 2), (false, 0)] {
            let one = Err(PredictError::OneOutcome { churned, customers: 2 });
            assert_eq!(fit(&[outcome; 2], &[0.3, 0.4]), one);
            assert_eq!(LogitShift::fit_intercept(&[outcome; 2], &[0.3, 0.4]), one);
        }
        assert_eq!(fit(&[], &[]), Err(PredictError::NoCustomers));
        assert_eq!(
            LogitShift::fit_intercept(&[true, false], &[0.5, 1.5]),
            Err(PredictError::InvalidProbability { position: 1, value: 1.5 })
        );
    }

    #[test]
    fn a_weight_counts_a_customer_that_many_times() {
        let (churned, probability) = sample(10.0);
        let weight: Vec<f64> =
            (0..churned.len()).map(|position| f64::from(position as u32 % 3 + 1)).collect();
        let times = |position: usize| position % 3 + 1;
        let repeat = |position: usize| std::iter::repeat_n(position, times(position));
        let order: Vec<usize> = (0..churned.len()).flat_map(repeat).collect();
        let repeated_churn: Vec<bool> = order.iter().map(|position| churned[*position]).collect();
        let repeated: Vec<f64> = order.iter().map(|position| probability[*position]).collect();
        let weighted = LogitShift::fit_weighted(&churned, &probability, &weight).unwrap();
        let plain = LogitShift::fit(&repeated_churn, &repeated).unwrap();
        assert_abs_diff_eq!(weighted.intercept(), plain.intercept(), epsilon = 1e-9);
        assert_abs_diff_eq!(weighted.slope(), plain.slope(), epsilon = 1e-9);
        let refused = LogitShift::fit_weighted(&churned, &probability, &[0.0; 40]);
        assert_eq!(refused, Err(PredictError::InvalidWeight { position: 0, value: 0.0 }));
    }

    #[test]
    fn a_level_that_is_off_by_far_is_found() {
        let mut churned = vec![false; 100_000];
        churned[7] = true;
        let shift = LogitShift::fit_intercept(&churned, &vec![0.999_999; 100_000]).unwrap();
        assert_abs_diff_eq!(shift.apply(0.999_999), 1e-5, epsilon = 1e-12);
    }

    #[test]
    fn refuses_what_would_not_keep_the_order() {
        for (intercept, slope) in [(0.0, 0.0), (0.0, -1.0), (0.0, f64::INFINITY), (f64::INFINITY, 1.0)] {
            let refused = Err(PredictError::InvalidLogitShift { intercept, slope });
            assert_eq!(LogitShift::new(intercept, slope), refused);
        }
        assert!(LogitShift::new(f64::NAN, 1.0).is_err() && LogitShift::new(0.0, f64::NAN).is_err());
        let json = serde_json::to_string(&LogitShift::new(-0.5, 1.25).unwrap()).unwrap();
        assert_eq!(json, r#"{"intercept":-0.5,"slope":1.25}"#);
        assert_eq!(serde_json::from_str::<LogitShift>(&json).unwrap(), LogitShift::new(-0.5, 1.25).unwrap());
        assert!(serde_json::from_str::<LogitShift>(&json.replace("1.25", "-1.25")).is_err());
    }

    #[test]
    fn certainties_stay_certain() {
        let shift = LogitShift::new(-3.0, 0.5).unwrap();
        let ends = [0.0, 1.0, -0.5, 1.5].map(|p| shift.apply(p));
        assert_eq!(format!("{ends:?}"), "[0.0, 1.0, 0.0, 1.0]");
        assert!(shift.apply(f64::NAN).is_nan());
    }

    proptest! {
        #[test]
        fn keeps_the_order_and_the_range(
            (intercept, slope) in (-5.0..5.0_f64, 0.1..4.0_f64),
            (low, gap) in (0.001..0.9_f64, 1e-6..0.099_f64),
        ) {
            let shift = LogitShift::new(intercept, slope).unwrap();
            let (lower, higher) = (shift.apply(low), shift.apply(low + gap));
            prop_assert!(0.0 <= lower && lower < higher && higher <= 1.0, "{lower} {higher}");
            let undone = LogitShift::new(-intercept / slope, 1.0 / slope).unwrap();
            prop_assert!((undone.apply(lower) - low).abs() < 1e-6);
        }

        #[test]
        fn a_fit_is_the_highest_point_nearby(
            pairs in vec((any::<bool>(), 0.01..0.99_f64), 4..40)
        ) {
            let (churned, probability): (Vec<bool>, Vec<f64>) = pairs.into_iter().unzip();
            if let Ok(shift) = LogitShift::fit(&churned, &probability) {
                let ones = vec![1.0; churned.len()];
                let sample = Sample::new(&churned, &probability, &ones).unwrap();
                let at = |a: f64, b: f64| log_likelihood(&sample, [shift.intercept() + a, shift.slope() + b]);
                for (a, b) in [(0.0, 1e-3), (0.0, -1e-3), (1e-3, 0.0), (-1e-3, 0.0), (1e-3, 1e-3), (1e-3, -1e-3)] {
                    prop_assert!(at(a, b) < at(0.0, 0.0));
                }
                prop_assert_eq!(LogitShift::fit(&churned, &probability).unwrap(), shift);
            }
        }
    }
}
