//! Churn by a definition of the shop's own: learned, kept, judged, and blind to the future.

use tenure_bundle::{ChurnDefinition, Rung, ScoreOptions};
use tenure_core::{AsOf, DiscountRate, EventKind, Timestamp};
use tenure_learn::{
    Entrant, Evaluation, LearnError, OrderBook, Recipe, Trained, compare, evaluate, recipe_of, train,
};

use crate::ladder::{monthly, seasonal};
use crate::support::{at, book, horizon, order, scorer, shop};

const AS_OF: &str = "2024-01-01";
const LATER: &str = "2024-03-01";
/// Fewer than two orders of 30 dollars or more within 60 days.
const SPARSE: &str = "count(order where amount >= 30, next 60d) < 2";

fn churn(text: &str) -> ChurnDefinition {
    ChurnDefinition::parse(text, &[]).unwrap()
}

fn defined(text: &str, as_of: AsOf) -> Recipe {
    Recipe { churn: Some(churn(text)), ..monthly(as_of) }
}

fn made(book: &OrderBook) -> Trained {
    train(book, &defined(SPARSE, at(AS_OF))).unwrap()
}

fn options() -> ScoreOptions {
    let horizon = horizon(60);
    ScoreOptions { as_of: at(AS_OF), horizon, clv_horizon: horizon, discount_rate: DiscountRate::ZERO }
}

/// By a plain loop over the orders.
fn is_sparse(orders: &[(Timestamp, i64)], from: AsOf) -> bool {
    let until = from.instant().saturating_add(horizon(60).length());
    let large = |(at, minor): &&(Timestamp, i64)| *at >= from.instant() && *at < until && *minor >= 3_000;
    orders.iter().filter(large).count() < 2
}

#[test]
fn no_order_in_so_many_words_makes_the_same_bundle() {
    let book = book(seasonal(900, AS_OF));
    let usual = train(&book, &monthly(at(AS_OF))).unwrap();
    for text in ["count(order, next 60d) = 0", "count(order, next 60d) < 1"] {
        let same = train(&book, &defined(text, at(AS_OF))).unwrap();
        assert!(same.to_bundle().unwrap() == usual.to_bundle().unwrap(), "{text}");
        assert_eq!(same.recipe, usual.recipe);
    }
}

#[test]
fn a_definition_is_learned_kept_and_judged() {
    let all = book(seasonal(1_200, LATER));
    let trained = made(&all);
    assert_eq!(trained.manifest.churn(), Some(SPARSE));
    assert_eq!(
        (trained.manifest.horizon, trained.manifest.horizons.as_slice()),
        (horizon(60), &[horizon(60)][..])
    );
    let bundle =
        tenure_bundle::decode(&trained.to_bundle().unwrap(), &tenure_bundle::Limits::default()).unwrap();
    assert_eq!(recipe_of(&bundle).unwrap().churn, Some(churn(SPARSE)));
    // The probabilities in the table are of the definition, of three predictors at each judged date.
    let table = &trained.manifest.backtest;
    let judged: Vec<_> = table.iter().filter(|row| row.churn.is_some()).collect();
    let named = |name: &str| judged.iter().filter(|row| row.candidate == name).count();
    assert!(named("naive_rate") >= 2, "{table:?}");
    // Where trees could not be made at a date, the line is judged there alone.
    let chosen = judged.iter().filter(|row| row.chosen).count();
    assert!(chosen >= 1 && chosen <= named("naive_rate"), "{table:?}");
    // Value is the one of a model that knows of no definition.
    let usual = scorer(&train(&all, &monthly(at(AS_OF))).unwrap());
    let scorer = scorer(&trained);
    let (mut held, mut predicted, mut customers) = (0, 0.0, 0);
    for (_, history) in all.sorted() {
        if !history.has_order_before(at(AS_OF)) {
            continue;
        }
        let score = scorer.score(history, &options()).unwrap();
        let other = usual.score(history, &options()).unwrap();
        assert_eq!(
            (score.predicted_clv, score.expected_orders),
            (other.predicted_clv, other.expected_orders)
        );
        assert_eq!(score.intervals, other.intervals);
        assert_eq!(score.churn.len(), 1);
        assert_eq!(score.churn[0].churn_probability, score.churn_probability);
        held += usize::from(is_sparse(history.entries(), at(AS_OF)));
        predicted += score.churn_probability;
        customers += 1;
    }
    let seen: Evaluation = evaluate(&scorer, &all, &options()).unwrap();
    assert_eq!(seen.customers, customers);
    assert!((seen.churn_rate - held as f64 / customers as f64).abs() < 1e-12);
    assert!((seen.mean_churn_probability - predicted / customers as f64).abs() < 1e-12);
    assert!(seen.churn.auc.unwrap() > 0.6, "{:?}", seen.churn);
    assert!((seen.mean_churn_probability - seen.churn_rate).abs() < 0.06, "{seen:?}");
}

