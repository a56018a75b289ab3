//! Predictions beside what happened, group by group: what a measure says in one number, in rows that can be read.

use serde::Serialize;

use crate::PredictError;
use crate::error::{check_finite, check_pairs, check_probabilities};
use crate::rank::equal_count_bins;

/// Tenths of a table of value.
const TENTHS: u32 = 10;

/// 97.5 % of a normal distribution lie below this.
const Z: f64 = 1.959_963_984_540_054;

/// Customers with neighbouring probabilities, and the share of them that churned.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct CalibrationBin {
    /// How many customers, at least 1.
    pub customers: usize,
    /// Mean probability given to them, in [0, 1].
    pub mean_probability: f64,
    /// Share of them that churned, in [0, 1].
    pub churned_share: f64,
    /// Lower end of the 95 % interval of that share (Wilson 1927), in [0, 1].
    pub lowest: f64,
    /// Upper end.
    pub highest: f64,
}

/// Customers with neighbouring predictions of an amount, and what came of them.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Tenth {
    /// How many customers, at least 1.
    pub customers: usize,
    /// Mean predicted amount.
    pub mean_predicted: f64,
    /// Mean actual amount.
    pub mean_actual: f64,
}

/// Groups of nearly equal count by probability of churn, lowest first; as many as asked for, or one a customer.
///
/// The same groups as those of [`ChurnMeasures::calibration_error`](crate::ChurnMeasures), which has 15.
///
/// ```
/// use tenure_predict::calibration_table;
/// let table = calibration_table(&[false, false, true, true], &[0.1, 0.2, 0.6, 0.7], 2)?;
/// assert_eq!((table[0].customers, table[0].churned_share, table[1].churned_share), (2, 0.0, 1.0));
/// assert!((table[1].mean_probability - 0.65).abs() < 1e-12);
/// # Ok::<(), tenure_predict::PredictError>(())
/// ```
///
/// # Errors
/// When the two differ in length, are empty, or a probability is not from 0 to 1.
pub fn calibration_table(
    churned: &[bool],
    probability: &[f64],
    bins: u32,
) -> Result<Vec<CalibrationBin>, PredictError> {
    check_pairs(churned.len(), probability.len())?;
    check_probabilities(probability)?;
    let row = |bin: Vec<usize>| {
        let count = bin.len() as f64;
        let left = bin.iter().filter(|position| churned[**position]).count() as f64;
        let (lowest, highest) = wilson(left, count);
        CalibrationBin {
            customers: bin.len(),
            mean_probability: bin.iter().map(|position| probability[*position]).sum::<f64>() / count,
            churned_share: left / count,
            lowest,
            highest,
        }
    };
    Ok(equal_count_bins(probability, bins.max(1)).into_iter().map(row).collect())
}

/// Tenths of customers by predicted amount, highest first; fewer where there are fewer than ten customers.
///
/// The same tenths as those of [`ValueMeasures::decile_error`](crate::ValueMeasures).
///
/// # Errors
/// When the two differ in length, are empty, or an amount is not finite.
pub fn tenths(actual: &[f64], predicted: &[f64]) -> Result<Vec<Tenth>, PredictError> {
    check_pairs(actual.len(), predicted.len())?;
    check_finite("actual", actual)?;
    check_finite("predicted", predicted)?;
    let mean = |of: &[f64], group: &[usize]| {
        group.iter().map(|position| of[*position]).sum::<f64>() / group.len() as f64
    };
    let row = |group: &Vec<usize>| Tenth {
        customers: group.len(),
        mean_predicted: mean(predicted, group),
        mean_actual: mean(actual, group),
    };
    Ok(equal_count_bins(predicted, TENTHS).iter().rev().map(row).collect())
}

