//! The numbers of a report, counted a second time.

use approx::assert_relative_eq;
use tenure_behaviour::Outcome;
use tenure_bundle::ScoreOptions;
use tenure_core::{DiscountRate, Duration, Timestamp};

use crate::support::{Shop, ask, at};

fn shop() -> Shop {
    Shop::new(400, 630.0, "USD")
}

#[test]
fn totals_are_those_of_the_scores_and_of_the_orders() {
    let shop = shop();
    let report = shop.report();
    let (ask, scorer) = (ask(), &shop.scorer);
    let options = ScoreOptions {
        as_of: ask.as_of,
        horizon: ask.horizon,
        clv_horizon: ask.horizon,
        discount_rate: DiscountRate::ZERO,
    };
    let (mut expected, mut came, mut clv, mut gone, mut customers) = (0.0, 0, 0.0, 0.0, 0_u64);
    for history in shop.histories.iter().filter(|history| history.has_order_before(ask.as_of)) {
        let score = scorer.score(history, &options).unwrap();
        customers += 1;
        expected += score.expected_orders;
        gone += score.churn_probability;
        clv += scorer.score(history, &scorer.defaults(ask.as_of)).unwrap().predicted_clv.major_units;
        let until = ask.as_of.instant().saturating_add(ask.horizon.length());
        came += Outcome::of(history, ask.as_of, until, &scorer.manifest().summary_rule).occasions;
    }
    let proof = report.proof.as_ref().unwrap();
    assert_eq!(report.population.customers, customers);
    assert!(customers < 400 && customers > 300, "some come later: {customers}");
    assert_relative_eq!(report.population.expected_orders, expected, max_relative = 1e-9);
    assert_relative_eq!(report.population.clv_total, clv, max_relative = 1e-9);
    assert_relative_eq!(proof.totals.mean_churn_probability, gone / customers as f64, max_relative = 1e-9);
    assert_eq!(proof.totals.orders, f64::from(came));
    let segments: u64 = report.segments.iter().map(|line| line.customers).sum();
    assert_eq!(segments, customers);
    let in_segments: f64 = report.segments.iter().map(|line| line.clv_total).sum();
    assert_relative_eq!(in_segments, clv, max_relative = 1e-9);
    assert_eq!(report.value.bins.iter().map(|bin| bin.customers).sum::<u64>(), customers);
}

#[test]
fn tracking_counts_repeat_orders_and_ends_at_what_the_scores_expect() {
    let shop = shop();
    let report = shop.report();
    let track = &report.tracking;
    // Days on which a customer known at the as-of ordered, but for the first, before some instant.
    let repeats = |until: Timestamp| -> usize {
        let known = shop.histories.iter().filter(|history| history.has_order_before(ask().as_of));
        let days = |history: &tenure_behaviour::OrderHistory| {
            let mut days: Vec<i64> = history
                .entries()
                .iter()
                .filter(|(_, minor)| *minor >= 0)
                .map(|(at, _)| at.microseconds().div_euclid(86_400_000_000))
                .collect();
            days.dedup();
            days.iter().skip(1).filter(|day| **day * 86_400_000_000 < until.microseconds()).count()
        };
        known.map(days).sum()
    };
    for (at, orders) in track.before.iter().chain(&track.after) {
        assert_eq!(*orders, repeats(*at) as f64, "{at}");
    }
    let (as_of, base) = *track.before.last().unwrap();
    assert_eq!(as_of, at(crate::support::AS_OF));
    assert_eq!((track.expected[0].1, track.after[0].1), (base, base), "all lines meet at the as-of");
    let (end, expected) = *track.expected.last().unwrap();
    assert_eq!(end, as_of.saturating_add(Duration::from_days(90)));
    assert_relative_eq!(expected - base, report.population.expected_orders, max_relative = 1e-9);
    assert_eq!((track.fitted.len(), track.step_weeks), (track.before.len(), 1));
    assert!(track.fitted.is_sorted() && track.before.is_sorted_by(|left, right| left.1 <= right.1));
    // The bundle's model is near enough to this shop for its whole curve to be of its size.
    let ratio = track.fitted.last().unwrap() / base;
    assert!((0.6..1.6).contains(&ratio), "{ratio}");
}

#[test]
fn the_map_falls_with_silence_and_one_time_buyers_stand_in_the_first_column() {
    let heat = shop().report().heat;
    assert_eq!((heat.p_alive.len(), heat.p_alive[0].len()), (heat.weeks_since_last.len(), heat.orders.len()));
    assert!(heat.orders.len() >= 5 && heat.orders[0] == 1);
    for column in 1..heat.orders.len() {
        let down: Vec<f64> = heat.p_alive.iter().map(|row| row[column]).collect();
        assert!(down.is_sorted_by(|left, right| left >= right), "column {column}: {down:?}");
    }
    // BG/NBD lets nobody leave before a repeat order.
    assert!(heat.p_alive.iter().all(|row| row[0] == 1.0));
    let all = heat.expected_orders.iter().flatten();
    assert!(all.clone().all(|orders| orders.is_finite() && *orders >= 0.0));
}

#[test]
fn groups_are_off_by_what_their_rows_say() {
    let report = shop().report();
    let proof = report.proof.unwrap();
    let tenths =
        proof.groups.iter().filter(|group| matches!(group.kind, tenure_report::GroupKind::RiskTenth(_)));
    assert_eq!(tenths.clone().count(), 10);
    for (group, bin) in tenths.zip(&proof.calibration) {
        assert_eq!((group.predicted, group.happened), (bin.mean_probability, bin.churned_share));
        let spread = (bin.mean_probability * (1.0 - bin.mean_probability) / bin.customers as f64).sqrt();
        let expected = (bin.churned_share - bin.mean_probability).abs() / spread;
        assert_relative_eq!(group.surprise, expected, max_relative = 1e-9);
    }
}

/// Histories have no names, so that their order must not matter.
#[test]
fn another_order_of_customers_gives_the_same_report() {
    let mut shop = shop();
    let first = shop.report();
    shop.histories.reverse();
    shop.histories.swap(3, 77);
    assert_eq!(first, shop.report());
}
