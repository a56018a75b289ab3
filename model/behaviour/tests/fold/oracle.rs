//! The meaning once more, as plain loops over all raw facts, sharing nothing with the fold.
//!
//! Written from the documentation of `expression` and `fold` only. Slow and without memory: each question goes through
//! everything again.

use tenure_behaviour::expression::{
    Aggregate, Arithmetic, Attribute, Body, CalendarPart, Comparison, Condition, Expression, Filter,
    Function, NumberAttribute, RfmMeasure, Selector, TextAttribute, Window,
};
use tenure_behaviour::fold::Value;
use tenure_behaviour::{Fact, Symbol};
use tenure_core::{TimeZone, Timestamp};

use super::random::{CUTS, PERCENTS, predict};

const DAY: i64 = 86_400_000_000;
const REACH: i64 = 400 * DAY;

/// Everything that is asked about one customer.
pub(crate) struct Oracle<'a> {
    /// Facts in the order in which they became known, those known too late left out, duplicates left out.
    facts: Vec<&'a Fact>,
    /// Orders that stand: the fact and what went back of its amount.
    orders: Vec<(&'a Fact, i64)>,
    as_of: i64,
    zone: TimeZone,
}

#[derive(Clone, Copy, PartialEq)]
enum Found {
    None,
    Number(f64),
    Name(u64),
}

fn us(at: Timestamp) -> i64 {
    at.microseconds()
}

fn known(fact: &Fact) -> i64 {
    us(fact.occurred_at).max(us(fact.ingested_at))
}

impl<'a> Oracle<'a> {
    /// `facts` in known order; only those known before `horizon` exist.
    pub(crate) fn new(facts: &'a [Fact], horizon: i64, as_of: i64, zone: &TimeZone) -> Self {
        let mut unique: Vec<&Fact> = Vec::new();
        for fact in facts.iter().filter(|fact| known(fact) < horizon) {
            let again = |old: &&&Fact| {
                !fact.event_id.is_none() && old.event_id == fact.event_id && known(fact) - known(old) <= REACH
            };
            if unique.iter().find(again).is_none() {
                unique.push(fact);
            }
        }
        let orders = standing(&unique);
        Self { facts: unique, orders, as_of, zone: zone.clone() }
    }

    pub(crate) fn body(&self, body: &Body) -> Value {
        match body {
            Body::Truth(condition) => Value::Truth(self.holds(condition)),
            Body::Value(expression) => match self.find(expression) {
                Found::None => Value::Missing,
                Found::Number(number) => Value::Number(number),
                Found::Name(bits) => Value::Text(Symbol::from_bits(bits)),
            },
        }
    }

    pub(crate) fn holds(&self, condition: &Condition) -> bool {
        match condition {
            Condition::All(parts) => parts.iter().all(|part| self.holds(part)),
            Condition::Any(parts) => parts.iter().any(|part| self.holds(part)),
            Condition::Not(part) => !self.holds(part),
            Condition::Compare { left, comparison, right } => match (self.find(left), self.find(right)) {
                (Found::Number(left), Found::Number(right)) => compare(left, *comparison, right),
                (Found::Name(left), Found::Name(right)) => match comparison {
                    Comparison::Equal => left == right,
                    Comparison::NotEqual => left != right,
                    _ => false,
                },
                _ => false,
            },
            Condition::OneOf { value, names } => {
                let found = self.find(value);
                names.iter().any(|name| found == Found::Name(Symbol::of(name).bits()))
            }
            Condition::Missing(value) => self.find(value) == Found::None,
            Condition::FollowedBy { first, then, within } => {
                let before = |(time, _): &(i64, &Fact)| *time < self.as_of;
                let reached = |(time, _): &(i64, &Fact)| *time >= self.as_of - REACH;
                let last =
                    self.events(first).into_iter().filter(before).filter(reached).map(|(time, _)| time).max();
                last.is_some_and(|last| {
                    let mut followers = self.events(then).into_iter().filter(before);
                    followers.any(|(time, _)| time >= last && time < last + within.microseconds())
                })
            }
        }
    }

