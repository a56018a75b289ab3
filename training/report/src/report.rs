//! All that a page shows, as numbers.

use rayon::iter::{IntoParallelRefIterator, ParallelIterator};
use tenure_behaviour::OrderHistory;
use tenure_bundle::{Manifest, Rung, Scorer};
use tenure_core::{AsOf, Currency, Horizon, Timestamp};
use tenure_predict::Point;

use crate::answer::Customer;
use crate::meaning::Meaning;
use crate::measured::{Coverage, Drift, Importance};
use crate::proof::Proof;
use crate::{ReportError, collect};

/// What to report on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ask {
    /// Only orders before this are known to the predictions.
    pub as_of: AsOf,
    /// How far ahead churn, orders and value are compared with what came.
    pub horizon: Horizon,
}

/// A bundle and a shop, summed up; no customer is in it.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// What the bundle says about itself.
    pub manifest: Manifest,
    /// What was asked.
    pub ask: Ask,
    /// What churn is, where it is not no order within the horizon.
    pub churn: Option<DefinedChurn>,
    /// The latest order or refund of the file.
    pub last_event: Timestamp,
    /// Everybody with an order before the as-of.
    pub population: Population,
    /// Predictions beside what happened; absent where the file ends before the horizon does.
    pub proof: Option<Proof>,
    /// Repeat orders over time, actual and expected.
    pub tracking: Tracking,
    /// What the model thinks by number of orders and time since the last.
    pub heat: Heat,
    /// Who came back, by month of first order.
    pub cohorts: Cohorts,
    /// How customer lifetime value spreads.
    pub value: ValueSpread,
    /// Segments in their order; a page shows those with customers.
    pub segments: Vec<SegmentLine>,
    /// How often intervals of value held what came, where that is known and the bundle gives any.
    pub coverage: Option<Coverage>,
    /// What moves the predictions, where that was measured.
    pub importance: Option<Vec<Importance>>,
    /// How far the shop has moved from the data of training, where that was measured.
    pub drift: Option<Drift>,
}

impl Report {
    /// What churn is on the page.
    pub(crate) const fn meaning(&self) -> Meaning {
        if self.churn.is_some() { Meaning::Defined } else { Meaning::NoOrder }
    }

    /// Scores every customer by orders and refunds alone and sums up; histories may come in any order and need no
    /// name.
    ///
    /// # Errors
    /// When nobody has an order before the as-of, a history is in another currency than the bundle, or churn is defined
    /// over another horizon or by more than orders.
    pub fn of(scorer: &Scorer, histories: &[&OrderHistory], ask: Ask) -> Result<Self, ReportError> {
        let answered = |happened| Customer::of_orders(scorer, happened, ask);
        let customers: Result<Vec<Customer<'_>>, ReportError> =
            histories.par_iter().copied().map(answered).collect();
        Self::of_customers(scorer, &customers?, ask)
    }

    /// Sums up what a bundle said of every customer, and what came; customers may come in any order.
    ///
    /// # Errors
    /// When nobody has an answer, a history is in another currency than the bundle, or it is not said to whom churn came
    /// that the bundle defines.
    pub fn of_customers(scorer: &Scorer, customers: &[Customer<'_>], ask: Ask) -> Result<Self, ReportError> {
        collect::report(scorer, customers, ask)
    }
}

/// A definition of churn, and what predicts it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DefinedChurn {
    /// In the behaviour language.
    pub definition: String,
    /// In English words.
    pub reading: String,
    /// In Chinese words.
    pub reading_zh: String,
    /// Whether trees predict it, for customers of whom all events are known; otherwise it is read off the purchase
    /// model's chance of no order.
    pub has_trees: bool,
    /// Whether trees correct orders and value, for the same customers.
    pub orders_have_trees: bool,
    /// How the past rate of orders was turned into churn, to compare with.
    pub past_rate: PastRateLine,
}

/// By which line the past rate's log-odds of no order are turned into those of a definition of churn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PastRateLine {
    /// The one that fits the window that ended at the as-of best.
    WindowBefore,
    /// The bundle's own, made for its purchase model: too little was known of the window before.
    Bundle,
}

