//! The event log: all that customers did, sorted once, read many times.
//!
//! A log is a folder. Each import adds one *run*: a Parquet file whose row groups hold the events of one
//! *bucket* of customers each, sorted by customer and time. Which runs there are says `manifest.json`, and
//! replacing that file is the one step that changes a log, so that a crash at any moment leaves the old log or
//! the new one. Reading merges the runs of a bucket, customer by customer; buckets are read in parallel.
//! [`EventLog::compact`] makes one run of all.
//!
//! ```
//! use tenure_core::{Currency, Timestamp};
//! use tenure_eventlog::ImportOptions;
//! use tenure_eventlog::log::{AppendSettings, Columns, EventLog, Source};
//!
//! let folder = tempfile::tempdir()?;
//! let file = folder.path().join("events.csv");
//! std::fs::write(&file, "customer_id,ts,kind,value\n7,2024-05-31,order,12.50\n7,2024-05-30,session,\n")?;
//!
//! let mut log = EventLog::create_or_open(&folder.path().join("log"), Currency::USD)?;
//! let options = ImportOptions::new(Currency::USD, Timestamp::from_microseconds(1_800_000_000_000_000)?);
//! log.append(&[Source { path: file, options }], &AppendSettings::default(), &mut |_| {})?;
//!
//! let counts = log.for_each_customer(
//!     Columns::NONE,
//!     &|| 0,
//!     &|events: &mut usize, customer, facts| {
//!         assert_eq!(customer, "7");
//!         assert!(facts[0].occurred_at < facts[1].occurred_at);
//!         *events += facts.len();
//!         Ok(())
//!     },
//!     &|_| {},
//! )?;
//! assert_eq!(counts.iter().sum::<usize>(), 2);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod append;
mod batch;
mod columnar;
mod columns;
mod compact;
#[cfg(test)]
mod crash;
mod cursor;
mod customers;
mod disk;
mod kept;
mod kinds;
mod manifest;
mod run_writer;
mod scan;
mod scatter;
mod sort;
mod staged;
mod stats;
mod symbols;
mod usual;

use std::path::{Path, PathBuf};

use tenure_core::Currency;

use crate::EventLogError;

pub use append::{AppendProgress, AppendSettings, AppendSummary, Phase, Source};
pub use columns::{Column, Columns};
pub use compact::CompactSummary;
pub use kept::Kept;
pub use kinds::MAX_KINDS;
pub use manifest::KindSpan;
pub use scan::{LogReader, Visit};
pub use stats::{KindStats, LogStats};
pub use symbols::SymbolTable;

use disk::Hook;
use manifest::Manifest;

/// An event log on the disk.
#[derive(Clone, Debug)]
pub struct EventLog {
    folder: PathBuf,
    manifest: Manifest,
    hook: Hook,
}

impl EventLog {
    /// Opens the log in a folder.
    ///
    /// # Errors
    /// When there is none, it is damaged, or another version wrote it.
    pub fn open(folder: &Path) -> Result<Self, EventLogError> {
        match Manifest::load(folder)? {
            Some(manifest) => Ok(Self { folder: folder.to_owned(), manifest, hook: Hook::default() }),
            None => Err(EventLogError::LogMissing { path: folder.to_owned() }),
        }
    }

    /// Opens the log in a folder, or makes an empty one. Nothing is written before the first
    /// [`append`](Self::append).
    ///
    /// # Errors
    /// When the log that is there is in another currency, damaged, or of another version.
    pub fn create_or_open(folder: &Path, currency: Currency) -> Result<Self, EventLogError> {
        let manifest = match Manifest::load(folder)? {
            Some(manifest) => manifest,
            None => Manifest::new(currency, manifest::DEFAULT_BUCKETS),
        };
        if manifest.currency != currency {
            return Err(EventLogError::LogCurrency {
                path: folder.to_owned(),
                expected: manifest.currency,
                found: currency,
            });
        }
        Ok(Self { folder: folder.to_owned(), manifest, hook: Hook::default() })
    }

    /// The folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Currency of every amount.
    #[must_use]
    pub fn currency(&self) -> Currency {
        self.manifest.currency
    }

    /// How many buckets customers are divided into, for the life of the log.
    #[must_use]
    pub fn buckets(&self) -> u32 {
        self.manifest.buckets
    }

    /// How many runs are merged when it is read.
    #[must_use]
    pub fn runs(&self) -> usize {
        self.manifest.runs.len()
    }

    /// How many events were imported, repeated event ids counted each time.
    #[must_use]
    pub fn events(&self) -> u64 {
        self.manifest.runs.iter().map(|run| run.events).sum()
    }

    /// The columns that some event has.
    #[must_use]
    pub fn columns(&self) -> Columns {
        self.manifest.runs.iter().fold(Columns::NONE, |columns, run| columns.union(run.columns()))
    }

    /// How often each kind happened, by the manifest: repeated event ids are counted each time.
    #[must_use]
    pub fn kinds(&self) -> std::collections::BTreeMap<String, KindSpan> {
        let mut kinds = std::collections::BTreeMap::new();
        for (name, span) in self.manifest.runs.iter().flat_map(|run| &run.kinds) {
            kinds.entry(name.clone()).and_modify(|all: &mut KindSpan| all.add(*span)).or_insert(*span);
        }
        kinds
    }
}

fn damaged(path: &Path, problem: String) -> EventLogError {
    EventLogError::LogDamaged { path: path.to_owned(), problem }
}
