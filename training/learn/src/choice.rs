//! Which candidate to take: the best mean rank over all measures and origins.

use rayon::iter::{IntoParallelRefIterator, ParallelIterator};
use tenure_bundle::{BacktestRow, Level, SpendBasis};
use tenure_predict::{ChurnMeasures, ValueMeasures, churn_measures, value_measures};

use crate::LearnError;
use crate::backtest::{Case, Prediction};
use crate::candidate::{OrderKind, basis_name};
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
        format!("{}+{}+{}", self.kind, basis_name(self.basis), self.level.name())
    }
}

/// The chosen candidate, its level from all origins, and the table that it was chosen by.
#[derive(Debug)]
pub(crate) struct Choice {
    pub(crate) candidate: Candidate,
    pub(crate) level: Level,
    pub(crate) table: Vec<BacktestRow>,
    /// Mean Brier score of the chosen candidate less that of the naive rate; above zero it lost.
    pub(crate) against_naive: f64,
    /// What had to be given up on the way.
    pub(crate) notes: Vec<String>,
}

/// What may be chosen.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Field<'a> {
    pub(crate) kinds: &'a [OrderKind],
    pub(crate) bases: &'a [SpendBasis],
    pub(crate) rules: &'a [LevelRule],
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
pub(crate) fn choose(cases: &[Case], field: Field<'_>) -> Result<Option<Choice>, LearnError> {
    if cases.is_empty() {
        // Every candidate would tie at having done nothing wrong.
        return Ok(None);
    }
    let mut records = compare(cases, field);
    rank(&mut records, cases);
    let Some(best) = records.iter().min_by(|left, right| left.mean_rank.total_cmp(&right.mean_rank)) else {
        return Ok(None);
    };
    let mut candidate = best.candidate;
    let predictions: Vec<_> =
        cases.iter().filter_map(|case| case.prediction(candidate.kind, candidate.basis)).collect();
    let mut notes = Vec::new();
    let level = candidate.level.fit(&predictions.iter().collect::<Vec<_>>(), 1.0).unwrap_or_else(|error| {
        notes.push(format!(
            "the past dates together set no level for {} ({error}): it was left as fitted",
            candidate.name()
        ));
        candidate.level = LevelRule::None;
        Level::NONE
    });
    let (table, against_naive) = table(&records, candidate, cases)?;
    Ok(Some(Choice { candidate, level, table, against_naive, notes }))
}

/// Judges every candidate that was fitted at all cases; ranks are not yet filled in.
fn compare(cases: &[Case], field: Field<'_>) -> Vec<Record> {
    let all: Vec<Vec<Record>> = field.kinds.par_iter().map(|kind| of_kind(cases, *kind, field)).collect();
    all.into_iter().flatten().collect()
}

/// The candidates of one purchase model. Churn does not ask how spend is read, nor value how churn is bent: each is
/// judged once.
fn of_kind(cases: &[Case], kind: OrderKind, field: Field<'_>) -> Vec<Record> {
    // One origin cannot confirm another's level.
    let is_judged = |rule: &LevelRule| *rule == LevelRule::None || cases.len() >= 2;
    let rules: Vec<LevelRule> = field.rules.iter().copied().filter(is_judged).collect();
    let of = |basis: &SpendBasis| -> Option<(SpendBasis, Vec<Prediction<'_>>)> {
        let all: Option<_> = cases.iter().map(|case| case.prediction(kind, *basis)).collect();
        Some((*basis, all?))
    };
    let by_basis: Vec<_> = field.bases.iter().filter_map(of).collect();
    let Some((_, any)) = by_basis.first() else { return Vec::new() };
    let churn = || rules.par_iter().map(|rule| judge_churn(any, *rule)).collect::<Vec<_>>();
    let value = || by_basis.par_iter().map(|(_, all)| judge_values(all, &rules)).collect::<Vec<_>>();
    let (churn, values) = rayon::join(churn, value);
    let mut records = Vec::new();
    for ((basis, _), values) in by_basis.iter().zip(values) {
        for ((rule, churn), value) in rules.iter().zip(&churn).zip(values) {
            let candidate = Candidate { kind, basis: *basis, level: *rule };
            match (churn, value) {
                (Ok(churn), Ok(value)) => {
                    let measures = churn.iter().copied().zip(value).collect();
                    records.push(Record { candidate, measures, mean_rank: 0.0 });
                }
                // A level that cannot be set (a window in which all left) is no candidate.
                (Err(error), _) => given_up(candidate, error),
                (_, Err(error)) => given_up(candidate, &error),
            }
        }
    }
    records
}

