//! Everybody's score at an as-of beside what then happened.

use std::collections::HashMap;
use std::sync::OnceLock;

use tenure_behaviour::fold::CustomerState;
use tenure_behaviour::{BehaviourError, Fact, OrderHistory, Outcome};
use tenure_bundle::{Rung, Score, ScoreOptions, Scorer};
use tenure_core::{AsOf, CustomerId, DiscountRate, Horizon};

use crate::book::{OrderBook, outcome};
use crate::evaluate::{Hindsight, summed_up};
use crate::visitors::{self, Visitors};
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
    /// Those who were known and had not ordered, where all events were at hand.
    pub(crate) visitors: Option<Visitors>,
}

impl Judged {
    /// Scores everybody with an order before the as-of of `options`, and looks at what followed.
    ///
    /// # Errors
    /// When the orders end before the horizon, or nobody ordered before the as-of.
    pub(crate) fn new(scorer: &Scorer, book: &OrderBook, options: &ScoreOptions) -> Result<Self, LearnError> {
        let score = |customer_id: &CustomerId, history: &OrderHistory| {
            let refused = |source| LearnError::Customer { customer_id: customer_id.clone(), source };
            scorer.score(history, options).map_err(refused)
        };
        Self::by(&score, scorer, (book, book), options)
    }

    /// The same from all events: scored from what was known before the as-of, compared with what is known now.
    ///
    /// # Errors
    /// As [`Self::new`]; also when the events cannot be read.
    pub(crate) fn in_hindsight(
        scorer: &Scorer,
        seen: Hindsight<'_>,
        options: &ScoreOptions,
    ) -> Result<Self, LearnError> {
        let scores = scores(scorer, seen, options)?;
        let score = |customer_id: &CustomerId, history: &OrderHistory| {
            let refused = |source| LearnError::Customer { customer_id: customer_id.clone(), source };
            let found = scores.get(customer_id).and_then(OnceLock::get).cloned();
            found.unwrap_or_else(|| scorer.score_with(history, None, options)).map_err(refused)
        };
        let judged = Self::by(&score, scorer, (seen.known, seen.happened), options)?;
        Ok(Self { visitors: visitors::judged(scorer, seen, options)?, ..judged })
    }

    fn by(
        score: &dyn Fn(&CustomerId, &OrderHistory) -> Result<Score, LearnError>,
        scorer: &Scorer,
        (known, happened): (&OrderBook, &OrderBook),
        options: &ScoreOptions,
    ) -> Result<Self, LearnError> {
        let (as_of, horizon) = (options.as_of, options.horizon);
        check_known(happened, as_of, horizon)?;
        let until = as_of.instant().saturating_add(horizon.length());
        let rule = &scorer.manifest().summary_rule;
        let mut all = Self::default();
        for (customer_id, history) in known.sorted() {
            if !history.has_order_before(as_of) {
                continue;
            }
            let Score { rung, churn_probability, expected_orders, predicted_clv, .. } =
                score(customer_id, history)?;
            let later = happened.history(customer_id);
            let (happened, spent) = later.map_or((0, 0.0), |later| outcome(later, as_of, until, rule));
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

/// A score that is made when the customer's facts are read.
type Answer = OnceLock<Result<Score, BehaviourError>>;

/// Scores from all events known before the as-of, of everybody with an order among them; nothing where the bundle
/// reads no events.
fn scores<'a>(
    scorer: &Scorer,
    seen: Hindsight<'a>,
    options: &ScoreOptions,
) -> Result<HashMap<&'a CustomerId, Answer>, LearnError> {
    let Some(boosted) = scorer.boosted() else { return Ok(HashMap::new()) };
    let buyers = seen.known.sorted().into_iter();
    let scores: HashMap<_, _> = buyers
        .filter(|(_, history)| history.has_order_before(options.as_of))
        .map(|(customer_id, _)| (customer_id, OnceLock::new()))
        .collect();
    let visit = |customer_id: &CustomerId, facts: &[Fact]| {
        let (Some(place), Some(history)) = (scores.get(customer_id), seen.known.history(customer_id)) else {
            return;
        };
        let mut state = CustomerState::new(boosted.program());
        for fact in facts.iter().take_while(|fact| options.as_of.knows(fact.known_at())) {
            state.apply(boosted.program(), fact);
        }
        let _ = place.set(scorer.score_with(history, Some(&state), options));
    };
    seen.facts.visit(&|customer_id| scores.contains_key(customer_id), &visit)?;
    Ok(scores)
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
