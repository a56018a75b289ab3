//! From where backtests look ahead: instants before the as-of whose outcome is known.

use tenure_behaviour::SummaryRule;
use tenure_core::{AsOf, Duration, Horizon, Timestamp};

/// One origin of the backtest.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Origin {
    pub(crate) as_of: AsOf,
    /// How far it looks ahead: the recipe's horizon, or as far as the history goes.
    pub(crate) horizon: Horizon,
    /// What it tells about the recipe's horizon, in (0, 1].
    pub(crate) weight: f64,
}

/// Shares of the history at which backtests stand. Below two fifths a model has seen too little to be
/// judged; above three quarters what is left is short beside the horizons that are asked for.
const SHARES: [f64; 5] = [0.40, 0.50, 0.60, 0.667, 0.75];

/// A shorter outcome tells nothing about orders.
const SHORTEST: Duration = Duration::from_days(7);

/// When the history begins, for origins: the first order of the customer after the first hundredth of them.
///
/// Not the first order of all. One date typed as 1970 would stretch the history, and every origin would lie
/// where there was no shop yet.
pub(crate) fn history_start(first_orders: impl Iterator<Item = Timestamp>) -> Option<Timestamp> {
    let mut all: Vec<Timestamp> = first_orders.collect();
    all.sort_unstable();
    // At least one is passed over, in the smallest shop too.
    all.get(all.len().div_ceil(100)).or(all.last()).copied()
}

/// Origins over a history that begins at `first` and ends, for us, at the as-of.
///
/// Weighted by the square of how much of the horizon their outcome covers: a level seen over a fortnight
/// carries over to a year badly, one seen over eleven months well.
pub(crate) fn origins(first: Timestamp, as_of: AsOf, horizon: Horizon, rule: &SummaryRule) -> Vec<Origin> {
    let span = as_of.instant().since(first).microseconds() as f64;
    let at = |share: &f64| {
        let into = Duration::from_microseconds((span * share) as i64).ok()?;
        let origin = rule.time_zone.start_of_day(first.saturating_add(into));
        let known = as_of.instant().since(origin);
        let reached = known.min(horizon.length());
        (reached >= SHORTEST && origin > first).then_some(())?;
        let covered = reached.days() / horizon.length().days();
        Some(Origin {
            as_of: AsOf::new(origin),
            horizon: Horizon::new(reached).ok()?,
            weight: covered * covered,
        })
    };
    let mut all: Vec<Origin> = SHARES.iter().filter_map(at).collect();
    all.dedup_by_key(|origin| origin.as_of);
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use tenure_behaviour::OccasionRule;
    use tenure_core::TimeZone;

    fn check(first: &str, as_of: &str, horizon: &str, expected: &[(&str, &str)]) {
        let rule = SummaryRule { occasion: OccasionRule::Day, time_zone: TimeZone::utc() };
        let instant = |text: &str| Timestamp::parse(text, &rule.time_zone).unwrap();
        let found = origins(instant(first), AsOf::new(instant(as_of)), horizon.parse().unwrap(), &rule);
        let found: Vec<_> = found.iter().map(|o| (o.as_of.to_string(), o.horizon.to_string())).collect();
        let expected: Vec<_> =
            expected.iter().map(|(at, h)| (format!("{at}T00:00:00Z"), (*h).to_owned())).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn outcomes_end_at_the_as_of_or_the_horizon() {
        let expected = [
            ("1997-04-20", "164d"),
            ("1997-05-17", "137d"),
            ("1997-06-13", "110d"),
            ("1997-07-02", "91d"),
            ("1997-07-24", "69d"),
        ];
        check("1997-01-01", "1997-10-01", "273d", &expected);
        let capped = [("2005-10-20", "60d"), ("2006-01-01", "60d")];
        check(
            "2005-01-01",
            "2007-01-01",
            "60d",
            &[capped[0], capped[1], ("2006-03-15", "60d"), ("2006-05-02", "60d"), ("2006-07-02", "60d")],
        );
    }

    #[test]
    fn a_hundredth_of_the_customers_cannot_move_the_start() {
        let at = |seconds: i64| Timestamp::from_microseconds(seconds * 1_000_000).unwrap();
        let start = |all: &[i64]| history_start(all.iter().map(|seconds| at(*seconds)));
        assert_eq!(start(&[]), None);
        assert_eq!(start(&[7]), Some(at(7)));
        assert_eq!(start(&[900, 1, 800]), Some(at(800)), "a stray one in a small shop");
        let mut shop: Vec<i64> = (1_000..1_200).collect();
        assert_eq!(start(&shop), Some(at(1_002)));
        // Two of two hundred and two at the epoch.
        shop.extend([0, 0]);
        assert_eq!(start(&shop), Some(at(1_001)));
    }

    #[test]
    fn a_history_of_days_has_none() {
        check("1997-01-01", "1997-01-09", "90d", &[]);
    }
}
