//! What was written, before it is known to make sense.

use std::ops::Range;

use crate::expression::{Arithmetic, Comparison};

use super::names;

/// A part of a text, with the bytes that it spans.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) kind: Kind,
    pub(super) span: Range<usize>,
    /// Levels of parts inside this one.
    pub(super) depth: usize,
}

#[derive(Clone, Debug)]
pub(super) enum Kind {
    /// `90d`, as written.
    Quantity(Box<str>),
    /// The text between quotation marks.
    Quoted(Box<str>),
    /// `country`
    Name(Box<str>),
    /// `order.amount`
    Member { owner: Box<str>, member: Box<str> },
    /// `count(order, 90d)`
    Call(Call),
    /// `a + b`
    Arithmetic { operator: Arithmetic, left: Box<Node>, right: Box<Node> },
    /// `a >= b`
    Compare { comparison: Comparison, left: Box<Node>, right: Box<Node> },
    /// `a between b and c`, `a not between b and c`
    Between { value: Box<Node>, low: Box<Node>, high: Box<Node>, negated: bool },
    /// `a in (b, c)`, `a not in (b, c)`
    OneOf { value: Box<Node>, names: Vec<Node>, negated: bool },
    /// `not a`
    Not(Box<Node>),
    /// `a and b`
    All(Vec<Node>),
    /// `a or b`
    Any(Vec<Node>),
}

#[derive(Clone, Debug)]
pub(super) struct Call {
    pub(super) name: Box<str>,
    pub(super) name_span: Range<usize>,
    pub(super) arguments: Vec<Argument>,
}

#[derive(Clone, Debug)]
pub(super) struct Argument {
    pub(super) kind: ArgumentKind,
    pub(super) span: Range<usize>,
}

#[derive(Clone, Debug)]
pub(super) enum ArgumentKind {
    /// `next 90d`
    Next(Node),
    /// `90d ending 30d ago`
    Lagged { length: Node, lag: Node },
    /// `order where amount > 50`
    Selected { what: Node, filter: Option<Node> },
}

impl Node {
    /// The name, if this is one alone.
    pub(super) fn as_name(&self) -> Option<&str> {
        if let Kind::Name(name) = &self.kind { Some(name) } else { None }
    }

    /// The number or length of time as written, if this is one.
    pub(super) fn as_quantity(&self) -> Option<&str> {
        if let Kind::Quantity(written) = &self.kind { Some(written) } else { None }
    }

    /// The quoted text, if this is one.
    pub(super) fn as_quoted(&self) -> Option<&str> {
        if let Kind::Quoted(text) = &self.kind { Some(text) } else { None }
    }

    /// Every name that may stand for a definition.
    pub(super) fn names<'a>(&'a self, found: &mut Vec<(&'a str, Range<usize>)>) {
        match &self.kind {
            Kind::Quantity(_) | Kind::Quoted(_) | Kind::Member { .. } => {}
            Kind::Name(name) => found.push((name, self.span.clone())),
            // These take kinds of events, not values.
            Kind::Call(call)
                if names::aggregate(&call.name).is_some()
                    || ["followed_by", "rfm"].contains(&&*call.name) => {}
            Kind::Call(call) => {
                for argument in &call.arguments {
                    if let ArgumentKind::Selected { what, .. } = &argument.kind {
                        what.names(found);
                    }
                }
            }
            Kind::Arithmetic { left, right, .. } | Kind::Compare { left, right, .. } => {
                left.names(found);
                right.names(found);
            }
            Kind::Between { value, low, high, .. } => {
                for part in [value, low, high] {
                    part.names(found);
                }
            }
            Kind::OneOf { value, .. } | Kind::Not(value) => value.names(found),
            Kind::All(parts) | Kind::Any(parts) => parts.iter().for_each(|part| part.names(found)),
        }
    }
}
