//! What the newest run brings once repeated event ids are left out.
//!
//! Repeats stay in the file of a run and are left out when it is read, so that an import need not know what earlier
//! ones held. How many there are can only be told by reading: of the customers of the newest run, what is known of them
//! without it and with it.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

use hashbrown::HashTable;
use rayon::prelude::*;
use tenure_behaviour::{Fact, Symbol};

use super::EventLog;
use super::columns::{Column, Columns};
use super::cursor::{Cursor, RunFile};
use super::scan::{keep_first, order};
use crate::EventLogError;

/// What one run adds to a log.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Kept {
    /// Events that readers see now and did not see without it.
    pub events: u64,
    /// Its other events: their event id was there already, in an earlier run or in this one.
    pub repeated: u64,
    /// The kept events by kind.
    pub kinds: BTreeMap<String, u64>,
}

/// How much more of each kind there is.
type More = BTreeMap<Symbol, i64>;

impl EventLog {
    /// Says what the newest run added. Where none of its events has an id that is plain; else the whole log is read, and
    /// `progress` is told how many of its events have been.
    ///
    /// # Errors
    /// When a file cannot be read or is damaged.
    pub fn kept_of_newest(&self, progress: &(dyn Fn(u64) + Sync)) -> Result<Kept, EventLogError> {
        let Some(newest) = self.manifest.runs.last() else { return Ok(Kept::default()) };
        if !newest.columns().has(Column::EventId) {
            let kinds = newest.kinds.iter().map(|(name, span)| (name.clone(), span.events)).collect();
            return Ok(Kept { events: newest.events, repeated: 0, kinds });
        }
        let files = self.run_files()?;
        let columns = Columns::of(&[Column::IngestedAt, Column::EventId]).intersection(self.columns());
        let read = AtomicU64::new(0);
        let buckets: Vec<More> = (0..self.manifest.buckets)
            .into_par_iter()
            .map(|bucket| {
                let mut pair = Pair::new(&files, bucket, columns)?;
                let more = pair.more()?;
                progress(read.fetch_add(pair.read, Ordering::Relaxed) + pair.read);
                Ok(more)
            })
            .collect::<Result<_, EventLogError>>()?;
        let mut more = More::new();
        for (kind, count) in buckets.into_iter().flatten() {
            *more.entry(kind).or_default() += count;
        }
        let count = |kind: &str| more.get(&Symbol::of(kind)).map_or(0, |count| count.max(&0).unsigned_abs());
        let kinds = newest.kinds.keys().map(|name| (name.clone(), count(name))).collect();
        let events = more.values().sum::<i64>().max(0).unsigned_abs();
        Ok(Kept { events, repeated: newest.events.saturating_sub(events), kinds })
    }
}

/// One bucket of all runs, with and without the newest.
struct Pair {
    older: Vec<Cursor>,
    newest: Vec<Cursor>,
    seen: HashTable<Symbol>,
    read: u64,
}

impl Pair {
    fn new(files: &[RunFile], bucket: u32, columns: Columns) -> Result<Self, EventLogError> {
        let (older, newest) = files.split_at(files.len().saturating_sub(1));
        let open = |files: &[RunFile]| -> Result<Vec<Cursor>, EventLogError> {
            files.iter().map(|file| Cursor::new(file.batches(bucket, columns))).collect()
        };
        Ok(Self { older: open(older)?, newest: open(newest)?, seen: HashTable::new(), read: 0 })
    }

    /// How much more of each kind readers see with the newest run.
    fn more(&mut self) -> Result<More, EventLogError> {
        let (mut more, mut customer) = (More::new(), String::new());
        let (mut before, mut after) = (Vec::new(), Vec::new());
        // What is known of customers after the last one of the newest run does not matter.
        while self.newest.iter().any(|cursor| cursor.customer().is_some()) {
            let next = self.older.iter().chain(&self.newest).filter_map(Cursor::customer).min();
            let Some(next) = next else { break };
            customer.clear();
            customer.push_str(next);
            let is_in_newest = self.newest.iter().any(|cursor| cursor.customer() == Some(&*customer));
            before.clear();
            for cursor in &mut self.older {
                cursor.take(&customer, &mut before)?;
            }
            self.read += before.len() as u64;
            if !is_in_newest {
                continue;
            }
            after.clone_from(&before);
            for cursor in &mut self.newest {
                cursor.take(&customer, &mut after)?;
            }
            self.read += (after.len() - before.len()) as u64;
            for (facts, sign) in [(&mut before, -1), (&mut after, 1)] {
                self.count(facts, sign, &mut more);
            }
        }
        Ok(more)
    }

    fn count(&mut self, facts: &mut Vec<Fact>, sign: i64, more: &mut More) {
        order(facts);
        keep_first(facts, &mut self.seen);
        for fact in facts {
            *more.entry(fact.kind).or_default() += sign;
        }
    }
}
