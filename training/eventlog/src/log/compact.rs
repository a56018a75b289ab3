//! Many runs to one: the same sort over what the runs hold, without the events that repeat an event id.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Int32Type, Int64Type};
use arrow_array::{Array, ArrayRef, BooleanArray, Decimal128Array, RecordBatch, StringArray, UInt32Array};
use arrow_cast::cast;
use arrow_schema::{ArrowError, DataType};
use arrow_select::filter::{filter, filter_record_batch};
use rayon::prelude::*;
use tenure_behaviour::Symbol;

use super::append::{AppendProgress, AppendSettings, Phase};
use super::columns::{CUSTOMER_ID, Column, Columns, KIND, OCCURRED_AT};
use super::cursor::RunFile;
use super::disk;
use super::kinds::Kinds;
use super::manifest::{KindSpan, Run};
use super::run_writer::{Encoded, RunWriter};
use super::scatter::customer_hash;
use super::sort::{Bucket, Pieces, Sorted, row_of, time_of};
use super::staged::Staged;
use super::{EventLog, damaged};
use crate::EventLogError;

/// What a compaction did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct CompactSummary {
    /// Runs before; there is one after.
    pub runs_before: usize,
    /// Events that are left.
    pub events: u64,
    /// Events left out because their event id was there already.
    pub repeated: u64,
    /// Bytes of the files before.
    pub bytes_before: u64,
    /// Bytes of the one file after.
    pub bytes: u64,
}

impl EventLog {
    /// Rewrites all runs as one. Reading gives the same events as before, and faster where there were many runs.
    ///
    /// The log is the old one until the new file is complete; its old files are then removed, so a reader that
    /// opened the log before must open it again. A log of one run is rewritten too, since repeated event ids
    /// may be in it.
    ///
    /// # Errors
    /// When another process is writing, a file is damaged, the disk is full, or the memory limit too small.
    pub fn compact(
        &mut self,
        settings: &AppendSettings,
        progress: &mut dyn FnMut(AppendProgress),
    ) -> Result<CompactSummary, EventLogError> {
        if self.manifest.runs.is_empty() {
            return Err(EventLogError::LogMissing { path: self.folder.clone() });
        }
        let _lock = self.begin_change()?;
        let scratch = disk::scratch(&self.folder)?;
        let before = (self.runs(), self.events(), self.manifest.runs.iter().map(|run| run.bytes).sum());
        let run = self.rewrite(scratch.path(), settings, progress)?;
        let mut manifest = self.manifest.clone();
        manifest.next_run += 1;
        let (events, bytes) = (run.events, run.bytes);
        manifest.runs = vec![run];
        self.commit(&manifest)?;
        disk::clean(&self.folder, &self.manifest, &self.hook)?;
        let (runs_before, events_before, bytes_before) = before;
        Ok(CompactSummary { runs_before, events, repeated: events_before - events, bytes_before, bytes })
    }

    fn rewrite(
        &self,
        scratch: &Path,
        settings: &AppendSettings,
        progress: &mut dyn FnMut(AppendProgress),
    ) -> Result<Run, EventLogError> {
        let threads = rayon::current_num_threads().max(1);
        let mut kinds = Kinds::default();
        for name in self.kinds().keys() {
            kinds.id(name, &self.folder)?;
        }
        let names = kinds.names().iter().map(|name| Some(&**name));
        let rewriting = Rewriting {
            files: self.run_files()?,
            columns: self.columns(),
            names: Arc::new(names.collect()),
            kinds,
            scratch,
            memory_bytes: settings.memory_limit_bytes / 2 / threads,
        };
        let temporary = scratch.join("run.parquet");
        let mut writer = RunWriter::create(&temporary, rewriting.columns, &self.hook)?;
        let mut run = Run {
            file: disk::run_name(self.manifest.next_run),
            bytes: 0,
            events: 0,
            customers: 0,
            columns: rewriting.columns.iter().collect(),
            kinds: BTreeMap::new(),
            row_groups: Vec::new(),
        };
        let buckets: Vec<u32> = (0..self.manifest.buckets).collect();
        for wave in buckets.chunks(threads) {
            let done: Vec<Rewritten> =
                wave.par_iter().map(|bucket| rewriting.bucket(*bucket, &writer)).collect::<Result<_, _>>()?;
            for bucket in done {
                run.row_groups.push(bucket.encoded.row_groups());
                run.customers += bucket.customers;
                run.events += bucket.events;
                for (name, span) in bucket.kinds {
                    run.kinds.entry(name).and_modify(|all: &mut KindSpan| all.add(span)).or_insert(span);
                }
                writer.append(bucket.encoded)?;
            }
            progress(AppendProgress { phase: Phase::Sorting, done: run.events, total: Some(self.events()) });
        }
        writer.finish()?;
        run.bytes = disk::place_run(&temporary, &self.folder, &run.file, &self.hook)?;
        Ok(run)
    }
}

struct Rewriting<'a> {
    files: Vec<RunFile>,
    columns: Columns,
    kinds: Kinds,
    names: Arc<StringArray>,
    scratch: &'a Path,
    memory_bytes: usize,
}

