//! One row a customer: what was known, what was predicted, what came. It stays inside this crate.

use std::cmp::Ordering;

use rayon::iter::{IntoParallelRefIterator, ParallelIterator};
use tenure_behaviour::{Outcome, PurchaseSummary};
use tenure_bundle::{NaiveRate, Scorer};

use crate::ReportError;
use crate::answer::{Answer, Churned, Customer};
use crate::report::Ask;

#[derive(Clone, Copy, Debug)]
pub(crate) struct Row {
    pub(crate) summary: PurchaseSummary,
    pub(crate) answer: Answer,
    pub(crate) naive: NaiveRate,
    /// What came within the horizon, as far as the file goes.
    pub(crate) outcome: Outcome,
    /// Whether churn came.
    pub(crate) churned: bool,
    /// Where churn is a definition, of whoever had ordered by the beginning of the window that ended at the as-of: the
    /// past rate's probability of no order then, and whether churn came.
    pub(crate) before: Option<(f64, bool)>,
}

impl Row {
    /// An order of rows by what they hold; rows that compare equal are interchangeable in every sum.
    pub(crate) fn compare(left: &Self, right: &Self) -> Ordering {
        let key = |row: &Self| {
            let Outcome { occasions, net_spend } = row.outcome;
            let instants = (row.summary.first_order_at, row.summary.last_order_at);
            let spend = (row.summary.net_spend.minor_units(), row.summary.first_spend.minor_units());
            let before = row.before.map(|(_, churned)| churned);
            (instants, row.summary.frequency, spend, occasions, net_spend.minor_units(), row.churned, before)
        };
        key(left).cmp(&key(right))
    }
}

/// Everybody of whom there is an answer, beside what came.
pub(crate) fn rows(scorer: &Scorer, customers: &[Customer<'_>], ask: Ask) -> Result<Vec<Row>, ReportError> {
    let until = ask.as_of.instant().saturating_add(ask.horizon.length());
    let since = ask.window_before();
    let rule = &scorer.manifest().summary_rule;
    let row = |customer: &Customer<'_>| {
        let Some((known, answer)) = customer.asked else { return Ok(None) };
        let Some(summary) = PurchaseSummary::of(known, ask.as_of, rule)? else { return Ok(None) };
        let outcome = Outcome::of(customer.happened, ask.as_of, until, rule);
        let (churned, before) = match (scorer.churn(), customer.churned) {
            (None, _) => (outcome.occasions == 0, None),
            (Some(_), Some(Churned { after, before })) => {
                let then = PurchaseSummary::of(known, since, rule)?;
                let rate = |then| NaiveRate::of(&then, ask.horizon).p_no_order;
                (after, then.map(|then| (rate(then), before)))
            }
            (Some(churn), None) => {
                return Err(ReportError::ChurnUntold { churn: churn.definition().to_string() });
            }
        };
        let naive = NaiveRate::of(&summary, ask.horizon);
        Ok(Some(Row { summary, answer, naive, outcome, churned, before }))
    };
    let all: Result<Vec<Option<Row>>, ReportError> = customers.par_iter().map(row).collect();
    Ok(all?.into_iter().flatten().collect())
}
