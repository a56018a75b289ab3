//! Parquet into a log by column: what a batch has in the usual form is converted without a look at its rows.
//!
//! A row that is not in the usual form, be it bad, undone or merely written oddly, goes the way of
//! [`read_events`](crate::read_events), alone, and comes back to its place; so both ways give the same events,
//! rejects and counts, which a test holds them to.

use std::borrow::Cow;
use std::cell::RefCell;
use std::path::Path;
use std::sync::mpsc::sync_channel;

use arrow_array::{Array, RecordBatch, UInt32Array};
use arrow_schema::ArrowError;
use arrow_select::interleave::interleave_record_batch;
use arrow_select::take::take_record_batch;
use tenure_core::{CustomerId, Event, TimeZone, Timestamp};

use super::kinds::Kinds;
use super::scatter::Scatter;
use super::staged::{FIXED, Staged, StagedBuilder, schema};
use super::usual::{Usual, Words};
use crate::import::{Import, Outputs};
use crate::parquet_shown::Shown;
use crate::parquet_source::{Layout, ParquetSource, arrow, received, scaled};
use crate::{EventLogError, ImportOptions, ImportSummary, Progress, SinkError};

/// Rows converted at a time.
const BATCH_ROWS: usize = 1 << 15;

/// Batches that may wait between two threads.
const WAITING: usize = 2;

/// Reads a Parquet file into the buckets. Decoding, converting and scattering run side by side.
pub(crate) fn import(
    path: &Path,
    options: &ImportOptions,
    scatter: &mut Scatter,
    kinds: &mut Kinds,
    progress: &mut dyn FnMut(Progress),
) -> Result<ImportSummary, EventLogError> {
    let ParquetSource { bytes, rows, layout, opened, batches } =
        ParquetSource::open(path, options, BATCH_ROWS)?;
    let slow_events = RefCell::new(Vec::new());
    let mut sink = |event: Event| -> Result<(), SinkError> {
        slow_events.borrow_mut().push(event);
        Ok(())
    };
    let outputs = Outputs { sink: &mut sink, progress };
    let converting = Converting {
        import: Import::start(path, options, opened, outputs)?,
        slow_events: &slow_events,
        layout,
        words: Words::default(),
        kinds,
        is_utc: options.time_zone == TimeZone::utc(),
        path,
        row: 0,
    };
    std::thread::scope(|scope| {
        let (give_batch, decoded) = sync_channel(WAITING);
        let (give_staged, staged) = sync_channel::<Staged>(WAITING);
        // A receiver that is gone ends the thread before it: what went wrong is told by the one that left.
        let decoding = scope.spawn(move || {
            for batch in batches {
                if give_batch.send(batch).is_err() {
                    return;
                }
            }
        });
        let scattering = scope.spawn(move || staged.iter().try_for_each(|staged| scatter.push(&staged)));
        let converted = converting.run(received(decoded, decoding), (bytes, rows), &mut |batch| {
            // An error here is the other thread's, and asked of it below.
            Ok(give_staged.send(batch).is_ok())
        });
        drop(give_staged);
        let scattered = scattering.join().map_err(|_| EventLogError::Sort {
            path: path.to_owned(),
            source: "the thread that scatters rows ended".into(),
        })?;
        scattered?;
        converted
    })
}

/// Batches to staged batches.
struct Converting<'a> {
    import: Import<'a>,
    slow_events: &'a RefCell<Vec<Event>>,
    layout: Layout,
    words: Words,
    kinds: &'a mut Kinds,
    is_utc: bool,
    path: &'a Path,
    /// Rows of the batches before.
    row: u64,
}

