//! The published ways of naming RFM groups, as tables with their rounding.

use serde::{Deserialize, Serialize};

use super::{RfmScore, RfmSegment};

/// Which published table names a customer's group.
///
/// The [grid](RfmSegment) is the default: it alone gives every cell one name without a rule of precedence. The other
/// two are here because shops come from tools that use them and want to find their names again.
///
/// | scheme | reads | rounding | cells with no or two names |
/// |---|---|---|---|
/// | `grid` | R and F | none needed | none |
/// | `shopify` | R and FM | FM = (F + M) / 2, halves rounded *down* | none |
/// | `putler` | R and FM | FM = (F + M) / 2, halves kept | 76 of 125 have two or more: the first in the list names them |
///
/// Shopify publishes no rounding. Without rounding down, 8 of its 45 cells change their name and 3 of them, lively
/// customers such as R5 FM1.5, become `dormant`. Putler's `new`, `promising`, `cant_lose_them` and `lost` are
/// never given on scores from 1 to 5, since an earlier name covers each of their cells; they are listed so that
/// nobody waits for them in vain.
///
/// ```
/// use tenure_behaviour::rfm::{RfmScheme, RfmScore};
/// let score = RfmScore { recency: 4, frequency: 1, monetary: 2 };
/// let id = |scheme: RfmScheme| scheme.group(Some(score)).id;
/// assert_eq!(id(RfmScheme::Grid), "promising");
/// assert_eq!(id(RfmScheme::Shopify), "promising", "FM 1.5 is rounded down to 1");
/// assert_eq!(id(RfmScheme::Putler), "potential_loyalist");
/// assert_eq!(RfmScheme::Shopify.group(None).id, "prospect");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RfmScheme {
    /// The ten cells of recency and frequency; see [`RfmSegment`].
    #[default]
    Grid,
    /// Shopify's ten groups of recency and FM.
    Shopify,
    /// Putler's eleven groups of recency and FM, the first match in the published order.
    Putler,
}

/// A named group of customers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct RfmGroup {
    /// The name used in files, rules and on the wire; it never changes.
    pub id: &'static str,
    /// The name for people, in English.
    pub name: &'static str,
    /// The name for people, in Chinese.
    pub name_zh: &'static str,
}

impl RfmScheme {
    /// Every group that the scheme names, in the published order, those without an order last.
    #[must_use]
    pub fn groups(self) -> Vec<RfmGroup> {
        match self {
            Self::Grid => RfmSegment::ALL.map(RfmGroup::from).to_vec(),
            Self::Shopify => SHOPIFY.iter().map(|row| row.group).chain([PROSPECT]).collect(),
            Self::Putler => PUTLER.iter().map(|row| row.group).chain([PROSPECT]).collect(),
        }
    }

    /// The group of a customer with these scores, or of one without an order.
    ///
    /// A score outside 1 to 5 counts as the nearer end.
    #[must_use]
    pub fn group(self, score: Option<RfmScore>) -> RfmGroup {
        let Some(score) = score else { return PROSPECT };
        let held = |score: u8| score.clamp(1, 5);
        let recency = held(score.recency);
        let twice_fm = held(score.frequency) + held(score.monetary);
        let first = |table: &[Row], twice_fm| {
            table.iter().find(|row| row.covers(recency, twice_fm)).map_or(PROSPECT, |row| row.group)
        };
        match self {
            Self::Grid => RfmSegment::of(score).into(),
            Self::Shopify => first(&SHOPIFY, twice_fm / 2 * 2),
            Self::Putler => first(&PUTLER, twice_fm),
        }
    }
}

impl From<RfmSegment> for RfmGroup {
    fn from(segment: RfmSegment) -> Self {
        Self { id: segment.as_str(), name: segment.name(), name_zh: segment.name_zh() }
    }
}

/// A group and the scores that it covers, both ends included.
struct Row {
    group: RfmGroup,
    recency: [u8; 2],
    /// Frequency and monetary scores added up: twice FM, so that halves are whole.
    twice_fm: [u8; 2],
}

impl Row {
    fn covers(&self, recency: u8, twice_fm: u8) -> bool {
        let within = |value, [low, high]: [u8; 2]| (low..=high).contains(&value);
        within(recency, self.recency) && within(twice_fm, self.twice_fm)
    }
}

const fn row(
    id: &'static str,
    name: &'static str,
    name_zh: &'static str,
    recency: [u8; 2],
    twice_fm: [u8; 2],
) -> Row {
    Row { group: RfmGroup { id, name, name_zh }, recency, twice_fm }
}

const PROSPECT: RfmGroup = RfmGroup { id: "prospect", name: "Prospect", name_zh: "未购买客户" };

/// FM is whole here, so its doubles are even.
const SHOPIFY: [Row; 10] = [
    row("champions", "Champions", "冠军客户", [5, 5], [8, 10]),
    row("loyal", "Loyal", "忠诚客户", [3, 4], [8, 10]),
    row("active", "Active", "活跃客户", [4, 5], [4, 6]),
    row("new", "New", "新客户", [5, 5], [2, 2]),
    row("promising", "Promising", "有潜力客户", [4, 4], [2, 2]),
    row("needs_attention", "Needs attention", "需要关注客户", [3, 3], [6, 6]),
    row("almost_lost", "Almost lost", "即将流失客户", [3, 3], [2, 4]),
    row("at_risk", "At risk", "流失风险客户", [1, 2], [6, 8]),
    row("previously_loyal", "Previously loyal", "曾经忠诚客户", [1, 2], [10, 10]),
    row("dormant", "Dormant", "沉睡客户", [1, 2], [2, 4]),
];

