//! From the options of a command to a book of orders.

use std::path::{Path, PathBuf};

use anyhow::{Context, Error, bail};
use tenure_core::{AsOf, Event, TimeZone, Timestamp};
use tenure_eventlog::{ImportOptions, ImportSummary, read_events};
use tenure_learn::OrderBook;

use crate::args::OrderFileArgs;
use crate::progress::{Unit, bar};

/// Reads every event of the file.
pub(crate) fn read(
    args: &OrderFileArgs,
    sink: &mut dyn FnMut(Event) -> Result<(), Error>,
) -> Result<ImportSummary, Error> {
    let options = options(args)?;
    let mut bar =
        bar("reading orders", std::fs::metadata(&args.orders).ok().map(|file| file.len()), Unit::Bytes);
    let mut summary =
        read_events(&args.orders, &options, &mut |event| sink(event).map_err(Into::into), &mut |progress| {
            bar.set(progress.bytes_read);
        })?;
    if args.rejects.is_none() && summary.rejected() == 0 {
        // Nobody asked for the file, and there is nothing in it.
        if let Some(path) = summary.rejects_file.take() {
            std::fs::remove_file(&path).with_context(|| format!("cannot remove {}", path.display()))?;
        }
    }
    Ok(summary)
}

/// Reads the file into a book.
pub(crate) fn book(args: &OrderFileArgs) -> Result<(OrderBook, ImportSummary), Error> {
    let mut book = OrderBook::new(args.currency());
    let summary = read(args, &mut |event| Ok(book.record(event)?))?;
    Ok((book, summary))
}

/// What the options ask for cannot be: exit code 2.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub(crate) struct Unusable {
    pub(crate) message: String,
}

impl Unusable {
    pub(crate) const fn new(message: String) -> Self {
        Self { message }
    }
}

/// Says before the work, not after it, that a file cannot be written where it is wanted.
pub(crate) fn check_out(out: &Path, inputs: &[&Path]) -> Result<(), Error> {
    let is_same = |input: &&Path| matches!((out.canonicalize(), input.canonicalize()), (Ok(one), Ok(other)) if one == other);
    if inputs.iter().any(is_same) {
        let message = format!("--out {} would replace what is read: name another file", out.display());
        return Err(Unusable { message }.into());
    }
    match out.parent() {
        Some(folder) if !folder.as_os_str().is_empty() && !folder.is_dir() => {
            bail!("cannot write {}: there is no folder {}", out.display(), folder.display())
        }
        _ => Ok(()),
    }
}

/// The options that another command needs to read the same file the same way.
pub(crate) fn same_file(args: &OrderFileArgs) -> String {
    let mut text = format!("--orders {}", args.orders.display());
    if let Some(map) = &args.map {
        text.push_str(&format!(" --map '{map}'"));
    }
    if args.currency() != tenure_core::Currency::USD {
        text.push_str(&format!(" --currency {}", args.currency()));
    }
    if args.time_zone() != TimeZone::utc() {
        text.push_str(&format!(" --time-zone {}", args.time_zone()));
    }
    text
}

/// An as-of written on the command line, in the shop's zone.
pub(crate) fn as_of(text: &str, zone: &TimeZone) -> Result<AsOf, Error> {
    let instant = Timestamp::parse(text, zone).context("--as-of")?;
    Ok(AsOf::new(instant))
}

/// How a file is read, by its options.
pub(crate) fn options(args: &OrderFileArgs) -> Result<ImportOptions, Error> {
    let now = Timestamp::from_microseconds(jiff::Timestamp::now().as_microsecond())?;
    Ok(ImportOptions {
        columns: args.map.clone().unwrap_or_default(),
        time_zone: args.time_zone(),
        date_order: args.date_order,
        decimal_mark: args.decimal,
        negative_amounts: args.negative_amounts,
        rejects: Some(args.rejects.clone().unwrap_or_else(|| rejects_beside(&args.orders))),
        max_reject_share: args.max_reject_share,
        ..ImportOptions::new(args.currency(), now)
    })
}

/// `orders.csv` -> `orders.csv.rejects.csv`.
fn rejects_beside(orders: &Path) -> PathBuf {
    let mut name = orders.as_os_str().to_owned();
    name.push(".rejects.csv");
    PathBuf::from(name)
}
