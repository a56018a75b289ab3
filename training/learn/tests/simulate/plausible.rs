//! A simulated shop looks like one.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use tenure_core::{Event, EventKind, TimeZone};
use tenure_learn::simulate::{Simulation, Truth};

use crate::{instant, run, tidy};

fn count(events: &[Event], keep: impl Fn(&Event) -> bool) -> f64 {
    events.iter().filter(|event| keep(event)).count() as f64
}

fn is(kind: EventKind) -> impl Fn(&Event) -> bool {
    move |event| event.kind == kind
}

/// Between two dates of UTC, the second left out.
fn between(from: &str, to: &str) -> impl Fn(&Event) -> bool {
    let (from, to) = (instant(from), instant(to));
    move |event| event.occurred_at >= from && event.occurred_at < to
}

#[test]
fn every_kind_and_every_attribute_occurs() {
    let (events, _) = run(tidy(3_000));
    let kinds: BTreeSet<_> = events.iter().map(|event| event.kind.clone()).collect();
    assert_eq!(kinds, EventKind::KNOWN.iter().cloned().collect());
    let values = |pick: fn(&Event) -> Option<&str>| {
        events.iter().filter_map(pick).map(str::to_owned).collect::<BTreeSet<_>>()
    };
    let channels = values(|event| event.attributes.channel.as_deref());
    for channel in ["shopify", "amazon", "tiktok_shop", "woocommerce", "email", "sms"] {
        assert!(channels.contains(channel), "{channel}");
    }
    let campaigns = values(|event| event.attributes.campaign.as_deref());
    for campaign in ["double_11", "black_friday", "spring_festival", "christmas", "cart_reminder"] {
        assert!(campaigns.contains(campaign), "{campaign}");
    }
    assert_eq!(values(|event| event.attributes.device.as_deref()).len(), 3);
    assert_eq!(values(|event| event.attributes.country.as_deref()).len(), 8);
    assert_eq!(values(|event| event.attributes.category.as_deref()).len(), 12);
    assert!(values(|event| event.attributes.product.as_deref()).len() > 500);
}

#[test]
fn amounts_and_answers_are_within_sense() {
    let (events, truths) = run(tidy(3_000));
    let orders: Vec<&Event> = events.iter().filter(|event| event.kind == EventKind::Order).collect();
    let mean =
        orders.iter().map(|order| order.amount.unwrap().major_units()).sum::<f64>() / orders.len() as f64;
    // Gamma-Gamma (6, 4, 25): p v / (q - 1) = 50.
    assert!((45.0..55.0).contains(&mean), "{mean}");
    for event in &events {
        let in_range = match event.kind.as_str() {
            "nps" => event.attributes.rating.is_some_and(|answer| answer <= 10),
            "review" => event.attributes.rating.is_some_and(|stars| (1..=5).contains(&stars)),
            "session" => event.attributes.duration.is_some_and(|length| length.days() < 0.1),
            "order" => {
                let attributes = &event.attributes;
                event.amount.is_some_and(|paid| paid.minor_units() > 0)
                    && attributes.quantity.is_some_and(|pieces| (1..20).contains(&pieces))
                    && attributes.discount.is_none_or(|off| off.minor_units() > 0)
            }
            "refund" => event.amount.is_some_and(|back| back.is_negative()),
            _ => event.amount.is_none(),
        };
        assert!(in_range, "{event:?}");
    }
    let visitors = truths.iter().filter(|truth| !truth.is_buyer).count() as f64 / 3_000.0;
    assert!((0.32..0.38).contains(&visitors), "{visitors}");
}

