//! Reasons and changes in plain English, and what both languages share.

use tenure_behaviour::Symbol;
use tenure_behaviour::expression::{
    Aggregate, Body, Comparison, Condition, Expression, Function, Type, Window,
};
use tenure_behaviour::fold::Value;
use tenure_behaviour::language::{reading, reading_zh};
use tenure_core::{Currency, Duration, ExpectedMoney};

use super::change::{MOST_DAYS, MOST_ORDERS};
use super::words_zh;
use super::{Cause, Change, ChangeKind, Contribution, RiskBand, ValueContribution, Wording};
use crate::Scorer;

impl Scorer {
    /// A contribution in words: what is so, and which way it moves the risk.
    ///
    /// Numbers are rounded for people.
    #[must_use]
    pub fn reason(&self, contribution: &Contribution, wording: Wording) -> String {
        let cause = self.cause_in_words(&contribution.cause, wording);
        let raises = contribution.log_odds > 0.0;
        // Whoever churns by a definition need not have left.
        let what = if self.churn().is_some() { "churn" } else { "leaving" };
        match (wording, raises) {
            (Wording::English, true) => format!("{cause}: raises the risk of {what}"),
            (Wording::English, false) => format!("{cause}: lowers the risk of {what}"),
            (Wording::Chinese, true) => format!("{cause}，流失风险上升"),
            (Wording::Chinese, false) => format!("{cause}，流失风险下降"),
        }
    }

    /// A contribution to the predicted value in words: what is so, and how much money it adds or takes.
    ///
    /// Numbers are rounded for people, money to what can be paid.
    #[must_use]
    pub fn value_reason(&self, contribution: &ValueContribution, wording: Wording) -> String {
        let cause = self.cause_in_words(&contribution.cause, wording);
        let colon = if wording == Wording::Chinese { "：" } else { ": " };
        let digits = self.currency().minor_digits() as usize;
        format!("{cause}{colon}{:+.digits$} {}", contribution.value, self.currency())
    }

    /// A cause in words, without which way it moves anything.
    #[must_use]
    pub fn cause_in_words(&self, cause: &Cause, wording: Wording) -> String {
        if let Cause::Feature { place, value, usual } = cause {
            let definition = self.behaviour().and_then(|boosted| boosted.definitions().get(*place));
            return definition.map_or_else(String::new, |definition| match (&definition.body, *value) {
                (Body::Value(of), Value::Text(symbol)) => self.category(of, symbol, wording),
                (Body::Value(Expression::Aggregate(of)), Value::Number(days)) if is_silence(of, days) => {
                    silence(of, days, *usual, wording)
                }
                (body, value) => feature(body, value, self.currency(), wording),
            });
        }
        match wording {
            Wording::English => english(cause, self.currency()),
            Wording::Chinese => words_zh::chinese(cause, self.currency()),
        }
    }

    /// Which name a value of text is: bundles of before keep none, and none keeps the rarer ones.
    fn category(&self, of: &Expression, symbol: Symbol, wording: Wording) -> String {
        if let Some(name) = self.names.name(symbol) {
            let right = Expression::Text(name.into());
            let is = Condition::Compare { left: of.clone(), comparison: Comparison::Equal, right };
            return read(&Body::Truth(is), wording);
        }
        let what = read(&Body::Value(of.clone()), wording);
        match wording {
            _ if self.names.is_empty() => what,
            Wording::English => format!("{what} is one of the rarer ones"),
            Wording::Chinese => format!("{what}为较少见的一种"),
        }
    }
}

