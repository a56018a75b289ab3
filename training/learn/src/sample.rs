//! Small shops that the unit tests share.

use tenure_behaviour::{OccasionRule, OrderHistory, PurchaseSummary, SummaryRule};
use tenure_core::{
    AsOf, Currency, CustomerId, DiscountRate, Duration, Event, EventKind, Horizon, Money, TimeZone, Timestamp,
};

use crate::{ModelChoice, OrderBook, Recipe};

pub(crate) const DAY_US: i64 = 86_400_000_000;

pub(crate) fn rule() -> SummaryRule {
    SummaryRule { occasion: OccasionRule::Day, time_zone: TimeZone::utc() }
}

/// So many days after 1970-01-01.
pub(crate) fn day(days: f64) -> Timestamp {
    Timestamp::from_microseconds((days * DAY_US as f64) as i64).unwrap()
}

pub(crate) fn horizon(days: u32) -> Horizon {
    Horizon::new(Duration::from_days(days)).unwrap()
}

fn usd(cents: i64) -> Money {
    Money::from_minor_units(cents, Currency::USD)
}

/// A history of (day, cents); below zero is a refund.
pub(crate) fn history(events: &[(f64, i64)]) -> OrderHistory {
    let mut history = OrderHistory::new(Currency::USD);
    for (at, cents) in events {
        let kind = if *cents < 0 { EventKind::Refund } else { EventKind::Order };
        history.record(&kind, day(*at), usd(*cents)).unwrap();
    }
    history
}

pub(crate) fn summary(events: &[(f64, i64)], as_of: f64) -> PurchaseSummary {
    PurchaseSummary::of(&history(events), AsOf::new(day(as_of)), &rule()).unwrap().unwrap()
}

/// A shop's orders of (customer, day, cents).
pub(crate) type Orders = Vec<(u32, f64, i64)>;

pub(crate) fn book(orders: &[(u32, f64, i64)]) -> OrderBook {
    let mut book = OrderBook::new(Currency::USD);
    for (customer, at, cents) in orders {
        let id = CustomerId::new(&format!("c{customer:04}")).unwrap();
        let kind = if *cents < 0 { EventKind::Refund } else { EventKind::Order };
        book.record(Event::new(id, kind, day(*at), Some(usd(*cents)))).unwrap();
    }
    book
}

/// Customers who come over the first 300 days, at a pace of their own, and may leave after an order; watched
/// from day 20,000 for `days`.
pub(crate) fn shop(customers: u32, days: f64) -> Orders {
    regular_shop(1, customers, days)
}

/// The same with each time between orders the mean of `k` such times: at intervals of their own.
pub(crate) fn regular_shop(k: u32, customers: u32, days: f64) -> Orders {
    let mut state = 11_u64;
    let mut uniform = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((state >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    };
    let mut orders = Vec::new();
    for customer in 0..customers {
        let mut at = uniform() * days * 0.4;
        let (pace, usual) = (0.06 * -uniform().ln(), 1_000.0 + 5_000.0 * uniform());
        while at < days {
            orders.push((customer, 20_000.0 + at, (usual * (0.5 + uniform())) as i64));
            if uniform() < 0.15 {
                break;
            }
            at += 1.0 - (0..k).map(|_| uniform().ln()).sum::<f64>() / f64::from(k) / pace;
        }
    }
    orders
}

pub(crate) fn recipe(as_of: f64) -> Recipe {
    Recipe {
        as_of: AsOf::new(day(as_of)),
        horizon: horizon(90),
        horizons: Recipe::standard_horizons(),
        clv_horizon: horizon(365),
        discount_rate: DiscountRate::ZERO,
        summary_rule: rule(),
        model: ModelChoice::Best,
        penalizer: 0.0,
        definitions: Recipe::standard_definitions(),
        churn: None,
        trees: Recipe::standard_trees(),
        correct_level: true,
    }
}
