//! Simulated shops, and what may happen to them.

use tenure_behaviour::{OccasionRule, SummaryRule};
use tenure_bundle::{Limits, Scorer, decode};
use tenure_core::{
    AsOf, Currency, CustomerId, DiscountRate, Duration, Event, EventKind, Horizon, Money, TimeZone, Timestamp,
};
use tenure_learn::simulate::{Process, Shape, Simulation, Simulator};
use tenure_learn::{LearnError, ModelChoice, OrderBook, Recipe, Trained, train};

pub(crate) fn at(day: &str) -> AsOf {
    AsOf::new(Timestamp::parse(day, &TimeZone::utc()).unwrap())
}

pub(crate) fn horizon(days: u32) -> Horizon {
    Horizon::new(Duration::from_days(days)).unwrap()
}

/// Orders and refunds of a shop without seasons, from 2022 on.
pub(crate) fn events(customers: u64, seed: u64, process: Process, to: &str) -> Vec<Event> {
    let mut simulation = Simulation::new(customers, at("2022-01-01").instant(), at(to).instant()).unwrap();
    simulation.seed = seed;
    simulation.shape = Shape::Orders;
    simulation.process = process;
    simulation.seasons = false;
    simulation.visitor_share = 0.0;
    simulation.duplicate_share = 0.0;
    simulated(simulation)
}

/// All orders and refunds of a simulation.
pub(crate) fn simulated(simulation: Simulation) -> Vec<Event> {
    let mut events = Vec::new();
    let mut keep = |event: Event| {
        events.push(event);
        Ok(())
    };
    Simulator::new(simulation).unwrap().run::<LearnError>(&mut keep, &mut |_| Ok(())).unwrap();
    events.retain(|event| event.amount.is_some());
    events
}

/// A middling shop.
pub(crate) fn shop(customers: u64, seed: u64, to: &str) -> Vec<Event> {
    events(customers, seed, Process::new("pareto_nbd", None).unwrap(), to)
}

pub(crate) fn book(events: impl IntoIterator<Item = Event>) -> OrderBook {
    let mut book = OrderBook::new(Currency::USD);
    events.into_iter().for_each(|event| book.record(event).unwrap());
    book
}

/// An order of nobody else's, in cents.
pub(crate) fn order(customer: &str, at: Timestamp, cents: i64) -> Event {
    let kind = if cents < 0 { EventKind::Refund } else { EventKind::Order };
    let amount = Money::from_minor_units(cents, Currency::USD);
    Event::new(CustomerId::new(customer).unwrap(), kind, at, Some(amount))
}

pub(crate) fn recipe(as_of: AsOf) -> Recipe {
    Recipe {
        as_of,
        horizon: horizon(90),
        horizons: Recipe::standard_horizons(),
        clv_horizon: horizon(365),
        discount_rate: DiscountRate::ZERO,
        summary_rule: SummaryRule { occasion: OccasionRule::Day, time_zone: TimeZone::utc() },
        model: ModelChoice::Best,
        penalizer: 0.0,
        definitions: Recipe::standard_definitions(),
        churn: None,
        trees: Recipe::standard_trees(),
        correct_level: true,
    }
}

pub(crate) fn trained(book: &OrderBook, as_of: AsOf) -> Trained {
    train(book, &recipe(as_of)).unwrap()
}

pub(crate) fn scorer(trained: &Trained) -> Scorer {
    let bundle = decode(&trained.to_bundle().unwrap(), &Limits::default()).unwrap();
    Scorer::from_raw(bundle).unwrap()
}
