//! `tenure import`: to a file of events, or into an event log.

use std::path::Path;
use std::sync::Mutex;
use std::time::Instant;

use anyhow::Error;
use serde::Serialize;
use tenure_core::TimeZone;
use tenure_eventlog::log::{AppendSummary, EventLog, Kept, Phase, Source};
use tenure_eventlog::{EventWriter, Field, ImportOptions, ImportSummary};

use crate::args::ImportArgs;
use crate::commands::print_json;
use crate::inputs;
use crate::orders;
use crate::progress::{Unit, bar};
use crate::say::say;

pub(crate) fn run(args: &ImportArgs, json: bool) -> Result<(), Error> {
    if let Some(folder) = &args.into_log.log {
        return into_log(args, folder, json);
    }
    inputs::orders(&args.file.orders)?;
    let summary = match &args.out {
        None => orders::read(&args.file, &mut |_| Ok(()))?,
        Some(path) => {
            orders::check_out(path, &[&args.file.orders])?;
            let mut writer = EventWriter::create(path, args.file.currency())?;
            let summary = orders::read(&args.file, &mut |event| Ok(writer.write(&event)?))?;
            writer.finish()?;
            summary
        }
    };
    if json {
        return print_json(&summary);
    }
    say!("{summary}");
    if let Some(path) = &args.out {
        say!("events written to {}", path.display());
        // The events hold instants and whole cents; only what those do not say is needed again.
        let mut next = format!("--orders {} --currency {}", orders::quoted_path(path), args.file.currency());
        if args.file.time_zone() != TimeZone::utc() {
            next.push_str(&format!(" --time-zone {}", args.file.time_zone()));
        }
        say!("next: tenure train {next} --as-of DATE --out shop.tenure");
    }
    Ok(())
}

/// Imports one file or several as one run of a log.
fn into_log(args: &ImportArgs, folder: &Path, json: bool) -> Result<(), Error> {
    inputs::new_log(folder)?;
    let started = Instant::now();
    let mut sources = Vec::new();
    for path in std::iter::once(&args.file.orders).chain(&args.into_log.more) {
        inputs::events(path)?;
        let file = args.file.with_orders(path);
        let options = ImportOptions {
            orders_only: false,
            kind: args.into_log.kind.clone(),
            kind_map: args.into_log.kind_map.clone().unwrap_or_default(),
            strict_kinds: args.into_log.strict,
            duration_unit: args.into_log.duration_unit,
            ..orders::options(&file)?
        };
        sources.push(Source { path: path.clone(), options });
    }
    if sources.len() > 1 && args.file.how.rejects.is_some() {
        let message =
            "--rejects names one file, and there are several inputs: leave it out, and each has its own";
        return Err(orders::Unusable::new(message.to_owned()).into());
    }
    let mut log = EventLog::create_or_open(folder, args.file.currency())?;
    let mut bars = (None, None);
    let summary = log.append(&sources, &args.into_log.memory.settings(), &mut |progress| {
        let bar = match progress.phase {
            Phase::Reading => bars.0.get_or_insert_with(|| bar("reading", progress.total, Unit::Bytes)),
            Phase::Sorting => bars.1.get_or_insert_with(|| bar("sorting", progress.total, Unit::Customers)),
        };
        bar.set(progress.done);
    })?;
    drop(bars);
    let kept = summary.file.as_ref().map(|_| kept(&log)).transpose()?;
    if json {
        return print_json(&IntoLog { summary: &summary, kept: &kept });
    }
    show(&summary, &kept.unwrap_or_default(), folder, started.elapsed().as_secs_f64());
    Ok(())
}

/// What an import into a log did, as `--json` prints it.
#[derive(Debug, Serialize)]
struct IntoLog<'a> {
    #[serde(flatten)]
    summary: &'a AppendSummary,
    /// What is left of it once repeated event ids are taken out; absent where there was not one event.
    kept: &'a Option<Kept>,
}

/// What the import added, with repeated event ids left out as they are whenever the log is read.
fn kept(log: &EventLog) -> Result<Kept, Error> {
    let bar = Mutex::new(bar("looking for repeats", Some(log.events()), Unit::Customers));
    let kept = log.kept_of_newest(&|events| {
        // Another thread is drawing; the next report will do.
        if let Ok(mut bar) = bar.try_lock() {
            bar.set(events);
        }
    })?;
    Ok(kept)
}

fn show(summary: &AppendSummary, kept: &Kept, folder: &Path, seconds: f64) {
    for source in &summary.sources {
        say!("{source}");
    }
    let Some(file) = &summary.file else {
        say!("no event: {} is as it was", folder.display());
        return;
    };
    if kept.events == 0 {
        say!("nothing new: the ids of all {} events were in {} already", kept.repeated, folder.display());
        let bytes = summary.bytes;
        say!(
            "they lie there as {file} ({bytes} bytes) until tenure compact --log {}",
            orders::quoted_path(folder)
        );
        return;
    }
    say!(
        "{} events added to {} as {file} ({} bytes) in {seconds:.1} s; {} customers were read",
        kept.events,
        folder.display(),
        summary.bytes,
        summary.customers
    );
    for (kind, span) in &summary.kinds {
        let events = kept.kinds.get(kind).copied().unwrap_or_default();
        // From when to when is known of all that was read, not of what is left of it.
        match kept.repeated {
            _ if events == 0 => {}
            0 => say!("  {events:>12} {kind}, from {} to {}", span.first, span.last),
            _ => say!("  {events:>12} {kind}"),
        }
    }
    if kept.repeated > 0 {
        say!("  {:>12} more left out: their event id was there already", kept.repeated);
    }
    let has_ids = |source: &ImportSummary| source.columns.iter().any(|choice| choice.field == Field::EventId);
    if !summary.sources.iter().all(has_ids) {
        say!("note: where events have no id, importing the same file again counts them twice");
    }
    say!("next: tenure log stats --log {}", folder.display());
}
