//! `tenure reasons`: of one customer, of all, in both languages.

use crate::support::{AS_OF, Desk, Scores};

impl Desk {
    #[track_caller]
    fn reasons(&self, options: &str) -> tenure_tests::program::Ran {
        self.succeed(&format!("reasons --bundle shop.tenure --orders orders.csv --as-of {AS_OF} {options}"))
    }
}

#[test]
fn reasons_agree_with_the_scores_and_add_up() {
    let desk = Desk::trained();
    desk.score("--out scores.csv");
    let all = desk.reasons("--out reasons.csv --top 2 --json").json();
    assert!(!all["importance"].as_array().unwrap().is_empty(), "{all}");
    let (scores, reasons) = (Scores::of(&desk, "scores.csv"), Scores::of(&desk, "reasons.csv"));
    assert_eq!(
        reasons.header,
        ["customer_id", "churn_probability", "band", "rung", "reason_1", "reason_2", "change"]
    );
    assert_eq!(reasons.column("customer_id"), scores.column("customer_id"));
    let pairs = reasons.numbers("churn_probability").into_iter().zip(scores.numbers("churn_probability"));
    for (explained, scored) in pairs {
        assert!((explained - scored).abs() < 1e-9, "{explained} {scored}");
    }
    for reason in reasons.column("reason_1") {
        assert!(reason.ends_with("the risk of leaving"), "{reason:?}");
    }
    let customer = reasons.column("customer_id")[0];
    let one = desk.reasons(&format!("--customer {customer} --json")).json();
    let sum = |parts: &serde_json::Value| -> f64 {
        parts.as_array().unwrap().iter().map(|part| part["log_odds"].as_f64().unwrap()).sum()
    };
    let total = one["start"].as_f64().unwrap() + sum(&one["contributions"]) + one["level"].as_f64().unwrap();
    let p = one["churn_probability"].as_f64().unwrap();
    assert!((total - (p / (1.0 - p)).ln()).abs() < 1e-9, "{total} {p}");
    assert_eq!(one["start_from"], "typical_customer");
    let text = desk.reasons(&format!("--customer {customer} --language zh")).stdout;
    assert!(text.contains("流失风险"), "{text}");
}

#[test]
fn reasons_for_value_agree_with_the_scores_and_add_up() {
    let desk = Desk::trained();
    desk.score("--out scores.csv");
    let all = desk.reasons("--of value --out reasons.csv --top 2 --json").json();
    assert!(!all["importance"].as_array().unwrap().is_empty(), "{all}");
    let (scores, reasons) = (Scores::of(&desk, "scores.csv"), Scores::of(&desk, "reasons.csv"));
    assert_eq!(
        reasons.header,
        ["customer_id", "predicted_clv", "typical_clv", "rung", "reason_1", "reason_2"]
    );
    for name in ["customer_id", "predicted_clv", "rung"] {
        assert_eq!(reasons.column(name), scores.column(name));
    }
    for reason in reasons.column("reason_1") {
        assert!(reason.ends_with(" USD") && (reason.contains(": +") || reason.contains(": -")), "{reason:?}");
    }
    let customer = reasons.column("customer_id")[0];
    let one = desk.reasons(&format!("--of value --customer {customer} --json")).json();
    let number = |value: &serde_json::Value| value.as_f64().unwrap();
    let parts = one["contributions"].as_array().unwrap();
    let (start, value) = (number(&one["start"]), number(&one["predicted_clv"]));
    let sum: f64 = parts.iter().map(|part| number(&part["value"])).sum();
    let product: f64 = parts.iter().map(|part| number(&part["factor"])).product();
    assert!((start + sum - value).abs() < 1e-9 * value.max(start), "{start} {sum} {value}");
    assert!((start * product - value).abs() < 1e-9 * value, "{start} {product} {value}");
    let text = desk.reasons(&format!("--of value --customer {customer}")).stdout;
    assert!(text.contains("the typical customer") && text.contains("predicted value"), "{text}");
}

#[test]
fn a_stranger_is_refused_and_so_is_no_question() {
    let desk = Desk::trained();
    let asked = format!("reasons --bundle shop.tenure --orders orders.csv --as-of {AS_OF}");
    let stranger = desk.run(&format!("{asked} --customer nobody"));
    assert_eq!(stranger.code, 2);
    assert!(stranger.stderr.contains("check --customer"), "{}", stranger.stderr);
    assert_eq!(desk.run(&asked).code, 2);
}
