//! Champion and challenger on the newest closed window.
//!
//! A new model replaces the one in use only where it would have done better over a window that neither had
//! seen. The newest such window ends at the as-of: `[as_of - horizon, as_of)`. A model trained before it
//! began is judged as it is; one trained later has seen it, so its *recipe* is fitted again to what was known
//! when the window began, and that fit is judged in its place. Both read all events that were known then, where
//! the shop has them.
//!
//! Both are judged by the measures of the backtest. Chance makes one of two equal models look better every
//! time, so the rule asks for a difference beyond it, customer by customer.

use serde::Serialize;
use tenure_bundle::{Limits, Scorer};
use tenure_core::{AsOf, Horizon};
use tenure_predict::{PairedDifference, paired_difference, value_deviances};

use crate::judged::{Judged, like_outcomes};
use crate::merits::merits;
use crate::{Evaluation, Known, LearnError, Recipe, Shop, train, train_from};

/// Standard errors by which a mean must differ from 0 to count as more than chance.
const BEYOND_CHANCE: f64 = 2.0;

/// Share of the champion's error by which a mean must differ to matter: two fits that differ in the fifth
/// digit can differ in it for every customer, and no standard error calls that chance.
const WORTH_A_MOVE: f64 = 0.005;

/// Share of the champion's Brier score and log loss that a challenger may lose.
const MATERIAL: f64 = 0.01;

/// One of the two.
#[derive(Clone, Copy, Debug)]
pub struct Entrant<'a> {
    /// What it is called in the result: a version or a file.
    pub name: &'a str,
    /// The model as it is stored; absent where only the recipe is known.
    pub stored: Option<&'a Scorer>,
    /// How to make it again as of another date.
    pub recipe: &'a Recipe,
}

/// Which model was judged for an entrant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum How {
    /// The stored one: its as-of is not after the beginning of the window.
    AsStored,
    /// Its recipe, fitted again as of the beginning of the window.
    Refitted,
}

/// How an entrant did.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Side {
    /// What it is called.
    pub name: String,
    /// Which model was judged.
    pub judged: How,
    /// Its model version.
    pub model_version: String,
    /// Totals and measures.
    pub evaluation: Evaluation,
}

/// Who won.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The challenger is better by the rule of [`compare`].
    ChallengerBetter,
    /// It is not: worse, equal, or better by no more than chance.
    ChampionKept,
}

/// Two models over one window.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Comparison {
    /// Beginning of the window, in microseconds since 1970 UTC; also when both knew what they knew.
    pub origin: AsOf,
    /// Length of the window.
    pub horizon: Horizon,
    /// The one in use.
    pub champion: Side,
    /// The one that would replace it.
    pub challenger: Side,
    /// Squared error of the challenger's probabilities less that of the champion's; below 0 it is better.
    pub brier_difference: PairedDifference,
    /// Poisson deviance of the challenger's value less that of the champion's; below 0 it is better. Not the
    /// absolute error, which is smallest for whoever predicts too little.
    pub value_deviance_difference: PairedDifference,
    /// Mean Poisson deviance of the champion's value.
    pub champion_value_deviance: f64,
    /// Of eleven measures, those on which the challenger is better.
    pub measures_better: usize,
    /// Those on which it is worse.
    pub measures_worse: usize,
    /// Who won.
    pub outcome: Outcome,
    /// Why, in one sentence.
    pub reason: String,
}

/// Judges two models over `[as_of - horizon, as_of)`.
///
/// The challenger is better if all of these hold:
///
/// 1. it is better on more of the eleven measures than it is worse;
/// 2. it loses at most 1 % of the champion's Brier score and of its log loss;
/// 3. its squared error of churn or its Poisson deviance of value is lower by more than chance and by enough to
///    matter, and neither is higher by as much: more than two standard errors of the difference, customer by
///    customer, and more than 0.5 % of the champion's error.
///
/// # Errors
/// When the orders end before the as-of, a recipe cannot be fitted at the beginning of the window, the events
/// cannot be read, or the two are of different currencies or mean different things by churn.
pub fn compare(
    shop: &dyn Shop,
    as_of: AsOf,
    horizon: Horizon,
    champion: Entrant<'_>,
    challenger: Entrant<'_>,
) -> Result<Comparison, LearnError> {
    check_same_churn(champion.recipe, challenger.recipe)?;
    let origin = AsOf::new(as_of.instant().saturating_sub(horizon.length()));
    let options = like_outcomes(origin, horizon);
    let (known, now) = (shop.known_at(origin)?, shop.known_at(as_of)?);
    let (champion_scorer, champion_how) = at_origin(&known, origin, champion)?;
    let is_same_fit = champion_how == How::Refitted
        && !is_as_stored(origin, challenger)
        && as_of_origin(champion.recipe, origin) == as_of_origin(challenger.recipe, origin);
    let (challenger_scorer, challenger_how) = if is_same_fit {
        // One recipe fitted twice to the same orders is one model.
        (champion_scorer.clone(), How::Refitted)
    } else {
        at_origin(&known, origin, challenger)?
    };
    let first = Judged::new(&champion_scorer, &known, &now, &options)?;
    let second = Judged::new(&challenger_scorer, &known, &now, &options)?;
    let side = |entrant: Entrant<'_>, judged, scorer: &Scorer, all: &Judged| {
        let (name, model_version) = (entrant.name.to_owned(), scorer.model_version().to_string());
        Ok::<_, LearnError>(Side { name, judged, model_version, evaluation: all.evaluation()? })
    };
    let champion = side(champion, champion_how, &champion_scorer, &first)?;
    let challenger = side(challenger, challenger_how, &challenger_scorer, &second)?;
    let brier_difference = paired_difference(&squared(&second), &squared(&first))?;
    let deviances = (deviances(&first)?, deviances(&second)?);
    let value_deviance_difference = paired_difference(&deviances.1, &deviances.0)?;
    let (measures_better, measures_worse) = count(&challenger.evaluation, &champion.evaluation);
    let mut comparison = Comparison {
        origin,
        horizon,
        champion,
        challenger,
        brier_difference,
        value_deviance_difference,
        champion_value_deviance: deviances.0.iter().sum::<f64>() / deviances.0.len() as f64,
        measures_better,
        measures_worse,
        outcome: Outcome::ChampionKept,
        reason: String::new(),
    };
    (comparison.outcome, comparison.reason) = comparison.decide();
    Ok(comparison)
}

