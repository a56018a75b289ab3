//! Random events, in random pieces, by both ways in: what is read is what plain loops say.

use std::collections::BTreeMap;

use proptest::prelude::*;
use tenure_behaviour::{Fact, Symbol};
use tenure_core::{Attributes, Currency, Duration, Event, EventKind, Money, Timestamp};

use crate::support::{Known, Shop, known};

/// Few customers, times and ids, so that they meet.
fn events() -> impl Strategy<Value = Vec<Event>> {
    let name = || prop::option::weighted(0.5, prop::sample::select(vec!["a", "b", "it's, \"so\"", "门"]));
    let numbers = (prop::option::of(0_u32..4), prop::option::of(0_u32..11), prop::option::of(0_i64..5_000));
    let one = (
        (0_u8..6, 0_usize..5, 0_i64..40, -20_i64..60),
        (-500_i64..500, prop::bool::ANY, prop::option::weighted(0.4, 0_u8..12)),
        numbers,
        (name(), name(), name(), prop::option::of(0_i64..10_000_000)),
    );
    prop::collection::vec(one.prop_map(event), 1..120)
}

type Place = (u8, usize, i64, i64);
type Paid = (i64, bool, Option<u8>);
type Numbers = (Option<u32>, Option<u32>, Option<i64>);
type Names = (Option<&'static str>, Option<&'static str>, Option<&'static str>, Option<i64>);

fn event((place, money, numbers, names): (Place, Paid, Numbers, Names)) -> Event {
    let (customer, kind, at, late) = place;
    let (minor, has_amount, event_id) = money;
    let (quantity, rating, discount) = numbers;
    let kinds = ["order", "refund", "product_view", "size_guide_open", "session"];
    let kind: EventKind = kinds[kind].parse().unwrap();
    // Minutes around the epoch: times below zero must sort as well.
    let instant = |minute: i64| Timestamp::from_microseconds((minute - 10) * 60_000_000).unwrap();
    let minor = if kind == EventKind::Order {
        Some(minor.abs())
    } else if kind == EventKind::Refund {
        Some(-minor.abs() - 1)
    } else {
        has_amount.then_some(minor)
    };
    let amount = minor.map(|minor| Money::from_minor_units(minor, Currency::USD));
    let text = |name: Option<&str>| name.map(Into::into);
    let (product, channel, country, duration) = names;
    let attributes = Attributes {
        event_id: event_id.map(|id| format!("e{id}").into()),
        order_id: event_id.map(|id| format!("o{}", id / 2).into()),
        quantity,
        rating,
        discount: discount.map(|minor| Money::from_minor_units(minor, Currency::USD)),
        duration: duration.map(|us| Duration::from_microseconds(us).unwrap()),
        product: text(product),
        channel: text(channel),
        country: text(country),
        category: text(product),
        campaign: text(channel),
        device: text(country),
    };
    let customer = format!("c{customer}").parse().unwrap();
    // Some are known late, some at once; what came "before it happened" is known when it happens.
    let ingested_at = if late > 0 { instant(at + late) } else { instant(at + late.min(0) / 20) };
    Event { customer_id: customer, kind, occurred_at: instant(at), ingested_at, amount, attributes }
}

/// The order in which events became known, by a plain sort; of one event id the first.
fn expected(events: &[Event]) -> Known {
    let mut all: BTreeMap<String, Vec<&Event>> = BTreeMap::new();
    for event in events {
        all.entry(event.customer_id.to_string()).or_default().push(event);
    }
    let facts = |mut events: Vec<&Event>| {
        events.sort_by_key(|event| (event.known_at(), event.occurred_at));
        let mut ids = Vec::new();
        events.retain(|event| match &event.attributes.event_id {
            Some(id) if ids.contains(id) => false,
            Some(id) => {
                ids.push(id.clone());
                true
            }
            None => true,
        });
        events.into_iter().map(Fact::from).collect()
    };
    all.into_iter().map(|(customer, events)| (customer, facts(events))).collect()
}

/// All events up to the beginning of a run, and up to its end.
fn ends_of<'a>(events: &'a [Event], ends: &[usize]) -> [&'a [Event]; 2] {
    [&events[..ends[0]], &events[..ends[1]]]
}

fn by_kind(known: &Known) -> BTreeMap<Symbol, u64> {
    let mut counts = BTreeMap::new();
    known.values().flatten().for_each(|fact| *counts.entry(fact.kind).or_default() += 1);
    counts
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn reads_what_was_imported_in_any_number_of_runs(events in events(), cuts in prop::collection::vec(0_usize..120, 0..4)) {
        let shop = Shop::new();
        let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(events.len())).collect();
        cuts.extend([0, events.len()]);
        cuts.sort_unstable();
        let mut runs = 0;
        for (number, ends) in cuts.windows(2).enumerate() {
            let part = &events[ends[0]..ends[1]];
            if part.is_empty() {
                continue;
            }
            let summary = shop.append(&shop.write_events(&format!("{number}.parquet"), part));
            prop_assert_eq!(summary.events, part.len() as u64);
            prop_assert_eq!(summary.sources[0].rejected(), 0, "{}", summary.sources[0]);
            runs += 1;
            // What the run brought is what is known with it and was not known without it.
            let [before, after] = ends_of(&events, ends).map(|events| by_kind(&expected(events)));
            let kept = shop.log().kept_of_newest(&|_| {}).unwrap();
            prop_assert_eq!(kept.events, after.values().sum::<u64>() - before.values().sum::<u64>());
            prop_assert_eq!(kept.events + kept.repeated, part.len() as u64);
            for (kind, count) in &kept.kinds {
                let of = |counts: &BTreeMap<Symbol, u64>| counts.get(&Symbol::of(kind)).copied().unwrap_or(0);
                prop_assert_eq!(*count, of(&after).saturating_sub(of(&before)), "{}", kind);
            }
        }
        let wanted = expected(&events);
        prop_assert_eq!(shop.known(), wanted.clone());

        let mut log = shop.log();
        prop_assert_eq!(log.runs(), runs);
        let stats = log.stats(&|_| {}).unwrap();
        let compacted = log.compact(&shop.settings, &mut |_| {}).unwrap();
        let left: usize = wanted.values().map(Vec::len).sum();
        prop_assert_eq!((compacted.runs_before, compacted.events), (runs, left as u64));
        prop_assert_eq!(compacted.repeated, (events.len() - left) as u64);
        prop_assert_eq!(known(&log), wanted.clone());
        prop_assert_eq!(shop.known(), wanted);
        let after = log.stats(&|_| {}).unwrap();
        prop_assert_eq!((after.kinds, after.events, after.customers), (stats.kinds, stats.events, stats.customers));
        prop_assert_eq!(shop.names().len(), 2, "the manifest and one run");
    }
}
