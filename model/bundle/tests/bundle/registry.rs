//! The registry: what gets in, where labels go, and what a crash or a stranger may do to them.

use std::fs;
use std::path::Path;

use tempfile::TempDir;
use tenure_behaviour::PurchaseSummary;
use tenure_behaviour::rfm::RfmCutPoints;
use tenure_btyd::{BgNbd, GammaGamma};
use tenure_bundle::{
    BundleError, LABEL_HISTORY, LabelName, Level, Manifest, Model, OrderModel, Registry, RegistryError,
    SpendBasis, SpendModel,
};
use tenure_core::{AsOf, Currency, Duration, Money, Weeks};

use crate::common;

/// A bundle that scores; `alpha` makes its content, and so its version, another.
fn bundle(alpha: f64, as_of: &str) -> Vec<u8> {
    let nothing = Money::from_minor_units(5_000, Currency::USD);
    let summary = |frequency| PurchaseSummary {
        frequency,
        recency_age: Weeks::new(f64::from(frequency)).unwrap(),
        age: Weeks::new(52.0).unwrap(),
        log_gaps: 0.0,
        first_order_at: common::instant("1997-01-01"),
        last_order_at: common::instant("1997-06-01"),
        since_last: Duration::from_days(20 + frequency),
        net_spend: nothing,
        first_spend: nothing,
    };
    let summaries: Vec<PurchaseSummary> = (0..10).map(summary).collect();
    let model = Model {
        orders: OrderModel::BgNbd(BgNbd::new(0.243, alpha, 0.793, 2.426).unwrap()),
        spend: SpendModel {
            gamma_gamma: GammaGamma::new(6.25, 3.74, 15.44).unwrap(),
            basis: SpendBasis::RepeatOrders,
        },
        level: Level::NONE,
        rfm: RfmCutPoints::fit(&summaries).unwrap(),
        boosted: None,
        intervals: None,
        clv_intervals: None,
        own_dates: None,
    };
    let as_of = AsOf::new(common::instant(as_of));
    model.to_bundle(Manifest { model: "bg_nbd".to_owned(), as_of, ..common::manifest() }).unwrap()
}

fn stable() -> LabelName {
    "stable".parse().unwrap()
}

/// A registry with versions of three months, `stable` at none of them.
fn three() -> (TempDir, Registry, [String; 3]) {
    let folder = tempfile::tempdir().unwrap();
    let registry = Registry::create(&folder.path().join("registry")).unwrap();
    let add = |month: u32| {
        let bytes = bundle(4.0 + f64::from(month), &format!("1997-1{month}-01"));
        registry.add(&bytes).unwrap()
    };
    let versions = [add(0), add(1), add(2)];
    (folder, registry, versions)
}

fn files(registry: &Registry) -> Vec<String> {
    let entries = fs::read_dir(registry.folder()).unwrap();
    let mut all: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    all.sort();
    all
}

#[test]
fn a_bundle_is_named_by_its_content_and_added_once() {
    let (_folder, registry, versions) = three();
    assert!(versions[0].starts_with("bg_nbd-1997-10-01-"), "{}", versions[0]);
    let before = files(&registry);
    assert_eq!(registry.add(&bundle(4.0, "1997-10-01")).unwrap(), versions[0]);
    assert_eq!(files(&registry), before);
    let listing = registry.list().unwrap();
    let listed: Vec<&String> = listing.bundles.iter().map(|listed| &listed.version).collect();
    assert_eq!(listed, versions.iter().collect::<Vec<_>>(), "oldest first");
    assert!(listing.labels.is_empty());
}

