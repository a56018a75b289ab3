//! Simulated customers: the same every time, true to their truth, plausible, and refused where senseless.

#![cfg(test)]

mod input_checks;
mod laws;
mod plausible;
mod recovery;

use tenure_core::{Event, TimeZone, Timestamp};
use tenure_learn::LearnError;
use tenure_learn::simulate::{Simulation, Simulator, Truth};

fn instant(text: &str) -> Timestamp {
    Timestamp::parse(text, &TimeZone::utc()).unwrap()
}

/// Customers over 2023 and 2024.
fn two_years(customers: u64) -> Simulation {
    Simulation::new(customers, instant("2023-01-01"), instant("2025-01-01")).unwrap()
}

/// Customers over 2023 and 2024 whose rows come once, in order and on time.
fn tidy(customers: u64) -> Simulation {
    let shares = Simulation { late_share: 0.0, duplicate_share: 0.0, ..two_years(customers) };
    Simulation { out_of_order_share: 0.0, ..shares }
}

fn run(simulation: Simulation) -> (Vec<Event>, Vec<Truth>) {
    let (mut events, mut truths) = (Vec::new(), Vec::new());
    let mut keep = |event| {
        events.push(event);
        Ok(())
    };
    let mut keep_truth = |truth| {
        truths.push(truth);
        Ok(())
    };
    Simulator::new(simulation).unwrap().run::<LearnError>(&mut keep, &mut keep_truth).unwrap();
    (events, truths)
}
