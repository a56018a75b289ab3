//! One row a customer: what was known, what was predicted, what came. It stays inside this crate.

use std::cmp::Ordering;

use rayon::iter::{IntoParallelRefIterator, ParallelIterator};
use tenure_behaviour::rfm::RfmSegment;
use tenure_behaviour::{OrderHistory, Outcome, PurchaseSummary};
use tenure_bundle::{NaiveRate, ScoreOptions, Scorer};
use tenure_core::DiscountRate;

use crate::ReportError;
use crate::report::Ask;

#[derive(Clone, Copy, Debug)]
pub(crate) struct Row {
    pub(crate) summary: PurchaseSummary,
    pub(crate) segment: RfmSegment,
    /// Probability of no order within the horizon.
    pub(crate) churn_probability: f64,
    /// Purchase occasions within the horizon.
    pub(crate) expected_orders: f64,
    /// Net spend within the horizon, undiscounted, in major units.
    pub(crate) value: f64,
    /// Net spend within the bundle's CLV horizon, discounted at its rate, in major units.
    pub(crate) clv: f64,
    pub(crate) naive: NaiveRate,
    /// What came within the horizon, as far as the file goes.
    pub(crate) outcome: Outcome,
}

impl Row {
    /// An order of rows by what they hold; rows that compare equal are interchangeable in every sum.
    pub(crate) fn compare(left: &Self, right: &Self) -> Ordering {
        let key = |row: &Self| {
            let Outcome { occasions, net_spend } = row.outcome;
            let instants = (row.summary.first_order_at, row.summary.last_order_at);
            let spend = (row.summary.net_spend.minor_units(), row.summary.first_spend.minor_units());
            (instants, row.summary.frequency, spend, occasions, net_spend.minor_units())
        };
        key(left).cmp(&key(right))
    }

    pub(crate) fn churned(&self) -> bool {
        self.outcome.occasions == 0
    }
}

/// Scores everybody.
pub(crate) fn rows(scorer: &Scorer, histories: &[&OrderHistory], ask: Ask) -> Result<Vec<Row>, ReportError> {
    let options = ScoreOptions {
        as_of: ask.as_of,
        horizon: ask.horizon,
        clv_horizon: ask.horizon,
        discount_rate: DiscountRate::ZERO,
    };
    let of_bundle = scorer.defaults(ask.as_of);
    let until = ask.as_of.instant().saturating_add(ask.horizon.length());
    let rule = &scorer.manifest().summary_rule;
    let row = |history: &&OrderHistory| {
        let Some(summary) = PurchaseSummary::of(history, ask.as_of, rule)? else { return Ok(None) };
        let score = scorer.score(history, &options)?;
        Ok(Some(Row {
            summary,
            segment: score.segment,
            churn_probability: score.churn_probability,
            expected_orders: score.expected_orders,
            value: score.predicted_clv.major_units,
            clv: scorer.score(history, &of_bundle)?.predicted_clv.major_units,
            naive: NaiveRate::of(&summary, ask.horizon),
            outcome: Outcome::of(history, ask.as_of, until, rule),
        }))
    };
    let all: Result<Vec<Option<Row>>, ReportError> = histories.par_iter().map(row).collect();
    Ok(all?.into_iter().flatten().collect())
}
