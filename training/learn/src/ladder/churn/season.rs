//! The level of the same season a year before, on trees of a definition or on the line alone.

use tenure_core::AsOf;
use tenure_predict::LogitShift;

use super::choose::{Chosen, best_trust};
use super::trial::{Margins, Trial, level_at};
use crate::ladder::choose::log_loss;
use crate::ladder::grid::{self, Date};
use crate::ladder::snapshot::{Snapshot, Snapshots};
use crate::ladder::stage::Stage;
use crate::ladder::trial::slack;

/// How much of a season is carried over where no trees answer: none but where it did better than the line, whose own
/// level is the mean of all seasons, at the past dates that knew it.
pub(super) fn alone(trials: &[Trial<'_>]) -> Chosen {
    let known: Vec<&Trial<'_>> = trials.iter().filter(|trial| trial.knows_season()).collect();
    let season = Chosen { trust: best_trust(&known, &Chosen::NOTHING), ..Chosen::NOTHING };
    let gained: f64 = known.iter().map(|trial| gained(trial, &season)).sum();
    if gained > 0.0 { season } else { Chosen::NOTHING }
}

/// How much less log loss there is by last year's season than by the line.
fn gained(trial: &Trial<'_>, season: &Chosen) -> f64 {
    let by = |chosen| log_loss(&trial.judged.churned, &trial.predicted(chosen));
    by(&Chosen::NOTHING) - by(season)
}

/// The shift that is carried over to the as-of, and from when; absent where the history is too short, or the level is
/// to be kept.
pub(super) fn shift(
    seen: &Snapshots,
    stage: Stage<'_>,
    chosen: &Chosen,
    said: impl Fn(&Snapshot) -> Margins,
) -> Option<(AsOf, LogitShift)> {
    let one = year_before(seen, stage)?;
    let trust = chosen.trust * one.trust();
    Some((one.date.as_of, level_at(one, &said(one).chosen(chosen), trust)))
}

/// Whether the year before can say anything: it had history, and churn came to some and not to others.
pub(super) fn is_known(seen: &Snapshots, stage: Stage<'_>) -> bool {
    year_before(seen, stage).is_some_and(|one| {
        let held = one.churned.iter().filter(|held| **held).count();
        one.trust() > 0.0 && held > 0 && held < one.churned.len()
    })
}

/// The date a year before the as-of; absent where the level is to be kept.
fn year_before<'a>(seen: &'a Snapshots, stage: Stage<'_>) -> Option<&'a Snapshot> {
    let dates: Vec<Date> = seen.all.iter().map(|one| one.date).collect();
    let place = grid::year_before(&dates, stage.as_of, slack(stage.horizon))?;
    seen.all.get(place).filter(|_| stage.correct_level)
}

/// What is said of it.
pub(super) fn note(year_before: AsOf, shift: LogitShift) -> String {
    format!(
        "of the level of churn in the same season a year before ({year_before}), {:+.3} log-odds are carried over",
        shift.intercept()
    )
}
