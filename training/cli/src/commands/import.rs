//! `tenure import`.

use anyhow::Error;
use tenure_core::TimeZone;
use tenure_eventlog::EventWriter;

use crate::args::ImportArgs;
use crate::commands::print_json;
use crate::orders;
use crate::say::say;

pub(crate) fn run(args: &ImportArgs, json: bool) -> Result<(), Error> {
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
