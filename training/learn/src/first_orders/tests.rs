//! A shop with visitors: who is counted, what is learned of them, and what came of it.

use std::borrow::Cow;
use std::collections::BTreeMap;

use tenure_behaviour::Symbol;
use tenure_bundle::{Limits, Rung, Scorer};

use super::*;
use crate::judged::like_outcomes;
use crate::sample::{Orders, book, day, horizon, recipe, shop};
use crate::{Known, OrderBook, Shop, evaluate, train_from};

/// Facts of each customer in the order in which they became known.
#[derive(Debug, Default, Clone)]
struct Log(BTreeMap<CustomerId, Vec<Fact>>);

impl Log {
    fn add(&mut self, customer: &str, kind: &str, at: f64, known_at: f64) {
        let fact = Fact { ingested_at: day(known_at), ..Fact::new(Symbol::of(kind), day(at)) };
        let facts = self.0.entry(CustomerId::new(customer).unwrap()).or_default();
        facts.push(fact);
        facts.sort_by_key(Fact::known_at);
    }
}

/// What was known at the as-of, and what is by now.
struct Seen<'a> {
    known: &'a OrderBook,
    facts: &'a Log,
    happened: &'a OrderBook,
}

impl Shop for Seen<'_> {
    fn known_at(&self, _as_of: AsOf) -> Result<Known<'_>, LearnError> {
        Ok(Known { book: Cow::Borrowed(self.known), facts: Some(Box::new(self.facts.clone())) })
    }

    fn known_now(&self) -> Result<Known<'_>, LearnError> {
        Ok(Known { book: Cow::Borrowed(self.happened), facts: Some(Box::new(self.facts.clone())) })
    }
}

impl FactSource for Log {
    fn kinds(&self) -> Vec<EventKind> {
        vec![EventKind::Order, EventKind::Session]
    }

    fn visit(
        &self,
        wanted: &(dyn Fn(&CustomerId) -> bool + Sync),
        visit: &(dyn Fn(&CustomerId, &[Fact]) + Sync),
    ) -> Result<(), LearnError> {
        self.0.iter().filter(|(id, _)| wanted(id)).for_each(|(id, facts)| visit(id, facts));
        Ok(())
    }
}

const START: f64 = 20_000.0;
const END: f64 = 20_500.0;

/// 150 buyers, each seen two to six days before the first order, and 75 visitors, of whom none has ordered.
fn visited() -> (Orders, Log) {
    let (orders, mut log) = (shop(150, 700.0), Log::default());
    for (customer, at, _) in &orders {
        log.add(&format!("c{customer:04}"), "order", *at, *at);
    }
    let mut seen = Vec::new();
    for (customer, at, _) in &orders {
        if !seen.contains(customer) {
            seen.push(*customer);
            let before = at - 2.0 - f64::from(customer % 5);
            log.add(&format!("c{customer:04}"), "session", before, before);
        }
    }
    for visitor in 0..75 {
        let at = START + 5.0 * f64::from(visitor);
        log.add(&format!("v{visitor:04}"), "session", at, at);
    }
    (orders, log)
}

fn found(orders: &Orders, log: &Log) -> (Option<Prior>, Vec<String>) {
    let before: Orders = orders.iter().filter(|(_, at, _)| *at < END).copied().collect();
    let mut notes = Vec::new();
    (fit(&book(&before), log, &recipe(END), &mut notes).unwrap(), notes)
}

#[test]
fn those_who_come_and_order_are_told_from_those_who_never_do() {
    let (orders, log) = visited();
    let (prior, notes) = found(&orders, &log);
    let prior = prior.unwrap();
    let [_, _, share] = prior.first_order().parameters();
    assert!((share - 150.0 / 225.0).abs() < 0.01, "{share}");
    let weeks = |days: f64| Weeks::new(days / 7.0).unwrap();
    assert!(prior.first_order().p_order(weeks(0.0), weeks(60.0)) > 0.6);
    assert!(prior.first_order().p_order(weeks(60.0), weeks(60.0)) < 0.01);
    // The mean of the first orders, counted apart.
    let mut first: BTreeMap<u32, (f64, i64)> = BTreeMap::new();
    for (customer, at, cents) in &orders {
        let one = first.entry(*customer).or_insert((*at, *cents));
        if *at < one.0 {
            *one = (*at, *cents);
        }
    }
    let mean = first.values().map(|(_, cents)| *cents as f64 / 100.0).sum::<f64>() / first.len() as f64;
    assert!((prior.first_spend() / mean - 1.0).abs() < 0.05, "{} for {mean}", prior.first_spend());
    let [note] = notes.as_slice() else { panic!("{notes:?}") };
    assert!(
        note.starts_with("of 225 customers who were known before a first order 150 placed one"),
        "{note}"
    );
}

