//! The level that the same season showed a year before.

use tenure_bundle::Level;
use tenure_predict::LogitShift;

use super::snapshot::Snapshot;
use crate::LearnError;

/// Predictions for one snapshot.
#[derive(Clone, Debug)]
pub(crate) struct Predicted {
    pub(crate) p_no_order: Vec<f64>,
    pub(crate) value: Vec<f64>,
}

impl Predicted {
    /// The purchase model's answer bent by margins, as [`tenure_bundle::Boosted`] does it.
    pub(crate) fn of(snapshot: &Snapshot, churn: &[f64], spend: &[f64], level: &Level) -> Self {
        let (mut p_no_order, mut value) = (Vec::new(), Vec::new());
        for (at, base) in snapshot.base.iter().enumerate() {
            let margin = base.churn_margin() + churn[at];
            let p = level.churn_probability(1.0 / (1.0 + (-margin).exp()));
            let factor = (1.0 - p) / (1.0 - base.p_no_order) * spend[at].exp();
            p_no_order.push(p);
            value.push(level.expected_value(snapshot.expected[at] * factor));
        }
        Self { p_no_order, value }
    }
}

/// What it takes for the predictions of `snapshot`, made without any level, to meet what happened there, drawn
/// towards nothing by `trust` from 0 to 1. Where all ordered, or nobody did, no level is set: a shop that was closed
/// says nothing of one that is open.
pub(crate) fn level_at(
    snapshot: &Snapshot,
    churn: &[f64],
    spend: &[f64],
    trust: f64,
) -> Result<Level, LearnError> {
    let quiet = snapshot.silent.iter().filter(|silent| **silent).count();
    if quiet == 0 || quiet == snapshot.silent.len() {
        return Ok(Level::NONE);
    }
    let plain = Predicted::of(snapshot, churn, spend, &Level::NONE);
    let full = LogitShift::fit_intercept(&snapshot.silent, &plain.p_no_order)?;
    let shift = LogitShift::new(trust * full.intercept(), 1.0)?;
    // The value of payers, once as many order as did.
    let met = Predicted::of(snapshot, churn, spend, &Level::new(full, 1.0, 1.0)?);
    let factor = |actual: f64, predicted: f64| {
        if actual > 0.0 && predicted > 0.0 { (trust * (actual / predicted).ln()).exp() } else { 1.0 }
    };
    let orders = snapshot.base.iter().zip(&met.p_no_order);
    let orders: f64 = orders.map(|(base, p)| base.orders * (1.0 - p) / (1.0 - base.p_no_order)).sum();
    let orders = factor(snapshot.ordered.iter().sum(), orders);
    let value = factor(snapshot.spent.iter().sum(), met.value.iter().sum());
    Ok(Level::new(shift, orders, value)?)
}

/// How much of a level came again a year later, from 0 to 1, at dates each with the log-odds that the year before had it
/// off by, as far as it was trusted, and those that it was off by itself.
///
/// The slope of the line through nothing (ridge regression, Hoerl and Kennard 1970), drawn towards 1: where no date can
/// say, or the dates lie between seasons, seasons are taken to come again.
pub(crate) fn came_again(dates: impl Iterator<Item = (f64, f64)>) -> f64 {
    let (mut together, mut size) = (OF_SEASONS, OF_SEASONS);
    for (before, now) in dates {
        tracing::info!(before, now, "log-odds that a date was off by a year before, and then");
        together += before * now;
        size += before * before;
    }
    (together / size).clamp(0.0, 1.0)
}

/// The variance, in log-odds, by which seasons put a purchase model off. A date that was off by its root says as much of
/// whether seasons come again as is known without any.
pub(super) const OF_SEASONS: f64 = 0.09;

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;

    use super::*;
    use crate::ladder::tests::looked_at;
    use crate::sample::{book, shop};

    /// A date at which nine in ten of those who stayed away stayed, and payers spent four times as much; with margins
    /// that differ from customer to customer.
    fn off() -> (Snapshot, Vec<f64>, Vec<f64>) {
        let mut found = looked_at(&book(&shop(300, 700.0)));
        let mut snapshot = found.all.swap_remove(0);
        let count = snapshot.silent.len();
        for at in 0..count {
            if snapshot.silent[at] && at % 10 == 0 {
                (snapshot.silent[at], snapshot.ordered[at], snapshot.spent[at]) = (false, 3.0, 25.0);
            }
            snapshot.spent[at] *= 4.0;
        }
        let margin = |scale: f64| (0..count).map(|at| scale * ((at % 7) as f64 - 3.0)).collect();
        (snapshot, margin(0.2), margin(0.1))
    }

    fn total(all: &[f64]) -> f64 {
        all.iter().sum()
    }

    #[test]
    fn a_level_trusted_whole_meets_what_came() {
        let (snapshot, churn, spend) = off();
        let level = level_at(&snapshot, &churn, &spend, 1.0).unwrap();
        let plain = Predicted::of(&snapshot, &churn, &spend, &Level::NONE);
        let met = Predicted::of(&snapshot, &churn, &spend, &level);
        let stayed_away = snapshot.silent.iter().filter(|silent| **silent).count() as f64;
        assert!((total(&plain.p_no_order) - stayed_away).abs() > 10.0, "nothing was off");
        assert_relative_eq!(total(&met.p_no_order), stayed_away, max_relative = 1e-6);
        assert_relative_eq!(total(&met.value), total(&snapshot.spent), max_relative = 1e-9);
        assert!(total(&met.value) > 2.0 * total(&plain.value));
        let orders = snapshot.base.iter().zip(&met.p_no_order);
        let orders: f64 = orders.map(|(base, p)| base.orders * (1.0 - p) / (1.0 - base.p_no_order)).sum();
        assert_relative_eq!(level.expected_orders(orders), total(&snapshot.ordered), max_relative = 1e-9);
    }

    #[test]
    fn trust_draws_a_level_towards_nothing_on_the_logarithm() {
        let (snapshot, churn, spend) = off();
        let at = |trust: f64| level_at(&snapshot, &churn, &spend, trust).unwrap();
        assert_eq!(at(0.0), Level::NONE);
        let (half, full) = (at(0.5), at(1.0));
        assert!(full.churn.intercept().abs() > 0.1 && full.value() > 1.5 && full.orders() != 1.0, "{full:?}");
        assert_relative_eq!(half.churn.intercept(), 0.5 * full.churn.intercept(), max_relative = 1e-12);
        assert_relative_eq!(half.value(), full.value().sqrt(), max_relative = 1e-12);
        assert_relative_eq!(half.orders(), full.orders().sqrt(), max_relative = 1e-12);
        assert_eq!((half.churn.slope(), full.churn.slope()), (1.0, 1.0));
    }

    #[test]
    fn where_all_ordered_or_nobody_did_no_level_is_set() {
        let (mut snapshot, churn, spend) = off();
        for silent in [true, false] {
            snapshot.silent.fill(silent);
            assert_eq!(level_at(&snapshot, &churn, &spend, 1.0).unwrap(), Level::NONE, "{silent}");
        }
    }

    #[test]
    fn a_season_of_returns_alone_has_no_ratio_of_value() {
        let (mut snapshot, churn, spend) = off();
        snapshot.spent.fill(-1.0);
        let level = level_at(&snapshot, &churn, &spend, 1.0).unwrap();
        assert_eq!(level.value(), 1.0);
        assert!(level.churn.intercept().abs() > 0.1);
    }
}
