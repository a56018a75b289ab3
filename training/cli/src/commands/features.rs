//! `tenure features`.

use std::path::{Path, PathBuf};
use std::sync::Mutex;

use anyhow::Error;
use clap::Args;
use tenure_behaviour::expression::Definition;
use tenure_behaviour::fold::Settings;
use tenure_behaviour::language::{STANDARD_FEATURES, Scope, compile_definitions};
use tenure_core::{AsOf, TimeZone};
use tenure_eventlog::features::{FeatureQuery, write_features};
use tenure_eventlog::log::EventLog;

use crate::commands::{check, print_json};
use crate::inputs;
use crate::orders::{self, Unusable};
use crate::progress::{Unit, bar};
use crate::say::say;

/// What `tenure features` is told.
#[derive(Debug, Args)]
pub(crate) struct FeaturesArgs {
    /// Folder of the event log, as tenure import --log makes it.
    #[arg(long, value_name = "DIR", required_unless_present = "print_standard")]
    log: Option<PathBuf>,
    /// When: one date or several, separated by commas. Only what was known before a date is used for it.
    #[arg(
        long,
        value_name = "DATE[,DATE...]",
        value_delimiter = ',',
        required_unless_present = "print_standard"
    )]
    as_of: Vec<String>,
    /// File of definitions, a feature a line [default: the standard features; --print-standard shows them].
    #[arg(long, value_name = "FILE")]
    definitions: Option<PathBuf>,
    /// Zone of dates that name none, and in which days begin.
    #[arg(long, value_name = "ZONE", default_value = "UTC")]
    time_zone: TimeZone,
    /// Where to write the table: .parquet or .csv.
    #[arg(long, value_name = "FILE", required_unless_present = "print_standard")]
    out: Option<PathBuf>,
    /// Print the standard features, to edit them, and do nothing else.
    #[arg(long)]
    print_standard: bool,
}

pub(crate) fn run(args: &FeaturesArgs, json: bool) -> Result<(), Error> {
    let (Some(folder), Some(out), false) = (&args.log, &args.out, args.print_standard) else {
        say!("{}", STANDARD_FEATURES.trim_end());
        return Ok(());
    };
    inputs::log(folder, false)?;
    let log = EventLog::open(folder)?;
    let definitions = definitions(args.definitions.as_ref())?;
    let inputs: Vec<&Path> = args.definitions.iter().chain([folder]).map(PathBuf::as_path).collect();
    orders::check_out(out, &inputs)?;
    let as_ofs = as_ofs(&args.as_of, &args.time_zone)?;
    let settings = Settings { currency: log.currency(), time_zone: args.time_zone.clone() };
    let query = FeatureQuery { definitions: &definitions, settings, as_ofs: &as_ofs };
    let progress = Mutex::new(bar("folding events", Some(log.events()), Unit::Customers));
    let summary = write_features(&log, &query, out, &|events| {
        if let Ok(mut bar) = progress.lock() {
            bar.set(events);
        }
    })?;
    drop(progress);
    if json {
        return print_json(&summary);
    }
    say!("{summary}");
    say!("features written to {}", out.display());
    Ok(())
}

/// The definitions of a file, or the standard ones.
pub(crate) fn definitions(file: Option<&PathBuf>) -> Result<Vec<Definition>, Error> {
    let text = file.map_or_else(|| Ok(STANDARD_FEATURES.to_owned()), |path| check::read(path))?;
    let name = file.map_or_else(|| "the standard features".to_owned(), |path| path.display().to_string());
    match compile_definitions(&text, &Scope::features()) {
        Ok(definitions) if definitions.is_empty() => {
            Err(Unusable::new(format!("{name} defines nothing: write a line such as orders = count(order)"))
                .into())
        }
        Ok(definitions) => Ok(definitions),
        Err(errors) => {
            Err(Unusable::new(format!("{name} cannot be used\n\n{}", check::shown(&errors))).into())
        }
    }
}

/// The as-ofs, rising and each once.
fn as_ofs(texts: &[String], zone: &TimeZone) -> Result<Vec<AsOf>, Error> {
    let mut as_ofs = texts.iter().map(|text| orders::as_of(text, zone)).collect::<Result<Vec<_>, _>>()?;
    as_ofs.sort_unstable();
    as_ofs.dedup();
    Ok(as_ofs)
}
