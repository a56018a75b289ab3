//! The values of a customer that a search found, and how they read.

use std::fmt;

use super::cells::{Cell, Span};
use super::search::Found;
use super::terms::{Known, Term};

/// A customer that shows what is wrong: the values of the terms that matter. Others may be anything.
///
/// It reads `days_since(order) = 75, count(order) = 3, avg(order.amount) is missing`.
#[derive(Clone, Debug, PartialEq)]
pub struct Witness {
    /// Each term with its value.
    pub values: Vec<(Term, Value)>,
}

/// A value of a term.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// There is none.
    Missing,
    /// A number in the unit of the term.
    Number(f64),
    /// This name.
    Name(Box<str>),
    /// A name that no condition mentions.
    OtherName,
    /// It holds, or does not.
    Truth(bool),
}

impl Witness {
    /// Of what was found, the terms that decided it and that some condition asks about.
    pub(super) fn of(found: &Found, terms: &[Known]) -> Self {
        let all = terms.iter().enumerate().map(|(index, known)| {
            let value = match &known.cells[found.cells[index]] {
                Cell::Missing => Value::Missing,
                Cell::Number(_) => Value::Number(found.numbers[index]),
                Cell::Name(name) => Value::Name(name.clone()),
                Cell::OtherName => Value::OtherName,
                Cell::Truth(truth) => Value::Truth(*truth),
            };
            (index, known, value)
        });
        let matter = all.filter(|(index, known, _)| found.decided[*index] && !known.is_helper);
        Self { values: matter.map(|(_, known, value)| (known.term.clone(), value)).collect() }
    }
}

impl fmt::Display for Witness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.values.is_empty() {
            return f.write_str("any customer");
        }
        for (index, (term, value)) in self.values.iter().enumerate() {
            f.write_str(if index == 0 { "" } else { ", " })?;
            match value {
                Value::Missing => write!(f, "{term} is missing")?,
                Value::Number(number) => write!(f, "{term} = {number}")?,
                Value::Name(name) => write!(f, "{term} = '{}'", name.replace('\'', "''"))?,
                Value::OtherName => write!(f, "{term} is some other name")?,
                Value::Truth(true) => write!(f, "{term}")?,
                Value::Truth(false) => write!(f, "not {term}")?,
            }
        }
        Ok(())
    }
}

/// A number in the cell of each term, such that no order between two terms is broken; none where there are none.
///
/// Lower ends are pushed up and upper ends down along the orders until they rest. Then each term in rising order takes
/// a number not below those that must not exceed it, which cannot fail.
pub(super) fn numbers(terms: &[Known], cells: &[usize], orders: &[(usize, usize)]) -> Option<Vec<f64>> {
    let span_of = |term: usize| match terms[term].cells[cells[term]] {
        Cell::Number(span) => Some(span),
        Cell::Missing | Cell::Name(_) | Cell::OtherName | Cell::Truth(_) => None,
    };
    let mut spans: Vec<Option<Span>> = (0..terms.len()).map(span_of).collect();
    // Each round carries an end one order further, and a chain is no longer than the terms.
    for _ in 0..terms.len() {
        for (low, high) in orders {
            if let (Some(below), Some(above)) = (spans[*low], spans[*high]) {
                spans[*low] = Some(below.intersect(Span { low: f64::NEG_INFINITY, low_open: true, ..above }));
                spans[*high] = Some(above.intersect(Span { high: f64::INFINITY, high_open: true, ..below }));
            }
        }
    }
    if spans.iter().flatten().any(|span| span.is_empty()) {
        return None;
    }
    let mut numbers = vec![f64::NAN; terms.len()];
    let mut rest: Vec<usize> = (0..terms.len()).filter(|term| spans[*term].is_some()).collect();
    while !rest.is_empty() {
        let is_free = |term: &usize| {
            !orders.iter().any(|(low, high)| high == term && low != term && rest.contains(low))
        };
        // Two terms that must not exceed each other have equal spans by now, so either may go first.
        let place = rest.iter().position(is_free).unwrap_or(0);
        let term = rest.remove(place);
        let mut span = spans[term]?;
        for (low, _) in orders.iter().filter(|(low, high)| *high == term && !numbers[*low].is_nan()) {
            span = span.intersect(Span::at_least(numbers[*low]));
        }
        numbers[term] = pick(span);
    }
    Some(numbers)
}

/// A number in a span that is not empty, as plain as can be.
fn pick(span: Span) -> f64 {
    match (span.low.is_finite(), span.high.is_finite()) {
        (true, _) if !span.low_open => span.low,
        (true, true) => {
            let middle = span.low + (span.high - span.low) / 2.0;
            let plain = middle.floor();
            if plain > span.low { plain } else { middle }
        }
        (true, false) => span.low.floor() + 1.0,
        (false, true) if span.high_open => span.high.ceil() - 1.0,
        (false, true) => span.high,
        (false, false) => 0.0,
    }
}
