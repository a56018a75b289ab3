//! `tenure evaluate`.

use anyhow::Error;
use tenure_bundle::{Limits, ScoreOptions, Scorer};
use tenure_core::DiscountRate;
use tenure_learn::Evaluation;

use crate::args::EvaluateArgs;
use crate::commands::print_json;
use crate::orders;
use crate::say::say;

pub(crate) fn run(args: &EvaluateArgs, json: bool) -> Result<(), Error> {
    let scorer = Scorer::open(&args.ask.bundle, &Limits::default())?;
    let as_of = orders::as_of(&args.ask.as_of, &scorer.manifest().summary_rule.time_zone)?;
    let (book, _) = orders::book(&args.ask.file)?;
    let horizon = args.ask.horizon.unwrap_or(scorer.manifest().horizon);
    // What came is counted over one horizon and not discounted; so is what was predicted.
    let options = ScoreOptions { as_of, horizon, clv_horizon: horizon, discount_rate: DiscountRate::ZERO };
    let evaluation = tenure_learn::evaluate(&scorer, &book, &options)?;
    if json {
        return print_json(&evaluation);
    }
    say!("{} on {} customers, {horizon} from {as_of}\n", scorer.model_version(), evaluation.customers);
    say!("{}", table(&evaluation));
    Ok(())
}

/// Totals first, then the measures of both sides.
pub(crate) fn table(evaluation: &Evaluation) -> comfy_table::Table {
    let Evaluation { churn, value, .. } = evaluation;
    let missed = |predicted: f64, actual: f64| match actual {
        0.0 => "-".to_owned(),
        _ => format!("{:+.1} %", (predicted / actual - 1.0) * 100.0),
    };
    let share = |measure: Option<f64>| measure.map_or_else(|| "-".to_owned(), |found| format!("{found:.4}"));
    let mut table = comfy_table::Table::new();
    table.load_style(comfy_table::presets::UTF8_HORIZONTAL_ONLY);
    table.set_header(["", "predicted", "happened", "off by"]);
    let totals = [
        ("customers without an order", evaluation.mean_churn_probability, evaluation.churn_rate, 100.0, " %"),
        ("orders", evaluation.expected_orders, evaluation.orders, 1.0, ""),
        ("net spend", evaluation.predicted_value_total, evaluation.value_total, 1.0, ""),
    ];
    for (what, predicted, actual, scale, unit) in totals {
        table.add_row([
            what.to_owned(),
            format!("{:.1}{unit}", predicted * scale),
            format!("{:.1}{unit}", actual * scale),
            missed(predicted, actual),
        ]);
    }
    let measures = [
        ("AUC", share(churn.auc), "higher is better, 0.5 is chance"),
        ("average precision", share(churn.average_precision), "higher is better"),
        ("Brier score", format!("{:.4}", churn.brier), "lower is better"),
        ("log loss", format!("{:.4}", churn.log_loss), "lower is better"),
        ("calibration error", format!("{:.4}", churn.calibration_error), "lower is better"),
        ("Gini of value", share(value.gini), "higher is better, 1 is perfect"),
        ("rank correlation of value", share(value.spearman), "higher is better"),
        ("value in the top tenth", share(value.top_decile_share), "higher is better"),
        ("error by tenths", share(value.decile_error), "lower is better"),
        ("mean absolute error", format!("{:.2}", value.mae), "lower is better"),
    ];
    for (name, found, hint) in measures {
        table.add_row([name.to_owned(), found, hint.to_owned(), String::new()]);
    }
    table
}
