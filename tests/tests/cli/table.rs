//! Flat tables: trained on, scored with reasons, judged by cross-validation, and refused.

use crate::support::{Desk, Scores};

/// Members of a gym, one row each: those with a monthly plan who come rarely leave.
fn gym(rows: usize) -> String {
    let mut text = String::from("\u{feff}member,plan,visits,left\r\n");
    let mut state = 5_u64;
    let mut draw = |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    for at in 0..rows {
        let (monthly, visits, lot) = (draw(2) == 0, draw(20), draw(100));
        let chance = 5 + if monthly { 40 } else { 0 } + if visits < 6 { 35 } else { 0 };
        let plan = if monthly { "monthly" } else { "\"yearly, paid\"" };
        let visits = if draw(12) == 0 { " ".to_owned() } else { visits.to_string() };
        let left = if lot < chance { "Yes" } else { "No" };
        text.push_str(&format!("M-{at},{plan},{visits},{left}\r\n"));
    }
    text
}

fn desk() -> Desk {
    let desk = Desk::new();
    desk.write("gym.csv", gym(400));
    desk
}

const TRAIN: &str = "train --table gym.csv --target left --id member --params rounds=40,eta=0.1,depth=3";

#[test]
fn a_table_is_trained_on_and_scored_with_reasons_that_add_up() {
    let desk = desk();
    let ran = desk.succeed(&format!("{TRAIN} --out gym.tenure"));
    assert_eq!(ran.stderr, "");
    for part in ["400 rows", "visits: ", "blank", "tenure evaluate --table gym.csv --target left --id member"]
    {
        assert!(ran.stdout.contains(part), "{part}: {}", ran.stdout);
    }
    desk.succeed("score --table gym.csv --bundle gym.tenure --out scores.csv --reasons");
    let scores = Scores::of(&desk, "scores.csv");
    let probability = scores.numbers("churn_probability");
    let (odds, base) = (scores.numbers("log_odds"), scores.numbers("log_odds_base"));
    let (plan, visits) = (scores.numbers("adds_plan"), scores.numbers("adds_visits"));
    assert_eq!(scores.column("customer_id")[399], "M-399");
    for at in 0..400 {
        assert!((base[at] + plan[at] + visits[at] - odds[at]).abs() < 1e-9, "row {at}");
        assert!((probability[at] - 1.0 / (1.0 + (-odds[at]).exp())).abs() < 1e-9, "row {at}");
        assert!(scores.column("reason_1")[at].contains(" the odds by a factor of "), "row {at}");
    }
    let version = desk.succeed("inspect gym.tenure --json").json()["model_version"].clone();
    assert_eq!(scores.column("model_version")[0], version);
    let described = desk.succeed("inspect gym.tenure").stdout;
    for part in ["whether left is Yes", "plan: one of monthly, yearly, paid", "visits: a number", "400 rows"]
    {
        assert!(described.contains(part), "{part}: {described}");
    }
    assert!(!described.contains("CLV") && !described.contains("as of"), "{described}");
}

/// A table has no as-of of its own: where no day is given none is made up, and one that is given is kept.
#[test]
fn a_day_that_was_not_given_is_not_shown() {
    let desk = desk();
    let trained = desk.succeed(&format!("{TRAIN} --out gym.tenure")).stdout;
    desk.succeed("score --table gym.csv --bundle gym.tenure --out scores.csv");
    let shown = [
        trained,
        desk.succeed("inspect gym.tenure").stdout,
        desk.succeed("inspect gym.tenure --card").stdout,
        desk.text("scores.csv"),
    ];
    assert!(shown.iter().all(|text| !text.contains("1970")), "{shown:?}");
    desk.succeed(&format!("{TRAIN} --as-of 2024-06-01 --out dated.tenure"));
    let dated = desk.succeed("inspect dated.tenure").stdout;
    assert!(dated.contains("table-2024-06-01-") && dated.contains("as of           2024-06-01"), "{dated}");
}

#[test]
fn a_card_of_a_table_says_nothing_of_orders() {
    let desk = desk();
    desk.succeed(&format!("{TRAIN} --out gym.tenure"));
    let card = desk.succeed("inspect gym.tenure --card").stdout;
    for part in ["that left is Yes", "- 400 rows", "plan (monthly, yearly, paid); visits", "member names the"]
    {
        assert!(card.contains(part), "{part}: {card}");
    }
    for part in ["order", "refund", "USD", "discounted", "day that the table shows, 1970", "90d ahead"] {
        assert!(!card.contains(part), "{part}: {card}");
    }
    let chinese = desk.succeed("inspect gym.tenure --card --language zh").stdout;
    assert_eq!(card.matches("\n## ").count(), chinese.matches("\n## ").count());
    assert!(!chinese.contains("订单"), "{chinese}");
}