    fn find(&self, expression: &Expression) -> Found {
        match expression {
            Expression::Number { value, .. } => Found::Number(*value),
            Expression::Text(name) => Found::Name(Symbol::of(name).bits()),
            Expression::Aggregate(aggregate) => self.aggregate(aggregate, 0),
            Expression::Trend(aggregate) => {
                let Window::Past { length, .. } = aggregate.window else { panic!("a trend over all time") };
                let before = self.aggregate(aggregate, length.microseconds());
                combine(Arithmetic::Divide, self.aggregate(aggregate, 0), before)
            }
            Expression::Arithmetic { operator, left, right } => {
                combine(*operator, self.find(left), self.find(right))
            }
            Expression::Calendar(part) => {
                let date = self.zone.date(Timestamp::from_microseconds(self.as_of).unwrap());
                Found::Number(f64::from(match part {
                    CalendarPart::Month => i16::from(date.month()),
                    CalendarPart::DayOfMonth => i16::from(date.day()),
                    CalendarPart::DayOfYear => date.day_of_year(),
                    CalendarPart::Weekday => i16::from(date.weekday().to_monday_one_offset()),
                }))
            }
            Expression::Rfm(measure) => self.rfm(*measure),
            Expression::Percentile(of) => match self.find(of) {
                Found::Number(number) => {
                    let below = PERCENTS.iter().filter(|value| **value <= number).count();
                    Found::Number(below as f64 / PERCENTS.len() as f64)
                }
                _ => Found::None,
            },
            Expression::Prediction(prediction) => predict(*prediction).map_or(Found::None, Found::Number),
        }
    }

    fn rfm(&self, measure: RfmMeasure) -> Found {
        let order = Selector { kind: Some("order".parse().unwrap()), filter: None };
        let mut times: Vec<i64> =
            self.events(&order).into_iter().map(|(time, _)| time).filter(|time| *time < self.as_of).collect();
        let Some(last) = times.iter().copied().max() else {
            return Found::None;
        };
        let cuts = CUTS[match measure {
            RfmMeasure::Recency => 0,
            RfmMeasure::Frequency => 1,
            RfmMeasure::Monetary => 2,
        }];
        let passed = match measure {
            RfmMeasure::Recency => cuts.iter().filter(|cut| self.as_of - last < **cut).count(),
            RfmMeasure::Frequency => {
                for time in &mut times {
                    *time = us(self.zone.start_of_day(Timestamp::from_microseconds(*time).unwrap()));
                }
                times.sort_unstable();
                times.dedup();
                cuts.iter().filter(|cut| times.len() as i64 > **cut).count()
            }
            RfmMeasure::Monetary => {
                let bought: i64 = self
                    .orders
                    .iter()
                    .filter(|(order, _)| us(order.occurred_at) < self.as_of)
                    .filter_map(|(order, back)| Some(order.amount? - back))
                    .sum();
                let back = self.loose_refunds(&order).filter(|refund| us(refund.occurred_at) < self.as_of);
                let spent = bought - back.filter_map(|refund| refund.amount).map(i64::abs).sum::<i64>();
                cuts.iter().filter(|cut| spent > **cut).count()
            }
        };
        Found::Number((1 + passed) as f64)
    }

    /// The time and fact of all selected events, whenever they occurred.
    fn events(&self, selector: &Selector) -> Vec<(i64, &'a Fact)> {
        let kind = selector.kind.as_ref().map(|kind| Symbol::of(kind.as_str()));
        let facts: Vec<&Fact> = match kind {
            Some(kind) if kind == Symbol::of("order") => self.orders.iter().map(|(fact, _)| *fact).collect(),
            Some(kind) => self.facts.iter().copied().filter(|fact| fact.kind == kind).collect(),
            None => self.facts.clone(),
        };
        let passes = |fact: &&Fact| selector.filter.as_ref().is_none_or(|filter| self.passes(filter, fact));
        facts.into_iter().filter(passes).map(|fact| (us(fact.occurred_at), fact)).collect()
    }

