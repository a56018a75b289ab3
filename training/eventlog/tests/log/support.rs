//! A folder with a log, files to import, and what comes out of it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use tenure_behaviour::Fact;
use tenure_core::{Currency, Event, TimeZone, Timestamp};
use tenure_eventlog::log::{AppendSettings, AppendSummary, Columns, EventLog, Source};
use tenure_eventlog::{EventLogError, EventWriter, ImportOptions};

/// The facts of each customer, in order.
pub(crate) type Known = BTreeMap<String, Vec<Fact>>;

pub(crate) struct Shop {
    folder: tempfile::TempDir,
    pub(crate) options: ImportOptions,
    pub(crate) settings: AppendSettings,
}

impl Shop {
    pub(crate) fn new() -> Self {
        let now = Timestamp::parse("2030-01-01", &TimeZone::utc()).unwrap();
        let options = ImportOptions { max_reject_share: 1.0, ..ImportOptions::new(Currency::USD, now) };
        Self { folder: tempfile::tempdir().unwrap(), options, settings: AppendSettings::default() }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, content).unwrap();
        path
    }

    /// Writes events as Parquet.
    pub(crate) fn write_events(&self, name: &str, events: &[Event]) -> PathBuf {
        let path = self.path(name);
        let mut writer = EventWriter::create(&path, Currency::USD).unwrap();
        events.iter().for_each(|event| writer.write(event).unwrap());
        writer.finish().unwrap();
        path
    }

    pub(crate) fn log(&self) -> EventLog {
        EventLog::create_or_open(&self.path("log"), self.options.currency).unwrap()
    }

    pub(crate) fn try_append(&self, path: &Path) -> Result<AppendSummary, EventLogError> {
        let source = Source { path: path.to_owned(), options: self.options.clone() };
        EventLog::create_or_open(&self.path("log"), self.options.currency)?.append(
            &[source],
            &self.settings,
            &mut |_| {},
        )
    }

    #[track_caller]
    pub(crate) fn append(&self, path: &Path) -> AppendSummary {
        self.try_append(path).unwrap()
    }

    /// Everything that the log knows.
    pub(crate) fn known(&self) -> Known {
        known(&self.log())
    }

    /// Names in the folder of the log, but for the lock.
    pub(crate) fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.path("log")).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.retain(|name| name != ".lock");
        names.sort();
        names
    }
}

pub(crate) fn known(log: &EventLog) -> Known {
    let found = log
        .for_each_customer(
            Columns::ALL,
            &Vec::new,
            &|customers: &mut Vec<(String, Vec<Fact>)>, customer, facts| {
                customers.push((customer.to_owned(), facts.to_vec()));
                Ok(())
            },
            &|_| {},
        )
        .unwrap();
    for customers in &found {
        assert!(
            customers.is_sorted_by(|one, next| one.0 < next.0),
            "customers of a bucket are in order, once"
        );
    }
    let count: usize = found.iter().map(Vec::len).sum();
    let known: Known = found.into_iter().flatten().collect();
    assert_eq!(known.len(), count, "a customer is in one bucket only");
    known
}
