//! Gamma-Gamma: what a customer spends per order, Fader and Hardie (2013), note 025.

mod to_mean;

use linfa::DatasetBase;
use linfa::dataset::Records;
use linfa::traits::Fit;
use serde::{Deserialize, Serialize};
use statrs::function::gamma::{digamma, ln_gamma};

use crate::fit::{Estimate, Task, conclude};
use crate::hyperparams::{FitParams, ValidFitParams};
use crate::optimise::{Ladder, Objective, maximise};
use crate::report::Fitted;
use crate::{BtydError, parameters};

/// The Gamma-Gamma model of spend.
///
/// Orders of one customer vary as Gamma with shape `p` around a mean of the customer's own; the means vary over
/// customers, with shape `q` and scale `v`. The expectation for a customer lies between the own mean and the
/// population's, nearer the own the more orders stand behind it.
///
/// Spend is taken not to depend on how often a customer orders.
///
/// ```
/// use tenure_btyd::GammaGamma;
/// // Note 025 and the R package BTYD: the mean of CDNOW's repeat orders, then its second customer,
/// // who ordered once again for 22.35, at the rounded parameters.
/// let model = GammaGamma::new(6.25, 3.74, 15.44)?;
/// assert!((model.population_mean() - 35.2190).abs() < 5e-5);
/// assert!((model.expected_spend(2, 22.35) - 24.6637).abs() < 0.05);
/// # Ok::<(), tenure_btyd::BtydError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "[f64; 3]", into = "[f64; 3]")]
pub struct GammaGamma {
    parameters: [f64; 3],
}

const NAMES: [&str; 3] = ["p", "q", "v"];
const MODEL: &str = "Gamma-Gamma";

impl GammaGamma {
    /// The model at known parameters; `v` in the unit of the amounts.
    ///
    /// # Errors
    /// When one is not finite and above zero, or q is not above 1: the mean spend would be infinite.
    pub fn new(p: f64, q: f64, v: f64) -> Result<Self, BtydError> {
        let parameters = parameters::check(MODEL, NAMES, [p, q, v])?;
        if q <= 1.0 {
            return Err(BtydError::SpendTailTooHeavy { q });
        }
        Ok(Self { parameters })
    }

    /// Settings of a fit.
    #[must_use]
    pub fn params() -> FitParams<Self> {
        FitParams::default()
    }

    /// `(p, q, v)`.
    #[must_use]
    pub const fn parameters(&self) -> [f64; 3] {
        self.parameters
    }

    /// Mean spend per order over all customers: `p v / (q - 1)`.
    #[must_use]
    pub fn population_mean(&self) -> f64 {
        let [p, q, v] = self.parameters;
        p * v / (q - 1.0)
    }

    /// Expected spend per order of a customer whose `orders` orders had this `mean` (note 025, eq. 5):
    /// `p (v + x m) / (p x + q - 1)`. With no order it is the population's mean.
    #[must_use]
    pub fn expected_spend(&self, orders: u32, mean: f64) -> f64 {
        let [p, q, v] = self.parameters;
        let x = f64::from(orders);
        p * (v + x * mean) / (p * x + q - 1.0)
    }

    /// Log-likelihood of a `mean` over `orders` orders (note 025, eq. 1a).
    #[must_use]
    pub fn log_likelihood(&self, orders: u32, mean: f64) -> f64 {
        let [p, q, v] = self.parameters;
        let x = f64::from(orders);
        ln_gamma(p * x + q) - ln_gamma(p * x) - ln_gamma(q)
            + q * v.ln()
            + (p * x - 1.0) * mean.ln()
            + p * x * x.ln()
            - (p * x + q) * (x * mean + v).ln()
    }
}

parameters::serde_as_array!(GammaGamma, 3, [p, q, v]);

/// What Gamma-Gamma is fitted to: of each customer, how many orders and their mean.
#[derive(Clone, Debug)]
pub struct SpendData {
    /// Sorted by number of orders, then mean.
    rows: Vec<(u32, f64)>,
}

