//! Purchase models in which customers of different kinds order and leave at different rates.

mod data;
mod fit;
mod hyperparams;

use serde::{Deserialize, Serialize};

use crate::{BgNbd, BtydError, MbgNbd, ParetoNbd};
pub use data::CovariateData;
pub use hyperparams::{CovariateFitParams, Effect, ValidCovariateFitParams};

/// A purchase model whose rates a covariate can raise.
pub trait RatesByCovariates: Sized {
    /// The model of customers who order at a rate `e^transaction` times as high, and whose rate of leaving
    /// (BG/NBD: odds of leaving at an order) is `e^lifetime` times as high.
    ///
    /// # Errors
    /// When a parameter is then no longer a number above zero.
    fn shifted(&self, transaction: f64, lifetime: f64) -> Result<Self, BtydError>;
}

impl RatesByCovariates for ParetoNbd {
    /// `alpha e^-transaction`, `beta e^-lifetime`.
    fn shifted(&self, transaction: f64, lifetime: f64) -> Result<Self, BtydError> {
        let [r, alpha, s, beta] = self.parameters();
        Self::new(r, alpha * (-transaction).exp(), s, beta * (-lifetime).exp())
    }
}

impl RatesByCovariates for BgNbd {
    /// `alpha e^-transaction`, `a e^lifetime`: the note's form with nothing acting on b, so that one coefficient is one
    /// factor on the mean odds a / b.
    fn shifted(&self, transaction: f64, lifetime: f64) -> Result<Self, BtydError> {
        let [r, alpha, a, b] = self.parameters();
        Self::new(r, alpha * (-transaction).exp(), a * lifetime.exp(), b)
    }
}

impl RatesByCovariates for MbgNbd {
    /// As BG/NBD's.
    fn shifted(&self, transaction: f64, lifetime: f64) -> Result<Self, BtydError> {
        let [r, alpha, a, b] = self.parameters();
        Self::new(r, alpha * (-transaction).exp(), a * lifetime.exp(), b)
    }
}

/// What one unit more of a covariate does: both rates are multiplied by the exponentials.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Coefficient {
    /// The covariate.
    pub name: String,
    /// On the order rate; 0 where it has no effect.
    pub transaction: f64,
    /// On the rate of leaving; 0 where it has no effect.
    pub lifetime: f64,
}

/// A purchase model with covariates that do not change over time.
///
/// The rates of a customer with the values z are those of the `base`, times `exp(transaction * z)` for orders and
/// `exp(lifetime * z)` for leaving, each summed over the covariates.
///
/// Reference: Fader, Hardie (2007), "Incorporating time-invariant covariates into the Pareto/NBD and BG/NBD models",
/// note 019.
///
/// ```
/// use tenure_btyd::{Coefficient, Customer, Outlook, ParetoNbd, PurchaseModel, WithCovariates};
/// use tenure_core::Weeks;
/// // CLVTools' vignette: women (Gender 1) and customers of the second channel order more often.
/// let coefficient = |name: &str, transaction, lifetime| Coefficient { name: name.to_owned(), transaction, lifetime };
/// let fitted = WithCovariates::new(
///     ParetoNbd::new(1.8378, 92.9123, 0.5920, 49.6227)?,
///     vec![coefficient("Gender", 0.2859, -0.6430), coefficient("Channel", 0.6241, 0.7907)],
/// )?;
/// let rate = |values: &[f64]| Ok::<f64, tenure_btyd::BtydError>(1.8378 / fitted.at(values)?.parameters()[1]);
/// assert!((rate(&[1.0, 0.0])? / rate(&[0.0, 0.0])? - 0.2859_f64.exp()).abs() < 1e-12);
/// let outlook = fitted.at(&[1.0, 1.0])?.outlook(&Customer::NEW);
/// assert!(outlook.expected_orders(Weeks::new(52.0)?) > 1.0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Unchecked<M>")]
pub struct WithCovariates<M> {
    base: M,
    coefficients: Vec<Coefficient>,
}

/// As it stands in a file.
#[derive(Deserialize)]
struct Unchecked<M> {
    base: M,
    coefficients: Vec<Coefficient>,
}

impl<M> TryFrom<Unchecked<M>> for WithCovariates<M> {
    type Error = BtydError;
    fn try_from(file: Unchecked<M>) -> Result<Self, BtydError> {
        Self::new(file.base, file.coefficients)
    }
}

impl<M> WithCovariates<M> {
    /// A model at known coefficients, in the order in which values will come.
    ///
    /// # Errors
    /// When a coefficient is not finite.
    pub fn new(base: M, coefficients: Vec<Coefficient>) -> Result<Self, BtydError> {
        for Coefficient { name, transaction, lifetime } in &coefficients {
            if let Some(value) = [*transaction, *lifetime].into_iter().find(|value| !value.is_finite()) {
                return Err(BtydError::InvalidCovariate { name: name.clone(), value });
            }
        }
        Ok(Self { base, coefficients })
    }

    /// Settings of a fit.
    #[must_use]
    pub fn params() -> CovariateFitParams<M> {
        CovariateFitParams::default()
    }

    /// The model of customers whose covariates are all 0.
    #[must_use]
    pub const fn base(&self) -> &M {
        &self.base
    }

    /// What each covariate does.
    #[must_use]
    pub fn coefficients(&self) -> &[Coefficient] {
        &self.coefficients
    }
}

impl<M: RatesByCovariates> WithCovariates<M> {
    /// The model of customers with these values of the covariates.
    ///
    /// # Errors
    /// When there are more or fewer values than covariates, one is not finite, or they lead beyond all numbers.
    pub fn at(&self, values: &[f64]) -> Result<M, BtydError> {
        let (expected, got) = (self.coefficients.len(), values.len());
        if expected != got {
            return Err(BtydError::CovariateCount { expected, got });
        }
        let (mut transaction, mut lifetime) = (0.0, 0.0);
        for (coefficient, value) in self.coefficients.iter().zip(values) {
            if !value.is_finite() {
                return Err(BtydError::InvalidCovariate { name: coefficient.name.clone(), value: *value });
            }
            transaction += coefficient.transaction * value;
            lifetime += coefficient.lifetime * value;
        }
        self.base.shifted(transaction, lifetime)
    }
}