#[test]
fn the_year_has_its_seasons() {
    let (events, _) = run(Simulation { visitor_share: 0.0, ..tidy(5_000) });
    let in_country = |event: &Event, code: &str| event.attributes.country.as_deref() == Some(code);
    let orders = |from, to, code: Option<&str>| {
        let within = between(from, to);
        count(&events, |event| {
            event.kind == EventKind::Order && within(event) && code.is_none_or(|code| in_country(event, code))
        })
    };
    let (june, november) =
        (orders("2024-06-01", "2024-07-01", None), orders("2024-11-01", "2024-12-01", None));
    assert!(november > 1.25 * june, "{november} in November, {june} in June");
    // A day of Double 11 against a plain one, on the clock of China; Black Friday on that of America.
    let double_11 = orders("2024-11-10T16:00", "2024-11-11T16:00", Some("CN"));
    let plain = orders("2024-10-13T16:00", "2024-10-14T16:00", Some("CN"));
    assert!(double_11 > 3.0 * plain, "{double_11} on Double 11, {plain} before");
    let friday = orders("2024-11-29T06:00", "2024-11-30T06:00", Some("US"));
    let plain = orders("2024-10-18T06:00", "2024-10-19T06:00", Some("US"));
    assert!(friday > 2.0 * plain, "{friday} on Black Friday, {plain} before");
    let feast = orders("2024-02-07", "2024-02-16", Some("CN")) / 9.0;
    let before = orders("2024-01-20", "2024-02-05", Some("CN")) / 16.0;
    assert!(feast < 0.6 * before, "{feast} at Spring Festival, {before} before");
    // Britain sleeps: three hours of the night against three of the evening.
    let mut hours = BTreeMap::new();
    for event in events.iter().filter(|event| event.kind == EventKind::Session && in_country(event, "GB")) {
        let since = event.occurred_at.since(TimeZone::utc().start_of_day(event.occurred_at));
        *hours.entry((since.days() * 24.0) as u32).or_insert(0.0) += 1.0;
    }
    let share = |from: u32| (from..from + 3).filter_map(|hour| hours.get(&hour)).sum::<f64>();
    assert!(share(19) > 5.0 * share(2), "{hours:?}");
}

#[test]
fn carts_are_left_and_mails_are_opened_as_in_other_shops() {
    let (events, _) = run(tidy(3_000));
    let total = |kind| count(&events, is(kind));
    let is_own = |event: &Event| event.attributes.channel.as_deref() != Some("amazon");
    let bought = count(&events, |event| event.kind == EventKind::Order && is_own(event));
    let left = 1.0 - bought / total(EventKind::AddToCart);
    assert!((0.5..0.85).contains(&left), "{left}");
    let opened = total(EventKind::EmailOpen) / total(EventKind::EmailSend);
    assert!((0.12..0.45).contains(&opened), "{opened}");
    let clicked = total(EventKind::EmailClick) / total(EventKind::EmailOpen);
    assert!((0.05..0.3).contains(&clicked), "{clicked}");
    assert!(
        total(EventKind::CheckoutStart) > bought && total(EventKind::ProductView) > total(EventKind::Session)
    );
}

#[test]
fn hunters_wait_for_sales() {
    let (events, truths) = run(tidy(3_000));
    let hunters: HashMap<_, _> =
        truths.iter().map(|truth| (truth.customer_id.clone(), truth.is_discount_hunter)).collect();
    let share = |is_hunter: bool, keep: fn(&Event) -> bool| {
        let own = |event: &Event| event.kind == EventKind::Order && hunters[&event.customer_id] == is_hunter;
        count(&events, |event| own(event) && keep(event)) / count(&events, own)
    };
    let in_sale = |event: &Event| event.attributes.campaign.is_some();
    let reduced = |event: &Event| event.attributes.discount.is_some();
    assert!(share(true, in_sale) > 2.0 * share(false, in_sale));
    assert!(share(true, reduced) > 0.8 && share(false, reduced) < 0.5);
}

#[test]
fn interest_fades_before_the_end() {
    let (events, truths) = run(tidy(4_000));
    let ends: HashMap<_, &Truth> = truths.iter().map(|truth| (&truth.customer_id, truth)).collect();
    // Of customers who lived long: the last fortnight against the time from 90 to 60 days before the end.
    let days_left = |event: &Event| {
        let truth = ends[&event.customer_id];
        let (end, first) = (truth.churned_at?, truth.first_order_at?);
        (end.since(first).days() > 120.0)
            .then(|| end.since(event.occurred_at).days())
            .filter(|days| *days > 0.0)
    };
    let within =
        |event: &Event, from: f64, to: f64| days_left(event).is_some_and(|days| days >= from && days < to);
    let open_rate = |from: f64, to: f64| {
        let of = |kind| count(&events, |event| event.kind == kind && within(event, from, to));
        of(EventKind::EmailOpen) / of(EventKind::EmailSend)
    };
    let (early, late) = (open_rate(60.0, 90.0), open_rate(0.0, 14.0));
    assert!(late < 0.6 * early, "{late} of mails opened at the end, {early} before");
    let length = |from: f64, to: f64| {
        let lengths: Vec<f64> = events
            .iter()
            .filter(|event| event.attributes.campaign.is_none() && within(event, from, to))
            .filter_map(|event| event.attributes.duration.map(|length| length.days() * 86_400.0))
            .collect();
        lengths.iter().sum::<f64>() / lengths.len() as f64
    };
    assert!(length(0.0, 14.0) < length(60.0, 90.0));
}
