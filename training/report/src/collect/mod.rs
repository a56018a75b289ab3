//! From histories to the numbers of a report.

mod cohorts;
mod heat;
mod rows;
mod spread;
mod tracking;
mod truth;

use tenure_behaviour::{OrderHistory, Outcome};
use tenure_bundle::Scorer;

use crate::ReportError;
use crate::collect::rows::Row;
use crate::report::{Ask, Population, Report};

/// Scores everybody and sums up.
pub(crate) fn report(scorer: &Scorer, histories: &[&OrderHistory], ask: Ask) -> Result<Report, ReportError> {
    let none = || ReportError::NoCustomers { as_of: ask.as_of };
    let known: Vec<&OrderHistory> =
        histories.iter().filter(|history| history.has_order_before(ask.as_of)).copied().collect();
    let events = histories.iter().filter_map(|history| history.entries().last());
    let last_event = events.map(|(at, _)| *at).max().ok_or_else(none)?;
    let mut rows = rows::rows(scorer, &known, ask)?;
    if rows.is_empty() {
        return Err(none());
    }
    // Sums of floats depend on their order, and histories have none of their own.
    rows.sort_by(Row::compare);
    let is_known = Outcome::is_known(last_event, ask.as_of, ask.horizon);
    Ok(Report {
        manifest: scorer.manifest().clone(),
        ask,
        last_event,
        population: population(&rows),
        proof: is_known.then(|| truth::proof(&rows)).transpose()?,
        tracking: tracking::tracking(scorer, &known, &rows, ask, last_event),
        heat: heat::heat(scorer, &rows, ask),
        // Of everybody in the file: what a month's customers did is no prediction.
        cohorts: cohorts::cohorts(histories, &scorer.manifest().summary_rule, last_event),
        value: spread::value(scorer, &rows, is_known)?,
        segments: spread::segments(&rows, is_known),
        coverage: None,
        importance: None,
        drift: None,
    })
}

fn population(rows: &[Row]) -> Population {
    Population {
        customers: rows.len() as u64,
        repeat_customers: rows.iter().filter(|row| row.summary.frequency > 0).count() as u64,
        mean_churn_probability: mean(rows.iter().map(|row| row.churn_probability)),
        expected_orders: rows.iter().map(|row| row.expected_orders).sum(),
        clv_total: rows.iter().map(|row| row.clv).sum(),
    }
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