fn given_up(candidate: Candidate, error: &LearnError) {
    tracing::info!(candidate = candidate.name(), %error, "a candidate was given up");
}

/// The predictions at all origins but one.
fn others<'a, 'b>(all: &'b [Prediction<'a>], index: usize) -> Vec<&'b Prediction<'a>> {
    all.iter().enumerate().filter(|(other, _)| *other != index).map(|(_, one)| one).collect()
}

/// Churn at every origin under the level of the others.
fn judge_churn(all: &[Prediction<'_>], rule: LevelRule) -> Result<Vec<ChurnMeasures>, LearnError> {
    let at = |(index, judged): (usize, &Prediction<'_>)| {
        let level = rule.churn(&others(all, index), judged.weight.sqrt())?;
        let churn: Vec<f64> = judged.p_no_order.iter().map(|p| level.apply(*p)).collect();
        Ok(churn_measures(judged.churned, &churn)?)
    };
    all.iter().enumerate().map(at).collect()
}

/// Value at every origin under the level of the others, by each rule; all rules that set one set the same.
fn judge_values(all: &[Prediction<'_>], rules: &[LevelRule]) -> Vec<Result<Vec<ValueMeasures>, LearnError>> {
    let judge = |rule: LevelRule| -> Result<Vec<ValueMeasures>, LearnError> {
        let at = |(index, judged): (usize, &Prediction<'_>)| {
            let factor = rule.value(&others(all, index), judged.weight.sqrt());
            let value: Vec<f64> = judged.expected_value.iter().map(|value| value * factor).collect();
            Ok(value_measures(judged.value, &value)?)
        };
        all.iter().enumerate().map(at).collect()
    };
    let mut judged: Vec<Result<Vec<ValueMeasures>, LearnError>> = Vec::new();
    for (place, rule) in rules.iter().enumerate() {
        let same = (0..place).find(|other| *rule != LevelRule::None && rules[*other] != LevelRule::None);
        let found = match same.map(|other| &judged[other]) {
            Some(Ok(found)) => Ok(found.clone()),
            _ => judge(*rule),
        };
        judged.push(found);
    }
    judged
}

/// The measures that choose, each turned so that more is better; an absent one is worst: of churn the two proper scores
/// (Gneiting and Raftery 2007), of value how it ranks, from the top and throughout, and how far it misses. The others
/// hang on tenths and totals, which a handful of past dates leave to chance.
fn merits((churn, value): &(ChurnMeasures, ValueMeasures)) -> [f64; 5] {
    [Some(-churn.brier), Some(-churn.log_loss), value.gini, value.spearman, Some(-value.mae)]
        .map(|measure| measure.unwrap_or(f64::NEG_INFINITY))
}

/// Fills in mean ranks: how many candidates are strictly better, over measures and, by weight, origins.
fn rank(records: &mut [Record], cases: &[Case]) {
    let total: f64 = cases.iter().map(|case| case.origin.weight).sum();
    for (index, case) in cases.iter().enumerate() {
        let all: Vec<_> = records.iter().map(|record| merits(&record.measures[index])).collect();
        for (record, own) in records.iter_mut().zip(&all) {
            let better =
                all.iter().flat_map(|other| other.iter().zip(own)).filter(|(other, own)| other > own);
            record.mean_rank += case.origin.weight / total * better.count() as f64 / own.len() as f64;
        }
    }
}

/// Of each kind one candidate, with its measures at each origin: the chosen one, or of another kind the one
/// that ranks best over all origins. And the naive rate.
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
            let of_kind = || records.iter().filter(|record| record.candidate.kind == kind);
            let best = of_kind().min_by(|left, right| left.mean_rank.total_cmp(&right.mean_rank));
            let best = of_kind().find(|record| record.candidate == chosen).or(best);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::origin::Origin;
    use crate::sample::{day, horizon};
    use approx::assert_relative_eq;
    use tenure_core::AsOf;
    use tenure_predict::LogitShift;

    use OrderKind::{BgNbd, MbgNbd};
    const BASES: [SpendBasis; 1] = [SpendBasis::AllOrders];

    /// Four customers of whom the last two order, for 10 and 30; each kind gives probabilities of its own.
    fn case(at: f64, weight: f64, by_kind: &[(OrderKind, [f64; 4])]) -> Case {
        let values = |p: &[f64; 4]| p.iter().map(|p| 20.0 * (1.0 - p)).collect::<Vec<_>>();
        Case {
            origin: Origin { as_of: AsOf::new(day(at)), horizon: horizon(90), weight },
            churned: vec![true, true, false, false],
            orders: vec![0.0, 0.0, 1.0, 2.0],
            value: vec![0.0, 0.0, 10.0, 30.0],
            naive: (vec![0.5; 4], vec![10.0; 4]),
            by_kind: by_kind.iter().map(|(kind, p)| (*kind, p.to_vec(), vec![0.5; 4])).collect(),
            values: by_kind.iter().map(|(kind, p)| (*kind, BASES[0], values(p))).collect(),
            order_models: Vec::new(),
            spend_models: Vec::new(),
            refused: Vec::new(),
        }
    }

    const GOOD: [f64; 4] = [0.9, 0.8, 0.3, 0.2];
    const BAD: [f64; 4] = [0.2, 0.3, 0.8, 0.9];

    fn field<'a>(kinds: &'a [OrderKind], rules: &'a [LevelRule]) -> Field<'a> {
        Field { kinds, bases: &BASES, rules }
    }

    #[test]
    fn who_is_right_everywhere_is_chosen() {
        let cases = [1.0, 2.0].map(|at| case(at, 1.0, &[(BgNbd, BAD), (MbgNbd, GOOD)]));
        let choice = choose(&cases, field(&[BgNbd, MbgNbd], &[LevelRule::None])).unwrap().unwrap();
        assert_eq!(choice.candidate.name(), "mbg_nbd+all_orders+as_fitted");
        assert_eq!((choice.level, choice.notes.len()), (Level::NONE, 0));
        let rows: Vec<_> = choice.table.iter().map(|row| (row.candidate.as_str(), row.chosen)).collect();
        let once = [
            ("bg_nbd+all_orders+as_fitted", false),
            ("mbg_nbd+all_orders+as_fitted", true),
            ("naive_rate", false),
        ];
        assert_eq!(rows, [once, once].concat());
        // (0.01 + 0.04 + 0.09 + 0.04) / 4 against 0.25 of even odds.
        assert_relative_eq!(choice.against_naive, 0.045 - 0.25, max_relative = 1e-12);
        let brier = |row: usize| choice.table[row].churn.unwrap().brier;
        // (0.64 + 0.49 + 0.64 + 0.81) / 4.
        assert_relative_eq!(brier(0), 0.645, max_relative = 1e-12);
        assert_relative_eq!(brier(2), 0.25, max_relative = 1e-12);
    }

    #[test]
    fn the_heavier_origin_decides() {
        let cases = [
            case(1.0, 0.2, &[(BgNbd, GOOD), (MbgNbd, BAD)]),
            case(2.0, 0.8, &[(BgNbd, BAD), (MbgNbd, GOOD)]),
        ];
        let choice = choose(&cases, field(&[BgNbd, MbgNbd], &[LevelRule::None])).unwrap().unwrap();
        assert_eq!(choice.candidate.kind, MbgNbd);
        let mut records = compare(&cases, field(&[BgNbd, MbgNbd], &[LevelRule::None]));
        rank(&mut records, &cases);
        // Both orders are as far from right in total, so value: bias, top share and the like may tie; what one
        // loses with weight 0.8 the other loses with 0.2.
        assert_relative_eq!(records[0].mean_rank / records[1].mean_rank, 4.0, max_relative = 1e-12);
    }

    #[test]
    fn a_rank_is_the_share_of_measures_in_which_another_is_better() {
        let churn = ChurnMeasures {
            auc: Some(0.7),
            average_precision: Some(0.6),
            brier: 0.2,
            log_loss: 0.5,
            calibration_error: 0.1,
        };
        let value = ValueMeasures {
            gini: Some(0.5),
            spearman: Some(0.4),
            top_decile_share: None,
            decile_error: Some(0.2),
            mae: 30.0,
            bias: Some(-0.1),
        };
        let record = |measures| {
            let candidate = Candidate { kind: BgNbd, basis: BASES[0], level: LevelRule::None };
            Record { candidate, measures: vec![measures], mean_rank: 0.0 }
        };
        // The second has the better Brier score and an absent rank correlation; that its AUC and its bias are better as
        // well chooses nothing, and the rest ties.
        let other = (
            ChurnMeasures { auc: Some(0.8), brier: 0.1, ..churn },
            ValueMeasures { spearman: None, bias: Some(0.05), ..value },
        );
        let mut records = [record((churn, value)), record(other)];
        rank(&mut records, &[case(1.0, 0.5, &[])]);
        assert_relative_eq!(records[0].mean_rank, 1.0 / 5.0, max_relative = 1e-12);
        assert_relative_eq!(records[1].mean_rank, 1.0 / 5.0, max_relative = 1e-12);
    }

    #[test]
    fn who_missed_an_origin_does_not_compete() {
        let cases = [case(1.0, 1.0, &[(BgNbd, GOOD), (MbgNbd, BAD)]), case(2.0, 1.0, &[(MbgNbd, BAD)])];
        let choice = choose(&cases, field(&[BgNbd, MbgNbd], &[LevelRule::None])).unwrap().unwrap();
        assert_eq!(choice.candidate.kind, MbgNbd);
        assert!(choice.against_naive > 0.0);
        let none = [case(1.0, 1.0, &[(BgNbd, GOOD)]), case(2.0, 1.0, &[])];
        assert!(choose(&none, field(&[BgNbd], &[LevelRule::None])).unwrap().is_none());
        assert!(choose(&[], field(&[BgNbd], &[LevelRule::None])).unwrap().is_none());
    }

    #[test]
    fn one_origin_confirms_no_level() {
        let choice =
            choose(&[case(1.0, 1.0, &[(BgNbd, GOOD)])], field(&[BgNbd], &LevelRule::ALL)).unwrap().unwrap();
        assert_eq!(choice.candidate.level, LevelRule::None);
    }

    /// Within either origin the likelier leave more often; over both it is the other way round.
    #[test]
    fn a_level_that_only_all_origins_together_refuse_is_left_as_fitted() {
        let origin = |at: f64, low: f64, leave: [usize; 2]| {
            let p: Vec<f64> = (0..20).map(|index| if index < 10 { low } else { low + 0.05 }).collect();
            let churned = (0..20).map(|index| index % 10 < leave[index / 10]).collect();
            Case {
                origin: Origin { as_of: AsOf::new(day(at)), horizon: horizon(90), weight: 1.0 },
                churned,
                orders: vec![1.0; 20],
                value: vec![1.0; 20],
                naive: (vec![0.5; 20], vec![1.0; 20]),
                by_kind: vec![(BgNbd, p, vec![1.0; 20])],
                values: vec![(BgNbd, BASES[0], vec![1.0; 20])],
                order_models: Vec::new(),
                spend_models: Vec::new(),
                refused: Vec::new(),
            }
        };
        let cases = [origin(1.0, 0.1, [7, 9]), origin(2.0, 0.8, [1, 3])];
        let choice = choose(&cases, field(&[BgNbd], &[LevelRule::ShiftAndSlope])).unwrap().unwrap();
        assert_eq!(choice.candidate.name(), "bg_nbd+all_orders+as_fitted");
        assert_eq!(choice.level.churn, LogitShift::IDENTITY);
        assert!(
            choice.notes[0].contains("set no level for bg_nbd+all_orders+level_and_slope"),
            "{:?}",
            choice.notes
        );
    }
}
