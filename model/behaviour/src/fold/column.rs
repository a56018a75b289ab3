//! Attributes of a fact as integers, and filters over them.

use tenure_core::{Duration, TimeZone};

use super::{REFUND, Settings};
use crate::expression::{Attribute, Comparison, Filter, NumberAttribute, TextAttribute};
use crate::{Fact, Symbol};

/// Which attributes of a [`Fact`] a program reads, so that a log need not decode the others.
///
/// Kind, times and event id are always read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "one per attribute")]
pub struct Columns {
    /// [`Fact::amount`].
    pub amount: bool,
    /// [`Fact::discount`].
    pub discount: bool,
    /// [`Fact::duration`].
    pub duration: bool,
    /// [`Fact::quantity`].
    pub quantity: bool,
    /// [`Fact::rating`].
    pub rating: bool,
    /// [`Fact::order_id`].
    pub order_id: bool,
    /// [`Fact::product`].
    pub product: bool,
    /// [`Fact::category`].
    pub category: bool,
    /// [`Fact::channel`].
    pub channel: bool,
    /// [`Fact::campaign`].
    pub campaign: bool,
    /// [`Fact::device`].
    pub device: bool,
    /// [`Fact::country`].
    pub country: bool,
}

impl Columns {
    pub(super) fn read(&mut self, attribute: Attribute) {
        match attribute {
            Attribute::Number(NumberAttribute::Amount | NumberAttribute::GrossAmount) => self.amount = true,
            Attribute::Number(NumberAttribute::Discount) => self.discount = true,
            Attribute::Number(NumberAttribute::Duration) => self.duration = true,
            Attribute::Number(NumberAttribute::Quantity) => self.quantity = true,
            Attribute::Number(NumberAttribute::Rating) => self.rating = true,
            Attribute::Text(TextAttribute::Product) => self.product = true,
            Attribute::Text(TextAttribute::Category) => self.category = true,
            Attribute::Text(TextAttribute::Channel) => self.channel = true,
            Attribute::Text(TextAttribute::Campaign) => self.campaign = true,
            Attribute::Text(TextAttribute::Device) => self.device = true,
            Attribute::Text(TextAttribute::Country) => self.country = true,
            Attribute::Text(TextAttribute::OrderId) => self.order_id = true,
            Attribute::Text(TextAttribute::Day)
            | Attribute::Number(
                NumberAttribute::Month
                | NumberAttribute::DayOfMonth
                | NumberAttribute::Weekday
                | NumberAttribute::Hour,
            ) => {}
        }
    }

    pub(super) fn read_filter(&mut self, filter: &Filter) {
        match filter {
            Filter::All(parts) | Filter::Any(parts) => parts.iter().for_each(|part| self.read_filter(part)),
            Filter::Not(part) => self.read_filter(part),
            Filter::Number { attribute, .. } => self.read(Attribute::Number(*attribute)),
            Filter::OneOf { attribute, .. } | Filter::Present(attribute) => {
                self.read(Attribute::Text(*attribute));
            }
        }
    }
}

/// An attribute as an integer, in the smallest unit and so that names order as their symbols do.
#[inline]
pub(super) fn value_of(attribute: Attribute, fact: &Fact, zone: &TimeZone) -> Option<i64> {
    match attribute {
        Attribute::Number(number) => number_of(number, fact, zone),
        Attribute::Text(TextAttribute::Day) => Some(zone.start_of_day(fact.occurred_at).microseconds()),
        Attribute::Text(text) => {
            let symbol = symbol_of(text, fact);
            (!symbol.is_none()).then(|| bits_of(symbol))
        }
    }
}

/// The symbol's bits as an integer of the same order.
pub(super) fn bits_of(symbol: Symbol) -> i64 {
    (symbol.bits() ^ (1 << 63)).cast_signed()
}

/// The symbol of such bits.
pub(super) fn symbol_of_bits(bits: i64) -> Symbol {
    Symbol::from_bits(bits.cast_unsigned() ^ (1 << 63))
}

