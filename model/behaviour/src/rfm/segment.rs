//! The named cells of the recency x frequency grid.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::RfmScore;

/// The name of a customer's cell in the recency x frequency grid, or [`Prospect`](Self::Prospect).
///
/// The grid is the one most widely copied, and the only one of the published tables in which every cell
/// has exactly one name: in others "Loyal" and "Champions" overlap and "New" is never reached. Monetary
/// value does not enter it.
///
/// | R \ F | 1 | 2 | 3 | 4 | 5 |
/// |---|---|---|---|---|---|
/// | 5 | new | potential loyalist | potential loyalist | champions | champions |
/// | 4 | promising | potential loyalist | potential loyalist | loyal | loyal |
/// | 3 | about to sleep | about to sleep | need attention | loyal | loyal |
/// | 2 | hibernating | hibernating | at risk | at risk | cannot lose them |
/// | 1 | hibernating | hibernating | at risk | at risk | cannot lose them |
///
/// ```
/// use tenure_behaviour::rfm::{RfmScore, RfmSegment};
/// let score = RfmScore { recency: 1, frequency: 5, monetary: 4 };
/// assert_eq!(RfmSegment::of(score).as_str(), "cant_lose_them");
/// assert_eq!(RfmSegment::of(score).name(), "Can't lose them");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RfmSegment {
    /// Ordered lately and often.
    Champions,
    /// Orders often and not long ago.
    Loyal,
    /// Ordered lately, more than once.
    PotentialLoyalist,
    /// Ordered for the first time just now.
    New,
    /// Ordered seldom, but not long ago.
    Promising,
    /// Middling in both: which way it goes is open.
    NeedAttention,
    /// Seldom, and some while ago.
    AboutToSleep,
    /// Used to order often, now silent.
    AtRisk,
    /// Used to order most often of all, now silent.
    CantLoseThem,
    /// Seldom and long ago.
    Hibernating,
    /// No order yet.
    Prospect,
}

impl RfmSegment {
    /// Every segment, best first.
    pub const ALL: [Self; 11] = [
        Self::Champions,
        Self::Loyal,
        Self::PotentialLoyalist,
        Self::New,
        Self::Promising,
        Self::NeedAttention,
        Self::AboutToSleep,
        Self::AtRisk,
        Self::CantLoseThem,
        Self::Hibernating,
        Self::Prospect,
    ];

    /// The cell of a customer with an order; one without is a [`Prospect`](Self::Prospect).
    ///
    /// A score outside 1 to 5 counts as the nearer end.
    #[must_use]
    pub const fn of(score: RfmScore) -> Self {
        match (score.recency, score.frequency) {
            (0..=2, 0..=2) => Self::Hibernating,
            (0..=2, 3..=4) => Self::AtRisk,
            (0..=2, 5..) => Self::CantLoseThem,
            (3, 0..=2) => Self::AboutToSleep,
            (3, 3) => Self::NeedAttention,
            (3..=4, 4..) => Self::Loyal,
            (4, 0..=1) => Self::Promising,
            (5.., 0..=1) => Self::New,
            (4.., 2..=3) => Self::PotentialLoyalist,
            (5.., 4..) => Self::Champions,
        }
    }

    /// The name used in files, rules and on the wire; it never changes.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Champions => "champions",
            Self::Loyal => "loyal",
            Self::PotentialLoyalist => "potential_loyalist",
            Self::New => "new",
            Self::Promising => "promising",
            Self::NeedAttention => "need_attention",
            Self::AboutToSleep => "about_to_sleep",
            Self::AtRisk => "at_risk",
            Self::CantLoseThem => "cant_lose_them",
            Self::Hibernating => "hibernating",
            Self::Prospect => "prospect",
        }
    }

    /// The name for people, in English.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Champions => "Champions",
            Self::Loyal => "Loyal",
            Self::PotentialLoyalist => "Potential loyalist",
            Self::New => "New",
            Self::Promising => "Promising",
            Self::NeedAttention => "Need attention",
            Self::AboutToSleep => "About to sleep",
            Self::AtRisk => "At risk",
            Self::CantLoseThem => "Can't lose them",
            Self::Hibernating => "Hibernating",
            Self::Prospect => "Prospect",
        }
    }

    /// The name for people, in Chinese.
    #[must_use]
    pub const fn name_zh(self) -> &'static str {
        match self {
            Self::Champions => "冠军客户",
            Self::Loyal => "忠诚客户",
            Self::PotentialLoyalist => "潜在忠诚客户",
            Self::New => "新客户",
            Self::Promising => "有潜力客户",
            Self::NeedAttention => "需要关注客户",
            Self::AboutToSleep => "即将沉睡客户",
            Self::AtRisk => "流失风险客户",
            Self::CantLoseThem => "不能失去的客户",
            Self::Hibernating => "沉睡客户",
            Self::Prospect => "未购买客户",
        }
    }
}

impl fmt::Display for RfmSegment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// The grid as published: patterns over the two digits R and F.
    const PUBLISHED: [(&str, [&str; 2]); 10] = [
        ("hibernating", ["12", "12"]),
        ("at_risk", ["12", "34"]),
        ("cant_lose_them", ["12", "5"]),
        ("about_to_sleep", ["3", "12"]),
        ("need_attention", ["3", "3"]),
        ("loyal", ["34", "45"]),
        ("promising", ["4", "1"]),
        ("new", ["5", "1"]),
        ("potential_loyalist", ["45", "23"]),
        ("champions", ["5", "45"]),
    ];

    fn at(recency: u8, frequency: u8) -> RfmSegment {
        RfmSegment::of(RfmScore { recency, frequency, monetary: 3 })
    }

    #[test]
    fn each_of_the_25_cells_has_the_one_name_of_the_published_grid() {
        for recency in 1..=5 {
            for frequency in 1..=5 {
                let matching: Vec<&str> = PUBLISHED
                    .iter()
                    .filter(|(_, [r, f])| {
                        r.contains(&recency.to_string()) && f.contains(&frequency.to_string())
                    })
                    .map(|(name, _)| *name)
                    .collect();
                assert_eq!(matching, [at(recency, frequency).as_str()], "R{recency} F{frequency}");
            }
        }
    }

    #[test]
    fn a_score_outside_the_scale_counts_as_the_nearer_end() {
        assert_eq!(at(0, 0), at(1, 1));
        assert_eq!(at(u8::MAX, u8::MAX), at(5, 5));
        assert_eq!(at(0, 6), at(1, 5));
        assert_eq!(at(6, 0), at(5, 1));
    }

    #[test]
    fn every_segment_is_listed_once_and_reads_back_from_its_name() {
        let ids: BTreeSet<&str> = RfmSegment::ALL.iter().map(|segment| segment.as_str()).collect();
        let names: BTreeSet<&str> = RfmSegment::ALL.iter().map(|segment| segment.name()).collect();
        let chinese: BTreeSet<&str> = RfmSegment::ALL.iter().map(|segment| segment.name_zh()).collect();
        assert_eq!((ids.len(), names.len(), chinese.len()), (11, 11, 11));
        for segment in RfmSegment::ALL {
            let json = format!("\"{}\"", segment.as_str());
            assert_eq!(serde_json::to_string(&segment).unwrap(), json);
            assert_eq!(serde_json::from_str::<RfmSegment>(&json).unwrap(), segment);
        }
    }
}
