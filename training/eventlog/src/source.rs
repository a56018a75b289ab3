//! Opening a file: what it is by its content, and how far it has been read.

use std::cell::Cell;
use std::fs::File;
use std::io::{self, BufReader, Cursor, Read};
use std::path::Path;
use std::rc::Rc;

use flate2::read::MultiGzDecoder;

use crate::EventLogError;

/// Bytes read so far, shared between a reader deep in a stack and whoever reports progress.
#[derive(Clone, Debug, Default)]
pub(crate) struct ByteCount(Rc<Cell<u64>>);

impl ByteCount {
    pub(crate) fn get(&self) -> u64 {
        self.0.get()
    }
}

/// A file by its first bytes.
pub(crate) enum Source {
    /// Text, already decompressed, and how many bytes of the file were used for it.
    Text { reader: Box<dyn Read>, is_gzip: bool, bytes: ByteCount },
    /// A Parquet file.
    Parquet,
}

/// Longest mark that tells one kind of file from another, in bytes.
const MARK_BYTES: u64 = 4;

/// Looks at the first bytes of a stream; its name does not matter.
pub(crate) fn sniff(reader: Box<dyn Read>, path: &Path) -> Result<Source, EventLogError> {
    let bytes = ByteCount::default();
    let counted = Counted { reader, bytes: bytes.clone() };
    let (mark, whole) = peek(counted, path)?;
    if mark == b"PAR1" {
        return Ok(Source::Parquet);
    }
    refuse_known(&mark, path)?;
    if !mark.starts_with(&[0x1f, 0x8b]) {
        return Ok(Source::Text { reader: Box::new(whole), is_gzip: false, bytes });
    }
    let unpacked = MultiGzDecoder::new(BufReader::with_capacity(1 << 16, whole));
    let (mark, whole) = peek(unpacked, path)?;
    if mark == b"PAR1" {
        return Err(unsupported(path, "a Parquet file inside gzip", "unpack it first: gunzip FILE"));
    }
    refuse_known(&mark, path)?;
    Ok(Source::Text { reader: Box::new(whole), is_gzip: true, bytes })
}

/// Opens a file for reading.
pub(crate) fn open(path: &Path) -> Result<File, EventLogError> {
    File::open(path).map_err(|source| EventLogError::Io { action: "open", path: path.to_owned(), source })
}

fn refuse_known(mark: &[u8], path: &Path) -> Result<(), EventLogError> {
    let (found, advice) = match mark {
        [b'P', b'K', 3, 4] => ("a zip archive or an Excel workbook", "unpack it, or save it as CSV (UTF-8)"),
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => ("UTF-16 text", "save it as CSV (UTF-8)"),
        [0x28, 0xb5, 0x2f, 0xfd] => ("a zstd file", "unpack it first, or pack it with gzip"),
        [b'[' | b'{', ..] => ("JSON", "write it as CSV or Parquet"),
        [0xd0, 0xcf, 0x11, 0xe0] => ("an old Excel workbook", "save it as CSV (UTF-8)"),
        _ => return Ok(()),
    };
    Err(unsupported(path, found, advice))
}

fn unsupported(path: &Path, found: &'static str, advice: &'static str) -> EventLogError {
    EventLogError::UnsupportedFormat { path: path.to_owned(), found, advice }
}

fn peek<R: Read>(mut reader: R, path: &Path) -> Result<(Vec<u8>, impl Read + use<R>), EventLogError> {
    let mut mark = Vec::new();
    (&mut reader).take(MARK_BYTES).read_to_end(&mut mark).map_err(|source| EventLogError::Io {
        action: "read",
        path: path.to_owned(),
        source,
    })?;
    Ok((mark.clone(), Cursor::new(mark).chain(reader)))
}

struct Counted {
    reader: Box<dyn Read>,
    bytes: ByteCount,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.reader.read(buffer)?;
        self.bytes.0.set(self.bytes.0.get() + read as u64);
        Ok(read)
    }
}
