//! Intervals around the rung's values, over the horizon that was learned and over that of the customer lifetime value,
//! and how often they held.

use tenure_bundle::{Boosted, Forecast, Level, cut_at};
use tenure_predict::ValueIntervals;

use super::choose::Chosen;
use super::curve::answering;
use super::season::Predicted;
use super::snapshot::Snapshot;
use super::stage::Stage;
use super::trial::Trial;
use crate::LearnError;
use crate::coverage::{Pooled, Sure, Window, held, note_of_none};

/// Intervals from all judged dates together, each with its level met: they say how customers scatter around a level;
/// the level is set on its own. They are judged with levels as predicted. Nothing where too few spent anything, or where
/// trees learned over another horizon, over which values scatter in another way.
pub(super) fn spread(
    trials: &[Trial<'_>],
    chosen: &Chosen,
    stage: Stage<'_>,
) -> Result<Option<Sure>, LearnError> {
    if stage.is_short() {
        return Ok(None);
    }
    let said = |trial: &Trial<'_>, level: &Level| pooled(trial.predicted(chosen, level), trial.judged);
    let mut all = Pooled::default();
    for trial in trials {
        all.add(said(trial, &trial.met_level(chosen)?));
    }
    let Some(intervals) = all.fit() else { return Ok(None) };
    let windows: Vec<Window> =
        trials.iter().map(|trial| Window::new(trial.judged.date.as_of, stage.horizon)).collect();
    let held = held(&windows, |one, judged| {
        let trial = &trials[one];
        Ok(said(trial, &if one == judged { trial.level(chosen)? } else { trial.met_level(chosen)? }))
    })?;
    let mut notes = vec![held.note(stage.horizon)];
    let mut clv_intervals = None;
    if stage.clv_horizon != stage.horizon {
        let of_clv = over_clv(trials, chosen, stage)?;
        notes.push(of_clv.as_ref().map_or_else(|| note_of_none(stage.clv_horizon), |(_, note)| note.clone()));
        clv_intervals = of_clv.map(|(intervals, _)| intervals);
    }
    Ok(Some(Sure { intervals: Some(intervals), clv_intervals, notes }))
}

fn pooled(predicted: Predicted, judged: &Snapshot) -> Pooled {
    Pooled { p_no_order: predicted.p_no_order, expected: predicted.value, actual: judged.spent.clone() }
}

/// A judged date that saw the horizon of value whole.
struct Far<'a> {
    trial: &'a Trial<'a>,
    /// Net spend over that horizon.
    spent: &'a [f64],
    /// Of each customer what the purchase model says of no order, and of orders within the learned horizon and after it.
    as_fitted: Vec<(f64, [f64; 2])>,
}

impl<'a> Far<'a> {
    fn of(trial: &'a Trial<'a>, stage: Stage<'_>) -> Option<Self> {
        let ahead = &trial.judged.ahead;
        let spent = ahead.spent_to_clv.as_deref()?;
        let as_fitted = ahead.faces.iter().map(|face| {
            let forecast = Forecast::of_customer(&ahead.orders, face);
            let orders = cut_at(stage.horizon, stage.clv_horizon, |within| forecast.expected_orders(within));
            (forecast.p_no_order(stage.clv_horizon), orders)
        });
        Some(Self { trial, spent, as_fitted: as_fitted.collect() })
    }

    /// What a score of that date says of the horizon of value, by a rung with this level; not discounted.
    fn said(&self, form: &Boosted, chosen: &Chosen, stage: Stage<'_>) -> Pooled {
        let Trial { judged, margins, .. } = self.trial;
        let mut said = Pooled { actual: self.spent.to_vec(), ..Pooled::default() };
        let moved = chosen.churn_of(margins).into_iter().zip(&margins.spend[chosen.spend]);
        for ((base, (silent, [first, after])), (churn, spend)) in
            judged.base.iter().zip(&self.as_fitted).zip(moved)
        {
            let bend = form.bend(base, base.churn_margin() + churn, base.spend_margin() + spend);
            said.p_no_order.push(bend.p_no_order(*silent, stage.clv_horizon));
            said.expected.push(bend.value(*first, *after) * base.spend);
        }
        said
    }
}

