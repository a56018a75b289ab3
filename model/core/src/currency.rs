//! ISO 4217 currencies and how many digits their minor unit has.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::CoreError;

/// An ISO 4217 currency in use.
///
/// ```
/// use tenure_core::Currency;
/// assert_eq!("JPY".parse::<Currency>()?.minor_digits(), 0);
/// assert_eq!(Currency::USD.minor_digits(), 2);
/// assert!("usd".parse::<Currency>().is_err());
/// # Ok::<(), tenure_core::CoreError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Currency([u8; 3]);

/// Codes whose minor unit has two digits, then the exceptions (ISO 4217:2015 and amendments to 2025).
const TWO_DIGITS: &str = "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN \
    BZD CAD CDF CHF CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD \
    HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU \
    MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK \
    SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD XCG \
    YER ZAR ZMW ZWG";
const NO_DIGITS: &str = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF";
const THREE_DIGITS: &str = "BHD IQD JOD KWD LYD OMR TND";

impl Currency {
    /// United States dollar.
    pub const USD: Self = Self(*b"USD");
    /// Euro.
    pub const EUR: Self = Self(*b"EUR");
    /// Chinese yuan.
    pub const CNY: Self = Self(*b"CNY");
    /// Pound sterling.
    pub const GBP: Self = Self(*b"GBP");
    /// Japanese yen.
    pub const JPY: Self = Self(*b"JPY");

    /// The three-letter code.
    #[must_use]
    pub fn code(&self) -> &str {
        // The constructor admits ASCII letters only.
        std::str::from_utf8(&self.0).unwrap_or("XXX")
    }

    /// Digits of the minor unit: 2 for USD (cents), 0 for JPY, 3 for KWD.
    #[must_use]
    pub fn minor_digits(&self) -> u32 {
        if NO_DIGITS.contains(self.code()) {
            0
        } else if THREE_DIGITS.contains(self.code()) {
            3
        } else {
            2
        }
    }

    /// Minor units in one major unit: 100 for USD.
    #[must_use]
    pub fn minor_per_major(&self) -> i64 {
        10_i64.pow(self.minor_digits())
    }
}

impl FromStr for Currency {
    type Err = CoreError;
    fn from_str(value: &str) -> Result<Self, CoreError> {
        let unknown = || CoreError::UnknownCurrency { value: value.to_owned() };
        let code: [u8; 3] = value.as_bytes().try_into().map_err(|_| unknown())?;
        let listed = [TWO_DIGITS, NO_DIGITS, THREE_DIGITS]
            .iter()
            .any(|list| list.split_ascii_whitespace().any(|known| known == value));
        if listed { Ok(Self(code)) } else { Err(unknown()) }
    }
}

impl TryFrom<String> for Currency {
    type Error = CoreError;
    fn try_from(value: String) -> Result<Self, CoreError> {
        value.parse()
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> Self {
        currency.code().to_owned()
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minor_digits_follow_iso_4217() {
        for (code, digits) in [("USD", 2), ("CNY", 2), ("JPY", 0), ("KRW", 0), ("KWD", 3), ("VND", 0)] {
            assert_eq!(code.parse::<Currency>().map(|c| c.minor_digits()), Ok(digits), "{code}");
        }
    }

    #[test]
    fn refuses_what_is_not_a_code() {
        for code in ["", "US", "usd", "USDT", "ZZZ", "D A", "€"] {
            assert_eq!(code.parse::<Currency>(), Err(CoreError::UnknownCurrency { value: code.into() }));
        }
    }
}
