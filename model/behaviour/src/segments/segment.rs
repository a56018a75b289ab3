//! Segments and labels as the rest of Tenure sees them.

use serde::{Deserialize, Serialize};

use super::action::Action;
use crate::expression::Condition;

/// How a definition is kept right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Maintenance {
    /// It says what a customer does now; nothing in it grows old.
    RealTime,
    /// Its thresholds are looked at from time to time.
    Reviewed,
    /// Models or fitted quantiles decide, so it moves when they are trained again.
    Predictive,
}

/// A segment or label: of whom it is true, and what to do about it.
#[derive(Clone, Debug, PartialEq)]
pub struct Segment {
    /// The name used in files and on the wire; it never changes.
    pub id: Box<str>,
    /// The family that a label belongs to; none for a primary segment.
    pub family: Option<Box<str>>,
    /// The name for people, in English.
    pub name_en: Box<str>,
    /// The name for people, in Chinese.
    pub name_zh: Box<str>,
    /// Who is in it, in English.
    pub description_en: Box<str>,
    /// Who is in it, in Chinese.
    pub description_zh: Box<str>,
    /// Its definition as written.
    pub text: Box<str>,
    /// Its definition with settings and named definitions put in: what was compiled.
    pub expanded: Box<str>,
    /// Of whom it is true; "and none of those above" included where the [rule](super::PrimaryRule) says so.
    pub condition: Condition,
    /// How it is kept right.
    pub maintenance: Maintenance,
    /// Whether it only takes those whom nothing else takes: no core segment, and nothing need be done about it.
    pub is_remainder: bool,
    /// What to do about it.
    pub action: Option<Action>,
}

/// A family of labels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Family {
    /// The name used in files and on the wire; it never changes.
    pub id: Box<str>,
    /// The name for people, in English.
    pub name_en: Box<str>,
    /// The name for people, in Chinese.
    pub name_zh: Box<str>,
    /// Whether each customer has exactly one of its labels; proved if so.
    pub is_exclusive: bool,
}

/// A named threshold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// Its name, without the `$`.
    pub name: Box<str>,
    /// Its value as the language reads it.
    pub value: Box<str>,
    /// What it measures.
    pub unit: super::Unit,
    /// Why it is so.
    pub reason: Box<str>,
}

impl Maintenance {
    /// The name used in files.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::RealTime => "real_time",
            Self::Reviewed => "reviewed",
            Self::Predictive => "predictive",
        }
    }
}
