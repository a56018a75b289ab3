//! What a bundle says about a customer of the log.

use tenure_behaviour::Fact;
use tenure_behaviour::expression::Prediction;
use tenure_bundle::{ScoreOptions, Scorer};
use tenure_core::AsOf;

use crate::purchases;

/// Predictions by a scorer; none for a customer without an order.
pub(super) fn of(scorer: &Scorer) -> impl Fn(&[Fact], AsOf, Prediction) -> Option<f64> + Sync + '_ {
    move |facts, as_of, prediction| {
        let history = purchases::history(facts, scorer.currency());
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
