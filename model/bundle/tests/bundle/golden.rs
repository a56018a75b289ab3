//! Files of every format ever released keep loading, and say the same.

use std::path::Path;

use tenure_bundle::{FORMAT_VERSION, Limits, Manifest, decode_part, describe, read_file};

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
    // When the format changes, this goes and the test above stays.
    assert_eq!(FORMAT_VERSION, 1);
    assert!(std::fs::read(golden("v1.tenure")).unwrap() == common::bundle());
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
