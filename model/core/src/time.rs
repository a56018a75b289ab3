//! When: instants to the microsecond, the as-of of a question, and the shop's time zone.

use std::fmt;
use std::str::FromStr;

use jiff::civil;
use serde::{Deserialize, Serialize};

use crate::{CoreError, Duration};

/// An instant, in whole microseconds since 1970-01-01T00:00:00Z.
///
/// ```
/// use tenure_core::{TimeZone, Timestamp};
/// let noon = Timestamp::parse("1997-10-01 12:00", &TimeZone::utc())?;
/// assert_eq!(noon.to_string(), "1997-10-01T12:00:00Z");
/// # Ok::<(), tenure_core::CoreError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "i64", into = "i64")]
pub struct Timestamp(i64);

impl Timestamp {
    /// An instant from microseconds since the Unix epoch.
    ///
    /// # Errors
    /// When it lies outside the years -9999 to 9999.
    pub fn from_microseconds(microseconds: i64) -> Result<Self, CoreError> {
        jiff::Timestamp::from_microsecond(microseconds)
            .map(|_| Self(microseconds))
            .map_err(|_| CoreError::TimestampOutOfRange { microseconds })
    }

    /// An instant from ISO 8601 text; where the text names no offset, it is local time in `zone`.
    ///
    /// A bare date is its midnight. A local time that a clock change skipped or repeated takes the
    /// offset before the change.
    ///
    /// # Errors
    /// When the text is not a date or an instant.
    pub fn parse(value: &str, zone: &TimeZone) -> Result<Self, CoreError> {
        let invalid = || CoreError::InvalidDate { value: value.to_owned() };
        let text = value.trim();
        if let Ok(instant) = text.parse::<jiff::Timestamp>() {
            return Ok(Self(instant.as_microsecond()));
        }
        let local = text
            .parse::<civil::DateTime>()
            .or_else(|_| text.parse::<civil::Date>().map(civil::DateTime::from))
            .map_err(|_| invalid())?;
        zone.instant(local).map_err(|_| invalid())
    }

    /// Microseconds since the Unix epoch.
    #[must_use]
    pub const fn microseconds(&self) -> i64 {
        self.0
    }

    /// How long after `earlier` this is; zero if it is not after.
    #[must_use]
    pub fn since(&self, earlier: Self) -> Duration {
        Duration(self.0.saturating_sub(earlier.0).max(0))
    }

    /// The instant `length` later, held at the end of year 9999.
    #[must_use]
    pub fn saturating_add(&self, length: Duration) -> Self {
        Self(self.0.saturating_add(length.microseconds()).min(jiff::Timestamp::MAX.as_microsecond()))
    }

    /// The instant `length` earlier, held at the start of year -9999.
    #[must_use]
    pub fn saturating_sub(&self, length: Duration) -> Self {
        Self(self.0.saturating_sub(length.microseconds()).max(jiff::Timestamp::MIN.as_microsecond()))
    }

    fn to_jiff(self) -> jiff::Timestamp {
        // The constructor admits what jiff can hold.
        jiff::Timestamp::from_microsecond(self.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH)
    }
}

impl TryFrom<i64> for Timestamp {
    type Error = CoreError;
    fn try_from(microseconds: i64) -> Result<Self, CoreError> {
        Self::from_microseconds(microseconds)
    }
}

impl From<Timestamp> for i64 {
    fn from(timestamp: Timestamp) -> Self {
        timestamp.0
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.to_jiff().fmt(f)
    }
}

/// The instant at which a question is asked: only what was known *before* it may be used.
///
/// Every past window is `[as_of - w, as_of)` and every future one `[as_of, as_of + h)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct AsOf(Timestamp);

impl AsOf {
    /// Asks at this instant.
    #[must_use]
    pub const fn new(instant: Timestamp) -> Self {
        Self(instant)
    }

    /// The instant.
    #[must_use]
    pub const fn instant(&self) -> Timestamp {
        self.0
    }

    /// Whether something that happened at `instant` may be used.
    #[must_use]
    pub fn knows(&self, instant: Timestamp) -> bool {
        instant < self.0
    }
}

impl fmt::Display for AsOf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The zone in which a shop's days begin, by IANA name.
///
/// Comes from the zone data compiled into the program, so every machine agrees.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TimeZone {
    name: Box<str>,
    zone: jiff::tz::TimeZone,
    /// Days of UTC are plain arithmetic, and most shops use them.
    is_utc: bool,
}

