//! Why a registry refused.

use std::io;
use std::path::PathBuf;

use super::LabelName;
use crate::{BundleError, WarmUpError};

/// Why a registry refused to add, find or label a bundle.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RegistryError {
    /// The operating system refused.
    #[error("cannot {action} {}: {source}", path.display())]
    Io {
        /// What was tried: `create`, `open`, `read`, `lock` or `list`.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// There is no such folder.
    #[error("there is no registry in {}: `tenure train --registry` makes one", path.display())]
    NoFolder {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// Not a name for a label.
    #[error(
        "{name:?} is not a name for a label: use 1 to 64 lower-case letters, digits and _, such as stable"
    )]
    InvalidLabelName {
        /// The refused name.
        name: String,
    },
    /// Neither a label nor a version of this registry.
    #[error("the registry has neither a label nor a version {name:?}; it has {known}")]
    Unknown {
        /// What was asked for.
        name: String,
        /// What there is instead, in words.
        known: String,
    },
    /// The file of a label does not hold what it should.
    #[error(
        "the label file {} cannot be used: {problem}. Remove it, then set the label again",
        path.display()
    )]
    LabelDamaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// Somebody else moved the label meanwhile.
    #[error(
        "the label {label} was moved by another program meanwhile: it was at {expected} and is now at {found}. \
         Compare again"
    )]
    LabelMoved {
        /// The label.
        label: LabelName,
        /// Where it stood when it was compared.
        expected: String,
        /// Where it stands.
        found: String,
    },
    /// There is nothing to go back to.
    #[error("the label {label} has been at {current} only, there is nothing to go back to")]
    NothingBefore {
        /// The label.
        label: LabelName,
        /// Where it stands.
        current: String,
    },
    /// A file of the registry holds another version than its name says.
    #[error("{} holds version {found}: copy the right file there, or remove it", path.display())]
    WrongVersion {
        /// The file.
        path: PathBuf,
        /// The version in it.
        found: String,
    },
    /// A bundle was refused.
    #[error("{}: {source}", path.display())]
    Bundle {
        /// The file it is in, or was to be written to.
        path: PathBuf,
        /// Why.
        source: BundleError,
    },
    /// A bundle loads but does not score as it should.
    #[error("{version} did not pass its warm-up, so nothing was labelled: {source}")]
    WarmUp {
        /// The version.
        version: String,
        /// What was wrong.
        source: WarmUpError,
    },
}

impl RegistryError {
    /// Whether the machine failed, rather than what was given.
    #[must_use]
    pub const fn is_failure(&self) -> bool {
        matches!(
            self,
            Self::Io { .. } | Self::LabelMoved { .. } | Self::Bundle { source: BundleError::Io { .. }, .. }
        )
    }
}
