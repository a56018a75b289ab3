//! From typed expressions to nodes and the streams that they read.

use tenure_core::EventKind;
use twox_hash::XxHash3_64;

use super::column::{units, us};
use super::node::{Body, Node, Reading, Span, Test};
use super::stream::{Key, Role, Streams};
use super::{FoldError, REACH_US, Settings};
use crate::Symbol;
use crate::expression::{
    Aggregate, Attribute, Body as Source, Condition, Definition, Expression, Function, NumberAttribute,
    RfmMeasure, Selector, TextAttribute, Window,
};

/// Compiles definitions, one after the other, into nodes over shared streams.
pub(super) struct Compiler<'a> {
    pub(super) settings: &'a Settings,
    /// Whether windows may look ahead; then nothing is ever forgotten.
    pub(super) labels: bool,
    pub(super) streams: Streams,
    /// Percentiles met: the key and the operand.
    pub(super) percentiles: Vec<(u64, Node)>,
    pub(super) reads_rfm: bool,
    pub(super) reads_predictions: bool,
    /// Whether a percentile is taken of what is itself fitted or predicted.
    pub(super) nests_fits: bool,
    name: Box<str>,
}

impl<'a> Compiler<'a> {
    pub(super) fn new(settings: &'a Settings, labels: bool) -> Self {
        Self {
            settings,
            labels,
            streams: Streams::default(),
            percentiles: Vec::new(),
            reads_rfm: false,
            reads_predictions: false,
            nests_fits: false,
            name: "".into(),
        }
    }

    pub(super) fn definition(&mut self, definition: &Definition) -> Result<Body, FoldError> {
        self.name.clone_from(&definition.name);
        Ok(match &definition.body {
            Source::Value(expression) => Body::Value(self.node(expression)?),
            Source::Truth(condition) => Body::Truth(self.test(condition)?),
        })
    }

    fn node(&mut self, expression: &Expression) -> Result<Node, FoldError> {
        Ok(match expression {
            Expression::Number { value, .. } => Node::Number(*value),
            Expression::Text(name) => Node::Text(Symbol::of(name)),
            Expression::Aggregate(aggregate) => Node::Reading(self.reading(aggregate, 0)?),
            Expression::Trend(aggregate) => {
                let Window::Past { length, .. } = aggregate.window else {
                    return Err(FoldError::TrendWithoutWindow { name: self.name.clone() });
                };
                let before = self.reading(aggregate, us(length))?;
                Node::Trend(Box::new((self.reading(aggregate, 0)?, before)))
            }
            Expression::Arithmetic { operator, left, right } => {
                Node::Arithmetic(*operator, Box::new((self.node(left)?, self.node(right)?)))
            }
            Expression::Calendar(part) => Node::Calendar(*part),
            Expression::Rfm(measure) => self.rfm(*measure)?,
            Expression::Percentile(of) => {
                let key = XxHash3_64::oneshot(format!("{of:?}").as_bytes());
                let outside = (self.reads_rfm, self.reads_predictions, self.percentiles.len());
                (self.reads_rfm, self.reads_predictions) = (false, false);
                let node = self.node(of)?;
                let fits = self.reads_rfm || self.reads_predictions || self.percentiles.len() > outside.2;
                self.nests_fits |= fits || matches!(**of, Expression::Percentile(_));
                self.reads_rfm |= outside.0;
                self.reads_predictions |= outside.1;
                if self.percentiles.iter().all(|(other, _)| *other != key) {
                    self.percentiles.push((key, node.clone()));
                }
                Node::Percentile { key, of: Box::new(node) }
            }
            Expression::Prediction(prediction) => {
                self.reads_predictions = true;
                Node::Prediction(*prediction)
            }
        })
    }

    fn test(&mut self, condition: &Condition) -> Result<Test, FoldError> {
        Ok(match condition {
            Condition::All(parts) => {
                Test::All(parts.iter().map(|part| self.test(part)).collect::<Result<_, _>>()?)
            }
            Condition::Any(parts) => {
                Test::Any(parts.iter().map(|part| self.test(part)).collect::<Result<_, _>>()?)
            }
            Condition::Not(part) => Test::Not(Box::new(self.test(part)?)),
            Condition::Compare { left, comparison, right } => {
                Test::Compare(Box::new(self.node(left)?), *comparison, Box::new(self.node(right)?))
            }
            Condition::OneOf { value, names } => {
                let names = names.iter().map(|name| Symbol::of(name)).filter(|name| !name.is_none());
                Test::OneOf(Box::new(self.node(value)?), names.collect())
            }
            Condition::Missing(value) => Test::Missing(Box::new(self.node(value)?)),
            Condition::FollowedBy { first, then, within } => {
                let reach = Span { from: REACH_US, until: 0 };
                let first = self.plain(Function::DaysSince, first, None, reach);
                // After the first, so that it lies within the same reach.
                let then = self.plain(Function::Count, then, None, reach);
                Test::FollowedBy { first, then, within: us(*within) }
            }
        })
    }

