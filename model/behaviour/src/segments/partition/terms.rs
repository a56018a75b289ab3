//! What conditions speak of: each distinct value once, with everything that it is compared with.

use std::fmt;

use tenure_core::Duration;

use crate::expression::{
    Aggregate, Arithmetic, Comparison, Condition, Expression, Function, Selector, Window,
};

use super::cells::{Cell, MOST_CELLS, Mask, Span, mask_of};
use super::domain;

/// Something that a condition looks at and that has one value, or none, for each customer and as-of.
#[derive(Clone, Debug, PartialEq)]
pub enum Term {
    /// A value.
    Value(Expression),
    /// Whether two names are the same.
    SameName(Expression, Expression),
    /// Whether one event followed another.
    FollowedBy {
        /// What came before.
        first: Selector,
        /// What came after.
        then: Selector,
        /// How soon.
        within: Duration,
    },
}

/// A term with its cells.
#[derive(Clone, Debug)]
pub(super) struct Known {
    pub term: Term,
    pub cells: Vec<Cell>,
    /// Whether it is here only because something is known about it and another term.
    pub is_helper: bool,
}

impl Known {
    pub(super) fn all(&self) -> Mask {
        mask_of(&self.cells, |_| true)
    }

    pub(super) fn missing(&self) -> Mask {
        mask_of(&self.cells, |cell| *cell == Cell::Missing)
    }

    /// The cells all of whose numbers lie in a span that the cuts respect.
    pub(super) fn numbers(&self, span: Span) -> Mask {
        mask_of(&self.cells, |cell| matches!(cell, Cell::Number(piece) if piece.within(span)))
    }

    pub(super) fn compared(&self, comparison: Comparison, value: f64) -> Mask {
        let point = Span::closed(value, value);
        match comparison {
            Comparison::Equal => self.numbers(point),
            Comparison::NotEqual => self.all() & !self.missing() & !self.numbers(point),
            Comparison::Less => self.numbers(Span { high: value, ..Span::REAL }),
            Comparison::AtMost => self.numbers(Span { high: value, high_open: false, ..Span::REAL }),
            Comparison::Greater => self.numbers(Span::above(value)),
            Comparison::AtLeast => self.numbers(Span::at_least(value)),
        }
    }

    pub(super) fn truth(&self) -> Mask {
        mask_of(&self.cells, |cell| *cell == Cell::Truth(true))
    }

    fn named(&self, names: &[Box<str>]) -> Mask {
        mask_of(&self.cells, |cell| matches!(cell, Cell::Name(name) if names.contains(name)))
    }
}

/// A term while conditions are still being read.
#[derive(Debug)]
pub(super) struct Draft {
    pub term: Term,
    pub cuts: Vec<f64>,
    names: Vec<Box<str>>,
    is_helper: bool,
}

/// The terms of some conditions.
#[derive(Debug, Default)]
pub(super) struct Drafts(pub Vec<Draft>);

impl Drafts {
    /// The index of a term, which is added where it is new.
    fn draft(&mut self, term: Term, is_helper: bool) -> &mut Draft {
        let index = self.0.iter().position(|draft| draft.term == term).unwrap_or_else(|| {
            self.0.push(Draft { term, cuts: Vec::new(), names: Vec::new(), is_helper });
            self.0.len() - 1
        });
        let draft = &mut self.0[index];
        draft.is_helper &= is_helper;
        draft
    }

    /// Adds a term that nobody asked about, cut at one number.
    pub(super) fn help(&mut self, value: Expression, cut: f64) {
        if fixed(&value).is_none() {
            self.draft(Term::Value(value), true).cuts.push(cut);
        }
    }

    pub(super) fn collect(&mut self, condition: &Condition) {
        match Reading::of(condition) {
            Reading::All(parts) | Reading::Any(parts) => parts.iter().for_each(|part| self.collect(part)),
            Reading::Not(part) => self.collect(part),
            Reading::Fixed(_) => {}
            Reading::Number { value, than, .. } => {
                self.draft(Term::Value(value), false).cuts.push(than);
            }
            Reading::Name { value, names, .. } => {
                let known = &mut self.draft(Term::Value(value), false).names;
                for name in names {
                    if !known.contains(&name) {
                        known.push(name);
                    }
                }
            }
            Reading::Missing(value) => {
                self.draft(Term::Value(value.clone()), false);
            }
            Reading::Term { term, .. } => {
                self.draft(term, false);
            }
        }
    }

