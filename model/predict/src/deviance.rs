//! An error of predicted spend, customer by customer, that is smallest where the mean is right.
//!
//! The absolute error is smallest at the median, and most customers spend nothing: it praises whoever
//! predicts too little. The squared error is smallest at the mean, but a few large buyers decide it.

use crate::PredictError;
use crate::error::{check_finite, check_pairs};

/// Predictions below this share of the mean actual spend cost as much as at it: one customer who was written
/// off and comes back must not cost infinitely much.
const LEAST_SHARE: f64 = 1e-3;

/// Poisson deviance of each customer's spend: `2 (y ln(y / p) - y + p)`, at least 0, in the unit of the
/// amounts.
///
/// It is consistent for the mean: no other prediction does better in expectation than the mean (Gneiting
/// 2011, "Making and evaluating point forecasts", section 3.1). An actual spend below 0, of refunds, counts
/// as 0.
///
/// ```
/// use tenure_predict::value_deviances;
/// let deviances = value_deviances(&[2.0, 0.0, 1.0, 4.0], &[0.5, 0.5, 2.0, 2.0])?;
/// // The example of scikit-learn's `mean_poisson_deviance`.
/// assert!((deviances.iter().sum::<f64>() / 4.0 - 1.426_0).abs() < 1e-4);
/// # Ok::<(), tenure_predict::PredictError>(())
/// ```
///
/// # Errors
/// When the two differ in length, are empty, or an amount is not finite.
pub fn value_deviances(actual: &[f64], predicted: &[f64]) -> Result<Vec<f64>, PredictError> {
    check_pairs(actual.len(), predicted.len())?;
    check_finite("actual", actual)?;
    check_finite("predicted", predicted)?;
    let mean = actual.iter().map(|amount| amount.max(0.0)).sum::<f64>() / actual.len() as f64;
    let least = if mean > 0.0 { LEAST_SHARE * mean } else { f64::MIN_POSITIVE };
    let one = |(actual, predicted): (&f64, &f64)| {
        let (actual, predicted) = (actual.max(0.0), predicted.max(least));
        let gained = if actual > 0.0 { actual * (actual / predicted).ln() } else { 0.0 };
        (2.0 * (gained - actual + predicted)).max(0.0)
    };
    Ok(actual.iter().zip(predicted).map(one).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;

    fn total(actual: &[f64], predicted: f64) -> f64 {
        value_deviances(actual, &vec![predicted; actual.len()]).unwrap().iter().sum()
    }

    #[test]
    fn the_right_prediction_costs_nothing_and_a_hopeless_one_a_finite_amount() {
        assert_eq!(value_deviances(&[3.0, 0.0], &[3.0, 0.0]).unwrap()[0], 0.0);
        let hopeless = value_deviances(&[10.0], &[0.0]).unwrap()[0];
        // 2 (10 ln 1000 - 10 + 0.01)
        assert!((hopeless - 118.175_1).abs() < 1e-3, "{hopeless}");
        assert_eq!(
            value_deviances(&[-5.0, 2.0], &[1.0, 2.0]).unwrap(),
            [2.0, 0.0],
            "a refund counts as nothing"
        );
        assert!(value_deviances(&[0.0, 0.0], &[0.0, 1.0]).unwrap().iter().all(|one| one.is_finite()));
    }

    #[test]
    fn what_cannot_be_judged_is_refused() {
        assert_eq!(value_deviances(&[], &[]), Err(PredictError::NoCustomers));
        assert!(value_deviances(&[1.0], &[]).is_err());
        assert!(
            value_deviances(&[f64::NAN], &[1.0]).is_err() && value_deviances(&[1.0], &[f64::NAN]).is_err()
        );
    }

    proptest! {
        #[test]
        fn no_prediction_beats_the_mean(actual in vec(0.0..500.0_f64, 1..40), other in 0.01..900.0_f64) {
            let mean = actual.iter().sum::<f64>() / actual.len() as f64;
            prop_assume!(mean > 0.1);
            prop_assert!(total(&actual, mean) <= total(&actual, other) * (1.0 + 1e-9) + 1e-9);
        }
    }
}
