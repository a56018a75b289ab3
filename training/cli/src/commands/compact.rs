//! `tenure compact`.

use anyhow::Error;
use tenure_eventlog::log::EventLog;

use crate::commands::log_args::CompactArgs;
use crate::commands::print_json;
use crate::inputs;
use crate::progress::{Unit, bar};
use crate::say::say;

pub(crate) fn run(args: &CompactArgs, json: bool) -> Result<(), Error> {
    inputs::log(&args.log, false)?;
    let mut log = EventLog::open(&args.log)?;
    let mut bar = bar("compacting", Some(log.events()), Unit::Customers);
    let summary = log.compact(&args.memory.settings(), &mut |progress| bar.set(progress.done))?;
    drop(bar);
    if json {
        return print_json(&summary);
    }
    say!(
        "{}: {} runs of {} bytes are one of {} bytes with {} events",
        args.log.display(),
        summary.runs_before,
        summary.bytes_before,
        summary.bytes,
        summary.events
    );
    if summary.repeated > 0 {
        say!("{} events left out: their event id was there already", summary.repeated);
    }
    Ok(())
}
