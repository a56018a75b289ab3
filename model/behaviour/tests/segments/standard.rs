//! The shipped book: its proof, and each segment and label on customers made by hand.

use std::collections::BTreeSet;

use tenure_behaviour::expression::Prediction;
use tenure_behaviour::fold::Surroundings;
use tenure_behaviour::rfm::{RfmScore, RfmSegment, RfmStyle};
use tenure_behaviour::segments::PrimaryRule;
use tenure_core::{Currency, Duration};

use crate::customers::{Standard, as_of, cuts};

#[test]
fn the_shipped_book_is_proved_without_a_warning() {
    let book = Standard::new().book;
    assert_eq!(book.warnings(), []);
    assert_eq!(book.primary_rule(), PrimaryRule::Exclusive);
    assert!(book.proof_steps() < 10_000, "{} steps", book.proof_steps());
    let core: Vec<_> = book.primary().iter().filter(|segment| !segment.is_remainder).collect();
    assert_eq!(core.len(), 8);
    assert!(core.iter().all(|segment| segment.action.is_some()));
    let exclusive = book.families().iter().filter(|family| family.is_exclusive).count();
    assert_eq!((book.families().len(), exclusive), (13, 6));
    let classes: BTreeSet<_> = book.labels().iter().map(|label| label.maintenance).collect();
    assert_eq!(classes.len(), 3, "every class of maintenance is used");
}

#[test]
fn each_primary_segment_takes_whom_it_should() {
    let standard = Standard::new();
    let cases: &[(&str, &[&str])] = &[
        ("vip", &["order 59d amount=500.01"]),
        ("vip", &["order 60d amount=501"]),
        ("vip", &["order 300d amount=400", "order 2d amount=101", "add_to_cart 1d"]),
        ("vip", &["order 300d amount=400", "order 2d amount=101 discount=50"]),
        ("high_churn_risk", &["order 75d amount=9000"]),
        ("first_time_buyer", &["order 2d amount=500"]),
        ("first_time_buyer", &["order 60d amount=20"]),
        (
            "first_time_buyer",
            &["order 20d amount=20 order_id=a", "order 9d amount=5 order_id=b", "order_cancel 8d order_id=b"],
        ),
        ("first_time_buyer", &["order 20d amount=600 order_id=a", "refund 9d amount=-200 order_id=a"]),
        ("loyal", &["order 100d amount=20", "order 9d amount=50"]),
        ("loyal", &["order 100d amount=20 discount=5", "order 50d amount=9", "order 9d amount=50"]),
        ("deal_hunter", &["order 100d amount=20 discount=5", "order 9d amount=50"]),
        ("high_churn_risk", &["order 5184000001000us amount=20"]),
        ("high_churn_risk", &["order 90d amount=20", "product_view 2d"]),
        ("sleeping", &["order 7776000001000us amount=20"]),
        ("sleeping", &["order 700d amount=2000", "order 91d amount=20 discount=3", "add_to_cart 4d"]),
        ("abandoner", &["add_to_cart 2h"]),
        ("abandoner", &["order 200d amount=20", "add_to_cart 3d"]),
        ("abandoner", &["order 75d amount=800", "add_to_cart 1d"]),
        ("abandoner", &["order 5d amount=8", "product_view 2h", "product_view 2h", "product_view 3h"]),
        (
            "first_time_buyer",
            &["order 5d amount=8", "product_view 30m", "product_view 2h", "product_view 3h"],
        ),
        ("first_time_buyer", &["order 5d amount=8", "product_view 3h", "product_view 2h"]),
        ("first_time_buyer", &["order 1d amount=8", "add_to_cart 2d"]),
        ("first_time_buyer", &["order 7d amount=8", "add_to_cart 59m"]),
        (
            "high_intent_visitor",
            &["product_view 2h", "product_view 3h", "product_view 4h", "session 4h duration=121s"],
        ),
        (
            "other_visitor",
            &["product_view 2h", "product_view 3h", "product_view 4h", "session 4h duration=120s"],
        ),
        ("other_visitor", &["product_view 2h", "product_view 3h", "session 4h duration=9m"]),
        (
            "abandoner",
            &[
                "product_view 2h",
                "product_view 3h",
                "product_view 4h",
                "session 4h duration=9m",
                "add_to_cart 3h",
            ],
        ),
        ("other_visitor", &["add_to_cart 4d"]),
        ("other_visitor", &["order 5d amount=8 order_id=a", "refund 2d amount=-8 order_id=a"]),
        ("other_visitor", &[]),
    ];
    let mut seen = BTreeSet::new();
    for (expected, lines) in cases {
        let given = &*standard.assign(lines, &Surroundings::at(as_of())).primary.id;
        assert_eq!(given, *expected, "{lines:?}");
        seen.insert(given);
    }
    assert_eq!(seen.len(), standard.book.primary().len(), "every segment has a customer");
}

