//! `compare`, `drift`, `report` and the contest of `train --registry` with `--log`: what answers has read all events
//! that were known.

use std::sync::OnceLock;

use serde_json::Value;

use crate::support::Desk;

const FEATURES: &str = "\
orders = count(order)
recency = days_since(order)
visits_30d = count(session, 30d)
carts_30d = count(add_to_cart, 30d)
";

/// By trees, and by the purchase model alone.
const TRAIN: &str = "train --horizon 30d --horizons 30d --features own.behaviour";
const PLAIN: &str = "train --horizon 30d --horizons 30d --model bg_nbd";

/// A log of nine hundred customers; what a bundle trained as of May says of it, and one as of August.
fn desk() -> &'static Desk {
    static DESK: OnceLock<Desk> = OnceLock::new();
    DESK.get_or_init(|| {
        let desk = Desk::new();
        desk.write("own.behaviour", FEATURES);
        desk.succeed(
            "simulate --customers 900 --from 2021-01-01 --to 2022-10-01 --visitors 0.1 --out events.csv",
        );
        desk.succeed("import --input events.csv --log log");
        desk.succeed(&format!("{TRAIN} --log log --as-of 2022-06-01 --out trees.tenure"));
        desk.succeed(&format!("{PLAIN} --log log --as-of 2022-06-01 --out plain.tenure"));
        desk
    })
}

/// The rungs of an evaluation that answered, with their customers.
fn rungs(evaluation: &Value) -> Vec<(String, u64)> {
    let line =
        |line: &Value| (line["rung"].as_str().unwrap().to_owned(), line["customers"].as_u64().unwrap());
    evaluation["rungs"].as_array().unwrap().iter().map(line).collect()
}

#[track_caller]
fn check_rung(evaluation: &Value, rung: &str) {
    let customers = evaluation["customers"].as_u64().unwrap();
    assert_eq!(rungs(evaluation), [(rung.to_owned(), customers)]);
    assert!(customers > 300, "{customers}");
}

/// What `evaluate` says of the same window, from all that the log knew.
fn evaluated(desk: &Desk, bundle: &str, from: &str) -> Value {
    desk.succeed(&format!("evaluate --bundle {bundle} --log log --as-of {from} --horizon 30d --json")).json()
}

#[test]
fn bundles_are_compared_with_all_their_events() {
    let desk = desk();
    // As stored: the window begins after both were trained.
    let line = "compare plain.tenure trees.tenure --log log --as-of 2022-07-15 --json";
    let compared = desk.succeed(line).json();
    let (old, new) = (&compared["champion"], &compared["challenger"]);
    assert_eq!((&old["judged"], &new["judged"]), (&"as_stored".into(), &"as_stored".into()));
    check_rung(&old["evaluation"], "btyd");
    check_rung(&new["evaluation"], "boosted");
    // Where nothing becomes known a month late, both look at the same window with the same eyes.
    let same = evaluated(desk, "trees.tenure", "2022-06-15");
    for part in ["customers", "mean_churn_probability", "predicted_value_total", "expected_orders"] {
        assert_eq!(new["evaluation"][part], same[part], "{part}");
    }
    // Fitted again: it begins before, and trees grow on what was known then.
    let line = "compare plain.tenure trees.tenure --log log --as-of 2022-06-10 --json";
    let compared = desk.succeed(line).json();
    assert_eq!(compared["challenger"]["judged"], "refitted");
    check_rung(&compared["challenger"]["evaluation"], "boosted");
    // Orders alone do not tell of visits.
    desk.write("orders-only.csv", orders_of(&desk.text("events.csv")));
    let line = "compare plain.tenure trees.tenure --orders orders-only.csv --as-of 2022-07-15 --json";
    check_rung(&desk.succeed(line).json()["challenger"]["evaluation"], "btyd");
}

/// The orders and refunds among the events.
fn orders_of(events: &str) -> String {
    let kind = events.lines().next().unwrap().split(',').position(|name| name == "kind").unwrap();
    let is_wanted = |line: &&str| ["kind", "order", "refund"].contains(&line.split(',').nth(kind).unwrap());
    events.lines().filter(is_wanted).flat_map(|line| [line, "\n"]).collect()
}

