//! Training on a schedule: the registry, who gets the label, and what drift advises.

use std::collections::BTreeMap;
use std::fs;

use tenure_bundle::{Limits, decode, encode};
use tenure_tests::program::{Ran, tenure_with};
use tenure_tests::shop::{Order, Shop};

use crate::support::{AS_OF, AS_OF_US, Desk};

/// All parameters pulled towards middling ones and no level set: a poor model.
const POOR: &str = "--penalizer 1000 --keep-level";

/// Before the window that ends at [`AS_OF`].
const EARLY: &str = "2021-06-01";

impl Desk {
    #[track_caller]
    fn retrain(&self, as_of: &str, options: &str) -> Ran {
        self.succeed(&format!("train --orders orders.csv --as-of {as_of} --registry models {options}"))
    }

    /// The version that `stable` stands for, by the list for machines.
    #[track_caller]
    fn stable(&self) -> Option<String> {
        let list = self.succeed("models list --registry models --json").json();
        let labels = list["labels"].as_array().unwrap();
        let stable = labels.iter().find(|label| label["label"] == "stable")?;
        Some(stable["versions"][0]["version"].as_str().unwrap().to_owned())
    }

    /// Every file of the registry, by name.
    fn registry(&self) -> BTreeMap<String, Vec<u8>> {
        let entries = fs::read_dir(self.path("models")).unwrap().map(Result::unwrap);
        entries
            .map(|entry| (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap()))
            .collect()
    }
}

#[test]
fn the_first_bundle_gets_the_label_and_the_same_again_changes_nothing() {
    let desk = Desk::new();
    let ran = desk.retrain(AS_OF, "--promote-if-better --out shop.tenure");
    assert!(ran.stdout.contains("promoted: stable is "), "{}", ran.stdout);
    let version = desk.stable().unwrap();
    let before = desk.registry();
    assert_eq!(before[&format!("{version}.tenure")], desk.bytes("shop.tenure"));
    let path = desk.succeed("models path stable --registry models").stdout;
    assert_eq!(desk.bytes(path.trim_end()), desk.bytes("shop.tenure"));
    let ran = desk.retrain(AS_OF, "--promote-if-better --json");
    let report = &ran.json()["registry"];
    assert_eq!((&report["promoted"], &report["version"]), (&false.into(), &version.into()));
    assert!(report["reason"].as_str().unwrap().contains("this version already"), "{report}");
    assert_eq!(desk.registry(), before);
}

#[test]
fn a_better_challenger_gets_the_label_and_a_worse_one_does_not() {
    let desk = Desk::new();
    desk.retrain(EARLY, &format!("--promote-if-better {POOR}"));
    let poor = desk.stable().unwrap();
    // Comparing alone moves nothing.
    let ran = desk.retrain(AS_OF, "--json");
    let report = ran.json()["registry"].clone();
    assert_eq!(report["comparison"]["outcome"], "challenger_better", "{report}");
    assert_eq!((&report["promoted"], desk.stable()), (&false.into(), Some(poor.clone())));
    let ran = desk.retrain(AS_OF, "--promote-if-better");
    assert!(ran.stdout.contains(&format!("promoted: stable moved from {poor}")), "{}", ran.stdout);
    assert!(ran.stdout.contains("as stored") && ran.stdout.contains("fitted again"), "{}", ran.stdout);
    let good = desk.stable().unwrap();
    assert_ne!(good, poor);

    let ran = desk.retrain(AS_OF, &format!("--promote-if-better --json {POOR}"));
    let report = ran.json()["registry"].clone();
    assert_eq!(report["comparison"]["outcome"], "champion_kept", "{report}");
    assert_eq!((&report["promoted"], desk.stable()), (&false.into(), Some(good)));
}

#[test]
fn an_equal_challenger_does_not_get_the_label() {
    let desk = Desk::new();
    desk.retrain("2021-10-01", "--promote-if-better");
    let before = desk.stable();
    // A month later no window has closed since: the same recipe on both sides.
    let ran = desk.retrain("2021-11-01", "--promote-if-better");
    assert!(ran.stdout.contains("kept: stable stays at"), "{}", ran.stdout);
    assert!(ran.stdout.contains("both make the same predictions"), "{}", ran.stdout);
    assert_eq!(desk.stable(), before);
    assert_eq!(desk.registry().keys().filter(|name| name.ends_with(".tenure")).count(), 2);
}

#[test]
fn what_was_rolled_back_is_not_promoted_by_the_next_night() {
    let desk = Desk::new();
    desk.retrain(EARLY, &format!("--promote-if-better {POOR}"));
    let poor = desk.stable().unwrap();
    desk.retrain(AS_OF, "--promote-if-better");
    let good = desk.stable().unwrap();
    let ran = desk.succeed("models rollback stable --registry models");
    assert_eq!(ran.stdout.trim_end(), format!("stable moved from {good} to {poor}"));
    let ran = desk.retrain(AS_OF, "--promote-if-better");
    assert!(ran.stdout.contains("was rolled back from stable before"), "{}", ran.stdout);
    assert_eq!(desk.stable(), Some(poor.clone()));
    // A person may.
    let moved = desk.succeed(&format!("models label stable {good} --registry models --json")).json();
    assert_eq!((&moved["version"], &moved["before"]), (&good.clone().into(), &poor.clone().into()));
    desk.succeed("models label canary stable --registry models");
    let listed = desk.succeed("models list --registry models").stdout;
    assert!(
        listed.contains("canary, stable") && listed.contains(&format!("stable: {good}, before: {poor}")),
        "{listed}"
    );
}

