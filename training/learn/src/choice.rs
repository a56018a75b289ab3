//! Which candidate to take: the best mean rank over all measures and origins.

use tenure_bundle::{BacktestRow, Level, SpendBasis};
use tenure_predict::{ChurnMeasures, ValueMeasures, churn_measures, value_measures};

use crate::LearnError;
use crate::backtest::{BASES, Case, Prediction};
use crate::candidate::OrderKind;
use crate::level::LevelRule;

/// One way to predict, all its parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Candidate {
    pub(crate) kind: OrderKind,
    pub(crate) basis: SpendBasis,
    pub(crate) level: LevelRule,
}

impl Candidate {
    /// What it is called in the backtest table.
    pub(crate) fn name(self) -> String {
        let basis = match self.basis {
            SpendBasis::RepeatOrders => "repeat_orders",
            SpendBasis::AllOrders => "all_orders",
        };
        format!("{}+{basis}+{}", self.kind, self.level.name())
    }
}

/// Where nothing can be compared: the papers' way.
pub(crate) const PLAIN: (SpendBasis, LevelRule) = (SpendBasis::RepeatOrders, LevelRule::None);

/// The chosen candidate, its level from all origins, and the table that it was chosen by.
#[derive(Debug)]
pub(crate) struct Choice {
    pub(crate) candidate: Candidate,
    pub(crate) level: Level,
    pub(crate) table: Vec<BacktestRow>,
    /// Mean Brier score of the chosen candidate less that of the naive rate; above zero it lost.
    pub(crate) against_naive: f64,
}

/// How one candidate did at every case.
struct Record {
    candidate: Candidate,
    measures: Vec<(ChurnMeasures, ValueMeasures)>,
    mean_rank: f64,
}

/// Compares candidates over `cases`; `None` where no candidate was fitted at all of them.
///
/// A level is judged at an origin as the *other* origins set it, so that correcting never wins by having
/// seen the answer.
pub(crate) fn choose(
    cases: &[Case],
    kinds: &[OrderKind],
    rules: &[LevelRule],
) -> Result<Option<Choice>, LearnError> {
    let mut records = Vec::new();
    for kind in kinds {
        for basis in BASES {
            let predictions: Option<Vec<_>> =
                cases.iter().map(|case| case.prediction(*kind, basis)).collect();
            let Some(predictions) = predictions else { continue };
            for rule in rules {
                // One origin cannot confirm another's level.
                if *rule != LevelRule::None && cases.len() < 2 {
                    continue;
                }
                let candidate = Candidate { kind: *kind, basis, level: *rule };
                // A level that cannot be set (a window in which all left) is no candidate.
                let Ok(measures) = judge(&predictions, *rule) else { continue };
                records.push(Record { candidate, measures, mean_rank: 0.0 });
            }
        }
    }
    rank(&mut records, cases);
    let Some(best) = records.iter().min_by(|left, right| left.mean_rank.total_cmp(&right.mean_rank)) else {
        return Ok(None);
    };
    let candidate = best.candidate;
    let predictions: Vec<_> =
        cases.iter().filter_map(|case| case.prediction(candidate.kind, candidate.basis)).collect();
    let level = candidate.level.fit(&predictions.iter().collect::<Vec<_>>())?;
    let (table, against_naive) = table(&records, candidate, cases)?;
    Ok(Some(Choice { candidate, level, table, against_naive }))
}

/// Measures at every origin under the level of the others.
fn judge(
    predictions: &[Prediction<'_>],
    rule: LevelRule,
) -> Result<Vec<(ChurnMeasures, ValueMeasures)>, LearnError> {
    let at = |index: usize| {
        let others: Vec<&Prediction<'_>> =
            predictions.iter().enumerate().filter(|(other, _)| *other != index).map(|(_, one)| one).collect();
        let level = rule.fit(&others)?;
        let judged = &predictions[index];
        let churn: Vec<f64> = judged.p_no_order.iter().map(|p| level.churn_probability(*p)).collect();
        let value: Vec<f64> =
            judged.expected_value.iter().map(|value| level.expected_value(*value)).collect();
        Ok((churn_measures(judged.churned, &churn)?, value_measures(judged.value, &value)?))
    };
    (0..predictions.len()).map(at).collect()
}

/// All measures, each turned so that more is better; an absent one is worst.
fn merits((churn, value): &(ChurnMeasures, ValueMeasures)) -> [f64; 11] {
    let higher = |measure: Option<f64>| measure.unwrap_or(f64::NEG_INFINITY);
    let lower = |measure: Option<f64>| measure.map_or(f64::NEG_INFINITY, |found| -found.abs());
    [
        higher(churn.auc),
        higher(churn.average_precision),
        -churn.brier,
        -churn.log_loss,
        -churn.calibration_error,
        higher(value.gini),
        higher(value.spearman),
        higher(value.top_decile_share),
        lower(value.decile_error),
        -value.mae,
        lower(value.bias),
    ]
}

/// Fills in mean ranks: how many candidates are strictly better, over measures and, by weight, origins.
fn rank(records: &mut [Record], cases: &[Case]) {
    let total: f64 = cases.iter().map(|case| case.origin.weight).sum();
    for (index, case) in cases.iter().enumerate() {
        let all: Vec<[f64; 11]> = records.iter().map(|record| merits(&record.measures[index])).collect();
        for (record, own) in records.iter_mut().zip(&all) {
            let better =
                all.iter().flat_map(|other| other.iter().zip(own)).filter(|(other, own)| other > own);
            record.mean_rank += case.origin.weight / total * better.count() as f64 / own.len() as f64;
        }
    }
}

/// The best candidate of each kind at each origin, and the naive rate.
fn table(
    records: &[Record],
    chosen: Candidate,
    cases: &[Case],
) -> Result<(Vec<BacktestRow>, f64), LearnError> {
    let mut rows = Vec::new();
    let mut against_naive = 0.0;
    for (index, case) in cases.iter().enumerate() {
        let row = |candidate: String, churn, value, chosen| BacktestRow {
            candidate,
            origin: case.origin.as_of.instant(),
            horizon: case.origin.horizon,
            customers: case.customers() as u64,
            churn: Some(churn),
            value: Some(value),
            chosen,
        };
        for kind in OrderKind::ALL {
            let of_kind = records.iter().filter(|record| record.candidate.kind == kind);
            let best = of_kind.min_by(|left, right| left.mean_rank.total_cmp(&right.mean_rank));
            let Some(Record { candidate, measures, .. }) = best else { continue };
            let (churn, value) = measures[index];
            if *candidate == chosen {
                against_naive += churn.brier / cases.len() as f64;
            }
            rows.push(row(candidate.name(), churn, value, *candidate == chosen));
        }
        let (silent, value) = case.naive();
        let (churn, value) = (churn_measures(&case.churned, silent)?, value_measures(&case.value, value)?);
        against_naive -= churn.brier / cases.len() as f64;
        rows.push(row("naive_rate".to_owned(), churn, value, false));
    }
    Ok((rows, against_naive))
}
