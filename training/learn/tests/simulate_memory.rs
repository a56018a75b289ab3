//! A simulation holds a batch of customers, however many there are.

#![cfg(test)]

use peak_alloc::PeakAlloc;
use tenure_core::{TimeZone, Timestamp};
use tenure_learn::LearnError;
use tenure_learn::simulate::{RowOrder, Simulation, Simulator};

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// Peak of bytes held, and events.
fn run(customers: u64, row_order: RowOrder) -> (usize, u64) {
    let day = |text| Timestamp::parse(text, &TimeZone::utc()).unwrap();
    let simulation = Simulation::new(customers, day("2024-01-01"), day("2024-07-01")).unwrap();
    let simulator = Simulator::new(Simulation { row_order, ..simulation }).unwrap();
    let before = MEMORY.current_usage();
    MEMORY.reset_peak_usage();
    let mut events = 0;
    let mut count = |_| {
        events += 1;
        Ok(())
    };
    simulator.run::<LearnError>(&mut count, &mut |_| Ok(())).unwrap();
    (MEMORY.peak_usage().saturating_sub(before), events)
}

/// One test, for the allocator counts for the whole process.
#[test]
fn memory_does_not_grow_with_the_customers() {
    for (row_order, few) in [(RowOrder::Customer, 512), (RowOrder::Interleaved, 1_024)] {
        let (small, events_of_few) = run(few, row_order);
        let (large, events) = run(6 * few, row_order);
        assert!(events > 5 * events_of_few, "{events} events after {events_of_few}");
        assert!(large < 2 * small, "{row_order:?}: {small} bytes at {few} customers, {large} at six times");
    }
}
