//! Curves that show a ranking whole, in few enough points to draw.

use crate::PredictError;
use crate::error::{check_finite, check_pairs, check_probabilities};
use crate::rank::descending;

/// Most points of a curve: more than a screen shows.
const MOST_POINTS: usize = 200;

/// One point of a curve.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// To the right.
    pub x: f64,
    /// Up.
    pub y: f64,
}

/// How a ranking by probability of churn fares at every threshold.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RankingCurves {
    /// Share of those who stayed that is found with them (x) against share of the churned found (y), from (0, 0)
    /// to (1, 1). Its area is the AUC. Empty where all churned or none did.
    pub roc: Vec<Point>,
    /// Share of the churned found, the recall (x), against the share of those found that churned, the precision
    /// (y). Empty where nobody churned.
    pub precision_recall: Vec<Point>,
}

/// Both curves, each in at most some 200 points that lie on the whole one.
///
/// ```
/// use tenure_predict::ranking_curves;
/// let curves = ranking_curves(&[false, false, true, true], &[0.1, 0.4, 0.35, 0.8])?;
/// let roc: Vec<_> = curves.roc.iter().map(|point| (point.x, point.y)).collect();
/// // The example of scikit-learn's `roc_curve`.
/// assert_eq!(roc, [(0.0, 0.0), (0.0, 0.5), (0.5, 0.5), (0.5, 1.0), (1.0, 1.0)]);
/// # Ok::<(), tenure_predict::PredictError>(())
/// ```
///
/// # Errors
/// When the two differ in length, are empty, or a probability is not from 0 to 1.
pub fn ranking_curves(churned: &[bool], probability: &[f64]) -> Result<RankingCurves, PredictError> {
    check_pairs(churned.len(), probability.len())?;
    check_probabilities(probability)?;
    let positives = churned.iter().filter(|gone| **gone).count() as f64;
    let negatives = churned.len() as f64 - positives;
    let order = descending(probability);
    let (mut roc, mut precision_recall) = (vec![Point { x: 0.0, y: 0.0 }], Vec::new());
    let (mut seen, mut found) = (0.0, 0.0);
    for tied in order.chunk_by(|left, right| probability[*left] <= probability[*right]) {
        seen += tied.len() as f64;
        found += tied.iter().filter(|position| churned[**position]).count() as f64;
        roc.push(Point { x: (seen - found) / negatives, y: found / positives });
        precision_recall.push(Point { x: found / positives, y: found / seen });
    }
    Ok(RankingCurves {
        roc: if positives > 0.0 && negatives > 0.0 { thinned(&roc) } else { Vec::new() },
        precision_recall: if positives > 0.0 { thinned(&precision_recall) } else { Vec::new() },
    })
}

/// Share of customers, by prediction from the highest (x), against the share of the total that is theirs (y); at
/// every hundredth, from (0, 0) to (1, 1). Empty where the total is not above 0.
///
/// # Errors
/// When the two differ in length, are empty, or a value is not finite.
pub fn gain_curve(actual: &[f64], predicted: &[f64]) -> Result<Vec<Point>, PredictError> {
    check_pairs(actual.len(), predicted.len())?;
    check_finite("actual", actual)?;
    check_finite("predicted", predicted)?;
    let total: f64 = actual.iter().sum();
    if total <= 0.0 {
        return Ok(Vec::new());
    }
    let order = descending(predicted);
    let (mut taken, mut sum) = (0, 0.0);
    let mut at = |hundredth: usize| {
        let upto = order.len() * hundredth / 100;
        sum += order[taken..upto].iter().map(|position| actual[*position]).sum::<f64>();
        taken = upto;
        Point { x: upto as f64 / order.len() as f64, y: sum / total }
    };
    let mut curve: Vec<Point> = (0..=100).map(&mut at).collect();
    curve.dedup_by(|later, kept| later.x <= kept.x);
    Ok(curve)
}

/// Points that are at least a step away from the last one kept, with both ends.
fn thinned(curve: &[Point]) -> Vec<Point> {
    // A curve that rises over both axes is two units long at most.
    let step = 2.0 / MOST_POINTS as f64;
    let mut kept: Vec<Point> = Vec::new();
    for (index, point) in curve.iter().enumerate() {
        let is_far = |last: &Point| (point.x - last.x).abs() + (point.y - last.y).abs() >= step;
        if index + 1 == curve.len() || kept.last().is_none_or(is_far) {
            kept.push(*point);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::churn_measures;
    use proptest::collection::vec;
    use proptest::prelude::*;

    #[test]
    fn the_example_of_scikit_learn() {
        let curves = ranking_curves(&[false, false, true, true], &[0.1, 0.4, 0.35, 0.8]).unwrap();
        let seen: Vec<_> = curves.precision_recall.iter().map(|point| (point.x, point.y)).collect();
        assert_eq!(seen, [(0.5, 1.0), (0.5, 0.5), (1.0, 2.0 / 3.0), (1.0, 0.5)]);
    }

    #[test]
    fn what_one_outcome_cannot_show_is_empty() {
        let none = ranking_curves(&[false; 3], &[0.1, 0.2, 0.3]).unwrap();
        assert!(none.roc.is_empty() && none.precision_recall.is_empty());
        let all = ranking_curves(&[true; 3], &[0.1, 0.2, 0.3]).unwrap();
        assert!(all.roc.is_empty() && !all.precision_recall.is_empty());
        assert!(gain_curve(&[0.0; 3], &[1.0; 3]).unwrap().is_empty());
        assert_eq!(gain_curve(&[], &[]), Err(PredictError::NoCustomers));
    }

    #[test]
    fn a_gain_is_what_the_first_customers_bring() {
        let curve = gain_curve(&[1.0, 0.0, 6.0, 3.0], &[0.2, 0.1, 0.9, 0.5]).unwrap();
        let seen: Vec<_> = curve.iter().map(|point| (point.x, point.y)).collect();
        assert_eq!(seen, [(0.0, 0.0), (0.25, 0.6), (0.5, 0.9), (0.75, 1.0), (1.0, 1.0)]);
    }

    proptest! {
        #[test]
        fn curves_are_short_and_hold_the_area(
            pairs in vec((any::<bool>(), 0..2_000_u16), 2..1_500)
        ) {
            let churned: Vec<bool> = pairs.iter().map(|pair| pair.0).collect();
            let probability: Vec<f64> = pairs.iter().map(|pair| 0.001 + f64::from(pair.1) / 2_100.0).collect();
            let curves = ranking_curves(&churned, &probability).unwrap();
            let auc = churn_measures(&churned, &probability).unwrap().auc;
            prop_assert_eq!(auc.is_some(), !curves.roc.is_empty());
            if let Some(auc) = auc {
                let area: f64 = curves.roc.windows(2).map(|pair| (pair[1].x - pair[0].x) * (pair[0].y + pair[1].y) / 2.0).sum();
                prop_assert!((area - auc).abs() < 0.011, "{} {}", area, auc);
                prop_assert_eq!(curves.roc.last().map(|point| (point.x, point.y)), Some((1.0, 1.0)));
            }
            prop_assert!(curves.roc.len() <= MOST_POINTS + 2);
            prop_assert!(curves.precision_recall.len() <= 2 * MOST_POINTS + 2);
        }
    }
}