#[test]
fn labels_move_and_remember_and_roll_back() {
    let (_folder, registry, [first, second, third]) = three();
    assert!(registry.label(&stable()).unwrap().is_none());
    assert!(registry.move_label(&stable(), &first).unwrap().is_none());
    assert_eq!(registry.move_label(&stable(), &second).unwrap().unwrap().current(), first);
    registry.move_label(&stable(), &second).unwrap();
    registry.move_label(&stable(), &third).unwrap();
    assert_eq!(registry.resolve("stable").unwrap(), third);
    assert_eq!(registry.resolve(&first).unwrap(), first);
    let label = registry.label(&stable()).unwrap().unwrap();
    let remembered: Vec<_> = label.versions.iter().map(|placed| &placed.version).collect();
    assert_eq!(remembered, [&third, &second, &first], "standing still is no move");
    assert_eq!(label.versions[0].as_of, AsOf::new(common::instant("1997-12-01")));

    assert_eq!(registry.roll_back(&stable()).unwrap(), second);
    assert_eq!(registry.roll_back(&stable()).unwrap(), first);
    let error = registry.roll_back(&stable()).unwrap_err();
    assert!(matches!(&error, RegistryError::NothingBefore { current, .. } if *current == first), "{error}");
    let label = registry.label(&stable()).unwrap().unwrap();
    assert_eq!((label.current(), &label.withdrawn), (first.as_str(), &vec![second.clone(), third.clone()]));
    // Somebody thinks better of it.
    registry.move_label(&stable(), &third).unwrap();
    assert_eq!(registry.label(&stable()).unwrap().unwrap().withdrawn, [second]);
    // A label may be moved to where another stands.
    let canary: LabelName = "canary".parse().unwrap();
    registry.move_label(&canary, "stable").unwrap();
    assert_eq!(registry.resolve("canary").unwrap(), third);
}

#[test]
fn a_label_remembers_so_much_and_no_more() {
    let (_folder, registry, [first, second, _]) = three();
    for _ in 0..LABEL_HISTORY {
        registry.move_label(&stable(), &first).unwrap();
        registry.move_label(&stable(), &second).unwrap();
    }
    assert_eq!(registry.label(&stable()).unwrap().unwrap().versions.len(), LABEL_HISTORY);
}

#[test]
fn who_compared_with_another_version_does_not_move() {
    let (_folder, registry, [first, second, third]) = three();
    registry.move_label_from(&stable(), None, &first).unwrap();
    registry.move_label_from(&stable(), Some(&first), &second).unwrap();
    for before in [None, Some(first.as_str())] {
        let error = registry.move_label_from(&stable(), before, &third).unwrap_err();
        assert!(matches!(&error, RegistryError::LabelMoved { found, .. } if *found == second), "{error}");
        assert!(error.is_failure());
    }
    assert_eq!(registry.resolve("stable").unwrap(), second);
}

#[test]
fn a_model_that_scores_nonsense_gets_no_label() {
    let (_folder, registry, [first, ..]) = three();
    registry.move_label(&stable(), &first).unwrap();
    // Each number is one that a model may have; together they are no money any more.
    let spend = SpendModel {
        gamma_gamma: GammaGamma::new(1e300, 1.5, 1e300).unwrap(),
        basis: SpendBasis::RepeatOrders,
    };
    let scorer = bundle(4.0, "1997-10-01");
    let raw = tenure_bundle::decode(&scorer, &tenure_bundle::Limits::default()).unwrap();
    let mut parts = raw.parts;
    parts[1] = tenure_bundle::encode_part("spend", &spend).unwrap();
    let version = registry.add(&tenure_bundle::encode(raw.manifest, &parts).unwrap()).unwrap();
    let error = registry.move_label(&stable(), &version).unwrap_err();
    assert!(matches!(error, RegistryError::WarmUp { .. }), "{error}");
    assert_eq!(registry.resolve("stable").unwrap(), first);
}

