//! The manifest: which files are the log. Replacing it is the one step that changes a log.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};
use tenure_core::{Currency, Timestamp};

use super::columns::{Column, Columns};
use super::damaged;
use crate::EventLogError;

/// Name of the manifest in the folder of a log.
pub(crate) const FILE_NAME: &str = "manifest.json";

/// What marks a manifest as ours.
const FORMAT: &str = "tenure event log";

/// The version that this build writes.
const VERSION: u32 = 1;

/// Buckets of a new log: enough that a bucket of 200 million events fits in memory many times over, few enough
/// that a small import does not fall to dust.
pub(crate) const DEFAULT_BUCKETS: u32 = 64;

/// Most buckets that a log may have.
const MAX_BUCKETS: u32 = 4_096;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Manifest {
    format: String,
    version: u32,
    /// Currency of every amount.
    pub(crate) currency: Currency,
    /// A customer's bucket is the XXH3 hash of the id, modulo this.
    pub(crate) buckets: u32,
    /// Number of the next run.
    pub(crate) next_run: u64,
    pub(crate) runs: Vec<Run>,
}

/// One import, sorted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Run {
    pub(crate) file: String,
    pub(crate) bytes: u64,
    pub(crate) events: u64,
    /// Customers with an event in it.
    pub(crate) customers: u64,
    pub(crate) columns: Vec<Column>,
    pub(crate) kinds: BTreeMap<String, KindSpan>,
    /// Row groups of each bucket; those of bucket 0 come first.
    pub(crate) row_groups: Vec<u32>,
}

/// How often something happened, and between which instants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KindSpan {
    /// How often.
    pub events: u64,
    /// The earliest, in microseconds in JSON.
    pub first: Timestamp,
    /// The latest, in microseconds in JSON.
    pub last: Timestamp,
}

impl KindSpan {
    pub(crate) fn add(&mut self, other: Self) {
        self.events += other.events;
        self.first = self.first.min(other.first);
        self.last = self.last.max(other.last);
    }
}

impl Run {
    pub(crate) fn columns(&self) -> Columns {
        self.columns.iter().copied().collect()
    }

    /// The row groups of a bucket.
    pub(crate) fn row_groups_of(&self, bucket: u32) -> std::ops::Range<usize> {
        let before: u32 = self.row_groups.iter().take(bucket as usize).sum();
        let own = self.row_groups.get(bucket as usize).copied().unwrap_or(0);
        before as usize..(before + own) as usize
    }
}

impl Manifest {
    pub(crate) fn new(currency: Currency, buckets: u32) -> Self {
        let buckets = buckets.clamp(1, MAX_BUCKETS);
        Self { format: FORMAT.to_owned(), version: VERSION, currency, buckets, next_run: 1, runs: Vec::new() }
    }

    /// The manifest of a folder; `None` where there is none.
    pub(crate) fn load(folder: &Path) -> Result<Option<Self>, EventLogError> {
        let path = folder.join(FILE_NAME);
        let text = match std::fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(EventLogError::Io { action: "read", path, source }),
        };
        /// What every version of the manifest has.
        #[derive(Deserialize)]
        struct Mark {
            format: String,
            version: u32,
        }
        let unreadable = |error: serde_json::Error| damaged(&path, error.to_string());
        let mark: Mark = serde_json::from_slice(&text).map_err(unreadable)?;
        if mark.format != FORMAT {
            return Err(damaged(&path, format!("its format is {:?}", mark.format)));
        }
        if mark.version != VERSION {
            return Err(EventLogError::LogVersion { path, found: mark.version, known: VERSION });
        }
        let manifest: Self = serde_json::from_slice(&text).map_err(unreadable)?;
        manifest.check(folder, &path)?;
        Ok(Some(manifest))
    }

    pub(crate) fn to_json(&self) -> Result<Vec<u8>, serde_json::Error> {
        let mut text = serde_json::to_vec_pretty(self)?;
        text.push(b'\n');
        Ok(text)
    }

    /// Every file is there and as long as it was when it was written.
    fn check(&self, folder: &Path, path: &Path) -> Result<(), EventLogError> {
        if self.buckets == 0 || self.buckets > MAX_BUCKETS {
            return Err(damaged(path, format!("it has {} buckets", self.buckets)));
        }
        for run in &self.runs {
            let is_plain = Path::new(&run.file).file_name().is_some_and(|name| name == run.file.as_str());
            if !is_plain || run.row_groups.len() != self.buckets as usize {
                return Err(damaged(path, format!("its entry of {:?} makes no sense", run.file)));
            }
            let file = folder.join(&run.file);
            let bytes = std::fs::metadata(&file)
                .map_err(|source| EventLogError::Io { action: "read", path: file.clone(), source })?
                .len();
            if bytes != run.bytes {
                let problem = format!("it has {bytes} bytes and was written with {}", run.bytes);
                return Err(damaged(&file, problem));
            }
        }
        Ok(())
    }
}
