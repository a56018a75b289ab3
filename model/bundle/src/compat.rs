//! Manifests as they stand in files, one struct per format version.
//!
//! A struct here never changes once a release has written it. A new format adds `ManifestV2`, gives
//! [`Manifest`] what is new, and turns every older struct into it with `From`, which says what an old file
//! means where it is silent. So old files keep loading, and no other code knows that they exist.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tenure_behaviour::SummaryRule;
use tenure_core::{AsOf, Currency, DiscountRate, Horizon};

use crate::manifest::{BacktestRow, DataFingerprint, FeatureSchema, PartEntry};
use crate::strict::{at_most, distinct_keys};
use crate::{BundleError, Manifest, Part};

/// The newest format that this program reads and writes.
///
/// Format 2 has the manifest of format 1, and parts that a reader of format 1 does not know but scores need. Such a
/// reader scored by the part `orders` and passed over what it did not know: it would have given other scores without
/// a word. A bundle without such parts is still written in format 1, so that all readers go on reading it.
pub const FORMAT_VERSION: u32 = 2;

/// What readers of format 1 score by.
const SCORED_BY: &str = "orders";

/// The parts that readers of format 1 know, and those that no score needs.
const PARTS_V1: [&str; 9] =
    ["orders", "spend", "level", "rfm", "recipe", "profile", "typical", "typical_gap", "no_trees"];

/// The oldest format in which a bundle with these parts says the same to every reader: either it scores alike, or it
/// refuses the file.
pub(crate) fn format_of(parts: &[Part]) -> u32 {
    let is_scored = parts.iter().any(|part| part.name == SCORED_BY);
    let is_newer = parts.iter().any(|part| !PARTS_V1.contains(&part.name.as_str()));
    if is_scored && is_newer { 2 } else { 1 }
}

/// The manifest of formats 1 and 2.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ManifestV1 {
    format_version: u32,
    model_version: String,
    model: String,
    as_of: AsOf,
    horizon: Horizon,
    #[serde(deserialize_with = "at_most::<100, _, _>")]
    horizons: Vec<Horizon>,
    clv_horizon: Horizon,
    discount_rate: DiscountRate,
    currency: Currency,
    summary_rule: SummaryRule,
    features: FeatureSchema,
    #[serde(deserialize_with = "at_most::<10_000, _, _>")]
    backtest: Vec<BacktestRow>,
    data: DataFingerprint,
    #[serde(deserialize_with = "distinct_keys::<1_000, _, _>")]
    crates: BTreeMap<String, String>,
    #[serde(deserialize_with = "at_most::<1_000, _, _>")]
    notes: Vec<String>,
    #[serde(deserialize_with = "at_most::<10_000, _, _>")]
    parts: Vec<PartEntry>,
}

/// Reads the manifest of a file of format `version`.
pub(crate) fn read_manifest(version: u32, json: &[u8]) -> Result<Manifest, BundleError> {
    match version {
        0 => Err(BundleError::UnknownFormat { version }),
        1 | 2 => serde_json::from_slice::<ManifestV1>(json)
            .map(Manifest::from)
            .map_err(|source| BundleError::InvalidManifest { source }),
        _ => Err(BundleError::NewerFormat { version, newest: FORMAT_VERSION }),
    }
}

impl From<ManifestV1> for Manifest {
    fn from(v1: ManifestV1) -> Self {
        Self {
            format_version: v1.format_version,
            model_version: v1.model_version,
            model: v1.model,
            as_of: v1.as_of,
            horizon: v1.horizon,
            horizons: v1.horizons,
            clv_horizon: v1.clv_horizon,
            discount_rate: v1.discount_rate,
            currency: v1.currency,
            summary_rule: v1.summary_rule,
            features: v1.features,
            backtest: v1.backtest,
            data: v1.data,
            crates: v1.crates,
            notes: v1.notes,
            parts: v1.parts,
        }
    }
}

impl From<Manifest> for ManifestV1 {
    fn from(manifest: Manifest) -> Self {
        Self {
            format_version: manifest.format_version,
            model_version: manifest.model_version,
            model: manifest.model,
            as_of: manifest.as_of,
            horizon: manifest.horizon,
            horizons: manifest.horizons,
            clv_horizon: manifest.clv_horizon,
            discount_rate: manifest.discount_rate,
            currency: manifest.currency,
            summary_rule: manifest.summary_rule,
            features: manifest.features,
            backtest: manifest.backtest,
            data: manifest.data,
            crates: manifest.crates,
            notes: manifest.notes,
            parts: manifest.parts,
        }
    }
}
