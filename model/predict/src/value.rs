//! How good predicted spend is.

use serde::{Deserialize, Serialize};

use crate::PredictError;
use crate::error::{check_finite, check_pairs};
use crate::rank::{average_ranks, descending, equal_count_bins};

/// Buckets of the decile error.
const DECILES: u32 = 10;

/// How good predicted spend was over one horizon.
///
/// A measure that the outcomes leave undefined, such as a share of a total of nothing, is absent.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ValueMeasures {
    /// Gini coefficient of the gain curve over that of a perfect order; 1 is perfect, 0 is chance. Equal
    /// predictions are ordered by position. Absent where all spent the same or the total is 0.
    pub gini: Option<f64>,
    /// Correlation of ranks, ties sharing their mean rank, in [-1, 1]. Absent where all are equal.
    pub spearman: Option<f64>,
    /// Share of the total that the tenth of customers with the highest predictions (at least one) spent.
    /// Absent where the total is 0.
    pub top_decile_share: Option<f64>,
    /// Mean over ten buckets of nearly equal count of |mean predicted - mean actual| / mean actual, without
    /// buckets that spent nothing. A constant prediction does well here: read it beside `gini`. Absent where
    /// no bucket spent anything.
    pub decile_error: Option<f64>,
    /// Mean |predicted - actual|, in the unit of the amounts; lower is better.
    pub mae: f64,
    /// Total predicted over total actual, less 1: 0.2 is 20 % too high. Absent where the total is 0.
    pub bias: Option<f64>,
}

/// Judges one predicted spend per customer against the actual one, both in the same unit.
///
/// Spearman's coefficient agrees with pandas' `corr(method="spearman")`, the buckets with its `qcut` of
/// ranks; the Gini coefficient is that of Wang, Liu and Miao (2019), "A deep probabilistic model for
/// customer lifetime value prediction".
///
/// # Errors
/// When the two differ in length, are empty, or an amount is not finite.
pub fn value_measures(actual: &[f64], predicted: &[f64]) -> Result<ValueMeasures, PredictError> {
    check_pairs(actual.len(), predicted.len())?;
    check_finite("actual", actual)?;
    check_finite("predicted", predicted)?;
    let total: f64 = actual.iter().sum();
    let by_prediction = descending(predicted);
    let top = &by_prediction[..(actual.len() / 10).max(1)];
    let of_total = |part: f64| Some(part / total).filter(|share| share.is_finite());
    let differences = actual.iter().zip(predicted).map(|(actual, predicted)| (predicted - actual).abs());
    Ok(ValueMeasures {
        gini: normalized_gini(actual, &by_prediction),
        spearman: pearson(&average_ranks(predicted), &average_ranks(actual)),
        top_decile_share: of_total(top.iter().map(|position| actual[*position]).sum()),
        decile_error: decile_error(actual, predicted),
        mae: differences.sum::<f64>() / actual.len() as f64,
        bias: of_total(predicted.iter().sum()).map(|ratio| ratio - 1.0),
    })
}

fn normalized_gini(actual: &[f64], by_prediction: &[usize]) -> Option<f64> {
    // Rounding would otherwise make a ratio of two errors out of 0 / 0.
    if actual.iter().all(|amount| (amount - actual[0]).abs() <= 0.0) {
        return None;
    }
    let total: f64 = actual.iter().sum();
    let gini = |order: &[usize]| {
        let gains = order.iter().scan(0.0, |gained, position| {
            *gained += actual[*position];
            Some(*gained)
        });
        gains.sum::<f64>() / total - (actual.len() as f64 + 1.0) / 2.0
    };
    Some(gini(by_prediction) / gini(&descending(actual))).filter(|ratio| ratio.is_finite())
}

fn pearson(left: &[f64], right: &[f64]) -> Option<f64> {
    // Both are ranks from 1 to n, so they have this mean.
    let mean = (left.len() as f64 + 1.0) / 2.0;
    let product = |left: &[f64], right: &[f64]| -> f64 {
        left.iter().zip(right).map(|(left, right)| (left - mean) * (right - mean)).sum()
    };
    let spread = (product(left, left) * product(right, right)).sqrt();
    (spread > 0.0).then(|| (product(left, right) / spread).clamp(-1.0, 1.0))
}

