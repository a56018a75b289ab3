//! What is chosen, what is noted and what is refused.

use tenure_bundle::{Blend, Boosted, Level, SpendBasis};
use tenure_core::Event;

use super::fits::{fit_all, fit_competing};
use super::*;
use crate::backtest::Trial;
use crate::candidate::order_data;
use crate::choice::{Candidate, Choice};
use crate::level::LevelRule;
use crate::sample::{Orders, book, day, recipe, shop};
use crate::simulate::{Process, Shape, Simulation, Simulator};

const END: f64 = 20_700.0;

fn noted(trained: &Trained, part: &str) -> bool {
    trained.manifest.notes.iter().any(|note| note.contains(part))
}

fn origins_of(trained: &Trained) -> Vec<tenure_core::Timestamp> {
    let mut all: Vec<_> = trained.manifest.backtest.iter().map(|row| row.origin).collect();
    all.dedup();
    all
}

#[test]
fn a_stray_date_moves_no_origin() {
    let mut orders = shop(150, 700.0);
    let plain = train(&book(&orders), &recipe(END)).unwrap();
    // Somebody's birthday in place of the order's date.
    orders.push((9_999, 3_000.0, 1_500));
    let strayed = train(&book(&orders), &recipe(END)).unwrap();
    let (before, after) = (origins_of(&plain), origins_of(&strayed));
    assert_eq!((before.len(), after.len()), (5, 5));
    for (before, after) in before.iter().zip(&after) {
        let moved = (before.microseconds() - after.microseconds()).abs() / crate::sample::DAY_US;
        assert!(moved <= 5, "{before} {after}");
    }
}

/// Customers who all come at once and again a little later.
fn in_days(days: f64) -> Orders {
    shop(150, 700.0)
        .into_iter()
        .map(|(who, at, cents)| (who, END - days + (at - 20_000.0) / 700.0 * days, cents))
        .collect()
}

#[test]
fn a_short_history_is_chosen_by_likelihood() {
    let orders = in_days(8.0);
    let trained = train(&book(&orders), &recipe(END)).unwrap();
    assert!(trained.candidate.ends_with("+repeat_orders+as_fitted"), "{}", trained.candidate);
    assert!(trained.manifest.backtest.is_empty() && trained.model.level == Level::NONE);
    assert!(noted(&trained, "the history is too short for a backtest"), "{:?}", trained.manifest.notes);
    assert!(noted(&trained, "chosen by its likelihood"));
    // The likeliest of the three is the one that is taken.
    let of = |kind| {
        let recipe = Recipe { model: ModelChoice::Fixed(kind), ..recipe(END) };
        train(&book(&orders), &recipe).map_or(f64::NEG_INFINITY, |one| one.order_fit.log_likelihood)
    };
    let best = OrderKind::ALL.map(of).into_iter().fold(f64::NEG_INFINITY, f64::max);
    assert_eq!(trained.order_fit.log_likelihood, best);
}

#[test]
fn too_few_customers_are_named_as_the_cause() {
    // A year of first orders; those who come again do so in the last days.
    let mut orders: Orders =
        (0..60).map(|who| (who, 20_300.0 + 5.0 * f64::from(who), 2_000 + 31 * i64::from(who))).collect();
    orders.extend((0..16).map(|who| (who, END - 30.0 + f64::from(who), 1_500 + 57 * i64::from(who % 7))));
    let trained = train(&book(&orders), &recipe(END)).unwrap();
    assert!(noted(&trained, "too few customers for a backtest"), "{:?}", trained.manifest.notes);
    assert!(!noted(&trained, "too short"));
}

#[test]
fn a_shop_that_sells_nothing_is_told_so() {
    let free: Orders = shop(150, 700.0).into_iter().map(|(who, at, _)| (who, at, 0)).collect();
    let error = train(&book(&free), &recipe(END)).unwrap_err();
    assert!(matches!(error, LearnError::NothingSpent { customers: 150, .. }), "{error}");
    assert!(error.to_string().contains("--map amount=COLUMN"), "{error}");
}

#[test]
fn spend_that_fits_in_the_past_but_not_now_gives_way_to_the_next_best() {
    let paid = book(&shop(150, 700.0));
    let recipe = recipe(END);
    let rule = &recipe.summary_rule;
    let origins = origins(day(20_000.0), recipe.as_of, recipe.horizon, rule);
    let trial = Trial { kinds: &[OrderKind::MbgNbd], penalizer: 0.0, rule };
    let mut backtest = backtest::run(&paid.sorted(), &origins, trial).unwrap();
    for case in &mut backtest.cases {
        for (_, basis, value) in &mut case.values {
            if *basis == SpendBasis::AllOrders {
                value.iter_mut().for_each(|each| *each = 1e6);
            }
        }
    }
    // Later, all repeat orders turn out to have been free.
    let seen = seen_at(&paid.sorted(), recipe.as_of, recipe.as_of.instant(), rule).unwrap();
    let mut summaries: Vec<PurchaseSummary> = seen.into_iter().map(|seen| seen.summary).collect();
    let mut notes = Vec::new();
    let seen = order_data(summaries.iter()).unwrap();
    let fits = fit_all(&seen, &[OrderKind::MbgNbd], 0.0, &mut notes).unwrap();
    let mut taken = |summaries: &[PurchaseSummary]| {
        let (choice, (spend, _)) =
            choose_with_spend(&backtest, &fits, summaries, &recipe, &mut notes).unwrap();
        assert_eq!(choice.candidate.basis, spend.basis);
        (spend.basis, std::mem::take(&mut notes))
    };
    assert_eq!(taken(&summaries), (SpendBasis::RepeatOrders, Vec::new()));
    for summary in &mut summaries {
        summary.first_spend = summary.net_spend;
    }
    let (basis, notes) = taken(&summaries);
    assert_eq!((basis, notes.len()), (SpendBasis::AllOrders, 1));
    assert!(notes[0].starts_with("spend by repeat_orders could not be fitted to all customers"), "{notes:?}");
}

