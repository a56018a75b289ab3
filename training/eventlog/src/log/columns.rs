//! The columns of a log: three that every event has, and what else may be known about it.

use std::sync::Arc;

use arrow_schema::{DataType, Field, Schema, SchemaRef, TimeUnit};
use serde::{Deserialize, Serialize};

/// A column that not every log has. What is wholly absent takes no room and is not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Column {
    /// When the event became known; null where that was at once.
    IngestedAt,
    /// Minor units of the log's currency.
    Amount,
    /// Minor units by which an order was reduced.
    Discount,
    /// Microseconds.
    Duration,
    /// Pieces or points.
    Quantity,
    /// An answer in points.
    Rating,
    /// The shop's id of the event.
    EventId,
    /// The order that it is about.
    OrderId,
    /// The product.
    Product,
    /// Its category.
    Category,
    /// Where it happened.
    Channel,
    /// The campaign that led to it.
    Campaign,
    /// The kind of device.
    Device,
    /// The country.
    Country,
}

impl Column {
    /// Every column, in the order in which files hold them.
    pub const ALL: [Self; 14] = [
        Self::IngestedAt,
        Self::Amount,
        Self::Discount,
        Self::Duration,
        Self::Quantity,
        Self::Rating,
        Self::EventId,
        Self::OrderId,
        Self::Product,
        Self::Category,
        Self::Channel,
        Self::Campaign,
        Self::Device,
        Self::Country,
    ];

    /// The name in the files of a log.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::IngestedAt => "ingested_at",
            Self::Amount => "amount_minor",
            Self::Discount => "discount_minor",
            Self::Duration => "duration_us",
            Self::Quantity => "quantity",
            Self::Rating => "rating",
            Self::EventId => "event_id",
            Self::OrderId => "order_id",
            Self::Product => "product",
            Self::Category => "category",
            Self::Channel => "channel",
            Self::Campaign => "campaign",
            Self::Device => "device",
            Self::Country => "country",
        }
    }

    pub(crate) const fn is_text(self) -> bool {
        !matches!(
            self,
            Self::IngestedAt | Self::Amount | Self::Discount | Self::Duration | Self::Quantity | Self::Rating
        )
    }

    /// Whether nearly every value of it is another: a dictionary of such a column only costs.
    pub(crate) const fn is_id(self) -> bool {
        matches!(self, Self::EventId | Self::OrderId)
    }

    /// The type in memory, between a source and a file.
    pub(crate) const fn staged_type(self) -> DataType {
        match self {
            Self::IngestedAt | Self::Amount | Self::Discount | Self::Duration => DataType::Int64,
            Self::Quantity | Self::Rating => DataType::UInt32,
            Self::EventId
            | Self::OrderId
            | Self::Product
            | Self::Category
            | Self::Channel
            | Self::Campaign
            | Self::Device
            | Self::Country => DataType::Utf8,
        }
    }
}

/// A set of columns.
///
/// ```
/// use tenure_eventlog::log::{Column, Columns};
/// let columns = Columns::of(&[Column::Amount, Column::Channel]);
/// assert!(columns.has(Column::Amount) && !columns.has(Column::Country));
/// assert_eq!(Columns::ALL.iter().count(), 14);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Columns(u16);

impl Columns {
    /// Only who, what and when.
    pub const NONE: Self = Self(0);
    /// Everything that is known.
    pub const ALL: Self = Self((1 << Column::ALL.len()) - 1);

    /// These columns.
    #[must_use]
    pub fn of(columns: &[Column]) -> Self {
        columns.iter().fold(Self::NONE, |set, column| set.with(*column))
    }

    /// The set and one more.
    #[must_use]
    pub const fn with(self, column: Column) -> Self {
        Self(self.0 | 1 << column as u16)
    }

    /// Whether the set has the column.
    #[must_use]
    pub const fn has(self, column: Column) -> bool {
        self.0 & 1 << column as u16 != 0
    }

    /// What is in either set.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// What is in both sets.
    #[must_use]
    pub const fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// The columns, in the order of files.
    pub fn iter(self) -> impl Iterator<Item = Column> {
        Column::ALL.into_iter().filter(move |column| self.has(*column))
    }
}

impl FromIterator<Column> for Columns {
    fn from_iter<I: IntoIterator<Item = Column>>(columns: I) -> Self {
        columns.into_iter().fold(Self::NONE, Self::with)
    }
}

/// The column of a file that says who.
pub(crate) const CUSTOMER_ID: &str = "customer_id";
/// The column of a file that says what.
pub(crate) const KIND: &str = "kind";
/// The column of a file that says when.
pub(crate) const OCCURRED_AT: &str = "occurred_at";

/// Text as numbers and a list of what they stand for.
pub(crate) fn dictionary() -> DataType {
    DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8))
}

/// Microseconds since 1970, as people's tools understand them.
pub(crate) fn time() -> DataType {
    DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))
}

/// The schema of a run file with these columns.
pub(crate) fn file_schema(columns: Columns) -> SchemaRef {
    let mut fields = vec![
        Field::new(CUSTOMER_ID, dictionary(), false),
        Field::new(KIND, dictionary(), false),
        Field::new(OCCURRED_AT, time(), false),
    ];
    for column in columns.iter() {
        let data_type = if column == Column::IngestedAt {
            time()
        } else if column.is_text() && !column.is_id() {
            dictionary()
        } else {
            column.staged_type()
        };
        fields.push(Field::new(column.as_str(), data_type, true));
    }
    Arc::new(Schema::new(fields))
}
