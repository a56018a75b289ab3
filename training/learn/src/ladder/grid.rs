//! The dates at which the shop is looked at: snapshots whose whole outcome lies before the as-of.

use tenure_behaviour::SummaryRule;
use tenure_core::{AsOf, Duration, Horizon, Timestamp};

const YEAR_DAYS: f64 = 365.0;

/// Snapshots at most: two years of months.
const MOST: usize = 24;

/// Dates nearer to each other than this, in days, see the same.
const SHORTEST_STEP: f64 = 7.0;

/// A customer known for less than this has shown too little to learn from.
const SHORTEST_DAYS: f64 = 30.0;

/// A date with a whole outcome behind it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Date {
    pub(crate) as_of: AsOf,
    /// How much of a year of history lay before it, from 0 to 1.
    pub(crate) maturity: f64,
}

/// Shares of a year of history between which a date's level turns from that of an opening into that of a season.
const OPENING: f64 = 0.40;
const SEASON: f64 = 0.65;
/// How much of a season's level comes again a year later.
const COMES_AGAIN: f64 = 0.9;

impl Date {
    /// How much its level is to be trusted a year later, from 0 to 1.
    pub(crate) fn trust(&self) -> f64 {
        COMES_AGAIN * ((self.maturity - OPENING) / (SEASON - OPENING)).clamp(0.0, 1.0)
    }
}

/// How long a shop must have been known at a date to learn from, in days.
pub(crate) fn shortest_days(horizon: Horizon) -> f64 {
    SHORTEST_DAYS.max(horizon.length().days() / 4.0)
}

/// Dates from the newest back, evenly spaced by about a third of the horizon, or wider where horizons are short, such
/// that one of them lies a year before the as-of where the history goes back so far: that one has seen the season that
/// is asked for.
pub(crate) fn dates(first: Timestamp, as_of: AsOf, horizon: Horizon, rule: &SummaryRule) -> Vec<Date> {
    let days = horizon.length().days();
    let about = (days / 3.0).max(SHORTEST_STEP);
    let to_last_year = YEAR_DAYS - days;
    // As many steps as fit, and no more dates than there may be.
    let steps = (to_last_year / about).round().clamp(1.0, (MOST - 1) as f64);
    let step = if to_last_year >= SHORTEST_STEP { to_last_year / steps } else { about };
    let at = |index: usize| {
        let back =
            Duration::from_microseconds(((days + step * index as f64) * 86_400e6).round() as i64).ok()?;
        let date = rule.time_zone.start_of_day(as_of.instant().saturating_sub(back));
        // Rounding to the start of a day may not move the outcome past the as-of.
        let known = date.since(first).days();
        let whole = date.saturating_add(horizon.length()) <= as_of.instant();
        (whole && date > first && known >= shortest_days(horizon))
            .then(|| Date { as_of: AsOf::new(date), maturity: (known / YEAR_DAYS).min(1.0) })
    };
    let mut all: Vec<Date> = (0..MOST).map_while(at).collect();
    all.dedup_by_key(|date| date.as_of);
    all
}

/// The date a year before `as_of`, if there is one within `slack`.
pub(crate) fn year_before(all: &[Date], as_of: AsOf, slack: Duration) -> Option<usize> {
    let year = Duration::from_days(YEAR_DAYS as u32);
    let wanted = as_of.instant().saturating_sub(year).microseconds();
    let distance = |date: &Date| (date.as_of.instant().microseconds() - wanted).abs();
    let best = (0..all.len()).min_by_key(|at| distance(&all[*at]))?;
    (distance(&all[best]) <= slack.microseconds()).then_some(best)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{horizon, rule};

    fn found(first: &str, as_of: &str, days: u32) -> Vec<Date> {
        let instant = |text: &str| Timestamp::parse(text, &rule().time_zone).unwrap();
        dates(instant(first), AsOf::new(instant(as_of)), horizon(days), &rule())
    }

    #[test]
    fn outcomes_are_whole_and_one_date_lies_a_year_before() {
        let all = found("2020-01-01", "2022-06-15", 90);
        assert_eq!(all[0].as_of.to_string(), "2022-03-17T00:00:00Z");
        let as_of = AsOf::new(Timestamp::parse("2022-06-15", &rule().time_zone).unwrap());
        let last = year_before(&all, as_of, Duration::from_days(3)).unwrap();
        assert_eq!(all[last].as_of.to_string(), "2021-06-15T00:00:00Z");
        assert!(all.is_sorted_by(|later, earlier| later.as_of > earlier.as_of));
        assert!((all[last].maturity - 1.0).abs() < 1e-12);
    }

    #[test]
    fn every_horizon_below_a_year_has_seen_the_season_that_is_asked_for() {
        let as_of = AsOf::new(Timestamp::parse("2024-06-15", &rule().time_zone).unwrap());
        for days in [7, 14, 30, 41, 60, 120, 240, 300, 330, 350, 365] {
            let all = found("2020-01-01", "2024-06-15", days);
            let last = year_before(&all, as_of, Duration::from_days(1)).map(|at| all[at].as_of.to_string());
            assert_eq!(last.as_deref(), Some("2023-06-16T00:00:00Z"), "{days}");
        }
    }

    #[test]
    fn an_opening_tells_nothing_of_next_year_and_a_season_most() {
        let trust = |maturity: f64| Date { as_of: AsOf::new(crate::sample::day(0.0)), maturity }.trust();
        assert_eq!([trust(0.1), trust(0.4), trust(0.65), trust(1.0)], [0.0, 0.0, 0.9, 0.9]);
        assert!((trust(0.525) - 0.45).abs() < 1e-12);
    }

    #[test]
    fn a_history_shorter_than_the_horizon_has_none() {
        assert!(found("2020-01-01", "2020-07-01", 273).is_empty());
        assert_eq!(
            found("2020-01-01", "2020-12-31", 330).len(),
            0,
            "a month is not a quarter of the horizon"
        );
        assert_eq!(found("2020-01-01", "2020-05-01", 60).len(), 2);
    }

    #[test]
    fn a_year_ahead_steps_by_a_third_of_it() {
        let all = found("2018-01-01", "2022-01-01", 365);
        assert_eq!(all[0].as_of.to_string(), "2021-01-01T00:00:00Z");
        assert_eq!(all[1].as_of.to_string(), "2020-09-01T00:00:00Z");
    }
}
