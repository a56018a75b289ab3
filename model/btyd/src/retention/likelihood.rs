//! The likelihood of both models and its gradient.

use statrs::function::gamma::{digamma, ln_gamma};

use super::RetentionData;
use crate::BtydError;
use crate::fit::{Estimate, Task, conclude};
use crate::optimise::{Ladder, Objective, Settings, maximise};
use crate::report::FitReport;

/// `ln S(t)` of `BdW`, `ln B(alpha, beta + t^c) / B(alpha, beta)` (Fader et al., 2018); sBG's is that at c = 1.
pub(super) fn ln_survival([alpha, beta, c]: [f64; 3], periods: f64) -> f64 {
    if periods <= 0.0 {
        return 0.0;
    }
    gamma_ratio(beta, alpha).0 - gamma_ratio(beta + grown(periods, c), alpha).0
}

/// The same with its gradient over `(alpha, beta, c)`.
fn with_gradient(parameters: [f64; 3], periods: f64) -> (f64, [f64; 3]) {
    if periods <= 0.0 {
        return (0.0, [0.0; 3]);
    }
    let [alpha, beta, c] = parameters;
    let grown = grown(periods, c);
    let ((start, start_slope), (now, slope)) = (gamma_ratio(beta, alpha), gamma_ratio(beta + grown, alpha));
    let over_alpha = digamma(alpha + beta) - digamma(alpha + beta + grown);
    (start - now, [over_alpha, start_slope - slope, -slope * grown * periods.ln()])
}

/// `t^c`, which ends where doubles do.
fn grown(periods: f64, c: f64) -> f64 {
    periods.powf(c).min(1e300)
}

/// From here on the series of [`gamma_ratio`] is exact to the last digits.
const FAR: f64 = 30.0;

/// `ln Gamma(z + a) / Gamma(z)` and its slope over z, `psi(z + a) - psi(z)`.
///
/// After many periods z is huge, and two gamma functions of such numbers differ by less than their rounding: from
/// [`FAR`] on it is the difference of Stirling's series that is computed, term by term.
fn gamma_ratio(z: f64, a: f64) -> (f64, f64) {
    if z < FAR {
        return (ln_gamma(z + a) - ln_gamma(z), digamma(z + a) - digamma(z));
    }
    let (near, far) = (z.recip(), (z + a).recip());
    let grows = (a / z).ln_1p();
    let ln_rest =
        |x: f64| x * (1.0 / 12.0 - x * x * (1.0 / 360.0 - x * x * (1.0 / 1_260.0 - x * x / 1_680.0)));
    let rest = |x: f64| x * (0.5 + x * (1.0 / 12.0 - x * x * (1.0 / 120.0 - x * x / 252.0)));
    let ratio = a * z.ln() + (z + a - 0.5) * grows - a + ln_rest(far) - ln_rest(near);
    (ratio, grows - rest(far) + rest(near))
}

/// Log-likelihood of all customers and its gradient: those who left in a period, those last seen after one.
pub(super) fn log_likelihood(parameters: [f64; 3], data: &RetentionData) -> (f64, [f64; 3]) {
    let mut total = (0.0, [0.0; 3]);
    let (mut before, mut slope_before) = (0.0, [0.0; 3]);
    for (index, (lost, kept)) in data.lost.iter().zip(&data.kept).enumerate() {
        let (after, slope) = with_gradient(parameters, (index + 1) as f64);
        // P(T = t) = S(t - 1) (1 - S(t) / S(t - 1)).
        let stays = (after - before).exp();
        let leaves = -(after - before).exp_m1();
        if *lost > 0.0 {
            total.0 += lost * (before + leaves.ln());
        }
        total.0 += kept * after;
        for n in 0..3 {
            let over_lost = slope_before[n] - stays / leaves * (slope[n] - slope_before[n]);
            total.1[n] += kept * slope[n] + if *lost > 0.0 { lost * over_lost } else { 0.0 };
        }
        (before, slope_before) = (after, slope);
    }
    total
}

