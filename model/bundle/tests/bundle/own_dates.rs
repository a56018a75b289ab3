//! When the next order is due: by the customer's own rhythm where there is one.

use tenure_behaviour::rfm::RfmCutPoints;
use tenure_behaviour::{OrderHistory, PurchaseSummary};
use tenure_btyd::{BgNbd, GammaGamma, Rhythms};
use tenure_bundle::{
    DateSource, Level, Limits, Model, NextOrder, OrderModel, OwnDates, Scorer, SpendBasis, SpendModel,
};
use tenure_core::{AsOf, Currency, EventKind, Money, Timestamp};

use crate::common;

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

fn scorer(own_dates: Option<OwnDates>) -> Scorer {
    let rule = common::manifest().summary_rule;
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
        intervals: None,
        clv_intervals: None,
        own_dates,
    };
    let bytes = model.to_bundle(common::manifest()).unwrap();
    Scorer::from_bytes(&bytes, &Limits::default()).unwrap()
}

/// Half of all order at random, three tenths with a regularity of 4, a fifth with one of 12.
fn own_dates(ends: [f64; 2]) -> OwnDates {
    let mut shares = [0.0; 12];
    (shares[0], shares[3], shares[11]) = (0.5, 0.3, 0.2);
    OwnDates::new(Rhythms::new(0.8, 6.0, shares).unwrap(), ends).unwrap()
}

fn next(scorer: &Scorer, days: &[i64], as_of: i64) -> NextOrder {
    let options = scorer.defaults(AsOf::new(day(as_of)));
    scorer.score(&history(days), &options).unwrap().next_order.unwrap()
}

const EVEN: [i64; 5] = [0, 28, 63, 94, 126];

#[test]
fn who_has_a_rhythm_is_dated_by_it() {
    let (plain, own) = (scorer(None), scorer(Some(own_dates([0.1, 0.9]))));
    let [by_model, by_rhythm] = [&plain, &own].map(|scorer| next(scorer, &EVEN, 130));
    assert_eq!([by_model.source, by_rhythm.source], [DateSource::PurchaseModel, DateSource::OwnRhythm]);
    // Usually a month, four days ago: in about four weeks, and not any day.
    let in_days = |at: Timestamp| at.since(day(130)).days();
    assert!((20.0..35.0).contains(&in_days(by_rhythm.expected_at)), "{by_rhythm:?}");
    let width = |next: NextOrder| in_days(next.latest_at) - in_days(next.earliest_at);
    assert!(width(by_rhythm) < 0.6 * width(by_model), "{by_rhythm:?} {by_model:?}");
    let wider = next(&scorer(Some(own_dates([0.02, 0.98]))), &EVEN, 130);
    assert_eq!(wider.expected_at, by_rhythm.expected_at);
    assert!(wider.earliest_at < by_rhythm.earliest_at && by_rhythm.latest_at < wider.latest_at);
}

#[test]
fn nothing_else_of_a_score_changes() {
    let (plain, own) = (scorer(None), scorer(Some(own_dates([0.1, 0.9]))));
    let options = own.defaults(AsOf::new(day(130)));
    let of = |scorer: &Scorer| scorer.score(&history(&EVEN), &options).unwrap();
    let same = tenure_bundle::Score {
        next_order: of(&plain).next_order,
        model_version: plain.model_version().clone(),
        ..of(&own)
    };
    assert_eq!(same, of(&plain));
}

#[test]
fn who_has_none_is_dated_by_the_purchase_model() {
    let (plain, own) = (scorer(None), scorer(Some(own_dates([0.05, 0.95]))));
    let cases: [(&[i64], i64); 7] = [
        (&[0], 30),
        (&[0, 28], 30),
        (&[0, 28, 56], 60),
        // One day, one occasion, however many orders.
        (&[0, 0, 0, 0, 0], 30),
        (&[0, 28, 28, 28, 28, 56, 56], 60),
        // Ten days, one, three months, two days: at random.
        (&[0, 10, 11, 100, 102], 105),
        // A month is usual, and four have gone by.
        (&EVEN, 250),
    ];
    for (days, as_of) in cases {
        assert_eq!(next(&own, days, as_of), next(&plain, days, as_of), "{days:?}");
    }
}

#[test]
fn dates_lie_in_order_and_after_the_as_of() {
    let own = scorer(Some(own_dates([0.0, 1.0])));
    for as_of in [126, 127, 140, 155, 160, 170] {
        let next = next(&own, &EVEN, as_of);
        assert!(day(as_of) <= next.earliest_at && next.earliest_at <= next.expected_at, "{next:?}");
        assert!(next.expected_at <= next.latest_at, "{next:?}");
    }
}