#[test]
fn another_horizon_than_the_window_is_refused() {
    let book = book(seasonal(900, AS_OF));
    let scorer = scorer(&made(&book));
    let (_, history) = book.sorted()[0];
    let asked = ScoreOptions { horizon: horizon(90), ..options() };
    let refused = scorer.score(history, &asked).unwrap_err().to_string();
    assert!(refused.contains("looks 60d ahead and says nothing about 90d"), "{refused}");
    assert!(evaluate(&scorer, &book, &asked).is_err());
    let recipe = Recipe { horizon: horizon(90), ..defined(SPARSE, at(AS_OF)) };
    assert!(matches!(train(&book, &recipe), Err(LearnError::ChurnHorizon { .. })));
}

/// A bundle whose definition could not pass for one without trees.
fn with_trees(book: &OrderBook) -> Trained {
    let trained = made(book);
    assert!(
        trained.churn.as_ref().is_some_and(|churn| churn.trees.is_some()),
        "{:?}",
        trained.manifest.notes
    );
    trained
}

#[test]
fn the_future_changes_no_byte_of_a_definition() {
    let past = seasonal(900, AS_OF);
    let expected = with_trees(&book(past.clone())).to_bundle().unwrap();
    let mut later = past;
    for customer in 0..200 {
        later.push(order(&format!("c{customer:07}"), at(AS_OF).instant(), 1_000_000));
        later.push(order(&format!("c{customer:07}"), at("2024-01-20").instant(), -500_000));
        later.push(order(&format!("new{customer}"), at("2024-02-01").instant(), 5));
    }
    assert!(made(&book(later)).to_bundle().unwrap() == expected, "the future was seen");
}

#[test]
fn a_definition_on_one_thread_and_two_makes_the_same_bytes() {
    let book = book(seasonal(900, AS_OF));
    let on = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| with_trees(&book).to_bundle().unwrap())
    };
    assert!(on(1) == on(2));
}

#[test]
fn a_small_shop_gets_the_purchase_model_on_a_line() {
    let book = book(shop(300, 4, AS_OF));
    let trained = made(&book);
    let churn = trained.churn.as_ref().unwrap();
    assert!(churn.trees.is_none() && trained.model.boosted.is_none());
    assert!(churn.from_purchases.slope() > 0.0, "{churn:?}");
    let rows = trained.manifest.backtest.iter().filter(|row| row.candidate.ends_with("+line"));
    assert!(rows.clone().count() >= 1 && rows.into_iter().all(|row| row.chosen && row.churn.is_some()));
    let (_, history) = book.sorted()[0];
    let score = scorer(&trained).score(history, &options()).unwrap();
    assert_eq!(score.rung, Rung::Btyd);
    assert!((0.0..=1.0).contains(&score.churn_probability));
}

