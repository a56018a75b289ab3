//! Functions: which there are, what each takes, and what it makes of it.

use std::ops::Range;

use tenure_core::{Duration, EventKind};

use crate::expression::{
    Aggregate, Arithmetic, Attribute, Condition, Expression, Function, NumberAttribute, Prediction, REACH,
    Selector, TextAttribute, Type, Window,
};
use crate::language::error::Problem;
use crate::language::names;
use crate::language::syntax::{Argument, ArgumentKind, Call, Kind, Node};

use super::window::{horizon, length};
use super::{Compiled, Compiler, Meaning};

/// How a function is written.
pub(in crate::language) fn usage(function: &str) -> Option<&'static str> {
    Some(match function {
        "count" => "count(order, 90d) or count(order where amount > 50, 90d)",
        "sum" => "sum(order.amount, 90d)",
        "avg" => "avg(order.amount, 90d)",
        "min" => "min(order.amount, 90d)",
        "max" => "max(order.amount, 90d)",
        "first" => "first(order.channel)",
        "last" => "last(order.channel)",
        "distinct" => "distinct(order.category, 180d)",
        "days_since" => "days_since(order)",
        "days_since_first" => "days_since_first(order)",
        "days_to_first" => "days_to_first(order)",
        "mean_gap" => "mean_gap(order)",
        "gap_deviation" => "gap_deviation(order)",
        "trend" => "trend(count(session), 30d): a function of events, and the length of the two windows",
        "ratio" => "ratio(count(email_open, 30d), count(email_send, 30d)): two values",
        "followed_by" => "followed_by(add_to_cart, order, 24h): what came first, what came then, how soon",
        "missing" => "missing(country) or missing(avg(order.amount)): one value",
        "present" => "present(country) or present(avg(order.amount)): one value",
        "percentile" => "percentile(sum(order.amount, 365d)): one number",
        "rfm" => "rfm(recency), rfm(frequency) or rfm(monetary)",
        "churn_probability" => "churn_probability(90d)",
        "clv" => "clv(365d)",
        "expected_orders" => "expected_orders(365d)",
        "p_alive" => "p_alive",
        "month" => "month()",
        "day_of_month" => "day_of_month()",
        "day_of_year" => "day_of_year()",
        "weekday" => "weekday()",
        _ => return None,
    })
}

fn misused(call: &Call, span: &Range<usize>) -> super::Refusal {
    let usage = usage(&call.name).unwrap_or("").into();
    (Problem::WrongArguments { function: call.name.clone(), usage }, span.clone())
}

/// The only argument, if it is a value without `where`.
fn only(call: &Call) -> Option<&Node> {
    match &call.arguments[..] {
        [argument] => plain(argument),
        _ => None,
    }
}

fn plain(argument: &Argument) -> Option<&Node> {
    match &argument.kind {
        ArgumentKind::Selected { what, filter: None } => Some(what),
        ArgumentKind::Selected { .. } | ArgumentKind::Next(_) | ArgumentKind::Lagged { .. } => None,
    }
}

