//! `tenure`: fit churn and customer-lifetime-value models from orders, and score customers with them.

#![forbid(unsafe_code)]
#![expect(clippy::print_stderr, reason = "a command line says what went wrong")]

mod args;
mod commands;
mod orders;
mod progress;
mod say;
mod scores;

use std::process::ExitCode;

use anyhow::Error;
use clap::Parser;
use tenure_eventlog::EventLogError;
use tenure_learn::LearnError;

use crate::args::{Cli, Command};

fn main() -> ExitCode {
    let cli = Cli::parse();
    init_tracing();
    match run(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {}", message(&error));
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
        Command::Train(args) => commands::train::run(&args, json),
        Command::Score(args) => commands::score::run(&args, json),
        Command::Evaluate(args) => commands::evaluate::run(&args, json),
        Command::Inspect(args) => commands::inspect::run(&args, json),
        Command::Demo(args) => commands::demo::run(&args),
        Command::Simulate(args) => commands::simulate::run(&args, json),
        Command::Completions(args) => commands::extras::completions(&args),
        Command::Man(args) => commands::extras::man(&args),
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
                | EventLogError::Sink { .. }
                | EventLogError::Sort { .. }
                | EventLogError::Visitor { .. }
                | EventLogError::LogBusy { .. },
            ) => return FAILED,
            Some(_) => return UNUSABLE_INPUT,
            None => {}
        }
        if cause.is::<orders::Unusable>() || cause.is::<LearnError>() || cause.is::<tenure_core::CoreError>()
        {
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
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).without_time().init();
}
