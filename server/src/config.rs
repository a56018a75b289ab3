//! What can be set, and from where: default < file < environment < flags.
//!
//! The embedded `config/default.toml` names every setting with a comment; flags, their help and environment
//! variables are made from it, so a setting is added there, in its struct below and in `RANGES`, and
//! nowhere else. There is no `Default`: what is not set comes from that file.

mod error;
mod layers;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::Deserialize;

pub use error::{ConfigError, Origin};
pub use layers::{Setting, settings};

/// The embedded defaults: TOML, every setting with a comment.
pub const DEFAULT_TOML: &str = include_str!("config/default.toml");

/// Every integer setting and the least and greatest value it may have.
pub(crate) const RANGES: &[(&str, i64, i64)] = &[
    ("server.warm_up_histories", 0, 100_000),
    ("limits.max_message_bytes", 1_024, 1 << 30),
    ("limits.max_batch_rows", 1, 1_000_000),
    ("limits.max_history_events", 1, 1_000_000),
    ("limits.max_horizon_days", 1, 36_500),
    ("limits.max_concurrent_requests", 1, 1_000_000),
    ("limits.retry_after_ms", 1, 600_000),
    ("limits.max_violations", 1, 100),
    ("limits.max_inline_rows", 0, 1_000_000),
    ("connections.max_connections", 1, 1_000_000),
    ("connections.max_concurrent_streams", 1, 1_000_000),
    ("connections.stream_window_bytes", 65_535, i32::MAX as i64),
    ("connections.connection_window_bytes", 65_535, i32::MAX as i64),
    ("connections.keepalive_interval_ms", 100, 3_600_000),
    ("connections.keepalive_timeout_ms", 100, 3_600_000),
    ("shutdown.readiness_grace_ms", 0, 600_000),
    ("shutdown.drain_timeout_ms", 0, 600_000),
];

/// Everything that can be set; ranges and defaults are in [`DEFAULT_TOML`].
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServerConfig {
    /// What to serve and where.
    pub server: ServerSettings,
    /// What a request may ask for.
    pub limits: RequestLimits,
    /// What a connection may do.
    pub connections: ConnectionLimits,
    /// How the server ends.
    pub shutdown: ShutdownSettings,
}

/// What to serve and where.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServerSettings {
    /// The model file; empty where none was given, which [`ServerConfig::load`] refuses.
    pub bundle: PathBuf,
    /// Address and port to listen on; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Synthetic histories scored before the server says that it is serving.
    pub warm_up_histories: u32,
}

/// What a request may ask for.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RequestLimits {
    /// Largest request and largest response, in bytes.
    pub max_message_bytes: usize,
    /// Most customers in one batch.
    pub max_batch_rows: usize,
    /// Most orders and refunds in one customer's history.
    pub max_history_events: usize,
    /// Longest horizon that may be asked for, in days.
    pub max_horizon_days: u32,
    /// Most requests in work at once on all connections.
    pub max_concurrent_requests: usize,
    /// When to come back after a refusal for overload, in milliseconds.
    pub retry_after_ms: u64,
    /// Most field violations that one answer lists.
    pub max_violations: usize,
    /// Batches of more customers than this are scored on a worker thread.
    pub max_inline_rows: usize,
}

/// What a connection may do.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConnectionLimits {
    /// Most connections at once.
    pub max_connections: usize,
    /// Most requests at once on one connection.
    pub max_concurrent_streams: u32,
    /// Bytes that a client may send ahead on one request.
    pub stream_window_bytes: u32,
    /// Bytes that a client may send ahead on one connection.
    pub connection_window_bytes: u32,
    /// How often an open connection is asked whether it still lives, in milliseconds.
    pub keepalive_interval_ms: u64,
    /// How long an open connection may take to answer that, in milliseconds.
    pub keepalive_timeout_ms: u64,
}

/// How the server ends.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShutdownSettings {
    /// How long the server keeps serving after it said `NOT_SERVING`, in milliseconds.
    pub readiness_grace_ms: u64,
    /// How long requests in work may take to finish after that, in milliseconds.
    pub drain_timeout_ms: u64,
}

impl ServerConfig {
    /// The defaults, to serve this model file: for who starts the server in its own process.
    ///
    /// # Errors
    /// Never in a released build; the embedded defaults are tested.
    pub fn for_bundle(bundle: &Path) -> Result<Self, ConfigError> {
        let mut config = layers::defaults().deserialize()?;
        config.server.bundle = bundle.to_path_buf();
        Ok(config)
    }

    /// The defaults, then `file`, then `environment`, then `flags`.
    ///
    /// Of the environment only names that start with `TENURE__` count. Flags are (setting, value) pairs such
    /// as `("limits.max_batch_rows", "500")`.
    ///
    /// # Errors
    /// When the file cannot be read or is not TOML, a name is unknown, a value has the wrong type or lies out
    /// of its range, or no model file is named.
    pub fn load(
        file: Option<&Path>,
        environment: impl IntoIterator<Item = (String, String)>,
        flags: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, ConfigError> {
        let mut layers = layers::defaults();
        if let Some(path) = file {
            let read = |source| ConfigError::Read { path: path.to_path_buf(), source };
            layers
                .add_toml(&Origin::File(path.to_path_buf()), &std::fs::read_to_string(path).map_err(read)?)?;
        }
        for (name, value) in environment {
            if let Some(key) = name.strip_prefix("TENURE__") {
                let key = key.replace("__", ".").to_ascii_lowercase();
                layers.add_text(&Origin::Environment(name), &key, &value)?;
            }
        }
        for (key, value) in flags {
            layers.add_text(&Origin::Flag(layers::flag(&key)), &key, &value)?;
        }
        let config = layers.deserialize()?;
        if config.server.bundle.as_os_str().is_empty() {
            return Err(ConfigError::NoBundle);
        }
        Ok(config)
    }
}

#[cfg(test)]
mod tests;
