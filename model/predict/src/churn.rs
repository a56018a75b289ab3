//! How good probabilities of churn are.

use serde::{Deserialize, Serialize};

use crate::PredictError;
use crate::error::{check_pairs, check_probabilities};
use crate::rank::{average_ranks, descending, equal_count_bins};

/// Probabilities are held this far from 0 and 1, so that one wrong certainty does not cost infinitely much.
const CLIP: f64 = 1e-6;

/// Bins of the calibration error.
const CALIBRATION_BINS: u32 = 15;

/// How good probabilities of churn were over one horizon.
///
/// Probabilities are clipped to [1e-6, 1 - 1e-6] for all five, which can tie the surest ones.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChurnMeasures {
    /// Area under the ROC curve: the share of pairs of one that churned and one that did not in which the
    /// first has the higher probability, ties counting half. In [0, 1], higher is better, 0.5 is chance.
    /// Absent where all churned or none did.
    pub auc: Option<f64>,
    /// Mean of the precision over the recall, at each distinct probability and without interpolation. In
    /// [0, 1], higher is better; chance is the share that churned. Absent where nobody churned.
    pub average_precision: Option<f64>,
    /// Mean squared difference of probability and outcome, in [0, 1]; lower is better.
    pub brier: f64,
    /// Mean of -ln(probability given to what happened), at least 0; lower is better.
    pub log_loss: f64,
    /// Mean |share that churned - mean probability| over 15 bins of nearly equal count, weighted by count.
    /// In [0, 1], lower is better. Equal probabilities are put into bins by position.
    pub calibration_error: f64,
}

/// Judges one probability of churn per customer against whether the customer churned.
///
/// Agrees with scikit-learn's `roc_auc_score`, `average_precision_score`, `brier_score_loss` and
/// `log_loss`, and with pandas' `qcut` of ranks for the bins.
///
/// # Errors
/// When the two differ in length, are empty, or a probability is not from 0 to 1.
pub fn churn_measures(churned: &[bool], probability: &[f64]) -> Result<ChurnMeasures, PredictError> {
    check_pairs(churned.len(), probability.len())?;
    check_probabilities(probability)?;
    let clipped: Vec<f64> = probability.iter().map(|p| p.clamp(CLIP, 1.0 - CLIP)).collect();
    let pairs = || churned.iter().zip(&clipped);
    let mean = |loss: &dyn Fn(bool, f64) -> f64| {
        pairs().map(|(happened, p)| loss(*happened, *p)).sum::<f64>() / churned.len() as f64
    };
    Ok(ChurnMeasures {
        auc: auc(churned, &clipped),
        average_precision: average_precision(churned, &clipped),
        brier: mean(&|happened, p| (p - f64::from(u8::from(happened))).powi(2)),
        log_loss: mean(&|happened, p| if happened { -p.ln() } else { -(-p).ln_1p() }),
        calibration_error: calibration_error(churned, &clipped),
    })
}

/// By the ranks of those that churned (Mann and Whitney).
fn auc(churned: &[bool], probability: &[f64]) -> Option<f64> {
    let positives = churned.iter().filter(|happened| **happened).count() as f64;
    let negatives = churned.len() as f64 - positives;
    let ranks = average_ranks(probability);
    let sum: f64 = churned.iter().zip(ranks).filter(|(happened, _)| **happened).map(|(_, rank)| rank).sum();
    let pairs = positives * negatives;
    (pairs > 0.0).then(|| (sum - positives * (positives + 1.0) / 2.0) / pairs)
}

/// Sum over the distinct probabilities, highest first, of the recall gained times the precision reached.
fn average_precision(churned: &[bool], probability: &[f64]) -> Option<f64> {
    let positives = churned.iter().filter(|happened| **happened).count();
    if positives == 0 {
        return None;
    }
    let order = descending(probability);
    let (mut seen, mut found, mut total) = (0, 0, 0.0);
    for tied in order.chunk_by(|left, right| probability[*left] <= probability[*right]) {
        let gained = tied.iter().filter(|position| churned[**position]).count();
        seen += tied.len();
        found += gained;
        total += gained as f64 * found as f64 / seen as f64;
    }
    Some(total / positives as f64)
}

