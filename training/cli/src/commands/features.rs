//! `tenure features`.

use std::path::PathBuf;
use std::sync::Mutex;

use anyhow::{Context, Error};
use clap::Args;
use tenure_behaviour::expression::Definition;
use tenure_behaviour::fold::Settings;
use tenure_behaviour::language::{STANDARD_FEATURES, Scope, compile_definitions};
use tenure_core::{AsOf, TimeZone};
use tenure_eventlog::features::{FeatureQuery, write_features};
use tenure_eventlog::log::EventLog;

use crate::commands::print_json;
use crate::orders::{self, Unusable};
use crate::progress::{Unit, bar};
use crate::say::say;

/// What `tenure features` is told.
#[derive(Debug, Args)]
pub(crate) struct FeaturesArgs {
    /// Folder of the event log, as tenure import --log makes it.
    #[arg(long, value_name = "DIR")]
    log: PathBuf,
    /// When: one date or several, separated by commas. Only what was known before a date is used for it.
    #[arg(long, value_name = "DATE[,DATE...]", value_delimiter = ',', required = true)]
    as_of: Vec<String>,
    /// File of definitions, a feature a line [default: the standard features; --print-standard shows them].
    #[arg(long, value_name = "FILE")]
    definitions: Option<PathBuf>,
    /// Zone of dates that name none, and in which days begin.
    #[arg(long, value_name = "ZONE", default_value = "UTC")]
    time_zone: TimeZone,
    /// Where to write the table: .parquet or .csv.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

pub(crate) fn run(args: &FeaturesArgs, json: bool) -> Result<(), Error> {
    let log = EventLog::open(&args.log)?;
    let definitions = definitions(args.definitions.as_ref())?;
    orders::check_out(&args.out, &args.definitions.iter().map(PathBuf::as_path).collect::<Vec<_>>())?;
    let as_ofs = as_ofs(&args.as_of, &args.time_zone)?;
    let settings = Settings { currency: log.currency(), time_zone: args.time_zone.clone() };
    let query = FeatureQuery { definitions: &definitions, settings, as_ofs: &as_ofs };
    let progress = Mutex::new(bar("folding events", Some(log.events()), Unit::Customers));
    let summary = write_features(&log, &query, &args.out, &|events| {
        if let Ok(mut bar) = progress.lock() {
            bar.set(events);
        }
    })?;
    drop(progress);
    if json {
        return print_json(&summary);
    }
    say!("{summary}");
    say!("features written to {}", args.out.display());
    Ok(())
}

/// The definitions of a file, or the standard ones.
pub(crate) fn definitions(file: Option<&PathBuf>) -> Result<Vec<Definition>, Error> {
    let text = match file {
        Some(path) => {
            std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?
        }
        None => STANDARD_FEATURES.to_owned(),
    };
    compile_definitions(&text, &Scope::features()).map_err(|errors| {
        let name = file.map_or_else(|| "the standard features".to_owned(), |path| path.display().to_string());
        let each: Vec<String> = errors.iter().map(ToString::to_string).collect();
        Unusable { message: format!("{name} cannot be used\n\n{}", each.join("\n\n")) }.into()
    })
}

/// The as-ofs, rising and each once.
pub(crate) fn as_ofs(texts: &[String], zone: &TimeZone) -> Result<Vec<AsOf>, Error> {
    let mut as_ofs = texts.iter().map(|text| orders::as_of(text, zone)).collect::<Result<Vec<_>, _>>()?;
    as_ofs.sort_unstable();
    as_ofs.dedup();
    Ok(as_ofs)
}
