//! BG/CNBD-k and MBG/CNBD-k: customers who order more regularly than at random.

mod counts;
mod far;
mod fit;
mod hyperparams;
mod likelihood;
mod outlook;
mod rhythm;

use serde::{Deserialize, Serialize};

use crate::beta_geometric::Dropout;
use crate::outlook::PurchaseModel;
use crate::rising::ln_rising;
use crate::{BtydError, Customer};
use fit::RegularModel;
pub use hyperparams::{RegularFitParams, ValidRegularFitParams};
pub use outlook::RegularOutlook;
pub use rhythm::{OwnRhythm, Rhythms};

/// The largest regularity: with 12 phases the gaps of a customer vary by 29 % around their mean. Groceries have
/// 2 or 3.
pub const MAX_REGULARITY: u32 = 12;

const NAMES: [&str; 4] = ["r", "alpha", "a", "b"];

/// k and the four parameters, whichever orders one may leave after.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Regular {
    k: u32,
    parameters: [f64; 4],
}

impl Regular {
    fn new(model: &'static str, k: u32, parameters: [f64; 4]) -> Result<Self, BtydError> {
        if !(1..=MAX_REGULARITY).contains(&k) {
            return Err(BtydError::InvalidRegularity { value: f64::from(k), most: MAX_REGULARITY });
        }
        crate::parameters::check(model, NAMES, parameters).map(|parameters| Self { k, parameters })
    }

    fn outlook(&self, dropout: Dropout, customer: &Customer) -> RegularOutlook {
        let [r, alpha, a, b] = self.parameters;
        let terms = likelihood::terms(self.k, self.parameters, dropout, customer);
        let ln_alive = terms.ln_alive();
        let x = customer.frequency();
        let r_x = r + f64::from(self.k * x);
        let silent = (customer.age() - customer.recency_age()) / (alpha + customer.age());
        RegularOutlook {
            p_alive: 1.0 / (1.0 + (terms.gone - ln_alive).exp()),
            k: self.k,
            weights: outlook::weights(self.k, r_x, silent),
            r: r_x,
            alpha: alpha + customer.age(),
            silent,
            a,
            b: b + f64::from(dropout.passed(x)),
        }
    }

    fn log_likelihood(&self, dropout: Dropout, customer: &Customer) -> f64 {
        likelihood::customer_log_likelihood(self.k, self.parameters, dropout, customer)
            + likelihood::customer_timing(self.k, customer)
    }

    fn with_gaps(&self, dropout: Dropout, customer: &Customer, log_gaps: f64) -> f64 {
        let ln_ways = ln_rising(1.0, self.k - 1) * f64::from(customer.frequency());
        likelihood::customer_log_likelihood(self.k, self.parameters, dropout, customer)
            + f64::from(self.k - 1) * log_gaps
            - ln_ways
    }
}

/// What both models share: all but the name and when a customer may leave. Files hold k and four numbers; reading
/// them goes through the checks of `new`.
macro_rules! regular_model {
    ($model:ident, $name:literal, $dropout:expr) => {
        impl $model {
            /// The model at known parameters; `alpha` is a rate of phases in weeks.
            ///
            /// # Errors
            /// When k is not from 1 to [`MAX_REGULARITY`], or another one is not finite and above zero.
            pub fn new(k: u32, r: f64, alpha: f64, a: f64, b: f64) -> Result<Self, BtydError> {
                Regular::new(Self::NAME, k, [r, alpha, a, b]).map(Self)
            }

            /// Settings of a fit.
            #[must_use]
            pub fn params() -> RegularFitParams<Self> {
                RegularFitParams::default()
            }

            /// k: 1 is orders at random times, more is more regular.
            #[must_use]
            pub const fn regularity(&self) -> u32 {
                self.0.k
            }

            /// `(r, alpha, a, b)`; `alpha` in weeks.
            #[must_use]
            pub const fn parameters(&self) -> [f64; 4] {
                self.0.parameters
            }

            /// Log-likelihood of one customer of whom also the [`log_gaps`](crate::log_gaps) are known.
            #[must_use]
            pub fn log_likelihood_with_gaps(&self, customer: &Customer, log_gaps: f64) -> f64 {
                self.0.with_gaps($dropout, customer, log_gaps)
            }
        }

        impl PurchaseModel for $model {
            type Outlook = RegularOutlook;

            /// P(alive) is the alive share of the likelihood.
            fn outlook(&self, customer: &Customer) -> RegularOutlook {
                self.0.outlook($dropout, customer)
            }

            /// Of `(x, t_x, T)` alone: the times between orders integrated out, relative to those of random orders,
            /// so that values of different k compare.
            fn log_likelihood(&self, customer: &Customer) -> f64 {
                self.0.log_likelihood($dropout, customer)
            }
        }

        impl RegularModel for $model {
            const NAME: &'static str = $name;
            const DROPOUT: Dropout = $dropout;

            fn from_regular(regular: Regular) -> Self {
                Self(regular)
            }
        }

        impl TryFrom<[f64; 5]> for $model {
            type Error = BtydError;
            fn try_from([k, r, alpha, a, b]: [f64; 5]) -> Result<Self, BtydError> {
                let most = MAX_REGULARITY;
                let Some(k) = (1..=most).find(|whole| f64::from(*whole) == k) else {
                    return Err(BtydError::InvalidRegularity { value: k, most });
                };
                Self::new(k, r, alpha, a, b)
            }
        }

        impl From<$model> for [f64; 5] {
            fn from(model: $model) -> Self {
                let [r, alpha, a, b] = model.0.parameters;
                [f64::from(model.0.k), r, alpha, a, b]
            }
        }
    };
}

