//! The level of the boosted rung: that of the same season a year before, or that of the purchase model.

use tenure_bundle::Level;

use super::calibration_slope::{CalibrationSlope, on_line};
use super::choose::{Chosen, log_loss};
use super::grid::{self, Date};
use super::season::level_at;
use super::short;
use super::snapshot::{Snapshot, Snapshots};
use super::stage::Stage;
use super::trees::{Margins, Path};
use super::trial::{Trial, slack};
use crate::LearnError;

/// The level with which the rung answers at the as-of, and what is to be said of it.
pub(super) fn of(
    snapshots: &Snapshots,
    path: &Path,
    chosen: &Chosen,
    stage: Stage<'_>,
) -> Result<(Level, Vec<String>), LearnError> {
    if stage.is_short() {
        return Ok((short::level(&snapshots.now, path, chosen)?, vec![short::note(stage)]));
    }
    let is_own = stage.fits_slope() && !chosen.corrects_churn();
    let slope = if is_own { CalibrationSlope::fit(&snapshots.all) } else { CalibrationSlope::AS_SAID };
    let line = slope.line(&snapshots.now)?;
    let mut notes: Vec<String> = slope.note(stage).into_iter().collect();
    let Some(snapshot) = a_year_before(snapshots, stage).filter(|_| stage.correct_level) else {
        return Ok((on_line(&Level::NONE, line)?, notes));
    };
    let margins = Margins { line: slope.line(snapshot)?, ..Margins::of(path, snapshot) };
    let trust = chosen.trust * snapshot.trust();
    let churn = chosen.on_line(snapshot, &margins);
    let at = |trust| level_at(snapshot, &churn, &margins.spend[chosen.spend], trust);
    let full = at(1.0)?;
    notes.push(format!(
        "the same season a year before ({}) was off by {:+.3} log-odds of {} and x {:.3} in value per payer; so much of \
         it is carried over: {:.2}",
        snapshot.date.as_of,
        full.churn.intercept(),
        stage.silence(),
        full.value(),
        trust
    ));
    Ok((on_line(&at(trust)?, line)?, notes))
}

/// Whether last year's season is worth carrying over where no trees are: where recent dates set the purchase model a
/// level of its own, seasons must have done better at past dates, those that set it among them.
pub(super) fn is_worth_alone(
    snapshots: &Snapshots,
    trials: &[Trial<'_>],
    chosen: &Chosen,
    stage: Stage<'_>,
) -> bool {
    let is_known = a_year_before(snapshots, stage).is_some_and(|snapshot| {
        let silent = snapshot.silent.iter().filter(|silent| **silent).count();
        snapshot.date.trust() > 0.0 && silent > 0 && silent < snapshot.silent.len()
    });
    if !is_known || chosen.trust <= 0.0 {
        return false;
    }
    let known = trials.iter().filter(|trial| trial.knows_season());
    let gained: f64 = known.filter_map(|trial| gained(trial, chosen, stage)).sum();
    *stage.level == Level::NONE || gained > 0.0
}

/// How much less log loss of churn there is at one judged date by last year's season than by the purchase model's own
/// level.
fn gained(trial: &Trial<'_>, chosen: &Chosen, stage: Stage<'_>) -> Option<f64> {
    let Snapshot { silent, base, .. } = trial.judged;
    let season = trial.predicted(chosen, &trial.level(chosen).ok()?).p_no_order;
    let own: Vec<f64> = base.iter().map(|base| stage.level.churn_probability(base.p_no_order)).collect();
    Some(log_loss(silent, &own) - log_loss(silent, &season))
}

/// The date a year before the as-of.
fn a_year_before<'a>(snapshots: &'a Snapshots, stage: Stage<'_>) -> Option<&'a Snapshot> {
    let dates: Vec<Date> = snapshots.all.iter().map(|one| one.date).collect();
    let place = grid::year_before(&dates, stage.as_of, slack(stage.horizon))?;
    snapshots.all.get(place)
}

#[cfg(test)]
mod tests {
    use tenure_predict::LogitShift;

    use super::*;
    use crate::ladder::choose::choose;
    use crate::ladder::tests::{Staging, looked_at, shift};
    use crate::ladder::trial::{judged_dates, trials};
    use crate::sample::{book, shop};

    /// Whether a season is worth it alone where all dates were off by `off` log-odds, and recent dates have set a level
    /// of `own` of them.
    fn is_worth(off: f64, own: f64) -> bool {
        let mut found = looked_at(&book(&shop(300, 700.0)));
        found.all.iter_mut().for_each(|snapshot| shift(snapshot, off));
        let staging = Staging::new(Level::new(LogitShift::new(own, 1.0).unwrap(), 1.0, 1.0).unwrap());
        let stage = staging.stage();
        let trials = trials(&found, &judged_dates(&found.all, stage.horizon), stage, true).unwrap();
        assert!(trials.iter().any(Trial::knows_season));
        is_worth_alone(&found, &trials, &choose(&trials), stage)
    }

    #[test]
    fn a_season_alone_must_do_better_than_the_level_of_recent_dates() {
        // Without such a level there is nothing to beat.
        assert!(is_worth(0.8, 0.0));
        // One that has it right is kept, one that has it the wrong way round is not.
        assert!(!is_worth(0.8, 0.8) && is_worth(0.8, -0.8));
    }
}
