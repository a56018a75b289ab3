//! How far the purchase model's log-odds tell customers apart, held to past dates.
//!
//! A model that takes customers for more alike than they are is too timid about each of them, and one that knows no way
//! back is too sure of those who have been silent for long. The calibration slope, that of a logistic regression from
//! what was said to what came, says by how much (Cox 1958, *Two further applications of a model for binary regression*,
//! Biometrika 45); below 1 customers differ less than was said. Where trees correct the log-odds they say it themselves.

use tenure_bundle::{Base, Level};
use tenure_predict::{LogitShift, Target};

use self::newton::{Dated, least_loss};
use super::halving::crossing;
use super::snapshot::Snapshot;
use super::stage::Stage;
use super::trial::LEAST_CUSTOMERS;
use crate::LearnError;

mod newton;

/// A date that is so many days older than the newest counts for `1 / e` of it.
const MEMORY_DAYS: f64 = 180.0;
/// What a slope that is off by 1 is held to cost beforehand, in log loss: few customers move it little.
const PENALTY: f64 = 300.0;
/// Log-odds between which the intercept of the line is looked for.
const WIDEST: f64 = 20.0;
/// Whoever is told apart by less is not told apart.
const LEAST: f64 = 0.2;
/// A slope that is nearer to 1 is not worth a word.
const SHOWN: f64 = 0.01;

/// By what the purchase model's log-odds of no order are multiplied, from [`LEAST`] on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct CalibrationSlope(f64);

impl CalibrationSlope {
    /// Log-odds as the purchase model has them.
    pub(super) const AS_SAID: Self = Self(1.0);

    /// The slope from what was said at `dates`, newest first, to what came.
    ///
    /// Logistic regression with a slope for all dates and an intercept for each, so that no season is taken for a slope;
    /// the slope is drawn towards 1 by a quadratic penalty (le Cessie and van Houwelingen 1992, *Ridge estimators in
    /// logistic regression*, Applied Statistics 41), and a date weighs `exp(-age / 180 days)`. Dates of fewer than
    /// [`LEAST_CUSTOMERS`] say nothing, and without any the slope is 1.
    pub(super) fn fit(dates: &[Snapshot]) -> Self {
        let Some(newest) = dates.first().map(|one| one.date.as_of.instant()) else { return Self::AS_SAID };
        let weight = |one: &Snapshot| (-newest.since(one.date.as_of.instant()).days() / MEMORY_DAYS).exp();
        let enough = dates.iter().filter(|one| one.base.len() >= LEAST_CUSTOMERS);
        let dated: Vec<Dated<'_>> = enough.map(|one| Dated::new(one, weight(one))).collect();
        let looked_at = dated.len();
        let slope = least_loss(dated, PENALTY);
        tracing::info!(slope, dates = looked_at, "calibration slope of the purchase model at past dates");
        if slope.is_finite() { Self(slope.max(LEAST)) } else { Self::AS_SAID }
    }

    /// What a reader of the bundle is told, where there is anything to tell.
    pub(super) fn note(self, stage: Stage<'_>) -> Option<String> {
        ((self.0 - 1.0).abs() >= SHOWN).then(|| {
            format!(
                "customers are told apart {:.3} times as much as the purchase model has it, in log-odds of {} within {}, \
                 as past dates suggest",
                self.0,
                stage.silence(),
                stage.horizon
            )
        })
    }

    /// The line of this slope on which as many customers of `now` are expected to order as before, or nearly as many
    /// where that takes an intercept of more than [`WIDEST`].
    ///
    /// # Errors
    /// Where the line is no [`LogitShift`], as of a slope that is not above 0.
    pub(super) fn line(self, now: &Snapshot) -> Result<LogitShift, LearnError> {
        if self == Self::AS_SAID {
            return Ok(LogitShift::IDENTITY);
        }
        let margins: Vec<f64> = now.base.iter().map(Base::churn_margin).collect();
        let silent = |intercept: f64, slope: f64| {
            margins.iter().map(|margin| logistic(intercept + slope * margin)).sum::<f64>()
        };
        let wanted = silent(0.0, 1.0);
        Ok(LogitShift::new(crossing(WIDEST, |middle| silent(middle, self.0) < wanted), self.0)?)
    }
}

/// A level that was set on a line of its own, as one step: first the line, then the level.
///
/// # Errors
///
/// Fails where the two together are no [`Level`]: a number is not finite, or the slope not above 0.
pub(super) fn on_line(level: &Level, line: LogitShift) -> Result<Level, LearnError> {
    let intercept = level.churn.intercept() + level.churn.slope() * line.intercept();
    let churn = LogitShift::new(intercept, level.churn.slope() * line.slope())?;
    Ok(Level::new(churn, level.orders(), level.value())?)
}

