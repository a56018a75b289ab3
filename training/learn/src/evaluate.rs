//! A bundle against what happened.

use serde::Serialize;
use tenure_bundle::{ScoreOptions, Scorer};
use tenure_predict::{ChurnMeasures, ValueMeasures};

use crate::LearnError;
use crate::book::OrderBook;
use crate::judged::Judged;

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
    Judged::new(scorer, book, options)?.evaluation()
}
