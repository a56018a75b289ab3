//! One row's cells to one event, or to the reason why not.

mod attributes;

use std::collections::BTreeMap;
use std::fmt::Write;

use tenure_core::{Currency, CustomerId, Event, EventKind, Money, Timestamp};

use crate::amount::{AmountProblem, Decimal, parse_amount, parse_decimal};
use crate::date::DateParser;
use crate::date_forms::DateProblem;
use crate::meaning::{Meaning, Words};
use crate::rejects::Reject;
use crate::{DecimalMark, DurationUnit, Field, ImportOptions, KindMap, NegativeAmounts, RejectReason};

/// A value as its file holds it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Cell<'a> {
    /// Null, or a column that the file does not have.
    Missing,
    /// Text, not trimmed.
    Text(&'a str),
    /// Bytes that are no text.
    NotUtf8,
    /// A whole number.
    Integer(i64),
    /// A 64-bit float.
    Float(f64),
    /// A 32-bit float, whose shortest decimal form is another.
    Float32(f32),
    /// An exact decimal.
    Decimal(Decimal),
    /// Microseconds since 1970-01-01T00:00Z.
    Instant(i64),
    /// Microseconds since 1970-01-01T00:00 on the shop's clock.
    Local(i64),
}

impl<'a> Cell<'a> {
    pub(crate) fn from_bytes(bytes: &'a [u8]) -> Self {
        std::str::from_utf8(bytes).map_or(Self::NotUtf8, Self::of_text)
    }

    /// Text; missing where nothing but white space stands in it.
    pub(crate) fn of_text(text: &'a str) -> Self {
        if text.trim_ascii().is_empty() { Self::Missing } else { Self::Text(text) }
    }

    /// The text, if that is what the file holds.
    pub(crate) fn as_text(self) -> Option<&'a str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    /// The text of a column that is read as text.
    fn text(self) -> Result<&'a str, Reject> {
        match self {
            Self::Text(text) => Ok(text),
            Self::NotUtf8 => {
                Err(Reject::new(RejectReason::InvalidUtf8, "save the file as UTF-8 or name its --encoding"))
            }
            Self::Missing
            | Self::Integer(_)
            | Self::Float(_)
            | Self::Float32(_)
            | Self::Decimal(_)
            | Self::Instant(_)
            | Self::Local(_) => Ok(""),
        }
    }
}

/// The cells of one row that matter.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cells<'a> {
    pub(crate) customer_id: Cell<'a>,
    pub(crate) occurred_at: Cell<'a>,
    pub(crate) amount: Cell<'a>,
    /// The other factor, where the amount is a product.
    pub(crate) factor: Option<Cell<'a>>,
    pub(crate) kind: Cell<'a>,
    pub(crate) order_id: Cell<'a>,
    /// Absent where the file has no such column.
    pub(crate) currency: Option<Cell<'a>>,
    /// The cells of [`Field::ATTRIBUTES`].
    pub(crate) attributes: [Cell<'a>; Field::ATTRIBUTES.len()],
}

/// What a readable row is.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "it is taken apart at once; a box would be made for each row")]
pub(crate) enum Outcome {
    /// Something happened.
    Event(Event),
    /// An order that was cancelled or fully refunded, so neither money nor goods changed hands.
    Undone,
}

/// Turns cells into events.
#[derive(Debug)]
pub(crate) struct Converter {
    currency: Currency,
    now: Timestamp,
    decimal_mark: DecimalMark,
    negative_amounts: NegativeAmounts,
    dates: DateParser,
    words: Words,
    is_minor: bool,
    kind: Option<EventKind>,
    kind_map: KindMap,
    duration_unit: DurationUnit,
    has_minor_discounts: bool,
    /// Attributes that could not be read and were left empty, by place in [`Field::ATTRIBUTES`].
    unreadable: [u64; Field::ATTRIBUTES.len()],
    /// Kept between rows so that printing a float allocates nothing.
    digits: String,
}

impl Converter {
    pub(crate) fn new(options: &ImportOptions, dates: DateParser, words: Words, is_minor: bool) -> Self {
        Self {
            currency: options.currency,
            now: options.now,
            decimal_mark: options.decimal_mark,
            negative_amounts: options.negative_amounts,
            dates,
            words,
            is_minor,
            kind: options.kind.clone(),
            kind_map: options.kind_map.clone(),
            duration_unit: options.duration_unit,
            has_minor_discounts: false,
            unreadable: [0; Field::ATTRIBUTES.len()],
            digits: String::new(),
        }
    }

