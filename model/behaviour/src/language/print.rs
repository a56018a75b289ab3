//! Printing what was compiled, in the language itself.
//!
//! The form is canonical: two texts that mean the same tree print the same, and compiling what was printed gives the
//! tree back. (Trees that no text means, such as a comparison of two constants, print as near as can be.)

use std::fmt::{self, Display, Formatter, Result};

use tenure_core::Duration;

use crate::expression::{
    Aggregate, Arithmetic, Attribute, Body, Comparison, Condition, Definition, Expression, Filter, Function,
    NumberAttribute, Prediction, RfmMeasure, Selector, TextAttribute, Type, Window,
};

use super::names;

/// How tightly a part binds; a part inside a tighter one is put in parentheses.
#[derive(Clone, Copy, PartialEq, PartialOrd)]
enum Binding {
    Or,
    And,
    Not,
    Comparison,
    Sum,
    Product,
    Operand,
}

/// A part, where it stands inside another.
struct Inside<'a, T>(&'a T, Binding);

macro_rules! print_inside {
    ($($type:ty),+) => {$(
        impl Display for Inside<'_, $type> {
            fn fmt(&self, f: &mut Formatter<'_>) -> Result {
                if self.0.binding() < self.1 { write!(f, "({})", self.0) } else { write!(f, "{}", self.0) }
            }
        }
    )+};
}

print_inside!(Expression, Condition, Filter);

/// Parts with a word between them.
fn joined<T>(f: &mut Formatter<'_>, parts: &[T], word: &str, binding: Binding) -> Result
where
    for<'a> Inside<'a, T>: Display,
{
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            write!(f, " {word} ")?;
        }
        write!(f, "{}", Inside(part, binding))?;
    }
    Ok(())
}

struct Quoted<'a>(&'a str);

impl Display for Quoted<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "'{}'", self.0.replace('\'', "''"))
    }
}

/// `'a', 'b'`
fn list(f: &mut Formatter<'_>, names: &[Box<str>]) -> Result {
    for (index, name) in names.iter().enumerate() {
        write!(f, "{}{}", if index > 0 { ", " } else { "" }, Quoted(name))?;
    }
    Ok(())
}

/// A number in the unit of its type; a length of time always with a unit.
struct Constant {
    value: f64,
    measures: Type,
}

impl Display for Constant {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self.measures {
            Type::Duration => write!(f, "{}", Length { microseconds: self.value * 1e6 }),
            Type::Count | Type::Money | Type::Days | Type::Share | Type::Score | Type::Text => {
                write!(f, "{}", self.value)
            }
        }
    }
}

/// A length of time that may be negative in a comparison of differences.
struct Length {
    microseconds: f64,
}

impl Display for Length {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let sign = if self.microseconds < 0.0 { "-" } else { "" };
        let microseconds = self.microseconds.abs().round() as i64;
        let length = Duration::from_microseconds(microseconds).unwrap_or(Duration::ZERO);
        write!(f, "{sign}{length}")
    }
}

impl Expression {
    fn binding(&self) -> Binding {
        match self {
            Self::Arithmetic { operator: Arithmetic::Add | Arithmetic::Subtract, .. } => Binding::Sum,
            Self::Arithmetic { left, right, .. } if !is_ratio(left, right) => Binding::Product,
            Self::Arithmetic { operator: Arithmetic::Multiply, .. } => Binding::Product,
            Self::Number { .. }
            | Self::Text(_)
            | Self::Aggregate(_)
            | Self::Trend(_)
            | Self::Arithmetic { .. }
            | Self::Calendar(_)
            | Self::Rfm(_)
            | Self::Percentile(_)
            | Self::Prediction(_) => Binding::Operand,
        }
    }
}

/// Whether a division is written `ratio(…)`: that of two values of one type.
fn is_ratio(left: &Expression, right: &Expression) -> bool {
    left.measures() == right.measures()
}

/// A part of a division: a constant time in days needs its unit there, for a plain number is a plain divisor.
fn divided(part: &Expression, binding: Binding) -> String {
    if let Expression::Number { value, measures: Type::Days } = part {
        Length { microseconds: value * 86_400e6 }.to_string()
    } else {
        Inside(part, binding).to_string()
    }
}

