//! What the model thinks by number of orders and time since the last.

use tenure_behaviour::PurchaseSummary;
use tenure_bundle::{ScoreOptions, Scorer};
use tenure_core::{DiscountRate, Duration, Money, Weeks};

use crate::collect::quantile;
use crate::collect::rows::Row;
use crate::report::{Ask, Heat};

/// Rows of the map: times since the last order.
const ROWS: u32 = 20;

/// Most columns of the map: numbers of orders.
const MOST_ORDERS: f64 = 12.0;

/// Fewest columns, in a shop where nobody comes back too.
const FEWEST_ORDERS: f64 = 5.0;

/// Customers seen first as long ago as the older quarter of the shop's; one-time buyers when they last ordered.
pub(crate) fn heat(scorer: &Scorer, rows: &[Row], ask: Ask) -> Heat {
    let sorted = |pick: fn(&Row) -> f64| {
        let mut all: Vec<f64> = rows.iter().map(pick).collect();
        all.sort_by(f64::total_cmp);
        all
    };
    let age_weeks = quantile(&sorted(|row| row.summary.age.get()), 0.75).max(1.0);
    let often = quantile(&sorted(|row| f64::from(row.summary.occasions())), 0.98);
    let orders: Vec<u32> = (1..=often.clamp(FEWEST_ORDERS, MOST_ORDERS) as u32).collect();
    let weeks_since_last: Vec<f64> =
        (0..=ROWS).map(|row| age_weeks * f64::from(row) / f64::from(ROWS)).collect();
    let mut heat = Heat { age_weeks, orders, weeks_since_last, ..Heat::default() };
    for weeks in &heat.weeks_since_last {
        let scored = heat.orders.iter().map(|orders| cell(scorer, ask, *orders, *weeks, age_weeks));
        let (alive, expected) = scored.unzip();
        heat.p_alive.push(alive);
        heat.expected_orders.push(expected);
    }
    heat
}

fn cell(scorer: &Scorer, ask: Ask, orders: u32, weeks_since_last: f64, age_weeks: f64) -> (f64, f64) {
    let frequency = orders - 1;
    let age = if frequency == 0 { weeks_since_last } else { age_weeks };
    let weeks = |value: f64| Weeks::new(value.max(0.0)).unwrap_or(Weeks::ZERO);
    let since_last =
        Duration::from_microseconds((weeks_since_last * 604_800e6) as i64).unwrap_or(Duration::ZERO);
    let age_length = Duration::from_microseconds((age * 604_800e6) as i64).unwrap_or(Duration::ZERO);
    let nothing = Money::from_minor_units(0, scorer.currency());
    let summary = PurchaseSummary {
        frequency,
        recency_age: weeks(age - weeks_since_last),
        age: weeks(age),
        // At even distances: neither orders nor the chance to be there depend on it.
        log_gaps: 0.0,
        first_order_at: ask.as_of.instant().saturating_sub(age_length),
        last_order_at: ask.as_of.instant().saturating_sub(since_last),
        since_last,
        net_spend: nothing,
        first_spend: nothing,
    };
    let options = ScoreOptions {
        as_of: ask.as_of,
        horizon: ask.horizon,
        clv_horizon: ask.horizon,
        discount_rate: DiscountRate::ZERO,
    };
    let score = scorer.score_summary(Some(&summary), &options);
    (score.p_alive, score.expected_orders)
}
