//! All that comes after the purchase model is chosen: tuning if asked, trees of orders, a definition of churn.

use tenure_behaviour::OrderHistory;
use tenure_bundle::{BacktestRow, CategoryNames, Churn, NoTrees};
use tenure_core::CustomerId;

use super::churn::define;
use super::features;
use super::proof::{BOOSTED, SEASON};
use super::source::FactSource;
use super::stage::{Ladder, Stage, climb, look};
use super::trial::LEAST_FOR_TREES;
use super::tune::{Tuning, tune};
use crate::LearnError;
use crate::coverage::Sure;
use crate::learners::Boosted;

/// Why a search was not begun.
const NOTHING_TUNED: &str = "nothing was tuned: no trees are judged here, as there are too few customers, too few past \
                             dates, or a purchase model was asked for";

/// What is above the purchase model.
#[derive(Debug)]
pub(crate) struct Ascent {
    /// The boosted rung.
    pub(crate) boosted: Option<tenure_bundle::Boosted>,
    /// Intervals of value, where past dates could set them for this rung.
    pub(crate) sure: Option<Sure>,
    /// What predicts a definition of churn.
    pub(crate) churn: Option<Churn>,
    /// Whether last year's level moves either.
    in_season: bool,
    /// What the names are called that columns of the trees ask for.
    pub(crate) names: CategoryNames,
    /// The table of the purchase model's choice, with all that was judged since.
    pub(crate) table: Vec<BacktestRow>,
    /// The settings that trees were made by.
    pub(crate) trees: Boosted,
    pub(crate) notes: Vec<String>,
    /// Why there is no boosted rung where trees were judged.
    pub(crate) no_trees: Option<NoTrees>,
}

impl Ascent {
    /// Whether trees answer of orders.
    pub(crate) fn has_trees(&self) -> bool {
        self.boosted.as_ref().is_some_and(tenure_bundle::Boosted::has_trees)
    }

    /// What answers above the purchase model: trees, or last year's level alone.
    pub(crate) fn above(&self) -> Option<&'static str> {
        if self.has_trees() || self.churn.as_ref().is_some_and(|churn| churn.trees.is_some()) {
            return Some(BOOSTED);
        }
        self.in_season.then_some(SEASON)
    }
}

/// What answers of orders, reading what trees of churn read: one row is made of a customer for both.
fn read_alike(form: tenure_bundle::Boosted, churn: Option<&Churn>) -> tenure_bundle::Boosted {
    match churn.and_then(|churn| churn.trees.as_ref()) {
        Some(trees) if !form.has_trees() => tenure_bundle::Boosted {
            definitions: trees.definitions.clone(),
            kinds: trees.kinds.clone(),
            columns: trees.columns.clone(),
            ..form
        },
        _ => form,
    }
}

/// Which part of the way there is.
#[derive(Debug)]
pub(crate) struct Way<'a, 'b> {
    /// Whether trees of orders can be judged.
    pub(crate) climbs: bool,
    pub(crate) tuning: Option<&'a mut Tuning<'b>>,
    /// The table of the purchase model's choice.
    pub(crate) table: Vec<BacktestRow>,
}

/// Goes as far up as past dates say that it helps.
pub(crate) fn ascend(
    histories: &[(&CustomerId, &OrderHistory)],
    source: &dyn FactSource,
    stage: Stage<'_>,
    way: Way<'_, '_>,
) -> Result<Ascent, LearnError> {
    let Way { climbs, tuning, mut table } = way;
    let mut notes = Vec::new();
    let seen = if climbs || stage.churn.is_some() { look(histories, source, stage)? } else { None };
    let tuned = match (tuning, &seen) {
        (None, _) => None,
        (Some(tuning), Some(seen)) if climbs && seen.now.base.len() >= LEAST_FOR_TREES => {
            Some(tune(seen, stage, tuning)?)
        }
        (Some(_), _) => {
            notes.push(NOTHING_TUNED.to_owned());
            None
        }
    };
    notes.extend(tuned.iter().map(|tuned| tuned.note.clone()));
    let trees = tuned.map_or_else(|| stage.trees.clone(), |tuned| tuned.trees);
    let stage = Stage { trees: &trees, ..stage };
    let ladder = if climbs { climb(seen.as_ref(), source, stage)? } else { Ladder::default() };
    notes.extend(ladder.notes);
    if ladder.boosted.is_some() {
        table.iter_mut().for_each(|row| row.chosen = false);
    }
    table.extend(ladder.table);
    let define = |churn| define(seen.as_ref(), source, stage, churn);
    let defined = stage.churn.map(define).transpose()?;
    if let Some(defined) = &defined {
        notes.extend(defined.notes.iter().cloned());
        table = defined.in_place_of(table);
    }
    let in_season = ladder.boosted.is_some() || defined.as_ref().is_some_and(|defined| defined.in_season);
    let churn = defined.map(|defined| defined.churn);
    let Ladder { boosted, sure, no_trees, .. } = ladder;
    let boosted = boosted.map(|form| read_alike(form, churn.as_ref()));
    let by_trees = boosted.as_ref().or_else(|| churn.as_ref()?.trees.as_ref());
    let names = by_trees.map(|trees| features::category_names(&trees.columns, source)).transpose()?;
    let names = names.unwrap_or_default();
    Ok(Ascent { boosted, sure, churn, in_season, names, table, trees, notes, no_trees })
}