#[test]
fn the_same_table_gives_the_same_bytes_and_unknown_values_are_missing() {
    let desk = desk();
    desk.succeed(&format!("{TRAIN} --out one.tenure"));
    desk.succeed(&format!("{TRAIN} --out two.tenure"));
    assert_eq!(desk.bytes("one.tenure"), desk.bytes("two.tenure"));
    // Columns in another order, one lacking, a plan that nobody had.
    desk.write("new.csv", "plan,member\nlifetime,A\n,B\nmonthly,C\n");
    let ran = desk.succeed("score --table new.csv --bundle one.tenure --out new-scores.csv");
    assert!(ran.stdout.contains("there is no column visits"), "{}", ran.stdout);
    let scores = Scores::of(&desk, "new-scores.csv");
    assert_eq!(scores.column("customer_id"), ["A", "B", "C"]);
    let probability = scores.numbers("churn_probability");
    assert_eq!(probability[0], probability[1]);
    assert!(probability[2] > probability[0]);
}

#[test]
fn cross_validation_prints_every_candidate() {
    let desk = desk();
    let line = "evaluate --table gym.csv --target left --id member --folds 3 --repeats 1 \
                --params rounds=40,eta=0.1,depth=3";
    let found = desk.succeed(&format!("{line} --json")).json();
    let of = |at: usize, name: &str| found["candidates"][at][name].as_f64().unwrap();
    assert_eq!(found["candidates"].as_array().unwrap().len(), 5);
    assert!(of(0, "auc") > 0.7 && of(0, "log_loss") < of(4, "log_loss") - 0.05, "{found}");
    let printed = desk.succeed(line);
    for part in ["stack", "boosted", "logistic", "forest", "naive_rate", "log loss"] {
        assert!(printed.stdout.contains(part), "{part}: {}", printed.stdout);
    }
}

#[test]
fn a_search_that_changes_nothing_says_so() {
    let desk = desk();
    let tuned = desk.succeed(&format!("{TRAIN} --tune --tune-trials 1 --out tuned.tenure"));
    let said = "note: tuning tried 1 setting, and none had a loss below the ";
    assert!(tuned.stdout.contains(said), "{}", tuned.stdout);
    assert!(tuned.stdout.contains("so they stay: rounds="), "{}", tuned.stdout);
    let ran = desk.run(&format!("{TRAIN} --tune-budget 10m --out other.tenure"));
    assert!(ran.code == 2 && ran.stderr.contains("--tune"), "{}", ran.stderr);
}

#[test]
fn a_search_says_what_it_chose_so_that_it_can_be_had_again() {
    let desk = desk();
    // A single tree is a beginning that whatever else is tried is better than.
    let search = TRAIN.replace("rounds=40", "rounds=1");
    let tuned =
        desk.succeed(&format!("{search} --tune --tune-budget 60s --tune-trials 3 --out tuned.tenure"));
    assert!(tuned.stdout.contains("tuning tried 3 settings"), "{}", tuned.stdout);
    let settings = tuned.stdout.split("--params ").nth(1).unwrap().split_whitespace().next().unwrap();
    let line =
        format!("train --table gym.csv --target left --id member --params {settings} --out again.tenure");
    desk.succeed(&line);
    for bundle in ["tuned", "again"] {
        desk.succeed(&format!("score --table gym.csv --bundle {bundle}.tenure --out {bundle}.csv"));
    }
    let of = |name: &str| Scores::of(&desk, name).numbers("churn_probability");
    assert_eq!(of("tuned.csv"), of("again.csv"));
}

#[track_caller]
fn refused(desk: &Desk, line: &str, because: &str) {
    let ran = desk.run(line);
    assert_eq!(ran.code, 2, "{line}: {}", ran.stderr);
    assert!(ran.stderr.contains(because), "{line}: {}", ran.stderr);
}

