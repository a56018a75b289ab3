//! Reasons for the predicted value: parts and factors come to it, whoever is asked about.

use proptest::collection::vec;
use proptest::prelude::*;
use tenure_behaviour::OrderHistory;
use tenure_btyd::Customer;
use tenure_bundle::{Cause, Rung, Scorer, Start, ValueReasons};
use tenure_core::{AsOf, DiscountRate, Weeks};

use super::{TYPICAL, day, history, scorer, typical};
use crate::common;

fn explain(scorer: &Scorer, history: &OrderHistory, as_of: AsOf) -> ValueReasons {
    let state = scorer.state_of(history, as_of);
    scorer.explain_value(history, state.as_ref(), &scorer.defaults(as_of)).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn parts_add_up_and_factors_multiply_to_the_value(
        gaps in vec((1..60_u32, 0..9_000_i64), 1..12),
        silent in 1..300_u32,
        rate in 0.0..0.5_f64,
        clv_days in 10..900_u32,
        with_trees: bool,
        with_typical: bool,
    ) {
        let mut at = 0;
        let orders: Vec<(u32, i64)> = gaps.iter().map(|(gap, cents)| { at += gap; (at, *cents) }).collect();
        let (history, as_of) = (history(&orders), day(at + silent));
        let scorer = scorer(with_trees, with_typical.then(typical));
        let mut options = scorer.defaults(as_of);
        options.clv_horizon = common::horizon(&format!("{clv_days}d"));
        options.discount_rate = DiscountRate::new(rate).unwrap();
        let state = scorer.state_of(&history, as_of);
        let reasons = scorer.explain_value(&history, state.as_ref(), &options).unwrap();
        let score = scorer.score(&history, &options).unwrap();
        let value = score.predicted_clv.major_units;
        prop_assert_eq!((reasons.rung, reasons.horizon), (score.rung, options.clv_horizon));
        prop_assert_eq!(reasons.predicted_clv, score.predicted_clv);
        // A sum of money is as exact as the largest amount in it.
        let off = (reasons.sum() - value).abs() / value.max(reasons.start);
        prop_assert!(off < 1e-9, "{} {value}", reasons.sum());
        prop_assert!((reasons.product() / value - 1.0).abs() < 1e-9, "{} {value}", reasons.product());
        for one in &reasons.contributions {
            prop_assert!((one.value > 0.0) == (one.factor > 1.0), "{one:?}");
        }
        let sizes: Vec<f64> = reasons.contributions.iter().map(|one| -one.value.abs()).collect();
        prop_assert!(sizes.is_sorted());
    }

    /// Where all causes grow at one pace, what each adds is what it adds at every step (Aumann and Shapley).
    #[test]
    fn money_is_what_a_cause_adds_on_the_way(gap in 2..60_u32, cents in 100..9_000_i64, silent in 1..200_u32) {
        let orders = [(0, cents), (gap, cents + 700), (2 * gap, cents)];
        let scorer = scorer(true, Some(typical()));
        let reasons = explain(&scorer, &history(&orders), day(2 * gap + silent));
        let total: f64 = reasons.contributions.iter().map(|one| one.factor.ln()).sum();
        let steps = 4_000;
        let mean: f64 = (0..steps)
            .map(|step| (total * (f64::from(step) + 0.5) / f64::from(steps)).exp())
            .sum::<f64>() / f64::from(steps);
        for one in &reasons.contributions {
            let walked = reasons.start * mean * one.factor.ln();
            prop_assert!((one.value - walked).abs() < 1e-5 * reasons.start, "{one:?} {walked}");
        }
    }
}

/// What each of frequency, silence and age adds to the logarithm of expected orders: all six orders of exchanging them.
#[test]
fn orders_are_shared_out_by_every_order_of_exchange() {
    let scorer = scorer(false, Some(typical()));
    let orders = [(0, 2_500), (21, 2_500), (63, 2_500), (70, 2_500), (98, 2_500)];
    let reasons = explain(&scorer, &history(&orders), day(112));
    // Frequency, silence in gaps (age over orders), age in weeks: of the typical customer, and of this one.
    let ends = [[3.0, 8.0 / (26.0 / 4.0), 26.0], [4.0, 2.0 / (16.0 / 5.0), 16.0]];
    let (within, rate) = (scorer.manifest().clv_horizon, scorer.manifest().discount_rate);
    let log_orders = |[frequency, gaps, age]: [f64; 3]| {
        let weeks = |weeks: f64| Weeks::new(weeks).unwrap();
        let recency_age = weeks((age - gaps * age / (frequency + 1.0)).max(0.0));
        let customer = Customer::new(frequency as u32, recency_age, weeks(age)).unwrap();
        scorer.order_model().outlook(&customer).get().discounted_orders(within.weeks(), rate).ln()
    };
    let mut shares = [0.0; 3];
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        let mut mixed = ends[0];
        for input in order {
            let before = log_orders(mixed);
            mixed[input] = ends[1][input];
            shares[input] += (log_orders(mixed) - before) / 6.0;
        }
    }
    let found = |is: fn(&Cause) -> bool| {
        reasons.contributions.iter().find(|one| is(&one.cause)).map_or(0.0, |one| one.factor.ln())
    };
    let frequency = found(|cause| matches!(cause, Cause::Frequency { .. }));
    let silence = found(|cause| matches!(cause, Cause::Silence { .. }));
    let age = found(|cause| matches!(cause, Cause::Age { .. }));
    for (found, expected) in [frequency, silence, age].into_iter().zip(shares) {
        assert!((found - expected).abs() < 1e-9, "{found} {expected}");
    }
}

