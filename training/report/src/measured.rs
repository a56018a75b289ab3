//! Parts of a report that are measured elsewhere: where the model was calibrated, explained or retrained.

use tenure_core::{AsOf, Horizon};

/// How often intervals held what came.
#[derive(Clone, Debug, PartialEq)]
pub struct Coverage {
    /// What the intervals are about, such as `CLV over 90d`; empty for net spend over the horizon of the report.
    pub of: String,
    /// One line for each level, and for each group where groups were told apart.
    pub lines: Vec<CoverageLine>,
}

/// How often intervals of one level held what came.
#[derive(Clone, Debug, PartialEq)]
pub struct CoverageLine {
    /// The group of customers; empty for all.
    pub group: String,
    /// The promised share, in (0, 1), such as 0.8.
    pub promised: f64,
    /// The share of customers whose interval held what came, in [0, 1].
    pub held: f64,
    /// How many customers, at least 1.
    pub customers: u64,
}

/// How much one feature moves the predictions.
#[derive(Clone, Debug, PartialEq)]
pub struct Importance {
    /// The feature: its name in the bundle, or in words.
    pub feature: String,
    /// Mean size of its contribution, at least 0, in any unit that all features share.
    pub weight: f64,
}

/// How far the shop has moved from the data of training.
#[derive(Clone, Debug, PartialEq)]
pub struct Drift {
    /// What follows from it.
    pub verdict: DriftVerdict,
    /// Why, in a sentence; may be empty.
    pub reason: String,
    /// Every feature that was compared.
    pub features: Vec<FeatureDrift>,
    /// Windows between training and the as-of whose outcome is known, oldest first.
    pub windows: Vec<WindowDrift>,
}

/// What was predicted for a window since training, and what came.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WindowDrift {
    /// When it begins: predictions knew what came before.
    pub from: AsOf,
    /// Its length.
    pub horizon: Horizon,
    /// Customers with an order before it.
    pub customers: u64,
    /// How well it was told who would churn; absent where all did or none.
    pub auc: Option<f64>,
    /// Mean probability of churn in it, in [0, 1].
    pub predicted_churn: f64,
    /// Share of customers who churned in it.
    pub churn: f64,
    /// Net spend that was predicted, in major units.
    pub predicted_value: f64,
    /// Net spend that came, in major units.
    pub value: f64,
}

/// What follows from a drift.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DriftVerdict {
    /// The model still fits.
    Keep,
    /// The ranking still fits, the level does not.
    Recalibrate,
    /// The shop has changed.
    Retrain,
}

/// How far one feature has moved.
#[derive(Clone, Debug, PartialEq)]
pub struct FeatureDrift {
    /// The feature, in words or by its name.
    pub feature: String,
    /// Population stability index, at least 0: below 0.1 is stable, above 0.25 has shifted.
    pub stability_index: f64,
}
