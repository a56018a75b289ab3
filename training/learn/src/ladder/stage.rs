//! From snapshots to the boosted rung, if it is worth having.

use rayon::iter::{IntoParallelRefIterator, ParallelIterator};
use tenure_behaviour::expression::Definition;
use tenure_behaviour::fold::Settings;
use tenure_behaviour::{OrderHistory, SummaryRule};
use tenure_bundle::{BacktestRow, Blend, ChurnDefinition, Level, SpendBasis};
use tenure_core::{AsOf, CustomerId, Duration, EventKind, Horizon, Timestamp};
use tenure_predict::{Learned, ValueIntervals};

use super::choose::{Chosen, choose, losses_of, member, still_gain};
use super::features;
use super::grid::{self, Date};
use super::proof::{self, Proven};
use super::season::{Predicted, level_at};
use super::short;
use super::snapshot::{Plan, Snapshot, Snapshots, take};
use super::source::FactSource;
use super::trees::{self, FIRST_LOOK, Making, Margins, Path, ROUNDS};
use crate::candidate::OrderKind;
use crate::choice::Candidate;
use crate::learners::Boosted;
use crate::{LearnError, Recipe};

/// Dates at which the rung is judged, at most.
pub(super) const MOST_JUDGED: usize = 4;
/// Dates with closed outcomes before a judged one, at least.
pub(super) const LEAST_BEFORE: usize = 2;
/// Fewer customers at a date than this are too few for trees.
pub(super) const LEAST_CUSTOMERS: usize = 500;

/// What is climbed from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stage<'a> {
    pub(crate) as_of: AsOf,
    pub(crate) first: Timestamp,
    /// The horizon over which trees learn.
    pub(crate) horizon: Horizon,
    /// The horizon that is asked for: another where the history is too short to have seen it whole.
    pub(crate) asked: Horizon,
    pub(crate) rule: &'a SummaryRule,
    pub(crate) kind: OrderKind,
    pub(crate) basis: SpendBasis,
    pub(crate) penalizer: f64,
    /// Whether last year's level may be carried over.
    pub(crate) correct_level: bool,
    pub(crate) definitions: &'a [Definition],
    pub(crate) settings: &'a Settings,
    /// What churn is, where it is not no order.
    pub(crate) churn: Option<&'a ChurnDefinition>,
    /// Settings of the trees that correct the purchase model.
    pub(crate) trees: &'a Boosted,
    /// Horizons of the churn curve, besides the one that is asked for.
    pub(crate) horizons: &'a [Horizon],
}

impl<'a> Stage<'a> {
    /// By a recipe, from its first orders on, with the chosen purchase model; trees learn over `horizon`.
    pub(crate) const fn of(
        recipe: &'a Recipe,
        settings: &'a Settings,
        (first, horizon): (Timestamp, Horizon),
        candidate: Candidate,
    ) -> Self {
        Self {
            as_of: recipe.as_of,
            first,
            horizon,
            asked: recipe.horizon,
            rule: &recipe.summary_rule,
            kind: candidate.kind,
            basis: candidate.basis,
            penalizer: recipe.penalizer,
            correct_level: recipe.correct_level,
            definitions: recipe.definitions.as_slice(),
            settings,
            churn: recipe.churn.as_ref(),
            trees: &recipe.trees,
            horizons: recipe.horizons.as_slice(),
        }
    }

    pub(super) const fn plan(self) -> Plan<'a> {
        Plan {
            horizon: self.horizon,
            asked: self.asked,
            rule: self.rule,
            kind: self.kind,
            basis: self.basis,
            penalizer: self.penalizer,
            definitions: self.definitions,
            settings: self.settings,
            churn: self.churn,
        }
    }
}

/// The boosted rung with its proof.
#[derive(Debug, Default)]
pub(crate) struct Ladder {
    pub(crate) boosted: Option<tenure_bundle::Boosted>,
    pub(crate) intervals: Option<ValueIntervals>,
    /// How it, and what it is compared with, did at the judged dates.
    pub(crate) table: Vec<BacktestRow>,
    pub(crate) notes: Vec<String>,
}

/// What no order within the horizon is called, where churn is that, or something else.
pub(crate) const fn silence(churn: Option<&ChurnDefinition>) -> &'static str {
    if churn.is_some() { "no order" } else { "churn" }
}

