//! What is promised of every bundle, of one with trees: the rung that most shops with 500 customers get.

use std::sync::OnceLock;

use tenure_tests::shop::{DAY_US, Order, Shop};

use crate::support::{AS_OF, AS_OF_US, Desk, Scores};

/// When the bundle in use was trained.
const EARLY: &str = "2021-07-01";
const EARLY_US: i64 = 1_625_097_600_000_000;

const TRAIN: &str = "train --orders orders.csv --horizon 60d --as-of";

/// A desk with a bundle of July, one of October, and the scores of October.
fn trained(shop: Shop) -> Desk {
    let desk = Desk::with(shop);
    desk.succeed(&format!("{TRAIN} {EARLY} --out early.tenure"));
    desk.succeed(&format!("{TRAIN} {AS_OF} --out shop.tenure"));
    desk.score("--out scores.csv");
    desk
}

fn desk() -> &'static Desk {
    static DESK: OnceLock<Desk> = OnceLock::new();
    DESK.get_or_init(|| trained(Shop::telling(1)))
}

#[test]
fn everybody_is_scored_by_the_trees() {
    let rungs = Scores::of(desk(), "scores.csv");
    let rungs = rungs.column("rung");
    assert!(
        rungs.len() == 700 && rungs.iter().all(|rung| *rung == "boosted"),
        "{} {}",
        rungs.len(),
        rungs[0]
    );
}

/// The Chinese of the notes is found by their English: a sentence that changes where it is written is noticed here.
#[test]
fn the_chinese_card_has_the_notes_in_chinese() {
    let desk = desk();
    let notes = desk.succeed("inspect shop.tenure --json").json()["notes"].as_array().unwrap().clone();
    assert!(notes.iter().any(|note| note.as_str().unwrap().contains("trees correct")), "{notes:?}");
    for bundle in ["early.tenure", "shop.tenure"] {
        let card = desk.succeed(&format!("inspect {bundle} --card --language zh")).stdout;
        assert!(card.contains("棵树修正流失") && card.contains("价值区间"), "{card}");
        assert!(!card.contains("以下训练备注只有英文"), "{card}");
    }
    // Of a shop that is too small for trees.
    let small = Desk::trained().succeed("inspect shop.tenure --card --language zh").stdout;
    assert!(!small.contains("以下训练备注只有英文"), "{small}");
}

#[test]
fn the_future_and_the_order_of_rows_change_no_byte() {
    let mut shop = Shop::telling(1).shuffled(3);
    for (index, order) in shop.orders.iter_mut().enumerate().filter(|(_, order)| order.at_us >= AS_OF_US) {
        *order = Order {
            customer_id: format!("c{:03}", index * 7 % 900),
            at_us: AS_OF_US + (index as i64) * 1_000_000,
            minor_units: 31 * (index as i64 + 1),
        };
    }
    let other = trained(shop);
    for file in ["early.tenure", "shop.tenure", "scores.csv"] {
        assert!(other.bytes(file) == desk().bytes(file), "{file} differs");
    }
}

#[test]
fn a_challenger_with_trees_is_compared_and_promoted() {
    let desk = Desk::with(Shop::telling(1));
    let night = |as_of: &str, options: &str| {
        let line = format!("{TRAIN} {as_of} --registry models --promote-if-better --json {options}");
        desk.succeed(&line).json()["registry"].clone()
    };
    night(EARLY, "--penalizer 1000 --keep-level --model bg_nbd");
    let report = night(AS_OF, "");
    assert_eq!(report["promoted"], true, "{report}");
    let side = |name: &str| report["comparison"][name]["evaluation"]["rungs"][0]["rung"].clone();
    assert_eq!((side("champion"), side("challenger")), ("btyd".into(), "boosted".into()));
}

#[test]
fn drift_looks_at_what_the_trees_read() {
    let looked = |desk: &Desk| {
        let line = format!("drift --bundle early.tenure --orders orders.csv --as-of {AS_OF} --json");
        desk.succeed(&line).json()
    };
    let shifts = |found: &serde_json::Value, of_trees: bool| -> Vec<String> {
        let all = found["features"].as_array().unwrap().iter();
        let own = all.filter(|one| one["feature"].as_str().unwrap().starts_with("trees_") == of_trees);
        own.filter(|one| one["shift"] != "none").map(|one| one["feature"].to_string()).collect()
    };
    let is_of_refunds = |names: &[String]| names.iter().any(|name| name.contains("refund"));
    let before = looked(desk());
    assert_eq!(before["verdict"], "keep", "{before}");
    assert_eq!(before["windows"][0]["rungs"][0]["rung"], "boosted", "{before}");
    assert!(before["features"].as_array().unwrap().len() > 20, "{before}");
    assert!(!is_of_refunds(&shifts(&before, true)), "{before}");

    // Since July a cent of every order goes back: the purchase model does not notice.
    let changed = Desk::with(Shop::telling(1));
    changed.write("early.tenure", desk().bytes("early.tenure"));
    let mut shop = Shop::telling(1);
    let back: Vec<Order> = shop
        .orders
        .iter()
        .filter(|order| order.at_us >= EARLY_US && order.minor_units > 0)
        .map(|order| Order { at_us: order.at_us + DAY_US / 2, minor_units: -1, ..order.clone() })
        .collect();
    shop.orders.extend(back);
    changed.write("orders.csv", shop.csv());
    let found = looked(&changed);
    assert_eq!(shifts(&found, false), shifts(&before, false));
    assert!(is_of_refunds(&shifts(&found, true)), "{found}");
}

#[test]
fn a_page_is_made_of_a_bundle_with_trees() {
    let desk = desk();
    let line = "report --bundle shop.tenure --orders orders.csv --out page.html --json";
    let written = desk.succeed(line).json();
    assert_eq!((&written["customers"], &written["outcome_known"]), (&700.into(), &true.into()));
    let html = desk.text("page.html");
    assert!(html.contains("boosted") && html.contains("Checked on 700 customers"));
    let manifest = desk.succeed("inspect shop.tenure --json").json();
    assert_eq!(manifest["features"]["kinds"], serde_json::json!(["order", "refund"]));
}
