//! What the purchase model says, and what a customer's own rate says, on a line to the log-odds of the definition.

use tenure_bundle::FromPurchases;
use tenure_predict::{LogitShift, Target};

use crate::ladder::snapshot::Snapshot;

pub(super) fn line(all: &[&Snapshot]) -> FromPurchases {
    let margins: Vec<f64> = all.iter().flat_map(|one| &one.base).map(|base| base.churn_margin()).collect();
    line_from(&labels(all), &margins)
}

/// The line from a reading of log-odds to those of the definition; flat where the reading does not tell.
pub(super) fn line_from(churned: &[bool], margins: &[f64]) -> FromPurchases {
    let p: Vec<f64> = margins.iter().map(|margin| probability(*margin)).collect();
    let held = churned.iter().filter(|held| **held).count() as f64;
    let flat = (held / (churned.len() as f64 - held)).ln();
    let (intercept, slope) =
        LogitShift::fit(churned, &p).map_or((flat, 0.0), |shift| (shift.intercept(), shift.slope()));
    FromPurchases::new(intercept, slope).unwrap_or(FromPurchases::NONE)
}

pub(super) fn labels(all: &[&Snapshot]) -> Vec<bool> {
    all.iter().flat_map(|one| one.churned.iter().copied()).collect()
}

/// Log-odds of the customer's own past rate carried on.
pub(super) fn naive_margins(one: &Snapshot) -> impl Iterator<Item = f64> {
    one.naive.iter().map(|naive| {
        let p = naive.p_no_order.clamp(1e-6, 1.0 - 1e-6);
        (p / (1.0 - p)).ln()
    })
}

pub(super) fn probability(margin: f64) -> f64 {
    Target::Probability.prediction(margin)
}
