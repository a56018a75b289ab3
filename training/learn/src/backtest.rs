//! What every purchase model would have said at past origins, beside what then happened.

use rayon::iter::{IntoParallelRefIterator, ParallelIterator};
use tenure_behaviour::{OrderHistory, SummaryRule};
use tenure_btyd::BtydError;
use tenure_bundle::{Forecast, NaiveRate, OrderModel, SpendBasis, SpendModel};
use tenure_core::{CustomerId, Horizon};

use crate::LearnError;
use crate::book::{Seen, seen_at};
use crate::candidate::{LEAST_REPEATERS, OrderKind, basis_name, fit_spend, order_data};
use crate::coverage::Pooled;
use crate::origin::Origin;

/// The readings of spend that compete.
pub(crate) const BASES: [SpendBasis; 2] = [SpendBasis::RepeatOrders, SpendBasis::AllOrders];

/// Customers judged at one origin; more make the choice no surer, only slower.
const MOST_JUDGED: usize = 50_000;

/// One origin: who was judged and what happened.
#[derive(Debug)]
pub(crate) struct Case {
    pub(crate) origin: Origin,
    /// No order in the horizon.
    pub(crate) churned: Vec<bool>,
    /// Purchase occasions in the horizon.
    pub(crate) orders: Vec<f64>,
    /// Net spend in the horizon, in major units.
    pub(crate) value: Vec<f64>,
    /// What to beat: the customer's own past rate, carried on.
    pub(crate) naive: (Vec<f64>, Vec<f64>),
    /// Of each kind that could be fitted, P(no order) and expected orders.
    pub(crate) by_kind: Vec<(OrderKind, Vec<f64>, Vec<f64>)>,
    /// Of each kind and basis that could be fitted, expected spend.
    pub(crate) values: Vec<(OrderKind, SpendBasis, Vec<f64>)>,
    /// The models that were fitted there, for who asks over another horizon.
    pub(crate) order_models: Vec<(OrderKind, OrderModel)>,
    /// As those, of spend.
    pub(crate) spend_models: Vec<(SpendBasis, SpendModel)>,
    /// What could not be fitted, and why.
    pub(crate) refused: Vec<String>,
}

/// Why nobody was judged at an origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Skipped {
    /// Fewer than [`LEAST_REPEATERS`] had ordered more than once.
    TooFewRepeatBuyers,
    /// All ordered in the horizon, or nobody did: there is nobody to tell from anybody.
    OneOutcome,
}

/// All origins.
#[derive(Debug)]
pub(crate) struct Backtest {
    /// In the order of the origins.
    pub(crate) cases: Vec<Case>,
    pub(crate) skipped: Vec<(Origin, Skipped)>,
}

/// One candidate's predictions at one origin.
#[derive(Debug)]
pub(crate) struct Prediction<'a> {
    pub(crate) weight: f64,
    pub(crate) churned: &'a [bool],
    pub(crate) p_no_order: Vec<f64>,
    pub(crate) expected_orders: &'a [f64],
    pub(crate) expected_value: Vec<f64>,
    pub(crate) orders: &'a [f64],
    pub(crate) value: &'a [f64],
}

impl Prediction<'_> {
    /// Actual and predicted occasions of all customers.
    pub(crate) fn order_totals(&self) -> (f64, f64) {
        (self.orders.iter().sum(), self.expected_orders.iter().sum())
    }

    /// Actual and predicted spend of all customers.
    pub(crate) fn value_totals(&self) -> (f64, f64) {
        (self.value.iter().sum(), self.expected_value.iter().sum())
    }
}

impl Case {
    /// Customers judged.
    pub(crate) fn customers(&self) -> usize {
        self.churned.len()
    }

