//! The file of segments as it is written; what it means is checked afterwards.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use super::segment::Maintenance;

/// The whole file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    pub format: Spanned<u32>,
    pub version: u32,
    #[serde(default)]
    pub settings: BTreeMap<String, SettingEntry>,
    #[serde(default)]
    pub definitions: BTreeMap<String, Spanned<String>>,
    #[serde(default)]
    pub privacy: Privacy,
    #[serde(default)]
    pub primary_rule: PrimaryRule,
    pub primary: Vec<Spanned<Entry>>,
    #[serde(default)]
    pub family: BTreeMap<String, FamilyEntry>,
    #[serde(default)]
    pub label: Vec<Spanned<Entry>>,
}

/// How the primary segments are told apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PrimaryRule {
    /// Each definition says all of it: they must not overlap, and their order means nothing.
    #[default]
    Exclusive,
    /// The first that holds; each means "and none of those above".
    FirstMatch,
}

/// What nobody may be sorted by.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Privacy {
    #[serde(default)]
    pub proxies: Vec<Spanned<String>>,
    #[serde(default)]
    pub sensitive_words: Vec<String>,
}

/// A named threshold.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SettingEntry {
    pub value: Spanned<Scalar>,
    pub unit: Unit,
    pub reason: String,
}

/// What a setting measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Major units of the reporting currency.
    Money,
    /// A length of time, such as `60d` or `30m`.
    Time,
    /// A whole number of things.
    Count,
    /// A part, such as `0.5` or `50%`.
    Share,
    /// A number of a scale, such as an RFM score or a rating.
    Score,
    /// A plain factor.
    Factor,
}

/// A number or a text.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Scalar {
    Integer(i64),
    Float(f64),
    Text(String),
}

impl Scalar {
    /// As it is written in the language.
    pub(super) fn text(&self) -> String {
        match self {
            Self::Integer(value) => value.to_string(),
            Self::Float(value) => value.to_string(),
            Self::Text(text) => text.clone(),
        }
    }
}

/// A family of labels.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FamilyEntry {
    pub name_en: String,
    pub name_zh: String,
    #[serde(default)]
    pub exclusive: bool,
}

/// A segment or label.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Entry {
    pub id: Spanned<String>,
    pub family: Option<Spanned<String>>,
    pub name_en: String,
    pub name_zh: String,
    pub description_en: String,
    pub description_zh: String,
    pub when: Spanned<String>,
    pub maintenance: Spanned<Maintenance>,
    #[serde(default)]
    pub remainder: bool,
    pub action: Option<ActionEntry>,
}

/// What to do about a segment.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ActionEntry {
    pub code: String,
    pub text_en: Spanned<String>,
    pub text_zh: Spanned<String>,
    #[serde(default)]
    pub parameters: BTreeMap<String, ParameterEntry>,
}

/// A number that is worked out for each customer.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ParameterEntry {
    pub value: Spanned<Scalar>,
    pub fallback: Option<Spanned<Scalar>>,
    pub at_least: Option<Spanned<Scalar>>,
    pub at_most: Option<Spanned<Scalar>>,
    pub round_up_to: Option<Spanned<Scalar>>,
}
