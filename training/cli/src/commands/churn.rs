//! `--churn`: what churn is, in the behaviour language.

use std::path::Path;

use anyhow::Error;
use tenure_behaviour::expression::Definition;
use tenure_behaviour::language::{Scope, compile_definitions};
use tenure_bundle::{ChurnDefinition, Scorer};
use tenure_core::{CoreError, Duration, Horizon};
use tenure_learn::Recipe;

use crate::args::TrainArgs;
use crate::commands::check;
use crate::orders::Unusable;

const USUAL_DAYS: u32 = 90;

/// How far ahead churn looks, at which horizons it is answered, and what it is.
pub(crate) struct Asked {
    pub(crate) horizon: Horizon,
    pub(crate) horizons: Vec<Horizon>,
    /// Absent where it is no order within the horizon.
    pub(crate) churn: Option<ChurnDefinition>,
}

/// What the options say of churn; definitions of `--features` may be used by name.
///
/// # Errors
/// When the definition is none, or does not go with the horizons.
pub(crate) fn asked(args: &TrainArgs, known: &[Definition]) -> Result<Asked, Error> {
    let churn = args.churn.as_deref().map(|text| definition(text, known)).transpose()?;
    let Some(churn) = churn else {
        let horizon = args.horizon.map_or_else(usual_horizon, Ok)?;
        return Ok(Asked { horizon, horizons: horizons(args)?, churn: None });
    };
    let window = churn.window();
    if let Some(horizon) = args.horizon.filter(|horizon| *horizon != window) {
        let message = format!(
            "--churn looks {window} ahead and --horizon {horizon}: leave --horizon out, it is that of the definition"
        );
        return Err(Unusable::new(message).into());
    }
    if churn.is_no_order() {
        return Ok(Asked { horizon: window, horizons: horizons(args)?, churn: None });
    }
    if !args.horizons.is_empty() {
        let message = format!(
            "churn as {churn} is known over its own {window} and over no other horizon: leave --horizons out"
        );
        return Err(Unusable::new(message).into());
    }
    Ok(Asked { horizon: window, horizons: Vec::new(), churn: Some(churn) })
}

/// How far ahead churn looks where nothing is said.
pub(crate) fn usual_horizon() -> Result<Horizon, CoreError> {
    Horizon::new(Duration::from_days(USUAL_DAYS))
}

/// From the text itself, or `@FILE`.
fn definition(text: &str, known: &[Definition]) -> Result<ChurnDefinition, Error> {
    let refused =
        |where_: &str, error: &dyn std::fmt::Display| Unusable::new(format!("{where_}: {error}")).into();
    match text.strip_prefix('@') {
        None if Path::new(text).is_file() => {
            let message = format!("--churn {text} is a file: did you mean --churn @{text}?");
            Err(Unusable::new(message).into())
        }
        None => ChurnDefinition::parse(text, known).map_err(|error| refused("--churn", &error)),
        Some(path) => {
            let body = from_file(Path::new(path), known)?.body.to_string();
            ChurnDefinition::parse(&body, &[]).map_err(|error| refused(path, &error))
        }
    }
}

/// The definition of a file that is called churn, or its only one.
fn from_file(path: &Path, known: &[Definition]) -> Result<Definition, Error> {
    let scope = Scope { definitions: known.to_vec(), ..Scope::labels() };
    let name = path.display();
    let found = compile_definitions(&check::read(path)?, &scope)
        .map_err(|errors| Unusable::new(format!("{name} cannot be used\n\n{}", check::shown(&errors))))?;
    let only = (found.len() == 1).then(|| found[0].clone());
    let called = found.into_iter().find(|one| &*one.name == "churn").or(only);
    called.ok_or_else(|| {
        Unusable::new(format!("{name} does not say which definition is churn: write churn = … in it")).into()
    })
}

/// Most horizons of the churn curve: each is a column of the scores.
const MOST_HORIZONS: usize = 32;

fn horizons(args: &TrainArgs) -> Result<Vec<Horizon>, Unusable> {
    if args.horizons.is_empty() {
        return Ok(Recipe::standard_horizons());
    }
    if args.horizons.len() > MOST_HORIZONS {
        let message =
            format!("--horizons has {} values: at most {MOST_HORIZONS} can be kept", args.horizons.len());
        return Err(Unusable::new(message));
    }
    let mut sorted = args.horizons.clone();
    sorted.sort_unstable();
    match sorted.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => Err(Unusable::new(format!("--horizons names {} twice", pair[0]))),
        None => Ok(sorted),
    }
}

/// Refuses a horizon over which the bundle's churn says nothing.
///
/// # Errors
/// When churn is a definition over another window.
pub(crate) fn check_horizon(scorer: &Scorer, horizon: Horizon) -> Result<(), Unusable> {
    scorer.check_horizon(horizon).map_err(|error| Unusable::new(error.to_string()))
}
