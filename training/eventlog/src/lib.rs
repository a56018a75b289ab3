//! Order files in, events out.
//!
//! A shop's orders come as CSV, as Parquet or as text from a paper, with columns named by whoever wrote the
//! export, dates in the form of one country and amounts in the form of another. This crate is the one place
//! that reads them: everything behind it sees only [`Event`](tenure_core::Event)s.
//!
//! Three rules hold:
//!
//! - **Streaming.** Rows pass through one at a time; memory does not grow with the file ([`MAX_RECORD_BYTES`]
//!   bounds a row of text, a few batches of [`BATCH_ROWS`] bound Parquet).
//! - **Nothing is guessed silently.** Which column was taken for what, and what else could have been, is in
//!   [`ImportSummary::columns`]; a date that could be read two ways is an error, not a choice.
//! - **Nothing is lost.** A row that cannot be read goes to a rejects file with its line and reason and is
//!   counted; more of them than [`ImportOptions::max_reject_share`] is an error.
//!
//! ```
//! use tenure_core::{Currency, Timestamp};
//! use tenure_eventlog::{ImportOptions, read_events_from};
//!
//! let file = "Customer ID;Order date;Total\n17;31.05.2024;$1,234.50\n";
//! let options = ImportOptions::new(Currency::USD, Timestamp::from_microseconds(1_800_000_000_000_000)?);
//! let mut events = Vec::new();
//! let summary = read_events_from(
//!     Box::new(file.as_bytes()),
//!     "orders",
//!     &options,
//!     &mut |event| Ok(events.push(event)),
//!     &mut |_| {},
//! )?;
//! assert_eq!(summary.orders, 1);
//! assert_eq!(summary.columns[0].column, "Customer ID");
//! assert_eq!(events[0].amount.map(|amount| amount.minor_units()), Some(123_450));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Exact duplicates are kept: without an order id two equal orders in one second are two orders. Lines that
//! repeat the order id of the line before are counted in [`ImportSummary::repeated_order_lines`], never
//! merged; sum such an export by order first.

#![forbid(unsafe_code)]

mod alias;
mod amount;
mod columns;
mod convert;
mod date;
mod date_forms;
mod encoding;
mod error;
pub mod features;
mod import;
mod iso;
mod lines;
pub mod log;
mod meaning;
mod options;
mod parquet_column;
mod parquet_shown;
mod parquet_source;
mod reader;
mod rejects;
pub mod segments;
mod source;
mod suggest;
mod summary;
mod table;
mod text_source;
mod writer;

pub use columns::{ChosenBy, ColumnChoice, ColumnMap, ColumnRef, Field};
pub use encoding::{Encoding, EncodingChoice};
pub use error::{EventLogError, SinkError};
pub use lines::MAX_RECORD_BYTES;
pub use options::{DateOrder, DecimalMark, DurationUnit, ImportOptions, KindMap, NegativeAmounts};
pub use parquet_source::BATCH_ROWS;
pub use reader::{Progress, read_events, read_events_from};
pub use rejects::RejectReason;
pub use summary::{ImportSummary, SourceFormat};
pub use text_source::delimiter_of;
pub use writer::EventWriter;
