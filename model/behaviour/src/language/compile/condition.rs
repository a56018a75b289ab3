//! Comparisons of values: both sides of one type, thresholds in its unit.

use std::ops::Range;

use crate::expression::{Comparison, Condition, Expression, Type};
use crate::language::error::Problem;
use crate::language::names;
use crate::language::syntax::{Kind, Node};

use super::quantity::{Quantity, Side, example};
use super::{Compiled, Compiler, Meaning, Refusal};

impl Compiler<'_> {
    pub(super) fn comparison(&self, node: &Node) -> Compiled<Condition> {
        match &node.kind {
            Kind::Compare { comparison, left, right } => self.compare(*comparison, left, right, &node.span),
            Kind::Between { value, low, high, negated } => {
                let (from, to) = if *negated {
                    (Comparison::Less, Comparison::Greater)
                } else {
                    (Comparison::AtLeast, Comparison::AtMost)
                };
                let ends = vec![
                    self.compare(from, value, low, &node.span)?,
                    self.compare(to, value, high, &node.span)?,
                ];
                check_range(&ends, low, high)?;
                Ok(if *negated { Condition::Any(ends) } else { Condition::All(ends) })
            }
            Kind::OneOf { value, names, negated } => self.one_of(value, names, *negated, &node.span),
            Kind::Quantity(_)
            | Kind::Quoted(_)
            | Kind::Name(_)
            | Kind::Member { .. }
            | Kind::Call(_)
            | Kind::Arithmetic { .. }
            | Kind::Not(_)
            | Kind::All(_)
            | Kind::Any(_) => self.truth(node),
        }
    }

    fn compare(
        &self,
        comparison: Comparison,
        left: &Node,
        right: &Node,
        span: &Range<usize>,
    ) -> Compiled<Condition> {
        let first = self.side(left)?;
        let second = self.side(right).map_err(|refusal| unquoted(&first, right, refusal))?;
        let at = |node: &Node| {
            let span = node.span.clone();
            move |problem| (problem, span)
        };
        let (left, right) = match (first, second) {
            (Meaning::Value(value), Meaning::Quantity(quantity)) => {
                let threshold = threshold(&value, &quantity).map_err(at(right))?;
                (value, threshold)
            }
            (Meaning::Quantity(quantity), Meaning::Value(value)) => {
                let threshold = threshold(&value, &quantity).map_err(at(left))?;
                (threshold, value)
            }
            (Meaning::Value(first), Meaning::Value(second)) => {
                self.names(comparison, &first, &second, [left, right], span)?;
                (first, second)
            }
            _ => {
                let hint = "compare something about the customer, such as count(order, 90d) >= 2".into();
                return Err((Problem::OnlyConstants { hint }, span.clone()));
            }
        };
        Ok(Condition::Compare { left, comparison, right })
    }

    /// One side of a comparison.
    fn side(&self, node: &Node) -> Compiled<Meaning> {
        let meaning = self.meaning(node)?;
        if matches!(meaning, Meaning::Truth(_)) {
            return Err((Problem::ConditionNotValue { needed: "a value to compare" }, node.span.clone()));
        }
        Ok(meaning)
    }

    /// Checks two values of which at least one may be a name.
    fn names(
        &self,
        comparison: Comparison,
        first: &Expression,
        second: &Expression,
        nodes: [&Node; 2],
        span: &Range<usize>,
    ) -> Compiled<()> {
        for (quoted, value, node) in [(first, second, nodes[0]), (second, first, nodes[1])] {
            let Expression::Text(text) = quoted else { continue };
            let (measures, at) = (value.measures(), node.span.clone());
            if matches!(value, Expression::Text(_)) {
                let hint = "compare something about the customer, such as country = 'DE'".into();
                return Err((Problem::OnlyConstants { hint }, span.clone()));
            }
            if measures != Type::Text {
                let (found, write) = (format!("'{text}'").into(), example(measures).into());
                return Err((Problem::WrongThreshold { found, what: "a name", measures, write }, at));
            }
            if let Expression::Aggregate(aggregate) = value
                && let Some(attribute) = aggregate.attribute
            {
                self.guard_value(attribute, text, &at)?;
            }
        }
        let (left, right) = (first.measures(), second.measures());
        if left != right {
            return Err((Problem::CannotCompare { left, right }, span.clone()));
        }
        if left == Type::Text && !matches!(comparison, Comparison::Equal | Comparison::NotEqual) {
            return Err((Problem::NamesHaveNoOrder, span.clone()));
        }
        Ok(())
    }

    /// `value in ('a', 'b')`, and `month() in (11, 12)`.
    fn one_of(&self, value: &Node, list: &[Node], negated: bool, span: &Range<usize>) -> Compiled<Condition> {
        let comparison = if negated { Comparison::NotEqual } else { Comparison::Equal };
        let compared: Vec<Condition> =
            list.iter().map(|one| self.compare(comparison, value, one, span)).collect::<Result<_, _>>()?;
        let mut names: Vec<Box<str>> = Vec::new();
        let mut subject = None;
        for condition in &compared {
            if let Condition::Compare { left, right: Expression::Text(name), .. } = condition {
                subject = Some(left.clone());
                names.push(name.clone());
            }
        }
        match subject {
            Some(value) if !negated && names.len() == compared.len() => {
                names.sort_unstable();
                names.dedup();
                Ok(Condition::OneOf { value, names })
            }
            // False where the value is missing, as `!=` is.
            _ if negated => Ok(Condition::All(compared)),
            _ => Ok(Condition::Any(compared)),
        }
    }
}

/// A number beside a value, as an expression of the value's type.
fn threshold(value: &Expression, quantity: &Quantity) -> Result<Expression, Problem> {
    let side = Side::of(value);
    if let Expression::Text(name) = value {
        let hint = format!("compare '{name}' with something about the customer, such as country");
        return Err(Problem::OnlyConstants { hint: hint.into() });
    }
    Ok(Expression::Number { value: quantity.beside(&side)?, measures: side.measures })
}

/// `country = DE`: beside a name an unknown word is a name without its quotation marks.
fn unquoted(left: &Meaning, right: &Node, refusal: Refusal) -> Refusal {
    let is_name = matches!(left, Meaning::Value(value) if value.measures() == Type::Text);
    match (right.as_name(), &refusal.0) {
        (Some(name), Problem::UnknownName { nearest: None, .. }) if is_name => {
            let hint = format!("names are quoted: write '{name}'");
            (Problem::WrongFilter { hint: hint.into() }, refusal.1)
        }
        _ => refusal,
    }
}

/// `between 90 and 60` holds for nobody.
fn check_range(ends: &[Condition], low: &Node, high: &Node) -> Compiled<()> {
    use Condition::Compare;
    if let [
        Compare { right: Expression::Number { value: from, .. }, .. },
        Compare { right: Expression::Number { value: to, .. }, .. },
    ] = ends
        && from > to
        && let (Some(low_text), Some(high_text)) = (low.as_quantity(), high.as_quantity())
    {
        let (low_text, high_text) = (low_text.into(), high_text.into());
        return Err((Problem::EmptyRange { low: low_text, high: high_text }, low.span.start..high.span.end));
    }
    if let Some(Condition::Compare { left, .. }) = ends.first()
        && left.measures() == Type::Text
    {
        return Err((Problem::NamesHaveNoOrder, low.span.start..high.span.end));
    }
    Ok(())
}

/// The sign, for messages.
pub(super) const fn sign(comparison: Comparison) -> &'static str {
    names::comparison_sign(comparison)
}
