//! What the tests that cross crates share: the built program, a small shop, real orders.
//!
//! Nothing outside this crate's `tests` folder uses it.

#![forbid(unsafe_code)]
#![expect(clippy::unwrap_used, reason = "a test stops where something unexpected happens")]

pub mod orders;
pub mod program;
pub mod shop;

use std::path::{Path, PathBuf};

/// The folder of the workspace.
#[must_use]
pub fn workspace_root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}
