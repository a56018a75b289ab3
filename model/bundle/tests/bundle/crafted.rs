//! Lies: files whose hashes are right and whose content is not.

use tenure_bundle::{BundleError, Limits, Manifest, decode, encode};
use tenure_core::AsOf;

use crate::common;

/// The manifest of a good bundle as text, and its parts.
fn good() -> (String, Vec<u8>) {
    let file = common::bundle();
    let parts_at = common::parts_at(&file);
    (String::from_utf8(file[56..parts_at].to_vec()).unwrap(), file[parts_at..].to_vec())
}

/// Replaces text that stands in the good manifest exactly once.
#[track_caller]
fn lie(old: &str, new: &str) -> BundleError {
    let (manifest, parts) = good();
    assert_eq!(manifest.matches(old).count(), 1, "{old} in {manifest}");
    refused(&manifest.replace(old, new), &parts)
}

#[track_caller]
fn refused(manifest: &str, parts: &[u8]) -> BundleError {
    let file = common::seal(manifest.as_bytes(), parts);
    decode(&file, &Limits::default()).expect_err("a lie was believed")
}

#[test]
fn the_seal_of_these_tests_is_the_real_one() {
    let (manifest, parts) = good();
    assert_eq!(common::seal(manifest.as_bytes(), &parts), common::bundle());
}

