//! Links in the documents lead somewhere.

use std::path::{Path, PathBuf};

use tenure_tests::workspace_root;

use crate::metadata::members;
use crate::{files_below, report, shown};

/// The documents at the top and those of every crate.
fn documents() -> Vec<PathBuf> {
    let root = workspace_root();
    let top = root.read_dir().unwrap().map(|entry| entry.unwrap().path());
    let mut all: Vec<PathBuf> =
        top.filter(|path| path.extension().is_some_and(|found| found == "md")).collect();
    all.extend(members().iter().flat_map(|member| files_below(&member.folder, "md")));
    all.sort();
    all.dedup();
    all
}

/// Targets of `[text](target)` and of `src="target"` that are files beside the document.
fn targets(document: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut is_code = false;
    for line in document.lines() {
        is_code ^= line.trim_start().starts_with("```");
        if is_code {
            continue;
        }
        for (opening, closing) in [("](", ')'), ("src=\"", '"')] {
            let after = line.split(opening).skip(1);
            found.extend(after.filter_map(|rest| rest.split_once(closing)).map(|(target, _)| target));
        }
    }
    let is_elsewhere = |target: &&str| target.contains("://") || target.starts_with("mailto:");
    found.retain(|target| !is_elsewhere(target));
    found
}

/// Names of a document's headings, as the web makes anchors of them.
fn anchors(document: &str) -> Vec<String> {
    let heading = |line: &str| {
        let title = line.strip_prefix('#')?.trim_start_matches('#').trim().to_lowercase();
        let kept = title.chars().filter(|letter| letter.is_alphanumeric() || " -_".contains(*letter));
        Some(kept.map(|letter| if letter == ' ' { '-' } else { letter }).collect())
    };
    document.lines().filter_map(heading).collect()
}

/// Whether the target, seen from the document, is a file or folder, and its anchor a heading in it.
fn leads_somewhere(document: &Path, target: &str) -> bool {
    let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
    let path = if file.is_empty() { document.to_owned() } else { document.parent().unwrap().join(file) };
    if anchor.is_empty() || path.extension().is_none_or(|found| found != "md") {
        return path.exists();
    }
    std::fs::read_to_string(path).is_ok_and(|text| anchors(&text).iter().any(|found| found == anchor))
}

#[test]
fn every_link_leads_somewhere() {
    let documents = documents();
    assert!(documents.iter().any(|path| path.ends_with("README.md")), "there is no README.md");
    let mut breaches = Vec::new();
    for path in documents {
        let text = std::fs::read_to_string(&path).unwrap();
        for target in targets(&text).into_iter().filter(|target| !leads_somewhere(&path, target)) {
            breaches.push(format!("{} links to {target}, which is not there", shown(&path)));
        }
    }
    report(&breaches);
}

#[test]
fn links_are_found_in_text_and_not_in_code() {
    let document =
        "[a](b.md) and ![c](d/e.png) <img src=\"f.svg\"> [g](https://h) [i](#j)\n```\n[k](l)\n```\n";
    assert_eq!(targets(document), ["b.md", "d/e.png", "#j", "f.svg"]);
    assert_eq!(
        anchors("# What it is, in short\ntext\n## `tenure train`\n"),
        ["what-it-is-in-short", "tenure-train"]
    );
}

#[test]
fn golden_files_name_their_source() {
    let root = workspace_root();
    let folders = members().into_iter().map(|member| member.folder.join("tests/golden"));
    let silent = folders.filter(|folder| folder.exists() && !folder.join("SOURCE.md").exists());
    report(&silent.map(|folder| format!("{} lacks SOURCE.md", shown(&folder))).collect::<Vec<_>>());
    assert!(root.join("training/cli/data/SOURCE.md").exists());
}
