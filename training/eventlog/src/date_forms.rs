//! The forms of dates that are not ISO 8601: numbers alone, day and month in either order, months by name.

use crate::DateOrder;
use crate::iso::{DAY_US, Day, Reading, digits, reading, split_digits};

/// What a date with two small numbers says about the order of day and month.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Evidence {
    /// Not of that form, or day and month are equal.
    None,
    /// Shows the order: one part is above 12.
    Shows(DateOrder),
    /// Could be either.
    Ambiguous,
}

/// Why a date was not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DateProblem {
    /// Not a date in any known form.
    Unreadable,
    /// Day first or month first is not known.
    Ambiguous,
}

/// A number alone: `yyyymmdd`, `yyyymmddhhmmss`, or time since 1970 in a unit that the digits tell.
///
/// Ten digits (nine before 2001-09-09) are seconds, thirteen milliseconds, sixteen microseconds, nineteen
/// nanoseconds; each with a fraction of zeros, as floats print, and seconds with any.
pub(crate) fn parse_number(text: &[u8]) -> Option<Reading> {
    let (whole, rest) = split_digits(text);
    let fraction = match rest {
        [] => &[][..],
        [b'.', fraction @ ..] if fraction.iter().all(u8::is_ascii_digit) => fraction,
        _ => return None,
    };
    let is_whole = fraction.iter().all(|byte| *byte == b'0');
    let utc = |local_us| Some(Reading { local_us, offset_us: Some(0) });
    match whole.len() {
        8 if is_whole => {
            Some(Reading { local_us: compact_day(whole)?.since_epoch() * DAY_US, offset_us: None })
        }
        14 if is_whole => compact_instant(whole),
        9 | 10 => {
            let mut seconds_us = digits(whole)? * 1_000_000;
            let mut unit = 100_000;
            for digit in fraction.iter().take(6) {
                seconds_us += i64::from(digit - b'0') * unit;
                unit /= 10;
            }
            utc(seconds_us)
        }
        12 | 13 if is_whole => utc(digits(whole)? * 1_000),
        15 | 16 if is_whole => utc(digits(whole)?),
        18 | 19 if is_whole => utc(digits(&whole[..whole.len() - 3])?),
        _ => None,
    }
}

/// What this text says about the order of day and month in its file.
pub(crate) fn evidence(text: &[u8]) -> Evidence {
    match small_numbers(text) {
        None => Evidence::None,
        // Dots are day first wherever they are written.
        Some(numbers) if numbers.separator == b'.' => Evidence::None,
        Some(Numbers { first, second, .. }) => match (first > 12, second > 12) {
            (true, false) => Evidence::Shows(DateOrder::DayFirst),
            (false, true) => Evidence::Shows(DateOrder::MonthFirst),
            (false, false) if first != second => Evidence::Ambiguous,
            _ => Evidence::None,
        },
    }
}

/// `dd.mm.yyyy`, `dd/mm/yyyy` or `mm/dd/yyyy` (also with `-`), each with a time of day behind it.
pub(crate) fn parse_day_and_month(text: &[u8], order: Option<DateOrder>) -> Result<Reading, DateProblem> {
    let numbers = small_numbers(text).ok_or(DateProblem::Unreadable)?;
    let order = match (evidence(text), order) {
        (_, Some(order)) if numbers.separator != b'.' => order,
        (Evidence::Shows(order), _) => order,
        (Evidence::Ambiguous, _) => return Err(DateProblem::Ambiguous),
        (Evidence::None, _) => DateOrder::DayFirst,
    };
    let (day, month) = match order {
        DateOrder::DayFirst => (numbers.first, numbers.second),
        DateOrder::MonthFirst => (numbers.second, numbers.first),
    };
    let day = Day::new(numbers.year, month, day).ok_or(DateProblem::Unreadable)?;
    reading(day, numbers.rest).ok_or(DateProblem::Unreadable)
}