#[test]
fn what_is_no_model_is_not_added() {
    let (_folder, registry, _) = three();
    let before = files(&registry);
    let mut cut = bundle(9.0, "1997-10-01");
    cut.pop();
    // Whole, but without the parts of a model.
    for bytes in [cut, common::bundle(), b"no bundle".to_vec()] {
        let error = registry.add(&bytes).unwrap_err();
        assert!(matches!(error, RegistryError::Bundle { .. }) && !error.is_failure(), "{error}");
    }
    assert_eq!(files(&registry), before);
}

#[test]
fn damaged_bundles_are_listed_refused_and_mended() {
    let (_folder, registry, [first, second, third]) = three();
    registry.move_label(&stable(), &third).unwrap();
    let damaged = registry.path(&first);
    let mut bytes = fs::read(&damaged).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(&damaged, bytes).unwrap();
    // Another version's file by this one's name.
    fs::copy(registry.path(&third), registry.path(&second)).unwrap();
    for version in [&first, &second] {
        let error = registry.move_label(&stable(), version).unwrap_err();
        assert!(
            matches!(error, RegistryError::Bundle { .. } | RegistryError::WrongVersion { .. }),
            "{error}"
        );
    }
    assert_eq!(registry.resolve("stable").unwrap(), third);
    let listing = registry.list().unwrap();
    let usable: Vec<bool> = listing.bundles.iter().map(|listed| listed.manifest.is_ok()).collect();
    assert_eq!(usable, [true, false, false]);
    // What was trained again takes the place of the damaged file.
    registry.add(&bundle(4.0, "1997-10-01")).unwrap();
    registry.move_label(&stable(), &first).unwrap();
}

#[test]
fn rubbish_in_a_label_is_said_and_nothing_is_moved() {
    let (_folder, registry, [first, ..]) = three();
    registry.move_label(&stable(), &first).unwrap();
    let path = registry.folder().join("stable.label");
    let good = fs::read_to_string(&path).unwrap();
    let long = "9".repeat(70_000);
    let rubbish = [
        "",
        "stable",
        "{}",
        &good.replace("\"stable\"", "\"canary\""),
        &good.replace("\"format\": 1", "\"format\": 2"),
        &good.replace("bg_nbd-", "../bg_nbd-"),
        &good.replace("\"withdrawn\"", "\"wizdrawn\""),
        &good.replace(&first, "bg nbd-1"),
        &long,
    ];
    for text in rubbish {
        fs::write(&path, text).unwrap();
        let error = registry.resolve("stable").unwrap_err();
        assert!(matches!(error, RegistryError::LabelDamaged { .. }), "{text}: {error}");
        assert!(registry.move_label(&stable(), &first).is_err() && registry.roll_back(&stable()).is_err());
        assert!(registry.list().unwrap().labels[&stable()].is_err());
    }
    let empty =
        format!("{}\"versions\": [], \"withdrawn\": []}}", good.split("\"versions\"").next().unwrap());
    fs::write(&path, empty).unwrap();
    let error = registry.label(&stable()).unwrap_err().to_string();
    assert!(error.contains("stands for no version") && error.contains("Remove it"), "{error}");
    fs::remove_file(&path).unwrap();
    registry.move_label(&stable(), &first).unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), good);
}

#[test]
fn unknown_names_are_told_what_there_is() {
    let (_folder, registry, [first, ..]) = three();
    registry.move_label(&stable(), &first).unwrap();
    for name in ["canary", "bg_nbd-1997-10-01-000000000000", "../stable", "", "Stable", "stable.label"] {
        let error = registry.resolve(name).unwrap_err();
        assert!(
            matches!(&error, RegistryError::Unknown { known, .. } if known.contains("stable")),
            "{error}"
        );
    }
    for name in ["", "Stable", "a-b", "../x", "a b"] {
        assert!(name.parse::<LabelName>().is_err(), "{name}");
    }
    let error = Registry::open(Path::new("/no/such/folder")).unwrap_err();
    assert!(error.to_string().contains("tenure train --registry"), "{error}");
}

