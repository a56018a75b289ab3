//! Dates in the forms that exports use, read in the shop's time zone.

use jiff::civil::DateTime;
use tenure_core::{TimeZone, Timestamp};

use crate::DateOrder;
use crate::date_forms::{DateProblem, parse_day_and_month, parse_loose_iso, parse_named_month, parse_number};
use crate::iso::{Reading, parse_iso};

/// Reads dates and times in one zone and one order of day and month.
#[derive(Clone, Debug)]
pub(crate) struct DateParser {
    zone: TimeZone,
    /// Readings in UTC need no zone rules, and most files are in it.
    is_utc: bool,
    order: Option<DateOrder>,
}

impl DateParser {
    pub(crate) fn new(zone: &TimeZone, order: Option<DateOrder>) -> Self {
        Self { zone: zone.clone(), is_utc: *zone == TimeZone::utc(), order }
    }

    pub(crate) fn parse(&self, text: &str) -> Result<Timestamp, DateProblem> {
        let text = text.trim();
        let bytes = text.as_bytes();
        let found = parse_iso(bytes).or_else(|| parse_number(bytes)).or_else(|| parse_loose_iso(bytes));
        let reading = match found {
            Some(reading) => reading,
            None => match parse_day_and_month(bytes, self.order) {
                Ok(reading) => reading,
                Err(DateProblem::Ambiguous) => return Err(DateProblem::Ambiguous),
                Err(DateProblem::Unreadable) => match parse_named_month(bytes) {
                    Some(reading) => reading,
                    // What is left is rare: week dates, zone names in brackets.
                    None => return Timestamp::parse(text, &self.zone).map_err(|_| DateProblem::Unreadable),
                },
            },
        };
        self.instant(reading).ok_or(DateProblem::Unreadable)
    }

    /// An instant from a wall clock's microseconds since 1970-01-01T00:00, in the shop's zone.
    pub(crate) fn local(&self, local_us: i64) -> Option<Timestamp> {
        self.instant(Reading { local_us, offset_us: None })
    }

    fn instant(&self, reading: Reading) -> Option<Timestamp> {
        if let Some(offset_us) = reading.offset_us {
            return Timestamp::from_microseconds(reading.local_us - offset_us).ok();
        }
        if self.is_utc {
            return Timestamp::from_microseconds(reading.local_us).ok();
        }
        let local: DateTime =
            jiff::tz::Offset::UTC.to_datetime(jiff::Timestamp::from_microsecond(reading.local_us).ok()?);
        self.zone.instant(local).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::date_forms::{Evidence, evidence};

    #[track_caller]
    fn check_in(zone: &str, order: Option<DateOrder>, text: &str, expected: Result<&str, DateProblem>) {
        let parser = DateParser::new(&zone.parse().unwrap(), order);
        let actual = parser.parse(text).map(|instant| instant.to_string());
        assert_eq!(actual, expected.map(String::from), "{text:?} in {zone}");
    }

    #[test]
    fn reads_every_common_form() {
        for text in [
            "2024-05-31 14:00:00",
            "2024-05-31T16:00:00+02:00",
            "2024-05-31 22:00:00 +0800",
            "2024/5/31 14:00",
            "31.05.2024 14:00",
            "31/5/2024 2:00 PM",
            "5/31/2024 2:00:00 PM",
            "31-05-2024T14:00:00",
            "31 May 2024 14:00",
            "31-MAY-2024 14:00:00",
            "May 31, 2024, 14:00",
            "Fri, 31 May 2024 14:00:00 GMT",
            "31st May 2024 14:00",
            "20240531140000",
            "20240531T140000Z",
            "1717164000",
            "1717164000.0",
            "1717164000000",
            "1717164000000000",
            "1717164000000000000",
        ] {
            check_in("UTC", None, text, Ok("2024-05-31T14:00:00Z"));
        }
        check_in("UTC", None, "20240531", Ok("2024-05-31T00:00:00Z"));
        check_in("UTC", None, " 1997-01-01 ", Ok("1997-01-01T00:00:00Z"));
        check_in("UTC", None, "915148800", Ok("1999-01-01T00:00:00Z"));
    }

    #[test]
    fn a_date_without_an_offset_is_the_shops() {
        check_in("Asia/Shanghai", None, "2024-05-31", Ok("2024-05-30T16:00:00Z"));
        check_in("Asia/Shanghai", None, "31.05.2024 08:00", Ok("2024-05-31T00:00:00Z"));
        check_in("Asia/Shanghai", None, "1717164000", Ok("2024-05-31T14:00:00Z"));
        // 02:30 was skipped in Berlin that night; the offset before the change holds.
        check_in("Europe/Berlin", None, "2024-03-31 02:30", Ok("2024-03-31T01:30:00Z"));
    }

    #[test]
    fn day_and_month_are_never_guessed() {
        use DateOrder::{DayFirst, MonthFirst};
        check_in("UTC", None, "03/04/2024", Err(DateProblem::Ambiguous));
        check_in("UTC", None, "04/04/2024", Ok("2024-04-04T00:00:00Z"));
        check_in("UTC", None, "03.04.2024", Ok("2024-04-03T00:00:00Z"));
        check_in("UTC", Some(DayFirst), "03/04/2024", Ok("2024-04-03T00:00:00Z"));
        check_in("UTC", Some(MonthFirst), "03/04/2024", Ok("2024-03-04T00:00:00Z"));
        check_in("UTC", Some(MonthFirst), "03.04.2024", Ok("2024-04-03T00:00:00Z"));
        check_in("UTC", Some(MonthFirst), "31/05/2024", Err(DateProblem::Unreadable));
        assert_eq!(evidence(b"13/01/2024"), Evidence::Shows(DayFirst));
        assert_eq!(evidence(b"1/13/2024 8:00"), Evidence::Shows(MonthFirst));
        assert_eq!(evidence(b"13/13/2024"), Evidence::None);
        assert_eq!(evidence(b"2024-05-31"), Evidence::None);
    }

    #[test]
    fn refuses_what_is_no_date() {
        for text in [
            "",
            "yesterday",
            "0",
            "17",
            "2024",
            "20241301",
            "31.02.2024",
            "5/31/24",
            "31 Mai 2024",
            "12345678901",
            "2024-05-31 14:00:00 CEST",
            "99999999999999",
            "17171640000000.5",
            "Mon",
            "0000-00-00",
        ] {
            check_in("UTC", None, text, Err(DateProblem::Unreadable));
        }
    }
}
