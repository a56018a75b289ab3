//! The two languages of the page.

use std::fmt;
use std::str::FromStr;

use crate::ReportError;

/// A language that the page is written in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    /// English.
    #[default]
    English,
    /// Simplified Chinese.
    Chinese,
}

impl Language {
    /// The tag of HTML's `lang` attribute.
    #[must_use]
    pub const fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Chinese => "zh-Hans",
        }
    }

    /// One of two texts that say the same: they stand side by side, so that neither is forgotten.
    pub(crate) const fn pick<'a>(self, english: &'a str, chinese: &'a str) -> &'a str {
        match self {
            Self::English => english,
            Self::Chinese => chinese,
        }
    }

    /// The same for texts with numbers in them.
    pub(crate) fn say(self, english: impl FnOnce() -> String, chinese: impl FnOnce() -> String) -> String {
        match self {
            Self::English => english(),
            // No space parts a number from its sign of percent.
            Self::Chinese => chinese().replace(" %", "%"),
        }
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.pick("en", "zh"))
    }
}

impl FromStr for Language {
    type Err = ReportError;
    fn from_str(value: &str) -> Result<Self, ReportError> {
        match value {
            "en" => Ok(Self::English),
            "zh" => Ok(Self::Chinese),
            _ => Err(ReportError::UnknownLanguage { value: value.to_owned() }),
        }
    }
}
