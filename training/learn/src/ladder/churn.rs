//! Churn by a definition of the shop's own: learned at past dates, and kept as far as they say that it helps.
//!
//! What is learned is the truth of the definition at each date of the grid, from facts known before the as-of; the
//! window of the definition has closed before it. The purchase model's log-odds of no order, on a line fitted to all
//! dates, are the start; trees correct the line where later dates than those that they learned from say that it helps,
//! by more than one standard error.
//! The level of the same season a year before is carried over as for orders.

use rayon::iter::{IntoParallelRefIterator, ParallelIterator};
use tenure_bundle::{BacktestRow, Blend, Boosted, Churn, ChurnDefinition, FromPurchases, Level};
use tenure_core::{AsOf, EventKind, Timestamp};
use tenure_predict::{Learned, LogitShift, Target};

use super::choose::{SHARES, TRUSTS, fewest, is_sure, log_loss, mean, member, one_log_loss};
use super::features;
use super::grid;
use super::proof;
use super::snapshot::{Snapshot, Snapshots};
use super::source::FactSource;
use super::stage::{LEAST_BEFORE, LEAST_CUSTOMERS, MOST_JUDGED, Stage, slack};
use super::trees::{self, ChurnPath, Making, ROUNDS};
use crate::counted::counted;
use crate::{LearnError, Recipe};

/// Customers of whom the definition held, and of whom it did not, at least: two numbers are fitted.
const LEAST_OF_EACH: usize = 10;

/// What predicts a definition, with its proof.
#[derive(Debug)]
pub(crate) struct Defined {
    pub(crate) churn: Churn,
    /// How it, and what it is compared with, did at the judged dates.
    pub(crate) table: Vec<BacktestRow>,
    pub(crate) notes: Vec<String>,
}

impl Defined {
    /// The table of a bundle whose churn is defined by the shop: all probabilities in it are of the definition, and
    /// what was said of orders alone is left out.
    pub(crate) fn in_place_of(&self, table: Vec<BacktestRow>) -> Vec<BacktestRow> {
        let of_value = table.into_iter().filter(|row| row.value.is_some());
        let mut all: Vec<BacktestRow> = of_value.map(|row| BacktestRow { churn: None, ..row }).collect();
        for row in &self.table {
            let same = |one: &&mut BacktestRow| (&one.candidate, one.origin) == (&row.candidate, row.origin);
            match all.iter_mut().find(same) {
                Some(one) => (one.churn, one.chosen) = (row.churn, one.chosen || row.chosen),
                None => all.push(row.clone()),
            }
        }
        all
    }
}

/// Refuses a definition that cannot be learned from what there is, before anything is fitted.
pub(crate) fn check(
    recipe: &Recipe,
    churn: &ChurnDefinition,
    known: Vec<EventKind>,
    first: Timestamp,
) -> Result<(), LearnError> {
    let (as_of, window) = (recipe.as_of, churn.window());
    if let Some(kind) = churn.kinds().into_iter().find(|kind| !known.contains(kind)) {
        return Err(LearnError::ChurnKind { churn: churn.to_string(), kind, known });
    }
    if grid::dates(first, as_of, window, &recipe.summary_rule).is_empty() {
        let before_days = grid::shortest_days(window).ceil() as u32;
        return Err(LearnError::ChurnHistory {
            churn: churn.to_string(),
            window,
            as_of,
            // A date begins with a day of the shop.
            needed_days: before_days + window.length().days().ceil() as u32 + 1,
            before_days,
            known_days: as_of.instant().since(first).days().floor() as u32,
        });
    }
    Ok(())
}

/// Learns a definition that [`check`] let through.
pub(crate) fn define(
    seen: Option<&Snapshots>,
    source: &dyn FactSource,
    stage: Stage<'_>,
    churn: &ChurnDefinition,
) -> Result<Defined, LearnError> {
    let Some(seen) = seen.filter(|seen| !seen.all.is_empty()) else {
        return Err(one_sided(churn, &[]));
    };
    let all: Vec<&Snapshot> = seen.all.iter().collect();
    let held = all.iter().flat_map(|one| &one.churned).filter(|held| **held).count();
    let customers: usize = all.iter().map(|one| one.churned.len()).sum();
    if held < LEAST_OF_EACH || customers - held < LEAST_OF_EACH {
        return Err(one_sided(churn, &all));
    }
    let trials = trials(seen, stage, true)?;
    let chosen = choose(&trials);
    let chosen = if stage.correct_level { chosen } else { chosen.map(|one| Chosen { trust: 0.0, ..one }) };
    let mut notes = vec![format!(
        "churn is {churn} ({}); it held for {:.1} % of {} at {}",
        churn.reading(),
        100.0 * held as f64 / customers as f64,
        counted(customers, "customer"),
        counted(all.len(), "past date")
    )];
    let line = line(&all);
    let trees = match chosen.as_ref().filter(|chosen| !chosen.is_nothing()) {
        Some(chosen) => finish(seen, stage, (line, chosen), source, &mut notes)?,
        None => None,
    };
    let chosen = chosen.filter(|_| trees.is_some()).unwrap_or(Chosen::NOTHING);
    notes.push(how(&trials, &chosen, trees.is_some()));
    let table = table(&trials, &chosen, trees.is_some(), stage)?;
    let churn = Churn { definition: churn.to_string(), from_purchases: line, trees };
    Ok(Defined { churn, table, notes })
}

