//! Parquet: only the needed columns, a few batches of rows at a time, every type that a writer may have chosen.

use std::borrow::Cow;
use std::iter::Peekable;
use std::panic::resume_unwind;
use std::path::Path;
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread::{self, ScopedJoinHandle};

use arrow_array::RecordBatch;
use arrow_schema::{ArrowError, SchemaRef};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};

use crate::convert::{Cell, Cells};
use crate::import::{Import, Opened, Outputs, decide_date_order};
use crate::parquet_column::{Column, ColumnReader};
use crate::parquet_shown::Shown;
use crate::source::open;
use crate::table::{AmountColumn, Table, match_columns};
use crate::{ChosenBy, EventLogError, Field, ImportOptions, ImportSummary, SourceFormat};

/// Rows of a batch, of which a few are in memory at a time.
pub const BATCH_ROWS: usize = 8_192;

/// Batches that wait, unpacked, beside the one whose rows are converted and the one that is being unpacked.
const AHEAD: usize = 2;

/// Reads a Parquet file batch by batch, each unpacked while the rows of the one before are converted.
pub(crate) fn import(
    path: &Path,
    options: &ImportOptions,
    outputs: Outputs<'_>,
) -> Result<ImportSummary, EventLogError> {
    let ParquetSource { bytes, rows, layout, opened, batches } =
        ParquetSource::open(path, options, BATCH_ROWS)?;
    let mut import = Import::start(path, options, opened, outputs)?;
    thread::scope(|scope| {
        let (unpacked, found) = sync_channel(AHEAD);
        let unpacking = scope.spawn(move || {
            let read = |batch: RecordBatch| Ok((layout.read(&batch, path)?, batch));
            for batch in batches {
                let batch = batch.map_err(|source| arrow(path, source)).and_then(read);
                let is_last = batch.is_err();
                // Nobody listens any more where a row was refused for good.
                if unpacked.send(batch).is_err() || is_last {
                    break;
                }
            }
        });
        let mut row_number = 0;
        for batch in received(found, unpacking) {
            let (columns, batch) = batch?;
            let shown = Shown::new(&batch);
            for row in 0..batch.num_rows() {
                row_number += 1;
                import.row(row_number, &columns.cells(row), || Cow::Owned(shown.row(row)))?;
                import.tick(|| scaled(bytes, row_number, rows));
            }
        }
        import.finish(bytes)
    })
}

/// What a thread sends until it ends; its panic, if that is how, so that the rest of a file is not taken for nothing.
pub(crate) fn received<'scope, T>(
    sent: Receiver<T>,
    thread: ScopedJoinHandle<'scope, ()>,
) -> impl Iterator<Item = T> + use<'scope, T> {
    let mut thread = Some(thread);
    sent.into_iter().chain(std::iter::from_fn(move || {
        if let Some(Err(panic)) = thread.take().map(ScopedJoinHandle::join) {
            resume_unwind(panic);
        }
        None
    }))
}

/// A Parquet file whose columns are known.
pub(crate) struct ParquetSource {
    pub(crate) bytes: u64,
    pub(crate) rows: u64,
    pub(crate) layout: Layout,
    pub(crate) opened: Opened,
    pub(crate) batches: Peekable<ParquetRecordBatchReader>,
}

