//! A bundle's manifest for people.

use std::fmt::Write as _;

use tenure_behaviour::OccasionRule;
use tenure_core::{TimeZone, Timestamp};

use crate::manifest::CHURN_SOURCE;
use crate::{BacktestRow, FeatureSchema, Manifest, RawBundle};

/// Describes a bundle in aligned lines: what it is, how its candidates did, what it holds.
///
/// Dates are of the shop's time zone. Control characters are escaped, since the text may come from a
/// stranger and go to a terminal.
#[must_use]
pub fn describe(bundle: &RawBundle) -> String {
    let manifest = &bundle.manifest;
    let mut text = String::new();
    let of_orders = facts(manifest);
    let facts = match crate::table::facts(bundle) {
        Some(of_table) => of_orders
            .into_iter()
            .filter(|(label, _)| is_of_tables_too(manifest, label))
            .chain(of_table)
            .collect(),
        None => of_orders,
    };
    for (label, value) in facts {
        line(&mut text, &format!("{label:<16}{value}"));
    }
    for (i, note) in manifest.notes.iter().enumerate() {
        line(&mut text, &format!("{:<16}{note}", if i == 0 { "notes" } else { "" }));
    }
    if !manifest.backtest.is_empty() {
        line(&mut text, "\nbacktest (* chosen)");
        table(&mut text, &backtest(manifest));
    }
    line(&mut text, "\nparts");
    table(&mut text, &parts(manifest));
    text
}

/// Where the definition of churn stands among the facts: before its horizon.
const CHURN_LINE: usize = 5;

/// Facts that say something of a bundle of a flat table as well.
const OF_TABLES_TOO: [&str; 5] = ["model version", "model", "format", "as of", "made with"];

/// Whether a fact is true of a table; where its day was not given, an as-of is none.
fn is_of_tables_too(manifest: &Manifest, label: &str) -> bool {
    OF_TABLES_TOO.contains(&label) && (label != "as of" || !manifest.is_undated())
}

fn facts(manifest: &Manifest) -> Vec<(&'static str, String)> {
    let zone = &manifest.summary_rule.time_zone;
    let data = &manifest.data;
    let horizons: Vec<String> = manifest.horizons.iter().map(ToString::to_string).collect();
    let crates: Vec<String> =
        manifest.crates.iter().map(|(name, version)| format!("{name} {version}")).collect();
    let occasions = match manifest.summary_rule.occasion {
        OccasionRule::Day => "all orders of a customer on one day are one",
        OccasionRule::Order => "every order is one",
    };
    let churn = manifest.churn().map(|churn| ("churn", churn.to_owned()));
    let mut all = vec![
        ("model version", manifest.model_version.clone()),
        ("model", manifest.model.clone()),
        ("format", manifest.format_version.to_string()),
        ("as of", date_or_instant(manifest.as_of.instant(), zone)),
        ("time zone", zone.to_string()),
        ("horizon", manifest.horizon.to_string()),
        ("horizons", horizons.join(" ")),
        ("CLV", format!("over {} in {}", manifest.clv_horizon, manifest.currency)),
        ("discount rate", format!("{} a year", percent(manifest.discount_rate.annual()))),
        ("occasions", occasions.to_owned()),
        ("data", format!("{} customers, {} orders, {} refunds", data.customers, data.orders, data.refunds)),
        ("", format!("{} to {}", zone.date(data.first_event), zone.date(data.last_event))),
        ("", format!("sha256 {}", data.sha256.short())),
        ("behaviour", behaviour(&manifest.features)),
        ("features", format!("sha256 {}", manifest.features.schema_sha256.short())),
        ("made with", crates.join(", ")),
    ];
    if let Some(churn) = churn {
        all.insert(CHURN_LINE, churn);
    }
    all
}

/// Which definitions are read, how many, and of which events.
fn behaviour(FeatureSchema { sources, kinds, .. }: &FeatureSchema) -> String {
    let names = sources.iter().map(|source| source.name.as_str()).filter(|name| *name != CHURN_SOURCE);
    let names = names.collect::<Vec<_>>().join(", ");
    if names.is_empty() {
        return "orders only".to_owned();
    }
    if kinds.is_empty() {
        return names;
    }
    let lines = sources.iter().flat_map(|source| source.text.lines()).filter(|line| !line.trim().is_empty());
    format!("{names} ({} definitions), of {}", lines.count(), kinds.join(", "))
}

