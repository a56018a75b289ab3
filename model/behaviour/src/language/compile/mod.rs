//! From what was written to what it means: names, types and units are checked here.

pub(super) mod call;
mod condition;
mod filter;
mod guard;
mod name;
mod quantity;
mod value;
mod window;

use std::cell::Cell;
use std::collections::BTreeMap;
use std::ops::Range;

use crate::expression::{Body, Condition, Expression, Type};

use super::error::Problem;
use super::parse::Refusal;
use super::syntax::{Kind, Node};
use super::{MAX_NESTING, MAX_PARTS, Scope, measure};

pub(super) use guard::sensitive;
pub use guard::{SENSITIVE_WORDS, sensitive_subject};
pub(super) use quantity::Quantity;

/// What names stand for, and how many parts each has.
pub(super) type Known = BTreeMap<Box<str>, (Body, usize)>;

/// Compiles one text.
pub(super) struct Compiler<'a> {
    scope: &'a Scope,
    known: &'a Known,
    parts: Cell<usize>,
}

/// What a part of a text means.
#[derive(Debug)]
enum Meaning {
    Value(Expression),
    Truth(Condition),
    /// A number or length of time whose unit depends on what it stands beside.
    Quantity(Quantity),
}

type Compiled<T> = Result<T, Refusal>;

impl<'a> Compiler<'a> {
    pub(super) fn new(scope: &'a Scope, known: &'a Known) -> Self {
        Self { scope, known, parts: Cell::new(0) }
    }

    /// A value or a condition, with how many parts it has.
    pub(super) fn body(&self, node: &Node) -> Compiled<(Body, usize)> {
        let body = match self.meaning(node)? {
            Meaning::Value(Expression::Text(_)) | Meaning::Quantity(_) => {
                return Err((Problem::ConstantDefinition, node.span.clone()));
            }
            Meaning::Value(value) => Body::Value(value),
            Meaning::Truth(condition) => Body::Truth(condition),
        };
        if measure::depth(&body) > MAX_NESTING {
            return Err((Problem::TooDeep { max: MAX_NESTING }, node.span.clone()));
        }
        Ok((body, self.parts.get()))
    }

    fn meaning(&self, node: &Node) -> Compiled<Meaning> {
        self.count(1, &node.span)?;
        Ok(match &node.kind {
            Kind::Quantity(written) => Meaning::Quantity(Quantity::parse(written).map_err(at(node))?),
            Kind::Quoted(text) => Meaning::Value(Expression::Text(self.quoted(text, &node.span)?)),
            Kind::Name(name) => self.name(name, &node.span)?,
            Kind::Member { owner, member } => return Err(self.lone_member(node, owner, member)),
            Kind::Call(call) => self.call(call, &node.span)?,
            Kind::Arithmetic { operator, left, right } => {
                Meaning::Value(self.arithmetic(*operator, left, right, &node.span)?)
            }
            Kind::Compare { .. } | Kind::Between { .. } | Kind::OneOf { .. } => {
                Meaning::Truth(self.comparison(node)?)
            }
            Kind::Not(inner) => Meaning::Truth(Condition::Not(Box::new(self.truth(inner)?))),
            Kind::All(parts) => Meaning::Truth(Condition::All(self.truths(parts)?)),
            Kind::Any(parts) => Meaning::Truth(Condition::Any(self.truths(parts)?)),
        })
    }

    fn truths(&self, parts: &[Node]) -> Compiled<Vec<Condition>> {
        parts.iter().map(|part| self.truth(part)).collect()
    }

    /// Something that holds or does not.
    pub(super) fn truth(&self, node: &Node) -> Compiled<Condition> {
        match self.meaning(node)? {
            Meaning::Truth(condition) => Ok(condition),
            Meaning::Value(value) => Err((not_a_condition(&value), node.span.clone())),
            Meaning::Quantity(quantity) => {
                let hint = format!("compare {} with something about the customer", quantity.written);
                Err((Problem::WrongFilter { hint: hint.into() }, node.span.clone()))
            }
        }
    }

    /// A value that is no constant.
    fn value(&self, node: &Node, needed: &'static str) -> Compiled<Expression> {
        match self.meaning(node)? {
            Meaning::Value(value) => Ok(value),
            Meaning::Truth(_) => Err((Problem::ConditionNotValue { needed }, node.span.clone())),
            Meaning::Quantity(quantity) => {
                let hint = format!("{} is a constant: {needed} is needed here", quantity.written);
                Err((Problem::WrongFilter { hint: hint.into() }, node.span.clone()))
            }
        }
    }

    /// Definitions that use definitions twice grow like 2^n; this is where that ends.
    fn count(&self, parts: usize, span: &Range<usize>) -> Compiled<()> {
        self.parts.set(self.parts.get() + parts);
        if self.parts.get() > MAX_PARTS {
            return Err((Problem::TooManyParts { max: MAX_PARTS }, span.clone()));
        }
        Ok(())
    }
}

fn at(node: &Node) -> impl Fn(Problem) -> Refusal + use<> {
    let span = node.span.clone();
    move |problem| (problem, span.clone())
}

pub(super) fn not_a_condition(value: &Expression) -> Problem {
    let measures = value.measures();
    let threshold = match measures {
        Type::Count => ">= 2",
        Type::Money => "> 100",
        Type::Days => "<= 30",
        Type::Duration => "> 2m",
        Type::Share => "> 0.6",
        Type::Score => ">= 4",
        Type::Text => "= 'DE'",
    };
    let written = value.to_string();
    let example =
        if written.len() > 60 { format!("… {threshold}") } else { format!("{written} {threshold}") };
    Problem::ValueNotCondition { measures, example: example.into() }
}