/// The 95 % interval of a share: `(p + z²/2n ± z sqrt(p(1-p)/n + z²/4n²)) / (1 + z²/n)`.
///
/// Wilson (1927), "Probable inference, the law of succession, and statistical inference". It stays within [0, 1],
/// and has a width where all or none did.
fn wilson(successes: f64, count: f64) -> (f64, f64) {
    let (share, square) = (successes / count, Z * Z);
    let middle = share + square / (2.0 * count);
    let half = Z * (share * (1.0 - share) / count + square / (4.0 * count * count)).sqrt();
    let scale = 1.0 + square / count;
    (((middle - half) / scale).max(0.0), ((middle + half) / scale).min(1.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{churn_measures, value_measures};
    use approx::assert_abs_diff_eq;
    use proptest::collection::vec;
    use proptest::prelude::*;

    #[test]
    fn the_interval_is_that_of_scipy() {
        // scipy 1.17.1 binomtest(count, of).proportion_ci(method="wilson").
        for (count, of, expected) in [
            (8.0, 10.0, (0.490_162, 0.943_318)),
            (0.0, 20.0, (0.0, 0.161_125)),
            (20.0, 20.0, (0.838_875, 1.0)),
        ] {
            let (lowest, highest) = wilson(count, of);
            assert_abs_diff_eq!(lowest, expected.0, epsilon = 1e-6);
            assert_abs_diff_eq!(highest, expected.1, epsilon = 1e-6);
        }
    }

    #[test]
    fn the_highest_tenth_comes_first() {
        let predicted: Vec<f64> = (0..20).map(f64::from).collect();
        let actual: Vec<f64> = predicted.iter().map(|amount| 2.0 * amount).collect();
        let table = tenths(&actual, &predicted).unwrap();
        assert_eq!(table.len(), 10);
        assert_eq!(table[0], Tenth { customers: 2, mean_predicted: 18.5, mean_actual: 37.0 });
        assert_eq!(
            tenths(&[3.0], &[1.0]).unwrap(),
            [Tenth { customers: 1, mean_predicted: 1.0, mean_actual: 3.0 }]
        );
    }

    #[test]
    fn refuses_what_cannot_be_judged() {
        assert_eq!(calibration_table(&[], &[], 10), Err(PredictError::NoCustomers));
        assert_eq!(
            calibration_table(&[true], &[1.5], 10),
            Err(PredictError::InvalidProbability { position: 0, value: 1.5 })
        );
        let mismatch = PredictError::LengthMismatch { outcomes: 1, predictions: 2 };
        assert_eq!(tenths(&[1.0], &[1.0, 2.0]), Err(mismatch));
        assert!(matches!(tenths(&[f64::NAN], &[1.0]), Err(PredictError::NotFinite { what: "actual", .. })));
    }

    proptest! {
        #[test]
        fn rows_add_up_to_the_measures(
            rows in vec((any::<bool>(), 0..21_u8, 0..50_u16), 1..90)
        ) {
            let churned: Vec<bool> = rows.iter().map(|row| row.0).collect();
            // Inside the clipping of the measures.
            let probability: Vec<f64> = rows.iter().map(|row| 0.01 + f64::from(row.1) / 21.0 * 0.98).collect();
            let actual: Vec<f64> = rows.iter().map(|row| f64::from(row.2)).collect();
            let table = calibration_table(&churned, &probability, 15).unwrap();
            let error: f64 = table.iter().map(|bin| {
                bin.customers as f64 / rows.len() as f64 * (bin.churned_share - bin.mean_probability).abs()
            }).sum();
            prop_assert!((error - churn_measures(&churned, &probability).unwrap().calibration_error).abs() < 1e-12);
            for bin in &table {
                prop_assert!(0.0 <= bin.lowest && bin.lowest <= bin.churned_share + 1e-12);
                prop_assert!(bin.churned_share <= bin.highest + 1e-12 && bin.highest <= 1.0);
            }
            let table = tenths(&actual, &probability).unwrap();
            prop_assert_eq!(table.iter().map(|tenth| tenth.customers).sum::<usize>(), rows.len());
            let errors: Vec<f64> = table.iter().filter(|tenth| tenth.mean_actual > 0.0)
                .map(|tenth| (tenth.mean_predicted / tenth.mean_actual - 1.0).abs()).collect();
            let mean = errors.iter().sum::<f64>() / errors.len() as f64;
            match value_measures(&actual, &probability).unwrap().decile_error {
                Some(error) => prop_assert!((error - mean).abs() < 1e-9),
                None => prop_assert!(errors.is_empty()),
            }
        }
    }
}
