//! What an import did.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use serde::{Serialize, Serializer};
use tenure_core::Timestamp;

use crate::{ColumnChoice, DateOrder, Encoding, Field, RejectReason};

/// What kind of file was read, by its content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum SourceFormat {
    /// Delimited text.
    Csv {
        /// What stands between fields.
        delimiter: char,
        /// Whether it was packed.
        gzip: bool,
    },
    /// Text in columns parted by spaces.
    Whitespace {
        /// Whether it was packed.
        gzip: bool,
    },
    /// Parquet.
    Parquet,
}

impl fmt::Display for SourceFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (text, gzip) = match self {
            Self::Parquet => return f.write_str("Parquet"),
            Self::Csv { delimiter, gzip } => (format!("CSV with {delimiter:?}"), *gzip),
            Self::Whitespace { gzip } => ("text with spaces".to_owned(), *gzip),
        };
        write!(f, "{text}{}", if gzip { ", gzip" } else { "" })
    }
}

/// What was read, what became of it, and which columns it was taken from.
///
/// `rows` is the sum of `events`, `undone`, `continuation_lines` and the rejects.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ImportSummary {
    /// The file.
    pub source: PathBuf,
    /// What it is.
    pub format: SourceFormat,
    /// How its characters were read; absent for Parquet.
    pub encoding: Option<Encoding>,
    /// Bytes read of it, packed if it is.
    pub bytes: u64,
    /// Rows below the header, empty lines not counted.
    pub rows: u64,
    /// Events given to the sink.
    pub events: u64,
    /// Events that are orders.
    pub orders: u64,
    /// Events that are refunds.
    pub refunds: u64,
    /// Orders left out because their row says that they were cancelled or fully refunded.
    pub undone: u64,
    /// Events whose row repeats the order id, customer and time of the row before: lines of one order, given
    /// on as events of their own.
    pub repeated_order_lines: u64,
    /// Rows left out because they only add a line to the order before: same order id, no date, no amount.
    pub continuation_lines: u64,
    /// Events given on that whoever asked left out: they happened before the date that was asked about and became
    /// known only then or later. The import itself asks about no date, so it says 0.
    pub not_yet_known: u64,
    /// Attributes that could not be read and were left empty.
    pub unreadable: BTreeMap<Field, u64>,
    /// Rejected rows by reason.
    pub rejects: BTreeMap<RejectReason, u64>,
    /// Where the rejected rows are, if there are any and a file was named for them.
    pub rejects_file: Option<PathBuf>,
    /// The earliest event.
    #[serde(serialize_with = "as_text")]
    pub first: Option<Timestamp>,
    /// The latest event.
    #[serde(serialize_with = "as_text")]
    pub last: Option<Timestamp>,
    /// Which column was taken for which field.
    pub columns: Vec<ColumnChoice>,
    /// How dates such as 03/04/2024 were read, if there were any.
    pub date_order: Option<DateOrder>,
}

impl ImportSummary {
    /// How many rows were rejected.
    #[must_use]
    pub fn rejected(&self) -> u64 {
        self.rejects.values().sum()
    }

    /// The share of rows that were rejected, from 0 to 1.
    #[must_use]
    pub fn reject_share(&self) -> f64 {
        if self.rows == 0 { 0.0 } else { self.rejected() as f64 / self.rows as f64 }
    }
}

impl fmt::Display for ImportSummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.source.display(), self.format)?;
        if let Some(encoding) = self.encoding {
            write!(f, ", {encoding}")?;
        }
        writeln!(f, ", {} rows", self.rows)?;
        for choice in &self.columns {
            writeln!(f, "  {choice}")?;
        }
        if let Some(order) = self.date_order {
            let text = match order {
                DateOrder::DayFirst => "day first",
                DateOrder::MonthFirst => "month first",
            };
            writeln!(f, "  dates with two small numbers are {text}")?;
        }
        let others = self.events - self.orders - self.refunds;
        write!(f, "  read {} orders, {} refunds", self.orders, self.refunds)?;
        if others > 0 {
            write!(f, ", {others} other events")?;
        }
        if let (Some(first), Some(last)) = (self.first, self.last) {
            write!(f, ", from {first} to {last}")?;
        }
        let notes = [
            (self.undone, "orders left out: cancelled or fully refunded"),
            (
                self.repeated_order_lines,
                "rows repeat the order id of the row before and count as orders of their own",
            ),
            (
                self.continuation_lines,
                "rows left out: further lines of the order before, without date and amount",
            ),
            (
                self.not_yet_known,
                "orders and refunds left out: they happened before the as-of and became known only then or later",
            ),
        ];
        for (count, note) in notes.iter().filter(|(count, _)| *count > 0) {
            write!(f, "\n  {count} {note}")?;
        }
        for (field, count) in &self.unreadable {
            write!(f, "\n  {count} values of {field} could not be read and are left empty")?;
        }
        write!(f, "\n  {} rows rejected ({:.2} %)", self.rejected(), 100.0 * self.reject_share())?;
        for (reason, count) in &self.rejects {
            write!(f, "\n    {count} {reason}")?;
        }
        match (&self.rejects_file, self.rejected()) {
            (Some(path), 1..) => write!(f, "\n    see {}", path.display()),
            _ => Ok(()),
        }
    }
}

/// Instants as ISO 8601, which people and programs read alike.
fn as_text<S: Serializer>(instant: &Option<Timestamp>, serializer: S) -> Result<S::Ok, S::Error> {
    instant.map(|instant| instant.to_string()).serialize(serializer)
}
