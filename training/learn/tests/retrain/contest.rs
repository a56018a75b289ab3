//! Champion and challenger.

use tenure_bundle::Scorer;
use tenure_core::AsOf;
use tenure_learn::{
    Comparison, Entrant, How, LearnError, ModelChoice, OrderBook, OrderKind, Outcome, Recipe, compare, train,
};

use crate::support::{at, book, horizon, recipe, scorer, shop};

const END: &str = "2024-01-01";

/// A recipe that pulls all parameters towards 1 and sets no level.
fn stiff(as_of: AsOf) -> Recipe {
    Recipe { penalizer: 10.0, correct_level: false, ..recipe(as_of) }
}

fn made(book: &OrderBook, recipe: &Recipe) -> Scorer {
    scorer(&train(book, recipe).unwrap())
}

/// Two recipes, both fitted where the window begins.
fn recipes(book: &OrderBook, champion: &Recipe, challenger: &Recipe) -> Comparison {
    let entrant = |name, recipe| Entrant { name, stored: None, recipe };
    compare(book, at(END), horizon(90), entrant("old", champion), entrant("new", challenger)).unwrap()
}

#[test]
fn a_worse_recipe_does_not_win_and_a_better_one_does() {
    let book = book(shop(1_500, 1, END));
    let (good, bad) = (recipe(at(END)), stiff(at(END)));
    let worse = recipes(&book, &good, &bad);
    assert_eq!(worse.outcome, Outcome::ChampionKept, "{}", worse.reason);
    assert!(worse.brier_difference.mean > 0.0 && worse.measures_better < worse.measures_worse);
    let better = recipes(&book, &bad, &good);
    assert_eq!(better.outcome, Outcome::ChallengerBetter, "{}", better.reason);
    // The same window from the other side.
    assert_eq!(better.brier_difference.mean, -worse.brier_difference.mean);
    assert_eq!(
        (better.measures_better, better.measures_worse),
        (worse.measures_worse, worse.measures_better)
    );
    assert_eq!((better.champion.judged, better.challenger.judged), (How::Refitted, How::Refitted));
}

#[test]
fn equals_do_not_win() {
    let book = book(shop(500, 2, END));
    let same = recipes(&book, &recipe(at(END)), &recipe(at(END)));
    assert_eq!(same.outcome, Outcome::ChampionKept);
    assert!(same.reason.contains("the same predictions"), "{}", same.reason);
    assert_eq!((same.measures_better, same.measures_worse), (0, 0));
    assert_eq!(same.champion.model_version, same.challenger.model_version);
}

#[test]
fn noise_does_not_win() {
    for seed in 1..5 {
        let book = book(shop(400, seed, END));
        let almost = Recipe { penalizer: 1e-4, ..recipe(at(END)) };
        let seen = recipes(&book, &recipe(at(END)), &almost);
        assert_eq!(seen.outcome, Outcome::ChampionKept, "{seed}: {}", seen.reason);
        assert!(seen.brier_difference.mean != 0.0, "there is noise");
    }
}

#[test]
fn a_champion_that_has_not_seen_the_window_is_judged_as_it_is() {
    let book = book(shop(1_500, 3, END));
    // Nothing mends a purchase model that stands alone.
    let lone = |as_of| Recipe { model: ModelChoice::Fixed(OrderKind::BgNbd), ..stiff(as_of) };
    let (early, late) = (lone(at("2023-03-01")), recipe(at(END)));
    let (old, new) = (made(&book, &early), made(&book, &late));
    let champion = Entrant { name: "old", stored: Some(&old), recipe: &early };
    let challenger = Entrant { name: "new", stored: Some(&new), recipe: &late };
    let seen = compare(&book, at(END), horizon(90), champion, challenger).unwrap();
    assert_eq!((seen.champion.judged, seen.challenger.judged), (How::AsStored, How::Refitted));
    assert_eq!(seen.champion.model_version, **old.model_version());
    assert_ne!(
        seen.challenger.model_version,
        **new.model_version(),
        "what is judged had not seen the window"
    );
    assert_eq!(seen.outcome, Outcome::ChallengerBetter, "{}", seen.reason);
    assert_eq!(seen.origin.to_string(), "2023-10-03T00:00:00Z");
    // To the day on which the window begins it is judged as stored.
    let early = lone(seen.origin);
    let old = made(&book, &early);
    let champion = Entrant { name: "old", stored: Some(&old), recipe: &early };
    let seen = compare(&book, at(END), horizon(90), champion, challenger).unwrap();
    assert_eq!(seen.champion.judged, How::AsStored);
}

#[test]
fn a_window_that_is_not_closed_is_refused() {
    let book = book(shop(300, 1, END));
    let recipe = recipe(at(END));
    let entrant = Entrant { name: "one", stored: None, recipe: &recipe };
    let at_date = |day| compare(&book, at(day), horizon(90), entrant, entrant).unwrap_err();
    assert!(matches!(at_date("2024-02-01"), LearnError::OutcomeUnknown { .. }));
    // Nobody had come back before the window began.
    assert!(matches!(
        at_date("2022-04-01"),
        LearnError::NoOrders { .. } | LearnError::TooFewRepeatBuyers { .. }
    ));
}
