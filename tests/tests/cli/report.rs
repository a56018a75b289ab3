//! `tenure report` and `tenure inspect --card`: what they write, in either language, and what they refuse.

use tenure_tests::shop::Shop;

use crate::support::{AS_OF, AS_OF_US, Desk};

const REPORT: &str = "report --bundle shop.tenure --orders orders.csv";

/// The page without the plotly.js in it.
fn own(html: &str) -> String {
    let start = html.find("<script type=\"text/javascript\">").unwrap();
    let end = html[start..].find("</script>").unwrap() + start;
    format!("{}{}", &html[..start], &html[end..])
}

#[test]
fn a_page_names_no_customer_and_no_address() {
    let desk = Desk::trained();
    let ran = desk.succeed(&format!("{REPORT} --out page.html --json"));
    assert_eq!(ran.stderr, "");
    let (html, written) = (desk.text("page.html"), ran.json());
    assert_eq!(written["customers"], desk.shop.customers_before(AS_OF_US).len());
    assert_eq!((&written["as_of"], &written["horizon"]), (&"2021-10-01T00:00:00Z".into(), &"90d".into()));
    assert_eq!((&written["outcome_known"], &written["bytes"]), (&true.into(), &html.len().into()));
    let own = own(&html);
    for customer in desk.shop.customers_before(i64::MAX) {
        assert!(!own.contains(customer), "{customer} is in the page");
    }
    assert!(!own.contains("http:") && !own.contains("https:"));
    assert!(own.contains(written["model_version"].as_str().unwrap()));
}

#[test]
fn the_same_orders_are_the_same_page() {
    let desk = Desk::trained();
    desk.succeed(&format!("{REPORT} --out first.html"));
    desk.succeed(&format!("{REPORT} --as-of {AS_OF} --horizon 90d --out told.html"));
    assert!(
        desk.bytes("first.html") == desk.bytes("told.html"),
        "the bundle's as-of and horizon are the defaults"
    );
    let shuffled = Desk::with(Shop::simulated(1).shuffled(2));
    shuffled.train();
    shuffled.succeed(&format!("{REPORT} --out first.html"));
    assert!(shuffled.bytes("first.html") == desk.bytes("first.html"), "the order of rows matters");
    desk.succeed(&format!("{REPORT} --as-of 2021-08-01 --out other.html"));
    assert!(desk.bytes("other.html") != desk.bytes("first.html"));
}

#[test]
fn orders_that_end_at_the_as_of_give_a_page_that_says_so() {
    let desk = Desk::trained();
    let mut shop = Shop::simulated(1);
    shop.orders.retain(|order| order.at_us < AS_OF_US);
    desk.write("orders.csv", shop.csv());
    let ran = desk.succeed(&format!("{REPORT} --out page.html --language zh"));
    assert!(ran.stdout.contains("do not tell yet what happened"), "{}", ran.stdout);
    let html = desk.text("page.html");
    assert!(
        html.contains("<html lang=\"zh-Hans\">") && html.contains("文件尚不包含截至 2021-12-30 的实际结果。")
    );
    assert!(!own(&html).contains("id=\"plot-reliability\""));
}

#[test]
fn what_cannot_be_reported_is_refused() {
    let desk = Desk::trained();
    for (options, code, part) in [
        ("--out page.html --language fr", 2, "write en or zh"),
        ("--out page.html --as-of 2019-01-01", 2, "no customer has an order before 2019-01-01"),
        ("--out no/such/page.html", 1, "there is no folder no/such"),
        ("--out orders.csv", 2, "would replace what is read"),
    ] {
        let ran = desk.run(&format!("{REPORT} {options}"));
        assert_eq!(ran.code, code, "{options}: {}", ran.stderr);
        assert!(ran.stderr.contains(part), "{options}: {}", ran.stderr);
        assert!(!desk.path("page.html").exists(), "{options}");
    }
}

#[test]
fn a_card_is_markdown_of_the_manifest() {
    let desk = Desk::trained();
    let ran = desk.succeed("inspect shop.tenure --card");
    assert_eq!(ran.stderr, "");
    let manifest = desk.succeed("inspect shop.tenure --json").json();
    let title = format!("# Model card: {}\n", manifest["model_version"].as_str().unwrap());
    assert!(ran.stdout.starts_with(&title), "{}", ran.stdout);
    for candidate in manifest["backtest"].as_array().unwrap() {
        let row = format!("\n| {}", candidate["candidate"].as_str().unwrap());
        assert!(ran.stdout.contains(&row), "{row}: {}", ran.stdout);
    }
    let chinese = desk.succeed("inspect shop.tenure --card --language zh");
    assert!(
        chinese.stdout.starts_with("# 模型卡：") && chinese.stdout.contains("## 已知弱点"),
        "{}",
        chinese.stdout
    );
    assert_eq!(desk.run("inspect shop.tenure --card --json").code, 2);
}

#[test]
fn evaluate_shows_groups_tenths_and_rungs() {
    let desk = Desk::trained();
    let line = format!("evaluate --bundle shop.tenure --orders orders.csv --as-of {AS_OF}");
    let evaluation = desk.succeed(&format!("{line} --json")).json();
    let customers = |rows: &serde_json::Value| -> u64 {
        rows.as_array().unwrap().iter().map(|row| row["customers"].as_u64().unwrap()).sum()
    };
    for table in ["calibration", "deciles", "rungs"] {
        assert_eq!(customers(&evaluation[table]), evaluation["customers"].as_u64().unwrap(), "{table}");
    }
    assert_eq!(evaluation["rungs"][0]["rung"], "btyd");
    let text = desk.succeed(&line).stdout;
    for part in ["95 % of chance", "value, customers in tenths by prediction", "rungs of the ladder:"] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

#[test]
fn an_outcome_that_the_bundle_was_trained_on_is_no_test() {
    let desk = Desk::trained();
    let evaluate = "evaluate --bundle shop.tenure --orders orders.csv --as-of";
    let seen = |as_of: &str| {
        let written = desk.succeed(&format!("{REPORT} --as-of {as_of} --out page.html --json")).json();
        let judged = desk.succeed(&format!("{evaluate} {as_of} --json")).json();
        let warned = desk.succeed(&format!("{evaluate} {as_of}")).stdout.contains("warning: this is no test");
        assert_eq!(judged["seen_in_training"], warned);
        (desk.text("page.html"), written["notes"].to_string(), warned)
    };
    let (html, notes, warned) = seen("2021-06-01");
    assert!(warned && notes.contains("this is no test: the bundle was trained as of 2021-10-01"), "{notes}");
    assert!(html.contains("This is no test, for the model was trained on what happened here"));
    assert!(!html.contains("Checked on") && !html.contains("taken at their word"));
    let (html, notes, warned) = seen(AS_OF);
    assert!(!warned && notes == "[]" && html.contains("Checked on"), "{notes}");
}

#[test]
fn orders_that_do_not_reach_the_page_leave_a_panel_out_and_no_more() {
    let desk = Desk::trained();
    let line = format!("{REPORT} --as-of 2022-01-20 --out page.html");
    let ran = desk.succeed(&line);
    assert!(ran.stdout.contains("note: the page does not tell how far the shop has moved"), "{}", ran.stdout);
    assert!(desk.text("page.html").contains("Drift was not measured"));
    // Orders that do have the panel.
    let ran = desk.succeed(&format!("{REPORT} --as-of 2021-12-30 --out page.html"));
    assert!(!ran.stdout.contains("note:"), "{}", ran.stdout);
    assert!(!desk.text("page.html").contains("Drift was not measured"));
}
