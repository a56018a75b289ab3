//! `tenure reasons`.

mod churn;
mod file;
mod prospect;
mod value;

use std::path::PathBuf;

use anyhow::Error;
use clap::{Args, ValueEnum};
use rayon::iter::{IntoParallelRefIterator, ParallelIterator};
use serde::Serialize;
use tenure_behaviour::BehaviourError;
use tenure_bundle::{Change, Importance, Reasons, ScoreOptions, Scorer, Start, ValueReasons, Wording};
use tenure_core::CustomerId;
use tenure_learn::LearnError;
use tenure_report::Language;

use crate::bundles;
use crate::commands::print_json;
use crate::history::{History, HistoryArgs, OrderFileArgs};
use crate::log_facts;
use crate::log_scores::{Customer, Walk};
use crate::orders::{self, Unusable};
use crate::progress::{Unit, bar};
use crate::say::say;

use file::ReasonFile;
use prospect::Prospect;

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
    history: HistoryArgs,
    /// Only what was known before this date or instant is used.
    #[arg(long, value_name = "DATE")]
    as_of: String,
    /// What is explained: the probability of churn, or the predicted value.
    #[arg(long, value_enum, default_value = "churn", value_name = "WHAT")]
    of: Of,
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

/// What is explained.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Of {
    /// The probability of churn.
    Churn,
    /// The predicted value.
    Value,
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
    /// Mean size of its contribution: to the log-odds of churn, or to the value in major units.
    mean_size: f64,
}

pub(crate) fn run(args: &ReasonsArgs, json: bool) -> Result<(), Error> {
    let scorer = bundles::open(&args.bundle)?;
    if let Some(out) = &args.out {
        orders::check_out(out, &[args.history.path(), &args.bundle])?;
    }
    let history = args.history.as_in_training(&scorer)?;
    let as_of = orders::as_of(&args.as_of, &history.time_zone())?;
    let asked = Asked {
        scorer: &scorer,
        options: scorer.defaults(as_of),
        wording: wording(args.language),
        of: args.of,
        top: usize::from(args.top),
    };
    match (&args.out, &args.customer) {
        (Some(out), _) => {
            let mut file = ReasonFile::create(out, &asked)?;
            asked.everybody(&history, None, json, &mut |explained| file.write(&asked, explained))?;
            if file.customers() == 0 {
                return Err(LearnError::NoOrders { as_of }.into());
            }
            report_all(&asked, file, json)
        }
        (None, customer) => {
            let wanted = customer.as_deref().unwrap_or_default();
            let mut found = None;
            asked.everybody(&history, Some(wanted), json, &mut |explained| {
                found = explained.first().cloned().or_else(|| found.take());
                Ok(())
            })?;
            let Some(told) = found else {
                let message = format!(
                    "no order of a customer {wanted:?} before {as_of}: check --customer against the column of ids"
                );
                return Err(Unusable::new(message).into());
            };
            match &told.explained {
                Explained::Churn(reasons, changes) => churn::print(&asked, &told, (reasons, changes), json),
                Explained::Value(reasons) => value::print(&asked, &told, reasons, json),
            }
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
    of: Of,
    /// How many reasons are shown.
    top: usize,
}

/// One customer's answer.
#[derive(Clone, Debug)]
enum Explained {
    Churn(Reasons, Vec<Change>),
    Value(ValueReasons),
}

/// A customer and the answer.
#[derive(Clone, Debug)]
struct Told {
    id: CustomerId,
    explained: Explained,
    /// Of somebody without an order.
    prospect: Option<Prospect>,
}

impl Asked<'_> {
    fn explain(&self, customer: Customer<'_>) -> Result<Told, BehaviourError> {
        let Customer { id, history, state } = customer;
        let explained = match self.of {
            Of::Churn => Explained::Churn(
                self.scorer.explain(history, state, &self.options)?,
                self.scorer.changes(history, state, &self.options)?,
            ),
            Of::Value => Explained::Value(self.scorer.explain_value(history, state, &self.options)?),
        };
        Ok(Told { id: id.clone(), explained, prospect: Prospect::of(self, customer) })
    }

    /// Explains everybody with an order before the as-of, or `only` one customer, from a log also without an order.
    fn everybody(
        &self,
        history: &History,
        only: Option<&str>,
        json: bool,
        take: &mut dyn FnMut(&[Told]) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let file = match history {
            History::Orders(file) => file,
            History::Log(log) => {
                let log = log_facts::open(log)?;
                let as_of = self.options.as_of;
                let explain = |customer: Customer<'_>| {
                    if only.is_none() && !customer.history.has_order_before(as_of) {
                        return Ok(None);
                    }
                    self.explain(customer).map(Some)
                };
                let walk = Walk { scorer: self.scorer, log: &log, as_of, only, what: "explaining" };
                return walk.each(&explain, take);
            }
        };
        self.file(file, only, json, take)
    }

    fn file(
        &self,
        file: &OrderFileArgs,
        only: Option<&str>,
        json: bool,
        take: &mut dyn FnMut(&[Told]) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let (book, import) = orders::book(file, self.options.as_of)?;
        if !json {
            say!("{import}\n");
        }
        let mut known = book.sorted();
        known.retain(|(_, history)| history.has_order_before(self.options.as_of));
        if known.is_empty() {
            return Err(LearnError::NoOrders { as_of: self.options.as_of }.into());
        }
        known.retain(|(id, _)| only.is_none_or(|only| only == id.as_str()));
        let mut progress = bar("explaining", Some(known.len() as u64), Unit::Customers);
        for (index, chunk) in known.chunks(CHUNK).enumerate() {
            let explained = chunk.par_iter().map(|(id, history)| {
                let state = self.scorer.state_of(history, self.options.as_of);
                let told = self.explain(Customer { id, history, state: state.as_ref() });
                told.map_err(|source| LearnError::Customer { customer_id: (*id).clone(), source })
            });
            take(&explained.collect::<Result<Vec<Told>, LearnError>>()?)?;
            progress.set(((index + 1) * CHUNK).min(known.len()) as u64);
        }
        Ok(())
    }

    /// One of two texts, by the language of the reasons.
    fn pick<'t>(&self, english: &'t str, chinese: &'t str) -> &'t str {
        if self.wording == Wording::English { english } else { chinese }
    }

    /// Where the contributions start from, in words.
    fn start(&self, from: Start) -> &'static str {
        match (from, self.wording) {
            (Start::Typical, Wording::English) => "the typical customer",
            (Start::Typical, Wording::Chinese) => "一般客户",
            (Start::NewCustomer, Wording::English) => "a new customer",
            (Start::NewCustomer, Wording::Chinese) => "新客户",
        }
    }
}

