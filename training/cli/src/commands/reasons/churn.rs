//! One customer's probability of churn, explained.

use anyhow::Error;
use serde::Serialize;
use tenure_bundle::{Change, Reasons, RiskBand, Wording};

use super::prospect::Prospect;
use super::{Asked, Told, start_name};
use crate::commands::print_json;
use crate::say::say;

/// One customer, as `--json` prints it.
#[derive(Debug, Serialize)]
struct Report<'a> {
    customer_id: String,
    model_version: String,
    as_of: String,
    horizon: String,
    /// What churn is, where it is not no order within the horizon.
    #[serde(skip_serializing_if = "Option::is_none")]
    churn: Option<String>,
    rung: &'static str,
    churn_probability: f64,
    band: RiskBand,
    /// The log-odds of the probability: start, all contributions and level added up.
    log_odds: f64,
    start_from: &'static str,
    start: f64,
    contributions: Vec<ContributionReport>,
    level: f64,
    changes: Vec<ChangeReport>,
    /// Of somebody without an order, who has no reasons.
    #[serde(skip_serializing_if = "Option::is_none")]
    before_first_order: Option<&'a Prospect>,
    /// Why there is no change, where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    no_change: Option<String>,
}

#[derive(Debug, Serialize)]
struct ContributionReport {
    cause: String,
    log_odds: f64,
    reason: String,
}

#[derive(Debug, Serialize)]
struct ChangeReport {
    change: String,
    from: RiskBand,
    to: RiskBand,
    churn_probability: f64,
}

pub(super) fn print(
    asked: &Asked<'_>,
    told: &Told,
    (reasons, changes): (&Reasons, &[Change]),
    json: bool,
) -> Result<(), Error> {
    let report = report(asked, told, reasons, changes);
    if json {
        return print_json(&report);
    }
    let Report { customer_id, horizon, rung, band, .. } = &report;
    let percent = format!("{:.1}", report.churn_probability * 100.0);
    match (asked.wording, &report.churn) {
        (Wording::English, Some(churn)) => {
            say!("{customer_id}: {percent} % to churn ({churn}), {band} risk (by {rung})");
        }
        (Wording::Chinese, Some(churn)) => {
            say!("{customer_id}：流失（{churn}）的概率 {percent}%，风险{}（{rung}）", band.chinese());
        }
        (Wording::English, None) => {
            say!("{customer_id}: {percent} % not to order within {horizon}, {band} risk (by {rung})");
        }
        (Wording::Chinese, None) => {
            say!("{customer_id}：{horizon} 内不下单的概率 {percent}%，风险{}（{rung}）", band.chinese());
        }
    }
    match report.before_first_order {
        Some(prospect) => prospect.print(asked),
        None => print_parts(asked, reasons, &report),
    }
    for change in &report.changes {
        say!("  {}", change.change);
    }
    if let Some(why) = &report.no_change {
        say!("  {why}");
    }
    Ok(())
}

/// The parts of the log-odds.
fn print_parts(asked: &Asked<'_>, reasons: &Reasons, report: &Report<'_>) {
    say!("  {:+.2}  {}", report.start, asked.start(reasons.start_from));
    for one in report.contributions.iter().take(asked.top) {
        say!("  {:+.2}  {}", one.log_odds, one.reason);
    }
    let rest: f64 = report.contributions.iter().skip(asked.top).map(|one| one.log_odds).sum();
    if report.contributions.len() > asked.top {
        let count = report.contributions.len() - asked.top;
        say!("  {rest:+.2}  {} ({count})", asked.pick("smaller reasons", "其余较小的原因"));
    }
    say!("  {:+.2}  {}", report.level, asked.pick("the level of the season", "季节水平"));
    let percent = format!("{:.1}", report.churn_probability * 100.0);
    say!("  {:+.2}  {} {percent} %", report.log_odds, asked.pick("log-odds of", "对数几率，对应概率"));
}

fn report<'a>(asked: &Asked<'_>, told: &'a Told, reasons: &Reasons, changes: &[Change]) -> Report<'a> {
    let contributions = reasons.contributions.iter().map(|one| ContributionReport {
        cause: asked.scorer.cause_name(&one.cause).to_owned(),
        log_odds: one.log_odds,
        reason: asked.scorer.reason(one, asked.wording),
    });
    let no_change = changes.is_empty().then(|| reasons.band().why_unmoved(asked.wording));
    let changes = changes.iter().map(|change| ChangeReport {
        change: change.in_words(asked.wording),
        from: change.from,
        to: change.to,
        churn_probability: change.churn_probability,
    });
    Report {
        customer_id: told.id.to_string(),
        model_version: asked.scorer.model_version().to_string(),
        as_of: asked.options.as_of.to_string(),
        horizon: reasons.horizon.to_string(),
        churn: asked.scorer.manifest().churn().map(str::to_owned),
        rung: reasons.rung.as_str(),
        churn_probability: reasons.churn_probability,
        band: reasons.band(),
        log_odds: reasons.log_odds,
        start_from: start_name(reasons.start_from),
        start: reasons.start,
        contributions: contributions.collect(),
        level: reasons.level,
        changes: changes.collect(),
        before_first_order: told.prospect.as_ref(),
        no_change,
    }
}