    /// What one kind and one basis predicted; `None` where the kind could not be fitted.
    pub(crate) fn prediction(&self, kind: OrderKind, basis: SpendBasis) -> Option<Prediction<'_>> {
        let (_, p_no_order, expected_orders) = self.by_kind.iter().find(|one| one.0 == kind)?;
        let (.., value) = self.values.iter().find(|one| (one.0, one.1) == (kind, basis))?;
        Some(Prediction {
            weight: self.origin.weight,
            churned: &self.churned,
            p_no_order: p_no_order.clone(),
            expected_orders,
            expected_value: value.clone(),
            orders: &self.orders,
            value: &self.value,
        })
    }

    /// What the same models said of the same customers over another horizon, and what then came, which must lie before
    /// the as-of; `None` where they could not be fitted.
    pub(crate) fn over(
        &self,
        histories: &[(&CustomerId, &OrderHistory)],
        (kind, basis): (OrderKind, SpendBasis),
        horizon: Horizon,
        rule: &SummaryRule,
    ) -> Result<Option<Pooled>, LearnError> {
        let orders = self.order_models.iter().find(|(own, _)| *own == kind);
        let spend = self.spend_models.iter().find(|(own, _)| *own == basis);
        let Some(((_, orders), (_, spend))) = orders.zip(spend) else { return Ok(None) };
        let as_of = self.origin.as_of;
        let until = as_of.instant().saturating_add(horizon.length());
        let judged = judged(&seen_at(histories, as_of, until, rule)?);
        let (p_no_order, expected_orders) = predict(orders, &judged, horizon);
        let expected = value(spend, &judged, &expected_orders);
        Ok(Some(Pooled { p_no_order, expected, actual: judged.iter().map(|seen| seen.value).collect() }))
    }

    /// P(no order) and expected spend by the naive rate.
    pub(crate) const fn naive(&self) -> (&Vec<f64>, &Vec<f64>) {
        (&self.naive.0, &self.naive.1)
    }
}

/// What is tried at every origin.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Trial<'a> {
    pub(crate) kinds: &'a [OrderKind],
    pub(crate) penalizer: f64,
    pub(crate) rule: &'a SummaryRule,
}

/// Fits and predicts at every origin that has enough customers.
///
/// # Errors
/// When a history is refused.
pub(crate) fn run(
    histories: &[(&CustomerId, &OrderHistory)],
    origins: &[Origin],
    trial: Trial<'_>,
) -> Result<Backtest, LearnError> {
    let all: Vec<Result<Result<Case, Skipped>, LearnError>> =
        origins.par_iter().map(|origin| case(histories, *origin, trial)).collect();
    let mut backtest = Backtest { cases: Vec::new(), skipped: Vec::new() };
    for (origin, case) in origins.iter().zip(all) {
        match case? {
            Ok(case) => backtest.cases.push(case),
            Err(why) => {
                tracing::info!(origin = %origin.as_of, ?why, "nobody can be judged from this date");
                backtest.skipped.push((*origin, why));
            }
        }
    }
    Ok(backtest)
}