    /// The terms with their cells, or the first one that is compared with too much.
    pub(super) fn finish(self) -> Result<Vec<Known>, Box<Term>> {
        let finish = |draft: Draft| {
            let cells = domain::of(&draft.term).cells(draft.cuts, &draft.names);
            if cells.len() > MOST_CELLS {
                return Err(Box::new(draft.term));
            }
            Ok(Known { term: draft.term, cells, is_helper: draft.is_helper })
        };
        self.0.into_iter().map(finish).collect()
    }
}

/// A condition, brought to what the proof understands.
pub(super) enum Reading<'a> {
    All(&'a [Condition]),
    Any(&'a [Condition]),
    Not(&'a Condition),
    Fixed(bool),
    /// A value compares so with a number.
    Number {
        value: Expression,
        comparison: Comparison,
        than: f64,
    },
    /// A name is one of these, or is there and is none of them.
    Name {
        value: Expression,
        names: Vec<Box<str>>,
        is_one: bool,
    },
    Missing(&'a Expression),
    /// A term of truth holds; of two names, they are there and the same, or are there and differ.
    Term {
        term: Term,
        is_same: bool,
    },
}

impl<'a> Reading<'a> {
    pub(super) fn of(condition: &'a Condition) -> Self {
        match condition {
            Condition::All(parts) => Self::All(parts),
            Condition::Any(parts) => Self::Any(parts),
            Condition::Not(part) => Self::Not(part),
            Condition::Compare { left, comparison, right } => Self::comparison(left, *comparison, right),
            Condition::OneOf { value: Expression::Text(text), names } => Self::Fixed(names.contains(text)),
            Condition::OneOf { value, names } => {
                Self::Name { value: value.clone(), names: names.clone(), is_one: true }
            }
            Condition::Missing(value) => match (fixed(value), value) {
                (Some(value), _) => Self::Fixed(value.is_nan()),
                (None, Expression::Text(_)) => Self::Fixed(false),
                (None, _) => Self::Missing(value),
            },
            Condition::FollowedBy { first, then, within } => {
                let (first, then) = (first.clone(), then.clone());
                Self::Term { term: Term::FollowedBy { first, then, within: *within }, is_same: true }
            }
        }
    }

    fn comparison(left: &Expression, comparison: Comparison, right: &Expression) -> Self {
        let is_same = comparison == Comparison::Equal;
        if let (Expression::Text(left), Expression::Text(right)) = (left, right) {
            return Self::Fixed((left == right) == is_same);
        }
        if let (value, Expression::Text(name)) | (Expression::Text(name), value) = (left, right) {
            return Self::Name { value: value.clone(), names: vec![name.clone()], is_one: is_same };
        }
        if left.measures() == crate::expression::Type::Text {
            return Self::Term { term: Term::SameName(left.clone(), right.clone()), is_same };
        }
        match (fixed(left), fixed(right)) {
            (Some(left), Some(right)) => {
                let is_there = !left.is_nan() && !right.is_nan();
                Self::Fixed(is_there && comparison.holds(left, right))
            }
            (None, Some(than)) => Self::number(left.clone(), comparison, than),
            (Some(than), None) => Self::number(right.clone(), mirrored(comparison), than),
            (None, None) => {
                // One difference for `a < b` and `b > a`. Of two numbers it has the sign of their comparison.
                let (left, comparison, right) = if format!("{left:?}") <= format!("{right:?}") {
                    (left, comparison, right)
                } else {
                    (right, mirrored(comparison), left)
                };
                let (left, right) = (Box::new(left.clone()), Box::new(right.clone()));
                let difference = Expression::Arithmetic { operator: Arithmetic::Subtract, left, right };
                Self::number(difference, comparison, 0.0)
            }
        }
    }

    fn number(value: Expression, comparison: Comparison, than: f64) -> Self {
        if than.is_nan() { Self::Fixed(false) } else { Self::Number { value, comparison, than } }
    }
}

/// The comparison of the same two values the other way round.
const fn mirrored(comparison: Comparison) -> Comparison {
    match comparison {
        Comparison::Equal => Comparison::Equal,
        Comparison::NotEqual => Comparison::NotEqual,
        Comparison::Less => Comparison::Greater,
        Comparison::AtMost => Comparison::AtLeast,
        Comparison::Greater => Comparison::Less,
        Comparison::AtLeast => Comparison::AtMost,
    }
}

/// The number that an expression is for everybody; not a number where it is missing for everybody.
pub(super) fn fixed(value: &Expression) -> Option<f64> {
    match value {
        Expression::Number { value, .. } => Some(*value),
        Expression::Arithmetic { operator, left, right } => {
            let (left, right) = (fixed(left)?, fixed(right)?);
            Some(match operator {
                Arithmetic::Add => left + right,
                Arithmetic::Subtract => left - right,
                Arithmetic::Multiply => left * right,
                Arithmetic::Divide if right == 0.0 => f64::NAN,
                Arithmetic::Divide => left / right,
            })
        }
        Expression::Text(_)
        | Expression::Aggregate(_)
        | Expression::Trend(_)
        | Expression::Calendar(_)
        | Expression::Rfm(_)
        | Expression::Percentile(_)
        | Expression::Prediction(_) => None,
    }
}

/// How many of these there are in a window.
pub(super) fn count_of(selector: &Selector, window: Window) -> Expression {
    let selector = selector.clone();
    Expression::Aggregate(Aggregate { function: Function::Count, selector, attribute: None, window })
}

/// A condition as a formula over terms. Negation is gone: the cells of a term that a comparison leaves out are those
/// for which it does not hold, and every value lies in some cell.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Formula {
    Fixed(bool),
    /// The term has a value in one of these cells.
    In(usize, Mask),
    All(Vec<Formula>),
    Any(Vec<Formula>),
}

impl Formula {
    pub(super) fn of(condition: &Condition, terms: &[Known], holds: bool) -> Self {
        let parts = |parts: &[Condition]| parts.iter().map(|part| Self::of(part, terms, holds)).collect();
        let find = |term: &Term| terms.iter().position(|known| known.term == *term);
        let within = |term: &Term, mask: &dyn Fn(&Known) -> Mask| match find(term) {
            Some(index) => {
                let mask = mask(&terms[index]);
                Self::In(index, if holds { mask } else { terms[index].all() & !mask })
            }
            // Every term of the conditions was collected; were one not, nothing would be known of it.
            None => Self::Fixed(false),
        };
        match Reading::of(condition) {
            Reading::All(all) if holds => Self::All(parts(all)),
            Reading::Any(any) if holds => Self::Any(parts(any)),
            Reading::All(all) => Self::Any(parts(all)),
            Reading::Any(any) => Self::All(parts(any)),
            Reading::Not(part) => Self::of(part, terms, !holds),
            Reading::Fixed(value) => Self::Fixed(value == holds),
            Reading::Number { value, comparison, than } => {
                within(&Term::Value(value), &|known| known.compared(comparison, than))
            }
            Reading::Name { value, names, is_one } => within(&Term::Value(value), &|known| {
                let named = known.named(&names);
                if is_one { named } else { known.all() & !known.missing() & !named }
            }),
            Reading::Missing(value) => within(&Term::Value(value.clone()), &Known::missing),
            Reading::Term { term, is_same } => within(&term, &|known| {
                let truth = known.truth();
                if is_same { truth } else { known.all() & !known.missing() & !truth }
            }),
        }
    }
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Value(value) => write!(f, "{value}"),
            Self::SameName(left, right) => write!(f, "{left} = {right}"),
            Self::FollowedBy { first, then, within } => {
                write!(f, "followed_by({first}, {then}, {within})")
            }
        }
    }
}
