//! What was learned from rows of features, whoever taught it.

use serde::{Deserialize, Serialize};

use crate::TreeEnsemble;

/// What a margin says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// The probability of an event: margins are log-odds.
    Probability,
    /// An amount above 0: margins are natural logarithms of it.
    Positive,
}

impl Target {
    /// The prediction that a margin stands for: from 0 to 1, or at least 0.
    #[must_use]
    pub fn prediction(self, margin: f64) -> f64 {
        match self {
            Self::Probability => crate::level::sigmoid(margin),
            Self::Positive => margin.exp(),
        }
    }
}

/// A learned model in the form that predicts: numbers only, checked when read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Learned {
    /// Boosted trees.
    Trees(TreeEnsemble),
}

impl Learned {
    /// How many features a row has.
    #[must_use]
    pub const fn features(&self) -> usize {
        match self {
            Self::Trees(trees) => trees.features(),
        }
    }

    /// The margins of rows, laid end to end, `NaN` where a feature is missing.
    pub fn margins(&self, rows: &[f32], margins: &mut [f64]) {
        match self {
            Self::Trees(trees) => trees.margins(rows, margins),
        }
    }

    /// The margins of rows as predictions of `target`.
    pub fn predict(&self, target: Target, rows: &[f32], predictions: &mut [f64]) {
        self.margins(rows, predictions);
        predictions.iter_mut().for_each(|one| *one = target.prediction(*one));
    }

    /// What each feature adds to the margin of one row, written to `contributions`; returned is the margin of the
    /// population. Both together add up to the margin of the row.
    pub fn contributions(&self, row: &[f32], contributions: &mut [f64]) -> f64 {
        match self {
            Self::Trees(trees) => trees.contributions(row, contributions),
        }
    }
}
