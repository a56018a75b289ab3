//! Reasons and changes in plain English, and what both languages share.

use tenure_behaviour::Symbol;
use tenure_behaviour::expression::{Body, Comparison, Condition, Expression, Function, Type};
use tenure_behaviour::fold::Value;
use tenure_behaviour::language::{reading, reading_zh};
use tenure_core::{Currency, ExpectedMoney};

use super::words_zh;
use super::{Cause, Change, ChangeKind, Contribution, ValueContribution, Wording};
use crate::Scorer;

impl Scorer {
    /// A contribution in words: what is so, and which way it moves the risk.
    ///
    /// Numbers are rounded for people.
    #[must_use]
    pub fn reason(&self, contribution: &Contribution, wording: Wording) -> String {
        let cause = self.cause_in_words(&contribution.cause, wording);
        let raises = contribution.log_odds > 0.0;
        match (wording, raises) {
            (Wording::English, true) => format!("{cause}: raises the risk of leaving"),
            (Wording::English, false) => format!("{cause}: lowers the risk of leaving"),
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
        if let Cause::Feature { place, value } = cause {
            let definition = self.behaviour().and_then(|boosted| boosted.definitions().get(*place));
            return definition.map_or_else(String::new, |definition| match (&definition.body, *value) {
                (Body::Value(of), Value::Text(symbol)) => self.category(of, symbol, wording),
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
        Cause::Silence { days, usual } => {
            let own = if days < 0.5 {
                "ordered within the last day".to_owned()
            } else {
                format!("no order for {}", counted(days, "day"))
            };
            match usual.map(f64::round) {
                None if days < 0.5 => own,
                None => format!("{own} since the first"),
                Some(usual) if usual <= 1.0 => format!("{own}, usually one a day"),
                Some(usual) => {
                    format!("{own}, usually one every {usual}{}", if days < 0.5 { " days" } else { "" })
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
