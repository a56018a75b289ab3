//! Files of every format ever released keep loading, and say the same.

use std::path::Path;

use tenure_bundle::{
    FORMAT_VERSION, Limits, Manifest, Part, decode, decode_part, describe, encode, read_file,
};

use crate::common;

fn golden(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name)
}

#[test]
fn the_file_of_format_1_still_loads_and_says_the_same() {
    let bundle = read_file(&golden("v1.tenure"), &Limits::default()).unwrap();
    assert_eq!(bundle.manifest.format_version, 1);
    assert_eq!(bundle.manifest.model_version, "mbg_nbd-1997-10-01-54f8122d19ff");
    let blank = Manifest {
        format_version: 0,
        model_version: String::new(),
        parts: Vec::new(),
        ..bundle.manifest.clone()
    };
    assert_eq!(blank, common::manifest());
    let parameters: [f64; 4] = decode_part("btyd", bundle.part("btyd").unwrap()).unwrap();
    assert!(parameters.iter().eq(&[0.525, 6.183, 0.891, 1.614]), "{parameters:?}");
    let names: [String; 2] = decode_part("names", bundle.part("names").unwrap()).unwrap();
    assert_eq!(names, ["a", "b"]);
}

#[test]
fn today_the_same_bytes_are_written() {
    // Its parts are none that a score needs: nobody is misled who reads format 1 only.
    assert!(std::fs::read(golden("v1.tenure")).unwrap() == common::bundle());
}

/// The format of a bundle with these parts, which reads back as it was written.
#[track_caller]
fn check_format(names: &[&str], expected: u32) {
    let part = |name: &&str| Part { name: (*name).to_owned(), bytes: vec![7] };
    let parts: Vec<Part> = names.iter().map(part).collect();
    let bytes = encode(common::manifest(), &parts).unwrap();
    assert_eq!(u32::from_le_bytes(bytes[8..12].try_into().unwrap()), expected, "{names:?}");
    let read = decode(&bytes, &Limits::default()).unwrap();
    assert_eq!((read.manifest.format_version, &read.parts), (expected, &parts));
}

#[test]
fn what_older_readers_would_pass_over_is_of_a_newer_format() {
    let old = ["orders", "spend", "level", "rfm"];
    check_format(&old, 1);
    // Words that no score needs.
    check_format(&[&old[..], &["recipe", "profile", "typical"]].concat(), 1);
    check_format(&[&old[..], &["typical", "typical_gap", "no_trees"]].concat(), 1);
    check_format(&[&old[..], &["boosted"]].concat(), 2);
    check_format(&[&old[..], &["intervals", "recipe"]].concat(), 2);
    check_format(&[&old[..], &["intervals", "clv_intervals"]].concat(), 2);
    // Parts of a later day, too.
    check_format(&[&old[..], &["moods"]].concat(), 2);
    // Without what format 1 scores by, its readers say aloud that it is lacking.
    check_format(&["table", "question"], 1);
}

#[test]
fn bundles_of_format_1_with_newer_parts_still_load() {
    // Builds between two releases wrote such files.
    let parts = ["orders", "boosted"].map(|name| Part { name: name.to_owned(), bytes: vec![7] });
    let new = encode(common::manifest(), &parts).unwrap();
    let manifest = String::from_utf8(new[56..common::parts_at(&new)].to_vec()).unwrap();
    let older = manifest.replace(r#""format_version":2"#, r#""format_version":1"#);
    let read = decode(&common::seal(older.as_bytes(), &[7, 7]), &Limits::default()).unwrap();
    assert_eq!((read.manifest.format_version, read.parts.len()), (1, 2));
    assert_eq!(read.manifest.model_version, decode(&new, &Limits::default()).unwrap().manifest.model_version);
    assert_eq!(FORMAT_VERSION, 2);
}

#[test]
fn is_described_for_people() {
    let bundle = read_file(&golden("v1.tenure"), &Limits::default()).unwrap();
    assert_eq!(describe(&bundle), include_str!("../golden/v1.txt"));
}

#[test]
fn a_stranger_cannot_steer_the_terminal() {
    let mut bundle = read_file(&golden("v1.tenure"), &Limits::default()).unwrap();
    bundle.manifest.notes = vec!["\u{1b}[2Jgone\rnow".to_owned()];
    let text = describe(&bundle);
    assert!(text.contains(r"\u{1b}[2Jgone\rnow"), "{text}");
}
