//! A past date at which a definition is judged, by what had closed before it.

use rayon::iter::{IntoParallelRefIterator, ParallelIterator};
use tenure_bundle::FromPurchases;
use tenure_predict::LogitShift;

use super::LEAST_OF_EACH;
use super::choose::Chosen;
use super::line::{line, probability};
use crate::LearnError;
use crate::ladder::choose::{mean, one_log_loss};
use crate::ladder::grid;
use crate::ladder::snapshot::{Snapshot, Snapshots};
use crate::ladder::stage::Stage;
use crate::ladder::trees::{self, ChurnPath, Making};
use crate::ladder::trial::{LEAST_BEFORE, LEAST_FOR_TREES, MOST_JUDGED, slack};

/// One judged date, by what had closed before it; and the date a year before.
pub(super) struct Trial<'a> {
    pub(super) judged: &'a Snapshot,
    /// Customers and their outcomes that were learned from.
    pub(super) before: &'a [Snapshot],
    pub(super) margins: Margins,
    pub(super) year_before: Option<(&'a Snapshot, Margins)>,
}

impl<'a> Trial<'a> {
    fn new(
        seen: &'a Snapshots,
        at: usize,
        before: usize,
        stage: Stage<'_>,
        making: Making<'_>,
    ) -> Result<Self, LearnError> {
        let (judged, before) = (&seen.all[at], &seen.all[before..]);
        let rows: Vec<&Snapshot> = before.iter().collect();
        let line = line(&rows);
        let enough = enough_for_trees(judged, before);
        let width = seen.columns.len();
        let path = if enough { trees::fit_churn(&rows, judged, width, (line, making))? } else { None };
        let dates: Vec<grid::Date> = before.iter().map(|one| one.date).collect();
        let year_before = grid::year_before(&dates, judged.date.as_of, slack(stage.horizon))
            .map(|place| &before[place])
            .map(|one| (one, Margins::of(line, path.as_ref(), one)));
        Ok(Self { judged, before, margins: Margins::of(line, path.as_ref(), judged), year_before })
    }

    pub(super) fn has_trees(&self) -> bool {
        !self.margins.corrected.is_empty()
    }

    /// Log losses once the level is met: what trees are for is telling customers apart.
    pub(super) fn met_losses(&self, chosen: &Chosen) -> Vec<f64> {
        let p: Vec<f64> = self.margins.chosen(chosen).into_iter().map(probability).collect();
        let shift = LogitShift::fit_intercept(&self.judged.churned, &p).unwrap_or(LogitShift::IDENTITY);
        self.judged.churned.iter().zip(&p).map(|(held, p)| one_log_loss(*held, shift.apply(*p))).collect()
    }

    pub(super) fn met_loss(&self, chosen: &Chosen) -> f64 {
        mean(&self.met_losses(chosen))
    }

    /// Whether its own year before had enough history behind it to show a season.
    pub(super) fn knows_season(&self) -> bool {
        self.year_before.as_ref().is_some_and(|(before, _)| before.date.trust() > 0.0)
    }

    /// The level of the year before, as far as it is trusted.
    pub(super) fn level(&self, chosen: &Chosen) -> Option<LogitShift> {
        let (one, margins) = self.year_before.as_ref()?;
        Some(level_at(one, &margins.chosen(chosen), chosen.trust * one.trust()))
    }

    /// The level with which the predictions meet what happened.
    pub(super) fn met_level(&self, chosen: &Chosen) -> LogitShift {
        level_at(self.judged, &self.margins.chosen(chosen), 1.0)
    }

    pub(super) fn predicted(&self, chosen: &Chosen) -> Vec<f64> {
        let level = self.level(chosen).unwrap_or(LogitShift::IDENTITY);
        self.margins.chosen(chosen).into_iter().map(|margin| level.apply(probability(margin))).collect()
    }
}

/// All judged dates; with boosting from the rows alone if `own`.
pub(super) fn trials<'a>(
    seen: &'a Snapshots,
    stage: Stage<'_>,
    own: bool,
) -> Result<Vec<Trial<'a>>, LearnError> {
    let making = if own { Making::all(stage.trees) } else { Making::corrections(stage.trees) };
    let dates = judged_dates(&seen.all, stage);
    let one = |(at, before): &(usize, usize)| Trial::new(seen, *at, *before, stage, making);
    let all: Vec<Result<Trial<'a>, LearnError>> = dates.par_iter().map(one).collect();
    all.into_iter().collect()
}

/// Dates to judge at, each with the place from which on windows had closed before it; the newest first.
pub(super) fn judged_dates(all: &[Snapshot], stage: Stage<'_>) -> Vec<(usize, usize)> {
    let sides = |one: &[Snapshot]| {
        let outcomes = || one.iter().flat_map(|one| &one.churned);
        let held = outcomes().filter(|held| **held).count();
        held.min(outcomes().count() - held)
    };
    let window = stage.horizon.length();
    let before = |at: usize| {
        let judged = all[at].date.as_of.instant();
        all.iter().position(|one| one.date.as_of.instant().saturating_add(window) <= judged)
    };
    let possible: Vec<(usize, usize)> = (0..all.len())
        .filter_map(|at| before(at).map(|before| (at, before)))
        .filter(|(at, before)| sides(&all[*at..=*at]) > 0 && sides(&all[*before..]) >= LEAST_OF_EACH)
        .collect();
    let step = possible.len().div_ceil(MOST_JUDGED).max(1);
    possible.into_iter().step_by(step).collect()
}

/// What is said of one snapshot, for every count of rounds; in log-odds.
#[derive(Debug)]
pub(super) struct Margins {
    pub(super) line: Vec<f64>,
    /// What trees add to the line; empty without trees.
    corrected: Vec<Vec<f64>>,
    own: Vec<f64>,
}

impl Margins {
    pub(super) fn of(line: FromPurchases, path: Option<&ChurnPath>, one: &Snapshot) -> Self {
        let on_line = one.base.iter().map(|base| line.margin(base.churn_margin())).collect();
        let (corrected, own) = path.map(|path| path.margins(one)).unwrap_or_default();
        Self { line: on_line, corrected, own }
    }

    /// As a [`Blend`] that starts from the line adds them up.
    pub(super) fn chosen(&self, chosen: &Chosen) -> Vec<f64> {
        let Some(corrected) = self.corrected.get(chosen.rounds) else { return self.line.clone() };
        let parts = self.line.iter().zip(corrected).zip(&self.own);
        parts.map(|((line, trees), own)| (1.0 - chosen.own) * (line + trees) + chosen.own * own).collect()
    }
}

/// Whether trees may be learned from what had closed before a judged date.
pub(super) const fn enough_for_trees(judged: &Snapshot, before: &[Snapshot]) -> bool {
    before.len() >= LEAST_BEFORE && judged.base.len() >= LEAST_FOR_TREES
}

/// The shift by which predictions meet what happened, drawn towards nothing by `trust` from 0 to 1.
pub(super) fn level_at(one: &Snapshot, margins: &[f64], trust: f64) -> LogitShift {
    let p: Vec<f64> = margins.iter().map(|margin| probability(*margin)).collect();
    let full = LogitShift::fit_intercept(&one.churned, &p).map_or(0.0, |shift| shift.intercept());
    LogitShift::new(trust * full, 1.0).unwrap_or(LogitShift::IDENTITY)
}
