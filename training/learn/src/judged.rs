//! Everybody's score at an as-of beside what then happened.

use std::collections::HashMap;
use std::sync::OnceLock;

use tenure_behaviour::fold::{CustomerState, FoldError, Program, Settings};
use tenure_behaviour::{BehaviourError, Fact, OrderHistory, Outcome};
use tenure_bundle::{BoostedModel, ChurnDefinition, ChurnModel, Rung, Score, ScoreOptions, Scorer};
use tenure_core::{AsOf, CustomerId, DiscountRate, Horizon};

use crate::book::{OrderBook, outcome};
use crate::evaluate::{Hindsight, summed_up};
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
        scorer.check_horizon(options.horizon)?;
        let labels = Labels::of_orders(scorer)?;
        let say = |customer_id: &CustomerId, history: &OrderHistory| {
            let refused = |source| LearnError::Customer { customer_id: customer_id.clone(), source };
            let churned = labels.as_ref().map(|labels| {
                let facts: Vec<Fact> = history.facts().collect();
                labels.hold(&facts, options.as_of)
            });
            Ok((scorer.score(history, options).map_err(refused)?, churned))
        };
        Self::by(&say, scorer, (book, book), options)
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
        scorer.check_horizon(options.horizon)?;
        let labels = Labels::of(scorer)?;
        let answers = answers(scorer, seen, labels.as_ref(), options)?;
        let say = |customer_id: &CustomerId, history: &OrderHistory| {
            let refused = |source| LearnError::Customer { customer_id: customer_id.clone(), source };
            match answers.get(customer_id).and_then(OnceLock::get).cloned() {
                Some((score, churned)) => Ok((score.map_err(refused)?, churned)),
                None => {
                    let score = scorer.score_with(history, None, options).map_err(refused)?;
                    Ok((score, labels.as_ref().map(|labels| labels.hold(&[], options.as_of))))
                }
            }
        };
        Self::by(&say, scorer, (seen.known, seen.happened), options)
    }

    fn by(
        say: &dyn Fn(&CustomerId, &OrderHistory) -> Result<Said, LearnError>,
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
            let (score, churned) = say(customer_id, history)?;
            let Score { rung, churn_probability, expected_orders, predicted_clv, .. } = score;
            let later = happened.history(customer_id);
            let (happened, spent) = later.map_or((0, 0.0), |later| outcome(later, as_of, until, rule));
            all.rung.push(rung);
            all.churned.push(churned.unwrap_or(happened == 0));
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

/// A customer's score, and whether churn came as the bundle defines it; absent where it is no order.
type Said = (Score, Option<bool>);

/// The same, made when the customer's facts are read.
type Answer = OnceLock<(Result<Score, BehaviourError>, Option<bool>)>;

/// Scores from all events known before the as-of, of everybody with an order among them; nothing where the bundle
/// reads no events.
fn answers<'a>(
    scorer: &Scorer,
    seen: Hindsight<'a>,
    labels: Option<&Labels>,
    options: &ScoreOptions,
) -> Result<HashMap<&'a CustomerId, Answer>, LearnError> {
    let program = scorer.behaviour().map(BoostedModel::program);
    if program.is_none() && labels.is_none() {
        return Ok(HashMap::new());
    }
    let buyers = seen.known.sorted().into_iter();
    let answers: HashMap<_, _> = buyers
        .filter(|(_, history)| history.has_order_before(options.as_of))
        .map(|(customer_id, _)| (customer_id, OnceLock::new()))
        .collect();
    let visit = |customer_id: &CustomerId, facts: &[Fact]| {
        let (Some(place), Some(history)) = (answers.get(customer_id), seen.known.history(customer_id)) else {
            return;
        };
        let state = program.map(|program| {
            let mut state = CustomerState::new(program);
            for fact in facts.iter().take_while(|fact| options.as_of.knows(fact.known_at())) {
                state.apply(program, fact);
            }
            state
        });
        let churned = labels.map(|labels| labels.hold(facts, options.as_of));
        let _ = place.set((scorer.score_with(history, state.as_ref(), options), churned));
    };
    seen.facts.visit(&|customer_id| answers.contains_key(customer_id), &visit)?;
    Ok(answers)
}

/// Tells from facts whether churn came as a bundle defines it.
struct Labels {
    program: Program,
}

impl Labels {
    /// Absent where churn is no order.
    fn of(scorer: &Scorer) -> Result<Option<Self>, LearnError> {
        let manifest = scorer.manifest();
        let settings =
            Settings { currency: manifest.currency, time_zone: manifest.summary_rule.time_zone.clone() };
        let program = |churn: &ChurnModel| {
            let refused = |source: FoldError| LearnError::InvalidChurn { source: source.into() };
            Ok(Self { program: churn.definition().program(&settings).map_err(refused)? })
        };
        scorer.churn().map(program).transpose()
    }

    /// The same, where orders and refunds are all that is at hand.
    fn of_orders(scorer: &Scorer) -> Result<Option<Self>, LearnError> {
        match scorer.churn().map(ChurnModel::definition) {
            Some(churn) if !churn.reads_only_orders() => {
                Err(LearnError::ChurnNeedsEvents { churn: churn.to_string() })
            }
            _ => Self::of(scorer),
        }
    }

    fn hold(&self, facts: &[Fact], as_of: AsOf) -> bool {
        let mut state = CustomerState::new(&self.program);
        for fact in facts {
            state.apply(&self.program, fact);
        }
        ChurnDefinition::holds(&self.program, &state, as_of)
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
