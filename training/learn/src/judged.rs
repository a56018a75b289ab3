//! Everybody's score at an as-of beside what then happened.

use std::collections::HashMap;
use std::sync::OnceLock;

use tenure_behaviour::fold::{CustomerState, Program};
use tenure_behaviour::{Fact, OrderHistory, Outcome};
use tenure_bundle::{ChurnDefinition, ChurnModel, Rung, Score, ScoreOptions, Scorer};
use tenure_core::{AsOf, CustomerId, DiscountRate, Horizon};

use crate::book::{OrderBook, outcome};
use crate::evaluate::summed_up;
use crate::visitors::{self, Visitors};
use crate::{Evaluation, Known, LearnError};

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
    /// Those who were known and had not ordered, where all events were at hand.
    pub(crate) visitors: Option<Visitors>,
}

impl Judged {
    /// Scores everybody with an order before the as-of of `options` from what was known then, and looks at what
    /// followed.
    ///
    /// # Errors
    /// When the orders end before the horizon, nobody ordered before the as-of, the events cannot be read, or churn is
    /// defined over another horizon, or by events that nobody here knows.
    pub(crate) fn new(
        scorer: &Scorer,
        known: &Known<'_>,
        happened: &Known<'_>,
        options: &ScoreOptions,
    ) -> Result<Self, LearnError> {
        let (as_of, horizon) = (options.as_of, options.horizon);
        scorer.check_horizon(horizon)?;
        check_known(&happened.book, as_of, horizon)?;
        let defined = defined(scorer, known, happened, as_of)?;
        let until = as_of.instant().saturating_add(horizon.length());
        let rule = &scorer.manifest().summary_rule;
        let score = |customer_id: &CustomerId, history: &OrderHistory, state: Option<&CustomerState>| {
            let refused = |source| LearnError::Customer { customer_id: customer_id.clone(), source };
            scorer.score_with(history, state, options).map_err(refused)
        };
        let mut all = Self::default();
        for (customer_id, score) in known.of_each_buyer(scorer, as_of, score)? {
            let defined = defined.as_ref().map(|defined| defined.get(customer_id) == Some(&true));
            let Score { rung, churn_probability, expected_orders, predicted_clv, .. } = score;
            let later = happened.book.history(customer_id);
            let (came, spent) = later.map_or((0, 0.0), |later| outcome(later, as_of, until, rule));
            all.rung.push(rung);
            all.churned.push(defined.unwrap_or(came == 0));
            all.probability.push(churn_probability);
            all.value.push(spent);
            all.predicted.push(predicted_clv.major_units);
            all.orders += f64::from(came);
            all.expected_orders += expected_orders;
        }
        if all.churned.is_empty() {
            return Err(LearnError::NoOrders { as_of });
        }
        all.visitors = visitors::judged(scorer, known, &happened.book, options)?;
        Ok(all)
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

/// To whom churn came as the bundle defines it, by what is known now of the customers of `known`; absent where it is no
/// order.
fn defined<'a>(
    scorer: &Scorer,
    known: &'a Known<'_>,
    happened: &Known<'_>,
    as_of: AsOf,
) -> Result<Option<HashMap<&'a CustomerId, bool>>, LearnError> {
    let Some(churn) = scorer.churn() else { return Ok(None) };
    let customers: HashMap<&CustomerId, OnceLock<bool>> =
        known.book.sorted().into_iter().map(|(customer_id, _)| (customer_id, OnceLock::new())).collect();
    let visit = |customer_id: &CustomerId, facts: &[Fact]| {
        if let Some(place) = customers.get(customer_id) {
            let _ = place.set(holds(churn.program(), facts, as_of));
        }
    };
    match &happened.facts {
        Some(facts) => facts.visit(&|customer_id| customers.contains_key(customer_id), &visit)?,
        None => check_orders_suffice(churn)?,
    }
    let found = |(customer_id, place): (&'a CustomerId, OnceLock<bool>)| {
        let by_orders = || {
            let orders = happened.book.history(customer_id);
            let facts: Vec<Fact> = orders.map(|orders| orders.facts().collect()).unwrap_or_default();
            holds(churn.program(), &facts, as_of)
        };
        (customer_id, place.into_inner().unwrap_or_else(by_orders))
    };
    Ok(Some(customers.into_iter().map(found).collect()))
}

/// Refuses a definition of churn by more than orders and refunds, where they are all that is known.
fn check_orders_suffice(churn: &ChurnModel) -> Result<(), LearnError> {
    let churn = churn.definition();
    if churn.reads_only_orders() {
        Ok(())
    } else {
        Err(LearnError::ChurnNeedsEvents { churn: churn.to_string() })
    }
}

fn holds(program: &Program, facts: &[Fact], as_of: AsOf) -> bool {
    let mut state = CustomerState::new(program);
    for fact in facts {
        state.apply(program, fact);
    }
    ChurnDefinition::holds(program, &state, as_of)
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
