//! Which column of a file is which field of an event.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;

use crate::EventLogError;
use crate::suggest::nearest;

/// A field of an event that a column can fill.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// Who; needed.
    CustomerId,
    /// When; needed.
    OccurredAt,
    /// How much; needed.
    Amount,
    /// What: an event kind, or words such as `refund`, `returned`, `cancelled`.
    Kind,
    /// The shop's number of the order.
    OrderId,
    /// The currency of the amount, as an ISO 4217 code.
    Currency,
    /// When the shop's systems learned of it.
    IngestedAt,
    /// The shop's id of the event: the same id twice is one event.
    EventId,
    /// Pieces or points.
    Quantity,
    /// An answer in points.
    Rating,
    /// By how much an order was reduced, in major units.
    Discount,
    /// How long it took, in [`ImportOptions::duration_unit`](crate::ImportOptions::duration_unit).
    Duration,
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

impl Field {
    /// Every field, needed ones first.
    pub const ALL: [Self; 18] = [
        Self::CustomerId,
        Self::OccurredAt,
        Self::Amount,
        Self::Kind,
        Self::OrderId,
        Self::Currency,
        Self::IngestedAt,
        Self::EventId,
        Self::Quantity,
        Self::Rating,
        Self::Discount,
        Self::Duration,
        Self::Product,
        Self::Category,
        Self::Channel,
        Self::Campaign,
        Self::Device,
        Self::Country,
    ];

    /// The fields that are attributes of an event, in the order of [`ALL`](Self::ALL).
    pub(crate) const ATTRIBUTES: [Self; 12] = {
        let [_, _, _, _, _, _, attributes @ ..] = Self::ALL;
        attributes
    };

    /// The name used in maps and files.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::CustomerId => "customer_id",
            Self::OccurredAt => "occurred_at",
            Self::Amount => "amount",
            Self::Kind => "kind",
            Self::OrderId => "order_id",
            Self::Currency => "currency",
            Self::IngestedAt => "ingested_at",
            Self::EventId => "event_id",
            Self::Quantity => "quantity",
            Self::Rating => "rating",
            Self::Discount => "discount",
            Self::Duration => "duration",
            Self::Product => "product",
            Self::Category => "category",
            Self::Channel => "channel",
            Self::Campaign => "campaign",
            Self::Device => "device",
            Self::Country => "country",
        }
    }

    /// Whether a file of orders without it cannot be read. Other events need no amount.
    #[must_use]
    pub const fn is_needed(&self) -> bool {
        matches!(self, Self::CustomerId | Self::OccurredAt | Self::Amount)
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A column as a map names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ColumnRef {
    /// By its name in the header. For the amount, `A*B` is the product of two columns where no column has
    /// that very name.
    Name(String),
    /// By position from 0, written `#1` for the first: the file has no header.
    Position(usize),
}

impl fmt::Display for ColumnRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => f.write_str(name),
            Self::Position(position) => write!(f, "#{}", position + 1),
        }
    }
}

/// Which columns the caller named: `customer_id=COLUMN,occurred_at=COLUMN,amount=COLUMN`.
///
/// A name with a comma in it goes in double quotes. Positions (`#1`, or plain `1`) say that the file has no
/// header, so names and positions do not mix.
///
/// ```
/// use tenure_eventlog::{ColumnMap, ColumnRef, Field};
/// let map: ColumnMap = "customer_id=Buyer Email,amount=Quantity*Price".parse()?;
/// assert_eq!(map.get(Field::CustomerId), Some(&ColumnRef::Name("Buyer Email".into())));
/// let cdnow: ColumnMap = "customer_id=#1,occurred_at=#2,amount=#4".parse()?;
/// assert!(cdnow.is_positional());
/// assert!("client=id".parse::<ColumnMap>().is_err());
/// # Ok::<(), tenure_eventlog::EventLogError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ColumnMap(Vec<(Field, ColumnRef)>);

impl fmt::Display for ColumnMap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (field, column)) in self.0.iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            // A name that would read back as something else goes in quotes.
            let name_in_need = matches!(column, ColumnRef::Name(name)
                if name.contains(',') || name.starts_with('#') || name.parse::<usize>().is_ok());
            let quote = if name_in_need { "\"" } else { "" };
            write!(f, "{comma}{field}={quote}{column}{quote}")?;
        }
        Ok(())
    }
}

impl ColumnMap {
    /// The column named for a field.
    #[must_use]
    pub fn get(&self, field: Field) -> Option<&ColumnRef> {
        self.0.iter().find(|(mapped, _)| *mapped == field).map(|(_, column)| column)
    }

    /// Whether columns are named by position, so that the file has no header.
    #[must_use]
    pub fn is_positional(&self) -> bool {
        self.0.iter().any(|(_, column)| matches!(column, ColumnRef::Position(_)))
    }
}

