//! What the models read of a history: how often, how long ago, how much.

use serde::{Deserialize, Serialize};
use tenure_core::{AsOf, Duration, Money, TimeZone, Timestamp, Weeks};

use crate::{BehaviourError, OrderHistory};

/// What counts as one purchase occasion.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OccasionRule {
    /// All orders of one customer on one local day are one occasion, which happens at that day's start.
    ///
    /// The convention of the papers, and the default: a parcel split in two is one decision to buy.
    #[default]
    Day,
    /// Every order is an occasion, at its own instant.
    Order,
}

/// How histories are summed up: kept in the bundle, so that serving repeats what training did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SummaryRule {
    /// What counts as one purchase occasion.
    pub occasion: OccasionRule,
    /// Where a day begins.
    pub time_zone: TimeZone,
}

impl SummaryRule {
    /// When the occasion to which an order belongs happened.
    #[must_use]
    pub fn occasion_of(&self, instant: Timestamp) -> Timestamp {
        match self.occasion {
            OccasionRule::Order => instant,
            OccasionRule::Day => self.time_zone.start_of_day(instant),
        }
    }
}

/// One customer's purchases before an as-of, as the buy-till-you-die models see them.
///
/// Names follow Fader, Hardie and Lee (2005): `frequency` is x, the number of *repeat* occasions;
/// `recency_age` is `t_x`, the customer's age at the last occasion (not the time since it); `age` is T.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PurchaseSummary {
    /// Repeat purchase occasions: all but the first.
    pub frequency: u32,
    /// Age at the last occasion, in weeks; zero when `frequency` is zero.
    pub recency_age: Weeks,
    /// Age at the as-of, in weeks: the time since the first occasion.
    pub age: Weeks,
    /// Sum of the natural logarithms of the times between neighbouring occasions, in weeks: with `frequency` and
    /// `recency_age` all that the times say of how regular the customer is. Zero when `frequency` is zero; what
    /// lies less than an hour apart counts as an hour apart.
    pub log_gaps: f64,
    /// The first order, exactly.
    pub first_order_at: Timestamp,
    /// The latest order, exactly.
    pub last_order_at: Timestamp,
    /// Time from the latest order to the as-of, exactly.
    pub since_last: Duration,
    /// Spend on all occasions, less refunds; may be negative.
    pub net_spend: Money,
    /// Spend on the first occasion, less refunds before the second; may be negative.
    pub first_spend: Money,
}

/// An hour: what lies closer together was one visit, and a pair of equal stamps must not refute that a customer is
/// regular.
const SHORTEST_GAP_WEEKS: f64 = 1.0 / 168.0;

impl PurchaseSummary {
    /// Sums up what `history` holds before `as_of`; `None` where that is no order.
    ///
    /// # Errors
    /// When the spend leaves 64 bits of minor units.
    pub fn of(
        history: &OrderHistory,
        as_of: AsOf,
        rule: &SummaryRule,
    ) -> Result<Option<Self>, BehaviourError> {
        let known = history.entries().partition_point(|(at, _)| as_of.knows(*at));
        let entries = &history.entries()[..known];
        let mut later = entries.iter().filter(|(_, minor)| *minor >= 0);
        let Some((first_order_at, _)) = later.next().copied() else {
            return Ok(None);
        };
        let first = rule.occasion_of(first_order_at);
        let (mut last, mut last_order_at, mut frequency, mut log_gaps) = (first, first_order_at, 0, 0.0);
        for (at, _) in later {
            if *at == last_order_at && rule.occasion == OccasionRule::Day {
                // Another line of the same invoice.
                continue;
            }
            let occasion = rule.occasion_of(*at);
            if occasion != last || rule.occasion == OccasionRule::Order {
                frequency += 1;
                log_gaps += occasion.since(last).weeks().get().max(SHORTEST_GAP_WEEKS).ln();
                last = occasion;
            }
            last_order_at = *at;
        }
        // Up to the second occasion: what was sent back before it was bought on the first.
        let mut orders_seen = 0;
        let in_first = |(at, minor): &&(Timestamp, i64)| {
            orders_seen += u32::from(*minor >= 0);
            *minor < 0
                || match rule.occasion {
                    OccasionRule::Day => rule.occasion_of(*at) == first,
                    // Not all orders at that instant: the others are repeat occasions.
                    OccasionRule::Order => orders_seen <= 1,
                }
        };
        let after_first = entries.iter().skip_while(|(_, minor)| *minor < 0);
        let first_minor: i128 = after_first.take_while(in_first).map(|(_, minor)| i128::from(*minor)).sum();
        let net_minor: i128 = entries.iter().map(|(_, minor)| i128::from(*minor)).sum();
        let money = |minor: i128| {
            let minor = i64::try_from(minor).map_err(|_| BehaviourError::SpendOverflow)?;
            Ok(Money::from_minor_units(minor, history.currency()))
        };
        Ok(Some(Self {
            frequency,
            recency_age: last.since(first).weeks(),
            age: as_of.instant().since(first).weeks(),
            log_gaps,
            first_order_at,
            last_order_at,
            since_last: as_of.instant().since(last_order_at),
            net_spend: money(net_minor)?,
            first_spend: money(first_minor)?,
        }))
    }

