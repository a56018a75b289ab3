//! Settings of boosted trees: told in a line of text, and searched for.

use std::fmt;
use std::str::FromStr;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};

use super::Boosted;
use super::table::refuse;
use crate::LearnError;
use crate::counted::counted;

/// What a search found.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// The best settings.
    pub best: Boosted,
    /// Their loss.
    pub loss: f64,
    /// The loss of the settings that the search began with.
    pub first_loss: f64,
    /// Settings tried.
    pub tried: usize,
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { best, loss, first_loss, tried } = self;
        let tried = counted(*tried, "setting");
        if loss < first_loss {
            write!(
                f,
                "tuning tried {tried}: a loss of {loss:.5} against {first_loss:.5} of those that it began with, --params {best}"
            )
        } else {
            write!(
                f,
                "tuning tried {tried}, and none had a loss below the {first_loss:.5} of those that it began with, so \
                 they stay: {best}"
            )
        }
    }
}

/// Tries settings, the given ones first and then others by chance, until `most` are tried or `goes_on` says no, and
/// takes those of the least loss.
///
/// Which settings come in which place does not depend on how long any took, so the same number of them gives the same
/// choice. `loss` judges settings by rows that were not learned from: of later time where rows have one.
///
/// # Errors
/// When the first settings cannot be judged; others that cannot are passed over.
pub fn search(
    first: &Boosted,
    most: usize,
    loss: &mut dyn FnMut(&Boosted) -> Result<f64, LearnError>,
    goes_on: &mut dyn FnMut() -> bool,
) -> Result<Found, LearnError> {
    let first_loss = loss(first)?;
    let mut found = Found { best: first.clone(), loss: first_loss, first_loss, tried: 1 };
    let mut random = ChaCha8Rng::seed_from_u64(first.seed);
    while found.tried < most.max(1) && goes_on() {
        let settings = draw(first, &mut random);
        found.tried += 1;
        match loss(&settings) {
            Ok(loss) if loss < found.loss => {
                found.best = settings;
                found.loss = loss;
            }
            Ok(_) | Err(_) => {}
        }
    }
    Ok(found)
}

/// Settings by chance. Rounds follow from eta: many small steps come as far as few large ones.
fn draw(first: &Boosted, random: &mut ChaCha8Rng) -> Boosted {
    let mut pick = |choices: &[f64]| choices[(random.next_u64() % choices.len() as u64) as usize];
    let depth = pick(&[2.0, 3.0, 4.0, 5.0, 6.0]) as usize;
    let leaves = (pick(&[4.0, 6.0, 8.0, 12.0, 15.0, 24.0, 31.0]) as usize).min(1 << depth);
    // Around the first: where rounds are bounded, steps far smaller than its own lead nowhere.
    let eta = first.eta * pick(&[0.375, 0.5, 0.75, 1.0, 1.5, 2.0]);
    let eta = ((eta * 1e4).round() / 1e4).clamp(1e-4, 1.0);
    let reach = pick(&[4.0, 6.0, 8.0, 10.0, 14.0, 20.0]);
    Boosted {
        rounds: (reach / eta).round() as usize,
        eta,
        depth,
        leaves,
        min_child_weight: pick(&[1.0, 2.0, 5.0, 10.0, 20.0, 50.0]),
        lambda: pick(&[0.5, 1.0, 2.0, 5.0, 10.0, 20.0]),
        subsample: pick(&[0.6, 0.7, 0.8, 0.9]),
        colsample: pick(&[0.3, 0.5, 0.65, 0.8, 1.0]),
        ..first.clone()
    }
}

impl fmt::Display for Boosted {
    /// The settings that a search chooses, as [`FromStr`] reads them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "rounds={},{}", self.rounds, self.told())
    }
}

/// Some settings, to be put on others: `eta=0.04,depth=3`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Params(String);

impl Params {
    /// These settings with those that are named here in their place.
    #[must_use]
    pub fn on(&self, settings: &Boosted) -> Boosted {
        let mut changed = settings.clone();
        // They were read once already.
        let _ = put(&mut changed, &self.0);
        changed
    }

    /// Whether a setting is named.
    #[must_use]
    pub fn names(&self, setting: &str) -> bool {
        parts(&self.0).any(|(name, _)| name == setting)
    }
}

impl FromStr for Params {
    type Err = LearnError;
    fn from_str(text: &str) -> Result<Self, LearnError> {
        put(&mut Boosted::default(), text)?;
        Ok(Self(text.to_owned()))
    }
}

impl Boosted {
    /// The settings that a search chooses besides the number of trees, as [`Params`] reads them.
    #[must_use]
    pub fn told(&self) -> String {
        let Self { eta, depth, leaves, min_child_weight, lambda, subsample, colsample, .. } = self;
        format!(
            "eta={eta},depth={depth},leaves={leaves},min_child_weight={min_child_weight},lambda={lambda},\
             subsample={subsample},colsample={colsample}"
        )
    }
}

fn parts(text: &str) -> impl Iterator<Item = (&str, &str)> {
    let all = text.split(',').map(str::trim).filter(|part| !part.is_empty());
    all.map(|part| part.split_once('=').unwrap_or((part, "")))
        .map(|(name, value)| (name.trim(), value.trim()))
}

