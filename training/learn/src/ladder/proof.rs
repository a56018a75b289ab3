//! What the judged dates prove: measures beside the purchase model, the naive rate and simpler learners; intervals,
//! and how often they held.

use tenure_bundle::{BacktestRow, Level, NaiveRate};
use tenure_core::Horizon;
use tenure_predict::{churn_measures, value_measures};

use super::challengers;
use super::choose::Chosen;
use super::curve;
use super::season::Predicted;
use super::snapshot::Snapshot;
use super::spread::spread;
use super::stage::Stage;
use super::trial::Trial;
use crate::LearnError;
use crate::coverage::Sure;

/// The name of the rung in the backtest table.
pub(crate) const BOOSTED: &str = "boosted";
/// Its name where it has no trees, and last year's level stands alone on the purchase model.
pub(crate) const SEASON: &str = "season";

/// What the judged dates say of what was chosen there.
#[derive(Debug)]
pub(super) struct Proven {
    /// Intervals of value, where trees learned over the horizon that is asked for.
    pub(super) sure: Option<Sure>,
    pub(super) table: Vec<BacktestRow>,
    pub(super) notes: Vec<String>,
}

/// All that is proved at the judged dates; none of it needs the trees that are kept.
pub(super) fn prove(trials: &[Trial<'_>], chosen: &Chosen, stage: Stage<'_>) -> Result<Proven, LearnError> {
    let mut notes = Vec::new();
    let sure = spread(trials, chosen, stage)?;
    let table = table(trials, chosen, stage)?;
    notes.extend(against_purchase_model(&table, stage));
    notes.extend(curve::note(&curve::points(trials, chosen, stage)?));
    Ok(Proven { sure, table, notes })
}

/// How the rung, the purchase model that it corrects and the naive rate did at each judged date.
fn table(trials: &[Trial<'_>], chosen: &Chosen, stage: Stage<'_>) -> Result<Vec<BacktestRow>, LearnError> {
    let mut rows = Vec::new();
    let own = if chosen.is_nothing() { SEASON } else { BOOSTED };
    for trial in trials {
        let judged = trial.judged;
        let naive = |of: fn(&NaiveRate) -> f64| judged.naive.iter().map(of).collect::<Vec<f64>>();
        let naive = Predicted { p_no_order: naive(|one| one.p_no_order), value: naive(|one| one.net_spend) };
        let boosted = trial.predicted(chosen, &trial.level(chosen)?);
        let purchase = trial.predicted(&Chosen::NOTHING, &Level::NONE);
        let purchase_name = format!("{}+as_fitted", stage.kind);
        for (name, predicted) in
            [(own, &boosted), (purchase_name.as_str(), &purchase), ("naive_rate", &naive)]
        {
            rows.push(BacktestRow {
                value: Some(value_measures(&judged.spent, &predicted.value)?),
                chosen: name == own,
                ..row(name, judged, stage.horizon, &predicted.p_no_order)?
            });
        }
    }
    Ok(rows)
}

/// What a reader must know where the rung, with the level that it then had, did worse than the purchase model.
fn against_purchase_model(table: &[BacktestRow], stage: Stage<'_>) -> Option<String> {
    let brier = |is_own: fn(&BacktestRow) -> bool| {
        let all: Vec<f64> = table
            .iter()
            .filter(|row| is_own(row))
            .filter_map(|row| row.churn.map(|churn| churn.brier))
            .collect();
        all.iter().sum::<f64>() / all.len().max(1) as f64
    };
    let boosted = brier(|row| row.chosen);
    let purchase = brier(|row| row.candidate.ends_with("+as_fitted"));
    let of = if stage.churn.is_some() { " of no order" } else { "" };
    let has_trees = table.iter().any(|row| row.candidate == BOOSTED);
    let why = if has_trees {
        "trees ranked customers better, and the season of those dates was not yet known"
    } else {
        "the season of those dates was not yet known"
    };
    (boosted - purchase > SHOWN).then(|| {
        format!(
            "at the past dates, with the level that could then be known, the Brier score{of} was {boosted:.4} where the \
             purchase model had {purchase:.4}: {why}"
        )
    })
}

/// A smaller difference cannot be seen in the figures.
const SHOWN: f64 = 5e-5;

/// How simpler learners did at a judged date, from the same rows; they predict churn alone.
pub(super) fn challengers(
    rows: &[&Snapshot],
    judged: &Snapshot,
    width: usize,
    horizon: Horizon,
) -> Result<Vec<BacktestRow>, LearnError> {
    let said = challengers::challengers(rows, judged, width)?;
    said.iter().map(|(name, p)| row(name, judged, horizon, p)).collect()
}

fn row(
    candidate: &str,
    judged: &Snapshot,
    horizon: Horizon,
    p_no_order: &[f64],
) -> Result<BacktestRow, LearnError> {
    row_of(candidate, judged, horizon, (&judged.silent, p_no_order))
}

/// How probabilities of churn by a definition did at a judged date.
pub(super) fn churn_row(
    candidate: &str,
    judged: &Snapshot,
    horizon: Horizon,
    probability: &[f64],
) -> Result<BacktestRow, LearnError> {
    row_of(candidate, judged, horizon, (&judged.churned, probability))
}

fn row_of(
    candidate: &str,
    judged: &Snapshot,
    horizon: Horizon,
    (churned, probability): (&[bool], &[f64]),
) -> Result<BacktestRow, LearnError> {
    Ok(BacktestRow {
        candidate: candidate.to_owned(),
        origin: judged.date.as_of.instant(),
        horizon,
        customers: judged.base.len() as u64,
        churn: Some(churn_measures(churned, probability)?),
        value: None,
        chosen: false,
    })
}
