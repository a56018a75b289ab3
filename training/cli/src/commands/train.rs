//! `tenure train`.

use std::path::Path;

use anyhow::Error;
use serde::Serialize;
use tenure_behaviour::{OccasionRule, SummaryRule};
use tenure_btyd::FitReport;
use tenure_core::Horizon;
use tenure_eventlog::ImportSummary;
use tenure_learn::{Recipe, Trained};

use crate::args::{Occasion, TrainArgs};
use crate::commands::print_json;
use crate::commands::retrain::{self, Enrolled};
use crate::orders::{self, Unusable};
use crate::progress::{Unit, bar};
use crate::say::say;

/// What `--json` prints.
#[derive(Debug, Serialize)]
struct Report<'a> {
    model_version: &'a str,
    candidate: &'a str,
    order_fit: &'a FitReport,
    spend_fit: &'a FitReport,
    notes: &'a [String],
    import: &'a ImportSummary,
    /// What became of it in the registry; absent without one.
    #[serde(skip_serializing_if = "Option::is_none")]
    registry: Option<&'a Enrolled>,
}

pub(crate) fn run(args: &TrainArgs, json: bool) -> Result<(), Error> {
    let recipe = recipe(args)?;
    if let Some(out) = &args.out {
        // A file of its own in the registry would be taken for one of its bundles, or replace one.
        let registry = args.registry.registry.as_deref();
        let inputs: Vec<&Path> = [args.file.orders.as_path()].into_iter().chain(registry).collect();
        orders::check_out(out, &inputs)?;
    }
    let registry = args.registry.create()?;
    let (book, import) = orders::book(&args.file)?;
    if !json {
        say!("{import}\n");
    }
    let trained = {
        let _spinner = bar("fitting and backtesting", None, Unit::Customers).show();
        tenure_learn::train(&book, &recipe)?
    };
    let bytes = trained.to_bundle()?;
    // A bundle that does not load is found here, not on the server.
    let scorer = retrain::load(&bytes)?;
    if let Some(out) = &args.out {
        tenure_bundle::write_file(out, &bytes)?;
    }
    if !json {
        print_report(&trained, scorer.model_version());
    }
    let enrol = |registry| retrain::enrol(registry, &args.registry, &book, &trained, &bytes);
    let enrolled = registry.as_ref().map(enrol).transpose()?;
    if json {
        return print_json(&Report {
            model_version: scorer.model_version(),
            candidate: &trained.candidate,
            order_fit: &trained.order_fit,
            spend_fit: &trained.spend_fit,
            notes: &trained.manifest.notes,
            import: &import,
            registry: enrolled.as_ref(),
        });
    }
    if let Some(enrolled) = &enrolled {
        retrain::print(enrolled, args.horizon);
    }
    if let Some(out) = &args.out {
        say!("\nbundle written to {} ({} bytes)", out.display(), bytes.len());
        print_next(args, &orders::quoted_path(out));
    }
    Ok(())
}

/// What to do with the bundle, file and all.
fn print_next(args: &TrainArgs, out: &str) {
    let (file, as_of) = (orders::same_file(&args.file), orders::quoted(&args.as_of));
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

fn recipe(args: &TrainArgs) -> Result<Recipe, Error> {
    Ok(Recipe {
        as_of: orders::as_of(&args.as_of, &args.file.time_zone())?,
        horizon: args.horizon,
        horizons: horizons(args)?,
        clv_horizon: args.clv_horizon,
        discount_rate: args.discount_rate,
        summary_rule: SummaryRule {
            occasion: match args.occasion {
                Occasion::Day => OccasionRule::Day,
                Occasion::Order => OccasionRule::Order,
            },
            time_zone: args.file.time_zone(),
        },
        model: args.model,
        penalizer: args.penalizer,
        definitions: Recipe::standard_definitions(),
        correct_level: !args.keep_level,
    })
}

/// Most horizons of the churn curve: each is a column of the scores.
const MOST_HORIZONS: usize = 32;

fn horizons(args: &TrainArgs) -> Result<Vec<Horizon>, Unusable> {
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
