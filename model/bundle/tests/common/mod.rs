//! A small bundle that the tests of this folder share.

use std::collections::BTreeMap;

use tenure_behaviour::{OccasionRule, SummaryRule};
use tenure_bundle::{
    BacktestRow, BehaviourSource, DataFingerprint, Digest, FeatureSchema, Manifest, Part, encode, encode_part,
};
use tenure_core::{AsOf, Currency, DiscountRate, Horizon, TimeZone, Timestamp};
use tenure_predict::{ChurnMeasures, ValueMeasures};

pub(crate) fn instant(text: &str) -> Timestamp {
    Timestamp::parse(text, &TimeZone::utc()).unwrap()
}

pub(crate) fn horizon(text: &str) -> Horizon {
    text.parse().unwrap()
}

/// What the golden file of format 1 says; the three fields that `encode` fills in are left blank.
pub(crate) fn manifest() -> Manifest {
    let text = "count(order, 90d) >= 2".to_owned();
    Manifest {
        format_version: 0,
        model_version: String::new(),
        model: "mbg_nbd".to_owned(),
        as_of: AsOf::new(instant("1997-10-01")),
        horizon: horizon("90d"),
        horizons: ["30d", "90d", "365d"].map(horizon).to_vec(),
        clv_horizon: horizon("365d"),
        discount_rate: DiscountRate::new(0.10).unwrap(),
        currency: Currency::USD,
        summary_rule: SummaryRule { occasion: OccasionRule::Day, time_zone: TimeZone::utc() },
        features: FeatureSchema {
            sources: vec![BehaviourSource {
                name: "repeat.txt".to_owned(),
                sha256: Digest::of(text.as_bytes()),
                text,
            }],
            kinds: Vec::new(),
            schema_sha256: Digest::of(b"frequency:u32"),
        },
        backtest: vec![row("naive_rate", false), row("mbg_nbd", true)],
        data: DataFingerprint {
            customers: 23_570,
            orders: 69_659,
            refunds: 0,
            first_event: instant("1997-01-01"),
            last_event: instant("1997-09-30T18:30:00Z"),
            sha256: Digest::of(b"orders"),
        },
        crates: BTreeMap::from([("tenure-btyd".to_owned(), "0.1.0".to_owned())]),
        notes: vec!["No refunds in the data: net spend is gross spend.".to_owned()],
        parts: Vec::new(),
    }
}

fn row(candidate: &str, chosen: bool) -> BacktestRow {
    let churn = ChurnMeasures {
        auc: Some(0.7625),
        average_precision: Some(0.8125),
        brier: 0.165,
        log_loss: 0.511,
        calibration_error: 0.0489,
    };
    let value = ValueMeasures {
        gini: Some(0.6973),
        spearman: Some(0.4336),
        top_decile_share: Some(0.5),
        decile_error: None,
        mae: 32.1,
        bias: Some(-0.1),
    };
    BacktestRow {
        candidate: candidate.to_owned(),
        origin: instant("1997-07-03"),
        horizon: horizon("90d"),
        customers: 23_570,
        churn: Some(ChurnMeasures { auc: chosen.then_some(0.7625), ..churn }),
        value: chosen.then_some(value),
        chosen,
    }
}

pub(crate) fn parts() -> Vec<Part> {
    vec![
        encode_part("btyd", &[0.525_f64, 6.183, 0.891, 1.614]).unwrap(),
        encode_part("empty", &()).unwrap(),
        encode_part("names", &["a", "b"]).unwrap(),
    ]
}

pub(crate) fn bundle() -> Vec<u8> {
    encode(manifest(), &parts()).unwrap()
}

/// Where the parts of a bundle begin.
pub(crate) fn parts_at(bundle: &[u8]) -> usize {
    56 + u32::from_le_bytes(bundle[20..24].try_into().unwrap()) as usize
}

/// A file with a right header and right hash around any manifest: what a liar would write.
pub(crate) fn seal(manifest: &[u8], parts: &[u8]) -> Vec<u8> {
    let mut file = b"TENURE\r\n\x01\0\0\0".to_vec();
    file.extend_from_slice(&((56 + manifest.len() + parts.len()) as u64).to_le_bytes());
    file.extend_from_slice(&(manifest.len() as u32).to_le_bytes());
    let hash = Digest::of(&[file.as_slice(), manifest].concat());
    [file.as_slice(), hash.as_bytes(), manifest, parts].concat()
}
