//! Boosted trees, by hessboost.

use std::num::NonZeroUsize;

use hessboost::config::{GrowPolicy, TrainingParams, TrainingParamsBuilder, TreeMethod};
use hessboost::data::DMatrix;
use hessboost::metric::EvalMetric;
use hessboost::model::BoostedModel;
use hessboost::objective::{Objective, RegLoss};
use hessboost::training::Trainer;
use tenure_predict::{Learned, Target, TreeEnsemble, TreeNode};

use super::table::refuse;
use super::{Learner, Table};
use crate::LearnError;

/// Which way a prediction may move with a feature.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Monotone {
    /// Any way.
    #[default]
    Free,
    /// More of the feature never lowers it.
    Rising,
    /// More of the feature never raises it.
    Falling,
}

/// Boosted trees. The defaults suit some thousands to some millions of rows of behaviour, whose outcome is mostly
/// chance: many small steps of shallow trees.
#[derive(Clone, Debug, PartialEq)]
pub struct Boosted {
    /// Trees at most; fewer where later rows stop getting better.
    pub rounds: usize,
    /// How much of each tree is added, above 0 to 1.
    pub eta: f64,
    /// Questions from root to leaf, at most; 1 to 12.
    pub depth: usize,
    /// Leaves of a tree, at most; at least 2. The most useful splits come first.
    pub leaves: usize,
    /// The least weight of a leaf, in curvature of the loss: a row weighs `p (1 - p)` for probabilities and about 1
    /// for amounts.
    pub min_child_weight: f64,
    /// By how much leaves are drawn towards zero.
    pub lambda: f64,
    /// The share of rows that each tree sees.
    pub subsample: f64,
    /// The share of features that each tree sees.
    pub colsample: f64,
    /// Rounds without a better prediction of later rows after which boosting ends.
    pub patience: usize,
    /// Which way predictions move with each feature; empty for any way with all.
    pub monotone: Vec<Monotone>,
    /// Which rows and features the trees see.
    pub seed: u64,
}

impl Default for Boosted {
    /// 300 trees of at most 15 leaves and 4 levels, added by 0.04.
    fn default() -> Self {
        Self {
            rounds: 300,
            eta: 0.04,
            depth: 4,
            leaves: 15,
            min_child_weight: 5.0,
            lambda: 5.0,
            subsample: 0.8,
            colsample: 0.8,
            patience: 30,
            monotone: Vec::new(),
            seed: 20_131,
        }
    }
}

impl Learner for Boosted {
    fn name(&self) -> &'static str {
        "boosted"
    }

    fn fit(&self, train: &Table<'_>, later: Option<&Table<'_>>) -> Result<Learned, LearnError> {
        Ok(Learned::Trees(convert(&self.model(train, later)?, train, usize::MAX)?))
    }
}

/// Rows of a table in few bins, from which several models learn: the bins are made once.
#[derive(Debug)]
pub(crate) struct Binned<'a> {
    table: &'a Table<'a>,
    data: DMatrix,
}

/// Bins of a feature: what outcomes mostly left to chance tell of it does not lie closer together.
const BINS: usize = 64;

impl<'a> Binned<'a> {
    /// Of a table without offsets.
    ///
    /// # Errors
    /// [`LearnError::Learner`] when there is one outcome only.
    pub(crate) fn new(table: &'a Table<'a>) -> Result<Self, LearnError> {
        table.check_both_outcomes()?;
        Ok(Self { table, data: matrix(table)? })
    }

    /// Features of a row.
    pub(crate) const fn features(&self) -> usize {
        self.table.features()
    }

    /// Fits once, to add to `offsets` if there are any, and gives back the ensembles of the first so many trees, for
    /// each of `rounds`.
    ///
    /// # Errors
    /// As [`Learner::fit`].
    pub(crate) fn fit_path(
        &self,
        settings: &Boosted,
        offsets: Option<&[f32]>,
        rounds: &[usize],
    ) -> Result<Vec<TreeEnsemble>, LearnError> {
        let table = match offsets {
            Some(offsets) => self.table.with_offsets(offsets)?,
            None => *self.table,
        };
        // A clone shares the values and their bins.
        let data = match offsets {
            Some(offsets) => self.data.clone().with_base_margin(offsets).map_err(|error| foreign(&error))?,
            None => self.data.clone(),
        };
        let params = settings.params(&table).max_bin(BINS).build().map_err(|error| foreign(&error))?;
        let trainer = Trainer::new(&params, &data, settings.rounds);
        let model = trainer.train().map_err(|error| foreign(&error))?.model;
        rounds.iter().map(|count| convert(&model, &table, *count)).collect()
    }
}