/// `31 May 2024`, `31-May-2024`, `May 31, 2024`, `Fri, 31 May 2024 14:00:00 +0800`.
pub(crate) fn parse_named_month(text: &[u8]) -> Option<Reading> {
    let text = skip_weekday(text);
    let (day, month, rest) = if text.first()?.is_ascii_digit() {
        let (day, rest) = split_digits(text);
        let (month, rest) = month_name(skip_separators(skip_ordinal(rest)))?;
        (day, month, rest)
    } else {
        let (month, rest) = month_name(text)?;
        let (day, rest) = split_digits(skip_separators(rest));
        (day, month, skip_ordinal(rest))
    };
    let (year, rest) = split_digits(skip_separators(rest));
    if year.len() != 4 || day.len() > 2 {
        return None;
    }
    reading(Day::new(digits(year)?, month, digits(day)?)?, rest)
}

/// `yyyy-m-d` with one-digit months or days.
pub(crate) fn parse_loose_iso(text: &[u8]) -> Option<Reading> {
    let (year, rest) = split_digits(text);
    let (separator, rest) = rest.split_first()?;
    let (month, rest) = split_digits(rest);
    let (day, rest) = split_digits(rest.strip_prefix(&[*separator])?);
    if year.len() != 4 || month.len() > 2 || day.len() > 2 || !b"-/.".contains(separator) {
        return None;
    }
    reading(Day::new(digits(year)?, digits(month)?, digits(day)?)?, rest)
}

struct Numbers<'a> {
    first: i64,
    second: i64,
    year: i64,
    separator: u8,
    rest: &'a [u8],
}

fn small_numbers(text: &[u8]) -> Option<Numbers<'_>> {
    let (first, rest) = split_digits(text);
    let (separator, rest) = rest.split_first()?;
    let (second, rest) = split_digits(rest);
    let (year, rest) = split_digits(rest.strip_prefix(&[*separator])?);
    if first.len() > 2 || second.len() > 2 || year.len() != 4 || !b"/-.".contains(separator) {
        return None;
    }
    Some(Numbers {
        first: digits(first)?,
        second: digits(second)?,
        year: digits(year)?,
        separator: *separator,
        rest,
    })
}

fn compact_day(text: &[u8]) -> Option<Day> {
    Day::new(digits(&text[..4])?, digits(&text[4..6])?, digits(&text[6..8])?)
}

fn compact_instant(text: &[u8]) -> Option<Reading> {
    let (hours, minutes, seconds) = (digits(&text[8..10])?, digits(&text[10..12])?, digits(&text[12..])?);
    let in_range = hours < 24 && minutes < 60 && seconds < 60;
    let time_us = ((hours * 60 + minutes) * 60 + seconds) * 1_000_000;
    let local_us = compact_day(text)?.since_epoch() * DAY_US + time_us;
    in_range.then_some(Reading { local_us, offset_us: None })
}

fn letters(text: &[u8]) -> (&[u8], &[u8]) {
    let end = text.iter().position(|byte| !byte.is_ascii_alphabetic()).unwrap_or(text.len());
    text.split_at(end)
}

fn skip_separators(text: &[u8]) -> &[u8] {
    let end = text.iter().position(|byte| !b" -,./".contains(byte)).unwrap_or(text.len());
    &text[end..]
}

fn skip_ordinal(text: &[u8]) -> &[u8] {
    match letters(text) {
        (b"st" | b"nd" | b"rd" | b"th", rest) => rest,
        _ => text,
    }
}

fn skip_weekday(text: &[u8]) -> &[u8] {
    const WEEKDAYS: [&str; 7] =
        ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
    let (word, rest) = letters(text);
    if position_of(word, &WEEKDAYS).is_some() { skip_separators(rest) } else { text }
}

fn month_name(text: &[u8]) -> Option<(i64, &[u8])> {
    const MONTHS: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    let (word, rest) = letters(text);
    position_of(word, &MONTHS).map(|month| (month as i64 + 1, rest))
}

/// Which of the words this one begins, by three letters or more.
fn position_of(word: &[u8], words: &[&str]) -> Option<usize> {
    let begins =
        |full: &&str| full.as_bytes().get(..word.len()).is_some_and(|part| part.eq_ignore_ascii_case(word));
    (word.len() >= 3).then(|| words.iter().position(begins)).flatten()
}
