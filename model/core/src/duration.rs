//! How long: exact lengths, horizons that look ahead, and the weeks that models count in.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::CoreError;

const UNITS: [(&str, i64); 6] = [
    ("w", 7 * 86_400_000_000),
    ("d", 86_400_000_000),
    ("h", 3_600_000_000),
    ("m", 60_000_000),
    ("us", 1),
    ("s", 1_000_000),
];

/// A length of time, exact to the microsecond and never negative.
///
/// Written as a whole number and a unit: `s`, `m` (minutes), `h`, `d` (24 hours), `w`; `us` (microseconds) for the rest.
///
/// ```
/// use tenure_core::Duration;
/// assert_eq!("90d".parse::<Duration>()?, Duration::from_days(90));
/// assert_eq!("24h".parse::<Duration>()?.to_string(), "1d");
/// assert!("90".parse::<Duration>().is_err(), "a number without a unit is an error");
/// # Ok::<(), tenure_core::CoreError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Duration(pub(crate) i64);

impl Duration {
    /// No time at all.
    pub const ZERO: Self = Self(0);

    /// A whole number of days of 24 hours.
    #[must_use]
    pub const fn from_days(days: u32) -> Self {
        Self(days as i64 * 86_400_000_000)
    }

    /// A length in microseconds.
    ///
    /// # Errors
    /// When it is negative.
    pub const fn from_microseconds(microseconds: i64) -> Result<Self, CoreError> {
        if microseconds < 0 {
            return Err(CoreError::NegativeDuration { microseconds });
        }
        Ok(Self(microseconds))
    }

    /// The length in microseconds.
    #[must_use]
    pub const fn microseconds(&self) -> i64 {
        self.0
    }

    /// The length in days of 24 hours.
    #[must_use]
    pub fn days(&self) -> f64 {
        self.0 as f64 / 86_400e6
    }

    /// The length in weeks, the unit in which the models count.
    #[must_use]
    pub fn weeks(&self) -> Weeks {
        Weeks(self.0 as f64 / 604_800e6)
    }
}

impl FromStr for Duration {
    type Err = CoreError;
    fn from_str(value: &str) -> Result<Self, CoreError> {
        let invalid = || CoreError::InvalidDuration { value: value.to_owned() };
        let text = value.trim();
        let (number, unit) = UNITS
            .iter()
            .find_map(|(name, size)| Some((text.strip_suffix(name)?, *size)))
            .ok_or_else(invalid)?;
        if number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(invalid());
        }
        let number: i64 = number.parse().map_err(|_| invalid())?;
        number.checked_mul(unit).map(Self).ok_or_else(invalid)
    }
}

impl fmt::Display for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Weeks are left out: horizons are spoken of in days.
        let fits = |(_, size): &&(&str, i64)| self.0 > 0 && self.0 % size == 0;
        match UNITS[1..].iter().filter(fits).max_by_key(|(_, size)| *size) {
            Some((name, size)) => write!(f, "{}{name}", self.0 / size),
            None => f.write_str("0s"),
        }
    }
}

impl TryFrom<String> for Duration {
    type Error = CoreError;
    fn try_from(value: String) -> Result<Self, CoreError> {
        value.parse()
    }
}

impl From<Duration> for String {
    fn from(duration: Duration) -> Self {
        duration.to_string()
    }
}

/// How far ahead a prediction looks: `[as_of, as_of + horizon)`. Longer than zero.
///
/// ```
/// use tenure_core::Horizon;
/// let horizon: Horizon = "90d".parse()?;
/// assert!((horizon.weeks().get() - 12.857_142).abs() < 1e-6);
/// # Ok::<(), tenure_core::CoreError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "Duration", into = "Duration")]
pub struct Horizon(Duration);

impl Horizon {
    /// A horizon of some length.
    ///
    /// # Errors
    /// When the length is zero.
    pub fn new(length: Duration) -> Result<Self, CoreError> {
        if length == Duration::ZERO { Err(CoreError::EmptyHorizon) } else { Ok(Self(length)) }
    }

    /// Its length.
    #[must_use]
    pub const fn length(&self) -> Duration {
        self.0
    }

    /// Its length in weeks.
    #[must_use]
    pub fn weeks(&self) -> Weeks {
        self.0.weeks()
    }
}

impl TryFrom<Duration> for Horizon {
    type Error = CoreError;
    fn try_from(length: Duration) -> Result<Self, CoreError> {
        Self::new(length)
    }
}

impl From<Horizon> for Duration {
    fn from(horizon: Horizon) -> Self {
        horizon.0
    }
}

impl FromStr for Horizon {
    type Err = CoreError;
    fn from_str(value: &str) -> Result<Self, CoreError> {
        Self::new(value.parse()?)
    }
}

impl fmt::Display for Horizon {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A length of time in weeks, as a real number: the unit of every published buy-till-you-die table.
///
/// Finite and not negative.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct Weeks(f64);

impl Weeks {
    /// No time at all.
    pub const ZERO: Self = Self(0.0);

    /// A length in weeks.
    ///
    /// # Errors
    /// When it is not finite or negative.
    pub fn new(value: f64) -> Result<Self, CoreError> {
        if value.is_finite() && value >= 0.0 {
            Ok(Self(value))
        } else {
            Err(CoreError::InvalidWeeks { value })
        }
    }

    /// The number of weeks.
    #[must_use]
    pub const fn get(&self) -> f64 {
        self.0
    }
}

impl TryFrom<f64> for Weeks {
    type Error = CoreError;
    fn try_from(value: f64) -> Result<Self, CoreError> {
        Self::new(value)
    }
}

impl From<Weeks> for f64 {
    fn from(weeks: Weeks) -> Self {
        weeks.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_prints_every_unit() {
        for (text, printed) in [
            ("90d", "90d"),
            ("2w", "14d"),
            ("36h", "36h"),
            ("90m", "90m"),
            ("5s", "5s"),
            ("0d", "0s"),
            ("1500001us", "1500001us"),
        ] {
            assert_eq!(text.parse::<Duration>().map(|d| d.to_string()), Ok(printed.to_owned()), "{text}");
        }
    }

    #[test]
    fn refuses_what_has_no_unit_sign_or_end() {
        for text in ["", "d", "90", "-90d", "1.5d", "90 d", "90x", "99999999999999999w", "+5d"] {
            assert_eq!(
                text.parse::<Duration>(),
                Err(CoreError::InvalidDuration { value: text.into() }),
                "{text}"
            );
        }
        assert_eq!("0d".parse::<Horizon>(), Err(CoreError::EmptyHorizon));
        assert_eq!(Duration::from_microseconds(-1), Err(CoreError::NegativeDuration { microseconds: -1 }));
        assert!(Weeks::new(f64::NAN).is_err() && Weeks::new(-0.1).is_err());
    }
}
