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
    // A change, or why there is none.
    assert!(reasons.column("change").iter().all(|change| !change.is_empty()));
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

/// The first customer whose reasons say `words`.
#[track_caller]
fn told<'a>(reasons: &'a Scores, words: &str) -> &'a str {
    let row = reasons.rows.iter().find(|row| row.iter().any(|cell| cell.contains(words)));
    &row.unwrap_or_else(|| panic!("nobody's reasons say {words:?}"))[0]
}

#[test]
fn a_silence_is_told_beside_what_is_usual() {
    let desk = Desk::trained();
    desk.reasons("--out reasons.csv");
    let reasons = Scores::of(&desk, "reasons.csv");
    for reason in ["reason_1", "reason_2", "reason_3"].iter().flat_map(|name| reasons.column(name)) {
        let is_told = reason.contains("usually one ") || reason.contains("typical here: one every ");
        assert!(!reason.starts_with("no order for") || is_told, "{reason}");
    }
    told(&reasons, ", usually one every ");
    let once = told(&reasons, " since the first, typical here: one every ");
    let text = desk.reasons(&format!("--customer {once} --language zh")).stdout;
    assert!(text.contains("，本店回头客一般每 "), "{text}");
}

#[test]
fn that_nothing_within_reach_moves_the_risk_is_said() {
    let desk = Desk::trained();
    desk.reasons("--out reasons.csv");
    let reasons = Scores::of(&desk, "reasons.csv");
    let lost = told(&reasons, "nothing within reach lowers the risk");
    let one = desk.reasons(&format!("--customer {lost} --json")).json();
    assert_eq!((one["band"].as_str(), one["changes"].as_array().map(Vec::len)), (Some("high"), Some(0)));
    assert_eq!(
        one["no_change"],
        "nothing within reach lowers the risk: after 3 further orders it is still high"
    );
    let text = desk.reasons(&format!("--customer {lost} --language zh")).stdout;
    assert!(text.contains("暂无可及的改变：再下 3 单，风险仍为高"), "{text}");
    let moved = told(&reasons, "would move this customer");
    assert!(desk.reasons(&format!("--customer {moved} --json")).json().get("no_change").is_none());
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
