//! The same orders and the same recipe give the same bundle, and it says what it is.

use tenure_bundle::{BacktestRow, Limits, Scorer, decode, describe};
use tenure_tests::program::succeed;

use crate::support::{AS_OF, cdnow, recipe, trained};

#[test]
fn a_bundle_reads_back_as_what_was_trained() {
    let trained = trained();
    let bytes = trained.to_bundle().unwrap();
    let scorer = Scorer::from_bytes(&bytes, &Limits::default()).unwrap();
    assert_eq!(scorer.manifest().data, cdnow().0.fingerprint(recipe().as_of).unwrap());
    assert_eq!(scorer.manifest().data.customers, 23_570);
    assert_eq!(scorer.manifest().horizon, recipe().horizon);
    assert_eq!(scorer.manifest().backtest, trained.manifest.backtest);

    let described = describe(&decode(&bytes, &Limits::default()).unwrap());
    let kind = &scorer.manifest().model;
    let chosen = described.lines().find(|line| line.trim_start().starts_with("* ")).unwrap();
    assert!(chosen.contains("boosted") && trained.candidate.replace('+', "_").starts_with(kind.as_str()));
    for part in [&format!("{kind}-{AS_OF}-"), "naive_rate", "23570 customers", "1997-01-01 to 1997-09-30"] {
        assert!(described.contains(part), "{part}: {described}");
    }
}

/// No candidate that loses to the naive rate is taken without a word about it.
#[test]
fn the_chosen_model_beats_the_naive_rate_on_cdnow() {
    let rows = &trained().manifest.backtest;
    let chosen: Vec<_> = rows.iter().filter(|row| row.chosen).collect();
    assert!(chosen.len() >= 2, "{rows:?}");
    for row in chosen {
        let is_beside = |other: &&BacktestRow| {
            other.candidate == "naive_rate" && (other.origin, other.horizon) == (row.origin, row.horizon)
        };
        let naive = rows.iter().find(is_beside).unwrap();
        let (own, naive) = (row.churn.unwrap().brier, naive.churn.unwrap().brier);
        assert!(own < naive, "{}: {own} {naive}", row.origin);
    }
    assert!(!trained().manifest.notes.iter().any(|note| note.contains("naive")));
}

/// The demo runs in a process of its own, on other threads, with the same recipe.
#[test]
fn the_demo_trains_the_same_bundle_and_shows_it() {
    let folder = tempfile::tempdir().unwrap();
    let ran = succeed(folder.path(), &["demo", "--dir", "here"]);
    let bundle = std::fs::read(folder.path().join("here/cdnow.tenure")).unwrap();
    assert!(bundle == trained().to_bundle().unwrap(), "the bundle differs");
    assert_eq!(ran.stderr, "");
    let parts = [
        "Read 69659 orders of 23570 customers",
        "Served it on 127.0.0.1:",
        "scored 23570 customers over gRPC",
        "Best customers",
        "Most at risk",
        "Sleeping",
        "What happened in the 273d after 1997-10-01",
        "19684.0",
        "tenure score --bundle here/cdnow.tenure",
    ];
    for part in parts {
        assert!(ran.stdout.contains(part), "{part}: {}", ran.stdout);
    }
}
