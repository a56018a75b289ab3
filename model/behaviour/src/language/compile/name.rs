//! Names: kinds, attributes, customers' attributes, definitions.

use std::ops::Range;

use tenure_core::EventKind;

use crate::expression::{
    Aggregate, Attribute, Body, Condition, Expression, Function, Prediction, Selector, TextAttribute, Window,
};
use crate::language::error::Problem;
use crate::language::syntax::Node;
use crate::language::{names, suggest};

use super::{Compiled, Compiler, Meaning, Refusal};

/// Other words for what the language has a word for.
const SYNONYMS: &[(&str, &str)] = &[
    ("purchase", "order"),
    ("buy", "order"),
    ("cart", "add_to_cart"),
    ("view", "product_view"),
    ("visit", "session"),
    ("return", "refund"),
    ("open", "email_open"),
    ("click", "email_click"),
    ("checkout", "checkout_start"),
    ("订单", "order"),
    ("下单", "order"),
    ("购买", "order"),
    ("退款", "refund"),
    ("浏览", "product_view"),
    ("加购", "add_to_cart"),
    ("访问", "session"),
    ("会话", "session"),
    ("average", "avg"),
    ("mean", "avg"),
    ("total", "sum"),
    ("unique", "distinct"),
    ("count_distinct", "distinct"),
    ("number", "count"),
    ("recency", "days_since"),
    ("minimum", "min"),
    ("maximum", "max"),
    ("计数", "count"),
    ("求和", "sum"),
    ("金额", "amount"),
    ("price", "amount"),
    ("revenue", "amount"),
    ("value", "amount"),
    ("total_price", "amount"),
    ("source", "channel"),
    ("country_code", "country"),
    ("国家", "country"),
    ("渠道", "channel"),
    ("设备", "device"),
    ("品类", "category"),
    ("商品", "product"),
];

/// The nearest of some names, or the language's word for the same.
pub(super) fn nearest(name: &str, known: &[&str]) -> Option<Box<str>> {
    let same = SYNONYMS.iter().find(|(word, name_of_it)| *word == name && known.contains(name_of_it));
    same.map(|(_, known)| (*known).into()).or_else(|| suggest::nearest(name, known.iter().copied()))
}