    /// All purchase occasions, the first among them.
    #[must_use]
    pub const fn occasions(&self) -> u32 {
        self.frequency.saturating_add(1)
    }

    /// Net spend per occasion, in major units.
    #[must_use]
    pub fn mean_spend(&self) -> f64 {
        self.net_spend.major_units() / f64::from(self.occasions())
    }

    /// Net spend per *repeat* occasion in major units: the `monetary_value` of the Gamma-Gamma papers.
    ///
    /// Zero where there is no repeat occasion or refunds ate it up.
    #[must_use]
    pub fn mean_repeat_spend(&self) -> f64 {
        if self.frequency == 0 {
            return 0.0;
        }
        let repeat = self.net_spend.major_units() - self.first_spend.major_units();
        (repeat / f64::from(self.frequency)).max(0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;
    use tenure_core::{Currency, EventKind};

    const DAY_US: i64 = 86_400_000_000;

    fn rule(occasion: OccasionRule, zone: &str) -> SummaryRule {
        SummaryRule { occasion, time_zone: zone.parse().unwrap() }
    }

    fn instant(text: &str) -> Timestamp {
        Timestamp::parse(text, &TimeZone::utc()).unwrap()
    }

    fn record(history: &mut OrderHistory, at: Timestamp, minor: i64) {
        let kind = if minor < 0 { EventKind::Refund } else { EventKind::Order };
        history.record(&kind, at, Money::from_minor_units(minor, Currency::USD)).unwrap();
    }

    fn summary(events: &[(&str, i64)], as_of: &str, rule: &SummaryRule) -> Option<PurchaseSummary> {
        let mut history = OrderHistory::new(Currency::USD);
        for (at, minor) in events {
            record(&mut history, instant(at), *minor);
        }
        PurchaseSummary::of(&history, AsOf::new(instant(as_of)), rule).unwrap()
    }

    fn by_day(events: &[(&str, i64)], as_of: &str) -> PurchaseSummary {
        summary(events, as_of, &rule(OccasionRule::Day, "UTC")).unwrap()
    }

    #[test]
    fn two_orders_on_one_day_are_one_occasion() {
        let events = [("2024-01-01T08:00Z", 10), ("2024-01-01T20:00Z", 5), ("2024-01-15T12:00Z", 7)];
        let by_day = by_day(&events, "2024-01-29");
        assert_eq!((by_day.frequency, by_day.occasions()), (1, 2));
        // Occasions happen at the start of their day: two weeks between, four to the as-of.
        assert_eq!((by_day.recency_age.get(), by_day.age.get()), (2.0, 4.0));
        assert_eq!(by_day.first_order_at, instant("2024-01-01T08:00Z"));
        assert_eq!(by_day.last_order_at, instant("2024-01-15T12:00Z"));
        assert_eq!(by_day.since_last.microseconds(), 27 * DAY_US / 2);
        assert_eq!((by_day.net_spend.minor_units(), by_day.first_spend.minor_units()), (22, 15));

        let by_order = summary(&events, "2024-01-29", &rule(OccasionRule::Order, "UTC")).unwrap();
        assert_eq!((by_order.frequency, by_order.first_spend.minor_units()), (2, 10));
    }

    #[test]
    fn gaps_lie_between_occasions() {
        let events = [("2024-01-01T08:00Z", 10), ("2024-01-01T20:00Z", 5), ("2024-01-15T12:00Z", 7)];
        assert_eq!(by_day(&events, "2024-01-29").log_gaps, 2.0_f64.ln(), "of days");
        let each = rule(OccasionRule::Order, "UTC");
        let by_order = summary(&events, "2024-01-29", &each).unwrap();
        // Half a day, and a fortnight less eight hours.
        let expected = (0.5_f64 / 7.0).ln() + ((14.0 - 8.0 / 24.0) / 7.0_f64).ln();
        assert!((by_order.log_gaps - expected).abs() < 1e-12);
        let at = "2024-01-01T08:00Z";
        let twice = summary(&[(at, 3), (at, 7)], "2024-01-08", &each).unwrap();
        assert_eq!(twice.log_gaps, (1.0_f64 / 168.0).ln(), "an hour at least");
        assert_eq!(by_day(&events[..1], "2024-01-29").log_gaps, 0.0);
    }

    #[test]
    fn a_day_is_a_day_of_the_shop() {
        // 23:00 and 01:00 in London are 07:00 and 09:00 of one day in Shanghai.
        let events = [("2024-01-01T23:00Z", 10), ("2024-01-02T01:00Z", 5)];
        assert_eq!(by_day(&events, "2024-01-03").frequency, 1);
        let shanghai = rule(OccasionRule::Day, "Asia/Shanghai");
        let there = summary(&events, "2024-01-08T16:00Z", &shanghai).unwrap();
        assert_eq!((there.frequency, there.first_spend.minor_units()), (0, 15));
        // From midnight in Shanghai, 2024-01-01T16:00Z.
        assert_eq!(Ok(there.age), Weeks::new(1.0));
    }

    #[test]
    fn an_order_at_the_as_of_is_not_known() {
        let at = "2024-01-05T10:00:00Z";
        assert_eq!(summary(&[(at, 10)], at, &rule(OccasionRule::Day, "UTC")), None);
        let after = by_day(&[(at, 10)], "2024-01-05T10:00:00.000001Z");
        assert_eq!(after.since_last.microseconds(), 1);
        assert_eq!((after.frequency, after.recency_age), (0, Weeks::ZERO));
    }

    #[test]
    fn only_refunds_before_the_as_of_count() {
        let events = [("2024-01-01", 100), ("2024-01-10", -30), ("2024-01-20", -60)];
        assert_eq!(by_day(&events, "2024-01-10").net_spend.minor_units(), 100);
        assert_eq!(by_day(&events, "2024-01-15").net_spend.minor_units(), 70);
        let late = by_day(&events, "2024-02-01");
        assert_eq!((late.net_spend.minor_units(), late.first_spend.minor_units()), (10, 10));
        assert_eq!((late.frequency, late.since_last.days()), (0, 31.0), "a refund is no purchase");
    }

    #[test]
    fn a_refund_without_an_order_is_no_customer_yet() {
        let events = [("2024-01-01", -30), ("2024-01-10", 100)];
        assert_eq!(summary(&events, "2024-01-05", &rule(OccasionRule::Day, "UTC")), None);
        assert_eq!(by_day(&events, "2024-01-15").net_spend.minor_units(), 70);
    }

    #[test]
    fn repeat_spend_leaves_the_first_occasion_out() {
        let events = [("2024-01-01", 9_900), ("2024-01-08", 1_000), ("2024-01-15", 3_000)];
        let three = by_day(&events, "2024-02-01");
        assert_eq!((three.mean_repeat_spend(), three.mean_spend()), (20.0, 139.0 / 3.0));
        let one = by_day(&events[..1], "2024-02-01");
        assert_eq!((one.mean_repeat_spend(), one.mean_spend()), (0.0, 99.0));
        let eaten = [("2024-01-01", 1_000), ("2024-01-08", 1_000), ("2024-01-09", -1_500)];
        let eaten = by_day(&eaten, "2024-02-01");
        assert_eq!((eaten.mean_repeat_spend(), eaten.mean_spend()), (0.0, 2.5));
    }

    #[test]
    fn a_refund_belongs_to_the_occasion_before_it() {
        let events =
            [("2024-01-01", 10_000), ("2024-01-03", -10_000), ("2024-01-08", 2_000), ("2024-01-15", 2_000)];
        let returned = by_day(&events, "2024-02-01");
        assert_eq!((returned.first_spend.minor_units(), returned.mean_repeat_spend()), (0, 20.0));
    }

    #[test]
    fn of_two_orders_at_one_instant_the_second_is_a_repeat_where_every_order_counts() {
        let at = "2024-01-01T08:00Z";
        let both = summary(&[(at, 300), (at, 700)], "2024-01-08", &rule(OccasionRule::Order, "UTC")).unwrap();
        assert_eq!((both.frequency, both.recency_age), (1, Weeks::ZERO));
        assert_eq!((both.first_spend.minor_units(), both.mean_repeat_spend()), (700, 3.0));
    }

    #[test]
    fn only_a_total_beyond_64_bits_overflows() {
        let mut history = OrderHistory::new(Currency::USD);
        let as_of = AsOf::new(instant("2024-02-01"));
        let rule = rule(OccasionRule::Day, "UTC");
        record(&mut history, instant("2024-01-01"), i64::MAX);
        record(&mut history, instant("2024-01-03"), 1);
        assert_eq!(PurchaseSummary::of(&history, as_of, &rule), Err(BehaviourError::SpendOverflow));
        record(&mut history, instant("2024-01-05"), -1);
        let whole = PurchaseSummary::of(&history, as_of, &rule).unwrap().unwrap();
        assert_eq!(whole.net_spend.minor_units(), i64::MAX);
    }

    /// Says the same as [`PurchaseSummary::of`] in other words: dates in a set, no order relied on.
    fn brute_force(
        events: &[(i64, i64)],
        as_of_us: i64,
        rule: &SummaryRule,
    ) -> Option<(u32, f64, f64, f64, i64, i64)> {
        let start = |us: i64| {
            let at = Timestamp::from_microseconds(us).unwrap();
            match rule.occasion {
                OccasionRule::Order => at,
                OccasionRule::Day => {
                    Timestamp::parse(&rule.time_zone.date(at).to_string(), &rule.time_zone).unwrap()
                }
            }
        };
        let known = || events.iter().filter(|(us, _)| *us < as_of_us);
        let orders: Vec<(i64, i64)> = known().filter(|(_, minor)| *minor >= 0).copied().collect();
        let mut starts: Vec<i64> = orders.iter().map(|(us, _)| start(*us).microseconds()).collect();
        starts.sort_unstable();
        if rule.occasion == OccasionRule::Day {
            starts.dedup();
        }
        let (first, last) = (*starts.first()?, *starts.last()?);
        let bought: i64 = match rule.occasion {
            OccasionRule::Day => orders
                .iter()
                .filter(|(us, _)| start(*us).microseconds() == first)
                .map(|(_, minor)| minor)
                .sum(),
            OccasionRule::Order => {
                *orders.iter().filter(|(us, _)| *us == first).map(|(_, minor)| minor).max()?
            }
        };
        let mut instants: Vec<i64> = orders.iter().map(|(us, _)| *us).collect();
        instants.sort_unstable();
        let second = match rule.occasion {
            OccasionRule::Day => instants.iter().find(|us| start(**us).microseconds() != first).copied(),
            OccasionRule::Order => instants.get(1).copied(),
        };
        let returned: i64 = known()
            .filter(|(us, minor)| {
                *minor < 0 && *us >= instants[0] && second.is_none_or(|second| *us < second)
            })
            .map(|(_, minor)| minor)
            .sum();
        let first_spend = bought + returned;
        let weeks = |us: i64| us as f64 / (7.0 * DAY_US as f64);
        let net_spend = known().map(|(_, minor)| minor).sum();
        let gap = |pair: &[i64]| ((pair[1] - pair[0]) as f64 / (7.0 * DAY_US as f64)).max(1.0 / 168.0).ln();
        let log_gaps = starts.windows(2).map(gap).fold(0.0, |sum, gap| sum + gap);
        let (recency_age, age) = (weeks(last - first), weeks(as_of_us - first));
        Some((starts.len() as u32 - 1, recency_age, age, log_gaps, net_spend, first_spend))
    }

    fn events() -> impl Strategy<Value = Vec<(i64, i64)>> {
        // Half hours over six days around the night on which Berlin's clocks change.
        let at = (0..6 * 48_i64).prop_map(|half_hours| 1_711_670_400_000_000 + half_hours * DAY_US / 48);
        vec((at, -20..100_i64), 0..14)
    }

    proptest! {
        #[test]
        fn agrees_with_brute_force_in_any_order_of_arrival(
            (events, shuffled) in events().prop_flat_map(|all| (Just(all.clone()), Just(all).prop_shuffle())),
            as_of_half_hours in -1..7 * 48_i64,
            by_order in any::<bool>(),
            zone in prop_oneof![Just("UTC"), Just("Europe/Berlin"), Just("Asia/Shanghai")],
        ) {
            let as_of_us = 1_711_670_400_000_000 + as_of_half_hours * DAY_US / 48;
            let rule = rule(if by_order { OccasionRule::Order } else { OccasionRule::Day }, zone);
            let recorded = |events: &[(i64, i64)]| {
                let mut history = OrderHistory::new(Currency::USD);
                for (us, minor) in events {
                    record(&mut history, Timestamp::from_microseconds(*us).unwrap(), *minor);
                }
                history
            };
            let of = |events: &[(i64, i64)]| {
                let history = recorded(events);
                PurchaseSummary::of(&history, AsOf::new(Timestamp::from_microseconds(as_of_us).unwrap()), &rule).unwrap()
            };
            let summary = of(&events);
            prop_assert_eq!(summary, of(&shuffled));
            let as_of = AsOf::new(Timestamp::from_microseconds(as_of_us).unwrap());
            prop_assert_eq!(summary.is_some(), recorded(&events).has_order_before(as_of));
            let seen = summary.map(|s| {
                let spend = (s.net_spend.minor_units(), s.first_spend.minor_units());
                (s.frequency, s.recency_age.get(), s.age.get(), s.log_gaps, spend.0, spend.1)
            });
            prop_assert_eq!(seen, brute_force(&events, as_of_us, &rule));
            if let Some(s) = summary {
                prop_assert!(s.recency_age <= s.age);
                prop_assert!(s.first_order_at <= s.last_order_at);
                prop_assert_eq!(s.last_order_at.microseconds() + s.since_last.microseconds(), as_of_us);
            }
        }
    }
}
