//! Files of events and of truths: each appears whole or not at all.

use std::path::{Path, PathBuf};

use anyhow::{Context, Error};
use tempfile::NamedTempFile;
use tenure_core::{Currency, Event, Money, Timestamp};
use tenure_eventlog::EventWriter;
use tenure_learn::simulate::{Simulation, Truth};

use crate::scores::temporary;

/// A file of events: Parquet, or CSV by the name of the file.
pub(super) enum EventFile {
    Parquet(Box<EventWriter>),
    Csv(Box<CsvFile>),
}

const EVENT_COLUMNS: [&str; 18] = [
    "customer_id",
    "kind",
    "occurred_at",
    "ingested_at",
    "amount",
    "currency",
    "quantity",
    "rating",
    "discount",
    "duration",
    "product",
    "category",
    "channel",
    "campaign",
    "device",
    "country",
    "order_id",
    "event_id",
];

impl EventFile {
    pub(super) fn create(path: &Path, currency: Currency) -> Result<Self, Error> {
        if path.extension().is_some_and(|extension| extension == "csv") {
            return Ok(Self::Csv(Box::new(CsvFile::create(path, &EVENT_COLUMNS)?)));
        }
        Ok(Self::Parquet(Box::new(EventWriter::create(path, currency)?)))
    }

    pub(super) fn write(&mut self, event: &Event) -> Result<(), Error> {
        match self {
            Self::Parquet(writer) => Ok(writer.write(event)?),
            Self::Csv(file) => file.write(&event_row(event)),
        }
    }

    pub(super) fn finish(self) -> Result<(), Error> {
        match self {
            Self::Parquet(writer) => writer.finish().map(|_| ()).map_err(Error::from),
            Self::Csv(file) => file.finish(),
        }
    }
}

/// The row as text; what is not known is empty.
fn event_row(event: &Event) -> [String; EVENT_COLUMNS.len()] {
    let known = &event.attributes;
    let text = |value: &Option<Box<str>>| value.as_deref().unwrap_or_default().to_owned();
    [
        event.customer_id.to_string(),
        event.kind.to_string(),
        event.occurred_at.to_string(),
        event.ingested_at.to_string(),
        decimal(event.amount),
        event.amount.or(known.discount).map(|money| money.currency().to_string()).unwrap_or_default(),
        shown(known.quantity),
        shown(known.rating),
        decimal(known.discount),
        shown(known.duration),
        text(&known.product),
        text(&known.category),
        text(&known.channel),
        text(&known.campaign),
        text(&known.device),
        text(&known.country),
        text(&known.order_id),
        text(&known.event_id),
    ]
}

/// The number alone: its currency has a column.
fn decimal(money: Option<Money>) -> String {
    let text = shown(money);
    text.split(' ').next().unwrap_or_default().to_owned()
}

fn shown(value: Option<impl ToString>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

/// A CSV of truths.
pub(super) struct TruthFile(CsvFile);

impl TruthFile {
    /// The name of the dropout says which process it belongs to.
    pub(super) fn create(path: &Path, simulation: &Simulation) -> Result<Self, Error> {
        let dropout = match simulation.process.name() {
            "bg_nbd" => "dropout_probability",
            _ => "dropout_per_week",
        };
        let columns = [
            "customer_id",
            "is_buyer",
            "arrived_at",
            "first_order_at",
            "churned_at",
            "orders_per_week",
            dropout,
            "mean_order",
            "orders",
            "is_discount_hunter",
            "country",
        ];
        CsvFile::create(path, &columns).map(Self)
    }

    pub(super) fn write(&mut self, truth: &Truth) -> Result<(), Error> {
        let instant = |at: Option<Timestamp>| shown(at);
        self.0.write(&[
            truth.customer_id.to_string(),
            truth.is_buyer.to_string(),
            truth.arrived_at.to_string(),
            instant(truth.first_order_at),
            instant(truth.churned_at),
            truth.orders_per_week.to_string(),
            truth.dropout.to_string(),
            truth.mean_order.to_string(),
            truth.orders.to_string(),
            truth.is_discount_hunter.to_string(),
            truth.country.to_owned(),
        ])
    }

    pub(super) fn finish(self) -> Result<(), Error> {
        self.0.finish()
    }
}

/// A CSV that is named when it is complete.
pub(super) struct CsvFile {
    path: PathBuf,
    writer: csv::Writer<NamedTempFile>,
}

impl CsvFile {
    fn create(path: &Path, columns: &[&str]) -> Result<Self, Error> {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let file = temporary(folder).with_context(|| format!("cannot write to {}", folder.display()))?;
        let mut writer = csv::WriterBuilder::new().buffer_capacity(1 << 16).from_writer(file);
        writer.write_record(columns)?;
        Ok(Self { path: path.to_owned(), writer })
    }

    fn write(&mut self, row: &[String]) -> Result<(), Error> {
        Ok(self.writer.write_record(row)?)
    }

    fn finish(self) -> Result<(), Error> {
        let file = self.writer.into_inner().map_err(|error| error.into_error())?;
        file.as_file().sync_all()?;
        file.persist(&self.path).with_context(|| format!("cannot write {}", self.path.display()))?;
        Ok(())
    }
}