impl Converting<'_> {
    fn run(
        mut self,
        batches: impl Iterator<Item = Result<RecordBatch, ArrowError>>,
        (bytes, rows): (u64, u64),
        give: &mut dyn FnMut(Staged) -> Result<bool, EventLogError>,
    ) -> Result<ImportSummary, EventLogError> {
        for batch in batches {
            let batch = batch.map_err(|source| arrow(self.path, source))?;
            let staged = self.convert(&batch)?;
            self.kinds.count(staged.kinds().values(), staged.times().values());
            self.row += batch.num_rows() as u64;
            self.import.report(scaled(bytes, self.row, rows));
            if !give(staged)? {
                break;
            }
        }
        self.import.finish(bytes)
    }

    fn convert(&mut self, batch: &RecordBatch) -> Result<Staged, EventLogError> {
        let failed = |source| arrow(self.path, source);
        let usual = Usual::of(
            batch,
            &self.layout,
            self.is_utc,
            &mut self.import,
            (&mut self.words, self.kinds, self.path),
        )?;
        for (kind, events) in usual.counts(&self.words) {
            self.import.count(&kind, events);
        }
        if let Some((first, last)) = usual.span() {
            self.import.span(first, last);
        }
        let slow: Vec<u32> =
            (0..).zip(&usual.is_slow).filter(|(_, slow)| **slow).map(|(row, _)| row).collect();
        if slow.is_empty() {
            self.follow(&usual, batch.num_rows())?;
            return Ok(usual.staged);
        }
        let (staged, events) = self.slow_rows(batch, &usual, &slow)?;
        self.follow(&usual, batch.num_rows())?;
        put_back(&usual, &slow, &staged, &events).map_err(failed)
    }

    /// Converts rows one by one: their events, and which rows had one.
    fn slow_rows(
        &mut self,
        batch: &RecordBatch,
        usual: &Usual,
        slow: &[u32],
    ) -> Result<(Staged, Vec<bool>), EventLogError> {
        let failed = |source| arrow(self.path, source);
        let rows = take_record_batch(batch, &UInt32Array::from(slow.to_vec())).map_err(failed)?;
        let (columns, shown) = (self.layout.read(&rows, self.path)?, Shown::new(&rows));
        let mut builder = StagedBuilder::default();
        let mut has_event = Vec::with_capacity(slow.len());
        for (place, row) in slow.iter().enumerate() {
            let before = *row as usize;
            if before > 0 && !usual.is_slow[before - 1] {
                self.follow(usual, before)?;
            }
            let line = self.row + u64::from(*row) + 1;
            self.import.row(line, &columns.cells(place), || Cow::Owned(shown.row(place)))?;
            let event = self.slow_events.borrow_mut().pop();
            has_event.push(event.is_some());
            if let Some(event) = event {
                let kind = self.kinds.id(event.kind.as_str(), self.path)?;
                builder.push(&event, kind);
            }
        }
        Ok((builder.take().map_err(failed)?, has_event))
    }

    /// Tells the import what the row before `end` was, if it was a usual one.
    fn follow(&mut self, usual: &Usual, end: usize) -> Result<(), EventLogError> {
        let Some(orders) = &usual.order_ids else { return Ok(()) };
        let Some(row) = end.checked_sub(1).filter(|row| !usual.is_slow[*row]) else { return Ok(()) };
        let order = if orders.is_valid(row) { orders.value(row).trim() } else { "" };
        let customer = CustomerId::new(usual.staged.customers().value(row));
        let at = Timestamp::from_microseconds(usual.staged.times().value(row));
        if let (Ok(customer), Ok(at)) = (customer, at) {
            self.import.follow(order, &customer, at);
        }
        Ok(())
    }
}

/// Puts the events of slow rows between the others; slow rows without one are left out.
fn put_back(usual: &Usual, slow: &[u32], events: &Staged, has_event: &[bool]) -> Result<Staged, ArrowError> {
    let columns = usual.staged.columns.union(events.columns);
    let widen = |staged: &Staged| {
        let fixed = staged.batch.columns().iter().take(FIXED).cloned();
        let arrays = fixed.chain(columns.iter().map(|column| staged.column(column))).collect();
        RecordBatch::try_new(schema(columns), arrays)
    };
    let (usual_batch, slow_batch) = (widen(&usual.staged)?, widen(events)?);
    let mut order = Vec::with_capacity(usual.is_slow.len());
    let mut slow_events = 0;
    let mut has_event = slow.iter().zip(has_event).map(|(_, has)| *has);
    for (row, is_slow) in usual.is_slow.iter().enumerate() {
        if !is_slow {
            order.push((0, row));
        } else if has_event.next() == Some(true) {
            order.push((1, slow_events));
            slow_events += 1;
        }
    }
    let batch = interleave_record_batch(&[&usual_batch, &slow_batch], &order)?;
    Ok(Staged { batch, columns })
}
