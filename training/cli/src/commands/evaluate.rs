//! `tenure evaluate`.

use anyhow::Error;
use comfy_table::{CellAlignment, Table, presets};
use serde::Serialize;
use tenure_bundle::{ScoreOptions, Scorer};
use tenure_core::{Currency, DiscountRate};
use tenure_learn::{Evaluation, Visitors};

use crate::args::EvaluateArgs;
use crate::bundles;
use crate::commands::{churn, print_json};
use crate::orders;
use crate::say::say;
use crate::shop::{Shop, read_by};

/// What `--json` prints.
#[derive(Debug, Serialize)]
struct Judged<'a> {
    #[serde(flatten)]
    evaluation: &'a Evaluation,
    /// Whether the bundle was trained later than the as-of, so that the figures flatter it.
    seen_in_training: bool,
}

pub(crate) fn run(args: &EvaluateArgs, json: bool) -> Result<(), Error> {
    let scorer = bundles::open(&args.ask.bundle)?;
    let history = args.ask.history.as_in_training(&scorer)?;
    let as_of = orders::as_of(&args.ask.as_of, &history.time_zone())?;
    let horizon = args.ask.horizon.unwrap_or(scorer.manifest().horizon);
    churn::check_horizon(&scorer, horizon)?;
    // What came is counted over one horizon and not discounted; so is what was predicted.
    let options = ScoreOptions { as_of, horizon, clv_horizon: horizon, discount_rate: DiscountRate::ZERO };
    let shop = Shop::open(&history, as_of, json)?;
    let evaluation = tenure_learn::evaluate(&scorer, &*shop.seen_with(read_by(&scorer)), &options)?;
    let seen = orders::seen_in_training(&scorer, as_of);
    if json {
        return print_json(&Judged { evaluation: &evaluation, seen_in_training: seen.is_some() });
    }
    say!("{} on {} customers, {horizon} from {as_of}\n", scorer.model_version(), evaluation.customers);
    if let Some(seen) = seen {
        say!("warning: {seen}\n");
    }
    if let Some(churn) = scorer.manifest().churn() {
        say!("churn is {churn}\n");
    }
    let words = Words::of(&scorer);
    say!("{}\n\n{}", table_of(&evaluation, words), groups(&evaluation, words));
    if let Some(visitors) = &evaluation.without_order {
        say!("\n{}", without_order(visitors, scorer.currency()));
    }
    Ok(())
}

/// What was predicted in total beside what happened, and the measures of both sides.
pub(crate) fn table(evaluation: &Evaluation) -> String {
    table_of(evaluation, Words::NO_ORDER)
}

fn table_of(evaluation: &Evaluation, words: Words) -> String {
    format!("{}\n\n{}", totals(evaluation, words), measures(evaluation))
}

/// What customers who churned are called.
#[derive(Clone, Copy, Debug)]
struct Words {
    total: &'static str,
    expected: &'static str,
    happened: &'static str,
}

impl Words {
    const NO_ORDER: Self = Self {
        total: "customers without an order",
        expected: "expected to stay away",
        happened: "stayed away",
    };

    /// Of a bundle whose churn is something else than no order.
    const DEFINED: Self =
        Self { total: "customers who churned", expected: "expected to churn", happened: "churned" };

    fn of(scorer: &Scorer) -> Self {
        if scorer.churn().is_some() { Self::DEFINED } else { Self::NO_ORDER }
    }
}

/// Who is behind the measures: groups by probability, tenths by value, rungs.
fn groups(evaluation: &Evaluation, words: Words) -> String {
    let parts = [
        ("churn, customers in groups by probability from the lowest:", calibration(evaluation, words)),
        ("value, customers in tenths by prediction from the highest, mean of each:", deciles(evaluation)),
        ("rungs of the ladder:", rungs(evaluation, words)),
    ];
    parts.map(|(title, table)| format!("{title}\n{table}")).join("\n\n")
}

/// The lowest rung in one line: who had not ordered, how many were to, how many did.
fn without_order(visitors: &Visitors, currency: Currency) -> String {
    format!(
        "rung prior, {} customers known without an order and not counted above: {:.1} expected to order, {} did; \
         {:.1} orders expected, {} came; {:.0} {currency} expected, {:.0} came",
        visitors.customers,
        visitors.expected_to_order,
        visitors.ordered,
        visitors.expected_orders,
        visitors.orders,
        visitors.predicted_value_total,
        visitors.value_total
    )
}

