//! What a bundle says about itself.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tenure_behaviour::SummaryRule;
use tenure_core::{AsOf, Currency, DiscountRate, Horizon, Timestamp};
use tenure_predict::{ChurnMeasures, ValueMeasures};

use crate::compat::ManifestV1;
use crate::strict::at_most;
use crate::{BundleError, Digest};

/// Everything a bundle says about itself; no customer's data, and no time but those of the data.
///
/// What depends on the clock of the machine that trained is left out on purpose: the same data and the
/// same recipe give the same bytes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "ManifestV1", into = "ManifestV1")]
pub struct Manifest {
    /// Format of the file; [`encode`](crate::encode) fills it in.
    pub format_version: u32,
    /// Name of this model among others: kind, as-of date and a hash of all that scores depend on, such as
    /// `bg_nbd-1997-10-01-3fa9c2d1e0ab`. [`encode`](crate::encode) fills it in.
    pub model_version: String,
    /// Name of the chosen model, such as `bg_nbd`.
    pub model: String,
    /// The instant at which training stood: it used only what was known before.
    pub as_of: AsOf,
    /// Default horizon of the churn probability.
    pub horizon: Horizon,
    /// Horizons at which churn is answered, shortest first, at least one.
    pub horizons: Vec<Horizon>,
    /// Default horizon of the customer lifetime value.
    pub clv_horizon: Horizon,
    /// Default annual discount rate of the customer lifetime value.
    pub discount_rate: DiscountRate,
    /// The reporting currency.
    pub currency: Currency,
    /// How histories are summed up, in serving as in training.
    pub summary_rule: SummaryRule,
    /// What the features are and where their definitions came from.
    pub features: FeatureSchema,
    /// How each candidate did in the rolling-origin backtest.
    pub backtest: Vec<BacktestRow>,
    /// Which data the model was trained on, in totals.
    pub data: DataFingerprint,
    /// Versions of the crates that trained, by name.
    pub crates: BTreeMap<String, String>,
    /// Remarks for people: warnings of the fit, a choice that had to be made.
    pub notes: Vec<String>,
    /// What follows the manifest, in order; [`encode`](crate::encode) fills it in.
    pub parts: Vec<PartEntry>,
}

/// What the features are and where their definitions came from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FeatureSchema {
    /// Sources in the behaviour language; empty where only the purchase models' own inputs were used. The one named
    /// `churn` says what churn is, where that is not no order.
    #[serde(deserialize_with = "at_most::<1_000, _, _>")]
    pub sources: Vec<BehaviourSource>,
    /// Names of the kinds of events that features read, in the order of their names; empty where there are no features.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "at_most::<1_000, _, _>")]
    pub kinds: Vec<String>,
    /// Hash of the names and types of all features, in order.
    pub schema_sha256: Digest,
}

/// One file in the behaviour language, whole: a bundle refers to no other file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BehaviourSource {
    /// Name of the file.
    pub name: String,
    /// Hash of `text`.
    pub sha256: Digest,
    /// The source.
    pub text: String,
}

/// How one candidate did from one origin of the backtest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BacktestRow {
    /// Name of the candidate, such as `pareto_nbd` or `naive_rate`.
    pub candidate: String,
    /// The as-of from which it predicted.
    pub origin: Timestamp,
    /// How far it looked ahead.
    pub horizon: Horizon,
    /// How many customers were judged.
    pub customers: u64,
    /// How good its probabilities of churn were; absent if it gives none.
    pub churn: Option<ChurnMeasures>,
    /// How good its predicted spend was; absent if it gives none.
    pub value: Option<ValueMeasures>,
    /// Whether it was chosen.
    pub chosen: bool,
}

/// Which data the model was trained on, in totals.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DataFingerprint {
    /// Customers with at least one order.
    pub customers: u64,
    /// Orders.
    pub orders: u64,
    /// Refunds.
    pub refunds: u64,
    /// The earliest event.
    pub first_event: Timestamp,
    /// The latest event.
    pub last_event: Timestamp,
    /// Hash of the events in their canonical order.
    pub sha256: Digest,
}

