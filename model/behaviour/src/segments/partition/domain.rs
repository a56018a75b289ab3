//! Which values a term can have at all, whoever the customer is.

use tenure_core::EventKind;

use crate::expression::{
    Aggregate, Arithmetic, Attribute, CalendarPart, Expression, Filter, Function, NumberAttribute,
    Prediction, Selector, Type, Window,
};

use super::cells::{Domain, Span};
use super::terms::{Term, fixed};

const SHARE: Span = Span::closed(0.0, 1.0);

/// The domain of a term.
pub(super) fn of(term: &Term) -> Domain {
    match term {
        Term::FollowedBy { .. } => Domain::Truth { can_be_missing: false },
        // Where a name is missing, neither `=` nor `!=` holds.
        Term::SameName(..) => Domain::Truth { can_be_missing: true },
        Term::Value(value) => {
            let can_be_missing = can_be_missing(value);
            if value.measures() == Type::Text {
                Domain::Name { can_be_missing }
            } else {
                Domain::Number { span: span(value), is_whole: is_whole(value), can_be_missing }
            }
        }
    }
}

/// The numbers that a value can be where it is there.
pub(super) fn span(value: &Expression) -> Span {
    match value {
        Expression::Number { value, .. } => Span::closed(*value, *value),
        Expression::Text(_) => Span::REAL,
        Expression::Aggregate(aggregate) => of_aggregate(aggregate),
        Expression::Trend(aggregate) if !of_aggregate(aggregate).within(Span::at_least(0.0)) => Span::REAL,
        Expression::Trend(_) => Span::at_least(0.0),
        Expression::Arithmetic { operator, left, right } => of_arithmetic(*operator, left, right),
        Expression::Calendar(CalendarPart::Month) => Span::closed(1.0, 12.0),
        Expression::Calendar(CalendarPart::DayOfMonth) => Span::closed(1.0, 31.0),
        Expression::Calendar(CalendarPart::DayOfYear) => Span::closed(1.0, 366.0),
        Expression::Calendar(CalendarPart::Weekday) => Span::closed(1.0, 7.0),
        Expression::Rfm(_) => Span::closed(1.0, 5.0),
        Expression::Percentile(_)
        | Expression::Prediction(Prediction::ChurnProbability(_) | Prediction::PAlive) => SHARE,
        Expression::Prediction(Prediction::ExpectedOrders(_)) => Span::at_least(0.0),
        Expression::Prediction(Prediction::Clv(_)) => Span::REAL,
    }
}

fn of_aggregate(aggregate: &Aggregate) -> Span {
    let Aggregate { function, selector, attribute, window } = aggregate;
    match function {
        Function::Count | Function::Distinct | Function::MeanGap | Function::GapDeviation => {
            Span::at_least(0.0)
        }
        Function::DaysToFirst => Span::at_least(0.0),
        // An event at the start of its window belongs to it and one at the as-of does not.
        Function::DaysSince | Function::DaysSinceFirst => match window {
            Window::Past { length, lag } => {
                let high = lag.days() + length.days();
                Span { low: lag.days(), low_open: true, high, high_open: false }
            }
            Window::Always => Span::above(0.0),
            Window::Next(_) => Span::REAL,
        },
        Function::Sum if is_never_negative(selector, *attribute) => Span::at_least(0.0),
        Function::Sum => Span::REAL,
        Function::Average | Function::Min | Function::Max | Function::First | Function::Last => {
            match attribute {
                Some(Attribute::Number(NumberAttribute::Month)) => Span::closed(1.0, 12.0),
                Some(Attribute::Number(NumberAttribute::DayOfMonth)) => Span::closed(1.0, 31.0),
                Some(Attribute::Number(NumberAttribute::Weekday)) => Span::closed(1.0, 7.0),
                Some(Attribute::Number(NumberAttribute::Hour)) => Span::closed(0.0, 23.0),
                _ if is_never_negative(selector, *attribute) => Span::at_least(0.0),
                _ => Span::REAL,
            }
        }
    }
}

/// Whether no event of these has an attribute below zero. Net amounts may be, by refunds that name no order.
pub(super) fn is_never_negative(selector: &Selector, attribute: Option<Attribute>) -> bool {
    match attribute {
        Some(Attribute::Number(NumberAttribute::Amount)) => selector.kind == Some(EventKind::Refund),
        Some(Attribute::Number(NumberAttribute::GrossAmount)) => selector.kind == Some(EventKind::Order),
        Some(Attribute::Number(_)) => true,
        Some(Attribute::Text(_)) | None => false,
    }
}

