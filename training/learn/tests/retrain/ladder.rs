//! The boosted rung: made, kept, served, and blind to the future.

use tenure_bundle::{NextRung, Rung, ScoreOptions};
use tenure_core::{AsOf, DiscountRate, Event};
use tenure_learn::simulate::{Process, Shape, Simulation};
use tenure_learn::{OrderBook, Recipe, Trained, train};

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

pub(crate) fn monthly(as_of: AsOf) -> Recipe {
    Recipe { horizon: horizon(60), clv_horizon: horizon(60), ..recipe(as_of) }
}

fn made(book: &OrderBook) -> Trained {
    train(book, &monthly(at(AS_OF))).unwrap()
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

#[test]
fn the_future_changes_no_byte_where_trees_learn() {
    let past = seasonal(900, AS_OF);
    let expected = made(&book(past.clone())).to_bundle().unwrap();
    let mut later = past;
    for customer in 0..200 {
        later.push(order(&format!("c{customer:07}"), at("2024-01-01").instant(), 1_000_000));
        later.push(order(&format!("new{customer}"), at("2024-02-01").instant(), 5));
    }
    assert!(made(&book(later)).to_bundle().unwrap() == expected, "the future was seen");
}

#[test]
fn one_thread_and_two_make_the_same_bytes() {
    let book = book(seasonal(900, AS_OF));
    let on = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| made(&book).to_bundle().unwrap())
    };
    assert!(on(1) == on(2));
}

#[test]
fn a_small_shop_gets_the_purchase_model_with_intervals() {
    let book = book(shop(300, 4, AS_OF));
    let trained = made(&book);
    assert!(trained.model.boosted.is_none());
    let scorer = scorer(&trained);
    let (_, history) = book.sorted()[0];
    let score = scorer.score(history, &options()).unwrap();
    assert_eq!((score.rung, score.next_rung), (Rung::Btyd, NextRung::MoreHistory));
    assert!(score.intervals.is_some());
}
