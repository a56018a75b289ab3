//! Times an import into a new event log, and a pass over it.
//!
//! `cargo run --release -p tenure-eventlog --example log_speed -- EVENTS.parquet FOLDER [MEMORY_MB [rows]]`

#![expect(clippy::print_stdout, reason = "an example shows its figures")]

use std::path::PathBuf;
use std::time::Instant;

use tenure_core::{Currency, Timestamp};
use tenure_eventlog::log::{AppendSettings, Column, Columns, EventLog, Phase, Source};
use tenure_eventlog::{ImportOptions, read_events};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(file), Some(folder)) = (arguments.next(), arguments.next()) else {
        return Err("give a file of events and a folder for the log".into());
    };
    let mut settings = AppendSettings::default();
    if let Some(megabytes) = arguments.next() {
        settings.memory_limit_bytes = megabytes.parse::<usize>()? << 20;
    }
    let options = ImportOptions::new(Currency::USD, Timestamp::from_microseconds(1_900_000_000_000_000)?);
    if arguments.next().is_some_and(|word| word == "rows") {
        let start = Instant::now();
        let mut events = 0_u64;
        let mut count = |_| {
            events += 1;
            Ok(())
        };
        read_events(&PathBuf::from(&file), &options, &mut count, &mut |_| {})?;
        println!("row by row, without a log: {events} events in {:.2} s", start.elapsed().as_secs_f64());
    }
    let start = Instant::now();
    let mut log = EventLog::create_or_open(&PathBuf::from(folder), Currency::USD)?;
    if log.runs() == 0 {
        let mut read = None;
        let source = Source { path: PathBuf::from(file), options };
        let summary = log.append(&[source], &settings, &mut |progress| {
            if progress.phase == Phase::Sorting {
                read.get_or_insert_with(|| start.elapsed());
            }
        })?;
        let seconds = start.elapsed().as_secs_f64();
        println!(
            "import: {} events in {seconds:.2} s (first bucket after {:.2} s), {:.1} bytes an event",
            summary.events,
            read.unwrap_or_default().as_secs_f64(),
            summary.bytes as f64 / summary.events as f64
        );
    }
    for columns in [Columns::of(&[Column::Amount]), Columns::ALL] {
        let start = Instant::now();
        let sums = log.for_each_customer(
            columns,
            &|| (0_u64, 0_u64, 0_i64),
            &|(customers, events, sum), _, facts| {
                *customers += 1;
                *events += facts.len() as u64;
                *sum += facts.iter().filter_map(|fact| fact.amount).sum::<i64>();
                Ok(())
            },
            &|_| {},
        )?;
        let customers: u64 = sums.iter().map(|sum| sum.0).sum();
        let events: u64 = sums.iter().map(|sum| sum.1).sum();
        let amount: i64 = sums.iter().map(|sum| sum.2).sum();
        let seconds = start.elapsed().as_secs_f64();
        println!(
            "scan: {events} events of {customers} customers, sum {amount}, {seconds:.2} s, {:.1} million/s",
            events as f64 / seconds / 1e6
        );
    }
    Ok(())
}
