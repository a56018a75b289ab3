//! How sure the purchase model is of each customer, held to past dates.
//!
//! A model that takes customers for more alike than they are is too timid about each of them, and one that knows no way
//! back is too sure of those who have been silent for long. Level aside, the line through its log-odds at past dates
//! says by how much; where trees correct the log-odds they say it themselves.

use rayon::iter::{IntoParallelIterator, ParallelIterator};
use tenure_bundle::{Base, Level};
use tenure_predict::{LogitShift, Target};

use super::halving::crossing;
use super::snapshot::Snapshot;
use super::stage::Stage;
use super::trial::LEAST_CUSTOMERS;
use crate::LearnError;

/// A date that is so many days older than the newest counts for `1 / e` of it.
const MEMORY_DAYS: f64 = 180.0;
/// What a slope that is off by 1 is held to cost beforehand, in log loss: few customers stretch little.
const AS_IT_IS: f64 = 300.0;
/// Steps of Newton's method; a handful is enough.
const STEPS: u32 = 50;
/// The longest of them.
const LONGEST: f64 = 1.0;
/// Log-odds between which a level is looked for.
const WIDEST: f64 = 20.0;
/// Whoever is told apart by less is not told apart.
const LEAST: f64 = 0.2;

/// By what the purchase model's log-odds of no order are multiplied.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Stretch(f64);

impl Stretch {
    pub(super) const NONE: Self = Self(1.0);

