//! Plain English for what was compiled.

use tenure_core::{Duration, EventKind};

use crate::expression::{
    Aggregate, Arithmetic, Attribute, Body, CalendarPart, Comparison, Condition, Expression, Filter,
    Function, NumberAttribute, Prediction, RfmMeasure, Selector, TextAttribute, Type, Window,
};

use super::names;

/// What a value or condition says, in English.
///
/// ```
/// use tenure_behaviour::language::{Scope, compile_expression, reading};
/// let loyal = compile_expression("count(order, 90d) >= 2 and country = 'DE'", &Scope::features())?;
/// assert_eq!(reading(&loyal), "at least 2 orders in the last 90 days, and the country is 'DE'");
/// # Ok::<(), tenure_behaviour::language::LanguageError>(())
/// ```
#[must_use]
pub fn reading(body: &Body) -> String {
    match body {
        Body::Value(of) => value(of),
        Body::Truth(of) => condition(of),
    }
}

/// One and many of a kind.
fn kind_words(kind: Option<&EventKind>) -> (String, String) {
    let regular = |one: &str| (one.to_owned(), format!("{one}s"));
    let Some(kind) = kind else { return regular("event") };
    match kind.as_str() {
        "order_cancel" => regular("cancellation"),
        "product_view" => regular("product view"),
        "add_to_cart" => ("addition to the cart".into(), "additions to the cart".into()),
        "checkout_start" => regular("checkout"),
        "session" => regular("visit"),
        "email_send" => ("e-mail sent".into(), "e-mails sent".into()),
        "email_open" => ("e-mail opened".into(), "e-mails opened".into()),
        "email_click" => ("e-mail clicked".into(), "e-mails clicked".into()),
        "sms_click" => ("text message clicked".into(), "text messages clicked".into()),
        "loyalty_earn" => ("earning of points".into(), "earnings of points".into()),
        "loyalty_redeem" => ("redemption of points".into(), "redemptions of points".into()),
        "nps" => ("answer about recommending".into(), "answers about recommending".into()),
        "subscription_start" => ("start of a subscription".into(), "starts of a subscription".into()),
        "subscription_cancel" => ("end of a subscription".into(), "ends of a subscription".into()),
        known @ ("order" | "refund" | "referral" | "review") => regular(known),
        own => regular(&format!("\"{own}\" event")),
    }
}

fn one(selector: &Selector) -> String {
    kind_words(selector.kind.as_ref()).0 + &with(selector)
}

fn many(selector: &Selector) -> String {
    kind_words(selector.kind.as_ref()).1 + &with(selector)
}

fn with(selector: &Selector) -> String {
    selector.filter.as_ref().map_or_else(String::new, |of| format!(" with {}", filter(of)))
}

fn length(of: Duration) -> String {
    let text = of.to_string();
    let (number, unit) = text.split_at(text.find(|at: char| !at.is_ascii_digit()).unwrap_or(text.len()));
    let unit = match unit {
        "d" => "day",
        "h" => "hour",
        "m" => "minute",
        "s" => "second",
        _ => "microsecond",
    };
    format!("{number} {unit}{}", if number == "1" { "" } else { "s" })
}

/// With the blank before it.
fn window(of: Window) -> String {
    match of {
        Window::Always => String::new(),
        Window::Past { length: long, lag: Duration::ZERO } => {
            format!(" in the last {}", length(long).trim_start_matches("1 "))
        }
        Window::Past { length: long, lag } => {
            format!(" in the {} that ended {} ago", length(long), length(lag))
        }
        Window::Next(horizon) => format!(" in the next {}", length(horizon.length())),
    }
}

fn attribute(of: Attribute) -> &'static str {
    match of {
        Attribute::Number(NumberAttribute::GrossAmount) => "amount as ordered",
        Attribute::Number(NumberAttribute::DayOfMonth) => "day of the month",
        Attribute::Text(TextAttribute::OrderId) => "order id",
        Attribute::Number(_) | Attribute::Text(_) => names::attribute_name(of),
    }
}

fn attributes(of: Attribute) -> String {
    match of {
        Attribute::Text(TextAttribute::Category) => "categories".into(),
        Attribute::Text(TextAttribute::Country) => "countries".into(),
        Attribute::Number(_) | Attribute::Text(_) => format!("{}s", attribute(of)),
    }
}

fn aggregate(of: &Aggregate) -> String {
    let (events, event, when) = (many(&of.selector), one(&of.selector), window(of.window));
    let what = of.attribute.map_or("", attribute);
    match of.function {
        Function::Count => format!("the number of {events}{when}"),
        Function::Sum => format!("the total {what} of {events}{when}"),
        Function::Average => format!("the average {what} of {events}{when}"),
        Function::Min => format!("the smallest {what} of {events}{when}"),
        Function::Max => format!("the largest {what} of {events}{when}"),
        Function::Last if of.to_string() == what => format!("the {what}"),
        Function::First => format!("the first known {what} of {events}{when}"),
        Function::Last => format!("the last known {what} of {events}{when}"),
        Function::Distinct => {
            let what = of.attribute.map(attributes).unwrap_or_default();
            format!("the number of different {what} of {events}{when}")
        }
        Function::DaysSince => format!("the time since the last {event}{when}"),
        Function::DaysSinceFirst => format!("the time since the first {event}{when}"),
        Function::DaysToFirst => {
            format!("the time from the customer's first event to the first {event}{when}")
        }
        Function::MeanGap => format!("the mean gap between {events}{when}"),
        Function::GapDeviation => format!("the standard deviation of the gaps between {events}{when}"),
    }
}

