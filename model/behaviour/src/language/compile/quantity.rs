//! Numbers and lengths of time, and what they are beside something that has a type.

use tenure_core::Duration;

use crate::expression::{Aggregate, Attribute, Expression, Function, NumberAttribute, Prediction, Type};
use crate::language::error::Problem;
use crate::language::names;

/// A number or a length of time, as written.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::language) struct Quantity {
    pub(in crate::language) written: Box<str>,
    pub(in crate::language) amount: Amount,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::language) enum Amount {
    /// `50`
    Number(f64),
    /// `10%`, as 0.1.
    Percent(f64),
    /// `90d`; negative only where it was written so.
    Length { microseconds: i64 },
}

const UNITS: &str = "smhdw";

impl Quantity {
    pub(in crate::language) fn parse(written: &str) -> Result<Self, Problem> {
        let bad = || Problem::BadQuantity { found: written.into() };
        let (sign, rest) = written.strip_prefix('-').map_or((1, written), |rest| (-1, rest));
        let digits = rest.len() - rest.trim_start_matches(|at: char| at.is_ascii_digit() || at == '.').len();
        let (number, unit) = rest.split_at(digits);
        let value: f64 = number.parse().map_err(|_| bad())?;
        if !value.is_finite() || number.len() > 300 {
            return Err(bad());
        }
        let amount = match unit {
            "" => Amount::Number(f64::from(sign) * value),
            // Moving the point keeps 33.3% the number that 0.333 is; dividing by 100 would not.
            "%" => {
                Amount::Percent(f64::from(sign) * format!("{number}e-2").parse::<f64>().map_err(|_| bad())?)
            }
            unit if unit == "us" || (unit.len() == 1 && UNITS.contains(unit)) => {
                if number.contains('.') {
                    return Err(fraction(written, value, unit));
                }
                let length: Duration = rest.parse().map_err(|_| bad())?;
                Amount::Length { microseconds: i64::from(sign) * length.microseconds() }
            }
            unit => return Err(other_unit(written, number, unit)),
        };
        Ok(Self { written: written.into(), amount })
    }

    /// The number that this is beside a value, in the unit of its type.
    pub(in crate::language) fn beside(&self, side: &Side) -> Result<f64, Problem> {
        let value = match (side.measures, self.amount) {
            (Type::Count | Type::Money | Type::Days | Type::Share | Type::Score, Amount::Number(number)) => {
                number
            }
            (Type::Share, Amount::Percent(share)) => share,
            (Type::Days, Amount::Length { microseconds }) => microseconds as f64 / 86_400e6,
            (Type::Duration, Amount::Length { microseconds }) => microseconds as f64 / 1e6,
            (measures, _) => return Err(self.wrong(measures)),
        };
        side.check(value, &self.written)?;
        Ok(value)
    }

    /// What this is, in words.
    pub(in crate::language) fn what(&self) -> &'static str {
        match self.amount {
            Amount::Number(_) => "a number",
            Amount::Percent(_) => "a percentage",
            Amount::Length { .. } => "a length of time",
        }
    }

    fn wrong(&self, measures: Type) -> Problem {
        let (what, write): (_, Box<str>) = match (measures, self.amount) {
            (Type::Duration, Amount::Number(number)) => {
                let minutes = if number % 60.0 == 0.0 { number / 60.0 } else { number };
                ("a number without a unit", format!("{number}s or {minutes}m").into())
            }
            (Type::Text, _) => (self.what(), format!("'{}'", self.written).into()),
            (measures, _) => (self.what(), example(measures).into()),
        };
        Problem::WrongThreshold { found: self.written.clone(), what, measures, write }
    }
}

/// A threshold that fits a type, in words.
pub(in crate::language) const fn example(measures: Type) -> &'static str {
    match measures {
        Type::Count => "a whole number such as 2",
        Type::Money => "a number such as 50",
        Type::Days => "a number of days such as 30, or a length such as 36h",
        Type::Duration => "a length such as 2m",
        Type::Share => "a number such as 0.1, or 10%",
        Type::Score => "a whole number such as 4",
        Type::Text => "a name such as 'amazon'",
    }
}

fn fraction(written: &str, value: f64, unit: &str) -> Problem {
    let (smaller, times) = match unit {
        "w" => ("d", 7.0),
        "d" => ("h", 24.0),
        "h" => ("m", 60.0),
        "m" => ("s", 60.0),
        _ => ("us", 1e6),
    };
    let write = format!("a whole number, such as {}{smaller}", (value * times).round());
    Problem::FractionOfUnit { found: written.into(), write: write.into() }
}

fn other_unit(written: &str, number: &str, unit: &str) -> Problem {
    let whole: Option<u64> = number.parse().ok().filter(|number| *number <= 1_000);
    let fixed = |days: u64| whole.map(|number| format!("{}d", number * days));
    let write = match unit.to_lowercase().as_str() {
        "y" | "yr" | "year" | "years" | "年" => fixed(365),
        "mo" | "mon" | "month" | "months" | "月" | "个月" => fixed(30),
        "day" | "days" | "天" | "日" => return instead(written, number, "d"),
        "hour" | "hours" | "hr" | "hrs" | "小时" => return instead(written, number, "h"),
        "min" | "mins" | "minute" | "minutes" | "分钟" => return instead(written, number, "m"),
        "sec" | "secs" | "second" | "seconds" | "秒" => return instead(written, number, "s"),
        "week" | "weeks" | "周" => return instead(written, number, "w"),
        other if other != unit && other.len() == 1 && UNITS.contains(other) => {
            return instead(written, number, other);
        }
        _ => None,
    };
    match write {
        Some(write) => Problem::NoFixedLength { found: written.into(), write: write.into() },
        None => Problem::BadQuantity { found: written.into() },
    }
}

