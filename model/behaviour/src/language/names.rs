//! The words of the language and what they stand for: one table for compiler, printer and suggestions.

use tenure_core::EventKind;

use crate::expression::{
    Attribute, CalendarPart, Comparison, Expression, Function, NumberAttribute, RfmMeasure, TextAttribute,
};

/// Words that are no names.
pub(super) const KEYWORDS: &[&str] =
    &["and", "or", "not", "in", "between", "where", "next", "ending", "ago", "event"];

const NUMBERS: &[(&str, NumberAttribute)] = &[
    ("amount", NumberAttribute::Amount),
    ("gross_amount", NumberAttribute::GrossAmount),
    ("discount", NumberAttribute::Discount),
    ("duration", NumberAttribute::Duration),
    ("quantity", NumberAttribute::Quantity),
    ("rating", NumberAttribute::Rating),
    ("month", NumberAttribute::Month),
    ("day_of_month", NumberAttribute::DayOfMonth),
    ("weekday", NumberAttribute::Weekday),
    ("hour", NumberAttribute::Hour),
];

const TEXTS: &[(&str, TextAttribute)] = &[
    ("product", TextAttribute::Product),
    ("category", TextAttribute::Category),
    ("channel", TextAttribute::Channel),
    ("campaign", TextAttribute::Campaign),
    ("device", TextAttribute::Device),
    ("country", TextAttribute::Country),
    ("order_id", TextAttribute::OrderId),
    ("day", TextAttribute::Day),
];

const FUNCTIONS: &[(&str, Function)] = &[
    ("count", Function::Count),
    ("sum", Function::Sum),
    ("avg", Function::Average),
    ("min", Function::Min),
    ("max", Function::Max),
    ("first", Function::First),
    ("last", Function::Last),
    ("distinct", Function::Distinct),
    ("days_since", Function::DaysSince),
    ("days_since_first", Function::DaysSinceFirst),
    ("days_to_first", Function::DaysToFirst),
    ("mean_gap", Function::MeanGap),
    ("gap_deviation", Function::GapDeviation),
];

const CALENDAR: &[(&str, CalendarPart)] = &[
    ("month", CalendarPart::Month),
    ("day_of_month", CalendarPart::DayOfMonth),
    ("day_of_year", CalendarPart::DayOfYear),
    ("weekday", CalendarPart::Weekday),
];

const RFM: &[(&str, RfmMeasure)] = &[
    ("recency", RfmMeasure::Recency),
    ("frequency", RfmMeasure::Frequency),
    ("monetary", RfmMeasure::Monetary),
];

/// Functions that are not aggregates.
const OTHER_FUNCTIONS: &[&str] = &[
    "trend",
    "ratio",
    "followed_by",
    "missing",
    "present",
    "percentile",
    "rfm",
    "churn_probability",
    "clv",
    "expected_orders",
    "p_alive",
];

/// Attributes that, standing alone, mean the last that is known of the customer.
const OF_CUSTOMER: &[TextAttribute] =
    &[TextAttribute::Country, TextAttribute::Channel, TextAttribute::Device, TextAttribute::Campaign];

fn find<T: Copy>(table: &[(&str, T)], name: &str) -> Option<T> {
    table.iter().find(|(known, _)| *known == name).map(|(_, value)| *value)
}

fn name_of<T: Copy + PartialEq>(table: &[(&'static str, T)], value: T) -> &'static str {
    table.iter().find(|(_, known)| *known == value).map_or("", |(name, _)| name)
}

pub(super) fn attribute(name: &str) -> Option<Attribute> {
    let number = find(NUMBERS, name).map(Attribute::Number);
    number.or_else(|| find(TEXTS, name).map(Attribute::Text))
}

pub(super) fn attribute_name(attribute: Attribute) -> &'static str {
    match attribute {
        Attribute::Number(number) => name_of(NUMBERS, number),
        Attribute::Text(text) => name_of(TEXTS, text),
    }
}

pub(super) fn every_attribute() -> Vec<&'static str> {
    NUMBERS.iter().map(|(name, _)| *name).chain(TEXTS.iter().map(|(name, _)| *name)).collect()
}

/// What may stand alone: `country`.
pub(super) fn of_customer(name: &str) -> Option<TextAttribute> {
    find(TEXTS, name).filter(|attribute| OF_CUSTOMER.contains(attribute))
}

pub(super) fn is_of_customer(attribute: TextAttribute) -> bool {
    OF_CUSTOMER.contains(&attribute)
}

pub(super) fn every_of_customer() -> Vec<&'static str> {
    OF_CUSTOMER.iter().map(|attribute| name_of(TEXTS, *attribute)).collect()
}

