//! Evaluating compiled expressions and conditions.

use tenure_core::{Duration, Timestamp};

use super::column::symbol_of_bits;
use super::moment::{Found, Instant, Moment};
use super::node::{Body, Node, Reading, Test};
use super::read::View;
use super::series::{Series, Storage};
use super::state::{CustomerState, NOWHERE};
use super::{Program, Surroundings, Value};
use crate::expression::{Arithmetic, CalendarPart, Comparison, Function, RfmMeasure};

/// A customer's state, asked at a moment.
#[derive(Clone, Copy, Debug)]
pub(super) struct Context<'a, M> {
    pub(super) program: &'a Program,
    pub(super) state: &'a CustomerState,
    pub(super) surroundings: &'a Surroundings<'a>,
    pub(super) moment: M,
    /// The state's places; none where the state is another program's.
    pub(super) places: &'a [u16],
}

impl Context<'_, Instant> {
    pub(super) fn body(&self, body: &Body) -> Value {
        match body {
            Body::Truth(test) => Value::Truth(self.holds(test)),
            Body::Value(node) => match self.node(node) {
                Found::Number(number) => Value::Number(number),
                Found::Text(name) => Value::Text(name),
                Found::Missing | Found::Unsure => Value::Missing,
            },
        }
    }

    pub(super) fn holds(&self, test: &Test) -> bool {
        self.test(test).unwrap_or(false)
    }
}

impl<'a, M: Moment> Context<'a, M> {
    /// Whether a condition holds; absent where that differs, or may differ, within the moment.
    pub(super) fn test(&self, test: &Test) -> Option<bool> {
        match test {
            Test::All(parts) => self.decide(parts, false),
            Test::Any(parts) => self.decide(parts, true),
            Test::Not(part) => self.test(part).map(|holds| !holds),
            Test::Compare(left, comparison, right) => {
                match (self.node(left), self.node(right)) {
                    (Found::Number(left), Found::Number(right)) => {
                        self.moment.compare(left, *comparison, right)
                    }
                    (Found::Unsure, _) | (_, Found::Unsure) => None,
                    (Found::Text(left), Found::Text(right)) => Some(match comparison {
                        Comparison::Equal => left == right,
                        Comparison::NotEqual => left != right,
                        // Names have no order.
                        Comparison::Less | Comparison::AtMost | Comparison::Greater | Comparison::AtLeast => {
                            false
                        }
                    }),
                    _ => Some(false),
                }
            }
            Test::OneOf(value, names) => match self.node(value) {
                Found::Text(name) => Some(names.contains(&name)),
                Found::Unsure => None,
                Found::Missing | Found::Number(_) => Some(false),
            },
            Test::Missing(value) => match self.node(value) {
                Found::Unsure => None,
                Found::Missing => Some(true),
                Found::Number(_) | Found::Text(_) => Some(false),
            },
            Test::FollowedBy { first, then, within } => Some(self.followed_by(first, then, *within)),
        }
    }

    /// Any of `parts` being `decisive` decides; otherwise all must be known.
    fn decide(&self, parts: &[Test], decisive: bool) -> Option<bool> {
        let mut unsure = false;
        for part in parts {
            match self.test(part) {
                Some(holds) if holds == decisive => return Some(decisive),
                Some(_) => {}
                None => unsure = true,
            }
        }
        (!unsure).then_some(!decisive)
    }

    fn followed_by(&self, first: &Reading, then: &Reading, within: i64) -> bool {
        let Some((at, _)) = self.view(first, first.stream).last() else {
            return false;
        };
        let followers = &self.series(then.stream).times;
        let next = followers.partition_point(|time| *time < at);
        let end = at.saturating_add(within).min(self.moment.as_of());
        followers.get(next).is_some_and(|time| *time < end)
    }

    pub(super) fn node(&self, node: &Node) -> Found<M::Number> {
        match node {
            Node::Number(value) => Found::Number(self.moment.constant(*value)),
            // The empty text is no name.
            Node::Text(name) if name.is_none() => Found::Missing,
            Node::Text(name) => Found::Text(*name),
            Node::Reading(reading) => self.reading(reading),
            Node::Trend(readings) => {
                self.combine(Arithmetic::Divide, self.reading(&readings.0), self.reading(&readings.1))
            }
            Node::Arithmetic(operator, sides) => {
                self.combine(*operator, self.node(&sides.0), self.node(&sides.1))
            }
            Node::Calendar(part) => self.calendar(*part),
            Node::Rfm { measure, last, measured } => self.rfm(*measure, last, measured),
            Node::Percentile { key, of } => {
                let table = self.surroundings.quantiles.and_then(|quantiles| quantiles.table(*key));
                let table = table.filter(|table| !table.is_empty());
                match (table, self.node(of)) {
                    (Some(table), Found::Number(number)) => {
                        Found::Number(self.moment.rising(number, |value| table.share_at_most(value)))
                    }
                    (Some(_), Found::Unsure) => Found::Unsure,
                    _ => Found::Missing,
                }
            }
            Node::Prediction(prediction) => {
                self.maybe(self.surroundings.predictions.and_then(|predict| predict(*prediction)))
            }
        }
    }

