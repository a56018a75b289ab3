//! The proof of partitions: against every customer of a small world, and case by case.

use proptest::prelude::*;
use tenure_behaviour::expression::{
    Aggregate, Comparison, Condition, Expression, Function, Selector, Type, Window,
};
use tenure_behaviour::segments::{NODE_LIMIT, ProofError, Term, Value, Witness, prove};
use tenure_core::{Duration, EventKind};

/// What the small world is asked about: orders in three windows, the last order, and visits.
const QUESTIONS: [(Function, &str, Option<u32>); 5] = [
    (Function::Count, "order", None),
    (Function::Count, "order", Some(2)),
    (Function::Count, "order", Some(4)),
    (Function::DaysSince, "order", None),
    (Function::Count, "visit", None),
];

fn question(index: usize) -> Expression {
    let (function, kind, days) = QUESTIONS[index];
    let window = days.map_or(Window::Always, |days| Window::Past {
        length: Duration::from_days(days),
        lag: Duration::ZERO,
    });
    let selector = Selector { kind: Some(kind.parse::<EventKind>().unwrap()), filter: None };
    Expression::Aggregate(Aggregate { function, selector, attribute: None, window })
}

fn compare(index: usize, comparison: Comparison, value: f64) -> Condition {
    let left = question(index);
    let right = Expression::Number { value, measures: left.measures() };
    Condition::Compare { left, comparison, right }
}

/// Answers to the questions, by plain loops over the days since each order.
fn answers(orders: &[f64], visits: u32) -> [Option<f64>; 5] {
    let within = |days: f64| Some(orders.iter().filter(|age| **age <= days).count() as f64);
    let last = orders.iter().copied().reduce(f64::min);
    [within(f64::INFINITY), within(2.0), within(4.0), last, Some(f64::from(visits))]
}

/// Every customer with up to four orders at half days, and up to two visits.
fn world() -> Vec<[Option<f64>; 5]> {
    let ages: Vec<f64> = (1..=9).map(|half| f64::from(half) / 2.0).collect();
    let mut histories = vec![Vec::new()];
    let mut longest = histories.clone();
    for _ in 0..4 {
        let longer = |history: &Vec<f64>| {
            let start = ages.iter().position(|age| history.last() == Some(age)).unwrap_or(0);
            ages[start..].iter().map(|age| [history.clone(), vec![*age]].concat()).collect::<Vec<_>>()
        };
        longest = longest.iter().flat_map(longer).collect();
        histories.extend(longest.clone());
    }
    let with_visits = |orders: &Vec<f64>| (0..3).map(|visits| answers(orders, visits)).collect::<Vec<_>>();
    histories.iter().flat_map(with_visits).collect()
}

/// Whether a condition holds; nothing where an unknown value decides it.
fn holds(condition: &Condition, answer: &dyn Fn(usize) -> Option<Option<f64>>) -> Option<bool> {
    let index = |value: &Expression| (0..QUESTIONS.len()).find(|index| question(*index) == *value).unwrap();
    match condition {
        Condition::All(parts) | Condition::Any(parts) => {
            let unit = matches!(condition, Condition::All(_));
            let known: Vec<_> = parts.iter().map(|part| holds(part, answer)).collect();
            if known.contains(&Some(!unit)) {
                Some(!unit)
            } else {
                known.iter().all(Option::is_some).then_some(unit)
            }
        }
        Condition::Not(part) => holds(part, answer).map(|value| !value),
        Condition::Missing(value) => answer(index(value)).map(|value| value.is_none()),
        Condition::Compare { left, comparison, right: Expression::Number { value, .. } } => {
            answer(index(left)).map(|left| left.is_some_and(|left| comparison.holds(left, *value)))
        }
        Condition::Compare { .. } | Condition::OneOf { .. } | Condition::FollowedBy { .. } => {
            panic!("not in the small world: {condition}")
        }
    }
}

/// Whether a condition is what it should be for a witness, whatever the values that the witness leaves open.
fn shows(witness: &Witness, condition: &Condition, expected: bool) -> bool {
    let known = |index| {
        let of = |(term, _): &&(Term, Value)| *term == Term::Value(question(index));
        witness.values.iter().find(of).map(|(_, value)| match value {
            Value::Number(number) => Some(*number),
            Value::Missing => None,
            Value::Name(_) | Value::OtherName | Value::Truth(_) => panic!("{value:?} is no number"),
        })
    };
    WORLD.with(|world| {
        let mut open = world.iter().step_by(97);
        open.all(|row| holds(condition, &|index| known(index).or(Some(row[index]))) == Some(expected))
    })
}

