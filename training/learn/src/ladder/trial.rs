//! A past date at which trees are judged, by trees that learned from what had closed before it.

use rayon::iter::{IntoParallelRefIterator, ParallelIterator};
use tenure_behaviour::SummaryRule;
use tenure_bundle::Level;
use tenure_core::{AsOf, Duration, Horizon, Timestamp};

use super::calibration_slope::{CalibrationSlope, on_line};
use super::choose::{Chosen, losses_of, still_gain};
use super::grid::{self, Date};
use super::season::{Predicted, level_at};
use super::snapshot::{Snapshot, Snapshots};
use super::stage::Stage;
use super::trees::{self, FIRST_LOOK, Making, Margins, Path};
use crate::LearnError;

/// Dates at which the rung is judged, at most.
pub(super) const MOST_JUDGED: usize = 4;
/// Dates with closed outcomes before a judged one, at least.
pub(super) const LEAST_BEFORE: usize = 2;
/// Fewer customers at a date than this are too few to judge by.
pub(super) const LEAST_CUSTOMERS: usize = 150;
/// Fewer customers at the as-of than this are too few for trees.
pub(crate) const LEAST_FOR_TREES: usize = 500;

/// One judged date: margins there, and at the date a year before it, by trees that had seen neither's outcome in
/// the first case and both sides of the second.
pub(super) struct Trial<'a> {
    pub(super) judged: &'a Snapshot,
    pub(super) margins: Margins,
    pub(super) year_before: Option<(&'a Snapshot, Margins)>,
}

impl<'a> Trial<'a> {
    fn new(
        all: &'a [Snapshot],
        at: usize,
        before: usize,
        path: &Path,
        stage: Stage<'_>,
    ) -> Result<Self, LearnError> {
        let dates: Vec<Date> = all[before..].iter().map(|one| one.date).collect();
        let year_before = grid::year_before(&dates, all[at].date.as_of, slack(stage.horizon))
            .map(|place| &all[before + place])
            .map(|snapshot| (snapshot, Margins::of(path, snapshot)));
        let mut trial = Self { judged: &all[at], margins: Margins::of(path, &all[at]), year_before };
        let known = &all[before..];
        let slope = if stage.fits_slope() { CalibrationSlope::fit(known) } else { CalibrationSlope::AS_SAID };
        trial.margins.line = slope.line(trial.judged)?;
        if let Some((snapshot, margins)) = &mut trial.year_before {
            margins.line = slope.line(snapshot)?;
        }
        Ok(trial)
    }

    /// The level of the year before, as far as it is trusted, on the line of the judged date.
    pub(super) fn level(&self, chosen: &Chosen) -> Result<Level, LearnError> {
        on_line(&self.season(chosen)?, chosen.line(&self.margins))
    }

    /// The level with which the predictions meet what happened.
    pub(super) fn met_level(&self, chosen: &Chosen) -> Result<Level, LearnError> {
        on_line(&self.met_season(chosen)?, chosen.line(&self.margins))
    }

    /// By how much the year before was off of its own line, as far as that is trusted.
    pub(super) fn season(&self, chosen: &Chosen) -> Result<Level, LearnError> {
        match &self.year_before {
            Some((snapshot, margins)) if chosen.trust > 0.0 => {
                let trust = chosen.trust * snapshot.trust();
                level_at(snapshot, &chosen.on_line(snapshot, margins), &margins.spend[chosen.spend], trust)
            }
            _ => Ok(Level::NONE),
        }
    }

    /// By how much the judged date was.
    pub(super) fn met_season(&self, chosen: &Chosen) -> Result<Level, LearnError> {
        let churn = chosen.on_line(self.judged, &self.margins);
        level_at(self.judged, &churn, &self.margins.spend[chosen.spend], 1.0)
    }

    /// Whether trees were tried, or the purchase model is all there is.
    pub(super) fn has_trees(&self) -> bool {
        self.margins.churn.len() > 1
    }

    /// Whether its own year before had enough history behind it to show a season.
    pub(super) fn knows_season(&self) -> bool {
        self.year_before.as_ref().is_some_and(|(before, _)| before.date.trust() > 0.0)
    }

    pub(super) fn predicted(&self, chosen: &Chosen, level: &Level) -> Predicted {
        Predicted::of(self.judged, &chosen.churn_of(&self.margins), &self.margins.spend[chosen.spend], level)
    }
}