#[test]
fn bundles_compare_as_files_and_as_labels() {
    let desk = Desk::new();
    desk.retrain(EARLY, &format!("--promote-if-better --out old.tenure {POOR}"));
    desk.retrain(AS_OF, "--label canary --promote-if-better --out new.tenure");
    let orders = format!("--orders orders.csv --as-of {AS_OF} --json");
    let files = desk.succeed(&format!("compare old.tenure new.tenure {orders}")).json();
    let labels = desk.succeed(&format!("models compare stable canary --registry models {orders}")).json();
    for field in ["brier_difference", "value_deviance_difference", "measures_better", "outcome", "reason"] {
        assert_eq!(files[field], labels[field], "{field}");
    }
    assert_eq!(files["champion"]["judged"], "as_stored");
    assert_eq!(files["challenger"]["judged"], "refitted");
    assert_eq!(
        (&labels["champion"]["name"], &files["champion"]["name"]),
        (&"stable".into(), &"old.tenure".into())
    );
}

#[test]
fn whose_horizon_counts_is_said() {
    let desk = Desk::new();
    desk.retrain(EARLY, &format!("--promote-if-better --out old.tenure --horizon 30d {POOR}"));
    let ran = desk.retrain(AS_OF, "--out new.tenure --horizon 60d");
    let of_new = "judged over 60d: the horizon of the challenger; the champion was trained for 30d";
    assert!(ran.stdout.contains(of_new), "{}", ran.stdout);
    let compared = |bundles: &str, options: &str| {
        let line = format!("compare {bundles} --orders orders.csv --as-of {AS_OF} {options}");
        desk.succeed(&line).stdout
    };
    let said = compared("old.tenure new.tenure", "");
    assert!(said.contains(of_new), "{said}");
    let said = compared("new.tenure old.tenure", "");
    assert!(
        said.contains("judged over 30d: the horizon of the challenger; the champion was trained for 60d")
    );
    let said = compared("old.tenure new.tenure", "--horizon 45d");
    assert!(said.contains("judged over 45d: the horizon that --horizon names"), "{said}");
    let said = compared("old.tenure old.tenure", "");
    assert!(said.contains("judged over 30d: the horizon of both bundles"), "{said}");
}

/// What two nights leave behind, and what they say.
fn two_nights(shop: Shop, threads: &str) -> (BTreeMap<String, Vec<u8>>, String) {
    let desk = Desk::with(shop);
    let night = |as_of: &str, options: &[&str]| {
        let line = ["train", "--orders", "orders.csv", "--as-of", as_of, "--registry", "models", "--json"];
        let line = [&line[..], &["--promote-if-better"], options].concat();
        let ran = tenure_with(desk.folder(), &[("RAYON_NUM_THREADS", threads)], &line);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        ran.json()["registry"].to_string()
    };
    night(EARLY, &["--penalizer", "1000", "--keep-level"]);
    let said = night(AS_OF, &[]);
    (desk.registry(), said)
}

#[test]
fn threads_rows_and_the_future_change_no_byte_of_a_registry() {
    let expected = two_nights(Shop::simulated(1), "1");
    assert!(expected.1.contains("challenger_better"), "{}", expected.1);
    assert!(two_nights(Shop::simulated(1), "2") == expected, "threads");
    assert!(two_nights(Shop::simulated(1).shuffled(5), "2") == expected, "rows");
    let mut other = Shop::simulated(1);
    for (index, order) in other.orders.iter_mut().enumerate().filter(|(_, order)| order.at_us >= AS_OF_US) {
        *order = Order {
            customer_id: format!("c{:03}", index * 7 % 400),
            at_us: AS_OF_US + (index as i64) * 1_000_000,
            minor_units: 31 * (index as i64 + 1),
        };
    }
    assert!(two_nights(other, "1") == expected, "the future");
}

#[test]
fn what_a_crash_left_does_not_stop_the_next_night() {
    let desk = Desk::new();
    desk.retrain(EARLY, &format!("--promote-if-better {POOR}"));
    desk.write("models/.stable.label.99-0.tmp", "{\"format\": 1, \"la");
    let poor = desk.stable();
    desk.retrain(AS_OF, "--promote-if-better");
    assert_ne!(desk.stable(), poor);
    assert!(desk.registry().keys().all(|name| !name.ends_with(".tmp")));
}

