//! Rows that could not be read: why, how many, and the file they go to.

use std::fmt;
use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::EventLogError;

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
    /// Bytes that are not UTF-8 in a column that is needed.
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
            Self::InvalidUtf8 => "not UTF-8",
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
#[derive(Debug)]
pub(crate) struct RejectsWriter(Option<(PathBuf, csv::Writer<BufWriter<File>>)>);

impl RejectsWriter {
    pub(crate) fn create(path: Option<&Path>) -> Result<Self, EventLogError> {
        let Some(path) = path else {
            return Ok(Self(None));
        };
        let failed = |source| EventLogError::Io { action: "create", path: path.to_owned(), source };
        let mut writer = csv::Writer::from_writer(BufWriter::new(File::create(path).map_err(failed)?));
        writer.write_record(["line", "reason", "row"]).map_err(|error| failed(error.into()))?;
        Ok(Self(Some((path.to_owned(), writer))))
    }

    pub(crate) fn write(&mut self, line: u64, reject: &Reject, row: &str) -> Result<(), EventLogError> {
        let Some((path, writer)) = &mut self.0 else {
            return Ok(());
        };
        writer
            .write_record([line.to_string().as_str(), &reject.to_string(), row])
            .map_err(|error| EventLogError::Io { action: "write", path: path.clone(), source: error.into() })
    }

    /// Puts everything on the disk.
    pub(crate) fn finish(self) -> Result<(), EventLogError> {
        let Some((path, writer)) = self.0 else {
            return Ok(());
        };
        let failed = |source| EventLogError::Io { action: "write", path: path.clone(), source };
        let buffer = writer.into_inner().map_err(|error| failed(error.into_error()))?;
        let file = buffer.into_inner().map_err(|error| failed(error.into_error()))?;
        file.sync_all().map_err(failed)
    }
}
