//! The level that the same season showed a year before.

use tenure_bundle::Level;
use tenure_predict::LogitShift;

use super::snapshot::Snapshot;
use crate::LearnError;

/// Predictions for one snapshot.
#[derive(Clone, Debug)]
pub(crate) struct Predicted {
    pub(crate) p_no_order: Vec<f64>,
    pub(crate) value: Vec<f64>,
}

impl Predicted {
    /// The purchase model's answer bent by margins, as [`tenure_bundle::Boosted`] does it.
    pub(crate) fn of(snapshot: &Snapshot, churn: &[f64], spend: &[f64], level: &Level) -> Self {
        let (mut p_no_order, mut value) = (Vec::new(), Vec::new());
        for (at, base) in snapshot.base.iter().enumerate() {
            let margin = base.churn_margin() + churn[at];
            let p = level.churn_probability(1.0 / (1.0 + (-margin).exp()));
            let factor = (1.0 - p) / (1.0 - base.p_no_order) * spend[at].exp();
            p_no_order.push(p);
            value.push(level.expected_value(snapshot.expected[at] * factor));
        }
        Self { p_no_order, value }
    }
}

/// What it takes for the predictions of `snapshot`, made without any level, to meet what happened there, drawn
/// towards nothing by `trust` from 0 to 1. Where all ordered, or nobody did, no level is set: a shop that was closed
/// says nothing of one that is open.
pub(crate) fn level_at(
    snapshot: &Snapshot,
    churn: &[f64],
    spend: &[f64],
    trust: f64,
) -> Result<Level, LearnError> {
    let quiet = snapshot.silent.iter().filter(|silent| **silent).count();
    if quiet == 0 || quiet == snapshot.silent.len() {
        return Ok(Level::NONE);
    }
    let plain = Predicted::of(snapshot, churn, spend, &Level::NONE);
    let full = LogitShift::fit_intercept(&snapshot.silent, &plain.p_no_order)?;
    let shift = LogitShift::new(trust * full.intercept(), 1.0)?;
    // The value of payers, once as many order as did.
    let met = Predicted::of(snapshot, churn, spend, &Level::new(full, 1.0, 1.0)?);
    let factor = |actual: f64, predicted: f64| {
        if actual > 0.0 && predicted > 0.0 { (trust * (actual / predicted).ln()).exp() } else { 1.0 }
    };
    let orders = snapshot.base.iter().zip(&met.p_no_order);
    let orders: f64 = orders.map(|(base, p)| base.orders * (1.0 - p) / (1.0 - base.p_no_order)).sum();
    let orders = factor(snapshot.ordered.iter().sum(), orders);
    let value = factor(snapshot.spent.iter().sum(), met.value.iter().sum());
    Ok(Level::new(shift, orders, value)?)
}