fn of_arithmetic(operator: Arithmetic, left: &Expression, right: &Expression) -> Span {
    let not_negative = |value| span(value).within(Span::at_least(0.0));
    let both = not_negative(left) && not_negative(right);
    match operator {
        Arithmetic::Divide if is_part(left, right) => SHARE,
        Arithmetic::Add | Arithmetic::Multiply | Arithmetic::Divide if both => Span::at_least(0.0),
        Arithmetic::Subtract if is_part(left, right) => Span { high: 0.0, high_open: false, ..Span::REAL },
        Arithmetic::Subtract if is_part(right, left) => Span::at_least(0.0),
        Arithmetic::Add | Arithmetic::Subtract | Arithmetic::Multiply | Arithmetic::Divide => Span::REAL,
    }
}

/// Whether both are counts and the first counts some of what the second does.
fn is_part(left: &Expression, right: &Expression) -> bool {
    match (left, right) {
        (Expression::Aggregate(left), Expression::Aggregate(right)) => {
            left.function == Function::Count
                && right.function == Function::Count
                && is_some_of((&left.selector, left.window), (&right.selector, right.window))
        }
        _ => false,
    }
}

/// Whether every event that the first selects is one that the second selects.
pub(super) fn is_some_of(part: (&Selector, Window), whole: (&Selector, Window)) -> bool {
    let is_kind = whole.0.kind.is_none() || part.0.kind == whole.0.kind;
    is_kind
        && is_inside(part.1, whole.1)
        && conjuncts(whole.0).iter().all(|one| conjuncts(part.0).contains(one))
}

fn conjuncts(selector: &Selector) -> Vec<&Filter> {
    match &selector.filter {
        None => Vec::new(),
        Some(Filter::All(parts)) => parts.iter().collect(),
        Some(one) => vec![one],
    }
}

fn is_inside(part: Window, whole: Window) -> bool {
    match (part, whole) {
        (Window::Next(part), Window::Next(whole)) => part == whole,
        (Window::Next(_), _) | (_, Window::Next(_)) => false,
        (_, Window::Always) => true,
        (Window::Always, Window::Past { .. }) => false,
        (Window::Past { length, lag }, Window::Past { length: whole_length, lag: whole_lag }) => {
            let end = |length: tenure_core::Duration, lag: tenure_core::Duration| {
                lag.microseconds().saturating_add(length.microseconds())
            };
            lag >= whole_lag && end(length, lag) <= end(whole_length, whole_lag)
        }
    }
}

fn is_whole(value: &Expression) -> bool {
    match value {
        Expression::Number { value, .. } => value.fract() == 0.0,
        Expression::Aggregate(aggregate) => match aggregate.function {
            Function::Count | Function::Distinct => true,
            Function::Sum | Function::Min | Function::Max | Function::First | Function::Last => {
                matches!(aggregate.measures(), Type::Count | Type::Score)
            }
            Function::Average
            | Function::DaysSince
            | Function::DaysSinceFirst
            | Function::DaysToFirst
            | Function::MeanGap
            | Function::GapDeviation => false,
        },
        Expression::Arithmetic { operator, left, right } => {
            *operator != Arithmetic::Divide && is_whole(left) && is_whole(right)
        }
        Expression::Calendar(_) | Expression::Rfm(_) => true,
        Expression::Text(_)
        | Expression::Trend(_)
        | Expression::Percentile(_)
        | Expression::Prediction(_) => false,
    }
}

/// Whether there may be no value. Scores and predictions may be missing for anybody: no model may be at hand.
pub(in crate::segments) fn can_be_missing(value: &Expression) -> bool {
    match value {
        Expression::Number { .. } | Expression::Text(_) | Expression::Calendar(_) => false,
        Expression::Aggregate(aggregate) => {
            !matches!(aggregate.function, Function::Count | Function::Distinct | Function::Sum)
        }
        Expression::Arithmetic { operator: Arithmetic::Divide, left, right } => {
            can_be_missing(left) || fixed(right).is_none_or(|value| value == 0.0)
        }
        Expression::Arithmetic { left, right, .. } => can_be_missing(left) || can_be_missing(right),
        Expression::Trend(_) | Expression::Rfm(_) | Expression::Percentile(_) | Expression::Prediction(_) => {
            true
        }
    }
}
