//! What a bundle says of one customer, as far as a page needs it.

use tenure_behaviour::fold::CustomerState;
use tenure_behaviour::rfm::RfmSegment;
use tenure_behaviour::{BehaviourError, Fact, OrderHistory};
use tenure_bundle::{ChurnModel, Rung, ScoreOptions, Scorer, ValueInterval};
use tenure_core::{AsOf, DiscountRate};

use crate::ReportError;
use crate::report::Ask;

/// One customer of a shop, without a name.
#[derive(Clone, Copy, Debug)]
pub struct Customer<'a> {
    /// All that is known of their orders and refunds by now.
    pub happened: &'a OrderHistory,
    /// What was known of these at the as-of, and what the bundle then said; absent of whoever had not ordered yet.
    pub asked: Option<(&'a OrderHistory, Answer)>,
    /// Whether churn came as the bundle defines it; absent where it defines none.
    pub churned: Option<Churned>,
}

/// Whether churn came to a customer, in two windows of the definition's length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Churned {
    /// In the one that begins at the as-of; of no meaning where that is not over yet.
    pub after: bool,
    /// In the one that [ends there](Ask::window_before), by what was known at the as-of: to see what the past rate of
    /// orders says of churn.
    pub before: bool,
}

impl<'a> Customer<'a> {
    /// Of whom orders and refunds are all that is known, each from when it happened.
    pub(crate) fn of_orders(
        scorer: &Scorer,
        happened: &'a OrderHistory,
        ask: Ask,
    ) -> Result<Self, ReportError> {
        if !happened.has_order_before(ask.as_of) {
            return Ok(Self { happened, asked: None, churned: None });
        }
        let state = scorer.state_of(happened, ask.as_of);
        let answer = Answer::of(scorer, happened, state.as_ref(), ask)?;
        let churned = scorer.churn().map(|churn| Churned::by_orders(churn, happened, ask)).transpose()?;
        Ok(Self { happened, asked: Some((happened, answer)), churned })
    }
}

impl Churned {
    fn by_orders(churn: &ChurnModel, happened: &OrderHistory, ask: Ask) -> Result<Self, ReportError> {
        if !churn.definition().reads_only_orders() {
            return Err(ReportError::ChurnUntold { churn: churn.definition().to_string() });
        }
        let facts: Vec<Fact> = happened.facts().collect();
        Ok(Self { after: churn.held(&facts, ask.as_of), before: churn.held(&facts, ask.window_before()) })
    }
}

/// What a bundle says of one customer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Answer {
    /// Which method answered.
    pub rung: Rung,
    /// Where the customer stands by recency, frequency and monetary value.
    pub segment: RfmSegment,
    /// Probability of no order within the horizon, or of what the bundle defines as churn, in [0, 1].
    pub churn_probability: f64,
    /// Purchase occasions within the horizon.
    pub expected_orders: f64,
    /// Net spend within the horizon, undiscounted, in major units.
    pub value: f64,
    /// Net spend within the bundle's CLV horizon, discounted at its rate, in major units.
    pub clv: f64,
    /// Between which amounts the net spend within the horizon should lie, where the bundle says so.
    pub intervals: Option<[ValueInterval; 2]>,
}

impl Answer {
    /// Asks the bundle, from orders and refunds and from the state of all events that its boosted rung needs;
    /// without one the purchase model answers.
    ///
    /// # Errors
    /// When the history is in another currency than the bundle, or its spend leaves 64 bits.
    pub fn of(
        scorer: &Scorer,
        history: &OrderHistory,
        state: Option<&CustomerState>,
        ask: Ask,
    ) -> Result<Self, BehaviourError> {
        let score = scorer.score_with(history, state, &ask.like_outcomes())?;
        let of_bundle = scorer.score_with(history, state, &scorer.defaults(ask.as_of))?;
        Ok(Self {
            rung: score.rung,
            segment: score.segment,
            churn_probability: score.churn_probability,
            expected_orders: score.expected_orders,
            value: score.predicted_clv.major_units,
            clv: of_bundle.predicted_clv.major_units,
            intervals: score.intervals,
        })
    }
}

impl Ask {
    /// When a window as long as the horizon began that ended at the as-of.
    #[must_use]
    pub fn window_before(self) -> AsOf {
        AsOf::new(self.as_of.instant().saturating_sub(self.horizon.length()))
    }

    /// One horizon for churn and value, and nothing discounted: as outcomes are counted.
    #[must_use]
    pub const fn like_outcomes(self) -> ScoreOptions {
        ScoreOptions {
            as_of: self.as_of,
            horizon: self.horizon,
            clv_horizon: self.horizon,
            discount_rate: DiscountRate::ZERO,
        }
    }
}
