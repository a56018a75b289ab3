//! What chance alone does to a measure.
//!
//! On a few hundred customers one model beats its own copy about every other time. A difference is news
//! only beside its standard error.

use serde::{Deserialize, Serialize};

use crate::PredictError;
use crate::error::{check_finite, check_pairs};

/// Mean of one series less another over the same customers, and how far chance moves it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PairedDifference {
    /// Mean of `first - second`.
    pub mean: f64,
    /// Standard error of that mean, at least 0: customers are taken as independent of each other.
    pub standard_error: f64,
}

impl PairedDifference {
    /// Whether the mean lies more than so many standard errors below 0.
    #[must_use]
    pub fn is_below(&self, standard_errors: f64) -> bool {
        self.mean < -standard_errors * self.standard_error
    }

    /// Whether the mean lies more than so many standard errors above 0.
    #[must_use]
    pub fn is_above(&self, standard_errors: f64) -> bool {
        self.mean > standard_errors * self.standard_error
    }
}

/// Compares two values of each customer, such as the losses of two models.
///
/// Differences are taken customer by customer, so what makes a customer hard for both cancels out.
///
/// ```
/// use tenure_predict::paired_difference;
/// let difference = paired_difference(&[3.0, 5.0, 7.0], &[2.0, 3.0, 4.0])?;
/// assert_eq!(difference.mean, 2.0);
/// // Differences of 1, 2 and 3: a standard deviation of 1 over three customers.
/// assert!((difference.standard_error - 1.0 / 3.0_f64.sqrt()).abs() < 1e-15);
/// # Ok::<(), tenure_predict::PredictError>(())
/// ```
///
/// # Errors
/// When the two differ in length, are empty, or hold a value that is not finite.
pub fn paired_difference(first: &[f64], second: &[f64]) -> Result<PairedDifference, PredictError> {
    check_pairs(first.len(), second.len())?;
    check_finite("first", first)?;
    check_finite("second", second)?;
    let n = first.len() as f64;
    let differences = || first.iter().zip(second).map(|(first, second)| first - second);
    let mean = differences().sum::<f64>() / n;
    let squares: f64 = differences().map(|difference| (difference - mean).powi(2)).sum();
    // One customer tells nothing about chance, and an infinite error would not be a number in a file.
    let standard_error = if n > 1.0 { (squares / (n - 1.0) / n).sqrt() } else { mean.abs() };
    Ok(PairedDifference { mean, standard_error })
}

/// Standard error of an area under the ROC curve, from how many churned and how many did not.
///
/// Hanley and `McNeil` (1982), "The meaning and use of the area under a receiver operating characteristic
/// (ROC) curve", Radiology 143, equations 1 and 2: exact for exponential scores, close for others. Infinite
/// where all churned or none did.
///
/// ```
/// use tenure_predict::auc_standard_error;
/// // No better than chance: sqrt((m + n + 1) / (12 m n)), as for Wilcoxon's rank sum.
/// let error = auc_standard_error(0.5, 40, 60);
/// assert!((error - (101.0_f64 / (12.0 * 40.0 * 60.0)).sqrt()).abs() < 2e-4);
/// ```
#[must_use]
pub fn auc_standard_error(auc: f64, churned: u64, stayed: u64) -> f64 {
    let (m, n) = (churned as f64, stayed as f64);
    let (q1, q2) = (auc / (2.0 - auc), 2.0 * auc * auc / (1.0 + auc));
    let square = auc * auc;
    let variance = (auc * (1.0 - auc) + (m - 1.0) * (q1 - square) + (n - 1.0) * (q2 - square)) / (m * n);
    if variance.is_finite() { variance.max(0.0).sqrt() } else { f64::INFINITY }
}

#[cfg(test)]
mod tests {
    use super::*;
    use approx::assert_abs_diff_eq;
    use proptest::collection::vec;
    use proptest::prelude::*;

    /// Areas of six hundred samples of 40 that churned and 60 that stayed, with exponential scores whose means
    /// are three to one: the area is 3 / 4, and how it spreads is the standard error.
    #[test]
    fn it_is_how_areas_spread_over_samples() {
        let mut state = 5_u64;
        let mut exponential = |mean: f64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            -mean * (((state >> 11) as f64 + 0.5) / (1_u64 << 53) as f64).ln()
        };
        let mut areas = Vec::new();
        for _ in 0..600 {
            let churned: Vec<f64> = (0..40).map(|_| exponential(3.0)).collect();
            let stayed: Vec<f64> = (0..60).map(|_| exponential(1.0)).collect();
            let wins = churned.iter().flat_map(|one| stayed.iter().filter(move |other| one > *other)).count();
            areas.push(wins as f64 / 2_400.0);
        }
        let mean = areas.iter().sum::<f64>() / 600.0;
        let spread = (areas.iter().map(|area| (area - mean).powi(2)).sum::<f64>() / 599.0).sqrt();
        assert_abs_diff_eq!(mean, 0.75, epsilon = 0.006);
        assert_abs_diff_eq!(spread, auc_standard_error(0.75, 40, 60), epsilon = 0.004);
    }

    #[test]
    fn areas_at_the_ends() {
        assert_abs_diff_eq!(auc_standard_error(1.0, 10, 10), 0.0);
        assert!(auc_standard_error(0.5, 0, 10).is_infinite());
    }

    #[test]
    fn what_cannot_be_compared_is_refused() {
        let mismatch = PredictError::LengthMismatch { outcomes: 2, predictions: 1 };
        assert_eq!(paired_difference(&[1.0, 2.0], &[1.0]), Err(mismatch));
        assert_eq!(paired_difference(&[], &[]), Err(PredictError::NoCustomers));
        let refused = paired_difference(&[1.0], &[f64::INFINITY]);
        assert!(matches!(refused, Err(PredictError::NotFinite { what: "second", position: 0, .. })));
    }

    #[test]
    fn one_customer_and_equal_ones_prove_nothing() {
        let one = paired_difference(&[2.0], &[1.0]).unwrap();
        assert!(!one.is_above(1.0) && !one.is_below(1.0), "{one:?}");
        let same = paired_difference(&[2.0, 3.0], &[2.0, 3.0]).unwrap();
        assert!(!same.is_above(2.0) && !same.is_below(2.0), "{same:?}");
        // A difference that is the same of all customers is certain.
        assert!(paired_difference(&[2.0, 3.0], &[1.0, 2.0]).unwrap().is_above(2.0));
    }

    proptest! {
        #[test]
        fn turning_the_two_round_turns_the_sign(pairs in vec((-9.0..9.0_f64, -9.0..9.0_f64), 1..40)) {
            let (first, second): (Vec<f64>, Vec<f64>) = pairs.into_iter().unzip();
            let one = paired_difference(&first, &second).unwrap();
            let other = paired_difference(&second, &first).unwrap();
            prop_assert!((one.mean + other.mean).abs() < 1e-12);
            prop_assert!((one.standard_error - other.standard_error).abs() < 1e-9);
            prop_assert!(one.standard_error >= 0.0);
            // Every customer twice: the same mean, an error smaller by about a root of two.
            let twice = paired_difference(&first.repeat(2), &second.repeat(2)).unwrap();
            prop_assert!((twice.mean - one.mean).abs() < 1e-12);
            prop_assert!(twice.standard_error <= one.standard_error + 1e-12);
        }
    }
}
