//! How fast facts are applied and values read.

#![expect(clippy::unwrap_used, reason = "a benchmark stops where its own input is wrong")]

use std::hint::black_box;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use tenure_behaviour::Fact;
use tenure_behaviour::fold::{CustomerState, Program, Settings, Surroundings, snapshots};
use tenure_core::{AsOf, Currency, TimeZone, Timestamp};

#[path = "../tests/fold/sets.rs"]
mod sets;

const CUSTOMERS: usize = 2_000;
const END: i64 = 1_767_139_200_000_000;
const MONTH: i64 = 30 * 86_400_000_000;

fn settings() -> Settings {
    Settings { currency: Currency::USD, time_zone: TimeZone::utc() }
}

fn at(us: i64) -> AsOf {
    AsOf::new(Timestamp::from_microseconds(us).unwrap())
}

/// One customer after the other, as training reads a log.
fn offline(criterion: &mut Criterion) {
    let program = Program::compile(&sets::windows_and_totals(), &settings()).unwrap();
    let customers = sets::customers(CUSTOMERS, false);
    let events = customers.iter().map(Vec::len).sum::<usize>() as u64;
    let mut group = criterion.benchmark_group("offline");
    group.throughput(Throughput::Elements(events));
    let mut state = CustomerState::new(&program);
    group.bench_function("apply", |bencher| {
        bencher.iter(|| {
            for facts in &customers {
                state.clear();
                for fact in facts {
                    black_box(state.apply(&program, fact));
                }
            }
        });
    });
    for count in [1, 24] {
        let as_ofs: Vec<AsOf> = (0..count).map(|month| at(END - (count - 1 - month) * MONTH)).collect();
        let mut row = Vec::new();
        group.bench_function(format!("snapshots of 37 values/{count}"), |bencher| {
            bencher.iter(|| {
                for facts in &customers {
                    snapshots(&program, facts, &as_ofs, &mut state, |place, state| {
                        row.clear();
                        program.features(state, &Surroundings::at(as_ofs[place]), &mut row);
                        black_box(&row);
                    });
                }
            });
        });
    }
    group.finish();
    let states: Vec<CustomerState> = customers.iter().map(|facts| folded(&program, facts)).collect();
    let mut group = criterion.benchmark_group("read");
    group.throughput(Throughput::Elements(states.len() as u64 * program.names().len() as u64));
    let mut row = Vec::new();
    group.bench_function("features, per value", |bencher| {
        bencher.iter(|| {
            for state in &states {
                row.clear();
                program.features(state, &Surroundings::at(at(END)), &mut row);
                black_box(&row);
            }
        });
    });
    group.finish();
}

fn folded(program: &Program, facts: &[Fact]) -> CustomerState {
    let mut state = CustomerState::new(program);
    for fact in facts {
        state.apply(program, fact);
    }
    state
}

/// All customers at once in the order of time, as a server sees them, with ids of events and orders.
fn online(criterion: &mut Criterion) {
    let program = Program::compile(&sets::usual(), &settings()).unwrap();
    let customers = sets::customers(CUSTOMERS, true);
    let mut events: Vec<(usize, Fact)> = customers
        .iter()
        .enumerate()
        .flat_map(|(customer, facts)| facts.iter().map(move |fact| (customer, *fact)))
        .collect();
    events.sort_by_key(|(_, fact)| fact.known_at());
    let mut group = criterion.benchmark_group("online");
    group.throughput(Throughput::Elements(events.len() as u64));
    group.bench_function("apply", |bencher| {
        let new = || vec![CustomerState::new(&program); CUSTOMERS];
        bencher.iter_batched_ref(
            new,
            |states| {
                for (customer, fact) in &events {
                    black_box(states[*customer].apply(&program, fact));
                }
            },
            BatchSize::LargeInput,
        );
    });
    group.finish();
    let program = Program::compile(&[sets::condition()], &settings()).unwrap();
    let states: Vec<CustomerState> = customers.iter().map(|facts| folded(&program, facts)).collect();
    let mut group = criterion.benchmark_group("condition");
    group.throughput(Throughput::Elements(states.len() as u64));
    let around = Surroundings::at(at(END));
    group.bench_function("holds", |bencher| {
        bencher.iter(|| states.iter().filter(|state| program.holds(0, state, &around)).count());
    });
    group.bench_function("next change", |bencher| {
        bencher.iter(|| states.iter().filter_map(|state| program.next_change(0, state, &around)).count());
    });
    group.finish();
}

criterion_group!(benches, offline, online);
criterion_main!(benches);