    /// Says that a file of our own has discounts in minor units or durations in microseconds.
    pub(crate) fn read_own_units(&mut self, minor_discounts: bool, durations_us: bool) {
        self.has_minor_discounts = minor_discounts;
        if durations_us {
            self.duration_unit = DurationUnit::Microseconds;
        }
    }

    pub(crate) fn convert(&mut self, cells: &Cells<'_>) -> Result<Outcome, Reject> {
        let customer_id = CustomerId::new(cells.customer_id.text()?)
            .map_err(|error| Reject::new(RejectReason::CustomerId, error))?;
        let occurred_at = self.instant(cells.occurred_at)?;
        let ingested_at = self.ingested_at(cells, occurred_at)?;
        let meaning = self.meaning(cells.kind.text()?)?;
        let amount = match (self.amount(cells)?, &meaning) {
            (None, Meaning::Other(_)) => None,
            (None, _) => return Err(Reject::new(RejectReason::Amount, "the amount is empty")),
            (Some(amount), _) => {
                self.check_currency(cells.currency)?;
                Some(amount)
            }
        };
        let (kind, amount) = match (meaning, amount) {
            (Meaning::Other(kind), amount) => (kind, amount),
            (Meaning::Undone, Some(amount)) if !amount.is_negative() => return Ok(Outcome::Undone),
            // A row that is a refund may state its amount without a sign.
            (Meaning::Refund, Some(amount)) if amount.minor_units() > 0 => (EventKind::Refund, Some(-amount)),
            (Meaning::Refund, Some(amount)) if amount.minor_units() == 0 => return Ok(Outcome::Undone),
            (Meaning::Order, Some(amount)) if amount.is_negative() => {
                (self.negative_order(amount, cells.order_id)?, Some(amount))
            }
            (Meaning::Order, amount) => (EventKind::Order, amount),
            (Meaning::Refund | Meaning::Undone, amount) => (EventKind::Refund, amount),
        };
        let attributes = self.attributes(cells);
        Ok(Outcome::Event(Event { customer_id, kind, occurred_at, ingested_at, amount, attributes }))
    }

    /// What the word of a row says.
    pub(crate) fn meaning(&self, word: &str) -> Result<Meaning, Reject> {
        if let Some(kind) = self.kind.as_ref().or_else(|| self.kind_map.get(word)) {
            return Ok(Meaning::from(kind.clone()));
        }
        Meaning::of(word, self.words).map_err(|error| Reject::new(RejectReason::Kind, error))
    }

    /// The currency of amounts.
    pub(crate) fn currency(&self) -> Currency {
        self.currency
    }

    /// Whether amounts are whole minor units.
    pub(crate) fn is_minor(&self) -> bool {
        self.is_minor
    }

    /// The last instant that is not the future.
    pub(crate) fn now(&self) -> Timestamp {
        self.now
    }

    /// How often each attribute could not be read.
    pub(crate) fn unreadable(&self) -> BTreeMap<Field, u64> {
        let counted = Field::ATTRIBUTES.into_iter().zip(self.unreadable);
        counted.filter(|(_, count)| *count > 0).collect()
    }

    fn ingested_at(&self, cells: &Cells<'_>, occurred_at: Timestamp) -> Result<Timestamp, Reject> {
        let cell = cells.attributes[0];
        if cell == Cell::Missing { Ok(occurred_at) } else { self.instant(cell) }
    }

    pub(crate) fn instant(&self, cell: Cell<'_>) -> Result<Timestamp, Reject> {
        let unreadable = |value: String| Reject::new(RejectReason::Date, value);
        let parse = |text: &str| {
            self.dates.parse(text).map_err(|problem| match problem {
                DateProblem::Unreadable => unreadable(format!("{text:?}")),
                DateProblem::Ambiguous => Reject::new(RejectReason::AmbiguousDate, format!("{text:?}")),
            })
        };
        let instant = match cell {
            Cell::Missing => return Err(unreadable("the date is empty".to_owned())),
            Cell::Text(_) | Cell::NotUtf8 => parse(cell.text()?)?,
            Cell::Integer(value) => parse(&value.to_string())?,
            Cell::Float(value) => parse(&value.to_string())?,
            Cell::Float32(value) => parse(&value.to_string())?,
            Cell::Decimal(value) => return Err(unreadable(format!("{value:?}"))),
            Cell::Instant(us) => {
                Timestamp::from_microseconds(us).map_err(|error| unreadable(error.to_string()))?
            }
            Cell::Local(us) => {
                self.dates.local(us).ok_or_else(|| unreadable(format!("{us} us since 1970")))?
            }
        };
        if instant > self.now {
            return Err(Reject::new(RejectReason::FutureTime, format!("{instant} is after {}", self.now)));
        }
        Ok(instant)
    }