impl Change {
    /// The change in words.
    ///
    /// ```
    /// use tenure_bundle::{Change, ChangeKind, RiskBand, Wording};
    /// let change = Change {
    ///     kind: ChangeKind::Silence { days: 23 },
    ///     from: RiskBand::Medium,
    ///     to: RiskBand::High,
    ///     churn_probability: 0.661,
    /// };
    /// assert_eq!(change.in_words(Wording::English), "without an order in the next 23 days the risk becomes high");
    /// assert_eq!(change.in_words(Wording::Chinese), "未来 23 天内若没有下单，风险将升为高");
    /// ```
    #[must_use]
    pub fn in_words(&self, wording: Wording) -> String {
        if wording == Wording::Chinese {
            return words_zh::change(self);
        }
        match self.kind {
            ChangeKind::Silence { days: 1 } => {
                format!("without an order in the next day the risk becomes {}", self.to)
            }
            ChangeKind::Silence { days } => {
                format!("without an order in the next {days} days the risk becomes {}", self.to)
            }
            ChangeKind::Orders { count: 1, .. } => {
                format!("one order now would move this customer from {} to {}", self.from, self.to)
            }
            ChangeKind::Orders { count, apart_days } => {
                let days = counted(f64::from(apart_days), "day");
                let count = if count == 2 { "two" } else { "three" };
                let (from, to) = (self.from, self.to);
                format!(
                    "{count} orders from now on, {days} apart, would move this customer from {from} to {to}"
                )
            }
        }
    }
}

impl RiskBand {
    /// Why there is no change to tell of, for a customer of this band.
    ///
    /// ```
    /// use tenure_bundle::{RiskBand, Wording};
    /// let said = RiskBand::High.why_unmoved(Wording::English);
    /// assert_eq!(said, "nothing within reach lowers the risk: after 3 further orders it is still high");
    /// assert_eq!(RiskBand::High.why_unmoved(Wording::Chinese), "暂无可及的改变：再下 3 单，风险仍为高");
    /// ```
    #[must_use]
    pub fn why_unmoved(self, wording: Wording) -> String {
        if wording == Wording::Chinese {
            return words_zh::why_unmoved(self);
        }
        let silent = format!("after {MOST_DAYS} days without an order");
        let ordered = format!("after {MOST_ORDERS} further orders");
        match self {
            Self::Low => format!("the risk is in the lowest band already, and {silent} it is still low"),
            Self::Medium => format!(
                "nothing within reach moves the risk: {ordered} it is still no lower, and {silent} no higher than medium"
            ),
            Self::High => format!("nothing within reach lowers the risk: {ordered} it is still high"),
        }
    }
}

fn english(cause: &Cause, currency: Currency) -> String {
    match *cause {
        Cause::Frequency { orders, typical } => {
            let own = match orders {
                1 => "a single order so far".to_owned(),
                _ => format!("{orders} orders so far"),
            };
            typical
                .map_or_else(|| own.clone(), |typical| format!("{own}, the typical customer has {typical}"))
        }
        Cause::Silence { days, usual, typical } => {
            let is_today = days < 0.5;
            let own = if is_today {
                "ordered within the last day".to_owned()
            } else {
                format!("no order for {}", counted(days, "day"))
            };
            let unit = if is_today { " days" } else { "" };
            match (usual, typical) {
                (Some(usual), _) => format!("{own}, usually {}", every(usual, unit)),
                (None, typical) => {
                    let since = if is_today { "" } else { " since the first" };
                    let here = typical.map(|typical| format!(", typical here: {}", every(typical, unit)));
                    format!("{own}{since}{}", here.unwrap_or_default())
                }
            }
        }
        Cause::Age { days, typical } => {
            let own = format!("a customer for {}", counted(days, "day"));
            typical.map_or_else(
                || own.clone(),
                |typical| format!("{own}, the typical one for {}", typical.round()),
            )
        }
        Cause::Spend { expected, typical } => {
            let own = format!("{} expected per order", money(expected, currency));
            typical.map_or_else(
                || own.clone(),
                |typical| format!("{own}, {} of the typical customer", money(typical, currency)),
            )
        }
        Cause::PurchaseModel { p_no_order, horizon } => format!(
            "by past orders alone the chance of no order within {horizon} is {} %",
            (p_no_order * 100.0).round()
        ),
        Cause::Feature { .. } => String::new(),
    }
}

/// An expected amount, to what can be paid.
pub(super) fn money(major_units: f64, currency: Currency) -> ExpectedMoney {
    ExpectedMoney { major_units, currency }
}

/// How often something comes that lies so many days apart; `unit` where the sentence has not spoken of days yet.
fn every(days: f64, unit: &str) -> String {
    match days.round() {
        days if days <= 1.0 => "one a day".to_owned(),
        days => format!("one every {days}{unit}"),
    }
}