/// Refuses two that mean different things by churn.
fn check_same_churn(one: &Recipe, other: &Recipe) -> Result<(), LearnError> {
    if one.churn == other.churn {
        return Ok(());
    }
    let meant = |recipe: &Recipe| {
        recipe.churn.as_ref().map_or_else(|| "no order within the horizon".to_owned(), ToString::to_string)
    };
    Err(LearnError::ChurnDiffers { one: meant(one), other: meant(other) })
}

impl Comparison {
    /// The rule of [`compare`].
    fn decide(&self) -> (Outcome, String) {
        let kept = |reason: String| (Outcome::ChampionKept, reason);
        let (old, new) = (&self.champion.evaluation, &self.challenger.evaluation);
        if self.is_tie() {
            return kept("both make the same predictions over this window".to_owned());
        }
        let errors = [
            ("churn probability", self.brier_difference, old.churn.brier),
            ("value", self.value_deviance_difference, self.champion_value_deviance),
        ];
        let worth = |level: f64| WORTH_A_MOVE * level;
        for (name, difference, level) in errors {
            if difference.is_above(BEYOND_CHANCE) && difference.mean > worth(level) {
                return kept(format!(
                    "the challenger's error of {name} is higher by more than chance explains"
                ));
            }
        }
        let losses = [
            ("Brier score", old.churn.brier, new.churn.brier),
            ("log loss", old.churn.log_loss, new.churn.log_loss),
        ];
        for (name, old, new) in losses {
            if new > old * (1.0 + MATERIAL) {
                return kept(format!(
                    "the challenger loses more than 1 % in {name} ({new:.4} against {old:.4})"
                ));
            }
        }
        let Self { measures_better: better, measures_worse: worse, .. } = self;
        let measures = format!("the challenger is better on {better} of 11 measures and worse on {worse}");
        if better <= worse {
            return kept(measures);
        }
        let is_lower = |(_, difference, level): &&(&str, PairedDifference, f64)| {
            difference.is_below(BEYOND_CHANCE) && -difference.mean > worth(*level)
        };
        let lower: Vec<&str> = errors.iter().filter(is_lower).map(|(name, ..)| *name).collect();
        if lower.is_empty() {
            return kept(format!("{measures}, but by no more than chance or too little to matter"));
        }
        let lower = lower.join(" and of ");
        let reason = format!("{measures}, and its error of {lower} is lower by more than chance explains");
        (Outcome::ChallengerBetter, reason)
    }

    /// Whether no customer was told apart by the two.
    fn is_tie(&self) -> bool {
        let differs =
            |difference: PairedDifference| difference.mean != 0.0 || difference.standard_error > 0.0;
        !differs(self.brier_difference) && !differs(self.value_deviance_difference)
    }
}

fn as_of_origin(recipe: &Recipe, origin: AsOf) -> Recipe {
    Recipe { as_of: origin, horizons: recipe.churn_horizons(), ..recipe.clone() }
}

fn is_as_stored(origin: AsOf, entrant: Entrant<'_>) -> bool {
    entrant.stored.is_some_and(|scorer| scorer.manifest().as_of <= origin)
}

/// What an entrant would have predicted with at the origin.
fn at_origin(known: &Known<'_>, origin: AsOf, entrant: Entrant<'_>) -> Result<(Scorer, How), LearnError> {
    if let Some(scorer) = entrant.stored.filter(|_| is_as_stored(origin, entrant)) {
        return Ok((scorer.clone(), How::AsStored));
    }
    let recipe = as_of_origin(entrant.recipe, origin);
    let trained = match &known.facts {
        Some(facts) => train_from(&known.book, &**facts, &recipe)?,
        None => train(&known.book, &recipe)?,
    };
    let scorer = Scorer::from_bytes(&trained.to_bundle()?, &Limits::default())?;
    Ok((scorer, How::Refitted))
}