/// Label, lines of a customer that has it, lines of one that has not.
type LabelCase = (&'static str, &'static [&'static str], &'static [&'static str]);

const OPENED_LESS: &[&str] = &[
    "email_send 50d",
    "email_send 45d",
    "email_open 50d",
    "email_open 44d",
    "email_send 20d",
    "email_send 10d",
    "email_send 5d",
    "email_open 20d",
];

const LABELS: &[LabelCase] = &[
    ("value_new", &["order 9d amount=99.99"], &["order 9d amount=100"]),
    ("value_mid", &["order 9d amount=100"], &["order 9d amount=300.01"]),
    ("value_mid", &["order 9d amount=300"], &["order 9d amount=99.99"]),
    ("value_high", &["order 9d amount=300.01"], &["order 9d amount=300"]),
    ("awareness", &["session 9d"], &["product_view 9d"]),
    ("consideration", &["add_to_cart 90d"], &["add_to_cart 90d", "order 9d amount=1"]),
    ("purchase", &["order 9d amount=1"], &["order 9d amount=1", "order 1d amount=1"]),
    (
        "retention",
        &["order 9d amount=1", "order 1d amount=1"],
        &["order 9d amount=1", "order 1d amount=1", "referral 1d"],
    ),
    ("advocacy", &["nps 9d rating=10"], &["nps 9d rating=10", "nps 8d rating=8"]),
    ("advocacy", &["review 9d rating=4"], &["review 9d rating=3"]),
    (
        "region_europe_us",
        &["session 9d country=DE"],
        &["session 9d country=DE", "order 8d amount=1 country=BR"],
    ),
    ("region_se_asia", &["session 9d country=TH"], &["session 9d country=JP"]),
    ("region_emerging", &["session 9d country=BR"], &["session 9d"]),
    ("region_other", &["session 9d"], &["session 9d country=US"]),
    ("region_other", &["session 9d country=JP"], &["session 9d country=SA"]),
    ("usage_heavy", &["session 1d"; 8], &["session 1d"; 7]),
    ("usage_light", &["session 30d"], &["session 31d"]),
    ("usage_none", &["session 31d"], &["session 1d"; 9]),
    (
        "source_meta",
        &["session 9d channel=instagram", "session 2d channel=google"],
        &["session 9d channel=google"],
    ),
    ("source_google", &["session 9d channel=google_search"], &["session 9d channel=tiktok"]),
    ("source_tiktok", &["session 9d channel=tiktok"], &["session 9d channel=bing"]),
    ("source_other", &["order 9d amount=1"], &["session 9d channel=facebook"]),
    ("source_other", &["session 9d channel=bing"], &["session 9d channel=google"]),
    ("high_basket", &["order 30d amount=151"], &["order 31d amount=151"]),
    ("high_basket", &["order 300d amount=201", "order 3d amount=101"], &["order 30d amount=150"]),
    (
        "cross_category",
        &["order 9d amount=1 category=a", "order 8d amount=1 category=b", "order 7d amount=1 category=c"],
        &["order 9d amount=1 category=a", "order 8d amount=1 category=b", "order 7d amount=1 category=a"],
    ),
    (
        "seeks_price",
        &["order 9d amount=1 discount=1", "order 8d amount=1"],
        &["order 9d amount=1 discount=1"],
    ),
    ("seeks_quality", &["order 9d amount=151"], &["order 9d amount=151 discount=10"]),
    ("seeks_convenience", &["subscription_start 99d"], &["subscription_start 99d", "subscription_cancel 9d"]),
    (
        "seeks_convenience",
        &["order 60d amount=1 channel=amazon", "order 30d amount=1 channel=amazon"],
        &[
            "order 60d amount=1 channel=amazon",
            "order 30d amount=1 channel=shopify",
            "order 9d amount=1 channel=amazon",
        ],
    ),
    ("double_11_buyer", &["order 2024-11-11T23:59:59 amount=1"], &["order 2024-11-12 amount=1"]),
    ("black_friday_buyer", &["order 2025-11-28T08:00 amount=1"], &["order 2025-11-27T08:00 amount=1"]),
    (
        "spring_festival_buyer",
        &["order 2026-02-10 amount=1"],
        &["order 2026-02-21 amount=1", "order 2026-01-14 amount=2"],
    ),
    (
        "thanksgiving_buyer",
        &["order 2025-11-27T08:00 amount=1"],
        &["order 2025-11-28 amount=1", "session 2025-11-27"],
    ),
    ("loyalty_member", &["loyalty_earn 900d"], &["referral 9d"]),
    ("loyalty_redeemer", &["loyalty_redeem 180d"], &["loyalty_redeem 181d"]),
    ("referrer", &["referral 900d"], &["loyalty_earn 9d"]),
    (
        "early_churn_signal",
        OPENED_LESS,
        &["email_send 50d", "email_open 50d", "email_send 20d", "email_open 20d"],
    ),
    (
        "early_churn_signal",
        OPENED_LESS,
        &["email_send 50d", "email_open 50d", "email_send 20d", "add_to_cart 3d"],
    ),
    (
        "visits_falling",
        &["session 50d", "session 45d", "session 40d", "session 5d"],
        &["session 50d", "session 45d", "session 5d"],
    ),
    ("cart_abandoner", &["order 9d amount=900", "add_to_cart 2d"], &["add_to_cart 2d", "order 1d amount=9"]),
    ("silent_vip", &["order 61d amount=900"], &["order 60d amount=900"]),
    ("ordered_within_24h", &["session 9d", "order 8d amount=1"], &["session 9d", "order 7d amount=1"]),
    ("ordered_within_30d", &["session 39d", "order 9d amount=1"], &["session 40d", "order 9d amount=1"]),
    ("mobile", &["session 9d device=mobile"], &["session 9d device=mobile", "session 2d device=desktop"]),
    ("desktop", &["session 9d device=desktop"], &["session 9d"]),
];

#[test]
fn each_label_holds_of_whom_it_should() {
    let standard = Standard::new();
    let labels = |lines: &[&str]| -> Vec<String> {
        let assignment = standard.assign(lines, &Surroundings::at(as_of()));
        assignment.labels.iter().map(|label| label.id.to_string()).collect()
    };
    for (label, of, not_of) in LABELS {
        assert!(labels(of).iter().any(|id| id == label), "{label} of {of:?}: {:?}", labels(of));
        assert!(!labels(not_of).iter().any(|id| id == label), "{label} not of {not_of:?}");
    }
    let tested: BTreeSet<&str> = LABELS.iter().map(|(label, ..)| *label).collect();
    let of_models = |id: &str| {
        ["frequent_buyer", "big_spender", "churn_predicted", "high_value_predicted"].contains(&id)
            || id.starts_with("rfm_")
    };
    for label in standard.book.labels() {
        assert!(tested.contains(&*label.id) != of_models(&label.id), "{} is tested once", label.id);
    }
}

#[test]
fn rfm_labels_are_the_cells_of_the_grid() {
    let standard = Standard::new();
    let cuts = cuts();
    let surroundings = Surroundings { rfm: Some(&cuts), ..Surroundings::at(as_of()) };
    for recency in 1..=5_u8 {
        for frequency in 1..=5_u8 {
            for monetary in [1, 3, 5_u8] {
                let last = u32::from(5 - recency) * 10 + 5;
                let day = |order: u8| format!("order {}d amount=0", last + u32::from(order));
                let mut lines: Vec<String> = (1..frequency).map(day).collect();
                lines.push(format!("order {last}d amount={}", 100 * u32::from(monetary) - 50));
                let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
                let assignment = standard.assign(&lines, &surroundings);
                let of = |family: &str| {
                    let labels =
                        assignment.labels.iter().filter(|label| label.family.as_deref() == Some(family));
                    labels.map(|label| &*label.id).collect::<Vec<_>>()
                };
                let score = RfmScore { recency, frequency, monetary };
                assert_eq!(of("rfm"), [format!("rfm_{}", RfmSegment::of(score))], "{score:?}");
                let style = RfmStyle::of(score).map(RfmStyle::as_str);
                let given = of("style").into_iter().find(|id| ["frequent_buyer", "big_spender"].contains(id));
                assert_eq!(given, style, "{score:?}");
            }
        }
    }
    let visitor = standard.assign(&[], &surroundings);
    assert!(visitor.labels.iter().any(|label| &*label.id == "rfm_prospect"));
}

#[test]
fn predictions_decide_their_labels() {
    let standard = Standard::new();
    let labels = |churn: Option<f64>, clv: f64| -> Vec<&str> {
        let predict = |prediction: Prediction| match prediction {
            Prediction::ChurnProbability(_) => churn,
            Prediction::Clv(_) => Some(clv),
            Prediction::ExpectedOrders(_) | Prediction::PAlive => None,
        };
        let surroundings = Surroundings { predictions: Some(&predict), ..Surroundings::at(as_of()) };
        let assignment = standard.assign(&[], &surroundings);
        let ids: Vec<String> = assignment.labels.iter().map(|label| label.id.to_string()).collect();
        ["churn_predicted", "high_value_predicted"]
            .into_iter()
            .filter(|id| ids.iter().any(|label| label == id))
            .collect()
    };
    assert_eq!(labels(Some(0.61), 300.0), ["churn_predicted"]);
    assert_eq!(labels(Some(0.6), 300.01), ["high_value_predicted"]);
    assert_eq!(labels(None, 0.0), [""; 0]);
}

#[test]
fn actions_are_filled_from_the_customer() {
    let standard = Standard::new();
    let proposal = |lines: &[&str], code: &str| -> Vec<(String, f64)> {
        let assignment = standard.assign(lines, &Surroundings::at(as_of()));
        let proposal = assignment.proposals.iter().find(|proposal| &*proposal.action.code == code);
        let proposal = proposal.unwrap_or_else(|| panic!("{code} of {lines:?}"));
        let names = proposal.action.parameters.iter().map(|parameter| parameter.name.to_string());
        names.zip(proposal.values.iter().copied()).collect()
    };
    let named = |expected: &[(&str, f64)]| -> Vec<(String, f64)> {
        expected.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect()
    };
    // Usual spend 101, a fifth above is 121.2; usual gap 20 days, half as long again is 30.
    let loyal = &["order 50d amount=100", "order 30d amount=102", "order 10d amount=101"];
    assert_eq!(
        proposal(loyal, "spend_more_coupon"),
        named(&[("minimum_spend", 125.0), ("valid_days", 30.0)])
    );
    // Bounds of validity, and the fallback where there is one order only.
    let rare = &["order 370d amount=100", "order 70d amount=100"];
    let expected = [("discount", 0.25), ("minimum_spend", 100.0), ("valid_days", 21.0)];
    assert_eq!(proposal(rare, "win_back_coupon"), named(&expected));
    let once = &["order 70d amount=3"];
    let expected = [("discount", 0.25), ("minimum_spend", 20.0), ("valid_days", 14.0)];
    assert_eq!(proposal(once, "win_back_coupon"), named(&expected));
    assert_eq!(proposal(&["order 3d amount=501"], "vip_early_access"), named(&[("early_hours", 48.0)]));
    let expected = named(&[("minimum_spend", 20.0), ("valid_days", 2.0)]);
    assert_eq!(proposal(&["add_to_cart 1d"], "free_shipping_offer"), expected);

    let assignment = standard.assign(&["order 61d amount=900"], &Surroundings::at(as_of()));
    let codes: Vec<_> = assignment.proposals.iter().map(|proposal| &*proposal.action.code).collect();
    assert_eq!(codes, ["win_back_coupon", "personal_call"], "the segment's first, then labels'");
    let proposal = &assignment.proposals[0];
    assert_eq!(
        proposal.text_en(Currency::USD),
        "\"We miss you\": 25% off from 900 USD, their usual order, valid 14 days."
    );
    assert!(proposal.text_zh(Currency::CNY).contains("满900 CNY"));
}

#[test]
fn the_next_change_is_the_end_of_a_silence() {
    let standard = Standard::new();
    let lines = ["order 50d amount=20"];
    let state = standard.state(&lines);
    let next = standard.book.next_change(&standard.program, &state, &Surroundings::at(as_of())).unwrap();
    let order = as_of().instant().saturating_sub(Duration::from_days(50));
    // Sixty days of silence are not yet more than sixty.
    let expected = order.saturating_add(Duration::from_days(60)).microseconds() + 1;
    assert_eq!(next.microseconds(), expected);
}