    pub(crate) fn amount(&mut self, cells: &Cells<'_>) -> Result<Option<Money>, Reject> {
        if cells.amount == Cell::Missing || cells.factor == Some(Cell::Missing) {
            return Ok(None);
        }
        let found = match (cells.factor, cells.amount) {
            (Some(factor), amount) => self.product(factor, amount),
            (None, Cell::Integer(minor)) if self.is_minor => {
                Ok(Money::from_minor_units(minor, self.currency))
            }
            (None, Cell::Text(text)) if self.is_minor => text
                .trim()
                .parse()
                .map(|minor| Money::from_minor_units(minor, self.currency))
                .map_err(|_| AmountProblem::Unreadable),
            (None, Cell::Text(text)) => parse_amount(text, self.currency, self.decimal_mark),
            (None, amount) => self
                .decimal(amount, Some(self.currency))
                .and_then(|number| number.to_money(self.currency).ok_or(AmountProblem::Unreadable)),
        };
        found.map(Some).map_err(|problem| {
            let reason = match problem {
                AmountProblem::Unreadable => RejectReason::Amount,
                AmountProblem::OtherCurrency => RejectReason::OtherCurrency,
            };
            match (cells.amount, cells.factor) {
                (Cell::NotUtf8, _) => Reject::new(RejectReason::InvalidUtf8, "the amount"),
                (amount, None) => Reject::new(reason, described(amount)),
                (amount, Some(factor)) => {
                    Reject::new(reason, format!("{} * {}", described(factor), described(amount)))
                }
            }
        })
    }

    fn product(&mut self, factor: Cell<'_>, amount: Cell<'_>) -> Result<Money, AmountProblem> {
        let factor = self.decimal(factor, None)?;
        let price = self.decimal(amount, Some(self.currency))?;
        let product = factor.checked_mul(price).ok_or(AmountProblem::Unreadable)?;
        product.to_money(self.currency).ok_or(AmountProblem::Unreadable)
    }

    fn decimal(&mut self, cell: Cell<'_>, currency: Option<Currency>) -> Result<Decimal, AmountProblem> {
        if let Cell::Float(value) = cell
            && let Some(short) = Decimal::of_float(value)
        {
            return Ok(short);
        }
        // Rust prints a float as the shortest decimal that reads back as the same float.
        self.digits.clear();
        let printed = match cell {
            Cell::Text(text) => return parse_decimal(text, currency, self.decimal_mark),
            Cell::Integer(value) => return Ok(Decimal { mantissa: value.into(), scale: 0 }),
            Cell::Decimal(value) => return Ok(value),
            Cell::Float(value) => write!(self.digits, "{value:e}"),
            Cell::Float32(value) => write!(self.digits, "{value:e}"),
            Cell::Missing | Cell::NotUtf8 | Cell::Instant(_) | Cell::Local(_) => {
                return Err(AmountProblem::Unreadable);
            }
        };
        printed.map_err(|_| AmountProblem::Unreadable)?;
        parse_decimal(&self.digits, None, DecimalMark::Point)
    }

    fn check_currency(&self, cell: Option<Cell<'_>>) -> Result<(), Reject> {
        let Some(cell) = cell else {
            return Ok(());
        };
        let text = cell.text()?.trim();
        if text.eq_ignore_ascii_case(self.currency.code()) {
            return Ok(());
        }
        Err(Reject::new(RejectReason::OtherCurrency, format!("{text:?} is not {}", self.currency)))
    }

    fn negative_order(&self, amount: Money, order_id: Cell<'_>) -> Result<EventKind, Reject> {
        let is_cancellation = order_id
            .text()?
            .trim()
            .strip_prefix(['C', 'c'])
            .is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()));
        if is_cancellation || self.negative_amounts == NegativeAmounts::Refund {
            return Ok(EventKind::Refund);
        }
        Err(Reject::new(RejectReason::NegativeAmount, amount))
    }
}

