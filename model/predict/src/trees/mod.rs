//! Many small trees as plain numbers: how boosted trees and forests are served.

mod lanes;
mod node;
mod packed;
mod shap;
mod stored;
mod tables;
#[cfg(test)]
mod tests;

use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

pub use node::TreeNode;

use crate::PredictError;
use packed::Packed;
use stored::Stored;
use tables::Tables;

/// The most features that an ensemble reads.
pub const MAX_FEATURES: usize = 4096;

/// The most nodes that all trees of an ensemble have together.
pub const MAX_NODES: usize = 1 << 22;

/// The deepest a tree may be; a root alone has depth 0.
pub const MAX_DEPTH: usize = 32;

/// A sum of trees over rows of features.
///
/// The margin of a row is the base plus the value of the leaf that the row reaches in each tree. A row reaches a
/// leaf by going left where its feature is below the threshold, right otherwise, and where the split says when the
/// feature is missing (`NaN`). What a margin means, log-odds or the logarithm of an amount, is
/// [`Target`](crate::Target)'s to say.
///
/// Whatever trained the trees, only numbers are left here, every one of them checked: a stranger's file gives an
/// ensemble or an error, and predicting neither panics nor loops.
///
/// ```
/// use tenure_predict::{TreeEnsemble, TreeNode};
/// let stump = vec![
///     TreeNode::Split { feature: 0, threshold: 2.5, missing_left: false, left: 1, right: 2, cover: 4.0, gain: 1.0 },
///     TreeNode::Leaf { value: -1.0, cover: 3.0 },
///     TreeNode::Leaf { value: 1.0, cover: 1.0 },
/// ];
/// let ensemble = TreeEnsemble::new(1, 0.5, &[stump])?;
/// assert_eq!(ensemble.margin(&[1.0]), -0.5);
/// assert_eq!(ensemble.margin(&[2.5]), 1.5);
/// assert_eq!(ensemble.margin(&[f32::NAN]), 1.5);
/// # Ok::<(), tenure_predict::PredictError>(())
/// ```
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "Stored")]
pub struct TreeEnsemble {
    stored: Stored,
    packed: Packed,
    bias: f64,
    /// Made when first asked for: most users of an ensemble want no reasons.
    tables: OnceLock<Option<Tables>>,
}

impl TreeEnsemble {
    /// An ensemble of trees, each a list of nodes whose first is the root.
    ///
    /// # Errors
    /// [`PredictError::InvalidTrees`] when a node is reached twice, never, or from below; a feature or a child is
    /// out of range; a number is not finite or a cover is not above 0; or there are more features, nodes or levels than
    /// [`MAX_FEATURES`], [`MAX_NODES`] and [`MAX_DEPTH`].
    pub fn new(features: usize, base: f64, trees: &[Vec<TreeNode>]) -> Result<Self, PredictError> {
        Self::try_from(node::flatten(features, base, trees)?)
    }

    /// The same trees with a constant added to every margin.
    ///
    /// # Errors
    /// When the constant is not finite.
    pub fn shifted(self, by: f64) -> Result<Self, PredictError> {
        let mut stored = self.stored;
        stored.base += by;
        Self::try_from(stored)
    }

    /// How many features a row has.
    #[must_use]
    pub const fn features(&self) -> usize {
        self.stored.gains.len()
    }

    /// How many trees there are.
    #[must_use]
    pub const fn trees(&self) -> usize {
        self.stored.sizes.len()
    }

    /// The margin before any tree has spoken.
    #[must_use]
    pub const fn base(&self) -> f64 {
        self.stored.base
    }

    /// The margin of one row. Features that the row is too short for are missing.
    #[must_use]
    pub fn margin(&self, row: &[f32]) -> f64 {
        self.stored
            .ranges()
            .fold(self.stored.base, |sum, range| sum + packed::leaf(&self.stored, range.start, row))
    }

    /// The margins of many rows, laid end to end: the same as row by row, bit for bit, and much faster.
    /// Values that `rows` is too short for are missing.
    pub fn margins(&self, rows: &[f32], margins: &mut [f64]) {
        self.packed.margins(&self.stored, rows, margins);
    }

    /// What each feature adds to the margin of one row: exact path-dependent Shapley values (Lundberg, Erion and Lee
    /// 2018, "Consistent individualized feature attribution for tree ensembles", Algorithm 2). Written to
    /// `contributions`, one for each feature; returned is the bias, the mean margin over the rows trained on.
    /// Bias and contributions add up to the margin, to rounding.
    ///
    /// The first call on small trees takes some milliseconds more, to work out tables that all later ones look into.
    pub fn contributions(&self, row: &[f32], contributions: &mut [f64]) -> f64 {
        contributions.fill(0.0);
        let features = contributions.len().min(self.features());
        let contributions = &mut contributions[..features];
        match self.tables() {
            Some(tables) => tables.add(self.features(), row, contributions),
            None => shap::add(&self.stored, row, contributions),
        }
        self.bias
    }

    /// The contributions of many rows, laid end to end like them: the same as row by row, bit for bit, and faster.
    /// Returned is the bias, which is the same for all.
    pub fn contributions_of_rows(&self, rows: &[f32], contributions: &mut [f64]) -> f64 {
        /// Rows that go through the trees together, so that a tree's tables are in the cache.
        const BLOCK: usize = 64;
        contributions.fill(0.0);
        let features = self.features().max(1);
        for (at, block) in contributions.chunks_mut(features * BLOCK).enumerate() {
            let rows = rows.get(at * features * BLOCK..).unwrap_or_default();
            match self.tables() {
                Some(tables) => tables.add(self.features(), rows, block),
                None => {
                    for (at, one) in block.chunks_mut(features).enumerate() {
                        let row = rows.get(at * features..).unwrap_or_default();
                        shap::add(&self.stored, row.get(..features).unwrap_or(row), one);
                    }
                }
            }
        }
        self.bias
    }

    fn tables(&self) -> Option<&Tables> {
        self.tables.get_or_init(|| Tables::new(&self.stored)).as_ref()
    }

    /// How much the splits on each feature lowered the loss in training, summed over all trees. One per feature.
    #[must_use]
    pub fn gains(&self) -> &[f64] {
        &self.stored.gains
    }

    /// The mean size of each feature's contribution over `rows`, which are laid end to end: what the ensemble
    /// listens to among these customers. One per feature; zeros without a row.
    #[must_use]
    pub fn importance(&self, rows: &[f32]) -> Vec<f64> {
        let mut mean = vec![0.0; self.features()];
        let mut contributions = vec![0.0; self.features()];
        let count = rows.len().checked_div(self.features()).unwrap_or(0);
        for row in rows.chunks_exact(self.features().max(1)) {
            self.contributions(row, &mut contributions);
            for (sum, one) in mean.iter_mut().zip(&contributions) {
                *sum += one.abs() / count as f64;
            }
        }
        mean
    }
}

impl TryFrom<Stored> for TreeEnsemble {
    type Error = PredictError;
    fn try_from(stored: Stored) -> Result<Self, PredictError> {
        stored.check()?;
        let packed = Packed::new(&stored);
        let bias = shap::bias(&stored);
        Ok(Self { stored, packed, bias, tables: OnceLock::new() })
    }
}

impl Serialize for TreeEnsemble {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.stored.serialize(serializer)
    }
}

impl PartialEq for TreeEnsemble {
    fn eq(&self, other: &Self) -> bool {
        self.stored == other.stored
    }
}
