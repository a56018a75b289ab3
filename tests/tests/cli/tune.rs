//! `--tune` and `--params` from orders: settings of the trees, searched for within a budget, and told.

use serde_json::Value;

use crate::support::Desk;

const TRAIN: &str = "train --orders o.csv --as-of 2022-08-01 --horizon 30d --json --out";

/// Seven hundred buyers, enough for trees.
fn desk() -> Desk {
    let desk = Desk::new();
    desk.succeed(
        "simulate --customers 700 --from 2021-01-01 --to 2022-08-01 --visitors 0 --shape orders --out o.csv",
    );
    desk
}

fn note(trained: &Value) -> Option<&str> {
    let notes = trained["notes"].as_array().unwrap();
    notes.iter().filter_map(Value::as_str).find(|note| note.contains("tuning tried"))
}

#[test]
fn a_search_says_what_it_tried_and_its_settings_can_be_given() {
    let desk = desk();
    let tuned = desk.succeed(&format!("{TRAIN} a.tenure --tune --tune-budget 10m --tune-trials 2")).json();
    let note = note(&tuned).unwrap();
    assert!(note.starts_with("tuning tried 2 settings of the trees: at "), "{note}");
    let given = desk.succeed(&format!("{TRAIN} b.tenure --params eta=0.1,depth=2,leaves=3")).json();
    assert_eq!(self::note(&given), None);
    assert_ne!(given["model_version"], tuned["model_version"]);
    for (params, advice) in
        [("rounds=50", "leave rounds out"), ("depth=0", "from 1 to 12"), ("speed=3", "there is no setting")]
    {
        let ran = desk.run(&format!("{TRAIN} c.tenure --params {params}"));
        assert!(ran.code == 2 && ran.stderr.contains(advice), "{params}: {}", ran.stderr);
    }
}
