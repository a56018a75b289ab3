//! Churn by a definition of the shop's own: scored over its window, taken apart, and refused where it does not fit.

use proptest::collection::vec;
use proptest::prelude::*;
use tenure_behaviour::BehaviourError;
use tenure_bundle::{
    Base, BehaviourSource, Blend, BlendMember, Boosted, BundleError, Churn, FromPurchases, Level, Limits,
    Manifest, NextRung, Part, RawBundle, Rung, ScoreOptions, Scorer, decode, encode,
};
use tenure_core::DiscountRate;
use tenure_predict::LogitShift;

use super::{boosted, day, history, scorer, summary, trees, typical};
use crate::common;

const FEWER: &str = "count(order, next 90d) < 2";

fn line() -> FromPurchases {
    FromPurchases::new(0.6, 0.7).unwrap()
}

fn churn(with_trees: bool) -> Churn {
    let level = Level::new(LogitShift::new(-0.2, 1.0).unwrap(), 1.0, 1.0).unwrap();
    let blend = Blend::new(0.75, vec![BlendMember { weight: 0.75, model: trees() }]).unwrap();
    let trees = Boosted { churn: blend, level, ..boosted() };
    Churn { definition: FEWER.to_owned(), from_purchases: line(), trees: with_trees.then_some(trees) }
}

fn stated(manifest: Manifest, definition: &str) -> Manifest {
    let mut manifest = Manifest { horizons: vec![common::horizon("90d")], ..manifest };
    manifest.features.sources = vec![BehaviourSource::of_churn(definition)];
    manifest
}

/// A bundle as [`scorer`] gives it, with a definition of churn.
fn raw(of_orders: bool, churn: &Churn, manifest: impl Fn(Manifest) -> Manifest) -> RawBundle {
    let plain = scorer(of_orders, Some(typical()));
    let mut parts: Vec<Part> = super::parts(of_orders, Some(typical()));
    parts.push(churn.to_part().unwrap());
    let bytes = encode(manifest(plain.manifest().clone()), &parts).unwrap();
    decode(&bytes, &Limits::default()).unwrap()
}

/// A scorer whose churn is a definition: with trees of orders or without, with trees of churn or without.
pub(crate) fn defined(of_orders: bool, with_trees: bool) -> Scorer {
    Scorer::from_raw(raw(of_orders, &churn(with_trees), |manifest| stated(manifest, FEWER))).unwrap()
}

fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn scores_are_of_the_definition_and_reasons_add_up_to_them(
        gaps in vec((1..60_u32, 1..9_000_i64), 1..12),
        silent in 1..300_u32,
        of_orders: bool,
        with_trees: bool,
    ) {
        let mut at = 0;
        let orders: Vec<(u32, i64)> = gaps.iter().map(|(gap, cents)| { at += gap; (at, *cents) }).collect();
        let (history, as_of) = (history(&orders), day(at + silent));
        let (scorer, plain) = (defined(of_orders, with_trees), scorer(of_orders, Some(typical())));
        let options = scorer.defaults(as_of);
        let score = scorer.score(&history, &options).unwrap();
        let other = plain.score(&history, &options).unwrap();
        prop_assert_eq!(score.predicted_clv, other.predicted_clv);
        prop_assert_eq!((score.expected_orders, score.p_alive), (other.expected_orders, other.p_alive));
        prop_assert_eq!(score.churn.len(), 1);
        prop_assert_eq!(score.churn[0].churn_probability, score.churn_probability);
        let rung = if of_orders || with_trees { Rung::Boosted } else { Rung::Btyd };
        prop_assert_eq!(score.rung, rung);
        // By hand: the line, and the trees and the level on it.
        let summary = summary(&history, as_of);
        let base = Base::of(plain.order_model(), &super::spend(), &summary, common::horizon("90d"));
        let on_line = 0.6 + 0.7 * base.churn_margin();
        let expected = if with_trees {
            let row = scorer.churn().unwrap().trees().unwrap();
            let state = scorer.state_of(&history, as_of).unwrap();
            let row = row.row(&state, as_of, &base);
            let mut own = [0.0];
            trees().margins(&row, &mut own);
            sigmoid(-0.2 + 0.75 * on_line + 0.75 * own[0])
        } else {
            sigmoid(on_line)
        };
        prop_assert!((score.churn_probability - expected).abs() < 1e-9, "{} {expected}", score.churn_probability);
        let state = scorer.state_of(&history, as_of);
        let reasons = scorer.explain(&history, state.as_ref(), &options).unwrap();
        prop_assert_eq!(reasons.rung, rung);
        prop_assert!((reasons.churn_probability - score.churn_probability).abs() < 1e-12);
        prop_assert!((reasons.sum() - (expected / (1.0 - expected)).ln()).abs() < 1e-6);
        // All but the season's level is in the start and the contributions.
        let level = if with_trees { -0.2 } else { 0.0 };
        prop_assert!((reasons.level - level).abs() < 1e-6, "{}", reasons.level);
        for change in scorer.changes(&history, state.as_ref(), &options).unwrap() {
            prop_assert!(change.from != change.to && (0.0..=1.0).contains(&change.churn_probability));
        }
    }
}

