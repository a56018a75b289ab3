//! Profiles in bundles: bounded, checked, and absent in old files.

use proptest::collection::vec;
use proptest::prelude::*;
use tenure_bundle::{BundleError, FeatureProfile, Limits, Part, Profile, decode, encode, encode_part};

use crate::common;

fn profile(values: &[Option<f64>]) -> Profile {
    let features = vec![FeatureProfile::fit("frequency", values), FeatureProfile::fit("mean_spend", values)];
    Profile { customers: values.len() as u64, longest_age_days: 400, features }
}

fn through_a_bundle(part: Part) -> Result<Option<Profile>, BundleError> {
    let bytes = encode(common::manifest(), &[common::parts(), vec![part]].concat()).unwrap();
    Profile::of(&decode(&bytes, &Limits::default()).unwrap())
}

#[test]
fn a_bundle_without_one_has_none() {
    let bundle = decode(&common::bundle(), &Limits::default()).unwrap();
    assert_eq!(Profile::of(&bundle).unwrap(), None);
    let golden = include_bytes!("../golden/v1.tenure");
    assert_eq!(Profile::of(&decode(golden, &Limits::default()).unwrap()).unwrap(), None);
}

#[test]
fn no_edge_is_a_customers_spend() {
    let spend: Vec<Option<f64>> = (0..100).map(|i| Some(123.456 + 7.891 * f64::from(i))).collect();
    let fitted = FeatureProfile::fit("mean_spend", &spend);
    assert_eq!(fitted.edges().len(), 9);
    for edge in fitted.edges() {
        assert!(!spend.contains(&Some(*edge)), "{edge}");
        assert_eq!(edge.to_string().len(), 3, "{edge} has three digits");
    }
    assert!(fitted.counts().iter().all(|count| (9..=11).contains(count)), "{:?}", fitted.counts());
}

#[test]
fn what_does_not_add_up_is_refused() {
    // As the part is laid out: name, edges, counts, missing.
    type Feature<'a> = (&'a str, &'a [f64], &'a [u64], u64);
    let lie = |customers: u64, feature: Feature<'_>| {
        through_a_bundle(encode_part("profile", &(customers, 400_u32, vec![feature])).unwrap())
    };
    assert!(lie(7, ("frequency", &[0.0, 1.0], &[3, 2, 1], 1)).unwrap().is_some());
    let wide: Vec<f64> = (0..64).map(f64::from).collect();
    for (customers, feature) in [
        (7, ("Frequency", &[0.0, 1.0][..], &[3, 2, 1][..], 1)),
        (7, ("frequency", &[1.0, 1.0], &[3, 2, 1], 1)),
        (7, ("frequency", &[0.0, f64::NAN], &[3, 2, 1], 1)),
        (7, ("frequency", &[0.0, f64::INFINITY], &[3, 2, 1], 1)),
        (7, ("frequency", &[0.0, 1.0], &[3, 2], 2)),
        (8, ("frequency", &[0.0, 1.0], &[3, 2, 1], 1)),
        (7, ("frequency", &[0.0, 1.0], &[u64::MAX, 8, 0], 0)),
        (65, ("frequency", &wide, &[1; 65], 0)),
    ] {
        let error = lie(customers, feature).unwrap_err();
        assert!(matches!(&error, BundleError::InvalidPart { name, .. } if name == "profile"), "{error}");
    }
}

fn values() -> impl Strategy<Value = Vec<Option<f64>>> {
    let value = prop_oneof![
        4 => (-5..9_i32).prop_map(f64::from),
        2 => -1e9..1e9_f64,
        1 => Just(f64::NAN),
        1 => Just(f64::MAX),
    ];
    vec(proptest::option::weighted(0.9, value), 0..200)
}

proptest! {
    #[test]
    fn any_profile_reads_back_and_loses_nobody(values in values(), others in values()) {
        let fitted = profile(&values);
        let read = through_a_bundle(fitted.to_part().unwrap()).unwrap();
        prop_assert_eq!(read.as_ref(), Some(&fitted));
        for feature in &fitted.features {
            prop_assert!(feature.counts().len() <= 10);
            let spread = feature.spread(&others);
            prop_assert_eq!(spread.iter().sum::<u64>(), others.len() as u64);
            let again = [feature.counts(), &[feature.missing()]].concat();
            prop_assert_eq!(feature.spread(&values), again);
        }
    }
}
