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
pub struct Currency {
    /// Where it stands in the table, so that there is no currency without a code.
    place: u8,
}

impl Currency {
    /// United States dollar.
    pub const USD: Self = Self::listed("USD");
    /// Euro.
    pub const EUR: Self = Self::listed("EUR");
    /// Chinese yuan.
    pub const CNY: Self = Self::listed("CNY");
    /// Pound sterling.
    pub const GBP: Self = Self::listed("GBP");
    /// Japanese yen.
    pub const JPY: Self = Self::listed("JPY");

    /// The three-letter code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        CODES[self.place as usize].0
    }

    /// Digits of the minor unit: 2 for USD (cents), 0 for JPY, 3 for KWD.
    #[must_use]
    pub const fn minor_digits(&self) -> u32 {
        CODES[self.place as usize].1
    }

    /// Minor units in one major unit: 100 for USD.
    #[must_use]
    pub const fn minor_per_major(&self) -> i64 {
        10_i64.pow(self.minor_digits())
    }

    /// A currency of the table; one that is not there does not compile as a constant.
    const fn listed(code: &str) -> Self {
        let mut place = 0;
        while !same(CODES[place as usize].0, code) {
            place += 1;
        }
        Self { place }
    }
}

impl FromStr for Currency {
    type Err = CoreError;
    fn from_str(value: &str) -> Result<Self, CoreError> {
        let unknown = || CoreError::UnknownCurrency { value: value.to_owned() };
        let place = CODES.binary_search_by_key(&value, |(code, _)| *code).map_err(|_| unknown())?;
        Ok(Self { place: u8::try_from(place).map_err(|_| unknown())? })
    }
}

/// Whether two codes are the same, where `==` cannot be used yet.
const fn same(one: &str, other: &str) -> bool {
    matches!((one.as_bytes(), other.as_bytes()), ([a, b, c], [x, y, z]) if *a == *x && *b == *y && *c == *z)
}

/// Codes in use and the digits of their minor units (ISO 4217:2015 and amendments to 2025), sorted.
#[rustfmt::skip]
const CODES: &[(&str, u32)] = &[
    ("AED", 2), ("AFN", 2), ("ALL", 2), ("AMD", 2), ("ANG", 2), ("AOA", 2),
    ("ARS", 2), ("AUD", 2), ("AWG", 2), ("AZN", 2), ("BAM", 2), ("BBD", 2),
    ("BDT", 2), ("BGN", 2), ("BHD", 3), ("BIF", 0), ("BMD", 2), ("BND", 2),
    ("BOB", 2), ("BRL", 2), ("BSD", 2), ("BTN", 2), ("BWP", 2), ("BYN", 2),
    ("BZD", 2), ("CAD", 2), ("CDF", 2), ("CHF", 2), ("CLP", 0), ("CNY", 2),
    ("COP", 2), ("CRC", 2), ("CUP", 2), ("CVE", 2), ("CZK", 2), ("DJF", 0),
    ("DKK", 2), ("DOP", 2), ("DZD", 2), ("EGP", 2), ("ERN", 2), ("ETB", 2),
    ("EUR", 2), ("FJD", 2), ("FKP", 2), ("GBP", 2), ("GEL", 2), ("GHS", 2),
    ("GIP", 2), ("GMD", 2), ("GNF", 0), ("GTQ", 2), ("GYD", 2), ("HKD", 2),
    ("HNL", 2), ("HTG", 2), ("HUF", 2), ("IDR", 2), ("ILS", 2), ("INR", 2),
    ("IQD", 3), ("IRR", 2), ("ISK", 0), ("JMD", 2), ("JOD", 3), ("JPY", 0),
    ("KES", 2), ("KGS", 2), ("KHR", 2), ("KMF", 0), ("KPW", 2), ("KRW", 0),
    ("KWD", 3), ("KYD", 2), ("KZT", 2), ("LAK", 2), ("LBP", 2), ("LKR", 2),
    ("LRD", 2), ("LSL", 2), ("LYD", 3), ("MAD", 2), ("MDL", 2), ("MGA", 2),
    ("MKD", 2), ("MMK", 2), ("MNT", 2), ("MOP", 2), ("MRU", 2), ("MUR", 2),
    ("MVR", 2), ("MWK", 2), ("MXN", 2), ("MYR", 2), ("MZN", 2), ("NAD", 2),
    ("NGN", 2), ("NIO", 2), ("NOK", 2), ("NPR", 2), ("NZD", 2), ("OMR", 3),
    ("PAB", 2), ("PEN", 2), ("PGK", 2), ("PHP", 2), ("PKR", 2), ("PLN", 2),
    ("PYG", 0), ("QAR", 2), ("RON", 2), ("RSD", 2), ("RUB", 2), ("RWF", 0),
    ("SAR", 2), ("SBD", 2), ("SCR", 2), ("SDG", 2), ("SEK", 2), ("SGD", 2),
    ("SHP", 2), ("SLE", 2), ("SOS", 2), ("SRD", 2), ("SSP", 2), ("STN", 2),
    ("SVC", 2), ("SYP", 2), ("SZL", 2), ("THB", 2), ("TJS", 2), ("TMT", 2),
    ("TND", 3), ("TOP", 2), ("TRY", 2), ("TTD", 2), ("TWD", 2), ("TZS", 2),
    ("UAH", 2), ("UGX", 0), ("USD", 2), ("UYU", 2), ("UZS", 2), ("VED", 2),
    ("VES", 2), ("VND", 0), ("VUV", 0), ("WST", 2), ("XAF", 0), ("XCD", 2),
    ("XCG", 2), ("XOF", 0), ("XPF", 0), ("YER", 2), ("ZAR", 2), ("ZMW", 2),
    ("ZWG", 2),
];

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
    fn every_code_is_found_and_the_constants_agree() {
        assert!(CODES.is_sorted());
        for (code, digits) in CODES {
            let found: Currency = code.parse().unwrap();
            assert_eq!((found.code(), found.minor_digits()), (*code, *digits));
        }
        for known in [Currency::USD, Currency::EUR, Currency::CNY, Currency::GBP, Currency::JPY] {
            assert_eq!(known.code().parse(), Ok(known));
        }
    }

    #[test]
    fn refuses_what_is_not_a_code() {
        for code in ["", "US", "usd", "USDT", "ZZZ", "D A", "€"] {
            assert_eq!(code.parse::<Currency>(), Err(CoreError::UnknownCurrency { value: code.into() }));
        }
    }
}
