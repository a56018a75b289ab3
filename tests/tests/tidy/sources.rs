//! Sizes of files, what may not stand in them, and where they may lie.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use tenure_tests::workspace_root;

use crate::metadata::members;
use crate::{files_below, report, shown};

/// Longest source file, tests and all. Longer, and nobody reads it in one sitting.
const MOST_LINES: usize = 500;

const TOP_LEVEL: &[&str] = &["proto", "model", "server", "training", "notebooks", "tests"];

/// Written in two halves, so that this file does not hold what it looks for.
const NOT_IN_SOURCES: &[(&str, &str)] = &[
    ("todo", "!("),
    ("unimplemented", "!("),
    ("dbg", "!("),
    ("#[ig", "nore"),
    ("#[should_", "panic"),
    ("#[al", "low("),
    ("#![al", "low("),
];

/// Every source file that people write.
fn sources() -> Vec<PathBuf> {
    let all = members().into_iter().flat_map(|member| files_below(&member.folder, "rs"));
    let written: Vec<PathBuf> = all.filter(|path| !is_generated(path)).collect();
    assert!(written.len() > 100, "found only {} files", written.len());
    written
}

fn is_generated(path: &Path) -> bool {
    path.iter().any(|part| part == "generated")
}

#[test]
fn files_are_short_enough_to_read() {
    let mut breaches = Vec::new();
    for path in sources() {
        let lines = std::fs::read_to_string(&path).unwrap().lines().count();
        if lines > MOST_LINES {
            breaches.push(format!("{} has {lines} lines, {MOST_LINES} are the limit", shown(&path)));
        }
    }
    report(&breaches);
}

/// Lines of code with what may not stand in them.
fn offences(source: &str) -> Vec<(usize, String)> {
    let code = source.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//"));
    let words = || NOT_IN_SOURCES.iter().map(|(left, right)| format!("{left}{right}"));
    let offence = |(index, line): (usize, &str)| Some((index + 1, words().find(|word| line.contains(word))?));
    code.filter_map(offence).collect()
}

#[test]
fn nothing_is_left_open_or_switched_off() {
    let mut breaches = Vec::new();
    for path in sources() {
        for (line, word) in offences(&std::fs::read_to_string(&path).unwrap()) {
            breaches.push(format!("{}:{line} has {word}", shown(&path)));
        }
    }
    report(&breaches);
}

#[test]
fn offences_are_found() {
    for (left, right) in NOT_IN_SOURCES {
        let word = format!("{left}{right}");
        assert_eq!(offences(&format!("fn f() {{\n    {word}\n}}")), [(2, word.clone())]);
        assert_eq!(offences(&format!("    // {word}")), []);
    }
}

/// What git keeps; `None` outside a clone.
fn tracked() -> Option<Vec<PathBuf>> {
    let git = Command::new("git").args(["ls-files", "-z"]).current_dir(workspace_root()).output().ok()?;
    let names = String::from_utf8(git.stdout).ok()?;
    let paths: Vec<PathBuf> = names.split_terminator('\0').map(PathBuf::from).collect();
    (git.status.success() && !paths.is_empty()).then_some(paths)
}

#[test]
fn folders_at_the_top_are_the_known_ones() {
    let Some(tracked) = tracked() else {
        println!("skipped: not a git clone");
        return;
    };
    let in_folders = tracked.iter().filter(|path| path.iter().count() > 1);
    let top: BTreeSet<&str> = in_folders.filter_map(|path| path.iter().next()?.to_str()).collect();
    let unknown = top.iter().filter(|name| !name.starts_with('.') && !TOP_LEVEL.contains(name));
    report(
        &unknown.map(|name| format!("{name}/ is not one of {}", TOP_LEVEL.join(", "))).collect::<Vec<_>>(),
    );
}