/// Where one part lies and what it hashes to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PartEntry {
    /// Its name: 1 to 64 lower-case letters, digits and `_`.
    pub name: String,
    /// Where it begins, in bytes from the end of the manifest.
    pub offset: u64,
    /// Its length in bytes.
    pub length: u64,
    /// Hash of its bytes.
    pub sha256: Digest,
}

/// Name of the source that defines churn.
pub(crate) const CHURN_SOURCE: &str = "churn";

impl BehaviourSource {
    /// The source of a definition of churn, as a manifest keeps it.
    #[must_use]
    pub fn of_churn(definition: &str) -> Self {
        let text = definition.to_owned();
        Self { name: CHURN_SOURCE.to_owned(), sha256: Digest::of(text.as_bytes()), text }
    }
}

impl Manifest {
    /// What churn is, in the behaviour language; `None` where it is no order within the horizon.
    #[must_use]
    pub fn churn(&self) -> Option<&str> {
        let own = self.features.sources.iter().find(|source| source.name == CHURN_SOURCE);
        own.map(|source| source.text.as_str())
    }

    /// Whether no as-of was given, as for a flat table whose day is not known. The format has no place for that, so
    /// it holds the first instant of 1970, and nobody is shown it.
    #[must_use]
    pub const fn is_undated(&self) -> bool {
        self.as_of.instant().microseconds() == 0
    }

    /// The model version that follows from kind, as-of (its date in the shop's time zone, if it was given) and
    /// everything that a score depends on: the parts, the default horizons and rate, the currency and the summary
    /// rule.
    #[must_use]
    pub fn derived_model_version(&self) -> String {
        let hash = self.hash();
        if self.is_undated() { format!("{}-{hash}", self.model) } else { self.dated_model_version(&hash) }
    }

    fn dated_model_version(&self, hash: &str) -> String {
        let date = self.summary_rule.time_zone.date(self.as_of.instant());
        format!("{}-{date}-{hash}", self.model)
    }

    fn hash(&self) -> String {
        let Self { as_of, horizon, horizons, clv_horizon, discount_rate, currency, summary_rule, .. } = self;
        let settings = (as_of, horizon, horizons, clv_horizon, discount_rate, currency, summary_rule);
        // All of these are numbers and text, which JSON can always hold.
        let settings = serde_json::to_vec(&settings).unwrap_or_default();
        let parts = self.parts.iter().map(|part| part.sha256.as_bytes().as_slice());
        Digest::of_all(parts.chain([settings.as_slice()])).short()
    }

    /// Refuses a manifest that contradicts itself.
    pub(crate) fn check(&self) -> Result<(), BundleError> {
        if !is_name(&self.model) {
            return Err(BundleError::InvalidModelName { name: self.model.clone() });
        }
        let rises = self.horizons.is_sorted_by(|shorter, longer| shorter < longer);
        if self.horizons.is_empty() || !rises {
            return Err(BundleError::InvalidHorizons);
        }
        let damaged = |source: &&BehaviourSource| Digest::of(source.text.as_bytes()) != source.sha256;
        if let Some(source) = self.features.sources.iter().find(damaged) {
            return Err(BundleError::SourceDamaged { name: source.name.clone() });
        }
        let derived = self.derived_model_version();
        // Undated bundles of before are called after the first day of 1970.
        let is_of_before = self.is_undated() && self.model_version == self.dated_model_version(&self.hash());
        if self.model_version != derived && !is_of_before {
            return Err(BundleError::ModelVersionMismatch { stated: self.model_version.clone(), derived });
        }
        Ok(())
    }
}

/// Whether a name is safe in a version, a path and a terminal: 1 to 64 lower-case letters, digits and `_`.
pub(crate) fn is_name(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    (1..=64).contains(&name.len()) && name.bytes().all(plain)
}