fn instead(written: &str, number: &str, unit: &str) -> Problem {
    Problem::Instead { found: written.into(), write: format!("{number}{unit}").into() }
}

/// What a number stands beside.
#[derive(Clone, Copy, Debug)]
pub(in crate::language) struct Side {
    pub(in crate::language) measures: Type,
    is_whole: bool,
    is_probability: bool,
    scale: Option<(f64, f64)>,
}

impl Side {
    /// Only the type counts: for sums.
    pub(in crate::language) const fn of_type(measures: Type) -> Self {
        Self { measures, is_whole: false, is_probability: false, scale: None }
    }

    /// What a threshold for this must be.
    pub(in crate::language) fn of(value: &Expression) -> Self {
        let is_probability = matches!(
            value,
            Expression::Percentile(_)
                | Expression::Prediction(Prediction::ChurnProbability(_) | Prediction::PAlive)
        );
        let scale = names::scale(value);
        let is_whole = match value {
            Expression::Aggregate(aggregate) => is_whole_aggregate(aggregate),
            Expression::Rfm(_) | Expression::Calendar(_) => true,
            Expression::Number { .. }
            | Expression::Text(_)
            | Expression::Trend(_)
            | Expression::Arithmetic { .. }
            | Expression::Percentile(_)
            | Expression::Prediction(_) => false,
        };
        Self { measures: value.measures(), is_whole, is_probability, scale }
    }

    /// What a threshold for an attribute of an event must be.
    pub(in crate::language) fn of_attribute(attribute: NumberAttribute) -> Self {
        let measures = attribute.measures();
        let is_whole = matches!(measures, Type::Count | Type::Score);
        let scale = names::scale_of_attribute(attribute);
        Self { measures, is_whole, is_probability: false, scale }
    }

    fn check(&self, value: f64, written: &str) -> Result<(), Problem> {
        let out = |what, range: String, hint: String| Problem::OutOfRange {
            found: written.into(),
            what,
            range: range.into(),
            hint: hint.into(),
        };
        if self.is_probability && !(0.0..=1.0).contains(&value) {
            let hint = if (2.0..=100.0).contains(&value) {
                let share: f64 = format!("{value}e-2").parse().unwrap_or(value / 100.0);
                format!("; write {share} or {value}%")
            } else {
                String::new()
            };
            return Err(out("a probability or percentile", "0 to 1".into(), hint));
        }
        if self.is_whole && value.fract() != 0.0 {
            let write = format!("{} or {}", value.floor(), value.ceil()).into();
            let found = written.into();
            return Err(Problem::WrongThreshold { found, what: "not whole", measures: self.measures, write });
        }
        if let Some((least, most)) = self.scale
            && !(least..=most).contains(&value)
        {
            return Err(out("this", format!("{least} to {most}"), String::new()));
        }
        if self.is_whole && self.measures == Type::Count && value < 0.0 {
            return Err(out("a count", "0 or more".into(), String::new()));
        }
        Ok(())
    }
}

fn is_whole_aggregate(aggregate: &Aggregate) -> bool {
    let whole_attribute = || match aggregate.attribute {
        Some(Attribute::Number(number)) => matches!(number.measures(), Type::Count | Type::Score),
        Some(Attribute::Text(_)) | None => false,
    };
    match aggregate.function {
        Function::Count | Function::Distinct => true,
        Function::Sum | Function::Min | Function::Max | Function::First | Function::Last => whole_attribute(),
        Function::Average
        | Function::DaysSince
        | Function::DaysSinceFirst
        | Function::DaysToFirst
        | Function::MeanGap
        | Function::GapDeviation => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_and_shares_are_exact() {
        for (text, amount) in [
            ("50", Amount::Number(50.0)),
            ("-0.5", Amount::Number(-0.5)),
            ("33.3%", Amount::Percent(0.333)),
            ("90d", Amount::Length { microseconds: 90 * 86_400_000_000 }),
            ("-30m", Amount::Length { microseconds: -1_800_000_000 }),
            ("7us", Amount::Length { microseconds: 7 }),
        ] {
            assert_eq!(Quantity::parse(text).map(|found| found.amount), Ok(amount), "{text}");
        }
    }

    #[test]
    fn what_is_no_unit_says_what_to_write() {
        let write = |text: &str| Quantity::parse(text).unwrap_err().to_string();
        assert!(write("2y").contains("write 730d"));
        assert!(write("3months").contains("write 90d"));
        assert!(write("90D").contains("write 90d"));
        assert!(write("90天").contains("write 90d"));
        assert!(write("1.5d").contains("36h"));
        assert!(write("1e5").contains("\"1e5\" is no number"));
        assert!(write("99999999999999999w").contains("is no number"));
        assert!(write(&"9".repeat(400)).contains("is no number"));
    }
}
