//! Everybody's score at an as-of beside what then happened.

use tenure_behaviour::Outcome;
use tenure_bundle::{Rung, Score, ScoreOptions, Scorer};
use tenure_core::{AsOf, DiscountRate, Horizon};

use crate::book::{OrderBook, outcome};
use crate::evaluate::summed_up;
use crate::{Evaluation, LearnError};

/// Scores and outcomes, one of each per customer, in the order of customer ids.
#[derive(Debug, Default)]
pub(crate) struct Judged {
    pub(crate) churned: Vec<bool>,
    pub(crate) probability: Vec<f64>,
    pub(crate) value: Vec<f64>,
    pub(crate) predicted: Vec<f64>,
    pub(crate) rung: Vec<Rung>,
    pub(crate) orders: f64,
    pub(crate) expected_orders: f64,
}

impl Judged {
    /// Scores everybody with an order before the as-of of `options`, and looks at what followed.
    ///
    /// # Errors
    /// When the orders end before the horizon, or nobody ordered before the as-of.
    pub(crate) fn new(scorer: &Scorer, book: &OrderBook, options: &ScoreOptions) -> Result<Self, LearnError> {
        let (as_of, horizon) = (options.as_of, options.horizon);
        check_known(book, as_of, horizon)?;
        let until = as_of.instant().saturating_add(horizon.length());
        let rule = &scorer.manifest().summary_rule;
        let mut all = Self::default();
        for (customer_id, history) in book.sorted() {
            if !history.has_order_before(as_of) {
                continue;
            }
            let Score { rung, churn_probability, expected_orders, predicted_clv, .. } = scorer
                .score(history, options)
                .map_err(|source| LearnError::Customer { customer_id: customer_id.clone(), source })?;
            let (happened, spent) = outcome(history, as_of, until, rule);
            all.rung.push(rung);
            all.churned.push(happened == 0);
            all.probability.push(churn_probability);
            all.value.push(spent);
            all.predicted.push(predicted_clv.major_units);
            all.orders += f64::from(happened);
            all.expected_orders += expected_orders;
        }
        if all.churned.is_empty() { Err(LearnError::NoOrders { as_of }) } else { Ok(all) }
    }

    /// Customers judged.
    pub(crate) fn customers(&self) -> usize {
        self.churned.len()
    }

    /// Of each customer 1 where it churned, else 0.
    pub(crate) fn outcomes(&self) -> Vec<f64> {
        self.churned.iter().map(|churned| f64::from(u8::from(*churned))).collect()
    }

    /// Totals, measures and tables.
    pub(crate) fn evaluation(&self) -> Result<Evaluation, LearnError> {
        summed_up(self)
    }
}

/// What makes predictions and outcomes mean the same: one horizon for both, and nothing discounted.
pub(crate) const fn like_outcomes(as_of: AsOf, horizon: Horizon) -> ScoreOptions {
    ScoreOptions { as_of, horizon, clv_horizon: horizon, discount_rate: DiscountRate::ZERO }
}

/// Refuses a window that reaches beyond the orders.
fn check_known(book: &OrderBook, as_of: AsOf, horizon: Horizon) -> Result<(), LearnError> {
    let last_event = book.last_event().ok_or(LearnError::NoOrders { as_of })?;
    if Outcome::is_known(last_event, as_of, horizon) {
        Ok(())
    } else {
        Err(LearnError::OutcomeUnknown { as_of, horizon, last_event })
    }
}
