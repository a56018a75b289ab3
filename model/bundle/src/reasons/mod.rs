//! Why a score is what it is: contributions that add up to it, in words, and what would change it.
//!
//! The log-odds of churn are taken apart into where the population's typical customer stands, what this customer's
//! frequency, silence and age move by the purchase model (exact Shapley values), what each feature moves by the learned
//! models (exact path-dependent Shapley values), and the level of the season. Nothing is approximated and nothing is
//! left out: start, contributions and level add up to the score's own log-odds.
//!
//! The predicted value is taken apart the same way, in money: `value.rs` says how.

mod band;
mod change;
mod explain;
mod importance;
mod plan;
mod shares;
mod typical;
mod value;
mod words;
mod words_zh;

use tenure_behaviour::fold::Value;
use tenure_core::Horizon;

pub use band::RiskBand;
pub use change::{Change, ChangeKind};
pub use importance::{Importance, ImportanceRow};
pub(crate) use plan::Plan;
pub use typical::Typical;
pub use value::{ValueContribution, ValueReasons};

use crate::Rung;

/// Which language reasons are worded in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Wording {
    /// English.
    #[default]
    English,
    /// Simplified Chinese.
    Chinese,
}

/// Where the contributions start from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// The typical customer of training.
    Typical,
    /// Somebody who ordered for the first time this instant, where a bundle keeps no typical customer; for a
    /// customer without an order, somebody who has waited as long for a first one.
    NewCustomer,
}

/// One customer's probability of churn, taken apart. All parts are in log-odds: above 0 raises the probability.
#[derive(Clone, Debug, PartialEq)]
pub struct Reasons {
    /// Which method answered.
    pub rung: Rung,
    /// How far ahead the probability looks.
    pub horizon: Horizon,
    /// The probability of churn within it, as in the score, in [0, 1].
    pub churn_probability: f64,
    /// Its log-odds, held where the probability is within 1e-6 of 0 or 1.
    pub log_odds: f64,
    /// Where the contributions start from.
    pub start_from: Start,
    /// The log-odds there.
    pub start: f64,
    /// What each cause adds, the largest first; those that add nothing are left out.
    pub contributions: Vec<Contribution>,
    /// What the level of the season, and the line on which it is set, add: the same for all customers of a rung.
    pub level: f64,
}

/// What one cause adds to the log-odds of churn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Contribution {
    /// What it is.
    pub cause: Cause,
    /// What it adds: above 0 raises the risk of churn, below lowers it.
    pub log_odds: f64,
}

/// What a contribution comes from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Cause {
    /// How often the customer ordered.
    Frequency {
        /// Occasions, the first among them.
        orders: u32,
        /// The same of the typical customer, if the bundle knows one.
        typical: Option<u32>,
    },
    /// How long ago the last order was.
    Silence {
        /// Days since it.
        days: f64,
        /// Days between orders; absent of those who ordered once.
        usual: Option<f64>,
        /// The same of customers who came back, if the bundle knows it.
        typical: Option<f64>,
    },
    /// How long the customer has been known.
    Age {
        /// Days since the first order.
        days: f64,
        /// The same of the typical customer, if the bundle knows one.
        typical: Option<f64>,
    },
    /// What an order of the customer is expected to be worth.
    Spend {
        /// By the spend model, in major units.
        expected: f64,
        /// The same of the typical customer, if the bundle knows one.
        typical: Option<f64>,
    },
    /// What the purchase model says as a whole, as far as learned models read it.
    PurchaseModel {
        /// Its probability of no order within the horizon.
        p_no_order: f64,
        /// The horizon.
        horizon: Horizon,
    },
    /// A feature of the behaviour language.
    Feature {
        /// Its place among the definitions of the boosted rung.
        place: usize,
        /// This customer's.
        value: Value,
        /// Of a time since the last event: the customer's days between such events, where the boosted rung reads them
        /// and there were two at least.
        usual: Option<f64>,
    },
}

impl Reasons {
    /// The band of the probability.
    #[must_use]
    pub fn band(&self) -> RiskBand {
        RiskBand::of(self.churn_probability)
    }

    /// All parts added up: the log-odds, to rounding.
    #[must_use]
    pub fn sum(&self) -> f64 {
        self.start + self.contributions.iter().map(|one| one.log_odds).sum::<f64>() + self.level
    }
}
