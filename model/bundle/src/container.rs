//! The bytes of a bundle.
//!
//! ```text
//!  0  "TENURE\r\n"           the line break shows a copy made in text mode
//!  8  format version         u32, little endian, like all numbers here
//! 12  length of the file     u64
//! 20  length of the manifest u32
//! 24  SHA-256 of bytes 0 to 24 and the manifest
//! 56  manifest               JSON, begins with {
//!     parts                  back to back, each with name, place and SHA-256 in the manifest
//! ```
//!
//! So each byte is under a hash, none is in no part, and none follows the last part. Lengths are checked
//! against the file and the limits before anything of their size is allocated. Nothing in a bundle is
//! executed and nothing in it refers to another file.

use std::collections::BTreeSet;

use serde::de::DeserializeOwned;

use crate::compat::{FORMAT_VERSION, ManifestV1, format_of, read_manifest};
use crate::manifest::is_name;
use crate::part::decode_part;
use crate::{BundleError, Digest, Limits, Manifest, Part, PartEntry};

const MAGIC: [u8; 8] = *b"TENURE\r\n";
const VERSION_AT: usize = 8;
const LENGTH_AT: usize = 12;
const MANIFEST_LENGTH_AT: usize = 20;
const HASH_AT: usize = 24;
const HEADER_BYTES: usize = 56;

/// A bundle that was found whole; what its parts mean is still to be read with
/// [`decode_part`](crate::decode_part).
#[derive(Clone, Debug, PartialEq)]
pub struct RawBundle {
    /// What the bundle says about itself.
    pub manifest: Manifest,
    /// Its parts, in the order of the manifest.
    pub parts: Vec<Part>,
}

impl RawBundle {
    /// The value of one part.
    ///
    /// # Errors
    /// When there is none of that name, or its bytes are no such value.
    pub fn value<T: DeserializeOwned>(&self, name: &str) -> Result<T, BundleError> {
        decode_part(name, self.part(name)?)
    }

    /// The value of a part that a bundle may be without; `None` where it is.
    ///
    /// # Errors
    /// When the part is there and its bytes are no such value.
    pub fn optional<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, BundleError> {
        let part = self.parts.iter().find(|part| part.name == name);
        part.map(|part| decode_part(name, &part.bytes)).transpose()
    }

    /// The bytes of one part.
    ///
    /// # Errors
    /// When there is none of that name.
    pub fn part(&self, name: &str) -> Result<&[u8], BundleError> {
        let part = self.parts.iter().find(|part| part.name == name);
        part.map(|part| part.bytes.as_slice())
            .ok_or_else(|| BundleError::MissingPart { name: name.to_owned() })
    }
}

/// Writes a bundle into memory; the same input gives the same bytes.
///
/// Fills in the manifest's `format_version`, `model_version` and `parts`, whatever they hold.
///
/// # Errors
/// When a name is not one, two parts share one, the manifest contradicts itself or would not read back as
/// it is, or the whole exceeds the default [`Limits`].
pub fn encode(mut manifest: Manifest, parts: &[Part]) -> Result<Vec<u8>, BundleError> {
    let limits = Limits::default();
    let mut offset = 0;
    let version = format_of(parts);
    manifest.format_version = version;
    manifest.parts.clear();
    for part in parts {
        let length = part.bytes.len() as u64;
        let sha256 = Digest::of(&part.bytes);
        manifest.parts.push(PartEntry { name: part.name.clone(), offset, length, sha256 });
        offset += length;
    }
    manifest.model_version = manifest.derived_model_version();
    manifest.check()?;
    check_layout(&manifest.parts, offset, &limits)?;
    let json = serde_json::to_vec(&ManifestV1::from(manifest.clone()))
        .map_err(|source| BundleError::InvalidManifest { source })?;
    match read_manifest(version, &json) {
        Ok(read) if read == manifest => {}
        Ok(_) | Err(_) => return Err(BundleError::ManifestChanged),
    }
    let bytes = (HEADER_BYTES + json.len()) as u64 + offset;
    check_at_most(bytes, limits.max_file_bytes, |bytes, max| BundleError::FileTooLarge { bytes, max })?;
    let manifest_bytes = manifest_length(json.len() as u64, &limits)?;

    let mut file = Vec::with_capacity(bytes as usize);
    file.extend_from_slice(&MAGIC);
    file.extend_from_slice(&version.to_le_bytes());
    file.extend_from_slice(&bytes.to_le_bytes());
    file.extend_from_slice(&manifest_bytes.to_le_bytes());
    let hash = Digest::of_all([file.as_slice(), &json]);
    file.extend_from_slice(hash.as_bytes());
    file.extend_from_slice(&json);
    parts.iter().for_each(|part| file.extend_from_slice(&part.bytes));
    Ok(file)
}