fn number_of(attribute: NumberAttribute, fact: &Fact, zone: &TimeZone) -> Option<i64> {
    let local = || zone.local(fact.occurred_at);
    match attribute {
        NumberAttribute::Amount | NumberAttribute::GrossAmount => amount_of(fact),
        NumberAttribute::Discount => fact.discount,
        NumberAttribute::Duration => fact.duration,
        NumberAttribute::Quantity => fact.quantity.map(i64::from),
        NumberAttribute::Rating => fact.rating.map(i64::from),
        NumberAttribute::Month => Some(local().month().into()),
        NumberAttribute::DayOfMonth => Some(local().day().into()),
        NumberAttribute::Weekday => Some(local().weekday().to_monday_one_offset().into()),
        NumberAttribute::Hour => Some(local().hour().into()),
    }
}

/// What was ordered, or what went back, above zero; only refunds are negative in a log.
fn amount_of(fact: &Fact) -> Option<i64> {
    fact.amount.map(|minor| if fact.kind == REFUND { minor.saturating_abs() } else { minor })
}

fn symbol_of(attribute: TextAttribute, fact: &Fact) -> Symbol {
    match attribute {
        TextAttribute::Product => fact.product,
        TextAttribute::Category => fact.category,
        TextAttribute::Channel => fact.channel,
        TextAttribute::Campaign => fact.campaign,
        TextAttribute::Device => fact.device,
        TextAttribute::Country => fact.country,
        TextAttribute::OrderId => fact.order_id,
        TextAttribute::Day => Symbol::NONE,
    }
}

/// Smallest units in the unit of the attribute's type.
pub(super) fn units(attribute: NumberAttribute, settings: &Settings) -> f64 {
    match attribute {
        NumberAttribute::Amount | NumberAttribute::GrossAmount | NumberAttribute::Discount => {
            settings.currency.minor_per_major() as f64
        }
        NumberAttribute::Duration => 1e6,
        NumberAttribute::Quantity
        | NumberAttribute::Rating
        | NumberAttribute::Month
        | NumberAttribute::DayOfMonth
        | NumberAttribute::Weekday
        | NumberAttribute::Hour => 1.0,
    }
}

/// A [`Filter`] with its names as symbols.
#[derive(Clone, Debug)]
pub(super) enum Check {
    All(Vec<Self>),
    Any(Vec<Self>),
    Not(Box<Self>),
    Number { attribute: NumberAttribute, units: f64, comparison: Comparison, value: f64 },
    OneOf { attribute: TextAttribute, names: Box<[Symbol]> },
    Present(TextAttribute),
}

impl Check {
    pub(super) fn of(filter: &Filter, settings: &Settings) -> Self {
        let all = |parts: &[Filter]| parts.iter().map(|part| Self::of(part, settings)).collect();
        match filter {
            Filter::All(parts) => Self::All(all(parts)),
            Filter::Any(parts) => Self::Any(all(parts)),
            Filter::Not(part) => Self::Not(Box::new(Self::of(part, settings))),
            Filter::Number { attribute, comparison, value } => Self::Number {
                attribute: *attribute,
                units: units(*attribute, settings),
                comparison: *comparison,
                value: *value,
            },
            Filter::OneOf { attribute, names } => Self::OneOf {
                attribute: *attribute,
                names: names.iter().map(|name| Symbol::of(name)).filter(|name| !name.is_none()).collect(),
            },
            Filter::Present(attribute) => Self::Present(*attribute),
        }
    }

    pub(super) fn passes(&self, fact: &Fact, zone: &TimeZone) -> bool {
        match self {
            Self::All(parts) => parts.iter().all(|part| part.passes(fact, zone)),
            Self::Any(parts) => parts.iter().any(|part| part.passes(fact, zone)),
            Self::Not(part) => !part.passes(fact, zone),
            Self::Number { attribute, units, comparison, value } => {
                let number = number_of(*attribute, fact, zone);
                number.is_some_and(|number| comparison.holds(number as f64 / units, *value))
            }
            Self::OneOf { attribute, names } => names.contains(&symbol_of(*attribute, fact)),
            Self::Present(TextAttribute::Day) => true,
            Self::Present(attribute) => !symbol_of(*attribute, fact).is_none(),
        }
    }
}

/// A length in microseconds.
pub(super) const fn us(length: Duration) -> i64 {
    length.microseconds()
}
