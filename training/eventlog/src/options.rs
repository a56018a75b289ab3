//! What the caller decides about an import.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use serde::Serialize;
use tenure_core::{Currency, EventKind, TimeZone, Timestamp};

use crate::{ColumnMap, EncodingChoice, EventLogError};

/// What a date such as 03/04/2024 means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DateOrder {
    /// 3 April: `dd/mm/yyyy`.
    DayFirst,
    /// March 4: `mm/dd/yyyy`.
    MonthFirst,
}

/// What divides the whole part of an amount from its fraction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DecimalMark {
    /// `1,234.56`.
    #[default]
    Point,
    /// `1.234,56`.
    Comma,
}

/// What a negative amount means where nothing in the row says that it is a return.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum NegativeAmounts {
    /// The row is rejected: it may be a mistake.
    #[default]
    Reject,
    /// The row is a refund.
    Refund,
}

/// What a number in a column of durations counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DurationUnit {
    /// Seconds.
    #[default]
    Seconds,
    /// Milliseconds.
    Milliseconds,
    /// Microseconds.
    Microseconds,
    /// Minutes.
    Minutes,
}

impl DurationUnit {
    /// Microseconds in one.
    #[must_use]
    pub const fn microseconds(self) -> i64 {
        match self {
            Self::Seconds => 1_000_000,
            Self::Milliseconds => 1_000,
            Self::Microseconds => 1,
            Self::Minutes => 60_000_000,
        }
    }
}

/// What a shop's own words for kinds mean: `page_view=product_view,buy=order`.
///
/// Words are compared without regard to case.
///
/// ```
/// use tenure_core::EventKind;
/// use tenure_eventlog::KindMap;
/// let map: KindMap = "page_view=product_view, Buy=order".parse()?;
/// assert_eq!(map.get("buy"), Some(&EventKind::Order));
/// assert!("page_view".parse::<KindMap>().is_err());
/// # Ok::<(), tenure_eventlog::EventLogError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KindMap(Vec<(String, EventKind)>);

impl KindMap {
    /// What a word means; `None` where the map does not say.
    #[must_use]
    pub fn get(&self, word: &str) -> Option<&EventKind> {
        let word = word.trim();
        self.0.iter().find(|(known, _)| known.to_lowercase() == word.to_lowercase()).map(|(_, kind)| kind)
    }

    /// Whether it says nothing.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromStr for KindMap {
    type Err = EventLogError;
    fn from_str(value: &str) -> Result<Self, EventLogError> {
        let mut map = Self::default();
        for part in value.split(',') {
            let invalid =
                |problem: String| EventLogError::InvalidKindMap { value: part.trim().to_owned(), problem };
            let (word, kind) = part.split_once('=').ok_or_else(|| invalid("there is no =".to_owned()))?;
            let word = word.trim();
            if word.is_empty() {
                return Err(invalid("the word before = is empty".to_owned()));
            }
            if map.get(word).is_some() {
                return Err(invalid(format!("{word} is given twice")));
            }
            let kind =
                kind.trim().parse().map_err(|error: tenure_core::CoreError| invalid(error.to_string()))?;
            map.0.push((word.to_owned(), kind));
        }
        Ok(map)
    }
}

macro_rules! spelled {
    ($type:ident, $option:literal, $($text:literal = $variant:ident),+) => {
        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self { $(Self::$variant => $text),+ })
            }
        }

        impl FromStr for $type {
            type Err = EventLogError;
            fn from_str(value: &str) -> Result<Self, EventLogError> {
                match value {
                    $($text => Ok(Self::$variant),)+
                    _ => Err(EventLogError::UnknownOption {
                        option: $option,
                        value: value.to_owned(),
                        accepted: &[$($text),+],
                    }),
                }
            }
        }
    };
}

spelled!(DateOrder, "date-order", "day-first" = DayFirst, "month-first" = MonthFirst);
spelled!(DecimalMark, "decimal", "point" = Point, "comma" = Comma);
spelled!(
    DurationUnit,
    "duration-unit",
    "s" = Seconds,
    "ms" = Milliseconds,
    "us" = Microseconds,
    "m" = Minutes
);
spelled!(NegativeAmounts, "negative-amounts", "reject" = Reject, "refund" = Refund);

/// How to read a file of orders.
#[derive(Clone, Debug)]
pub struct ImportOptions {
    /// How the characters of a text file are written; Parquet says so itself.
    pub encoding: EncodingChoice,
    /// Which column is which; what it does not name is recognised by alias.
    pub columns: ColumnMap,
    /// Where the shop's days begin: the zone of dates and times that name none.
    pub time_zone: TimeZone,
    /// The reporting currency: that of every amount.
    pub currency: Currency,
    /// The present: a row later than this is rejected.
    pub now: Timestamp,
    /// Day or month first in dates such as 03/04/2024; `None` decides from the first rows.
    pub date_order: Option<DateOrder>,
    /// The decimal mark of amounts.
    pub decimal_mark: DecimalMark,
    /// What a negative amount means.
    pub negative_amounts: NegativeAmounts,
    /// Whether orders are what is wanted, so that a file without a column of amounts is refused.
    pub orders_only: bool,
    /// The kind of every row, for a file that does not say; `None` reads a column of kinds, or orders.
    pub kind: Option<EventKind>,
    /// What the file's own words for kinds mean.
    pub kind_map: KindMap,
    /// Whether a kind that Tenure does not know is an error rather than a kind of the shop's own.
    pub strict_kinds: bool,
    /// What a number in a column of durations counts.
    pub duration_unit: DurationUnit,
    /// Where rejected rows go, as CSV `line,reason,row` in UTF-8; `None` only counts them. The file appears when
    /// it is whole, and only if a row was rejected; one that an earlier import left there goes.
    pub rejects: Option<PathBuf>,
    /// Largest share of rows that may be rejected, from 0 to 1.
    pub max_reject_share: f64,
}

impl ImportOptions {
    /// The encoding that the file shows, columns by alias, UTC, decimal points, negative amounts rejected, any kind,
    /// durations in seconds, at most 1 % of rows rejected.
    #[must_use]
    pub fn new(currency: Currency, now: Timestamp) -> Self {
        Self {
            encoding: EncodingChoice::Auto,
            columns: ColumnMap::default(),
            time_zone: TimeZone::utc(),
            currency,
            now,
            date_order: None,
            decimal_mark: DecimalMark::default(),
            negative_amounts: NegativeAmounts::default(),
            orders_only: false,
            kind: None,
            kind_map: KindMap::default(),
            strict_kinds: false,
            duration_unit: DurationUnit::default(),
            rejects: None,
            max_reject_share: 0.01,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_are_those_of_the_command_line() {
        assert_eq!("day-first".parse::<DateOrder>().unwrap(), DateOrder::DayFirst);
        assert_eq!("comma".parse::<DecimalMark>().unwrap(), DecimalMark::Comma);
        assert_eq!("refund".parse::<NegativeAmounts>().unwrap(), NegativeAmounts::Refund);
        for text in ["day-first", "month-first"] {
            assert_eq!(text.parse::<DateOrder>().unwrap().to_string(), text);
        }
        let message = "us".parse::<DateOrder>().unwrap_err().to_string();
        assert!(message.contains("day-first") && message.contains("\"us\""), "{message}");
    }
}
