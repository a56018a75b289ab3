//! Dates and times of day read byte by byte.
//!
//! jiff reads the same forms, several times slower; a property test holds the two together.

const SECOND_US: i64 = 1_000_000;
const MINUTE_US: i64 = 60 * SECOND_US;
const HOUR_US: i64 = 60 * MINUTE_US;
pub(crate) const DAY_US: i64 = 24 * HOUR_US;

/// A date of the proleptic Gregorian calendar, years 0 to 9999.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Day {
    year: i64,
    month: i64,
    day: i64,
}

impl Day {
    /// The date, if the calendar has it.
    pub(crate) fn new(year: i64, month: i64, day: i64) -> Option<Self> {
        let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let length = match month {
            2 if is_leap => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
            _ => return None,
        };
        ((0..=9999).contains(&year) && (1..=length).contains(&day)).then_some(Self { year, month, day })
    }

    /// Days since 1970-01-01, by counting from a 1 March so that the leap day ends its year.
    pub(crate) fn since_epoch(self) -> i64 {
        let (year, month) =
            if self.month > 2 { (self.year, self.month - 3) } else { (self.year - 1, self.month + 9) };
        let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
        // Months from March on have 31,30,31,30,31,31,30,31,30,31,31 days before them: (153 m + 2) / 5.
        365 * year + leap_days + (153 * month + 2) / 5 + self.day - 1 - 719_468
    }
}

/// A wall clock's reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Reading {
    /// Microseconds since 1970-01-01T00:00 on that clock.
    pub(crate) local_us: i64,
    /// How far the clock is ahead of UTC, where the text says.
    pub(crate) offset_us: Option<i64>,
}

/// Reads `yyyy-mm-dd`, alone or with a time of day after `T` or a space. `/` and `.` do as well as `-`.
pub(crate) fn parse_iso(text: &[u8]) -> Option<Reading> {
    let (date, rest) = text.split_at_checked(10)?;
    let separator = date[4];
    if !matches!(separator, b'-' | b'/' | b'.') || date[7] != separator {
        return None;
    }
    let day = Day::new(digits(&date[..4])?, digits(&date[5..7])?, digits(&date[8..])?)?;
    reading(day, rest)
}

/// Joins a date with the rest of the text: nothing, or a time of day after `T`, a comma or spaces.
pub(crate) fn reading(day: Day, rest: &[u8]) -> Option<Reading> {
    let midnight = day.since_epoch() * DAY_US;
    let clock = match rest {
        [] => return Some(Reading { local_us: midnight, offset_us: None }),
        [b'T' | b't', clock @ ..] => clock,
        [b' ' | b',', clock @ ..] => clock.trim_ascii_start(),
        _ => return None,
    };
    let (time_us, offset_us) = parse_clock(clock)?;
    Some(Reading { local_us: midnight + time_us, offset_us })
}

/// The number that is written in decimal digits alone; at most 18 of them.
pub(crate) fn digits(text: &[u8]) -> Option<i64> {
    if text.is_empty() || text.len() > 18 {
        return None;
    }
    text.iter().try_fold(0, |value, byte| byte.is_ascii_digit().then(|| value * 10 + i64::from(byte - b'0')))
}

/// The leading decimal digits and what follows them.
pub(crate) fn split_digits(text: &[u8]) -> (&[u8], &[u8]) {
    let end = text.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len());
    text.split_at(end)
}

/// Reads `h:mm[:ss[.f…]]`, then an optional AM or PM, then an optional offset from UTC.
fn parse_clock(text: &[u8]) -> Option<(i64, Option<i64>)> {
    let (hour, rest) = split_digits(text);
    let mut hours = (hour.len() <= 2).then(|| digits(hour)).flatten()?;
    let (minutes, mut rest) = two_digits(rest.strip_prefix(b":")?)?;
    let mut time_us = minutes * MINUTE_US;
    if let [b':', seconds @ ..] = rest {
        let (seconds, after) = two_digits(seconds)?;
        time_us += seconds * SECOND_US;
        rest = after;
        if let [b'.' | b',', fraction @ ..] = rest {
            let (fraction, after) = split_digits(fraction);
            time_us += microseconds(fraction)?;
            rest = after;
        }
        if seconds > 59 {
            return None;
        }
    }
    if hours > 23 || minutes > 59 {
        return None;
    }
    let (half, rest) = half_of_day(rest.trim_ascii_start());
    if let Some(half) = half {
        hours = (1..=12).contains(&hours).then_some(hours % 12 + half)?;
    }
    Some((hours * HOUR_US + time_us, parse_offset(rest.trim_ascii_start())?))
}

/// Hours to add for AM or PM, and what follows.
fn half_of_day(text: &[u8]) -> (Option<i64>, &[u8]) {
    match text {
        [b'a' | b'A', b'm' | b'M', rest @ ..] => (Some(0), rest),
        [b'p' | b'P', b'm' | b'M', rest @ ..] => (Some(12), rest),
        _ => (None, text),
    }
}

