//! The price of waiting: an annual discount rate.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::CoreError;

/// An effective annual discount rate: 0.10 makes a dollar in a year worth 1/1.10 today.
///
/// The unit is in the type because monthly, annual and continuous rates were mixed up in every library before.
///
/// ```
/// use tenure_core::DiscountRate;
/// // Fader, Hardie and Lee (2005, "RFM and CLV"): 15 % a year is 0.0027 a week, continuously compounded.
/// let weekly = DiscountRate::new(0.15)?.continuous_per_week();
/// assert!((weekly - 0.0027).abs() < 5e-5);
/// # Ok::<(), tenure_core::CoreError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct DiscountRate(f64);

/// Mean weeks in a year of 365.25 days.
const WEEKS_PER_YEAR: f64 = 365.25 / 7.0;

impl DiscountRate {
    /// No discount: a dollar is a dollar whenever it comes.
    pub const ZERO: Self = Self(0.0);

    /// Checks an annual rate, as a fraction: 0.10 for 10 % a year.
    ///
    /// # Errors
    /// When the rate is not finite or not above -1.
    pub fn new(annual: f64) -> Result<Self, CoreError> {
        if annual.is_finite() && annual > -1.0 {
            Ok(Self(annual))
        } else {
            Err(CoreError::InvalidDiscountRate { value: annual })
        }
    }

    /// The annual rate as a fraction.
    #[must_use]
    pub const fn annual(&self) -> f64 {
        self.0
    }

    /// The continuously compounded rate per week: `ln(1 + annual) / 52.18`.
    #[must_use]
    pub fn continuous_per_week(&self) -> f64 {
        self.0.ln_1p() / WEEKS_PER_YEAR
    }
}

impl TryFrom<f64> for DiscountRate {
    type Error = CoreError;
    fn try_from(annual: f64) -> Result<Self, CoreError> {
        Self::new(annual)
    }
}

impl From<DiscountRate> for f64 {
    fn from(rate: DiscountRate) -> Self {
        rate.0
    }
}

impl FromStr for DiscountRate {
    type Err = CoreError;
    fn from_str(value: &str) -> Result<Self, CoreError> {
        Self::new(value.trim().parse().unwrap_or(f64::NAN))
    }
}

impl fmt::Display for DiscountRate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_what_is_no_rate() {
        for value in [-1.0, -2.0, f64::INFINITY, f64::NAN] {
            assert!(DiscountRate::new(value).is_err(), "{value}");
        }
        assert!("ten".parse::<DiscountRate>().is_err());
        assert_eq!("0.1".parse::<DiscountRate>().map(|rate| rate.annual()), Ok(0.1));
    }
}
