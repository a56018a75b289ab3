//! Which intervals answer over which horizon of value.

use tenure_behaviour::rfm::RfmCutPoints;
use tenure_behaviour::{OrderHistory, PurchaseSummary};
use tenure_btyd::{BgNbd, GammaGamma};
use tenure_bundle::{
    Level, Limits, Model, OrderModel, ScoreOptions, Scorer, SpendBasis, SpendModel, ValueInterval, decode,
};
use tenure_core::{AsOf, Currency, DiscountRate, EventKind, Money, Timestamp};
use tenure_predict::{Outcomes, ValueIntervals};

use crate::common::{horizon, manifest};

fn day(days: i64) -> Timestamp {
    Timestamp::from_microseconds((10_000 + days) * 86_400_000_000).unwrap()
}

/// Orders of 20 dollars, so many days after the first day.
fn history(days: &[i64]) -> OrderHistory {
    let mut history = OrderHistory::new(Currency::USD);
    for at in days {
        let paid = Money::from_minor_units(2_000, Currency::USD);
        history.record(&EventKind::Order, day(*at), paid).unwrap();
    }
    history
}

/// Set by customers even to order, who then spend from nothing to `most`.
fn intervals(most: f64) -> ValueIntervals {
    let actual: Vec<f64> = (0..400).map(|one| f64::from(one % 2) * most * f64::from(one) / 400.0).collect();
    let (p, expected) = (vec![0.5; 400], vec![50.0; 400]);
    ValueIntervals::fit(Outcomes { p_no_order: &p, expected: &expected, actual: &actual }).unwrap()
}

fn bundle(intervals: Option<ValueIntervals>, clv_intervals: Option<ValueIntervals>) -> Vec<u8> {
    let rule = manifest().summary_rule;
    let of = |days: &[i64]| PurchaseSummary::of(&history(days), AsOf::new(day(200)), &rule).unwrap().unwrap();
    let model = Model {
        orders: OrderModel::BgNbd(BgNbd::new(0.8, 6.0, 0.793, 2.426).unwrap()),
        spend: SpendModel {
            gamma_gamma: GammaGamma::new(6.25, 3.74, 15.44).unwrap(),
            basis: SpendBasis::RepeatOrders,
        },
        level: Level::NONE,
        rfm: RfmCutPoints::fit(&[of(&[0]), of(&[0, 30]), of(&[0, 30, 60])]).unwrap(),
        boosted: None,
        intervals,
        clv_intervals,
        own_dates: None,
    };
    model.to_bundle(manifest()).unwrap()
}

/// What a score over `within` says: the probability of no order in it, the value, and the intervals.
fn asked(bytes: &[u8], within: &str, rate: f64) -> (f64, f64, Option<[ValueInterval; 2]>) {
    let scorer = Scorer::from_bytes(bytes, &Limits::default()).unwrap();
    let as_of = AsOf::new(day(130));
    let (horizon, discount_rate) = (horizon(within), DiscountRate::new(rate).unwrap());
    let options = ScoreOptions { as_of, horizon, clv_horizon: horizon, discount_rate };
    let score = scorer.score(&history(&[0, 28, 63, 94, 126]), &options).unwrap();
    (score.churn_probability, score.predicted_clv.major_units, score.intervals)
}

fn ends(found: Option<[ValueInterval; 2]>) -> [(f64, f64); 2] {
    found.unwrap().map(|one| (one.low, one.high))
}

#[track_caller]
fn check(bytes: &[u8], within: &str, expected: impl Fn(f64, f64, tenure_predict::Confidence) -> (f64, f64)) {
    let (silent, value, found) = asked(bytes, within, 0.0);
    assert_eq!(
        ends(found),
        tenure_predict::Confidence::ALL.map(|one| expected(silent, value, one)),
        "{within}"
    );
}

#[test]
fn each_horizon_is_answered_by_what_was_counted_over_it() {
    let (trained, of_clv) = (intervals(200.0), intervals(90.0));
    assert_ne!(trained, of_clv);
    let both = bundle(Some(trained.clone()), Some(of_clv.clone()));
    check(&both, "90d", |silent, value, confidence| trained.around(silent, value, confidence));
    check(&both, "365d", |silent, value, confidence| of_clv.around(silent, value, confidence));
    for other in ["30d", "364d", "366d"] {
        check(&both, other, |silent, value, confidence| trained.nominal(silent, value, confidence));
    }
    // Bundles of before have the first alone.
    let first = bundle(Some(trained.clone()), None);
    assert!(
        decode(&first, &Limits::default()).unwrap().parts.iter().all(|part| part.name != "clv_intervals")
    );
    check(&first, "90d", |silent, value, confidence| trained.around(silent, value, confidence));
    check(&first, "365d", |silent, value, confidence| trained.nominal(silent, value, confidence));
    // The second alone answers over its own horizon only.
    let second = bundle(None, Some(of_clv.clone()));
    check(&second, "365d", |silent, value, confidence| of_clv.around(silent, value, confidence));
    assert!(asked(&second, "90d", 0.0).2.is_none() && asked(&bundle(None, None), "365d", 0.0).2.is_none());
}

/// Value is discounted; spend, which the intervals of its horizon were set on, is not.
#[test]
fn no_discount_moves_the_intervals_of_the_horizon_of_value() {
    let both = bundle(Some(intervals(200.0)), Some(intervals(90.0)));
    let (now, later) = (asked(&both, "365d", 0.0), asked(&both, "365d", 0.5));
    assert!(later.1 < 0.95 * now.1);
    assert_eq!(ends(now.2), ends(later.2));
}
