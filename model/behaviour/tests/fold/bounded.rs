//! What a state costs, and that it stays so however long the history.

use proptest::prelude::*;
use tenure_behaviour::Fact;
use tenure_behaviour::expression::{Function as F, Window};
use tenure_behaviour::fold::{Applied, CustomerState, Program, StoredState, Surroundings, Value};

use super::build::{Also, CATEGORY, DAY, at, event, of, plain, settings, value};
use super::random::{LONG, around, compiled, definition, facts, fitted};
use super::sets::{customers, usual, windows_and_totals};

fn folded(program: &Program, facts: &[Fact]) -> CustomerState {
    let mut state = CustomerState::new(program);
    for fact in facts {
        assert_eq!(state.apply(program, fact), Applied::Counted);
    }
    state
}

fn row(program: &Program, state: &CustomerState, as_of: i64) -> Vec<Value> {
    let mut row = Vec::new();
    program.features(state, &Surroundings::at(at(as_of)), &mut row);
    row
}

#[test]
fn a_customer_of_fifty_events_takes_few_kilobytes() {
    let program = Program::compile(&usual(), &settings()).unwrap();
    let empty = CustomerState::new(&program);
    let customers = customers(1_000, true);
    let states: Vec<_> = customers.iter().map(|facts| folded(&program, facts)).collect();
    let events = customers.iter().map(Vec::len).sum::<usize>() / customers.len();
    let mean = states.iter().map(CustomerState::bytes).sum::<usize>() / states.len();
    let stored =
        states.iter().map(|state| postcard::to_stdvec(state).unwrap().len()).sum::<usize>() / states.len();
    println!("{events} events on average: {mean} bytes, {stored} stored; empty {}", empty.bytes());
    assert!((45..55).contains(&events), "{events}");
    assert!(empty.bytes() < 300, "{}", empty.bytes());
    assert!(mean < 3_500, "{mean}");
    assert!(stored < 1_500, "{stored}");
}

#[test]
fn ten_years_of_every_day_take_no_more_than_two() {
    let program = Program::compile(&usual(), &settings()).unwrap();
    let mut state = CustomerState::new(&program);
    let mut most = [0, 0];
    let days = 3_652;
    for day in 0..days {
        for kind in ["session", "product_view", "order", "email_open"] {
            let fact = event(kind, day * DAY)
                .worth(100)
                .id(&format!("{kind} {day}"))
                .named(&format!("{day}"))
                .of("a");
            assert_eq!(state.apply(&program, &fact), Applied::Counted);
        }
        let most = &mut most[usize::from(day > 800)];
        *most = state.bytes().max(*most);
    }
    assert!(most[1] <= most[0] * 5 / 4, "{most:?}");
    let row = row(&program, &state, days * DAY);
    let number = |place: usize| row[place];
    assert_eq!((number(0), number(1)), (Value::Number(3_652.0), Value::Number(3_652.0)));
    assert_eq!((number(7), number(8)), (Value::Number(1.0), Value::Number(0.0)), "gaps of a day each");
}

#[test]
fn orders_that_came_late_and_at_once_stand_until_the_reach_is_over() {
    let count = plain(F::Count, "order", Window::Always);
    let program = Program::compile(&[value(count)], &settings()).unwrap();
    let mut state = CustomerState::new(&program);
    let import = 3_000 * DAY;
    for day in 0..1_000 {
        state.apply(&program, &event("order", day * DAY).named(&format!("{day}")).known(import));
    }
    state.apply(&program, &event("order_cancel", import + 1).named("17"));
    assert_eq!(row(&program, &state, import + 2), [Value::Number(999.0)]);
}

#[test]
fn names_beyond_the_longest_window_are_told_apart_up_to_4096() {
    let distinct = of(F::Distinct, "session", CATEGORY, Window::Always);
    let program = Program::compile(&[value(distinct)], &settings()).unwrap();
    let state = (0..5_000).map(|us| event("session", us).of(&us.to_string())).collect::<Vec<_>>();
    let state = folded(&program, &state);
    assert_eq!(row(&program, &state, 6_000), [Value::Number(4_096.0)]);
}

