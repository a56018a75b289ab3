//! The server is small: everything that only training needs stays out of it, however indirectly.

use std::collections::BTreeSet;

use crate::metadata::cargo;
use crate::report;

/// Families of crates by the first part of their names. linfa is not among them: its traits come in with
/// tenure-btyd, whose models are linfa estimators and predict in the server.
const NOT_IN_SERVER: &[&str] =
    &["arrow", "ballista", "datafusion", "hessboost", "indicatif", "parquet", "plotly", "smartcore"];

const OURS_NOT_IN_SERVER: &[&str] = &["tenure-eventlog", "tenure-learn", "tenure-report", "tenure-cli"];

/// Names of all crates that a build of the server links.
fn linked() -> BTreeSet<String> {
    let tree = cargo(&[
        "tree",
        "--package",
        "tenure-server",
        "--edges",
        "normal",
        "--prefix",
        "none",
        "--format",
        "{p}",
    ]);
    tree.lines().filter_map(|line| line.split(' ').next()).map(str::to_owned).collect()
}

#[test]
fn the_server_links_nothing_of_training() {
    let linked = linked();
    // The list is what it should be: what must be there is there.
    for needed in ["tenure-server", "tenure-bundle", "tenure-core", "tonic", "tokio"] {
        assert!(linked.contains(needed), "{needed} is not among {linked:?}");
    }
    let is_excluded = |name: &&String| {
        let family = name.split('-').next().unwrap();
        NOT_IN_SERVER.contains(&family) || OURS_NOT_IN_SERVER.contains(&name.as_str())
    };
    let breaches = linked.iter().filter(is_excluded).map(|name| format!("the server links {name}"));
    report(&breaches.collect::<Vec<_>>());
}
