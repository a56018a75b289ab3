//! Rows that could not be read: why, how many, and the file they go to.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;
use tempfile::NamedTempFile;

use crate::EventLogError;
use crate::writer::{folder_of, temporary};

/// Why a row was rejected, for counting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RejectReason {
    /// More or fewer fields than the header has.
    FieldCount,
    /// A quotation mark that is never closed.
    UnclosedQuote,
    /// Longer than [`MAX_RECORD_BYTES`](crate::MAX_RECORD_BYTES).
    RowTooLong,
    /// Bytes that are no character, in a column that is needed.
    InvalidUtf8,
    /// No customer id, or one that [`CustomerId`](tenure_core::CustomerId) refuses.
    CustomerId,
    /// A date that cannot be read, or none.
    Date,
    /// A date that is day first or month first, where the file's first rows did not show which.
    AmbiguousDate,
    /// A time after the present.
    FutureTime,
    /// An amount that cannot be read, or none.
    Amount,
    /// A negative amount that nothing explains.
    NegativeAmount,
    /// An amount in another currency than the reporting one.
    OtherCurrency,
    /// A kind of event whose name cannot be kept.
    Kind,
}

impl RejectReason {
    /// The reason in words.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::FieldCount => "wrong number of fields",
            Self::UnclosedQuote => "quotation mark never closed",
            Self::RowTooLong => "row too long",
            Self::InvalidUtf8 => "bytes that are no character",
            Self::CustomerId => "bad customer id",
            Self::Date => "unreadable date",
            Self::AmbiguousDate => "day or month first? pass --date-order",
            Self::FutureTime => "time in the future",
            Self::Amount => "unreadable amount",
            Self::NegativeAmount => "negative amount: map a kind column or pass --negative-amounts refund",
            Self::OtherCurrency => "other currency",
            Self::Kind => "bad event kind",
        }
    }
}

impl fmt::Display for RejectReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A reason with the value that gave it; empty where the row itself says enough.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Reject {
    pub(crate) reason: RejectReason,
    pub(crate) value: String,
}

impl Reject {
    pub(crate) fn new(reason: RejectReason, value: impl fmt::Display) -> Self {
        Self { reason, value: value.to_string() }
    }
}

impl fmt::Display for Reject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.value.as_str() {
            "" => self.reason.fmt(f),
            value => write!(f, "{}: {value}", self.reason),
        }
    }
}

/// Writes `line,reason,row`; does nothing where the caller named no file.
///
/// There is a file exactly where something was rejected, and it appears whole: a clean import needs no right
/// to write anywhere, and takes away what an earlier one left at the name.
#[derive(Debug)]
pub(crate) struct RejectsWriter {
    path: Option<PathBuf>,
    /// From the first reject on.
    writer: Option<csv::Writer<BufWriter<Target>>>,
}

impl RejectsWriter {
    pub(crate) fn new(path: Option<&Path>) -> Self {
        Self { path: path.map(Path::to_owned), writer: None }
    }

    pub(crate) fn write(&mut self, line: u64, reject: &Reject, row: &str) -> Result<(), EventLogError> {
        let Some(path) = &self.path else {
            return Ok(());
        };
        let failed = |action| move |source| EventLogError::Io { action, path: path.clone(), source };
        let writer = match &mut self.writer {
            Some(writer) => writer,
            none => {
                let target = Target::create(path).map_err(failed("create"))?;
                let mut writer = csv::Writer::from_writer(BufWriter::new(target));
                writer
                    .write_record(["line", "reason", "row"])
                    .map_err(|error| failed("write")(error.into()))?;
                none.insert(writer)
            }
        };
        writer
            .write_record([line.to_string().as_str(), &reject.to_string(), row])
            .map_err(|error| failed("write")(error.into()))
    }

    /// Puts everything on the disk and returns where it is; where nothing was rejected nothing is left there.
    pub(crate) fn finish(self) -> Result<Option<PathBuf>, EventLogError> {
        let Some(path) = self.path else {
            return Ok(None);
        };
        let failed = |action| {
            let path = path.clone();
            move |source| EventLogError::Io { action, path, source }
        };
        let Some(writer) = self.writer else {
            if path.is_file() {
                fs::remove_file(&path).map_err(failed("remove the rejects of an earlier import at"))?;
            }
            return Ok(None);
        };
        let buffer = writer.into_inner().map_err(|error| failed("write")(error.into_error()))?;
        let target = buffer.into_inner().map_err(|error| failed("write")(error.into_error()))?;
        target.finish(&path).map_err(failed("write"))?;
        Ok(Some(path))
    }
}

/// What rejects are written to.
#[derive(Debug)]
enum Target {
    /// A file that gets its name when it is whole.
    Whole(NamedTempFile),
    /// A pipe or a device, which cannot be replaced.
    Direct(File),
}

impl Target {
    fn create(path: &Path) -> io::Result<Self> {
        match fs::metadata(path) {
            Ok(found) if !found.is_file() => Ok(Self::Direct(File::options().write(true).open(path)?)),
            _ => Ok(Self::Whole(temporary(folder_of(path))?)),
        }
    }

    fn finish(self, path: &Path) -> io::Result<()> {
        match self {
            Self::Whole(file) => {
                file.as_file().sync_all()?;
                file.persist(path).map_err(|error| error.error)?;
            }
            Self::Direct(mut file) => file.flush()?,
        }
        Ok(())
    }
}

impl Write for Target {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Whole(file) => file.write(bytes),
            Self::Direct(file) => file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Whole(file) => file.flush(),
            Self::Direct(file) => file.flush(),
        }
    }
}
