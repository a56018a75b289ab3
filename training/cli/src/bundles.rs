//! Bundles that are opened to be used.

use std::path::Path;

use anyhow::Error;
use tenure_bundle::{Limits, RawBundle, Scorer, read_file, warm_up};

use crate::inputs;

/// The file that `option` names.
///
/// # Errors
/// When there is none, it cannot be read, or it is damaged.
pub(crate) fn read(option: &str, path: &Path) -> Result<RawBundle, Error> {
    inputs::bundle(option, path)?;
    Ok(read_file(path, &Limits::default())?)
}

/// A bundle that answers, tried on made-up customers: a whole file may still hold a model whose answers are no numbers.
///
/// # Errors
/// When it cannot be read, is damaged, holds no model, or one that answers nonsense.
pub(crate) fn open(path: &Path) -> Result<Scorer, Error> {
    ready(read("--bundle", path)?)
}

/// The same for one that was read already.
///
/// # Errors
/// When it holds no model, or one that answers nonsense.
pub(crate) fn ready(bundle: RawBundle) -> Result<Scorer, Error> {
    let scorer = Scorer::from_raw(bundle)?;
    warm_up(&scorer, scorer.manifest().as_of)?;
    Ok(scorer)
}
