//! Amounts in the forms that exports use, exactly.

use tenure_core::{CoreError, Currency, Money};

use crate::DecimalMark;

/// Why an amount was not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AmountProblem {
    /// Not a number, or too large.
    Unreadable,
    /// A symbol or a code of another currency.
    OtherCurrency,
}

/// A decimal number: `mantissa` divided by ten to the `scale`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Decimal {
    pub(crate) mantissa: i128,
    pub(crate) scale: i32,
}

/// Largest number of digits that a [`Decimal`] is read with: ten to this power fits in 128 bits.
const MAX_DIGITS: usize = 38;

/// Powers of ten by which most numbers of a file are whole: cents, and what exchange rates leave.
const FEW_DIGITS: [f64; 5] = [1.0, 10.0, 100.0, 1_000.0, 10_000.0];

/// A float times a power of ten, where that is a whole number of at most 15 digits exactly.
///
/// A float is read as its shortest decimal. Where `whole / power` is that float, no other decimal of up to 15 digits is,
/// so the shortest one is this; the rest is left to the exact way.
pub(crate) fn whole(value: f64, power: f64) -> Option<i64> {
    let whole = (value * power).round();
    (whole.abs() < 1e15 && whole / power == value).then_some(whole as i64)
}

impl Decimal {
    /// The shortest decimal that reads back as the float, without printing it, where a few digits behind the point do.
    pub(crate) fn of_float(value: f64) -> Option<Self> {
        let short = |(scale, power): (usize, &f64)| {
            whole(value, *power).map(|mantissa| Self { mantissa: mantissa.into(), scale: scale as i32 })
        };
        FEW_DIGITS.iter().enumerate().find_map(short)
    }

    /// The product, if it fits.
    pub(crate) fn checked_mul(self, other: Self) -> Option<Self> {
        let mantissa = self.mantissa.checked_mul(other.mantissa)?;
        Some(Self { mantissa, scale: self.scale + other.scale })
    }

    /// The amount in minor units, halves rounded away from zero as [`Money::parse`] does.
    pub(crate) fn to_money(self, currency: Currency) -> Option<Money> {
        self.to_whole(currency.minor_digits()).map(|minor| Money::from_minor_units(minor, currency))
    }

    /// Whether nothing but zeros stands behind the point.
    pub(crate) fn is_whole(self) -> bool {
        let rest = 10_i128.checked_pow(self.scale.unsigned_abs()).map(|power| self.mantissa % power);
        self.scale <= 0 || rest.unwrap_or(self.mantissa) == 0
    }

    /// The number times ten to the `digits` as a whole one, halves rounded away from zero.
    pub(crate) fn to_whole(self, digits: u32) -> Option<i64> {
        let shift = self.scale - digits as i32;
        let power = 10_i128.checked_pow(shift.unsigned_abs());
        let whole = match (shift <= 0, power) {
            (true, Some(power)) => self.mantissa.checked_mul(power)?,
            (true, None) if self.mantissa == 0 => 0,
            (true, None) => return None,
            (false, Some(power)) => {
                let (whole, rest) = (self.mantissa / power, self.mantissa % power);
                let rounds_up = rest.unsigned_abs() >= power.unsigned_abs().div_ceil(2);
                whole + if rounds_up { self.mantissa.signum() } else { 0 }
            }
            // So many digits behind the point that nothing is left.
            (false, None) => 0,
        };
        i64::try_from(whole).ok()
    }
}

/// Reads an amount in major units.
pub(crate) fn parse_amount(
    text: &str,
    currency: Currency,
    mark: DecimalMark,
) -> Result<Money, AmountProblem> {
    let plain = match mark {
        DecimalMark::Point => Money::parse(text, currency),
        DecimalMark::Comma => Err(CoreError::InvalidAmount { value: String::new() }),
    };
    match plain {
        Ok(money) => Ok(money),
        Err(_) => {
            parse_decimal(text, Some(currency), mark)?.to_money(currency).ok_or(AmountProblem::Unreadable)
        }
    }
}

/// Reads a number with any of: a sign before or behind, parentheses for negative, a currency, digit groups,
/// an exponent. `currency` is the one that a symbol may name; without it none may.
pub(crate) fn parse_decimal(
    text: &str,
    currency: Option<Currency>,
    mark: DecimalMark,
) -> Result<Decimal, AmountProblem> {
    let mut rest = text.trim();
    let mut is_negative = false;
    if let Some(inner) = rest.strip_prefix('(').and_then(|inner| inner.strip_suffix(')')) {
        is_negative = true;
        rest = inner.trim();
    }
    // A sign may stand before or behind the currency: -$5 and $-5.
    for _ in 0..2 {
        let (signed, after) = strip_sign(rest);
        if signed && is_negative {
            return Err(AmountProblem::Unreadable);
        }
        is_negative |= signed;
        rest = strip_currency(after, currency)?;
    }
    let mut number = read_number(rest, mark).ok_or(AmountProblem::Unreadable)?;
    if is_negative {
        number.mantissa = -number.mantissa;
    }
    Ok(number)
}

