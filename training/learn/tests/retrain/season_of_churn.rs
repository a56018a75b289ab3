//! Last year's level of a definition of churn, in a shop too small for trees of it.

use tenure_bundle::{ChurnDefinition, Rung, ScoreOptions};
use tenure_core::{AsOf, DiscountRate};
use tenure_learn::{OrderBook, Recipe, Trained, evaluate, train};

use crate::ladder::{monthly, seasonal};
use crate::support::{at, book, horizon, scorer};

/// After the rush before Christmas, of which a purchase model makes a habit.
const AFTER: &str = "2024-01-01";

/// Not one order of 30 dollars or more within 60 days.
const NONE_LARGE: &str = "count(order where amount >= 30, next 60d) = 0";

fn recipe() -> Recipe {
    Recipe { churn: Some(ChurnDefinition::parse(NONE_LARGE, &[]).unwrap()), ..monthly(at(AFTER)) }
}

fn options() -> ScoreOptions {
    let horizon = horizon(60);
    ScoreOptions { as_of: at(AFTER), horizon, clv_horizon: horizon, discount_rate: DiscountRate::ZERO }
}

/// Of 400 who ever come, by what they did before the as-of; and what they do in the year after.
fn small() -> (Trained, OrderBook) {
    let all = book(seasonal(400, "2024-12-31"));
    (train(&all, &recipe()).unwrap(), all)
}

#[test]
fn a_definition_without_trees_has_a_season_too() {
    let (trained, all) = small();
    assert!(trained.churn.as_ref().unwrap().trees.is_none(), "{:?}", trained.manifest.notes);
    assert!(trained.manifest.model.starts_with("season_"), "{}", trained.manifest.model);
    let said = "of the level of churn in the same season a year before (2023-01-";
    assert!(trained.manifest.notes.iter().any(|note| note.contains(said)), "{:?}", trained.manifest.notes);
    // Its rows are chosen by churn, as those of orders are by value.
    let judged = trained.manifest.backtest.iter().filter(|row| row.churn.is_some());
    let (seasons, others): (Vec<_>, Vec<_>) = judged.partition(|row| row.candidate == "season");
    assert!(seasons.len() >= 2 && seasons.iter().all(|row| row.chosen), "{seasons:?}");
    assert!(others.iter().all(|row| !row.chosen), "{others:?}");
    let plain = train(&all, &Recipe { correct_level: false, ..recipe() }).unwrap();
    let [season, plain] = [&trained, &plain]
        .map(|trained| evaluate(&scorer(trained), &all, &options()).unwrap())
        .map(|found| (found.churn.log_loss, (found.mean_churn_probability - found.churn_rate).abs()));
    assert!(season.0 < plain.0 - 0.004 && season.1 < plain.1 / 2.0, "{season:?} {plain:?}");
}

/// Where neither orders nor churn have trees nothing is read of behaviour, and orders alone are answered in full.
#[test]
fn without_any_trees_no_events_are_asked_for() {
    let (trained, all) = small();
    let form = trained.model.boosted.as_ref().unwrap();
    assert!(!form.has_trees() && form.columns.is_empty() && form.kinds.is_empty());
    // What is kept is the definition of churn.
    let sources = &trained.manifest.features.sources;
    assert!(sources.len() == 1 && sources[0].text.contains("amount >= 30"), "{sources:?}");
    assert!(trained.manifest.features.kinds.is_empty());
    let (scorer, as_of): (_, AsOf) = (scorer(&trained), at(AFTER));
    let mut asked = 0;
    for (_, history) in all.sorted().into_iter().filter(|(_, history)| history.has_order_before(as_of)) {
        let state = scorer.state_of(history, as_of);
        let score = scorer.score_with(history, state.as_ref(), &options()).unwrap();
        assert_eq!(score, scorer.score(history, &options()).unwrap());
        assert_eq!(score.rung, Rung::Btyd);
        let reasons = scorer.explain(history, state.as_ref(), &options()).unwrap();
        assert_eq!(reasons.rung, score.rung);
        let sum: f64 = reasons.contributions.iter().map(|one| one.log_odds).sum();
        let p = 1.0 / (1.0 + (-(reasons.start + sum + reasons.level)).exp());
        assert!((p - score.churn_probability).abs() < 1e-9, "{p} {}", score.churn_probability);
        asked += 1;
    }
    assert!(asked > 150, "{asked}");
}