#[test]
fn options_of_tables_and_of_orders_do_not_mix() {
    let desk = desk();
    refused(&desk, "train --out x.tenure", "--orders");
    refused(&desk, "train --orders orders.csv --out x.tenure", "--as-of");
    refused(&desk, "train --table gym.csv --out x.tenure", "--target");
    refused(&desk, "train --orders orders.csv --as-of 2021-10-01 --target left --out x.tenure", "--target");
    refused(&desk, "train --as-of 2021-10-01 --target left --out x.tenure", "--table");
    refused(&desk, &format!("{TRAIN} --orders orders.csv --out x.tenure"), "cannot be used with");
    refused(&desk, &format!("{TRAIN} --occasion order --out x.tenure"), "cannot be used with");
    refused(&desk, "train --table gym.csv --target gone --out x.tenure", "there is no column");
    refused(&desk, "train --table gym.csv --target plan --out x.tenure", "--positive");
    refused(
        &desk,
        "train --table gym.csv --target left --params speed=9 --out x.tenure",
        "there is no setting",
    );
    refused(&desk, &format!("{TRAIN} --out gym.csv"), "would replace");
    desk.write("ragged.csv", "a,left\n1,Yes,3\n");
    refused(&desk, "train --table ragged.csv --target left --out x.tenure", "row 1 has 3 cells");
    desk.train();
    refused(&desk, "score --table gym.csv --bundle shop.tenure --out s.csv", "table");
}

#[test]
fn a_row_without_an_id_is_refused_where_ids_are_named() {
    let desk = desk();
    desk.succeed(&format!("{TRAIN} --out gym.tenure"));
    let score = "score --table new.csv --bundle gym.tenure --out scores.csv";
    desk.write("new.csv", "member,plan,visits\n1,monthly,3\n ,monthly,4\n");
    refused(&desk, score, "row 2 has no customer id: \"member\" is blank in it");
    desk.write("new.csv", "plan,visits\nmonthly,3\n");
    refused(&desk, score, "there is no column \"member\"");
    assert!(!desk.path("scores.csv").exists());
    // Where no column was named, rows are numbered.
    desk.succeed(&TRAIN.replace("--id member", "--without member --out plain.tenure"));
    desk.succeed("score --table new.csv --bundle plain.tenure --out scores.csv");
    assert_eq!(Scores::of(&desk, "scores.csv").column("customer_id"), ["1"]);
}

#[test]
fn a_table_may_have_other_marks_between_its_cells() {
    let desk = desk();
    desk.succeed(&format!("{TRAIN} --out gym.tenure"));
    desk.succeed("score --table gym.csv --bundle gym.tenure --out comma.csv");
    let text = gym(400).replace("\"yearly, paid\"", "yearly/ paid").replace(',', ";").replace('/', ",");
    desk.write("gym.csv", text);
    desk.succeed("score --table gym.csv --bundle gym.tenure --out semicolon.csv");
    assert_eq!(desk.text("semicolon.csv"), desk.text("comma.csv"));
}

#[test]
fn a_bundle_of_the_other_kind_is_called_what_it_is() {
    let desk = desk();
    desk.succeed(&format!("{TRAIN} --out gym.tenure"));
    desk.train();
    let orders = "--orders orders.csv --as-of 2021-12-01";
    for line in [
        format!("drift --bundle gym.tenure {orders}"),
        format!("report --bundle gym.tenure {orders} --out p.html"),
        format!("score --bundle gym.tenure {orders} --out s.csv"),
        format!("evaluate --bundle gym.tenure {orders}"),
        format!("compare gym.tenure shop.tenure {orders}"),
    ] {
        refused(&desk, &line, "a bundle of a flat table, which knows no orders");
    }
    refused(
        &desk,
        "score --table gym.csv --bundle shop.tenure --out s.csv",
        "a bundle of orders, not of a flat",
    );
}

/// IBM's public table of telephone customers, where it is at hand: 7,043 rows, cross-validated once in five folds.
#[test]
fn customers_of_a_telephone_company() {
    let Some(path) = tenure_tests::data_at_hand("telco/Telco-Customer-Churn.csv") else { return };
    let desk = Desk::new();
    desk.write("telco.csv", std::fs::read(path).unwrap());
    let line = "evaluate --table telco.csv --target Churn --id customerID --folds 5 --repeats 1 --json";
    let judged = desk.succeed(line).json();
    let stack = &judged["candidates"][0];
    assert_eq!(stack["name"], "stack");
    let measure = |name: &str| stack[name].as_f64().unwrap();
    assert!(measure("auc") >= 0.845 && measure("log_loss") <= 0.42, "{judged}");
}
