//! What a text may speak of: which kinds, whether the future, and nothing that it must not.

use std::str::FromStr;

use tenure_core::EventKind;

use crate::expression::{Attribute, Definition};

use super::names;

/// What a text may speak of. Built with [`Scope::features`] or [`Scope::labels`] and changed field by field.
///
/// ```
/// use tenure_behaviour::language::{Scope, compile_condition};
/// let mut scope = Scope::features();
/// scope.proxies.push("product=prayer_mat".parse()?);
/// assert!(compile_condition("count(order where product = 'prayer_mat') > 0", &scope).is_err());
/// # Ok::<(), tenure_behaviour::language::InvalidProxy>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Scope {
    /// The shop's own kinds of events. With a list, only these and the known ones exist. Without, any lower-case
    /// name is a kind of the shop's own, unless it looks like a misspelt known one.
    pub kinds: Option<Vec<EventKind>>,
    /// Whether the text may look past the as-of with `next`: labels may, what is asked in production may not.
    pub next_windows: bool,
    /// Words that are refused besides the [built-in ones](super::SENSITIVE_WORDS), which cannot be switched off.
    pub sensitive_words: Vec<Box<str>>,
    /// What the shop declared to stand in for a sensitive attribute.
    pub proxies: Vec<Proxy>,
    /// Definitions that the text may use by name, besides those above it in a file.
    pub definitions: Vec<Definition>,
}

impl Scope {
    /// For features and segments: any kind, no future, no proxies declared.
    #[must_use]
    pub const fn features() -> Self {
        Self {
            kinds: None,
            next_windows: false,
            sensitive_words: Vec::new(),
            proxies: Vec::new(),
            definitions: Vec::new(),
        }
    }

    /// For labels and definitions of churn: as features, and `next` windows.
    #[must_use]
    pub fn labels() -> Self {
        Self { next_windows: true, ..Self::features() }
    }
}

/// An attribute, or one value of it, that stands in for a sensitive attribute: `campaign`, `product=prayer_mat`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Proxy {
    /// The attribute.
    pub attribute: Attribute,
    /// The one value that is refused; without it the attribute may not be used at all.
    pub value: Option<Box<str>>,
}

/// Why a declared proxy was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("\"{value}\" is not a proxy: write an attribute such as campaign, or one of its values such as \
         product=prayer_mat; attributes are {}", names::every_attribute().join(", "))]
pub struct InvalidProxy {
    /// What was given.
    pub value: Box<str>,
}

impl FromStr for Proxy {
    type Err = InvalidProxy;
    fn from_str(text: &str) -> Result<Self, InvalidProxy> {
        let invalid = || InvalidProxy { value: text.into() };
        let (attribute, value) = match text.split_once('=') {
            Some((attribute, value)) => (attribute, Some(value.trim())),
            None => (text, None),
        };
        let attribute = names::attribute(attribute.trim()).ok_or_else(invalid)?;
        if value.is_some_and(str::is_empty) || (value.is_some() && matches!(attribute, Attribute::Number(_)))
        {
            return Err(invalid());
        }
        Ok(Self { attribute, value: value.map(Into::into) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expression::{NumberAttribute, TextAttribute};

    #[test]
    fn proxies_are_attributes_or_values_of_names() {
        let product = Attribute::Text(TextAttribute::Product);
        let mat = Proxy { attribute: product, value: Some("prayer mat".into()) };
        assert_eq!("product = prayer mat".parse(), Ok(mat));
        let hour = Proxy { attribute: Attribute::Number(NumberAttribute::Hour), value: None };
        assert_eq!("hour".parse(), Ok(hour));
        for text in ["", "surname", "product=", "hour=3", "=x"] {
            assert_eq!(text.parse::<Proxy>(), Err(InvalidProxy { value: text.into() }));
        }
    }
}