    fn combine(
        &self,
        operator: Arithmetic,
        left: Found<M::Number>,
        right: Found<M::Number>,
    ) -> Found<M::Number> {
        match (left, right) {
            (Found::Number(left), Found::Number(right)) => self.moment.combine(operator, left, right),
            (Found::Missing | Found::Text(_), _) | (_, Found::Missing | Found::Text(_)) => Found::Missing,
            _ => Found::Unsure,
        }
    }

    fn maybe(&self, value: Option<f64>) -> Found<M::Number> {
        value.map_or(Found::Missing, |value| Found::Number(self.moment.constant(value)))
    }

    /// What the state keeps of a stream.
    #[inline]
    pub(super) fn series(&self, stream: u16) -> &'a Series {
        static EMPTY: Series =
            Series { times: Vec::new(), values: Vec::new(), base: 0, check_at: 0, older: None };
        let place = self.places.get(usize::from(stream)).copied().unwrap_or(NOWHERE);
        self.state.series.get(usize::from(place)).unwrap_or(&EMPTY)
    }

    #[inline]
    fn view(&self, reading: &Reading, stream: u16) -> View<'a> {
        reading.view(self.series(stream), reading.storage, self.moment.as_of())
    }

    #[inline]
    fn reading(&self, reading: &Reading) -> Found<M::Number> {
        let view = self.view(reading, reading.stream);
        if reading.function == Function::Count {
            return Found::Number(self.moment.constant(view.count() as f64));
        }
        self.function(reading, &view)
    }

    fn function(&self, reading: &Reading, view: &View<'_>) -> Found<M::Number> {
        let value = |value: i64| {
            if reading.storage == Storage::Names {
                Found::Text(symbol_of_bits(value))
            } else {
                Found::Number(self.moment.constant(value as f64 / reading.units))
            }
        };
        let since = |entry: Option<(i64, i64)>| {
            entry.map_or(Found::Missing, |(at, _)| Found::Number(self.moment.days_since(at)))
        };
        let found = |entry: Option<i64>| entry.map_or(Found::Missing, value);
        match reading.function {
            Function::Count => Found::Number(self.moment.constant(view.count() as f64)),
            Function::Sum => value(view.sum().wrapping_sub(self.refunded(reading))),
            Function::Average => match view.count() {
                0 => Found::Missing,
                count => {
                    let sum = view.sum().wrapping_sub(self.refunded(reading));
                    self.maybe(Some(sum as f64 / reading.units / count as f64))
                }
            },
            Function::Min => found(view.least()),
            Function::Max => found(view.greatest()),
            Function::First => found(view.first().map(|entry| entry.1)),
            Function::Last => found(view.last().map(|entry| entry.1)),
            Function::Distinct => Found::Number(self.moment.constant(view.distinct() as f64)),
            Function::DaysSince => since(view.last()),
            Function::DaysSinceFirst => since(view.first()),
            Function::DaysToFirst => {
                self.maybe(view.first().map(|(at, _)| Instant(at).days_since(self.state.first_event())))
            }
            Function::MeanGap => self.maybe(view.mean_gap()),
            Function::GapDeviation => self.maybe(view.gap_deviation()),
        }
    }

    /// What refunds that name no order took from a sum of orders.
    fn refunded(&self, reading: &Reading) -> i64 {
        reading.refunds.map_or(0, |stream| self.view(reading, stream).sum())
    }

    fn rfm(&self, measure: RfmMeasure, last: &Reading, measured: &Reading) -> Found<M::Number> {
        let last = self.view(last, last.stream).last();
        let (Some(cuts), Some((last, _))) = (self.surroundings.rfm, last) else {
            return Found::Missing;
        };
        let score = match measure {
            RfmMeasure::Recency => {
                let silence = self.moment.as_of().saturating_sub(last);
                cuts.recency_score(Duration::from_microseconds(silence).unwrap_or(Duration::ZERO))
            }
            RfmMeasure::Frequency => {
                let days = self.view(measured, measured.stream).distinct();
                cuts.frequency_score(i64::try_from(days).unwrap_or(i64::MAX))
            }
            RfmMeasure::Monetary => {
                let spent = self.view(measured, measured.stream).sum();
                cuts.monetary_score(spent.wrapping_sub(self.refunded(measured)))
            }
        };
        self.maybe(Some(score.into()))
    }

    fn calendar(&self, part: CalendarPart) -> Found<M::Number> {
        let Ok(instant) = Timestamp::from_microseconds(self.moment.as_of()) else {
            return Found::Missing;
        };
        let date = self.program.settings.time_zone.date(instant);
        self.maybe(Some(match part {
            CalendarPart::Month => date.month().into(),
            CalendarPart::DayOfMonth => date.day().into(),
            CalendarPart::DayOfYear => date.day_of_year().into(),
            CalendarPart::Weekday => date.weekday().to_monday_one_offset().into(),
        }))
    }
}