impl Compiler<'_> {
    pub(super) fn call(&self, call: &Call, span: &Range<usize>) -> Compiled<Meaning> {
        if let Some(function) = names::aggregate(&call.name) {
            let aggregate = self.aggregate(function, call, span)?;
            return Ok(Meaning::Value(Expression::Aggregate(aggregate)));
        }
        if let Some(part) = names::calendar(&call.name) {
            return match &call.arguments[..] {
                [] => Ok(Meaning::Value(Expression::Calendar(part))),
                _ => Err(misused(call, span)),
            };
        }
        match &*call.name {
            "trend" => self.trend(call, span).map(Meaning::Value),
            "ratio" => self.ratio(call, span).map(Meaning::Value),
            "followed_by" => self.followed_by(call, span).map(Meaning::Truth),
            "missing" => Ok(Meaning::Truth(Condition::Missing(self.absent(call, span)?))),
            "present" => {
                let missing = Condition::Missing(self.absent(call, span)?);
                Ok(Meaning::Truth(Condition::Not(Box::new(missing))))
            }
            "percentile" => self.percentile(call, span).map(Meaning::Value),
            "rfm" => rfm(call, span).map(Meaning::Value),
            "churn_probability" | "clv" | "expected_orders" | "p_alive" => {
                prediction(call, span).map(|prediction| Meaning::Value(Expression::Prediction(prediction)))
            }
            name => Err((self.unknown_function(name), call.name_span.clone())),
        }
    }

    fn unknown_function(&self, name: &str) -> Problem {
        let lower = name.to_lowercase();
        if lower != name && usage(&lower).is_some() {
            return Problem::Instead { found: name.into(), write: lower.into() };
        }
        let known = names::every_function();
        let nearest = if names::every_kind().contains(&name) {
            Some(format!("count({name}, 90d)").into())
        } else {
            let nearest = super::name::nearest(name, &known);
            nearest.map(|name| usage(&name).map_or(name, Into::into))
        };
        Problem::UnknownFunction { name: name.into(), nearest }
    }

    fn aggregate(&self, function: Function, call: &Call, span: &Range<usize>) -> Compiled<Aggregate> {
        let (first, window) = match &call.arguments[..] {
            [first] => (first, Window::Always),
            [first, second] => match self.window(second) {
                Some(window) => (first, window?),
                None => return Err(misused(call, &second.span)),
            },
            _ => return Err(misused(call, span)),
        };
        let ArgumentKind::Selected { what, filter } = &first.kind else {
            return Err(misused(call, &first.span));
        };
        let (kind, attribute) = self.subject(function, call, what)?;
        let looks_back =
            matches!(function, Function::DaysSince | Function::DaysSinceFirst | Function::DaysToFirst);
        if looks_back && matches!(window, Window::Next(_)) {
            return Err((Problem::NextMakesNoSense { function: call.name.clone() }, span.clone()));
        }
        let filter = filter.as_ref().map(|filter| self.filter(filter)).transpose()?;
        Ok(Aggregate { function, selector: Selector { kind, filter }, attribute, window })
    }

    /// The kind, and the attribute if the function needs one.
    fn subject(
        &self,
        function: Function,
        call: &Call,
        what: &Node,
    ) -> Compiled<(Option<EventKind>, Option<Attribute>)> {
        let takes = taken(function);
        let at = |problem| (problem, what.span.clone());
        let list = || takes.iter().map(|known| names::attribute_name(*known)).collect::<Vec<_>>().join(", ");
        if let Some(name) = what.as_name() {
            if names::attribute(name).is_some() && self.scope.kinds.is_none() {
                return Err(misused(call, &what.span));
            }
            let kind = self.kind(name, &what.span)?;
            let Some(first) = takes.first() else { return Ok((kind, None)) };
            let example = format!("{}({name}.{})", call.name, names::attribute_name(*first)).into();
            let (function, possible) = (call.name.clone(), list().into());
            return Err(at(Problem::NeedsAttribute { function, example, possible }));
        }
        let Kind::Member { owner, member } = &what.kind else { return Err(misused(call, &what.span)) };
        let (owner_span, member_span) = super::name::parts(what, owner, member);
        let kind = self.kind(owner, &owner_span)?;
        let attribute = self.attribute(member, &member_span)?;
        let is_gross = attribute == Attribute::Number(NumberAttribute::GrossAmount);
        let possible = if takes.is_empty() {
            format!("it looks at events as a whole, write {}({owner})", call.name)
        } else if !takes.contains(&attribute) {
            format!("possible are {}", list())
        } else if is_gross && kind != Some(EventKind::Order) {
            format!("only order has it, write {owner}.amount")
        } else {
            return Ok((kind, Some(attribute)));
        };
        let (function, attribute) = (call.name.clone(), format!("{owner}.{member}").into());
        Err(at(Problem::WrongAttribute { function, attribute, possible: possible.into() }))
    }

    /// `trend(count(session), 30d)`: the window stands outside, for there are two of them.
    fn trend(&self, call: &Call, span: &Range<usize>) -> Compiled<Expression> {
        let (first, outer) = match &call.arguments[..] {
            [first] => (first, None),
            [first, second] => (first, Some(second)),
            _ => return Err(misused(call, span)),
        };
        let Some(what) = plain(first) else { return Err(misused(call, &first.span)) };
        let Expression::Aggregate(mut aggregate) =
            self.value(what, "a function of events such as count(order)")?
        else {
            return Err(misused(call, &what.span));
        };
        if let Some(outer) = outer {
            if aggregate.window != Window::Always {
                return Err(misused(call, span));
            }
            let Some(window) = self.window(outer) else { return Err(misused(call, &outer.span)) };
            aggregate.window = window?;
        }
        let at_rest = matches!(aggregate.window, Window::Past { lag: Duration::ZERO, .. });
        let comparable = match aggregate.function {
            Function::Count
            | Function::Sum
            | Function::Average
            | Function::Min
            | Function::Max
            | Function::Distinct
            | Function::MeanGap
            | Function::GapDeviation => true,
            Function::First
            | Function::Last
            | Function::DaysSince
            | Function::DaysSinceFirst
            | Function::DaysToFirst => false,
        };
        if !comparable {
            let hint = "trend compares two windows: it takes count, sum, avg, min, max, distinct, mean_gap or \
                        gap_deviation";
            return Err((Problem::WrongFilter { hint: hint.into() }, what.span.clone()));
        }
        if !at_rest {
            return Err(misused(call, span));
        }
        let Window::Past { length, .. } = aggregate.window else { return Err(misused(call, span)) };
        if length.microseconds().saturating_mul(2) > crate::language::LONGEST_WINDOW.microseconds() {
            let found = format!("twice {length}").into();
            let max = format!("ten years ({})", crate::language::LONGEST_WINDOW).into();
            return Err((Problem::WindowTooLong { found, max }, span.clone()));
        }
        Ok(Expression::Trend(aggregate))
    }

    fn ratio(&self, call: &Call, span: &Range<usize>) -> Compiled<Expression> {
        let [left, right] = &call.arguments[..] else { return Err(misused(call, span)) };
        let (Some(left), Some(right)) = (plain(left), plain(right)) else { return Err(misused(call, span)) };
        self.arithmetic(Arithmetic::Divide, left, right, span)
    }

    fn followed_by(&self, call: &Call, span: &Range<usize>) -> Compiled<Condition> {
        let [first, then, within] = &call.arguments[..] else { return Err(misused(call, span)) };
        let (first, then) = (self.selector(call, first)?, self.selector(call, then)?);
        let Some(node) = plain(within) else { return Err(misused(call, &within.span)) };
        if node.as_quantity().is_none() {
            return Err(misused(call, &within.span));
        }
        let within = length(node)?;
        if within > REACH {
            let hint = format!("{within} is longer than {REACH}, which is how far back followed_by looks");
            return Err((Problem::WrongFilter { hint: hint.into() }, node.span.clone()));
        }
        Ok(Condition::FollowedBy { first, then, within })
    }

    /// `add_to_cart where amount > 50`
    fn selector(&self, call: &Call, argument: &Argument) -> Compiled<Selector> {
        let ArgumentKind::Selected { what, filter } = &argument.kind else {
            return Err(misused(call, &argument.span));
        };
        let name = what.as_name().ok_or_else(|| misused(call, &what.span))?;
        let kind = self.kind(name, &what.span)?;
        let filter = filter.as_ref().map(|filter| self.filter(filter)).transpose()?;
        Ok(Selector { kind, filter })
    }

    fn absent(&self, call: &Call, span: &Range<usize>) -> Compiled<Expression> {
        let node = only(call).ok_or_else(|| misused(call, span))?;
        let value = self.value(node, "a value that may be missing")?;
        if matches!(value, Expression::Text(_)) { Err(misused(call, span)) } else { Ok(value) }
    }

    fn percentile(&self, call: &Call, span: &Range<usize>) -> Compiled<Expression> {
        let node = only(call).ok_or_else(|| misused(call, span))?;
        let value = self.value(node, "a number about the customer")?;
        if value.measures() == Type::Text {
            return Err((Problem::NamesHaveNoOrder, node.span.clone()));
        }
        Ok(Expression::Percentile(Box::new(value)))
    }
}

