//! Learners: whatever turns rows of features with known outcomes into something that predicts.
//!
//! All of them stand behind [`Learner`] and give back a [`Learned`], plain numbers that predict without the learner.
//! Nothing in here reads a clock or a machine's count of processors: the same rows give the same numbers.

mod boosted;
mod table;
#[cfg(test)]
mod tests;

use tenure_predict::Learned;

pub use boosted::{Boosted, Monotone};
pub use table::Table;

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