const PUTLER: [Row; 11] = [
    row("champions", "Champions", "冠军客户", [4, 5], [8, 10]),
    row("loyal", "Loyal customers", "忠诚客户", [2, 5], [6, 10]),
    row("potential_loyalist", "Potential loyalist", "潜在忠诚客户", [3, 5], [2, 6]),
    row("new", "Recent customers", "新客户", [4, 5], [0, 2]),
    row("promising", "Promising", "有潜力客户", [3, 4], [0, 2]),
    row("need_attention", "Customers needing attention", "需要关注客户", [2, 3], [4, 6]),
    row("about_to_sleep", "About to sleep", "即将沉睡客户", [2, 3], [0, 4]),
    row("at_risk", "At risk", "流失风险客户", [0, 2], [4, 10]),
    row("cant_lose_them", "Can't lose them", "不能失去的客户", [0, 1], [8, 10]),
    row("hibernating", "Hibernating", "冬眠客户", [1, 2], [2, 4]),
    row("lost", "Lost", "流失客户", [0, 2], [0, 4]),
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn scores(lowest: u8) -> impl Iterator<Item = RfmScore> {
        (lowest..=5).flat_map(move |recency| {
            (lowest..=5).flat_map(move |frequency| {
                (lowest..=5).map(move |monetary| RfmScore { recency, frequency, monetary })
            })
        })
    }

    fn matches(table: &[Row], score: RfmScore) -> Vec<&'static str> {
        let twice_fm = score.frequency + score.monetary;
        let rows = table.iter().filter(|row| row.covers(score.recency, twice_fm));
        rows.map(|row| row.group.id).collect()
    }

    /// Cells with two names or more, cells with none, and names that a first match never gives.
    fn facts(lowest: u8) -> (usize, usize, Vec<&'static str>) {
        let all: Vec<_> = scores(lowest).map(|score| matches(&PUTLER, score)).collect();
        let given: BTreeSet<_> = all.iter().filter_map(|names| names.first().copied()).collect();
        let never = PUTLER.iter().map(|row| row.group.id).filter(|id| !given.contains(id)).collect();
        (
            all.iter().filter(|names| names.len() > 1).count(),
            all.iter().filter(|n| n.is_empty()).count(),
            never,
        )
    }

    #[test]
    fn putlers_table_is_no_partition() {
        let never = vec!["new", "promising", "cant_lose_them", "lost"];
        assert_eq!(facts(1), (76, 0, never.clone()), "125 cells of scores from 1 to 5");
        assert_eq!(facts(0), (122, 0, vec!["cant_lose_them"]), "216 cells of scores from 0 to 5");
        let given: BTreeSet<_> = scores(1).map(|score| RfmScheme::Putler.group(Some(score)).id).collect();
        assert!(never.iter().all(|id| !given.contains(id)) && given.len() == 7);
    }

    #[test]
    fn the_vignette_of_the_r_package_leaves_cells_without_a_name() {
        // It applies Putler's ranges to F and M apart, and has no Hibernating.
        let named = |score: RfmScore| {
            let rows = PUTLER.iter().filter(|row| row.group.id != "hibernating");
            let both = |row: &&Row| {
                row.covers(score.recency, 2 * score.frequency)
                    && row.covers(score.recency, 2 * score.monetary)
            };
            rows.filter(both).count()
        };
        let counts: Vec<_> = scores(1).map(named).collect();
        assert_eq!(counts.iter().filter(|count| **count == 0).count(), 36);
        assert_eq!(counts.iter().filter(|count| **count > 1).count(), 39);
    }

    /// Shopify's groups as published, for any FM, whole or not.
    fn published(recency: u8, fm: f64) -> &'static str {
        match recency {
            5 if fm > 3.0 => "champions",
            3 | 4 if fm > 3.0 => "loyal",
            4 | 5 if (2.0..=3.0).contains(&fm) => "active",
            5 if fm <= 1.0 => "new",
            4 if fm <= 1.0 => "promising",
            3 if fm == 3.0 => "needs_attention",
            3 if fm <= 2.0 => "almost_lost",
            1 | 2 if (3.0..=4.0).contains(&fm) => "at_risk",
            1 | 2 if fm > 4.0 => "previously_loyal",
            _ => "dormant",
        }
    }

    #[test]
    fn shopifys_groups_are_those_published_with_halves_rounded_down() {
        let (mut changed, mut wrongly_dormant) = (BTreeSet::new(), BTreeSet::new());
        for score in scores(1) {
            let fm = f64::from(score.frequency + score.monetary) / 2.0;
            let given = RfmScheme::Shopify.group(Some(score)).id;
            assert_eq!(given, published(score.recency, fm.floor()), "{score:?}");
            let cell = (score.recency, score.frequency + score.monetary);
            if given != published(score.recency, fm) {
                changed.insert(cell);
            }
            if given != "dormant" && published(score.recency, fm) == "dormant" {
                wrongly_dormant.insert(cell);
            }
        }
        assert_eq!((changed.len(), wrongly_dormant.len()), (8, 3));
    }

    #[test]
    fn every_scheme_lists_each_group_once_and_gives_no_other() {
        for (scheme, count) in [(RfmScheme::Grid, 11), (RfmScheme::Shopify, 11), (RfmScheme::Putler, 12)] {
            let ids: BTreeSet<_> = scheme.groups().iter().map(|group| group.id).collect();
            let chinese: BTreeSet<_> = scheme.groups().iter().map(|group| group.name_zh).collect();
            assert_eq!((ids.len(), chinese.len()), (count, count), "{scheme:?}");
            for score in scores(0) {
                assert!(ids.contains(scheme.group(Some(score)).id));
            }
            assert_eq!(scheme.group(None).id, "prospect");
            let json = serde_json::to_string(&scheme).unwrap();
            assert_eq!(serde_json::from_str::<RfmScheme>(&json).unwrap(), scheme);
        }
    }
}
