//! Sorted rows to a run: one Parquet file whose row groups each hold customers of one bucket only.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::Int32Type;
use arrow_array::types::{Int64Type, TimestampMicrosecondType, UInt32Type};
use arrow_array::{
    ArrayRef, DictionaryArray, Int32Array, RecordBatch, StringArray, TimestampMicrosecondArray,
};
use arrow_cast::cast;
use arrow_schema::{ArrowError, SchemaRef};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::{
    ArrowColumnChunk, ArrowColumnWriter, ArrowRowGroupWriterFactory, compute_leaves,
};
use parquet::basic::{Compression, Encoding};
use parquet::errors::ParquetError;
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterPropertiesBuilder};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::ColumnPath;

use super::columns::{Column, Columns, OCCURRED_AT, file_schema};
use super::disk::{Hook, Step};
use super::sort::{Sorted, customer_of, time_of};
use crate::EventLogError;
use crate::writer::parquet;

/// Most rows of a row group: what a reader of a bucket has to do with at a time.
const ROW_GROUP_ROWS: usize = 1 << 19;

/// Most bytes of the dictionary of a column in a row group: ids of customers must fit, or reading them slows.
const DICTIONARY_BYTES: usize = 1 << 24;

/// A run file in the making.
pub(crate) struct RunWriter {
    path: PathBuf,
    file: SerializedFileWriter<BufWriter<File>>,
    factory: Arc<ArrowRowGroupWriterFactory>,
    schema: SchemaRef,
    columns: Columns,
    hook: Hook,
}

impl RunWriter {
    pub(crate) fn create(path: &Path, columns: Columns, hook: &Hook) -> Result<Self, EventLogError> {
        let failed = |source| EventLogError::Io { action: "create", path: path.to_owned(), source };
        hook.before(Step::CreateRun).map_err(failed)?;
        let file = BufWriter::with_capacity(1 << 20, File::create(path).map_err(failed)?);
        let schema = file_schema(columns);
        let (file, factory) = ArrowWriter::try_new(file, schema.clone(), Some(properties(columns)))
            .and_then(ArrowWriter::into_serialized_writer)
            .map_err(|error| parquet(path, error))?;
        let factory = Arc::new(factory);
        Ok(Self { path: path.to_owned(), file, factory, schema, columns, hook: hook.clone() })
    }

    /// Encodes buckets, on any thread.
    pub(crate) fn encoder(&self, kinds: &Arc<StringArray>) -> Encoder {
        Encoder {
            path: self.path.clone(),
            factory: Arc::clone(&self.factory),
            schema: self.schema.clone(),
            columns: self.columns,
            kinds: Arc::clone(kinds),
            customers: Arc::new(StringArray::new_null(0)),
            open: None,
            done: Vec::new(),
            rows: 0,
        }
    }

    /// Appends the row groups of a bucket.
    pub(crate) fn append(&mut self, encoded: Encoded) -> Result<(), EventLogError> {
        for chunks in encoded.row_groups {
            self.hook.before(Step::WriteRowGroup).map_err(|source| EventLogError::Io {
                action: "write",
                path: self.path.clone(),
                source,
            })?;
            self.append_group(chunks).map_err(|error| parquet(&self.path, error))?;
        }
        Ok(())
    }

    /// Puts the whole file on the disk.
    pub(crate) fn finish(self) -> Result<(), EventLogError> {
        let Self { path, file, hook, .. } = self;
        let failed = |source| EventLogError::Io { action: "write", path: path.clone(), source };
        let mut buffer = file.into_inner().map_err(|error| parquet(&path, error))?;
        hook.before(Step::SyncRun)
            .and_then(|()| buffer.flush())
            .and_then(|()| buffer.get_ref().sync_all())
            .map_err(failed)
    }

