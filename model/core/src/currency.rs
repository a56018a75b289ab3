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
    code: [u8; 3],
    minor_digits: u8,
}

impl Currency {
    /// United States dollar.
    pub const USD: Self = Self { code: *b"USD", minor_digits: 2 };
    /// Euro.
    pub const EUR: Self = Self { code: *b"EUR", minor_digits: 2 };
    /// Chinese yuan.
    pub const CNY: Self = Self { code: *b"CNY", minor_digits: 2 };
    /// Pound sterling.
    pub const GBP: Self = Self { code: *b"GBP", minor_digits: 2 };
    /// Japanese yen.
    pub const JPY: Self = Self { code: *b"JPY", minor_digits: 0 };

    /// The three-letter code.
    #[must_use]
    pub fn code(&self) -> &str {
        // The constructor admits ASCII letters only.
        std::str::from_utf8(&self.code).unwrap_or("XXX")
    }

    /// Digits of the minor unit: 2 for USD (cents), 0 for JPY, 3 for KWD.
    #[must_use]
    pub const fn minor_digits(&self) -> u32 {
        self.minor_digits as u32
    }

    /// Minor units in one major unit: 100 for USD.
    #[must_use]
    pub const fn minor_per_major(&self) -> i64 {
        10_i64.pow(self.minor_digits())
    }
}

impl FromStr for Currency {
    type Err = CoreError;
    fn from_str(value: &str) -> Result<Self, CoreError> {
        let unknown = || CoreError::UnknownCurrency { value: value.to_owned() };
        let code: [u8; 3] = value.as_bytes().try_into().map_err(|_| unknown())?;
        let place = CODES.binary_search_by_key(&code, |(code, _)| *code).map_err(|_| unknown())?;
        Ok(Self { code, minor_digits: CODES[place].1 })
    }
}

/// Codes in use and the digits of their minor units (ISO 4217:2015 and amendments to 2025), sorted.
#[rustfmt::skip]
const CODES: &[([u8; 3], u8)] = &[
    (*b"AED", 2), (*b"AFN", 2), (*b"ALL", 2), (*b"AMD", 2), (*b"ANG", 2), (*b"AOA", 2),
    (*b"ARS", 2), (*b"AUD", 2), (*b"AWG", 2), (*b"AZN", 2), (*b"BAM", 2), (*b"BBD", 2),
    (*b"BDT", 2), (*b"BGN", 2), (*b"BHD", 3), (*b"BIF", 0), (*b"BMD", 2), (*b"BND", 2),
    (*b"BOB", 2), (*b"BRL", 2), (*b"BSD", 2), (*b"BTN", 2), (*b"BWP", 2), (*b"BYN", 2),
    (*b"BZD", 2), (*b"CAD", 2), (*b"CDF", 2), (*b"CHF", 2), (*b"CLP", 0), (*b"CNY", 2),
    (*b"COP", 2), (*b"CRC", 2), (*b"CUP", 2), (*b"CVE", 2), (*b"CZK", 2), (*b"DJF", 0),
    (*b"DKK", 2), (*b"DOP", 2), (*b"DZD", 2), (*b"EGP", 2), (*b"ERN", 2), (*b"ETB", 2),
    (*b"EUR", 2), (*b"FJD", 2), (*b"FKP", 2), (*b"GBP", 2), (*b"GEL", 2), (*b"GHS", 2),
    (*b"GIP", 2), (*b"GMD", 2), (*b"GNF", 0), (*b"GTQ", 2), (*b"GYD", 2), (*b"HKD", 2),
    (*b"HNL", 2), (*b"HTG", 2), (*b"HUF", 2), (*b"IDR", 2), (*b"ILS", 2), (*b"INR", 2),
    (*b"IQD", 3), (*b"IRR", 2), (*b"ISK", 0), (*b"JMD", 2), (*b"JOD", 3), (*b"JPY", 0),
    (*b"KES", 2), (*b"KGS", 2), (*b"KHR", 2), (*b"KMF", 0), (*b"KPW", 2), (*b"KRW", 0),
    (*b"KWD", 3), (*b"KYD", 2), (*b"KZT", 2), (*b"LAK", 2), (*b"LBP", 2), (*b"LKR", 2),
    (*b"LRD", 2), (*b"LSL", 2), (*b"LYD", 3), (*b"MAD", 2), (*b"MDL", 2), (*b"MGA", 2),
    (*b"MKD", 2), (*b"MMK", 2), (*b"MNT", 2), (*b"MOP", 2), (*b"MRU", 2), (*b"MUR", 2),
    (*b"MVR", 2), (*b"MWK", 2), (*b"MXN", 2), (*b"MYR", 2), (*b"MZN", 2), (*b"NAD", 2),
    (*b"NGN", 2), (*b"NIO", 2), (*b"NOK", 2), (*b"NPR", 2), (*b"NZD", 2), (*b"OMR", 3),
    (*b"PAB", 2), (*b"PEN", 2), (*b"PGK", 2), (*b"PHP", 2), (*b"PKR", 2), (*b"PLN", 2),
    (*b"PYG", 0), (*b"QAR", 2), (*b"RON", 2), (*b"RSD", 2), (*b"RUB", 2), (*b"RWF", 0),
    (*b"SAR", 2), (*b"SBD", 2), (*b"SCR", 2), (*b"SDG", 2), (*b"SEK", 2), (*b"SGD", 2),
    (*b"SHP", 2), (*b"SLE", 2), (*b"SOS", 2), (*b"SRD", 2), (*b"SSP", 2), (*b"STN", 2),
    (*b"SVC", 2), (*b"SYP", 2), (*b"SZL", 2), (*b"THB", 2), (*b"TJS", 2), (*b"TMT", 2),
    (*b"TND", 3), (*b"TOP", 2), (*b"TRY", 2), (*b"TTD", 2), (*b"TWD", 2), (*b"TZS", 2),
    (*b"UAH", 2), (*b"UGX", 0), (*b"USD", 2), (*b"UYU", 2), (*b"UZS", 2), (*b"VED", 2),
    (*b"VES", 2), (*b"VND", 0), (*b"VUV", 0), (*b"WST", 2), (*b"XAF", 0), (*b"XCD", 2),
    (*b"XCG", 2), (*b"XOF", 0), (*b"XPF", 0), (*b"YER", 2), (*b"ZAR", 2), (*b"ZMW", 2),
    (*b"ZWG", 2),
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
            let found: Currency = std::str::from_utf8(code).unwrap().parse().unwrap();
            assert_eq!((found.code, found.minor_digits), (*code, *digits));
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
