//! How well a definition was predicted at past dates, and what it is compared with.

use tenure_bundle::BacktestRow;

use super::choose::Chosen;
use super::line::{labels, line_from, naive_margins, probability};
use super::trial::Trial;
use crate::LearnError;
use crate::ladder::proof;
use crate::ladder::snapshot::Snapshot;
use crate::ladder::stage::Stage;

/// What was chosen beside the purchase model and the naive rate, each on a line fitted to what had closed before.
pub(super) fn table(
    trials: &[Trial<'_>],
    chosen: &Chosen,
    by_trees: bool,
    stage: Stage<'_>,
) -> Result<Vec<BacktestRow>, LearnError> {
    let mut rows = Vec::new();
    let in_season = !by_trees && chosen.trust > 0.0;
    for trial in trials {
        let before: Vec<&Snapshot> = trial.before.iter().collect();
        let margins: Vec<f64> = trial.before.iter().flat_map(naive_margins).collect();
        let naive = line_from(&labels(&before), &margins);
        let naive: Vec<f64> =
            naive_margins(trial.judged).map(|margin| probability(naive.margin(margin))).collect();
        let purchases: Vec<f64> = trial.margins.line.iter().map(|margin| probability(*margin)).collect();
        let on_line = format!("{}+line", stage.kind);
        if by_trees && trial.has_trees() {
            let row =
                proof::churn_row(proof::BOOSTED, trial.judged, stage.horizon, &trial.predicted(chosen))?;
            rows.push(BacktestRow { chosen: true, ..row });
        }
        if in_season {
            let row = proof::churn_row(proof::SEASON, trial.judged, stage.horizon, &trial.predicted(chosen))?;
            rows.push(BacktestRow { chosen: true, ..row });
        }
        let row = proof::churn_row(&on_line, trial.judged, stage.horizon, &purchases)?;
        rows.push(BacktestRow { chosen: !by_trees && !in_season, ..row });
        rows.push(proof::churn_row("naive_rate", trial.judged, stage.horizon, &naive)?);
    }
    Ok(rows)
}
