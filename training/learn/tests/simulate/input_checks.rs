//! What cannot be simulated is refused, with the value.

use tenure_btyd::ParetoNbd;
use tenure_core::Timestamp;
use tenure_learn::LearnError;
use tenure_learn::simulate::{Process, Simulation, Simulator};

use crate::{instant, two_years};

#[track_caller]
fn refused(simulation: Simulation, message: &str) -> LearnError {
    let error = Simulator::new(simulation).unwrap_err();
    assert!(error.to_string().contains(message), "{error}");
    error
}

#[test]
fn nobody_and_more_than_all_are_refused() {
    for customers in [0, u64::MAX] {
        let error = refused(two_years(customers), &format!("not {customers}"));
        assert!(matches!(error, LearnError::SimulatedCustomers { .. }));
    }
}

#[test]
fn a_span_goes_forward_and_ends() {
    let ends = ["2022-12-31", "2023-01-01", "2124-01-01"];
    for to in ends.map(instant) {
        let error = refused(Simulation { to, ..two_years(1) }, "end after its start");
        assert!(matches!(error, LearnError::SimulatedSpan { .. }));
    }
    let short = Timestamp::from_microseconds(two_years(1).from.microseconds() + 1).unwrap();
    assert!(Simulator::new(Simulation { to: short, ..two_years(1) }).is_ok());
}

#[test]
fn shares_lie_between_nothing_and_all() {
    for value in [-0.1, 1.1, f64::NAN, f64::INFINITY] {
        let wrong = [
            Simulation { visitor_share: value, ..two_years(1) },
            Simulation { refund_share: value, ..two_years(1) },
            Simulation { cancel_share: value, ..two_years(1) },
            Simulation { late_share: value, ..two_years(1) },
            Simulation { duplicate_share: value, ..two_years(1) },
            Simulation { out_of_order_share: value, ..two_years(1) },
        ];
        for simulation in wrong {
            let error = refused(simulation, "give a number from 0 to 1");
            assert!(matches!(error, LearnError::SimulatedShare { .. }));
        }
    }
    let both = Simulation { refund_share: 0.6, cancel_share: 0.6, ..two_years(1) };
    refused(both, "refunds and cancellations is 1.2");
}

#[test]
fn processes_are_known_and_bounded() {
    assert!(matches!(Process::new("poisson", None), Err(LearnError::UnknownProcess { .. })));
    let wrong = Process::new("bg_nbd", Some([0.8, -6.0, 0.8, 4.0]));
    assert!(matches!(wrong, Err(LearnError::SimulatedProcess(_))));
    let process = Process::ParetoNbd(ParetoNbd::new(25.0, 1.0, 1.0, 10.0).unwrap());
    let error = refused(Simulation { process, ..two_years(1) }, "25 times a week");
    assert!(matches!(error, LearnError::SimulatedRate { .. }));
}