fn squared(judged: &Judged) -> Vec<f64> {
    let pairs = judged.probability.iter().zip(judged.outcomes());
    pairs.map(|(probability, churned)| (probability - churned).powi(2)).collect()
}

fn deviances(judged: &Judged) -> Result<Vec<f64>, LearnError> {
    Ok(value_deviances(&judged.value, &judged.predicted)?)
}

/// On how many measures the first is better, and on how many worse; what one of them lacks counts for neither.
fn count(first: &Evaluation, second: &Evaluation) -> (usize, usize) {
    let pairs = merits(&first.churn, &first.value).into_iter().zip(merits(&second.churn, &second.value));
    let pairs: Vec<(f64, f64)> = pairs.filter_map(|(first, second)| first.zip(second)).collect();
    let better = pairs.iter().filter(|(first, second)| first > second).count();
    (better, pairs.iter().filter(|(first, second)| first < second).count())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{day, horizon};
    use tenure_predict::{ChurnMeasures, ValueMeasures};

    fn side(brier: f64, log_loss: f64) -> Side {
        let churn = ChurnMeasures {
            auc: Some(0.8),
            average_precision: Some(0.8),
            brier,
            log_loss,
            calibration_error: 0.02,
        };
        let value = ValueMeasures {
            gini: None,
            spearman: None,
            top_decile_share: None,
            decile_error: None,
            mae: 10.0,
            bias: None,
        };
        let evaluation = Evaluation {
            customers: 1_000,
            churn,
            value,
            churn_rate: 0.5,
            mean_churn_probability: 0.5,
            orders: 700.0,
            expected_orders: 700.0,
            value_total: 9_000.0,
            predicted_value_total: 9_000.0,
            calibration: Vec::new(),
            deciles: Vec::new(),
            rungs: Vec::new(),
            without_order: None,
        };
        Side { name: String::new(), judged: How::Refitted, model_version: String::new(), evaluation }
    }

    /// A champion with a Brier score of 0.1, a log loss of 0.4 and a deviance of 20.
    fn decide(
        new: (f64, f64),
        measures: (usize, usize),
        brier: (f64, f64),
        value: (f64, f64),
    ) -> (Outcome, String) {
        let difference = |(mean, standard_error)| PairedDifference { mean, standard_error };
        let comparison = Comparison {
            origin: AsOf::new(day(20_000.0)),
            horizon: horizon(90),
            champion: side(0.1, 0.4),
            challenger: side(new.0, new.1),
            brier_difference: difference(brier),
            value_deviance_difference: difference(value),
            champion_value_deviance: 20.0,
            measures_better: measures.0,
            measures_worse: measures.1,
            outcome: Outcome::ChampionKept,
            reason: String::new(),
        };
        comparison.decide()
    }

    #[track_caller]
    fn check(decided: &(Outcome, String), expected: Outcome, part: &str) {
        assert_eq!(decided.0, expected, "{}", decided.1);
        assert!(decided.1.contains(part), "{}", decided.1);
    }

    #[test]
    fn each_part_of_the_rule_decides_alone() {
        use Outcome::{ChallengerBetter as Better, ChampionKept as Kept};
        let good = (0.098, 0.39);
        let won = ((-0.002, 0.000_9), (0.0, 0.1));
        check(&decide(good, (8, 3), won.0, won.1), Better, "error of churn probability is lower");
        check(&decide(good, (8, 3), won.1, (-0.2, 0.09)), Better, "error of value is lower");
        check(&decide(good, (8, 3), won.0, (-0.2, 0.09)), Better, "churn probability and of value");
        check(&decide(good, (5, 5), won.0, won.1), Kept, "better on 5 of 11 measures and worse on 5");
        // Two standard errors are the bound, and so is half a hundredth of the champion's error.
        check(&decide(good, (8, 3), (-0.002, 0.001), won.1), Kept, "no more than chance");
        check(&decide(good, (8, 3), (-0.000_5, 0.000_1), won.1), Kept, "too little to matter");
        check(&decide(good, (8, 3), (-0.000_6, 0.000_1), won.1), Better, "churn probability");
        check(&decide(good, (8, 3), won.0, (0.2, 0.09)), Kept, "error of value is higher");
        check(&decide(good, (8, 3), won.0, (0.09, 0.01)), Better, "churn probability");
        check(&decide(good, (8, 3), (0.002, 0.000_9), won.1), Kept, "error of churn probability is higher");
        check(
            &decide((0.098, 0.405), (8, 3), won.0, won.1),
            Kept,
            "more than 1 % in log loss (0.4050 against",
        );
        check(&decide((0.102, 0.39), (8, 3), won.0, won.1), Kept, "more than 1 % in Brier score");
        check(&decide((0.1, 0.4), (0, 0), (0.0, 0.0), (0.0, 0.0)), Kept, "the same predictions");
    }
}
