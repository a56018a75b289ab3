//! `tenure check` and `tenure explain`.

use tenure_tests::program::{self, Ran, tenure};

use crate::support::{AS_OF, Desk};

fn run(desk: &Desk, arguments: &[&str]) -> Ran {
    tenure(desk.folder(), arguments)
}

const GOOD: &str = "\
# What a shop asks.
orders_90d = count(order, 90d)
loyal =
  orders_90d >= 2
  and country = '德国'
";

const BAD: &str = "\
orders = count(oder, 90d)
loyal = orders >= 2
slow = sum(session.duration, 30d) > 120
";

#[test]
fn check_reports_what_a_file_defines_and_needs() {
    let desk = Desk::new();
    desk.write("shop.behaviour", GOOD);
    let ran = run(&desk, &["check", "shop.behaviour"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    for part in
        ["orders_90d", "a count", "holds or not", "2 definitions compile", "order: each event within 90d"]
    {
        assert!(ran.stdout.contains(part), "{part} is not in {}", ran.stdout);
    }
    let report = run(&desk, &["check", "shop.behaviour", "--json"]).json();
    assert_eq!(report["definitions"][1]["expression"], "count(order, 90d) >= 2 and country = '德国'");
    assert_eq!(report["definitions"][1]["chinese"], "过去90天内至少有2次下单，并且国家是“德国”");
    assert_eq!(report["needs"]["streams"][0]["keep"], "90d");
    assert_eq!(report["needs"]["cost"]["search"], 1);
}

#[test]
fn check_reports_everything_that_is_wrong_and_ends_with_2() {
    let desk = Desk::new();
    desk.write("shop.behaviour", BAD);
    let ran = run(&desk, &["check", "shop.behaviour"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (2, ""));
    assert!(ran.stderr.starts_with("error: 2 errors in shop.behaviour\n\n"), "{}", ran.stderr);
    for part in ["write \"order\"", "line 1, column 16", "write 120s or 2m", "line 3, column 37", "^^^^"] {
        assert!(ran.stderr.contains(part), "{part} is not in {}", ran.stderr);
    }
    let ran = run(&desk, &["check", "shop.behaviour", "--json"]);
    assert_eq!(ran.code, 2);
    let errors = ran.json()["errors"].as_array().unwrap().clone();
    let places: Vec<_> =
        errors.iter().map(|error| (error["line"].as_u64(), error["column"].as_u64())).collect();
    assert_eq!(places, [(Some(1), Some(16)), (Some(3), Some(37))]);
}

#[test]
fn check_refuses_what_is_no_text() {
    let desk = Desk::new();
    desk.write("latin1.behaviour", [b'a', b' ', b'=', 0xe9]);
    let ran = run(&desk, &["check", "latin1.behaviour"]);
    assert!(ran.code == 2 && ran.stderr.contains("save it as UTF-8"), "{}", ran.stderr);
    desk.write("long.behaviour", "#".repeat(1_100_000));
    let ran = run(&desk, &["check", "long.behaviour"]);
    assert!(ran.code == 2 && ran.stderr.contains("split it"), "{}", ran.stderr);
    let ran = run(&desk, &["check", "nowhere.behaviour"]);
    assert!(ran.code == 2 && ran.stderr.contains("cannot read nowhere.behaviour"), "{}", ran.stderr);
    let ran = run(&desk, &["check", "."]);
    assert!(ran.code == 2 && ran.stderr.contains(". is a folder, and a file is wanted"), "{}", ran.stderr);
}

/// Every line of a file of another kind is wrong, and nobody reads on after ten of them.
#[test]
fn a_file_of_another_kind_is_not_answered_line_by_line() {
    let desk = Desk::new();
    let lines = desk.text("orders.csv").lines().count();
    assert!(lines > 1000);
    let more = format!("and {} more: mend these first", lines - 10);
    let train = ["train", "--orders", "orders.csv", "--as-of", AS_OF, "--out", "b.tenure"];
    let features = ["features", "--log", "log", "--as-of", AS_OF, "--out", "f.csv"];
    desk.succeed("import --input orders.csv --log log");
    for arguments in [
        &["check", "orders.csv"][..],
        &[&train[..], &["--churn", "@orders.csv"]].concat(),
        &[&features[..], &["--definitions", "orders.csv"]].concat(),
    ] {
        let ran = run(&desk, arguments);
        assert_eq!(ran.code, 2, "{arguments:?}: {}", ran.stderr);
        assert!(ran.stderr.contains(&more), "{arguments:?}: {}", ran.stderr);
        assert!(ran.stderr.lines().count() < 80, "{arguments:?}: {}", ran.stderr);
    }
    // A program reads all of them.
    let errors = run(&desk, &["check", "orders.csv", "--json"]).json()["errors"].as_array().unwrap().len();
    assert_eq!(errors, lines);
}

/// As in `tenure check orders.csv 2>&1 | head -1`.
#[cfg(unix)]
#[test]
fn nobody_who_reads_the_errors_is_no_panic() {
    use std::process::{Command, Stdio};
    let desk = Desk::new();
    let ended = |arguments: &[&str], log: &str| {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut command = Command::new(program::path());
        command.args(arguments).current_dir(desk.folder()).env("RUST_LOG", log).stdout(Stdio::null());
        command.stderr(writer).status().unwrap().code()
    };
    assert_eq!(ended(&["check", "orders.csv"], "warn"), Some(2));
    assert_eq!(ended(&["scroe"], "warn"), Some(2));
    // A warning on the way, and everything that is logged.
    let train = ["train", "--orders", "orders.csv", "--as-of", "2022-02-15", "--out", "b.tenure"];
    assert_eq!(ended(&train, "trace"), Some(0));
}

#[test]
fn a_file_where_an_expression_is_meant() {
    let desk = Desk::new();
    desk.write("churn.behaviour", "churn = count(order, next 60d) = 0\n");
    let train = ["train", "--orders", "orders.csv", "--as-of", AS_OF, "--out", "b.tenure", "--churn"];
    let ran = run(&desk, &[&train[..], &["churn.behaviour"]].concat());
    assert!(ran.code == 2 && ran.stderr.contains("did you mean --churn @churn.behaviour?"), "{}", ran.stderr);
    let ran = run(&desk, &["explain", "churn.behaviour"]);
    assert!(ran.code == 2 && ran.stderr.contains("tenure check reads files"), "{}", ran.stderr);
}

#[test]
fn labels_are_named_where_they_would_help() {
    let desk = Desk::new();
    let hint = "with --labels windows that look ahead are read";
    let check = |name: &str, text: &str| {
        desk.write(name, text);
        run(&desk, &["check", name]).stderr
    };
    let ahead = "churn = count(order, next 60d) = 0\n";
    assert!(check("ahead.behaviour", ahead).contains(hint));
    // Another mistake beside it does not hide it.
    assert!(check("both.behaviour", &format!("{ahead}other = chrn\n")).contains(hint));
    assert!(!check("back.behaviour", "other = chrn\n").contains(hint));
    assert!(run(&desk, &["explain", "count(order, next 60d) = 0"]).stderr.contains(hint));
    assert!(!run(&desk, &["explain", "count(oder)"]).stderr.contains(hint));
}

#[test]
fn explain_reads_an_expression_aloud() {
    let desk = Desk::new();
    let text = "max(order.amount,30d)>50 and churn_probability(90d) > 60%";
    let ran = run(&desk, &["explain", text]);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    for part in [
        "max(order.amount, 30d) > 50 and churn_probability(90d) > 0.6\n",
        "the largest amount of orders in the last 30 days is above 50",
        "90天内的流失概率大于60%",
        "max(order.amount, 30d): money, O(n)",
        "models for churn_probability(90d)",
    ] {
        assert!(ran.stdout.contains(part), "{part} is not in {}", ran.stdout);
    }
    let report = run(&desk, &["explain", text, "--json"]).json();
    assert_eq!(report["needs"]["windows"][0], "30d");
    assert_eq!(report["needs"]["predictions"][0], "churn_probability(90d)");
}

#[test]
fn the_scope_is_given_by_options() {
    let desk = Desk::new();
    #[track_caller]
    fn check(desk: &Desk, arguments: &[&str], code: i32, part: &str) {
        let ran = run(desk, &[&["explain"], arguments].concat());
        assert_eq!(ran.code, code, "{}", ran.stderr);
        assert!(ran.stderr.contains(part), "{}", ran.stderr);
    }
    let label = "count(order, next 90d) = 0";
    check(&desk, &[label], 2, "labels only");
    check(&desk, &[label, "--labels"], 0, "");
    let own = "count(size_guide_open) > 0";
    check(&desk, &[own], 0, "");
    check(&desk, &[own, "--kind", "wishlist_add"], 2, "no kind of event is called");
    check(&desk, &[own, "--kind", "wishlist_add", "--kind", "size_guide_open"], 0, "");
    let mat = "count(order where product = 'prayer_mat') > 0";
    check(&desk, &[mat, "--proxy", "product=prayer_mat"], 2, "declared a proxy");
    check(&desk, &[mat, "--proxy", "surname"], 2, "is not a proxy");
    check(&desk, &[mat, "--sensitive-word", "prayer"], 2, "speaks of prayer");
    check(&desk, &["campaign = 'x'", "--proxy", "campaign"], 2, "declared a proxy");
}
