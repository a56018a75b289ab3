//! One named value of a bundle.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::BundleError;

/// One named value of a bundle, as postcard bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Its name: 1 to 64 lower-case letters, digits and `_`.
    pub name: String,
    /// Its value.
    pub bytes: Vec<u8>,
}

/// Writes a value as a part.
///
/// ```
/// use tenure_bundle::{decode_part, encode_part};
/// let part = encode_part("rates", &[0.25, 0.5])?;
/// assert_eq!(decode_part::<[f64; 2]>(&part.name, &part.bytes)?, [0.25, 0.5]);
/// assert!(decode_part::<f64>(&part.name, &part.bytes).is_err(), "something would be left over");
/// # Ok::<(), tenure_bundle::BundleError>(())
/// ```
///
/// # Errors
/// When the value has no form in postcard, such as a sequence of unknown length.
pub fn encode_part<T: Serialize>(name: &str, value: &T) -> Result<Part, BundleError> {
    match postcard::to_stdvec(value) {
        Ok(bytes) => Ok(Part { name: name.to_owned(), bytes }),
        Err(source) => Err(BundleError::UnwritablePart { name: name.to_owned(), source }),
    }
}

/// Reads a part's value, which must take up all of its bytes.
///
/// Whether numbers are finite and indices lead anywhere is for the value's own `Deserialize` to check, as
/// only it knows what they mean.
///
/// # Errors
/// When the bytes are no such value, or something is left over.
pub fn decode_part<T: DeserializeOwned>(name: &str, bytes: &[u8]) -> Result<T, BundleError> {
    match postcard::take_from_bytes(bytes) {
        Ok((value, [])) => Ok(value),
        Ok((_, rest)) => Err(BundleError::PartTooLong { name: name.to_owned(), bytes: rest.len() }),
        Err(source) => Err(BundleError::InvalidPart { name: name.to_owned(), source }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_what_is_cut_off_or_left_over() {
        let value = (7_u64, "a name".to_owned(), vec![1.5, -2.5]);
        let part = encode_part("value", &value).unwrap();
        let read = decode_part::<(u64, String, Vec<f64>)>("value", &part.bytes).unwrap();
        assert_eq!(read, value);
        for end in 0..part.bytes.len() {
            let cut = decode_part::<(u64, String, Vec<f64>)>("value", &part.bytes[..end]);
            assert!(matches!(cut, Err(BundleError::InvalidPart { name, .. }) if name == "value"));
        }
        let longer = [part.bytes.as_slice(), &[0, 0]].concat();
        let read = decode_part::<(u64, String, Vec<f64>)>("value", &longer);
        assert!(matches!(read, Err(BundleError::PartTooLong { bytes: 2, .. })));
    }

    #[test]
    fn a_length_that_lies_is_refused() {
        // A vector of 2^63 numbers, stated in ten bytes.
        let mut bytes = vec![0x80; 9];
        bytes.push(1);
        let read = decode_part::<Vec<f64>>("weights", &bytes);
        assert!(matches!(read, Err(BundleError::InvalidPart { .. })));
    }
}
