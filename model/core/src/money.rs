//! How much: integers of minor units, so that a sum does not depend on its order.

use std::fmt;
use std::ops::Neg;

use serde::{Deserialize, Serialize};

use crate::{CoreError, Currency};

/// An exact amount of money in one currency.
///
/// Held as whole minor units (cents) in 64 bits. There is no `+` on purpose: two currencies cannot be
/// told apart by the compiler, so [`Money::checked_add`] says when they differ or the sum overflows.
///
/// ```
/// use tenure_core::{Currency, Money};
/// let price = Money::parse("19.99", Currency::USD)?;
/// assert_eq!(price.minor_units(), 1_999);
/// assert_eq!(price.checked_add(price)?.to_string(), "39.98 USD");
/// assert!(price.checked_add(Money::parse("1", Currency::EUR)?).is_err());
/// # Ok::<(), tenure_core::CoreError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Money {
    minor_units: i64,
    currency: Currency,
}

impl Money {
    /// Money from whole minor units: `(1_999, USD)` is 19.99 dollars.
    #[must_use]
    pub const fn from_minor_units(minor_units: i64, currency: Currency) -> Self {
        Self { minor_units, currency }
    }

    /// Money from a plain decimal number of major units; digits beyond the minor unit round half away from zero.
    ///
    /// # Errors
    /// When the text is not a decimal number, or the amount does not fit in 64 bits.
    pub fn parse(value: &str, currency: Currency) -> Result<Self, CoreError> {
        let invalid = || CoreError::InvalidAmount { value: value.to_owned() };
        let text = value.trim();
        let (negative, digits) = match text.as_bytes().first() {
            Some(b'-') => (true, &text[1..]),
            Some(b'+') => (false, &text[1..]),
            _ => (false, text),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if (whole.is_empty() && fraction.is_empty()) || !all_digits(whole) || !all_digits(fraction) {
            return Err(invalid());
        }
        let mut minor: i64 = if whole.is_empty() { 0 } else { whole.parse().map_err(|_| invalid())? };
        let kept = currency.minor_digits() as usize;
        for position in 0..kept {
            let digit = fraction.as_bytes().get(position).map_or(0, |byte| i64::from(byte - b'0'));
            minor = minor.checked_mul(10).and_then(|m| m.checked_add(digit)).ok_or_else(invalid)?;
        }
        if fraction.as_bytes().get(kept).is_some_and(|byte| *byte >= b'5') {
            minor = minor.checked_add(1).ok_or_else(invalid)?;
        }
        Ok(Self { minor_units: if negative { -minor } else { minor }, currency })
    }

    /// Whole minor units (cents for USD); negative for money that went back to the customer.
    #[must_use]
    pub const fn minor_units(&self) -> i64 {
        self.minor_units
    }

    /// The currency.
    #[must_use]
    pub const fn currency(&self) -> Currency {
        self.currency
    }

    /// The amount in major units (dollars), for models: exact below 2^53 minor units.
    #[must_use]
    pub fn major_units(&self) -> f64 {
        self.minor_units as f64 / self.currency.minor_per_major() as f64
    }

    /// Whether money went back to the customer.
    #[must_use]
    pub const fn is_negative(&self) -> bool {
        self.minor_units < 0
    }

    /// The sum.
    ///
    /// # Errors
    /// [`CoreError::CurrencyMismatch`] for two currencies, [`CoreError::InvalidAmount`] on overflow.
    pub fn checked_add(self, other: Self) -> Result<Self, CoreError> {
        if self.currency != other.currency {
            return Err(CoreError::CurrencyMismatch { left: self.currency, right: other.currency });
        }
        let minor_units = self
            .minor_units
            .checked_add(other.minor_units)
            .ok_or_else(|| CoreError::InvalidAmount { value: format!("{self} + {other}") })?;
        Ok(Self { minor_units, currency: self.currency })
    }
}

impl Neg for Money {
    type Output = Self;
    fn neg(self) -> Self {
        Self { minor_units: self.minor_units.saturating_neg(), currency: self.currency }
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.currency.minor_digits() as usize;
        let per_major = self.currency.minor_per_major().unsigned_abs();
        let sign = if self.is_negative() { "-" } else { "" };
        let absolute = self.minor_units.unsigned_abs();
        write!(f, "{sign}{}", absolute / per_major)?;
        if digits > 0 {
            write!(f, ".{:0digits$}", absolute % per_major)?;
        }
        write!(f, " {}", self.currency)
    }
}

/// An expectation of money: a mean over what may happen, so not whole cents.
///
/// Models predict this; it never enters a sum of real money.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExpectedMoney {
    /// Expected amount in major units (dollars).
    pub major_units: f64,
    /// The currency.
    pub currency: Currency,
}

impl fmt::Display for ExpectedMoney {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.currency.minor_digits() as usize;
        write!(f, "{:.digits$} {}", self.major_units, self.currency)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usd(text: &str) -> Result<i64, CoreError> {
        Money::parse(text, Currency::USD).map(|money| money.minor_units())
    }

    #[test]
    fn parses_decimals_exactly_and_rounds_half_away_from_zero() {
        assert_eq!(usd("0.29"), Ok(29));
        assert_eq!(usd("29.33"), Ok(2_933));
        assert_eq!(usd("-0.005"), Ok(-1));
        assert_eq!(usd("505.29999999999995"), Ok(50_530));
        assert_eq!(usd(".5"), Ok(50));
        assert_eq!(Money::parse("1999.5", Currency::JPY).map(|m| m.minor_units()), Ok(2_000));
    }

    #[test]
    fn refuses_what_is_not_a_number_or_does_not_fit() {
        for text in ["", "-", ".", "1e3", "12,5", "NaN", "1.2.3", "92233720368547758.08"] {
            assert_eq!(usd(text), Err(CoreError::InvalidAmount { value: text.into() }), "{text}");
        }
    }

    #[test]
    fn prints_with_the_digits_of_its_currency() {
        assert_eq!(Money::from_minor_units(-5, Currency::USD).to_string(), "-0.05 USD");
        assert_eq!(Money::from_minor_units(1_234, Currency::JPY).to_string(), "1234 JPY");
    }
}
