//! Models that are whole and answer nonsense: found by customers who were made up, before any real one is scored.

use tenure_bundle::{Blend, BlendMember, Boosted, Level, WarmUpError, warm_up};
use tenure_predict::{Learned, LogitShift, TreeEnsemble, TreeNode};

use super::{boosted, day, load, scorer, typical};

/// One tree that adds so much to everybody's margin.
fn adds(value: f32) -> Learned {
    let leaf = vec![TreeNode::Leaf { value, cover: 9.0 }];
    Learned::Trees(TreeEnsemble::new(8, 0.0, &[leaf]).unwrap())
}

#[track_caller]
fn found(boosted: Boosted, field: &str) {
    let scorer = load(Some(boosted), Vec::new()).unwrap();
    match warm_up(&scorer, day(300)) {
        Err(WarmUpError::OutOfRange { field: out, value, .. }) => {
            assert!(out == field && !(value.abs() < 1e9), "{out} {value}");
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn trees_and_levels_that_answer_nonsense_are_found() {
    assert!(warm_up(&scorer(true, Some(typical())), day(300)).is_ok());
    let far = Blend::new(1.0, vec![BlendMember { weight: 1.0, model: adds(900.0) }]).unwrap();
    found(Boosted { spend: far.clone(), ..boosted() }, "predicted_clv");
    let level = |orders, value| Level::new(LogitShift::IDENTITY, orders, value).unwrap();
    found(Boosted { level: level(1e12, 1.0), ..boosted() }, "expected_orders");
    found(Boosted { level: level(1.0, 1e15), ..boosted() }, "predicted_clv");
    // Trees that read events besides orders are tried with such events, not only without.
    let kinds = vec!["order".to_owned(), "session".to_owned()];
    found(Boosted { spend: far, kinds, ..boosted() }, "predicted_clv");
}
