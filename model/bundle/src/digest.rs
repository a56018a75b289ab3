//! Content hashes, as 64 hexadecimal digits.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::BundleError;

/// The SHA-256 of some bytes.
///
/// ```
/// use tenure_bundle::Digest;
/// // FIPS 180-4, the example of one block.
/// let hex = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
/// assert_eq!(Digest::of(b"abc").to_string(), hex);
/// assert_eq!(hex.parse::<Digest>()?, Digest::of(b"abc"));
/// # Ok::<(), tenure_bundle::BundleError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Digest([u8; 32]);

impl Digest {
    /// Hashes `bytes`.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self::of_all([bytes])
    }

    /// Hashes pieces as if they were joined.
    pub(crate) fn of_all<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let mut hasher = Sha256::new();
        for piece in pieces {
            hasher.update(piece);
        }
        Self(hasher.finalize().into())
    }

    /// A hash that was computed elsewhere.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The first 12 hexadecimal digits, for people and versions.
    #[must_use]
    pub fn short(&self) -> String {
        self.0[..6].iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

impl FromStr for Digest {
    type Err = BundleError;
    fn from_str(value: &str) -> Result<Self, BundleError> {
        let invalid = || BundleError::InvalidDigest { value: value.to_owned() };
        let digits = value.as_bytes();
        // Capitals would give one hash two spellings.
        let hexadecimal = |digit: &u8| matches!(digit, b'0'..=b'9' | b'a'..=b'f');
        if digits.len() != 64 || !digits.iter().all(hexadecimal) {
            return Err(invalid());
        }
        let mut bytes = [0; 32];
        for (byte, pair) in bytes.iter_mut().zip(0..32) {
            *byte = u8::from_str_radix(&value[2 * pair..2 * pair + 2], 16).map_err(|_| invalid())?;
        }
        Ok(Self(bytes))
    }
}

impl TryFrom<String> for Digest {
    type Error = BundleError;
    fn try_from(value: String) -> Result<Self, BundleError> {
        value.parse()
    }
}

impl From<Digest> for String {
    fn from(digest: Digest) -> Self {
        digest.to_string()
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn has_one_spelling() {
        let hex = Digest::of(b"").to_string();
        assert_eq!(hex, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
        assert_eq!(Digest::of(b"").short(), "e3b0c44298fc");
        for value in [hex.to_uppercase(), hex[1..].to_owned(), format!("{hex}0"), "é".repeat(32)] {
            assert!(
                matches!(value.parse::<Digest>(), Err(BundleError::InvalidDigest { value: kept }) if kept == value)
            );
        }
    }

    #[test]
    fn pieces_hash_as_if_joined() {
        assert_eq!(Digest::of_all([b"ab".as_slice(), b"", b"c"]), Digest::of(b"abc"));
        assert_eq!(Digest::from_bytes(*Digest::of(b"abc").as_bytes()), Digest::of(b"abc"));
    }
}
