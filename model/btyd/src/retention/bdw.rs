//! `BdW`: Fader, Hardie, Liu, Davin and Steenburgh (2018), "How to Project Customer Retention Revisited".

use linfa::DatasetBase;
use linfa::traits::Fit;
use serde::{Deserialize, Serialize};

use super::{RetentionData, RetentionModel, likelihood};
use crate::BtydError;
use crate::hyperparams::{FitParams, ValidFitParams};
use crate::report::Fitted;

/// The beta-discrete-Weibull model of retention.
///
/// As [`ShiftedBetaGeometric`](crate::ShiftedBetaGeometric), but a customer's own chance to leave may change with
/// tenure: it rises where `c` is above 1 and falls below; at 1 the models are the same. From few periods it projects
/// much better.
///
/// Reference: Fader, Hardie, Liu, Davin, Steenburgh (2018), Journal of Interactive Marketing 43, 1-16.
///
/// ```
/// use tenure_btyd::{BetaWeibull, RetentionModel, ShiftedBetaGeometric};
/// // The 394 of 1,000 "high end" customers of 2007's paper who were left after twelve years, from the first five.
/// let five_years = BetaWeibull::new(0.2274, 1.5127, 1.6751)?;
/// assert!((five_years.survival(12) - 0.394).abs() < 0.006);
/// let same = BetaWeibull::new(0.668, 3.806, 1.0)?;
/// assert!((same.survival(7) - ShiftedBetaGeometric::new(0.668, 3.806)?.survival(7)).abs() < 1e-14);
/// # Ok::<(), tenure_btyd::BtydError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "[f64; 3]", into = "[f64; 3]")]
pub struct BetaWeibull {
    parameters: [f64; 3],
}

const NAMES: [&str; 3] = ["alpha", "beta", "c"];
const MODEL: &str = "BdW";

impl BetaWeibull {
    /// The model at known parameters.
    ///
    /// # Errors
    /// When one is not finite and above zero.
    pub fn new(alpha: f64, beta: f64, c: f64) -> Result<Self, BtydError> {
        Ok(Self { parameters: crate::parameters::check(MODEL, NAMES, [alpha, beta, c])? })
    }

    /// Settings of a fit.
    #[must_use]
    pub fn params() -> FitParams<Self> {
        FitParams::default()
    }

    /// `(alpha, beta, c)`.
    #[must_use]
    pub const fn parameters(&self) -> [f64; 3] {
        self.parameters
    }

    /// Log-likelihood of all customers.
    #[must_use]
    pub fn log_likelihood(&self, data: &RetentionData) -> f64 {
        likelihood::log_likelihood(self.parameters, data).0
    }
}

impl RetentionModel for BetaWeibull {
    /// `B(alpha, beta + t^c) / B(alpha, beta)`.
    fn ln_survival(&self, periods: f64) -> f64 {
        likelihood::ln_survival(self.parameters, periods)
    }
}

crate::parameters::serde_as_array!(BetaWeibull, 3, [alpha, beta, c]);

impl Fit<RetentionData, (), BtydError> for ValidFitParams<BetaWeibull> {
    type Object = Fitted<BetaWeibull>;

    /// Maximises the likelihood.
    ///
    /// # Errors
    /// When nobody left, or the search ends away from a maximum.
    fn fit(&self, dataset: &DatasetBase<RetentionData, ()>) -> Result<Self::Object, BtydError> {
        let (values, report) = likelihood::fit(MODEL, &NAMES, dataset.records(), self.into())?;
        Ok(Fitted { model: BetaWeibull::new(values[0], values[1], values[2])?, report })
    }
}