fn strip_sign(text: &str) -> (bool, &str) {
    let minus = |c| c == '-' || c == '\u{2212}';
    if let Some(rest) = text.strip_prefix(minus).or_else(|| text.strip_suffix(minus)) {
        return (true, rest.trim());
    }
    (false, text.strip_prefix('+').unwrap_or(text).trim())
}

/// Symbols and the currencies that use them; none listed means any but those that have their own.
const SYMBOLS: [(char, &[&str]); 7] = [
    ('$', &[]),
    ('€', &["EUR"]),
    ('£', &["GBP", "EGP", "FKP", "GIP", "SHP", "SSP", "SYP", "LBP"]),
    ('¥', &["JPY", "CNY"]),
    ('￥', &["JPY", "CNY"]),
    ('₹', &["INR"]),
    ('₩', &["KRW", "KPW"]),
];

fn strip_currency(text: &str, currency: Option<Currency>) -> Result<&str, AmountProblem> {
    // Neither a symbol nor a code begins or ends with a digit.
    let is_digit = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_digit);
    if is_digit(text.as_bytes().first()) && is_digit(text.as_bytes().last()) {
        return Ok(text);
    }
    for (symbol, users) in SYMBOLS {
        if let Some(rest) = text.strip_prefix(symbol).or_else(|| text.strip_suffix(symbol)) {
            let code = currency.ok_or(AmountProblem::Unreadable)?;
            let has_its_own = SYMBOLS.iter().any(|(_, others)| others.contains(&code.code()));
            let is_ours = users.contains(&code.code()) || (users.is_empty() && !has_its_own);
            return if is_ours { Ok(rest.trim()) } else { Err(AmountProblem::OtherCurrency) };
        }
    }
    let is_code = |part: &str| part.len() == 3 && part.bytes().all(|byte| byte.is_ascii_uppercase());
    let before = text.split_at_checked(3).filter(|(code, _)| is_code(code));
    let behind = text.len().checked_sub(3).and_then(|at| text.split_at_checked(at));
    let behind = behind.map(|(rest, code)| (code, rest)).filter(|(code, _)| is_code(code));
    let Some((code, rest)) = before.or(behind) else {
        return Ok(text);
    };
    match currency {
        Some(ours) if ours.code() == code => Ok(rest.trim()),
        Some(_) if code.parse::<Currency>().is_ok() => Err(AmountProblem::OtherCurrency),
        _ => Err(AmountProblem::Unreadable),
    }
}

/// Reads digits, with groups of three and an exponent; no sign.
fn read_number(text: &str, mark: DecimalMark) -> Option<Decimal> {
    let (number, exponent) = match text.split_once(['e', 'E']) {
        Some((number, exponent)) => (number, exponent.parse::<i32>().ok().filter(|e| e.abs() <= 400)?),
        None => (text, 0),
    };
    let (point, comma) = match mark {
        DecimalMark::Point => ('.', ','),
        DecimalMark::Comma => (',', '.'),
    };
    let (whole, fraction) = number.split_once(point).unwrap_or((number, ""));
    let digits = ungroup(whole, comma)? + fraction;
    if digits.is_empty() || digits.len() > MAX_DIGITS || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Some(Decimal { mantissa: digits.parse().ok()?, scale: fraction.len() as i32 - exponent })
}