impl Compiler<'_> {
    /// A name standing alone.
    pub(super) fn name(&self, name: &str, span: &Range<usize>) -> Compiled<Meaning> {
        self.guard(name, span)?;
        if let Some((body, parts)) = self.known.get(name) {
            self.count(*parts, span)?;
            return Ok(match body.clone() {
                Body::Value(value) => Meaning::Value(value),
                Body::Truth(condition) => Meaning::Truth(condition),
            });
        }
        if let Some(attribute) = names::of_customer(name) {
            self.guard_attribute(Attribute::Text(attribute), span)?;
            return Ok(Meaning::Value(last_known(attribute)));
        }
        match name {
            "p_alive" => Ok(Meaning::Value(Expression::Prediction(Prediction::PAlive))),
            "everyone" => Ok(Meaning::Truth(Condition::All(Vec::new()))),
            "nobody" => Ok(Meaning::Truth(Condition::Any(Vec::new()))),
            _ => Err((self.lone_name(name), span.clone())),
        }
    }

    /// Why a name cannot stand alone.
    fn lone_name(&self, name: &str) -> Problem {
        let alone = |what, write: String| Problem::NotAlone { name: name.into(), what, write: write.into() };
        let lower = name.to_lowercase();
        let exists = |name: &str| {
            self.known.contains_key(name)
                || names::every_of_customer().contains(&name)
                || names::every_kind().contains(&name)
        };
        if lower != name && exists(&lower) {
            return Problem::Instead { found: name.into(), write: lower.into() };
        }
        if name == "event" || names::every_kind().contains(&name) {
            return alone("a kind of event", format!("count({name}, 90d) or days_since({name})"));
        }
        match names::attribute(name) {
            Some(Attribute::Text(_)) => {
                return alone(
                    "an attribute of single events",
                    format!("last(order.{name}) or distinct(order.{name})"),
                );
            }
            Some(Attribute::Number(_)) => {
                return alone(
                    "an attribute of single events",
                    format!("sum(order.{name}, 90d) or avg(order.{name})"),
                );
            }
            None => {}
        }
        if let Some(usage) = super::call::usage(name) {
            return alone("a function", usage.into());
        }
        let mut known = names::every_of_customer();
        known.extend(["p_alive", "everyone", "nobody"]);
        let possible = names::every_of_customer().join(", ").into();
        known.extend(self.known.keys().map(|name| &**name));
        Problem::UnknownName { name: name.into(), nearest: nearest(name, &known), possible }
    }

    /// `order.amount` without a function around it.
    pub(super) fn lone_member(&self, node: &Node, owner: &str, member: &str) -> Refusal {
        let (owner_span, member_span) = parts(node, owner, member);
        if let Err(refusal) = self.kind(owner, &owner_span).and_then(|_| self.attribute(member, &member_span))
        {
            return refusal;
        }
        let name = format!("{owner}.{member}");
        let write = match names::attribute(member) {
            Some(Attribute::Number(_)) => format!("sum({name}, 90d) or last({name})"),
            Some(Attribute::Text(_)) | None => format!("last({name}) or distinct({name}, 90d)"),
        };
        let what = "an attribute of single events";
        (Problem::NotAlone { name: name.into(), what, write: write.into() }, node.span.clone())
    }

    /// The kind of event of a name; none for `event`, which is any.
    pub(super) fn kind(&self, name: &str, span: &Range<usize>) -> Compiled<Option<EventKind>> {
        if name == "event" {
            return Ok(None);
        }
        self.guard(name, span)?;
        let at = |problem| (problem, span.clone());
        let unknown =
            |known: &[&str]| at(Problem::UnknownKind { name: name.into(), nearest: nearest(name, known) });
        let lower = name.to_lowercase();
        if lower != name && names::every_kind().contains(&lower.as_str()) {
            return Err(at(Problem::Instead { found: name.into(), write: lower.into() }));
        }
        let known = names::every_kind();
        let Ok(kind) = name.parse::<EventKind>() else { return Err(unknown(&known)) };
        if EventKind::KNOWN.contains(&kind) {
            return Ok(Some(kind));
        }
        match &self.scope.kinds {
            Some(own) if own.contains(&kind) => Ok(Some(kind)),
            Some(own) => {
                let own = own.iter().map(EventKind::as_str);
                Err(unknown(&known.iter().copied().chain(own).collect::<Vec<_>>()))
            }
            None => match suggest::misspelt(name, known) {
                Some(known) => Err(at(Problem::MisspeltKind { name: name.into(), known })),
                None => Ok(Some(kind)),
            },
        }
    }

    /// The attribute of a name.
    pub(super) fn attribute(&self, name: &str, span: &Range<usize>) -> Compiled<Attribute> {
        self.guard(name, span)?;
        let known = names::every_attribute();
        let lower = name.to_lowercase();
        if lower != name && known.contains(&lower.as_str()) {
            return Err((Problem::Instead { found: name.into(), write: lower.into() }, span.clone()));
        }
        let Some(attribute) = names::attribute(name) else {
            let (nearest, possible) = (nearest(name, &known), known.join(", ").into());
            return Err((Problem::UnknownAttribute { name: name.into(), nearest, possible }, span.clone()));
        };
        self.guard_attribute(attribute, span)?;
        Ok(attribute)
    }
}

/// Where owner and member stand.
pub(super) fn parts(node: &Node, owner: &str, member: &str) -> (Range<usize>, Range<usize>) {
    let Range { start, end } = node.span;
    (start..start + owner.len(), end - member.len()..end)
}

/// What was last known of a customer. [`Function::Last`] passes over events without the attribute by itself.
fn last_known(attribute: TextAttribute) -> Expression {
    Expression::Aggregate(Aggregate {
        function: Function::Last,
        selector: Selector { kind: None, filter: None },
        attribute: Some(Attribute::Text(attribute)),
        window: Window::Always,
    })
}