struct Rewritten {
    encoded: Encoded,
    customers: u64,
    events: u64,
    kinds: BTreeMap<String, KindSpan>,
}

impl Rewriting<'_> {
    fn bucket(&self, bucket: u32, writer: &RunWriter) -> Result<Rewritten, EventLogError> {
        let open = || -> Pieces {
            let (files, kinds, columns) = (self.files.clone(), self.kinds.clone(), self.columns);
            Box::new(files.into_iter().flat_map(move |file| {
                let kinds = kinds.clone();
                let path = file.path.clone();
                file.batches(bucket, columns).map(move |batch| staged(&batch?, &kinds, &path))
            }))
        };
        let repeated = if self.columns.has(Column::EventId) { repeated(open())? } else { HashSet::new() };
        let encoder = RefCell::new(writer.encoder(&self.names));
        let mut kinds = self.kinds.clone();
        let sort = Bucket {
            open: &open,
            columns: self.columns,
            scratch: self.scratch,
            memory_bytes: self.memory_bytes,
        };
        let failed = |source| EventLogError::Arrow { path: self.scratch.to_owned(), source };
        let customers = sort.sort(&mut |customers| encoder.borrow_mut().begin(customers), &mut |rows| {
            let kept = without(rows, &repeated).map_err(failed)?;
            let times: Vec<i64> = kept.keys.values().iter().map(|key| time_of(*key)).collect();
            kinds.count(
                kept.payload.column(0).as_primitive::<arrow_array::types::UInt32Type>().values(),
                &times,
            );
            encoder.borrow_mut().push(&kept)
        })?;
        let encoder = encoder.into_inner();
        let events = encoder.rows();
        Ok(Rewritten { encoded: encoder.finish()?, customers, events, kinds: kinds.spans() })
    }
}

/// A batch of a file as it was before it was written.
fn staged(batch: &RecordBatch, kinds: &Kinds, path: &Path) -> Result<Staged, EventLogError> {
    let failed = |source: ArrowError| EventLogError::Arrow { path: path.to_owned(), source };
    let column = |name: &str| {
        batch.column_by_name(name).ok_or_else(|| damaged(path, format!("it has no column {name}")))
    };
    let dictionary = column(KIND)?
        .as_dictionary_opt::<Int32Type>()
        .ok_or_else(|| damaged(path, "its kinds have another type".to_owned()))?;
    let mut known = kinds.clone();
    let ids: Vec<u32> = dictionary
        .values()
        .as_string::<i32>()
        .iter()
        .map(|name| known.id(name.unwrap_or(""), path))
        .collect::<Result<_, _>>()?;
    let id = |key: &i32| ids.get(*key as usize).copied().unwrap_or(0);
    let fixed: [ArrayRef; 3] = [
        cast(column(CUSTOMER_ID)?, &DataType::Utf8).map_err(failed)?,
        Arc::new(UInt32Array::from_iter_values(dictionary.keys().values().iter().map(id))),
        cast(column(OCCURRED_AT)?, &DataType::Int64).map_err(failed)?,
    ];
    let mut others = Vec::new();
    for known in Column::ALL {
        if let Some(array) = batch.column_by_name(known.as_str()) {
            others.push((known, cast(array, &known.staged_type()).map_err(failed)?));
        }
    }
    Staged::new(fixed, others).map_err(failed)
}

/// The rows whose event id another row of the same customer has, that was known before.
fn repeated(pieces: Pieces) -> Result<HashSet<u32>, EventLogError> {
    let mut known: HashMap<u128, (i64, i64, u32)> = HashMap::new();
    let mut repeated = HashSet::new();
    let mut row = 0;
    for piece in pieces {
        let piece = piece?;
        let ids = piece.column(Column::EventId);
        let ids = ids.as_string::<i32>();
        let ingested = piece.column(Column::IngestedAt);
        let ingested = ingested.as_primitive::<Int64Type>();
        for place in 0..piece.rows() {
            let this = row;
            row += 1;
            if ids.is_null(place) {
                continue;
            }
            let customer = customer_hash(piece.customers().value(place));
            let mark = u128::from(customer) << 64 | u128::from(Symbol::of(ids.value(place)).bits());
            let at = piece.times().value(place);
            let known_at = if ingested.is_valid(place) { at.max(ingested.value(place)) } else { at };
            let found = (known_at, at, this);
            let first = known.entry(mark).or_insert(found);
            if *first != found {
                repeated.insert(found.max(*first).2);
                *first = found.min(*first);
            }
        }
    }
    Ok(repeated)
}

fn without(rows: &Sorted, repeated: &HashSet<u32>) -> Result<Sorted, ArrowError> {
    if repeated.is_empty() {
        return Ok(Sorted { keys: rows.keys.clone(), payload: rows.payload.clone() });
    }
    let keep: BooleanArray =
        rows.keys.values().iter().map(|key| Some(!repeated.contains(&row_of(*key)))).collect();
    let keys = filter(&rows.keys, &keep)?;
    let keys: Decimal128Array = keys.as_primitive::<arrow_array::types::Decimal128Type>().clone();
    Ok(Sorted { keys, payload: filter_record_batch(&rows.payload, &keep)? })
}
