//! `tenure train --registry`: what happens to a new bundle after it was trained.

use std::path::PathBuf;

use anyhow::Error;
use clap::Args;
use serde::Serialize;
use tenure_bundle::{LabelName, Limits, Registry, Scorer};
use tenure_core::Horizon;
use tenure_learn::{Comparison, Entrant, Outcome, Trained, compare, recipe_of};

use crate::bundles;
use crate::commands::compare;
use crate::orders::quoted_path;
use crate::progress::{Unit, bar};
use crate::say::say;
use crate::shop::Shop;

/// Where the bundle goes besides a file.
#[derive(Debug, Args)]
pub(crate) struct RegistryArgs {
    /// Folder of bundles with labels, made if there is none: the new bundle is added, and compared with the one
    /// in use on the newest closed window.
    #[arg(long, value_name = "DIR")]
    pub(crate) registry: Option<PathBuf>,
    /// Which label the bundle in use has.
    #[arg(long, default_value = "stable", value_name = "LABEL", requires = "registry")]
    pub(crate) label: LabelName,
    /// Move the label to the new bundle if it is better by more than chance, or if nobody has the label yet.
    #[arg(long, requires = "registry")]
    pub(crate) promote_if_better: bool,
}

impl RegistryArgs {
    /// The registry, ready to be written to; `None` where none was asked for.
    pub(crate) fn create(&self) -> Result<Option<Registry>, Error> {
        Ok(self.registry.as_deref().map(Registry::create).transpose()?)
    }
}

/// What became of a new bundle.
#[derive(Debug, Serialize)]
pub(crate) struct Enrolled {
    registry: PathBuf,
    version: String,
    label: LabelName,
    /// The version that had the label before.
    champion: Option<String>,
    /// Both on the newest closed window, where that could be told.
    comparison: Option<Comparison>,
    /// Whether the label is at the new version now and was not before.
    promoted: bool,
    /// Why, in one sentence.
    reason: String,
    /// Whose horizon both were judged over.
    #[serde(skip)]
    judged_over: String,
}

/// Whether the new bundle deserves the label.
struct Decision {
    deserves: bool,
    comparison: Option<Comparison>,
    reason: String,
    judged_over: String,
}

impl Decision {
    const fn without(deserves: bool, reason: String) -> Self {
        Self { deserves, comparison: None, reason, judged_over: String::new() }
    }
}

/// Adds a bundle, compares it with the one in use, and moves the label if that was asked for and deserved.
pub(crate) fn enrol(
    registry: &Registry,
    args: &RegistryArgs,
    shop: &Shop,
    trained: &Trained,
    bytes: &[u8],
) -> Result<Enrolled, Error> {
    let version = registry.add(bytes)?;
    let label = registry.label(&args.label)?;
    let champion = label.as_ref().map(|label| label.current().to_owned());
    let is_withdrawn = label.as_ref().is_some_and(|label| label.withdrawn.contains(&version));
    let decision = match &champion {
        None => Decision::without(true, format!("nobody has the label {} yet", args.label)),
        Some(champion) if *champion == version => {
            Decision::without(false, format!("{} is this version already", args.label))
        }
        Some(_) if is_withdrawn => {
            Decision::without(false, format!("this version was rolled back from {} before", args.label))
        }
        Some(champion) => decide(registry, champion, shop, trained, &version)?,
    };
    let promoted = decision.deserves && args.promote_if_better;
    if promoted {
        registry.move_label_from(&args.label, champion.as_deref(), &version)?;
    }
    let Decision { comparison, reason, judged_over, .. } = decision;
    let (label, registry) = (args.label.clone(), registry.folder().to_owned());
    Ok(Enrolled { registry, version, label, champion, comparison, promoted, reason, judged_over })
}

fn decide(
    registry: &Registry,
    champion: &str,
    shop: &Shop,
    trained: &Trained,
    version: &str,
) -> Result<Decision, Error> {
    let bundle = registry.bundle(champion)?;
    let recipe = recipe_of(&bundle)?;
    let stored = bundles::ready(bundle)?;
    let old = Entrant { name: champion, stored: Some(&stored), recipe: &recipe };
    let new = Entrant { name: version, stored: None, recipe: &trained.recipe };
    let _spinner = bar("comparing with the model in use", None, Unit::Customers).show();
    let compared = || {
        let of_new = shop.columns_of(&trained.recipe)?;
        let view = shop.seen_with(shop.columns_of_bundle(&stored, &recipe)?.union(of_new));
        Ok::<_, Error>(compare(&*view, trained.recipe.as_of, trained.recipe.horizon, old, new)?)
    };
    // A window that cannot be judged is no reason to fail: the model in use goes on.
    Ok(match compared() {
        Ok(comparison) => {
            let deserves = comparison.outcome == Outcome::ChallengerBetter;
            let judged_over = compare::of_challenger(recipe.horizon, trained.recipe.horizon);
            let reason = comparison.reason.clone();
            Decision { deserves, reason, judged_over, comparison: Some(comparison) }
        }
        Err(error) => Decision::without(false, format!("the two cannot be compared: {error}")),
    })
}

/// Says what became of it.
pub(crate) fn print(enrolled: &Enrolled, horizon: Horizon) {
    let Enrolled { registry, version, label, champion, comparison, promoted, reason, judged_over } = enrolled;
    say!("\nadded to {} as {version}", registry.display());
    if let Some(comparison) = comparison {
        say!("\nchampion ({label}) and challenger on the newest closed window of {horizon}");
        compare::print(comparison, judged_over);
    }
    let said = match (promoted, champion) {
        (true, Some(champion)) => {
            format!("promoted: {label} moved from {champion} to {version}, since {reason}")
        }
        (true, None) => format!("promoted: {label} is {version}, since {reason}"),
        (false, Some(champion)) => format!("kept: {label} stays at {champion}; {reason}"),
        (false, None) => format!("not labelled: {reason}"),
    };
    say!("{said}");
    if !promoted && champion.as_ref() != Some(version) {
        say!(
            "to move it all the same: tenure models label {label} {version} --registry {}",
            quoted_path(registry)
        );
    }
}

/// A bundle from memory, as anybody would load it.
pub(crate) fn load(bytes: &[u8]) -> Result<Scorer, Error> {
    Ok(Scorer::from_bytes(bytes, &Limits::default())?)
}
