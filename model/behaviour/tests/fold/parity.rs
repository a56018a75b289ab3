//! One pass over the log, event by event, and plain loops agree bit for bit.

use proptest::collection::vec;
use proptest::prelude::*;
use tenure_behaviour::Fact;
use tenure_behaviour::fold::{CustomerState, Value, snapshots};
use tenure_core::TimeZone;

use super::build::{at, instant};
use super::oracle::Oracle;
use super::random::{LONG, SHORT, Scale, around, compiled, definition, facts, fitted};

/// Equal to the last bit; a zero has a sign.
fn bits(value: &Value) -> (u8, u64) {
    match value {
        Value::Missing => (0, 0),
        Value::Number(number) => (1, number.to_bits()),
        Value::Text(name) => (2, name.bits()),
        Value::Truth(holds) => (3, u64::from(*holds)),
    }
}

fn as_ofs(scale: Scale) -> impl Strategy<Value = Vec<i64>> {
    vec(scale.instant().prop_map(|us| us + 1), 1..6).prop_map(|mut as_ofs| {
        as_ofs.sort_unstable();
        as_ofs
    })
}

fn three_ways_agree(
    definitions: &[tenure_behaviour::expression::Definition],
    facts: &[Fact],
    as_ofs: &[i64],
) -> Result<(), TestCaseError> {
    let program = compiled(definitions, false);
    let fitted = fitted(&program);
    let mut offline = Vec::new();
    // Room from another customer must not show.
    let mut state = CustomerState::new(&program);
    for fact in facts.iter() {
        state.apply(&program, fact);
    }
    let instants: Vec<_> = as_ofs.iter().map(|as_of| at(*as_of)).collect();
    snapshots(&program, facts, &instants, &mut state, |place, state| {
        let mut row = Vec::new();
        program.features(state, &around(&fitted, as_ofs[place]), &mut row);
        offline.push(row);
    });
    for (as_of, offline) in as_ofs.iter().zip(&offline) {
        let mut online = CustomerState::new(&program);
        for fact in facts.iter().filter(|fact| fact.known_at() < instant(*as_of)) {
            online.apply(&program, fact);
        }
        let oracle = Oracle::new(facts, *as_of, *as_of, &TimeZone::utc());
        for (index, definition) in definitions.iter().enumerate() {
            let online = program.value(index, &online, &around(&fitted, *as_of));
            let plain = oracle.body(&definition.body);
            prop_assert_eq!(
                bits(&online),
                bits(&plain),
                "{:?} is not {:?}: {:#?} at {}",
                online,
                plain,
                definition,
                as_of
            );
            prop_assert_eq!(
                bits(&offline[index]),
                bits(&plain),
                "offline: {:?} {:#?}",
                offline[index],
                definition
            );
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn over_years(
        definitions in vec(definition(LONG, false), 1..6),
        facts in facts(LONG, 30),
        as_ofs in as_ofs(LONG),
    ) {
        three_ways_agree(&definitions, &facts, &as_ofs)?;
    }

    #[test]
    fn over_microseconds(
        definitions in vec(definition(SHORT, false), 1..6),
        facts in facts(SHORT, 60),
        as_ofs in as_ofs(SHORT),
    ) {
        three_ways_agree(&definitions, &facts, &as_ofs)?;
    }

    /// A label sees everything that is known when it is made, before and after the as-of.
    #[test]
    fn of_labels(
        definitions in vec(definition(LONG, true), 1..6),
        facts in facts(LONG, 30),
        as_of in LONG.instant(),
    ) {
        let program = compiled(&definitions, true);
        let fitted = fitted(&program);
        let mut state = CustomerState::new(&program);
        for fact in facts.iter() {
        state.apply(&program, fact);
    }
        let oracle = Oracle::new(&facts, i64::MAX, as_of, &TimeZone::utc());
        for (index, definition) in definitions.iter().enumerate() {
            let (found, plain) = (program.value(index, &state, &around(&fitted, as_of)), oracle.body(&definition.body));
            prop_assert_eq!(bits(&found), bits(&plain), "{:?} is not {:?}: {:#?}", found, plain, definition);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    /// So many events that some leave every series.
    #[test]
    fn of_busy_customers(
        definitions in vec(definition(LONG, false), 1..6),
        facts in facts(LONG, 250),
        as_ofs in as_ofs(LONG),
    ) {
        three_ways_agree(&definitions, &facts, &as_ofs)?;
    }
}
