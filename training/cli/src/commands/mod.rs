//! One file per command.

pub(crate) mod check;
pub(crate) mod churn;
pub(crate) mod compact;
pub(crate) mod compare;
pub(crate) mod demo;
pub(crate) mod drift;
pub(crate) mod evaluate;
pub(crate) mod explain;
pub(crate) mod extras;
pub(crate) mod features;
pub(crate) mod import;
pub(crate) mod inspect;
pub(crate) mod log;
pub(crate) mod log_args;
pub(crate) mod models;
pub(crate) mod needs;
pub(crate) mod reasons;
pub(crate) mod report;
pub(crate) mod retention;
pub(crate) mod retrain;
pub(crate) mod score;
pub(crate) mod segments;
pub(crate) mod simulate;
pub(crate) mod table;
pub(crate) mod train;

use crate::say::say;
use serde::Serialize;

/// Prints one JSON object.
pub(crate) fn print_json(value: &impl Serialize) -> Result<(), anyhow::Error> {
    say!("{}", serde_json::to_string_pretty(value)?);
    Ok(())
}
