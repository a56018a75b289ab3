//! Every value that a condition looks at.

use crate::expression::{Condition, Expression};

/// Whether a test holds of some value in a condition, the parts of values among them.
pub(super) fn any_value(condition: &Condition, test: &dyn Fn(&Expression) -> bool) -> bool {
    match condition {
        Condition::All(parts) | Condition::Any(parts) => parts.iter().any(|part| any_value(part, test)),
        Condition::Not(part) => any_value(part, test),
        Condition::Compare { left, right, .. } => any_part(left, test) || any_part(right, test),
        Condition::OneOf { value, .. } | Condition::Missing(value) => any_part(value, test),
        Condition::FollowedBy { .. } => false,
    }
}

fn any_part(value: &Expression, test: &dyn Fn(&Expression) -> bool) -> bool {
    test(value)
        || match value {
            Expression::Arithmetic { left, right, .. } => any_part(left, test) || any_part(right, test),
            Expression::Percentile(of) => any_part(of, test),
            Expression::Number { .. }
            | Expression::Text(_)
            | Expression::Aggregate(_)
            | Expression::Trend(_)
            | Expression::Calendar(_)
            | Expression::Rfm(_)
            | Expression::Prediction(_) => false,
        }
}
