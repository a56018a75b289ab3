//! Which reason each number of a row belongs to.

use tenure_behaviour::expression::{
    Aggregate, Arithmetic, Attribute, Body, Definition, Expression, Function, NumberAttribute, Selector,
    Window,
};
use tenure_core::EventKind;

use crate::boosted::{BoostedModel, Column, PurchaseReading};

/// Places of the reasons that every bundle has; features come after them, in the order of the definitions.
pub(super) const FREQUENCY: usize = 0;
pub(super) const SILENCE: usize = 1;
pub(super) const AGE: usize = 2;
pub(super) const PURCHASE_MODEL: usize = 3;
pub(super) const SPEND: usize = 4;
pub(super) const FEATURES: usize = 5;

/// For each column of the boosted rung the place of its reason.
///
/// Numbers that say the same to a person share a reason: all columns of one name, and features that are the purchase
/// model's own inputs over again, such as `days_since(order)`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Plan {
    /// Where the question is churn, to which spend per order is one of many readings of the purchase model.
    pub(super) places: Vec<usize>,
    /// Where the question is value, of which spend per order is a reason of its own.
    pub(super) value_places: Vec<usize>,
    pub(super) reasons: usize,
    /// For each definition that is a time since the last event, the place of the one that is the mean gap between such
    /// events.
    pub(super) gaps: Vec<Option<usize>>,
}

impl Plan {
    pub(crate) fn of(boosted: Option<&BoostedModel>) -> Self {
        let Some(boosted) = boosted else { return Self { reasons: FEATURES, ..Self::default() } };
        let definitions = boosted.definitions();
        let place = |column: &Column| match column {
            Column::Purchase(_) => PURCHASE_MODEL,
            Column::Feature { name } | Column::Category { name, .. } => {
                let at = definitions.iter().position(|one| *one.name == **name);
                at.map_or(PURCHASE_MODEL, |at| {
                    own_input(&definitions[at]).unwrap_or(FEATURES + silence_of(definitions, at))
                })
            }
        };
        let says_spend = |column: &Column| match column {
            Column::Purchase(reading) => *reading == PurchaseReading::LogExpectedSpend,
            Column::Feature { name } => {
                definitions.iter().any(|one| *one.name == **name && is_mean_spend(one))
            }
            Column::Category { .. } => false,
        };
        let value_place = |column: &Column| if says_spend(column) { SPEND } else { place(column) };
        let columns = &boosted.form().columns;
        Self {
            places: columns.iter().map(place).collect(),
            value_places: columns.iter().map(value_place).collect(),
            reasons: FEATURES + definitions.len(),
            gaps: definitions.iter().map(|one| mean_gap_of(definitions, one)).collect(),
        }
    }
}

/// The place of the silence that a definition says over again as a part of the usual gap, such as `days_since(session) /
/// mean_gap(session)`; else its own.
fn silence_of(definitions: &[Definition], at: usize) -> usize {
    let since = |one: &Definition| match &one.body {
        Body::Value(value) => ever(value, Function::DaysSince).cloned(),
        Body::Truth(_) => None,
    };
    let Some(silent) = overdue(&definitions[at]) else { return at };
    definitions.iter().position(|one| since(one).as_ref() == Some(silent)).unwrap_or(at)
}

/// The place of the mean gap between the events whose last one a definition counts the days since.
fn mean_gap_of(definitions: &[Definition], since: &Definition) -> Option<usize> {
    let Body::Value(since) = &since.body else { return None };
    let silent = ever(since, Function::DaysSince)?;
    let is_gap = |one: &Definition| match &one.body {
        Body::Value(value) => ever(value, Function::MeanGap) == Some(silent),
        Body::Truth(_) => false,
    };
    definitions.iter().position(is_gap)
}

/// What is overdue, where a definition is the time since the last event held against the mean gap between such events.
fn overdue(definition: &Definition) -> Option<&Selector> {
    let Body::Value(Expression::Arithmetic { operator, left, right }) = &definition.body else { return None };
    let silent = ever(left, Function::DaysSince)?;
    let is_held_against = matches!(operator, Arithmetic::Divide | Arithmetic::Subtract);
    (is_held_against && ever(right, Function::MeanGap) == Some(silent)).then_some(silent)
}

/// Of which events a value is that function, whenever they were.
fn ever(value: &Expression, wanted: Function) -> Option<&Selector> {
    let Expression::Aggregate(Aggregate { function, selector, attribute: None, window: Window::Always }) =
        value
    else {
        return None;
    };
    (*function == wanted).then_some(selector)
}

/// Whether a definition is what the customer's orders came to on average.
fn is_mean_spend(definition: &Definition) -> bool {
    let Body::Value(Expression::Aggregate(aggregate)) = &definition.body else { return false };
    aggregate.function == Function::Average
        && aggregate.attribute == Some(Attribute::Number(NumberAttribute::Amount))
        && aggregate.window == Window::Always
        && is_any_order(&aggregate.selector)
}

/// The input of the purchase model that a definition says over again.
fn own_input(definition: &Definition) -> Option<usize> {
    if overdue(definition).is_some_and(is_any_order) {
        return Some(SILENCE);
    }
    let Body::Value(value) = &definition.body else { return None };
    let own = [(Function::Count, FREQUENCY), (Function::DaysSince, SILENCE), (Function::DaysSinceFirst, AGE)];
    own.iter().find(|(own, _)| ever(value, *own).is_some_and(is_any_order)).map(|(_, place)| *place)
}

fn is_any_order(Selector { kind, filter }: &Selector) -> bool {
    *kind == Some(EventKind::Order) && filter.is_none()
}
