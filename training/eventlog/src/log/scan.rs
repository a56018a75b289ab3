//! Reading a log: customer by customer, the events of each in the order in which they became known.

use std::sync::atomic::{AtomicU64, Ordering};

use hashbrown::HashTable;
use rayon::prelude::*;
use tenure_behaviour::{Fact, Symbol};

use super::EventLog;
use super::columns::{Column, Columns};
use super::cursor::{Cursor, RunFile};
use crate::{EventLogError, SinkError};

impl EventLog {
    /// Reads the whole log, one customer after the other, on as many threads as rayon has.
    ///
    /// Each bucket gets a state of its own from `make`, and `visit` is called with it for each customer of the
    /// bucket, in ascending order of their ids. The states come back in the order of the buckets, so what is
    /// made of them does not depend on threads. `progress` is told how many events have been read so far.
    ///
    /// The events of a customer come in the order in which they became known: by the later of their two times,
    /// then by `occurred_at`, then in the order in which they were imported. Where two have one event id only
    /// the one that was known first is given. Fields of columns that are not asked for are empty, but for
    /// `ingested_at` and the event id, which the order and that rule need.
    ///
    /// Memory: a batch of rows for each run of the buckets at hand, and the events of one customer for each
    /// thread.
    ///
    /// # Errors
    /// When a file cannot be read or is damaged, or `visit` fails.
    pub fn for_each_customer<S: Send>(
        &self,
        columns: Columns,
        make: &(impl Fn() -> S + Sync),
        visit: &(impl Fn(&mut S, &str, &[Fact]) -> Result<(), SinkError> + Sync),
        progress: &(dyn Fn(u64) + Sync),
    ) -> Result<Vec<S>, EventLogError> {
        let reader = self.reader(columns)?;
        (0..reader.buckets())
            .into_par_iter()
            .map(|bucket| {
                let mut state = make();
                let mut visit = |customer: &str, facts: &[Fact]| {
                    visit(&mut state, customer, facts).map_err(|source| EventLogError::Visitor { source })
                };
                reader.scan(bucket, &mut visit, progress)?;
                Ok(state)
            })
            .collect()
    }

    /// Opens the log for reading one bucket at a time, for callers that have their own order of work.
    ///
    /// # Errors
    /// When a run cannot be opened or is damaged.
    pub fn reader(&self, columns: Columns) -> Result<LogReader, EventLogError> {
        let needed = Columns::of(&[Column::IngestedAt, Column::EventId]);
        Ok(LogReader {
            files: self.run_files()?,
            buckets: self.manifest.buckets,
            columns: columns.union(needed).intersection(self.columns()),
            events: AtomicU64::new(0),
        })
    }

    pub(crate) fn run_files(&self) -> Result<Vec<RunFile>, EventLogError> {
        self.manifest.runs.iter().map(|run| RunFile::open(&self.folder, run)).collect()
    }
}

/// What is done with a customer and the facts about them.
pub type Visit<'a> = &'a mut dyn FnMut(&str, &[Fact]) -> Result<(), EventLogError>;

/// A log opened for reading, bucket by bucket; see [`EventLog::for_each_customer`] for what is given and in which order.
#[derive(Debug)]
pub struct LogReader {
    files: Vec<RunFile>,
    buckets: u32,
    columns: Columns,
    events: AtomicU64,
}

impl LogReader {
    /// How many buckets there are.
    #[must_use]
    pub const fn buckets(&self) -> u32 {
        self.buckets
    }

    /// Reads the customers of a bucket, in ascending order of their ids. `progress` is told how many events all
    /// calls together have read.
    ///
    /// # Errors
    /// When a file cannot be read or is damaged, or the error of `visit`.
    pub fn scan(
        &self,
        bucket: u32,
        visit: Visit<'_>,
        progress: &(dyn Fn(u64) + Sync),
    ) -> Result<(), EventLogError> {
        let report = |read| progress(self.events.fetch_add(read, Ordering::Relaxed) + read);
        let mut merge = Merge::new(&self.files, bucket, self.columns)?;
        while let Some((customer, facts, read)) = merge.next()? {
            visit(customer, facts)?;
            if let Some(read) = read {
                report(read);
            }
        }
        report(merge.unreported);
        Ok(())
    }
}

/// Events between two reports of progress.
const PROGRESS_EVENTS: u64 = 1 << 16;

/// The runs of one bucket, merged.
struct Merge {
    cursors: Vec<Cursor>,
    customer: String,
    facts: Vec<Fact>,
    seen: HashTable<Symbol>,
    has_event_ids: bool,
    may_be_unordered: bool,
    unreported: u64,
}

impl Merge {
    fn new(files: &[RunFile], bucket: u32, columns: Columns) -> Result<Self, EventLogError> {
        let cursors: Vec<Cursor> =
            files.iter().map(|file| Cursor::new(file.batches(bucket, columns))).collect::<Result<_, _>>()?;
        Ok(Self {
            may_be_unordered: cursors.len() > 1 || columns.has(Column::IngestedAt),
            has_event_ids: columns.has(Column::EventId),
            cursors,
            customer: String::new(),
            facts: Vec::new(),
            seen: HashTable::new(),
            unreported: 0,
        })
    }

    /// The next customer, the events, and now and then how many were read since the last time.
    #[expect(clippy::type_complexity, reason = "a pair and a count, used in one place")]
    fn next(&mut self) -> Result<Option<(&str, &[Fact], Option<u64>)>, EventLogError> {
        let Some(customer) = self.cursors.iter().filter_map(Cursor::customer).min() else {
            return Ok(None);
        };
        self.customer.clear();
        self.customer.push_str(customer);
        self.facts.clear();
        for cursor in &mut self.cursors {
            cursor.take(&self.customer, &mut self.facts)?;
        }
        self.unreported += self.facts.len() as u64;
        if self.may_be_unordered {
            order(&mut self.facts);
        }
        if self.has_event_ids {
            keep_first(&mut self.facts, &mut self.seen);
        }
        let report = self.unreported >= PROGRESS_EVENTS;
        let read = report.then(|| std::mem::take(&mut self.unreported));
        Ok(Some((&self.customer, &self.facts, read)))
    }
}

/// Orders events as they became known; those of one instant stay in the order of their import.
pub(super) fn order(facts: &mut [Fact]) {
    let key = |fact: &Fact| (fact.known_at(), fact.occurred_at);
    if !facts.is_sorted_by_key(key) {
        facts.sort_by_key(key);
    }
}

/// Leaves out events whose id was seen before.
pub(super) fn keep_first(facts: &mut Vec<Fact>, seen: &mut HashTable<Symbol>) {
    seen.clear();
    facts.retain(|fact| {
        let id = fact.event_id;
        // A symbol is a hash already.
        let is_new = id.is_none() || seen.find(id.bits(), |known| *known == id).is_none();
        if is_new && !id.is_none() {
            seen.insert_unique(id.bits(), id, |known| known.bits());
        }
        is_new
    });
}
