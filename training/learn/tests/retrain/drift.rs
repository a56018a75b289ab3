//! Verdicts on shops of which we know what happened to them.

use tenure_btyd::ParetoNbd;
use tenure_core::Event;
use tenure_learn::simulate::{Process, Shape, Simulation};
use tenure_learn::{Drift, DriftRules, DriftVerdict, LearnError, OrderBook, Shift, WindowDrift, drift};

use crate::support::{at, book, events, horizon, order, scorer, shop, simulated, trained};

const TRAINED: &str = "2023-04-01";
const NOW: &str = "2023-10-01";

/// Trains on what lies before the change and looks half a year later.
#[track_caller]
fn look(events: impl IntoIterator<Item = Event>) -> Drift {
    at_date(&book(events), NOW).unwrap()
}

fn at_date(book: &OrderBook, now: &str) -> Result<Drift, LearnError> {
    let trained = trained(book, at(TRAINED));
    drift(&scorer(&trained), Some(&trained.profile), book, at(now), DriftRules::default())
}

fn is_after(event: &Event) -> bool {
    !at(TRAINED).knows(event.occurred_at)
}

/// A shop of which, after training, only so many orders are left; the same ones for the same seed.
fn thinned(seed: u64, keep: f64) -> impl Iterator<Item = Event> {
    let mut state = seed;
    let mut uniform = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as f64 / (1_u64 << 31) as f64
    };
    shop(3_000, seed, NOW).into_iter().filter(move |event| !is_after(event) || uniform() < keep)
}

#[test]
fn a_shop_that_goes_on_as_before_keeps_its_bundle() {
    for (customers, seed) in [(300, 1), (300, 2), (1_000, 3), (3_000, 4)] {
        let seen = look(shop(customers, seed, NOW));
        assert_eq!(seen.verdict, DriftVerdict::Keep, "{customers} {seed}: {}", seen.reason);
        let of_trees = seen.features.iter().filter(|one| one.feature.starts_with("trees_")).count();
        assert_eq!((seen.windows.len(), seen.features.len() - of_trees), (2, 5), "{:?}", seen.notes);
        // It grew older, which is no shift: those who came before anybody of training are left out.
        assert!(seen.older_than_training * 5 > seen.customers, "{}", seen.older_than_training);
        let shifted: Vec<_> = seen.features.iter().filter(|feature| feature.shift != Shift::None).collect();
        assert!(shifted.is_empty(), "{shifted:?}");
    }
}

#[test]
fn a_level_that_was_off_as_much_before_is_kept_and_told() {
    let book = book(thinned(1, 0.5));
    let mut trained = trained(&book, at(TRAINED));
    // One past date at which nothing was right: no new training would promise better.
    let chosen = trained.manifest.backtest.iter_mut().find(|row| row.chosen).unwrap();
    chosen.churn.as_mut().unwrap().calibration_error = 0.5;
    chosen.value.as_mut().unwrap().bias = Some(2.0);
    let (scorer, rules) = (scorer(&trained), DriftRules::default());
    let seen = drift(&scorer, Some(&trained.profile), &book, at(NOW), rules).unwrap();
    assert_eq!(seen.verdict, DriftVerdict::Keep, "{}", seen.reason);
    for part in ["no more than at the worst date of its backtest", "were expected not to order", "value was"]
    {
        assert!(seen.reason.contains(part), "{part}: {}", seen.reason);
    }
}

#[test]
fn half_the_orders_gone_is_a_level_to_be_set() {
    for seed in [1, 2] {
        let seen = look(thinned(seed, 0.5));
        assert_eq!(seen.verdict, DriftVerdict::Recalibrate, "{}", seen.reason);
        assert!(seen.reason.contains("ranking holds"), "{}", seen.reason);
        let newest = seen.windows.last().unwrap();
        assert!(newest.churn_gap.mean > 0.0 && newest.value_gap.mean < 0.0, "{newest:?}");
    }
}

#[test]
fn other_prices_are_a_level_to_be_set() {
    let dearer = shop(2_000, 5, NOW).into_iter().map(|mut event| {
        if is_after(&event)
            && let Some(amount) = event.amount.as_mut()
        {
            *amount = tenure_core::Money::from_minor_units(2 * amount.minor_units(), amount.currency());
        }
        event
    });
    let seen = look(dearer);
    assert_eq!(seen.verdict, DriftVerdict::Recalibrate, "{}", seen.reason);
    assert!(seen.reason.contains("value was predicted"), "{}", seen.reason);
}

