//! One customer's predicted value, explained.

use anyhow::Error;
use serde::Serialize;
use tenure_bundle::{ValueReasons, Wording};
use tenure_core::ExpectedMoney;

use super::prospect::Prospect;
use super::{Asked, Told, start_name};
use crate::commands::print_json;
use crate::say::say;

/// One customer, as `--json` prints it; money in major units.
#[derive(Debug, Serialize)]
struct Report<'a> {
    customer_id: String,
    model_version: String,
    as_of: String,
    horizon: String,
    rung: &'static str,
    currency: String,
    /// The start and all contributions added up.
    predicted_clv: f64,
    start_from: &'static str,
    start: f64,
    contributions: Vec<ContributionReport>,
    /// Of somebody without an order, who has no reasons.
    #[serde(skip_serializing_if = "Option::is_none")]
    before_first_order: Option<&'a Prospect>,
}

#[derive(Debug, Serialize)]
struct ContributionReport {
    cause: String,
    value: f64,
    /// The same as a factor: the start times all factors is the value.
    factor: f64,
    reason: String,
}

pub(super) fn print(asked: &Asked<'_>, told: &Told, reasons: &ValueReasons, json: bool) -> Result<(), Error> {
    if json {
        return print_json(&report(asked, told, reasons));
    }
    let id = &told.id;
    let currency = asked.scorer.currency();
    let (rung, horizon, start) = (reasons.rung.as_str(), reasons.horizon, asked.start(reasons.start_from));
    let (predicted, from) = (reasons.predicted_clv, ExpectedMoney { major_units: reasons.start, currency });
    if let Some(prospect) = &told.prospect {
        match asked.wording {
            Wording::English => say!("{id}: {predicted} expected within {horizon} (by {rung})"),
            Wording::Chinese => say!("{id}：{horizon} 内预计消费 {predicted}（{rung}）"),
        }
        prospect.print(asked);
        return Ok(());
    }
    match asked.wording {
        Wording::English => {
            say!("{id}: {predicted} expected within {horizon}, {start} {from} (by {rung})");
        }
        Wording::Chinese => say!("{id}：{horizon} 内预计消费 {predicted}，{start}为 {from}（{rung}）"),
    }
    let digits = currency.minor_digits() as usize;
    let line = |amount: String, words: &str| say!("  {amount:>12}  {words}");
    let part = |amount: f64, words: &str| line(format!("{amount:+.digits$}"), words);
    line(format!("{:.digits$}", reasons.start), start);
    for one in reasons.contributions.iter().take(asked.top) {
        part(one.value, &asked.scorer.cause_in_words(&one.cause, asked.wording));
    }
    let rest = reasons.contributions.get(asked.top..).unwrap_or_default();
    if !rest.is_empty() {
        let words = format!("{} ({})", asked.pick("smaller reasons", "其余较小的原因"), rest.len());
        part(rest.iter().map(|one| one.value).sum(), &words);
    }
    line(format!("{:.digits$}", predicted.major_units), asked.pick("predicted value", "预测价值"));
    Ok(())
}

fn report<'a>(asked: &Asked<'_>, told: &'a Told, reasons: &ValueReasons) -> Report<'a> {
    let contributions = reasons.contributions.iter().map(|one| ContributionReport {
        cause: asked.scorer.cause_name(&one.cause).to_owned(),
        value: one.value,
        factor: one.factor,
        reason: asked.scorer.value_reason(one, asked.wording),
    });
    Report {
        customer_id: told.id.to_string(),
        model_version: asked.scorer.model_version().to_string(),
        as_of: asked.options.as_of.to_string(),
        horizon: reasons.horizon.to_string(),
        rung: reasons.rung.as_str(),
        currency: asked.scorer.currency().to_string(),
        predicted_clv: reasons.predicted_clv.major_units,
        start_from: start_name(reasons.start_from),
        start: reasons.start,
        contributions: contributions.collect(),
        before_first_order: told.prospect.as_ref(),
    }
}