/// By what the definition is predicted, as a remark.
fn how(trials: &[Trial<'_>], chosen: &Chosen, by_trees: bool) -> String {
    let able = trials.iter().filter(|trial| trial.has_trees()).count();
    match (by_trees, able, trials.len()) {
        (true, ..) => format!(
            "{} trees predict churn by behaviour, chosen at {}; boosting from behaviour alone has a weight of {}",
            ROUNDS[chosen.rounds],
            counted(able, "past date"),
            chosen.own
        ),
        (false, _, 0) => {
            "no past date lies so far back that churn could be judged there: what predicts it is the \
                          purchase model on a line, untested"
                .to_owned()
        }
        (false, 0, _) => {
            "there are too few customers or past dates for trees of churn: what predicts it is the purchase \
                          model on a line"
                .to_owned()
        }
        (false, ..) => {
            format!(
                "at {} no trees predicted churn better than the purchase model on a line, by more than chance",
                counted(able, "past date")
            )
        }
    }
}

fn one_sided(churn: &ChurnDefinition, all: &[&Snapshot]) -> LearnError {
    let outcomes = || all.iter().flat_map(|one| &one.churned);
    LearnError::ChurnOneSided {
        churn: churn.to_string(),
        dates: all.len(),
        customers: outcomes().count(),
        held: outcomes().filter(|held| **held).count(),
        needed: LEAST_OF_EACH,
    }
}

/// Dates to judge at, each with the place from which on windows had closed before it; the newest first.
fn judged_dates(all: &[Snapshot], stage: Stage<'_>) -> Vec<(usize, usize)> {
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

fn labels(all: &[&Snapshot]) -> Vec<bool> {
    all.iter().flat_map(|one| one.churned.iter().copied()).collect()
}

fn probability(margin: f64) -> f64 {
    Target::Probability.prediction(margin)
}

/// The line from a reading of log-odds to those of the definition; flat where the reading does not tell.
fn line_from(churned: &[bool], margins: &[f64]) -> FromPurchases {
    let p: Vec<f64> = margins.iter().map(|margin| probability(*margin)).collect();
    let held = churned.iter().filter(|held| **held).count() as f64;
    let flat = (held / (churned.len() as f64 - held)).ln();
    let (intercept, slope) =
        LogitShift::fit(churned, &p).map_or((flat, 0.0), |shift| (shift.intercept(), shift.slope()));
    FromPurchases::new(intercept, slope).unwrap_or(FromPurchases::NONE)
}

fn line(all: &[&Snapshot]) -> FromPurchases {
    let margins: Vec<f64> = all.iter().flat_map(|one| &one.base).map(|base| base.churn_margin()).collect();
    line_from(&labels(all), &margins)
}

/// Log-odds of the customer's own past rate carried on.
fn naive_margins(one: &Snapshot) -> impl Iterator<Item = f64> {
    one.naive.iter().map(|naive| {
        let p = naive.p_no_order.clamp(1e-6, 1.0 - 1e-6);
        (p / (1.0 - p)).ln()
    })
}

/// How much of what trees say is taken.
#[derive(Clone, Debug, PartialEq)]
struct Chosen {
    /// Place among [`ROUNDS`].
    rounds: usize,
    /// Weight of boosting from the rows alone.
    own: f64,
    /// How much of last year's level.
    trust: f64,
}

impl Chosen {
    const NOTHING: Self = Self { rounds: 0, own: 0.0, trust: 0.0 };

    fn is_nothing(&self) -> bool {
        ROUNDS[self.rounds] == 0 && self.own <= 0.0
    }
}

/// What is said of one snapshot, for every count of rounds; in log-odds.
#[derive(Debug)]
struct Margins {
    line: Vec<f64>,
    /// What trees add to the line; empty without trees.
    corrected: Vec<Vec<f64>>,
    own: Vec<f64>,
}

impl Margins {
    fn of(line: FromPurchases, path: Option<&ChurnPath>, one: &Snapshot) -> Self {
        let on_line = one.base.iter().map(|base| line.margin(base.churn_margin())).collect();
        let (corrected, own) = path.map(|path| path.margins(one)).unwrap_or_default();
        Self { line: on_line, corrected, own }
    }

    /// As a [`Blend`] that starts from the line adds them up.
    fn chosen(&self, chosen: &Chosen) -> Vec<f64> {
        let Some(corrected) = self.corrected.get(chosen.rounds) else { return self.line.clone() };
        let parts = self.line.iter().zip(corrected).zip(&self.own);
        parts.map(|((line, trees), own)| (1.0 - chosen.own) * (line + trees) + chosen.own * own).collect()
    }
}

/// One judged date, by what had closed before it; and the date a year before.
struct Trial<'a> {
    judged: &'a Snapshot,
    /// Customers and their outcomes that were learned from.
    before: &'a [Snapshot],
    margins: Margins,
    year_before: Option<(&'a Snapshot, Margins)>,
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

    fn has_trees(&self) -> bool {
        !self.margins.corrected.is_empty()
    }

    /// Log losses once the level is met: what trees are for is telling customers apart.
    fn met_losses(&self, chosen: &Chosen) -> Vec<f64> {
        let p: Vec<f64> = self.margins.chosen(chosen).into_iter().map(probability).collect();
        let shift = LogitShift::fit_intercept(&self.judged.churned, &p).unwrap_or(LogitShift::IDENTITY);
        self.judged.churned.iter().zip(&p).map(|(held, p)| one_log_loss(*held, shift.apply(*p))).collect()
    }

    fn met_loss(&self, chosen: &Chosen) -> f64 {
        mean(&self.met_losses(chosen))
    }

    fn predicted(&self, chosen: &Chosen) -> Vec<f64> {
        let level = match &self.year_before {
            Some((one, margins)) => level_at(one, &margins.chosen(chosen), chosen.trust * one.date.trust()),
            None => LogitShift::IDENTITY,
        };
        self.margins.chosen(chosen).into_iter().map(|margin| level.apply(probability(margin))).collect()
    }
}

/// Whether trees may be learned from what had closed before a judged date.
const fn enough_for_trees(judged: &Snapshot, before: &[Snapshot]) -> bool {
    before.len() >= LEAST_BEFORE && judged.base.len() >= LEAST_CUSTOMERS
}

/// The shift by which predictions meet what happened, drawn towards nothing by `trust` from 0 to 1.
fn level_at(one: &Snapshot, margins: &[f64], trust: f64) -> LogitShift {
    let p: Vec<f64> = margins.iter().map(|margin| probability(*margin)).collect();
    let full = LogitShift::fit_intercept(&one.churned, &p).map_or(0.0, |shift| shift.intercept());
    LogitShift::new(trust * full, 1.0).unwrap_or(LogitShift::IDENTITY)
}

/// All judged dates; with boosting from the rows alone if `own`.
fn trials<'a>(seen: &'a Snapshots, stage: Stage<'_>, own: bool) -> Result<Vec<Trial<'a>>, LearnError> {
    let making = if own { Making::all(stage.trees) } else { Making::corrections(stage.trees) };
    let dates = judged_dates(&seen.all, stage);
    let one = |(at, before): &(usize, usize)| Trial::new(seen, *at, *before, stage, making);
    let all: Vec<Result<Trial<'a>, LearnError>> = dates.par_iter().map(one).collect();
    all.into_iter().collect()
}

/// Chooses one thing after the other, as for orders; absent where no date could be judged by trees.
fn choose(trials: &[Trial<'_>]) -> Option<Chosen> {
    let able: Vec<&Trial<'_>> = trials.iter().filter(|trial| trial.has_trees()).collect();
    if able.is_empty() {
        return None;
    }
    let loss =
        |chosen: &Chosen| able.iter().map(|trial| trial.met_loss(chosen)).sum::<f64>() / able.len() as f64;
    let mut chosen = Chosen::NOTHING;
    chosen.rounds = fewest(ROUNDS.len(), |rounds| loss(&Chosen { rounds, ..Chosen::NOTHING }));
    let mut best = loss(&chosen);
    for own in SHARES {
        let tried = Chosen { own, ..chosen.clone() };
        let found = loss(&tried);
        if found < best {
            (best, chosen) = (found, tried);
        }
    }
    let losses = |trial: &&Trial<'_>| (trial.met_losses(&Chosen::NOTHING), trial.met_losses(&chosen));
    if !is_sure(able.iter().map(losses)) {
        chosen = Chosen::NOTHING;
    }
    chosen.trust = best_trust(&able, &chosen);
    tracing::info!(?chosen, best, "what past dates chose for churn");
    Some(chosen)
}

/// The dates of [`losses`], where trees can be fitted at each.
pub(super) fn dates_of_losses(seen: &Snapshots, stage: Stage<'_>) -> Vec<AsOf> {
    let judged = judged_dates(&seen.all, stage).into_iter();
    let able = judged.filter(|(at, before)| enough_for_trees(&seen.all[*at], &seen.all[*before..]));
    able.map(|(at, _)| seen.all[at].date.as_of).collect()
}

/// The losses of the definition at each date that trees of the stage's settings can be judged at, each with its date.
pub(super) fn losses(seen: &Snapshots, stage: Stage<'_>) -> Result<Vec<(AsOf, f64)>, LearnError> {
    let mut trials = trials(seen, stage, false)?;
    trials.retain(Trial::has_trees);
    if trials.is_empty() {
        return Ok(Vec::new());
    }
    let loss = |chosen: &Chosen| trials.iter().map(|trial| trial.met_loss(chosen)).sum::<f64>();
    let rounds = fewest(ROUNDS.len(), |rounds| loss(&Chosen { rounds, ..Chosen::NOTHING }));
    let chosen = Chosen { rounds, ..Chosen::NOTHING };
    Ok(trials.iter().map(|trial| (trial.judged.date.as_of, trial.met_loss(&chosen))).collect())
}

/// How much of last year's level helps; where no date can say, all that its history is trusted with.
fn best_trust(trials: &[&Trial<'_>], chosen: &Chosen) -> f64 {
    let is_mature =
        |trial: &&&Trial<'_>| trial.year_before.as_ref().is_some_and(|(before, _)| before.date.trust() > 0.0);
    let verifying: Vec<&&Trial<'_>> = trials.iter().filter(is_mature).collect();
    let loss = |trust: f64| -> f64 {
        let tried = Chosen { trust, ..chosen.clone() };
        verifying.iter().map(|trial| log_loss(&trial.judged.churned, &trial.predicted(&tried))).sum()
    };
    if verifying.is_empty() {
        return 1.0;
    }
    TRUSTS.into_iter().min_by(|one, other| loss(*one).total_cmp(&loss(*other))).unwrap_or(1.0)
}

/// Trees on all dates, and the level of last year.
fn finish(
    seen: &Snapshots,
    stage: Stage<'_>,
    (line, chosen): (FromPurchases, &Chosen),
    source: &dyn FactSource,
    notes: &mut Vec<String>,
) -> Result<Option<Boosted>, LearnError> {
    let all: Vec<&Snapshot> = seen.all.iter().collect();
    let making = Making::chosen(stage.trees, (chosen.rounds, 0), chosen.own > 0.0);
    let Some(mut path) = trees::fit_churn(&all, &seen.now, seen.columns.len(), (line, making))? else {
        return Ok(None);
    };
    let dates: Vec<grid::Date> = seen.all.iter().map(|one| one.date).collect();
    let mut shift = LogitShift::IDENTITY;
    if let (true, Some(place)) =
        (stage.correct_level, grid::year_before(&dates, stage.as_of, slack(stage.horizon)))
    {
        let one = &seen.all[place];
        let trust = chosen.trust * one.date.trust();
        shift = level_at(one, &Margins::of(line, Some(&path), one).chosen(chosen), trust);
        notes.push(format!(
            "of the level of churn in the same season a year before ({}), {:+.3} log-odds are carried over",
            one.date.as_of,
            shift.intercept()
        ));
    }
    let rest = 1.0 - chosen.own;
    let corrected = Learned::Trees(path.corrected.swap_remove(chosen.rounds));
    let mut members = vec![member(rest, corrected), member(chosen.own, path.own)];
    members.retain(|member| member.weight > 0.0);
    let kinds = features::kinds_read(&seen.definitions, &source.kinds());
    Ok(Some(Boosted {
        horizon: stage.horizon,
        definitions: features::text(&seen.definitions),
        kinds: kinds.iter().map(|kind| kind.as_str().to_owned()).collect(),
        columns: seen.columns.clone(),
        churn: Blend::new(rest, members)?,
        spend: Blend::new(1.0, Vec::new())?,
        level: Level::new(shift, 1.0, 1.0)?,
        on_purchase_level: false,
    }))
}

/// What was chosen beside the purchase model and the naive rate, each on a line fitted to what had closed before.
fn table(
    trials: &[Trial<'_>],
    chosen: &Chosen,
    by_trees: bool,
    stage: Stage<'_>,
) -> Result<Vec<BacktestRow>, LearnError> {
    let mut rows = Vec::new();
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
        let row = proof::churn_row(&on_line, trial.judged, stage.horizon, &purchases)?;
        rows.push(BacktestRow { chosen: !by_trees, ..row });
        rows.push(proof::churn_row("naive_rate", trial.judged, stage.horizon, &naive)?);
    }
    Ok(rows)
}
