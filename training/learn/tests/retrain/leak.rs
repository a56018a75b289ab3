//! What lies at or after the as-of changes nothing, nor do threads or the order of rows.

use proptest::collection::vec;
use proptest::prelude::*;
use tenure_core::{Duration, Event, Money};
use tenure_learn::{DriftRules, Entrant, OrderBook, compare, drift};

use crate::support::{at, book, horizon, order, scorer, shop, trained};

const AS_OF: &str = "2023-06-01";
const END: &str = "2024-01-01";

fn base() -> Vec<Event> {
    // An order just before the as-of, so that every export reaches it.
    let mut events = shop(120, 9, END);
    events.push(order("c0000001", at("2023-05-31").instant(), 2_000));
    events
}

/// All that is said as of the as-of: the bundle, a comparison, and the drift of an earlier bundle.
fn said(book: &OrderBook) -> (Vec<u8>, String, String) {
    let now = trained(book, at(AS_OF));
    let bytes = now.to_bundle().unwrap();
    let early = trained(book, at("2023-02-01"));
    let (old, new) = (scorer(&early), scorer(&now));
    let champion = Entrant { name: "old", stored: Some(&old), recipe: &early.recipe };
    let challenger = Entrant { name: "new", stored: Some(&new), recipe: &now.recipe };
    let compared = compare(book, at(AS_OF), horizon(90), champion, challenger).unwrap();
    let drifted = drift(&old, Some(&early.profile), book, at(AS_OF), DriftRules::default()).unwrap();
    (bytes, format!("{compared:?}"), format!("{drifted:?}"))
}

fn is_future(event: &Event) -> bool {
    !at(AS_OF).knows(event.occurred_at)
}

/// What is done to each order of the future.
#[derive(Clone, Debug)]
enum Change {
    Drop,
    To { customer: u16, later_hours: u32, factor: i64 },
}

fn changes() -> impl Strategy<Value = Vec<Change>> {
    let to = (0..400_u16, 0..9_000_u32, 0..1_000_i64)
        .prop_map(|(customer, later_hours, factor)| Change::To { customer, later_hours, factor });
    vec(prop_oneof![1 => Just(Change::Drop), 3 => to], 1..60)
}

fn changed(events: Vec<Event>, changes: &[Change]) -> Vec<Event> {
    let mut next = changes.iter().cycle();
    let change = |mut event: Event| {
        if !is_future(&event) {
            return Some(event);
        }
        let Some(Change::To { customer, later_hours, factor }) = next.next() else { return None };
        event.customer_id = format!("c{customer:07}").parse().unwrap();
        // From the very instant of the as-of on.
        let hour_us = 3_600_000_000;
        let later = Duration::from_microseconds(i64::from(*later_hours) * hour_us).unwrap();
        event.occurred_at = at(AS_OF).instant().saturating_add(later);
        event.amount = event.amount.map(|amount| {
            Money::from_minor_units(amount.minor_units().saturating_mul(*factor), amount.currency())
        });
        // A refund of nothing is an order of nothing.
        event.amount = event.amount.filter(|amount| amount.minor_units() != 0);
        event.amount.is_some().then_some(event)
    };
    events.into_iter().filter_map(change).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4))]

    #[test]
    fn no_future_changes_a_byte(changes in changes()) {
        let expected = said(&book(base()));
        let other = changed(base(), &changes);
        prop_assert_ne!(other.len(), 0);
        prop_assert!(said(&book(other)) == expected, "the future was seen");
    }
}

#[test]
fn the_last_instant_before_the_as_of_is_seen() {
    let mut events = base();
    let last = at(AS_OF).instant().saturating_sub(Duration::from_microseconds(1).unwrap());
    events.push(order("c0000002", last, 2_500));
    let (seen, expected) = (said(&book(events)), said(&book(base())));
    assert!(seen.0 != expected.0 && seen.1 != expected.1 && seen.2 != expected.2);
}

#[test]
fn threads_and_rows_in_another_order_change_nothing() {
    let expected = said(&book(base()));
    for threads in [1, 2] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let mut turned = base();
        turned.reverse();
        let third = turned.len() / 3;
        turned.rotate_left(third);
        assert!(pool.install(|| said(&book(turned))) == expected, "{threads} threads");
    }
}