fn comparison() -> impl Strategy<Value = Comparison> {
    use Comparison::{AtLeast, AtMost, Equal, Greater, Less, NotEqual};
    prop::sample::select(vec![Equal, NotEqual, Less, AtMost, Greater, AtLeast])
}

fn condition() -> impl Strategy<Value = Condition> {
    let leaf = prop_oneof![
        8 => (0..QUESTIONS.len(), comparison(), 0..4_i32).prop_map(|(index, comparison, value)| {
            // No more visits than the world has are told apart.
            let value = if index == 4 { value.min(1) } else { value };
            compare(index, comparison, f64::from(value))
        }),
        1 => (0..QUESTIONS.len()).prop_map(|index| Condition::Missing(question(index))),
    ];
    leaf.prop_recursive(3, 8, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Condition::All),
            prop::collection::vec(inner.clone(), 0..3).prop_map(Condition::Any),
            inner.prop_map(|one| Condition::Not(Box::new(one))),
        ]
    })
}

proptest! {
    #[test]
    fn the_proof_says_what_brute_force_says(conditions in prop::collection::vec(condition(), 1..5)) {
        let findings = prove(&conditions, NODE_LIMIT).unwrap();
        let rows: Vec<Vec<bool>> = WORLD.with(|world| {
            world
                .iter()
                .map(|answers| {
                    conditions.iter().map(|one| holds(one, &|index| Some(answers[index])).unwrap()).collect()
                })
                .collect()
        });
        let any = |test: &dyn Fn(&[bool]) -> bool| rows.iter().any(|row| test(row));

        prop_assert_eq!(findings.gap.is_some(), any(&|row| !row.contains(&true)));
        if let Some(gap) = &findings.gap {
            for one in &conditions {
                prop_assert!(shows(gap, one, false), "{}", gap);
            }
        }
        let mut is_partition = findings.gap.is_none();
        for first in 0..conditions.len() {
            prop_assert_eq!(findings.dead.contains(&first), !any(&|row| row[first]));
            for second in 0..conditions.len() {
                let overlap = any(&|row| row[first] && row[second]);
                if first < second {
                    let found = findings.overlaps.iter().find(|one| (one.first, one.second) == (first, second));
                    prop_assert_eq!(found.is_some(), overlap);
                    is_partition &= !overlap;
                    for index in found.iter().flat_map(|_| [first, second]) {
                        let witness = &found.unwrap().witness;
                        prop_assert!(shows(witness, &conditions[index], true), "{}", witness);
                    }
                }
                let inside = first != second && overlap && !any(&|row| row[first] && !row[second]);
                let found = findings.contained.iter().any(|one| (one.inner, one.outer) == (first, second));
                prop_assert_eq!(found, inside);
            }
        }
        prop_assert_eq!(findings.is_partition(), is_partition);
    }
}

thread_local! {
    static WORLD: Vec<[Option<f64>; 5]> = world();
}

#[test]
fn the_small_world_is_whole() {
    // Multisets of up to four of nine ages, each with none, one or two visits.
    assert_eq!(world().len(), 3 * (1 + 9 + 45 + 165 + 495));
}

#[test]
fn nothing_at_all_leaves_a_gap_and_everything_twice_overlaps() {
    let (none, all) = (Condition::Any(Vec::new()), Condition::All(Vec::new()));
    let findings = prove(std::slice::from_ref(&none), NODE_LIMIT).unwrap();
    assert_eq!((findings.gap.unwrap().to_string().as_str(), findings.dead), ("any customer", vec![0]));
    assert!(prove(std::slice::from_ref(&all), NODE_LIMIT).unwrap().is_partition());
    let findings = prove(&[all.clone(), all], NODE_LIMIT).unwrap();
    assert_eq!((findings.overlaps.len(), findings.contained.len()), (1, 2));
    assert!(prove(&[], NODE_LIMIT).unwrap().gap.is_some());
}

#[test]
fn giving_up_is_an_error() {
    let parts = (0..4).map(|index| compare(index, Comparison::Greater, 1.0));
    let parts: Vec<_> = parts.collect();
    assert_eq!(prove(&parts, 2), Err(ProofError::TooManyNodes { limit: 2 }));
    assert_eq!(
        ProofError::TooManyNodes { limit: 2 }.to_string(),
        "not proven: the search for gaps and overlaps gave up after 2 steps; use fewer segments or fewer \
         different thresholds"
    );
    let many: Vec<_> = (0..70).map(|value| compare(3, Comparison::Less, f64::from(value))).collect();
    assert!(matches!(prove(&many, NODE_LIMIT), Err(ProofError::TooManyThresholds { limit: 128, .. })));
    assert_eq!(Type::Days, question(3).measures());
}
