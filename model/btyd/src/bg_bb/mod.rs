//! BG/BB: Fader, Hardie and Shang (2010), for purchases that can be made once a period.

mod data;
mod likelihood;
mod outlook;

use linfa::DatasetBase;
use linfa::traits::Fit;
use serde::{Deserialize, Serialize};

use crate::BtydError;
use crate::fit::{Estimate, Task, conclude};
use crate::hyperparams::{FitParams, ValidFitParams};
use crate::optimise::{Ladder, Objective, maximise};
use crate::report::Fitted;
pub use data::{ChanceCustomer, ChanceData};
pub use outlook::ChanceOutlook;

/// The beta-geometric / beta-Bernoulli model.
///
/// For donors, yearly fairs, weekly shoppers: at every chance a customer who is still there buys with a chance that
/// is Beta(`alpha`, `beta`) over customers, and before every chance leaves for good with one that is
/// Beta(`gamma`, `delta`).
///
/// Reference: Fader, Hardie, Shang (2010), "Customer-Base Analysis in a Discrete-Time Noncontractual Setting",
/// Marketing Science 29(6), 1086-1108.
///
/// ```
/// use tenure_btyd::{BgBb, ChanceCustomer};
/// // The paper's donors: who gave in 1997 and 1999 and not since may give in 2002 with .59.
/// let model = BgBb::new(1.204, 0.750, 0.657, 2.783)?;
/// let outlook = model.outlook(&ChanceCustomer::new(2, 4, 6)?);
/// assert!((outlook.p_alive_after(1) - 0.59).abs() < 5e-3);
/// // Who gave every year can be expected to give 3.75 times in the next five.
/// let loyal = model.outlook(&ChanceCustomer::new(6, 6, 6)?);
/// assert!((loyal.expected_orders(5) - 3.75).abs() < 5e-3);
/// # Ok::<(), tenure_btyd::BtydError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "[f64; 4]", into = "[f64; 4]")]
pub struct BgBb {
    parameters: [f64; 4],
}

const NAMES: [&str; 4] = ["alpha", "beta", "gamma", "delta"];
const MODEL: &str = "BG/BB";

impl BgBb {
    /// The model at known parameters.
    ///
    /// # Errors
    /// When one is not finite and above zero.
    pub fn new(alpha: f64, beta: f64, gamma: f64, delta: f64) -> Result<Self, BtydError> {
        let parameters = crate::parameters::check(MODEL, NAMES, [alpha, beta, gamma, delta])?;
        Ok(Self { parameters })
    }

    /// Settings of a fit.
    #[must_use]
    pub fn params() -> FitParams<Self> {
        FitParams::default()
    }

    /// `(alpha, beta, gamma, delta)`.
    #[must_use]
    pub const fn parameters(&self) -> [f64; 4] {
        self.parameters
    }

    /// What one customer will do with the chances to come.
    #[must_use]
    pub fn outlook(&self, customer: &ChanceCustomer) -> ChanceOutlook {
        let [alpha, beta, gamma, delta] = self.parameters;
        let (there, died) = likelihood::there_and_died(self.parameters, customer);
        let (x, n) = (f64::from(customer.frequency()), f64::from(customer.chances()));
        ChanceOutlook {
            p_there: 1.0 / (1.0 + (died - there).exp()),
            alpha: alpha + x,
            beta: beta + n - x,
            gamma,
            delta: delta + n,
        }
    }

    /// Log-likelihood of one customer, eq. 5.
    #[must_use]
    pub fn log_likelihood(&self, customer: &ChanceCustomer) -> f64 {
        let (there, died) = likelihood::there_and_died(self.parameters, customer);
        there.max(died) + (-(there - died).abs()).exp().ln_1p()
    }
}

crate::parameters::serde_as_array!(BgBb, 4, [alpha, beta, gamma, delta]);

impl Fit<ChanceData, (), BtydError> for ValidFitParams<BgBb> {
    type Object = Fitted<BgBb>;

    /// Maximises the likelihood.
    ///
    /// # Errors
    /// When nobody ever bought or nobody had a chance, or the search ends away from a maximum.
    fn fit(&self, dataset: &DatasetBase<ChanceData, ()>) -> Result<Fitted<BgBb>, BtydError> {
        let data = dataset.records();
        let taken = data.share_taken();
        if taken <= 0.0 {
            return Err(BtydError::NoRepeatPurchase { customers: data.customers() as usize });
        }
        let odds = (1.0 - taken).max(0.05) / taken;
        let starts: Vec<Vec<f64>> =
            [[1.0, 0.7 * odds, 0.5, 2.5], [0.5, 0.3 * odds, 0.3, 3.0], [2.0, odds, 2.0, 20.0]]
                .iter()
                .map(|start: &[f64; 4]| start.iter().map(|v| v.ln()).collect())
                .collect();
        let objective = MeanLikelihood { data };
        let ladder = Ladder { rough: &objective, middle: &objective, full: &objective };
        let found = maximise(&ladder, &starts, self.into());
        let task = Task {
            model: MODEL,
            estimates: NAMES.iter().map(|name| Estimate::positive(name, 1.0)).collect(),
            log_likelihood: found.value * data.customers(),
            customers: data.customers(),
            distinct: data.distinct(),
            starts: starts.len(),
            tolerance: self.tolerance,
        };
        let (values, report) = conclude(&found, task)?;
        Ok(Fitted { model: BgBb::new(values[0], values[1], values[2], values[3])?, report })
    }
}

/// Mean log-likelihood over the log parameters.
struct MeanLikelihood<'a> {
    data: &'a ChanceData,
}

impl Objective for MeanLikelihood<'_> {
    fn evaluate(&self, theta: &[f64]) -> (f64, Vec<f64>) {
        let parameters: [f64; 4] = std::array::from_fn(|index| theta[index].exp());
        let (sum, gradient) = likelihood::log_likelihood(parameters, self.data);
        let customers = self.data.customers();
        let over_log = |index: usize| gradient[index] * parameters[index] / customers;
        (sum / customers, (0..4).map(over_log).collect())
    }
}
