//! A table on the disk: Parquet row groups or lines of CSV, encoded apart and put in one after the other.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch};
use arrow_cast::display::{ArrayFormatter, FormatOptions};
use arrow_schema::{ArrowError, FieldRef, SchemaRef};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::{
    ArrowColumnChunk, ArrowColumnWriter, ArrowRowGroupWriterFactory, compute_leaves,
};
use parquet::basic::{Compression, Encoding};
use parquet::errors::ParquetError;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::writer::SerializedFileWriter;
use tempfile::NamedTempFile;

use crate::{EventLogError, writer};

/// Encoded rows.
pub(crate) struct Piece {
    rows: u64,
    encoded: Encoded,
}

enum Encoded {
    Parquet(Vec<ArrowColumnChunk>),
    Csv(Vec<u8>),
}

/// Encodes rows, on any thread.
pub(crate) struct Encoder {
    path: PathBuf,
    schema: SchemaRef,
    row_groups: Option<ArrowRowGroupWriterFactory>,
}

/// A file that appears whole when [`TableFile::finish`] returns, or not at all.
pub(crate) struct TableFile {
    path: PathBuf,
    file: NamedTempFile,
    parquet: Option<SerializedFileWriter<File>>,
    rows: u64,
}

impl TableFile {
    /// Begins a file, and gives what encodes its rows.
    pub(crate) fn create(path: &Path, schema: SchemaRef) -> Result<(Self, Encoder), EventLogError> {
        let io = |source| EventLogError::Io { action: "write", path: path.to_owned(), source };
        let failed = |source| writer::parquet(path, source);
        let mut file = writer::temporary_beside(path)?;
        let (parquet, row_groups) = match path.extension().and_then(|extension| extension.to_str()) {
            Some("parquet") => {
                let copy = file.reopen().map_err(io)?;
                let writer =
                    ArrowWriter::try_new(copy, Arc::clone(&schema), Some(properties())).map_err(failed)?;
                let (writer, factory) = writer.into_serialized_writer().map_err(failed)?;
                (Some(writer), Some(factory))
            }
            Some("csv") => {
                let header: Vec<&str> = schema.fields().iter().map(|field| field.name().as_str()).collect();
                writeln!(file, "{}", header.join(",")).map_err(io)?;
                (None, None)
            }
            _ => return Err(EventLogError::UnknownOutput { path: path.to_owned() }),
        };
        let encoder = Encoder { path: path.to_owned(), schema, row_groups };
        Ok((Self { path: path.to_owned(), file, parquet, rows: 0 }, encoder))
    }

    /// Puts in the next pieces.
    pub(crate) fn append(&mut self, pieces: Vec<Piece>) -> Result<(), EventLogError> {
        for piece in pieces {
            self.rows += piece.rows;
            match (piece.encoded, &mut self.parquet) {
                (Encoded::Parquet(chunks), Some(writer)) => {
                    append_group(writer, chunks).map_err(|source| writer::parquet(&self.path, source))?;
                }
                (Encoded::Csv(lines), _) => self.file.write_all(&lines).map_err(|source| self.io(source))?,
                (Encoded::Parquet(_), None) => {}
            }
        }
        Ok(())
    }

    /// Puts the file in place and says how many rows it has.
    pub(crate) fn finish(mut self) -> Result<u64, EventLogError> {
        if let Some(writer) = self.parquet.take() {
            writer.close().map_err(|source| writer::parquet(&self.path, source))?;
        }
        self.file.as_file().sync_all().map_err(|source| self.io(source))?;
        let Self { path, file, rows, .. } = self;
        file.persist(&path).map_err(|error| EventLogError::Io {
            action: "write",
            path,
            source: error.error,
        })?;
        Ok(rows)
    }

    fn io(&self, source: std::io::Error) -> EventLogError {
        EventLogError::Io { action: "write", path: self.path.clone(), source }
    }
}

impl Encoder {
    /// Encodes rows of the table's schema.
    pub(crate) fn encode(&self, batch: Result<RecordBatch, ArrowError>) -> Result<Piece, EventLogError> {
        let batch = batch.map_err(|source| self.arrow(source))?;
        let encoded = match &self.row_groups {
            Some(factory) => {
                let failed = |source| writer::parquet(&self.path, source);
                Encoded::Parquet(self.chunks(factory, &batch).map_err(failed)?)
            }
            None => Encoded::Csv(lines(&batch).map_err(|source| self.arrow(source))?),
        };
        Ok(Piece { rows: batch.num_rows() as u64, encoded })
    }

    fn chunks(
        &self,
        factory: &ArrowRowGroupWriterFactory,
        batch: &RecordBatch,
    ) -> Result<Vec<ArrowColumnChunk>, ParquetError> {
        // The number of the group matters to encrypted files only.
        let writers = factory.create_column_writers(0)?;
        let encode = |((mut writer, field), array): ((ArrowColumnWriter, &FieldRef), &ArrayRef)| {
            compute_leaves(field, array)?.iter().try_for_each(|leaf| writer.write(leaf))?;
            writer.close()
        };
        writers.into_iter().zip(self.schema.fields()).zip(batch.columns()).map(encode).collect()
    }

    fn arrow(&self, source: ArrowError) -> EventLogError {
        EventLogError::Arrow { path: self.path.clone(), source }
    }
}

fn append_group(
    writer: &mut SerializedFileWriter<File>,
    chunks: Vec<ArrowColumnChunk>,
) -> Result<(), ParquetError> {
    let mut group = writer.next_row_group()?;
    for chunk in chunks {
        chunk.append_to_row_group(&mut group)?;
    }
    group.close().map(drop)
}

/// Features are read by column and whole, so statistics of pages would serve nobody.
fn properties() -> WriterProperties {
    WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_encoding(Encoding::PLAIN)
        .build()
}

/// Rows as CSV: shortest digits that read back, nothing where a value is missing.
fn lines(batch: &RecordBatch) -> Result<Vec<u8>, ArrowError> {
    let options = FormatOptions::default();
    let columns = batch
        .columns()
        .iter()
        .map(|column| ArrayFormatter::try_new(column, &options))
        .collect::<Result<Vec<_>, _>>()?;
    let csv = |error: csv::Error| ArrowError::CsvError(error.to_string());
    let mut writer = csv::Writer::from_writer(Vec::new());
    let mut text = String::new();
    for row in 0..batch.num_rows() {
        for column in &columns {
            text.clear();
            column.value(row).write(&mut text)?;
            writer.write_field(&text).map_err(csv)?;
        }
        writer.write_record(None::<&[u8]>).map_err(csv)?;
    }
    writer.into_inner().map_err(|error| ArrowError::CsvError(error.error().to_string()))
}
