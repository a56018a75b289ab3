//! How good predictions are, and how to set their level right.
//!
//! Candidates are chosen, and the chosen one is shown, by two tables: [`ChurnMeasures`] judge probabilities
//! of churn, [`ValueMeasures`] predicted spend. Each takes one value per customer and works in
//! O(n log n). They agree to the last digits with scikit-learn and pandas, ties included, so a number in a
//! bundle can be recomputed by anyone with a notebook.
//!
//! [`population_stability`] tells whether customers are still spread as they were, and [`PairedDifference`]
//! and [`auc_standard_error`] what chance alone does to a comparison.
//! [`calibration_table`], [`tenths`], [`ranking_curves`] and [`gain_curve`] are what is behind those numbers, in rows and
//! points that can be printed and drawn.
//!
//! [`LogitShift`] moves probabilities whose level is off while it keeps their order.
//!
//! [`Learned`] is what was learned from rows of features, in the form that predicts: [`TreeEnsemble`] sums up many
//! small trees and says what each feature added.
//!
//! ```
//! use tenure_predict::churn_measures;
//! let measures = churn_measures(&[false, false, true, true], &[0.1, 0.4, 0.35, 0.8])?;
//! // The example of scikit-learn's `roc_auc_score` and `average_precision_score`.
//! assert_eq!(measures.auc, Some(0.75));
//! assert!((measures.average_precision.unwrap_or(0.0) - 0.83).abs() < 0.01);
//! # Ok::<(), tenure_predict::PredictError>(())
//! ```

#![forbid(unsafe_code)]

mod chance;
mod churn;
mod columns;
mod curves;
mod deviance;
mod error;
mod interval;
mod learned;
mod level;
mod linear;
mod rank;
#[cfg(test)]
mod sample;
mod stability;
mod stack;
mod tables;
mod trees;
mod value;

pub use chance::{PairedDifference, auc_standard_error, paired_difference};
pub use churn::{ChurnMeasures, churn_measures};
pub use columns::{Column, ColumnKind, Columns, cell};
pub use curves::{Point, RankingCurves, gain_curve, ranking_curves};
pub use deviance::value_deviances;
pub use error::PredictError;
pub use interval::{Confidence, Outcomes, ValueIntervals};
pub use learned::{Forest, Learned, Target};
pub use level::LogitShift;
pub use linear::{Linear, LinearTerm};
pub use stability::{Stability, population_stability};
pub use stack::{Member, TableModel};
pub use tables::{CalibrationBin, Tenth, calibration_table, tenths};
pub use trees::{MAX_DEPTH, MAX_FEATURES, MAX_NODES, TreeEnsemble, TreeNode};
pub use value::{ValueMeasures, value_measures};
