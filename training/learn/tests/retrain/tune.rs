//! Settings of the trees, searched for at past dates.

use tenure_learn::{OrderBook, Recipe, Trained, Tuning, train, train_tuned};

use crate::ladder::{monthly, seasonal};
use crate::support::{at, book, order, shop};

const AS_OF: &str = "2024-01-01";

fn tuned(book: &OrderBook, most: usize) -> Trained {
    in_time(book, most, usize::MAX)
}

/// The same where the time is up after having been asked for so often.
fn in_time(book: &OrderBook, most: usize, asked: usize) -> Trained {
    let mut left = asked;
    let mut goes_on = || {
        left = left.saturating_sub(1);
        left > 0
    };
    train_tuned(book, book, &monthly(at(AS_OF)), Tuning { most, goes_on: &mut goes_on }).unwrap()
}

fn note(trained: &Trained) -> &str {
    let own = trained.manifest.notes.iter().find(|note| note.contains("tun"));
    own.unwrap_or_else(|| panic!("{:?}", trained.manifest.notes))
}

#[test]
fn a_search_is_the_same_every_time_and_blind_to_the_future() {
    let past = seasonal(900, AS_OF);
    let found = tuned(&book(past.clone()), 3);
    assert!(note(&found).starts_with("tuning tried 3 settings of the trees"), "{}", note(&found));
    let stays = note(&found).contains("settings stay");
    assert_eq!(stays, found.recipe.trees == Recipe::standard_trees(), "{}", note(&found));
    let mut later = past;
    for customer in 0..200 {
        later.push(order(&format!("c{customer:07}"), at(AS_OF).instant(), 1_000_000));
    }
    let again = tuned(&book(later), 3);
    assert!(again.to_bundle().unwrap() == found.to_bundle().unwrap(), "the future was seen");
    // What was found makes the same model again without a search.
    let remade = train(&book(seasonal(900, AS_OF)), &found.recipe).unwrap();
    assert_eq!((remade.model, remade.churn), (found.model, found.churn));
}

#[test]
fn a_search_ends_when_its_time_is_up() {
    let found = in_time(&book(seasonal(900, AS_OF)), 50, 2);
    assert!(note(&found).starts_with("tuning tried 2 settings of the trees"), "{}", note(&found));
}

#[test]
fn one_past_date_is_not_searched_at() {
    // Half a year, of which one date lies two horizons before the as-of and after a month of customers.
    let early = "2022-06-30";
    let book = book(seasonal(2_000, early));
    let mut goes_on = || -> bool { panic!("a search was begun") };
    let tuning = Tuning { most: 50, goes_on: &mut goes_on };
    let found = train_tuned(&book, &book, &monthly(at(early)), tuning).unwrap();
    assert!(
        note(&found).starts_with("nothing was tuned: 1 past date can judge settings"),
        "{}",
        note(&found)
    );
    assert_eq!(found.recipe.trees, Recipe::standard_trees());
}

#[test]
fn where_there_are_no_trees_nothing_is_tuned() {
    let found = tuned(&book(shop(300, 4, AS_OF)), 3);
    assert!(note(&found).starts_with("nothing was tuned"), "{}", note(&found));
    assert_eq!(found.recipe.trees, Recipe::standard_trees());
}
