//! What every crate says about itself.

use crate::metadata::members;
use crate::{report, shown};

#[test]
fn every_crate_says_what_it_is_for() {
    let silent = members();
    let silent = silent.iter().filter(|member| member.description.as_deref().unwrap_or("").is_empty());
    report(&silent.map(|member| format!("{} has no description", member.name)).collect::<Vec<_>>());
}

#[test]
fn every_crate_has_the_lints_of_the_workspace() {
    let mut breaches = Vec::new();
    for member in members() {
        let manifest = std::fs::read_to_string(member.folder.join("Cargo.toml")).unwrap();
        let lints = manifest.split_once("[lints]").map_or("", |(_, rest)| rest.trim_start());
        if !lints.starts_with("workspace = true") {
            breaches.push(format!("{} lacks [lints] workspace = true", member.name));
        }
    }
    report(&breaches);
}

#[test]
fn every_library_has_a_header_and_forbids_unsafe_code() {
    let mut breaches = Vec::new();
    for library in members().iter().filter_map(|member| member.library.as_ref()) {
        let source = std::fs::read_to_string(library).unwrap();
        if !source.starts_with("//! ") {
            breaches.push(format!("{} does not begin with a //! header", shown(library)));
        }
        if !source.lines().any(|line| line == "#![forbid(unsafe_code)]") {
            breaches.push(format!("{} lacks #![forbid(unsafe_code)]", shown(library)));
        }
    }
    report(&breaches);
}
