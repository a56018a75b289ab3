//! `tenure compare`: two bundles side by side on the newest closed window.

use std::path::PathBuf;

use anyhow::Error;
use clap::Args;
use comfy_table::{CellAlignment, Table, presets};
use tenure_bundle::RawBundle;
use tenure_core::{Horizon, Timestamp};
use tenure_learn::{Comparison, Entrant, Evaluation, How, Recipe, Side, compare, recipe_of};

use crate::bundles;
use crate::commands::print_json;
use crate::history::HistoryArgs;
use crate::orders;
use crate::say::say;
use crate::shop::Shop;

/// On what two bundles are compared.
#[derive(Debug, Args)]
pub(crate) struct WindowArgs {
    #[command(flatten)]
    pub(crate) history: HistoryArgs,
    /// End of the window: it is the horizon before this.
    #[arg(long, value_name = "DATE")]
    pub(crate) as_of: String,
    /// Length of the window [default: the horizon of the second bundle].
    #[arg(long)]
    pub(crate) horizon: Option<Horizon>,
}

#[derive(Debug, Args)]
pub(crate) struct CompareArgs {
    /// The bundle in use.
    #[arg(value_name = "CHAMPION")]
    champion: PathBuf,
    /// The one that might replace it.
    #[arg(value_name = "CHALLENGER")]
    challenger: PathBuf,
    #[command(flatten)]
    window: WindowArgs,
}

pub(crate) fn run(args: &CompareArgs, json: bool) -> Result<(), Error> {
    let read = |path: &PathBuf| Ok::<_, Error>((path.display().to_string(), bundles::read("", path)?));
    judge(read(&args.champion)?, read(&args.challenger)?, &args.window, json)
}

/// Compares two bundles, each with what it is called.
pub(crate) fn judge(
    champion: (String, RawBundle),
    challenger: (String, RawBundle),
    window: &WindowArgs,
    json: bool,
) -> Result<(), Error> {
    let recipes = (recipe_of(&champion.1)?, recipe_of(&challenger.1)?);
    let scorers = (bundles::ready(champion.1)?, bundles::ready(challenger.1)?);
    let history = window.history.as_in_training(&scorers.0)?;
    let as_of = orders::as_of(&window.as_of, &history.time_zone())?;
    let shop = Shop::open(&history, as_of, json)?;
    let columns = shop.columns_of_bundle(&scorers.0, &recipes.0)?;
    let view = shop.seen_with(columns.union(shop.columns_of_bundle(&scorers.1, &recipes.1)?));
    let horizon = window.horizon.unwrap_or(recipes.1.horizon);
    let old = Entrant { name: &champion.0, stored: Some(&scorers.0), recipe: &recipes.0 };
    let new = Entrant { name: &challenger.0, stored: Some(&scorers.1), recipe: &recipes.1 };
    let comparison = compare(&*view, as_of, horizon, old, new)?;
    if json {
        return print_json(&comparison);
    }
    // Both mean the same, or they could not be compared.
    if let Some(churn) = scorers.0.manifest().churn() {
        say!("churn is {churn}\n");
    }
    print(&comparison, &whose(window.horizon, &recipes));
    say!("{}: {}", if is_better(&comparison) { "better" } else { "not better" }, comparison.reason);
    Ok(())
}

fn is_better(comparison: &Comparison) -> bool {
    comparison.outcome == tenure_learn::Outcome::ChallengerBetter
}

/// Whose horizon both are judged over: two bundles may have been trained for different ones.
fn whose(asked: Option<Horizon>, (champion, challenger): &(Recipe, Recipe)) -> String {
    match asked {
        Some(_) => "the horizon that --horizon names".to_owned(),
        None => of_challenger(champion.horizon, challenger.horizon),
    }
}

/// What to say where both are judged over the challenger's horizon.
pub(crate) fn of_challenger(champion: Horizon, challenger: Horizon) -> String {
    if champion == challenger {
        "the horizon of both bundles".to_owned()
    } else {
        format!("the horizon of the challenger; the champion was trained for {champion}")
    }
}

/// Both, measure by measure, over the horizon of whom it is told.
pub(crate) fn print(comparison: &Comparison, whose: &str) {
    let Comparison { origin, horizon, champion, challenger, .. } = comparison;
    let customers = champion.evaluation.customers;
    say!("{customers} customers from {origin}, judged over {horizon}: {whose}");
    for (role, side) in [("champion", champion), ("challenger", challenger)] {
        say!("  {role}: {}, {}", side.name, how(side, origin.instant()));
    }
    say!("{}", table(&champion.evaluation, &challenger.evaluation));
    let against_chance = |name: &str, difference: tenure_predict::PairedDifference| {
        say!("{name}: {:+.5} (standard error {:.5})", difference.mean, difference.standard_error);
    };
    against_chance("squared error of churn, challenger less champion", comparison.brier_difference);
    against_chance("deviance of value, challenger less champion", comparison.value_deviance_difference);
}

fn how(side: &Side, origin: Timestamp) -> String {
    match side.judged {
        How::AsStored => "as stored: it was trained before the window".to_owned(),
        How::Refitted => {
            format!("its recipe fitted again as of {origin}: the stored one has seen the window")
        }
    }
}

fn table(champion: &Evaluation, challenger: &Evaluation) -> Table {
    let mut table = Table::new();
    table.load_style(presets::UTF8_FULL_CONDENSED);
    table.set_header(["measure", "champion", "challenger", "better is"]);
    let share = |measure: Option<f64>| measure.map_or_else(|| "-".to_owned(), |found| format!("{found:.4}"));
    for (name, hint, read) in MEASURES {
        table.add_row([name.to_owned(), share(read(champion)), share(read(challenger)), hint.to_owned()]);
    }
    for column in table.column_iter_mut().skip(1).take(2) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

/// A measure of an evaluation.
type Read = fn(&Evaluation) -> Option<f64>;

/// The measures that decide: name, direction, and where they stand.
const MEASURES: [(&str, &str, Read); 11] = [
    ("churn: AUC", "higher", |one| one.churn.auc),
    ("churn: average precision", "higher", |one| one.churn.average_precision),
    ("churn: Brier score", "lower", |one| Some(one.churn.brier)),
    ("churn: log loss", "lower", |one| Some(one.churn.log_loss)),
    ("churn: calibration error", "lower", |one| Some(one.churn.calibration_error)),
    ("value: Gini", "higher", |one| one.value.gini),
    ("value: rank correlation", "higher", |one| one.value.spearman),
    ("value: share of the top tenth", "higher", |one| one.value.top_decile_share),
    ("value: error by tenths", "lower", |one| one.value.decile_error),
    ("value: mean absolute error", "lower", |one| Some(one.value.mae)),
    ("value: bias", "nearer 0", |one| one.value.bias),
];
