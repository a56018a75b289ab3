//! What every purchase model would have said at past origins, beside what then happened.

use rayon::iter::{IntoParallelRefIterator, ParallelIterator};
use tenure_behaviour::{OrderHistory, SummaryRule};
use tenure_bundle::{Forecast, OrderModel, SpendBasis, SpendModel};
use tenure_core::{CustomerId, Horizon};

use crate::LearnError;
use crate::book::{Seen, seen_at};
use crate::candidate::{OrderKind, fit_spend, order_data};
use crate::origin::Origin;

/// The readings of spend that compete.
pub(crate) const BASES: [SpendBasis; 2] = [SpendBasis::RepeatOrders, SpendBasis::AllOrders];

/// Customers judged at one origin; more make the choice no surer, only slower.
const MOST_JUDGED: usize = 50_000;

/// Fewer repeat buyers than this tell no model from another.
const LEAST_REPEATERS: usize = 10;

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
    naive: (Vec<f64>, Vec<f64>),
    /// Of each kind that could be fitted, P(no order) and expected orders.
    by_kind: Vec<(OrderKind, Vec<f64>, Vec<f64>)>,
    /// Of each kind and basis that could be fitted, expected spend.
    values: Vec<(OrderKind, SpendBasis, Vec<f64>)>,
}

/// One candidate's predictions at one origin.
#[derive(Debug)]
pub(crate) struct Prediction<'a> {
    pub(crate) weight: f64,
    pub(crate) churned: &'a [bool],
    pub(crate) p_no_order: Vec<f64>,
    expected_orders: &'a [f64],
    pub(crate) expected_value: Vec<f64>,
    orders: &'a [f64],
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

    /// P(no order) and expected spend by the naive rate.
    pub(crate) const fn naive(&self) -> (&Vec<f64>, &Vec<f64>) {
        (&self.naive.0, &self.naive.1)
    }
}

/// Fits and predicts at every origin that has enough customers; in the order of the origins.
///
/// # Errors
/// When a history is refused.
pub(crate) fn run(
    histories: &[(&CustomerId, &OrderHistory)],
    origins: &[Origin],
    kinds: &[OrderKind],
    rule: &SummaryRule,
) -> Result<Vec<Case>, LearnError> {
    let cases: Vec<Result<Option<Case>, LearnError>> =
        origins.par_iter().map(|origin| case(histories, *origin, kinds, rule)).collect();
    cases.into_iter().filter_map(Result::transpose).collect()
}

fn case(
    histories: &[(&CustomerId, &OrderHistory)],
    origin: Origin,
    kinds: &[OrderKind],
    rule: &SummaryRule,
) -> Result<Option<Case>, LearnError> {
    let until = origin.as_of.instant().saturating_add(origin.horizon.length());
    let all = seen_at(histories, origin.as_of, until, rule)?;
    if all.iter().filter(|seen| seen.summary.frequency > 0).count() < LEAST_REPEATERS {
        return Ok(None);
    }
    let judged: Vec<Seen> = all.iter().step_by(all.len().div_ceil(MOST_JUDGED)).copied().collect();
    let churned: Vec<bool> = judged.iter().map(|seen| seen.orders == 0).collect();
    if churned.iter().all(|gone| *gone) || !churned.iter().any(|gone| *gone) {
        return Ok(None);
    }
    let summaries = || all.iter().map(|seen| &seen.summary);
    let Ok(data) = order_data(summaries()) else { return Ok(None) };
    let by_kind: Vec<_> = kinds
        .iter()
        .filter_map(|kind| {
            // A model that cannot be fitted at an origin does not compete there.
            let (model, _) = kind.fit(&data).ok()?;
            let (silent, orders) = predict(&model, &judged, origin.horizon);
            Some((*kind, silent, orders))
        })
        .collect();
    let spend = BASES.iter().filter_map(|basis| Some((*basis, fit_spend(summaries(), *basis).ok()?.0)));
    let values = spend.flat_map(|(basis, model)| {
        let of_kind =
            |(kind, _, orders): &(OrderKind, _, Vec<f64>)| (*kind, basis, value(&model, &judged, orders));
        by_kind.iter().map(of_kind).collect::<Vec<_>>()
    });
    let values = values.collect();
    Ok(Some(Case {
        origin,
        churned,
        orders: judged.iter().map(|seen| f64::from(seen.orders)).collect(),
        value: judged.iter().map(|seen| seen.value).collect(),
        naive: naive(&judged, origin.horizon),
        by_kind,
        values,
    }))
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

/// Everybody goes on as before: all orders over the age, at least a week, is the rate.
fn naive(judged: &[Seen], horizon: Horizon) -> (Vec<f64>, Vec<f64>) {
    let one = |seen: &Seen| {
        let share = horizon.weeks().get() / seen.summary.age.get().max(1.0);
        let silent = (-f64::from(seen.summary.occasions()) * share).exp();
        (silent, seen.summary.net_spend.major_units() * share)
    };
    judged.iter().map(one).unzip()
}