fn decile_error(actual: &[f64], predicted: &[f64]) -> Option<f64> {
    let sum = |of: &[f64], bucket: &[usize]| bucket.iter().map(|position| of[*position]).sum::<f64>();
    let errors: Vec<f64> = equal_count_bins(predicted, DECILES)
        .iter()
        .map(|bucket| (sum(actual, bucket), sum(predicted, bucket)))
        .filter(|(actual, _)| *actual > 0.0)
        .map(|(actual, predicted)| (predicted - actual).abs() / actual)
        .collect();
    (!errors.is_empty()).then(|| errors.iter().sum::<f64>() / errors.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use approx::assert_abs_diff_eq;
    use proptest::collection::vec;
    use proptest::prelude::*;

    /// Drawn with numpy's `default_rng(7)`: half spent nothing, predictions are in tens.
    const ACTUAL: [f64; 40] = [
        0.0, 30.43, 5.68, 0.0, 90.48, 85.41, 86.65, 0.0, 0.0, 0.0, 0.0, 31.78, 0.0, 15.04, 0.0, 50.52, 0.0,
        0.0, 0.0, 0.0, 28.25, 64.24, 0.0, 29.3, 84.21, 0.0, 69.76, 44.67, 0.0, 32.82, 48.7, 32.79, 0.0,
        50.87, 0.0, 31.2, 96.53, 0.0, 0.0, 94.85,
    ];
    const PREDICTED: [f64; 40] = [
        90.0, 60.0, 60.0, 90.0, 10.0, 10.0, 60.0, 0.0, 30.0, 30.0, 10.0, 10.0, 50.0, 40.0, 20.0, 20.0, 20.0,
        40.0, 10.0, 30.0, 10.0, 60.0, 40.0, 70.0, 0.0, 0.0, 20.0, 80.0, 10.0, 70.0, 30.0, 30.0, 50.0, 10.0,
        20.0, 10.0, 30.0, 100.0, 20.0, 40.0,
    ];

    #[track_caller]
    fn check_measures(actual: &[f64], predicted: &[f64], expected: [f64; 6]) {
        let seen = value_measures(actual, predicted).unwrap();
        let shares =
            [seen.gini, seen.spearman, seen.top_decile_share, seen.decile_error, Some(seen.mae), seen.bias];
        for (seen, expected) in shares.into_iter().zip(expected) {
            // The expected numbers carry twelve digits.
            assert_abs_diff_eq!(seen.unwrap(), expected, epsilon = 1e-11 * expected.abs().max(0.1));
        }
    }

    /// Numbers of numpy 2.4.6 and pandas 3.1.1 on the first customers of the sample.
    #[track_caller]
    fn check(customers: usize, expected: [f64; 6]) {
        check_measures(&ACTUAL[..customers], &PREDICTED[..customers], expected);
    }

    #[test]
    fn agrees_with_pandas_where_predictions_tie() {
        check(40, [-0.10981484919, -0.0404179174867, 0.040455360539, 1.74753871763, 36.9575, 0.258852723288]);
        check(25, [-0.195963914493, -0.111175128938, 0.0, 2.18953871494, 38.0436, 0.445206731009]);
        check(13, [-0.19195755753, -0.15883213125, 0.0, 2.21673509372, 45.2469230769, 0.543443391944]);
        check(10, [-0.408470401925, -0.218022540171, 0.0, 2.52301477452, 50.643, 0.473296500921]);
        check(7, [-0.940778309532, -0.858116330321, 0.0, 2.52301477452, 63.7757142857, 0.272392432613]);
        check(3, [-0.186657903385, -0.866025403784, 0.0, 5.26755934886, 57.9633333333, 4.8155635558]);
    }

    #[test]
    fn refunds_may_make_an_outcome_negative() {
        let mut actual = ACTUAL;
        actual[5] = -12.5;
        let expected =
            [-0.0442616968698, 0.0485416180238, 0.0443916642651, 1.79376258968, 35.63475, 0.381339004442];
        check_measures(&actual, &PREDICTED, expected);
    }

    #[test]
    fn what_is_undefined_is_absent() {
        let constant = value_measures(&ACTUAL, &[3.0; 40]).unwrap();
        assert_eq!(constant.spearman, None);
        assert_abs_diff_eq!(constant.gini.unwrap(), -0.152895832344, epsilon = 1e-12);
        let nothing = value_measures(&[0.0; 3], &[1.0, 2.0, 3.0]).unwrap();
        let absent = (nothing.gini, nothing.top_decile_share, nothing.decile_error, nothing.bias);
        assert_eq!(absent, (None, None, None, None));
        assert_eq!((nothing.mae, nothing.spearman), (2.0, None));
        assert_eq!(value_measures(&[0.1; 7], &PREDICTED[..7]).unwrap().gini, None);
    }

    #[test]
    fn refuses_what_cannot_be_judged() {
        let mismatch = PredictError::LengthMismatch { outcomes: 1, predictions: 2 };
        assert_eq!(value_measures(&[1.0], &[0.5, 1.0]), Err(mismatch));
        assert_eq!(value_measures(&[], &[]), Err(PredictError::NoCustomers));
        let refused = |what| PredictError::NotFinite { what, position: 1, value: f64::INFINITY };
        assert_eq!(value_measures(&[0.0, f64::INFINITY], &[0.0; 2]), Err(refused("actual")));
        assert_eq!(value_measures(&[0.0; 2], &[0.0, f64::INFINITY]), Err(refused("predicted")));
    }

    proptest! {
        #[test]
        fn a_perfect_prediction_is_perfect(
            actual in vec((0..40_u32).prop_map(|quarters| f64::from(quarters) / 4.0), 2..60)
        ) {
            let perfect = value_measures(&actual, &actual).unwrap();
            let varied = !actual.is_sorted() || actual[0] < actual[actual.len() - 1];
            prop_assert_eq!(perfect.gini.is_some(), varied);
            prop_assert_eq!(perfect.spearman.is_some(), varied);
            for one in [perfect.gini, perfect.spearman].into_iter().flatten() {
                prop_assert!((one - 1.0).abs() < 1e-12);
            }
            for zero in [perfect.decile_error, perfect.bias, Some(perfect.mae)].into_iter().flatten() {
                prop_assert!(zero.abs() < 1e-12);
            }
            if varied {
                let turned: Vec<f64> = actual.iter().map(|amount| -amount).collect();
                prop_assert!((value_measures(&actual, &turned).unwrap().spearman.unwrap() + 1.0).abs() < 1e-12);
            }
        }

        #[test]
        fn ranking_measures_see_only_the_order(
            pairs in vec((0..40_u8, 0..20_u8), 1..60)
        ) {
            let (actual, predicted): (Vec<f64>, Vec<f64>) =
                pairs.iter().map(|(actual, predicted)| (f64::from(*actual), f64::from(*predicted))).unzip();
            let moved: Vec<f64> = predicted.iter().map(|amount| amount * amount - 7.0).collect();
            let before = value_measures(&actual, &predicted).unwrap();
            let after = value_measures(&actual, &moved).unwrap();
            prop_assert_eq!(
                (before.gini, before.spearman, before.top_decile_share),
                (after.gini, after.spearman, after.top_decile_share)
            );
        }
    }
}