#[test]
fn parts_leave_no_hole_and_do_not_overlap() {
    // The good parts: 32 bytes at 0, none at 32, 4 bytes at 32.
    let hole = lie(r#""name":"names","offset":32"#, r#""name":"names","offset":33"#);
    assert!(matches!(hole, BundleError::PartMisplaced { offset: 33, expected: 32, .. }), "{hole}");
    let overlap = lie(r#""name":"names","offset":32"#, r#""name":"names","offset":0"#);
    assert!(matches!(overlap, BundleError::PartMisplaced { offset: 0, expected: 32, .. }), "{overlap}");
    let beyond = lie(r#""name":"names","offset":32"#, r#""name":"names","offset":18446744073709551615"#);
    assert!(matches!(beyond, BundleError::PartMisplaced { offset: u64::MAX, .. }), "{beyond}");
    let longer = lie(r#""length":4"#, r#""length":5"#);
    assert!(matches!(longer, BundleError::PartsDoNotFill { stated: 37, room: 36 }), "{longer}");
    let shorter = lie(r#""length":4"#, r#""length":3"#);
    assert!(matches!(shorter, BundleError::PartsDoNotFill { stated: 35, room: 36 }), "{shorter}");
    let negative = lie(r#""length":4"#, r#""length":-5"#);
    assert!(matches!(negative, BundleError::InvalidManifest { .. }), "{negative}");
    let huge = lie(r#""length":4"#, r#""length":18446744073709551615"#);
    assert!(matches!(huge, BundleError::PartTooLarge { bytes: u64::MAX, .. }), "{huge}");
    let (manifest, parts) = good();
    let hidden = refused(&manifest, &[parts.as_slice(), b"hidden"].concat());
    assert!(matches!(hidden, BundleError::PartsDoNotFill { stated: 36, room: 42 }), "{hidden}");
}

#[test]
fn lengths_cannot_wrap_round_even_without_limits() {
    let (manifest, parts) = good();
    let limits = Limits { max_part_bytes: u64::MAX, ..Limits::default() };
    let wrapped = manifest
        .replace(r#""length":32"#, r#""length":18446744073709551615"#)
        .replace(r#""offset":32"#, r#""offset":18446744073709551615"#);
    let file = common::seal(wrapped.as_bytes(), &parts);
    let error = decode(&file, &limits).expect_err("a lie was believed");
    assert!(matches!(error, BundleError::PartsDoNotFill { stated: u64::MAX, .. }), "{error}");
}

#[test]
fn part_names_are_plain_and_distinct() {
    let twice = lie(r#""name":"names""#, r#""name":"btyd""#);
    assert!(matches!(&twice, BundleError::DuplicatePart { name } if name == "btyd"), "{twice}");
    for name in ["", "../up", "a b", "Big", &"x".repeat(65)] {
        let error = lie(r#""name":"names""#, &format!(r#""name":"{name}""#));
        assert!(matches!(&error, BundleError::InvalidPartName { name: kept } if kept == name), "{error}");
    }
}

#[track_caller]
fn check_json(error: &BundleError, part: &str) {
    assert!(matches!(error, BundleError::InvalidManifest { .. }), "{error}");
    assert!(error.to_string().contains(part), "{error} does not say {part}");
}

#[test]
fn no_field_comes_twice_or_from_elsewhere() {
    check_json(&lie(r#""model":"#, r#""model":"x","model":"#), "duplicate field `model`");
    check_json(&lie(r#""occasion":"#, r#""occasion":"day","occasion":"#), "duplicate field `occasion`");
    check_json(&lie(r#"{"tenure-btyd":"#, r#"{"tenure-btyd":"9","tenure-btyd":"#), "duplicate key");
    check_json(&lie(r#""notes":"#, r#""extra":1,"notes":"#), "unknown field `extra`");
    check_json(&lie(r#""occasion":"#, r#""extra":1,"occasion":"#), "unknown field `extra`");
    check_json(&lie(r#""name":"names""#, r#""name":"names","path":"/etc/passwd""#), "unknown field `path`");
    check_json(&lie(r#""currency":"USD","#, ""), "missing field `currency`");
}

#[test]
fn values_are_checked_as_everywhere_else() {
    check_json(&lie(r#""currency":"USD""#, r#""currency":"usd""#), "ISO 4217");
    check_json(&lie(r#""clv_horizon":"365d""#, r#""clv_horizon":"0d""#), "longer than zero");
    check_json(&lie(r#""discount_rate":0.1"#, r#""discount_rate":-1"#), "annual discount rate");
    check_json(&lie(r#""discount_rate":0.1"#, r#""discount_rate":1e999"#), "out of range");
    check_json(&lie(r#""time_zone":"UTC""#, r#""time_zone":"Mars""#), "time zone");
    check_json(&lie(r#""first_event":852076800000000"#, r#""first_event":9223372036854775807"#), "9999");
    let (manifest, parts) = good();
    let bare = manifest.replace(r#""sha256":""#, r#""sha256":"X"#);
    check_json(&refused(&bare, &parts), "SHA-256");
}

#[test]
fn lists_are_bounded() {
    check_json(
        &lie(r#""notes":["#, &format!(r#""notes":[{}"#, r#""","#.repeat(1_000))),
        "at most 1000 values",
    );
    let many = format!("[{}]", vec![r#""1d""#; 101].join(","));
    check_json(&lie(r#"["30d","90d","365d"]"#, &many), "at most 100 values");
}

#[test]
fn deep_nesting_is_refused_before_it_costs_stack() {
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    for (old, name) in [(r#""notes":["#, "notes"), (r#""backtest":["#, "backtest")] {
        let error = lie(old, &format!(r#""{name}":[{deep},"#));
        assert!(matches!(error, BundleError::InvalidManifest { .. }), "{error}");
    }
    let (_, parts) = good();
    let objects = r#"{"a":"#.repeat(100_000);
    assert!(matches!(refused(&objects, &parts), BundleError::InvalidManifest { .. }));
}

#[test]
fn a_manifest_is_one_json_object() {
    let (manifest, parts) = good();
    for other in ["", "[]", " {}", "\u{feff}{}", "null", "PK\u{3}\u{4}"] {
        assert!(matches!(refused(other, &parts), BundleError::ManifestNotAnObject), "{other:?}");
    }
    for broken in ["{", "{}", "{}{}", &manifest[..manifest.len() - 1], &format!("{manifest}{{}}")] {
        assert!(matches!(refused(broken, &parts), BundleError::InvalidManifest { .. }), "{broken:?}");
    }
    let file = common::seal(b"{\"model\":\"\xff\"}", &parts);
    assert!(matches!(decode(&file, &Limits::default()), Err(BundleError::InvalidManifest { .. })));
}

#[test]
fn a_manifest_does_not_contradict_itself() {
    let format = lie(r#""format_version":1"#, r#""format_version":2"#);
    assert!(matches!(format, BundleError::FormatMismatch { header: 1, manifest: 2 }), "{format}");
    let version = lie(r#""model_version":"mbg_nbd-1997-10-01"#, r#""model_version":"mbg_nbd-1997-10-02"#);
    assert!(matches!(version, BundleError::ModelVersionMismatch { .. }), "{version}");
    let model = lie(r#""model":"mbg_nbd""#, r#""model":"../mbg""#);
    assert!(matches!(model, BundleError::InvalidModelName { .. }), "{model}");
    for horizons in ["[]", r#"["90d","30d"]"#, r#"["30d","30d"]"#] {
        let error = lie(r#"["30d","90d","365d"]"#, horizons);
        assert!(matches!(error, BundleError::InvalidHorizons), "{error}");
    }
    let source = lie("count(order, 90d) >= 2", "count(order, 90d) >= 3");
    assert!(matches!(&source, BundleError::SourceDamaged { name } if name == "repeat.txt"), "{source}");
}

/// Bundles without an as-of were called after the first day of 1970, and go on to load.
#[test]
fn an_undated_bundle_has_no_date_in_its_name_and_those_of_before_load() {
    let undated = Manifest { as_of: AsOf::new(common::instant("1970-01-01")), ..common::manifest() };
    let decoded = |file: &[u8]| decode(file, &Limits::default());
    let file = encode(undated, &decoded(&common::bundle()).unwrap().parts).unwrap();
    let version = decoded(&file).unwrap().manifest.model_version;
    let (model, hash) = version.split_once('-').unwrap();
    assert_eq!((model, hash.len()), ("mbg_nbd", 12), "{version}");
    let parts_at = common::parts_at(&file);
    let manifest = std::str::from_utf8(&file[56..parts_at]).unwrap();
    let called = |name: &str| common::seal(manifest.replace(&version, name).as_bytes(), &file[parts_at..]);
    let before = format!("mbg_nbd-1970-01-01-{hash}");
    assert_eq!(decoded(&called(&before)).unwrap().manifest.model_version, before);
    let lie = decoded(&called(&format!("mbg_nbd-1970-01-02-{hash}"))).unwrap_err();
    assert!(matches!(lie, BundleError::ModelVersionMismatch { .. }), "{lie}");
}

#[test]
fn every_limit_is_held_and_named() {
    let file = common::bundle();
    let refused = |limits: Limits| decode(&file, &limits).expect_err("a limit was not held");
    let all = Limits::default();
    let error = refused(Limits { max_file_bytes: 100, ..all });
    assert!(matches!(error, BundleError::FileTooLarge { max: 100, .. }), "{error}");
    let error = refused(Limits { max_manifest_bytes: 100, ..all });
    assert!(matches!(error, BundleError::ManifestTooLarge { max: 100, .. }), "{error}");
    let error = refused(Limits { max_parts: 2, ..all });
    assert!(matches!(error, BundleError::TooManyParts { parts: 3, max: 2 }), "{error}");
    let error = refused(Limits { max_part_bytes: 31, ..all });
    assert!(matches!(error, BundleError::PartTooLarge { bytes: 32, max: 31, .. }), "{error}");
    let exact = Limits {
        max_file_bytes: file.len() as u64,
        max_manifest_bytes: common::parts_at(&file) as u64 - 56,
        max_parts: 3,
        max_part_bytes: 32,
    };
    assert!(decode(&file, &exact).is_ok());
}

#[test]
fn a_newer_format_says_to_upgrade() {
    let mut file = common::bundle();
    file[8] = 3;
    let error = decode(&file, &Limits::default()).expect_err("a newer format was read");
    assert!(matches!(error, BundleError::NewerFormat { version: 3, newest: 2 }));
    assert!(error.to_string().contains("upgrade Tenure"), "{error}");
}
