//! What a customer's score says.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tenure_behaviour::rfm::{RfmScore, RfmSegment};
use tenure_core::{AsOf, DiscountRate, EventKind, ExpectedMoney, Horizon, Timestamp};
use tenure_predict::Confidence;

use crate::no_trees::NoTrees;

/// Which method answered: the fallback ladder, lowest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rung {
    /// No order yet: how likely a first one is after so long a wait, and what follows it.
    Prior,
    /// A buy-till-you-die model, from orders alone.
    Btyd,
    /// Boosted trees over behaviour, which correct the buy-till-you-die model.
    Boosted,
}

impl Rung {
    /// The name used in files and on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Prior => "prior",
            Self::Btyd => "btyd",
            Self::Boosted => "boosted",
        }
    }
}

/// What the next rung of the ladder would need.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NextRung {
    /// Nothing: the highest answered.
    Highest,
    /// The customer's first order.
    FirstOrder,
    /// Events from before first orders, which the training did not have: nothing is known of who orders at all.
    EarlierEvents,
    /// What trees would need, as training found out.
    Trees(NoTrees),
    /// The same by a bundle that does not keep what training found out: a longer history, or more buyers.
    MoreHistory,
    /// Events of these kinds, which were not given with the question.
    Events(Vec<EventKind>),
}

impl fmt::Display for NextRung {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Highest => f.write_str("nothing: the highest rung answered"),
            Self::FirstOrder => f.write_str("a first order"),
            Self::EarlierEvents => f.write_str(
                "a first order, or a model trained on what people did before theirs: until then nothing is expected",
            ),
            Self::Trees(needed) => needed.fmt(f),
            Self::MoreHistory => f.write_str("a longer history of the shop, or more buyers"),
            Self::Events(kinds) => {
                f.write_str("events of the kinds ")?;
                for (index, kind) in kinds.iter().enumerate() {
                    f.write_str(if index == 0 { "" } else { ", " })?;
                    f.write_str(kind.as_str())?;
                }
                Ok(())
            }
        }
    }
}

/// The probability of churn within one horizon.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HorizonChurn {
    /// How far ahead.
    pub horizon: Horizon,
    /// Probability of no order in `[as_of, as_of + horizon)`, or of what the bundle defines as churn, in [0, 1].
    pub churn_probability: f64,
}

/// Where the net spend within the CLV horizon will lie, so often as it says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ValueInterval {
    /// How often.
    pub confidence: Confidence,
    /// The lower end in major units, at least 0.
    pub low: f64,
    /// The upper end in major units.
    pub high: f64,
}

/// When the next order is to be expected, given that it comes within the CLV horizon.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NextOrder {
    /// Median instant of the next order.
    pub expected_at: Timestamp,
    /// One order in ten comes before this.
    pub earliest_at: Timestamp,
    /// One order in ten comes after this.
    pub latest_at: Timestamp,
    /// By what.
    pub source: DateSource,
}

/// By what the date of the next order is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DateSource {
    /// The purchase model, as for all customers with as many orders as long ago.
    PurchaseModel,
    /// The times between the customer's own orders, which were even enough.
    OwnRhythm,
}

/// What to ask of the scorer; [`Scorer::defaults`](crate::Scorer::defaults) fills it from the bundle.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ScoreOptions {
    /// Only orders before this are used.
    pub as_of: AsOf,
    /// Horizon of `churn_probability`; where the bundle defines churn, the window of that.
    pub horizon: Horizon,
    /// Horizon of `predicted_clv` and `expected_orders`.
    pub clv_horizon: Horizon,
    /// Annual rate at which `predicted_clv` is discounted.
    pub discount_rate: DiscountRate,
}

/// One customer's score at one as-of.
#[derive(Clone, Debug, PartialEq)]
pub struct Score {
    /// Which method answered.
    pub rung: Rung,
    /// Probability of no order in `[as_of, as_of + horizon)`, or of what the bundle defines as churn, in [0, 1].
    pub churn_probability: f64,
    /// The same at every horizon of the bundle, shortest first; never rises with the horizon.
    pub churn: Vec<HorizonChurn>,
    /// Expected purchase occasions within the CLV horizon, at least 0.
    pub expected_orders: f64,
    /// Expected net spend within the CLV horizon, discounted.
    pub predicted_clv: ExpectedMoney,
    /// Where the spend of four customers in five, and of nineteen in twenty, with such a prediction lies; absent
    /// where the backtests of the training had too few payers to tell.
    pub intervals: Option<[ValueInterval; 2]>,
    /// What the next rung would need.
    pub next_rung: NextRung,
    /// Probability that the customer has not left for good, in [0, 1]; without an order, that a first one ever
    /// comes. Not the complement of churn.
    pub p_alive: f64,
    /// When the next order is to be expected; absent where an order is all but excluded.
    pub next_order: Option<NextOrder>,
    /// Quintiles of recency, frequency and monetary value; absent without an order.
    pub rfm: Option<RfmScore>,
    /// Name of the R x F cell.
    pub segment: RfmSegment,
    /// What was asked.
    pub options: ScoreOptions,
    /// Version of the model that answered.
    pub model_version: Arc<str>,
}
