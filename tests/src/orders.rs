//! Files of orders, read into memory as the program reads them.

use std::path::{Path, PathBuf};

use tenure_core::{Currency, TimeZone, Timestamp};
use tenure_eventlog::{ImportOptions, ImportSummary, read_events};
use tenure_learn::OrderBook;

use crate::workspace_root;

/// Which column of the CDNOW file is which.
pub const CDNOW_MAP: &str = "customer_id=#1,occurred_at=#2,amount=#4";

/// The CDNOW orders that come with Tenure.
#[must_use]
pub fn cdnow_path() -> PathBuf {
    workspace_root().join("training/cli/data/CDNOW_master.txt.gz")
}

/// An instant, in UTC where the text names no zone.
///
/// # Panics
/// When the text is no instant.
#[must_use]
#[track_caller]
pub fn instant(text: &str) -> Timestamp {
    Timestamp::parse(text, &TimeZone::utc()).unwrap()
}

/// Reads a file of orders in dollars; `map` names its columns, where they are not recognised.
///
/// # Panics
/// When it cannot be read.
#[must_use]
#[track_caller]
pub fn read(path: &Path, map: Option<&str>) -> (OrderBook, ImportSummary) {
    let mut options = ImportOptions::new(Currency::USD, instant("2026-01-01"));
    if let Some(map) = map {
        options.columns = map.parse().unwrap();
    }
    let mut book = OrderBook::new(Currency::USD);
    let mut sink = |event| book.record(event).map_err(Into::into);
    let summary = read_events(path, &options, &mut sink, &mut |_| {}).unwrap();
    (book, summary)
}