impl Display for Expression {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Self::Number { value, measures } => {
                write!(f, "{}", Constant { value: *value, measures: *measures })
            }
            Self::Text(text) => write!(f, "{}", Quoted(text)),
            Self::Aggregate(aggregate) => write!(f, "{aggregate}"),
            Self::Trend(aggregate) => {
                let inner = Aggregate { window: Window::Always, ..aggregate.clone() };
                write!(f, "trend({inner}, {})", aggregate.window)
            }
            Self::Arithmetic { operator: Arithmetic::Divide, left, right } if is_ratio(left, right) => {
                write!(f, "ratio({}, {})", divided(left, Binding::Sum), divided(right, Binding::Sum))
            }
            Self::Arithmetic { operator: Arithmetic::Divide, left, right } => {
                write!(f, "{} / {}", divided(left, Binding::Product), divided(right, Binding::Operand))
            }
            Self::Arithmetic { operator, left, right } => {
                let (sign, first, second) = match operator {
                    Arithmetic::Add => ("+", Binding::Sum, Binding::Product),
                    Arithmetic::Subtract => ("-", Binding::Sum, Binding::Product),
                    Arithmetic::Multiply | Arithmetic::Divide => ("*", Binding::Product, Binding::Operand),
                };
                write!(f, "{} {sign} {}", Inside(&**left, first), Inside(&**right, second))
            }
            Self::Calendar(part) => write!(f, "{}()", names::calendar_name(*part)),
            Self::Rfm(measure) => write!(f, "{measure}"),
            Self::Percentile(value) => write!(f, "percentile({value})"),
            Self::Prediction(prediction) => write!(f, "{prediction}"),
        }
    }
}

impl Display for RfmMeasure {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "rfm({})", names::rfm_name(*self))
    }
}

impl Display for Prediction {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Self::ChurnProbability(horizon) => write!(f, "churn_probability({horizon})"),
            Self::Clv(horizon) => write!(f, "clv({horizon})"),
            Self::ExpectedOrders(horizon) => write!(f, "expected_orders({horizon})"),
            Self::PAlive => f.write_str("p_alive"),
        }
    }
}

impl Display for Window {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Self::Always => f.write_str("always"),
            Self::Past { length, lag: Duration::ZERO } => write!(f, "{length}"),
            Self::Past { length, lag } => write!(f, "{length} ending {lag} ago"),
            Self::Next(horizon) => write!(f, "next {horizon}"),
        }
    }
}

impl Display for Aggregate {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let Selector { kind, filter } = &self.selector;
        if let (Function::Last, None, None, Some(Attribute::Text(attribute)), Window::Always) =
            (self.function, kind, filter, self.attribute, self.window)
            && names::is_of_customer(attribute)
        {
            return f.write_str(names::attribute_name(Attribute::Text(attribute)));
        }
        let kind = kind.as_ref().map_or("event", |kind| kind.as_str());
        write!(f, "{}({kind}", names::aggregate_name(self.function))?;
        if let Some(attribute) = self.attribute {
            write!(f, ".{}", names::attribute_name(attribute))?;
        }
        if let Some(filter) = filter {
            write!(f, " where {filter}")?;
        }
        if self.window != Window::Always {
            write!(f, ", {}", self.window)?;
        }
        f.write_str(")")
    }
}

impl Display for Selector {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.write_str(self.kind.as_ref().map_or("event", |kind| kind.as_str()))?;
        self.filter.as_ref().map_or(Ok(()), |filter| write!(f, " where {filter}"))
    }
}

impl Condition {
    fn binding(&self) -> Binding {
        match self {
            Self::Any(parts) | Self::All(parts) if parts.is_empty() || self.as_between().is_some() => {
                Binding::Comparison
            }
            Self::Any(_) => Binding::Or,
            Self::All(_) => Binding::And,
            Self::Not(_) => Binding::Not,
            Self::Compare { .. } | Self::OneOf { .. } | Self::Missing(_) | Self::FollowedBy { .. } => {
                Binding::Comparison
            }
        }
    }

    /// Whether it is written with `and` or `or`.
    pub(super) fn has_parts(&self) -> bool {
        matches!(self.binding(), Binding::Or | Binding::And)
    }

    /// The value and the ends of `between`, if this is what it means, and the word before.
    pub(super) fn as_between(&self) -> Option<(&Expression, &'static str, [&Expression; 2])> {
        let (parts, word, signs) = match self {
            Self::All(parts) => (parts, "between", [Comparison::AtLeast, Comparison::AtMost]),
            Self::Any(parts) => (parts, "not between", [Comparison::Less, Comparison::Greater]),
            Self::Not(_)
            | Self::Compare { .. }
            | Self::OneOf { .. }
            | Self::Missing(_)
            | Self::FollowedBy { .. } => return None,
        };
        let [
            Self::Compare { left: first, comparison: from, right: low },
            Self::Compare { left: second, comparison: to, right: high },
        ] = &parts[..]
        else {
            return None;
        };
        let is_empty = matches!(
            (low, high),
            (Expression::Number { value: low, .. }, Expression::Number { value: high, .. }) if low > high
        );
        (first == second && [*from, *to] == signs && !is_empty).then_some((first, word, [low, high]))
    }
}