impl ParquetSource {
    pub(crate) fn open(
        path: &Path,
        options: &ImportOptions,
        batch_rows: usize,
    ) -> Result<Self, EventLogError> {
        let failed = |source| EventLogError::Parquet { path: path.to_owned(), source };
        let file = open(path)?;
        let bytes = file.metadata().map(|metadata| metadata.len()).unwrap_or_default();
        let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(failed)?;
        let rows = u64::try_from(builder.metadata().file_metadata().num_rows()).unwrap_or(0);
        let headers: Vec<String> =
            builder.schema().fields().iter().map(|field| field.name().clone()).collect();
        let table = match_columns(&headers, options, path)?;
        let layout = Layout::new(&table, builder.schema(), path)?;
        let mask = ProjectionMask::roots(builder.parquet_schema(), layout.columns.iter().copied());
        let batches = builder.with_batch_size(batch_rows).with_projection(mask).build().map_err(failed)?;
        let mut batches = batches.peekable();
        let date_order = match (options.date_order, batches.peek()) {
            (Some(order), _) => Some(order),
            (None, Some(Ok(first))) => layout.date_order(first, path)?,
            (None, _) => None,
        };
        let opened = Opened {
            format: SourceFormat::Parquet,
            encoding: None,
            table,
            date_order,
            bytes_total: Some(bytes),
        };
        Ok(Self { bytes, rows, layout, opened, batches })
    }
}

/// Parquet is not read from start to end, so bytes stand for the share of rows.
pub(crate) fn scaled(bytes: u64, rows: u64, rows_total: u64) -> u64 {
    (bytes as f64 * rows as f64 / rows_total.max(1) as f64) as u64
}

pub(crate) fn arrow(path: &Path, source: ArrowError) -> EventLogError {
    EventLogError::Arrow { path: path.to_owned(), source }
}

/// Which columns of the file are read, and how each field is made of them.
pub(crate) struct Layout {
    /// Indexes in the file's schema, ascending: the order in which a projected batch has them.
    columns: Vec<usize>,
    pub(crate) customer_id: (usize, ColumnReader),
    pub(crate) occurred_at: (usize, ColumnReader),
    pub(crate) amount: Option<(usize, ColumnReader)>,
    pub(crate) factor: Option<(usize, ColumnReader)>,
    pub(crate) kind: Option<(usize, ColumnReader)>,
    pub(crate) order_id: Option<(usize, ColumnReader)>,
    pub(crate) currency: Option<(usize, ColumnReader)>,
    pub(crate) attributes: Vec<Option<(usize, ColumnReader)>>,
}

impl Layout {
    fn new(table: &Table, schema: &SchemaRef, path: &Path) -> Result<Self, EventLogError> {
        let (factor, amount) = match table.amount {
            AmountColumn::Major(amount) | AmountColumn::Minor(amount) => (None, Some(amount)),
            AmountColumn::Product(factor, amount) => (Some(factor), Some(amount)),
            AmountColumn::None => (None, None),
        };
        let optional = [amount, factor, table.kind, table.order_id, table.currency];
        let mut columns: Vec<usize> = [table.customer_id, table.occurred_at]
            .into_iter()
            .chain(optional.into_iter().chain(table.attributes).flatten())
            .collect();
        columns.sort_unstable();
        columns.dedup();
        let reader = |field: Field, index: usize| {
            let column = schema.field(index);
            let position = columns.partition_point(|known| *known < index);
            match ColumnReader::new(field, column.data_type()) {
                Some(reader) => Ok((position, reader)),
                None => Err(EventLogError::ColumnType {
                    path: path.to_owned(),
                    field,
                    column: column.name().clone(),
                    found: column.data_type().to_string(),
                    expected: ColumnReader::expected(field),
                }),
            }
        };
        let maybe = |field: Field, index: Option<usize>| index.map(|index| reader(field, index)).transpose();
        Ok(Self {
            customer_id: reader(Field::CustomerId, table.customer_id)?,
            occurred_at: reader(Field::OccurredAt, table.occurred_at)?,
            amount: maybe(Field::Amount, amount)?,
            factor: maybe(Field::Amount, factor)?,
            kind: maybe(Field::Kind, table.kind)?,
            order_id: maybe(Field::OrderId, table.order_id)?,
            currency: maybe(Field::Currency, table.currency)?,
            attributes: Field::ATTRIBUTES
                .into_iter()
                .zip(table.attributes)
                .map(|(field, index)| {
                    let is_mapped = table
                        .choices
                        .iter()
                        .any(|choice| choice.field == field && choice.by == ChosenBy::Map);
                    match maybe(field, index) {
                        // Nobody said that this column is that attribute, so it need not be.
                        Err(_) if !is_mapped => Ok(None),
                        place => place,
                    }
                })
                .collect::<Result<_, _>>()?,
            columns,
        })
    }