/// Where orders alone would be learned over a fifth of the history.
#[test]
fn a_definition_is_learned_over_no_shorter_window() {
    let book = book(seasonal(900, "2022-09-01"));
    let churn = churn("count(order, next 180d) < 2");
    let window = churn.window();
    let recipe = Recipe { horizon: window, clv_horizon: window, ..monthly(at("2022-09-01")) };
    let short =
        |trained: &Trained| trained.manifest.notes.iter().any(|note| note.contains("trees learned over"));
    let usual = train(&book, &recipe).unwrap();
    assert!(short(&usual), "{:?}", usual.manifest.notes);
    let trained = train(&book, &Recipe { churn: Some(churn), ..recipe }).unwrap();
    assert!(!short(&trained) && trained.model.boosted.is_none(), "{:?}", trained.manifest.notes);
    assert!(trained.churn.unwrap().trees.is_none());
}

#[track_caller]
fn refused(book: &OrderBook, text: &str, as_of: &str) -> LearnError {
    let recipe = Recipe { horizon: churn(text).window(), ..defined(text, at(as_of)) };
    train(book, &recipe).unwrap_err()
}

#[test]
fn what_cannot_be_learned_says_what_is_missing() {
    let book = book(shop(300, 4, AS_OF));
    let kind = refused(&book, "count(session, next 60d) < 3", AS_OF);
    assert!(matches!(&kind, LearnError::ChurnKind { kind, .. } if *kind == EventKind::Session), "{kind}");
    assert!(kind.to_string().contains("there are order, refund"), "{kind}");
    // The shop is two years old; 720 days ahead and a quarter of it before are 900 days, and one to begin a day.
    let young = refused(&book, "count(order, next 720d) < 2", AS_OF);
    let LearnError::ChurnHistory { needed_days, before_days, known_days, .. } = young else {
        panic!("{young}")
    };
    assert_eq!((needed_days, before_days), (901, 180));
    assert!((700..=730).contains(&known_days), "{known_days}");
    let never = refused(&book, "count(order, next 60d) < 0", AS_OF);
    assert!(matches!(never, LearnError::ChurnOneSided { held: 0, needed: 10, .. }), "{never}");
}

#[test]
fn models_of_two_definitions_are_not_compared() {
    let book = book(shop(300, 4, AS_OF));
    let (one, other) = (made(&book), train(&book, &monthly(at(AS_OF))).unwrap());
    let entrant = |trained| Entrant { name: "one", stored: None, recipe: trained };
    let compared = compare(&book, at(AS_OF), horizon(60), entrant(&one.recipe), entrant(&other.recipe));
    assert!(matches!(compared, Err(LearnError::ChurnDiffers { .. })));
    let same = compare(&book, at(AS_OF), horizon(60), entrant(&one.recipe), entrant(&one.recipe)).unwrap();
    assert_eq!(same.brier_difference.mean, 0.0);
}

/// One shop without seasons, and two definitions: what a customer pays tells of large orders, and nothing of behaviour
/// tells whether any comes but what the purchase model knows.
#[test]
fn trees_of_a_definition_gain_more_than_chance_or_are_left_out() {
    let book = book(shop(700, 2, AS_OF));
    let trained = made(&book);
    assert!(trained.churn.unwrap().trees.is_some(), "{:?}", trained.manifest.notes);
    let alike = "count(order, next 60d) < 1 or count(refund, next 60d) > 50";
    let trained = train(&book, &defined(alike, at(AS_OF))).unwrap();
    let said = |part: &str| trained.manifest.notes.iter().any(|note| note.contains(part));
    assert!(said("no trees predicted churn better than the purchase model on a line, by more than chance"));
    assert!(trained.churn.as_ref().unwrap().trees.is_none(), "{:?}", trained.manifest.notes);
    // The line is then what the table shows as chosen.
    let judged: Vec<_> = trained.manifest.backtest.iter().filter(|row| row.churn.is_some()).collect();
    assert!(judged.iter().all(|row| row.chosen == row.candidate.ends_with("+line")), "{judged:?}");
}
