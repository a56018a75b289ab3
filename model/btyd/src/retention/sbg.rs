//! sBG: Fader and Hardie (2007), "How to Project Customer Retention".

use linfa::DatasetBase;
use linfa::traits::Fit;
use serde::{Deserialize, Serialize};

use super::{RetentionData, RetentionModel, likelihood};
use crate::hypergeometric::ln_gauss;
use crate::hyperparams::{FitParams, ValidFitParams};
use crate::report::Fitted;
use crate::{BtydError, PeriodDiscount};

/// The shifted beta-geometric model of retention.
///
/// At every renewal a customer leaves with the same chance, which is Beta(`alpha`, `beta`) over customers: retention
/// rises with tenure because those who would leave have left, not because anybody has changed.
///
/// References: \[1\] Fader, Hardie (2007), Journal of Interactive Marketing 21(1), 76-90. \[2\] Fader, Hardie (2010),
/// "Customer-Base Valuation in a Contractual Setting: The Perils of Ignoring Heterogeneity", Marketing Science 29(1),
/// 85-93.
///
/// ```
/// use tenure_btyd::{PeriodDiscount, RetentionModel, ShiftedBetaGeometric};
/// // \[1\]: the "high end" customers, of whom 85.1 % renew once and 48.9 % seven times.
/// let high_end = ShiftedBetaGeometric::new(0.668, 3.806)?;
/// assert!((high_end.survival(1) - 0.850_693).abs() < 1e-6);
/// assert!((high_end.survival(7) - 0.488_945).abs() < 1e-6);
/// // \[2\], table 3: residual lifetime at 10 % of customers about to renew for the first time.
/// let residual = ShiftedBetaGeometric::new(0.067, 0.267)?.discounted_residual(0, PeriodDiscount::new(0.1)?);
/// assert!((residual.unwrap() - 7.68).abs() < 0.01);
/// # Ok::<(), tenure_btyd::BtydError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "[f64; 2]", into = "[f64; 2]")]
pub struct ShiftedBetaGeometric {
    parameters: [f64; 2],
}

const NAMES: [&str; 2] = ["alpha", "beta"];
const MODEL: &str = "sBG";

impl ShiftedBetaGeometric {
    /// The model at known parameters.
    ///
    /// # Errors
    /// When one is not finite and above zero.
    pub fn new(alpha: f64, beta: f64) -> Result<Self, BtydError> {
        Ok(Self { parameters: crate::parameters::check(MODEL, NAMES, [alpha, beta])? })
    }

    /// Settings of a fit.
    #[must_use]
    pub fn params() -> FitParams<Self> {
        FitParams::default()
    }

    /// `(alpha, beta)`.
    #[must_use]
    pub const fn parameters(&self) -> [f64; 2] {
        self.parameters
    }

    /// Log-likelihood of all customers.
    #[must_use]
    pub fn log_likelihood(&self, data: &RetentionData) -> f64 {
        let [alpha, beta] = self.parameters;
        likelihood::log_likelihood([alpha, beta, 1.0], data).0
    }
}

impl RetentionModel for ShiftedBetaGeometric {
    /// `B(alpha, beta + t) / B(alpha, beta)`, \[1\], eq. 6.
    fn ln_survival(&self, periods: f64) -> f64 {
        let [alpha, beta] = self.parameters;
        likelihood::ln_survival([alpha, beta, 1.0], periods)
    }

    /// \[2\], eq. 6: `(beta + n - 1) / (alpha + beta + n - 1) 2F1(1, beta + n; alpha + beta + n; 1 / (1 + d))`.
    fn discounted_residual(&self, periods: u32, discount: PeriodDiscount) -> Option<f64> {
        if discount.rate() <= 0.0 {
            return None;
        }
        let [alpha, beta] = self.parameters;
        let (stay, all) = (beta + f64::from(periods), alpha + beta + f64::from(periods));
        Some(stay / all * ln_gauss(stay + 1.0, all + 1.0, discount.factor(), discount.rest()).exp())
    }
}

crate::parameters::serde_as_array!(ShiftedBetaGeometric, 2, [alpha, beta]);

impl Fit<RetentionData, (), BtydError> for ValidFitParams<ShiftedBetaGeometric> {
    type Object = Fitted<ShiftedBetaGeometric>;

    /// Maximises the likelihood.
    ///
    /// # Errors
    /// When nobody left, or the search ends away from a maximum.
    fn fit(&self, dataset: &DatasetBase<RetentionData, ()>) -> Result<Self::Object, BtydError> {
        let (values, report) = likelihood::fit(MODEL, &NAMES, dataset.records(), self.into())?;
        Ok(Fitted { model: ShiftedBetaGeometric::new(values[0], values[1])?, report })
    }
}
