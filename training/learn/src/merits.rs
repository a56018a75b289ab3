//! The eleven measures by which models are compared, all in one direction.

use tenure_predict::{ChurnMeasures, ValueMeasures};

/// All measures, each turned so that more is better; absent where the outcomes leave it undefined.
pub(crate) fn merits(churn: &ChurnMeasures, value: &ValueMeasures) -> [Option<f64>; 11] {
    let lower = |measure: Option<f64>| measure.map(|found| -found.abs());
    [
        churn.auc,
        churn.average_precision,
        Some(-churn.brier),
        Some(-churn.log_loss),
        Some(-churn.calibration_error),
        value.gini,
        value.spearman,
        value.top_decile_share,
        lower(value.decile_error),
        Some(-value.mae),
        lower(value.bias),
    ]
}
