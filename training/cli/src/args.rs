//! The commands and their options.

#![expect(clippy::doc_markdown, reason = "these comments are the help that people read")]

use std::path::PathBuf;

use clap::builder::{PathBufValueParser, TypedValueParser};
use clap::{Args, Parser, Subcommand, ValueEnum};
use tenure_behaviour::language::{Proxy, Scope};
use tenure_core::{DiscountRate, EventKind, Horizon};
use tenure_learn::learners::Params;
use tenure_learn::{ModelChoice, OrderKind};
use tenure_report::Language;

use crate::commands::compare::CompareArgs;
use crate::commands::drift::DriftArgs;
use crate::commands::features::FeaturesArgs;
use crate::commands::log_args::{CompactArgs, IntoLogArgs, LogArgs};
use crate::commands::models::ModelsArgs;
use crate::commands::reasons::ReasonsArgs;
use crate::commands::retention::RetentionArgs;
use crate::commands::retrain::RegistryArgs;
use crate::commands::segments::SegmentsArgs;
use crate::commands::simulate::SimulateArgs;
use crate::commands::table::evaluate::EvaluateTableArgs;
use crate::commands::table::score::ScoreTableArgs;
use crate::commands::table::train::TrainTableArgs;
use crate::commands::table::tuning::TuneArgs;
use crate::history::{HistoryArgs, OrderFileArgs};
use crate::or_table::OrTable;

const EXIT_CODES: &str = "\
Exit codes:
  0  done; also where `train` kept the bundle in use, and whatever `drift` advises
  1  something failed: a file cannot be written, a port is taken
  2  what was given cannot be used: wrong options, a file that is not there, a missing column, too many rejected
     rows, a damaged bundle";