/// The share of one cause in the predicted value, with the purchase model alone.
fn share(orders: &[(u32, i64)], now: u32, is: fn(&Cause) -> bool) -> f64 {
    let reasons = explain(&scorer(false, Some(typical())), &history(orders), day(now));
    reasons.contributions.iter().find(|one| is(&one.cause)).map_or(0.0, |one| one.value)
}

/// The typical customer ordered four times in half a year and has been silent for eight weeks.
#[test]
fn more_orders_add_value_and_being_overdue_takes_it() {
    let every = |days: u32| (0..10).map(|order| (order * days, 2_500)).collect::<Vec<_>>();
    let is_frequency: fn(&Cause) -> bool = |cause| matches!(cause, Cause::Frequency { .. });
    let is_silence: fn(&Cause) -> bool = |cause| matches!(cause, Cause::Silence { .. });
    let is_age: fn(&Cause) -> bool = |cause| matches!(cause, Cause::Age { .. });
    for silent in [5, 40, 90] {
        assert!(share(&every(20), 180 + silent, is_frequency) > 0.0, "{silent}");
    }
    assert!(share(&every(20), 185, is_silence) > 0.0 && share(&every(20), 270, is_silence) < 0.0);
    // Of somebody with a single order all that time has passed is silence, and more of it is worse.
    let single = |now| [is_frequency, is_silence, is_age].map(|is| share(&[(0, 2_500)], now, is));
    let [frequency, silence, age] = single(200);
    assert!(frequency < 0.0 && silence < 0.0 && age == 0.0, "{frequency} {silence} {age}");
    assert!(single(300)[1] < silence && single(20)[1] > 0.0);
}

#[test]
fn spend_is_a_cause_of_its_own() {
    let scorer = scorer(false, Some(typical()));
    let of = |cents: i64| {
        let orders = TYPICAL.map(|(at, _)| (at, cents));
        explain(&scorer, &history(&orders), day(182))
    };
    let [cheap, dear] = [of(500), of(9_000)];
    let only = |reasons: &ValueReasons| {
        let [one] = reasons.contributions[..] else { panic!("{:?}", reasons.contributions) };
        assert!(matches!(one.cause, Cause::Spend { .. }));
        one.value
    };
    assert!(only(&cheap) < 0.0 && only(&dear) > 0.0);
    assert!((dear.start - cheap.start).abs() < 1e-12);
    // Another shopper of the same age and rhythm who spends as the typical one does has no reasons at all.
    let same = of(2_500);
    assert_eq!((same.contributions, same.start), (Vec::new(), same.predicted_clv.major_units));
}

#[test]
fn silence_takes_value_away_with_trees_and_without() {
    for with_trees in [false, true] {
        let scorer = scorer(with_trees, Some(typical()));
        let orders = history(&[(0, 2_000), (20, 2_500), (40, 3_000), (60, 2_500), (80, 2_500)]);
        let found = |silent: u32| {
            let reasons = explain(&scorer, &orders, day(80 + silent));
            let silence = |cause: &Cause| matches!(cause, Cause::Silence { .. });
            reasons.contributions.iter().find(|one| silence(&one.cause)).map_or(0.0, |one| one.value)
        };
        assert!(found(5) > 0.0 && found(100) < 0.0, "{} {}", found(5), found(100));
    }
}

#[test]
fn of_nobody_only_the_start_is_known() {
    let scorer = scorer(true, Some(typical()));
    let reasons = explain(&scorer, &history(&[(200, 2_000)]), day(180));
    assert_eq!((reasons.rung, reasons.start_from), (Rung::Prior, Start::NewCustomer));
    let score = scorer.score(&history(&[]), &scorer.defaults(day(180))).unwrap();
    assert_eq!(
        (reasons.sum(), reasons.predicted_clv),
        (score.predicted_clv.major_units, score.predicted_clv)
    );
}

#[test]
fn an_older_bundle_starts_from_a_new_customer() {
    let scorer = scorer(false, None);
    let reasons = explain(&scorer, &history(&[(0, 2_000), (40, 2_500)]), day(180));
    assert_eq!(reasons.start_from, Start::NewCustomer);
    // Of whom nothing is known but that there is one: what the models expect of anybody.
    let expected = explain(&scorer, &history(&[(179, 1_000)]), day(180)).predicted_clv.major_units;
    assert!((reasons.start / expected - 1.0).abs() < 0.1, "{} {expected}", reasons.start);
}

/// Somebody who bought daily for years and then stopped is worth nothing that a number can hold.
#[test]
fn a_value_of_nothing_still_adds_up() {
    let scorer = scorer(false, Some(typical()));
    let daily: Vec<(u32, i64)> = (0..700).map(|day| (day, 2_000)).collect();
    let reasons = explain(&scorer, &history(&daily), day(3_000));
    assert!(reasons.predicted_clv.major_units < 1e-12, "{reasons:?}");
    assert!((reasons.sum() - reasons.predicted_clv.major_units).abs() < 1e-9 * reasons.start);
    assert!(reasons.contributions.iter().all(|one| one.value.is_finite() && one.factor.is_finite()));
}
