//! Imports into a log: read, scatter, sort, write, and only then tell the manifest.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::StringArray;
use rayon::prelude::*;

use super::EventLog;
use super::columnar;
use super::columns::Columns;
use super::disk::{self, Lock};
use super::kinds::Kinds;
use super::manifest::{KindSpan, Manifest, Run};
use super::run_writer::{Encoded, RunWriter};
use super::scatter::{Scatter, Scattered};
use super::sort::{Bucket, Pieces};
use super::staged::StagedBuilder;
use crate::reader::is_parquet;
use crate::{EventLogError, ImportOptions, ImportSummary, Progress, read_events};

/// Rows gathered before they are scattered.
const STAGED_ROWS: usize = 1 << 14;

/// A file to be imported, and how it is read.
#[derive(Clone, Debug)]
pub struct Source {
    /// The file.
    pub path: PathBuf,
    /// How it is read. Its currency must be that of the log.
    pub options: ImportOptions,
}

/// How an import may use the machine.
#[derive(Clone, Copy, Debug)]
pub struct AppendSettings {
    /// Bytes that rows may take in memory, scattered and sorted; more of them go to the disk. Readers and
    /// writers of Parquet need some tens of megabytes besides. Defaults to 512 MB.
    pub memory_limit_bytes: usize,
}

impl Default for AppendSettings {
    fn default() -> Self {
        Self { memory_limit_bytes: 512 << 20 }
    }
}

/// What an import is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Sources are read; counted in bytes.
    Reading,
    /// Buckets are sorted and written; counted in events.
    Sorting,
}

/// How far an import is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AppendProgress {
    /// What it is doing.
    pub phase: Phase,
    /// How much of it is done.
    pub done: u64,
    /// How much there is to do, where that is known.
    pub total: Option<u64>,
}

/// What an import brought.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct AppendSummary {
    /// Name of the new file; `None` where there was not one event.
    pub file: Option<String>,
    /// Events in it, those that repeat an event id among them: [`EventLog::kept_of_newest`] tells them apart.
    pub events: u64,
    /// Customers with an event in it.
    pub customers: u64,
    /// Bytes of the file.
    pub bytes: u64,
    /// Events by kind, repeats among them.
    pub kinds: std::collections::BTreeMap<String, KindSpan>,
    /// What each source held.
    pub sources: Vec<ImportSummary>,
}

impl EventLog {
    /// Imports files as one run. Until it returns, and whenever it fails, the log is what it was.
    ///
    /// # Errors
    /// When another process is writing, a source cannot be read or has too many bad rows, its currency is not
    /// the log's, the disk is full, or the memory limit is too small for a sort.
    pub fn append(
        &mut self,
        sources: &[Source],
        settings: &AppendSettings,
        progress: &mut dyn FnMut(AppendProgress),
    ) -> Result<AppendSummary, EventLogError> {
        for source in sources {
            self.check_currency(&source.options)?;
        }
        let _lock = self.begin_change()?;
        let scratch = disk::scratch(&self.folder)?;
        let mut intake = Intake {
            scatter: Scatter::new(self.manifest.buckets, settings.memory_limit_bytes / 3, scratch.path()),
            kinds: Kinds::default(),
            builder: StagedBuilder::default(),
        };
        let mut summaries = Vec::new();
        for source in sources {
            summaries.push(intake.read(source, progress)?);
        }
        let Intake { scatter, kinds, .. } = intake;
        let mut scattered = scatter.finish()?;
        let run = self.write_run(&mut scattered, &kinds, scratch.path(), settings, progress)?;
        let mut summary = AppendSummary {
            file: None,
            events: 0,
            customers: 0,
            bytes: 0,
            kinds: kinds.spans(),
            sources: summaries,
        };
        if let Some(run) = run {
            summary.file = Some(run.file.clone());
            (summary.events, summary.customers, summary.bytes) = (run.events, run.customers, run.bytes);
            let mut manifest = self.manifest.clone();
            manifest.next_run += 1;
            manifest.runs.push(run);
            self.commit(&manifest)?;
        }
        Ok(summary)
    }

    fn check_currency(&self, options: &ImportOptions) -> Result<(), EventLogError> {
        if options.currency == self.manifest.currency {
            return Ok(());
        }
        Err(EventLogError::LogCurrency {
            path: self.folder.clone(),
            expected: self.manifest.currency,
            found: options.currency,
        })
    }

    /// Takes the lock, looks again at what is there, and removes what an earlier change left.
    pub(crate) fn begin_change(&mut self) -> Result<Lock, EventLogError> {
        std::fs::create_dir_all(&self.folder).map_err(|source| EventLogError::Io {
            action: "create",
            path: self.folder.clone(),
            source,
        })?;
        let lock = Lock::take(&self.folder)?;
        if let Some(manifest) = Manifest::load(&self.folder)? {
            if manifest.currency != self.manifest.currency {
                return Err(EventLogError::LogCurrency {
                    path: self.folder.clone(),
                    expected: manifest.currency,
                    found: self.manifest.currency,
                });
            }
            self.manifest = manifest;
        }
        disk::clean(&self.folder, &self.manifest, &self.hook)?;
        Ok(lock)
    }