/// Fit churn and customer-lifetime-value models from what customers did, and score customers with them.
#[derive(Debug, Parser)]
#[command(name = "tenure", version, after_help = EXIT_CODES, propagate_version = true)]
pub(crate) struct Cli {
    /// Print what was done as one JSON object on standard output, for machines. Completions and manual pages
    /// have no such form.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Read files of orders or other events, report what is in them, and keep them as clean events.
    #[command(
        after_help = "Examples:\n  tenure import --orders shopify.csv --currency EUR --out events.parquet\n  tenure import --input clicks.parquet --log shop-log --map customer_id=user,occurred_at=ts,kind=action"
    )]
    Import(ImportArgs),
    /// Look into an event log.
    Log(LogArgs),
    /// Rewrite the runs of an event log as one, without events that repeat an event id.
    Compact(CompactArgs),
    /// Fit the models, choose among them by backtest, and write a bundle.
    #[command(
        after_help = "Examples:\n  tenure train --orders orders.csv --as-of 2024-06-01 --horizon 90d --out shop.tenure\n  tenure train --orders orders.csv --as-of 2024-06-01 --registry models --promote-if-better\n  tenure train --table customers.csv --target Churn --id customerID --out contracts.tenure\n  tenure train --log events --as-of 2024-06-01 --out shop.tenure"
    )]
    Train(OrTable<TrainArgs, TrainTableArgs>),
    /// Score every customer with an order before the as-of; from an event log, customers without one as well.
    #[command(
        after_help = "Examples:\n  tenure score --bundle shop.tenure --orders orders.csv --as-of 2024-06-01 --out scores.csv\n  tenure score --bundle contracts.tenure --table customers.csv --out scores.csv --reasons\n  tenure score --bundle shop.tenure --log events --as-of 2024-06-01 --out scores.csv"
    )]
    Score(OrTable<ScoreArgs, ScoreTableArgs>),
    /// Say why customers' probabilities of churn are what they are, and what would change their band of risk.
    #[command(
        after_help = "Examples:\n  tenure reasons --bundle shop.tenure --orders orders.csv --as-of 2024-06-01 --customer 1042\n  tenure reasons --bundle shop.tenure --orders orders.csv --as-of 2024-06-01 --out reasons.csv --language zh"
    )]
    Reasons(ReasonsArgs),
    /// Compare a bundle's predictions with what then happened.
    #[command(
        after_help = "Examples:\n  tenure evaluate --bundle shop.tenure --orders all-orders.csv --as-of 2024-06-01\n  tenure evaluate --table customers.csv --target Churn --folds 5 --repeats 5"
    )]
    Evaluate(OrTable<EvaluateArgs, EvaluateTableArgs>),
    /// Compare two bundles, champion and challenger, on the newest closed window: [as-of - horizon, as-of).
    #[command(
        after_help = "Examples:\n  tenure compare old.tenure new.tenure --orders orders.csv --as-of 2024-09-01\n  tenure compare old.tenure new.tenure --log events --as-of 2024-09-01"
    )]
    Compare(CompareArgs),
    /// Say whether a bundle still fits its shop: keep it, set its level anew, or train again.
    #[command(
        after_help = "Examples:\n  tenure drift --bundle shop.tenure --orders orders.csv --as-of 2024-09-01\n  tenure drift --bundle shop.tenure --log events --as-of 2024-09-01"
    )]
    Drift(DriftArgs),
    /// Look after a registry: a folder of bundles with labels such as stable.
    Models(ModelsArgs),
    /// Write a page that shows how good a bundle is, against what, and where it fails: one HTML file that opens
    /// offline.
    #[command(
        after_help = "Examples:\n  tenure report --bundle shop.tenure --orders all-orders.csv --out report.html\n  tenure report --bundle shop.tenure --log events --out report.html"
    )]
    Report(ReportArgs),
    /// Print what a bundle says about itself.
    Inspect(InspectArgs),
    /// Compile a file of definitions or segments, and report what is in it and what it costs, or all that is wrong.
    #[command(
        after_help = "Example:\n  tenure check features.behaviour --kind size_guide_open --proxy product=prayer_mat"
    )]
    Check(CheckArgs),
    /// Say in English and Chinese what an expression of the behaviour language means, and what it costs.
    #[command(after_help = "Example:\n  tenure explain \"count(order, 90d) >= 2 and country = 'DE'\"")]
    Explain(ExplainArgs),
    /// Train on the CDNOW orders that come with Tenure, start the server, score over gRPC, show the result.
    Demo(DemoArgs),
    /// Write a made-up log of customers whose truth is known: to try things out, and to check models.
    #[command(
        after_help = "Example:\n  tenure simulate --customers 10000 --from 2023-01-01 --to 2025-01-01 --out events.parquet --truth truth.csv"
    )]
    Simulate(SimulateArgs),
    /// Write what each customer of an event log did, as numbers, at one date or many.
    #[command(
        after_help = "Example:\n  tenure features --log events --as-of 2024-06-01,2024-07-01 --out features.parquet"
    )]
    Features(FeaturesArgs),
    /// Say which customers of an event log are in which segment, what to offer them, and who moved.
    #[command(
        after_help = "Examples:\n  tenure segments --log events --as-of 2024-06-01 --out members.csv\n  tenure segments --log events --as-of 2024-06-01 --since 2024-05-01\n  tenure segments --log events --as-of 2024-06-01 --segments new.toml --against segments.toml"
    )]
    Segments(SegmentsArgs),
    /// Project how long subscribers stay, from counts of those still there after each period.
    #[command(
        after_help = "The file has the columns period and customers, and cohort where there are several:\n\n  period,customers\n  0,1000\n  1,869\n  2,743\n\nExample:\n  tenure retention --counts subscribers.csv --fit-periods 7 --discount 0.10"
    )]
    Retention(RetentionArgs),
    /// Print a completion script for a shell.
    Completions(CompletionsArgs),
    /// Write the manual pages.
    Man(ManArgs),
}

#[derive(Debug, Args)]
pub(crate) struct ImportArgs {
    #[command(flatten)]
    pub(crate) file: OrderFileArgs,
    /// Where to write the events, as Parquet; every command reads this file without a map.
    #[arg(long, value_name = "FILE", conflicts_with = "log")]
    pub(crate) out: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) into_log: IntoLogArgs,
}

/// Which orders belong together.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub(crate) enum Occasion {
    /// All orders of one customer on one day are one purchase occasion.
    #[default]
    Day,
    /// Every order is one.
    Order,
}