/// Takes out the separators of thousands, which must be one kind and stand every three digits.
fn ungroup(whole: &str, comma: char) -> Option<String> {
    let is_separator = |c: char| c == comma || matches!(c, ' ' | '\'' | '’' | '\u{a0}' | '\u{202f}');
    let Some(separator) = whole.chars().find(|c| is_separator(*c)) else {
        return Some(whole.to_owned());
    };
    let mut groups = whole.split(separator);
    let first = groups.next()?;
    let is_right = (1..=3).contains(&first.len()) && groups.all(|group| group.len() == 3);
    is_right.then(|| whole.replace(separator, ""))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn check(text: &str, currency: Currency, mark: DecimalMark, expected: Result<i64, AmountProblem>) {
        let actual = parse_amount(text, currency, mark).map(|money| money.minor_units());
        assert_eq!(actual, expected, "{text:?} in {currency}");
    }

    #[test]
    fn reads_amounts_as_people_and_programs_write_them() {
        for (text, minor) in [
            ("1,234.56", 123_456),
            ("1 234.56", 123_456),
            ("1'234.56", 123_456),
            ("12,345,678", 1_234_567_800),
            ("$12.00", 1_200),
            ("-$5", -500),
            ("$-5", -500),
            ("($1,000.50)", -100_050),
            ("5.00-", -500),
            ("12 USD", 1_200),
            ("USD12.5", 1_250),
            ("1e-05", 0),
            ("1.5E+3", 150_000),
            ("5e-3", 1),
            ("1e2 ", 10_000),
            ("505.29999999999995", 50_530),
            ("0e400", 0),
            ("1e-400", 0),
            ("\u{2212}3", -300),
        ] {
            check(text, Currency::USD, DecimalMark::Point, Ok(minor));
        }
        check("1.234,56 €", Currency::EUR, DecimalMark::Comma, Ok(123_456));
        check("12,5", Currency::EUR, DecimalMark::Comma, Ok(1_250));
        check("1.234", Currency::EUR, DecimalMark::Comma, Ok(123_400));
        check("¥1,980", Currency::JPY, DecimalMark::Point, Ok(1_980));
        check("￥19.80", Currency::CNY, DecimalMark::Point, Ok(1_980));
        check("£3.50", Currency::GBP, DecimalMark::Point, Ok(350));
    }

    #[test]
    fn refuses_what_is_no_amount() {
        for text in [
            "",
            "-",
            "free",
            "12,5",
            "1,23,456.00",
            "1.2.3",
            "(-5)",
            "--5",
            "1e",
            "NaN",
            "inf",
            "1e30",
            "$",
            "1,234,",
            "12.50 XQX",
            "1e99999999999",
            "9999999999999999999999999999999999999999",
        ] {
            check(text, Currency::USD, DecimalMark::Point, Err(AmountProblem::Unreadable));
        }
        check("€12", Currency::USD, DecimalMark::Point, Err(AmountProblem::OtherCurrency));
        check("$12", Currency::EUR, DecimalMark::Point, Err(AmountProblem::OtherCurrency));
        check("12 EUR", Currency::USD, DecimalMark::Point, Err(AmountProblem::OtherCurrency));
        check("1,234.56", Currency::EUR, DecimalMark::Comma, Err(AmountProblem::Unreadable));
    }

    proptest! {
        /// Money's own parser is the independent answer for plain decimals.
        #[test]
        fn the_long_way_gives_what_money_gives(text in "-?[0-9]{1,12}(\\.[0-9]{1,8})?", digits in 0..3_usize) {
            let currency = [Currency::JPY, Currency::USD, "KWD".parse().unwrap()][digits];
            let long = parse_decimal(&text, Some(currency), DecimalMark::Point).unwrap().to_money(currency);
            prop_assert_eq!(long, Money::parse(&text, currency).ok());
            let comma = parse_amount(&text.replace('.', ","), currency, DecimalMark::Comma).ok();
            prop_assert_eq!(comma, long);
        }

        #[test]
        fn a_short_float_is_what_it_prints(
            mantissa in -99_999_999_i64..100_000_000,
            scale in 0..7_u32,
            long in -99_999_999_999_999_999_i64..100_000_000_000_000_000,
            any in any::<f64>(),
        ) {
            let (power, short) = (10_f64.powi(scale as i32), mantissa as f64 / 10_f64.powi(scale as i32));
            for value in [short, short.next_up(), short.next_down(), long as f64 / power, any] {
                let printed = parse_decimal(&format!("{value:e}"), None, DecimalMark::Point);
                if let Some(short) = Decimal::of_float(value) {
                    let printed = printed.unwrap();
                    prop_assert_eq!(short.is_whole(), printed.is_whole());
                    for digits in 0..5 {
                        prop_assert_eq!(short.to_whole(digits), printed.to_whole(digits));
                    }
                } else {
                    // Five digits behind the point, or more than are exact.
                    prop_assert!(scale > 4 || value != short, "{}", value);
                }
            }
        }

        #[test]
        fn any_text_is_an_answer_and_no_panic(text in "\\PC{0,24}") {
            let _ = parse_amount(&text, Currency::USD, DecimalMark::Point);
            let _ = parse_amount(&text, Currency::EUR, DecimalMark::Comma);
        }
    }
}
