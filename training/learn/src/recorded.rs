//! The recipe as it is kept in a bundle, so that a model can be made again as of another date.
//!
//! Most of a recipe stands in the manifest already. What decided the fits and does not is one small part.

use serde::{Deserialize, Serialize};
use tenure_behaviour::language::{Scope, compile_definitions};
use tenure_bundle::{BundleError, ChurnDefinition, InvalidChurn, Part, RawBundle, decode_part, encode_part};

use crate::candidate::OrderKind;
use crate::ladder::definitions_text;
use crate::learners::Params;
use crate::{LearnError, ModelChoice, Recipe};

const PART: &str = "recipe";

/// The part, by version; variants never change once released, new ones come last.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
enum Recorded {
    /// A purchase model, a penalizer, a level; features for trees, where they are not the standard ones.
    V1 { model: Option<Kind>, penalizer: f64, correct_level: bool, features: Option<String> },
    /// The same with settings of the trees, where they are not the usual ones.
    V2 { model: Option<Kind>, penalizer: f64, correct_level: bool, features: Option<String>, trees: String },
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
enum Kind {
    Bg,
    Mbg,
    Pareto,
    BgRegular,
    MbgRegular,
}

impl From<OrderKind> for Kind {
    fn from(kind: OrderKind) -> Self {
        match kind {
            OrderKind::BgNbd => Self::Bg,
            OrderKind::MbgNbd => Self::Mbg,
            OrderKind::ParetoNbd => Self::Pareto,
            OrderKind::BgCnbd => Self::BgRegular,
            OrderKind::MbgCnbd => Self::MbgRegular,
        }
    }
}

impl From<Kind> for OrderKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Bg => Self::BgNbd,
            Kind::Mbg => Self::MbgNbd,
            Kind::Pareto => Self::ParetoNbd,
            Kind::BgRegular => Self::BgCnbd,
            Kind::MbgRegular => Self::MbgCnbd,
        }
    }
}

/// What a bundle keeps of its recipe besides the manifest.
///
/// # Errors
/// When it has no form in postcard.
pub fn recipe_part(recipe: &Recipe) -> Result<Part, BundleError> {
    let model = match recipe.model {
        ModelChoice::Best => None,
        ModelChoice::Fixed(kind) => Some(kind.into()),
    };
    let own = recipe.definitions != Recipe::standard_definitions();
    let features = own.then(|| definitions_text(&recipe.definitions));
    let (penalizer, correct_level) = (recipe.penalizer, recipe.correct_level);
    let recorded = if recipe.trees == Recipe::standard_trees() {
        Recorded::V1 { model, penalizer, correct_level, features }
    } else {
        Recorded::V2 { model, penalizer, correct_level, features, trees: recipe.trees.told() }
    };
    encode_part(PART, &recorded)
}

/// The recipe by which a bundle was made; of one that keeps none, with the usual choices in its place.
///
/// # Errors
/// When the part does not hold what it should, as where a newer version wrote it.
pub fn recipe_of(bundle: &RawBundle) -> Result<Recipe, BundleError> {
    let part = bundle.parts.iter().find(|part| part.name == PART);
    let usual = Recorded::V1 { model: None, penalizer: 0.0, correct_level: true, features: None };
    let recorded = part.map_or(Ok(usual), |part| decode_part(PART, &part.bytes))?;
    let (model, penalizer, correct_level, features, trees) = match recorded {
        Recorded::V1 { model, penalizer, correct_level, features } => {
            (model, penalizer, correct_level, features, String::new())
        }
        Recorded::V2 { model, penalizer, correct_level, features, trees } => {
            (model, penalizer, correct_level, features, trees)
        }
    };
    let unusable = |error: LearnError| BundleError::UnusableFeatures { reason: error.to_string() };
    let trees = trees.parse::<Params>().map_err(unusable)?.on(&Recipe::standard_trees());
    let definitions = match features {
        None => Recipe::standard_definitions(),
        Some(text) => compile_definitions(&text, &Scope::features()).map_err(|errors| {
            let reason = errors.first().map_or_else(String::new, ToString::to_string);
            BundleError::UnusableFeatures { reason }
        })?,
    };
    let manifest = &bundle.manifest;
    let unusable = |error: InvalidChurn| BundleError::UnusableChurn { reason: error.to_string() };
    let churn =
        manifest.churn().map(|text| ChurnDefinition::parse(text, &[])).transpose().map_err(unusable)?;
    Ok(Recipe {
        as_of: manifest.as_of,
        horizon: manifest.horizon,
        horizons: manifest.horizons.clone(),
        clv_horizon: manifest.clv_horizon,
        discount_rate: manifest.discount_rate,
        summary_rule: manifest.summary_rule.clone(),
        model: model.map_or(ModelChoice::Best, |kind| ModelChoice::Fixed(kind.into())),
        penalizer,
        definitions,
        churn,
        trees,
        correct_level,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learners::Boosted;
    use crate::sample::{book, recipe, shop};
    use crate::train;
    use tenure_bundle::{Limits, decode, encode};

    fn bundle(recipe: &Recipe) -> RawBundle {
        let trained = train(&book(&shop(150, 700.0)), recipe).unwrap();
        decode(&trained.to_bundle().unwrap(), &Limits::default()).unwrap()
    }

    #[test]
    fn a_bundle_tells_the_recipe_it_was_made_by() {
        let usual = recipe(20_700.0);
        let own = Recipe {
            model: ModelChoice::Fixed(OrderKind::BgNbd),
            penalizer: 0.01,
            correct_level: false,
            ..usual.clone()
        };
        let trees = Boosted { depth: 5, eta: 0.03, ..Recipe::standard_trees() };
        let tuned = Recipe { trees, ..usual.clone() };
        for recipe in [usual, own, tuned] {
            let read = recipe_of(&bundle(&recipe)).unwrap();
            // The manifest holds all horizons, the default one among them.
            assert_eq!(read, Recipe { horizons: recipe.churn_horizons(), ..recipe });
        }
    }

    #[test]
    fn a_bundle_that_keeps_none_is_taken_for_a_usual_one() {
        let mut old = bundle(&recipe(20_700.0));
        let expected = recipe_of(&old).unwrap();
        old.parts.retain(|part| part.name != PART);
        assert_eq!(recipe_of(&old).unwrap(), expected);
    }

    #[test]
    fn a_recipe_of_a_newer_version_is_refused() {
        let bundle = bundle(&recipe(20_700.0));
        let mut parts = bundle.parts.clone();
        let own = parts.iter_mut().find(|part| part.name == PART).unwrap();
        own.bytes[0] = 2;
        let newer = decode(&encode(bundle.manifest, &parts).unwrap(), &Limits::default()).unwrap();
        assert!(matches!(recipe_of(&newer), Err(BundleError::InvalidPart { name, .. }) if name == PART));
    }
}