pub(super) fn aggregate(name: &str) -> Option<Function> {
    find(FUNCTIONS, name)
}

pub(super) fn aggregate_name(function: Function) -> &'static str {
    name_of(FUNCTIONS, function)
}

pub(super) fn calendar(name: &str) -> Option<CalendarPart> {
    find(CALENDAR, name)
}

pub(super) fn calendar_name(part: CalendarPart) -> &'static str {
    name_of(CALENDAR, part)
}

pub(super) fn rfm(name: &str) -> Option<RfmMeasure> {
    find(RFM, name)
}

pub(super) fn rfm_name(measure: RfmMeasure) -> &'static str {
    name_of(RFM, measure)
}

pub(super) fn every_rfm() -> Vec<&'static str> {
    RFM.iter().map(|(name, _)| *name).collect()
}

pub(super) fn every_function() -> Vec<&'static str> {
    let aggregates = FUNCTIONS.iter().map(|(name, _)| *name);
    let calendar = CALENDAR.iter().map(|(name, _)| *name);
    aggregates.chain(OTHER_FUNCTIONS.iter().copied()).chain(calendar).collect()
}

pub(super) fn every_kind() -> Vec<&'static str> {
    EventKind::KNOWN.iter().map(EventKind::as_str).collect()
}

pub(super) const fn comparison_sign(comparison: Comparison) -> &'static str {
    match comparison {
        Comparison::Equal => "=",
        Comparison::NotEqual => "!=",
        Comparison::Less => "<",
        Comparison::AtMost => "<=",
        Comparison::Greater => ">",
        Comparison::AtLeast => ">=",
    }
}

/// The least and greatest value that something on a scale can have.
pub(super) fn scale(expression: &Expression) -> Option<(f64, f64)> {
    match expression {
        Expression::Rfm(_) => Some((1.0, 5.0)),
        Expression::Calendar(CalendarPart::Month) => Some((1.0, 12.0)),
        Expression::Calendar(CalendarPart::DayOfMonth) => Some((1.0, 31.0)),
        Expression::Calendar(CalendarPart::DayOfYear) => Some((1.0, 366.0)),
        Expression::Calendar(CalendarPart::Weekday) => Some((1.0, 7.0)),
        Expression::Aggregate(aggregate) => match aggregate.attribute {
            Some(Attribute::Number(number)) => scale_of_attribute(number),
            Some(Attribute::Text(_)) | None => None,
        },
        Expression::Number { .. }
        | Expression::Text(_)
        | Expression::Trend(_)
        | Expression::Arithmetic { .. }
        | Expression::Percentile(_)
        | Expression::Prediction(_) => None,
    }
}

/// The least and greatest value of an attribute on a scale.
pub(super) fn scale_of_attribute(attribute: NumberAttribute) -> Option<(f64, f64)> {
    match attribute {
        NumberAttribute::Month => Some((1.0, 12.0)),
        NumberAttribute::DayOfMonth => Some((1.0, 31.0)),
        NumberAttribute::Weekday => Some((1.0, 7.0)),
        NumberAttribute::Hour => Some((0.0, 23.0)),
        NumberAttribute::Rating => Some((0.0, 10.0)),
        NumberAttribute::Amount
        | NumberAttribute::GrossAmount
        | NumberAttribute::Discount
        | NumberAttribute::Duration
        | NumberAttribute::Quantity => None,
    }
}
