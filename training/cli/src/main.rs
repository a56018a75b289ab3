//! `tenure`: fit churn and customer-lifetime-value models from orders, and score customers with them.

#![forbid(unsafe_code)]

mod args;
mod bundles;
mod commands;
mod history;
mod inputs;
mod log_facts;
mod log_scores;
mod or_table;
mod orders;
mod progress;
mod purchases;
mod say;
mod scores;
mod shop;

use std::process::ExitCode;

use anyhow::Error;
use clap::Parser;
use tenure_eventlog::EventLogError;
use tenure_learn::LearnError;
use tenure_report::ReportError;

use crate::args::{Cli, Command};
use crate::or_table::OrTable;
use crate::say::complain;

fn main() -> ExitCode {
    let cli = Cli::parse();
    init_tracing();
    match run(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain!("error: {}", message(&error));
            ExitCode::from(exit_code(&error))
        }
    }
}

fn run(cli: Cli) -> Result<(), Error> {
    let json = cli.json;
    match cli.command {
        Command::Import(args) => commands::import::run(&args, json),
        Command::Log(args) => commands::log::run(&args, json),
        Command::Compact(args) => commands::compact::run(&args, json),
        Command::Train(OrTable::Orders(args)) => commands::train::run(&args, json),
        Command::Train(OrTable::Table(args)) => commands::table::train::run(&args, json),
        Command::Score(OrTable::Orders(args)) => commands::score::run(&args, json),
        Command::Score(OrTable::Table(args)) => commands::table::score::run(&args, json),
        Command::Evaluate(OrTable::Orders(args)) => commands::evaluate::run(&args, json),
        Command::Evaluate(OrTable::Table(args)) => commands::table::evaluate::run(&args, json),
        Command::Reasons(args) => commands::reasons::run(&args, json),
        Command::Compare(args) => commands::compare::run(&args, json),
        Command::Drift(args) => commands::drift::run(&args, json),
        Command::Models(args) => commands::models::run(&args, json),
        Command::Report(args) => commands::report::run(&args, json),
        Command::Inspect(args) => commands::inspect::run(&args, json),
        Command::Simulate(args) => commands::simulate::run(&args, json),
        Command::Features(args) => commands::features::run(&args, json),
        Command::Segments(args) => commands::segments::run(&args, json),
        Command::Retention(args) => commands::retention::run(&args, json),
        Command::Demo(args) => commands::demo::run(&args, json),
        Command::Completions(args) => commands::extras::completions(&args, json),
        Command::Man(args) => commands::extras::man(&args, json),
        Command::Check(args) => commands::check::run(&args, json),
        Command::Explain(args) => commands::explain::run(&args, json),
    }
}

/// The causes in one line; one that the line before already tells is left out.
fn message(error: &Error) -> String {
    let mut text = String::new();
    for cause in error.chain().map(ToString::to_string) {
        if text.is_empty() {
            text = cause;
        } else if !text.contains(&cause) {
            text = format!("{text}: {cause}");
        }
    }
    text
}

/// Exit codes are part of the interface: 2 says that what was given cannot be used, 1 that something failed.
fn exit_code(error: &Error) -> u8 {
    const UNUSABLE_INPUT: u8 = 2;
    const FAILED: u8 = 1;
    for cause in error.chain() {
        match cause.downcast_ref::<EventLogError>() {
            Some(
                EventLogError::Io { .. }
                | EventLogError::Sort { .. }
                | EventLogError::Visitor { .. }
                | EventLogError::LogBusy { .. },
            ) => return FAILED,
            // What took the events knows whether they or itself were at fault.
            Some(EventLogError::Sink { .. }) | None => {}
            Some(_) => return UNUSABLE_INPUT,
        }
        if let Some(LearnError::Facts { .. }) = cause.downcast_ref::<LearnError>() {
            // What could not be read lies behind it.
            continue;
        }
        if cause.is::<orders::Unusable>()
            || cause.is::<commands::check::Refused>()
            || cause.is::<LearnError>()
            || cause.is::<ReportError>()
            || cause.is::<tenure_core::CoreError>()
        {
            return UNUSABLE_INPUT;
        }
        if let Some(error) = cause.downcast_ref::<tenure_bundle::RegistryError>() {
            return if error.is_failure() { FAILED } else { UNUSABLE_INPUT };
        }
        if cause.is::<tenure_bundle::WarmUpError>() {
            return UNUSABLE_INPUT;
        }
        match cause.downcast_ref::<tenure_bundle::BundleError>() {
            Some(tenure_bundle::BundleError::Io { .. }) => return FAILED,
            Some(_) => return UNUSABLE_INPUT,
            None => {}
        }
    }
    FAILED
}

/// Warnings go to the terminal's error stream; `RUST_LOG` asks for more.
fn init_tracing() {
    let filter = tracing_subscriber::EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("warn"));
    // A subscriber that cannot write would say so on the same stream, and panic there.
    let subscriber = tracing_subscriber::fmt().log_internal_errors(false);
    subscriber.with_env_filter(filter).with_writer(std::io::stderr).without_time().init();
}

#[cfg(test)]
mod tests {
    use super::*;
    use tenure_eventlog::SinkError;

    fn through_the_sink(source: impl Into<SinkError>) -> u8 {
        let error = EventLogError::Sink { path: "orders.csv".into(), line: 7, source: source.into() };
        exit_code(&Error::from(error).context("while reading"))
    }

    /// What clap checks of an interface, it checks when the command is used: this uses all of them.
    #[test]
    fn the_interface_is_sound() {
        <Cli as clap::CommandFactory>::command().debug_assert();
    }

    #[test]
    fn what_the_sink_failed_with_decides() {
        let customer_id = "7".parse().unwrap();
        let source = tenure_behaviour::BehaviourError::SpendOverflow;
        assert_eq!(through_the_sink(LearnError::Customer { customer_id, source }), 2);
        let (expected, found) = (tenure_core::Currency::USD, tenure_core::Currency::EUR);
        let path = std::path::PathBuf::from("events.parquet");
        assert_eq!(
            through_the_sink(EventLogError::MixedCurrencies { path: path.clone(), expected, found }),
            2
        );
        let full = || std::io::Error::from(std::io::ErrorKind::StorageFull);
        assert_eq!(through_the_sink(EventLogError::Io { action: "write", path, source: full() }), 1);
        assert_eq!(through_the_sink(full()), 1);
    }
}