/// Fits the first `names.len()` of `(alpha, beta, c)`; c is 1 where it is not among them.
pub(super) fn fit(
    model: &'static str,
    names: &[&str],
    data: &RetentionData,
    settings: Settings,
) -> Result<(Vec<f64>, FitReport), BtydError> {
    if data.leavers() <= 0.0 {
        return Err(BtydError::NobodyLeft { customers: data.customers() as usize });
    }
    let objective = MeanLikelihood { data };
    let churn = data.mean_churn().min(0.99);
    let start = |weight: f64, c: f64| {
        let values = [churn * weight, (1.0 - churn) * weight, c];
        values[..names.len()].iter().map(|v: &f64| v.ln()).collect::<Vec<f64>>()
    };
    let starts = [start(3.0, 1.0), start(1.0, 1.5), start(20.0, 0.8)];
    let ladder = Ladder { rough: &objective, middle: &objective, full: &objective };
    let found = maximise(&ladder, &starts, settings);
    let task = Task {
        model,
        estimates: names.iter().map(|name| Estimate::positive(name, 1.0)).collect(),
        log_likelihood: found.value * data.customers(),
        customers: data.customers(),
        distinct: data.periods(),
        starts: starts.len(),
        tolerance: settings.tolerance,
    };
    conclude(&found, task)
}

/// Mean log-likelihood over the log parameters, two or three.
struct MeanLikelihood<'a> {
    data: &'a RetentionData,
}

impl Objective for MeanLikelihood<'_> {
    fn evaluate(&self, theta: &[f64]) -> (f64, Vec<f64>) {
        let mut parameters = [1.0; 3];
        for (parameter, theta) in parameters.iter_mut().zip(theta) {
            *parameter = theta.exp();
        }
        let (sum, gradient) = log_likelihood(parameters, self.data);
        let customers = self.data.customers();
        let over_log = |index: usize| gradient[index] * parameters[index] / customers;
        (sum / customers, (0..theta.len()).map(over_log).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of mpmath 1.3 with 400 digits, at 12 and 1,000 periods.
    #[test]
    fn survival_is_exact_after_a_thousand_periods() {
        let cases = [
            ([0.668, 3.806, 1.0], -0.972_754_157_380_684, -3.752_611_229_337_887_8),
            ([0.2143, 1.4266, 1.7236], -0.906_721_406_095_35, -2.537_341_920_981_279),
            ([20.0, 0.05, 0.3], -9.269_851_185_199_523, -19.504_056_320_624_123),
            ([0.05, 20.0, 3.0], -0.224_707_556_230_090_48, -0.887_573_059_365_302_3),
            ([0.3, 1.2, 5.0], -3.762_769_147_100_172, -10.397_041_066_105_135),
            ([300.0, 0.5, 4.0], -1_572.566_551_057_880_7, -6_877.825_157_725_223),
            ([2.0, 3.0, 40.0], -196.307_625_333_252_02, -550.135_515_668_783),
        ];
        for (parameters, twelve, thousand) in cases {
            for (periods, expected) in [(12.0, twelve), (1_000.0, thousand)] {
                approx::assert_relative_eq!(ln_survival(parameters, periods), expected, max_relative = 1e-11);
            }
        }
    }

    #[test]
    fn gradients_match_finite_differences() {
        let data = RetentionData::new([vec![1000.0, 631.0, 468.0, 382.0], vec![500.0, 300.0]]).unwrap();
        let at = [0.45, 0.78, 1.3];
        let (_, gradient) = log_likelihood(at, &data);
        for index in 0..3 {
            let shifted = |by: f64| {
                let mut moved = at;
                moved[index] += by;
                log_likelihood(moved, &data).0
            };
            let slope = (shifted(1e-5) - shifted(-1e-5)) / 2e-5;
            approx::assert_relative_eq!(gradient[index], slope, max_relative = 1e-6);
        }
    }
}