impl Stage<'_> {
    /// Whether trees learn over a shorter horizon than is asked for.
    pub(super) fn is_short(&self) -> bool {
        self.horizon != self.asked
    }

    /// What no order within the horizon is called: churn, unless that is defined otherwise.
    fn silence(&self) -> &'static str {
        silence(self.churn)
    }
}

impl Ladder {
    fn none(why: String) -> Self {
        Self { notes: vec![why], ..Self::default() }
    }
}

/// Customers at the as-of and at past dates, for [`climb`] and for a definition of churn; absent where too few had come
/// back.
pub(crate) fn look(
    histories: &[(&CustomerId, &OrderHistory)],
    source: &dyn FactSource,
    stage: Stage<'_>,
) -> Result<Option<Snapshots>, LearnError> {
    let dates = grid::dates(stage.first, stage.as_of, stage.horizon, stage.rule);
    take(histories, source, stage.as_of, &dates, stage.plan())
}

/// Climbs from the purchase model to the boosted rung, as far as past dates say that it helps.
pub(crate) fn climb(
    seen: Option<&Snapshots>,
    source: &dyn FactSource,
    stage: Stage<'_>,
) -> Result<Ladder, LearnError> {
    let dates = grid::dates(stage.first, stage.as_of, stage.horizon, stage.rule);
    if dates.len() <= LEAST_BEFORE {
        return Ok(Ladder::none(format!(
            "the history is too short for trees: {} past dates have a whole horizon of {} behind them",
            dates.len(),
            stage.horizon
        )));
    }
    let Some(snapshots) = seen else {
        return Ok(Ladder::none("too few have come back for trees".to_owned()));
    };
    let width = snapshots.columns.len();
    let dates = judged_dates(&snapshots.all, stage.horizon);
    let trials = trials(snapshots, &dates, stage, true)?;
    if trials.is_empty() {
        return Ok(Ladder::none(format!(
            "too few customers or dates for trees: they need {LEAST_CUSTOMERS} customers at a past date, and \
             {LEAST_BEFORE} dates whose outcome was known by then"
        )));
    }
    let kinds = features::kinds_read(&snapshots.definitions, &source.kinds());
    let chosen = choose(&trials);
    let chosen =
        if stage.is_short() || !stage.correct_level { Chosen { trust: 0.0, ..chosen } } else { chosen };
    if chosen.is_nothing() {
        return Ok(Ladder::none(format!(
            "at {} past dates trees did no better than the purchase model alone",
            trials.len()
        )));
    }
    let challenged = || match dates.first() {
        Some((at, before)) => {
            let rows: Vec<&Snapshot> = snapshots.all[*before..].iter().collect();
            proof::challengers(&rows, &snapshots.all[*at], width, stage.horizon)
        }
        None => Ok(Vec::new()),
    };
    let (ladder, challenged) = rayon::join(|| finish(snapshots, &trials, stage, &chosen, &kinds), challenged);
    let mut ladder = ladder?;
    if ladder.boosted.is_some() {
        ladder.table.extend(challenged?);
    }
    Ok(ladder)
}

/// Trees at every judged date, learned from what had closed before it.
fn trials<'a>(
    seen: &'a Snapshots,
    dates: &[(usize, usize)],
    stage: Stage<'_>,
    own: bool,
) -> Result<Vec<Trial<'a>>, LearnError> {
    let making = if own { Making::all(stage.trees) } else { Making::corrections(stage.trees) };
    let first = trials_by(seen, dates, stage, making.up_to(FIRST_LOOK))?;
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
        path.map(|path| Trial::new(&seen.all, *at, *before, &path, stage.horizon)).transpose()
    };
    let all: Vec<Result<Option<Trial<'a>>, LearnError>> = dates.par_iter().map(trial).collect();
    all.into_iter().filter_map(Result::transpose).collect()
}

