//! What to do about a segment, with the numbers that fit each customer.

use tenure_core::Currency;

use crate::expression::{Expression, Type};

/// What to do about a segment.
///
/// One coupon for all is either too dear or too weak, so its numbers come from the customer: a threshold above the usual
/// spend, a validity from the usual gap.
#[derive(Clone, Debug, PartialEq)]
pub struct Action {
    /// The name used by campaign tools, such as `win_back_coupon`; it never changes.
    pub code: Box<str>,
    /// What to do, in English; `{name}` is a parameter.
    pub text_en: Box<str>,
    /// What to do, in Chinese; `{name}` is a parameter.
    pub text_zh: Box<str>,
    /// What is worked out for each customer, by name.
    pub parameters: Vec<Parameter>,
}

/// A number that is worked out for each customer.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    /// Its name.
    pub name: Box<str>,
    /// What it is worked out from.
    pub value: Expression,
    /// What it is where that is missing; also held by the bounds below.
    pub fallback: Option<f64>,
    /// Never less.
    pub at_least: Option<f64>,
    /// Never more.
    pub at_most: Option<f64>,
    /// Rounded up to a multiple of this; down where the multiple above is more than `at_most`.
    pub round_up_to: Option<f64>,
}

/// An action for one customer.
#[derive(Clone, Debug, PartialEq)]
pub struct Proposal<'a> {
    /// Id of the segment or label that proposes it.
    pub segment: &'a str,
    /// What to do.
    pub action: &'a Action,
    /// The parameters' values, in their order, in the units of their types.
    pub values: Vec<f64>,
}

impl Parameter {
    /// The number for a customer for whom the expression has this value.
    ///
    /// ```
    /// use tenure_behaviour::expression::Body;
    /// use tenure_behaviour::language::{Scope, compile_expression};
    /// use tenure_behaviour::segments::Parameter;
    /// let Body::Value(value) = compile_expression("avg(order.amount) * 1.2", &Scope::features())? else { panic!() };
    /// let spend = Parameter {
    ///     name: "minimum_spend".into(),
    ///     value,
    ///     fallback: Some(50.0),
    ///     at_least: Some(20.0),
    ///     at_most: Some(102.0),
    ///     round_up_to: Some(5.0),
    /// };
    /// let of = [Some(40.1), Some(3.0), Some(99.0), Some(1e9), None].map(|value| spend.of(value));
    /// assert_eq!(of, [45.0, 20.0, 100.0, 100.0, 50.0]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn of(&self, value: Option<f64>) -> f64 {
        let value = value.or(self.fallback).unwrap_or(0.0);
        let held = self.held(value);
        let Some(step) = self.round_up_to else { return held };
        let up = (held / step).ceil() * step;
        if self.at_most.is_none_or(|most| up <= most) { up } else { self.held((held / step).floor() * step) }
    }

    fn held(&self, value: f64) -> f64 {
        let value = self.at_least.map_or(value, |least| value.max(least));
        self.at_most.map_or(value, |most| value.min(most))
    }

    /// What it measures.
    #[must_use]
    pub fn measures(&self) -> Type {
        self.value.measures()
    }
}

impl Proposal<'_> {
    /// What to do, in English, with the numbers filled in.
    #[must_use]
    pub fn text_en(&self, currency: Currency) -> String {
        self.fill(&self.action.text_en, currency)
    }

    /// What to do, in Chinese, with the numbers filled in.
    #[must_use]
    pub fn text_zh(&self, currency: Currency) -> String {
        self.fill(&self.action.text_zh, currency)
    }

    /// The value of a parameter.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<f64> {
        let index = self.action.parameters.iter().position(|parameter| &*parameter.name == name)?;
        self.values.get(index).copied()
    }

    fn fill(&self, text: &str, currency: Currency) -> String {
        let mut out = text.to_owned();
        for (parameter, value) in self.action.parameters.iter().zip(&self.values) {
            let words = in_words(*value, parameter.measures(), currency);
            out = out.replace(&format!("{{{}}}", parameter.name), &words);
        }
        out
    }
}

/// A number as people write it. Lengths of time are days here and have no unit, which the text around them names.
fn in_words(value: f64, measures: Type, currency: Currency) -> String {
    let plain = |value: f64| {
        let text = format!("{value:.2}");
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    };
    match measures {
        Type::Money => format!("{} {}", plain(value), currency.code()),
        Type::Share => format!("{}%", plain(value * 100.0)),
        Type::Count | Type::Days | Type::Duration | Type::Score | Type::Text => plain(value),
    }
}

/// The names in braces of a text.
pub(super) fn placeholders(text: &str) -> impl Iterator<Item = &str> {
    text.split('{').skip(1).filter_map(|part| part.split_once('}')).map(|(name, _)| name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parameter(at_least: Option<f64>, at_most: Option<f64>, round_up_to: Option<f64>) -> Parameter {
        let value = Expression::Number { value: 0.0, measures: Type::Money };
        Parameter { name: "x".into(), value, fallback: None, at_least, at_most, round_up_to }
    }

    #[test]
    fn texts_are_filled_in() {
        let mut parameters = vec![parameter(None, None, None), parameter(None, None, None)];
        parameters[1].name = "off".into();
        parameters[1].value = Expression::Number { value: 0.0, measures: Type::Share };
        let action = Action {
            code: "coupon".into(),
            text_en: "{off} off above {x}".into(),
            text_zh: "满 {x} 减 {off}".into(),
            parameters,
        };
        let proposal = Proposal { segment: "loyal", action: &action, values: vec![120.0, 0.125] };
        assert_eq!(proposal.text_en(Currency::EUR), "12.5% off above 120 EUR");
        assert_eq!(proposal.text_zh(Currency::CNY), "满 120 CNY 减 12.5%");
        assert_eq!((proposal.value("off"), proposal.value("on")), (Some(0.125), None));
        assert_eq!(placeholders(&action.text_en).collect::<Vec<_>>(), ["off", "x"]);
    }

    proptest! {
        #[test]
        fn values_are_held_and_rounded(
            value in -1e6..1e6_f64,
            least in proptest::option::of(0..100_i32),
            most in proptest::option::of(100..200_i32),
            step in proptest::option::of(1..30_i32),
        ) {
            let (least, most, step) = (least.map(f64::from), most.map(f64::from), step.map(f64::from));
            let given = parameter(least, most, step).of(Some(value));
            prop_assert!(least.is_none_or(|least| given >= least));
            prop_assert!(most.is_none_or(|most| given <= most));
            if most.is_none() && least.is_none() {
                prop_assert!(given >= value && step.is_none_or(|step| given - value < step));
            }
            if let Some(step) = step && given != least.unwrap_or(f64::NAN) {
                prop_assert!((given / step).fract().abs() < 1e-9, "{} is no multiple of {}", given, step);
            }
        }
    }
}
