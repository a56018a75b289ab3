//! `tenure reasons`.

use std::path::{Path, PathBuf};

use anyhow::{Context, Error};
use clap::Args;
use rayon::iter::{IntoParallelRefIterator, ParallelIterator};
use serde::Serialize;
use tempfile::NamedTempFile;
use tenure_behaviour::{BehaviourError, OrderHistory};
use tenure_bundle::{Change, Importance, Limits, Reasons, RiskBand, ScoreOptions, Scorer, Start, Wording};
use tenure_core::CustomerId;
use tenure_learn::LearnError;
use tenure_report::Language;

use crate::commands::print_json;
use crate::history::OrderFileArgs;
use crate::orders::{self, Unusable};
use crate::progress::{Unit, bar};
use crate::say::say;

/// Customers explained before they are written.
const CHUNK: usize = 4_096;
/// Most causes that are shown of the importance over all customers.
const MOST_CAUSES: usize = 10;

/// What `tenure reasons` is told.
#[derive(Debug, Args)]
pub(crate) struct ReasonsArgs {
    /// Bundle written by `tenure train`.
    #[arg(long, value_name = "FILE")]
    bundle: PathBuf,
    #[command(flatten)]
    file: OrderFileArgs,
    /// Only orders before this date or instant are used.
    #[arg(long, value_name = "DATE")]
    as_of: String,
    /// The one customer whose score is explained.
    #[arg(long, value_name = "ID", required_unless_present = "out", conflicts_with = "out")]
    customer: Option<String>,
    /// Where to write the reasons of all customers with an order before the as-of, as CSV.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// How many reasons to give of each customer.
    #[arg(long, default_value_t = 3, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=100))]
    top: u16,
    /// Language of the reasons: en or zh.
    #[arg(long, default_value = "en", value_name = "LANGUAGE")]
    language: Language,
}

/// One customer, as `--json` prints it.
#[derive(Debug, Serialize)]
struct OneReport {
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

/// All customers, as `--json` prints them.
#[derive(Debug, Serialize)]
struct AllReport {
    customers: usize,
    model_version: String,
    as_of: String,
    out: PathBuf,
    importance: Vec<ImportanceReport>,
}

#[derive(Debug, Serialize)]
struct ImportanceReport {
    cause: String,
    /// Mean size of its contribution to the log-odds of churn.
    mean_size: f64,
}

pub(crate) fn run(args: &ReasonsArgs, json: bool) -> Result<(), Error> {
    let scorer = Scorer::open(&args.bundle, &Limits::default())?;
    if let Some(out) = &args.out {
        orders::check_out(out, &[&args.file.orders, &args.bundle])?;
    }
    let file = args.file.as_in_training(&scorer);
    let as_of = orders::as_of(&args.as_of, &file.time_zone())?;
    let (book, import) = orders::book(&file)?;
    if !json {
        say!("{import}\n");
    }
    let mut known = book.sorted();
    known.retain(|(_, history)| history.has_order_before(as_of));
    if known.is_empty() {
        return Err(LearnError::NoOrders { as_of }.into());
    }
    let asked = Asked { scorer: &scorer, options: scorer.defaults(as_of), wording: wording(args.language) };
    match (&args.out, &args.customer) {
        (Some(out), _) => all(&asked, &known, out, usize::from(args.top), json),
        (None, customer) => {
            let wanted = customer.as_deref().unwrap_or_default();
            let found = known.iter().find(|(id, _)| id.as_str() == wanted);
            let Some((id, history)) = found else {
                let message = format!(
                    "no order of a customer {wanted:?} before {as_of}: check --customer against the column of ids"
                );
                return Err(Unusable::new(message).into());
            };
            one(&asked, id, history, usize::from(args.top), json)
        }
    }
}

const fn wording(language: Language) -> Wording {
    match language {
        Language::English => Wording::English,
        Language::Chinese => Wording::Chinese,
    }
}

/// What is asked of every customer.
struct Asked<'a> {
    scorer: &'a Scorer,
    options: ScoreOptions,
    wording: Wording,
}

impl Asked<'_> {
    fn explain(&self, id: &CustomerId, history: &OrderHistory) -> Result<(Reasons, Vec<Change>), LearnError> {
        let failed = |source: BehaviourError| LearnError::Customer { customer_id: id.clone(), source };
        let state = self.scorer.state_of(history, self.options.as_of);
        let reasons = self.scorer.explain(history, state.as_ref(), &self.options).map_err(failed)?;
        let changes = self.scorer.changes(history, state.as_ref(), &self.options).map_err(failed)?;
        Ok((reasons, changes))
    }

    fn changes_in_words(&self, changes: &[Change]) -> String {
        let all: Vec<String> = changes.iter().map(|change| change.in_words(self.wording)).collect();
        all.join(if self.wording == Wording::Chinese { "；" } else { "; " })
    }
}

