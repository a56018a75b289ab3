//! The rules of the repository that no compiler holds: arrows between crates, sizes, headers, links.
//!
//! Each test names every breach with its place, so that one run shows all of them.

#![cfg(test)]

mod arrows;
mod documents;
mod manifests;
mod metadata;
mod server_tree;
mod sources;

use std::path::{Path, PathBuf};

use tenure_tests::workspace_root;

/// Stops with every breach, if there is any.
#[track_caller]
fn report(breaches: &[String]) {
    assert!(breaches.is_empty(), "\n{}\n", breaches.join("\n"));
}

/// Every file below a folder with the extension, but for what cargo and git keep for themselves.
fn files_below(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in folder.read_dir().unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            if !name.starts_with('.') && name != "target" {
                found.extend(files_below(&path, extension));
            }
        } else if path.extension().is_some_and(|found| found == extension) {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// The path as a reader of a message knows it.
fn shown(path: &Path) -> String {
    path.strip_prefix(workspace_root()).unwrap_or(path).display().to_string()
}