#[test]
fn gaps_of_ages_do_not_overflow() {
    let deviation = plain(F::GapDeviation, "session", Window::Always);
    let program = Program::compile(&[value(deviation)], &settings()).unwrap();
    // Three thousand events at the beginning of time and one at its end.
    let (first, last) = (-377_705_023_201_000_000, 253_402_207_199_000_000);
    let mut all: Vec<_> = (0..3_000).map(|us| event("session", first + us)).collect();
    all.push(event("session", last));
    let state = folded(&program, &all);
    let [Value::Number(found)] = row(&program, &state, last + 1)[..] else { panic!("no deviation") };
    // One gap of L among n: the deviation is close to L / sqrt(n).
    let expected = (last - first) as f64 / 86_400e6 / 3_000_f64.sqrt();
    assert!((found / expected - 1.0).abs() < 1e-3, "{found} {expected}");
}

#[test]
fn a_state_of_other_definitions_is_foreign() {
    let one = Program::compile(&windows_and_totals(), &settings()).unwrap();
    let other = Program::compile(&[value(plain(F::Count, "order", Window::Always))], &settings()).unwrap();
    let order = event("order", 5);
    let mut state = folded(&one, &[order]);
    assert_eq!(state.apply(&other, &order), Applied::Foreign);
    assert_eq!(other.value(0, &state, &Surroundings::at(at(9))), Value::Number(0.0));
    let stored = postcard::from_bytes::<StoredState>(&postcard::to_stdvec(&state).unwrap()).unwrap();
    let error = stored.open(&other).unwrap_err().to_string();
    assert_eq!(
        error,
        "the stored state does not belong to these definitions or is damaged (other definitions): fold the log again"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn a_stored_state_goes_on_as_if_it_had_stayed(
        definitions in proptest::collection::vec(definition(LONG, false), 1..6),
        facts in facts(LONG, 60),
        cut in 0..60_usize,
    ) {
        let program = compiled(&definitions, false);
        let fitted = fitted(&program);
        let (mut kept, mut stored) = (CustomerState::new(&program), CustomerState::new(&program));
        for (place, fact) in facts.iter().enumerate() {
            if place == cut {
                let bytes = postcard::to_stdvec(&stored).unwrap();
                stored = postcard::from_bytes::<StoredState>(&bytes).unwrap().open(&program).unwrap();
                prop_assert_eq!(postcard::to_stdvec(&stored).unwrap(), bytes);
            }
            prop_assert_eq!(kept.apply(&program, fact), stored.apply(&program, fact));
        }
        let as_of = facts.last().map_or(1, |fact| fact.known_at().microseconds() + 1);
        for index in 0..definitions.len() {
            let value = |state| format!("{:?}", program.value(index, state, &around(&fitted, as_of)));
            prop_assert_eq!(value(&kept), value(&stored));
        }
    }

    #[test]
    fn damaged_bytes_are_refused_or_harmless(
        facts in facts(LONG, 40),
        place in 0..4_000_usize,
        bit in 0..8_u8,
    ) {
        let program = Program::compile(&usual(), &settings()).unwrap();
        let mut state = CustomerState::new(&program);
        for fact in &facts {
            state.apply(&program, fact);
        }
        let mut bytes = postcard::to_stdvec(&state).unwrap();
        let place = place % bytes.len();
        bytes[place] ^= 1 << bit;
        let opened = postcard::from_bytes::<StoredState>(&bytes).ok().and_then(|stored| stored.open(&program).ok());
        if let Some(mut state) = opened {
            for fact in &facts {
                state.apply(&program, fact);
            }
            row(&program, &state, 3_000 * DAY);
        }
    }
}
