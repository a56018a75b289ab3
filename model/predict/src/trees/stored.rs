//! Trees as they stand in a file, and every check on them.

use serde::{Deserialize, Serialize};

use super::{MAX_DEPTH, MAX_FEATURES, MAX_NODES};
use crate::PredictError;

/// Stands in place of a feature where a node is a leaf.
pub(super) const LEAF: u16 = u16::MAX;

/// Trees one after the other, each depth first: the left child of a split comes right after it, so that only the
/// way to the right one is written. Nothing can lead backwards in this form.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Stored {
    /// The margin before any tree.
    pub(super) base: f64,
    /// Total gain of each feature.
    pub(super) gains: Vec<f64>,
    /// Nodes of each tree.
    pub(super) sizes: Vec<u32>,
    /// The feature of each split, [`LEAF`] for leaves.
    pub(super) feature: Vec<u16>,
    /// The threshold of each split, the value of each leaf.
    pub(super) value: Vec<f32>,
    /// The weight of the rows trained on that came by.
    pub(super) cover: Vec<f32>,
    /// How many nodes further on the right child stands; 0 for leaves.
    pub(super) right: Vec<u32>,
    /// Whether rows without the feature go left.
    pub(super) missing_left: Vec<bool>,
}

impl Stored {
    pub(super) fn empty(features: usize, base: f64) -> Self {
        Self {
            base,
            gains: vec![0.0; features],
            sizes: Vec::new(),
            feature: Vec::new(),
            value: Vec::new(),
            cover: Vec::new(),
            right: Vec::new(),
            missing_left: Vec::new(),
        }
    }

    pub(super) fn push(&mut self, feature: u16, value: f32, cover: f32, missing_left: bool) {
        self.feature.push(feature);
        self.value.push(value);
        self.cover.push(cover);
        self.right.push(0);
        self.missing_left.push(missing_left);
    }

    /// The ranges of nodes of the trees, in order.
    pub(super) fn ranges(&self) -> impl Iterator<Item = std::ops::Range<usize>> + '_ {
        self.sizes.iter().scan(0, |end, size| {
            let start = *end;
            *end = start + *size as usize;
            Some(start..*end)
        })
    }

    /// Refuses whatever predicting relies on and does not hold.
    pub(super) fn check(&self) -> Result<(), PredictError> {
        let whole = |problem| PredictError::InvalidTrees { tree: 0, problem };
        let nodes = self.feature.len();
        if self.gains.len() > MAX_FEATURES {
            return Err(whole("there are too many features"));
        }
        if nodes > MAX_NODES {
            return Err(whole("there are too many nodes"));
        }
        let lengths = [self.value.len(), self.cover.len(), self.right.len(), self.missing_left.len()];
        if lengths.iter().any(|length| *length != nodes) {
            return Err(whole("the columns of nodes are not of one length"));
        }
        if self.sizes.iter().map(|size| u64::from(*size)).sum::<u64>() != nodes as u64 {
            return Err(whole("the sizes of the trees do not add up to the nodes"));
        }
        if !self.base.is_finite() || self.gains.iter().any(|gain| !gain.is_finite()) {
            return Err(whole("the base and the gains must be finite"));
        }
        for (tree, range) in self.ranges().enumerate() {
            self.check_tree(range).map_err(|problem| PredictError::InvalidTrees { tree, problem })?;
        }
        Ok(())
    }

    /// Walks one tree as it is laid out: after a leaf must come the right child of the nearest split that still
    /// waits for one.
    fn check_tree(&self, range: std::ops::Range<usize>) -> Result<(), &'static str> {
        let mut waiting: Vec<(usize, usize)> = Vec::new();
        let mut next_depth = Some(0);
        for node in range {
            let depth = next_depth.ok_or("a node is reached from nowhere")?;
            if !(self.value[node].is_finite() && self.cover[node].is_finite() && self.cover[node] > 0.0) {
                return Err("a threshold, value or cover is not a finite number, or a cover is not above 0");
            }
            if self.feature[node] != LEAF {
                if usize::from(self.feature[node]) >= self.gains.len() {
                    return Err("a feature is out of range");
                }
                if depth >= MAX_DEPTH {
                    return Err("the tree is too deep");
                }
                waiting.push((node, depth));
                next_depth = Some(depth + 1);
                continue;
            }
            if self.right[node] != 0 || self.missing_left[node] {
                return Err("a leaf has a way to go on");
            }
            next_depth = match waiting.pop() {
                Some((parent, _)) if self.right[parent] as usize != node + 1 - parent => {
                    return Err("a right child is not where its parent says");
                }
                Some((_, depth)) => Some(depth + 1),
                None => None,
            };
        }
        if next_depth.is_none() { Ok(()) } else { Err("the tree ends before all its branches do") }
    }
}
