//! Cumulative repeat orders, actual and expected: the plot by which buy-till-you-die models are judged first.
//!
//! Fader, Hardie and Lee (2005), "Counting your customers the easy way", figure 5.

use std::collections::BTreeMap;

use tenure_behaviour::{OccasionRule, OrderHistory, SummaryRule};
use tenure_bundle::{Forecast, Scorer};
use tenure_core::{Duration, Timestamp, Weeks};

use crate::collect::rows::Row;
use crate::report::{Ask, Tracking};

const WEEK_US: f64 = 604_800e6;

/// Most points before the as-of, and most after it: by week up to three years back and a year ahead.
const MOST_POINTS: (f64, f64) = (156.0, 53.0);

/// Customers whose expectations over time are summed; more make no curve smoother.
const MOST_SUMMED: usize = 20_000;

pub(crate) fn tracking(
    scorer: &Scorer,
    histories: &[&OrderHistory],
    rows: &[Row],
    ask: Ask,
    last_event: Timestamp,
) -> Tracking {
    let rule = &scorer.manifest().summary_rule;
    let as_of = ask.as_of.instant();
    let firsts: Vec<Timestamp> =
        rows.iter().map(|row| rule.occasion_of(row.summary.first_order_at)).collect();
    // Rows are sorted by first order. One date typed as 1970 is not when the shop opened.
    let start = firsts.get(firsts.len() / 100).copied().unwrap_or(as_of);
    let weeks = (as_of.since(start).microseconds() as f64 / WEEK_US).ceil().max(1.0);
    let step_weeks = (weeks / MOST_POINTS.0).ceil();
    let points = (weeks / step_weeks).ceil() as u32;
    let back = |index: u32| as_of.saturating_sub(length(step_weeks * f64::from(points - index)));
    let before: Vec<Timestamp> = (0..=points).map(back).collect();
    let ahead = ahead(ask);
    let repeats = repeats(histories, rule);
    let came_by = |at: &Timestamp| repeats.partition_point(|occasion| occasion < at) as f64;
    let base = came_by(&as_of);
    let is_seen = |at: &&Timestamp| **at <= last_event || **at == as_of;
    Tracking {
        fitted: fitted(scorer, &firsts, &before),
        before: before.iter().map(|at| (*at, came_by(at))).collect(),
        expected: expected(scorer, rows, ask, &ahead)
            .into_iter()
            .map(|(at, more)| (at, base + more))
            .collect(),
        after: ahead.iter().filter(is_seen).map(|at| (*at, came_by(at))).collect(),
        step_weeks: step_weeks as u32,
    }
}

fn length(weeks: f64) -> Duration {
    Duration::from_microseconds((weeks * WEEK_US) as i64).unwrap_or(Duration::ZERO)
}

/// The as-of, some whole weeks after it, and the end of the horizon.
fn ahead(ask: Ask) -> Vec<Timestamp> {
    let (as_of, horizon) = (ask.as_of.instant(), ask.horizon.weeks().get());
    let step = (horizon / MOST_POINTS.1).ceil().max(1.0);
    let inside = (0..).map(|index| f64::from(index) * step).take_while(|weeks| *weeks < horizon);
    let mut all: Vec<Timestamp> = inside.map(|weeks| as_of.saturating_add(length(weeks))).collect();
    all.push(as_of.saturating_add(ask.horizon.length()));
    all
}

/// Occasions after each customer's first, sorted.
fn repeats(histories: &[&OrderHistory], rule: &SummaryRule) -> Vec<Timestamp> {
    let mut all = Vec::new();
    for history in histories {
        let orders = history.entries().iter().filter(|(_, minor)| *minor >= 0);
        let mut occasions: Vec<Timestamp> = orders.map(|(at, _)| rule.occasion_of(*at)).collect();
        if rule.occasion == OccasionRule::Day {
            occasions.dedup();
        }
        all.extend(occasions.into_iter().skip(1));
    }
    all.sort_unstable();
    all
}

/// What the model expects of customers of whom only the first order is known, by the time since it.
fn fitted(scorer: &Scorer, firsts: &[Timestamp], points: &[Timestamp]) -> Vec<f64> {
    let forecast = Forecast::of(scorer.order_model(), None);
    let mut by_day: BTreeMap<i64, f64> = BTreeMap::new();
    for first in firsts {
        *by_day.entry(first.microseconds().div_euclid(86_400_000_000)).or_default() += 1.0;
    }
    let mut known: BTreeMap<i64, f64> = BTreeMap::new();
    let mut after = |days: i64| {
        *known.entry(days).or_insert_with(|| {
            let weeks = Weeks::new(days as f64 / 7.0).unwrap_or(Weeks::ZERO);
            forecast.outlook().expected_orders(weeks)
        })
    };
    let mut at = |point: &Timestamp| {
        let today = point.microseconds().div_euclid(86_400_000_000);
        by_day.range(..today).map(|(day, customers)| customers * after(today - day)).sum()
    };
    points.iter().map(&mut at).collect()
}

/// What the scores expect by each instant: their total, spread over time as the purchase model spreads it.
fn expected(scorer: &Scorer, rows: &[Row], ask: Ask, ahead: &[Timestamp]) -> Vec<(Timestamp, f64)> {
    let every = rows.len().div_ceil(MOST_SUMMED).max(1);
    let forecasts: Vec<Forecast> = rows
        .iter()
        .step_by(every)
        .map(|row| Forecast::of(scorer.order_model(), Some(&row.summary)))
        .collect();
    let by = |at: &Timestamp| {
        let weeks = at.since(ask.as_of.instant()).weeks();
        forecasts.iter().map(|forecast| forecast.outlook().expected_orders(weeks)).sum::<f64>()
    };
    let whole = ahead.last().map_or(0.0, by);
    let total: f64 = rows.iter().map(|row| row.answer.expected_orders).sum();
    let share = |at: &Timestamp| if whole > 0.0 { by(at) / whole } else { 0.0 };
    ahead.iter().map(|at| (*at, total * share(at))).collect()
}
