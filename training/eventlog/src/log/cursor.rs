//! A place in one bucket of one run.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::RecordBatch;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder,
};
use tenure_behaviour::Fact;

use super::batch::{Batch, Dictionaries};
use super::columns::{CUSTOMER_ID, Columns, KIND, OCCURRED_AT};
use super::manifest::Run;
use crate::EventLogError;

/// Rows decoded at a time.
const BATCH_ROWS: usize = 1 << 14;

/// A run opened for reading: its footer is read once for all buckets.
#[derive(Clone, Debug)]
pub(crate) struct RunFile {
    pub(crate) path: PathBuf,
    run: Arc<Run>,
    metadata: ArrowReaderMetadata,
}

impl RunFile {
    pub(crate) fn open(folder: &Path, run: &Run) -> Result<Self, EventLogError> {
        let path = folder.join(&run.file);
        let file = open(&path)?;
        let metadata = ArrowReaderMetadata::load(&file, ArrowReaderOptions::new())
            .map_err(|source| EventLogError::Parquet { path: path.clone(), source })?;
        if metadata.metadata().num_row_groups() != run.row_groups.iter().sum::<u32>() as usize {
            return Err(super::damaged(&path, "its row groups are not those of the manifest".to_owned()));
        }
        Ok(Self { path, run: Arc::new(run.clone()), metadata })
    }

    /// Batches of one bucket, none of which spans two row groups.
    pub(crate) fn batches(&self, bucket: u32, columns: Columns) -> Batches {
        Batches {
            columns: columns.intersection(self.run.columns()),
            row_groups: self.run.row_groups_of(bucket),
            file: self.clone(),
            reader: None,
        }
    }
}

fn open(path: &Path) -> Result<File, EventLogError> {
    File::open(path).map_err(|source| EventLogError::Io { action: "read", path: path.to_owned(), source })
}

/// Batches of one bucket of a run.
pub(crate) struct Batches {
    file: RunFile,
    columns: Columns,
    row_groups: std::ops::Range<usize>,
    reader: Option<ParquetRecordBatchReader>,
}

impl Batches {
    fn reader(&self, row_group: usize) -> Result<ParquetRecordBatchReader, EventLogError> {
        let failed = |source| EventLogError::Parquet { path: self.file.path.clone(), source };
        let fixed = [CUSTOMER_ID, KIND, OCCURRED_AT];
        let names = fixed.into_iter().chain(self.columns.iter().map(|column| column.as_str()));
        let mask = ProjectionMask::columns(self.file.metadata.parquet_schema(), names);
        ParquetRecordBatchReaderBuilder::new_with_metadata(open(&self.file.path)?, self.file.metadata.clone())
            .with_row_groups(vec![row_group])
            .with_projection(mask)
            .with_batch_size(BATCH_ROWS)
            .build()
            .map_err(failed)
    }
}

impl Iterator for Batches {
    type Item = Result<RecordBatch, EventLogError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(reader) = &mut self.reader
                && let Some(batch) = reader.next()
            {
                let failed = |source| EventLogError::Arrow { path: self.file.path.clone(), source };
                return Some(batch.map_err(failed));
            }
            let row_group = self.row_groups.next()?;
            match self.reader(row_group) {
                Ok(reader) => self.reader = Some(reader),
                Err(error) => return Some(Err(error)),
            }
        }
    }
}

/// The events of a bucket of a run, customer by customer.
pub(crate) struct Cursor {
    batches: Batches,
    dictionaries: Dictionaries,
    /// The batch at hand and the next of its rows; `None` at the end.
    current: Option<(Batch, usize)>,
}

impl Cursor {
    pub(crate) fn new(batches: Batches) -> Result<Self, EventLogError> {
        let mut cursor = Self { batches, dictionaries: Dictionaries::default(), current: None };
        cursor.next_batch()?;
        Ok(cursor)
    }

    /// Whose events come next; `None` at the end.
    pub(crate) fn customer(&self) -> Option<&str> {
        self.current.as_ref().map(|(batch, row)| batch.customer(*row))
    }

    /// Adds the events of `customer`, if they come next.
    pub(crate) fn take(&mut self, customer: &str, facts: &mut Vec<Fact>) -> Result<(), EventLogError> {
        while let Some((batch, row)) = &mut self.current {
            if batch.customer(*row) != customer {
                return Ok(());
            }
            let end = batch.end_of_customer(*row);
            batch.facts(*row..end, facts, &self.batches.file.path)?;
            *row = end;
            if end < batch.rows() {
                return Ok(());
            }
            self.next_batch()?;
        }
        Ok(())
    }

    fn next_batch(&mut self) -> Result<(), EventLogError> {
        self.current = None;
        for batch in self.batches.by_ref() {
            let batch = batch?;
            if batch.num_rows() > 0 {
                let columns = self.batches.columns;
                let path = &self.batches.file.path;
                self.current = Some((Batch::new(&batch, columns, &mut self.dictionaries, path)?, 0));
                return Ok(());
            }
        }
        Ok(())
    }
}