fn rfm(call: &Call, span: &Range<usize>) -> Compiled<Expression> {
    let node = only(call).ok_or_else(|| misused(call, span))?;
    let name = node.as_name().ok_or_else(|| misused(call, span))?;
    match names::rfm(name) {
        Some(measure) => Ok(Expression::Rfm(measure)),
        None => {
            let nearest = super::name::nearest(name, &names::every_rfm());
            let usage = match nearest {
                Some(nearest) => format!("rfm({nearest})"),
                None => "rfm(recency), rfm(frequency) or rfm(monetary)".to_owned(),
            };
            Err((Problem::WrongArguments { function: "rfm".into(), usage: usage.into() }, node.span.clone()))
        }
    }
}

fn prediction(call: &Call, span: &Range<usize>) -> Compiled<Prediction> {
    if &*call.name == "p_alive" {
        return if call.arguments.is_empty() { Ok(Prediction::PAlive) } else { Err(misused(call, span)) };
    }
    let node = only(call).ok_or_else(|| misused(call, span))?;
    if node.as_quantity().is_none() {
        return Err(misused(call, span));
    }
    let horizon = horizon(node)?;
    Ok(match &*call.name {
        "churn_probability" => Prediction::ChurnProbability(horizon),
        "clv" => Prediction::Clv(horizon),
        _ => Prediction::ExpectedOrders(horizon),
    })
}

/// The attributes that a function takes; none where it takes events as a whole.
fn taken(function: Function) -> Vec<Attribute> {
    use NumberAttribute as N;
    let additive = [N::Amount, N::GrossAmount, N::Discount, N::Duration, N::Quantity];
    let dates = [N::Month, N::DayOfMonth, N::Weekday, N::Hour];
    let texts = [
        TextAttribute::Product,
        TextAttribute::Category,
        TextAttribute::Channel,
        TextAttribute::Campaign,
        TextAttribute::Device,
        TextAttribute::Country,
        TextAttribute::OrderId,
    ];
    let numbers = |numbers: &[N]| numbers.iter().copied().map(Attribute::Number).collect::<Vec<_>>();
    let names = || texts.into_iter().map(Attribute::Text);
    match function {
        Function::Sum => numbers(&additive),
        Function::Average => numbers(&[&additive[..], &[N::Rating]].concat()),
        Function::Min | Function::Max => numbers(&[&additive[..], &[N::Rating], &dates].concat()),
        Function::First | Function::Last => {
            let mut all = numbers(&[&additive[..], &[N::Rating], &dates].concat());
            all.extend(names());
            all
        }
        Function::Distinct => names().chain([Attribute::Text(TextAttribute::Day)]).collect(),
        Function::Count
        | Function::DaysSince
        | Function::DaysSinceFirst
        | Function::DaysToFirst
        | Function::MeanGap
        | Function::GapDeviation => Vec::new(),
    }
}
