//! Three bands of risk, for people.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How likely a customer is to stay away, roughly: below a third, up to two thirds, above.
///
/// ```
/// use tenure_bundle::RiskBand;
/// assert_eq!(RiskBand::of(0.32), RiskBand::Low);
/// assert_eq!(RiskBand::of(RiskBand::MEDIUM_FROM), RiskBand::Medium);
/// assert_eq!(RiskBand::of(RiskBand::HIGH_FROM), RiskBand::High);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RiskBand {
    /// A probability of churn below [`RiskBand::MEDIUM_FROM`].
    Low,
    /// One from there to below [`RiskBand::HIGH_FROM`].
    Medium,
    /// One from there on.
    High,
}

impl RiskBand {
    /// The least probability of churn that is no longer low.
    pub const MEDIUM_FROM: f64 = 0.33;
    /// The least probability of churn that is high.
    pub const HIGH_FROM: f64 = 0.66;

    /// The band of a probability of churn.
    #[must_use]
    pub fn of(churn_probability: f64) -> Self {
        if churn_probability < Self::MEDIUM_FROM {
            Self::Low
        } else if churn_probability < Self::HIGH_FROM {
            Self::Medium
        } else {
            Self::High
        }
    }

    /// The name in files, and in English.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }

    /// The name in Chinese.
    #[must_use]
    pub const fn chinese(self) -> &'static str {
        match self {
            Self::Low => "低",
            Self::Medium => "中",
            Self::High => "高",
        }
    }
}

impl fmt::Display for RiskBand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