    fn loose_refunds(&self, selector: &Selector) -> impl Iterator<Item = &'a Fact> {
        let refund = Selector { kind: Some("refund".parse().unwrap()), ..selector.clone() };
        self.events(&refund).into_iter().map(|(_, fact)| fact).filter(|fact| fact.order_id.is_none())
    }

    fn passes(&self, filter: &Filter, fact: &Fact) -> bool {
        match filter {
            Filter::All(parts) => parts.iter().all(|part| self.passes(part, fact)),
            Filter::Any(parts) => parts.iter().any(|part| self.passes(part, fact)),
            Filter::Not(part) => !self.passes(part, fact),
            Filter::Number { attribute, comparison, value } => {
                let (number, units) = self.number(*attribute, fact);
                number.is_some_and(|number| compare(number as f64 / units, *comparison, *value))
            }
            Filter::OneOf { attribute, names } => {
                let name = text(*attribute, fact);
                !name.is_none() && names.iter().any(|other| Symbol::of(other) == name)
            }
            Filter::Present(attribute) => !text(*attribute, fact).is_none(),
        }
    }

    /// As ordered, and the units in one of its type.
    fn number(&self, attribute: NumberAttribute, fact: &Fact) -> (Option<i64>, f64) {
        let local = self.zone.local(fact.occurred_at);
        match attribute {
            NumberAttribute::Amount | NumberAttribute::GrossAmount => (fact.amount.map(i64::abs), 100.0),
            NumberAttribute::Discount => (fact.discount, 100.0),
            NumberAttribute::Duration => (fact.duration, 1e6),
            NumberAttribute::Quantity => (fact.quantity.map(i64::from), 1.0),
            NumberAttribute::Rating => (fact.rating.map(i64::from), 1.0),
            NumberAttribute::Month => (Some(local.month().into()), 1.0),
            NumberAttribute::DayOfMonth => (Some(local.day().into()), 1.0),
            NumberAttribute::Weekday => (Some(local.weekday().to_monday_one_offset().into()), 1.0),
            NumberAttribute::Hour => (Some(local.hour().into()), 1.0),
        }
    }

    fn window(&self, window: Window, before: i64) -> (i64, i64) {
        match window {
            Window::Always => (i64::MIN, self.as_of),
            Window::Past { length, lag } => {
                let end = self.as_of - lag.microseconds() - before;
                (end - length.microseconds(), end)
            }
            Window::Next(horizon) => (self.as_of, self.as_of + horizon.length().microseconds()),
        }
    }

    fn aggregate(&self, aggregate: &Aggregate, before: i64) -> Found {
        let (start, end) = self.window(aggregate.window, before);
        let inside = |time: i64| start <= time && time < end;
        let events: Vec<(i64, &Fact)> =
            self.events(&aggregate.selector).into_iter().filter(|(time, _)| inside(*time)).collect();
        let mut times: Vec<i64> = events.iter().map(|(time, _)| *time).collect();
        times.sort_unstable();
        let days = |length: i64| Found::Number(length as f64 / 86_400e6);
        match aggregate.function {
            Function::Count => Found::Number(times.len() as f64),
            Function::DaysSince => times.last().map_or(Found::None, |last| days(self.as_of - last)),
            Function::DaysSinceFirst => times.first().map_or(Found::None, |first| days(self.as_of - first)),
            Function::DaysToFirst => {
                let ever = self.facts.iter().map(|fact| us(fact.occurred_at)).min();
                times.first().map_or(Found::None, |first| days(first - ever.unwrap()))
            }
            Function::MeanGap | Function::GapDeviation => {
                let mut times: Vec<i64> = events
                    .iter()
                    .filter(|(time, fact)| known(fact) - time <= REACH)
                    .map(|(time, _)| *time)
                    .collect();
                times.sort_unstable();
                gaps(&times, aggregate.function)
            }
            Function::Distinct => {
                let Some(Attribute::Text(attribute)) = aggregate.attribute else { panic!("no name") };
                let mut names: Vec<u64> = events
                    .iter()
                    .filter_map(|(_, fact)| match attribute {
                        TextAttribute::Day => Some(us(self.zone.start_of_day(fact.occurred_at)) as u64),
                        _ => Some(text(attribute, fact)).filter(|name| !name.is_none()).map(Symbol::bits),
                    })
                    .collect();
                names.sort_unstable();
                names.dedup();
                Found::Number(names.len() as f64)
            }
            Function::Sum
            | Function::Average
            | Function::Min
            | Function::Max
            | Function::First
            | Function::Last => self.of_values(aggregate, &events, inside),
        }
    }

    fn of_values(
        &self,
        aggregate: &Aggregate,
        events: &[(i64, &Fact)],
        inside: impl Fn(i64) -> bool,
    ) -> Found {
        let number = match aggregate.attribute {
            Some(Attribute::Number(number)) => number,
            Some(Attribute::Text(attribute)) => {
                let mut names: Vec<(i64, u64)> = events
                    .iter()
                    .map(|(time, fact)| (*time, text(attribute, fact).bits()))
                    .filter(|(_, bits)| *bits != 0)
                    .collect();
                names.sort_unstable();
                let name = if aggregate.function == Function::First { names.first() } else { names.last() };
                return name.map_or(Found::None, |(_, bits)| Found::Name(*bits));
            }
            None => panic!("no attribute"),
        };
        let of_orders = aggregate.selector.kind.as_ref().is_some_and(|kind| kind.as_str() == "order");
        let net = of_orders && number == NumberAttribute::Amount;
        let mut values: Vec<(i64, i64)> = Vec::new();
        let mut units = 1.0;
        for (time, fact) in events {
            let (value, of_one) = self.number(number, fact);
            units = of_one;
            let back =
                self.orders.iter().find(|(order, _)| std::ptr::eq(*order, *fact)).map_or(0, |order| order.1);
            values.extend(value.map(|value| (*time, if net { value - back } else { value })));
        }
        values.sort_unstable();
        let mut sum: i64 = values.iter().map(|(_, value)| value).sum();
        if net {
            for refund in
                self.loose_refunds(&aggregate.selector).filter(|refund| inside(us(refund.occurred_at)))
            {
                sum -= refund.amount.map_or(0, i64::abs);
                units = 100.0;
            }
        }
        let units = units;
        let one = |value: Option<i64>| value.map_or(Found::None, |value| Found::Number(value as f64 / units));
        match aggregate.function {
            Function::Sum => one(Some(sum)),
            Function::Average if values.is_empty() => Found::None,
            Function::Average => Found::Number(sum as f64 / units / values.len() as f64),
            Function::Min => one(values.iter().map(|(_, value)| *value).min()),
            Function::Max => one(values.iter().map(|(_, value)| *value).max()),
            Function::First => one(values.first().map(|(_, value)| *value)),
            _ => one(values.last().map(|(_, value)| *value)),
        }
    }
}

