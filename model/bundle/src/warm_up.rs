//! Scoring a few made-up customers before a model is trusted with real ones.
//!
//! A file can be whole and still hold a model that answers with no number. It is found here, by customers
//! from none to many orders, before a label moves to it.

use std::ops::RangeInclusive;

use tenure_behaviour::{BehaviourError, OrderHistory};
use tenure_core::{AsOf, Duration, EventKind, Money};

use crate::{Score, Scorer};

/// Orders of each made-up customer: nobody yet, one-time buyers, regulars, and one who buys all the time.
const ORDERS: [u32; 7] = [0, 1, 1, 2, 5, 12, 400];

/// Days since the last order of each.
const SILENCE_DAYS: [u32; 7] = [0, 2, 700, 45, 9, 365, 1];

/// Days between orders of each.
const GAP_DAYS: [u32; 7] = [1, 1, 1, 60, 30, 21, 1];

/// Why a model may not be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WarmUpError {
    /// A made-up customer could not be scored.
    #[error("a customer with {n_orders} orders could not be scored: {source}")]
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

/// Scores made-up customers with 0, 1, 2, 5, 12 and 400 orders and checks every number of their scores.
///
/// # Errors
/// When one cannot be scored, a probability is not from 0 to 1, expected orders are below 0, or a value is
/// not finite.
pub fn warm_up(scorer: &Scorer, as_of: AsOf) -> Result<(), WarmUpError> {
    let options = scorer.defaults(as_of);
    for (index, n_orders) in ORDERS.into_iter().enumerate() {
        let refused = |source| WarmUpError::Refused { n_orders, source };
        let history = history(scorer, index, as_of).map_err(refused)?;
        let score = scorer.score(&history, &options).map_err(refused)?;
        check(&score, n_orders)?;
    }
    Ok(())
}

/// What one of them ordered, evenly spaced.
fn history(scorer: &Scorer, index: usize, as_of: AsOf) -> Result<OrderHistory, BehaviourError> {
    let mut history = OrderHistory::new(scorer.currency());
    for order in (0..ORDERS[index]).rev() {
        let ago = Duration::from_days(SILENCE_DAYS[index] + order * GAP_DAYS[index]);
        let amount = Money::from_minor_units(2_500 + 700 * i64::from(order % 5), scorer.currency());
        history.record(&EventKind::Order, as_of.instant().saturating_sub(ago), amount)?;
    }
    Ok(history)
}

fn check(score: &Score, n_orders: u32) -> Result<(), WarmUpError> {
    const SHARE: RangeInclusive<f64> = 0.0..=1.0;
    let mut parts = vec![
        ("churn_probability", score.churn_probability, SHARE),
        ("p_alive", score.p_alive, SHARE),
        ("expected_orders", score.expected_orders, 0.0..=f64::MAX),
        ("predicted_clv", score.predicted_clv.major_units, f64::MIN..=f64::MAX),
    ];
    parts.extend(score.churn.iter().map(|churn| ("churn", churn.churn_probability, SHARE)));
    match parts.into_iter().find(|(_, value, range)| !range.contains(value)) {
        Some((field, value, _)) => Err(WarmUpError::OutOfRange { n_orders, field, value }),
        None => Ok(()),
    }
}