    /// What the dates of the first batch show, where they are text.
    fn date_order(
        &self,
        first: &RecordBatch,
        path: &Path,
    ) -> Result<Option<crate::DateOrder>, EventLogError> {
        let (position, reader) = self.occurred_at;
        let dates = reader.read(first.column(position)).map_err(|source| arrow(path, source))?;
        let texts =
            (0..first.num_rows()).filter_map(|row| Some((row as u64 + 1, dates.cell(row).as_text()?)));
        decide_date_order(path, texts)
    }

    pub(crate) fn read(&self, batch: &RecordBatch, path: &Path) -> Result<Columns, EventLogError> {
        let read = |(position, reader): (usize, ColumnReader)| {
            reader.read(batch.column(position)).map_err(|source| arrow(path, source))
        };
        let maybe = |place: Option<(usize, ColumnReader)>| place.map(read).transpose();
        Ok(Columns {
            customer_id: read(self.customer_id)?,
            occurred_at: read(self.occurred_at)?,
            amount: maybe(self.amount)?,
            factor: maybe(self.factor)?,
            kind: maybe(self.kind)?,
            order_id: maybe(self.order_id)?,
            currency: maybe(self.currency)?,
            attributes: self.attributes.iter().map(|place| maybe(*place)).collect::<Result<_, _>>()?,
        })
    }
}

/// The needed columns of one batch.
pub(crate) struct Columns {
    pub(crate) customer_id: Column,
    pub(crate) occurred_at: Column,
    pub(crate) amount: Option<Column>,
    pub(crate) factor: Option<Column>,
    pub(crate) kind: Option<Column>,
    pub(crate) order_id: Option<Column>,
    pub(crate) currency: Option<Column>,
    /// The columns of [`Field::ATTRIBUTES`].
    pub(crate) attributes: Vec<Option<Column>>,
}

impl Columns {
    pub(crate) fn cells(&self, row: usize) -> Cells<'_> {
        let mut attributes = [Cell::Missing; Field::ATTRIBUTES.len()];
        for (cell, column) in attributes.iter_mut().zip(&self.attributes) {
            *cell = column.as_ref().map_or(Cell::Missing, |column| column.cell(row));
        }
        Cells {
            customer_id: self.customer_id.cell(row),
            occurred_at: self.occurred_at.cell(row),
            amount: self.amount.as_ref().map_or(Cell::Missing, |column| column.cell(row)),
            factor: self.factor.as_ref().map(|column| column.cell(row)),
            kind: self.kind.as_ref().map_or(Cell::Missing, |column| column.cell(row)),
            order_id: self.order_id.as_ref().map_or(Cell::Missing, |column| column.cell(row)),
            currency: self.currency.as_ref().map(|column| column.cell(row)),
            attributes,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::panic::{AssertUnwindSafe, catch_unwind};

    fn sum_until(ends: impl FnOnce() + Send) -> Result<u32, Box<dyn std::any::Any + Send>> {
        catch_unwind(AssertUnwindSafe(|| {
            thread::scope(|scope| {
                let (give, sent) = sync_channel(1);
                let thread = scope.spawn(move || {
                    (1..=4).for_each(|one| give.send(one).unwrap());
                    ends();
                });
                received(sent, thread).sum()
            })
        }))
    }

    #[test]
    fn a_panic_is_no_end_of_what_was_sent() {
        assert_eq!(sum_until(|| {}).unwrap(), 10);
        let panic = sum_until(|| resume_unwind(Box::new("a page that cannot be"))).unwrap_err();
        assert_eq!(panic.downcast_ref::<&str>(), Some(&"a page that cannot be"));
    }
}
