//! What the caller decides about an import.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use serde::Serialize;
use tenure_core::{Currency, TimeZone, Timestamp};

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
    /// Where rejected rows go, as CSV `line,reason,row` in UTF-8; `None` only counts them. The file appears when
    /// it is whole, and only if a row was rejected; one that an earlier import left there goes.
    pub rejects: Option<PathBuf>,
    /// Largest share of rows that may be rejected, from 0 to 1.
    pub max_reject_share: f64,
}

impl ImportOptions {
    /// The encoding that the file shows, columns by alias, UTC, decimal points, negative amounts rejected, at most 1 % of rows rejected.
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
