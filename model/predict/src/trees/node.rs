//! Trees as a trainer hands them over: nodes that point at each other.

use super::stored::{LEAF, Stored};
use super::{MAX_DEPTH, MAX_FEATURES, MAX_NODES};
use crate::PredictError;

/// A node of a tree under construction.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum TreeNode {
    /// A question.
    Split {
        /// The feature asked for, from 0.
        feature: usize,
        /// Rows below it go left.
        threshold: f32,
        /// Whether rows without the feature go left.
        missing_left: bool,
        /// Index of the left child in the tree's list.
        left: usize,
        /// Index of the right child.
        right: usize,
        /// The weight of the rows trained on that came here, above 0.
        cover: f32,
        /// How much the split lowered the loss.
        gain: f64,
    },
    /// An answer.
    Leaf {
        /// What is added to the margin.
        value: f32,
        /// The weight of the rows trained on that came here, above 0.
        cover: f32,
    },
}

/// Lays trees out depth first, the left child right after its parent.
pub(super) fn flatten(features: usize, base: f64, trees: &[Vec<TreeNode>]) -> Result<Stored, PredictError> {
    if features > MAX_FEATURES {
        return Err(PredictError::InvalidTrees { tree: 0, problem: "there are too many features" });
    }
    let mut stored = Stored::empty(features, base);
    for (tree, nodes) in trees.iter().enumerate() {
        let refuse = |problem| PredictError::InvalidTrees { tree, problem };
        let before = stored.feature.len();
        if before + nodes.len() > MAX_NODES {
            return Err(refuse("there are too many nodes"));
        }
        append(&mut stored, nodes).map_err(refuse)?;
        let size = stored.feature.len() - before;
        if size != nodes.len() {
            return Err(refuse("a node is reached from nowhere"));
        }
        stored.sizes.push(u32::try_from(size).map_err(|_| refuse("there are too many nodes"))?);
    }
    Ok(stored)
}

/// Where a node waits to be laid out: its index, its depth, and the parent that has it to its right.
struct Waiting {
    node: usize,
    depth: usize,
    right_of: Option<usize>,
}

fn append(stored: &mut Stored, nodes: &[TreeNode]) -> Result<(), &'static str> {
    if nodes.is_empty() {
        return Err("there is no node");
    }
    let first = stored.feature.len();
    let mut waiting = vec![Waiting { node: 0, depth: 0, right_of: None }];
    while let Some(Waiting { node, depth, right_of }) = waiting.pop() {
        let at = stored.feature.len();
        if at - first >= nodes.len() {
            return Err("a node is reached twice");
        }
        if depth > MAX_DEPTH {
            return Err("the tree is too deep");
        }
        if let Some(parent) = right_of {
            stored.right[parent] = u32::try_from(at - parent).map_err(|_| "there are too many nodes")?;
        }
        match *nodes.get(node).ok_or("a child is out of range")? {
            TreeNode::Leaf { value, cover } => stored.push(LEAF, value, cover, false),
            TreeNode::Split { feature, threshold, missing_left, left, right, cover, gain } => {
                let index = u16::try_from(feature).map_err(|_| "a feature is out of range")?;
                *stored.gains.get_mut(feature).ok_or("a feature is out of range")? += gain;
                stored.push(index, threshold, cover, missing_left);
                waiting.push(Waiting { node: right, depth: depth + 1, right_of: Some(at) });
                waiting.push(Waiting { node: left, depth: depth + 1, right_of: None });
            }
        }
    }
    Ok(())
}
