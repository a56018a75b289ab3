//! Scoring a few made-up customers before a model is trusted with real ones.
//!
//! A file can be whole and still hold a model that answers with no number. It is found here, by customers
//! from none to many orders, before a label moves to it and before a server answers with it. It also touches the code
//! and the pages of the model, so that the first caller of a server does not wait for them.

use std::ops::RangeInclusive;

use tenure_behaviour::fold::CustomerState;
use tenure_behaviour::{BehaviourError, Fact, OrderHistory, Symbol};
use tenure_core::{AsOf, Duration, EventKind, Money};

use crate::{BoostedModel, Score, Scorer};

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

/// Orders of one customer within a horizon, and major units that they may be worth, beyond which no shop goes.
const MOST_ORDERS: f64 = 1e9;
const MOST_MONEY: f64 = 1e15;

/// Scores made-up customers with 0, 1, 2, 5, 12 and 400 orders, by their orders alone and, where the model reads
/// behaviour, with events of every kind that it asks for, and checks every number of their scores.
///
/// # Errors
/// When one cannot be scored, a probability is not from 0 to 1, expected orders are below 0 or beyond a billion,
/// or a value or an end of its interval is beyond 1e15 or no number.
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
        if let Some(trees) = scorer.behaviour() {
            let state = busy(trees, &history, place, as_of);
            let score = scorer.score_with(&history, Some(&state), &options).map_err(refused)?;
            check(&score, n_orders)?;
        }
    }
    Ok(())
}

/// The state of a customer who also did some of all else that the model asks for, every other day up to the as-of.
fn busy(trees: &BoostedModel, history: &OrderHistory, place: u32, as_of: AsOf) -> CustomerState {
    let orders = [EventKind::Order, EventKind::Refund];
    let others = trees.kinds().iter().filter(|kind| !orders.contains(kind));
    let mut facts: Vec<Fact> = history.facts().collect();
    for (order, kind) in others.enumerate() {
        for back in 1..=(place + order as u32) % 7 {
            let at = as_of.instant().saturating_sub(Duration::from_days(2 * back));
            facts.push(Fact::new(Symbol::of(kind.as_str()), at));
        }
    }
    facts.sort_by_key(Fact::known_at);
    let mut state = CustomerState::new(trees.program());
    for fact in &facts {
        state.apply(trees.program(), fact);
    }
    state
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
        ("expected_orders", score.expected_orders, 0.0..=MOST_ORDERS),
        ("predicted_clv", score.predicted_clv.major_units, -MOST_MONEY..=MOST_MONEY),
    ];
    for interval in score.intervals.iter().flatten() {
        parts.push(("the lower end of value", interval.low, -MOST_MONEY..=MOST_MONEY));
        parts.push(("the upper end of value", interval.high, interval.low..=MOST_MONEY));
    }
    parts.extend(score.churn.iter().map(|churn| ("churn", churn.churn_probability, SHARE)));
    match parts.into_iter().find(|(_, value, range)| !range.contains(value)) {
        Some((field, value, _)) => Err(WarmUpError::OutOfRange { n_orders, field, value }),
        None => Ok(()),
    }
}