#[test]
fn drift_says_keep_where_nothing_happened_and_something_else_where_it_did() {
    let desk = Desk::new();
    desk.succeed("train --orders orders.csv --as-of 2021-06-01 --out shop.tenure");
    let line = "drift --bundle shop.tenure --orders orders.csv --as-of 2021-12-31";
    let ran = desk.succeed(line);
    // The verdict first, then what it rests on.
    assert!(ran.stdout.starts_with("keep: ") && ran.stdout.contains("mean_spend"), "{}", ran.stdout);
    assert!(ran.stdout.contains("orders.csv: "), "{}", ran.stdout);
    let report = desk.succeed(&format!("{line} --json")).json();
    assert_eq!((&report["verdict"], report["windows"].as_array().unwrap().len()), (&"keep".into(), 2));
    assert_eq!(report["features"].as_array().unwrap().len(), 5);

    let mut dearer = Shop::simulated(1);
    for order in dearer.orders.iter_mut().filter(|order| order.at_us >= AS_OF_US - 110 * 86_400_000_000) {
        order.minor_units *= 10;
    }
    desk.write("orders.csv", dearer.csv());
    let ran = desk.succeed(line);
    assert!(
        ran.stdout.starts_with("recalibrate: ranking holds") && ran.stdout.contains("next: tenure train"),
        "{}",
        ran.stdout
    );
}

#[test]
fn a_bundle_of_before_profiles_says_that_shifts_cannot_be_told() {
    let desk = Desk::new();
    desk.succeed("train --orders orders.csv --as-of 2021-06-01 --out shop.tenure");
    let bundle = decode(&desk.bytes("shop.tenure"), &Limits::default()).unwrap();
    let old: Vec<_> = bundle
        .parts
        .into_iter()
        .filter(|part| ["orders", "spend", "level", "rfm"].contains(&part.name.as_str()))
        .collect();
    assert_eq!(old.len(), 4);
    desk.write("old.tenure", encode(bundle.manifest, &old).unwrap());
    let orders = "--orders orders.csv --as-of 2021-12-31";
    let ran = desk.succeed(&format!("drift --bundle old.tenure {orders}"));
    assert!(ran.stdout.contains("keeps no profile of its training"), "{}", ran.stdout);
    // Its recipe is taken for the usual one.
    desk.succeed(&format!("compare old.tenure shop.tenure {orders}"));
}

#[test]
fn what_a_registry_cannot_do_is_refused() {
    let desk = Desk::new();
    desk.retrain(AS_OF, "--promote-if-better --out shop.tenure");
    let before = desk.registry();
    desk.write("file", "");
    let train = format!("train --orders orders.csv --as-of {AS_OF}");
    let drift = "drift --bundle shop.tenure --orders orders.csv --as-of";
    let compare = "compare shop.tenure shop.tenure --orders orders.csv --as-of";
    for (line, code, part) in [
        (train.clone(), 2, "--out"),
        (format!("{train} --out o.tenure --promote-if-better"), 2, "--registry"),
        (format!("{train} --registry models --label Stable"), 2, "lower-case"),
        (format!("{train} --registry models --out models/shop.tenure"), 2, "name another file"),
        (format!("{train} --registry file"), 1, "cannot create file"),
        ("models list --registry nowhere".to_owned(), 2, "there is no registry in nowhere"),
        ("models label stable bg_nbd-2021-01-01-0123456789ab --registry models".to_owned(), 2, "it has"),
        ("models rollback canary --registry models".to_owned(), 2, "\"canary\""),
        ("models path canary --registry models".to_owned(), 2, "neither a label nor a version"),
        ("models rollback stable --registry models".to_owned(), 2, "nothing to go back to"),
        (format!("{drift} {AS_OF}"), 2, "choose an as-of after that"),
        (format!("{drift} 2022-06-01"), 2, "the outcome is not known yet"),
        (format!("{compare} 2022-06-01"), 2, "the outcome is not known yet"),
        ("compare shop.tenure file --orders orders.csv --as-of 2021-12-31".to_owned(), 2, "cut off"),
    ] {
        let ran = desk.run(&line);
        assert_eq!(ran.code, code, "tenure {line}: {}", ran.stderr);
        assert!(ran.stderr.contains(part), "tenure {line}: {}", ran.stderr);
        assert_eq!(desk.registry(), before, "tenure {line}");
    }
    let label = desk.text("models/stable.label");
    desk.write("models/stable.label", label.replace("versions", "version"));
    let ran = desk.run(&format!("{train} --registry models --promote-if-better"));
    assert_eq!(ran.code, 2, "{}", ran.stderr);
    assert!(ran.stderr.contains("Remove it, then set the label again"), "{}", ran.stderr);
    let listed = desk.succeed("models list --registry models").stdout;
    assert!(listed.contains("cannot be used: the label file"), "{listed}");
}

#[test]
fn a_window_that_cannot_be_judged_keeps_the_label() {
    let desk = Desk::new();
    desk.retrain(AS_OF, "--promote-if-better");
    let before = desk.stable();
    // The orders end with 2021, so nobody knows what came of the window that ends in March.
    let ran = desk.retrain("2022-03-01", "--promote-if-better");
    assert!(ran.stdout.contains("the two cannot be compared: the last order is of"), "{}", ran.stdout);
    assert_eq!(desk.stable(), before);
}