    fn append_group(&mut self, chunks: Vec<ArrowColumnChunk>) -> Result<(), ParquetError> {
        let mut group = self.file.next_row_group()?;
        for chunk in chunks {
            chunk.append_to_row_group(&mut group)?;
        }
        group.close()?;
        Ok(())
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the other columns are encoded as Parquet does of itself")]
fn properties(columns: Columns) -> WriterProperties {
    let builder = WriterProperties::builder()
        .set_compression(Compression::LZ4_RAW)
        .set_statistics_enabled(EnabledStatistics::None)
        .set_offset_index_disabled(true)
        .set_dictionary_page_size_limit(DICTIONARY_BYTES)
        .set_max_row_group_row_count(None);
    let plain = |builder: WriterPropertiesBuilder, name: &str, encoding: Encoding| {
        let column = ColumnPath::from(name);
        builder.set_column_dictionary_enabled(column.clone(), false).set_column_encoding(column, encoding)
    };
    let mut builder = plain(builder, OCCURRED_AT, Encoding::DELTA_BINARY_PACKED);
    for column in columns.iter() {
        builder = match column {
            Column::EventId | Column::OrderId => {
                plain(builder, column.as_str(), Encoding::DELTA_LENGTH_BYTE_ARRAY)
            }
            Column::IngestedAt | Column::Amount | Column::Discount | Column::Duration => {
                plain(builder, column.as_str(), Encoding::DELTA_BINARY_PACKED)
            }
            _ => builder,
        };
    }
    builder.build()
}

/// The row groups of one bucket, ready to be appended.
pub(crate) struct Encoded {
    row_groups: Vec<Vec<ArrowColumnChunk>>,
}

impl Encoded {
    pub(crate) fn row_groups(&self) -> u32 {
        self.row_groups.len() as u32
    }
}

/// Encodes the rows of one bucket.
pub(crate) struct Encoder {
    path: PathBuf,
    factory: Arc<ArrowRowGroupWriterFactory>,
    schema: SchemaRef,
    columns: Columns,
    kinds: Arc<StringArray>,
    customers: Arc<StringArray>,
    /// The row group that rows go to, and how many it has.
    open: Option<(Vec<ArrowColumnWriter>, usize)>,
    done: Vec<Vec<ArrowColumnChunk>>,
    rows: u64,
}

impl Encoder {
    /// The customers of the bucket, in order.
    pub(crate) fn begin(&mut self, customers: StringArray) {
        self.customers = Arc::new(customers);
    }

    pub(crate) fn rows(&self) -> u64 {
        self.rows
    }

    pub(crate) fn push(&mut self, sorted: &Sorted) -> Result<(), EventLogError> {
        self.rows += sorted.payload.num_rows() as u64;
        let batch = self
            .file_batch(sorted)
            .map_err(|source| EventLogError::Arrow { path: self.path.clone(), source })?;
        self.write(&batch).map_err(|error| parquet(&self.path, error))
    }

    pub(crate) fn finish(mut self) -> Result<Encoded, EventLogError> {
        self.close_group().map_err(|error| parquet(&self.path, error))?;
        Ok(Encoded { row_groups: self.done })
    }

    /// The rows as the file has them.
    fn file_batch(&self, sorted: &Sorted) -> Result<RecordBatch, ArrowError> {
        let keys = sorted.keys.values();
        let customers = Int32Array::from_iter_values(keys.iter().map(|key| customer_of(*key)));
        let kinds = sorted.payload.column(0).as_primitive::<UInt32Type>();
        let kinds = Int32Array::from_iter_values(kinds.values().iter().map(|kind| *kind as i32));
        let times = keys.iter().map(|key| time_of(*key));
        let times = TimestampMicrosecondArray::from_iter_values(times).with_timezone("UTC");
        let mut arrays: Vec<ArrayRef> = vec![
            Arc::new(DictionaryArray::<Int32Type>::try_new(customers, self.customers.clone())?),
            Arc::new(DictionaryArray::<Int32Type>::try_new(kinds, self.kinds.clone())?),
            Arc::new(times),
        ];
        for (column, array) in self.columns.iter().zip(sorted.payload.columns().iter().skip(1)) {
            arrays.push(if column == Column::IngestedAt {
                let times = array.as_primitive::<Int64Type>();
                Arc::new(times.reinterpret_cast::<TimestampMicrosecondType>().with_timezone("UTC"))
            } else if column.is_text() && !column.is_id() {
                cast(array, &super::columns::dictionary())?
            } else {
                Arc::clone(array)
            });
        }
        RecordBatch::try_new(self.schema.clone(), arrays)
    }

    fn write(&mut self, batch: &RecordBatch) -> Result<(), ParquetError> {
        let mut start = 0;
        while start < batch.num_rows() {
            let (mut writers, rows) = match self.open.take() {
                Some(open) => open,
                None => (self.factory.create_column_writers(0)?, 0),
            };
            let part = batch.slice(start, (ROW_GROUP_ROWS - rows).min(batch.num_rows() - start));
            let columns = self.schema.fields().iter().zip(part.columns()).zip(&mut writers);
            for ((field, array), writer) in columns {
                for leaf in compute_leaves(field, array)? {
                    writer.write(&leaf)?;
                }
            }
            start += part.num_rows();
            self.open = Some((writers, rows + part.num_rows()));
            if rows + part.num_rows() == ROW_GROUP_ROWS {
                self.close_group()?;
            }
        }
        Ok(())
    }

    fn close_group(&mut self) -> Result<(), ParquetError> {
        if let Some((writers, _)) = self.open.take() {
            self.done.push(writers.into_iter().map(ArrowColumnWriter::close).collect::<Result<_, _>>()?);
        }
        Ok(())
    }
}
