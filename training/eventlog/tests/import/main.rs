//! Files as shops write them, imported whole.

#![expect(clippy::unwrap_used, reason = "a test stops where something unexpected happens")]

mod encodings;
mod parquet_files;
mod rejects;
mod same_events;
mod text_files;

use std::path::{Path, PathBuf};

use tenure_core::{Currency, Event, TimeZone, Timestamp};
use tenure_eventlog::{EventLogError, ImportOptions, ImportSummary, read_events};

/// A folder that goes away with the test, and the options most tests start from.
pub(crate) struct Shop {
    folder: tempfile::TempDir,
    pub(crate) options: ImportOptions,
}

impl Shop {
    pub(crate) fn new() -> Self {
        let now = Timestamp::parse("2024-06-01", &TimeZone::utc()).unwrap();
        // Files here are small: a bad row or two is a large share of them.
        let options = ImportOptions { max_reject_share: 1.0, ..ImportOptions::new(Currency::USD, now) };
        Self { folder: tempfile::tempdir().unwrap(), options }
    }

    pub(crate) fn mapped(map: &str) -> Self {
        let mut shop = Self::new();
        shop.options.columns = map.parse().unwrap();
        shop
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, content: &[u8]) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, content).unwrap();
        path
    }

    pub(crate) fn try_read(&self, path: &Path) -> Result<(Vec<Event>, ImportSummary), EventLogError> {
        let mut events = Vec::new();
        let mut keep = |event| {
            events.push(event);
            Ok(())
        };
        let summary = read_events(path, &self.options, &mut keep, &mut |_| {})?;
        Ok((events, summary))
    }

    /// Imports text and shows each event as `customer kind time amount`.
    pub(crate) fn text(&self, content: impl AsRef<[u8]>) -> (Vec<String>, ImportSummary) {
        let path = self.write("orders", content.as_ref());
        let (events, summary) = self.try_read(&path).unwrap();
        (events.iter().map(show).collect(), summary)
    }

    pub(crate) fn error(&self, content: impl AsRef<[u8]>) -> EventLogError {
        let path = self.write("orders", content.as_ref());
        self.try_read(&path).unwrap_err()
    }
}

pub(crate) fn show(event: &Event) -> String {
    let amount = event.amount.map_or_else(|| "-".to_owned(), |amount| amount.to_string());
    format!("{} {} {} {amount}", event.customer_id, event.kind, event.occurred_at)
}