fn value(of: &Expression) -> String {
    match of {
        Expression::Number { value, measures } => number(*value, *measures),
        Expression::Text(text) => format!("'{text}'"),
        Expression::Aggregate(of) => aggregate(of),
        Expression::Trend(of) => {
            let before = match of.window {
                Window::Past { length: long, .. } => length(long),
                Window::Always | Window::Next(_) => "time".to_owned(),
            };
            format!("{} relative to the {before} before", aggregate(of))
        }
        Expression::Arithmetic { operator, left, right } => {
            let word = match operator {
                Arithmetic::Add => "plus",
                Arithmetic::Subtract => "minus",
                Arithmetic::Multiply => "times",
                Arithmetic::Divide => "divided by",
            };
            format!("{} {word} {}", inner(left), inner(right))
        }
        Expression::Calendar(CalendarPart::Month) => "the month of the year".into(),
        Expression::Calendar(CalendarPart::DayOfMonth) => "the day of the month".into(),
        Expression::Calendar(CalendarPart::DayOfYear) => "the day of the year".into(),
        Expression::Calendar(CalendarPart::Weekday) => "the day of the week (Monday is 1)".into(),
        Expression::Rfm(RfmMeasure::Recency) => "the recency score".into(),
        Expression::Rfm(RfmMeasure::Frequency) => "the frequency score".into(),
        Expression::Rfm(RfmMeasure::Monetary) => "the monetary score".into(),
        Expression::Percentile(of) => format!("the rank among all customers by {}", inner(of)),
        Expression::Prediction(of) => prediction(*of),
    }
}

/// A part of something larger: with parentheses where it has parts itself.
fn inner(of: &Expression) -> String {
    part(of, value, ["(", ")"])
}

/// A part of something larger, said by `value`, between `parentheses` where it has parts itself.
pub(super) fn part(of: &Expression, value: fn(&Expression) -> String, parentheses: [&str; 2]) -> String {
    match of {
        // A plain factor or divisor is no percentage.
        Expression::Number { value, measures: Type::Share } => value.to_string(),
        Expression::Arithmetic { .. } | Expression::Trend(_) => {
            let [open, close] = parentheses;
            format!("{open}{}{close}", value(of))
        }
        Expression::Number { .. }
        | Expression::Text(_)
        | Expression::Aggregate(_)
        | Expression::Calendar(_)
        | Expression::Rfm(_)
        | Expression::Percentile(_)
        | Expression::Prediction(_) => value(of),
    }
}

/// A length of so many seconds, said by `length`, after `minus` where it is below zero.
pub(super) fn seconds(value: f64, length: fn(Duration) -> String, minus: &str) -> String {
    let microseconds = (value.abs() * 1e6).round() as i64;
    let sign = if value < 0.0 { minus } else { "" };
    format!("{sign}{}", length(Duration::from_microseconds(microseconds).unwrap_or(Duration::ZERO)))
}

fn prediction(of: Prediction) -> String {
    match of {
        Prediction::ChurnProbability(horizon) => {
            format!("the probability of churn within {}", length(horizon.length()))
        }
        Prediction::Clv(horizon) => format!("the spend expected within {}", length(horizon.length())),
        Prediction::ExpectedOrders(horizon) => {
            format!("the number of orders expected within {}", length(horizon.length()))
        }
        Prediction::PAlive => "the probability of still being a customer".into(),
    }
}

fn number(value: f64, measures: Type) -> String {
    match measures {
        Type::Days => format!("{value} day{}", if value == 1.0 { "" } else { "s" }),
        Type::Duration => seconds(value, length, "minus "),
        Type::Share => format!("{} %", percent(value)),
        Type::Count | Type::Money | Type::Score | Type::Text => value.to_string(),
    }
}

/// A share in percent, without the digits that binary fractions add.
pub(super) fn percent(share: f64) -> f64 {
    (share * 1e12).round() / 1e10
}

const fn comparison(of: Comparison) -> &'static str {
    match of {
        Comparison::Equal => "is",
        Comparison::NotEqual => "is not",
        Comparison::Less => "is below",
        Comparison::AtMost => "is at most",
        Comparison::Greater => "is above",
        Comparison::AtLeast => "is at least",
    }
}

