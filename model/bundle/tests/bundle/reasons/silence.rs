//! Silence is held against what is usual: of orders, and of whatever else trees read the rhythm of.

use tenure_behaviour::fold::CustomerState;
use tenure_behaviour::{Fact, Symbol};
use tenure_bundle::{Blend, BlendMember, Boosted, Cause, Column, Contribution, Scorer, Wording};
use tenure_core::AsOf;
use tenure_predict::{Learned, TreeEnsemble, TreeNode};

use super::{boosted, day, history, load, scorer, split, typical};

/// A rung that reads for how long nobody visited, as days and as a part of the usual gap.
fn by_visits() -> Boosted {
    let leaf = |value, cover| TreeNode::Leaf { value, cover };
    let tree = |feature, threshold| {
        vec![split(feature, threshold, [1, 2], 100.0), leaf(-0.4, 60.0), leaf(0.6, 40.0)]
    };
    let trees = TreeEnsemble::new(2, 0.0, &[tree(0, 10.0), tree(1, 2.0)]).unwrap();
    let feature = |name: &str| Column::Feature { name: name.to_owned() };
    Boosted {
        definitions: "\
quiet = days_since(session)
overdue = ratio(days_since(session), mean_gap(session))
gap = mean_gap(session)
"
        .to_owned(),
        kinds: vec!["order".to_owned(), "session".to_owned()],
        columns: vec![feature("quiet"), feature("overdue")],
        churn: Blend::new(1.0, vec![BlendMember { weight: 1.0, model: Learned::Trees(trees) }]).unwrap(),
        spend: Blend::new(1.0, Vec::new()).unwrap(),
        ..boosted()
    }
}

/// What visits on these days add to the reasons at the end of May.
fn of_visits(scorer: &Scorer, visits: &[u32]) -> Vec<Contribution> {
    let program = scorer.behaviour().unwrap().program();
    let mut state = CustomerState::new(program);
    for at in visits {
        state.apply(program, &Fact::new(Symbol::of("session"), day(*at).instant()));
    }
    let as_of = day(150);
    let reasons = scorer.explain(&history(&[(90, 2_000)]), Some(&state), &scorer.defaults(as_of)).unwrap();
    let is_visits = |one: &Contribution| scorer.cause_name(&one.cause) == "quiet";
    reasons.contributions.into_iter().filter(is_visits).collect()
}

#[test]
fn a_silence_and_its_part_of_the_usual_gap_are_one_reason() {
    let scorer = load(Some(by_visits()), Vec::new()).unwrap();
    let found = of_visits(&scorer, &[130, 134, 138]);
    let [one] = found.as_slice() else { panic!("{found:?}") };
    // Both trees say 0.6 of a mean of 0, times the slope of the level.
    assert!((one.log_odds - 0.9 * 2.0 * 0.6).abs() < 1e-6, "{one:?}");
    let said = [Wording::English, Wording::Chinese].map(|wording| scorer.cause_in_words(&one.cause, wording));
    assert_eq!(
        said,
        ["no visit in the last 12 days, usually one every 4", "过去12天内没有访问，通常每 4 天一次"]
    );
    // Of a single visit there is no gap.
    let once = of_visits(&scorer, &[138]);
    let said: Vec<String> =
        once.iter().map(|one| scorer.cause_in_words(&one.cause, Wording::English)).collect();
    assert_eq!(said, ["no visit in the last 12 days"]);
}

#[test]
fn a_silence_in_orders_is_held_against_what_is_usual() {
    let silence = |orders: &[(u32, i64)], with_trees: bool| {
        let scorer = scorer(with_trees, Some(typical()));
        let (history, as_of): (_, AsOf) = (history(orders), day(194));
        let state = scorer.state_of(&history, as_of);
        let reasons = scorer.explain(&history, state.as_ref(), &scorer.defaults(as_of)).unwrap();
        let said = |one: &Contribution| matches!(one.cause, Cause::Silence { .. });
        let found = reasons.contributions.into_iter().find(said).unwrap();
        scorer.cause_in_words(&found.cause, Wording::English)
    };
    for with_trees in [false, true] {
        // The customer's own rhythm where there is one, else that of those who came back: every six weeks.
        let own = silence(&[(78, 2_000), (99, 2_000), (120, 2_000)], with_trees);
        assert_eq!(own, "no order for 74 days, usually one every 21");
        let single = silence(&[(120, 2_000)], with_trees);
        assert_eq!(single, "no order for 74 days since the first, typical here: one every 42");
    }
}
