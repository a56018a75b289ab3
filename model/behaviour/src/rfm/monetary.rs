//! What the M of RFM measures.

use serde::{Deserialize, Serialize};
use tenure_core::{AsOf, Duration, Money};

use super::RfmValues;
use crate::{OrderHistory, PurchaseSummary};

/// What the monetary score is made of: the field means three different things by it.
///
/// Refunds are deducted in each. `rfm(monetary)` of the [language](crate::language) scores the total, so cuts that were
/// fitted on another measure are for [`RfmCutPoints::score_values`](super::RfmCutPoints::score_values) only.
///
/// ```
/// use tenure_behaviour::rfm::RfmMonetary;
/// let windowed: RfmMonetary = serde_json::from_str(r#"{"windowed": "365d"}"#)?;
/// assert_eq!(windowed, RfmMonetary::Windowed("365d".parse()?));
/// assert_eq!(RfmMonetary::default(), RfmMonetary::Total);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RfmMonetary {
    /// All that the customer ever spent.
    #[default]
    Total,
    /// Total spend by purchase occasion, rounded down to a minor unit.
    Average,
    /// What was spent within `[as_of - length, as_of)`; a refund counts when it happened.
    Windowed(Duration),
}

impl RfmMonetary {
    /// The three measures of a customer with this summary, taken of this history at this as-of.
    #[must_use]
    pub fn values(self, summary: &PurchaseSummary, history: &OrderHistory, as_of: AsOf) -> RfmValues {
        let total = summary.net_spend;
        let monetary = match self {
            Self::Total => total,
            Self::Average => {
                let minor = total.minor_units().div_euclid(i64::from(summary.occasions()));
                Money::from_minor_units(minor, total.currency())
            }
            Self::Windowed(length) => {
                let start = as_of.instant().saturating_sub(length);
                let entries = history.entries();
                let first = entries.partition_point(|(at, _)| *at < start);
                let known = entries.iter().skip(first).take_while(|(at, _)| as_of.knows(*at));
                let minor = known.fold(0_i64, |sum, (_, minor)| sum.saturating_add(*minor));
                Money::from_minor_units(minor, total.currency())
            }
        };
        RfmValues { monetary, ..RfmValues::from(summary) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{OccasionRule, SummaryRule};
    use tenure_core::{Currency, EventKind, TimeZone, Timestamp};

    #[test]
    fn the_same_history_by_each_of_the_three() {
        let rule = SummaryRule { occasion: OccasionRule::Day, time_zone: TimeZone::utc() };
        let at = |text: &str| Timestamp::parse(text, &rule.time_zone).unwrap();
        let mut history = OrderHistory::new(Currency::USD);
        let mut record = |kind: &EventKind, day: &str, minor| {
            history.record(kind, at(day), Money::from_minor_units(minor, Currency::USD)).unwrap();
        };
        record(&EventKind::Order, "2024-01-01", 10_000);
        record(&EventKind::Order, "2024-05-02", 2_000);
        record(&EventKind::Order, "2024-05-30", 3_000);
        record(&EventKind::Refund, "2024-05-31", -500);
        record(&EventKind::Order, "2024-06-01", 70_000);
        let as_of = AsOf::new(at("2024-06-01"));
        let summary = PurchaseSummary::of(&history, as_of, &rule).unwrap().unwrap();
        let minor = |monetary: RfmMonetary| monetary.values(&summary, &history, as_of).monetary.minor_units();
        assert_eq!(minor(RfmMonetary::Total), 14_500);
        assert_eq!(minor(RfmMonetary::Average), 4_833, "three occasions, rounded down");
        assert_eq!(minor(RfmMonetary::Windowed(Duration::from_days(30))), 4_500, "its start is inside");
        assert_eq!(minor(RfmMonetary::Windowed(Duration::from_days(29))), 2_500);
        assert_eq!(minor(RfmMonetary::Windowed(Duration::ZERO)), 0);
    }
}
