//! MBG/NBD: Batislam, Denizel and Filiztekin (2007), with dropout after the first order too.

use serde::{Deserialize, Serialize};

use crate::beta_geometric::{self, BetaGeometricOutlook, Dropout};
use crate::fit::Family;
use crate::hyperparams::FitParams;
use crate::outlook::PurchaseModel;
use crate::{BtydError, Customer, RfmData};

/// The modified beta-geometric / negative binomial model.
///
/// As [`BgNbd`](crate::BgNbd), but a customer may leave after the *first* order too, so that one-time buyers
/// are not alive for certain however long they are silent.
///
/// References: \[1\] Batislam, Denizel, Filiztekin (2007), International Journal of Research in Marketing
/// 24(3), 201-209. \[2\] Hoppe, Wagner (2007), Marketing JRM 3(2), 75-90.
///
/// ```
/// use tenure_btyd::{Customer, MbgNbd, PurchaseModel};
/// use tenure_core::Weeks;
/// // Log-likelihoods at the parameters of note 027 (BTYDplus, pymc-marketing).
/// let model = MbgNbd::new(0.25, 4.0, 0.8, 2.5)?;
/// let age = Weeks::new(40.0)?;
/// let once = Customer::new(0, Weeks::ZERO, age)?;
/// assert!((model.log_likelihood(&once) - -0.417_928_26).abs() < 1e-8);
/// let often = Customer::new(200, Weeks::new(38.0)?, age)?;
/// assert!((model.log_likelihood(&often) - 100.7869).abs() < 1e-4);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "[f64; 4]", into = "[f64; 4]")]
pub struct MbgNbd {
    parameters: [f64; 4],
}

impl MbgNbd {
    /// The model at known parameters; `alpha` is a rate in weeks.
    ///
    /// # Errors
    /// When one is not finite and above zero.
    pub fn new(r: f64, alpha: f64, a: f64, b: f64) -> Result<Self, BtydError> {
        Self::from_parameters([r, alpha, a, b])
    }

    /// Settings of a fit.
    #[must_use]
    pub fn params() -> FitParams<Self> {
        FitParams::default()
    }

    /// `(r, alpha, a, b)`; `alpha` in weeks.
    #[must_use]
    pub const fn parameters(&self) -> [f64; 4] {
        self.parameters
    }
}

impl PurchaseModel for MbgNbd {
    type Outlook = BetaGeometricOutlook;

    /// P(alive) is `1 / (1 + a / (b + x) ((alpha + T) / (alpha + t_x))^(r + x))`, \[2\].
    fn outlook(&self, customer: &Customer) -> BetaGeometricOutlook {
        let [r, alpha, a, b] = self.parameters;
        let x = f64::from(customer.frequency());
        let silent = ((customer.age() - customer.recency_age()) / (alpha + customer.recency_age())).ln_1p();
        let ln_odds_gone = (a / (b + x)).ln() + (r + x) * silent;
        BetaGeometricOutlook {
            p_alive: 1.0 / (1.0 + ln_odds_gone.exp()),
            r: r + x,
            alpha: alpha + customer.age(),
            a,
            b: b + x + 1.0,
        }
    }

    /// As BG/NBD's with x + 1 chances to leave, \[1\].
    fn log_likelihood(&self, customer: &Customer) -> f64 {
        beta_geometric::customer_log_likelihood(self.parameters, Dropout::AfterAny, customer)
    }
}

impl Family for MbgNbd {
    const NAME: &'static str = "MBG/NBD";
    const PARAMETERS: [&'static str; 4] = ["r", "alpha", "a", "b"];
    const IS_TIME: [bool; 4] = [false, true, false, false];

    fn starts(mean_frequency: f64) -> Vec<[f64; 4]> {
        beta_geometric::starts(mean_frequency)
    }

    fn log_likelihood(parameters: [f64; 4], data: &RfmData) -> (f64, [f64; 4]) {
        beta_geometric::log_likelihood(parameters, Dropout::AfterAny, data)
    }

    fn from_parameters(parameters: [f64; 4]) -> Result<Self, BtydError> {
        crate::parameters::check("MBG/NBD", Self::PARAMETERS, parameters)
            .map(|parameters| Self { parameters })
    }
}

crate::parameters::serde_as_array!(MbgNbd, 4, [r, alpha, a, b]);