impl TimeZone {
    /// Coordinated Universal Time.
    #[must_use]
    pub fn utc() -> Self {
        Self { name: "UTC".into(), zone: jiff::tz::TimeZone::UTC, is_utc: true }
    }

    /// The IANA name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The instant of a local date and time.
    ///
    /// # Errors
    /// When it lies outside the years -9999 to 9999.
    pub fn instant(&self, local: civil::DateTime) -> Result<Timestamp, CoreError> {
        self.zone
            .to_timestamp(local)
            .map(|instant| Timestamp(instant.as_microsecond()))
            .map_err(|_| CoreError::InvalidDate { value: local.to_string() })
    }

    /// The local date at an instant.
    #[must_use]
    pub fn date(&self, instant: Timestamp) -> civil::Date {
        self.zone.to_datetime(instant.to_jiff()).date()
    }

    /// The local date and time of day at an instant.
    #[must_use]
    pub fn local(&self, instant: Timestamp) -> civil::DateTime {
        self.zone.to_datetime(instant.to_jiff())
    }

    /// The instant at which the local day of `instant` begins.
    #[must_use]
    pub fn start_of_day(&self, instant: Timestamp) -> Timestamp {
        const DAY_US: i64 = 86_400_000_000;
        if self.is_utc {
            return Timestamp(instant.0 - instant.0.rem_euclid(DAY_US));
        }
        let midnight = civil::DateTime::from(self.date(instant));
        self.instant(midnight).unwrap_or(instant)
    }
}

impl FromStr for TimeZone {
    type Err = CoreError;
    fn from_str(value: &str) -> Result<Self, CoreError> {
        let unknown = || CoreError::UnknownTimeZone { value: value.to_owned() };
        if value == "UTC" {
            return Ok(Self::utc());
        }
        let zone = jiff::tz::TimeZone::get(value).map_err(|_| unknown())?;
        let name = zone.iana_name().ok_or_else(unknown)?.into();
        Ok(Self { name, zone, is_utc: false })
    }
}

impl TryFrom<String> for TimeZone {
    type Error = CoreError;
    fn try_from(value: String) -> Result<Self, CoreError> {
        value.parse()
    }
}

impl From<TimeZone> for String {
    fn from(zone: TimeZone) -> Self {
        zone.name.into()
    }
}

impl fmt::Display for TimeZone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, zone: &str, expected: &str) {
        let zone: TimeZone = zone.parse().unwrap();
        assert_eq!(Timestamp::parse(text, &zone).unwrap().to_string(), expected, "{text} in {zone}");
    }

    #[test]
    fn a_time_without_an_offset_is_local() {
        check("2024-05-31", "Asia/Shanghai", "2024-05-30T16:00:00Z");
        check("2024-05-31T14:00:00", "UTC", "2024-05-31T14:00:00Z");
        check("2024-05-31T14:00:00+02:00", "Asia/Shanghai", "2024-05-31T12:00:00Z");
        // 02:30 does not exist on that night in Berlin.
        check("2024-03-31T02:30", "Europe/Berlin", "2024-03-31T01:30:00Z");
    }

    #[test]
    fn a_day_begins_at_local_midnight() {
        let shanghai: TimeZone = "Asia/Shanghai".parse().unwrap();
        let evening = Timestamp::parse("2024-05-30T16:30:00Z", &TimeZone::utc()).unwrap();
        assert_eq!(shanghai.start_of_day(evening).to_string(), "2024-05-30T16:00:00Z");
        assert_eq!(TimeZone::utc().start_of_day(evening).to_string(), "2024-05-30T00:00:00Z");
        assert_eq!(shanghai.date(evening).to_string(), "2024-05-31");
        assert_eq!(shanghai.local(evening).to_string(), "2024-05-31T00:30:00");
    }

    #[test]
    fn refuses_what_is_no_date_or_zone() {
        for text in ["", "tomorrow", "31.05.2024", "2024-02-30", "2024-05-31T25:00"] {
            let expected = Err(CoreError::InvalidDate { value: text.into() });
            assert_eq!(Timestamp::parse(text, &TimeZone::utc()), expected, "{text}");
        }
        assert!("Mars/Olympus".parse::<TimeZone>().is_err());
        assert!(Timestamp::from_microseconds(i64::MAX).is_err());
    }

    #[test]
    fn the_as_of_itself_is_not_known() {
        let instant = Timestamp::from_microseconds(1).unwrap();
        assert!(!AsOf::new(instant).knows(instant));
        assert!(AsOf::new(instant).knows(Timestamp::from_microseconds(0).unwrap()));
    }
}
