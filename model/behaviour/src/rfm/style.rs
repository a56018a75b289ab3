//! How a customer buys: often for little, or seldom for much.

use serde::{Deserialize, Serialize};

use super::RfmScore;

/// How a customer buys, where frequency and monetary value disagree.
///
/// The two need opposite offers: who buys often for little is to spend more at a time, who buys seldom for much is to
/// come back sooner. High is 4 or 5, low is 1 or 2, so nobody is both; with a 3 in either score nobody is one.
///
/// ```
/// use tenure_behaviour::rfm::{RfmScore, RfmStyle};
/// let of = |frequency, monetary| RfmStyle::of(RfmScore { recency: 3, frequency, monetary });
/// assert_eq!(of(5, 2), Some(RfmStyle::FrequentBuyer));
/// assert_eq!(of(2, 4), Some(RfmStyle::BigSpender));
/// assert_eq!((of(5, 5), of(3, 1), of(1, 3)), (None, None, None));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RfmStyle {
    /// Frequency 4 or 5, monetary value 1 or 2.
    FrequentBuyer,
    /// Monetary value 4 or 5, frequency 1 or 2.
    BigSpender,
}

impl RfmStyle {
    /// How a customer with these scores buys; absent where the two scores do not disagree so far.
    #[must_use]
    pub const fn of(score: RfmScore) -> Option<Self> {
        match (score.frequency, score.monetary) {
            (4.., 0..=2) => Some(Self::FrequentBuyer),
            (0..=2, 4..) => Some(Self::BigSpender),
            _ => None,
        }
    }

    /// The name used in files, rules and on the wire; it never changes.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::FrequentBuyer => "frequent_buyer",
            Self::BigSpender => "big_spender",
        }
    }

    /// The name for people, in English.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::FrequentBuyer => "Frequent buyer",
            Self::BigSpender => "Big spender",
        }
    }

    /// The name for people, in Chinese.
    #[must_use]
    pub const fn name_zh(self) -> &'static str {
        match self {
            Self::FrequentBuyer => "高频低额客户",
            Self::BigSpender => "低频高额客户",
        }
    }
}