#[derive(Debug, Args)]
pub(crate) struct TrainArgs {
    #[command(flatten)]
    pub(crate) history: HistoryArgs,
    /// Only what was known before this date or instant is used.
    #[arg(long, value_name = "DATE")]
    pub(crate) as_of: String,
    /// File of the features that trees may read, in the behaviour language, one a line [default: the standard
    /// features; tenure features --print-standard shows them].
    #[arg(long, value_name = "FILE", conflicts_with = "orders")]
    pub(crate) features: Option<PathBuf>,
    /// What churn is, in the behaviour language with a window ahead, such as 'count(order where amount >= 50, next 60d)
    /// < 2'; or @FILE, a file of definitions with one called churn. Definitions of --features may be used by name
    /// [default: no order within --horizon].
    #[arg(long, value_name = "CONDITION")]
    pub(crate) churn: Option<String>,
    /// How far ahead churn looks, such as 60d [default: 90d; with --churn its window].
    #[arg(long)]
    pub(crate) horizon: Option<Horizon>,
    /// Horizons of the churn curve that every score carries, besides --horizon: at most 32, parted by commas
    /// [default: 30d,60d,90d,180d,365d; with --churn its window].
    #[arg(long, value_delimiter = ',', value_name = "HORIZONS")]
    pub(crate) horizons: Vec<Horizon>,
    /// How far ahead the customer lifetime value looks.
    #[arg(long, default_value = "365d")]
    pub(crate) clv_horizon: Horizon,
    /// Annual discount rate of the customer lifetime value, as a fraction.
    #[arg(long, default_value = "0.10", value_name = "RATE", allow_negative_numbers = true)]
    pub(crate) discount_rate: DiscountRate,
    /// Where to write the bundle.
    #[arg(long, value_name = "FILE", required_unless_present = "registry")]
    pub(crate) out: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) registry: RegistryArgs,
    /// Purchase model: best (chosen by backtest), bg_nbd, mbg_nbd, pareto_nbd, or of customers who order at regular
    /// intervals bg_cnbd or mbg_cnbd.
    #[arg(long, default_value = "best", value_parser = parse_model)]
    pub(crate) model: ModelChoice,
    /// Pull of all fits towards middling parameters, such as 0.001 where a fit does not converge; 0 is maximum
    /// likelihood.
    #[arg(long, default_value = "0", value_parser = parse_penalizer, value_name = "WEIGHT", allow_negative_numbers = true)]
    pub(crate) penalizer: f64,
    /// Settings of the trees, as --tune notes them: such as eta=0.03,depth=4.
    #[arg(long, value_name = "SETTINGS")]
    pub(crate) params: Option<Params>,
    #[command(flatten)]
    pub(crate) tune: TuneArgs,
    /// Keep the levels that the models give, even where backtests show them to be off.
    #[arg(long)]
    pub(crate) keep_level: bool,
    /// What counts as one purchase occasion.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) occasion: Occasion,
}

fn parse_model(text: &str) -> Result<ModelChoice, String> {
    if text == "best" {
        return Ok(ModelChoice::Best);
    }
    text.parse::<OrderKind>().map(ModelChoice::Fixed).map_err(|error| error.to_string())
}

fn parse_penalizer(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(value) if value.is_finite() && value >= 0.0 => Ok(value),
        _ => Err("a penalizer is a finite number at or above 0, such as 0.001".to_owned()),
    }
}

/// What to ask of a bundle; absent: the bundle's own.
#[derive(Clone, Debug, Args)]
pub(crate) struct AskArgs {
    /// Bundle written by `tenure train`.
    #[arg(long, value_name = "FILE")]
    pub(crate) bundle: PathBuf,
    #[command(flatten)]
    pub(crate) history: HistoryArgs,
    /// Only what was known before this date or instant is used.
    #[arg(long, value_name = "DATE")]
    pub(crate) as_of: String,
    /// Horizon of churn_probability [default: the bundle's].
    #[arg(long)]
    pub(crate) horizon: Option<Horizon>,
}

#[derive(Debug, Args)]
pub(crate) struct ScoreArgs {
    #[command(flatten)]
    pub(crate) ask: AskArgs,
    /// Horizon of predicted_clv and expected_orders [default: the bundle's].
    #[arg(long)]
    pub(crate) clv_horizon: Option<Horizon>,
    /// Annual discount rate of predicted_clv, as a fraction [default: the bundle's, 0.10 if not set in training].
    #[arg(long, value_name = "RATE", allow_negative_numbers = true)]
    pub(crate) discount_rate: Option<DiscountRate>,
    /// Where to write the scores: .csv or .parquet.
    #[arg(long, value_name = "FILE", value_parser = PathBufValueParser::new().try_map(score_file))]
    pub(crate) out: PathBuf,
}

