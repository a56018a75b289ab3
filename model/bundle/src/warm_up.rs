//! Scoring a few made-up customers before a model is trusted with real ones.
//!
//! A file can be whole and still hold a model that answers with no number. It is found here, by customers
//! from none to many orders, before a label moves to it and before a server answers with it. It also touches the code
//! and the pages of the model, so that the first caller of a server does not wait for them.

use std::ops::RangeInclusive;

use tenure_behaviour::{BehaviourError, OrderHistory};
use tenure_core::{AsOf, Duration, EventKind, Money};

use crate::{Score, Scorer};

/// What the first made-up customers are like: nobody yet, one-time buyers, regulars, and one who buys all the time.
const FIRST: [Habit; 7] = [
    Habit { orders: 0, silence_days: 0, gap_days: 1 },
    Habit { orders: 1, silence_days: 2, gap_days: 1 },
    Habit { orders: 1, silence_days: 700, gap_days: 1 },
    Habit { orders: 2, silence_days: 45, gap_days: 60 },
    Habit { orders: 5, silence_days: 9, gap_days: 30 },
    Habit { orders: 12, silence_days: 365, gap_days: 21 },
    Habit { orders: 400, silence_days: 1, gap_days: 1 },
];

/// How a made-up customer orders: evenly spaced.
#[derive(Clone, Copy, Debug)]
struct Habit {
    orders: u32,
    /// Days since the last order.
    silence_days: u32,
    /// Days between orders.
    gap_days: u32,
}

impl Habit {
    /// The first are all different; later ones have 0 to 12 orders 1 to 60 days apart, the last 1 to 700 days ago.
    fn of(place: u32) -> Self {
        let later = || Self {
            orders: place % 13,
            silence_days: 1 + place % 700 * 37 % 700,
            gap_days: 1 + place % 60 * 7 % 60,
        };
        FIRST.get(place as usize).copied().unwrap_or_else(later)
    }
}

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
    warm_up_with(scorer, FIRST.len() as u32, as_of)
}

/// The same with so many made-up customers: those of [`warm_up`] come first.
///
/// # Errors
/// As [`warm_up`].
pub fn warm_up_with(scorer: &Scorer, n_customers: u32, as_of: AsOf) -> Result<(), WarmUpError> {
    let options = scorer.defaults(as_of);
    for place in 0..n_customers {
        let habit = Habit::of(place);
        let n_orders = habit.orders;
        let refused = |source| WarmUpError::Refused { n_orders, source };
        let history = history(scorer, habit, as_of).map_err(refused)?;
        let score = scorer.score(&history, &options).map_err(refused)?;
        check(&score, n_orders)?;
    }
    Ok(())
}

fn history(scorer: &Scorer, habit: Habit, as_of: AsOf) -> Result<OrderHistory, BehaviourError> {
    let Habit { orders, silence_days, gap_days } = habit;
    let mut history = OrderHistory::new(scorer.currency());
    for order in (0..orders).rev() {
        let ago = Duration::from_days(silence_days + order * gap_days);
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
