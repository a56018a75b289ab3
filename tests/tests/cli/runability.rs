//! Every command does its job, leaves what it promised, and says nothing else.

use std::collections::{BTreeMap, BTreeSet};

use tenure_tests::program::Ran;
use tenure_tests::shop::DAY_US;

use crate::support::{AS_OF, AS_OF_US, Desk, Scores};

const BEFORE_CURVE: &str = "customer_id,churn_probability,predicted_clv,currency,expected_orders,p_alive,\
next_order_at,next_order_earliest_at,next_order_latest_at,rfm_recency,rfm_frequency,rfm_monetary,segment,rung,\
horizon,clv_horizon,discount_rate,as_of";

const AFTER_CURVE: &str = "value_low_80,value_high_80,value_low_95,value_high_95,next_rung,model_version";

/// Not a terminal, so no bars, no colours, nothing on the error stream.
#[track_caller]
fn quiet(ran: &Ran) {
    assert_eq!(ran.stderr, "");
    let drawn = ran.stdout.chars().find(|letter| letter.is_control() && *letter != '\n');
    assert_eq!(drawn, None, "{}", ran.stdout);
}

#[test]
fn train_says_what_it_read_and_what_it_chose() {
    let desk = Desk::new();
    let ran = desk.train();
    quiet(&ran);
    let orders = desk.shop.orders.iter().filter(|order| order.minor_units >= 0).count();
    let read = format!("{orders} orders, {} refunds", desk.shop.orders.len() - orders);
    for part in ["occurred_at <- \"created_at\" (recognised)", &read, "chosen: ", "next: tenure inspect"] {
        assert!(ran.stdout.contains(part), "{part}: {}", ran.stdout);
    }
    assert_eq!(desk.bytes("shop.tenure")[..6], *b"TENURE");
}

#[test]
fn inspect_and_train_agree_on_the_model() {
    let desk = Desk::new();
    let trained =
        desk.succeed(&format!("train --orders orders.csv --as-of {AS_OF} --out shop.tenure --json"));
    quiet(&trained);
    let version = trained.json()["model_version"].as_str().unwrap().to_owned();
    assert!(version.contains(AS_OF), "{version}");

    let manifest = desk.succeed("inspect shop.tenure --json").json();
    assert_eq!(manifest["model_version"], version);
    assert_eq!(manifest["currency"], "USD");
    assert_eq!(manifest["horizon"], "90d");
    assert_eq!(manifest["data"]["customers"], desk.shop.customers_before(AS_OF_US).len());
    let known = desk.shop.orders.iter().filter(|order| order.at_us < AS_OF_US && order.minor_units >= 0);
    assert_eq!(manifest["data"]["orders"], known.count());

    let described = desk.succeed("inspect shop.tenure");
    quiet(&described);
    assert!(described.stdout.contains(&version), "{}", described.stdout);
}

#[test]
fn score_writes_one_row_for_every_customer_seen_before_the_as_of() {
    let desk = Desk::trained();
    let ran = desk.score("--out scores.csv");
    quiet(&ran);
    let scores = Scores::of(&desk, "scores.csv");
    let curve = "churn_probability_30d,churn_probability_60d,churn_probability_90d,churn_probability_180d,\
                 churn_probability_365d";
    assert_eq!(scores.header.join(","), format!("{BEFORE_CURVE},{curve},{AFTER_CURVE}"));

    let expected: Vec<&str> = desk.shop.customers_before(AS_OF_US).into_iter().collect();
    assert_eq!(scores.column("customer_id"), expected);
    assert!(expected.len() < desk.shop.customers_before(i64::MAX).len(), "somebody came later");
    for name in ["churn_probability", "p_alive"] {
        assert!(scores.numbers(name).iter().all(|share| (0.0..=1.0).contains(share)), "{name}");
    }
    for name in ["predicted_clv", "expected_orders"] {
        assert!(scores.numbers(name).iter().all(|amount| *amount >= 0.0), "{name}");
    }
    let one_value = [("horizon", "90d"), ("clv_horizon", "365d"), ("discount_rate", "0.1"), ("rung", "btyd")];
    for (name, value) in one_value {
        assert!(scores.column(name).iter().all(|cell| *cell == value), "{name}");
    }
}

