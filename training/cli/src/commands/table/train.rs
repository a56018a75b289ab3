//! `tenure train --table`.

use std::path::PathBuf;

use anyhow::Error;
use clap::Args;
use serde::Serialize;
use tenure_bundle::{Limits, TableScorer};
use tenure_core::{Horizon, TimeZone};
use tenure_learn::table::{TableRecipe, TrainedTable, train_table};

use super::TableArgs;
use super::tuning::{TuneArgs, tune};
use crate::commands::churn::usual_horizon;
use crate::commands::print_json;
use crate::orders;
use crate::progress::{Unit, bar};
use crate::say::say;

#[derive(Debug, Args)]
pub(crate) struct TrainTableArgs {
    #[command(flatten)]
    pub(crate) file: TableArgs,
    #[command(flatten)]
    tune: TuneArgs,
    /// The day that the table shows, kept in the bundle.
    #[arg(long, value_name = "DATE")]
    as_of: Option<String>,
    /// How far ahead the target looks, kept in the bundle [default: 90d].
    #[arg(long)]
    horizon: Option<Horizon>,
    /// Where to write the bundle.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

/// What `--json` prints.
#[derive(Debug, Serialize)]
struct Report<'a> {
    model_version: &'a str,
    rows: usize,
    positives: usize,
    members: Vec<(&'a str, f64)>,
    columns: Vec<&'a str>,
    notes: &'a [String],
}

pub(crate) fn run(args: &TrainTableArgs, json: bool) -> Result<(), Error> {
    orders::check_out(&args.out, &[&args.file.table])?;
    let as_of = args.as_of.as_deref().map(|text| orders::as_of(text, &TimeZone::utc())).transpose()?;
    let table = super::read(&args.file.table)?;
    let recipe = args.file.recipe();
    let (boosted, tuning) = tune(&args.tune, &table, &recipe)?;
    let recipe = TableRecipe { boosted, ..recipe };
    let mut trained = {
        let _spinner = bar("learning", None, Unit::Customers).show();
        train_table(&table, &recipe)?
    };
    trained.notes.extend(tuning);
    let bytes = trained.to_bundle(&table, &recipe, as_of, args.horizon.map_or_else(usual_horizon, Ok)?)?;
    tenure_bundle::write_file(&args.out, &bytes)?;
    // A bundle that does not load is found here.
    let scorer = TableScorer::open(&args.out, &Limits::default())?;
    if json {
        return print_json(&Report {
            model_version: scorer.model_version(),
            rows: trained.rows,
            positives: trained.positives,
            members: trained.model.members().iter().map(|one| (one.name.as_str(), one.weight)).collect(),
            columns: trained.model.columns().columns().iter().map(|one| one.name.as_str()).collect(),
            notes: &scorer.manifest().notes,
        });
    }
    print_report(&trained, &scorer);
    say!("\nbundle written to {} ({} bytes)", args.out.display(), bytes.len());
    let (out, file) = (orders::quoted_path(&args.out), orders::quoted_path(&args.file.table));
    let target = orders::quoted(&args.file.target);
    let id = recipe.id.as_deref().map_or_else(String::new, |id| format!(" --id {}", orders::quoted(id)));
    say!("next: tenure inspect {out}");
    say!("      tenure evaluate --table {file} --target {target}{id}");
    say!("      tenure score --bundle {out} --table {file} --out scores.csv --reasons");
    Ok(())
}

fn print_report(trained: &TrainedTable, scorer: &TableScorer) {
    let share = 100.0 * trained.positives as f64 / trained.rows as f64;
    say!(
        "{} rows, {} of them {} ({share:.1} %), {} columns",
        trained.rows,
        trained.positives,
        trained.positive,
        trained.model.columns().columns().len()
    );
    for member in trained.model.members() {
        say!("{:<10} counts for {:.0} %", member.name, 100.0 * member.weight);
    }
    let level = trained.model.level();
    say!("level: {:+.3} on log-odds times a slope of {:.3}", level.intercept(), level.slope());
    for note in &scorer.manifest().notes {
        say!("note: {note}");
    }
    say!("model version: {}", scorer.model_version());
}