/// Totals over everybody with an order before the as-of.
#[derive(Clone, Debug, PartialEq)]
pub struct Population {
    /// Customers, at least 1.
    pub customers: u64,
    /// Those with more than one purchase occasion.
    pub repeat_customers: u64,
    /// Mean probability of churn within the horizon, in [0, 1].
    pub mean_churn_probability: f64,
    /// Purchase occasions expected within the horizon.
    pub expected_orders: f64,
    /// Net spend predicted over the CLV horizon, discounted, in major units.
    pub clv_total: f64,
    /// For how many customers which method answered, lowest rung first.
    pub rungs: Vec<(Rung, u64)>,
    /// Whether the level of last year's season moves what the purchase model answers.
    pub in_season: bool,
}

/// Cumulative repeat orders at points in time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tracking {
    /// The points before and at the as-of, and what had come by then.
    pub before: Vec<(Timestamp, f64)>,
    /// What the model expects of all customers from their first order on, at the same points.
    pub fitted: Vec<f64>,
    /// From the as-of on: what the scores expect, beginning with what had come.
    pub expected: Vec<(Timestamp, f64)>,
    /// What came of the customers known at the as-of, as far as the file goes.
    pub after: Vec<(Timestamp, f64)>,
    /// Weeks between two points before the as-of.
    pub step_weeks: u32,
}

/// What the model thinks of customers first seen a certain time ago; one-time buyers came when they last ordered.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Heat {
    /// Weeks since the first order.
    pub age_weeks: f64,
    /// Purchase occasions so far: columns.
    pub orders: Vec<u32>,
    /// Weeks since the last: rows.
    pub weeks_since_last: Vec<f64>,
    /// P(alive), by row and column, in [0, 1].
    pub p_alive: Vec<Vec<f64>>,
    /// Expected orders within the horizon, by row and column.
    pub expected_orders: Vec<Vec<f64>>,
}

/// Who came back, of everybody in the file, by month of first order; the latest months come last.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Cohorts {
    /// One line a month, without months in which nobody came first.
    pub lines: Vec<Cohort>,
}

/// Customers whose first order fell into one month.
#[derive(Clone, Debug, PartialEq)]
pub struct Cohort {
    /// The month, such as `1997-01`.
    pub month: String,
    /// How many came first then, at least 1.
    pub customers: u64,
    /// Share of them that ordered in the first, second ... month after it, as far as months are whole.
    pub returned: Vec<f64>,
}

/// How customer lifetime value spreads over customers.
#[derive(Clone, Debug, PartialEq)]
pub struct ValueSpread {
    /// The currency of the amounts.
    pub currency: Currency,
    /// How far ahead it looks.
    pub horizon: Horizon,
    /// Mean, in major units.
    pub mean: f64,
    /// Median, in major units.
    pub median: f64,
    /// Counts of customers between amounts; the last bin has no upper end.
    pub bins: Vec<ValueBin>,
    /// Share of customers, the most valuable first (x), against share of the predicted total (y).
    pub predicted: Vec<Point>,
    /// The same of what customers spent within the horizon, where that is known.
    pub actual: Vec<Point>,
}

/// Customers with a value from `from` up to `to`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ValueBin {
    /// Lower end, in major units.
    pub from: f64,
    /// Upper end, which is not in; the last bin holds all above.
    pub to: f64,
    /// How many.
    pub customers: u64,
}

/// One segment.
#[derive(Clone, Debug, PartialEq)]
pub struct SegmentLine {
    /// Its name in English, or the user's own.
    pub name: String,
    /// Its name in Chinese, or the user's own.
    pub name_zh: String,
    /// How many customers.
    pub customers: u64,
    /// Sum of their predicted customer lifetime values, in major units.
    pub clv_total: f64,
    /// Their mean probability of churn within the horizon, in [0, 1].
    pub mean_churn_probability: f64,
    /// Share of them that churned, where that is known.
    pub churn_rate: Option<f64>,
}