impl FromStr for ColumnMap {
    type Err = EventLogError;
    fn from_str(value: &str) -> Result<Self, EventLogError> {
        let mut map = Self::default();
        for part in split_outside_quotes(value) {
            let (field, column) = parse_pair(part.trim())?;
            if map.get(field).is_some() {
                return Err(invalid(part, format!("{field} is given twice")));
            }
            map.0.push((field, column));
        }
        let positions = map.0.iter().filter(|(_, column)| matches!(column, ColumnRef::Position(_))).count();
        if positions != 0 && positions != map.0.len() {
            return Err(invalid(value, "names and positions are mixed".to_owned()));
        }
        if positions != 0
            && let Some(field) = Field::ALL.iter().find(|field| {
                let may_lack = **field == Field::Amount && map.get(Field::Kind).is_some();
                field.is_needed() && !may_lack && map.get(**field).is_none()
            })
        {
            return Err(invalid(
                value,
                format!("{field} is missing, and without a header it cannot be found"),
            ));
        }
        Ok(map)
    }
}

/// Which column was taken for a field, and how.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ColumnChoice {
    /// The field.
    pub field: Field,
    /// The column's name in the file; `A*B` for a product, `#1` for a position.
    pub column: String,
    /// How it was chosen.
    pub by: ChosenBy,
    /// Columns that would also have been recognised, best first.
    pub passed_over: Vec<String>,
}

/// How a column was chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ChosenBy {
    /// The caller's map named it.
    Map,
    /// Its name is a known alias.
    Alias,
}

impl fmt::Display for ColumnChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let by = match self.by {
            ChosenBy::Map => "mapped",
            ChosenBy::Alias => "recognised",
        };
        write!(f, "{} <- {:?} ({by}", self.field, self.column)?;
        if !self.passed_over.is_empty() {
            write!(f, "; not {}", self.passed_over.join(", "))?;
        }
        f.write_str(")")
    }
}

fn parse_pair(part: &str) -> Result<(Field, ColumnRef), EventLogError> {
    let (name, column) = part.split_once('=').ok_or_else(|| invalid(part, "there is no =".to_owned()))?;
    let name = name.trim();
    let field = Field::ALL.into_iter().find(|field| field.as_str() == name).ok_or_else(|| {
        let names: Vec<String> = Field::ALL.iter().map(ToString::to_string).collect();
        let hint = nearest(name, &names).map_or_else(String::new, |near| format!(", did you mean {near}?"));
        invalid(part, format!("{name:?} is not a field ({}){hint}", names.join(", ")))
    })?;
    let column = column.trim();
    if let Some(quoted) = column.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        return Ok((field, ColumnRef::Name(quoted.to_owned())));
    }
    if column.is_empty() {
        return Err(invalid(part, "the column is empty".to_owned()));
    }
    let digits = column.strip_prefix('#').unwrap_or(column);
    match digits.parse::<usize>() {
        Ok(0) => Err(invalid(part, "positions count from 1".to_owned())),
        Ok(position) => Ok((field, ColumnRef::Position(position - 1))),
        Err(_) => Ok((field, ColumnRef::Name(column.to_owned()))),
    }
}

fn split_outside_quotes(text: &str) -> Vec<&str> {
    let mut quoted = false;
    text.split(|character| {
        quoted ^= character == '"';
        character == ',' && !quoted
    })
    .collect()
}

fn invalid(value: &str, problem: String) -> EventLogError {
    EventLogError::InvalidMap { value: value.to_owned(), problem }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_names_quotes_and_positions() {
        let map: ColumnMap = "customer_id = \"Name, full\" ,amount=a=b".parse().unwrap();
        assert_eq!(map.get(Field::CustomerId), Some(&ColumnRef::Name("Name, full".into())));
        assert_eq!(map.get(Field::Amount), Some(&ColumnRef::Name("a=b".into())));
        let map: ColumnMap = "customer_id=1,occurred_at=#2,amount=4".parse().unwrap();
        assert_eq!(map.get(Field::Amount), Some(&ColumnRef::Position(3)));
        for text in ["customer_id=#1,occurred_at=#2,amount=#4", "amount=\"2024\",customer_id=\"a, b\""] {
            assert_eq!(text.parse::<ColumnMap>().unwrap().to_string(), text);
        }
        // A quoted number is a name.
        let map: ColumnMap = "amount=\"2024\"".parse().unwrap();
        assert_eq!(map.get(Field::Amount), Some(&ColumnRef::Name("2024".into())));
    }

    #[test]
    fn says_what_is_wrong_with_a_map() {
        for (text, problem) in [
            ("", "no ="),
            ("amount", "no ="),
            ("amount=", "empty"),
            ("custmer_id=x", "did you mean customer_id"),
            ("amount=a,amount=b", "twice"),
            ("customer_id=#1,amount=Total", "mixed"),
            ("customer_id=#1,amount=#2", "occurred_at is missing"),
            ("amount=#0", "count from 1"),
        ] {
            let message = text.parse::<ColumnMap>().unwrap_err().to_string();
            assert!(message.contains(problem), "{text}: {message}");
        }
    }
}
