//! What must not be spoken of: sensitive attributes and what the shop declared to stand in for them.
//!
//! Race, religion, health and the like must not decide how a customer is treated, not even when they are only
//! inferred. A word is refused wherever it stands: as attribute, kind, name of a definition or quoted value.

use std::ops::Range;

use crate::expression::Attribute;
use crate::language::error::Problem;
use crate::language::{Proxy, names};

use super::{Compiled, Compiler};

/// Words that are refused in every text, with what they speak of. English words match whole words and ignore
/// case, so `race` is refused in `customer_race` but not in `bracelet`; Chinese ones match anywhere.
pub const SENSITIVE_WORDS: &[(&str, &str)] = &[
    ("race", "race"),
    ("races", "race"),
    ("racial", "race"),
    ("skin colour", "race"),
    ("skin color", "race"),
    ("ethnic", "ethnicity"),
    ("ethnicity", "ethnicity"),
    ("nationality", "ethnicity"),
    ("caste", "ethnicity"),
    ("religion", "religion"),
    ("religions", "religion"),
    ("religious", "religion"),
    ("muslim", "religion"),
    ("islam", "religion"),
    ("christian", "religion"),
    ("jewish", "religion"),
    ("hindu", "religion"),
    ("buddhist", "religion"),
    ("health", "health"),
    ("medical", "health"),
    ("illness", "health"),
    ("disease", "health"),
    ("diagnosis", "health"),
    ("pregnant", "health"),
    ("pregnancy", "health"),
    ("hiv", "health"),
    ("cancer", "health"),
    ("diabetes", "health"),
    ("diabetic", "health"),
    ("disability", "disability"),
    ("disabilities", "disability"),
    ("disabled", "disability"),
    ("sexual orientation", "sexual orientation"),
    ("sexuality", "sexual orientation"),
    ("sex life", "sexual orientation"),
    ("homosexual", "sexual orientation"),
    ("gay", "sexual orientation"),
    ("lesbian", "sexual orientation"),
    ("political", "political opinion"),
    ("politics", "political opinion"),
    ("union member", "union membership"),
    ("union membership", "union membership"),
    ("trade union", "union membership"),
    ("genetic", "genetic data"),
    ("genetics", "genetic data"),
    ("dna", "genetic data"),
    ("biometric", "biometric data"),
    ("biometrics", "biometric data"),
    ("fingerprint", "biometric data"),
    ("种族", "race"),
    ("肤色", "race"),
    ("民族", "ethnicity"),
    ("族裔", "ethnicity"),
    ("宗教", "religion"),
    ("信仰", "religion"),
    ("清真", "religion"),
    ("健康", "health"),
    ("疾病", "health"),
    ("病史", "health"),
    ("怀孕", "health"),
    ("孕妇", "health"),
    ("残疾", "disability"),
    ("残障", "disability"),
    ("性取向", "sexual orientation"),
    ("同性恋", "sexual orientation"),
    ("政治", "political opinion"),
    ("工会", "union membership"),
    ("基因", "genetic data"),
    ("遗传", "genetic data"),
    ("指纹", "biometric data"),
    ("生物识别", "biometric data"),
];

/// What a name speaks of that must not decide how a customer is treated, such as `religion`; `None` where it may be
/// used. For names from elsewhere than the language, such as columns of a table.
///
/// ```
/// use tenure_behaviour::language::sensitive_subject;
/// assert_eq!(sensitive_subject("Church_religion").as_deref(), Some("religion"));
/// assert_eq!(sensitive_subject("MonthlyCharges"), None);
/// ```
#[must_use]
pub fn sensitive_subject(name: &str) -> Option<Box<str>> {
    sensitive(name, &[])
}

/// What a name or quoted text speaks of that it must not.
pub(in crate::language) fn sensitive(text: &str, more: &[Box<str>]) -> Option<Box<str>> {
    let words = padded(text);
    let squeezed: String = text.chars().filter(|letter| !letter.is_whitespace()).collect();
    let is_in = |word: &str| {
        if word.is_ascii() { words.contains(&padded(word)) } else { squeezed.contains(word) }
    };
    let built_in = SENSITIVE_WORDS.iter().find(|(word, _)| is_in(word)).map(|(_, about)| (*about).into());
    built_in.or_else(|| more.iter().find(|word| !word.trim().is_empty() && is_in(word)).cloned())
}

/// The words of a text in small letters, each with a blank before and after.
fn padded(text: &str) -> String {
    let mut words = String::from(" ");
    for word in text.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty()) {
        words.push_str(&word.to_lowercase());
        words.push(' ');
    }
    words
}

impl Compiler<'_> {
    /// Refuses a name or quoted text that speaks of what it must not.
    pub(super) fn guard(&self, text: &str, span: &Range<usize>) -> Compiled<()> {
        match sensitive(text, &self.scope.sensitive_words) {
            Some(about) => Err((Problem::Sensitive { found: text.into(), about }, span.clone())),
            None => Ok(()),
        }
    }

    /// Refuses an attribute that was declared a proxy.
    pub(super) fn guard_attribute(&self, attribute: Attribute, span: &Range<usize>) -> Compiled<()> {
        let refused = |proxy: &Proxy| proxy.value.is_none() && proxy.attribute == attribute;
        if self.scope.proxies.iter().any(refused) {
            let found = names::attribute_name(attribute).into();
            return Err((Problem::DeclaredProxy { found }, span.clone()));
        }
        Ok(())
    }

    /// Refuses one value of an attribute that was declared a proxy; case does not matter.
    pub(super) fn guard_value(&self, attribute: Attribute, value: &str, span: &Range<usize>) -> Compiled<()> {
        let is_it = |other: &str| other.trim().to_lowercase() == value.trim().to_lowercase();
        let refused =
            |proxy: &Proxy| proxy.attribute == attribute && proxy.value.as_deref().is_some_and(is_it);
        if self.scope.proxies.iter().any(refused) {
            let found = format!("{} = '{value}'", names::attribute_name(attribute)).into();
            return Err((Problem::DeclaredProxy { found }, span.clone()));
        }
        Ok(())
    }

    /// A quoted text that may be used.
    pub(super) fn quoted(&self, text: &str, span: &Range<usize>) -> Compiled<Box<str>> {
        if text.trim().is_empty() {
            return Err((Problem::EmptyText, span.clone()));
        }
        self.guard(text, span)?;
        Ok(text.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_words_are_refused_and_parts_of_words_are_not() {
        for text in [
            "race",
            "customer_race",
            "Race Bikes",
            "SEXUAL-ORIENTATION",
            "sexual_orientation",
            "宗教用品",
            "宗 教",
        ] {
            assert!(sensitive(text, &[]).is_some(), "{text}");
        }
        for text in ["bracelet", "trace", "union_jack", "healthy", "grace", "民宿", "order", ""] {
            assert_eq!(sensitive(text, &[]), None, "{text}");
        }
    }

    #[test]
    fn a_shop_adds_words_of_its_own() {
        let more = ["Halal".into(), "".into(), "素食".into()];
        assert_eq!(sensitive("halal_food", &more).as_deref(), Some("Halal"));
        assert_eq!(sensitive("素食主义", &more).as_deref(), Some("素食"));
        assert_eq!(sensitive("food", &more), None);
    }
}