/// Where the contributions start from, as files have it.
const fn start_name(from: Start) -> &'static str {
    match from {
        Start::Typical => "typical_customer",
        Start::NewCustomer => "new_customer",
    }
}

fn report_all(asked: &Asked<'_>, file: ReasonFile, json: bool) -> Result<(), Error> {
    let customers = file.customers();
    let (out, importance) = file.finish()?;
    let report = AllReport {
        customers,
        model_version: asked.scorer.model_version().to_string(),
        as_of: asked.options.as_of.to_string(),
        out,
        importance: rows(&importance),
    };
    if json {
        return print_json(&report);
    }
    say!("{} customers explained as of {} by {}", report.customers, report.as_of, report.model_version);
    let currency = asked.scorer.currency();
    match asked.of {
        Of::Churn => say!("mean size of each cause's contribution to the log-odds of churn:"),
        Of::Value => say!("mean size of each cause's contribution to the predicted value, in {currency}:"),
    }
    for row in report.importance.iter().take(MOST_CAUSES) {
        match asked.of {
            Of::Churn => say!("  {:.3}  {}", row.mean_size, row.cause),
            Of::Value => {
                let digits = currency.minor_digits() as usize;
                say!("  {:.digits$}  {}", row.mean_size, row.cause);
            }
        }
    }
    say!("reasons written to {}", report.out.display());
    Ok(())
}

fn rows(importance: &Importance) -> Vec<ImportanceReport> {
    let rows = importance.rows().into_iter();
    rows.map(|row| ImportanceReport { cause: row.cause, mean_size: row.mean_size }).collect()
}
