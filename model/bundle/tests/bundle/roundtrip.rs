//! What is written is what is read, to the bit, whatever it says.

use std::collections::BTreeSet;
use std::fs;

use proptest::collection::{btree_map, btree_set, vec};
use proptest::prelude::*;
use tenure_behaviour::{OccasionRule, SummaryRule};
use tenure_bundle::{
    BacktestRow, BehaviourSource, BundleError, DataFingerprint, Digest, FeatureSchema, Limits, Manifest,
    Part, decode, describe, encode, read_file, write_file,
};
use tenure_core::{AsOf, Currency, DiscountRate, Duration, Horizon, Timestamp};
use tenure_predict::{ChurnMeasures, ValueMeasures};

use crate::common;

fn finite() -> impl Strategy<Value = f64> {
    any::<f64>().prop_filter("finite", |value| value.is_finite())
}

fn instants() -> impl Strategy<Value = Timestamp> {
    (-60_000_000_000_000_000..200_000_000_000_000_000_i64)
        .prop_map(|us| Timestamp::from_microseconds(us).unwrap())
}

fn horizons() -> impl Strategy<Value = Horizon> {
    (1..10_000_000_i64)
        .prop_map(|seconds| Horizon::new(Duration::from_microseconds(seconds * 1_000_000).unwrap()).unwrap())
}

fn digests() -> impl Strategy<Value = Digest> {
    any::<[u8; 32]>().prop_map(Digest::from_bytes)
}

fn churn() -> impl Strategy<Value = ChurnMeasures> {
    let shares = (proptest::option::of(finite()), proptest::option::of(finite()));
    (shares, finite(), finite(), finite()).prop_map(
        |((auc, average_precision), brier, log_loss, calibration_error)| ChurnMeasures {
            auc,
            average_precision,
            brier,
            log_loss,
            calibration_error,
        },
    )
}

fn value() -> impl Strategy<Value = ValueMeasures> {
    (proptest::array::uniform5(proptest::option::of(finite())), finite()).prop_map(
        |([gini, spearman, top_decile_share, decile_error, bias], mae)| ValueMeasures {
            gini,
            spearman,
            top_decile_share,
            decile_error,
            mae,
            bias,
        },
    )
}

fn rows() -> impl Strategy<Value = BacktestRow> {
    let names = (any::<String>(), instants(), horizons(), any::<u64>(), any::<bool>());
    (names, proptest::option::of(churn()), proptest::option::of(value())).prop_map(
        |((candidate, origin, horizon, customers, chosen), churn, value)| BacktestRow {
            candidate,
            origin,
            horizon,
            customers,
            churn,
            value,
            chosen,
        },
    )
}

fn data() -> impl Strategy<Value = DataFingerprint> {
    let counts = (any::<u64>(), any::<u64>(), any::<u64>());
    (counts, instants(), instants(), digests()).prop_map(
        |((customers, orders, refunds), first_event, last_event, sha256)| DataFingerprint {
            customers,
            orders,
            refunds,
            first_event,
            last_event,
            sha256,
        },
    )
}

fn rules() -> impl Strategy<Value = SummaryRule> {
    let zones = prop_oneof![Just("UTC"), Just("Asia/Shanghai"), Just("America/New_York")];
    (any::<bool>(), zones).prop_map(|(day, zone)| SummaryRule {
        occasion: if day { OccasionRule::Day } else { OccasionRule::Order },
        time_zone: zone.parse().unwrap(),
    })
}

fn features() -> impl Strategy<Value = FeatureSchema> {
    let sources = vec((any::<String>(), any::<String>()), 0..3);
    (sources, vec(any::<String>(), 0..3), digests()).prop_map(|(sources, kinds, schema_sha256)| {
        FeatureSchema {
            sources: sources
                .into_iter()
                .map(|(name, text)| BehaviourSource { name, sha256: Digest::of(text.as_bytes()), text })
                .collect(),
            kinds,
            schema_sha256,
        }
    })
}

