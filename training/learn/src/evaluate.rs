//! A bundle against what happened.

use serde::Serialize;
use tenure_bundle::{Score, ScoreOptions, Scorer};
use tenure_core::Duration;
use tenure_predict::{ChurnMeasures, ValueMeasures, churn_measures, value_measures};

use crate::LearnError;
use crate::book::{OrderBook, outcome};

/// How a bundle did over one horizon.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Evaluation {
    /// Customers with an order before the as-of.
    pub customers: usize,
    /// How good the probabilities of churn were.
    pub churn: ChurnMeasures,
    /// How good the predicted value was.
    pub value: ValueMeasures,
    /// Share of customers that ordered nothing.
    pub churn_rate: f64,
    /// Mean probability of that.
    pub mean_churn_probability: f64,
    /// Purchase occasions that came.
    pub orders: f64,
    /// Purchase occasions that were expected.
    pub expected_orders: f64,
    /// Net spend that came, in major units.
    pub value_total: f64,
    /// Net spend that was predicted, in major units.
    pub predicted_value_total: f64,
}

/// Scores everybody at the as-of of `options` and compares with what followed.
///
/// Both outcomes run over `options.horizon`: `options.clv_horizon` must equal it, and nothing be discounted,
/// for the two sides to mean the same; the caller sees to that.
///
/// # Errors
/// When the orders end before the horizon, or nobody ordered before the as-of.
pub fn evaluate(scorer: &Scorer, book: &OrderBook, options: &ScoreOptions) -> Result<Evaluation, LearnError> {
    let (as_of, horizon) = (options.as_of, options.horizon);
    let until = as_of.instant().saturating_add(horizon.length());
    let last_event = book.last_event().ok_or(LearnError::NoOrders { as_of })?;
    // A quiet end of the file is no reason to refuse, but for the last tenth of the horizon, or a week.
    let tenth = Duration::from_microseconds(horizon.length().microseconds() / 10).unwrap_or(Duration::ZERO);
    let grace = tenth.min(Duration::from_days(7));
    if last_event < as_of.instant() || last_event.saturating_add(grace) < until {
        return Err(LearnError::OutcomeUnknown { as_of, horizon, last_event });
    }
    let rule = &scorer.manifest().summary_rule;
    let (mut churned, mut probability, mut value, mut predicted) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let (mut orders, mut expected_orders) = (0.0, 0.0);
    for (customer_id, history) in book.sorted() {
        if !history.has_order_before(as_of) {
            continue;
        }
        let Score { churn_probability, expected_orders: expected, predicted_clv, .. } = scorer
            .score(history, options)
            .map_err(|source| LearnError::Customer { customer_id: customer_id.clone(), source })?;
        let (happened, spent) = outcome(history, as_of, until, rule);
        churned.push(happened == 0);
        probability.push(churn_probability);
        value.push(spent);
        predicted.push(predicted_clv.major_units);
        orders += f64::from(happened);
        expected_orders += expected;
    }
    if churned.is_empty() {
        return Err(LearnError::NoOrders { as_of });
    }
    let customers = churned.len();
    Ok(Evaluation {
        customers,
        churn: churn_measures(&churned, &probability)?,
        value: value_measures(&value, &predicted)?,
        churn_rate: churned.iter().filter(|gone| **gone).count() as f64 / customers as f64,
        mean_churn_probability: probability.iter().sum::<f64>() / customers as f64,
        orders,
        expected_orders,
        value_total: value.iter().sum(),
        predicted_value_total: predicted.iter().sum(),
    })
}
