//! Pareto/NBD: Schmittlein, Morrison and Colombo (1987), "Counting Your Customers: Who Are They and What
//! Will They Do Next?"

mod likelihood;
mod outlook;
mod tail;

use serde::{Deserialize, Serialize};

use crate::fit::Family;
use crate::hyperparams::FitParams;
use crate::outlook::PurchaseModel;
use crate::{BtydError, Customer, RfmData};
pub use outlook::ParetoOutlook;

/// The Pareto / negative binomial model.
///
/// A customer orders at a constant rate, Gamma(`r`, `alpha`) over customers, and leaves for good at any
/// moment, at a constant rate that is Gamma(`s`, `beta`) over customers.
///
/// References: \[1\] Schmittlein, Morrison, Colombo (1987), Management Science 33(1), 1-24. \[2\] Fader, Hardie
/// (2005), "A Note on Deriving the Pareto/NBD Model and Related Expressions". \[3\] Fader, Hardie, Lee (2005),
/// "RFM and CLV: Using Iso-Value Curves", Journal of Marketing Research 42(4), 415-430.
///
/// ```
/// use tenure_btyd::{Customer, Outlook, ParetoNbd, PurchaseModel};
/// use tenure_core::Weeks;
/// // CDNOW's customer 1516 at the paper's parameters (vignette of the R package BTYD).
/// let model = ParetoNbd::new(0.553, 10.580, 0.606, 11.656)?;
/// let outlook = model.outlook(&Customer::new(26, Weeks::new(30.85714)?, Weeks::new(31.0)?)?);
/// assert!((outlook.p_alive() - 0.997874).abs() < 1e-6);
/// assert!((outlook.expected_orders(Weeks::new(52.0)?) - 25.45647).abs() < 5e-3);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "[f64; 4]", into = "[f64; 4]")]
pub struct ParetoNbd {
    parameters: [f64; 4],
}

impl ParetoNbd {
    /// The model at known parameters; `alpha` and `beta` are rates in weeks.
    ///
    /// # Errors
    /// When one is not finite and above zero.
    pub fn new(r: f64, alpha: f64, s: f64, beta: f64) -> Result<Self, BtydError> {
        Self::from_parameters([r, alpha, s, beta])
    }

    /// Settings of a fit.
    #[must_use]
    pub fn params() -> FitParams<Self> {
        FitParams::default()
    }

    /// `(r, alpha, s, beta)`; `alpha` and `beta` in weeks.
    #[must_use]
    pub const fn parameters(&self) -> [f64; 4] {
        self.parameters
    }
}

impl PurchaseModel for ParetoNbd {
    type Outlook = ParetoOutlook;

    /// P(alive) is the alive share of the likelihood: \[2\], eq. 11, without its hypergeometric form.
    fn outlook(&self, customer: &Customer) -> ParetoOutlook {
        let [r, alpha, s, beta] = self.parameters;
        let (alive, gone) = likelihood::alive_and_gone(self.parameters, customer);
        let p_alive = 1.0 / (1.0 + (gone - alive).exp());
        let r_x = r + f64::from(customer.frequency());
        ParetoOutlook::new(p_alive, [r_x, alpha + customer.age(), s, beta + customer.age()])
    }

    /// \[2\], eq. 18, with the integral over the time of leaving kept in one piece.
    fn log_likelihood(&self, customer: &Customer) -> f64 {
        likelihood::customer_log_likelihood(self.parameters, customer)
    }
}

impl Family for ParetoNbd {
    const NAME: &'static str = "Pareto/NBD";
    const PARAMETERS: [&'static str; 4] = ["r", "alpha", "s", "beta"];
    const IS_TIME: [bool; 4] = [false, true, false, true];

    fn starts(mean_frequency: f64) -> Vec<[f64; 4]> {
        let start = |r: f64, s: f64, beta: f64| [r, r / (1.5 * mean_frequency), s, beta];
        vec![start(0.5, 0.5, 0.3), start(1.0, 0.5, 1.0), start(1.5, 2.0, 4.0)]
    }

    fn log_likelihood(parameters: [f64; 4], data: &RfmData) -> (f64, [f64; 4]) {
        likelihood::log_likelihood(parameters, data)
    }

    fn from_parameters(parameters: [f64; 4]) -> Result<Self, BtydError> {
        crate::parameters::check("Pareto/NBD", Self::PARAMETERS, parameters)
            .map(|parameters| Self { parameters })
    }
}

crate::parameters::serde_as_array!(ParetoNbd, 4, [r, alpha, s, beta]);