impl Boosted {
    /// The model as hessboost has it.
    pub(super) fn model(
        &self,
        train: &Table<'_>,
        later: Option<&Table<'_>>,
    ) -> Result<BoostedModel, LearnError> {
        train.check_both_outcomes()?;
        if later.is_some_and(|later| later.features() != train.features() || later.target() != train.target())
        {
            return Err(refuse(
                "the later rows have other features, or another outcome, than the rows to learn from",
            ));
        }
        let params = self.params(train).build().map_err(|error| foreign(&error))?;
        let data = matrix(train)?;
        let later = later.map(matrix).transpose()?;
        let mut trainer = Trainer::new(&params, &data, self.rounds);
        if let (Some(later), Some(patience)) = (&later, NonZeroUsize::new(self.patience)) {
            trainer = trainer.eval(later, "later").early_stopping_rounds(patience);
        }
        Ok(trainer.train().map_err(|error| foreign(&error))?.model)
    }

    fn params(&self, train: &Table<'_>) -> TrainingParamsBuilder {
        let (objective, metric) = match train.target() {
            Target::Probability => (Objective::BinaryLogistic(RegLoss::default()), EvalMetric::LogLoss),
            Target::Positive => (Objective::Gamma(RegLoss::default()), EvalMetric::GammaNLogLik),
        };
        let constraint = |one: &Monotone| match one {
            Monotone::Free => hessboost::config::Monotone::None,
            Monotone::Rising => hessboost::config::Monotone::Increasing,
            Monotone::Falling => hessboost::config::Monotone::Decreasing,
        };
        TrainingParams::builder()
            .objective(objective)
            .eval_metric(metric)
            // The level is ours to set: the mean outcome, whatever the rounds.
            .base_score(train.mean())
            .tree_method(TreeMethod::Hist)
            .grow_policy(GrowPolicy::LossGuide)
            .eta(self.eta)
            .max_depth(self.depth)
            .max_leaves(self.leaves)
            .min_child_weight(self.min_child_weight)
            .lambda(self.lambda)
            .subsample(self.subsample)
            .colsample_bytree(self.colsample)
            .monotone_constraints(self.monotone.iter().map(constraint).collect())
            .seed(self.seed)
    }
}

fn matrix(table: &Table<'_>) -> Result<DMatrix, LearnError> {
    let data = DMatrix::from_dense(table.rows(), table.labels().len(), table.features())
        .and_then(|data| data.with_labels(table.labels()));
    let data = match table.weights() {
        Some(weights) => data.and_then(|data| data.with_weights(weights)),
        None => data,
    };
    match table.offsets() {
        Some(offsets) => data.and_then(|data| data.with_base_margin(offsets)),
        None => data,
    }
    .map_err(|error| foreign(&error))
}

fn foreign(error: &hessboost::error::HessboostError) -> LearnError {
    refuse(format!("boosting: {error}"))
}

/// The trees up to the best round, at most so many, as plain numbers.
fn convert(model: &BoostedModel, train: &Table<'_>, most: usize) -> Result<TreeEnsemble, LearnError> {
    let count = model.best_iteration().map_or(model.num_trees(), |best| best + 1).min(most);
    // Where each row comes with a margin of its own, that is the base.
    let base = if train.offsets().is_some() { 0.0 } else { f64::from(model.base_score()) };
    let plain = model.n_outputs() == 1
        && model.num_parallel_tree() == 1
        && model.tree_weights().all(|weight| weight == 1.0)
        && !model.trees().iter().any(|tree| tree.has_categorical_splits() || tree.linear_leaves().is_some());
    if !plain {
        return Err(refuse("boosting gave a model of more than plain trees"));
    }
    let trees: Vec<Vec<TreeNode>> =
        model.trees().iter().take(count).map(|tree| tree.nodes().iter().map(node).collect()).collect();
    Ok(TreeEnsemble::new(model.n_features(), base, &trees)?)
}

fn node(node: &hessboost::tree::Node) -> TreeNode {
    // Where all rows are certain their curvature vanishes; a leaf has weight all the same.
    let cover = node.sum_hess.max(1e-6);
    if node.is_leaf() {
        return TreeNode::Leaf { value: node.leaf_value, cover };
    }
    TreeNode::Split {
        feature: node.split_feature as usize,
        threshold: node.split_cond,
        missing_left: node.default_left,
        left: usize::try_from(node.left).unwrap_or(usize::MAX),
        right: usize::try_from(node.right).unwrap_or(usize::MAX),
        cover,
        gain: f64::from(node.split_gain),
    }
}