#[test]
fn without_events_or_orders_the_line_answers() {
    let scorer = defined(false, true);
    let as_of = day(180);
    let options = scorer.defaults(as_of);
    let orders = history(&[(0, 2_000), (40, 2_500)]);
    let score = scorer.score_with(&orders, None, &options).unwrap();
    assert_eq!(score.rung, Rung::Btyd);
    assert!(matches!(score.next_rung, NextRung::Events(_)), "{:?}", score.next_rung);
    assert_eq!(scorer.score_summary(Some(&summary(&orders, as_of)), &options), score);
    let nobody = history(&[]);
    let state = scorer.state_of(&nobody, as_of);
    let prior = scorer.score_with(&nobody, state.as_ref(), &options).unwrap();
    assert_eq!(prior.rung, Rung::Prior);
    let reasons = scorer.explain(&nobody, state.as_ref(), &options).unwrap();
    assert_eq!(reasons.churn_probability, prior.churn_probability);
    assert!(reasons.level.abs() < 1e-9, "{reasons:?}");
}

#[test]
fn a_reader_that_knows_no_definitions_refuses_the_bundle() {
    let of_format = |bundle: RawBundle| bundle.manifest.format_version;
    assert_eq!(of_format(raw(false, &churn(false), |manifest| stated(manifest, FEWER))), 2);
    let plain = encode(scorer(false, None).manifest().clone(), &super::parts(false, None)).unwrap();
    assert_eq!(of_format(decode(&plain, &Limits::default()).unwrap()), 1);
}

#[test]
fn another_horizon_is_refused() {
    let scorer = defined(true, true);
    let horizon = common::horizon("30d");
    let options =
        ScoreOptions { as_of: day(180), horizon, clv_horizon: horizon, discount_rate: DiscountRate::ZERO };
    let refused = scorer.score(&history(&[(0, 2_000)]), &options);
    assert!(matches!(refused, Err(BehaviourError::OtherWindow { .. })), "{refused:?}");
    // Value may be asked over any.
    let options = ScoreOptions { horizon: common::horizon("90d"), ..options };
    assert!(scorer.score(&history(&[(0, 2_000)]), &options).is_ok());
}

#[track_caller]
fn refused(churn: &Churn, manifest: impl Fn(Manifest) -> Manifest, reason: &str) {
    match Scorer::from_raw(raw(true, churn, manifest)) {
        Err(BundleError::UnusableChurn { reason: found }) => assert!(found.contains(reason), "{found}"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_contradicts_itself_is_refused() {
    let fine = churn(true);
    let named = |definition: &str| Churn { definition: definition.to_owned(), ..churn(true) };
    refused(&fine, |manifest| manifest, "the manifest states another one");
    refused(&fine, |manifest| stated(manifest, "count(order, next 90d) < 3"), "states another one");
    let more = |manifest| Manifest { horizons: common::manifest().horizons, ..stated(manifest, FEWER) };
    refused(&fine, more, "the horizons of the manifest are not its window");
    refused(&named("count(order, 90d) < 2"), |manifest| stated(manifest, FEWER), "looks at the past alone");
    refused(&named("count(order, next 60d) < 2"), |manifest| stated(manifest, FEWER), "its trees look 90d");
    let columns = boosted().columns[..7].to_vec();
    let none = || Blend::new(1.0, Vec::new()).unwrap();
    let narrow = Boosted { columns, churn: none(), spend: none(), ..boosted() };
    let other = Churn { trees: Some(narrow), ..fine };
    refused(&other, |manifest| stated(manifest, FEWER), "other columns than those of orders");
    // A manifest that tells of a definition that is not there.
    let plain = scorer(false, None).manifest().clone();
    let bytes = encode(stated(plain, FEWER), &super::parts(false, None)).unwrap();
    assert!(matches!(Scorer::from_bytes(&bytes, &Limits::default()), Err(BundleError::UnusableChurn { .. })));
}

#[test]
fn a_line_that_falls_or_is_none_is_refused() {
    assert!(FromPurchases::new(3.0, 0.0).is_ok());
    for (intercept, slope) in [(0.0, -0.1), (f64::NAN, 1.0), (0.0, f64::INFINITY)] {
        assert!(matches!(FromPurchases::new(intercept, slope), Err(BundleError::UnusableChurn { .. })));
        let part =
            tenure_bundle::encode_part("churn", &(FEWER, (intercept, slope), None::<Boosted>)).unwrap();
        assert!(tenure_bundle::decode_part::<Churn>(&part.name, &part.bytes).is_err());
    }
}