/// The losses of churn and of value at each judged date by trees of the stage's settings, each with its date.
pub(super) fn losses(seen: &Snapshots, stage: Stage<'_>) -> Result<Vec<(AsOf, f64)>, LearnError> {
    let trials = trials(seen, &judged_dates(&seen.all, stage.horizon), stage, false)?;
    Ok(losses_of(&trials))
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

/// Dates to judge at, each with the place from which on outcomes had closed before it.
fn judged_dates(all: &[Snapshot], horizon: Horizon) -> Vec<(usize, usize)> {
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
        horizon: Horizon,
    ) -> Result<Self, LearnError> {
        let dates: Vec<Date> = all[before..].iter().map(|one| one.date).collect();
        let year_before = grid::year_before(&dates, all[at].date.as_of, slack(horizon))
            .map(|place| &all[before + place])
            .map(|snapshot| (snapshot, Margins::of(path, snapshot)));
        Ok(Self { judged: &all[at], margins: Margins::of(path, &all[at]), year_before })
    }

    pub(super) fn level(&self, chosen: &Chosen) -> Result<Level, LearnError> {
        match &self.year_before {
            Some((snapshot, margins)) if chosen.trust > 0.0 => {
                let trust = chosen.trust * snapshot.date.trust();
                level_at(snapshot, &chosen.churn_of(margins), &margins.spend[chosen.spend], trust)
            }
            _ => Ok(Level::NONE),
        }
    }

    /// The level with which the predictions meet what happened.
    pub(super) fn met_level(&self, chosen: &Chosen) -> Result<Level, LearnError> {
        level_at(self.judged, &chosen.churn_of(&self.margins), &self.margins.spend[chosen.spend], 1.0)
    }

    pub(super) fn predicted(&self, chosen: &Chosen, level: &Level) -> Predicted {
        Predicted::of(self.judged, &chosen.churn_of(&self.margins), &self.margins.spend[chosen.spend], level)
    }
}

/// A date counts as a year before within this: a tenth of the horizon, a week at least.
pub(super) fn slack(horizon: Horizon) -> Duration {
    let days = (horizon.length().days() / 10.0).max(7.0);
    Duration::from_days(days as u32)
}

/// Trees on all dates, the level of last year, and the proof.
fn finish(
    snapshots: &Snapshots,
    trials: &[Trial<'_>],
    stage: Stage<'_>,
    chosen: &Chosen,
    kinds: &[EventKind],
) -> Result<Ladder, LearnError> {
    let all: Vec<&Snapshot> = snapshots.all.iter().collect();
    let making = Making::chosen(stage.trees, (chosen.churn, chosen.spend), chosen.own > 0.0);
    let (path, proven) = rayon::join(
        || trees::fit(&all, &snapshots.now, snapshots.columns.len(), making),
        || proof::prove(trials, chosen, stage),
    );
    let Some(mut path) = path? else {
        return Ok(Ladder::none("too few payers for trees".to_owned()));
    };
    let Proven { intervals, table, notes: remarks } = proven?;
    let dates: Vec<Date> = snapshots.all.iter().map(|one| one.date).collect();
    let mut notes = Vec::new();
    let mut level = Level::NONE;
    if stage.is_short() {
        level = short::level(&snapshots.now, &path, chosen)?;
        notes.push(short::note(stage));
    } else if let (true, Some(place)) =
        (stage.correct_level, grid::year_before(&dates, stage.as_of, slack(stage.horizon)))
    {
        let snapshot = &snapshots.all[place];
        let margins = Margins::of(&path, snapshot);
        let trust = chosen.trust * snapshot.date.trust();
        let at = |trust| level_at(snapshot, &chosen.churn_of(&margins), &margins.spend[chosen.spend], trust);
        let full = at(1.0)?;
        level = at(trust)?;
        notes.push(format!(
            "the same season a year before ({}) was off by {:+.3} log-odds of {} and x {:.3} in value per payer; so much \
             of it is carried over: {:.2}",
            snapshot.date.as_of,
            full.churn.intercept(),
            stage.silence(),
            full.value(),
            trust
        ));
    }
    notes.push(format!(
        "{} trees correct {} and {} spend, chosen at {} past dates; boosting from behaviour alone has a weight of {}",
        ROUNDS[chosen.churn],
        if stage.churn.is_some() { "the chance of no order" } else { "churn" },
        ROUNDS[chosen.spend],
        trials.len(),
        chosen.own
    ));
    notes.extend(remarks);
    let boosted = tenure_bundle::Boosted {
        horizon: stage.horizon,
        definitions: features::text(&snapshots.definitions),
        kinds: kinds.iter().map(|kind| kind.as_str().to_owned()).collect(),
        columns: snapshots.columns.clone(),
        churn: chosen.blend(&mut path)?,
        spend: Blend::new(1.0, vec![member(1.0, Learned::Trees(path.spend.swap_remove(chosen.spend)))])?,
        level,
        on_purchase_level: stage.is_short(),
    };
    Ok(Ladder { boosted: Some(boosted), intervals, table, notes })
}
