//! Whether the orders reach the as-of: a file that ends long before it looks like a shop that everybody left.

use std::collections::BTreeSet;
use std::fmt;

use tenure_core::{AsOf, Duration, Horizon, Timestamp};

use crate::{LearnError, OrderBook};

pub(crate) const DAY_US: i64 = 86_400_000_000;

/// Shorter than this a pause says nothing, in whichever shop.
const LEAST_DAYS: i64 = 7;

/// So many times the longest pause of the last year is no pause of this shop.
const FACTOR: i64 = 2;

/// A pause before the as-of that is longer than any of the shop's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Silence {
    /// The as-of.
    pub as_of: AsOf,
    /// The last order or refund before it.
    pub last_event: Timestamp,
    /// Whole days between the two.
    pub days: i64,
    /// The longest pause between two days with an order in the year before `last_event`, in days; 1 is no pause.
    pub usual_days: i64,
}

impl OrderBook {
    /// The pause before `as_of`, where it is longer than a week and than twice the longest of the last year: then the
    /// orders most likely end before the as-of, and what is missing would be taken for customers who left. Nothing at
    /// or after the as-of is looked at.
    #[must_use]
    pub fn silence(&self, as_of: AsOf) -> Option<Silence> {
        let known = || self.entries().map(|(at, _)| *at).filter(|at| as_of.knows(*at));
        let last_event = known().max()?;
        if paused_days(as_of, last_event) <= LEAST_DAYS {
            return None;
        }
        let since = last_event.saturating_sub(Duration::from_days(366));
        let newest = known().filter(|at| *at >= since);
        Silence::of(as_of, last_event, &newest.map(|at| at.microseconds().div_euclid(DAY_US)).collect())
    }
}

fn paused_days(as_of: AsOf, last_event: Timestamp) -> i64 {
    as_of.instant().since(last_event).microseconds() / DAY_US
}

impl Silence {
    /// The pause between the last event before `as_of` and it, if it is long beside those between `days`, the days
    /// since 1970 with an event before `as_of`.
    pub(crate) fn of(as_of: AsOf, last_event: Timestamp, days: &BTreeSet<i64>) -> Option<Self> {
        let paused = paused_days(as_of, last_event);
        if paused <= LEAST_DAYS {
            return None;
        }
        let last_day = last_event.microseconds().div_euclid(DAY_US);
        let year = || days.range(last_day - 365..);
        let usual_days = year().zip(year().skip(1)).map(|(one, next)| next - one).max()?;
        (paused > FACTOR * usual_days).then_some(Self { as_of, last_event, days: paused, usual_days })
    }

    /// Refuses a silence that covers a whole horizon: the newest outcome would be that all have left.
    pub(crate) fn check(self, horizon: Horizon) -> Result<Self, LearnError> {
        let covered = self.as_of.instant().since(self.last_event) >= horizon.length();
        if covered { Err(LearnError::SilentBefore { silence: self, horizon }) } else { Ok(self) }
    }
}

impl fmt::Display for Silence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { as_of, last_event, days, usual_days } = self;
        let pause = match usual_days {
            1 => "in the year before there was an order every day".to_owned(),
            usual => format!("in the year before no pause was longer than {usual} days"),
        };
        write!(
            f,
            "the last order before {as_of} is of {last_event}, {days} days earlier, and {pause}: if the orders simply \
             end there, the missing days are taken for customers who left"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{book, day, horizon, recipe, shop};
    use crate::train;

    fn silence(orders: &[(u32, f64, i64)], as_of: f64) -> Option<(i64, i64)> {
        book(orders).silence(AsOf::new(day(as_of))).map(|one| (one.days, one.usual_days))
    }

    #[test]
    fn a_pause_is_long_beside_those_of_the_same_shop() {
        let daily: Vec<_> = (0..400).map(|at| (at % 9, 20_000.0 + f64::from(at), 100)).collect();
        assert_eq!(silence(&daily, 20_400.0), None);
        assert_eq!(silence(&daily, 20_406.0), None, "a week");
        assert_eq!(silence(&daily, 20_407.0), Some((8, 1)));
        let monthly: Vec<_> = (0..20).map(|at| (at % 9, 20_000.0 + 30.0 * f64::from(at), 100)).collect();
        assert_eq!(silence(&monthly, 20_570.0 + 60.0), None);
        assert_eq!(silence(&monthly, 20_570.0 + 61.0), Some((61, 30)));
        // A pause of two years ago is no excuse, and what comes later is not looked at.
        let late: Vec<_> = (800..1_300).map(|at| (at % 9, 20_000.0 + f64::from(at), 100)).collect();
        let both = [daily, late].concat();
        assert_eq!(silence(&both, 20_450.0), Some((51, 1)));
        assert_eq!(silence(&both, 21_320.0), Some((21, 1)));
        assert_eq!(silence(&[(1, 20_000.0, 5)], 20_900.0), None, "one day has no pauses");
        assert_eq!(silence(&[], 20_900.0), None);
    }

    #[test]
    fn training_beyond_the_end_is_noted_and_a_whole_horizon_beyond_is_refused() {
        let book = book(&shop(150, 700.0));
        let trained = train(&book, &recipe(20_700.0)).unwrap();
        let said = |notes: &[String]| notes.iter().any(|note| note.contains("the missing days are taken"));
        assert!(!said(&trained.manifest.notes));
        let trained = train(&book, &recipe(20_760.0)).unwrap();
        assert!(said(&trained.manifest.notes), "{:?}", trained.manifest.notes);
        let error = train(&book, &recipe(20_800.0)).unwrap_err();
        assert!(matches!(error, LearnError::SilentBefore { .. }), "{error}");
        assert!(error.to_string().contains("over a whole horizon of 90d"), "{error}");
        let longer = crate::Recipe { horizon: horizon(180), ..recipe(20_800.0) };
        assert!(said(&train(&book, &longer).unwrap().manifest.notes));
    }
}
