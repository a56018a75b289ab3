//! Values: arithmetic on what has a type.

use std::ops::Range;

use crate::expression::{Arithmetic, Expression, Type};
use crate::language::error::Problem;
use crate::language::syntax::Node;

use super::quantity::{Amount, Quantity, Side};
use super::{Compiled, Compiler, Meaning};

impl Compiler<'_> {
    /// `left + right`, and so on.
    pub(super) fn arithmetic(
        &self,
        operator: Arithmetic,
        left: &Node,
        right: &Node,
        span: &Range<usize>,
    ) -> Compiled<Expression> {
        let (left, left_span) = (self.operand(left)?, &left.span);
        let (right, right_span) = (self.operand(right)?, &right.span);
        let (left, right) = match (left, right) {
            (Operand::Value(left), Operand::Value(right)) => (left, right),
            (Operand::Value(left), Operand::Quantity(quantity)) => {
                let right = constant(operator, &quantity, left.measures());
                (left, right.map_err(|problem| (problem, right_span.clone()))?)
            }
            (Operand::Quantity(quantity), Operand::Value(right)) => {
                let left = constant(operator, &quantity, right.measures());
                (left.map_err(|problem| (problem, left_span.clone()))?, right)
            }
            (Operand::Quantity(left), Operand::Quantity(right)) => {
                let hint = constants(operator, &left, &right);
                return Err((Problem::OnlyConstants { hint: hint.into() }, span.clone()));
            }
        };
        if operator == Arithmetic::Divide && matches!(right, Expression::Number { value: 0.0, .. }) {
            return Err((Problem::DivisionByZero, right_span.clone()));
        }
        combine(operator, left, right).map_err(|problem| (problem, span.clone()))
    }

    fn operand(&self, node: &Node) -> Compiled<Operand> {
        match self.meaning(node)? {
            Meaning::Truth(_) => Err((Problem::ConditionNotValue { needed: "a number" }, node.span.clone())),
            Meaning::Value(value) if value.measures() == Type::Text => {
                Err((Problem::NamesAreNotNumbers, node.span.clone()))
            }
            Meaning::Value(value) => Ok(Operand::Value(value)),
            Meaning::Quantity(quantity) => Ok(Operand::Quantity(quantity)),
        }
    }
}

enum Operand {
    Value(Expression),
    Quantity(Quantity),
}

/// A constant beside a value. In sums it is of the value's type; a factor or divisor is a plain number, or a length
/// of time beside a length of time.
fn constant(operator: Arithmetic, quantity: &Quantity, beside: Type) -> Result<Expression, Problem> {
    let plain = match operator {
        Arithmetic::Add | Arithmetic::Subtract => false,
        Arithmetic::Multiply => true,
        Arithmetic::Divide => !matches!(quantity.amount, Amount::Length { .. }),
    };
    let measures = if plain { Type::Share } else { beside };
    let value = quantity.beside(&Side::of_type(measures))?;
    Ok(Expression::Number { value, measures })
}

/// What two constants come to, for the message.
fn constants(operator: Arithmetic, left: &Quantity, right: &Quantity) -> String {
    let (Amount::Number(left), Amount::Number(right)) = (left.amount, right.amount) else {
        return "write the result".to_owned();
    };
    let result = match operator {
        Arithmetic::Add => left + right,
        Arithmetic::Subtract => left - right,
        Arithmetic::Multiply => left * right,
        Arithmetic::Divide => left / right,
    };
    if result.is_finite() { format!("write {result}") } else { "this has no result".to_owned() }
}

/// Two values combined, if their types allow it.
pub(super) fn combine(
    operator: Arithmetic,
    left: Expression,
    right: Expression,
) -> Result<Expression, Problem> {
    let (first, second) = (left.measures(), right.measures());
    let is_plain = |measures| matches!(measures, Type::Count | Type::Share);
    let cannot = |done, hint| Problem::CannotCombine { left: first, right: second, done, hint };
    let of = |left, right| Expression::Arithmetic { operator, left: Box::new(left), right: Box::new(right) };
    match operator {
        _ if first == Type::Text || second == Type::Text => Err(Problem::NamesAreNotNumbers),
        Arithmetic::Add if first != second => Err(cannot("added to", "")),
        Arithmetic::Subtract if first != second => Err(cannot("compared by subtraction with", "")),
        Arithmetic::Add | Arithmetic::Subtract => Ok(of(left, right)),
        Arithmetic::Multiply if !is_plain(first) && !is_plain(second) => {
            Err(cannot("multiplied with", ": one of the two must be a number, a count or a share"))
        }
        // What is measured stands first, so that the product measures it.
        Arithmetic::Multiply if first == Type::Count && !is_plain(second) => Ok(of(right, left)),
        Arithmetic::Multiply => Ok(of(left, right)),
        Arithmetic::Divide if first != second && !is_plain(second) => {
            Err(cannot("divided by", ": divide by the same, a number, a count or a share"))
        }
        Arithmetic::Divide => Ok(of(left, right)),
    }
}