fn put(settings: &mut Boosted, text: &str) -> Result<(), LearnError> {
    parts(text).try_for_each(|(name, value)| set(settings, name, value))
}

impl FromStr for Boosted {
    type Err = LearnError;

    /// Reads settings such as `rounds=250,eta=0.04`; those not named are the defaults.
    fn from_str(text: &str) -> Result<Self, LearnError> {
        let mut settings = Self::default();
        put(&mut settings, text)?;
        Ok(settings)
    }
}

fn set(settings: &mut Boosted, name: &str, value: &str) -> Result<(), LearnError> {
    let number = |fine: fn(f64) -> bool, wanted: &str| match value.parse::<f64>() {
        Ok(number) if fine(number) => Ok(number),
        _ => Err(refuse(format!("the setting {name}={value}: it must be {wanted}"))),
    };
    let count = |from: u32, to: u32| match value.parse::<u32>() {
        Ok(number) if (from..=to).contains(&number) => Ok(number as usize),
        _ => {
            Err(refuse(format!("the setting {name}={value}: it must be a whole number from {from} to {to}")))
        }
    };
    let share = || number(|one| one > 0.0 && one <= 1.0, "above 0 and at most 1");
    let weight = || number(|one| one.is_finite() && one >= 0.0, "at least 0");
    match name {
        "rounds" => settings.rounds = count(1, 10_000)?,
        "eta" => settings.eta = share()?,
        "depth" => settings.depth = count(1, 12)?,
        "leaves" => settings.leaves = count(2, 4096)?,
        "min_child_weight" => settings.min_child_weight = weight()?,
        "lambda" => settings.lambda = weight()?,
        "subsample" => settings.subsample = share()?,
        "colsample" => settings.colsample = share()?,
        _ => {
            return Err(refuse(format!(
                "there is no setting {name:?}; there are rounds, eta, depth, leaves, min_child_weight, lambda, \
                 subsample and colsample"
            )));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_read_as_they_are_told() {
        let mut random = ChaCha8Rng::seed_from_u64(3);
        for _ in 0..50 {
            let settings = draw(&Boosted::default(), &mut random);
            assert_eq!(settings.to_string().parse::<Boosted>().unwrap(), settings);
            assert!(settings.leaves <= 1 << settings.depth);
        }
        assert_eq!("".parse::<Boosted>().unwrap(), Boosted::default());
        assert_eq!(
            "depth=2, eta=0.5".parse::<Boosted>().unwrap(),
            Boosted { depth: 2, eta: 0.5, ..Boosted::default() }
        );
        for wrong in
            ["depth", "depth=0", "depth=13", "eta=0", "eta=nan", "lambda=-1", "speed=3", "rounds=1.5"]
        {
            assert!(
                wrong.parse::<Boosted>().unwrap_err().to_string().contains(wrong.split('=').next().unwrap())
            );
        }
    }

    #[test]
    fn some_settings_leave_the_others_as_they_are() {
        let params: Params = "depth=2, eta=0.5".parse().unwrap();
        let usual = Boosted { lambda: 9.0, ..Boosted::default() };
        assert_eq!(params.on(&usual), Boosted { depth: 2, eta: 0.5, ..usual.clone() });
        assert!(params.names("depth") && !params.names("lambda"));
        assert!("depth=0".parse::<Params>().is_err());
        assert_eq!(usual.told().parse::<Params>().unwrap().on(&Boosted::default()), usual);
    }

    /// A budget that lasts for as many settings as are asked for.
    fn to_the_end() -> bool {
        true
    }

    #[test]
    fn the_same_number_of_settings_gives_the_same_choice() {
        // A valley whose bottom is at depth 2 and little pull.
        let mut loss = |settings: &Boosted| Ok((settings.depth as f64 - 2.0).abs() + settings.lambda / 100.0);
        let first = Boosted::default();
        let found = search(&first, 40, &mut loss, &mut to_the_end).unwrap();
        assert_eq!(found.tried, 40);
        assert_eq!(found, search(&first, 40, &mut loss, &mut to_the_end).unwrap());
        assert!(found.loss < 0.2 && found.first_loss > 2.0, "{found}");
        let mut left = 5;
        let stopped = search(&first, 40, &mut loss, &mut || {
            left -= 1;
            left > 0
        })
        .unwrap();
        assert_eq!(stopped.tried, 5);
        let none = search(&first, 0, &mut loss, &mut to_the_end).unwrap();
        assert_eq!(none.best, first);
        assert!(none.to_string().starts_with("tuning tried 1 setting, and none had a loss below"), "{none}");
        assert!(found.to_string().starts_with("tuning tried 40 settings: a loss of"), "{found}");
    }

    #[test]
    fn settings_that_cannot_be_judged_are_passed_over() {
        let first = Boosted::default();
        let mut picky = |settings: &Boosted| if *settings == first { Ok(1.0) } else { Err(refuse("no")) };
        assert_eq!(search(&first, 5, &mut picky, &mut to_the_end).unwrap().best, first);
        assert!(search(&first, 5, &mut |_| Err(refuse("no")), &mut to_the_end).is_err());
    }
}
