//! The likelihood and its gradient: orders at their time, right-censored waits of the others.

use super::FirstOrderData;
use crate::BtydError;
use crate::fit::{Estimate, Task, conclude};
use crate::optimise::{Ladder, Objective, Settings, maximise};
use crate::report::FitReport;

/// Log-likelihood and its gradient over `ln r`, `ln alpha` and the log-odds of ever ordering, from `(r, alpha)` and
/// the shares of those who will and who never will: both are given, as either may be too near 1 to be subtracted.
pub(super) fn log_likelihood(
    [r, alpha]: [f64; 2],
    [share, never]: [f64; 2],
    data: &FirstOrderData,
) -> (f64, [f64; 3]) {
    let (mut value, mut gradient) = (0.0, [0.0; 3]);
    let mut add = |one: f64, slope: [f64; 3]| {
        value += one;
        gradient.iter_mut().zip(slope).for_each(|(sum, one)| *sum += one);
    };
    let ln_scale = share.ln() + r.ln();
    for wait in &data.ordered {
        let grown = (wait / alpha).ln_1p();
        let past = wait / (alpha + wait);
        add(ln_scale - (alpha + wait).ln() - r * grown, [1.0 - r * grown, r * past - (1.0 - past), never]);
    }
    for wait in &data.waiting {
        let grown = (wait / alpha).ln_1p();
        let will = share * (-r * grown).exp();
        let none = (never + will).max(f64::MIN_POSITIVE);
        let still = will / none;
        add(none.ln(), [-still * r * grown, still * r * wait / (alpha + wait), still - share]);
    }
    (value, gradient)
}

/// Fits `(r, alpha, share)`.
pub(super) fn fit(
    model: &'static str,
    names: [&str; 3],
    data: &FirstOrderData,
    settings: Settings,
) -> Result<([f64; 3], FitReport), BtydError> {
    let (customers, orders) = (data.customers(), data.ordered());
    if orders == 0 {
        return Err(BtydError::NobodyOrdered { customers });
    }
    // Orders come within days or months; how long the others have been watched says nothing about that.
    let unit = data.ordered.iter().sum::<f64>() / orders as f64;
    if unit <= 0.0 {
        return Err(BtydError::NoTimePassed { customers });
    }
    let scaled = data.in_units_of(unit);
    let objective = MeanLikelihood { data: &scaled };
    let seen = (orders as f64 / (customers - orders).max(1) as f64).ln().clamp(-4.0, 4.0);
    let starts =
        [vec![0.0, 0.0, seen], vec![3.0, 3.0, seen], vec![-1.0, -2.0, seen + 1.0], vec![-0.5, 1.0, seen]];
    let ladder = Ladder { rough: &objective, middle: &objective, full: &objective };
    let found = maximise(&ladder, &starts, settings);
    let task = Task {
        model,
        estimates: vec![
            Estimate::positive(names[0], 1.0),
            Estimate::positive(names[1], unit),
            Estimate::plain(names[2].to_owned()),
        ],
        // A density of one time has the unit time^-1.
        log_likelihood: found.value * customers as f64 - orders as f64 * unit.ln(),
        customers: customers as f64,
        distinct: customers,
        starts: starts.len(),
        tolerance: settings.tolerance,
    };
    let (values, mut report) = conclude(&found, task)?;
    // What was searched by its log-odds is reported as it is.
    let [share, never] = shares(values[2]);
    if let Some(reported) = report.parameters.0.last_mut() {
        reported.value = share;
        reported.standard_error = reported.standard_error.map(|error| error * share * never);
    }
    Ok(([values[0], values[1], share], report))
}

/// The share of those who will order and of those who never will.
fn shares(log_odds: f64) -> [f64; 2] {
    [(1.0 + (-log_odds).exp()).recip(), (1.0 + log_odds.exp()).recip()]
}

/// Mean log-likelihood over `(ln r, ln alpha, log-odds of the share)`.
struct MeanLikelihood<'a> {
    data: &'a FirstOrderData,
}

impl Objective for MeanLikelihood<'_> {
    fn evaluate(&self, theta: &[f64]) -> (f64, Vec<f64>) {
        let (sum, gradient) = log_likelihood([theta[0].exp(), theta[1].exp()], shares(theta[2]), self.data);
        let customers = self.data.customers() as f64;
        (sum / customers, gradient.iter().map(|one| one / customers).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tenure_core::Weeks;

    #[test]
    fn gradients_match_finite_differences() {
        let people = [(0.0, true), (0.4, true), (9.0, true), (0.0, false), (2.0, false), (80.0, false)];
        let people = people.map(|(wait, ordered)| (Weeks::new(wait).unwrap(), ordered));
        let data = FirstOrderData::new(people).unwrap();
        let at = [-0.3, 0.8, 0.4];
        let objective = MeanLikelihood { data: &data };
        let (_, gradient) = objective.evaluate(&at);
        for index in 0..3 {
            let shifted = |by: f64| {
                let mut moved = at;
                moved[index] += by;
                objective.evaluate(&moved).0
            };
            let slope = (shifted(1e-5) - shifted(-1e-5)) / 2e-5;
            approx::assert_relative_eq!(gradient[index], slope, max_relative = 1e-7);
        }
    }
}
