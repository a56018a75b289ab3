//! `tenure-server`: serves a model file over gRPC.

#![forbid(unsafe_code)]

use std::io::Write;
use std::process::ExitCode;

use anyhow::Context;
use tenure_server::config::{ConfigError, DEFAULT_TOML};
use tracing_subscriber::EnvFilter;

const WRONG_SETTINGS: u8 = 2;

fn main() -> ExitCode {
    match serve() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let code =
                if error.is::<ConfigError>() { ExitCode::from(WRONG_SETTINGS) } else { ExitCode::FAILURE };
            // With standard error closed there is nobody to tell.
            let _ = writeln!(std::io::stderr(), "error: {error:#}");
            code
        }
    }
}

fn serve() -> anyhow::Result<()> {
    let matches = tenure_server::command().version(env!("CARGO_PKG_VERSION")).get_matches();
    if matches.get_flag("print-default-config") {
        return std::io::stdout().write_all(DEFAULT_TOML.as_bytes()).context("cannot print");
    }
    // A name or value that is not UTF-8 is nothing of ours.
    let environment = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    let config = tenure_server::config_from(&matches, environment)?;
    let filter = EnvFilter::try_from_env("TENURE_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().context("cannot start threads")?;
    let ended = runtime.block_on(tenure_server::serve(config));
    // What was cut off is not waited for.
    runtime.shutdown_background();
    Ok(ended?)
}