fn manifests() -> impl Strategy<Value = Manifest> {
    let money = (-0.9..10.0_f64, prop_oneof![Just(Currency::USD), Just(Currency::JPY), Just(Currency::CNY)]);
    let looks = (instants(), horizons(), horizons(), btree_set(horizons(), 1..6));
    let lists =
        (vec(rows(), 0..4), btree_map(any::<String>(), any::<String>(), 0..4), vec(any::<String>(), 0..4));
    ("[a-z0-9_]{1,64}", looks, money, lists, (rules(), features(), data())).prop_map(
        |(model, looks, (rate, currency), (backtest, crates, notes), (summary_rule, features, data))| {
            let (as_of, horizon, clv_horizon, horizons): (_, _, _, BTreeSet<Horizon>) = looks;
            Manifest {
                format_version: 0,
                model_version: String::new(),
                model,
                as_of: AsOf::new(as_of),
                horizon,
                horizons: horizons.into_iter().collect(),
                clv_horizon,
                discount_rate: DiscountRate::new(rate).unwrap(),
                currency,
                summary_rule,
                features,
                backtest,
                data,
                crates,
                notes,
                parts: Vec::new(),
            }
        },
    )
}

fn parts() -> impl Strategy<Value = Vec<Part>> {
    btree_map("[a-z0-9_]{1,64}", vec(any::<u8>(), 0..50), 0..5)
        .prop_map(|parts| parts.into_iter().map(|(name, bytes)| Part { name, bytes }).collect())
}

proptest! {
    #[test]
    fn any_bundle_reads_back(manifest in manifests(), parts in parts()) {
        let bytes = encode(manifest.clone(), &parts).unwrap();
        prop_assert_eq!(&bytes, &encode(manifest.clone(), &parts).unwrap(), "same input, same bytes");
        let read = decode(&bytes, &Limits::default()).unwrap();
        prop_assert_eq!(&read.parts, &parts);
        for part in &parts {
            prop_assert_eq!(read.part(&part.name).unwrap(), part.bytes.as_slice());
        }
        prop_assert_eq!(read.manifest.parts.len(), parts.len());
        prop_assert!(read.manifest.model_version.starts_with(manifest.model.as_str()));
        let blank = Manifest {
            format_version: 0,
            model_version: String::new(),
            parts: Vec::new(),
            ..read.manifest.clone()
        };
        prop_assert_eq!(blank, manifest);
        // Written again as it was read, it is the same file.
        prop_assert_eq!(&encode(read.manifest.clone(), &read.parts).unwrap(), &bytes);
        let text = describe(&read);
        prop_assert!(text.chars().all(|letter| letter == '\n' || !letter.is_control()), "{:?}", text);
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in vec(any::<u8>(), 0..300), keep in 0..56_usize) {
        let good = common::bundle();
        let mixed = [&good[..keep], bytes.as_slice()].concat();
        prop_assert!(decode(&mixed, &Limits::default()).is_err());
    }
}

#[test]
fn the_model_version_names_kind_date_and_parts() {
    let of = |manifest: Manifest, parts: &[Part]| {
        decode(&encode(manifest, parts).unwrap(), &Limits::default()).unwrap().manifest.model_version
    };
    let version = of(common::manifest(), &common::parts());
    assert!(version.starts_with("mbg_nbd-1997-10-01-"), "{version}");
    let half_rate = Manifest { discount_rate: DiscountRate::new(0.05).unwrap(), ..common::manifest() };
    assert_ne!(version, of(half_rate, &common::parts()), "a score depends on the rate");
    let annotated = Manifest { notes: vec!["a remark".to_owned()], ..common::manifest() };
    assert_eq!(version, of(annotated, &common::parts()), "no score depends on a remark");
    let mut shanghai = common::manifest();
    shanghai.as_of = AsOf::new(common::instant("1997-10-01T16:00:00Z"));
    shanghai.summary_rule.time_zone = "Asia/Shanghai".parse().unwrap();
    assert!(of(shanghai, &common::parts()).starts_with("mbg_nbd-1997-10-02-"), "the shop's date");
    assert_ne!(version, of(common::manifest(), &common::parts()[..2]));
}

