//! Last year's level where no trees answer: in shops too small for them.

use tenure_behaviour::PurchaseSummary;
use tenure_bundle::{Forecast, NextRung, NoTrees, Rung, Score, ScoreOptions};
use tenure_core::{AsOf, DiscountRate, Duration, Event};
use tenure_learn::{Recipe, Trained, evaluate, train};

use crate::ladder::seasonal;
use crate::support::{at, book, horizon, order, recipe, scorer};

/// After the rush before Christmas, of which a purchase model makes a habit.
const AFTER: &str = "2024-01-01";

fn recipe_of(as_of: &str) -> Recipe {
    Recipe { horizon: horizon(60), clv_horizon: horizon(60), ..recipe(at(as_of)) }
}

fn options(as_of: &str) -> ScoreOptions {
    let horizon = horizon(60);
    ScoreOptions { as_of: at(as_of), horizon, clv_horizon: horizon, discount_rate: DiscountRate::ZERO }
}

/// Of 400 who ever come, by what they did before `as_of`; and what they do in the year after.
fn small(as_of: &str) -> (Trained, Vec<Event>) {
    let events = seasonal(400, "2024-12-31");
    (train(&book(events.clone()), &recipe_of(as_of)).unwrap(), events)
}

fn scores(trained: &Trained, events: &[Event], as_of: &str) -> Vec<Score> {
    let (scorer, book) = (scorer(trained), book(events.to_vec()));
    let known: Vec<_> =
        book.sorted().into_iter().filter(|(_, history)| history.has_order_before(at(as_of))).collect();
    known.iter().map(|(_, history)| scorer.score(history, &options(as_of)).unwrap()).collect()
}

#[test]
fn a_shop_too_small_for_trees_is_answered_with_last_years_season() {
    let (trained, events) = small(AFTER);
    let form = trained.model.boosted.as_ref().unwrap();
    assert!(
        !form.has_trees() && form.columns.is_empty() && form.definitions.is_empty() && form.kinds.is_empty()
    );
    assert!(trained.manifest.model.starts_with("season_"), "{}", trained.manifest.model);
    assert!(trained.manifest.backtest.iter().all(|row| row.chosen == (row.candidate == "season")));
    assert!(trained.manifest.features.sources.is_empty());
    let notes = &trained.manifest.notes;
    for said in ["the same season a year before", "customers are too few for trees, which need 500"] {
        assert!(notes.iter().any(|note| note.contains(said)), "{said}: {notes:?}");
    }
    let known = match trained.no_trees {
        Some(NoTrees::Customers { known, needed: 500 }) => known,
        other => panic!("{other:?}"),
    };
    let scores = scores(&trained, &events, AFTER);
    assert_eq!(scores.len() as u64, known);
    for score in &scores {
        // The purchase model answers, with a level of the season; what trees would take is still said.
        assert_eq!(score.rung, Rung::Btyd);
        assert!(
            matches!(score.next_rung, NextRung::Trees(NoTrees::Customers { .. })),
            "{:?}",
            score.next_rung
        );
        assert!(score.intervals.is_some());
    }
}

/// Held to what came: with the season customers and value are nearer than without any level.
#[test]
fn the_season_is_nearer_to_what_came() {
    let (season, events) = small(AFTER);
    let plain = Recipe { correct_level: false, ..recipe_of(AFTER) };
    let all = book(events);
    let plain = train(&all, &plain).unwrap();
    assert!(plain.model.boosted.is_none());
    let losses = [&season, &plain].map(|trained| {
        let found = evaluate(&scorer(trained), &all, &options(AFTER)).unwrap();
        (found.churn.log_loss, found.value.bias.unwrap().abs())
    });
    let [(season, off), (plain, far)] = losses;
    assert!(season < plain - 0.004 && off < far / 2.0, "{losses:?}");
}

#[test]
fn reasons_of_a_season_alone_add_up_to_the_score() {
    let (trained, events) = small(AFTER);
    let (scorer, book) = (scorer(&trained), book(events));
    let mut asked = 0;
    for (_, history) in book.sorted().into_iter().step_by(17) {
        if !history.has_order_before(at(AFTER)) {
            continue;
        }
        let score = scorer.score(history, &options(AFTER)).unwrap();
        let state = scorer.state_of(history, at(AFTER));
        let reasons = scorer.explain(history, state.as_ref(), &options(AFTER)).unwrap();
        assert_eq!(reasons.rung, Rung::Btyd);
        assert!(reasons.level != 0.0, "the season moves everybody");
        let moved: f64 = reasons.contributions.iter().map(|one| one.log_odds).sum();
        let sum = reasons.start + moved + reasons.level;
        let p = 1.0 / (1.0 + (-sum).exp());
        assert!((p - score.churn_probability).abs() < 1e-9, "{p} {}", score.churn_probability);
        asked += 1;
    }
    assert!(asked > 10);
}