impl SpendData {
    /// Takes `(orders, mean spend)` of customers, in any order.
    ///
    /// # Errors
    /// When there is none, a customer has no order, or a mean is not finite and above zero.
    pub fn new(customers: impl IntoIterator<Item = (u32, f64)>) -> Result<Self, BtydError> {
        let mut rows: Vec<(u32, f64)> = customers.into_iter().collect();
        if rows.is_empty() {
            return Err(BtydError::TooFewCustomers { needed: 1, got: 0 });
        }
        for (orders, value) in &rows {
            if *orders == 0 || !value.is_finite() || *value <= 0.0 {
                return Err(BtydError::InvalidSpend { value: *value, orders: *orders });
            }
        }
        rows.sort_unstable_by(|left, right| left.0.cmp(&right.0).then(left.1.total_cmp(&right.1)));
        Ok(Self { rows })
    }
}

impl Records for SpendData {
    type Elem = f64;

    fn nsamples(&self) -> usize {
        self.rows.len()
    }

    /// Orders and mean spend.
    fn nfeatures(&self) -> usize {
        2
    }
}

impl Fit<SpendData, (), BtydError> for ValidFitParams<GammaGamma> {
    type Object = Fitted<GammaGamma>;

    /// Maximises the likelihood.
    ///
    /// # Errors
    /// When the search ends away from a maximum, or the fitted mean is infinite.
    fn fit(&self, dataset: &DatasetBase<SpendData, ()>) -> Result<Fitted<GammaGamma>, BtydError> {
        let rows = &dataset.records().rows;
        let customers = rows.len() as f64;
        // Amounts in units of their mean, so that yen and dollars are fitted alike.
        let unit = rows.iter().map(|(_, mean)| mean).sum::<f64>() / customers;
        let objective = MeanLikelihood::new(rows, unit);
        let starts: Vec<Vec<f64>> = [[1.0, 3.0, 1.0], [5.0, 4.0, 0.5], [0.8, 1.5, 0.5]]
            .iter()
            .map(|start: &[f64; 3]| start.iter().map(|v| v.ln()).collect())
            .collect();
        let ladder = Ladder { rough: &objective, middle: &objective, full: &objective };
        let found = maximise(&ladder, &starts, self.into());
        let task = Task {
            model: MODEL,
            estimates: (0..3)
                .map(|index| Estimate::positive(NAMES[index], if index == 2 { unit } else { 1.0 }))
                .collect(),
            // A density of one amount has the unit amount^-1.
            log_likelihood: (found.value - unit.ln()) * customers,
            customers,
            distinct: rows.len(),
            starts: starts.len(),
            tolerance: self.tolerance,
        };
        let (values, report) = conclude(&found, task)?;
        let [p, q, v] = std::array::from_fn(|index| values[index]);
        Ok(Fitted { model: GammaGamma::new(p, q, v)?, report })
    }
}

/// Mean log-likelihood over `(ln p, ln q, ln v)`.
struct MeanLikelihood {
    /// `(orders, mean spend in units of the mean of all, its logarithm)`, sorted by orders.
    rows: Vec<(u32, f64, f64)>,
}

impl MeanLikelihood {
    fn new(rows: &[(u32, f64)], unit: f64) -> Self {
        let scaled = |(orders, mean): &(u32, f64)| (*orders, mean / unit, (mean / unit).ln());
        Self { rows: rows.iter().map(scaled).collect() }
    }
}

impl Objective for MeanLikelihood {
    fn evaluate(&self, theta: &[f64]) -> (f64, Vec<f64>) {
        let (p, q, v) = (theta[0].exp(), theta[1].exp(), theta[2].exp());
        let (mut value, mut over_p, mut over_q, mut over_v) = (0.0, 0.0, 0.0, 0.0);
        // Everything with a gamma function depends on the number of orders alone.
        for group in self.rows.chunk_by(|left, right| left.0 == right.0) {
            let x = f64::from(group[0].0);
            let (px, count) = (p * x, group.len() as f64);
            let digamma_pxq = digamma(px + q);
            let common = ln_gamma(px + q) - ln_gamma(px) - ln_gamma(q) + q * v.ln() + px * x.ln();
            value += count * common;
            over_p += count * x * (digamma_pxq - digamma(px) + x.ln());
            over_q += count * (digamma_pxq - digamma(q) + v.ln());
            over_v += count * q / v;
            for (_, mean, ln_mean) in group {
                let total = x * mean + v;
                let ln_total = total.ln();
                value += (px - 1.0) * ln_mean - (px + q) * ln_total;
                over_p += x * (ln_mean - ln_total);
                over_q -= ln_total;
                over_v -= (px + q) / total;
            }
        }
        let customers = self.rows.len() as f64;
        (value / customers, vec![over_p * p / customers, over_q * q / customers, over_v * v / customers])
    }
}