/// The date alone where a local day begins, as it nearly always does.
fn date_or_instant(instant: Timestamp, zone: &TimeZone) -> String {
    if zone.start_of_day(instant) == instant { zone.date(instant).to_string() } else { instant.to_string() }
}

fn percent(share: f64) -> String {
    // Two digits are enough for any rate, and none are shown that say nothing.
    let digits = format!("{:.2}", share * 100.0);
    format!("{} %", digits.trim_end_matches('0').trim_end_matches('.'))
}

fn backtest(manifest: &Manifest) -> Vec<Vec<String>> {
    const HEADINGS: [&str; 16] = [
        "",
        "candidate",
        "origin",
        "horizon",
        "customers",
        "auc",
        "avg prec",
        "brier",
        "log loss",
        "cal err",
        "gini",
        "spearman",
        "top 10 %",
        "dec err",
        "mae",
        "bias",
    ];
    let zone = &manifest.summary_rule.time_zone;
    let headings = HEADINGS.map(str::to_owned).to_vec();
    std::iter::once(headings).chain(manifest.backtest.iter().map(|row| backtest_row(row, zone))).collect()
}

fn backtest_row(row: &BacktestRow, zone: &TimeZone) -> Vec<String> {
    let measure = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), |value| format!("{value:.4}"));
    let (churn, value) = (row.churn, row.value);
    let mut cells = vec![
        if row.chosen { "*" } else { "" }.to_owned(),
        row.candidate.clone(),
        date_or_instant(row.origin, zone),
        row.horizon.to_string(),
        row.customers.to_string(),
        measure(churn.and_then(|churn| churn.auc)),
        measure(churn.and_then(|churn| churn.average_precision)),
        measure(churn.map(|churn| churn.brier)),
        measure(churn.map(|churn| churn.log_loss)),
        measure(churn.map(|churn| churn.calibration_error)),
        measure(value.and_then(|value| value.gini)),
        measure(value.and_then(|value| value.spearman)),
        measure(value.and_then(|value| value.top_decile_share)),
        measure(value.and_then(|value| value.decile_error)),
    ];
    cells.push(value.map_or_else(|| "-".to_owned(), |value| format!("{:.2}", value.mae)));
    cells.push(
        value.and_then(|value| value.bias).map_or_else(|| "-".to_owned(), |bias| format!("{bias:+.4}")),
    );
    cells
}

fn parts(manifest: &Manifest) -> Vec<Vec<String>> {
    let headings = ["", "name", "bytes", "sha256"].map(str::to_owned).to_vec();
    let rows = manifest
        .parts
        .iter()
        .map(|part| vec![String::new(), part.name.clone(), part.length.to_string(), part.sha256.short()]);
    std::iter::once(headings).chain(rows).collect()
}

/// Aligns a table: the second column, which names things, to the left and the others to the right.
fn table(text: &mut String, rows: &[Vec<String>]) {
    let safe: Vec<Vec<String>> =
        rows.iter().map(|row| row.iter().map(|cell| escaped(cell)).collect()).collect();
    let columns = safe.first().map_or(0, Vec::len);
    let width = |column: usize| safe.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(width).collect();
    for row in &safe {
        let cells: Vec<String> = row
            .iter()
            .zip(&widths)
            .enumerate()
            .map(|(column, (cell, width))| match column {
                1 => format!("{cell:<width$}"),
                _ => format!("{cell:>width$}"),
            })
            .collect();
        line(text, cells.join("  ").trim_end());
    }
}

fn line(text: &mut String, content: &str) {
    let (gap, content) = content.strip_prefix('\n').map_or(("", content), |rest| ("\n", rest));
    // Writing to a string does not fail.
    let _ = writeln!(text, "{gap}{}", escaped(content).trim_end());
}

fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        if letter.is_control() { safe.extend(letter.escape_default()) } else { safe.push(letter) }
    }
    safe
}
