//! One curve of no order over all horizons: calibrated on time that training had not seen, whole on any day, and told of
//! how it was at past dates.

use tenure_bundle::{ChurnDefinition, ScoreOptions, Scorer};
use tenure_core::{AsOf, DiscountRate, Event, Horizon};
use tenure_learn::simulate::Process;
use tenure_learn::{OrderBook, Recipe, Trained, train};
use tenure_predict::churn_measures;

use crate::ladder::{monthly, seasonal};
use crate::support::{at, book, events, horizon, recipe, scorer};

/// The horizons that every bundle answers, in days.
const STANDARD: [u32; 5] = [30, 60, 90, 180, 365];

fn asking(as_of: AsOf, within: Horizon) -> ScoreOptions {
    ScoreOptions { as_of, horizon: within, clv_horizon: within, discount_rate: DiscountRate::ZERO }
}

/// Of everybody with an order before: whether none followed within the horizon.
fn silent(book: &OrderBook, as_of: AsOf, within: Horizon) -> Vec<bool> {
    let until = as_of.instant().saturating_add(within.length());
    let known = book.sorted().into_iter().filter(|(_, history)| history.has_order_before(as_of));
    let followed = |(at, minor): &(_, i64)| *minor >= 0 && !as_of.knows(*at) && *at < until;
    known.map(|(_, history)| !history.entries().iter().any(followed)).collect()
}

/// Of the same, how probable that was to a scorer.
fn probabilities(scorer: &Scorer, book: &OrderBook, as_of: AsOf, within: Horizon) -> Vec<f64> {
    let known = book.sorted().into_iter().filter(|(_, history)| history.has_order_before(as_of));
    known.map(|(_, one)| scorer.score(one, &asking(as_of, within)).unwrap().churn_probability).collect()
}

fn mean(all: &[f64]) -> f64 {
    all.iter().sum::<f64>() / all.len() as f64
}

fn share(all: &[bool]) -> f64 {
    all.iter().filter(|one| **one).count() as f64 / all.len() as f64
}

fn trained_over(days: u32, events: &[Event], as_of: AsOf) -> Trained {
    train(&book(events.to_vec()), &Recipe { horizon: horizon(days), ..recipe(as_of) }).unwrap()
}

/// A shop without seasons, and the year after: by trees that learned a quarter and by the purchase model over half a
/// year, every horizon meets its rate within two hundredths, and the groups of customers theirs within four. Of 2,448
/// customers in fifteen groups chance alone explains two of them.
#[test]
fn every_horizon_is_calibrated_whichever_was_learned() {
    let as_of = at("2023-07-01");
    let events = events(4_000, 3, Process::new("bg_nbd", None).unwrap(), "2024-07-01");
    let all = book(events.clone());
    for (learned, by_trees) in [(90, true), (180, false)] {
        let trained = trained_over(learned, &events, as_of);
        assert_eq!(scorer(&trained).has_trees(), by_trees, "{:?}", trained.manifest.notes);
        let scorer = scorer(&trained);
        for days in STANDARD {
            let p = probabilities(&scorer, &all, as_of, horizon(days));
            let silent = silent(&all, as_of, horizon(days));
            let (mean, rate) = (mean(&p), share(&silent));
            assert!((mean - rate).abs() < 0.02, "learned {learned}, asked {days}: {mean} {rate}");
            let error = churn_measures(&silent, &p).unwrap().calibration_error;
            assert!(error < 0.04, "learned {learned}, asked {days}: {error}");
        }
    }
}

/// In a shop with seasons, whose level is set within the learned horizon alone.
#[test]
fn no_two_days_of_a_customer_cross() {
    let as_of = at("2024-01-01");
    let all = book(seasonal(900, "2024-01-01"));
    let trained = train(&all, &monthly(as_of)).unwrap();
    assert!(trained.model.boosted.is_some(), "{:?}", trained.manifest.notes);
    let scorer = scorer(&trained);
    for (_, history) in all.sorted().into_iter().step_by(9) {
        let within = |days: u32| {
            let options = asking(as_of, horizon(days));
            let (bent, plain) = (
                scorer.score(history, &options).unwrap(),
                scorer.score_with(history, None, &options).unwrap(),
            );
            [bent.churn_probability, plain.churn_probability]
        };
        let mut before = [1.0; 2];
        for days in (1..130).chain((130..800).step_by(23)) {
            let now = within(days);
            assert!(now[0] <= before[0] + 1e-12 && now[1] <= before[1] + 1e-12, "{days}: {before:?} {now:?}");
            before = now;
        }
    }
}

/// The percentages of a note are counted again from the orders, and the learned horizon is that of the backtest.
#[test]
fn a_bundle_tells_how_its_curve_was_at_past_dates() {
    let (as_of, all) = (at("2024-01-01"), book(seasonal(1_500, "2024-01-01")));
    let trained = train(&all, &monthly(as_of)).unwrap();
    let said = trained.manifest.notes.iter().find(|note| note.contains("no order within each horizon"));
    let said = said.unwrap_or_else(|| panic!("{:?}", trained.manifest.notes));
    let judged: Vec<_> = trained.manifest.backtest.iter().filter(|row| row.chosen).collect();
    for days in STANDARD {
        let is_whole = |at: &AsOf| at.instant().saturating_add(horizon(days).length()) <= as_of.instant();
        let dates: Vec<AsOf> = judged.iter().map(|row| AsOf::new(row.origin)).filter(is_whole).collect();
        let came =
            mean(&dates.iter().map(|date| share(&silent(&all, *date, horizon(days)))).collect::<Vec<_>>());
        let count = format!("{} date{}", dates.len(), if dates.len() == 1 { "" } else { "s" });
        assert!(said.contains(&format!("expected, {:.1} % came ({count}, ", 100.0 * came)), "{days}: {said}");
    }
    let error = mean(&judged.iter().filter_map(|row| Some(row.churn?.calibration_error)).collect::<Vec<_>>());
    let learned = said.split("; ").find(|part| part.contains("60d: ")).unwrap();
    assert!(
        learned.ends_with(&format!("({} dates, calibration error {error:.3})", judged.len())),
        "{learned}"
    );
}

/// Where no trees answer, and where churn is something else and has no curve.
#[test]
fn who_has_no_such_curve_says_nothing_of_one() {
    let (as_of, all) = (at("2024-01-01"), book(seasonal(900, "2024-01-01")));
    let sparse = ChurnDefinition::parse("count(order, next 60d) < 2", &[]).unwrap();
    let defined = train(&all, &Recipe { churn: Some(sparse), ..monthly(as_of) }).unwrap();
    assert!(defined.model.boosted.is_some(), "{:?}", defined.manifest.notes);
    let small = train(&book(seasonal(120, "2024-01-01")), &monthly(as_of)).unwrap();
    assert!(small.model.boosted.is_none(), "{:?}", small.manifest.notes);
    for trained in [defined, small] {
        assert!(!trained.manifest.notes.iter().any(|note| note.contains("no order within each horizon")));
    }
}
