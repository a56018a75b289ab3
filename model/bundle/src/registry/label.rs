//! A label, and the small file that says which version it stands for.

use std::fmt;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use tenure_core::AsOf;

use super::RegistryError;
use crate::manifest::is_name;
use crate::strict::at_most;

/// Versions that a label remembers, the current one among them.
pub const LABEL_HISTORY: usize = 20;

/// Format of the files of labels.
const FORMAT: u32 = 1;

/// Longest file of a label that is read: names are short, and there are few.
const MAX_BYTES: u64 = 64 << 10;

/// The name of a label: 1 to 64 lower-case letters, digits and `_`.
///
/// ```
/// use tenure_bundle::LabelName;
/// assert_eq!("stable".parse::<LabelName>()?.as_str(), "stable");
/// // A version is no label: it has hyphens.
/// assert!("bg_nbd-1997-10-01-3fa9c2d1e0ab".parse::<LabelName>().is_err());
/// # Ok::<(), tenure_bundle::RegistryError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct LabelName(String);

impl LabelName {
    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for LabelName {
    type Err = RegistryError;
    fn from_str(name: &str) -> Result<Self, RegistryError> {
        Self::try_from(name.to_owned())
    }
}

impl TryFrom<String> for LabelName {
    type Error = RegistryError;
    fn try_from(name: String) -> Result<Self, RegistryError> {
        if is_name(&name) { Ok(Self(name)) } else { Err(RegistryError::InvalidLabelName { name }) }
    }
}

impl From<LabelName> for String {
    fn from(label: LabelName) -> Self {
        label.0
    }
}

impl fmt::Display for LabelName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A version that a label stands or stood for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Placed {
    /// The version.
    pub version: String,
    /// The as-of of its training: the only time that a registry knows.
    pub as_of: AsOf,
}

/// Where a label stands and stood.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Label {
    format: u32,
    /// Its name.
    pub label: LabelName,
    /// The current version first, then those before it, at most [`LABEL_HISTORY`].
    #[serde(deserialize_with = "at_most::<LABEL_HISTORY, _, _>")]
    pub versions: Vec<Placed>,
    /// Versions that were rolled back, the latest first: not to be promoted again by a program alone.
    #[serde(deserialize_with = "at_most::<LABEL_HISTORY, _, _>")]
    pub withdrawn: Vec<String>,
}

impl Label {
    /// A label that stands at a version for the first time.
    pub(super) fn new(label: LabelName, placed: Placed) -> Self {
        Self { format: FORMAT, label, versions: vec![placed], withdrawn: Vec::new() }
    }

    /// The version that it stands for.
    #[must_use]
    pub fn current(&self) -> &str {
        self.versions.first().map_or("", |placed| placed.version.as_str())
    }

    /// Puts a version in front; who chooses one that was withdrawn has thought better of it.
    pub(super) fn advance(&mut self, placed: Placed) {
        self.withdrawn.retain(|version| *version != placed.version);
        self.versions.insert(0, placed);
        self.versions.truncate(LABEL_HISTORY);
    }

    /// Takes the current version off and withdraws it; `None` where none came before it.
    pub(super) fn step_back(&self) -> Option<Self> {
        let (current, before) = self.versions.split_first()?;
        let mut label = self.clone();
        label.versions = before.to_vec();
        label.withdrawn.retain(|version| *version != current.version);
        label.withdrawn.insert(0, current.version.clone());
        label.withdrawn.truncate(LABEL_HISTORY);
        (!label.versions.is_empty()).then_some(label)
    }

    /// Reads the file of a label; `None` where there is none.
    pub(super) fn read(path: &Path, name: &LabelName) -> Result<Option<Self>, RegistryError> {
        let failed = |action| move |source| RegistryError::Io { action, path: path.to_owned(), source };
        let damaged = |problem| RegistryError::LabelDamaged { path: path.to_owned(), problem };
        // Asked before opening, since opening a named pipe would wait for somebody to write.
        match std::fs::metadata(path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(failed("open")(source)),
            Ok(metadata) if !metadata.is_file() => return Err(damaged("it is no file".to_owned())),
            Ok(_) => {}
        }
        let mut json = Vec::new();
        let file = File::open(path).map_err(failed("open"))?;
        file.take(MAX_BYTES + 1).read_to_end(&mut json).map_err(failed("read"))?;
        if json.len() as u64 > MAX_BYTES {
            return Err(damaged(format!("it has more than {MAX_BYTES} bytes")));
        }
        let label: Self = serde_json::from_slice(&json).map_err(|error| damaged(error.to_string()))?;
        label.check(name).map_err(damaged)?;
        Ok(Some(label))
    }

    /// Its file.
    pub(super) fn to_json(&self) -> Vec<u8> {
        // Numbers and text, which JSON can always hold.
        let mut json = serde_json::to_vec_pretty(self).unwrap_or_default();
        json.push(b'\n');
        json
    }

    fn check(&self, name: &LabelName) -> Result<(), String> {
        if self.format != FORMAT {
            return Err(format!("it has format {}, this program reads {FORMAT}", self.format));
        }
        if self.label != *name {
            return Err(format!("it is of label {}", self.label));
        }
        let versions = self.versions.iter().map(|placed| &placed.version).chain(&self.withdrawn);
        match versions.into_iter().find(|version| !is_version(version)) {
            Some(version) => Err(format!("{version:?} is no version")),
            None if self.versions.is_empty() => Err("it stands for no version".to_owned()),
            None => Ok(()),
        }
    }
}

/// Whether a text may be a version, and so the name of a file: `bg_nbd-1997-10-01-3fa9c2d1e0ab`.
pub(super) fn is_version(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_-".contains(&byte);
    let starts_plain = text
        .bytes()
        .next()
        .is_some_and(|first| first.is_ascii_lowercase() || first == b'_' || first.is_ascii_digit());
    (1..=128).contains(&text.len()) && starts_plain && text.contains('-') && text.bytes().all(plain)
}
