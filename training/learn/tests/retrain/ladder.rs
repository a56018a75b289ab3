//! The boosted rung: made, kept, served, and blind to the future.

use std::collections::HashMap;

use tenure_bundle::{NextRung, NoTrees, Rung, ScoreOptions};
use tenure_core::{AsOf, CustomerId, DiscountRate, Event, Money};
use tenure_learn::simulate::{Process, Shape, Simulation};
use tenure_learn::{DriftRules, Entrant, OrderBook, Recipe, Trained, compare, drift, train};

use crate::support::{at, book, horizon, order, recipe, scorer, shop, simulated};

const AS_OF: &str = "2024-01-01";

/// A shop whose orders follow seasons, which no purchase model knows: there is something to correct.
pub(crate) fn seasonal(customers: u64, to: &str) -> Vec<Event> {
    let mut simulation = Simulation::new(customers, at("2022-01-01").instant(), at(to).instant()).unwrap();
    simulation.seed = 5;
    simulation.shape = Shape::Orders;
    simulation.process = Process::new("pareto_nbd", None).unwrap();
    simulation.visitor_share = 0.0;
    simulated(simulation)
}

/// The first half year of a shop in which those who come often spend much: more than any purchase model hears of.
fn telling(customers: u64, as_of: AsOf) -> Vec<Event> {
    let mut events = seasonal(customers, "2023-01-15");
    let mut orders: HashMap<CustomerId, u32> = HashMap::new();
    for event in &events {
        *orders.entry(event.customer_id.clone()).or_default() += 1;
    }
    for event in &mut events {
        let times = if orders[&event.customer_id] > 4 { 5 } else { 1 };
        event.amount = event
            .amount
            .map(|amount| Money::from_minor_units(times * amount.minor_units(), amount.currency()));
    }
    events.retain(|event| as_of.knows(event.occurred_at));
    events
}

pub(crate) fn monthly(as_of: AsOf) -> Recipe {
    Recipe { horizon: horizon(60), clv_horizon: horizon(60), ..recipe(as_of) }
}

fn made(book: &OrderBook) -> Trained {
    train(book, &monthly(at(AS_OF))).unwrap()
}

/// A bundle that could not pass for one without trees.
fn with_trees(book: &OrderBook) -> Trained {
    let trained = made(book);
    assert!(trained.model.boosted.is_some(), "{:?}", trained.manifest.notes);
    trained
}

fn options() -> ScoreOptions {
    let horizon = horizon(60);
    ScoreOptions { as_of: at(AS_OF), horizon, clv_horizon: horizon, discount_rate: DiscountRate::ZERO }
}

#[test]
fn a_bundle_keeps_the_rung_with_its_proof_and_answers_with_it() {
    let book = book(seasonal(2_500, AS_OF));
    let trained = made(&book);
    assert!(trained.manifest.model.starts_with("boosted_"), "{:?}", trained.manifest.notes);
    let rows = |name: &str| trained.manifest.backtest.iter().filter(|row| row.candidate == name).count();
    assert!(rows("boosted") >= 2 && rows("boosted") <= rows("naive_rate"));
    assert_eq!((rows("logistic"), rows("forest")), (1, 1));
    assert!(trained.manifest.backtest.iter().all(|row| row.chosen == (row.candidate == "boosted")));
    let scorer = scorer(&trained);
    assert!(scorer.boosted().unwrap().reads_only_orders());
    // The manifest says what the trees read.
    let features = &scorer.manifest().features;
    assert_eq!(features.sources[0].text, scorer.boosted().unwrap().form().definitions);
    assert_eq!(features.kinds, ["order", "refund"]);
    let without = trained_small().manifest.features;
    assert!(without.sources.is_empty() && without.schema_sha256 != features.schema_sha256);
    for (_, history) in book.sorted().into_iter().take(300) {
        let score = scorer.score(history, &options()).unwrap();
        assert_eq!((score.rung, score.next_rung.clone()), (Rung::Boosted, NextRung::Highest));
        assert!((0.0..=1.0).contains(&score.churn_probability) && score.expected_orders >= 0.0);
        assert!(score.churn.is_sorted_by(|near, far| near.churn_probability >= far.churn_probability));
        let at_60 = score.churn.iter().find(|one| one.horizon == horizon(60)).unwrap();
        assert_eq!(at_60.churn_probability, score.churn_probability);
        let [narrow, wide] = score.intervals.unwrap();
        assert!(wide.low <= narrow.low && narrow.low <= narrow.high && narrow.high <= wide.high);
        // The purchase model alone still answers, and otherwise.
        let alone = scorer.score_with(history, None, &options()).unwrap();
        assert_eq!(alone.rung, Rung::Btyd);
        assert!(matches!(alone.next_rung, NextRung::Events(_)));
    }
}

