//! Scoring a few made-up customers before anybody asks.
//!
//! It touches the code and the pages of the model, so that the first caller does not wait for them, and a
//! model whose answers are no probabilities or no numbers never serves.

use tenure_behaviour::{BehaviourError, OrderHistory};
use tenure_bundle::{Score, Scorer};
use tenure_core::{AsOf, Duration, EventKind, Money};

/// Why a model may not serve.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WarmUpError {
    /// A made-up customer could not be scored.
    #[error("a customer with {n_orders} orders could not be scored")]
    Refused {
        /// Orders of that customer.
        n_orders: u32,
        /// Why not.
        source: BehaviourError,
    },
    /// A score is out of its range or not a number.
    #[error("a customer with {n_orders} orders got {field} = {value}, which is out of range: train again")]
    OutOfRange {
        /// Orders of that customer.
        n_orders: u32,
        /// Which part of the score.
        field: &'static str,
        /// Its value.
        value: f64,
    },
}

/// Scores `n_customers` made-up customers, with 0 to 12 orders each, the last one days to years ago.
pub(crate) fn warm_up(scorer: &Scorer, n_customers: u32, as_of: AsOf) -> Result<(), WarmUpError> {
    let options = scorer.defaults(as_of);
    for i in 0..n_customers {
        let n_orders = i % 13;
        let refused = |source| WarmUpError::Refused { n_orders, source };
        let history = history(scorer, n_orders, as_of, i).map_err(refused)?;
        let score = scorer.score(&history, &options).map_err(refused)?;
        check(&score, n_orders)?;
    }
    Ok(())
}

/// Orders 1 to 60 days apart, the last 1 to 700 days before the as-of.
fn history(scorer: &Scorer, n_orders: u32, as_of: AsOf, i: u32) -> Result<OrderHistory, BehaviourError> {
    let mut history = OrderHistory::new(scorer.currency());
    let (gap_days, silence_days) = (1 + i * 7 % 60, 1 + i * 37 % 700);
    for order in (0..n_orders).rev() {
        let ago = Duration::from_days(silence_days + order * gap_days);
        let amount = Money::from_minor_units(i64::from(100 + i * 131 % 20_000), scorer.currency());
        history.record(&EventKind::Order, as_of.instant().saturating_sub(ago), amount)?;
    }
    Ok(history)
}

fn check(score: &Score, n_orders: u32) -> Result<(), WarmUpError> {
    let at_least_zero = 0.0..=f64::MAX;
    let clv = score.predicted_clv.major_units;
    let mut parts = vec![
        ("churn_probability", score.churn_probability, 0.0..=1.0),
        ("p_alive", score.p_alive, 0.0..=1.0),
        ("expected_orders", score.expected_orders, at_least_zero),
        ("predicted_clv", clv, f64::MIN..=f64::MAX),
    ];
    parts.extend(score.churn.iter().map(|churn| ("churn", churn.churn_probability, 0.0..=1.0)));
    match parts.into_iter().find(|(_, value, range)| !range.contains(value)) {
        Some((field, value, _)) => Err(WarmUpError::OutOfRange { n_orders, field, value }),
        None => Ok(()),
    }
}
