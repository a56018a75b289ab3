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

/// A file of public data that may not be shipped here, in the folder that `TENURE_DATA` names; says so where it is not at
/// hand, for the test to end.
#[must_use]
#[expect(clippy::print_stdout, reason = "a test that is passed over says so")]
pub fn data_at_hand(file: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("TENURE_DATA")
        .map_or_else(|| workspace_root().join("../shared/data"), PathBuf::from);
    let path = folder.join(file);
    if path.exists() {
        return Some(path);
    }
    println!("skipped: no {}; name the folder in TENURE_DATA", path.display());
    None
}
