//! A model fitted to simulated orders finds the parameters that they were made with.

use std::collections::HashMap;

use linfa::DatasetBase;
use linfa::traits::Fit;
use tenure_btyd::{BgNbd, Customer, FitReport, GammaGamma, ParetoNbd, RfmData, SpendData};
use tenure_core::{CustomerId, Timestamp, Weeks};
use tenure_learn::simulate::{Process, Shape, Simulation};

use crate::{instant, run, tidy};

/// Far enough that a right estimate fails once in some thousand choices of seeds; the seeds are fixed.
const STANDARD_ERRORS: f64 = 3.5;

/// Several logs, for one alone may be an odd one, and their mean tells a small bias from chance.
const SEEDS: [u64; 4] = [1, 2, 3, 4];

/// Enough that a wrong rate, unit or clock is many standard errors away.
const CUSTOMERS: u64 = 5_000;

/// Orders and nothing else, without seasons: the process alone.
fn pure(process: &str, parameters: [f64; 4]) -> Simulation {
    Simulation {
        process: Process::new(process, Some(parameters)).unwrap(),
        shape: Shape::Orders,
        seasons: false,
        visitor_share: 0.0,
        refund_share: 0.0,
        cancel_share: 0.0,
        ..tidy(CUSTOMERS)
    }
}

/// First order, last order, number of orders and what they cost.
type Orders = (Timestamp, Timestamp, u32, f64);

fn orders(simulation: Simulation) -> HashMap<CustomerId, Orders> {
    let mut all: HashMap<CustomerId, Orders> = HashMap::new();
    for event in run(simulation).0 {
        let (at, paid) = (event.occurred_at, event.amount.unwrap().major_units());
        let (first, last, count, sum) = all.entry(event.customer_id).or_insert((at, at, 0, 0.0));
        (*first, *last, *count, *sum) = ((*first).min(at), (*last).max(at), *count + 1, *sum + paid);
    }
    all
}

fn rfm(orders: &HashMap<CustomerId, Orders>) -> RfmData {
    let to = instant("2025-01-01");
    let weeks = |from: Timestamp, to: Timestamp| -> Weeks { to.since(from).weeks() };
    let customers = orders.values().map(|(first, last, count, _)| {
        Customer::new(count - 1, weeks(*first, *last), weeks(*first, to)).unwrap()
    });
    RfmData::new(customers).unwrap()
}

/// Compares the logarithms of estimates, in which the likelihood is searched and nearly quadratic.
#[track_caller]
fn check(truth: &[f64], fit: impl Fn(u64) -> FitReport) {
    let reports = SEEDS.map(fit);
    for (index, truth) in truth.iter().enumerate() {
        let (mut off, mut variance) = (0.0, 0.0);
        for report in &reports {
            let found = &report.parameters.0[index];
            let error = found.standard_error.unwrap() / found.value;
            // An estimate that could be anything would pass the check below.
            assert!(error < 0.3, "{} +- {error}", found.name);
            off += (found.value / truth).ln();
            variance += error * error;
        }
        let off = off / variance.sqrt();
        assert!(off.abs() < STANDARD_ERRORS, "{off} standard errors from {truth}: {reports:?}");
    }
}

#[test]
fn pareto_nbd_is_recovered() {
    let truth = [0.8, 6.0, 1.2, 40.0];
    check(&truth, |seed| {
        let data = rfm(&orders(Simulation { seed, ..pure("pareto_nbd", truth) }));
        ParetoNbd::params().fit(&DatasetBase::new(data, ())).unwrap().report
    });
}

#[test]
fn bg_nbd_is_recovered() {
    let truth = [0.8, 6.0, 0.8, 4.0];
    check(&truth, |seed| {
        let data = rfm(&orders(Simulation { seed, ..pure("bg_nbd", truth) }));
        BgNbd::params().fit(&DatasetBase::new(data, ())).unwrap().report
    });
}

#[test]
fn gamma_gamma_is_recovered() {
    check(&[6.0, 4.0, 25.0], |seed| {
        let orders = orders(Simulation { seed, ..pure("bg_nbd", [0.8, 6.0, 0.8, 4.0]) });
        let means = orders.values().map(|(_, _, count, sum)| (*count, sum / f64::from(*count)));
        GammaGamma::params().fit(&DatasetBase::new(SpendData::new(means).unwrap(), ())).unwrap().report
    });
}