/// Reads nothing, `Z`, `UTC`, `GMT`, `+hh`, `+hhmm` or `+hh:mm`. The outer option says whether it is readable.
#[expect(clippy::option_option, reason = "unreadable and absent are different answers")]
fn parse_offset(text: &[u8]) -> Option<Option<i64>> {
    let (sign, rest) = match text {
        [] => return Some(None),
        b"Z" | b"z" | b"UTC" | b"GMT" => return Some(Some(0)),
        [b'+', rest @ ..] => (1, rest),
        [b'-', rest @ ..] => (-1, rest),
        _ => return None,
    };
    let (hours, rest) = two_digits(rest)?;
    let minutes = match rest {
        [] => 0,
        [b':', minutes @ ..] | minutes => digits(minutes).filter(|_| minutes.len() == 2)?,
    };
    (hours <= 25 && minutes <= 59).then_some(Some(sign * (hours * HOUR_US + minutes * MINUTE_US)))
}

fn two_digits(text: &[u8]) -> Option<(i64, &[u8])> {
    let (number, rest) = text.split_at_checked(2)?;
    Some((digits(number)?, rest))
}

/// One to nine digits of a second's fraction, cut to microseconds.
fn microseconds(fraction: &[u8]) -> Option<i64> {
    if fraction.is_empty() || fraction.len() > 9 {
        return None;
    }
    let kept = &fraction[..fraction.len().min(6)];
    digits(kept).map(|value| value * 10_i64.pow(6 - kept.len() as u32))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn check(text: &str, expected: Option<&str>) {
        let actual = parse_iso(text.as_bytes()).map(|reading| {
            let instant = reading.local_us - reading.offset_us.unwrap_or(0);
            jiff::Timestamp::from_microsecond(instant).unwrap().to_string()
        });
        assert_eq!(actual.as_deref(), expected, "{text:?}");
    }

    #[test]
    fn reads_the_forms_that_exports_use() {
        check("2024-05-31", Some("2024-05-31T00:00:00Z"));
        check("2024/05/31 14:00", Some("2024-05-31T14:00:00Z"));
        check("2024-05-31 14:00:00 +0800", Some("2024-05-31T06:00:00Z"));
        check("2024-05-31T14:00:00.123456789-03:30", Some("2024-05-31T17:30:00.123456Z"));
        check("2020-09-11 13:26:15.000", Some("2020-09-11T13:26:15Z"));
        check("2024-02-29 12:30 AM UTC", Some("2024-02-29T00:30:00Z"));
        check("2010-12-01 8:26:00", Some("2010-12-01T08:26:00Z"));
    }

    #[test]
    fn refuses_what_the_calendar_and_the_clock_do_not_have() {
        for text in [
            "2023-02-29",
            "1900-02-29",
            "2024-13-01",
            "2024-00-10",
            "2024-04-31",
            "2024-05/31",
            "2024-05-3",
            "2024-05-31T24:00",
            "2024-05-31 12:60",
            "2024-05-31 12:00:60",
            "2024-05-31 13:00 PM",
            "2024-05-31x",
            "2024-05-31T",
            "2024-05-31T14",
            "2024-05-31 14:00:00.",
            "2024-05-31 14:00 +8",
            "2024-05-31 14:00 CEST",
            "２０２４-05-31",
        ] {
            check(text, None);
        }
    }

    proptest! {
        /// What jiff makes of the same text is the independent answer.
        #[test]
        fn agrees_with_jiff(
            seconds in -62_135_596_800_i64..253_402_207_200,
            fraction in 0_i32..1_000_000,
            offset in -93_599_i32..93_599,
            cut in prop::sample::select(vec![10_usize, 16, 19, 23, 26]),
            separator in prop::sample::select(vec!["T", " "]),
            with_offset: bool,
        ) {
            let instant = jiff::Timestamp::new(seconds, 0).unwrap().to_zoned(jiff::tz::TimeZone::UTC).datetime();
            let clock = format!("{}.{fraction:06}", instant.strftime(&format!("%Y-%m-%d{separator}%H:%M:%S")));
            let mut text = clock[..cut].to_owned();
            if with_offset && cut > 10 {
                let (sign, minutes) = if offset < 0 { ('-', -offset / 60) } else { ('+', offset / 60) };
                text.push_str(&format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60));
                let expected: jiff::Timestamp = text.parse().unwrap();
                let reading = parse_iso(text.as_bytes()).unwrap();
                prop_assert_eq!(reading.local_us - reading.offset_us.unwrap(), expected.as_microsecond());
            } else {
                let local = text.parse::<jiff::civil::DateTime>().unwrap();
                let expected = local.to_zoned(jiff::tz::TimeZone::UTC).unwrap().timestamp();
                let expected = Reading { local_us: expected.as_microsecond(), offset_us: None };
                prop_assert_eq!(parse_iso(text.as_bytes()), Some(expected));
            }
        }

        #[test]
        fn reads_no_date_that_jiff_refuses(text in "[0-9]{4}-[0-9]{2}-[0-9]{2}( [0-9]{2}:[0-9]{2}(:[0-9]{2})?)?") {
            if parse_iso(text.as_bytes()).is_some() {
                prop_assert!(text.parse::<jiff::civil::DateTime>().is_ok(), "{}", text);
            }
        }
    }
}
