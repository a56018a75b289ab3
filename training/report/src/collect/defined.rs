//! Churn by a definition: what it is, and what the past rate says of it.
//!
//! The past rate says how likely no order is. Against a definition that is a reading and no probability, so that it is
//! put on a line first, as in the bundle's backtest: the one that fits what happened in the window that ended at the
//! as-of. Nothing of the outcome that is compared goes into it.

use tenure_bundle::{FromPurchases, Scorer};
use tenure_predict::{LogitShift, Target};

use crate::collect::rows::Row;
use crate::report::{DefinedChurn, PastRateLine};

/// Customers of whom the definition held in the window before, and of whom it did not, at least: two numbers are
/// fitted.
const LEAST_OF_EACH: usize = 10;

/// How near to 0 or 1 a probability may come before its log-odds are taken.
const EDGE: f64 = 1e-6;

/// What churn is, if it is not no order; the past rate of `rows` is then put on its line.
pub(crate) fn churn(scorer: &Scorer, rows: &mut [Row]) -> Option<DefinedChurn> {
    let churn = scorer.churn()?;
    let fitted = line(rows);
    let line = fitted.unwrap_or_else(|| churn.from_purchases());
    for row in rows {
        let p = row.naive.p_no_order.clamp(EDGE, 1.0 - EDGE);
        row.naive.p_no_order = Target::Probability.prediction(line.margin((p / (1.0 - p)).ln()));
    }
    let definition = churn.definition();
    Some(DefinedChurn {
        definition: definition.to_string(),
        reading: definition.reading(),
        reading_zh: definition.reading_zh(),
        has_trees: churn.trees().is_some(),
        orders_have_trees: scorer.has_trees(),
        past_rate: if fitted.is_some() { PastRateLine::WindowBefore } else { PastRateLine::Bundle },
    })
}

/// The line from the past rate's log-odds of no order to churn in the window before the as-of; absent where too few
/// were known at its beginning, or the rate tells nothing of churn.
fn line(rows: &[Row]) -> Option<FromPurchases> {
    let (rates, held): (Vec<f64>, Vec<bool>) = rows.iter().filter_map(|row| row.before).unzip();
    let churned = held.iter().filter(|held| **held).count();
    if churned.min(held.len() - churned) < LEAST_OF_EACH {
        return None;
    }
    let rates: Vec<f64> = rates.iter().map(|rate| rate.clamp(EDGE, 1.0 - EDGE)).collect();
    let fitted = LogitShift::fit(&held, &rates).ok()?;
    FromPurchases::new(fitted.intercept(), fitted.slope()).ok()
}
