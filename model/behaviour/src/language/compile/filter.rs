//! What follows `where`: what must hold of one event.

use std::ops::Range;

use crate::expression::{Attribute, Comparison, Filter, NumberAttribute, TextAttribute, Type};
use crate::language::error::Problem;
use crate::language::names;
use crate::language::syntax::{ArgumentKind, Call, Kind, Node};

use super::condition::sign;
use super::quantity::{Quantity, Side, example};
use super::{Compiled, Compiler};

impl Compiler<'_> {
    pub(super) fn filter(&self, node: &Node) -> Compiled<Filter> {
        self.count(1, &node.span)?;
        let span = &node.span;
        match &node.kind {
            Kind::All(parts) => Ok(Filter::All(self.filters(parts)?)),
            Kind::Any(parts) => Ok(Filter::Any(self.filters(parts)?)),
            Kind::Not(inner) => Ok(Filter::Not(Box::new(self.filter(inner)?))),
            Kind::Compare { comparison, left, right } => self.filter_compare(*comparison, left, right, span),
            Kind::Between { value, low, high, negated } => {
                let (from, to) = if *negated {
                    (Comparison::Less, Comparison::Greater)
                } else {
                    (Comparison::AtLeast, Comparison::AtMost)
                };
                let ends = vec![
                    self.filter_compare(from, value, low, span)?,
                    self.filter_compare(to, value, high, span)?,
                ];
                if let [Filter::Number { value: least, .. }, Filter::Number { value: most, .. }] = &ends[..]
                    && least > most
                {
                    let written = |node: &Node| node.as_quantity().unwrap_or("").into();
                    let problem = Problem::EmptyRange { low: written(low), high: written(high) };
                    return Err((problem, low.span.start..high.span.end));
                }
                Ok(if *negated { Filter::Any(ends) } else { Filter::All(ends) })
            }
            Kind::OneOf { value, names, negated } => self.filter_one_of(value, names, *negated, span),
            Kind::Call(call) => self.filter_call(call, span),
            Kind::Name(name) => {
                let attribute = self.attribute(name, span)?;
                let hint = match attribute {
                    Attribute::Text(_) => {
                        format!("compare {name}, as in {name} = 'x', or write present({name})")
                    }
                    Attribute::Number(_) => format!("compare {name}, as in {name} > 0"),
                };
                Err((Problem::WrongFilter { hint: hint.into() }, span.clone()))
            }
            Kind::Member { .. } | Kind::Quantity(_) | Kind::Quoted(_) | Kind::Arithmetic { .. } => {
                Err((not_a_filter(), span.clone()))
            }
        }
    }

    fn filters(&self, parts: &[Node]) -> Compiled<Vec<Filter>> {
        parts.iter().map(|part| self.filter(part)).collect()
    }

    /// `amount > 50`; `50 < amount` is the same.
    fn filter_compare(
        &self,
        comparison: Comparison,
        left: &Node,
        right: &Node,
        span: &Range<usize>,
    ) -> Compiled<Filter> {
        match (&left.kind, &right.kind) {
            (Kind::Name(name), _) => self.attribute_against(comparison, (name, &left.span), right, span),
            (Kind::Quantity(_) | Kind::Quoted(_), Kind::Name(name)) => {
                self.attribute_against(turned(comparison), (name, &right.span), left, span)
            }
            (Kind::Member { member, .. }, _) | (_, Kind::Member { member, .. }) => {
                self.attribute(member, span)?;
                let hint =
                    format!("after where the attributes are those of the event itself: write {member}");
                Err((Problem::WrongFilter { hint: hint.into() }, span.clone()))
            }
            _ => Err((not_a_filter(), span.clone())),
        }
    }

    fn attribute_against(
        &self,
        comparison: Comparison,
        (name, name_span): (&str, &Range<usize>),
        value: &Node,
        span: &Range<usize>,
    ) -> Compiled<Filter> {
        let attribute = self.attribute(name, name_span)?;
        let at = |problem| (problem, value.span.clone());
        match (attribute, &value.kind) {
            (Attribute::Number(attribute), Kind::Quantity(written)) => {
                let quantity = Quantity::parse(written).map_err(at)?;
                let value = quantity.beside(&Side::of_attribute(attribute)).map_err(at)?;
                Ok(Filter::Number { attribute, comparison, value })
            }
            (Attribute::Number(number), Kind::Quoted(text)) => Err(at(wrong_name(number, text))),
            (Attribute::Text(TextAttribute::Day), _) => {
                let hint =
                    "day is only for distinct(order.day): filter by month, day_of_month, weekday or hour";
                Err((Problem::WrongFilter { hint: hint.into() }, name_span.clone()))
            }
            (Attribute::Text(attribute), Kind::Quoted(text)) => {
                let text = self.quoted(text, &value.span)?;
                self.guard_value(Attribute::Text(attribute), &text, &value.span)?;
                let names = vec![text];
                match comparison {
                    Comparison::Equal => Ok(Filter::OneOf { attribute, names }),
                    Comparison::NotEqual => Ok(none_of(attribute, names)),
                    Comparison::Less | Comparison::AtMost | Comparison::Greater | Comparison::AtLeast => {
                        Err((Problem::NamesHaveNoOrder, span.clone()))
                    }
                }
            }
            (Attribute::Text(_), Kind::Quantity(written)) => {
                let quantity = Quantity::parse(written).map_err(at)?;
                Err(at(quantity
                    .beside(&Side::of_type(Type::Text))
                    .err()
                    .unwrap_or(Problem::NamesHaveNoOrder)))
            }
            (Attribute::Text(_), Kind::Name(other)) if names::attribute(other).is_none() => {
                let hint = format!("names are quoted: write {name} {} '{other}'", sign(comparison));
                Err(at(Problem::WrongFilter { hint: hint.into() }))
            }
            _ => {
                let hint = format!(
                    "{name} of an event is compared with a constant, such as {}",
                    match attribute {
                        Attribute::Number(number) => example(number.measures()),
                        Attribute::Text(_) => example(Type::Text),
                    }
                );
                Err(at(Problem::WrongFilter { hint: hint.into() }))
            }
        }
    }

    fn filter_one_of(
        &self,
        value: &Node,
        list: &[Node],
        negated: bool,
        span: &Range<usize>,
    ) -> Compiled<Filter> {
        let comparison = if negated { Comparison::NotEqual } else { Comparison::Equal };
        let each: Vec<Filter> = list
            .iter()
            .map(|one| self.filter_compare(comparison, value, one, span))
            .collect::<Result<_, _>>()?;
        let name = value.as_name().ok_or_else(|| (not_a_filter(), value.span.clone()))?;
        let Attribute::Text(attribute) = self.attribute(name, &value.span)? else {
            return Ok(if negated { Filter::All(each) } else { Filter::Any(each) });
        };
        let mut names: Vec<Box<str>> = list.iter().filter_map(Node::as_quoted).map(Into::into).collect();
        names.sort_unstable();
        names.dedup();
        Ok(if negated { none_of(attribute, names) } else { Filter::OneOf { attribute, names } })
    }

    /// `present(campaign)`, `missing(campaign)`
    fn filter_call(&self, call: &Call, span: &Range<usize>) -> Compiled<Filter> {
        let is_present = &*call.name == "present";
        if !is_present && &*call.name != "missing" {
            return Err((not_a_filter(), span.clone()));
        }
        let usage = || {
            let usage =
                format!("{}(campaign) after where: the attribute of the event alone", call.name).into();
            (Problem::WrongArguments { function: call.name.clone(), usage }, span.clone())
        };
        let [argument] = &call.arguments[..] else { return Err(usage()) };
        let ArgumentKind::Selected { what, filter: None } = &argument.kind else { return Err(usage()) };
        let name = what.as_name().ok_or_else(usage)?;
        match self.attribute(name, &what.span)? {
            Attribute::Text(TextAttribute::Day) => Err(usage()),
            Attribute::Text(attribute) if is_present => Ok(Filter::Present(attribute)),
            Attribute::Text(attribute) => Ok(Filter::Not(Box::new(Filter::Present(attribute)))),
            Attribute::Number(_) => {
                let hint = format!("{} is for names: compare {name}, as in {name} > 0", call.name);
                Err((Problem::WrongFilter { hint: hint.into() }, what.span.clone()))
            }
        }
    }
}

/// False where the attribute is missing, as every comparison is.
fn none_of(attribute: TextAttribute, names: Vec<Box<str>>) -> Filter {
    let one_of = Filter::OneOf { attribute, names };
    Filter::All(vec![Filter::Present(attribute), Filter::Not(Box::new(one_of))])
}

fn not_a_filter() -> Problem {
    let hint = "after where each event is looked at alone: compare its attributes with constants, as in \
                channel = 'amazon' and amount > 50";
    Problem::WrongFilter { hint: hint.into() }
}

fn wrong_name(attribute: NumberAttribute, text: &str) -> Problem {
    let measures = attribute.measures();
    let (found, write) = (format!("'{text}'").into(), example(measures).into());
    Problem::WrongThreshold { found, what: "a name", measures, write }
}

/// The comparison with its sides exchanged.
const fn turned(comparison: Comparison) -> Comparison {
    match comparison {
        Comparison::Equal => Comparison::Equal,
        Comparison::NotEqual => Comparison::NotEqual,
        Comparison::Less => Comparison::Greater,
        Comparison::AtMost => Comparison::AtLeast,
        Comparison::Greater => Comparison::Less,
        Comparison::AtLeast => Comparison::AtMost,
    }
}
