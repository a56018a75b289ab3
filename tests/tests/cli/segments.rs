//! `tenure segments`: members and offers, moves, differences before publishing, and what is refused.

use crate::support::{Desk, Scores};

/// A buyer of long ago, one of last week with two orders, and somebody who put something into the cart today.
const EVENTS: &str = "\
customer_id,occurred_at,kind,amount,order_id
old,2023-01-01T00:00:00Z,order,40,o1
two,2024-05-20T00:00:00Z,order,50,o2
two,2024-05-30T00:00:00Z,order,70,o3
cart,2024-05-31T20:00:00Z,product_view,,
cart,2024-05-31T21:00:00Z,add_to_cart,,
";

fn desk() -> Desk {
    let desk = Desk::new();
    desk.write("events.csv", EVENTS);
    desk.succeed("import --input events.csv --log log");
    desk
}

fn segment_of(table: &Scores, customer: &str) -> String {
    let place = table.column("customer_id").iter().position(|id| *id == customer).unwrap();
    table.column("segment")[place].to_owned()
}

#[test]
fn every_customer_is_in_one_segment_with_an_offer_in_two_languages() {
    let desk = desk();
    let ran = desk.succeed("segments --log log --as-of 2024-06-01 --out members.csv --json");
    let sizes = ran.json();
    let primary = sizes["primary"].as_object().unwrap();
    assert_eq!(primary.values().map(|size| size.as_u64().unwrap()).sum::<u64>(), 3);
    assert_eq!(&sizes["customers"], &3);
    let table = Scores::of(&desk, "members.csv");
    let found = ["old", "two", "cart"].map(|customer| segment_of(&table, customer));
    assert_eq!(found, ["sleeping", "loyal", "abandoner"]);
    // Nobody needs to do anything for an abandoned cart to grow old.
    let place = table.column("customer_id").iter().position(|id| *id == "cart").unwrap();
    assert!(table.column("next_change_at")[place].starts_with("2024-06-"), "{:?}", table.rows);
    assert!(table.column("offer_en").iter().all(|offer| !offer.is_empty()));
    assert!(table.column("offer_zh")[place].chars().any(|letter| letter > '\u{4e00}'));
}

#[test]
fn the_standard_file_is_proved() {
    let desk = Desk::new();
    desk.write("segments.toml", desk.succeed("segments --print-standard").stdout);
    let report = desk.succeed("check segments.toml --json").json();
    assert_eq!(report["primary"].as_array().unwrap().len(), 9);
    assert!(report["proof_steps"].as_u64().unwrap() > 9);
    let shown = desk.succeed("check segments.toml").stdout;
    assert!(shown.contains("exactly one primary segment") && shown.contains("高流失风险"), "{shown}");
    let refused = desk.run("check segments.toml --proxy channel");
    assert_eq!(refused.code, 2);
    assert!(refused.stderr.contains("channel"), "{}", refused.stderr);
}

#[test]
fn moves_since_an_earlier_date_add_up() {
    let desk = desk();
    let ran = desk.succeed("segments --log log --as-of 2024-06-01 --since 2024-05-25 --json").json();
    let moves = ran["moves"].as_array().unwrap();
    let count = |from: Option<&str>, to: &str| {
        let found = moves.iter().find(|one| one["from"].as_str() == from && one["to"] == to);
        found.map_or(0, |one| one["customers"].as_u64().unwrap())
    };
    assert_eq!(count(None, "abandoner"), 1);
    assert_eq!(count(Some("first_time_buyer"), "loyal"), 1);
    assert_eq!(moves.iter().map(|one| one["customers"].as_u64().unwrap()).sum::<u64>(), 3);
    let refused = desk.run("segments --log log --as-of 2024-06-01 --since 2024-07-01");
    assert_eq!(refused.code, 2);
    assert!(refused.stderr.contains("not before"), "{}", refused.stderr);
}

