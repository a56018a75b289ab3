//! `tenure drift`: whether a bundle still fits its shop.

use std::path::PathBuf;

use anyhow::Error;
use clap::Args;
use comfy_table::{CellAlignment, Table, presets};
use tenure_bundle::Profile;
use tenure_learn::{Drift, DriftRules, DriftVerdict, Shift, drift};

use crate::bundles;
use crate::commands::print_json;
use crate::history::HistoryArgs;
use crate::orders;
use crate::say::say;
use crate::shop::{Read, Shop, read_by};

#[derive(Debug, Args)]
pub(crate) struct DriftArgs {
    /// Bundle written by `tenure train`.
    #[arg(long, value_name = "FILE")]
    bundle: PathBuf,
    #[command(flatten)]
    history: HistoryArgs,
    /// When to look: only what was known before this date or instant is used. After the bundle's own.
    #[arg(long, value_name = "DATE")]
    as_of: String,
}

pub(crate) fn run(args: &DriftArgs, json: bool) -> Result<(), Error> {
    let bundle = bundles::read("--bundle", &args.bundle)?;
    let profile = Profile::of(&bundle)?;
    let scorer = bundles::ready(bundle)?;
    let history = args.history.as_in_training(&scorer)?;
    let as_of = orders::as_of(&args.as_of, &history.time_zone())?;
    // What was read is said last: the verdict comes first.
    let shop = Shop::open(&history, as_of, true)?;
    let view = shop.seen_with(read_by(&scorer));
    let drift = drift(&scorer, profile.as_ref(), &*view, as_of, DriftRules::default())?;
    if json {
        return print_json(&drift);
    }
    print(&drift);
    match &shop.read {
        Read::Import(import) => say!("\n{import}"),
        Read::Log(summary) => say!("\n{summary}"),
    }
    Ok(())
}

fn print(drift: &Drift) {
    verdict(drift);
    say!("{} as of {}, on {} customers\n", drift.model_version, drift.as_of, drift.customers);
    if let Some(churn) = &drift.churn {
        say!("churn is {churn}\n");
    }
    if !drift.features.is_empty() {
        say!("spread of customers, against training");
        say!("{}", features(drift));
        if drift.older_than_training > 0 {
            say!(
                "without {} customers who came longer ago than anybody in training",
                drift.older_than_training
            );
        }
    }
    if !drift.windows.is_empty() {
        let before =
            drift.backtest_auc.map_or(String::new(), |auc| format!(" (AUC in the backtest: {auc:.3})"));
        say!("\npredicted and happened, window by window{before}");
        say!("{}", windows(drift));
    }
    for note in &drift.notes {
        say!("note: {note}");
    }
}

/// What to do and why, before the tables that show it: whoever reads one line reads this one.
fn verdict(drift: &Drift) {
    let verdict = match drift.verdict {
        DriftVerdict::Keep => "keep",
        DriftVerdict::Recalibrate => "recalibrate",
        DriftVerdict::Retrain => "retrain",
    };
    say!("{verdict}: {}", drift.reason);
    match drift.verdict {
        DriftVerdict::Keep => say!(""),
        DriftVerdict::Recalibrate | DriftVerdict::Retrain => {
            say!("next: tenure train ... --registry DIR --promote-if-better, which sets the level too\n");
        }
    }
}

fn features(drift: &Drift) -> Table {
    let mut table = Table::new();
    table.load_style(presets::UTF8_FULL_CONDENSED);
    table.set_header(["feature", "PSI", "by chance up to", "absent then", "absent now", ""]);
    for feature in &drift.features {
        let shift = match feature.shift {
            Shift::None => "",
            Shift::Some => "shifted",
            Shift::Strong => "shifted strongly",
        };
        table.add_row([
            feature.feature.clone(),
            format!("{:.3}", feature.stability.psi),
            format!("{:.3}", feature.stability.by_chance),
            format!("{:.1} %", feature.missing_then * 100.0),
            format!("{:.1} %", feature.missing_now * 100.0),
            shift.to_owned(),
        ]);
    }
    right(&mut table, 4);
    table
}

fn windows(drift: &Drift) -> Table {
    let mut table = Table::new();
    table.load_style(presets::UTF8_FULL_CONDENSED);
    table.set_header([
        "from",
        "length",
        "AUC",
        if drift.churn.is_some() { "churn, predicted" } else { "no order, predicted" },
        "happened",
        "value, predicted",
        "happened",
    ]);
    for window in &drift.windows {
        let evaluation = &window.evaluation;
        table.add_row([
            window.from.to_string(),
            window.horizon.to_string(),
            evaluation.churn.auc.map_or_else(|| "-".to_owned(), |auc| format!("{auc:.3}")),
            format!("{:.1} %", evaluation.mean_churn_probability * 100.0),
            format!("{:.1} %", evaluation.churn_rate * 100.0),
            format!("{:.0}", evaluation.predicted_value_total),
            format!("{:.0}", evaluation.value_total),
        ]);
    }
    right(&mut table, 6);
    table
}

fn right(table: &mut Table, columns: usize) {
    for column in table.column_iter_mut().skip(1).take(columns) {
        column.set_cell_alignment(CellAlignment::Right);
    }
}
