//! The first order of somebody known before it: exponential-gamma with never-triers.

mod data;
mod likelihood;

pub use data::FirstOrderData;

use linfa::DatasetBase;
use linfa::traits::Fit;
use serde::{Deserialize, Serialize};
use tenure_core::Weeks;

use crate::hyperparams::{FitParams, ValidFitParams};
use crate::report::Fitted;
use crate::{BtydError, parameters};

/// The exponential-gamma model of the time to a first order, with people who never order.
///
/// A `share` of those who come to look will order one day, each after a time that is exponential at a rate of their
/// own; rates are Gamma(`r`, `alpha`) over people, `alpha` in weeks. The longer somebody has not ordered, the less
/// likely it becomes: those who would have, have. With a share of 1 it is the Pareto distribution of the second kind.
///
/// Reference: Fader, Hardie, Zeithammer (2003), "Forecasting New Product Trial in a Controlled Test Market
/// Environment", Journal of Forecasting 22(5), 391-410: the exponential-gamma model, with and without never-triers.
///
/// ```
/// use tenure_btyd::ExponentialGamma;
/// use tenure_core::Weeks;
/// let model = ExponentialGamma::new(0.8, 3.0, 0.6)?;
/// // Exponential times integrated over Gamma(0.8, 3) with mpmath, not by the closed form.
/// let (waited, within) = (Weeks::new(4.0)?, Weeks::new(12.0)?);
/// assert!((model.p_none(waited) - 0.704_628_002_082_291).abs() < 1e-14);
/// assert!((model.p_order(waited, within) - 0.237_839_860_581_536).abs() < 1e-14);
/// assert!((model.p_ever(waited) - 0.432_324_575_779_086).abs() < 1e-14);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "[f64; 3]", into = "[f64; 3]")]
pub struct ExponentialGamma {
    parameters: [f64; 3],
}

const NAMES: [&str; 3] = ["r", "alpha", "share"];
const MODEL: &str = "exponential-gamma";

impl ExponentialGamma {
    /// The model at known parameters; `alpha` in weeks.
    ///
    /// # Errors
    /// When one is not finite and above zero, or the share is above 1.
    pub fn new(r: f64, alpha: f64, share: f64) -> Result<Self, BtydError> {
        let parameters = parameters::check(MODEL, NAMES, [r, alpha, share])?;
        if share > 1.0 {
            return Err(BtydError::InvalidShare { value: share });
        }
        Ok(Self { parameters })
    }

    /// Settings of a fit.
    #[must_use]
    pub fn params() -> FitParams<Self> {
        FitParams::default()
    }

    /// `(r, alpha, share)`.
    #[must_use]
    pub const fn parameters(&self) -> [f64; 3] {
        self.parameters
    }

    /// Probability of no order within the first `waited`: `1 - share + share (alpha / (alpha + t))^r`.
    #[must_use]
    pub fn p_none(&self, waited: Weeks) -> f64 {
        let share = self.parameters[2];
        1.0 - share + share * self.ln_waits(waited).exp()
    }

    /// Probability that somebody who has not ordered for `waited` ever will.
    #[must_use]
    pub fn p_ever(&self, waited: Weeks) -> f64 {
        let share = self.parameters[2];
        let waits = share * self.ln_waits(waited).exp();
        waits / (1.0 - share + waits).max(f64::MIN_POSITIVE)
    }

    /// Probability that somebody who has not ordered for `waited` does so within the next `within`: of those who
    /// ever will, `1 - ((alpha + waited) / (alpha + waited + within))^r`.
    #[must_use]
    pub fn p_order(&self, waited: Weeks, within: Weeks) -> f64 {
        self.p_ever(waited) * self.p_order_of_those(waited, within)
    }

    /// The time from now within which a `share` of first orders fall, among those that come within the next
    /// `within`, of people who have not ordered for `waited`; `share` in (0, 1).
    #[must_use]
    pub fn next_order(&self, share: f64, waited: Weeks, within: Weeks) -> Weeks {
        let [r, alpha, _] = self.parameters;
        let come = share * self.p_order_of_those(waited, within);
        let wait = (alpha + waited.get()) * (-(-come).ln_1p() / r).exp_m1();
        Weeks::new(wait.clamp(0.0, within.get())).unwrap_or(within)
    }

    /// Log-likelihood of all that was seen.
    #[must_use]
    pub fn log_likelihood(&self, data: &FirstOrderData) -> f64 {
        let [r, alpha, share] = self.parameters;
        likelihood::log_likelihood([r, alpha], [share, 1.0 - share], data).0
    }

    /// Logarithm of the share that still waits, of those who will order.
    fn ln_waits(&self, waited: Weeks) -> f64 {
        let [r, alpha, _] = self.parameters;
        -r * (waited.get() / alpha).ln_1p()
    }

    fn p_order_of_those(&self, waited: Weeks, within: Weeks) -> f64 {
        let [r, alpha, _] = self.parameters;
        -(-r * (within.get() / (alpha + waited.get())).ln_1p()).exp_m1()
    }
}

parameters::serde_as_array!(ExponentialGamma, 3, [r, alpha, share]);

impl Fit<FirstOrderData, (), BtydError> for ValidFitParams<ExponentialGamma> {
    type Object = Fitted<ExponentialGamma>;

    /// Maximises the likelihood.
    ///
    /// # Errors
    /// When nobody ordered, no time passed, or the search ends away from a maximum.
    fn fit(&self, dataset: &DatasetBase<FirstOrderData, ()>) -> Result<Self::Object, BtydError> {
        let ([r, alpha, share], report) = likelihood::fit(MODEL, NAMES, dataset.records(), self.into())?;
        Ok(Fitted { model: ExponentialGamma::new(r, alpha, share)?, report })
    }
}
