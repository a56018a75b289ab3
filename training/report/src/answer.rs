//! What a bundle says of one customer, as far as a page needs it.

use tenure_behaviour::fold::CustomerState;
use tenure_behaviour::rfm::RfmSegment;
use tenure_behaviour::{BehaviourError, OrderHistory};
use tenure_bundle::{Rung, ScoreOptions, Scorer, ValueInterval};
use tenure_core::DiscountRate;

use crate::ReportError;
use crate::report::Ask;

/// One customer of a shop, without a name.
#[derive(Clone, Copy, Debug)]
pub struct Customer<'a> {
    /// All that is known of their orders and refunds by now.
    pub happened: &'a OrderHistory,
    /// What was known of these at the as-of, and what the bundle then said; absent of whoever had not ordered yet.
    pub asked: Option<(&'a OrderHistory, Answer)>,
}

impl<'a> Customer<'a> {
    /// Of whom orders and refunds are all that is known, each from when it happened.
    pub(crate) fn of_orders(
        scorer: &Scorer,
        happened: &'a OrderHistory,
        ask: Ask,
    ) -> Result<Self, ReportError> {
        if !happened.has_order_before(ask.as_of) {
            return Ok(Self { happened, asked: None });
        }
        let state = scorer.state_of(happened, ask.as_of);
        let answer = Answer::of(scorer, happened, state.as_ref(), ask)?;
        Ok(Self { happened, asked: Some((happened, answer)) })
    }
}

/// What a bundle says of one customer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Answer {
    /// Which method answered.
    pub rung: Rung,
    /// Where the customer stands by recency, frequency and monetary value.
    pub segment: RfmSegment,
    /// Probability of no order within the horizon, in [0, 1].
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
