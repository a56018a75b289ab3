//! BG/NBD: Fader, Hardie and Lee (2005), "Counting Your Customers the Easy Way".

use serde::{Deserialize, Serialize};

use crate::beta_geometric::{self, BetaGeometricOutlook, Dropout};
use crate::fit::Family;
use crate::hyperparams::FitParams;
use crate::outlook::PurchaseModel;
use crate::{BtydError, Customer, RfmData};

/// The beta-geometric / negative binomial model.
///
/// A customer orders at a constant rate, Gamma(`r`, `alpha`) over customers, and after each *repeat* order
/// leaves for good with a chance that is Beta(`a`, `b`) over customers. A customer with no repeat order is
/// therefore alive for certain; [`MbgNbd`](crate::MbgNbd) removes that.
///
/// References: \[1\] Fader, Hardie, Lee (2005), Marketing Science 24(2), 275-284. \[2\] Fader, Hardie, notes
/// 004, 027 and 039 on brucehardie.com.
///
/// ```
/// use tenure_btyd::{BgNbd, Customer, Outlook, PurchaseModel};
/// use tenure_core::Weeks;
/// // The paper's parameters for CDNOW, and the worked example of the authors' spreadsheet.
/// let model = BgNbd::new(0.243, 4.414, 0.793, 2.426)?;
/// let outlook = model.outlook(&Customer::new(2, Weeks::new(30.43)?, Weeks::new(38.86)?)?);
/// assert!((outlook.expected_orders(Weeks::new(39.0)?) - 1.226).abs() < 5e-4);
/// // E[X(t)] of a new customer at t = 31.8571 weeks, same sheet, whose estimates carry more digits.
/// let new = model.outlook(&Customer::NEW);
/// assert!((new.expected_orders(Weeks::new(31.8571)?) - 1.0405).abs() < 2e-3);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "[f64; 4]", into = "[f64; 4]")]
pub struct BgNbd {
    parameters: [f64; 4],
}

impl BgNbd {
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

impl PurchaseModel for BgNbd {
    type Outlook = BetaGeometricOutlook;

    /// P(alive) is eq. 7 of note 021, `1 / (1 + [x > 0] a / (b + x - 1) ((alpha + T) / (alpha + t_x))^(r + x))`.
    fn outlook(&self, customer: &Customer) -> BetaGeometricOutlook {
        let [r, alpha, a, b] = self.parameters;
        let x = f64::from(customer.frequency());
        let ln_odds_gone = if customer.frequency() == 0 {
            f64::NEG_INFINITY
        } else {
            let silent =
                ((customer.age() - customer.recency_age()) / (alpha + customer.recency_age())).ln_1p();
            (a / (b + x - 1.0)).ln() + (r + x) * silent
        };
        BetaGeometricOutlook {
            p_alive: 1.0 / (1.0 + ln_odds_gone.exp()),
            r: r + x,
            alpha: alpha + customer.age(),
            a,
            b: b + x,
        }
    }

    /// Eq. 6 of \[1\], as in note 027.
    fn log_likelihood(&self, customer: &Customer) -> f64 {
        beta_geometric::customer_log_likelihood(self.parameters, Dropout::AfterRepeat, customer)
    }
}

impl Family for BgNbd {
    const NAME: &'static str = "BG/NBD";
    const PARAMETERS: [&'static str; 4] = ["r", "alpha", "a", "b"];
    const IS_TIME: [bool; 4] = [false, true, false, false];

    fn starts(mean_frequency: f64) -> Vec<[f64; 4]> {
        beta_geometric::starts(mean_frequency)
    }

    fn log_likelihood(parameters: [f64; 4], data: &RfmData) -> (f64, [f64; 4]) {
        beta_geometric::log_likelihood(parameters, Dropout::AfterRepeat, data)
    }

    fn from_parameters(parameters: [f64; 4]) -> Result<Self, BtydError> {
        crate::parameters::check("BG/NBD", Self::PARAMETERS, parameters).map(|parameters| Self { parameters })
    }
}

crate::parameters::serde_as_array!(BgNbd, 4, [r, alpha, a, b]);