/// Whether a value is a time since the last of some events, and long enough to be called silence.
fn is_silence(of: &Aggregate, days: f64) -> bool {
    of.function == Function::DaysSince && of.window == Window::Always && days >= 0.5
}

/// `no visit in the last 12 days, usually one every 4` rather than `the time since the last visit is 12 days`.
fn silence(of: &Aggregate, days: f64, usual: Option<f64>, wording: Wording) -> String {
    let window = Window::Past { length: Duration::from_days(days.round() as u32), lag: Duration::ZERO };
    let none = Condition::Compare {
        left: Expression::Aggregate(Aggregate { function: Function::Count, window, ..of.clone() }),
        comparison: Comparison::Equal,
        right: Expression::Number { value: 0.0, measures: Type::Count },
    };
    let usual = usual.map(|usual| match wording {
        Wording::English => format!(", usually {}", every(usual, "")),
        Wording::Chinese => format!("，通常{}", words_zh::every(usual)),
    });
    format!("{}{}", read(&Body::Truth(none), wording), usual.unwrap_or_default())
}

/// A rounded number of things.
fn counted(number: f64, of: &str) -> String {
    let number = number.round();
    format!("{number} {of}{}", if number == 1.0 { "" } else { "s" })
}

fn read(body: &Body, wording: Wording) -> String {
    match wording {
        Wording::English => reading(body),
        Wording::Chinese => reading_zh(body),
    }
}

/// What a feature of the behaviour language is for a customer.
fn feature(body: &Body, value: Value, currency: Currency, wording: Wording) -> String {
    let read = |body: &Body| read(body, wording);
    match (body, value) {
        (Body::Truth(condition), Value::Truth(false)) => read(&Body::Truth(opposite(condition))),
        (Body::Truth(_), _) => read(body),
        (Body::Value(of), Value::Missing) => read(&Body::Truth(Condition::Missing(of.clone()))),
        (Body::Value(of), Value::Number(number)) => {
            let measures = of.measures();
            let right = Expression::Number { value: for_people(number, measures), measures };
            let equal = Condition::Compare { left: of.clone(), comparison: Comparison::Equal, right };
            let text = read(&Body::Truth(equal));
            let text = match wording {
                Wording::English => text.strip_prefix("exactly ").map(str::to_owned).unwrap_or(text),
                Wording::Chinese => text.replacen("恰好", "", 1),
            };
            if measures == Type::Money { format!("{text} {currency}") } else { text }
        }
        (Body::Value(_), Value::Text(_) | Value::Truth(_)) => read(body),
    }
}

/// What holds where a condition does not: `fewer than 3 orders` rather than `it is not so that at least 3 orders`.
fn opposite(condition: &Condition) -> Condition {
    // A count is always known; where a value may be missing, below is not the opposite of at least.
    if let Condition::Compare { left: Expression::Aggregate(of), comparison, right } = condition
        && of.function == Function::Count
    {
        let comparison = match comparison {
            Comparison::Equal => Comparison::NotEqual,
            Comparison::NotEqual => Comparison::Equal,
            Comparison::Less => Comparison::AtLeast,
            Comparison::AtMost => Comparison::Greater,
            Comparison::Greater => Comparison::AtMost,
            Comparison::AtLeast => Comparison::Less,
        };
        return Condition::Compare {
            left: Expression::Aggregate(of.clone()),
            comparison,
            right: right.clone(),
        };
    }
    Condition::Not(Box::new(condition.clone()))
}

/// Rounded to what a person would say.
fn for_people(value: f64, measures: Type) -> f64 {
    let to = |unit: f64| (value / unit).round() * unit;
    let decimals = |places: i32| (value * 10_f64.powi(places)).round() / 10_f64.powi(places);
    let size = value.abs();
    match measures {
        Type::Duration if size >= 172_800.0 => to(86_400.0),
        Type::Duration if size >= 7_200.0 => to(3_600.0),
        Type::Duration if size >= 120.0 => to(60.0),
        Type::Duration => to(1.0),
        Type::Share => decimals(2),
        Type::Money if size < 100.0 => decimals(2),
        Type::Count | Type::Score | Type::Days | Type::Text if size < 10.0 => decimals(1),
        Type::Count | Type::Score | Type::Days | Type::Text | Type::Money => decimals(0),
    }
}
