//! A batch answers as one by one, bit for bit.

use proptest::collection::vec;
use proptest::prelude::*;
use tenure_behaviour::{BehaviourError, OrderHistory};
use tenure_bundle::{Rung, ScoreOptions};
use tenure_core::Currency;

use crate::common;
use crate::reasons::{day, defined, history, scorer};

/// Somebody's orders in the first two hundred days: nobody's, at times.
fn orders() -> impl Strategy<Value = Vec<(u32, i64)>> {
    vec((0..200_u32, 0..20_000_i64), 0..7)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn a_batch_answers_as_one_by_one(
        pool in vec(orders(), 1..40),
        // More than are held at once, in some cases.
        places in vec(any::<prop::sample::Index>(), 0..600),
        now in 90..300_u32,
        with_trees in any::<bool>(),
        // Churn by a definition, by trees of its own or by the line alone.
        by_definition in any::<Option<bool>>(),
    ) {
        let scorer = match by_definition {
            None => scorer(with_trees, None),
            Some(with_its_own) => defined(with_trees, with_its_own),
        };
        let options = scorer.defaults(day(now));
        let histories: Vec<OrderHistory> = pool.iter().map(|orders| history(orders)).collect();
        let asked: Vec<&OrderHistory> = places.iter().map(|place| place.get(&histories)).collect();
        let (mut from_orders, mut from_states) = (scorer.batch(&options), scorer.batch(&options));
        for (at, history) in asked.iter().enumerate() {
            from_orders.push(history);
            // Of every third only the purchase model is asked.
            let state = scorer.state_of(history, options.as_of).filter(|_| at % 3 > 0);
            from_states.push_with(history, state.as_ref());
        }
        let from_orders = from_orders.finish();
        let from_states = from_states.finish();
        prop_assert_eq!((from_orders.len(), from_states.len()), (asked.len(), asked.len()));
        for (at, history) in asked.iter().enumerate() {
            let alone = scorer.score(history, &options);
            prop_assert_eq!(&from_orders[at], &alone);
            let alone = if at % 3 > 0 { alone } else { scorer.score_with(history, None, &options) };
            prop_assert_eq!(&from_states[at], &alone);
        }
    }
}

#[test]
fn a_batch_over_another_window_than_the_definition_refuses_everybody() {
    let scorer = defined(true, true);
    let options = ScoreOptions { horizon: common::horizon("30d"), ..scorer.defaults(day(120)) };
    let mut batch = scorer.batch(&options);
    batch.push(&history(&[(3, 900), (40, 1_200)]));
    let scores = batch.finish();
    assert!(matches!(scores[..], [Err(BehaviourError::OtherWindow { .. })]), "{scores:?}");
}

#[test]
fn who_cannot_be_scored_keeps_the_place_and_hides_nobody() {
    let scorer = scorer(true, None);
    let euros = OrderHistory::new(Currency::EUR);
    let dollars = history(&[(3, 900), (40, 1_200)]);
    let mut batch = scorer.batch(&scorer.defaults(day(120)));
    for one in [&dollars, &euros, &dollars] {
        batch.push(one);
    }
    let scores = batch.finish();
    assert_eq!(scores[0].as_ref().map(|score| score.rung), Ok(Rung::Boosted));
    assert_eq!(scores[1], Err(BehaviourError::WrongCurrency { got: Currency::EUR, expected: Currency::USD }));
    assert_eq!(scores[0], scores[2]);
    assert!(scorer.batch(&scorer.defaults(day(120))).finish().is_empty());
}
