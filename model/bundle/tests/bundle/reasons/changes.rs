//! A change that is promised comes about when the customer is scored again.

use proptest::collection::vec;
use proptest::prelude::*;
use tenure_bundle::{ChangeKind, RiskBand, Scorer};
use tenure_core::{AsOf, Duration};

use super::{day, history, scorer};

/// The probability of churn by the one scoring path.
fn churn(scorer: &Scorer, orders: &[(u32, i64)], as_of: AsOf) -> f64 {
    scorer.score(&history(orders), &scorer.defaults(as_of)).unwrap().churn_probability
}

fn just_after(days: u32) -> AsOf {
    AsOf::new(day(days).instant().saturating_add(Duration::from_microseconds(1).unwrap()))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn bands_move_as_promised(
        gaps in vec((2..60_u32, 100..9_000_i64), 1..10),
        silent in 1..200_u32,
        with_trees: bool,
    ) {
        let mut at = 0;
        let orders: Vec<(u32, i64)> = gaps.iter().map(|(gap, cents)| { at += gap; (at, *cents) }).collect();
        let now = at + silent;
        let scorer = scorer(with_trees, None);
        let from = RiskBand::of(churn(&scorer, &orders, day(now)));
        let state = scorer.state_of(&history(&orders), day(now));
        let options = scorer.defaults(day(now));
        let changes = scorer.changes(&history(&orders), state.as_ref(), &options).unwrap();
        for change in &changes {
            prop_assert_eq!(change.from, from);
            match change.kind {
                ChangeKind::Silence { days } => {
                    let then = churn(&scorer, &orders, day(now + days));
                    prop_assert!((then - change.churn_probability).abs() < 1e-12);
                    prop_assert!(change.to > from && RiskBand::of(then) == change.to);
                    prop_assert!(RiskBand::of(churn(&scorer, &orders, day(now + days - 1))) <= from);
                }
                ChangeKind::Orders { count, apart_days } => {
                    let usual = orders.iter().map(|one| one.1).sum::<i64>() / orders.len() as i64;
                    let after = |count: u32| {
                        let mut more = orders.clone();
                        more.extend((0..count).map(|order| (now + order * apart_days, usual)));
                        churn(&scorer, &more, just_after(now + (count - 1) * apart_days))
                    };
                    prop_assert!((after(count) - change.churn_probability).abs() < 1e-12);
                    prop_assert!(change.to < from && RiskBand::of(after(count)) == change.to);
                    for fewer in 1..count {
                        prop_assert!(RiskBand::of(after(fewer)) >= from);
                    }
                }
            }
        }
    }
}

#[test]
fn both_directions_are_found() {
    for with_trees in [false, true] {
        let scorer = scorer(with_trees, None);
        let orders = [(0, 2_000), (20, 2_000), (40, 2_000), (60, 2_000), (80, 2_000)];
        let found = |now: u32| {
            let history = history(&orders);
            let state = scorer.state_of(&history, day(now));
            scorer.changes(&history, state.as_ref(), &scorer.defaults(day(now))).unwrap()
        };
        let kinds = |now| found(now).iter().map(|one| (one.from, one.to > one.from)).collect::<Vec<_>>();
        assert_eq!(kinds(81), [(RiskBand::Low, true)], "silence is all that a loyal customer has to fear");
        assert_eq!(kinds(300), [(RiskBand::High, false)], "an order brings back who was away");
    }
}

#[test]
fn what_comes_after_the_as_of_is_not_seen() {
    let scorer = scorer(true, None);
    let orders = [(0, 2_000), (20, 2_000), (40, 2_000)];
    let more = [&orders[..], &[(75, 2_000), (90, 2_000)]].concat();
    let changes = |orders: &[(u32, i64)]| {
        let history = history(orders);
        let state = scorer.state_of(&history, day(70));
        scorer.changes(&history, state.as_ref(), &scorer.defaults(day(70))).unwrap()
    };
    assert!(!changes(&orders).is_empty());
    assert_eq!(changes(&more), changes(&orders));
}
