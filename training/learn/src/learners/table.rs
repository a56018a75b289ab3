//! Rows of features with what became of them.

use tenure_predict::Target;

use crate::LearnError;

/// Rows of features and their outcomes, checked, borrowed from whoever made them.
#[derive(Clone, Copy, Debug)]
pub struct Table<'a> {
    features: usize,
    rows: &'a [f32],
    labels: &'a [f32],
    weights: Option<&'a [f32]>,
    offsets: Option<&'a [f32]>,
    target: Target,
}

impl<'a> Table<'a> {
    /// Rows of `features` numbers each, laid end to end, `NaN` where one is missing, with an outcome for each row:
    /// 0 or 1 for [`Target::Probability`], an amount above 0 for [`Target::Positive`].
    ///
    /// # Errors
    /// [`LearnError::Learner`] when there are no rows or no features, the lengths do not match, a feature is
    /// infinite, or an outcome is none.
    pub fn new(
        features: usize,
        rows: &'a [f32],
        labels: &'a [f32],
        target: Target,
    ) -> Result<Self, LearnError> {
        if features == 0 || labels.is_empty() {
            return Err(refuse("there is nothing to learn from: give at least one row and one feature"));
        }
        if rows.len() != features * labels.len() {
            return Err(refuse(format!(
                "{} numbers are not {features} features for each of {} outcomes",
                rows.len(),
                labels.len()
            )));
        }
        if let Some(at) = rows.iter().position(|value| value.is_infinite()) {
            return Err(refuse(format!("feature {} of row {} is infinite", at % features, at / features)));
        }
        let fine = |label: f32| match target {
            Target::Probability => label == 0.0 || label == 1.0,
            Target::Positive => label.is_finite() && label > 0.0,
        };
        match labels.iter().position(|label| !fine(*label)) {
            Some(at) => {
                Err(refuse(format!("the outcome {} of row {at} is not {}", labels[at], wanted(target))))
            }
            None => Ok(Self { features, rows, labels, weights: None, offsets: None, target }),
        }
    }

    /// The same rows, each counting as many times as its weight says.
    ///
    /// # Errors
    /// [`LearnError::Learner`] when there is not one weight for each row, or one is not finite and above 0.
    pub fn with_weights(self, weights: &'a [f32]) -> Result<Self, LearnError> {
        if weights.len() != self.labels.len() {
            return Err(refuse(format!("{} weights for {} rows", weights.len(), self.labels.len())));
        }
        match weights.iter().position(|weight| !(weight.is_finite() && *weight > 0.0)) {
            Some(at) => {
                Err(refuse(format!("the weight {} of row {at} is not finite and above 0", weights[at])))
            }
            None => Ok(Self { weights: Some(weights), ..self }),
        }
    }

    /// The same rows, each with the margin that another model gives it: what is learned is added to that.
    ///
    /// # Errors
    /// [`LearnError::Learner`] when there is not one finite margin for each row.
    pub fn with_offsets(self, offsets: &'a [f32]) -> Result<Self, LearnError> {
        if offsets.len() != self.labels.len() {
            return Err(refuse(format!("{} offsets for {} rows", offsets.len(), self.labels.len())));
        }
        match offsets.iter().position(|offset| !offset.is_finite()) {
            Some(at) => Err(refuse(format!("the offset {} of row {at} is not finite", offsets[at]))),
            None => Ok(Self { offsets: Some(offsets), ..self }),
        }
    }

    /// Features of a row.
    #[must_use]
    pub const fn features(&self) -> usize {
        self.features
    }

    /// All rows, end to end.
    #[must_use]
    pub const fn rows(&self) -> &'a [f32] {
        self.rows
    }

    /// One outcome for each row.
    #[must_use]
    pub const fn labels(&self) -> &'a [f32] {
        self.labels
    }

    /// One weight for each row, when they differ.
    #[must_use]
    pub const fn weights(&self) -> Option<&'a [f32]> {
        self.weights
    }

    /// The margin to which each row's is added, when another model comes first.
    #[must_use]
    pub const fn offsets(&self) -> Option<&'a [f32]> {
        self.offsets
    }

    /// What the outcomes are.
    #[must_use]
    pub const fn target(&self) -> Target {
        self.target
    }

    /// The weight of a row.
    pub(crate) fn weight(&self, row: usize) -> f64 {
        self.weights.map_or(1.0, |weights| f64::from(weights[row]))
    }

    /// The mean outcome.
    pub(crate) fn mean(&self) -> f64 {
        let sum = |of: &dyn Fn(usize) -> f64| (0..self.labels.len()).map(of).sum::<f64>();
        sum(&|row| self.weight(row) * f64::from(self.labels[row])) / sum(&|row| self.weight(row))
    }

    /// Refuses rows that are all alike in their outcome, where a probability is asked for.
    pub(crate) fn check_both_outcomes(&self) -> Result<(), LearnError> {
        if self.target == Target::Probability && self.labels.iter().all(|label| *label == self.labels[0]) {
            return Err(refuse(format!(
                "all {} rows have the outcome {}: a probability is learned where some have it and some do not",
                self.labels.len(),
                self.labels[0]
            )));
        }
        Ok(())
    }
}

pub(crate) fn refuse(problem: impl Into<String>) -> LearnError {
    LearnError::Learner { problem: problem.into() }
}

fn wanted(target: Target) -> &'static str {
    match target {
        Target::Probability => "0 or 1",
        Target::Positive => "an amount above 0",
    }
}