    /// Makes a manifest the log.
    pub(crate) fn commit(&mut self, manifest: &Manifest) -> Result<(), EventLogError> {
        let committed = disk::commit(&self.folder, manifest, &self.hook);
        // Even where the last step failed the new manifest may be in place: what is on the disk counts.
        if let Some(found) = Manifest::load(&self.folder)? {
            self.manifest = found;
        }
        if committed.is_err() {
            for run in manifest.runs.iter().filter(|run| !self.manifest.runs.contains(run)) {
                // Best effort: it is ignored where it is, and removed by the next change at the latest.
                std::fs::remove_file(self.folder.join(&run.file)).ok();
            }
        }
        committed
    }

    fn write_run(
        &self,
        scattered: &mut Scattered,
        kinds: &Kinds,
        scratch: &Path,
        settings: &AppendSettings,
        progress: &mut dyn FnMut(AppendProgress),
    ) -> Result<Option<Run>, EventLogError> {
        if scattered.rows == 0 {
            return Ok(None);
        }
        let threads = rayon::current_num_threads().max(1);
        let names = kinds.names().iter().map(|name| Some(&**name));
        let sorting = Sorting {
            columns: scattered.columns,
            kinds: Arc::new(names.collect()),
            scratch,
            memory_bytes: (settings.memory_limit_bytes - scattered.memory_bytes()) * 3 / 4 / threads,
        };
        let temporary = scratch.join("run.parquet");
        let mut writer = RunWriter::create(&temporary, scattered.columns, &self.hook)?;
        let (mut customers, mut events, mut row_groups) = (0, 0, Vec::new());
        let total = Some(scattered.rows);
        let buckets: Vec<u32> = (0..self.manifest.buckets).collect();
        // A wave of buckets is sorted at once and then written: the file has them in order, and no more than a
        // wave is ever held encoded.
        for wave in buckets.chunks(threads) {
            let sorted: Vec<SortedBucket> = wave
                .par_iter()
                .map(|bucket| sorting.sort(scattered, *bucket, &writer))
                .collect::<Result<_, _>>()?;
            for bucket in sorted {
                row_groups.push(bucket.encoded.row_groups());
                customers += bucket.customers;
                events += bucket.events;
                writer.append(bucket.encoded)?;
            }
            scattered.release(wave);
            progress(AppendProgress { phase: Phase::Sorting, done: events, total });
        }
        writer.finish()?;
        let file = disk::run_name(self.manifest.next_run);
        let bytes = disk::place_run(&temporary, &self.folder, &file, &self.hook)?;
        let columns = scattered.columns.iter().collect();
        Ok(Some(Run { file, bytes, events, customers, columns, kinds: kinds.spans(), row_groups }))
    }
}

/// What all buckets of a run are sorted with.
struct Sorting<'a> {
    columns: Columns,
    kinds: Arc<StringArray>,
    scratch: &'a Path,
    memory_bytes: usize,
}

/// A bucket ready to be written.
struct SortedBucket {
    encoded: Encoded,
    customers: u64,
    events: u64,
}

impl Sorting<'_> {
    fn sort(
        &self,
        scattered: &Scattered,
        bucket: u32,
        writer: &RunWriter,
    ) -> Result<SortedBucket, EventLogError> {
        let open = || -> Pieces {
            let (mut reader, pieces) = (scattered.reader(), scattered.pieces(bucket).to_vec());
            Box::new(pieces.into_iter().map(move |piece| reader.read(&piece)))
        };
        let sort = Bucket {
            open: &open,
            columns: self.columns,
            scratch: self.scratch,
            memory_bytes: self.memory_bytes,
        };
        let encoder = std::cell::RefCell::new(writer.encoder(&self.kinds));
        let customers = sort.sort(&mut |customers| encoder.borrow_mut().begin(customers), &mut |rows| {
            encoder.borrow_mut().push(rows)
        })?;
        let encoder = encoder.into_inner();
        let events = encoder.rows();
        Ok(SortedBucket { encoded: encoder.finish()?, customers, events })
    }
}

/// Sources on their way to the buckets.
struct Intake {
    scatter: Scatter,
    kinds: Kinds,
    builder: StagedBuilder,
}

impl Intake {
    fn read(
        &mut self,
        source: &Source,
        progress: &mut dyn FnMut(AppendProgress),
    ) -> Result<ImportSummary, EventLogError> {
        let path = source.path.as_path();
        let mut report = |now: Progress| {
            progress(AppendProgress { phase: Phase::Reading, done: now.bytes_read, total: now.bytes_total });
        };
        if is_parquet(path, &source.options)? {
            let Self { scatter, kinds, .. } = self;
            return columnar::import(path, &source.options, scatter, kinds, &mut report);
        }
        let mut sink = |event: tenure_core::Event| {
            let kind = self.kinds.id(event.kind.as_str(), path)?;
            self.builder.push(&event, kind);
            if self.builder.rows() == STAGED_ROWS { Ok(self.flush(path)?) } else { Ok(()) }
        };
        let summary = read_events(path, &source.options, &mut sink, &mut report).map_err(unwrap_own)?;
        self.flush(path)?;
        Ok(summary)
    }

    fn flush(&mut self, path: &Path) -> Result<(), EventLogError> {
        let staged =
            self.builder.take().map_err(|source| EventLogError::Arrow { path: path.to_owned(), source })?;
        self.kinds.count(staged.kinds().values(), staged.times().values());
        self.scatter.push(&staged)
    }
}

/// An error of ours that went through the sink of a reader.
fn unwrap_own(error: EventLogError) -> EventLogError {
    let EventLogError::Sink { path, line, source } = error else { return error };
    match source.downcast::<EventLogError>() {
        Ok(own) => *own,
        Err(source) => EventLogError::Sink { path, line, source },
    }
}