/// Ids and what the language itself says of a file stay as they are; nothing else in English is left.
#[test]
fn in_chinese_the_headings_are_chinese_too() {
    let desk = desk();
    let shown = desk.succeed("segments --log log --as-of 2024-06-01 --since 2024-05-25 --language zh").stdout;
    for part in
        ["共 3 位客户，每位客户恰好属于一个分群", "客户数", "占比", "维护方式", "实时", "自 2024-05-25"]
    {
        assert!(shown.contains(part), "{part} is not in {shown}");
    }
    for part in ["以来的客户变动：", "原分群", "（未知）", "未指定 --bundle"] {
        assert!(shown.contains(part), "{part} is not in {shown}");
    }
    let english = ["segment", "customers", "share", "maintained", "stayed", "unknown", "note"];
    let words = shown.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
    let left: Vec<&str> = words.filter(|word| english.contains(word)).collect();
    assert!(left.is_empty(), "{left:?} are left in {shown}");
}

#[test]
fn what_a_new_file_would_change_is_shown_before_it_is_used() {
    let desk = desk();
    let standard = desk.succeed("segments --print-standard").stdout;
    desk.write("segments.toml", &standard);
    assert!(standard.contains("value = \"90d\""));
    desk.write("new.toml", standard.replace("value = \"90d\"", "value = \"600d\""));
    let line = "segments --log log --as-of 2024-06-01 --segments new.toml --against segments.toml";
    let ran = desk.succeed(&format!("{line} --json")).json();
    let settings = ran["difference"]["settings"].as_array().unwrap();
    assert_eq!(settings[0], serde_json::json!(["dormant_after", "90d", "600d"]));
    let moved: Vec<_> =
        ran["moves"].as_array().unwrap().iter().filter(|one| one["from"] != one["to"]).collect();
    assert_eq!(moved.len(), 1, "{ran}");
    assert_eq!(moved[0]["from"], "sleeping");
    let shown = desk.succeed(&format!("{line} --language zh")).stdout;
    for part in
        ["将发生的变化", "参数 dormant_after: 90d -> 600d", "哪些客户会变动：", "原分群", "占原分群比例"]
    {
        assert!(shown.contains(part), "{part} is not in {shown}");
    }
    assert!(desk.succeed(line).stdout.contains("who would move"));
}

#[test]
fn a_file_with_a_gap_is_refused_with_a_customer_that_falls_through() {
    let desk = desk();
    let standard = desk.succeed("segments --print-standard").stdout;
    let broken = standard.replacen("not $has_intent and not $abandoned", "not $has_intent", 1);
    let broken =
        broken.replace("count(order) = 0 and not $has_intent\"", "count(order) > 5 and count(order) < 5\"");
    assert_ne!(broken, standard);
    desk.write("broken.toml", broken);
    let ran = desk.run("segments --log log --as-of 2024-06-01 --segments broken.toml --out members.csv");
    assert_eq!(ran.code, 2, "{}", ran.stderr);
    assert!(ran.stderr.contains("broken.toml cannot be used"), "{}", ran.stderr);
    assert!(ran.stderr.contains("count(order) = 0"), "{}", ran.stderr);
    assert!(!desk.path("members.csv").exists());
}

#[test]
fn predictions_come_from_a_bundle_in_the_currency_of_the_log() {
    let desk = Desk::trained();
    desk.write("events.csv", EVENTS);
    desk.succeed("import --input events.csv --currency EUR --log euros");
    let refused = desk.run("segments --log euros --as-of 2024-06-01 --bundle shop.tenure");
    assert_eq!(refused.code, 2, "{}", refused.stderr);
    assert!(refused.stderr.contains("in USD, the log in EUR"), "{}", refused.stderr);

    desk.succeed("import --input events.csv --log dollars");
    let line = "segments --log dollars --as-of 2024-06-01";
    let churn_predicted =
        |line: &str| desk.succeed(&format!("{line} --json")).json()["labels"]["churn_predicted"].clone();
    assert_eq!(churn_predicted(line), 0);
    assert!(desk.succeed(line).stdout.contains("without --bundle"));
    // The one whose only order is seventeen months old.
    assert_eq!(churn_predicted(&format!("{line} --bundle shop.tenure")), 1);
}
