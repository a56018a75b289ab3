//! The orders that come with Tenure.

use std::io::Write;
use std::path::Path;

use anyhow::{Context, Error};
use tenure_core::{Currency, Timestamp};
use tenure_eventlog::{ImportOptions, ImportSummary, read_events_from};
use tenure_learn::OrderBook;

/// See `data/SOURCE.md`.
const CDNOW: &[u8] = include_bytes!("../../../data/CDNOW_master.txt.gz");

/// The whole file: 69,659 orders.
pub(super) fn book() -> Result<(OrderBook, ImportSummary), Error> {
    let now = Timestamp::from_microseconds(jiff::Timestamp::now().as_microsecond())?;
    let options = ImportOptions {
        columns: "customer_id=#1,occurred_at=#2,amount=#4".parse()?,
        ..ImportOptions::new(Currency::USD, now)
    };
    let mut book = OrderBook::new(Currency::USD);
    let summary = read_events_from(
        Box::new(CDNOW),
        "CDNOW_master.txt.gz",
        &options,
        &mut |event| book.record(event).map_err(Into::into),
        &mut |_| {},
    )?;
    Ok((book, summary))
}

/// The same orders with a header, for the commands that the demo suggests.
pub(super) fn write_csv(book: &OrderBook, path: &Path) -> Result<(), Error> {
    let write = || -> std::io::Result<()> {
        let mut file = std::io::BufWriter::new(std::fs::File::create(path)?);
        writeln!(file, "customer_id,date,amount")?;
        let per_major = book.currency().minor_per_major();
        for (customer_id, history) in book.sorted() {
            for (at, minor) in history.entries() {
                let date = &at.to_string()[..10];
                writeln!(file, "{customer_id},{date},{}.{:02}", minor / per_major, minor % per_major)?;
            }
        }
        file.flush()
    };
    write().with_context(|| format!("cannot write {}", path.display()))
}
