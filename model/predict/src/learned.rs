//! What was learned from rows of features, whoever taught it.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

use crate::level::{logit, sigmoid};
use crate::{Linear, PredictError, TreeEnsemble};

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
            Self::Probability => sigmoid(margin),
            Self::Positive => margin.exp(),
        }
    }

    /// The margin that stands for a prediction. One at the end of what is possible, such as a probability of 0 from a
    /// forest all of whose trees agree, is taken to be a little inside: no row is proof of certainty.
    #[must_use]
    pub fn margin(self, prediction: f64) -> f64 {
        const INSIDE: f64 = 1e-4;
        match self {
            Self::Probability => logit(prediction.clamp(INSIDE, 1.0 - INSIDE)),
            Self::Positive => prediction.max(f64::MIN_POSITIVE).ln(),
        }
    }
}

/// Trees whose mean, and not whose sum, is the prediction itself, and not its margin.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Forest {
    /// The trees; their leaves are predictions divided by the number of trees.
    pub trees: TreeEnsemble,
    /// What they predict.
    pub target: Target,
    /// What is added to the margin of their mean.
    #[serde(deserialize_with = "read_finite")]
    pub shift: f64,
}

impl Forest {
    fn margins(&self, rows: &[f32], margins: &mut [f64]) {
        self.trees.margins(rows, margins);
        margins.iter_mut().for_each(|one| *one = self.shift + self.target.margin(*one));
    }

    /// Shapley values of the prediction, stretched to the scale of margins: they keep sign and share, and add up.
    fn contributions(&self, row: &[f32], contributions: &mut [f64]) -> f64 {
        let mean = self.trees.contributions(row, contributions);
        let prediction = self.trees.margin(row);
        let (from, to) = (self.target.margin(mean), self.target.margin(prediction));
        let moved = contributions.iter().sum::<f64>();
        let stretch = if moved.abs() > 1e-12 { (to - from) / moved } else { 0.0 };
        contributions.iter_mut().for_each(|one| *one *= stretch);
        self.shift + to - contributions.iter().sum::<f64>()
    }
}

/// A learned model in the form that predicts: numbers only, checked when read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Learned {
    /// Boosted trees.
    Trees(TreeEnsemble),
    /// A weighted sum of features.
    Linear(Linear),
    /// A mean of trees.
    Forest(Forest),
}

impl Learned {
    /// How many features a row has.
    #[must_use]
    pub const fn features(&self) -> usize {
        match self {
            Self::Trees(trees) => trees.features(),
            Self::Linear(linear) => linear.features(),
            Self::Forest(forest) => forest.trees.features(),
        }
    }

    /// The margins of rows, laid end to end, `NaN` where a feature is missing.
    pub fn margins(&self, rows: &[f32], margins: &mut [f64]) {
        match self {
            Self::Trees(trees) => trees.margins(rows, margins),
            Self::Forest(forest) => forest.margins(rows, margins),
            Self::Linear(linear) => {
                for (at, margin) in margins.iter_mut().enumerate() {
                    let row = rows.get(at * linear.features()..).unwrap_or_default();
                    *margin = linear.margin(row);
                }
            }
        }
    }

    /// The margins of rows as predictions of `target`.
    pub fn predict(&self, target: Target, rows: &[f32], predictions: &mut [f64]) {
        self.margins(rows, predictions);
        predictions.iter_mut().for_each(|one| *one = target.prediction(*one));
    }

    /// The same model with a constant added to every margin.
    ///
    /// # Errors
    /// When the constant is not finite.
    pub fn shifted(self, by: f64) -> Result<Self, PredictError> {
        Ok(match self {
            Self::Trees(trees) => Self::Trees(trees.shifted(by)?),
            Self::Linear(linear) => Self::Linear(linear.shifted(by)?),
            Self::Forest(forest) => Self::Forest(Forest { shift: finite(forest.shift + by)?, ..forest }),
        })
    }

    /// What each feature adds to the margin of one row, written to `contributions`; returned is the margin of the
    /// population. Both together add up to the margin of the row.
    pub fn contributions(&self, row: &[f32], contributions: &mut [f64]) -> f64 {
        match self {
            Self::Trees(trees) => trees.contributions(row, contributions),
            Self::Linear(linear) => linear.contributions(row, contributions),
            Self::Forest(forest) => forest.contributions(row, contributions),
        }
    }
}

fn finite(value: f64) -> Result<f64, PredictError> {
    if value.is_finite() {
        Ok(value)
    } else {
        Err(PredictError::NotFinite { what: "shift", position: 0, value })
    }
}

fn read_finite<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    finite(f64::deserialize(deserializer)?).map_err(D::Error::custom)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::TreeNode;

    fn stump(low: f32, high: f32) -> Vec<TreeNode> {
        vec![
            TreeNode::Split {
                feature: 0,
                threshold: 0.5,
                missing_left: true,
                left: 1,
                right: 2,
                cover: 4.0,
                gain: 1.0,
            },
            TreeNode::Leaf { value: low, cover: 3.0 },
            TreeNode::Leaf { value: high, cover: 1.0 },
        ]
    }

    #[test]
    fn a_forest_adds_up_in_log_odds() {
        let trees = TreeEnsemble::new(2, 0.0, &[stump(0.05, 0.4), stump(0.1, 0.3)]).unwrap();
        let learned = Learned::Forest(Forest { trees, target: Target::Probability, shift: 0.0 });
        let mut margin = [0.0];
        for row in [[0.0, 0.0], [1.0, 0.0]] {
            learned.margins(&row, &mut margin);
            let expected: f64 = if row[0] < 0.5 { 0.15 } else { 0.7 };
            assert!((Target::Probability.prediction(margin[0]) - expected).abs() < 1e-7);
            let mut contributions = [0.0; 2];
            let base = learned.contributions(&row, &mut contributions);
            assert!((base + contributions.iter().sum::<f64>() - margin[0]).abs() < 1e-12);
            assert_eq!(contributions[0] > 0.0, row[0] > 0.5);
            assert_eq!(contributions[1], 0.0);
        }
    }

    #[test]
    fn certainty_is_taken_to_be_a_little_less() {
        assert!((Target::Probability.margin(0.0) + 9.2).abs() < 0.1);
        assert!(Target::Positive.margin(0.0).is_finite());
        assert!((Target::Positive.prediction(Target::Positive.margin(7.5)) - 7.5).abs() < 1e-12);
    }
}