#[test]
fn score_reports_what_it_wrote() {
    let desk = Desk::trained();
    let ran = desk.score("--out scores.csv --json --horizon 30d --clv-horizon 180d --discount-rate 0");
    quiet(&ran);
    let (report, scores) = (ran.json(), Scores::of(&desk, "scores.csv"));
    let churn = scores.numbers("churn_probability");
    assert_eq!(report["customers"], churn.len());
    assert_eq!(report["horizon"], "30d");
    assert_eq!(report["clv_horizon"], "180d");
    assert_eq!(report["discount_rate"], 0.0);
    let mean = churn.iter().sum::<f64>() / churn.len() as f64;
    approx::assert_relative_eq!(report["mean_churn_probability"].as_f64().unwrap(), mean, epsilon = 1e-12);
    let total: f64 = scores.numbers("predicted_clv").iter().sum();
    approx::assert_relative_eq!(report["predicted_clv_total"].as_f64().unwrap(), total, epsilon = 1e-9);
}

/// What happened is counted here once more, from the orders themselves.
#[test]
fn evaluate_counts_what_happened() {
    let desk = Desk::trained();
    let line = format!("evaluate --bundle shop.tenure --orders orders.csv --as-of {AS_OF}");
    let ran = desk.succeed(&format!("{line} --json"));
    quiet(&ran);
    let known = desk.shop.customers_before(AS_OF_US);
    let window = AS_OF_US..AS_OF_US + 90 * DAY_US;
    let mut days: BTreeMap<&str, BTreeSet<i64>> = BTreeMap::new();
    let mut cents = 0;
    for order in &desk.shop.orders {
        if window.contains(&order.at_us) && known.contains(order.customer_id.as_str()) {
            cents += order.minor_units;
            if order.minor_units >= 0 {
                days.entry(&order.customer_id).or_default().insert(order.at_us.div_euclid(DAY_US));
            }
        }
    }
    let evaluation = ran.json();
    let number = |name: &str| evaluation[name].as_f64().unwrap();
    assert_eq!(evaluation["customers"], known.len());
    assert_eq!(number("orders"), days.values().map(BTreeSet::len).sum::<usize>() as f64);
    approx::assert_relative_eq!(number("churn_rate"), 1.0 - days.len() as f64 / known.len() as f64);
    approx::assert_relative_eq!(number("value_total"), cents as f64 / 100.0, epsilon = 1e-6);
    // The shop is simulated as the models think shops are, so they must tell who stays.
    assert!(evaluation["churn"]["auc"].as_f64().unwrap() > 0.7, "{evaluation}");

    let table = desk.succeed(&line);
    quiet(&table);
    assert!(table.stdout.contains("customers without an order"), "{}", table.stdout);
    assert!(table.stdout.starts_with("orders.csv: CSV with ',', utf-8, "), "{}", table.stdout);
}

#[test]
fn a_bundle_answers_the_horizons_it_was_asked_to() {
    let desk = Desk::new();
    desk.succeed(&format!(
        "train --orders orders.csv --as-of {AS_OF} --horizon 45d --horizons 4w,10d --out shop.tenure"
    ));
    let manifest = desk.succeed("inspect shop.tenure --json").json();
    assert_eq!(manifest["horizons"], serde_json::json!(["10d", "28d", "45d"]));
    desk.score("--out scores.csv");
    let header = Scores::of(&desk, "scores.csv").header.join(",");
    let curve = "churn_probability_10d,churn_probability_28d,churn_probability_45d";
    assert_eq!(header, format!("{BEFORE_CURVE},{curve},{AFTER_CURVE}"));
}

#[test]
fn a_penalizer_is_noted_in_the_bundle() {
    let desk = Desk::new();
    let train = |penalizer: &str| {
        let line = format!("train --orders orders.csv --as-of {AS_OF} --out shop.tenure --json {penalizer}");
        desk.succeed(&line).json()
    };
    let (plain, held) = (train(""), train("--penalizer 0.05"));
    assert_ne!(plain["model_version"], held["model_version"]);
    assert!(held["notes"].to_string().contains("a penalizer of 0.05"), "{held}");
    assert!(!plain["notes"].to_string().contains("penalizer"), "{plain}");
}