fn logistic(margin: f64) -> f64 {
    Target::Probability.prediction(margin)
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;

    use super::*;
    use crate::ladder::snapshot::Snapshots;
    use crate::ladder::tests::{Staging, looked_at, stay_away};
    use crate::ladder::trial::{judged_dates, trials};
    use crate::sample::{book, shop};

    /// So many dates of one shop at which customers differed `slope` times as much as the purchase model said, each at a
    /// level of its own.
    fn dates(count: usize, slope: f64) -> Vec<Snapshot> {
        let mut all = looked_at(&book(&shop(300, 700.0))).all;
        all.truncate(count);
        for (at, snapshot) in all.iter_mut().enumerate() {
            let season = [0.9, -0.9, 0.3][at % 3];
            stay_away(snapshot, LogitShift::new(season, slope).unwrap());
        }
        all
    }

    fn found(count: usize, slope: f64) -> f64 {
        let CalibrationSlope(found) = CalibrationSlope::fit(&dates(count, slope));
        found
    }

    #[test]
    fn more_dates_come_nearer_to_how_customers_differed() {
        for slope in [0.6, 1.6] {
            let (few, many) = (found(1, slope), found(6, slope));
            let far = |one: f64| (one - slope).abs();
            assert!(far(many) < far(few) && far(few) < far(1.0), "{slope}: {few} {many}");
        }
        // As it is said, whatever the season.
        assert!((found(6, 1.0) - 1.0).abs() < 0.02, "{}", found(6, 1.0));
    }

    /// At the minimum of the penalized loss no other slope is better, with the best level of each date.
    #[test]
    fn the_slope_is_the_likeliest_beside_what_was_held_before() {
        let all = dates(3, 0.5);
        let loss = |slope: f64| {
            let of_date = |one: &Snapshot| {
                let said: Vec<f64> =
                    one.base.iter().map(|base| logistic(slope * base.churn_margin())).collect();
                let level = LogitShift::fit_intercept(&one.silent, &said).unwrap();
                let losses = one.silent.iter().zip(&said).map(|(silent, p)| {
                    let p = level.apply(*p);
                    -(if *silent { p } else { 1.0 - p }).ln()
                });
                let age = all[0].date.as_of.instant().since(one.date.as_of.instant()).days();
                (-age / 180.0).exp() * losses.sum::<f64>()
            };
            300.0 * (slope - 1.0).powi(2) + all.iter().map(of_date).sum::<f64>()
        };
        let CalibrationSlope(found) = CalibrationSlope::fit(&all);
        assert!(found < 0.97, "{found}");
        assert!(loss(found) < loss(found + 1e-3) && loss(found) < loss(found - 1e-3), "{found}");
    }

    #[test]
    fn as_many_are_expected_on_the_line_as_before() {
        let snapshot = &dates(1, 1.0)[0];
        for slope in [0.7, 1.4] {
            let line = CalibrationSlope(slope).line(snapshot).unwrap();
            let said = || snapshot.base.iter().map(|base| base.p_no_order);
            assert_relative_eq!(
                said().map(|p| line.apply(p)).sum::<f64>(),
                said().sum::<f64>(),
                max_relative = 1e-9
            );
            assert_eq!(line.slope(), slope);
        }
        assert_eq!(CalibrationSlope::AS_SAID.line(snapshot).unwrap(), LogitShift::IDENTITY);
    }

    /// The line of the newest judged date knows outcomes that had closed before it, and no other.
    #[test]
    fn a_judged_date_has_the_slope_of_what_had_closed_before_it() {
        let staging = Staging::new(Level::NONE);
        let stage = staging.stage();
        let mut found = looked_at(&book(&shop(300, 700.0)));
        let dates = judged_dates(&found.all, stage.horizon);
        let (at, before) = dates[0];
        assert!(at < before);
        let line = |found: &Snapshots| trials(found, &dates[..1], stage, true).unwrap()[0].margins.line;
        let turn = |one: &mut Snapshot| one.silent.iter_mut().for_each(|silent| *silent = !*silent);
        let known = line(&found);
        assert!((known.slope() - 1.0).abs() > 1e-3, "{known:?}");
        found.all[..before].iter_mut().for_each(turn);
        assert_eq!(line(&found), known);
        turn(&mut found.all[before]);
        assert_ne!(line(&found), known);
    }

    #[test]
    fn a_level_on_a_line_is_the_one_after_the_other() {
        let line = LogitShift::new(-0.3, 0.8).unwrap();
        let level = Level::new(LogitShift::new(0.5, 1.1).unwrap(), 1.2, 1.3).unwrap();
        let both = on_line(&level, line).unwrap();
        assert_relative_eq!(
            both.churn_probability(0.3),
            level.churn_probability(line.apply(0.3)),
            max_relative = 1e-12
        );
        assert_eq!((both.orders(), both.value()), (level.orders(), level.value()));
    }

    #[test]
    fn few_customers_and_dates_without_a_doubt_leave_all_as_said() {
        let few = looked_at(&book(&shop(100, 700.0))).all;
        assert_eq!(
            (CalibrationSlope::fit(&few), CalibrationSlope::fit(&[])),
            (CalibrationSlope::AS_SAID, CalibrationSlope::AS_SAID)
        );
        let mut closed = dates(2, 1.0);
        closed.iter_mut().for_each(|one| one.silent.fill(true));
        let CalibrationSlope(found) = CalibrationSlope::fit(&closed);
        assert!((found - 1.0).abs() < 1e-3, "{found}");
    }

    /// Of customers of whom nobody is in doubt, every third does otherwise than was said.
    #[test]
    fn what_was_wrong_beyond_doubt_comes_to_rest() {
        let mut wrong = dates(3, 1.0);
        for one in &mut wrong {
            for (at, (base, silent)) in one.base.iter_mut().zip(&mut one.silent).enumerate() {
                base.p_no_order = if at % 2 == 0 { 1e-9 } else { 1.0 - 1e-9 };
                *silent = (at % 2 == 0) == (at % 3 == 0);
            }
        }
        let CalibrationSlope(found) = CalibrationSlope::fit(&wrong);
        assert!((LEAST..0.5).contains(&found), "{found}");
        assert!(CalibrationSlope(found).line(&wrong[0]).is_ok());
    }
}
