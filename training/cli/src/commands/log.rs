//! `tenure log stats`.

use std::sync::Mutex;

use anyhow::Error;
use comfy_table::{CellAlignment, Table, presets};
use tenure_core::Timestamp;
use tenure_eventlog::log::{EventLog, LogStats};

use crate::commands::log_args::{LogArgs, LogCommand};
use crate::commands::print_json;
use crate::inputs;
use crate::progress::{Unit, bar};
use crate::say::say;

pub(crate) fn run(args: &LogArgs, json: bool) -> Result<(), Error> {
    let LogCommand::Stats(args) = &args.command;
    inputs::log(&args.log, false)?;
    let log = EventLog::open(&args.log)?;
    let bar = Mutex::new(bar("reading the log", Some(log.events()), Unit::Customers));
    let stats = log.stats(&|events| {
        // Another thread is drawing; the next report will do.
        if let Ok(mut bar) = bar.try_lock() {
            bar.set(events);
        }
    })?;
    drop(bar);
    if json {
        return print_json(&stats);
    }
    show(&stats);
    Ok(())
}

fn show(stats: &LogStats) {
    say!(
        "{}: {} events of {} customers in {}, {} runs, {} bytes",
        stats.folder.display(),
        stats.events,
        stats.customers,
        stats.currency,
        stats.runs,
        stats.bytes
    );
    if stats.repeated > 0 {
        say!("{} events are not counted: their event id was there already", stats.repeated);
    }
    let columns: Vec<&str> = stats.columns.iter().map(|column| column.as_str()).collect();
    if !columns.is_empty() {
        say!("besides customer, kind and time: {}", columns.join(", "));
    }
    let mut table = Table::new();
    table.load_style(presets::UTF8_FULL_CONDENSED);
    table.set_header(["kind", "events", "customers", "first", "last", "days without", "longest gap"]);
    for kind in &stats.kinds {
        let gap = match kind.longest_gap_after {
            Some(day) => format!("{} days after {}", kind.longest_gap_days, date(day)),
            None => "none".to_owned(),
        };
        table.add_row([
            kind.kind.clone(),
            kind.events.to_string(),
            kind.customers.to_string(),
            date(kind.first),
            date(kind.last),
            kind.days_without.to_string(),
            gap,
        ]);
    }
    for index in [1, 2, 5] {
        if let Some(column) = table.column_mut(index) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    say!("{table}");
}

/// The day of UTC.
fn date(instant: Timestamp) -> String {
    instant.to_string().chars().take(10).collect()
}
