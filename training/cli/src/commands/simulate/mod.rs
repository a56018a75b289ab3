//! `tenure simulate`.

mod args;
mod files;

use std::cell::RefCell;
use std::collections::BTreeMap;

use anyhow::Error;
use serde::Serialize;
use tenure_core::{EventKind, Timestamp};
use tenure_learn::simulate::{Simulation, Simulator, Truth};

pub(crate) use args::SimulateArgs;
use files::{EventFile, TruthFile};

use crate::commands::print_json;
use crate::orders::{Unusable, check_out};
use crate::progress::{Unit, bar};
use crate::say::say;

/// What `--json` prints.
#[derive(Debug, Serialize)]
struct Report {
    seed: u64,
    process: &'static str,
    from: String,
    to: String,
    customers: u64,
    /// Who orders at all; the others only look.
    buyers: u64,
    /// Buyers whose true end lies in the log.
    churned: u64,
    /// Of the buyers.
    churned_share: f64,
    /// Rows, second copies included.
    events: u64,
    events_by_kind: BTreeMap<EventKind, u64>,
}

impl Report {
    fn new(simulation: &Simulation) -> Self {
        let text = |at: Timestamp| at.to_string();
        Self {
            seed: simulation.seed,
            process: simulation.process.name(),
            from: text(simulation.from),
            to: text(simulation.to),
            customers: 0,
            buyers: 0,
            churned: 0,
            churned_share: 0.0,
            events: 0,
            events_by_kind: BTreeMap::new(),
        }
    }

    fn count_event(&mut self, kind: &EventKind) {
        self.events += 1;
        match self.events_by_kind.get_mut(kind) {
            Some(count) => *count += 1,
            None => {
                self.events_by_kind.insert(kind.clone(), 1);
            }
        }
    }

    fn count_customer(&mut self, truth: &Truth) {
        self.customers += 1;
        self.buyers += u64::from(truth.is_buyer);
        self.churned += u64::from(truth.is_buyer && truth.churned_at.is_some());
        self.churned_share = self.churned as f64 / self.buyers.max(1) as f64;
    }
}

pub(crate) fn run(args: &SimulateArgs, json: bool) -> Result<(), Error> {
    let simulation = args.simulation()?;
    let simulator = Simulator::new(simulation)?;
    let simulation = simulator.simulation();
    check_files(args)?;
    let mut events = EventFile::create(&args.out, simulation.currency)?;
    let mut truths = args.truth.as_deref().map(|path| TruthFile::create(path, simulation)).transpose()?;
    // Both functions count, in turn.
    let report = RefCell::new(Report::new(simulation));
    {
        let mut bar = bar("simulating", Some(simulation.customers), Unit::Customers);
        simulator.run::<Error>(
            &mut |event| {
                report.borrow_mut().count_event(&event.kind);
                events.write(&event)
            },
            &mut |truth| {
                let mut report = report.borrow_mut();
                report.count_customer(&truth);
                bar.set(report.customers);
                truths.as_mut().map_or(Ok(()), |truths| truths.write(&truth))
            },
        )?;
    }
    events.finish()?;
    truths.map_or(Ok(()), TruthFile::finish)?;
    let report = report.into_inner();
    if json { print_json(&report) } else { print_report(args, &report) }
}

/// Says before the work that a file cannot be written.
fn check_files(args: &SimulateArgs) -> Result<(), Error> {
    check_out(&args.out, &[])?;
    let Some(truth) = &args.truth else { return Ok(()) };
    if *truth == args.out {
        let message = format!("--truth {} is the file of the events: name another", truth.display());
        return Err(Unusable { message }.into());
    }
    check_out(truth, &[&args.out])
}

#[expect(clippy::unnecessary_wraps, reason = "the other way of reporting can fail")]
fn print_report(args: &SimulateArgs, report: &Report) -> Result<(), Error> {
    let Report { customers, buyers, churned, events, process, seed, .. } = report;
    say!("{events} events of {customers} customers from {} to {}", report.from, report.to);
    say!("{buyers} of them order, {churned} of those ({:.1} %) have left", 100.0 * report.churned_share);
    say!("process {process}, seed {seed}");
    for (kind, count) in &report.events_by_kind {
        say!("  {:20} {count:>12}", kind.as_str());
    }
    say!("events written to {}", args.out.display());
    if let Some(truth) = &args.truth {
        say!("truth written to {}", truth.display());
    }
    Ok(())
}
