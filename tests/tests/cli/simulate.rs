//! `tenure simulate`: files that the other commands read, the same every time.

use tenure_tests::program::Ran;

use crate::support::{Desk, Scores};

const SPAN: &str = "--customers 200 --from 2023-01-01 --to 2024-07-01";

#[track_caller]
fn simulate(desk: &Desk, options: &str) -> Ran {
    desk.succeed(&format!("simulate {SPAN} --json {options}"))
}

#[test]
fn both_formats_are_read_by_import() {
    let desk = Desk::new();
    for name in ["log.parquet", "log.csv"] {
        let made = simulate(&desk, &format!("--out {name}")).json();
        let read = desk.succeed(&format!("import --orders {name} --json")).json();
        assert_eq!(read["orders"], made["events_by_kind"]["order"], "{read}");
        assert_eq!(read["refunds"], made["events_by_kind"]["refund"], "{read}");
        assert_eq!(read["rows"], made["events"], "{read}");
        assert_eq!(read["rejects"].as_object().map(serde_json::Map::len), Some(0), "{read}");
    }
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    let desk = Desk::new();
    for format in ["parquet", "csv"] {
        simulate(&desk, &format!("--out one.{format} --truth one-truth.csv"));
        simulate(&desk, &format!("--out two.{format} --truth two-truth.csv"));
        assert!(desk.bytes(&format!("one.{format}")) == desk.bytes(&format!("two.{format}")), "{format}");
        assert_eq!(desk.text("one-truth.csv"), desk.text("two-truth.csv"));
        simulate(&desk, &format!("--out two.{format} --seed 8"));
        assert!(desk.bytes(&format!("one.{format}")) != desk.bytes(&format!("two.{format}")), "{format}");
    }
}

#[test]
fn the_truth_has_a_row_for_every_customer_and_agrees_with_the_summary() {
    let desk = Desk::new();
    let options = "--out log.csv --truth truth.csv --process bg_nbd --shape orders --duplicates 0";
    let made = simulate(&desk, options).json();
    let truth = Scores::of(&desk, "truth.csv");
    let header = "customer_id,is_buyer,arrived_at,first_order_at,churned_at,orders_per_week,\
                  dropout_probability,mean_order,orders,is_discount_hunter,country";
    assert_eq!(truth.header.join(","), header);
    assert_eq!(made["customers"], truth.rows.len());
    let buyers: Vec<bool> = truth.column("is_buyer").iter().map(|cell| *cell == "true").collect();
    let churned = truth
        .column("churned_at")
        .iter()
        .zip(&buyers)
        .filter(|(at, is_buyer)| **is_buyer && !at.is_empty())
        .count();
    let buyers = buyers.iter().filter(|is_buyer| **is_buyer).count();
    assert_eq!(made["buyers"], buyers);
    assert_eq!(made["churned"], churned);
    assert!(truth.numbers("dropout_probability").iter().all(|p| (0.0..=1.0).contains(p)));
    let orders: f64 = truth.numbers("orders").iter().sum();
    assert_eq!(made["events_by_kind"]["order"].as_f64(), Some(orders));
    let kinds = Scores::of(&desk, "log.csv");
    assert_eq!(kinds.column("kind").iter().filter(|kind| **kind == "order").count() as f64, orders);
}

#[test]
fn the_summary_is_for_people_too() {
    let desk = Desk::new();
    let ran = desk.succeed(&format!("simulate {SPAN} --out log.parquet --rows interleaved --no-seasons"));
    assert_eq!(ran.stderr, "");
    for part in ["events of 200 customers", "%) have left", "product_view", "events written to log.parquet"] {
        assert!(ran.stdout.contains(part), "{part}: {}", ran.stdout);
    }
}