/// The shop's file with Chinese names of its columns, in the bytes of GBK.
#[test]
fn a_chinese_export_trains_the_same_bundle() {
    let desk = Desk::trained();
    let expected = desk.bytes("shop.tenure");
    let header = b"\xbf\xcd\xbb\xa7\xb1\xe0\xba\xc5,\xcf\xc2\xb5\xa5\xca\xb1\xbc\xe4,\xb6\xa9\xb5\xa5\xbd\xf0\xb6\xee,kind\n";
    let rows = desk.text("orders.csv");
    let rows = rows.split_once('\n').unwrap().1;
    desk.write("orders.csv", [header.as_slice(), rows.as_bytes()].concat());
    let ran = desk.train();
    assert!(ran.stdout.contains("gb18030") && ran.stdout.contains("客户编号"), "{}", ran.stdout);
    assert!(desk.bytes("shop.tenure") == expected, "the bundle differs");
}

#[test]
fn the_demo_tells_machines_what_it_tells_people() {
    let desk = Desk::new();
    let ran = desk.succeed("demo --dir demo --json");
    quiet(&ran);
    let report = ran.json();
    assert_eq!((&report["orders"], &report["customers"]), (&69_659.into(), &23_570.into()));
    assert_eq!(report["scored_over_grpc"], 23_570);
    assert_eq!(report["evaluation"]["customers"], 23_570);
    let manifest = desk.succeed("inspect demo/cdnow.tenure --json").json();
    assert_eq!(manifest["model_version"], report["model_version"]);
    assert_eq!(report["compared"], serde_json::json!(["bg_nbd", "mbg_nbd", "pareto_nbd"]));
    assert_eq!((&report["by_trees"], &manifest["model"]), (&true.into(), &"boosted_mbg_nbd".into()));
    for list in ["best", "most_at_risk", "sleeping"] {
        assert_eq!(report["lists"][list].as_array().unwrap().len(), 5, "{list}");
    }
}

#[test]
fn every_command_reads_what_import_wrote() {
    let desk = Desk::trained();
    let from_csv = desk.bytes("shop.tenure");
    desk.score("--out from-csv.csv");
    let ran = desk.succeed("import --orders orders.csv --out orders.parquet --json");
    quiet(&ran);
    assert_eq!(ran.json()["rows"], desk.shop.orders.len());

    desk.succeed(&format!("train --orders orders.parquet --as-of {AS_OF} --horizon 90d --out shop.tenure"));
    assert_eq!(desk.bytes("shop.tenure"), from_csv);
    let line = format!("score --bundle shop.tenure --orders orders.parquet --as-of {AS_OF}");
    desk.succeed(&format!("{line} --out from-parquet.csv"));
    assert_eq!(desk.text("from-parquet.csv"), desk.text("from-csv.csv"));
}

#[test]
fn a_clean_import_leaves_no_file_that_nobody_asked_for() {
    let desk = Desk::trained();
    desk.succeed("import --orders orders.csv");
    let names: BTreeSet<_> =
        desk.folder().read_dir().unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, BTreeSet::from(["orders.csv".into(), "shop.tenure".into()]));
}

#[test]
fn shells_get_their_completions() {
    let desk = Desk::new();
    for shell in ["bash", "zsh", "fish"] {
        let ran = desk.succeed(&format!("completions {shell}"));
        assert_eq!(ran.stderr, "");
        for word in ["import", "train", "score", "evaluate", "inspect", "demo", "discount-rate"] {
            assert!(ran.stdout.contains(word), "{word} in {shell}");
        }
    }
}

#[test]
fn every_command_has_a_manual_page() {
    let desk = Desk::new();
    desk.succeed("man --out .");
    assert!(desk.text("tenure.1").contains("Exit codes"));
    let first =
        ["import", "train", "score", "evaluate", "report", "compare", "drift", "models", "models-rollback"];
    let others = ["inspect", "check", "explain", "demo", "completions", "man"];
    for command in first.into_iter().chain(others) {
        let page = desk.text(&format!("tenure-{command}.1"));
        assert!(page.contains(".SH NAME") && page.contains(".SH OPTIONS"), "{page}");
    }
}

#[test]
fn help_and_version_are_answers_not_errors() {
    let desk = Desk::new();
    for line in ["--help", "--version", "help train", "score --help"] {
        quiet(&desk.succeed(line));
    }
}