/// Trees at every judged date, learned from what had closed before it.
pub(super) fn trials<'a>(
    seen: &'a Snapshots,
    dates: &[(usize, usize)],
    stage: Stage<'_>,
    own: bool,
) -> Result<Vec<Trial<'a>>, LearnError> {
    let without = || trials_by(seen, dates, stage, Making::nothing(stage.trees));
    if seen.now.base.len() < LEAST_FOR_TREES {
        return without();
    }
    let making = if own { Making::all(stage.trees) } else { Making::corrections(stage.trees) };
    let first = trials_by(seen, dates, stage, making.up_to(FIRST_LOOK))?;
    if first.is_empty() {
        // Too few of either outcome before any date: a season needs no trees.
        return without();
    }
    if still_gain(&first) { trials_by(seen, dates, stage, making) } else { Ok(first) }
}

fn trials_by<'a>(
    seen: &'a Snapshots,
    dates: &[(usize, usize)],
    stage: Stage<'_>,
    making: Making<'_>,
) -> Result<Vec<Trial<'a>>, LearnError> {
    let trial = |(at, before): &(usize, usize)| {
        let rows: Vec<&Snapshot> = seen.all[*before..].iter().collect();
        let path = trees::fit(&rows, &seen.all[*at], seen.columns.len(), making)?;
        path.map(|path| Trial::new(&seen.all, *at, *before, &path, stage)).transpose()
    };
    let all: Vec<Result<Option<Trial<'a>>, LearnError>> = dates.par_iter().map(trial).collect();
    all.into_iter().filter_map(Result::transpose).collect()
}

/// The dates of [`losses`], where trees can be fitted at each.
pub(super) fn dates_of_losses(seen: &Snapshots, stage: Stage<'_>) -> Vec<AsOf> {
    let judged = judged_dates(&seen.all, stage.horizon);
    judged.into_iter().map(|(at, _)| seen.all[at].date.as_of).collect()
}

/// The losses of churn and of value at each judged date by trees of the stage's settings, each with its date.
pub(super) fn losses(seen: &Snapshots, stage: Stage<'_>) -> Result<Vec<(AsOf, f64)>, LearnError> {
    let mut trials = trials(seen, &judged_dates(&seen.all, stage.horizon), stage, false)?;
    trials.retain(Trial::has_trees);
    Ok(losses_of(&trials))
}

/// Dates to judge at, each with the place from which on outcomes had closed before it.
pub(super) fn judged_dates(all: &[Snapshot], horizon: Horizon) -> Vec<(usize, usize)> {
    let closed = |at: usize| {
        let judged = all[at].date.as_of.instant();
        all.iter().position(|one| one.date.as_of.instant().saturating_add(horizon.length()) <= judged)
    };
    let enough = |(at, before): &(usize, usize)| {
        all.len() - before >= LEAST_BEFORE
            && all[*at].base.len() >= LEAST_CUSTOMERS
            && all[*at].silent.iter().any(|gone| *gone)
            && !all[*at].silent.iter().all(|gone| *gone)
    };
    let possible: Vec<(usize, usize)> =
        (0..all.len()).filter_map(|at| closed(at).map(|before| (at, before))).filter(enough).collect();
    // Spread over what there is, the newest always among them.
    let step = possible.len().div_ceil(MOST_JUDGED).max(1);
    possible.into_iter().step_by(step).collect()
}

/// Whether trees can be judged at all: enough customers, and a past date before which two others had closed.
pub(crate) fn is_within_reach(
    customers: usize,
    first: Timestamp,
    as_of: AsOf,
    horizon: Horizon,
    rule: &SummaryRule,
) -> bool {
    let dates = grid::dates(first, as_of, horizon, rule);
    let closed =
        |date: &Date, by: &Date| date.as_of.instant().saturating_add(horizon.length()) <= by.as_of.instant();
    let judged = |by: &Date| dates.iter().filter(|date| closed(date, by)).count() >= LEAST_BEFORE;
    customers >= LEAST_CUSTOMERS && dates.first().is_some_and(judged)
}

/// A date counts as a year before within this: a tenth of the horizon, a week at least.
pub(super) fn slack(horizon: Horizon) -> Duration {
    let days = (horizon.length().days() / 10.0).max(7.0);
    Duration::from_days(days as u32)
}
