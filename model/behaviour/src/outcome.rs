//! What a customer did in the window that a prediction was about.

use tenure_core::{AsOf, Duration, Horizon, Money, Timestamp};

use crate::{OccasionRule, OrderHistory, SummaryRule};

/// One customer's purchases over `[as_of, until)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Purchase occasions: orders of one day are one where the rule says so.
    pub occasions: u32,
    /// Spend less refunds; held at the ends of 64 bits.
    pub net_spend: Money,
}

impl Outcome {
    /// What happened from the as-of, which belongs to the window, to `until`, which does not.
    ///
    /// ```
    /// use tenure_behaviour::{OccasionRule, OrderHistory, Outcome, SummaryRule};
    /// use tenure_core::{AsOf, Currency, EventKind, Money, TimeZone, Timestamp};
    /// let rule = SummaryRule { occasion: OccasionRule::Day, time_zone: TimeZone::utc() };
    /// let day = |text: &str| Timestamp::parse(text, &rule.time_zone);
    /// let mut history = OrderHistory::new(Currency::USD);
    /// for at in ["2024-01-01", "2024-01-15T08:00", "2024-01-15T20:00"] {
    ///     history.record(&EventKind::Order, day(at)?, Money::parse("10", Currency::USD)?)?;
    /// }
    /// let outcome = Outcome::of(&history, AsOf::new(day("2024-01-10")?), day("2024-02-01")?, &rule);
    /// assert_eq!((outcome.occasions, outcome.net_spend.major_units()), (1, 20.0));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn of(history: &OrderHistory, as_of: AsOf, until: Timestamp, rule: &SummaryRule) -> Self {
        let entries = history.entries();
        let from = entries.partition_point(|(at, _)| as_of.knows(*at));
        let window = entries[from..].iter().take_while(|(at, _)| *at < until);
        let (mut occasions, mut last, mut minor_units) = (0, None, 0_i64);
        for (at, minor) in window {
            minor_units = minor_units.saturating_add(*minor);
            let occasion = Some(rule.occasion_of(*at));
            if *minor >= 0 && (occasion != last || rule.occasion == OccasionRule::Order) {
                occasions += 1;
                last = occasion;
            }
        }
        Self { occasions, net_spend: Money::from_minor_units(minor_units, history.currency()) }
    }

    /// Whether a file whose last event is of `last_event` tells what happened in the whole horizon.
    ///
    /// A shop may be quiet at the end of its file: the last tenth of the horizon, at most a week, may be missing.
    #[must_use]
    pub fn is_known(last_event: Timestamp, as_of: AsOf, horizon: Horizon) -> bool {
        let until = as_of.instant().saturating_add(horizon.length());
        let tenth =
            Duration::from_microseconds(horizon.length().microseconds() / 10).unwrap_or(Duration::ZERO);
        let grace = tenth.min(Duration::from_days(7));
        last_event >= as_of.instant() && last_event.saturating_add(grace) >= until
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tenure_core::{Currency, EventKind, TimeZone};

    fn at(days: f64) -> Timestamp {
        Timestamp::from_microseconds((days * 86_400e6) as i64).unwrap()
    }

    #[track_caller]
    fn check(rule: OccasionRule, from: f64, until: f64, occasions: u32, minor_units: i64) {
        let mut history = OrderHistory::new(Currency::USD);
        for (day, minor) in [(1.0, 1_000), (5.0, 2_000), (5.5, 100), (6.0, -400), (9.0, 4_000)] {
            let kind = if minor < 0 { EventKind::Refund } else { EventKind::Order };
            history.record(&kind, at(day), Money::from_minor_units(minor, Currency::USD)).unwrap();
        }
        let rule = SummaryRule { occasion: rule, time_zone: TimeZone::utc() };
        let seen = Outcome::of(&history, AsOf::new(at(from)), at(until), &rule);
        assert_eq!((seen.occasions, seen.net_spend.minor_units()), (occasions, minor_units));
    }

    #[test]
    fn begins_with_the_as_of_and_ends_before_its_end() {
        check(OccasionRule::Day, 5.0, 9.0, 1, 1_700);
        check(OccasionRule::Order, 5.0, 9.0, 2, 1_700);
        check(OccasionRule::Day, 5.2, 6.0, 1, 100);
        check(OccasionRule::Day, 6.0, 7.0, 0, -400);
        check(OccasionRule::Day, 10.0, 99.0, 0, 0);
    }

    #[test]
    fn is_known_up_to_a_tenth_of_the_horizon_and_a_week() {
        let known = |last: f64, days: u32| {
            let horizon = Horizon::new(Duration::from_days(days)).unwrap();
            Outcome::is_known(at(last), AsOf::new(at(100.0)), horizon)
        };
        assert!(known(130.0, 30) && known(127.0, 30) && !known(126.9, 30), "three days of thirty");
        assert!(known(458.0, 365) && !known(457.9, 365), "seven days of a year");
        assert!(!known(99.0, 1), "nothing after the as-of");
    }
}
