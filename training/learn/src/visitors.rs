//! What was expected of customers who had not ordered yet, beside what they did.

use std::sync::{Mutex, PoisonError};

use serde::Serialize;
use tenure_behaviour::Fact;
use tenure_bundle::{Score, ScoreOptions, Scorer};
use tenure_core::CustomerId;

use crate::book::{OrderBook, outcome};
use crate::first_orders::{first_known, has_more_than_purchases};
use crate::{Known, LearnError};

/// How the lowest rung did, over one horizon.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Visitors {
    /// Customers of whom an event was known before the as-of, and no order.
    pub customers: usize,
    /// How many of them were expected to order for the first time: the sum of their probabilities.
    pub expected_to_order: f64,
    /// How many did.
    pub ordered: usize,
    /// Purchase occasions that were expected of them.
    pub expected_orders: f64,
    /// Purchase occasions that came.
    pub orders: f64,
    /// Net spend that was predicted, in major units.
    pub predicted_value_total: f64,
    /// Net spend that came, in major units.
    pub value_total: f64,
}

/// One of them: what was expected and what came.
struct One {
    customer_id: CustomerId,
    p_order: f64,
    score: Score,
    orders: u32,
    spent: f64,
}

/// Everybody without an order at the as-of; `None` where there is nobody, or nothing but purchases is known.
///
/// # Errors
/// When the events cannot be read.
pub(crate) fn judged(
    scorer: &Scorer,
    known: &Known<'_>,
    happened: &OrderBook,
    options: &ScoreOptions,
) -> Result<Option<Visitors>, LearnError> {
    let Some(facts) = known.facts.as_deref().filter(|facts| has_more_than_purchases(*facts)) else {
        return Ok(None);
    };
    let until = options.as_of.instant().saturating_add(options.horizon.length());
    let rule = &scorer.manifest().summary_rule;
    let found: Mutex<Vec<One>> = Mutex::new(Vec::new());
    let wanted = |customer_id: &CustomerId| {
        !known.book.history(customer_id).is_some_and(|history| history.has_order_before(options.as_of))
    };
    let visit = |customer_id: &CustomerId, own: &[Fact]| {
        let Some(first) = first_known(own, options.as_of) else { return };
        let score = scorer.score_before_first_order(Some(first), options);
        // Not what is left of churn, which the shop may have defined otherwise.
        let p_order = scorer.p_first_order(Some(first), options.as_of, options.horizon);
        let later = happened.history(customer_id);
        let (orders, spent) = later.map_or((0, 0.0), |later| outcome(later, options.as_of, until, rule));
        let one = One { customer_id: customer_id.clone(), p_order, score, orders, spent };
        found.lock().unwrap_or_else(PoisonError::into_inner).push(one);
    };
    facts.visit(&wanted, &visit)?;
    let mut found = found.into_inner().unwrap_or_else(PoisonError::into_inner);
    // Sums of floats in an order that does not depend on threads.
    found.sort_unstable_by(|left, right| left.customer_id.cmp(&right.customer_id));
    let mut all = Visitors::default();
    for One { p_order, score, orders, spent, .. } in &found {
        all.customers += 1;
        all.expected_to_order += p_order;
        all.ordered += usize::from(*orders > 0);
        all.expected_orders += score.expected_orders;
        all.orders += f64::from(*orders);
        all.predicted_value_total += score.predicted_clv.major_units;
        all.value_total += spent;
    }
    Ok((all.customers > 0).then_some(all))
}