/// Replays orders, refunds and cancellations in the order in which they became known.
fn standing<'a>(facts: &[&'a Fact]) -> Vec<(&'a Fact, i64)> {
    // Each order with what went back of it, and whether it fell.
    let mut orders: Vec<(&Fact, i64, bool)> = Vec::new();
    // Each retraction with what is left of it; without a sum it cancels.
    let mut waiting: Vec<(&Fact, Option<i64>)> = Vec::new();
    let lower = |order: &mut (&Fact, i64, bool), left: &mut Option<i64>| match (left, order.0.amount) {
        (None, _) => order.2 = true,
        (Some(left), Some(amount)) if *left > 0 && !order.2 => {
            let taken = (*left).min(amount - order.1);
            *left -= taken;
            order.1 += taken;
            order.2 = order.1 >= amount;
        }
        _ => {}
    };
    for fact in facts {
        let names = |other: &Fact| {
            !fact.order_id.is_none() && other.order_id == fact.order_id && known(fact) - known(other) <= REACH
        };
        if fact.kind == Symbol::of("order") {
            let mut order = (*fact, 0, false);
            for (retraction, left) in &mut waiting {
                if names(retraction) && !order.2 {
                    lower(&mut order, left);
                }
            }
            orders.push(order);
        } else if fact.kind == Symbol::of("refund") || fact.kind == Symbol::of("order_cancel") {
            let is_refund = fact.kind == Symbol::of("refund");
            let mut left = is_refund.then(|| fact.amount.map_or(0, i64::abs));
            let mut concerned: Vec<usize> = (0..orders.len()).filter(|at| names(orders[*at].0)).collect();
            concerned.sort_by_key(|at| us(orders[*at].0.occurred_at));
            for at in concerned {
                lower(&mut orders[at], &mut left);
            }
            waiting.push((fact, left));
        }
    }
    orders.into_iter().filter(|order| !order.2).map(|(fact, back, _)| (fact, back)).collect()
}

fn gaps(times: &[i64], function: Function) -> Found {
    let gaps: Vec<i128> = times.windows(2).map(|pair| i128::from(pair[1] - pair[0])).collect();
    let count = gaps.len() as i128;
    let sum: i128 = gaps.iter().sum();
    if function == Function::MeanGap {
        return if count < 1 { Found::None } else { Found::Number(sum as f64 / count as f64 / 86_400e6) };
    }
    if count < 2 {
        return Found::None;
    }
    let squares: i128 = gaps.iter().map(|gap| gap * gap).sum();
    let variance = (count * squares - sum * sum) as f64 / (count * (count - 1)) as f64;
    Found::Number(variance.sqrt() / 86_400e6)
}

fn text(attribute: TextAttribute, fact: &Fact) -> Symbol {
    match attribute {
        TextAttribute::Product => fact.product,
        TextAttribute::Category => fact.category,
        TextAttribute::Channel => fact.channel,
        TextAttribute::Campaign => fact.campaign,
        TextAttribute::Device => fact.device,
        TextAttribute::Country => fact.country,
        TextAttribute::OrderId => fact.order_id,
        TextAttribute::Day => Symbol::NONE,
    }
}

fn compare(left: f64, comparison: Comparison, right: f64) -> bool {
    match comparison {
        Comparison::Equal => left == right,
        Comparison::NotEqual => left != right,
        Comparison::Less => left < right,
        Comparison::AtMost => left <= right,
        Comparison::Greater => left > right,
        Comparison::AtLeast => left >= right,
    }
}

fn combine(operator: Arithmetic, left: Found, right: Found) -> Found {
    let (Found::Number(left), Found::Number(right)) = (left, right) else {
        return Found::None;
    };
    if operator == Arithmetic::Divide && right == 0.0 {
        return Found::None;
    }
    Found::Number(match operator {
        Arithmetic::Add => left + right,
        Arithmetic::Subtract => left - right,
        Arithmetic::Multiply => left * right,
        Arithmetic::Divide => left / right,
    })
}
