//! How large and how deep what was compiled is.

use crate::expression::{Body, Condition, Expression, Filter, Selector};

/// Levels of parts inside one another.
pub(super) fn depth(body: &Body) -> usize {
    Size::of(body).depth
}

/// How many parts there are.
pub(super) fn parts(body: &Body) -> usize {
    Size::of(body).parts
}

#[derive(Clone, Copy)]
struct Size {
    depth: usize,
    parts: usize,
}

impl Size {
    const LEAF: Self = Self { depth: 1, parts: 1 };

    fn of(body: &Body) -> Self {
        match body {
            Body::Value(value) => Self::of_value(value),
            Body::Truth(condition) => Self::of_condition(condition),
        }
    }

    /// A part with some others inside.
    fn over(inner: impl IntoIterator<Item = Self>) -> Self {
        inner.into_iter().fold(Self::LEAF, |all, one| Self {
            depth: all.depth.max(one.depth + 1),
            parts: all.parts + one.parts,
        })
    }

    fn of_value(value: &Expression) -> Self {
        match value {
            Expression::Number { .. }
            | Expression::Text(_)
            | Expression::Calendar(_)
            | Expression::Rfm(_)
            | Expression::Prediction(_) => Self::LEAF,
            Expression::Aggregate(aggregate) | Expression::Trend(aggregate) => {
                Self::of_selector(&aggregate.selector)
            }
            Expression::Arithmetic { left, right, .. } => {
                Self::over([Self::of_value(left), Self::of_value(right)])
            }
            Expression::Percentile(value) => Self::over([Self::of_value(value)]),
        }
    }

    fn of_condition(condition: &Condition) -> Self {
        match condition {
            Condition::All(parts) | Condition::Any(parts) => Self::over(parts.iter().map(Self::of_condition)),
            Condition::Not(inner) => Self::over([Self::of_condition(inner)]),
            Condition::Compare { left, right, .. } => {
                Self::over([Self::of_value(left), Self::of_value(right)])
            }
            Condition::OneOf { value, .. } | Condition::Missing(value) => Self::over([Self::of_value(value)]),
            Condition::FollowedBy { first, then, .. } => {
                Self::over([Self::of_selector(first), Self::of_selector(then)])
            }
        }
    }

    fn of_selector(selector: &Selector) -> Self {
        selector.filter.as_ref().map_or(Self::LEAF, |filter| Self::over([Self::of_filter(filter)]))
    }

    fn of_filter(filter: &Filter) -> Self {
        match filter {
            Filter::All(parts) | Filter::Any(parts) => Self::over(parts.iter().map(Self::of_filter)),
            Filter::Not(inner) => Self::over([Self::of_filter(inner)]),
            Filter::Number { .. } | Filter::OneOf { .. } | Filter::Present(_) => Self::LEAF,
        }
    }
}
