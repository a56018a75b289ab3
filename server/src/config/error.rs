//! Why a configuration was refused, and where that stands.

use std::fmt;
use std::path::PathBuf;

/// Where a setting came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The embedded defaults.
    Default,
    /// A configuration file.
    File(PathBuf),
    /// An environment variable, by name.
    Environment(String),
    /// A flag of the command line.
    Flag(String),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("the embedded defaults"),
            Self::File(path) => path.display().fmt(f),
            Self::Environment(name) => write!(f, "environment variable {name}"),
            Self::Flag(name) => write!(f, "flag {name}"),
        }
    }
}

/// Why a configuration was refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The configuration file cannot be read.
    #[error("cannot read the configuration {}: check the path given by --config", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// The text is not TOML.
    #[error("{origin} is not TOML")]
    Syntax {
        /// Where it stands.
        origin: Origin,
        /// What is wrong, with line and column.
        source: Box<toml::de::Error>,
    },
    /// There is no such setting.
    #[error("{origin}: there is no setting {key:?}; --print-default-config lists them all")]
    UnknownKey {
        /// Where it stands.
        origin: Origin,
        /// The unknown name, as `section.key`.
        key: String,
    },
    /// A setting has a value of the wrong kind.
    #[error("{origin}: {key} = {value} is not {expected}")]
    WrongType {
        /// Where it stands.
        origin: Origin,
        /// The setting, as `section.key`.
        key: String,
        /// The refused value.
        value: String,
        /// What it must be.
        expected: &'static str,
    },
    /// A number lies out of its range.
    #[error("{origin}: {key} = {value} is out of range: give {min} to {max}")]
    OutOfRange {
        /// Where it stands.
        origin: Origin,
        /// The setting, as `section.key`.
        key: String,
        /// The refused value.
        value: i64,
        /// The least value allowed.
        min: i64,
        /// The greatest value allowed.
        max: i64,
    },
    /// No model file was named.
    #[error("no model file: give --bundle FILE, TENURE__SERVER__BUNDLE or `bundle` under [server]")]
    NoBundle,
    /// The settings do not make a configuration.
    #[error("the settings do not make a configuration")]
    Invalid {
        /// What is wrong.
        source: Box<toml::de::Error>,
    },
}