#[test]
fn what_was_not_known_before_the_as_of_changes_nothing() {
    let (orders, log) = visited();
    let mut later = log.clone();
    later.add("v0003", "session", START - 300.0, END + 1.0);
    later.add("c0003", "session", START - 300.0, END);
    for visitor in 0..40 {
        later.add(&format!("new{visitor}"), "session", END + 1.0, END + 1.0);
    }
    assert_eq!(found(&orders, &later), found(&orders, &log));
}

#[test]
fn an_order_that_nothing_came_before_tells_no_wait() {
    let (orders, mut log) = visited();
    for facts in log.0.values_mut().take(50) {
        facts.retain(|fact| fact.kind == Symbol::of("order"));
    }
    let (prior, notes) = found(&orders, &log);
    assert!(notes[0].contains("of 175 customers") && notes[0].contains(" 100 placed one"), "{notes:?}");
    let [_, _, share] = prior.unwrap().first_order().parameters();
    assert!((share - 100.0 / 175.0).abs() < 0.01, "{share}");
}

#[test]
fn few_first_orders_and_orders_alone_tell_nothing() {
    let (orders, mut log) = visited();
    for facts in log.0.values_mut().take(125) {
        facts.retain(|fact| fact.kind == Symbol::of("order"));
    }
    let (prior, notes) = found(&orders, &log);
    assert_eq!(prior, None);
    assert!(notes[0].contains("25 placed one, and at least 30 are needed"), "{notes:?}");
    let mut notes = Vec::new();
    let book = book(&orders);
    assert_eq!(fit(&book, &book, &recipe(END), &mut notes).unwrap(), None);
    assert!(notes.is_empty(), "a file of orders has no visitors to speak of: {notes:?}");
}

#[test]
fn visitors_are_judged_apart_from_buyers() {
    let (mut orders, mut log) = visited();
    let known = book(&orders.iter().filter(|(_, at, _)| *at < END).copied().collect::<Orders>());
    let trained = train_from(&known, &log, &recipe(END)).unwrap();
    let scorer = Scorer::from_bytes(&trained.to_bundle().unwrap(), &Limits::default()).unwrap();
    assert_eq!(scorer.prior(), trained.prior.as_ref());
    // Two come just before the as-of, of whom one orders twice.
    for customer in ["c9001", "c9002"] {
        log.add(customer, "session", END - 1.0, END - 1.0);
    }
    orders.extend([(9_001, END + 2.0, 2_000), (9_001, END + 20.0, 4_000)]);
    let happened = book(&orders);
    let seen = Seen { known: &known, facts: &log, happened: &happened };
    let options = like_outcomes(AsOf::new(day(END)), horizon(90));
    let judged = evaluate(&scorer, &seen, &options).unwrap();
    assert!(judged.rungs.iter().all(|line| line.rung != Rung::Prior));
    let visitors = judged.without_order.unwrap();
    assert_eq!((visitors.customers, visitors.ordered, visitors.orders), (77, 1, 2.0));
    assert!((visitors.value_total - 60.0).abs() < 1e-9);
    let each = |customer_days: f64| scorer.score_before_first_order(Some(day(END - customer_days)), &options);
    let recent = 2.0 * (1.0 - each(1.0).churn_probability);
    assert!(recent > 0.5 && visitors.expected_to_order >= recent, "{visitors:?}");
    assert!(
        visitors.expected_to_order < recent + 0.5,
        "those of months ago are not waited for: {visitors:?}"
    );
    assert!(visitors.expected_orders > visitors.expected_to_order);
}
