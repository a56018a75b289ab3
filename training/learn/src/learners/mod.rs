//! Learners: whatever turns rows of features with known outcomes into something that predicts.
//!
//! All of them stand behind [`Learner`] and give back a [`Learned`], plain numbers that predict without the learner.
//! Nothing in here reads a clock or a machine's count of processors: the same rows give the same numbers.

mod boosted;
mod filled;
mod forest;
mod logistic;
mod table;
#[cfg(test)]
mod tests;
mod tune;

use tenure_predict::{Learned, Target};

pub use boosted::{Boosted, Monotone};
pub use forest::RandomForest;
pub use logistic::Logistic;
pub use table::Table;
pub use tune::{Found, Params, search};

use crate::LearnError;

/// Learns from rows whose outcome is known.
pub trait Learner: Send + Sync {
    /// Its name in tables of candidates.
    fn name(&self) -> &'static str;

    /// Learns from `train`.
    ///
    /// `later` are rows of a later time with the same features. A learner that goes on for as long as it gets better
    /// stops by them; never by rows drawn from `train`, where the same customers and the same season stand on both
    /// sides and going on always looks good. Without them it goes on for as many rounds as it was told.
    ///
    /// # Errors
    /// [`LearnError::Learner`] when there is nothing to learn from: no rows, one outcome only, or numbers that the
    /// learner has no use for.
    fn fit(&self, train: &Table<'_>, later: Option<&Table<'_>>) -> Result<Learned, LearnError>;
}

/// Learns with each row whose outcome is 1 counting `lean` times, and then takes the same factor out of the odds.
///
/// Where one outcome is rare, this has a learner spend more of its effort on it. The factor that weights put into the
/// odds is known exactly, so what comes out are probabilities of the data as they were, never of the weighted ones.
///
/// # Errors
/// As [`Learner::fit`]; also when the target is no probability, or `lean` is not finite and above 0.
pub fn fit_leaning(
    learner: &dyn Learner,
    train: &Table<'_>,
    later: Option<&Table<'_>>,
    lean: f64,
) -> Result<Learned, LearnError> {
    if train.target() != Target::Probability || !(lean.is_finite() && lean > 0.0) {
        return Err(table::refuse(format!(
            "a lean of {lean}: it is a factor above 0 on rows of a probability"
        )));
    }
    let leaning = |table: &Table<'_>| -> Vec<f32> {
        let weight = |row| table.weight(row) * if table.labels()[row] > 0.5 { lean } else { 1.0 };
        (0..table.labels().len()).map(|row| weight(row) as f32).collect()
    };
    let (weights, later_weights) = (leaning(train), later.map(leaning));
    let later = match (later, &later_weights) {
        (Some(later), Some(weights)) => Some(later.with_weights(weights)?),
        _ => None,
    };
    let learned = learner.fit(&train.with_weights(&weights)?, later.as_ref())?;
    Ok(learned.shifted(-lean.ln())?)
}
