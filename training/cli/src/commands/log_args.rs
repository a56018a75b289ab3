//! The options of the commands that work on an event log.

#![expect(clippy::doc_markdown, reason = "these comments are the help that people read")]

use std::path::PathBuf;

use clap::{Args, Subcommand};
use tenure_core::EventKind;
use tenure_eventlog::log::AppendSettings;
use tenure_eventlog::{DurationUnit, KindMap};

/// Importing into a log rather than to a file.
#[derive(Debug, Args)]
pub(crate) struct IntoLogArgs {
    /// Further files, imported together with the first.
    #[arg(value_name = "FILE", requires = "log")]
    pub(crate) more: Vec<PathBuf>,
    /// Folder of an event log to add the events to; made if there is none.
    #[arg(long, value_name = "DIR")]
    pub(crate) log: Option<PathBuf>,
    /// The kind of every row, for a file without a column of kinds.
    #[arg(long, requires = "log")]
    pub(crate) kind: Option<EventKind>,
    /// What the file's own words for kinds mean, such as page_view=product_view,buy=order.
    #[arg(long, value_name = "MAP", requires = "log")]
    pub(crate) kind_map: Option<KindMap>,
    /// Refuse kinds that Tenure does not know, rather than keep them as kinds of the shop's own.
    #[arg(long, requires = "log")]
    pub(crate) strict: bool,
    /// What durations are counted in: s, ms, us or m.
    #[arg(long, default_value = "s", value_name = "UNIT")]
    pub(crate) duration_unit: DurationUnit,
    #[command(flatten)]
    pub(crate) memory: MemoryArgs,
}

/// How much memory a sort may take.
#[derive(Debug, Args)]
pub(crate) struct MemoryArgs {
    /// Memory for rows while they are sorted, such as 512MB; what does not fit goes to the disk.
    #[arg(long, default_value = "512MB", value_name = "SIZE", value_parser = bytes)]
    memory_limit: usize,
}

impl MemoryArgs {
    pub(crate) fn settings(&self) -> AppendSettings {
        AppendSettings { memory_limit_bytes: self.memory_limit }
    }
}

#[derive(Debug, Args)]
pub(crate) struct LogArgs {
    #[command(subcommand)]
    pub(crate) command: LogCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum LogCommand {
    /// Print kinds, spans, customers and gaps.
    Stats(StatsArgs),
}

#[derive(Debug, Args)]
pub(crate) struct StatsArgs {
    /// Folder of the event log.
    #[arg(long, value_name = "DIR")]
    pub(crate) log: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct CompactArgs {
    /// Folder of the event log.
    #[arg(long, value_name = "DIR")]
    pub(crate) log: PathBuf,
    #[command(flatten)]
    pub(crate) memory: MemoryArgs,
}

/// Least memory that a sort can work with.
const MIN_MEMORY_BYTES: usize = 16 << 20;

/// Reads `64MB`, `2GB`; the units are powers of two, as memory is.
fn bytes(text: &str) -> Result<usize, String> {
    let advice = || format!("{text:?} is no size: write 64MB or 2GB");
    let digits = text.trim().trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
    let shift = match text.trim()[digits.len()..].to_ascii_uppercase().as_str() {
        "MB" | "MIB" | "M" => 20,
        "GB" | "GIB" | "G" => 30,
        _ => return Err(advice()),
    };
    let number: usize = digits.trim_end().parse().map_err(|_| advice())?;
    let bytes = number.checked_mul(1 << shift).ok_or_else(advice)?;
    if bytes < MIN_MEMORY_BYTES {
        return Err(format!(
            "{text} is too little to sort with: give at least {} MB",
            MIN_MEMORY_BYTES >> 20
        ));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_as_people_write_them() {
        for (text, expected) in [("64MB", 67_108_864), ("2 gb", 2_147_483_648), ("512MiB", 536_870_912)] {
            assert_eq!(bytes(text), Ok(expected), "{text}");
        }
        for text in [
            "",
            "MB",
            "64",
            "64KB",
            "1.5GB",
            "-1GB",
            "8MB",
            "99999999999999999999GB",
            "18446744073709551615GB",
        ] {
            assert!(bytes(text).is_err(), "{text}");
        }
    }
}
