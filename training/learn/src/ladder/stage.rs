//! From snapshots to the boosted rung, if it is worth having.

use tenure_behaviour::expression::Definition;
use tenure_behaviour::fold::Settings;
use tenure_behaviour::{OrderHistory, SummaryRule};
use tenure_bundle::{Boosted, Level, SpendBasis};
use tenure_core::{AsOf, CustomerId, Duration, EventKind, Horizon, Timestamp};
use tenure_predict::{LogitShift, Outcomes, ValueIntervals};

use super::features;
use super::grid::{self, Date};
use super::season::{Predicted, level_at};
use super::snapshot::{Plan, Snapshot, Snapshots, take};
use super::source::FactSource;
use super::trees::{self, Margins, Path, ROUNDS};
use crate::LearnError;
use crate::candidate::OrderKind;

/// Dates at which the rung is judged, at most.
const MOST_JUDGED: usize = 4;
/// Dates with closed outcomes before a judged one, at least.
const LEAST_BEFORE: usize = 2;
/// Fewer customers at a date than this are too few for trees.
const LEAST_CUSTOMERS: usize = 500;
/// How much of last year's level is tried, of what its history is trusted with.
const TRUSTS: [f64; 3] = [0.0, 0.5, 1.0];

/// What is climbed from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stage<'a> {
    pub(crate) as_of: AsOf,
    pub(crate) first: Timestamp,
    pub(crate) horizon: Horizon,
    pub(crate) rule: &'a SummaryRule,
    pub(crate) kind: OrderKind,
    pub(crate) basis: SpendBasis,
    pub(crate) penalizer: f64,
    pub(crate) definitions: &'a [Definition],
    pub(crate) settings: &'a Settings,
}

/// One judged date with predictions that had not seen it.
#[derive(Debug)]
pub(crate) struct Judged {
    pub(crate) as_of: AsOf,
    pub(crate) silent: Vec<bool>,
    pub(crate) spent: Vec<f64>,
    pub(crate) boosted: Predicted,
    pub(crate) purchase: Predicted,
}

/// The boosted rung with its proof.
#[derive(Debug, Default)]
pub(crate) struct Ladder {
    pub(crate) boosted: Option<Boosted>,
    pub(crate) intervals: Option<ValueIntervals>,
    pub(crate) judged: Vec<Judged>,
    pub(crate) notes: Vec<String>,
}

impl Ladder {
    fn none(why: String) -> Self {
        Self { boosted: None, intervals: None, judged: Vec::new(), notes: vec![why] }
    }
}