fn described(cell: Cell<'_>) -> String {
    match cell {
        Cell::Text(text) => format!("{text:?}"),
        Cell::Integer(value) => value.to_string(),
        Cell::Float(value) => value.to_string(),
        Cell::Float32(value) => value.to_string(),
        Cell::Decimal(value) => format!("{} / 10^{}", value.mantissa, value.scale),
        Cell::Missing | Cell::NotUtf8 | Cell::Instant(_) | Cell::Local(_) => format!("{cell:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::NegativeAmounts::{self as Negative, Refund};

    /// Converts `customer | date | amount | kind | order id` and shows the event, or the reason why not.
    fn convert(row: &str, negative_amounts: Negative) -> String {
        let zone = tenure_core::TimeZone::utc();
        let now = Timestamp::parse("2024-06-01", &zone).unwrap();
        let options = ImportOptions { negative_amounts, ..ImportOptions::new(Currency::USD, now) };
        let mut converter = Converter::new(&options, DateParser::new(&zone, None), Words::States, false);
        let parts: Vec<Cell<'_>> = row.split('|').map(|part| Cell::from_bytes(part.as_bytes())).collect();
        let cells = Cells {
            customer_id: parts[0],
            occurred_at: parts[1],
            amount: parts[2],
            factor: None,
            kind: parts[3],
            order_id: parts[4],
            currency: None,
            attributes: [Cell::Missing; Field::ATTRIBUTES.len()],
        };
        match converter.convert(&cells) {
            Ok(Outcome::Event(event)) => {
                format!(
                    "{} {}",
                    event.kind,
                    event.amount.map_or_else(String::new, |amount| amount.to_string())
                )
            }
            Ok(Outcome::Undone) => "undone".to_owned(),
            Err(reject) => reject.to_string(),
        }
    }

    #[track_caller]
    fn check(row: &str, expected: &str) {
        assert_eq!(convert(row, Negative::Reject), expected, "{row}");
    }

    #[test]
    fn orders_and_refunds() {
        check("1 | 2024-05-31 | 10 | | ", "order 10.00 USD");
        check("1 | 2024-05-31 | 0 | | ", "order 0.00 USD");
        check("1 | 2024-05-31 | 10 | paid | ", "order 10.00 USD");
        check("1 | 2024-05-31 | -10 | Refund | ", "refund -10.00 USD");
        check("1 | 2024-05-31 | 10 | return | ", "refund -10.00 USD");
        check("1 | 2024-05-31 | -10 | cancelled | ", "refund -10.00 USD");
        check("1 | 2024-05-31 | -10 | | C489449", "refund -10.00 USD");
        check("1 | 2024-05-31 | 10 | Cancelled | ", "undone");
        check("1 | 2024-05-31 | 10 | refunded | ", "undone");
        check("1 | 2024-05-31 | 0 | refund | ", "undone");
        check("1 | 2024-05-31 | 10 | partially_refunded | ", "order 10.00 USD");
        check("1 | 2024-05-31 | | product_view | ", "product_view ");
        assert_eq!(convert("1|2024-05-31|-3||", Refund), "refund -3.00 USD");
    }

    #[test]
    fn every_bad_row_has_its_reason() {
        check(
            " | 2024-05-31 | 10 | | ",
            "bad customer id: the customer id is empty: give the shop's own id of the customer",
        );
        check("1 | 31 June 2024 | 10 | | ", "unreadable date: \" 31 June 2024 \"");
        check("1 | | 10 | | ", "unreadable date: the date is empty");
        check("1 | 03/04/2024 | 10 | | ", "day or month first? pass --date-order: \" 03/04/2024 \"");
        check(
            "1 | 2024-06-01T00:00:01Z | 10 | | ",
            "time in the future: 2024-06-01T00:00:01Z is after 2024-06-01T00:00:00Z",
        );
        check("1 | 2024-05-31 | ten | | ", "unreadable amount: \" ten \"");
        check("1 | 2024-05-31 | | | ", "unreadable amount: the amount is empty");
        check("1 | 2024-05-31 | €10 | | ", "other currency: \" €10 \"");
        check(
            "1 | 2024-05-31 | -10 | paid | COLOGNE",
            "negative amount: map a kind column or pass --negative-amounts refund: -10.00 USD",
        );
    }

    #[test]
    fn the_present_itself_is_not_the_future() {
        check("1 | 2024-06-01 | 10 | | ", "order 10.00 USD");
    }
}
