//! Customers without an order: by how long they have waited, or nothing at all.

use tenure_behaviour::fold::{CustomerState, Program, Settings};
use tenure_behaviour::rfm::{RfmCutPoints, RfmSegment};
use tenure_behaviour::{Fact, OrderHistory, PurchaseSummary, Symbol};
use tenure_btyd::{BgNbd, ExponentialGamma, GammaGamma, Outlook};
use tenure_bundle::{
    BundleError, Forecast, Level, Limits, Manifest, Model, NextRung, OrderModel, Part, Prior, Rung, Score,
    ScoreOptions, Scorer, SpendBasis, SpendModel, encode_part,
};
use tenure_core::{AsOf, Currency, DiscountRate, Duration, EventKind, Money, TimeZone, Timestamp, Weeks};
use tenure_predict::LogitShift;

use crate::common;

const NEVER_BEFORE: &str = "1997-06-01";

fn as_of() -> AsOf {
    AsOf::new(common::instant(NEVER_BEFORE))
}

fn days_ago(days: u32) -> Timestamp {
    as_of().instant().saturating_sub(Duration::from_days(days))
}

fn orders(ago: &[u32]) -> OrderHistory {
    let mut history = OrderHistory::new(Currency::USD);
    for days in ago {
        let amount = Money::from_minor_units(2_000, Currency::USD);
        history.record(&EventKind::Order, days_ago(*days), amount).unwrap();
    }
    history
}

fn model() -> Model {
    let some: Vec<PurchaseSummary> = (1..9)
        .map(|gap| PurchaseSummary::of(&orders(&[gap, 9 * gap]), as_of(), &common::manifest().summary_rule))
        .map(|summary| summary.unwrap().unwrap())
        .collect();
    Model {
        orders: OrderModel::BgNbd(BgNbd::new(0.243, 4.414, 0.793, 2.426).unwrap()),
        spend: SpendModel {
            gamma_gamma: GammaGamma::new(6.25, 3.74, 15.44).unwrap(),
            basis: SpendBasis::RepeatOrders,
        },
        level: Level::new(LogitShift::new(-0.3, 1.2).unwrap(), 1.1, 0.9).unwrap(),
        rfm: RfmCutPoints::fit(&some).unwrap(),
        boosted: None,
        intervals: None,
        clv_intervals: None,
        own_dates: None,
    }
}

fn prior() -> Prior {
    Prior::new(ExponentialGamma::new(0.8, 3.0, 0.6).unwrap(), 31.0).unwrap()
}

fn loaded(part: Option<Part>) -> Result<Scorer, BundleError> {
    let manifest = Manifest { model: "bg_nbd".to_owned(), ..common::manifest() };
    let bytes = model().to_bundle_with(manifest, part.into_iter().collect())?;
    Scorer::from_bytes(&bytes, &Limits::default())
}

fn scorer() -> Scorer {
    loaded(Some(prior().to_part().unwrap())).unwrap()
}

fn options(days: u32, rate: f64) -> ScoreOptions {
    let horizon = common::horizon(&format!("{days}d"));
    let discount_rate = DiscountRate::new(rate).unwrap();
    ScoreOptions { as_of: as_of(), horizon, clv_horizon: horizon, discount_rate }
}

#[test]
fn a_wait_lowers_the_chance_of_an_order() {
    let scorer = scorer();
    assert_eq!(scorer.prior(), Some(&prior()));
    let after = |days: u32| scorer.score_before_first_order(Some(days_ago(days)), &options(84, 0.0));
    let score = after(28);
    // By mpmath, as in the model's own example: four weeks without, within the next twelve.
    assert!((score.churn_probability - (1.0 - 0.237_839_860_581_536)).abs() < 1e-12);
    assert!((score.p_alive - 0.432_324_575_779_086).abs() < 1e-12);
    assert_eq!((score.rung, score.next_rung.clone()), (Rung::Prior, NextRung::FirstOrder));
    assert_eq!((score.segment, score.rfm, score.next_order), (RfmSegment::Prospect, None, None));
    assert!(score.churn.is_sorted_by(|near, far| near.churn_probability >= far.churn_probability));
    let worth: Vec<f64> = [0, 3, 28, 400].map(|days| after(days).predicted_clv.major_units).to_vec();
    assert!(worth.is_sorted_by(|sooner, later| sooner > later), "{worth:?}");
}

#[test]
fn somebody_of_whom_nothing_is_known_came_this_instant() {
    let scorer = scorer();
    let options = options(90, 0.1);
    let nobody = scorer.score(&orders(&[]), &options).unwrap();
    assert_eq!(nobody, scorer.score_before_first_order(Some(days_ago(0)), &options));
    assert_eq!(nobody, scorer.score_summary(None, &options));
    // News of the future, and orders of the future, are none.
    let ahead = options.as_of.instant().saturating_add(Duration::from_days(9));
    assert_eq!(nobody, scorer.score_before_first_order(Some(ahead), &options));
}

