//! Better settings of the trees, searched for at past dates and taken only where they are better by more than chance.
//!
//! Whoever tries many settings finds one that looks better on any few dates. So each judged date is also judged by the
//! settings that the *other* dates would have chosen: what is gained there is gained by choosing, and not by having
//! seen the answer. Only where that is above 0 by two standard errors, and enough to matter, are the settings taken
//! that all dates together choose.

use std::collections::BTreeSet;

use tenure_core::AsOf;

use super::churn;
use super::snapshot::Snapshots;
use super::stage::Stage;
use super::trial;
use crate::LearnError;
use crate::counted::counted;
use crate::learners::{Boosted, search};

/// Standard errors by which the gain must be above 0.
const BEYOND_CHANCE: f64 = 2.0;
/// Past dates at least: the gain at each is by what the others chose.
const LEAST_DATES: usize = 2;
/// The gain that is worth other settings than the usual ones: so much of the loss.
const WORTH_IT: f64 = 0.002;

/// A search for better settings of the trees, within a budget.
pub struct Tuning<'a> {
    /// Settings tried at most, the recipe's own among them.
    pub most: usize,
    /// Whether there is time for another; asked before each.
    pub goes_on: &'a mut dyn FnMut() -> bool,
}

impl std::fmt::Debug for Tuning<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tuning").field("most", &self.most).finish_non_exhaustive()
    }
}

/// What a search came to.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Tuned {
    /// The settings to take: the recipe's own, where none were better.
    pub(crate) trees: Boosted,
    pub(crate) note: String,
}

/// The settings of one try with its losses, by date and measure.
struct Try {
    settings: Boosted,
    losses: Vec<(AsOf, f64)>,
}

/// Searches, from the stage's own settings on; not at all where what is found could not be told from chance.
pub(crate) fn tune(seen: &Snapshots, stage: Stage<'_>, tuning: &mut Tuning<'_>) -> Result<Tuned, LearnError> {
    let dates = judging_dates(seen, stage);
    if dates < LEAST_DATES {
        return Ok(Tuned { trees: stage.trees.clone(), note: not_searched(dates) });
    }
    let mut tries: Vec<Try> = Vec::new();
    let mut judge = |settings: &Boosted| {
        // How many trees there are is for the past dates to choose, as always.
        let settings = Boosted { rounds: stage.trees.rounds, ..settings.clone() };
        let stage = Stage { trees: &settings, ..stage };
        let mut losses = trial::losses(seen, stage)?;
        if stage.churn.is_some() {
            losses.extend(churn::losses(seen, stage)?);
        }
        let mean = losses.iter().map(|(_, loss)| loss).sum::<f64>() / losses.len().max(1) as f64;
        tries.push(Try { settings, losses });
        Ok(mean)
    };
    search(stage.trees, tuning.most, &mut judge, tuning.goes_on)?;
    Ok(decide(&tries, stage.trees))
}

/// Past dates at which settings can be judged, by orders or by a definition of churn.
fn judging_dates(seen: &Snapshots, stage: Stage<'_>) -> usize {
    let mut dates = trial::dates_of_losses(seen, stage);
    if stage.churn.is_some() {
        dates.extend(churn::dates_of_losses(seen, stage));
    }
    dates.into_iter().collect::<BTreeSet<_>>().len()
}

fn not_searched(dates: usize) -> String {
    format!(
        "nothing was tuned: {} can judge settings of the trees, and {LEAST_DATES} are needed to tell what is better from \
         chance; a longer history has more",
        if dates == 0 { "no past date".to_owned() } else { counted(dates, "past date") }
    )
}

/// How one try did at each date: the mean of its losses there, as shares of those of the first.
fn ratios(tries: &[Try]) -> (Vec<AsOf>, Vec<Vec<f64>>) {
    let first = tries.first().map(|first| first.losses.as_slice()).unwrap_or_default();
    let mut dates: Vec<AsOf> = first.iter().map(|(date, _)| *date).collect();
    dates.sort_unstable();
    dates.dedup();
    let at = |one: &Try, date: AsOf| {
        let own = one.losses.iter().zip(first).filter(|((of, _), (_, usual))| *of == date && *usual > 0.0);
        let shares: Vec<f64> = own.map(|((_, loss), (_, usual))| loss / usual).collect();
        shares.iter().sum::<f64>() / shares.len().max(1) as f64
    };
    let of = |one: &Try| dates.iter().map(|date| at(one, *date)).collect();
    let all = tries.iter().map(of).collect();
    (dates, all)
}

