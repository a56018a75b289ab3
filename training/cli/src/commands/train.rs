//! `tenure train`.

use std::path::Path;

use anyhow::Error;
use serde::Serialize;
use tenure_behaviour::expression::Definition;
use tenure_behaviour::language::Survey;
use tenure_behaviour::{OccasionRule, SummaryRule};
use tenure_btyd::FitReport;
use tenure_learn::learners::Boosted;
use tenure_learn::{FactSource, Recipe, Trained, Tuning};

use crate::args::{Occasion, TrainArgs};
use crate::commands::retrain::{self, Enrolled};
use crate::commands::{churn, features, print_json};
use crate::history::History;
use crate::orders::{self, Unusable};
use crate::progress::{Unit, bar};
use crate::say::{complain, say};
use crate::shop::{Read, Shop};

/// What `--json` prints.
#[derive(Debug, Serialize)]
struct Report<'a> {
    model_version: &'a str,
    candidate: &'a str,
    order_fit: &'a FitReport,
    spend_fit: &'a FitReport,
    notes: &'a [String],
    #[serde(flatten)]
    read: &'a Read,
    /// What became of it in the registry; absent without one.
    #[serde(skip_serializing_if = "Option::is_none")]
    registry: Option<&'a Enrolled>,
}

pub(crate) fn run(args: &TrainArgs, json: bool) -> Result<(), Error> {
    let history = args.history.chosen()?;
    let recipe = recipe(args)?;
    if let Some(out) = &args.out {
        // A file of its own in the registry would be taken for one of its bundles, or replace one.
        let registry = args.registry.registry.as_deref();
        let inputs: Vec<&Path> = [args.history.path()].into_iter().chain(registry).collect();
        orders::check_out(out, &inputs)?;
    }
    let registry = args.registry.create()?;
    let (shop, trained) = train(&history, &recipe, args, json)?;
    if let Some(silence) = shop.silence(recipe.as_of) {
        complain!("warning: {silence}");
    }
    let bytes = trained.to_bundle()?;
    // A bundle that does not load is found here, not on the server.
    let scorer = retrain::load(&bytes)?;
    if let Some(out) = &args.out {
        tenure_bundle::write_file(out, &bytes)?;
    }
    if !json {
        print_report(&trained, scorer.model_version());
    }
    let enrol = |registry| retrain::enrol(registry, &args.registry, &shop, &trained, &bytes);
    let enrolled = registry.as_ref().map(enrol).transpose()?;
    if json {
        return print_json(&Report {
            model_version: scorer.model_version(),
            candidate: &trained.candidate,
            order_fit: &trained.order_fit,
            spend_fit: &trained.spend_fit,
            notes: &trained.manifest.notes,
            read: &shop.read,
            registry: enrolled.as_ref(),
        });
    }
    if let Some(enrolled) = &enrolled {
        retrain::print(enrolled, recipe.horizon);
    }
    if let Some(out) = &args.out {
        say!("\nbundle written to {} ({} bytes)", out.display(), bytes.len());
        print_next(args, &history, &orders::quoted_path(out));
    }
    Ok(())
}

/// Reads what there is, and trains on it.
fn train(history: &History, recipe: &Recipe, args: &TrainArgs, json: bool) -> Result<(Shop, Trained), Error> {
    let shop = Shop::open(history, recipe.as_of, json)?;
    let trained = {
        let view = shop.seen_with(shop.columns_of(recipe)?);
        let known = view.known_at(recipe.as_of)?;
        let source: &dyn FactSource = match &known.facts {
            Some(facts) => &**facts,
            None => &*known.book,
        };
        if args.tune.tune {
            let tuning = Tuning { most: args.tune.tune_trials, goes_on: &mut args.tune.clock() };
            tenure_learn::train_tuned(&known.book, source, recipe, tuning)?
        } else {
            let _spinner = bar("fitting and backtesting", None, Unit::Customers).show();
            tenure_learn::train_from(&known.book, source, recipe)?
        }
    };
    Ok((shop, trained))
}

/// The features that trees may read.
fn definitions(args: &TrainArgs) -> Result<Vec<Definition>, Error> {
    let Some(path) = &args.features else { return Ok(Recipe::standard_definitions()) };
    let definitions = features::definitions(Some(path))?;
    for Definition { name, body } in &definitions {
        let survey = Survey::of([body]);
        let problem = if !survey.percentiles.is_empty() || !survey.rfm.is_empty() {
            "compares a customer with the others, who are different ones at every date"
        } else if !survey.predictions.is_empty() {
            "reads what a model says, and this is to become the model"
        } else {
            continue;
        };
        let message = format!("{}: {name} {problem}; leave it out", path.display());
        return Err(Unusable::new(message).into());
    }
    Ok(definitions)
}

/// What to do with the bundle, file and all.
fn print_next(args: &TrainArgs, history: &History, out: &str) {
    let (file, as_of) = (history.same(), orders::quoted(&args.as_of));
    say!("next: tenure inspect {out}");
    say!("      tenure score --bundle {out} {file} --as-of {as_of} --out scores.csv");
    say!("      tenure-server --bundle {out} --listen 127.0.0.1:50051");
}

pub(crate) fn print_report(trained: &Trained, model_version: &str) {
    say!("{}", trained.order_fit);
    say!("{}", trained.spend_fit);
    say!("chosen: {} as {model_version}", trained.candidate);
    for note in &trained.manifest.notes {
        say!("note: {note}");
    }
}

/// The settings of the trees.
fn trees(args: &TrainArgs) -> Result<Boosted, Unusable> {
    let usual = Recipe::standard_trees();
    match &args.params {
        Some(params) if params.names("rounds") => Err(Unusable::new(
            "--params: how many trees there are is chosen at past dates; leave rounds out".to_owned(),
        )),
        Some(params) => Ok(params.on(&usual)),
        None => Ok(usual),
    }
}

fn recipe(args: &TrainArgs) -> Result<Recipe, Error> {
    let definitions = definitions(args)?;
    let named = if args.features.is_some() { &*definitions } else { &[] };
    let churn::Asked { horizon, horizons, churn } = churn::asked(args, named)?;
    Ok(Recipe {
        as_of: orders::as_of(&args.as_of, &args.history.time_zone())?,
        horizon,
        horizons,
        clv_horizon: args.clv_horizon,
        discount_rate: args.discount_rate,
        summary_rule: SummaryRule {
            occasion: match args.occasion {
                Occasion::Day => OccasionRule::Day,
                Occasion::Order => OccasionRule::Order,
            },
            time_zone: args.history.time_zone(),
        },
        model: args.model,
        penalizer: args.penalizer,
        definitions,
        churn,
        trees: trees(args)?,
        correct_level: !args.keep_level,
    })
}
