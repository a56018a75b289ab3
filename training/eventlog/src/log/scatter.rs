//! The first pass of a sort: rows to the buckets of their customers, in memory while that is allowed.
//!
//! Rows of a bucket keep their order. What does not fit goes to one file, as Arrow's own stream format, in
//! pieces of whole batches; where each piece lies stays in memory. Pieces are compressed: ids and names repeat so much
//! that an import waits for the disk far longer than for the compression.

use std::fs::File;
use std::io::{BufWriter, Cursor, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use arrow_array::{Array, RecordBatch, UInt32Array};
use arrow_ipc::CompressionType;
use arrow_ipc::reader::StreamReader;
use arrow_ipc::writer::{IpcWriteOptions, StreamWriter};
use arrow_schema::ArrowError;
use arrow_select::concat::concat_batches;
use arrow_select::take::take_record_batch;
use twox_hash::XxHash3_64;

use super::columns::Columns;
use super::staged::{Staged, schema};
use crate::EventLogError;

/// The hash of a customer, on every machine and for ever: it says in which bucket the events lie.
pub(crate) fn customer_hash(customer: &str) -> u64 {
    XxHash3_64::oneshot(customer.as_bytes())
}

/// The bucket of a customer.
pub(crate) fn bucket_of(customer: &str, buckets: u32) -> u32 {
    (customer_hash(customer) % u64::from(buckets)) as u32
}

/// A piece of a bucket.
#[derive(Clone, Debug)]
pub(crate) enum Piece {
    Memory(Staged),
    /// Bytes of the file.
    Disk {
        offset: u64,
        bytes: u64,
    },
}

/// Rows on their way to their buckets.
#[derive(Debug)]
pub(crate) struct Scatter {
    buckets: u32,
    /// Bytes that may be kept in memory.
    limit_bytes: usize,
    used_bytes: usize,
    pending: Vec<Vec<Staged>>,
    pieces: Vec<Vec<Piece>>,
    path: PathBuf,
    file: Option<BufWriter<File>>,
    written: u64,
    columns: Columns,
    rows: u64,
}

impl Scatter {
    /// Rows for so many buckets; what is more than `limit_bytes` goes to a file in `folder`.
    pub(crate) fn new(buckets: u32, limit_bytes: usize, folder: &Path) -> Self {
        Self {
            buckets,
            limit_bytes,
            used_bytes: 0,
            pending: vec![Vec::new(); buckets as usize],
            pieces: vec![Vec::new(); buckets as usize],
            path: folder.join("scattered.arrow"),
            file: None,
            written: 0,
            columns: Columns::NONE,
            rows: 0,
        }
    }

    /// Takes a batch.
    pub(crate) fn push(&mut self, staged: &Staged) -> Result<(), EventLogError> {
        if staged.rows() == 0 {
            return Ok(());
        }
        self.columns = self.columns.union(staged.columns);
        self.rows += staged.rows() as u64;
        let (order, ends) = self.order(staged);
        let sorted = take_record_batch(&staged.batch, &order).map_err(|error| self.arrow(error))?;
        self.used_bytes += sorted.get_array_memory_size();
        let mut start = 0;
        for (bucket, end) in ends.into_iter().enumerate() {
            if end > start {
                let batch = sorted.slice(start, end - start);
                self.pending[bucket].push(Staged { batch, columns: staged.columns });
            }
            start = end;
        }
        if self.used_bytes > self.limit_bytes { self.spill() } else { Ok(()) }
    }

    /// Ends the pass.
    pub(crate) fn finish(mut self) -> Result<Scattered, EventLogError> {
        if self.file.is_some() {
            self.spill()?;
        }
        if let Some(file) = &mut self.file {
            file.flush().map_err(|source| io(&self.path, source))?;
        }
        for (pieces, pending) in self.pieces.iter_mut().zip(&mut self.pending) {
            pieces.extend(std::mem::take(pending).into_iter().map(Piece::Memory));
        }
        Ok(Scattered {
            pieces: self.pieces,
            path: self.path,
            columns: self.columns,
            rows: self.rows,
            memory_bytes: self.used_bytes,
            limit_bytes: self.limit_bytes,
        })
    }

    /// The rows by bucket, each bucket in the order of the rows, and where each bucket ends.
    fn order(&self, staged: &Staged) -> (UInt32Array, Vec<usize>) {
        let customers = staged.customers();
        let buckets: Vec<u32> =
            (0..customers.len()).map(|row| bucket_of(customers.value(row), self.buckets)).collect();
        let mut next = vec![0_usize; self.buckets as usize];
        for bucket in &buckets {
            next[*bucket as usize] += 1;
        }
        let mut total = 0;
        for place in &mut next {
            total += std::mem::replace(place, total);
        }
        let mut order = vec![0_u32; buckets.len()];
        for (row, bucket) in (0..).zip(&buckets) {
            let place = &mut next[*bucket as usize];
            order[*place] = row;
            *place += 1;
        }
        (UInt32Array::from(order), next)
    }

    /// Writes out all that is in memory.
    fn spill(&mut self) -> Result<(), EventLogError> {
        let mut file = match self.file.take() {
            Some(file) => file,
            None => BufWriter::new(File::create(&self.path).map_err(|source| io(&self.path, source))?),
        };
        for bucket in 0..self.pending.len() {
            let pending = std::mem::take(&mut self.pending[bucket]);
            if pending.is_empty() {
                continue;
            }
            let piece = encode(&pending).map_err(|error| self.arrow(error))?;
            file.write_all(&piece).map_err(|source| io(&self.path, source))?;
            let bytes = piece.len() as u64;
            self.pieces[bucket].push(Piece::Disk { offset: self.written, bytes });
            self.written += bytes;
        }
        self.used_bytes = 0;
        self.file = Some(file);
        Ok(())
    }

    fn arrow(&self, source: ArrowError) -> EventLogError {
        EventLogError::Arrow { path: self.path.clone(), source }
    }
}

/// All rows, by bucket.
#[derive(Debug)]
pub(crate) struct Scattered {
    pieces: Vec<Vec<Piece>>,
    path: PathBuf,
    /// Columns that some row has.
    pub(crate) columns: Columns,
    pub(crate) rows: u64,
    memory_bytes: usize,
    limit_bytes: usize,
}

impl Scattered {
    /// Bytes that rows take in memory, at most the limit that was set.
    pub(crate) fn memory_bytes(&self) -> usize {
        self.memory_bytes.min(self.limit_bytes)
    }

    pub(crate) fn pieces(&self, bucket: u32) -> &[Piece] {
        self.pieces.get(bucket as usize).map_or(&[], Vec::as_slice)
    }

    /// Forgets the rows of a bucket that has been written.
    pub(crate) fn release(&mut self, buckets: &[u32]) {
        for bucket in buckets {
            if let Some(pieces) = self.pieces.get_mut(*bucket as usize) {
                *pieces = Vec::new();
            }
        }
    }

    /// Reads pieces back; one for each thread.
    pub(crate) fn reader(&self) -> PieceReader {
        PieceReader { path: self.path.clone(), file: None }
    }
}

/// Reads pieces, from memory or from the file.
#[derive(Debug)]
pub(crate) struct PieceReader {
    path: PathBuf,
    file: Option<File>,
}

impl PieceReader {
    pub(crate) fn read(&mut self, piece: &Piece) -> Result<Staged, EventLogError> {
        let (offset, bytes) = match piece {
            Piece::Memory(staged) => return Ok(staged.clone()),
            Piece::Disk { offset, bytes } => (*offset, *bytes),
        };
        let file = match &mut self.file {
            Some(file) => file,
            None => self.file.insert(File::open(&self.path).map_err(|source| io(&self.path, source))?),
        };
        let mut buffer = vec![0; bytes as usize];
        file.seek(SeekFrom::Start(offset))
            .and_then(|_| file.read_exact(&mut buffer))
            .map_err(|source| EventLogError::Io { action: "read", path: self.path.clone(), source })?;
        decode(buffer).map_err(|source| EventLogError::Arrow { path: self.path.clone(), source })
    }
}

/// Batches as one, in Arrow's stream format.
fn encode(pending: &[Staged]) -> Result<Vec<u8>, ArrowError> {
    let columns = pending.iter().fold(Columns::NONE, |columns, staged| columns.union(staged.columns));
    let schema = schema(columns);
    let widened: Vec<RecordBatch> = pending
        .iter()
        .map(|staged| {
            if staged.columns == columns {
                return Ok(staged.batch.clone());
            }
            let fixed = staged.batch.columns().iter().take(super::staged::FIXED).cloned();
            let arrays = fixed.chain(columns.iter().map(|column| staged.column(column))).collect();
            RecordBatch::try_new(schema.clone(), arrays)
        })
        .collect::<Result<_, _>>()?;
    let batch = concat_batches(&schema, &widened)?;
    let mut bytes = Vec::with_capacity(batch.get_array_memory_size() + 4_096);
    let compressed = IpcWriteOptions::default().try_with_compression(Some(CompressionType::LZ4_FRAME))?;
    let mut writer = StreamWriter::try_new_with_options(&mut bytes, &schema, compressed)?;
    writer.write(&batch)?;
    writer.finish()?;
    drop(writer);
    Ok(bytes)
}

fn decode(bytes: Vec<u8>) -> Result<Staged, ArrowError> {
    let mut reader = StreamReader::try_new(Cursor::new(bytes), None)?;
    let missing = || ArrowError::IpcError("a spilled piece is empty".to_owned());
    Ok(Staged::of_batch(reader.next().ok_or_else(missing)??))
}

fn io(path: &Path, source: std::io::Error) -> EventLogError {
    EventLogError::Io { action: "write", path: path.to_owned(), source }
}
