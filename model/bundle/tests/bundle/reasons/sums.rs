//! Contributions add up to the score, whoever is asked about.

use proptest::collection::vec;
use proptest::prelude::*;
use tenure_bundle::{Cause, Forecast, Rung, Start, Typical, decode_part, encode_part};

use super::{TYPICAL, day, history, levels, scorer, summary, typical};

fn logit(p: f64) -> f64 {
    (p / (1.0 - p)).ln()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn parts_add_up_to_the_score(
        gaps in vec((1..60_u32, 1..9_000_i64), 1..12),
        silent in 1..300_u32,
        with_trees: bool,
        with_typical: bool,
    ) {
        let mut at = 0;
        let orders: Vec<(u32, i64)> = gaps.iter().map(|(gap, cents)| { at += gap; (at, *cents) }).collect();
        let (history, as_of) = (history(&orders), day(at + silent));
        let scorer = scorer(with_trees, with_typical.then(typical));
        let options = scorer.defaults(as_of);
        let state = scorer.state_of(&history, as_of);
        let reasons = scorer.explain(&history, state.as_ref(), &options).unwrap();
        let score = scorer.score(&history, &options).unwrap();
        prop_assert_eq!(reasons.rung, score.rung);
        prop_assert!((reasons.churn_probability - score.churn_probability).abs() < 1e-12);
        prop_assert!((reasons.sum() - logit(score.churn_probability)).abs() < 1e-9);
        // The level is what the shift makes of the start, and nothing that the contributions left over.
        let shift = levels()[usize::from(with_trees)].churn;
        let level = shift.intercept() + (shift.slope() - 1.0) * reasons.start;
        prop_assert!((reasons.level - level).abs() < 1e-9, "{} {level}", reasons.level);
        let sizes: Vec<f64> = reasons.contributions.iter().map(|one| -one.log_odds.abs()).collect();
        prop_assert!(sizes.is_sorted());
    }
}

#[test]
fn the_typical_customer_has_no_reasons() {
    let scorer = scorer(false, Some(typical()));
    let reasons = scorer.explain(&history(&TYPICAL), None, &scorer.defaults(day(182))).unwrap();
    assert_eq!((reasons.rung, reasons.start_from), (Rung::Btyd, Start::Typical));
    assert_eq!(reasons.contributions, []);
    assert_eq!(reasons.level, reasons.log_odds - reasons.start);
    let later = scorer.explain(&history(&TYPICAL), None, &scorer.defaults(day(189))).unwrap();
    assert!(!later.contributions.is_empty());
}

#[test]
fn of_nobody_only_the_start_is_known() {
    let scorer = scorer(true, Some(typical()));
    let as_of = day(180);
    let nobody = history(&[(200, 2_000)]);
    let state = scorer.state_of(&nobody, as_of);
    let reasons = scorer.explain(&nobody, state.as_ref(), &scorer.defaults(as_of)).unwrap();
    assert_eq!((reasons.rung, reasons.start_from), (Rung::Prior, Start::NewCustomer));
    assert!(reasons.contributions.is_empty());
    assert!((reasons.sum() - reasons.log_odds).abs() < 1e-12);
}

#[test]
fn an_older_bundle_starts_from_a_new_customer() {
    let scorer = scorer(false, None);
    assert_eq!(scorer.typical(), None);
    let as_of = day(180);
    let orders = history(&[(0, 2_000), (40, 2_500)]);
    let reasons = scorer.explain(&orders, None, &scorer.defaults(as_of)).unwrap();
    assert_eq!(reasons.start_from, Start::NewCustomer);
    let horizon = scorer.defaults(as_of).horizon;
    let new = Forecast::of(scorer.order_model(), None).p_no_order(horizon);
    assert!((reasons.start - logit(new)).abs() < 1e-12);
    let typical = |cause: &Cause| match cause {
        Cause::Frequency { typical, .. } => typical.is_none(),
        Cause::Age { typical, .. } => typical.is_none(),
        Cause::Spend { typical, .. } => typical.is_none(),
        Cause::Silence { typical, .. } => typical.is_none(),
        Cause::PurchaseModel { .. } | Cause::Feature { .. } => true,
    };
    assert!(reasons.contributions.iter().all(|one| typical(&one.cause)));
}

#[test]
fn silence_raises_the_risk() {
    let scorer = scorer(false, Some(typical()));
    let found = |silent: u32| {
        let orders = history(&[(0, 2_000), (20, 2_500), (40, 3_000), (60, 2_500), (80, 2_500)]);
        let reasons = scorer.explain(&orders, None, &scorer.defaults(day(80 + silent))).unwrap();
        let silence = |cause: &Cause| matches!(cause, Cause::Silence { .. });
        reasons.contributions.iter().find(|one| silence(&one.cause)).map_or(0.0, |one| one.log_odds)
    };
    assert!(found(5) < 0.0 && found(100) > 0.0, "{} {}", found(5), found(100));
    assert!(found(160) > found(100));
}

#[test]
fn the_typical_customer_is_made_of_rounded_lower_medians() {
    let of = |orders: &[(u32, i64)]| summary(&history(orders), day(104));
    let all = [of(&[(0, 100)]), of(&[(34, 12_345)]), of(&[(20, 50_000), (60, 50_000)]), of(&[(50, 70_000)])];
    let typical = Typical::fit(&all).unwrap();
    assert_eq!((typical.frequency(), typical.age_days()), (0, 70.0));
    assert_eq!((typical.silence_days(), typical.mean_spend()), (70.0, 123.0));
    // Of those who came back, of whom there is one; the typical customer did not.
    assert!((typical.gap_days().unwrap() - 40.0).abs() < 0.05, "{typical:?}");
    assert_eq!(Typical::fit(&[]), None);
    assert_eq!(Typical::fit(&all[..2]).unwrap().gap_days(), None);
}

#[test]
fn a_typical_customer_that_cannot_be_is_refused() {
    let read = |frequency: u32, recency: f64, age: f64, spend: f64| {
        let part = encode_part("typical", &(frequency, recency, age, spend)).unwrap();
        decode_part::<Typical>(&part.name, &part.bytes).is_ok()
    };
    assert!(read(2, 10.0, 20.0, 30.0));
    assert!(!read(0, 10.0, 20.0, 30.0), "an age at the last repeat order without one");
    assert!(!read(2, 30.0, 20.0, 30.0), "an order after the end");
    assert!(!read(2, f64::NAN, 20.0, 30.0) && !read(2, 10.0, 20.0, f64::INFINITY));
}
