//! How sure the purchase model's values are, from what its backtests said and what then happened.

use rayon::iter::{IntoParallelIterator, ParallelIterator};
use tenure_behaviour::OrderHistory;
use tenure_bundle::Level;
use tenure_core::{CustomerId, Horizon};
use tenure_predict::ValueIntervals;

use super::{Pooled, Sure, Window, held, note_of_none};
use crate::LearnError;
use crate::backtest::{Backtest, Case};
use crate::choice::Choice;
use crate::recipe::Recipe;

/// An origin that saw so much of a horizon tells how values scatter over the whole.
const NEARLY: f64 = 0.9;

/// What is told where trees answer and could not be judged.
const BY_TREES: &str = "value intervals were set around the purchase model's values, and nobody has counted how often \
                        they hold around those that trees moved";

/// By what intervals are set.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked<'a> {
    pub(crate) histories: &'a [(&'a CustomerId, &'a OrderHistory)],
    pub(crate) backtest: &'a Backtest,
    pub(crate) choice: &'a Choice,
    pub(crate) recipe: &'a Recipe,
}

/// One origin that saw nearly the whole of a horizon.
struct Judged {
    /// Its place among the cases.
    place: usize,
    window: Window,
    /// What was said there, without any level.
    said: Pooled,
}

/// Intervals around the chosen candidate's values from the origins that saw nearly the whole horizon. Where there is
/// none, intervals over the horizon are what the hurdle promises, with ratios from as far as origins saw. `by_trees` is
/// whether trees bend what the purchase model says.
pub(super) fn intervals(asked: Asked<'_>, by_trees: bool) -> Result<Sure, LearnError> {
    let levels = levels(asked.backtest, asked.choice);
    let recipe = asked.recipe;
    let mut sure = Sure::default();
    if let Some((intervals, note)) = over(asked, &levels, recipe.horizon)? {
        sure.intervals = Some(intervals);
        sure.notes.push(note);
    } else if let Some(intervals) = uncounted(asked, &levels) {
        sure.intervals = Some(intervals);
        sure.notes.push(note_of_none(recipe.horizon));
    }
    if sure.intervals.is_some() && recipe.clv_horizon != recipe.horizon {
        let of_clv = over(asked, &levels, recipe.clv_horizon)?;
        sure.notes
            .push(of_clv.as_ref().map_or_else(|| note_of_none(recipe.clv_horizon), |(_, note)| note.clone()));
        sure.clv_intervals = of_clv.map(|(intervals, _)| intervals);
    }
    if by_trees && sure.intervals.is_some() {
        sure.notes.push(BY_TREES.to_owned());
    }
    Ok(sure)
}

/// The level as cases other than the two at `[one][another]` set it.
type Levels = Vec<Vec<Level>>;

fn levels(backtest: &Backtest, choice: &Choice) -> Levels {
    let cases = &backtest.cases;
    let candidate = choice.candidate;
    let said: Vec<_> = cases.iter().map(|case| case.prediction(candidate.kind, candidate.basis)).collect();
    let without = |one: usize, another: usize| {
        let others = said.iter().enumerate().filter(|(place, _)| *place != one && *place != another);
        let others: Vec<_> = others.filter_map(|(_, said)| said.as_ref()).collect();
        // Origins that set no level left the choice as it was fitted, too.
        candidate.level.fit(&others, 1.0).unwrap_or(Level::NONE)
    };
    let row = |one: usize| (0..=one).map(|another| without(one, another)).collect();
    (0..cases.len()).into_par_iter().map(row).collect()
}

/// Intervals over `horizon` with how often they held at origins that they had not seen; levels, too, by others alone.
fn over(
    asked: Asked<'_>,
    levels: &Levels,
    horizon: Horizon,
) -> Result<Option<(ValueIntervals, String)>, LearnError> {
    let judged = judged(asked, horizon)?;
    let mut pooled = Pooled::default();
    judged.iter().for_each(|one| pooled.add(levelled(&one.said, &levels[one.place][one.place])));
    let Some(intervals) = pooled.fit() else { return Ok(None) };
    let windows: Vec<Window> = judged.iter().map(|one| one.window).collect();
    let held = held(&windows, |one, other| {
        let (one, other) = (&judged[one], &judged[other]);
        let level = &levels[one.place.max(other.place)][one.place.min(other.place)];
        Ok(levelled(&one.said, level))
    })?;
    Ok(Some((intervals, held.note(horizon))))
}

/// What was said of `horizon` at the origins that saw nearly all of it.
fn judged(asked: Asked<'_>, horizon: Horizon) -> Result<Vec<Judged>, LearnError> {
    let Asked { histories, backtest, choice, recipe, .. } = asked;
    let candidate = (choice.candidate.kind, choice.candidate.basis);
    let mut all = Vec::new();
    for (place, case) in backtest.cases.iter().enumerate() {
        let from = case.origin.as_of;
        let seen = recipe.as_of.instant().since(from.instant()).min(horizon.length());
        let Ok(seen) = Horizon::new(seen) else { continue };
        if seen.length().days() < NEARLY * horizon.length().days() {
            continue;
        }
        let said = if seen == case.origin.horizon {
            said(case, candidate)
        } else {
            case.over(histories, candidate, seen, &recipe.summary_rule)?
        };
        all.extend(said.map(|said| Judged { place, window: Window::new(from, seen), said }));
    }
    Ok(all)
}

fn said(case: &Case, (kind, basis): (crate::OrderKind, tenure_bundle::SpendBasis)) -> Option<Pooled> {
    let prediction = case.prediction(kind, basis)?;
    Some(Pooled {
        p_no_order: prediction.p_no_order,
        expected: prediction.expected_value,
        actual: prediction.value.to_vec(),
    })
}

fn levelled(said: &Pooled, level: &Level) -> Pooled {
    Pooled {
        p_no_order: said.p_no_order.iter().map(|p| level.churn_probability(*p)).collect(),
        expected: said.expected.iter().map(|value| level.expected_value(*value)).collect(),
        actual: said.actual.clone(),
    }
}

/// Ratios of actual to expected spend among payers at all origins, however far they saw; they say how payers scatter, and
/// no level is set by them.
fn uncounted(asked: Asked<'_>, levels: &Levels) -> Option<ValueIntervals> {
    let candidate = (asked.choice.candidate.kind, asked.choice.candidate.basis);
    let mut pooled = Pooled::default();
    for (place, case) in asked.backtest.cases.iter().enumerate() {
        pooled.add(levelled(&said(case, candidate)?, &levels[place][place]));
    }
    pooled.fit().map(ValueIntervals::uncounted)
}
