//! From histories to the numbers of a report.

mod cohorts;
mod coverage;
mod defined;
mod heat;
mod rows;
mod spread;
mod tracking;
mod truth;

use std::collections::BTreeMap;

use tenure_behaviour::{OrderHistory, Outcome};
use tenure_bundle::{Rung, Scorer};

use crate::ReportError;
use crate::answer::Customer;
use crate::collect::rows::Row;
use crate::report::{Ask, Population, Report};

/// Sums up.
pub(crate) fn report(scorer: &Scorer, customers: &[Customer<'_>], ask: Ask) -> Result<Report, ReportError> {
    let none = || ReportError::NoCustomers { as_of: ask.as_of };
    let histories: Vec<&OrderHistory> = customers.iter().map(|customer| customer.happened).collect();
    let asked = customers.iter().filter(|customer| customer.asked.is_some());
    let known: Vec<&OrderHistory> = asked.map(|customer| customer.happened).collect();
    let events = histories.iter().filter_map(|history| history.entries().last());
    let last_event = events.map(|(at, _)| *at).max().ok_or_else(none)?;
    let mut rows = rows::rows(scorer, customers, ask)?;
    if rows.is_empty() {
        return Err(none());
    }
    // Sums of floats depend on their order, and histories have none of their own.
    rows.sort_by(Row::compare);
    let churn = defined::churn(scorer, &mut rows);
    let is_known = Outcome::is_known(last_event, ask.as_of, ask.horizon);
    Ok(Report {
        manifest: scorer.manifest().clone(),
        ask,
        churn,
        last_event,
        population: population(scorer, &rows),
        proof: is_known.then(|| truth::proof(&rows)).transpose()?,
        tracking: tracking::tracking(scorer, &known, &rows, ask, last_event),
        heat: heat::heat(scorer, &rows, ask),
        // Of everybody in the file: what a month's customers did is no prediction.
        cohorts: cohorts::cohorts(&histories, &scorer.manifest().summary_rule, last_event),
        value: spread::value(scorer, &rows, is_known)?,
        segments: spread::segments(&rows, is_known),
        coverage: is_known.then(|| coverage::coverage(&rows)).flatten(),
        importance: None,
        drift: None,
    })
}

fn population(scorer: &Scorer, rows: &[Row]) -> Population {
    Population {
        customers: rows.len() as u64,
        repeat_customers: rows.iter().filter(|row| row.summary.frequency > 0).count() as u64,
        mean_churn_probability: mean(rows.iter().map(|row| row.answer.churn_probability)),
        expected_orders: rows.iter().map(|row| row.answer.expected_orders).sum(),
        clv_total: rows.iter().map(|row| row.answer.clv).sum(),
        rungs: rungs(rows),
        in_season: scorer.boosted().is_some() && !scorer.has_trees(),
    }
}

/// How many customers each method answered for, where it answered for any.
fn rungs(rows: &[Row]) -> Vec<(Rung, u64)> {
    let mut counts = BTreeMap::new();
    for row in rows {
        *counts.entry(row.answer.rung).or_default() += 1;
    }
    counts.into_iter().collect()
}

/// The mean of some numbers; 0 of none.
fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (mut sum, mut count) = (0.0, 0_u32);
    for value in values {
        sum += value;
        count += 1;
    }
    if count == 0 { 0.0 } else { sum / f64::from(count) }
}

/// The value below which a share of sorted values lie.
fn quantile(sorted: &[f64], share: f64) -> f64 {
    let place = (sorted.len().saturating_sub(1) as f64 * share).round() as usize;
    sorted.get(place).copied().unwrap_or(0.0)
}
