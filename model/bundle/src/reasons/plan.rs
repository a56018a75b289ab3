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
}

impl Plan {
    pub(crate) fn of(boosted: Option<&BoostedModel>) -> Self {
        let Some(boosted) = boosted else { return Self { reasons: FEATURES, ..Self::default() } };
        let definitions = boosted.definitions();
        let place = |column: &Column| match column {
            Column::Purchase(_) => PURCHASE_MODEL,
            Column::Feature { name } | Column::Category { name, .. } => {
                let at = definitions.iter().position(|one| *one.name == **name);
                at.map_or(PURCHASE_MODEL, |at| own_input(&definitions[at]).unwrap_or(FEATURES + at))
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
        }
    }
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
    let Body::Value(value) = &definition.body else { return None };
    if let Expression::Arithmetic { operator: Arithmetic::Divide | Arithmetic::Subtract, left, right } = value
    {
        let is_overdue =
            of_orders(left) == Some(Function::DaysSince) && of_orders(right) == Some(Function::MeanGap);
        return is_overdue.then_some(SILENCE);
    }
    let own = [(Function::Count, FREQUENCY), (Function::DaysSince, SILENCE), (Function::DaysSinceFirst, AGE)];
    let function = of_orders(value)?;
    own.iter().find(|(own, _)| *own == function).map(|(_, place)| *place)
}

/// The function, where it is one of all orders that ever were.
fn of_orders(value: &Expression) -> Option<Function> {
    let Expression::Aggregate(Aggregate { function, selector, attribute: None, window: Window::Always }) =
        value
    else {
        return None;
    };
    is_any_order(selector).then_some(*function)
}

fn is_any_order(Selector { kind, filter }: &Selector) -> bool {
    *kind == Some(EventKind::Order) && filter.is_none()
}
