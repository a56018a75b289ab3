//! Why a value was refused, with the value and what would be accepted.

use crate::Currency;

/// Why a constructor of this crate refused a value.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum CoreError {
    /// A customer id was empty or only white space.
    #[error("the customer id is empty: give the shop's own id of the customer")]
    EmptyCustomerId,
    /// A customer id was longer than [`CustomerId::MAX_BYTES`](crate::CustomerId::MAX_BYTES).
    #[error("the customer id has {bytes} bytes; at most {max} are kept")]
    CustomerIdTooLong {
        /// Length of the refused id.
        bytes: usize,
        /// The limit.
        max: usize,
    },
    /// A customer id held a control character, which would break the files it is written to.
    #[error("the customer id {value:?} holds a control character: remove it")]
    CustomerIdControlCharacter {
        /// The refused id.
        value: String,
    },
    /// Not an ISO 4217 alphabetic code in use.
    #[error(
        "{value:?} is not an ISO 4217 currency code: write three capital letters such as USD, EUR or CNY"
    )]
    UnknownCurrency {
        /// The refused code.
        value: String,
    },
    /// Two amounts of different currencies were combined.
    #[error("cannot combine {left} with {right}: convert both to the reporting currency first")]
    CurrencyMismatch {
        /// Currency of the left operand.
        left: Currency,
        /// Currency of the right operand.
        right: Currency,
    },
    /// An amount is not a decimal number, or does not fit in 64 bits of minor units.
    #[error("{value:?} is not an amount of money: write a decimal number such as 19.99")]
    InvalidAmount {
        /// The refused text.
        value: String,
    },
    /// An instant outside the years -9999 to 9999.
    #[error("the instant {microseconds} us since 1970 lies outside the years -9999 to 9999")]
    TimestampOutOfRange {
        /// The refused microseconds since the Unix epoch.
        microseconds: i64,
    },
    /// Not a date or an instant.
    #[error("{value:?} is not a date: write 2024-05-31, 2024-05-31T14:00:00 or 2024-05-31T14:00:00Z")]
    InvalidDate {
        /// The refused text.
        value: String,
    },
    /// Not an IANA time zone.
    #[error(
        "{value:?} is not a known time zone: write an IANA name such as UTC, Europe/Berlin or Asia/Shanghai"
    )]
    UnknownTimeZone {
        /// The refused name.
        value: String,
    },
    /// Not a whole number followed by a unit, or too long to count in microseconds.
    #[error("{value:?} is not a duration: write a whole number and a unit (s, m, h, d, w), such as 90d")]
    InvalidDuration {
        /// The refused text.
        value: String,
    },
    /// A length of time below zero.
    #[error("a duration cannot be negative, got {microseconds} us")]
    NegativeDuration {
        /// The refused microseconds.
        microseconds: i64,
    },
    /// A horizon of no length.
    #[error("a horizon must be longer than zero: write how far ahead to look, such as 90d")]
    EmptyHorizon,
    /// Weeks that are not finite or below zero.
    #[error("{value} is not a length in weeks: it must be finite and not negative")]
    InvalidWeeks {
        /// The refused number.
        value: f64,
    },
    /// A discount rate that is not finite, or at or below -1.
    #[error(
        "{value} is not an annual discount rate: it must be finite and above -1, such as 0.10 for 10 % a year"
    )]
    InvalidDiscountRate {
        /// The refused rate.
        value: f64,
    },
    /// Not the name of an event kind.
    #[error("{value:?} is not an event kind: use lower-case letters, digits and _, starting with a letter")]
    InvalidEventKind {
        /// The refused name.
        value: String,
    },
}