impl Display for Condition {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        if let Some((value, word, [low, high])) = self.as_between() {
            return write!(f, "{value} {word} {low} and {high}");
        }
        match self {
            Self::All(parts) if parts.is_empty() => f.write_str("everyone"),
            Self::Any(parts) if parts.is_empty() => f.write_str("nobody"),
            Self::All(parts) => joined(f, parts, "and", Binding::Not),
            Self::Any(parts) => joined(f, parts, "or", Binding::And),
            Self::Not(inner) => write!(f, "not {}", Inside(&**inner, Binding::Not)),
            Self::Compare { left, comparison, right } => {
                write!(f, "{left} {} {right}", names::comparison_sign(*comparison))
            }
            Self::OneOf { value, names } => {
                write!(f, "{value} in (")?;
                list(f, names)?;
                f.write_str(")")
            }
            Self::Missing(value) => write!(f, "missing({value})"),
            Self::FollowedBy { first, then, within } => write!(f, "followed_by({first}, {then}, {within})"),
        }
    }
}

impl Filter {
    fn binding(&self) -> Binding {
        match self {
            Self::Any(_) | Self::All(_) if self.as_between().is_some() || self.as_none_of().is_some() => {
                Binding::Comparison
            }
            Self::Any(_) => Binding::Or,
            Self::All(_) => Binding::And,
            Self::Not(_) => Binding::Not,
            Self::Number { .. } | Self::OneOf { .. } | Self::Present(_) => Binding::Comparison,
        }
    }

    /// Whether it is written with `and` or `or`.
    pub(super) fn has_parts(&self) -> bool {
        matches!(self.binding(), Binding::Or | Binding::And)
    }

    pub(super) fn as_between(&self) -> Option<(NumberAttribute, &'static str, [f64; 2])> {
        let (parts, word, signs) = match self {
            Self::All(parts) => (parts, "between", [Comparison::AtLeast, Comparison::AtMost]),
            Self::Any(parts) => (parts, "not between", [Comparison::Less, Comparison::Greater]),
            Self::Not(_) | Self::Number { .. } | Self::OneOf { .. } | Self::Present(_) => return None,
        };
        let [
            Self::Number { attribute: first, comparison: from, value: low },
            Self::Number { attribute: second, comparison: to, value: high },
        ] = &parts[..]
        else {
            return None;
        };
        (first == second && [*from, *to] == signs && low <= high).then_some((*first, word, [*low, *high]))
    }

    /// The attribute and names of `!=` and `not in`.
    pub(super) fn as_none_of(&self) -> Option<(TextAttribute, &[Box<str>])> {
        let Self::All(parts) = self else { return None };
        let [Self::Present(present), Self::Not(not)] = &parts[..] else { return None };
        let Self::OneOf { attribute, names } = &**not else { return None };
        (attribute == present).then_some((*attribute, &names[..]))
    }
}

impl Display for Filter {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let constant = |attribute: NumberAttribute, value| Constant { value, measures: attribute.measures() };
        if let Some((attribute, word, [low, high])) = self.as_between() {
            let (low, high) = (constant(attribute, low), constant(attribute, high));
            return write!(
                f,
                "{} {word} {low} and {high}",
                names::attribute_name(Attribute::Number(attribute))
            );
        }
        if let Some((attribute, names)) = self.as_none_of() {
            let attribute = names::attribute_name(Attribute::Text(attribute));
            if let [name] = names {
                return write!(f, "{attribute} != {}", Quoted(name));
            }
            write!(f, "{attribute} not in (")?;
            list(f, names)?;
            return f.write_str(")");
        }
        match self {
            Self::All(parts) => joined(f, parts, "and", Binding::Not),
            Self::Any(parts) => joined(f, parts, "or", Binding::And),
            Self::Not(inner) => write!(f, "not {}", Inside(&**inner, Binding::Not)),
            Self::Number { attribute, comparison, value } => {
                let name = names::attribute_name(Attribute::Number(*attribute));
                write!(f, "{name} {} {}", names::comparison_sign(*comparison), constant(*attribute, *value))
            }
            Self::OneOf { attribute, names } => {
                let attribute = names::attribute_name(Attribute::Text(*attribute));
                if let [name] = &names[..] {
                    return write!(f, "{attribute} = {}", Quoted(name));
                }
                write!(f, "{attribute} in (")?;
                list(f, names)?;
                f.write_str(")")
            }
            Self::Present(attribute) => {
                write!(f, "present({})", names::attribute_name(Attribute::Text(*attribute)))
            }
        }
    }
}

impl Display for Body {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Self::Value(value) => write!(f, "{value}"),
            Self::Truth(condition) => write!(f, "{condition}"),
        }
    }
}

impl Display for Definition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> Result {
        write!(f, "{} = {}", self.name, self.body)
    }
}