#[test]
fn the_state_says_since_when() {
    let (scorer, options) = (scorer(), options(90, 0.1));
    let program = Program::compile(&[], &Settings { currency: Currency::USD, time_zone: TimeZone::utc() });
    let program = program.unwrap();
    let mut state = CustomerState::new(&program);
    assert_eq!(state.first_event_at(), None);
    for days in [12, 40, 3] {
        state.apply(&program, &Fact::new(Symbol::of("session"), days_ago(days)));
    }
    let seen = scorer.score_with(&orders(&[]), Some(&state), &options).unwrap();
    assert_eq!(seen, scorer.score_before_first_order(Some(days_ago(40)), &options));
    let reasons = scorer.explain(&orders(&[]), Some(&state), &options).unwrap();
    assert_eq!((reasons.rung, reasons.churn_probability), (Rung::Prior, seen.churn_probability));
    assert!(reasons.contributions.is_empty() && reasons.level == 0.0);
}

#[test]
fn without_the_part_nothing_is_expected() {
    let bare = loaded(None).unwrap();
    let Score { churn_probability, churn, expected_orders, predicted_clv, p_alive, next_rung, rung, .. } =
        bare.score(&orders(&[]), &options(90, 0.1)).unwrap();
    assert_eq!((rung, next_rung), (Rung::Prior, NextRung::EarlierEvents));
    assert_eq!(
        (churn_probability, expected_orders, predicted_clv.major_units, p_alive),
        (1.0, 0.0, 0.0, 0.0)
    );
    assert!(churn.iter().all(|one| one.churn_probability == 1.0));
    let reasons = bare.explain(&orders(&[]), None, &options(90, 0.1)).unwrap();
    assert!(reasons.churn_probability == 1.0 && reasons.log_odds.is_finite());
}

#[test]
fn buyers_are_scored_as_without_it() {
    let (with, without) = (scorer(), loaded(None).unwrap());
    for ago in [&[1][..], &[9, 80], &[120]] {
        let score = |scorer: &Scorer| scorer.score(&orders(ago), &options(90, 0.1)).unwrap();
        let model_version = score(&without).model_version;
        assert_eq!(Score { model_version, ..score(&with) }, score(&without));
    }
}

/// Orders and value from a first order at any of 20,000 instants, each followed by what a new customer brings.
#[test]
fn what_follows_a_first_order_counts() {
    const STEPS: u32 = 20_000;
    let (scorer, model, prior) = (scorer(), model(), prior());
    let new = Forecast::of(&model.orders, None);
    for (days, waited, rate) in [(60, 0, 0.0), (90, 5, 0.0), (365, 30, 0.15), (1_460, 2, 0.1)] {
        let options = options(days, rate);
        let weeks = |days: f64| Weeks::new(days / 7.0).unwrap();
        let (mut orders, mut value) = (0.0, 0.0);
        let first = |days: f64| prior.first_order().p_order(weeks(f64::from(waited)), weeks(days));
        let step = f64::from(days) / f64::from(STEPS);
        let outlook: &dyn Outlook = new.outlook();
        for n in 0..STEPS {
            let at = step * f64::from(n);
            let p = first(at + step) - first(at);
            let rest = weeks(f64::from(days) - at - step / 2.0);
            let discount = (1.0 + rate).powf(-(at + step / 2.0) / 365.25);
            orders += p * (1.0 + 1.1 * outlook.expected_orders(rest));
            let later =
                0.9 * model.spend.value_of(outlook.discounted_orders(rest, options.discount_rate), None);
            value += p * discount * (31.0 + later);
        }
        let score = scorer.score_before_first_order(Some(days_ago(waited)), &options);
        let off = [score.expected_orders / orders - 1.0, score.predicted_clv.major_units / value - 1.0];
        assert!(
            off.iter().all(|off| off.abs() < if days > 365 { 1e-2 } else { 2e-3 }),
            "{days} days after {waited}: {off:?}"
        );
    }
}

#[test]
fn a_part_that_no_model_can_have_is_refused() {
    for numbers in [([0.8, 3.0, 1.5], 31.0), ([0.8, -3.0, 0.5], 31.0), ([0.8, 3.0, 0.5], f64::INFINITY)] {
        let refused = loaded(Some(encode_part("prior", &numbers).unwrap()));
        assert!(matches!(refused, Err(BundleError::InvalidPart { .. })), "{numbers:?}");
    }
    assert!(loaded(Some(encode_part("prior", &([0.8, 3.0, 0.5], 31.0)).unwrap())).is_ok());
}
