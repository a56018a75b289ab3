//! Why the server ended, or did not begin.

use std::net::SocketAddr;
use std::path::PathBuf;

use tenure_bundle::{BundleError, WarmUpError};

/// Why the server ended, or did not begin.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServerError {
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: is another server running there? --listen takes another address")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why not.
        source: std::io::Error,
    },
    /// The model file was refused.
    #[error("cannot serve {}", path.display())]
    Bundle {
        /// The model file.
        path: PathBuf,
        /// Why not.
        source: Box<BundleError>,
    },
    /// The model scores nonsense.
    #[error("the model in {} did not pass its warm-up", path.display())]
    WarmUp {
        /// The model file.
        path: PathBuf,
        /// What it scored.
        source: Box<WarmUpError>,
    },
    /// The thread that loads the model died.
    #[error("loading {} was cut short", path.display())]
    LoaderLost {
        /// The model file.
        path: PathBuf,
    },
    /// The descriptors for reflection cannot be read: the build is broken.
    #[error("the descriptors for reflection cannot be read: build again")]
    Reflection {
        /// What is wrong with them.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The signals of the operating system cannot be received.
    #[error("cannot receive signals")]
    Signals {
        /// Why not.
        source: std::io::Error,
    },
    /// A second signal came while requests were finishing.
    #[error("stopped by a second signal: requests in work were cut off")]
    Interrupted,
}
