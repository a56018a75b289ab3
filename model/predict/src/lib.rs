//! How good predictions are, and how to set their level right.
//!
//! Candidates are chosen, and the chosen one is shown, by two tables: [`ChurnMeasures`] judge probabilities
//! of churn, [`ValueMeasures`] predicted spend. Each takes one value per customer and works in
//! O(n log n). They agree to the last digits with scikit-learn and pandas, ties included, so a number in a
//! bundle can be recomputed by anyone with a notebook.
//!
//! [`calibration_table`], [`tenths`], [`ranking_curves`] and [`gain_curve`] are what is behind those numbers, in rows and
//! points that can be printed and drawn.
//!
//! [`LogitShift`] moves probabilities whose level is off while it keeps their order.
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

mod churn;
mod curves;
mod error;
mod level;
mod rank;
#[cfg(test)]
mod sample;
mod tables;
mod value;

pub use churn::{ChurnMeasures, churn_measures};
pub use curves::{Point, RankingCurves, gain_curve, ranking_curves};
pub use error::PredictError;
pub use level::LogitShift;
pub use tables::{CalibrationBin, Tenth, calibration_table, tenths};
pub use value::{ValueMeasures, value_measures};
