//! Events to Parquet, complete or not at all.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::builder::{Int64Builder, StringBuilder, TimestampMicrosecondBuilder, UInt32Builder};
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{ArrowError, DataType, Field, Schema, SchemaRef, TimeUnit};
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::schema::types::ColumnPath;
use tempfile::{Builder, NamedTempFile};
use tenure_core::{Attributes, Currency, Event, Money};

use crate::EventLogError;

/// Rows gathered before they are encoded.
const BATCH_ROWS: usize = 1 << 16;

/// Rows encoded before they go to the disk: what bounds the memory of a writer.
const ROW_GROUP_ROWS: usize = 1 << 18;

/// Writes events to a Parquet file that [`read_events`](crate::read_events) reads without a map.
///
/// Columns: `customer_id`, `kind` (text), `occurred_at` (timestamp in microseconds, UTC), `amount_minor`
/// (64-bit minor units, null where no money changed hands) and `currency`; then `ingested_at` (as `occurred_at`),
/// `discount_minor` (as `amount_minor`), `duration_us` (64-bit microseconds), `quantity` and `rating` (32 bits,
/// unsigned), and as text `event_id`, `order_id`, `product`, `category`, `channel`, `campaign`, `device` and
/// `country`, all null where nothing is known: a column without values takes next to no room.
///
/// The file appears under its name only when [`finish`](Self::finish) has put all of it on the disk; dropped
/// before, nothing is left behind.
///
/// ```
/// use tenure_core::{Currency, Event, EventKind, Money, Timestamp};
/// use tenure_eventlog::{EventWriter, ImportOptions, read_events};
///
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("events.parquet");
/// let instant = Timestamp::from_microseconds(852_076_800_000_001)?;
/// let paid = Money::parse("29.33", Currency::USD)?;
/// let order = Event::new("00004".parse()?, EventKind::Order, instant, Some(paid));
/// let mut writer = EventWriter::create(&path, Currency::USD)?;
/// writer.write(&order)?;
/// assert_eq!(writer.finish()?, 1);
///
/// let options = ImportOptions::new(Currency::USD, order.occurred_at);
/// read_events(&path, &options, &mut |read| Ok(assert_eq!(read, order)), &mut |_| {})?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct EventWriter {
    path: PathBuf,
    currency: Currency,
    writer: ArrowWriter<NamedTempFile>,
    batch: Batch,
    events: u64,
}

impl EventWriter {
    /// Begins a file at `path` for events in one currency. A file that is already there stays until the new one
    /// is complete.
    ///
    /// # Errors
    /// When no file can be made in its folder.
    pub fn create(path: &Path, currency: Currency) -> Result<Self, EventLogError> {
        let failed = |source| EventLogError::Io { action: "create", path: path.to_owned(), source };
        let file = temporary(folder_of(path)).map_err(failed)?;
        let properties = WriterProperties::builder()
            .set_compression(Compression::SNAPPY)
            .set_max_row_group_row_count(Some(ROW_GROUP_ROWS))
            // Every value of these is another: a dictionary of them would only cost.
            .set_column_dictionary_enabled(ColumnPath::from("event_id"), false)
            .set_column_dictionary_enabled(ColumnPath::from("occurred_at"), false)
            .set_column_dictionary_enabled(ColumnPath::from("ingested_at"), false)
            .build();
        let writer =
            ArrowWriter::try_new(file, schema(), Some(properties)).map_err(|error| parquet(path, error))?;
        Ok(Self { path: path.to_owned(), currency, writer, batch: Batch::default(), events: 0 })
    }

    /// Adds an event.
    ///
    /// # Errors
    /// When its amount or its discount is in another currency, or the disk is full.
    pub fn write(&mut self, event: &Event) -> Result<(), EventLogError> {
        let foreign = |money: &Money| money.currency() != self.currency;
        if let Some(money) = [event.amount, event.attributes.discount].into_iter().flatten().find(foreign) {
            return Err(EventLogError::MixedCurrencies {
                path: self.path.clone(),
                expected: self.currency,
                found: money.currency(),
            });
        }
        self.batch.push(event, self.currency);
        self.events += 1;
        if self.batch.rows == BATCH_ROWS { self.flush() } else { Ok(()) }
    }

    /// Puts the file on the disk under its name; returns how many events it holds.
    ///
    /// # Errors
    /// When it cannot be written or renamed; then nothing is at its name that was not there before.
    pub fn finish(mut self) -> Result<u64, EventLogError> {
        self.flush()?;
        let path = self.path;
        let failed = |source| EventLogError::Io { action: "write", path: path.clone(), source };
        let file = self.writer.into_inner().map_err(|error| parquet(&path, error))?;
        file.as_file().sync_all().map_err(failed)?;
        file.persist(&path).map_err(|error| failed(error.error))?;
        // The new name is on the disk only when its folder is.
        #[cfg(unix)]
        std::fs::File::open(folder_of(&path)).and_then(|folder| folder.sync_all()).map_err(failed)?;
        Ok(self.events)
    }

