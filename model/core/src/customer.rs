//! Who: the shop's own id of a customer.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::CoreError;

/// The shop's own id of a customer, as text.
///
/// Kept exactly as given but for white space at its ends, so `00004` and `4` are two customers.
///
/// ```
/// use tenure_core::CustomerId;
/// let id: CustomerId = " 00004 ".parse()?;
/// assert_eq!(id.as_str(), "00004");
/// assert!("  ".parse::<CustomerId>().is_err());
/// # Ok::<(), tenure_core::CoreError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CustomerId(Box<str>);

impl CustomerId {
    /// Longest id, in bytes of UTF-8.
    pub const MAX_BYTES: usize = 256;

    /// Checks and keeps an id.
    ///
    /// # Errors
    /// When the id is empty, longer than [`Self::MAX_BYTES`] or holds a control character.
    pub fn new(value: &str) -> Result<Self, CoreError> {
        let value = value.trim();
        if value.is_empty() {
            return Err(CoreError::EmptyCustomerId);
        }
        if value.len() > Self::MAX_BYTES {
            return Err(CoreError::CustomerIdTooLong { bytes: value.len(), max: Self::MAX_BYTES });
        }
        if value.chars().any(char::is_control) {
            return Err(CoreError::CustomerIdControlCharacter { value: value.to_owned() });
        }
        Ok(Self(value.into()))
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for CustomerId {
    type Err = CoreError;
    fn from_str(value: &str) -> Result<Self, CoreError> {
        Self::new(value)
    }
}

impl TryFrom<String> for CustomerId {
    type Error = CoreError;
    fn try_from(value: String) -> Result<Self, CoreError> {
        Self::new(&value)
    }
}

impl From<CustomerId> for String {
    fn from(id: CustomerId) -> Self {
        id.0.into()
    }
}

impl fmt::Display for CustomerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_what_would_break_files() {
        assert_eq!(CustomerId::new("\t"), Err(CoreError::EmptyCustomerId));
        assert_eq!(
            CustomerId::new("a\u{0}b"),
            Err(CoreError::CustomerIdControlCharacter { value: "a\u{0}b".into() })
        );
        let long = "x".repeat(257);
        assert_eq!(CustomerId::new(&long), Err(CoreError::CustomerIdTooLong { bytes: 257, max: 256 }));
    }

    #[test]
    fn keeps_leading_zeros_and_any_script() {
        assert_ne!(CustomerId::new("004"), CustomerId::new("4"));
        assert_eq!(CustomerId::new("客户-17").map(|id| id.to_string()), Ok("客户-17".into()));
    }
}