fn one(
    asked: &Asked<'_>,
    id: &CustomerId,
    history: &OrderHistory,
    top: usize,
    json: bool,
) -> Result<(), Error> {
    let (reasons, changes) = asked.explain(id, history)?;
    let report = OneReport {
        customer_id: id.to_string(),
        model_version: asked.scorer.model_version().to_string(),
        as_of: asked.options.as_of.to_string(),
        horizon: reasons.horizon.to_string(),
        churn: asked.scorer.manifest().churn().map(str::to_owned),
        rung: reasons.rung.as_str(),
        churn_probability: reasons.churn_probability,
        band: reasons.band(),
        log_odds: reasons.log_odds,
        start_from: match reasons.start_from {
            Start::Typical => "typical_customer",
            Start::NewCustomer => "new_customer",
        },
        start: reasons.start,
        contributions: reasons
            .contributions
            .iter()
            .map(|one| ContributionReport {
                cause: asked.scorer.cause_name(&one.cause).to_owned(),
                log_odds: one.log_odds,
                reason: asked.scorer.reason(one, asked.wording),
            })
            .collect(),
        level: reasons.level,
        changes: changes
            .iter()
            .map(|change| ChangeReport {
                change: change.in_words(asked.wording),
                from: change.from,
                to: change.to,
                churn_probability: change.churn_probability,
            })
            .collect(),
    };
    if json {
        return print_json(&report);
    }
    print_one(&report, asked.wording, top);
    Ok(())
}

fn print_one(report: &OneReport, wording: Wording, top: usize) {
    let pick = |english, chinese| if wording == Wording::English { english } else { chinese };
    let OneReport { customer_id, horizon, rung, band, .. } = report;
    let percent = format!("{:.1}", report.churn_probability * 100.0);
    match (wording, &report.churn) {
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
    let start = match report.start_from {
        "typical_customer" => pick("the typical customer", "一般客户"),
        _ => pick("a new customer", "新客户"),
    };
    say!("  {:+.2}  {start}", report.start);
    for one in report.contributions.iter().take(top) {
        say!("  {:+.2}  {}", one.log_odds, one.reason);
    }
    let rest: f64 = report.contributions.iter().skip(top).map(|one| one.log_odds).sum();
    if report.contributions.len() > top {
        let count = report.contributions.len() - top;
        say!("  {rest:+.2}  {} ({count})", pick("smaller reasons", "其余较小的原因"));
    }
    say!("  {:+.2}  {}", report.level, pick("the level of the season", "季节水平"));
    say!("  {:+.2}  {} {percent} %", report.log_odds, pick("log-odds of", "对数几率，对应概率"));
    for change in &report.changes {
        say!("  {}", change.change);
    }
}

fn all(
    asked: &Asked<'_>,
    known: &[(&CustomerId, &OrderHistory)],
    out: &Path,
    top: usize,
    json: bool,
) -> Result<(), Error> {
    let cannot = || format!("cannot write {}", out.display());
    let folder = out.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let file = NamedTempFile::new_in(folder).with_context(cannot)?;
    let mut writer = csv::Writer::from_writer(file);
    let reasons = (1..=top).map(|place| format!("reason_{place}"));
    let header = ["customer_id", "churn_probability", "band", "rung"].map(str::to_owned).into_iter();
    writer.write_record(header.chain(reasons).chain(["change".to_owned()])).with_context(cannot)?;
    let mut importance = Importance::default();
    let mut progress = bar("explaining", Some(known.len() as u64), Unit::Customers);
    for (index, chunk) in known.chunks(CHUNK).enumerate() {
        let explain = |(id, history): &(&CustomerId, &OrderHistory)| asked.explain(id, history);
        let explained = chunk.par_iter().map(explain).collect::<Result<Vec<_>, LearnError>>()?;
        for ((id, _), (reasons, changes)) in chunk.iter().zip(&explained) {
            importance.add(asked.scorer, reasons);
            writer.write_record(row(asked, id, (reasons, changes), top)).with_context(cannot)?;
        }
        progress.set(((index + 1) * CHUNK).min(known.len()) as u64);
    }
    let file = writer.into_inner().map_err(|error| error.into_error()).with_context(cannot)?;
    file.persist(out).with_context(cannot)?;
    drop(progress);
    let importance = importance.rows().into_iter();
    let report = AllReport {
        customers: known.len(),
        model_version: asked.scorer.model_version().to_string(),
        as_of: asked.options.as_of.to_string(),
        out: out.to_owned(),
        importance: importance
            .map(|row| ImportanceReport { cause: row.cause, mean_size: row.mean_size })
            .collect(),
    };
    if json {
        return print_json(&report);
    }
    say!("{} customers explained as of {} by {}", report.customers, report.as_of, report.model_version);
    say!("mean size of each cause's contribution to the log-odds of churn:");
    for row in report.importance.iter().take(MOST_CAUSES) {
        say!("  {:.3}  {}", row.mean_size, row.cause);
    }
    say!("reasons written to {}", out.display());
    Ok(())
}

fn row(
    asked: &Asked<'_>,
    id: &CustomerId,
    (reasons, changes): (&Reasons, &[Change]),
    top: usize,
) -> Vec<String> {
    let mut row = vec![
        id.to_string(),
        reasons.churn_probability.to_string(),
        reasons.band().to_string(),
        reasons.rung.as_str().to_owned(),
    ];
    let mut worded = reasons.contributions.iter().map(|one| asked.scorer.reason(one, asked.wording));
    row.extend((0..top).map(|_| worded.next().unwrap_or_default()));
    row.push(asked.changes_in_words(changes));
    row
}