    fn flush(&mut self) -> Result<(), EventLogError> {
        let batch =
            self.batch.take().map_err(|source| EventLogError::Arrow { path: self.path.clone(), source })?;
        self.writer.write(&batch).map_err(|error| parquet(&self.path, error))
    }
}

impl std::fmt::Debug for EventWriter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EventWriter")
            .field("path", &self.path)
            .field("events", &self.events)
            .finish_non_exhaustive()
    }
}

#[derive(Debug, Default)]
struct Batch {
    customer_id: StringBuilder,
    kind: StringBuilder,
    occurred_at: TimestampMicrosecondBuilder,
    amount_minor: Int64Builder,
    currency: StringBuilder,
    ingested_at: TimestampMicrosecondBuilder,
    discount_minor: Int64Builder,
    duration_us: Int64Builder,
    quantity: UInt32Builder,
    rating: UInt32Builder,
    texts: [StringBuilder; TEXTS.len()],
    rows: usize,
}

/// The attributes that are text, in the order of their columns.
const TEXTS: [&str; 8] =
    ["event_id", "order_id", "product", "category", "channel", "campaign", "device", "country"];

/// In the order of [`TEXTS`].
fn texts(attributes: &Attributes) -> [Option<&str>; TEXTS.len()] {
    let Attributes { event_id, order_id, product, category, channel, campaign, device, country, .. } =
        attributes;
    [event_id, order_id, product, category, channel, campaign, device, country].map(|text| text.as_deref())
}

impl Batch {
    fn push(&mut self, event: &Event, currency: Currency) {
        self.customer_id.append_value(event.customer_id.as_str());
        self.kind.append_value(event.kind.as_str());
        self.occurred_at.append_value(event.occurred_at.microseconds());
        self.amount_minor.append_option(event.amount.map(|amount| amount.minor_units()));
        self.currency.append_value(currency.code());
        self.ingested_at.append_value(event.ingested_at.microseconds());
        let attributes = &event.attributes;
        self.discount_minor.append_option(attributes.discount.map(|discount| discount.minor_units()));
        self.duration_us.append_option(attributes.duration.map(|length| length.microseconds()));
        self.quantity.append_option(attributes.quantity);
        self.rating.append_option(attributes.rating);
        for (column, text) in self.texts.iter_mut().zip(texts(attributes)) {
            column.append_option(text);
        }
        self.rows += 1;
    }

    fn take(&mut self) -> Result<RecordBatch, ArrowError> {
        self.rows = 0;
        let mut columns: Vec<ArrayRef> = vec![
            Arc::new(self.customer_id.finish()),
            Arc::new(self.kind.finish()),
            Arc::new(self.occurred_at.finish().with_timezone("UTC")),
            Arc::new(self.amount_minor.finish()),
            Arc::new(self.currency.finish()),
            Arc::new(self.ingested_at.finish().with_timezone("UTC")),
            Arc::new(self.discount_minor.finish()),
            Arc::new(self.duration_us.finish()),
            Arc::new(self.quantity.finish()),
            Arc::new(self.rating.finish()),
        ];
        columns.extend(self.texts.iter_mut().map(|column| Arc::new(column.finish()) as ArrayRef));
        RecordBatch::try_new(schema(), columns)
    }
}

fn schema() -> SchemaRef {
    let time = || DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
    let mut fields = vec![
        Field::new("customer_id", DataType::Utf8, false),
        Field::new("kind", DataType::Utf8, false),
        Field::new("occurred_at", time(), false),
        Field::new("amount_minor", DataType::Int64, true),
        Field::new("currency", DataType::Utf8, false),
        Field::new("ingested_at", time(), false),
        Field::new("discount_minor", DataType::Int64, true),
        Field::new("duration_us", DataType::Int64, true),
        Field::new("quantity", DataType::UInt32, true),
        Field::new("rating", DataType::UInt32, true),
    ];
    fields.extend(TEXTS.map(|name| Field::new(name, DataType::Utf8, true)));
    Arc::new(Schema::new(fields))
}

/// A Parquet error, or the disk error behind it.
pub(crate) fn parquet(path: &Path, source: ParquetError) -> EventLogError {
    if let ParquetError::External(cause) = source {
        // A full disk is the disk's error, not the file's.
        return EventLogError::Io { action: "write", path: path.to_owned(), source: io::Error::other(cause) };
    }
    EventLogError::Parquet { path: path.to_owned(), source }
}

/// A temporary file beside the final one.
pub(crate) fn temporary_beside(path: &Path) -> Result<NamedTempFile, EventLogError> {
    let failed = |source| EventLogError::Io { action: "create", path: path.to_owned(), source };
    temporary(folder_of(path)).map_err(failed)
}

pub(crate) fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// A temporary file beside the final one, with the rights that a plain new file would have.
pub(crate) fn temporary(folder: &Path) -> io::Result<NamedTempFile> {
    let mut builder = Builder::new();
    builder.prefix(".tenure-").suffix(".tmp");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    builder.tempfile_in(folder)
}