#[test]
fn customers_of_another_kind_call_for_training() {
    // Those of before stop; others come, quick to order again and quick to leave.
    let quick = Process::ParetoNbd(ParetoNbd::new(1.5, 1.5, 1.0, 4.0).unwrap());
    let before = shop(3_000, 1, NOW).into_iter().filter(|event| !is_after(event));
    let seen = look(before.chain(events(3_000, 77, quick, NOW).into_iter().filter(is_after)));
    assert_eq!(seen.verdict, DriftVerdict::Retrain, "{}", seen.reason);
    assert!(seen.reason.contains("ranked worse"), "{}", seen.reason);
    assert!(seen.features.iter().filter(|feature| feature.shift != Shift::None).count() >= 3);
}

#[test]
fn a_flood_of_new_customers_calls_for_training_before_a_window_closes() {
    let mut all = shop(1_000, 1, NOW);
    let monday = at("2023-04-08").instant();
    all.extend((0..3_000).map(|index| order(&format!("new{index:04}"), monday, 90_000 + index)));
    let seen = at_date(&book(all), "2023-04-15").unwrap();
    assert!(seen.windows.is_empty());
    assert_eq!(seen.verdict, DriftVerdict::Retrain, "{}", seen.reason);
    assert!(seen.reason.contains("spread otherwise than in training"), "{}", seen.reason);
    assert!(seen.notes.iter().any(|note| note.contains("no window has closed")), "{:?}", seen.notes);
}

#[test]
fn windows_are_as_long_as_has_passed() {
    let book = book(shop(500, 1, NOW));
    let trained = trained(&book, at(TRAINED));
    let scorer = scorer(&trained);
    let lengths = |now: &str| {
        let seen = drift(&scorer, None, &book, at(now), DriftRules::default()).unwrap();
        seen.windows.iter().map(|window| (window.from.to_string(), window.horizon)).collect::<Vec<_>>()
    };
    let at = |day: &str| format!("{day}T00:00:00Z");
    assert_eq!(lengths("2023-10-01"), [(at("2023-04-04"), horizon(90)), (at("2023-07-03"), horizon(90))]);
    assert_eq!(lengths("2023-06-30"), [(at("2023-04-01"), horizon(90))], "to the day");
    assert_eq!(lengths("2023-06-29"), [(at("2023-04-30"), horizon(60))]);
    assert_eq!(lengths("2023-05-05"), [(at("2023-04-05"), horizon(30))]);
    assert_eq!(lengths("2023-04-02"), []);
}

#[test]
fn what_cannot_be_told_is_said() {
    let book = book(shop(500, 1, NOW));
    let trained = trained(&book, at(TRAINED));
    let without = drift(&scorer(&trained), None, &book, at(NOW), DriftRules::default()).unwrap();
    assert!(
        without.features.is_empty() && without.notes[0].contains("keeps no profile"),
        "{:?}",
        without.notes
    );
    assert_eq!(without.verdict, DriftVerdict::Keep);
    let few = DriftRules { least_customers: 10_000, ..DriftRules::default() };
    let few = drift(&scorer(&trained), Some(&trained.profile), &book, at(NOW), few).unwrap();
    assert!(few.features.is_empty() && few.notes[0].contains("fewer than the 10000"), "{:?}", few.notes);
}

#[test]
fn what_cannot_be_looked_at_is_refused() {
    let book = book(shop(300, 1, NOW));
    let refused = |now| at_date(&book, now).unwrap_err();
    assert!(matches!(refused(TRAINED), LearnError::NothingSince { .. }));
    assert!(matches!(refused("2023-01-01"), LearnError::NothingSince { .. }));
    // The orders end in October: what comes in the last window is not known.
    assert!(matches!(refused("2023-12-01"), LearnError::OutcomeUnknown { .. }));
}

/// The backtest was off by the season too, and the bundle says by how much: no season is news.
#[test]
fn a_shop_that_lives_by_the_season_keeps_its_bundle() {
    let mut simulation =
        Simulation::new(1_000, at("2021-01-01").instant(), at("2024-01-02").instant()).unwrap();
    (simulation.seed, simulation.shape, simulation.visitor_share) = (2, Shape::Orders, 0.0);
    let book = book(simulated(simulation));
    let trained = trained(&book, at("2022-10-01"));
    for now in ["2023-07-01", "2024-01-01"] {
        let seen =
            drift(&scorer(&trained), Some(&trained.profile), &book, at(now), DriftRules::default()).unwrap();
        let off = |window: &WindowDrift| window.evaluation.value.bias.unwrap().abs();
        assert!(seen.windows.iter().map(off).fold(0.0, f64::max) > 0.3, "the season shows");
        assert_eq!(seen.verdict, DriftVerdict::Keep, "{now}: {}", seen.reason);
    }
}
