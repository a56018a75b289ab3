//! The next change against brute force: the truth at every instant of a small time line.

use proptest::collection::vec;
use proptest::prelude::*;
use tenure_behaviour::Fact;
use tenure_behaviour::expression::{
    Arithmetic, CalendarPart, Comparison, Condition, Definition, Expression, Function as F, RfmMeasure,
    Window,
};
use tenure_behaviour::fold::{CustomerState, Surroundings};

use super::build::{Also, DAY, at, compare, event, length, number, past, plain, selector, truth};
use super::random::{SHORT, around, compiled, condition, facts, fitted};
use super::sets;

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
    for (index, definition) in definitions.iter().enumerate() {
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
                prop_assert!(is_early, "{:?} instead of {:?}, at {} {:#?}", next, coming, us, definition);
                early += 1;
            }
        }
    }
    Ok(early)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn is_the_first_instant_that_differs(
        conditions in vec(condition(SHORT, false), 3..8),
        facts in facts(SHORT, 40),
    ) {
        prop_assert_eq!(check(conditions, &facts, 40)?, 0);
    }
}

#[track_caller]
fn check_next(definition: Definition, facts: &[Fact], as_of: i64, expected: Option<i64>) {
    let program = compiled(&[definition], false);
    let fitted = fitted(&program);
    let mut state = CustomerState::new(&program);
    for fact in facts {
        state.apply(&program, fact);
    }
    let next = program.next_change(0, &state, &around(&fitted, as_of));
    assert_eq!(next.map(|at| at.microseconds()), expected);
}

#[test]
fn an_order_ages_out_of_its_window() {
    let orders = [event("order", DAY).worth(9_900), event("order", 5 * DAY).worth(9_900)];
    // The second of two within 90 days is gone a microsecond after 91; the last order is 30 days ago before that.
    check_next(sets::condition(), &orders, 6 * DAY, Some(35 * DAY + 1));
    check_next(sets::condition(), &orders, 35 * DAY + 1, None);
    let two = compare(plain(F::Count, "order", past(90 * DAY)), Comparison::AtLeast, 2.0);
    check_next(truth(two), &orders, 6 * DAY, Some(91 * DAY + 1));
}

#[test]
fn silences_cross_thresholds_to_the_microsecond() {
    let silence = || plain(F::DaysSince, "order", Window::Always);
    let order = [event("order", 7)];
    let equal = |days| truth(compare(silence(), Comparison::Equal, days));
    check_next(equal(30.0), &order, 8, Some(30 * DAY + 7));
    check_next(equal(30.0), &order, 30 * DAY + 7, Some(30 * DAY + 8));
    check_next(equal(30.0), &order, 30 * DAY + 8, None);
    // Overdue at twice the usual gap.
    let orders = [event("order", 0), event("order", 3 * DAY)];
    let usual = Expression::Arithmetic {
        operator: Arithmetic::Multiply,
        left: Box::new(plain(F::MeanGap, "order", Window::Always)),
        right: Box::new(number(2.0)),
    };
    let overdue =
        || Condition::Compare { left: silence(), comparison: Comparison::Greater, right: usual.clone() };
    check_next(truth(overdue()), &orders, 4 * DAY, Some(9 * DAY + 1));
    check_next(truth(Condition::Not(Box::new(overdue()))), &orders, 4 * DAY, Some(9 * DAY + 1));
}

#[test]
fn an_event_enters_a_window_that_ends_before_the_as_of() {
    let window = Window::Past { length: length(10), lag: length(5) };
    let seen = truth(compare(plain(F::Count, "session", window), Comparison::AtLeast, 1.0));
    let session = [event("session", 100)];
    check_next(seen.clone(), &session, 101, Some(106));
    check_next(seen.clone(), &session, 106, Some(116));
    check_next(seen, &session, 116, None);
}

#[test]
fn silences_add_up() {
    let facts = [event("order", 0), event("session", 2 * DAY)];
    let both = |operator, value| {
        let (left, right) =
            (plain(F::DaysSince, "order", Window::Always), plain(F::DaysSince, "session", Window::Always));
        let both = Expression::Arithmetic { operator, left: Box::new(left), right: Box::new(right) };
        truth(compare(both, Comparison::AtLeast, value))
    };
    check_next(both(Arithmetic::Add, 10.0), &facts, 3 * DAY, Some(6 * DAY));
    check_next(both(Arithmetic::Subtract, 3.0), &facts, 3 * DAY, None);
    // (t - 0) (t - 2) = 24 at t = 6; t / (t - 2) falls to 2 at t = 4.
    check_next(both(Arithmetic::Multiply, 24.0), &facts, 3 * DAY, Some(6 * DAY));
    check_next(both(Arithmetic::Divide, 2.0), &facts, 3 * DAY, Some(4 * DAY + 1));
}

#[test]
fn two_silences_never_meet() {
    let facts = [event("order", 0), event("session", 1)];
    let difference = Condition::Compare {
        left: plain(F::DaysSince, "order", Window::Always),
        comparison: Comparison::AtMost,
        right: Expression::Arithmetic {
            operator: Arithmetic::Add,
            left: Box::new(plain(F::DaysSince, "session", Window::Always)),
            right: Box::new(number(1.0)),
        },
    };
    check_next(truth(difference), &facts, 2, None);
}

#[test]
fn days_months_and_cuts_come_round() {
    let part = |part, value| truth(compare(Expression::Calendar(part), Comparison::Equal, value));
    check_next(part(CalendarPart::Month, 3.0), &[], 40 * DAY + 5, Some(59 * DAY));
    check_next(part(CalendarPart::Weekday, 1.0), &[], DAY / 2, Some(4 * DAY));
    let lately = compare(Expression::Rfm(RfmMeasure::Recency), Comparison::AtLeast, 4.0);
    check_next(truth(lately), &[event("order", 11)], 12, Some(50 * DAY + 11));
    let carts =
        Condition::FollowedBy { first: selector("add_to_cart"), then: selector("order"), within: length(9) };
    let facts = [event("add_to_cart", 1), event("order", 2)];
    check_next(truth(carts), &facts, 3, Some(400 * DAY + 2));
}

#[test]
fn what_is_always_equal_is_looked_at_again() {
    // The fold does not know that x - x is nothing; it says so by an instant before anything changes.
    let nothing = Expression::Arithmetic {
        operator: Arithmetic::Subtract,
        left: Box::new(plain(F::DaysSince, "order", Window::Always)),
        right: Box::new(plain(F::DaysSince, "order", Window::Always)),
    };
    let program = compiled(&[truth(compare(nothing, Comparison::Equal, 0.0))], false);
    let mut state = CustomerState::new(&program);
    state.apply(&program, &event("order", 0));
    let next = program.next_change(0, &state, &Surroundings::at(at(10)));
    assert!(next.is_some_and(|at| at.microseconds() > 10), "{next:?}");
}
