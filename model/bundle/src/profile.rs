//! How the customers of training were spread over what the model reads of them.
//!
//! A model is asked about customers of tomorrow. Whether they are still like those of training can be told
//! only if something of these was kept: for each feature about ten bins and how many customers fell into
//! each. Edges are rounded to three digits, so that none of them is some customer's spend.

use serde::{Deserialize, Serialize};

use crate::manifest::is_name;
use crate::part::{Part, encode_part};
use crate::{BundleError, RawBundle};

/// Name of the part; a bundle without it is older or was made without.
const PART: &str = "profile";

/// Bins of a feature, where its values allow so many.
const BINS: usize = 10;

/// Most bins and most features that are read from a file.
const MAX_BINS: usize = 64;
const MAX_FEATURES: usize = 1_000;

/// The customers of training, spread over the features.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "UncheckedProfile")]
pub struct Profile {
    /// Customers that are spread.
    pub customers: u64,
    /// Whole days within which all of them made their first order: older customers were not known yet.
    pub longest_age_days: u32,
    /// One for each feature, in the order of the schema.
    pub features: Vec<FeatureProfile>,
}

/// How one feature was spread.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "UncheckedFeature")]
pub struct FeatureProfile {
    name: String,
    edges: Vec<f64>,
    counts: Vec<u64>,
    missing: u64,
}

/// A profile as it stands in a file, before anybody looked at it.
#[derive(Deserialize)]
struct UncheckedProfile {
    customers: u64,
    longest_age_days: u32,
    features: Vec<FeatureProfile>,
}

#[derive(Deserialize)]
struct UncheckedFeature {
    name: String,
    edges: Vec<f64>,
    counts: Vec<u64>,
    missing: u64,
}

/// A profile that does not add up.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the profile does not add up: {what}")]
struct InvalidProfile {
    what: String,
}

impl Profile {
    /// The profile of a bundle; `None` where it was made without.
    ///
    /// # Errors
    /// When the part does not hold what it should.
    pub fn of(bundle: &RawBundle) -> Result<Option<Self>, BundleError> {
        bundle.optional(PART)
    }

    /// The part of a bundle that holds it.
    ///
    /// # Errors
    /// When it has no form in postcard.
    pub fn to_part(&self) -> Result<Part, BundleError> {
        encode_part(PART, self)
    }
}

impl FeatureProfile {
    /// Bins of nearly equal count over values, of which absent ones are counted apart.
    ///
    /// A value that is not finite counts as absent. Many equal values share a bin, so there may be fewer than
    /// ten; where all are equal there are two, that value and below, and above it.
    ///
    /// ```
    /// use tenure_bundle::FeatureProfile;
    /// let orders = [0.0, 0.0, 0.0, 1.0, 2.0, 5.0].map(Some);
    /// let profile = FeatureProfile::fit("frequency", &orders);
    /// assert_eq!(profile.counts(), [3, 1, 1, 1]);
    /// // Later more of them come back.
    /// assert_eq!(profile.spread(&[Some(0.0), Some(2.0), Some(9.0), None]), [1, 0, 1, 1, 1]);
    /// ```
    #[must_use]
    pub fn fit(name: &str, values: &[Option<f64>]) -> Self {
        let mut known: Vec<f64> =
            values.iter().flatten().copied().filter(|value| value.is_finite()).collect();
        known.sort_by(f64::total_cmp);
        let last = known.last().map(|value| rounded(*value));
        let mut edges: Vec<f64> = Vec::with_capacity(BINS);
        for bin in 1..BINS {
            let Some(value) = known.get((known.len() * bin / BINS).saturating_sub(1)) else { continue };
            let edge = rounded(*value);
            let rises = edges.last().is_none_or(|before| *before < edge);
            // An edge at the very end would leave nothing above it, unless it is the only one.
            if rises && (edges.is_empty() || last.is_some_and(|last| edge < last)) {
                edges.push(edge);
            }
        }
        let mut profile = Self { name: name.to_owned(), edges, counts: Vec::new(), missing: 0 };
        let mut counts = profile.spread(values);
        profile.missing = counts.pop().unwrap_or(0);
        profile.counts = counts;
        profile
    }

    /// How many of other values fall into each bin, and last, how many are absent or not finite.
    #[must_use]
    pub fn spread(&self, values: &[Option<f64>]) -> Vec<u64> {
        let mut counts = vec![0; self.edges.len() + 2];
        for value in values {
            let known = value.filter(|value| value.is_finite());
            let bin =
                known.map_or(self.edges.len() + 1, |value| self.edges.partition_point(|edge| *edge < value));
            counts[bin] += 1;
        }
        counts
    }

    /// Its name, as in the feature schema.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Upper ends of all bins but the last, which has none; each belongs to the bin below it.
    #[must_use]
    pub fn edges(&self) -> &[f64] {
        &self.edges
    }

    /// Customers in each bin.
    #[must_use]
    pub fn counts(&self) -> &[u64] {
        &self.counts
    }

    /// Customers of whom the feature is not known.
    #[must_use]
    pub const fn missing(&self) -> u64 {
        self.missing
    }
}

/// To three significant digits, by way of text: the same on every machine. What would leave the range of
/// floats by that stays as it is.
pub(crate) fn rounded(value: f64) -> f64 {
    format!("{value:.2e}").parse().ok().filter(|rounded: &f64| rounded.is_finite()).unwrap_or(value)
}

impl TryFrom<UncheckedFeature> for FeatureProfile {
    type Error = InvalidProfile;
    fn try_from(file: UncheckedFeature) -> Result<Self, InvalidProfile> {
        let UncheckedFeature { name, edges, counts, missing } = file;
        let invalid = |what: &str| Err(InvalidProfile { what: format!("{what} of {name:?}") });
        if !is_name(&name) {
            return invalid("the name");
        }
        let rises = edges.is_sorted_by(|lower, upper| lower < upper);
        if edges.len() >= MAX_BINS || !rises || !edges.iter().all(|edge| edge.is_finite()) {
            return invalid("the edges");
        }
        if counts.len() != edges.len() + 1 {
            return invalid("the number of bins");
        }
        Ok(Self { name, edges, counts, missing })
    }
}

impl TryFrom<UncheckedProfile> for Profile {
    type Error = InvalidProfile;
    fn try_from(file: UncheckedProfile) -> Result<Self, InvalidProfile> {
        let UncheckedProfile { customers, longest_age_days, features } = file;
        if features.len() > MAX_FEATURES {
            return Err(InvalidProfile { what: format!("{} features", features.len()) });
        }
        for feature in &features {
            let sum = feature.counts.iter().try_fold(feature.missing, |sum, count| sum.checked_add(*count));
            if sum != Some(customers) {
                return Err(InvalidProfile { what: format!("the counts of {:?}", feature.name) });
            }
        }
        Ok(Self { customers, longest_age_days, features })
    }
}