/// Many at once are answered as one by one, and the season is not lost where there are no rows to read.
#[test]
fn a_batch_has_the_season_too() {
    let (trained, events) = small(AFTER);
    let (scorer, book) = (scorer(&trained), book(events.clone()));
    let known: Vec<_> =
        book.sorted().into_iter().filter(|(_, history)| history.has_order_before(at(AFTER))).collect();
    let asked = options(AFTER);
    let mut batch = scorer.batch(&asked);
    known.iter().for_each(|(_, history)| batch.push(history));
    let many = batch.finish();
    let plain = |history| scorer.score_with(history, None, &asked).unwrap().churn_probability;
    let mut moved = 0;
    for ((_, history), score) in known.iter().zip(many) {
        let one = scorer.score(history, &asked).unwrap();
        moved += u32::from((one.churn_probability - plain(history)).abs() > 0.01);
        assert_eq!(score.unwrap(), one);
    }
    assert!(moved as usize > known.len() / 2, "{moved} of {}", known.len());
}

/// Of 300 who order every month nobody stays away for 60 days, but for a few in the last year: there is nothing to learn
/// from at most dates, and nothing to fail at.
#[test]
fn where_next_to_nobody_stays_away_a_model_is_made_all_the_same() {
    let mut events = Vec::new();
    for customer in 0..300_u32 {
        let months = if customer % 12 == 0 { 15 + customer % 7 } else { 24 };
        for month in 0..months {
            let days = Duration::from_days(30 * month + customer % 29 + (customer * month) % 3);
            events.push(order(
                &format!("c{customer}"),
                at("2022-01-02").instant().saturating_add(days),
                2_000,
            ));
        }
    }
    events.sort_by_key(|event| event.occurred_at);
    let trained = train(&book(events), &recipe_of("2023-12-01")).unwrap();
    assert!(!scorer(&trained).has_trees(), "{:?}", trained.manifest.notes);
}

/// Twice the same bytes, and nothing of after the as-of in them.
#[test]
fn a_season_alone_is_blind_to_what_comes() {
    let (trained, mut events) = small(AFTER);
    let as_of: AsOf = at(AFTER);
    events.retain(|event| as_of.knows(event.occurred_at));
    let blind = train(&book(events), &recipe_of(AFTER)).unwrap();
    assert_eq!(trained.to_bundle().unwrap(), blind.to_bundle().unwrap());
}

/// Of 560 of whom one in seven comes back before each Christmas, and next to nobody else does: trees have too little to
/// learn from, and the season is all there is.
#[test]
fn a_season_needs_neither_many_who_come_back_nor_trees() {
    let mut events = Vec::new();
    for customer in 0..560_u32 {
        let name = format!("c{customer}");
        let mut buys = |day: &str, after: u32| {
            let instant = at(day).instant().saturating_add(Duration::from_days(after));
            events.push(order(&name, instant, 2_000 + i64::from(customer % 13) * 100));
        };
        buys("2021-01-02", customer * 7 % 300);
        for (year, day) in ["2021-12-01", "2022-12-01", "2023-12-01"].into_iter().enumerate() {
            if customer % 7 == year as u32 || customer % 70 == 30 {
                buys(day, customer % 20);
            }
        }
    }
    // The file goes on beyond the horizon.
    events.push(order("c0", at("2024-02-01").instant(), 2_000));
    events.sort_by_key(|event| event.occurred_at);
    let as_of = "2023-11-20";
    let all = book(events);
    let trained = train(&all, &recipe_of(as_of)).unwrap();
    assert_eq!(trained.no_trees, Some(NoTrees::Buyers), "{:?}", trained.manifest.notes);
    assert!(trained.manifest.model.starts_with("season_"), "{}", trained.manifest.model);
    let said = "too few ordered again, or stayed away, for trees, which need 200 of each";
    assert!(trained.manifest.notes.iter().any(|note| note == said), "{:?}", trained.manifest.notes);
    let found = evaluate(&scorer(&trained), &all, &options(as_of)).unwrap();
    assert!((found.mean_churn_probability - found.churn_rate).abs() < 0.03, "{found:?}");
}

/// The line on which the level is set stands in the bundle, is said, and is in scores and reasons alike.
#[test]
fn customers_are_told_apart_as_far_as_they_differed() {
    let (trained, events) = small(AFTER);
    let slope = trained.model.boosted.as_ref().unwrap().level.churn.slope();
    assert!((slope - 1.0).abs() > 0.01 && (0.7..1.4).contains(&slope), "{slope}");
    let said = format!("customers are told apart {slope:.3} times as much as the purchase model has it,");
    assert!(
        trained.manifest.notes.iter().any(|note| note.starts_with(&said)),
        "{:?}",
        trained.manifest.notes
    );
    let (scorer, book) = (scorer(&trained), book(events));
    let log_odds = |p: f64| (p / (1.0 - p)).ln();
    let moved: Vec<(f64, f64)> = book
        .sorted()
        .into_iter()
        .filter(|(_, history)| history.has_order_before(at(AFTER)))
        .map(|(_, history)| {
            let summary =
                PurchaseSummary::of(history, at(AFTER), &trained.manifest.summary_rule).unwrap().unwrap();
            let plain = Forecast::of(&trained.model.orders, Some(&summary)).p_no_order(horizon(60));
            (log_odds(plain), log_odds(scorer.score(history, &options(AFTER)).unwrap().churn_probability))
        })
        .collect();
    let (first, last) = (moved[0], moved[moved.len() - 1]);
    assert!(((last.1 - first.1) - slope * (last.0 - first.0)).abs() < 1e-6, "{first:?} {last:?}");
}
