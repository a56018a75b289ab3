//! `tenure retention`: the cohort of Fader and Hardie (2007), as one file and as several cohorts.

use tenure_tests::program::{Ran, tenure};

use crate::support::Desk;

/// Of 1,000 "high end" customers, years 0 to 12.
const HIGH_END: [u32; 13] = [1000, 869, 743, 653, 593, 551, 517, 491, 468, 445, 427, 409, 394];

fn counts() -> String {
    let rows = HIGH_END.iter().enumerate().map(|(year, left)| format!("{year},{left}\n"));
    format!("period,customers\n{}", rows.collect::<String>())
}

fn run(text: &str, arguments: &[&str]) -> Ran {
    let desk = Desk::new();
    desk.write("subscribers.csv", text);
    let all: Vec<&str> =
        ["retention", "--counts", "subscribers.csv"].iter().chain(arguments).copied().collect();
    tenure(desk.folder(), &all)
}

#[track_caller]
fn close(found: &serde_json::Value, expected: f64, epsilon: f64) {
    let found = found.as_f64().unwrap();
    assert!((found - expected).abs() < epsilon, "{found} for {expected}");
}

#[test]
fn the_published_cohort_is_projected() {
    let report = run(&counts(), &["--fit-periods", "7", "--years", "3", "--json"]).json();
    assert_eq!((&report["fit_periods"], &report["periods"]), (&7.into(), &12.into()));
    let sbg = &report["models"][0];
    assert_eq!(sbg["name"], "sBG");
    close(&sbg["report"]["parameters"][0]["value"], 0.6681, 2e-4);
    close(&sbg["report"]["log_likelihood"], -1_611.158, 1e-2);
    close(&sbg["discounted_lifetime"], 5.9226, 5e-3);
    close(&report["models"][1]["report"]["log_likelihood"], -1_605.314, 1e-2);
    let rows = report["survival"].as_array().unwrap();
    assert_eq!(rows.len(), 16);
    for (row, [actual, by_sbg, by_bdw]) in
        rows[8..].iter().zip([[0.468, 0.460, 0.4678], [0.445, 0.436, 0.4483]])
    {
        close(&row["actual"], actual, 1e-9);
        close(&row["sbg"], by_sbg, 1e-3);
        close(&row["bdw"], by_bdw, 1e-3);
    }
    assert!(rows[13]["actual"].is_null() && rows[0]["sbg_retention"].is_null());
}

#[test]
fn people_get_a_table() {
    let ran = run(&counts(), &["--fit-periods", "7"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    for part in [
        "1000 customers in 1 cohort over 12 periods, fitted to the first 7",
        "sBG: alpha 0.6681",
        "46.8 %",
        "trust BdW",
    ] {
        assert!(ran.stdout.contains(part), "{part} is not in {}", ran.stdout);
    }
}

#[test]
fn several_cohorts_of_different_ages_are_one_fit() {
    let survivors = [10_000, 8_000, 6_480, 5_307, 4_391];
    let mut text = "cohort,customers,period\n".to_owned();
    for (year, seen) in (2019..).zip((2..=5).rev()) {
        for (period, left) in survivors[..seen].iter().enumerate() {
            text += &format!("{year},{left},{period}\n");
        }
    }
    let report = run(&text, &["--json"]).json();
    assert_eq!((&report["cohorts"], &report["customers"]), (&4.into(), &40_000.0.into()));
    close(&report["models"][0]["report"]["parameters"][0]["value"], 3.80, 0.02);
    close(&report["survival"][4]["actual"], 0.4391, 1e-9);
}

#[test]
fn two_periods_are_enough_for_one_model() {
    let report = run("period,customers\n0,1000\n1,631\n2,468\n", &["--json"]).json();
    assert_eq!(report["models"].as_array().unwrap().len(), 1);
    assert!(report["notes"][0].as_str().unwrap().contains("three periods"));
}

#[test]
fn what_cannot_be_used_ends_with_2() {
    for (text, arguments, said) in [
        ("period,people\n0,10\n", &[][..], "needs the columns period and customers, and has period, people"),
        ("period,customers\n0,10\n2,5\n", &[][..], "period 1 is missing"),
        ("period,customers\n0,10\n0,5\n", &[][..], "period 0 comes twice"),
        ("period,customers\n0,10\n1,12\n2,3\n", &[][..], "12 customers after period 1, of 10 before"),
        ("period,customers\n0,10\nx,12\n", &[][..], "line 3: period is \"x\""),
        ("period,customers\n0,10\n1,-2\n", &[][..], "line 3: customers is \"-2\""),
        ("period,customers\n0,10\n1,8\n", &[][..], "two or more are needed"),
        ("period,customers\n0,10\n1,10\n2,10\n", &[][..], "none of 10 customers has left"),
        ("period,customers\n", &[][..], "no customers"),
        ("period,customers\n0,10\n1,8\n2,7\n", &["--discount", "ten"][..], "a discount of NaN per period"),
    ] {
        let ran = run(text, arguments);
        assert_eq!(ran.code, 2, "{text}{}", ran.stderr);
        assert!(ran.stderr.contains(said), "{said} is not in {}", ran.stderr);
    }
}