/// Climbs from the purchase model to the boosted rung, as far as past dates say that it helps.
pub(crate) fn climb(
    histories: &[(&CustomerId, &OrderHistory)],
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
    let plan = Plan {
        horizon: stage.horizon,
        rule: stage.rule,
        kind: stage.kind,
        basis: stage.basis,
        penalizer: stage.penalizer,
        definitions: stage.definitions,
        settings: stage.settings,
    };
    let Some(snapshots) = take(histories, source, stage.as_of, &dates, plan)? else {
        return Ok(Ladder::none("too few have come back for trees".to_owned()));
    };
    let width = snapshots.columns.len();
    let mut trials = Vec::new();
    for (at, before) in judged_dates(&snapshots.all, stage.horizon) {
        let rows: Vec<&Snapshot> = snapshots.all[before..].iter().collect();
        if let Some(path) = trees::fit(&rows, &snapshots.all[at], width)? {
            trials.push(Trial::new(&snapshots.all, at, before, &path, stage.horizon)?);
        }
    }
    if trials.is_empty() {
        return Ok(Ladder::none(format!(
            "too few customers or dates for trees: they need {LEAST_CUSTOMERS} customers at a past date, and \
             {LEAST_BEFORE} dates whose outcome was known by then"
        )));
    }
    let (churn, spend) = best_rounds(&trials);
    let trust = best_trust(&trials, churn);
    let kinds = features::kinds_read(&snapshots.definitions, &source.kinds());
    finish(&snapshots, &trials, stage, &Chosen { churn, spend, trust, kinds })
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

/// What the trials chose: places among [`ROUNDS`], and how much of last year's level.
#[derive(Clone, Debug)]
struct Chosen {
    churn: usize,
    spend: usize,
    trust: f64,
    /// The kinds of events that the features read.
    kinds: Vec<EventKind>,
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
struct Trial<'a> {
    judged: &'a Snapshot,
    margins: Margins,
    year_before: Option<(&'a Snapshot, Margins)>,
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

    fn level(&self, churn: usize, spend: usize, trust: f64) -> Result<Level, LearnError> {
        match &self.year_before {
            Some((snapshot, margins)) if trust > 0.0 => level_at(
                snapshot,
                &margins.churn[churn],
                &margins.spend[spend],
                trust * snapshot.date.maturity,
            ),
            _ => Ok(Level::NONE),
        }
    }

    fn predicted(&self, churn: usize, spend: usize, level: &Level) -> Predicted {
        Predicted::of(self.judged, &self.margins.churn[churn], &self.margins.spend[spend], level)
    }
}

/// A date counts as a year before within this: a tenth of the horizon, a week at least.
fn slack(horizon: Horizon) -> Duration {
    let days = (horizon.length().days() / 10.0).max(7.0);
    Duration::from_days(days as u32)
}

/// The counts of trees with the least loss once the level is met: what trees are for is telling customers apart;
/// the level is set on its own.
fn best_rounds(trials: &[Trial<'_>]) -> (usize, usize) {
    let churn_loss = |rounds: usize| -> f64 {
        trials
            .iter()
            .map(|trial| {
                let predicted = trial.predicted(rounds, 0, &Level::NONE);
                log_loss(&trial.judged.silent, &met(&trial.judged.silent, &predicted.p_no_order))
            })
            .sum()
    };
    let churn = least(churn_loss);
    let spend_loss = |rounds: usize| -> f64 {
        trials
            .iter()
            .map(|trial| {
                let predicted = trial.predicted(churn, rounds, &Level::NONE);
                value_deviance(&trial.judged.spent, &predicted.value)
            })
            .sum()
    };
    (churn, least(spend_loss))
}

/// The fewest trees that reach all but the last fifth of what there is to gain: that part takes as many trees as the
/// rest together, and is what least comes again at another date.
fn least(loss: impl Fn(usize) -> f64) -> usize {
    let losses: Vec<f64> = (0..ROUNDS.len()).map(loss).collect();
    tracing::info!(?losses, "losses by rounds");
    let best = losses.iter().copied().fold(f64::INFINITY, f64::min);
    let enough = best + 0.2 * (losses[0] - best);
    losses.iter().position(|loss| *loss <= enough).unwrap_or(0)
}

/// Probabilities moved so that as many churn as did.
fn met(silent: &[bool], p: &[f64]) -> Vec<f64> {
    let shift = LogitShift::fit_intercept(silent, p).unwrap_or(LogitShift::IDENTITY);
    p.iter().map(|p| shift.apply(*p)).collect()
}

fn log_loss(silent: &[bool], p: &[f64]) -> f64 {
    let loss = |(gone, p): (&bool, &f64)| {
        let p = p.clamp(1e-6, 1.0 - 1e-6);
        if *gone { -p.ln() } else { -(-p).ln_1p() }
    };
    silent.iter().zip(p).map(loss).sum::<f64>() / silent.len() as f64
}

/// Mean Tweedie deviance of power 1.5, the level met: a proper score of expected amounts many of which are 0
/// (Jorgensen 1987, "Exponential dispersion models").
fn value_deviance(spent: &[f64], value: &[f64]) -> f64 {
    let (actual, predicted) = (spent.iter().map(|one| one.max(0.0)).sum::<f64>(), value.iter().sum::<f64>());
    if actual <= 0.0 || predicted <= 0.0 {
        return 0.0;
    }
    let factor = actual / predicted;
    let one = |(spent, value): (&f64, &f64)| {
        let (actual, mean) = (spent.max(0.0), (factor * value).max(1e-9));
        2.0 * (actual / mean.sqrt() + mean.sqrt() - 2.0 * actual.sqrt()) * 2.0
    };
    // Scaled by the mean, so that shops of different prices weigh alike.
    spent.iter().zip(value).map(one).sum::<f64>() / spent.len() as f64 / (actual / spent.len() as f64).sqrt()
}

/// How much of last year's level helps; where no date can say, all that its history is trusted with.
///
/// A date tells as much about that as its own year before is to be trusted: where the shop was weeks old a year
/// before, its level there was that of an opening.
fn best_trust(trials: &[Trial<'_>], churn: usize) -> f64 {
    let loss = |trust: f64| -> f64 {
        let at = |trial: &Trial<'_>| {
            let (before, _) = trial.year_before.as_ref()?;
            let level = trial.level(churn, 0, trust).unwrap_or(Level::NONE);
            let loss = log_loss(&trial.judged.silent, &trial.predicted(churn, 0, &level).p_no_order);
            Some(before.date.maturity.powi(2) * loss)
        };
        trials.iter().filter_map(at).sum()
    };
    if trials.iter().all(|trial| trial.year_before.is_none()) {
        return 1.0;
    }
    let losses = TRUSTS.map(loss);
    tracing::info!(?losses, "losses by trust in last year's level");
    let best = (0..TRUSTS.len()).min_by(|left, right| losses[*left].total_cmp(&losses[*right]));
    best.map_or(1.0, |best| TRUSTS[best])
}

/// Trees on all dates, the level of last year, and the proof.
fn finish(
    snapshots: &Snapshots,
    trials: &[Trial<'_>],
    stage: Stage<'_>,
    chosen: &Chosen,
) -> Result<Ladder, LearnError> {
    let all: Vec<&Snapshot> = snapshots.all.iter().collect();
    let Some(mut path) = trees::fit(&all, &snapshots.now, snapshots.columns.len())? else {
        return Ok(Ladder::none("too few payers for trees".to_owned()));
    };
    let dates: Vec<Date> = snapshots.all.iter().map(|one| one.date).collect();
    let mut notes = Vec::new();
    let mut level = Level::NONE;
    if let Some(place) = grid::year_before(&dates, stage.as_of, slack(stage.horizon)) {
        let snapshot = &snapshots.all[place];
        let margins = Margins::of(&path, snapshot);
        let trust = chosen.trust * snapshot.date.maturity;
        level = level_at(snapshot, &margins.churn[chosen.churn], &margins.spend[chosen.spend], trust)?;
        notes.push(format!(
            "the same season a year before ({}) was off by {:+.3} log-odds of churn and x {:.3} in value per payer; so much \
             of it is carried over: {:.2}",
            snapshot.date.as_of,
            level.churn.intercept() / trust.max(1e-9),
            (level.value().ln() / trust.max(1e-9)).exp(),
            trust
        ));
    }
    let judged: Vec<Judged> = trials
        .iter()
        .map(|trial| {
            let level = trial.level(chosen.churn, chosen.spend, chosen.trust)?;
            Ok(Judged {
                as_of: trial.judged.date.as_of,
                silent: trial.judged.silent.clone(),
                spent: trial.judged.spent.clone(),
                boosted: trial.predicted(chosen.churn, chosen.spend, &level),
                purchase: trial.predicted(0, 0, &Level::NONE),
            })
        })
        .collect::<Result<_, LearnError>>()?;
    notes.push(format!(
        "{} trees correct churn and {} spend, chosen at {} past dates",
        ROUNDS[chosen.churn],
        ROUNDS[chosen.spend],
        judged.len()
    ));
    let intervals = intervals(&judged);
    let boosted = Boosted {
        horizon: stage.horizon,
        definitions: features::text(&snapshots.definitions),
        kinds: chosen.kinds.iter().map(|kind| kind.as_str().to_owned()).collect(),
        columns: snapshots.columns.clone(),
        churn: path.churn.swap_remove(chosen.churn),
        spend: path.spend.swap_remove(chosen.spend),
        level,
    };
    Ok(Ladder { boosted: Some(boosted), intervals, judged, notes })
}

/// Intervals from all judged dates together.
fn intervals(judged: &[Judged]) -> Option<ValueIntervals> {
    let p: Vec<f64> = judged.iter().flat_map(|one| one.boosted.p_no_order.iter().copied()).collect();
    let expected: Vec<f64> = judged.iter().flat_map(|one| one.boosted.value.iter().copied()).collect();
    let actual: Vec<f64> = judged.iter().flat_map(|one| one.spent.iter().copied()).collect();
    ValueIntervals::fit(Outcomes { p_no_order: &p, expected: &expected, actual: &actual }).ok()
}