/// An empty table whose columns but the first are numbers.
fn columns(header: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::UTF8_FULL_CONDENSED);
    table.set_header(header);
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}

fn calibration(evaluation: &Evaluation, words: Words) -> Table {
    let mut table = columns(&["group", "customers", words.expected, words.happened, "95 % of chance"]);
    for (place, bin) in evaluation.calibration.iter().enumerate() {
        table.add_row([
            (place + 1).to_string(),
            bin.customers.to_string(),
            percent(bin.mean_probability),
            percent(bin.churned_share),
            format!("{} to {}", percent(bin.lowest), percent(bin.highest)),
        ]);
    }
    table
}

fn deciles(evaluation: &Evaluation) -> Table {
    let mut table = columns(&["tenth", "customers", "predicted", "happened", "off by"]);
    for (place, tenth) in evaluation.deciles.iter().enumerate() {
        table.add_row([
            (place + 1).to_string(),
            tenth.customers.to_string(),
            format!("{:.2}", tenth.mean_predicted),
            format!("{:.2}", tenth.mean_actual),
            missed(tenth.mean_predicted, tenth.mean_actual),
        ]);
    }
    table
}

fn rungs(evaluation: &Evaluation, words: Words) -> Table {
    let mut table =
        columns(&["rung", "customers", words.expected, words.happened, "AUC", "Brier", "value off by"]);
    for line in &evaluation.rungs {
        table.add_row([
            line.rung.as_str().to_owned(),
            line.customers.to_string(),
            percent(line.mean_churn_probability),
            percent(line.churn_rate),
            line.churn.auc.map_or_else(|| "-".to_owned(), |auc| format!("{auc:.4}")),
            format!("{:.4}", line.churn.brier),
            missed(line.predicted_value_total, line.value_total),
        ]);
    }
    table
}

/// How far a prediction was off, in percent of what happened.
fn missed(predicted: f64, actual: f64) -> String {
    match actual {
        0.0 => "-".to_owned(),
        _ => format!("{:+.1} %", (predicted / actual - 1.0) * 100.0),
    }
}

fn totals(evaluation: &Evaluation, words: Words) -> Table {
    let mut table = columns(&["", "predicted", "happened", "off by"]);
    let rows = [
        (words.total, evaluation.mean_churn_probability, evaluation.churn_rate, 100.0, " %"),
        ("orders", evaluation.expected_orders, evaluation.orders, 1.0, ""),
        ("net spend", evaluation.predicted_value_total, evaluation.value_total, 1.0, ""),
    ];
    for (what, predicted, actual, scale, unit) in rows {
        table.add_row([
            what.to_owned(),
            format!("{:.1}{unit}", predicted * scale),
            format!("{:.1}{unit}", actual * scale),
            missed(predicted, actual),
        ]);
    }
    table
}

fn measures(evaluation: &Evaluation) -> Table {
    let Evaluation { churn, value, .. } = evaluation;
    let share = |measure: Option<f64>| measure.map_or_else(|| "-".to_owned(), |found| format!("{found:.4}"));
    let mut table = Table::new();
    table.load_style(presets::UTF8_FULL_CONDENSED);
    table.set_header(["measure", "value", "better is"]);
    let rows = [
        ("churn: AUC", share(churn.auc), "higher, 0.5 is chance"),
        ("churn: average precision", share(churn.average_precision), "higher"),
        ("churn: Brier score", format!("{:.4}", churn.brier), "lower"),
        ("churn: log loss", format!("{:.4}", churn.log_loss), "lower"),
        ("churn: calibration error", format!("{:.4}", churn.calibration_error), "lower"),
        ("value: Gini", share(value.gini), "higher, 1 is perfect"),
        ("value: rank correlation", share(value.spearman), "higher"),
        ("value: share of the top tenth", share(value.top_decile_share), "higher"),
        ("value: error by tenths", share(value.decile_error), "lower"),
        ("value: mean absolute error", format!("{:.2}", value.mae), "lower"),
        ("value: bias", share(value.bias), "nearer 0"),
    ];
    for (name, found, hint) in rows {
        table.add_row([name.to_owned(), found, hint.to_owned()]);
    }
    table
}