#[test]
fn drift_is_watched_with_all_events() {
    let desk = desk();
    let line = "drift --bundle trees.tenure --log log --as-of 2022-08-15 --json";
    let drift = desk.succeed(line).json();
    let windows = drift["windows"].as_array().unwrap();
    assert_eq!(windows.len(), 2, "{drift}");
    for (window, from) in windows.iter().zip(["2022-06-16", "2022-07-16"]) {
        check_rung(window, "boosted");
        let same = evaluated(desk, "trees.tenure", from);
        for part in ["customers", "mean_churn_probability", "predicted_value_total"] {
            assert_eq!(window[part], same[part], "{from}: {part}");
        }
    }
}

#[test]
fn a_report_is_of_all_events() {
    let desk = desk();
    let line = "report --bundle trees.tenure --log log --as-of 2022-07-15 --out page.html --json";
    let written = desk.succeed(line).json();
    let customers = written["customers"].as_u64().unwrap();
    assert_eq!(written["rungs"], serde_json::json!({ "boosted": customers }));
    assert_eq!(written["outcome_known"], true);
    let same = evaluated(desk, "trees.tenure", "2022-07-15");
    assert_eq!(same["customers"], customers);
    let (html, percent) =
        (desk.text("page.html"), |part: &str| format!("{:.1} %", same[part].as_f64().unwrap() * 100.0));
    for part in ["churn_rate", "mean_churn_probability"] {
        assert!(html.contains(&percent(part)), "{part}: {}", percent(part));
    }
    let ran = desk.run("report --bundle trees.tenure --log log --out log/page.html");
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("name another file"), "{}", ran.stderr);
}

#[test]
fn a_better_challenger_from_the_log_gets_the_label() {
    let desk = desk();
    let enrol = |train: &str, as_of: &str| {
        let line = format!("{train} --log log --as-of {as_of} --registry models --promote-if-better --json");
        desk.succeed(&line).json()["registry"].clone()
    };
    // Pulled to middling parameters and with no level set: poor.
    let first = enrol(&format!("{PLAIN} --penalizer 1000 --keep-level"), "2022-06-01");
    assert_eq!(first["promoted"], true, "{first}");
    let second = enrol(TRAIN, "2022-09-01");
    assert_eq!(second["promoted"], true, "{second}");
    let comparison = &second["comparison"];
    assert_eq!(comparison["champion"]["judged"], "as_stored");
    assert_eq!(comparison["challenger"]["judged"], "refitted");
    check_rung(&comparison["champion"]["evaluation"], "btyd");
    check_rung(&comparison["challenger"]["evaluation"], "boosted");
    // The label's bundle is judged with its events too, and does not lose to the poor one.
    let third = enrol(&format!("{PLAIN} --penalizer 1000 --keep-level"), "2022-09-30");
    assert_eq!(third["promoted"], false, "{third}");
    check_rung(&third["comparison"]["champion"]["evaluation"], "boosted");
}

#[test]
fn what_cannot_be_read_is_said() {
    let desk = desk();
    for (line, part) in [
        ("drift --bundle trees.tenure --as-of 2022-08-15", "--log <DIR>"),
        (
            "drift --bundle trees.tenure --log log --orders orders.csv --as-of 2022-08-15",
            "cannot be used with",
        ),
        ("drift --bundle trees.tenure --log nowhere --as-of 2022-08-15", "nowhere"),
        (
            "report --bundle trees.tenure --log log --date-order day-first --out p.html",
            "--date-order says how",
        ),
        ("compare plain.tenure trees.tenure --log log --currency EUR --as-of 2022-08-15", "USD, not in EUR"),
        ("compare plain.tenure trees.tenure --log log --as-of 2023-08-15", "the outcome is not known yet"),
    ] {
        let ran = desk.run(line);
        assert_eq!(ran.code, 2, "tenure {line}: {}", ran.stderr);
        assert!(ran.stderr.contains(part), "tenure {line}: {}", ran.stderr);
    }
}
