//! Which of our crates may know which: a new arrow is a design decision, made here and in ARCHITECTURE.md.

use crate::metadata::{Member, members};
use crate::report;

const CORE: &[&str] = &["tenure-core"];
const MODEL: &[&str] = &["tenure-core", "tenure-behaviour", "tenure-btyd", "tenure-predict", "tenure-bundle"];

/// Every crate but the tests', which may know all, and what it may depend on.
const ALLOWED: &[(&str, &[&[&str]])] = &[
    ("tenure-core", &[]),
    ("tenure-behaviour", &[CORE]),
    ("tenure-btyd", &[CORE]),
    ("tenure-predict", &[CORE]),
    ("tenure-bundle", &[CORE, &["tenure-behaviour", "tenure-btyd", "tenure-predict"]]),
    ("tenure-proto", &[]),
    ("tenure-server", &[MODEL, &["tenure-proto"]]),
    ("tenure-eventlog", &[CORE, &["tenure-behaviour"]]),
    ("tenure-learn", &[MODEL]),
    ("tenure-report", &[MODEL]),
    // The one binary that holds all of it, so that `tenure demo` is one build.
    (
        "tenure-cli",
        &[MODEL, &["tenure-eventlog", "tenure-learn", "tenure-proto", "tenure-report", "tenure-server"]],
    ),
];

/// What only tests and benches of a crate may depend on besides.
const ALLOWED_IN_TESTS: &[(&str, &str)] = &[("tenure-learn", "tenure-eventlog")];

const TESTS: &str = "tenure-tests";

/// What has no place in a model: no runtime, no wire, no command line, no query engine.
const NOT_IN_MODEL: &[&str] = &["tokio", "tonic", "prost", "clap", "datafusion", "arrow", "parquet", "hyper"];

#[test]
fn crates_know_only_whom_they_may() {
    let mut breaches = Vec::new();
    for member in members().iter().filter(|member| member.name != TESTS) {
        let Some((_, allowed)) = ALLOWED.iter().find(|(name, _)| *name == member.name) else {
            breaches
                .push(format!("{} is new: say in tests/tests/tidy/arrows.rs whom it may know", member.name));
            continue;
        };
        for known in member.dependencies.iter().filter(|known| known.name.starts_with("tenure-")) {
            let in_tests = known.is_dev && ALLOWED_IN_TESTS.contains(&(&member.name, &known.name));
            if !in_tests && !allowed.iter().any(|group| group.contains(&known.name.as_str())) {
                breaches.push(format!("{} may not depend on {}", member.name, known.name));
            }
        }
    }
    report(&breaches);
}

#[test]
fn every_crate_of_the_list_is_there() {
    let names: Vec<String> = members().into_iter().map(|member| member.name).collect();
    let gone = ALLOWED.iter().filter(|(name, _)| !names.iter().any(|found| found == name));
    report(&gone.map(|(name, _)| format!("{name} is not in the workspace")).collect::<Vec<_>>());
}

#[test]
fn models_know_neither_runtime_nor_wire() {
    let members = members();
    let models: Vec<&Member> = members.iter().filter(|member| member.is_in("model")).collect();
    assert_eq!(models.len(), MODEL.len());
    let mut breaches = Vec::new();
    for member in models {
        for known in member.dependencies.iter().filter(|known| !known.is_dev) {
            let family = known.name.split('-').next().unwrap();
            if NOT_IN_MODEL.contains(&family) {
                breaches.push(format!("{} may not depend on {}", member.name, known.name));
            }
        }
    }
    report(&breaches);
}

#[test]
fn nobody_depends_on_the_tests() {
    let members = members();
    let of_tests =
        members.iter().filter(|member| member.dependencies.iter().any(|known| known.name == TESTS));
    report(&of_tests.map(|member| format!("{} depends on {TESTS}", member.name)).collect::<Vec<_>>());
}
