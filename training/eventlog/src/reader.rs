//! The way in: a file or a stream of orders, event by event to a sink.

use std::io::{self, Read};
use std::path::Path;

use tenure_core::Event;

use crate::import::Outputs;
use crate::source::{Source, open, sniff};
use crate::{EventLogError, ImportOptions, ImportSummary, SinkError, parquet_source, text_source};

/// How far an import is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Rows read.
    pub rows: u64,
    /// Bytes of the file read, packed if it is.
    pub bytes_read: u64,
    /// Bytes of the file; `None` for a stream.
    pub bytes_total: Option<u64>,
}

/// Reads the events of a CSV file (also packed with gzip), of text in columns, or of a Parquet file.
///
/// What the file is shows in its first bytes; its name does not matter. Events go to `sink` in the order of
/// the rows, and `progress` is called every few thousand rows and at the end.
///
/// # Errors
/// When the file cannot be read, a needed column is not found, dates could be read two ways, the sink fails,
/// or more rows than [`ImportOptions::max_reject_share`] were rejected. The last is known only at the end, so
/// a caller that keeps events should drop them on any error.
pub fn read_events(
    source: &Path,
    options: &ImportOptions,
    sink: &mut dyn FnMut(Event) -> Result<(), SinkError>,
    progress: &mut dyn FnMut(Progress),
) -> Result<ImportSummary, EventLogError> {
    refuse_overwrite(source, options)?;
    let failed = |error| EventLogError::Io { action: "read", path: source.to_owned(), source: error };
    let file = open(source)?;
    let bytes_total = file.metadata().map_err(failed)?.len();
    let outputs = Outputs { sink, progress };
    match sniff(Box::new(file), source)? {
        Source::Parquet => parquet_source::import(source, options, outputs),
        Source::Text { reader, is_gzip, bytes } => {
            let text = text_source::Text { reader, is_gzip, bytes, bytes_total: Some(bytes_total) };
            text_source::import(text, source, options, outputs)
        }
    }
}

/// Reads the events of a stream of CSV, plain or packed with gzip. `name` stands for it in messages.
///
/// # Errors
/// As [`read_events`]; a Parquet file is refused because it must be read from its end.
pub fn read_events_from(
    reader: Box<dyn Read>,
    name: &str,
    options: &ImportOptions,
    sink: &mut dyn FnMut(Event) -> Result<(), SinkError>,
    progress: &mut dyn FnMut(Progress),
) -> Result<ImportSummary, EventLogError> {
    let path = Path::new(name);
    match sniff(reader, path)? {
        Source::Parquet => Err(EventLogError::UnsupportedFormat {
            path: path.to_owned(),
            found: "Parquet",
            advice: "give it as a file, since it is read from its end",
        }),
        Source::Text { reader, is_gzip, bytes } => {
            let text = text_source::Text { reader, is_gzip, bytes, bytes_total: None };
            text_source::import(text, path, options, Outputs { sink, progress })
        }
    }
}

/// Whether a file is Parquet; refuses what could not be read at all.
pub(crate) fn is_parquet(source: &Path, options: &ImportOptions) -> Result<bool, EventLogError> {
    refuse_overwrite(source, options)?;
    Ok(matches!(sniff(Box::new(open(source)?), source)?, Source::Parquet))
}

/// A rejects file in the place of the source would destroy it before it is read.
fn refuse_overwrite(source: &Path, options: &ImportOptions) -> Result<(), EventLogError> {
    let same = |rejects: &Path| match (source.canonicalize(), rejects.canonicalize()) {
        (Ok(source), Ok(rejects)) => source == rejects,
        _ => false,
    };
    match &options.rejects {
        Some(rejects) if same(rejects) => Err(EventLogError::Io {
            action: "write rejects to",
            path: rejects.clone(),
            source: io::Error::new(io::ErrorKind::InvalidInput, "it is the source itself"),
        }),
        _ => Ok(()),
    }
}