#[test]
fn what_could_not_be_read_back_is_not_written() {
    let refused = |change: &dyn Fn(&mut Manifest)| {
        let mut manifest = common::manifest();
        change(&mut manifest);
        encode(manifest, &common::parts()).expect_err("it was written")
    };
    let mean = refused(&|manifest| {
        manifest.backtest[1].value.as_mut().unwrap().mae = f64::NAN;
    });
    assert!(matches!(mean, BundleError::ManifestChanged), "{mean}");
    let bias = refused(&|manifest| {
        manifest.backtest[1].value.as_mut().unwrap().bias = Some(f64::INFINITY);
    });
    assert!(matches!(bias, BundleError::ManifestChanged), "{bias}");
    let notes = refused(&|manifest| manifest.notes = vec![String::new(); 1_001]);
    assert!(matches!(notes, BundleError::ManifestChanged), "{notes}");
    let horizons = refused(&|manifest| manifest.horizons.clear());
    assert!(matches!(horizons, BundleError::InvalidHorizons), "{horizons}");
    let model = refused(&|manifest| manifest.model = "BG/NBD".to_owned());
    assert!(matches!(model, BundleError::InvalidModelName { .. }), "{model}");
    let twice = [common::parts(), common::parts()].concat();
    let error = encode(common::manifest(), &twice).expect_err("it was written");
    assert!(matches!(error, BundleError::DuplicatePart { .. }), "{error}");
}

#[test]
fn a_missing_part_is_named() {
    let read = decode(&common::bundle(), &Limits::default()).unwrap();
    assert_eq!(read.part("empty").unwrap(), b"");
    let error = read.part("trees").expect_err("there is no such part");
    assert!(matches!(&error, BundleError::MissingPart { name } if name == "trees"), "{error}");
}

#[test]
fn files_are_replaced_whole_and_nothing_is_left_beside_them() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("b.tenure");
    let other = encode(common::manifest(), &common::parts()[..1]).unwrap();
    for bytes in [common::bundle(), other] {
        write_file(&path, &bytes).unwrap();
        assert_eq!(fs::read(&path).unwrap(), bytes);
        let read = read_file(&path, &Limits::default()).unwrap();
        assert_eq!(read, decode(&bytes, &Limits::default()).unwrap());
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn a_failed_write_leaves_the_old_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let taken = folder.path().join("taken");
    fs::create_dir(&taken).unwrap();
    fs::write(taken.join("kept"), "x").unwrap();
    let error = write_file(&taken, b"bytes").expect_err("a folder was replaced");
    assert!(matches!(error, BundleError::Io { action: "rename", .. }), "{error}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "the temporary file is gone");
    assert!(taken.join("kept").exists());

    let nowhere = folder.path().join("missing").join("b.tenure");
    let error = write_file(&nowhere, b"bytes").expect_err("there is no such folder");
    assert!(matches!(error, BundleError::Io { action: "write", .. }), "{error}");
    let error = write_file(&folder.path().join(".."), b"bytes").expect_err("that names no file");
    assert!(matches!(error, BundleError::NotAFile { .. }), "{error}");
}

#[test]
fn what_is_no_file_is_not_read() {
    let folder = tempfile::tempdir().unwrap();
    let limits = Limits::default();
    let error = read_file(folder.path(), &limits).expect_err("a folder was read");
    assert!(matches!(error, BundleError::NotAFile { .. }), "{error}");
    let error = read_file(&folder.path().join("missing"), &limits).expect_err("nothing was read");
    assert!(matches!(error, BundleError::Io { action: "open", .. }), "{error}");
    let empty = folder.path().join("empty");
    fs::write(&empty, "").unwrap();
    let error = read_file(&empty, &limits).expect_err("nothing was read");
    assert!(matches!(error, BundleError::Truncated { bytes: 0, expected: 56 }), "{error}");
}
