//! `tenure train`.

use anyhow::Error;
use serde::Serialize;
use tenure_behaviour::{OccasionRule, SummaryRule};
use tenure_btyd::FitReport;
use tenure_bundle::Limits;
use tenure_core::Horizon;
use tenure_eventlog::ImportSummary;
use tenure_learn::{Recipe, Trained};

use crate::args::{Occasion, TrainArgs};
use crate::commands::print_json;
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
}

pub(crate) fn run(args: &TrainArgs, json: bool) -> Result<(), Error> {
    let recipe = recipe(args)?;
    orders::check_out(&args.out, &[&args.file.orders])?;
    let (book, import) = orders::book(&args.file)?;
    if !json {
        say!("{import}\n");
    }
    let trained = {
        let _spinner = bar("fitting and backtesting", None, Unit::Customers).show();
        tenure_learn::train(&book, &recipe)?
    };
    let bytes = trained.to_bundle()?;
    tenure_bundle::write_file(&args.out, &bytes)?;
    // A bundle that does not load is found here, not on the server.
    let scorer = tenure_bundle::Scorer::open(&args.out, &Limits::default())?;
    if json {
        return print_json(&Report {
            model_version: scorer.model_version(),
            candidate: &trained.candidate,
            order_fit: &trained.order_fit,
            spend_fit: &trained.spend_fit,
            notes: &trained.manifest.notes,
            import: &import,
        });
    }
    print_report(&trained, scorer.model_version());
    say!("\nbundle written to {} ({} bytes)", args.out.display(), bytes.len());
    let out = orders::quoted_path(&args.out);
    let (file, as_of) = (orders::same_file(&args.file), orders::quoted(&args.as_of));
    say!("next: tenure inspect {out}");
    say!("      tenure score --bundle {out} {file} --as-of {as_of} --out scores.csv");
    say!("      tenure-server --bundle {out} --listen 127.0.0.1:50051");
    Ok(())
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
