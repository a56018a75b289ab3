//! Churn by a definition of the shop's own: learned at past dates, and kept as far as they say that it helps.
//!
//! What is learned is the truth of the definition at each date of the grid, from facts known before the as-of; the
//! window of the definition has closed before it. The purchase model's log-odds of no order, on a line fitted to all
//! dates, are the start; trees correct the line where later dates than those that they learned from say that it helps,
//! by more than one standard error.
//! The level of the same season a year before is carried over as for orders.

mod choose;
mod line;
mod proof;
mod season;
mod trial;

use tenure_bundle::{BacktestRow, Blend, Boosted, Churn, ChurnDefinition, FromPurchases, Level};
use tenure_core::{EventKind, Timestamp};
use tenure_predict::{Learned, LogitShift};

use self::choose::{Chosen, choose};
pub(super) use self::choose::{dates_of_losses, losses};
use self::line::line;
use self::proof::table;
use self::trial::{Margins, Trial, trials};
use super::choose::member;
use super::features;
use super::grid;
use super::snapshot::{Snapshot, Snapshots};
use super::source::FactSource;
use super::stage::Stage;
use super::trees::{self, Making, ROUNDS};
use crate::counted::counted;
use crate::{LearnError, Recipe};

/// Customers of whom the definition held, and of whom it did not, at least: two numbers are fitted.
pub(super) const LEAST_OF_EACH: usize = 10;

/// What predicts a definition, with its proof.
#[derive(Debug)]
pub(crate) struct Defined {
    pub(crate) churn: Churn,
    /// Whether last year's level moves it.
    pub(crate) in_season: bool,
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
    let chosen = match chosen.filter(|_| trees.is_some()) {
        Some(chosen) if stage.correct_level => chosen,
        Some(chosen) => Chosen { trust: 0.0, ..chosen },
        None if season::is_known(seen, stage) => season::alone(&trials),
        None => Chosen::NOTHING,
    };
    notes.push(how(&trials, &chosen, trees.is_some()));
    let table = table(&trials, &chosen, trees.is_some(), stage)?;
    let line = if trees.is_some() { line } else { in_season(seen, stage, (line, &chosen), &mut notes)? };
    let churn = Churn { definition: churn.to_string(), from_purchases: line, trees };
    Ok(Defined { churn, in_season: chosen.trust > 0.0, table, notes })
}

/// The line alone, with the level of last year where that is worth it.
fn in_season(
    seen: &Snapshots,
    stage: Stage<'_>,
    (line, chosen): (FromPurchases, &Chosen),
    notes: &mut Vec<String>,
) -> Result<FromPurchases, LearnError> {
    if chosen.trust <= 0.0 {
        return Ok(line);
    }
    let Some((year_before, shift)) = season::shift(seen, stage, chosen, |one| Margins::of(line, None, one))
    else {
        return Ok(line);
    };
    notes.push(season::note(year_before, shift));
    Ok(FromPurchases::new(line.intercept() + shift.intercept(), line.slope())?)
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
    let mut shift = LogitShift::IDENTITY;
    if let Some(season) = season::shift(seen, stage, chosen, |one| Margins::of(line, Some(&path), one)) {
        shift = season.1;
        notes.push(season::note(season.0, shift));
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
            "no past date lies so far back that churn could be judged there: what predicts it is the purchase \
             model on a line, untested"
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