    /// The slope of the line from what was said at `dates`, newest first, to what came; each date has a level of its
    /// own, so that no season is taken for a slope. Penalized logistic regression by Newton's method.
    pub(super) fn of(dates: &[Snapshot]) -> Self {
        let Some(newest) = dates.first().map(|one| one.date.as_of.instant()) else { return Self::NONE };
        let age = |one: &Snapshot| newest.since(one.date.as_of.instant()).days();
        let mut all: Vec<Told<'_>> = dates
            .iter()
            .filter(|one| one.base.len() >= LEAST_CUSTOMERS)
            .map(|one| Told {
                snapshot: one,
                weight: (-age(one) / MEMORY_DAYS).exp(),
                level: 0.0,
                stride: Stride::NEW,
            })
            .collect();
        let (mut slope, mut stride) = (1.0, Stride::NEW);
        for _ in 0..STEPS {
            let sums: Vec<Sums> = (&all).into_par_iter().map(|one| one.sums(slope)).collect();
            let prior = 2.0 * AS_IT_IS;
            let (mut pull, mut hold) = (prior * (slope - 1.0), prior);
            for (one, sums) in all.iter().zip(&sums) {
                pull += one.weight * (sums.slope - sums.level * sums.both / sums.of_level);
                hold += one.weight * (sums.of_slope - sums.both * sums.both / sums.of_level);
            }
            let step = stride.held(-pull / hold);
            slope += step;
            for (one, sums) in all.iter_mut().zip(&sums) {
                one.level += one.stride.held(-(sums.level + sums.both * step) / sums.of_level);
            }
            if step.abs() < 1e-9 {
                break;
            }
        }
        tracing::info!(slope, dates = all.len(), "by what past dates stretch the purchase model");
        if slope.is_finite() { Self(slope.max(LEAST)) } else { Self::NONE }
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

    /// The line on which as many are expected to order as before.
    pub(super) fn line(self, now: &Snapshot) -> Result<LogitShift, LearnError> {
        if self == Self::NONE {
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

/// A slope that is nearer to 1 is not worth a word.
const SHOWN: f64 = 0.01;

/// A level that is set on a line of its own: first the line, then the level.
pub(super) fn on_line(level: &Level, line: LogitShift) -> Result<Level, LearnError> {
    let intercept = level.churn.intercept() + level.churn.slope() * line.intercept();
    let churn = LogitShift::new(intercept, level.churn.slope() * line.slope())?;
    Ok(Level::new(churn, level.orders(), level.value())?)
}

/// One date, and the level that it was found to have.
#[derive(Debug)]
struct Told<'a> {
    snapshot: &'a Snapshot,
    weight: f64,
    level: f64,
    stride: Stride,
}

/// How far a number may go in one step: half as far as before wherever it turns back, so that it comes to rest also where
/// next to nobody is in doubt and Newton's steps are too long.
#[derive(Clone, Copy, Debug)]
struct Stride {
    longest: f64,
    last: f64,
}

impl Stride {
    const NEW: Self = Self { longest: LONGEST, last: 0.0 };

    fn held(&mut self, step: f64) -> f64 {
        if step * self.last < 0.0 {
            self.longest /= 2.0;
        }
        self.last = step.clamp(-self.longest, self.longest);
        self.last
    }
}

/// First and second derivatives of the log loss of one date, by its level and by the slope.
#[derive(Debug, Default)]
struct Sums {
    level: f64,
    slope: f64,
    of_level: f64,
    of_slope: f64,
    both: f64,
}

impl Told<'_> {
    fn sums(&self, slope: f64) -> Sums {
        let mut sums = Sums::default();
        for (base, silent) in self.snapshot.base.iter().zip(&self.snapshot.silent) {
            let margin = base.churn_margin();
            let p = logistic(self.level + slope * margin);
            let (off, doubt) = (p - f64::from(u8::from(*silent)), p * (1.0 - p));
            sums.level += off;
            sums.slope += off * margin;
            sums.of_level += doubt;
            sums.of_slope += doubt * margin * margin;
            sums.both += doubt * margin;
        }
        // Where nobody is in doubt nothing is divided by nothing.
        sums.of_level = sums.of_level.max(f64::MIN_POSITIVE);
        sums
    }
}

fn logistic(margin: f64) -> f64 {
    Target::Probability.prediction(margin)
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;
    use tenure_behaviour::fold::Settings;
    use tenure_bundle::SpendBasis;
    use tenure_core::{Currency, TimeZone};

    use super::*;
    use crate::candidate::OrderKind;
    use crate::choice::Candidate;
    use crate::ladder::snapshot::Snapshots;
    use crate::ladder::tests::{looked_at, stay_away};
    use crate::ladder::trial::{judged_dates, trials};
    use crate::level::LevelRule;
    use crate::sample::{book, day, recipe, shop};

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
        let Stretch(found) = Stretch::of(&dates(count, slope));
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
        let Stretch(found) = Stretch::of(&all);
        assert!(found < 0.97, "{found}");
        assert!(loss(found) < loss(found + 1e-3) && loss(found) < loss(found - 1e-3), "{found}");
    }

    #[test]
    fn as_many_are_expected_on_the_line_as_before() {
        let snapshot = &dates(1, 1.0)[0];
        for slope in [0.7, 1.4] {
            let line = Stretch(slope).line(snapshot).unwrap();
            let said = || snapshot.base.iter().map(|base| base.p_no_order);
            assert_relative_eq!(
                said().map(|p| line.apply(p)).sum::<f64>(),
                said().sum::<f64>(),
                max_relative = 1e-9
            );
            assert_eq!(line.slope(), slope);
        }
        assert_eq!(Stretch::NONE.line(snapshot).unwrap(), LogitShift::IDENTITY);
    }

    /// The line of the newest judged date knows outcomes that had closed before it, and no other.
    #[test]
    fn a_judged_date_is_stretched_by_what_had_closed_before_it() {
        let (recipe, rule) = (recipe(20_700.0), LevelRule::None);
        let settings = Settings { currency: Currency::USD, time_zone: TimeZone::utc() };
        let candidate = Candidate { kind: OrderKind::MbgNbd, basis: SpendBasis::AllOrders, level: rule };
        let stage = Stage::of(&recipe, &settings, (day(20_000.0), recipe.horizon), (candidate, &Level::NONE));
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
    fn few_customers_and_dates_without_a_doubt_stretch_nothing() {
        let few = looked_at(&book(&shop(100, 700.0))).all;
        assert_eq!((Stretch::of(&few), Stretch::of(&[])), (Stretch::NONE, Stretch::NONE));
        let mut closed = dates(2, 1.0);
        closed.iter_mut().for_each(|one| one.silent.fill(true));
        let Stretch(found) = Stretch::of(&closed);
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
        let Stretch(found) = Stretch::of(&wrong);
        assert!((LEAST..0.5).contains(&found), "{found}");
        assert!(Stretch(found).line(&wrong[0]).is_ok());
    }
}