pub(crate) fn score_file(path: PathBuf) -> Result<PathBuf, String> {
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("csv" | "parquet") => Ok(path),
        _ => Err("name it .csv or .parquet".to_owned()),
    }
}

#[derive(Debug, Args)]
pub(crate) struct EvaluateArgs {
    #[command(flatten)]
    pub(crate) ask: AskArgs,
}

#[derive(Debug, Args)]
pub(crate) struct ReportArgs {
    /// Bundle written by `tenure train`.
    #[arg(long, value_name = "FILE")]
    pub(crate) bundle: PathBuf,
    #[command(flatten)]
    pub(crate) history: HistoryArgs,
    /// Only what was known before this date or instant is known to the predictions; orders after it are what they
    /// are compared with [default: the bundle's].
    #[arg(long, value_name = "DATE")]
    pub(crate) as_of: Option<String>,
    /// How far ahead predictions are compared with what came [default: the bundle's].
    #[arg(long)]
    pub(crate) horizon: Option<Horizon>,
    /// Where to write the page, about 5 MB.
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
    /// Language of the page: en or zh.
    #[arg(long, default_value = "en", value_name = "LANGUAGE")]
    pub(crate) language: Language,
}

#[derive(Debug, Args)]
pub(crate) struct InspectArgs {
    /// Bundle written by `tenure train`.
    #[arg(value_name = "FILE")]
    pub(crate) bundle: PathBuf,
    /// Print the model card as Markdown: purpose, data, measures, limits of use, known weaknesses.
    #[arg(long, conflicts_with = "json")]
    pub(crate) card: bool,
    /// Language of the model card: en or zh.
    #[arg(long, default_value = "en", value_name = "LANGUAGE", requires = "card")]
    pub(crate) language: Language,
}

/// What a text of the behaviour language may speak of.
#[derive(Debug, Args)]
pub(crate) struct ScopeArgs {
    /// A kind of event of the shop's own; with one at least, unknown kinds are errors. Repeat for more.
    #[arg(long = "kind", value_name = "KIND")]
    kinds: Vec<EventKind>,
    /// An attribute, or a value of one, that stands in for a sensitive attribute and is refused, such as
    /// product=prayer_mat. Repeat for more.
    #[arg(long = "proxy", value_name = "PROXY")]
    proxies: Vec<Proxy>,
    /// A word that is refused besides the built-in ones (race, religion, health, …). Repeat for more.
    #[arg(long = "sensitive-word", value_name = "WORD")]
    sensitive_words: Vec<String>,
    /// Allow windows that look ahead, such as next 90d: for labels.
    #[arg(long)]
    labels: bool,
}

impl ScopeArgs {
    pub(crate) fn scope(&self) -> Scope {
        Scope {
            kinds: Some(self.kinds.clone()).filter(|kinds| !kinds.is_empty()),
            next_windows: self.labels,
            sensitive_words: self.sensitive_words.iter().map(|word| word.as_str().into()).collect(),
            proxies: self.proxies.clone(),
            ..Scope::features()
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    /// File of definitions, name = expression, or of segments (.toml).
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) scope: ScopeArgs,
}

#[derive(Debug, Args)]
pub(crate) struct ExplainArgs {
    /// A value or condition, in quotation marks for the shell.
    #[arg(value_name = "EXPRESSION")]
    pub(crate) expression: String,
    #[command(flatten)]
    pub(crate) scope: ScopeArgs,
}

#[derive(Debug, Args)]
pub(crate) struct DemoArgs {
    /// Folder for the orders and the bundle of the demo.
    #[arg(long, default_value = "tenure-demo", value_name = "DIR")]
    pub(crate) dir: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct CompletionsArgs {
    /// The shell.
    pub(crate) shell: clap_complete::Shell,
}

#[derive(Debug, Args)]
pub(crate) struct ManArgs {
    /// Folder to write them to.
    #[arg(long, default_value = ".", value_name = "DIR")]
    pub(crate) out: PathBuf,
}
