//! Numbers and dates as people read them.

use tenure_core::{Currency, Horizon, TimeZone, Timestamp};

use crate::Language;

/// A number with its thousands parted and so many digits after the point; what is no number is a dash.
pub(crate) fn number(value: f64, digits: usize) -> String {
    if !value.is_finite() {
        return "–".to_owned();
    }
    let plain = format!("{:.digits$}", value.abs());
    let (whole, fraction) = plain.split_once('.').map_or((plain.as_str(), None), |(w, f)| (w, Some(f)));
    let mut text = String::new();
    // A rounded zero has no sign.
    if value < 0.0 && plain.bytes().any(|byte| (b'1'..=b'9').contains(&byte)) {
        text.push('−');
    }
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if let Some(fraction) = fraction {
        text.push('.');
        text.push_str(fraction);
    }
    text
}

/// A count with its thousands parted.
pub(crate) fn count(value: u64) -> String {
    number(value as f64, 0)
}

/// The same with a plus where it is above zero.
pub(crate) fn signed(value: f64, digits: usize) -> String {
    let text = number(value, digits);
    let is_positive = value > 0.0 && text.bytes().any(|byte| (b'1'..=b'9').contains(&byte));
    if is_positive { format!("+{text}") } else { text }
}

/// A share in percent.
pub(crate) fn percent(share: f64, digits: usize) -> String {
    format!("{} %", number(share * 100.0, digits))
}

/// A change in percent, with its sign.
pub(crate) fn change(share: f64, digits: usize) -> String {
    format!("{} %", signed(share * 100.0, digits))
}

/// An amount in major units, with as many digits as say something.
pub(crate) fn money(amount: f64, currency: Currency) -> String {
    let digits = if amount.abs() >= 1_000.0 { 0 } else { currency.minor_digits() as usize };
    format!("{} {currency}", number(amount, digits))
}

/// A local date.
pub(crate) fn date(at: Timestamp, zone: &TimeZone) -> String {
    zone.date(at).to_string()
}

/// A length of time in words.
pub(crate) fn horizon(horizon: Horizon, language: Language) -> String {
    let days = horizon.length().days();
    let is_whole = (days - days.round()).abs() < 1e-9;
    match (is_whole, language) {
        (true, Language::English) if days < 1.5 => "1 day".to_owned(),
        (true, Language::English) => format!("{} days", number(days, 0)),
        (true, Language::Chinese) => format!("{} 天", number(days, 0)),
        (false, _) => horizon.to_string(),
    }
}

/// What so many dates are called in English.
pub(crate) const fn dates_of(count: usize) -> &'static str {
    if count == 1 { "date" } else { "dates" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_date_is_no_plural() {
        assert_eq!([0, 1, 2].map(dates_of), ["dates", "date", "dates"]);
    }

    #[test]
    fn numbers_are_parted_and_signed() {
        for (value, digits, expected) in [
            (0.0, 0, "0"),
            (-0.001, 1, "0.0"),
            (999.0, 0, "999"),
            (1_000.0, 0, "1,000"),
            (-1_234_567.891, 2, "−1,234,567.89"),
            (0.05, 1, "0.1"),
            (f64::NAN, 1, "–"),
            (f64::INFINITY, 1, "–"),
        ] {
            assert_eq!(number(value, digits), expected, "{value}");
        }
        assert_eq!(
            (signed(3.24, 1), signed(-3.24, 1), signed(0.001, 1)),
            ("+3.2".into(), "−3.2".into(), "0.0".into())
        );
        assert_eq!((percent(0.719, 1), change(-0.38, 0)), ("71.9 %".into(), "−38 %".into()));
    }

    #[test]
    fn money_has_the_digits_of_its_currency() {
        let cny: Currency = "CNY".parse().unwrap();
        let jpy: Currency = "JPY".parse().unwrap();
        assert_eq!((money(12.5, cny), money(12_345.6, cny)), ("12.50 CNY".into(), "12,346 CNY".into()));
        assert_eq!(money(12.5, jpy), "12 JPY");
    }

    #[test]
    fn horizons_are_words_where_they_are_days() {
        let words = |text: &str, language| horizon(text.parse().unwrap(), language);
        assert_eq!(words("90d", Language::English), "90 days");
        assert_eq!(words("24h", Language::English), "1 day");
        assert_eq!(words("2w", Language::Chinese), "14 天");
        assert_eq!(words("36h", Language::English), "36h");
    }
}