/// The place of the try with the least mean over the dates that `counts` lets in; the first of equal ones.
fn best(ratios: &[Vec<f64>], counts: impl Fn(usize) -> bool) -> usize {
    let mean = |of: &Vec<f64>| {
        of.iter().enumerate().filter(|(date, _)| counts(*date)).map(|(_, ratio)| ratio).sum::<f64>()
    };
    let order = |one: &usize, other: &usize| mean(&ratios[*one]).total_cmp(&mean(&ratios[*other]));
    (0..ratios.len()).min_by(order).unwrap_or(0)
}

fn decide(tries: &[Try], own: &Boosted) -> Tuned {
    let (dates, ratios) = ratios(tries);
    let stay = |why: String| Tuned { trees: own.clone(), note: format!("tuning tried {why}") };
    let count = dates.len();
    if count < LEAST_DATES {
        // Trees could not be fitted at all of the dates that there are.
        return stay(format!(
            "{} of the trees, and {} could judge them: {LEAST_DATES} are needed to tell them from chance, so the \
             settings stay",
            counted(tries.len(), "setting"),
            counted(count, "past date")
        ));
    }
    let gain = |date: usize| 1.0 - ratios[best(&ratios, |other| other != date)][date];
    let gains: Vec<f64> = (0..count).map(gain).collect();
    let mean = gains.iter().sum::<f64>() / count as f64;
    let spread = gains.iter().map(|gain| (gain - mean).powi(2)).sum::<f64>() / (count - 1) as f64;
    let error = (spread / count as f64).sqrt();
    let measured = format!(
        "{} of the trees: at {count} past dates, each judged by what the others chose, the loss fell by \
         {:.2} % with a standard error of {:.2} %",
        counted(tries.len(), "setting"),
        100.0 * mean,
        100.0 * error
    );
    if mean <= BEYOND_CHANCE * error || mean < WORTH_IT {
        return stay(format!("{measured}; that is no more than chance, so the settings stay"));
    }
    let Some(chosen) = tries.get(best(&ratios, |_| true)) else { return stay(measured) };
    Tuned {
        trees: chosen.settings.clone(),
        note: format!("tuning tried {measured}, so these are taken: --params {}", chosen.settings.told()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ladder::trees::usual;
    use crate::sample::day;

    /// Losses at dates in a row, by try.
    fn tries(losses: &[&[f64]]) -> Vec<Try> {
        let one = |(at, losses): (usize, &&[f64])| Try {
            settings: Boosted { depth: at + 1, ..usual() },
            losses: losses.iter().enumerate().map(|(at, loss)| (AsOf::new(day(at as f64)), *loss)).collect(),
        };
        losses.iter().enumerate().map(one).collect()
    }

    #[test]
    fn what_is_better_at_every_date_is_taken() {
        let found = decide(&tries(&[&[1.0, 2.0, 3.0], &[0.98, 1.97, 2.94], &[1.1, 2.1, 3.1]]), &usual());
        assert_eq!(found.trees.depth, 2);
        // Gains of 2, 1.5 and 2 percent: a mean of 1.83 and a standard error of 0.29 / sqrt(3) = 0.17.
        assert!(found.note.contains("fell by 1.83 % with a standard error of 0.17 %"), "{}", found.note);
        assert!(found.note.contains("--params eta=0.1,depth=2,"), "{}", found.note);
    }

    #[test]
    fn what_only_one_date_likes_is_chance() {
        // Each of three settings is best at one date and worse at the others: chosen by the others, none gains.
        let found = decide(
            &tries(&[&[1.0; 3], &[0.9, 1.02, 1.02], &[1.02, 0.9, 1.02], &[1.02, 1.02, 0.9]]),
            &usual(),
        );
        assert_eq!(found.trees, usual());
        assert!(found.note.contains("so the settings stay"), "{}", found.note);
        let small = decide(&tries(&[&[1.0; 3], &[0.999; 3]]), &usual());
        assert_eq!(small.trees, usual(), "a thousandth is not worth it");
        let alone = decide(&tries(&[&[1.0], &[0.5]]), &usual());
        assert!(
            alone.trees == usual() && alone.note.contains("2 settings of the trees, and 1 past date"),
            "{}",
            alone.note
        );
    }
}