    /// A score needs a standing order, and what it scores over all time.
    fn rfm(&mut self, measure: RfmMeasure) -> Result<Node, FoldError> {
        self.reads_rfm = true;
        let orders = Selector { kind: Some(EventKind::Order), filter: None };
        let last = self.plain(Function::DaysSince, &orders, None, Span::ALWAYS);
        let measured = match measure {
            RfmMeasure::Recency => last,
            RfmMeasure::Frequency => {
                let days = Some(Attribute::Text(TextAttribute::Day));
                self.plain(Function::Distinct, &orders, days, Span::ALWAYS)
            }
            RfmMeasure::Monetary => {
                let amount = Some(Attribute::Number(NumberAttribute::Amount));
                let sum = Aggregate {
                    function: Function::Sum,
                    selector: orders,
                    attribute: amount,
                    window: Window::Always,
                };
                self.reading(&sum, 0)?
            }
        };
        Ok(Node::Rfm { measure, last, measured: Box::new(measured) })
    }

    /// An aggregate over its window, or over the window so long before.
    fn reading(&mut self, aggregate: &Aggregate, before: i64) -> Result<Reading, FoldError> {
        let window = match aggregate.window {
            Window::Always => Span::ALWAYS,
            Window::Past { length, lag } => {
                let until = us(lag).saturating_add(before);
                Span { from: until.saturating_add(us(length)), until }
            }
            Window::Next(_) if !self.labels => {
                return Err(FoldError::LooksAhead { name: self.name.clone() });
            }
            Window::Next(horizon) => Span { from: 0, until: -us(horizon.length()) },
        };
        let attribute = self.attribute(aggregate)?;
        let mut reading = self.plain(aggregate.function, &aggregate.selector, attribute, window);
        let deducts = matches!(aggregate.function, Function::Sum | Function::Average)
            && aggregate.selector.kind == Some(EventKind::Order)
            && attribute == Some(Attribute::Number(NumberAttribute::Amount));
        if deducts {
            let refunds = Selector { kind: Some(EventKind::Refund), ..aggregate.selector.clone() };
            reading.refunds = Some(self.stream(&refunds, attribute, Role::LooseRefunds, window, false));
        }
        Ok(reading)
    }

    /// The attribute that the function needs; none where it needs none.
    fn attribute(&self, aggregate: &Aggregate) -> Result<Option<Attribute>, FoldError> {
        let wrong = || FoldError::WrongAttribute {
            name: self.name.clone(),
            function: format!("{:?}", aggregate.function).into(),
            attribute: aggregate.attribute.map_or("no attribute".into(), |given| format!("{given:?}").into()),
        };
        let attribute = aggregate.attribute;
        let valid = match aggregate.function {
            Function::Count
            | Function::DaysSince
            | Function::DaysSinceFirst
            | Function::DaysToFirst
            | Function::MeanGap
            | Function::GapDeviation => return Ok(None),
            Function::Sum | Function::Average | Function::Min | Function::Max => {
                matches!(attribute, Some(Attribute::Number(_)))
            }
            Function::First | Function::Last => {
                attribute.is_some_and(|given| given != Attribute::Text(TextAttribute::Day))
            }
            Function::Distinct => matches!(attribute, Some(Attribute::Text(_))),
        };
        if valid { Ok(attribute) } else { Err(wrong()) }
    }

    fn plain(
        &mut self,
        function: Function,
        selector: &Selector,
        attribute: Option<Attribute>,
        window: Span,
    ) -> Reading {
        let of_gaps = matches!(function, Function::MeanGap | Function::GapDeviation);
        let role = if of_gaps { Role::Gaps } else { Role::Events };
        let names = function == Function::Distinct && !window.is_bounded();
        let stream = self.stream(selector, attribute, role, window, names);
        let storage = self.streams.all[usize::from(stream)].keeps.storage;
        let units = match attribute {
            Some(Attribute::Number(number)) => units(number, self.settings),
            _ => 1.0,
        };
        Reading { function, stream, refunds: None, storage, window, units }
    }

    fn stream(
        &mut self,
        selector: &Selector,
        attribute: Option<Attribute>,
        role: Role,
        window: Span,
        names: bool,
    ) -> u16 {
        let retention = match window {
            _ if self.labels => i64::MAX,
            Span::ALWAYS => -1,
            Span { from, .. } => from,
        };
        let Selector { kind, filter } = selector.clone();
        self.streams.number(Key { kind, filter, attribute, role }, retention, names, self.settings)
    }
}