#[test]
fn what_a_crash_left_harms_nothing_and_goes() {
    let (_folder, registry, [first, second, _]) = three();
    registry.move_label(&stable(), &first).unwrap();
    // The machine stopped while the label was being written, and while a bundle was.
    let half = registry.folder().join(".stable.label.4711-0.tmp");
    fs::write(&half, "{\"format\": 1, \"lab").unwrap();
    fs::write(registry.folder().join(format!(".{second}.tenure.4711-0.tmp")), "TENURE").unwrap();
    assert_eq!(registry.resolve("stable").unwrap(), first);
    assert_eq!(registry.list().unwrap().bundles.len(), 3);
    registry.move_label(&stable(), &second).unwrap();
    assert_eq!(registry.resolve("stable").unwrap(), second);
    assert!(!half.exists());
    assert_eq!(files(&registry).len(), 5, "{:?}", files(&registry));
}

#[test]
fn a_folder_that_cannot_be_written_to_can_be_read() {
    let (_folder, registry, [first, second, _]) = three();
    registry.move_label(&stable(), &first).unwrap();
    // Whatever user runs this: the lock cannot be taken.
    let lock = registry.folder().join(".lock");
    fs::remove_file(&lock).unwrap();
    fs::create_dir(&lock).unwrap();
    let error = registry.move_label(&stable(), &second).unwrap_err();
    assert!(matches!(error, RegistryError::Io { action: "lock", .. }) && error.is_failure(), "{error}");
    assert!(registry.add(&bundle(9.0, "1997-10-01")).is_err());
    assert!(Registry::create(registry.folder()).is_err(), "found out before training");
    assert_eq!(registry.resolve("stable").unwrap(), first);
    assert_eq!(registry.list().unwrap().bundles.len(), 3);
    let taken = registry.folder().join("taken");
    fs::write(&taken, "").unwrap();
    assert!(matches!(Registry::create(&taken), Err(RegistryError::Io { action: "create", .. })));
}

#[test]
fn two_writers_at_once_leave_every_move_in_the_history() {
    let (_folder, registry, versions) = three();
    std::thread::scope(|scope| {
        for version in &versions {
            scope.spawn(|| {
                for _ in 0..2 {
                    registry.move_label(&stable(), version).unwrap();
                }
            });
        }
    });
    let label = registry.label(&stable()).unwrap().unwrap();
    let seen: Vec<&String> = label.versions.iter().map(|placed| &placed.version).collect();
    assert!(
        (3..=6).contains(&seen.len()) && versions.iter().all(|version| seen.contains(&version)),
        "{seen:?}"
    );
    assert!(seen.windows(2).all(|pair| pair[0] != pair[1]), "{seen:?}");
    // Of two who both saw the same version, one moves.
    let before = label.current().to_owned();
    let others: Vec<&String> = versions.iter().filter(|version| **version != before).collect();
    let moved = std::thread::scope(|scope| {
        let (registry, before) = (&registry, before.as_str());
        let tries: Vec<_> = others
            .iter()
            .map(|version| scope.spawn(move || registry.move_label_from(&stable(), Some(before), version)))
            .collect();
        tries.into_iter().map(|one| one.join().unwrap()).filter(Result::is_ok).count()
    });
    assert_eq!(moved, 1);
}

#[test]
fn a_bundle_that_went_away_is_an_error_of_its_own() {
    let (_folder, registry, [first, second, _]) = three();
    registry.move_label(&stable(), &first).unwrap();
    registry.move_label(&stable(), &second).unwrap();
    fs::remove_file(registry.path(&first)).unwrap();
    assert!(registry.roll_back(&stable()).is_err());
    assert_eq!(registry.resolve("stable").unwrap(), second, "it stays where it was");
    fs::remove_file(registry.path(&second)).unwrap();
    let error = registry.bundle("stable").unwrap_err();
    assert!(matches!(error, RegistryError::Bundle { source: BundleError::Io { .. }, .. }), "{error}");
}
