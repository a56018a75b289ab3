//! The next change against brute force: the truth at every instant of a small time line.

use proptest::collection::vec;
use proptest::prelude::*;
use tenure_behaviour::Fact;
use tenure_behaviour::expression::Condition;
use tenure_behaviour::fold::CustomerState;

use super::build::truth;
use super::random::{SHORT, around, compiled, condition, facts, fitted};

/// Nothing of the small time line changes later than this, silences and all.
const QUIET: i64 = 450;

/// Asks at every `stride`-th instant and around every change; says how many answers were too early.
fn check(conditions: Vec<Condition>, facts: &[Fact], stride: usize) -> Result<usize, TestCaseError> {
    let definitions: Vec<_> = conditions.into_iter().map(truth).collect();
    let program = compiled(&definitions, false);
    let fitted = fitted(&program);
    let mut state = CustomerState::new(&program);
    for fact in facts.iter() {
        state.apply(&program, fact);
    }
    let newest = facts.iter().map(|fact| fact.known_at().microseconds()).max().unwrap_or(0);
    let mut early = 0;
    for index in 0..definitions.len() {
        let holds: Vec<bool> = (newest + 1..=newest + QUIET)
            .map(|us| program.holds(index, &state, &around(&fitted, us)))
            .collect();
        let mut coming = None;
        for place in (0..holds.len() - 1).rev() {
            let changes = holds[place] != holds[place + 1];
            if changes {
                coming = Some(place + 1);
            }
            let before_change = holds.get(place + 2).is_some_and(|after| *after != holds[place + 1]);
            if !(changes || before_change || place % stride == 0) {
                continue;
            }
            let us = newest + 1 + place as i64;
            let next = program.next_change(index, &state, &around(&fitted, us));
            let next =
                next.map(|at| (at.microseconds() - newest - 1) as usize).filter(|at| *at < holds.len());
            if next != coming {
                let is_early =
                    next.is_some_and(|next| next > place && coming.is_none_or(|coming| next < coming));
                prop_assert!(
                    is_early,
                    "{:?} instead of {:?}, at {} {:#?}",
                    next,
                    coming,
                    us,
                    definitions[index]
                );
                early += 1;
            }
        }
    }
    Ok(early)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn is_the_first_instant_that_differs(
        conditions in vec(condition(SHORT, false), 1..4),
        facts in facts(SHORT, 40),
    ) {
        prop_assert_eq!(check(conditions, &facts, 40)?, 0);
    }
}