/// The beta-geometric / condensed negative binomial model of regularity k.
///
/// As [`BgNbd`](crate::BgNbd), but the time between a customer's orders is Erlang-k: the sum of k phases at the
/// customer's constant rate, which is Gamma(`r`, `alpha`) over customers. k = 1 is BG/NBD; the larger k, the more
/// regular the orders, and the more a silence longer than usual says. k itself is estimated from the
/// times between orders ([`RfmData::with_log_gaps`](crate::RfmData::with_log_gaps)).
///
/// References: \[1\] Reutterer, Platzer, Schroeder (2021), "Leveraging purchase regularity for predicting customer
/// behavior the easy way", International Journal of Research in Marketing 38(1), 194-215. \[2\] Platzer, Reutterer
/// (2016), "Ticking away the moments", Marketing Science 35(5), 779-799.
///
/// ```
/// use tenure_btyd::{BgCnbd, Customer, Outlook, PurchaseModel};
/// use tenure_core::Weeks;
/// // At k = 1 the worked example of BG/NBD's authors: 1.226 orders in 39 weeks.
/// let customer = Customer::new(2, Weeks::new(30.43)?, Weeks::new(38.86)?)?;
/// let random = BgCnbd::new(1, 0.243, 4.414, 0.793, 2.426)?.outlook(&customer);
/// assert!((random.expected_orders(Weeks::new(39.0)?) - 1.226).abs() < 5e-4);
/// // A regular customer who is overdue has more probably left than one who orders at random.
/// let overdue = Customer::new(10, Weeks::new(20.0)?, Weeks::new(30.0)?)?;
/// let p_alive = |k| Ok::<f64, tenure_btyd::BtydError>(BgCnbd::new(k, 1.0, 2.0 * f64::from(k), 0.8, 2.5)?.outlook(&overdue).p_alive());
/// assert!(p_alive(3)? < 0.5 * p_alive(1)?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "[f64; 5]", into = "[f64; 5]")]
pub struct BgCnbd(Regular);

regular_model!(BgCnbd, "BG/CNBD-k", Dropout::AfterRepeat);

/// The modified beta-geometric / condensed negative binomial model of regularity k.
///
/// As [`BgCnbd`], but a customer may leave after the *first* order too; k = 1 is [`MbgNbd`](crate::MbgNbd).
/// The references are those of [`BgCnbd`].
///
/// ```
/// use tenure_btyd::{Customer, MbgCnbd, PurchaseModel};
/// use tenure_core::Weeks;
/// // At k = 1 MBG/NBD's log-likelihood at the parameters of note 027 (BTYDplus, pymc-marketing).
/// let model = MbgCnbd::new(1, 0.25, 4.0, 0.8, 2.5)?;
/// let often = Customer::new(200, Weeks::new(38.0)?, Weeks::new(40.0)?)?;
/// assert!((model.log_likelihood(&often) - 100.7869).abs() < 1e-4);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "[f64; 5]", into = "[f64; 5]")]
pub struct MbgCnbd(Regular);

regular_model!(MbgCnbd, "MBG/CNBD-k", Dropout::AfterAny);
