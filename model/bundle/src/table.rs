//! Bundles of flat tables: a model that reads columns instead of histories, in the same container.

use std::path::Path;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tenure_predict::{ColumnKind, TableModel};

use crate::container::{RawBundle, decode, encode};
use crate::part::encode_part;
use crate::{BundleError, Limits, Manifest, read_file};

/// The part that tells a bundle of a table from one of orders.
const MODEL_PART: &str = "table";
const QUESTION_PART: &str = "question";

/// What was asked of a table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TableQuestion {
    /// The column that says who left.
    pub target: String,
    /// The word in it that says so.
    pub positive: String,
    /// The column of customer ids, if one was named.
    pub id: Option<String>,
}

/// A loaded bundle of a flat table, ready to score.
#[derive(Clone, Debug, PartialEq)]
pub struct TableScorer {
    manifest: Manifest,
    model_version: Arc<str>,
    question: TableQuestion,
    model: TableModel,
}

impl TableScorer {
    /// Writes a bundle into memory; the same input gives the same bytes.
    ///
    /// # Errors
    /// As [`encode`].
    pub fn to_bundle(
        manifest: Manifest,
        question: &TableQuestion,
        model: &TableModel,
    ) -> Result<Vec<u8>, BundleError> {
        encode(manifest, &[encode_part(MODEL_PART, model)?, encode_part(QUESTION_PART, question)?])
    }

    /// Whether a bundle is one of a table.
    #[must_use]
    pub fn is_in(bundle: &RawBundle) -> bool {
        bundle.parts.iter().any(|part| part.name == MODEL_PART)
    }

    /// Loads a bundle.
    ///
    /// # Errors
    /// When the file cannot be read, is damaged, is a bundle of orders, or holds a number that no model can have.
    pub fn open(path: &Path, limits: &Limits) -> Result<Self, BundleError> {
        Self::from_bundle(read_file(path, limits)?)
    }

    /// A scorer from the bytes of a bundle.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn from_bytes(bytes: &[u8], limits: &Limits) -> Result<Self, BundleError> {
        Self::from_bundle(decode(bytes, limits)?)
    }

    fn from_bundle(bundle: RawBundle) -> Result<Self, BundleError> {
        if !Self::is_in(&bundle) {
            return Err(BundleError::OfOrders);
        }
        let (model, question) = parts(&bundle)?;
        let model_version = bundle.manifest.model_version.as_str().into();
        Ok(Self { manifest: bundle.manifest, model_version, question, model })
    }

    /// What the bundle says about itself.
    #[must_use]
    pub const fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Name and hash of the model, as in every score.
    #[must_use]
    pub const fn model_version(&self) -> &Arc<str> {
        &self.model_version
    }

    /// What was asked in training.
    #[must_use]
    pub const fn question(&self) -> &TableQuestion {
        &self.question
    }

    /// The model.
    #[must_use]
    pub const fn model(&self) -> &TableModel {
        &self.model
    }
}

fn parts(bundle: &RawBundle) -> Result<(TableModel, TableQuestion), BundleError> {
    let model = bundle.value(MODEL_PART)?;
    Ok((model, bundle.value(QUESTION_PART)?))
}

/// What a bundle of a table says of itself, by label; `None` for any other bundle.
pub(crate) fn facts(bundle: &RawBundle) -> Option<Vec<(&'static str, String)>> {
    let (model, TableQuestion { target, positive, id }) = parts(bundle).ok()?;
    let columns = model.columns().columns().iter().map(|column| match &column.kind {
        ColumnKind::Number => format!("{}: a number", column.name),
        ColumnKind::Category(words) => format!("{}: one of {}", column.name, words.join(", ")),
    });
    let members =
        model.members().iter().map(|member| format!("{:.0} % {}", 100.0 * member.weight, member.name));
    let mut facts = vec![
        ("asks", format!("whether {target} is {positive}")),
        ("customer ids", id.unwrap_or_else(|| "none: rows are numbered".to_owned())),
        (
            "data",
            format!(
                "{} rows, sha256 {}",
                bundle.manifest.data.customers,
                bundle.manifest.data.sha256.short()
            ),
        ),
        ("hears", members.collect::<Vec<_>>().join(", ")),
    ];
    facts.extend(columns.enumerate().map(|(at, column)| (if at == 0 { "columns" } else { "" }, column)));
    Some(facts)
}
