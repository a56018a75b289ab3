//! Flat tables: one row for each customer, one column that says who left. No dates, so no backtest: cross-validation.

mod columns;
mod evaluate;
mod fit;
mod folds;
mod raw;
#[cfg(test)]
mod tests;

pub use evaluate::{TableEvaluation, TableMeasures, evaluate_table};
pub use fit::{TrainedTable, boosted_loss, train_table};
pub use raw::RawTable;

use crate::learners::{Boosted, Logistic, RandomForest};

/// How a model of a flat table is made.
#[derive(Clone, Debug, PartialEq)]
pub struct TableRecipe {
    /// The column that says who left.
    pub target: String,
    /// The word in it that says so; `None` where one of the two words plainly means yes, such as `Yes`, `1`, `churned`.
    pub positive: Option<String>,
    /// The column of customer ids, which is not learned from. Others that look like ids are left out too.
    pub id: Option<String>,
    /// Columns not to learn from.
    pub without: Vec<String>,
    /// How trees are boosted.
    pub boosted: Boosted,
    /// How logistic regression is done.
    pub logistic: Logistic,
    /// How the forest is grown.
    pub forest: RandomForest,
    /// How rows are dealt to folds.
    pub seed: u64,
}

impl TableRecipe {
    /// The defaults, for a target. Trees are smaller than those for behaviour: a flat table has thousands of rows.
    #[must_use]
    pub fn new(target: impl Into<String>) -> Self {
        let boosted =
            Boosted { rounds: 250, eta: 0.04, depth: 3, leaves: 8, colsample: 0.5, ..Boosted::default() };
        let forest = RandomForest { trees: 60, depth: 9, leaf_rows: 15, ..RandomForest::default() };
        Self {
            target: target.into(),
            positive: None,
            id: None,
            without: Vec::new(),
            boosted,
            logistic: Logistic::default(),
            forest,
            seed: 20_131,
        }
    }
}