/// Half a year of history and half a year ahead: no past date has seen the like.
#[test]
fn a_short_history_learns_over_less_and_leaves_the_level_alone() {
    let as_of = at("2022-07-15");
    let book = book(telling(2_500, as_of));
    let recipe = Recipe { horizon: horizon(180), clv_horizon: horizon(180), ..recipe(as_of) };
    let trained = train(&book, &recipe).unwrap();
    let said = |part: &str| trained.manifest.notes.iter().any(|note| note.contains(part));
    assert!(
        said("too short to have seen 180d whole, so trees learned over 38d"),
        "{:?}",
        trained.manifest.notes
    );
    let (scorer, options) = (scorer(&trained), ScoreOptions { as_of, horizon: horizon(180), ..options() });
    let options = ScoreOptions { clv_horizon: horizon(180), ..options };
    let (mut gone, mut value, mut moved) = ([0.0; 2], [0.0; 2], 0.0);
    for (_, history) in book.sorted() {
        let bent = scorer.score(history, &options).unwrap();
        let plain = scorer.score_with(history, None, &options).unwrap();
        if bent.rung != Rung::Boosted {
            continue;
        }
        for (at, score) in [&bent, &plain].into_iter().enumerate() {
            gone[at] += score.churn_probability;
            value[at] += score.predicted_clv.major_units;
        }
        moved += (bent.churn_probability - plain.churn_probability).abs();
    }
    assert!(moved > 1.0, "nobody was told from anybody: {moved}");
    assert!((gone[0] / gone[1] - 1.0).abs() < 0.01, "{gone:?}");
    assert!((value[0] / value[1] - 1.0).abs() < 0.05, "{value:?}");
}

/// A shop that was closed a year before, for a season.
#[test]
fn a_window_without_orders_sets_no_level() {
    let closed = at("2022-12-25")..at("2023-03-10");
    let mut events = seasonal(2_500, AS_OF);
    events.retain(|event| !closed.contains(&AsOf::new(event.occurred_at)));
    let trained = made(&book(events));
    let said = trained.manifest.notes.iter().find(|note| note.contains("the same season a year before"));
    assert!(said.unwrap().contains("off by +0.000"), "{said:?}");
}

/// Whoever orders is alive, and orders at least once; a later horizon is no safer.
#[test]
fn the_parts_of_a_score_agree() {
    let book = book(seasonal(900, AS_OF));
    let scorer = scorer(&with_trees(&book));
    for (_, history) in book.sorted().into_iter().take(400) {
        for days in [7, 60, 61, 200, 365] {
            let score =
                scorer.score(history, &ScoreOptions { clv_horizon: horizon(days), ..options() }).unwrap();
            let orders = score.churn.last().map(|one| 1.0 - one.churn_probability).unwrap();
            assert!(score.p_alive >= orders - 1e-12, "{score:?}");
            let asked = score.churn.iter().find(|one| one.horizon == horizon(days));
            assert!(asked.is_none_or(|one| score.expected_orders >= 1.0 - one.churn_probability - 1e-12));
            let [narrow, _] = score.intervals.unwrap();
            assert!(narrow.high >= narrow.low && narrow.low.is_finite());
        }
    }
}

#[test]
fn the_future_changes_no_byte_where_trees_learn() {
    let past = seasonal(900, AS_OF);
    let expected = with_trees(&book(past.clone())).to_bundle().unwrap();
    let mut later = past;
    for customer in 0..200 {
        later.push(order(&format!("c{customer:07}"), at("2024-01-01").instant(), 1_000_000));
        later.push(order(&format!("new{customer}"), at("2024-02-01").instant(), 5));
    }
    assert!(made(&book(later)).to_bundle().unwrap() == expected, "the future was seen");
}

/// A comparison and the drift of an earlier bundle, both with trees.
fn judged(book: &OrderBook) -> String {
    let early = train(book, &monthly(at("2023-10-15"))).unwrap();
    assert!(early.model.boosted.is_some(), "{:?}", early.manifest.notes);
    let (old, new) = (scorer(&early), made(book));
    let champion = Entrant { name: "old", stored: Some(&old), recipe: &early.recipe };
    let challenger = Entrant { name: "new", stored: None, recipe: &new.recipe };
    let compared = compare(book, at(AS_OF), horizon(60), champion, challenger).unwrap();
    let drifted = drift(&old, Some(&early.profile), book, at(AS_OF), DriftRules::default()).unwrap();
    let of_trees = drifted.features.iter().filter(|one| one.feature.starts_with("trees_")).count();
    assert_eq!(of_trees, old.boosted().unwrap().form().columns.len());
    assert_eq!(compared.champion.evaluation.rungs[0].rung, Rung::Boosted);
    format!("{compared:?} {drifted:?}")
}

#[test]
fn the_future_changes_no_judgement_where_trees_answer() {
    let past = seasonal(900, AS_OF);
    let expected = judged(&book(past.clone()));
    let mut later = past;
    later.extend((0..200).map(|one| order(&format!("c{one:07}"), at("2024-01-01").instant(), 1_000_000)));
    later.extend((0..200).map(|one| order(&format!("new{one}"), at("2024-02-01").instant(), 5)));
    assert!(judged(&book(later)) == expected, "the future was seen");
}

#[test]
fn one_thread_and_two_make_the_same_bytes() {
    let book = book(seasonal(900, AS_OF));
    let on = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| with_trees(&book).to_bundle().unwrap())
    };
    assert!(on(1) == on(2));
}

fn trained_small() -> Trained {
    made(&book(shop(300, 4, AS_OF)))
}

#[test]
fn a_small_shop_gets_the_purchase_model_with_intervals() {
    let book = book(shop(300, 4, AS_OF));
    let trained = made(&book);
    assert!(trained.model.boosted.is_none());
    let scorer = scorer(&trained);
    let (_, history) = book.sorted()[0];
    let score = scorer.score(history, &options()).unwrap();
    assert_eq!(
        (score.rung, score.next_rung),
        (Rung::Btyd, NextRung::Trees(NoTrees::Customers { known: 300, needed: 500 }))
    );
    assert!(score.intervals.is_some());
}
