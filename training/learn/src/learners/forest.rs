//! Random forests, by smartcore.

use serde::Deserialize;
use smartcore::ensemble::random_forest_regressor::{RandomForestRegressor, RandomForestRegressorParameters};
use smartcore::linalg::basic::matrix::DenseMatrix;
use tenure_predict::{Forest, Learned, TreeEnsemble, TreeNode};

use super::filled::columns;
use super::table::refuse;
use super::{Learner, Table};
use crate::LearnError;

/// A random forest: the mean of trees that each saw other rows and, at each split, other features.
///
/// A missing value counts as the mean of its feature.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RandomForest {
    /// How many trees.
    pub trees: usize,
    /// Questions from root to leaf, at most.
    pub depth: u16,
    /// The least number of rows in a leaf.
    pub leaf_rows: usize,
    /// Which rows and features the trees see.
    pub seed: u64,
}

impl Default for RandomForest {
    fn default() -> Self {
        Self { trees: 100, depth: 10, leaf_rows: 10, seed: 20_131 }
    }
}

impl Learner for RandomForest {
    fn name(&self) -> &'static str {
        "forest"
    }

    fn fit(&self, train: &Table<'_>, _later: Option<&Table<'_>>) -> Result<Learned, LearnError> {
        train.check_both_outcomes()?;
        let means: Vec<f32> = columns(train).iter().map(|column| column.mean as f32).collect();
        let fill = |(at, value): (usize, &f32)| if value.is_nan() { means[at % means.len()] } else { *value };
        let values: Vec<f32> = train.rows().iter().enumerate().map(fill).collect();
        let labels = train.labels().to_vec();
        let records = DenseMatrix::new(labels.len(), train.features(), values.clone(), false)
            .map_err(|e| foreign(&e))?;
        let parameters = RandomForestRegressorParameters::default()
            .with_n_trees(self.trees)
            .with_max_depth(self.depth)
            .with_min_samples_leaf(self.leaf_rows)
            .with_m((train.features() as f64).sqrt().ceil() as usize)
            .with_seed(self.seed);
        let fitted = match train.weights() {
            Some(weights) => {
                let weights: Vec<f64> = weights.iter().map(|weight| f64::from(*weight)).collect();
                RandomForestRegressor::fit_with_weights(&records, &labels, &weights, parameters)
            }
            None => RandomForestRegressor::fit(&records, &labels, parameters),
        };
        // smartcore shows its trees to nobody but serde.
        let text = serde_json::to_vec(&fitted.map_err(|e| foreign(&e))?).map_err(|e| foreign(&e))?;
        let fitted: Fitted = serde_json::from_slice(&text).map_err(|e| foreign(&e))?;
        let seen = Seen { table: train, values: &values, means: &means };
        Ok(Learned::Forest(Forest {
            trees: seen.convert(&fitted.forest_regressor.trees)?,
            target: train.target(),
            shift: 0.0,
        }))
    }
}

fn foreign(error: &dyn std::fmt::Display) -> LearnError {
    refuse(format!("forest: {error}"))
}

/// A forest as smartcore writes it.
#[derive(Deserialize)]
struct Fitted {
    forest_regressor: Trees,
}

#[derive(Deserialize)]
struct Trees {
    trees: Vec<Tree>,
}

#[derive(Deserialize)]
struct Tree {
    nodes: Vec<Node>,
}

/// A node as smartcore writes it.
#[derive(Deserialize)]
struct Node {
    output: f64,
    split_feature: usize,
    split_value: Option<f64>,
    true_child: Option<usize>,
    false_child: Option<usize>,
}

/// The rows a forest was grown on, without gaps.
struct Seen<'a> {
    table: &'a Table<'a>,
    values: &'a [f32],
    means: &'a [f32],
}

impl Seen<'_> {
    fn convert(&self, trees: &[Tree]) -> Result<TreeEnsemble, LearnError> {
        let share = 1.0 / trees.len() as f64;
        let tree = |Tree { nodes }: &Tree| -> Vec<TreeNode> {
            nodes.iter().zip(self.covers(nodes)).map(|(node, cover)| self.node(node, cover, share)).collect()
        };
        let trees: Vec<_> = trees.iter().map(tree).collect();
        Ok(TreeEnsemble::new(self.means.len(), 0.0, &trees)?)
    }

    fn node(&self, node: &Node, cover: f32, share: f64) -> TreeNode {
        let (Some(value), Some(left), Some(right)) = (node.split_value, node.true_child, node.false_child)
        else {
            return TreeNode::Leaf { value: (node.output * share) as f32, cover };
        };
        let threshold = above(value);
        let missing_left = self.means.get(node.split_feature).is_some_and(|mean| *mean < threshold);
        TreeNode::Split {
            feature: node.split_feature,
            threshold,
            missing_left,
            left,
            right,
            cover,
            gain: 0.0,
        }
    }

    /// The weight of rows at each node; smartcore does not keep it.
    fn covers(&self, nodes: &[Node]) -> Vec<f32> {
        let mut covers = vec![0.0_f64; nodes.len()];
        for (at, row) in self.values.chunks_exact(self.means.len()).enumerate() {
            let mut node = 0;
            for _ in 0..nodes.len() {
                covers[node] += self.table.weight(at);
                let Node {
                    split_feature,
                    split_value: Some(value),
                    true_child: Some(left),
                    false_child: Some(right),
                    ..
                } = nodes[node]
                else {
                    break;
                };
                node = if row[split_feature] < above(value) { left } else { right };
            }
        }
        // A leaf that only rows drawn again and again came to still has some weight.
        covers.into_iter().map(|cover| cover.max(1e-3) as f32).collect()
    }
}

/// smartcore sends left what is at most `value`; we send left what is below the next number.
fn above(value: f64) -> f32 {
    let near = value as f32;
    if f64::from(near) <= value { near.next_up() } else { near }
}
