//! `tenure evaluate --table`.

use std::sync::Mutex;

use anyhow::Error;
use clap::Args;
use comfy_table::{CellAlignment, Table, presets};
use tenure_learn::table::{TableEvaluation, evaluate_table};

use super::TableArgs;
use crate::commands::print_json;
use crate::progress::{Unit, bar};
use crate::say::say;

#[derive(Debug, Args)]
pub(crate) struct EvaluateTableArgs {
    #[command(flatten)]
    file: TableArgs,
    /// Parts that the rows are dealt to; each is judged by a model of all the others.
    #[arg(long, default_value_t = 5)]
    folds: usize,
    /// Times that the rows are dealt anew.
    #[arg(long, default_value_t = 5)]
    repeats: usize,
}

pub(crate) fn run(args: &EvaluateTableArgs, json: bool) -> Result<(), Error> {
    let table = super::read(&args.file.table)?;
    let total = args.folds.saturating_mul(args.repeats) as u64;
    let progress = Mutex::new((bar("cross-validating", Some(total), Unit::Customers), 0));
    let done = || {
        if let Ok(mut progress) = progress.lock() {
            progress.1 += 1;
            let count = progress.1;
            progress.0.set(count);
        }
    };
    let evaluation = evaluate_table(&table, &args.file.recipe(), args.folds, args.repeats, &done)?;
    drop(progress);
    if json {
        return print_json(&evaluation);
    }
    let TableEvaluation { rows, positives, folds, repeats, .. } = evaluation;
    say!(
        "{rows} rows, {positives} of them positive; {folds} folds, dealt {repeats} times; every figure is of rows not"
    );
    say!("seen in training, and nothing was resampled\n");
    say!("{}", measures(&evaluation));
    Ok(())
}

fn measures(evaluation: &TableEvaluation) -> Table {
    let mut table = Table::new();
    table.load_style(presets::UTF8_FULL_CONDENSED);
    table.set_header(["candidate", "counts for", "AUC", "± fold", "log loss", "Brier", "calibration error"]);
    for one in &evaluation.candidates {
        let digits = |value: f64| format!("{value:.4}");
        let weight = if one.weight > 0.0 { format!("{:.0} %", 100.0 * one.weight) } else { "-".to_owned() };
        table.add_row([
            one.name.clone(),
            weight,
            digits(one.auc),
            digits(one.auc_deviation),
            digits(one.log_loss),
            digits(one.brier),
            digits(one.calibration_error),
        ]);
    }
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}
