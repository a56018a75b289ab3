//! How far past predictions were off in level, where origins agree on it.

use tenure_bundle::Level;
use tenure_predict::LogitShift;

use crate::LearnError;
use crate::backtest::Prediction;

/// How the level is set from origins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum LevelRule {
    /// Not at all.
    None,
    /// Churn moved on the log-odds; orders and value by a factor.
    Shift,
    /// Churn moved on the log-odds and their calibration slope set; orders and value by a factor.
    ShiftAndSlope,
}

impl LevelRule {
    pub(crate) const ALL: [Self; 3] = [Self::None, Self::Shift, Self::ShiftAndSlope];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::None => "as_fitted",
            Self::Shift => "level",
            Self::ShiftAndSlope => "level_and_slope",
        }
    }

    /// The level that `origins` show, each by its weight.
    ///
    /// Customers of one origin share its weight, so that an origin with more customers does not count more:
    /// what differs between origins is the season, and that is one draw per origin.
    ///
    /// `over` is the share of the horizon over which it is to hold. What origins saw over less of it is carried over by
    /// the square of how much less: a tendency of the first months says little of those after.
    pub(crate) fn fit(self, origins: &[&Prediction<'_>], over: f64) -> Result<Level, LearnError> {
        if self == Self::None {
            return Ok(Level::NONE);
        }
        let orders = mean_ratio(origins, |origin| origin.order_totals()).powf(carried(origins, over));
        Ok(Level::new(self.churn(origins, over)?, orders, self.value(origins, over))?)
    }

    /// The part of [`Self::fit`] that bends churn.
    pub(crate) fn churn(self, origins: &[&Prediction<'_>], over: f64) -> Result<LogitShift, LearnError> {
        if self == Self::None || origins.is_empty() {
            return Ok(LogitShift::IDENTITY);
        }
        let (mut churned, mut probability, mut weight) = (Vec::new(), Vec::new(), Vec::new());
        for origin in origins {
            churned.extend_from_slice(origin.churned);
            probability.extend_from_slice(&origin.p_no_order);
            let each = origin.weight / origin.churned.len() as f64;
            weight.extend(std::iter::repeat_n(each, origin.churned.len()));
        }
        let found = match self {
            Self::ShiftAndSlope => LogitShift::fit_weighted(&churned, &probability, &weight)?,
            Self::None | Self::Shift => LogitShift::fit_intercept_weighted(&churned, &probability, &weight)?,
        };
        let carried = carried(origins, over);
        Ok(LogitShift::new(carried * found.intercept(), 1.0 + carried * (found.slope() - 1.0))?)
    }

    /// The part of [`Self::fit`] that is a factor on value, the same by every rule that sets a level.
    pub(crate) fn value(self, origins: &[&Prediction<'_>], over: f64) -> f64 {
        match self {
            Self::None => 1.0,
            Self::Shift | Self::ShiftAndSlope => {
                mean_ratio(origins, |origin| origin.value_totals()).powf(carried(origins, over))
            }
        }
    }
}

/// How much of what `origins` show is carried to a window of `over` of the horizon, from 0 to 1.
fn carried(origins: &[&Prediction<'_>], over: f64) -> f64 {
    let weight: f64 = origins.iter().map(|origin| origin.weight).sum();
    let each = origins.iter().map(|origin| origin.weight * (origin.weight / (over * over)).min(1.0));
    if weight > 0.0 { each.sum::<f64>() / weight } else { 0.0 }
}

/// Geometric mean over origins of actual over predicted totals; 1 where a total is not above zero.
fn mean_ratio(origins: &[&Prediction<'_>], totals: impl Fn(&Prediction<'_>) -> (f64, f64)) -> f64 {
    let (mut sum, mut weights) = (0.0, 0.0);
    for origin in origins {
        let (actual, predicted) = totals(origin);
        if actual > 0.0 && predicted > 0.0 {
            sum += origin.weight * (actual / predicted).ln();
            weights += origin.weight;
        }
    }
    if weights > 0.0 { (sum / weights).exp() } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use approx::assert_relative_eq;

    /// Customers given even odds, some of whom left; totals of (actual, predicted) orders and value.
    fn origin(weight: f64, churned: &[bool], orders: (f64, f64), value: (f64, f64)) -> Prediction<'_> {
        let spread = |total: f64| vec![total / churned.len() as f64; churned.len()];
        Prediction {
            weight,
            churned,
            p_no_order: vec![0.5; churned.len()],
            expected_orders: Vec::leak(spread(orders.1)),
            expected_value: spread(value.1),
            orders: Vec::leak(spread(orders.0)),
            value: Vec::leak(spread(value.0)),
        }
    }

    const FEW: [bool; 4] = [true, true, true, false];
    const MANY: [bool; 8] = [true, true, false, false, false, false, false, false];

    #[test]
    fn one_origin_is_matched_exactly() {
        let seen = origin(0.3, &FEW, (6.0, 4.0), (50.0, 40.0));
        // Over as much of the horizon as it saw.
        let level = LevelRule::Shift.fit(&[&seen], 0.3_f64.sqrt()).unwrap();
        // Three in four left where even odds were given: log-odds of 3, at any weight.
        assert_relative_eq!(level.churn.intercept(), 3.0_f64.ln(), max_relative = 1e-9);
        assert_relative_eq!(level.churn_probability(0.5), 0.75, max_relative = 1e-9);
        assert_relative_eq!(level.orders(), 1.5, max_relative = 1e-12);
        assert_relative_eq!(level.value(), 1.25, max_relative = 1e-12);
        assert_eq!(LevelRule::None.fit(&[&seen], 1.0).unwrap(), Level::NONE);
        assert_eq!(LevelRule::Shift.fit(&[], 1.0).unwrap(), Level::NONE);
    }

    #[test]
    fn what_was_seen_over_a_part_is_carried_over_in_part() {
        // Half of the horizon was seen, so a quarter of what was off there is put on the whole.
        let half = origin(0.25, &FEW, (6.0, 4.0), (50.0, 40.0));
        let level = LevelRule::Shift.fit(&[&half], 1.0).unwrap();
        assert_relative_eq!(level.churn.intercept(), 0.25 * 3.0_f64.ln(), max_relative = 1e-9);
        assert_relative_eq!(level.orders(), 1.5_f64.powf(0.25), max_relative = 1e-12);
        assert_relative_eq!(level.value(), 1.25_f64.powf(0.25), max_relative = 1e-12);
        // Of a half and a whole, weighed 1 : 4, it is (1/4 + 4) / 5; a window of a half gets all that either saw.
        let whole = origin(1.0, &FEW, (6.0, 4.0), (50.0, 40.0));
        for (over, carried) in [(1.0, 0.85), (0.5, 1.0)] {
            let level = LevelRule::Shift.fit(&[&half, &whole], over).unwrap();
            assert_relative_eq!(level.churn.intercept(), carried * 3.0_f64.ln(), max_relative = 1e-9);
            assert_relative_eq!(level.orders(), 1.5_f64.powf(carried), max_relative = 1e-12);
        }
    }

    #[test]
    fn a_slope_seen_over_a_part_is_drawn_towards_one() {
        let seen = |weight| Prediction {
            p_no_order: [0.9, 0.8, 0.7, 0.6, 0.4, 0.3, 0.2, 0.1].to_vec(),
            ..origin(weight, &[true, true, false, true, false, true, false, false], (1.0, 1.0), (1.0, 1.0))
        };
        let fit = |weight, over| LevelRule::ShiftAndSlope.fit(&[&seen(weight)], over).unwrap().churn;
        let (all, part) = (fit(0.25, 0.5), fit(0.25, 1.0));
        assert!((all.slope() - 1.0).abs() > 0.01, "{all:?}");
        assert_relative_eq!(part.slope(), 1.0 + 0.25 * (all.slope() - 1.0), max_relative = 1e-9);
    }

    #[test]
    fn an_origin_counts_by_its_weight_and_not_by_its_customers() {
        let (few, many) =
            (origin(1.0, &FEW, (8.0, 4.0), (9.0, 3.0)), origin(1.0, &MANY, (2.0, 4.0), (1.0, 3.0)));
        let even = LevelRule::Shift.fit(&[&few, &many], 1.0).unwrap();
        // (3/4 + 2/8) / 2 is one half; twice as many and half as many orders cancel.
        assert_relative_eq!(even.churn.intercept(), 0.0, epsilon = 1e-9);
        assert_relative_eq!(even.orders(), 1.0, max_relative = 1e-12);
        // Three to one: (3 * 3/4 + 2/8) / 4 = 5/8, odds 5 : 3; orders 2^(3/4) 2^(-1/4); value 3^(3/4) 3^(-1/4).
        let heavy = Prediction { weight: 3.0, ..few };
        let tilted = LevelRule::Shift.fit(&[&heavy, &many], 1.0).unwrap();
        assert_relative_eq!(tilted.churn.intercept(), (5.0_f64 / 3.0).ln(), max_relative = 1e-9);
        assert_relative_eq!(tilted.orders(), 2.0_f64.sqrt(), max_relative = 1e-12);
        assert_relative_eq!(tilted.value(), 3.0_f64.sqrt(), max_relative = 1e-12);
    }

    #[test]
    fn totals_that_have_no_ratio_are_left_out() {
        let returned = origin(1.0, &FEW, (0.0, 4.0), (-5.0, 40.0));
        let sold = origin(1.0, &MANY, (8.0, 4.0), (80.0, 40.0));
        let level = LevelRule::Shift.fit(&[&returned, &sold], 1.0).unwrap();
        assert_relative_eq!(level.orders(), 2.0, max_relative = 1e-12);
        assert_relative_eq!(level.value(), 2.0, max_relative = 1e-12);
        let alone = LevelRule::Shift.fit(&[&returned], 1.0).unwrap();
        assert_eq!((alone.orders(), alone.value()), (1.0, 1.0));
    }

    #[test]
    fn a_slope_needs_odds_that_differ() {
        let seen = origin(1.0, &FEW, (1.0, 1.0), (1.0, 1.0));
        assert!(LevelRule::ShiftAndSlope.fit(&[&seen], 1.0).is_err());
    }
}