/// Reads a bundle from memory and checks all of it: lengths, hashes, manifest and parts.
///
/// Allocates for the manifest and the parts, no more, and only after they were found whole.
///
/// # Errors
/// For anything but exactly what [`encode`] wrote, in this format or an older one; each flaw has its own
/// [`BundleError`].
pub fn decode(bytes: &[u8], limits: &Limits) -> Result<RawBundle, BundleError> {
    let length = bytes.len() as u64;
    check_at_most(length, limits.max_file_bytes, |bytes, max| BundleError::FileTooLarge { bytes, max })?;
    let version = read_version(bytes)?;
    check_length(length, u64::from_le_bytes(array(bytes, LENGTH_AT)?))?;
    let manifest_bytes = u64::from(u32::from_le_bytes(array(bytes, MANIFEST_LENGTH_AT)?));
    manifest_length(manifest_bytes, limits)?;
    let expected = Digest::from_bytes(array(bytes, HASH_AT)?);
    let rest = bytes.get(HEADER_BYTES..).unwrap_or_default();
    // Not longer than the limit, so it fits an index.
    let Some((json, parts)) = rest.split_at_checked(manifest_bytes as usize) else {
        return Err(BundleError::Truncated { bytes: length, expected: HEADER_BYTES as u64 + manifest_bytes });
    };
    let found = Digest::of_all([&bytes[..HASH_AT], json]);
    if found != expected {
        return Err(BundleError::ManifestDamaged { expected, found });
    }
    if json.first() != Some(&b'{') {
        return Err(BundleError::ManifestNotAnObject);
    }
    let manifest = read_manifest(version, json)?;
    if manifest.format_version != version {
        return Err(BundleError::FormatMismatch { header: version, manifest: manifest.format_version });
    }
    check_layout(&manifest.parts, parts.len() as u64, limits)?;
    manifest.check()?;
    let parts = cut(&manifest.parts, parts)?;
    Ok(RawBundle { manifest, parts })
}

/// Checks the magic and the version, which alone stay where they are in every format.
fn read_version(bytes: &[u8]) -> Result<u32, BundleError> {
    let seen = &bytes[..bytes.len().min(MAGIC.len())];
    if !MAGIC.starts_with(seen) {
        return Err(BundleError::NotABundle);
    }
    let version = u32::from_le_bytes(array(bytes, VERSION_AT)?);
    match version {
        0 => Err(BundleError::UnknownFormat { version }),
        1..=FORMAT_VERSION => Ok(version),
        _ => Err(BundleError::NewerFormat { version, newest: FORMAT_VERSION }),
    }
}

/// `N` bytes of the header, from `at`.
fn array<const N: usize>(bytes: &[u8], at: usize) -> Result<[u8; N], BundleError> {
    let piece = bytes.get(at..at + N).and_then(|piece| piece.try_into().ok());
    piece.ok_or(BundleError::Truncated { bytes: bytes.len() as u64, expected: HEADER_BYTES as u64 })
}

fn check_length(bytes: u64, expected: u64) -> Result<(), BundleError> {
    if bytes < expected {
        return Err(BundleError::Truncated { bytes, expected });
    }
    if bytes > expected {
        return Err(BundleError::TrailingBytes { bytes: bytes - expected });
    }
    Ok(())
}

fn check_at_most(
    bytes: u64,
    max: u64,
    error: impl FnOnce(u64, u64) -> BundleError,
) -> Result<(), BundleError> {
    if bytes > max { Err(error(bytes, max)) } else { Ok(()) }
}

fn manifest_length(bytes: u64, limits: &Limits) -> Result<u32, BundleError> {
    let max = limits.max_manifest_bytes.min(u64::from(u32::MAX));
    let too_large = || BundleError::ManifestTooLarge { bytes, max };
    if bytes > max {
        return Err(too_large());
    }
    u32::try_from(bytes).map_err(|_| too_large())
}

/// Refuses parts that do not fill `room` back to back, or exceed a limit.
fn check_layout(entries: &[PartEntry], room: u64, limits: &Limits) -> Result<(), BundleError> {
    if entries.len() > limits.max_parts {
        return Err(BundleError::TooManyParts { parts: entries.len(), max: limits.max_parts });
    }
    let mut names = BTreeSet::new();
    let mut end = 0_u64;
    for entry in entries {
        let name = || entry.name.clone();
        if !is_name(&entry.name) {
            return Err(BundleError::InvalidPartName { name: name() });
        }
        if !names.insert(&entry.name) {
            return Err(BundleError::DuplicatePart { name: name() });
        }
        check_at_most(entry.length, limits.max_part_bytes, |bytes, max| BundleError::PartTooLarge {
            name: name(),
            bytes,
            max,
        })?;
        if entry.offset != end {
            return Err(BundleError::PartMisplaced { name: name(), offset: entry.offset, expected: end });
        }
        // Limits may be raised to the end of the integers, where this would wrap.
        end = end.saturating_add(entry.length);
    }
    if end != room {
        return Err(BundleError::PartsDoNotFill { stated: end, room });
    }
    Ok(())
}

/// Copies the parts out, each after its hash was checked; the layout was.
fn cut(entries: &[PartEntry], mut rest: &[u8]) -> Result<Vec<Part>, BundleError> {
    let mut parts = Vec::with_capacity(entries.len());
    for entry in entries {
        let damaged = || BundleError::PartDamaged { name: entry.name.clone() };
        let length = usize::try_from(entry.length).map_err(|_| damaged())?;
        let (bytes, after) = rest.split_at_checked(length).ok_or_else(damaged)?;
        if Digest::of(bytes) != entry.sha256 {
            return Err(damaged());
        }
        parts.push(Part { name: entry.name.clone(), bytes: bytes.to_vec() });
        rest = after;
    }
    Ok(parts)
}