/// Intervals over the horizon of value, where a judged date saw it whole: the level of the learned horizon is met, and
/// what comes after that horizon is taken as it is said, as in a score.
fn over_clv(
    trials: &[Trial<'_>],
    chosen: &Chosen,
    stage: Stage<'_>,
) -> Result<Option<(ValueIntervals, String)>, LearnError> {
    let far: Vec<Far<'_>> = trials.iter().filter_map(|trial| Far::of(trial, stage)).collect();
    let mut both = Vec::with_capacity(far.len());
    for one in &far {
        let by = |level: Level| Ok::<_, LearnError>(one.said(&answering(level, stage)?, chosen, stage));
        both.push([by(one.trial.met_level(chosen)?)?, by(one.trial.level(chosen)?)?]);
    }
    let mut all = Pooled::default();
    both.iter().for_each(|[met, _]| all.add(met.clone()));
    let Some(intervals) = all.fit() else { return Ok(None) };
    // The level that was met is one of the learned horizon, so a date has seen the longer of the two.
    let seen = stage.clv_horizon.max(stage.horizon);
    let windows: Vec<Window> = far.iter().map(|one| Window::new(one.trial.judged.date.as_of, seen)).collect();
    let held = held(&windows, |one, judged| Ok(both[one][usize::from(one == judged)].clone()))?;
    Ok(Some((intervals, held.note(stage.clv_horizon))))
}

#[cfg(test)]
mod tests {
    use tenure_bundle::{Limits, ScoreOptions, Scorer, SpendBasis};
    use tenure_core::DiscountRate;
    use tenure_predict::LogitShift;

    use super::*;
    use crate::book::{outcome, seen_at};
    use crate::candidate::fit_spend;
    use crate::ladder::tests::{Staging, looked_at};
    use crate::ladder::trees::Margins;
    use crate::sample::{book, day, recipe, rule, shop};

    /// To the last bit, by a rung whose trees leave all as it is and whose level moves it; and nothing but what that date
    /// saw whole is compared with what came.
    #[test]
    fn what_is_judged_over_the_horizon_of_value_is_what_a_score_says() {
        let book = book(&shop(400, 700.0));
        let (found, recipe) = (looked_at(&book), recipe(20_700.0));
        let is_whole = |one: &&Snapshot| one.date.as_of.instant() <= day(20_700.0 - 365.0);
        let staging = Staging::new(Level::NONE);
        let stage = staging.stage();
        assert!(found.all.iter().all(|one| one.ahead.spent_to_clv.is_some() == is_whole(&one)));
        let judged = found.all.iter().find(is_whole).unwrap();
        let nothing = || vec![0.0; judged.base.len()];
        let margins = Margins {
            churn: vec![nothing()],
            spend: vec![nothing()],
            own: nothing(),
            line: LogitShift::IDENTITY,
        };
        let trial = Trial { judged, margins, year_before: None };
        let level = Level::new(LogitShift::new(0.4, 0.9).unwrap(), 1.1, 1.3).unwrap();
        let form = answering(level, stage).unwrap();
        let said = Far::of(&trial, stage).unwrap().said(&form, &Chosen::NOTHING, stage);

        let date = judged.date.as_of;
        let seen = seen_at(&book.sorted(), date, date.instant(), &rule()).unwrap();
        let mut trained = crate::train(&book, &recipe).unwrap();
        trained.model.orders = judged.ahead.orders;
        trained.model.spend =
            fit_spend(seen.iter().map(|one| &one.summary), SpendBasis::AllOrders, 0.0).unwrap().0;
        (trained.model.level, trained.model.boosted) = (Level::NONE, Some(form));
        let scorer = Scorer::from_bytes(&trained.to_bundle().unwrap(), &Limits::default()).unwrap();
        let within = recipe.clv_horizon;
        let options = ScoreOptions {
            as_of: date,
            horizon: within,
            clv_horizon: within,
            discount_rate: DiscountRate::ZERO,
        };
        let known: Vec<_> =
            book.sorted().into_iter().filter(|(_, history)| history.has_order_before(date)).collect();
        assert!(known.len() > 100 && known.len() == said.expected.len());
        let until = date.instant().saturating_add(within.length());
        for (at, (_, history)) in known.into_iter().enumerate() {
            let score = scorer.score(history, &options).unwrap();
            let scored = (score.churn_probability, score.predicted_clv.major_units);
            assert_eq!((said.p_no_order[at], said.expected[at]), scored, "{at}");
            assert_eq!(said.actual[at], outcome(history, date, until, &rule()).1, "{at}");
        }
    }
}
