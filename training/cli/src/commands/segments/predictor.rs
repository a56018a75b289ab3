//! What a bundle says about a customer of the log.

use std::collections::HashSet;

use tenure_behaviour::expression::Prediction;
use tenure_behaviour::{Fact, OrderHistory, Symbol};
use tenure_bundle::{ScoreOptions, Scorer};
use tenure_core::{AsOf, Currency, EventKind, Money};

/// Predictions by a scorer; none for a customer without an order.
pub(super) fn of(scorer: &Scorer) -> impl Fn(&[Fact], AsOf, Prediction) -> Option<f64> + Sync + '_ {
    move |facts, as_of, prediction| {
        let history = history(facts, scorer.currency());
        if !history.has_order_before(as_of) {
            return None;
        }
        let mut options = ScoreOptions { as_of, ..scorer.defaults(as_of) };
        match prediction {
            Prediction::ChurnProbability(horizon) => options.horizon = horizon,
            // A score counts orders over the horizon of its value.
            Prediction::Clv(horizon) | Prediction::ExpectedOrders(horizon) => options.clv_horizon = horizon,
            Prediction::PAlive => {}
        }
        let score = scorer.score(&history, &options).ok()?;
        Some(match prediction {
            Prediction::ChurnProbability(_) => score.churn_probability,
            Prediction::ExpectedOrders(_) => score.expected_orders,
            Prediction::Clv(_) => score.predicted_clv.major_units,
            Prediction::PAlive => score.p_alive,
        })
    }
}

/// The orders that stand, and what went back.
fn history(facts: &[Fact], currency: Currency) -> OrderHistory {
    let [order, refund, cancel] =
        [EventKind::Order, EventKind::Refund, EventKind::OrderCancel].map(|kind| Symbol::of(kind.as_str()));
    let called_off: HashSet<Symbol> = facts
        .iter()
        .filter(|fact| fact.kind == cancel && !fact.order_id.is_none())
        .map(|fact| fact.order_id)
        .collect();
    let mut history = OrderHistory::new(currency);
    for fact in facts.iter().filter(|fact| !called_off.contains(&fact.order_id)) {
        let kind = match fact.kind {
            kind if kind == order => EventKind::Order,
            kind if kind == refund => EventKind::Refund,
            _ => continue,
        };
        if let Some(minor) = fact.amount {
            // A row that a history refuses, such as a refund of nothing, says nothing about orders.
            let _refused = history.record(&kind, fact.occurred_at, Money::from_minor_units(minor, currency));
        }
    }
    history
}