#[test]
fn a_penalizer_holds_all_fits_back_and_is_noted() {
    let book = book(&shop(150, 700.0));
    let plain = train(&book, &recipe(END)).unwrap();
    let held = train(&book, &Recipe { penalizer: 0.1, ..recipe(END) }).unwrap();
    assert!(noted(&held, "a penalizer of 0.1") && !noted(&plain, "penalizer"));
    let far = |report: &FitReport| report.parameters.0.iter().map(|one| one.value.ln().abs()).sum::<f64>();
    assert!(far(&held.spend_fit) < far(&plain.spend_fit));
    let refused = train(&book, &Recipe { penalizer: -1.0, ..recipe(END) }).unwrap_err();
    assert!(refused.to_string().contains("a penalizer of -1"), "{refused}");
}

/// A shop that loses its appeal: of all repeat orders from some day on few are left, so every later date promised too
/// much.
///
/// Too few customers for a season, which would be carried over in its place.
fn fading() -> Orders {
    let mut left = shop(140, 700.0);
    let mut seen = 0;
    left.retain(|(_, at, _)| {
        seen += u32::from(*at > 20_420.0);
        *at <= 20_420.0 || seen % 3 == 0
    });
    left
}

#[test]
fn a_level_is_set_and_noted_where_it_may_be() {
    let book = book(&fading());
    let set = train(&book, &recipe(END)).unwrap();
    assert!(set.model.level != Level::NONE && !set.candidate.ends_with("as_fitted"), "{}", set.candidate);
    assert!(noted(&set, "levels were corrected"));
    let kept = train(&book, &Recipe { correct_level: false, ..recipe(END) }).unwrap();
    assert_eq!(kept.model.level, Level::NONE);
    assert!(kept.candidate.ends_with("+as_fitted") && !noted(&kept, "levels were corrected"));
    assert!(kept.manifest.backtest.iter().all(|row| !row.candidate.contains("level")));
}

#[test]
fn a_level_is_noted_only_where_somebody_is_answered_by_it() {
    let level = Level::new(Level::NONE.churn, 1.2, 0.9).unwrap();
    let kind = OrderKind::MbgNbd;
    let candidate = Candidate { kind, basis: SpendBasis::AllOrders, level: LevelRule::Shift };
    let choice = Choice { candidate, level, table: Vec::new(), against_naive: 0.0, notes: Vec::new() };
    let trees = |kinds: &[&str], on_purchase_level: bool| Boosted {
        horizon: crate::sample::horizon(90),
        definitions: String::new(),
        kinds: kinds.iter().map(|kind| (*kind).to_owned()).collect(),
        columns: Vec::new(),
        churn: Blend::new(1.0, Vec::new()).unwrap(),
        spend: Blend::new(1.0, Vec::new()).unwrap(),
        level: Level::NONE,
        on_purchase_level,
    };
    let noted = |boosted: Option<Boosted>| !notes_on(&choice, &recipe(END), boosted.as_ref()).is_empty();
    assert!(noted(None));
    // Trees that read orders alone answer everybody, at a level of their own.
    assert!(!noted(Some(trees(&["order", "refund"], false))));
    assert!(noted(Some(trees(&["order"], true))));
    // Without events the purchase model answers.
    assert!(noted(Some(trees(&["order", "session"], false))));
}

/// Purchase models that compete where trees learn the asked horizon, in a shop whose orders come by a process.
fn competing(process: &str, customers: u64) -> Vec<OrderKind> {
    let mut simulation = Simulation::new(customers, day(20_000.0), day(END)).unwrap();
    (simulation.shape, simulation.process) = (Shape::Orders, Process::new(process, None).unwrap());
    (simulation.seasons, simulation.visitor_share, simulation.duplicate_share) = (false, 0.0, 0.0);
    let mut book = OrderBook::new(simulation.currency);
    let mut keep = |event: Event| if event.amount.is_some() { book.record(event) } else { Ok(()) };
    Simulator::new(simulation).unwrap().run::<LearnError>(&mut keep, &mut |_| Ok(())).unwrap();
    let recipe = recipe(END);
    let known = summaries(&book.sorted(), &recipe).unwrap();
    let fits = fit_competing(&known, Some(recipe.horizon), &recipe, &mut Vec::new()).unwrap();
    fits.into_iter().map(|(kind, ..)| kind).collect()
}

#[test]
fn pareto_nbd_competes_where_it_is_likelier() {
    let all = [OrderKind::BgNbd, OrderKind::MbgNbd, OrderKind::ParetoNbd];
    // Who leaves leaves after an order, in one shop, and at any time in the other.
    assert_eq!(competing("bg_nbd", 3_000), all[..2]);
    assert_eq!(competing("pareto_nbd", 3_000), all);
    // Of few customers every fit is quick.
    assert_eq!(competing("bg_nbd", 300), all);
}