fn case(
    histories: &[(&CustomerId, &OrderHistory)],
    origin: Origin,
    trial: Trial<'_>,
) -> Result<Result<Case, Skipped>, LearnError> {
    let until = origin.as_of.instant().saturating_add(origin.horizon.length());
    let all = seen_at(histories, origin.as_of, until, trial.rule)?;
    if all.iter().filter(|seen| seen.summary.frequency > 0).count() < LEAST_REPEATERS {
        return Ok(Err(Skipped::TooFewRepeatBuyers));
    }
    let judged = judged(&all);
    let churned: Vec<bool> = judged.iter().map(|seen| seen.orders == 0).collect();
    if churned.iter().all(|gone| *gone) || !churned.iter().any(|gone| *gone) {
        return Ok(Err(Skipped::OneOutcome));
    }
    let summaries = || all.iter().map(|seen| &seen.summary);
    let data = order_data(summaries()).map_err(|last| LearnError::NoModel { last })?;
    let mut refused = Vec::new();
    let mut refuse = |what: &str, error: BtydError| {
        refused.push(format!(
            "{what} could not be fitted as of {}, so it did not compete: {error}",
            origin.as_of
        ));
    };
    let of_kind = |kind: &OrderKind| {
        kind.fit(&data, trial.penalizer).map(|(model, _)| (model, predict(&model, &judged, origin.horizon)))
    };
    let of_basis = |basis: &SpendBasis| fit_spend(summaries(), *basis, trial.penalizer);
    let (fits, spends): (Vec<_>, Vec<_>) = rayon::join(
        || trial.kinds.par_iter().map(of_kind).collect(),
        || BASES.par_iter().map(of_basis).collect(),
    );
    let (mut by_kind, mut order_models) = (Vec::new(), Vec::new());
    for (kind, fit) in trial.kinds.iter().zip(fits) {
        match fit {
            Ok((model, (silent, orders))) => {
                order_models.push((*kind, model));
                by_kind.push((*kind, silent, orders));
            }
            Err(error) => refuse(kind.name(), error),
        }
    }
    let (mut values, mut spend_models) = (Vec::new(), Vec::new());
    for (basis, spend) in BASES.into_iter().zip(spends) {
        match spend {
            Ok((model, _)) => {
                spend_models.push((basis, model));
                values.extend(
                    by_kind.iter().map(|(kind, _, orders)| (*kind, basis, value(&model, &judged, orders))),
                );
            }
            Err(error) => refuse(&format!("spend by {}", basis_name(basis)), error),
        }
    }
    Ok(Ok(Case {
        origin,
        churned,
        orders: judged.iter().map(|seen| f64::from(seen.orders)).collect(),
        value: judged.iter().map(|seen| seen.value).collect(),
        naive: naive(&judged, origin.horizon),
        by_kind,
        values,
        order_models,
        spend_models,
        refused,
    }))
}

/// Those of all whom a case judges.
fn judged(all: &[Seen]) -> Vec<Seen> {
    all.iter().step_by(all.len().div_ceil(MOST_JUDGED).max(1)).copied().collect()
}

fn predict(model: &OrderModel, judged: &[Seen], horizon: Horizon) -> (Vec<f64>, Vec<f64>) {
    let one = |seen: &Seen| {
        let forecast = Forecast::of(model, Some(&seen.summary));
        (forecast.p_no_order(horizon), forecast.expected_orders(horizon))
    };
    judged.iter().map(one).unzip()
}

fn value(model: &SpendModel, judged: &[Seen], orders: &[f64]) -> Vec<f64> {
    judged.iter().zip(orders).map(|(seen, orders)| model.value_of(*orders, Some(&seen.summary))).collect()
}