fn condition(of: &Condition) -> String {
    if let Some((middle, word, [low, high])) = of.as_between() {
        return format!("{} is {word} {} and {}", value(middle), value(low), value(high));
    }
    match of {
        Condition::All(parts) if parts.is_empty() => "everyone".into(),
        Condition::Any(parts) if parts.is_empty() => "nobody".into(),
        Condition::All(parts) => joined(parts, "and"),
        Condition::Any(parts) => joined(parts, "or"),
        Condition::Not(inner) => negation(inner),
        Condition::Compare { left, comparison: sign, right } => compare(left, *sign, right),
        Condition::OneOf { value: of, names } => format!("{} is one of {}", value(of), quoted(names)),
        Condition::Missing(of) => format!("{} is not known", value(of)),
        Condition::FollowedBy { first, then, within } => followed("was", first, then, *within),
    }
}

fn joined(parts: &[Condition], word: &str) -> String {
    let part = |part: &Condition| {
        let text = condition(part);
        if part.has_parts() { format!("({text})") } else { text }
    };
    parts.iter().map(part).collect::<Vec<_>>().join(&format!(", {word} "))
}

fn negation(of: &Condition) -> String {
    match of {
        Condition::FollowedBy { first, then, within } => followed("was not", first, then, *within),
        Condition::Missing(of) => format!("{} is known", value(of)),
        Condition::OneOf { value: of, names } => {
            format!("{} is not one of {}, or not known", value(of), quoted(names))
        }
        Condition::All(_) | Condition::Any(_) | Condition::Not(_) | Condition::Compare { .. } => {
            format!("it is not so that {}", joined(std::slice::from_ref(of), ""))
        }
    }
}

fn article(of: &str) -> String {
    let is_vowel = of.starts_with(['a', 'e', 'i', 'o']);
    format!("{} {of}", if is_vowel { "an" } else { "a" })
}

fn followed(was: &str, first: &Selector, then: &Selector, within: Duration) -> String {
    format!("the last {} {was} followed by {} within {}", one(first), article(&one(then)), length(within))
}

/// `at least 2 orders` rather than `the number of orders is at least 2`.
fn compare(left: &Expression, sign: Comparison, right: &Expression) -> String {
    if let (
        Expression::Aggregate(Aggregate { function: Function::Count, selector, window: when, .. }),
        Expression::Number { value: count, .. },
    ) = (left, right)
    {
        let events = if *count == 1.0 { one(selector) } else { many(selector) };
        let when = window(*when);
        return match sign {
            Comparison::Equal if *count == 0.0 => format!("no {}{}", one(selector), so_far(&when)),
            Comparison::Greater if *count == 0.0 => format!("at least 1 {}{when}", one(selector)),
            Comparison::Equal => format!("exactly {count} {events}{when}"),
            Comparison::NotEqual => format!("not exactly {count} {events}{when}"),
            Comparison::Less => format!("fewer than {count} {events}{when}"),
            Comparison::AtMost => format!("at most {count} {events}{when}"),
            Comparison::Greater => format!("more than {count} {events}{when}"),
            Comparison::AtLeast => format!("at least {count} {events}{when}"),
        };
    }
    format!("{} {} {}", value(left), comparison(sign), value(right))
}

fn so_far(when: &str) -> &str {
    if when.is_empty() { " so far" } else { when }
}

fn quoted(names: &[Box<str>]) -> String {
    names.iter().map(|name| format!("'{name}'")).collect::<Vec<_>>().join(", ")
}

fn filter(of: &Filter) -> String {
    let joined = |parts: &[Filter], word: &str| {
        let part = |part: &Filter| {
            let text = filter(part);
            if part.has_parts() { format!("({text})") } else { text }
        };
        parts.iter().map(part).collect::<Vec<_>>().join(&format!(" {word} "))
    };
    if let Some((of, word, [low, high])) = of.as_between() {
        let (low, high) = (number(low, of.measures()), number(high, of.measures()));
        return format!("{} {word} {low} and {high}", attribute(Attribute::Number(of)));
    }
    if let Some((of, names)) = of.as_none_of() {
        let names = quoted(names).replace("', '", "' or '");
        return format!("{} other than {names}", attribute(Attribute::Text(of)));
    }
    match of {
        Filter::All(parts) => joined(parts, "and"),
        Filter::Any(parts) => joined(parts, "or"),
        Filter::Not(inner) => match &**inner {
            Filter::OneOf { attribute: of, names } => {
                format!("no {} or one other than {}", attribute(Attribute::Text(*of)), quoted(names))
            }
            Filter::Present(of) => format!("no {}", attribute(Attribute::Text(*of))),
            Filter::All(_) | Filter::Any(_) | Filter::Not(_) | Filter::Number { .. } => {
                format!("not ({})", filter(inner))
            }
        },
        Filter::Number { attribute: of, comparison: sign, value } => {
            let word = comparison(*sign).trim_start_matches("is").trim_start();
            let blank = if word.is_empty() { "" } else { " " };
            let name = attribute(Attribute::Number(*of));
            format!("{name}{blank}{word} {}", number(*value, of.measures()))
        }
        Filter::OneOf { attribute: of, names } => {
            format!("{} {}", attribute(Attribute::Text(*of)), quoted(names).replace("', '", "' or '"))
        }
        Filter::Present(of) => article(attribute(Attribute::Text(*of))),
    }
}