fn calibration_error(churned: &[bool], probability: &[f64]) -> f64 {
    let off = |bin: Vec<usize>| {
        let observed = bin.iter().filter(|position| churned[**position]).count() as f64;
        let predicted: f64 = bin.iter().map(|position| probability[*position]).sum();
        (observed - predicted).abs()
    };
    let bins = equal_count_bins(probability, CALIBRATION_BINS);
    bins.into_iter().map(off).sum::<f64>() / churned.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use approx::assert_abs_diff_eq;
    use proptest::collection::vec;
    use proptest::prelude::*;

    fn sample(customers: usize) -> (Vec<bool>, Vec<f64>) {
        let (mut churned, mut probability) = crate::sample::forty(10.0);
        churned.truncate(customers);
        probability.truncate(customers);
        (churned, probability)
    }

    /// Numbers of scikit-learn 1.9.1 and pandas 3.1.1 on the first customers of the sample.
    #[track_caller]
    fn check(customers: usize, expected: [f64; 5]) {
        let (churned, probability) = sample(customers);
        let seen = churn_measures(&churned, &probability).unwrap();
        let seen = [
            seen.auc.unwrap(),
            seen.average_precision.unwrap(),
            seen.brier,
            seen.log_loss,
            seen.calibration_error,
        ];
        for (seen, expected) in seen.into_iter().zip(expected) {
            assert_abs_diff_eq!(seen, expected, epsilon = 1e-12);
        }
    }

    #[test]
    fn agrees_with_scikit_learn_and_pandas_where_probabilities_tie() {
        check(40, [0.89, 0.885795454545, 0.1345, 0.409182524653, 0.165000175]);
        check(31, [0.871848739496, 0.883137254902, 0.139677419355, 0.419283429055, 0.229032419355]);
        check(16, [0.933333333333, 0.950317460317, 0.1325, 0.418845638328, 0.3125000625]);
        check(15, [0.925925925926, 0.939577397911, 0.130666666667, 0.412713639298, 0.306666733333]);
        check(7, [1.0, 1.0, 0.0500000000001, 0.217787100236, 0.185714428571]);
    }

    #[test]
    fn what_one_outcome_cannot_tell_is_absent() {
        let none = churn_measures(&[false; 3], &[0.1, 0.2, 0.3]).unwrap();
        assert_eq!((none.auc, none.average_precision), (None, None));
        assert_abs_diff_eq!(none.brier, 0.14 / 3.0, epsilon = 1e-15);
        let all = churn_measures(&[true; 3], &[0.1, 0.2, 0.3]).unwrap();
        assert_eq!((all.auc, all.average_precision), (None, Some(1.0)));
    }

    #[test]
    fn a_wrong_certainty_costs_much_but_not_infinitely_much() {
        let wrong = churn_measures(&[true], &[0.0]).unwrap();
        assert_abs_diff_eq!(wrong.log_loss, -(1e-6_f64).ln(), epsilon = 1e-12);
        assert_abs_diff_eq!(wrong.calibration_error, 1.0 - 1e-6, epsilon = 1e-15);
    }

    #[test]
    fn refuses_what_cannot_be_judged() {
        let mismatch = PredictError::LengthMismatch { outcomes: 2, predictions: 1 };
        assert_eq!(churn_measures(&[true, false], &[0.5]), Err(mismatch));
        assert_eq!(churn_measures(&[], &[]), Err(PredictError::NoCustomers));
        for value in [-0.1, 1.1, f64::INFINITY] {
            let refused = PredictError::InvalidProbability { position: 1, value };
            assert_eq!(churn_measures(&[true, false], &[0.5, value]), Err(refused));
        }
        let refused = churn_measures(&[true], &[f64::NAN]);
        assert!(matches!(refused, Err(PredictError::InvalidProbability { position: 0, .. })));
    }

    #[test]
    fn reads_back_from_json_to_the_bit() {
        let (churned, probability) = sample(31);
        let measures = churn_measures(&churned, &probability).unwrap();
        let json = serde_json::to_string(&measures).unwrap();
        assert_eq!(serde_json::from_str::<ChurnMeasures>(&json).unwrap(), measures);
    }

    fn pairs() -> impl Strategy<Value = (Vec<bool>, Vec<f64>)> {
        vec((any::<bool>(), (0..21_u8).prop_map(|step| f64::from(step) / 20.0)), 1..80)
            .prop_map(|pairs| pairs.into_iter().unzip())
    }

    proptest! {
        #[test]
        fn ranking_measures_agree_with_their_definitions((churned, probability) in pairs()) {
            let seen = churn_measures(&churned, &probability).unwrap();
            let n = churned.len();
            let (mut wins, mut count) = (0.0, 0.0);
            for (i, j) in (0..n).flat_map(|i| (0..n).map(move |j| (i, j))) {
                if churned[i] && !churned[j] {
                    count += 1.0;
                    wins += if probability[i] > probability[j] { 1.0 } else if probability[i] < probability[j] { 0.0 } else { 0.5 };
                }
            }
            prop_assert_eq!(seen.auc.is_some(), count > 0.0);
            if let Some(auc) = seen.auc {
                prop_assert!((auc - wins / count).abs() < 1e-12);
            }
            // For each that churned: of all at or above its probability, the share that churned.
            let precisions: Vec<f64> = (0..n).filter(|i| churned[*i]).map(|i| {
                let above: Vec<usize> = (0..n).filter(|j| probability[*j] >= probability[i]).collect();
                above.iter().filter(|j| churned[**j]).count() as f64 / above.len() as f64
            }).collect();
            prop_assert_eq!(seen.average_precision.is_some(), !precisions.is_empty());
            if let Some(average) = seen.average_precision {
                prop_assert!((average - precisions.iter().sum::<f64>() / precisions.len() as f64).abs() < 1e-12);
            }
            for share in [seen.brier, seen.calibration_error] {
                prop_assert!((0.0..=1.0).contains(&share));
            }
        }

        #[test]
        fn auc_sees_only_the_order((churned, probability) in pairs()) {
            let moved: Vec<f64> = probability.iter().map(|p| 0.1 + 0.5 * p * p).collect();
            let (before, after) = (churn_measures(&churned, &probability).unwrap(), churn_measures(&churned, &moved).unwrap());
            prop_assert_eq!(before.auc, after.auc);
            prop_assert_eq!(before.average_precision, after.average_precision);
            let mirrored: Vec<f64> = probability.iter().map(|p| 1.0 - p).collect();
            if let (Some(auc), Some(mirror)) = (before.auc, churn_measures(&churned, &mirrored).unwrap().auc) {
                prop_assert!((auc + mirror - 1.0).abs() < 1e-12);
            }
        }
    }
}
