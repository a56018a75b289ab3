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
const IF_MOVED: &str = "value intervals were set around the purchase model's values, and nobody has counted how often \
                        they hold around those that trees or a season moved";

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
/// none, intervals over the horizon are what the hurdle promises, with ratios from as far as origins saw. `is_moved` is
/// whether trees or a season move what the purchase model says.
pub(super) fn intervals(asked: Asked<'_>, is_moved: bool) -> Result<Sure, LearnError> {
    let levels = levels(asked.backtest, asked.choice);
    let recipe = asked.recipe;
    let mut sure = Sure::default();
    let counted = over(asked, &levels, recipe.horizon)?;
    let note = |found: &Option<(ValueIntervals, String)>, horizon: Horizon| {
        found.as_ref().map_or_else(|| note_of_none(horizon), |(_, note)| note.clone())
    };
    let is_counted = counted.is_some();
    let told = note(&counted, recipe.horizon);
    sure.intervals = counted.map(|(intervals, _)| intervals).or_else(|| uncounted(asked, &levels));
    if sure.intervals.is_none() {
        return Ok(sure);
    }
    sure.notes.push(told);
    if recipe.clv_horizon != recipe.horizon {
        let of_clv = over(asked, &levels, recipe.clv_horizon)?;
        sure.notes.push(note(&of_clv, recipe.clv_horizon));
        sure.clv_intervals = of_clv.map(|(intervals, _)| intervals);
    }
    if is_moved && (is_counted || sure.clv_intervals.is_some()) {
        sure.notes.push(IF_MOVED.to_owned());
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
        let Some(said) = said(case, candidate) else { continue };
        pooled.add(levelled(&said, &levels[place][place]));
    }
    pooled.fit().map(ValueIntervals::uncounted)
}

#[cfg(test)]
mod tests {
    use tenure_bundle::SpendBasis;
    use tenure_core::AsOf;

    use super::*;
    use crate::OrderKind;
    use crate::choice::Candidate;
    use crate::level::LevelRule;
    use crate::origin::Origin;
    use crate::sample::{day, horizon, recipe};

    /// The as-of of all tests, in days.
    const NOW: f64 = 20_700.0;

    /// So many days before the as-of, 100 customers given even odds and 50 of spend: so many order, and spend `spent`
    /// and a little more each.
    fn case(before: f64, ordered: usize, spent: f64) -> Case {
        let (kind, basis) = (OrderKind::BgNbd, SpendBasis::AllOrders);
        let seen = horizon(before.min(90.0) as u32);
        let covered = seen.length().days() / 90.0;
        let orders = |one: usize| one < ordered;
        Case {
            origin: Origin { as_of: AsOf::new(day(NOW - before)), horizon: seen, weight: covered * covered },
            churned: (0..100).map(|one| !orders(one)).collect(),
            orders: (0..100).map(|one| f64::from(u8::from(orders(one)))).collect(),
            value: (0..100).map(|one| if orders(one) { spent + one as f64 } else { 0.0 }).collect(),
            naive: (vec![0.5; 100], vec![50.0; 100]),
            by_kind: vec![(kind, vec![0.5; 100], vec![0.7; 100])],
            values: vec![(kind, basis, vec![50.0; 100])],
            order_models: Vec::new(),
            spend_models: Vec::new(),
            refused: Vec::new(),
        }
    }

    fn set_by(cases: Vec<Case>, rule: LevelRule) -> (Sure, Levels) {
        let candidate = Candidate { kind: OrderKind::BgNbd, basis: SpendBasis::AllOrders, level: rule };
        let choice = Choice {
            candidate,
            level: Level::NONE,
            table: Vec::new(),
            against_naive: 0.0,
            notes: Vec::new(),
        };
        let backtest = Backtest { cases, skipped: Vec::new() };
        let (recipe, levels) = (recipe(NOW), levels(&backtest, &choice));
        let asked = Asked { histories: &[], backtest: &backtest, choice: &choice, recipe: &recipe };
        (intervals(asked, false).unwrap(), levels)
    }

    #[test]
    fn a_level_has_seen_neither_the_date_it_is_set_at_nor_the_one_that_is_judged() {
        let shares = |first: usize, second: usize| {
            let cases = vec![case(300.0, first, 50.0), case(200.0, second, 50.0), case(100.0, 40, 50.0)];
            set_by(cases, LevelRule::Shift).1
        };
        let (levels, other) = (shares(30, 60), shares(80, 60));
        assert_eq!(levels[0][0], other[0][0]);
        assert_eq!(levels[1][0], other[1][0]);
        assert_ne!(levels[1][1], other[1][1]);
        // Of the last alone, six in ten stay away where even odds were given.
        assert!((levels[1][0].churn_probability(0.5) - 0.6).abs() < 1e-9);
        assert!((other[2][1].churn_probability(0.5) - 0.2).abs() < 1e-9);
    }

    #[test]
    fn what_saw_a_part_of_the_horizon_sets_no_interval_over_the_whole() {
        let whole = || vec![case(300.0, 60, 50.0), case(150.0, 60, 50.0)];
        let with_part = || whole().into_iter().chain([case(60.0, 60, 900.0)]).collect();
        let (sure, _) = set_by(whole(), LevelRule::None);
        let (same, _) = set_by(with_part(), LevelRule::None);
        assert_eq!(sure.intervals, same.intervals);
        assert!(same.notes[0].ends_with("(2 dates)"), "{:?}", same.notes);
        assert!(same.notes[1].contains("over 365d are not calibrated"), "{:?}", same.notes);
        // All but a tenth is nearly the whole.
        let (nearly, _) = set_by(vec![case(300.0, 60, 50.0), case(82.0, 60, 900.0)], LevelRule::None);
        assert_ne!(nearly.intervals, sure.intervals);
    }

    #[test]
    fn where_no_origin_saw_the_whole_the_hurdle_answers_and_says_so() {
        let (sure, _) = set_by(vec![case(60.0, 60, 50.0), case(50.0, 60, 50.0)], LevelRule::Shift);
        assert!(sure.notes[0].contains("over 90d are not calibrated"), "{:?}", sure.notes);
        let intervals = sure.intervals.unwrap();
        assert_eq!(intervals, intervals.clone().uncounted());
        let (none, _) = set_by(vec![case(60.0, 3, 50.0)], LevelRule::None);
        assert!(none.intervals.is_none() && none.notes.is_empty(), "{none:?}");
    }
}
