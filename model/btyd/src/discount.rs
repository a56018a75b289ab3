//! The price of waiting one period, for models that count in periods.

use serde::{Deserialize, Serialize};
use tenure_core::{DiscountRate, Weeks};

use crate::BtydError;

/// An effective discount rate per period: 0.1 makes a dollar in the next period worth 1/1.1 in this one.
///
/// Models of subscriptions and of donations count chances, not weeks; how long a period is only the caller knows.
///
/// ```
/// use tenure_btyd::PeriodDiscount;
/// use tenure_core::{DiscountRate, Weeks};
/// // 10 % a year in quarters.
/// let quarterly = PeriodDiscount::of(DiscountRate::new(0.1)?, Weeks::new(365.25 / 28.0)?)?;
/// assert!((quarterly.rate() - (1.1_f64.powf(0.25) - 1.0)).abs() < 1e-12);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct PeriodDiscount(f64);

impl PeriodDiscount {
    /// Checks a rate per period, as a fraction.
    ///
    /// # Errors
    /// When it is not finite or below zero.
    pub fn new(rate: f64) -> Result<Self, BtydError> {
        if rate.is_finite() && rate >= 0.0 {
            Ok(Self(rate))
        } else {
            Err(BtydError::InvalidPeriodDiscount { value: rate })
        }
    }

    /// An annual rate over a period.
    ///
    /// # Errors
    /// When the rate is below zero.
    pub fn of(annual: DiscountRate, period: Weeks) -> Result<Self, BtydError> {
        Self::new((annual.continuous_per_week() * period.get()).exp_m1())
    }

    /// As a fraction per period.
    #[must_use]
    pub const fn rate(&self) -> f64 {
        self.0
    }

    /// What a dollar of the next period is worth in this one.
    pub(crate) fn factor(&self) -> f64 {
        (1.0 + self.0).recip()
    }

    /// `1 - factor`, without cancellation.
    pub(crate) fn rest(&self) -> f64 {
        self.0 / (1.0 + self.0)
    }
}

impl TryFrom<f64> for PeriodDiscount {
    type Error = BtydError;
    fn try_from(rate: f64) -> Result<Self, BtydError> {
        Self::new(rate)
    }
}

impl From<PeriodDiscount> for f64 {
    fn from(discount: PeriodDiscount) -> Self {
        discount.0
    }
}