/// Everybody goes on as before.
fn naive(judged: &[Seen], horizon: Horizon) -> (Vec<f64>, Vec<f64>) {
    let one = |seen: &Seen| {
        let rate = NaiveRate::of(&seen.summary, horizon);
        (rate.p_no_order, rate.net_spend)
    };
    judged.iter().map(one).unzip()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{book, day, horizon, recipe, rule, shop, summary};
    use approx::assert_relative_eq;
    use tenure_bundle::{Limits, ScoreOptions, Scorer};
    use tenure_core::{AsOf, DiscountRate};

    fn seen(events: &[(f64, i64)], as_of: f64) -> Seen {
        Seen { summary: summary(events, as_of), orders: 0, value: 0.0 }
    }

    #[test]
    fn the_naive_rate_carries_the_past_on() {
        // Three occasions and 60 dollars in six weeks; one of 12 dollars half a week ago, taken for a week.
        let old = seen(&[(0.0, 1_000), (7.0, 2_000), (21.0, 3_000)], 42.0);
        let fresh = seen(&[(38.5, 1_200)], 42.0);
        let (silent, value) = naive(&[old, fresh], horizon(28));
        assert_relative_eq!(silent[0], (-2.0_f64).exp(), max_relative = 1e-12);
        assert_relative_eq!(value[0], 40.0, max_relative = 1e-12);
        assert_relative_eq!(silent[1], (-4.0_f64).exp(), max_relative = 1e-12);
        assert_relative_eq!(value[1], 48.0, max_relative = 1e-12);
    }

    /// To the last bit: a backtest of anything else would say nothing about the scores.
    #[test]
    fn a_backtest_predicts_what_a_scorer_scores() {
        let book = book(&shop(150, 700.0));
        let mut recipe = recipe(20_700.0);
        recipe.correct_level = false;
        let trained = crate::train(&book, &recipe).unwrap();
        let scorer = Scorer::from_bytes(&trained.to_bundle().unwrap(), &Limits::default()).unwrap();
        let (as_of, horizon) = (AsOf::new(day(20_500.0)), horizon(90));
        let options =
            ScoreOptions { as_of, horizon, clv_horizon: horizon, discount_rate: DiscountRate::ZERO };
        let judged = seen_at(&book.sorted(), as_of, as_of.instant(), &rule()).unwrap();
        let (silent, orders) = predict(&trained.model.orders, &judged, horizon);
        let value = value(&trained.model.spend, &judged, &orders);
        assert!(judged.len() > 100);
        for (index, seen) in judged.iter().enumerate() {
            let score = scorer.score_summary(Some(&seen.summary), &options);
            let scored = [score.churn_probability, score.expected_orders, score.predicted_clv.major_units];
            assert_eq!([silent[index], orders[index], value[index]], scored);
        }
    }

    #[test]
    fn an_origin_says_why_nobody_was_judged() {
        let origin = |at: f64| Origin { as_of: AsOf::new(day(at)), horizon: horizon(30), weight: 1.0 };
        let twice = |again: f64| (0..12).flat_map(move |one| [(one, 0.0, 500), (one, again, 500)]);
        let case = |orders: Vec<(u32, f64, i64)>, at: f64| {
            let book = book(&orders);
            let trial = Trial { kinds: &OrderKind::ALL, penalizer: 0.0, rule: &rule() };
            run(&book.sorted(), &[origin(at)], trial).unwrap().skipped[0].1
        };
        assert_eq!(case(twice(50.0).collect(), 40.0), Skipped::TooFewRepeatBuyers);
        assert_eq!(case(twice(50.0).collect(), 60.0), Skipped::OneOutcome, "nobody came again");
        let thrice = twice(50.0).chain((0..12).map(|one| (one, 70.0, 500)));
        assert_eq!(case(thrice.collect(), 60.0), Skipped::OneOutcome, "all came again");
    }

    #[test]
    fn what_cannot_be_fitted_at_an_origin_is_kept_with_its_reason() {
        // Second orders are free, so there is no spend on repeat orders to read.
        let mut orders = shop(120, 700.0);
        let mut known = std::collections::BTreeSet::new();
        for (customer, _, cents) in &mut orders {
            *cents = if known.insert(*customer) { *cents } else { 0 };
        }
        let origin = Origin { as_of: AsOf::new(day(20_450.0)), horizon: horizon(90), weight: 1.0 };
        let trial = Trial { kinds: &[OrderKind::BgNbd], penalizer: 0.0, rule: &rule() };
        let book = book(&orders);
        let backtest = run(&book.sorted(), &[origin], trial).unwrap();
        let case = &backtest.cases[0];
        assert!(case.prediction(OrderKind::BgNbd, SpendBasis::RepeatOrders).is_none());
        assert!(case.prediction(OrderKind::BgNbd, SpendBasis::AllOrders).is_some());
        assert_eq!(case.refused.len(), 1);
        assert!(
            case.refused[0].starts_with("spend by repeat_orders could not be fitted as of 2025-12-28"),
            "{:?}",
            case.refused
        );
    }
}
