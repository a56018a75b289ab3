//! `tenure score`.

use anyhow::Error;
use rayon::iter::{IntoParallelRefIterator, ParallelIterator};
use rayon::slice::ParallelSlice;
use serde::Serialize;
use tenure_behaviour::OrderHistory;
use tenure_bundle::{Profile, Rung, ScoreOptions, Scorer};
use tenure_core::CustomerId;
use tenure_learn::{LearnError, Onlooker};

use crate::args::ScoreArgs;
use crate::bundles;
use crate::commands::{churn, print_json};
use crate::history::{History, OrderFileArgs};
use crate::log_scores::score_log;
use crate::progress::{Unit, bar};
use crate::say::{complain, say};
use crate::scores::{ScoreWriter, Scored, scored};
use crate::{log_facts, orders};

/// Customers scored before they are written: enough for the threads, little beside the orders in memory.
const CHUNK: usize = 16_384;

/// Of them, those whom a thread scores at once.
const BATCH: usize = 1_024;

/// What `--json` prints.
#[derive(Debug, Serialize)]
struct Report {
    customers: usize,
    /// Of them, those known from the log who have not ordered yet: they are in no mean and no total.
    customers_without_order: usize,
    model_version: String,
    as_of: String,
    horizon: String,
    clv_horizon: String,
    discount_rate: f64,
    /// What churn is, where it is not no order within the horizon.
    #[serde(skip_serializing_if = "Option::is_none")]
    churn: Option<String>,
    /// Mean probability of churn in the horizon.
    mean_churn_probability: f64,
    /// Sum of all predicted values, in major units.
    predicted_clv_total: f64,
    /// What makes the scores doubtful: orders that end before the as-of, customers of another shop.
    warnings: Vec<String>,
}

pub(crate) fn run(args: &ScoreArgs, json: bool) -> Result<(), Error> {
    let bundle = bundles::read("--bundle", &args.ask.bundle)?;
    let profile = Profile::of(&bundle)?;
    let scorer = bundles::ready(bundle)?;
    orders::check_out(&args.out, &[args.ask.history.path(), &args.ask.bundle])?;
    let history = args.ask.history.as_in_training(&scorer)?;
    let as_of = orders::as_of(&args.ask.as_of, &history.time_zone())?;
    let defaults = scorer.defaults(as_of);
    let options = ScoreOptions {
        as_of,
        horizon: args.ask.horizon.unwrap_or(defaults.horizon),
        clv_horizon: args.clv_horizon.unwrap_or(defaults.clv_horizon),
        discount_rate: args.discount_rate.unwrap_or(defaults.discount_rate),
    };
    churn::check_horizon(&scorer, options.horizon)?;
    let mut writer = ScoreWriter::create(&args.out, &scorer)?;
    let mut tally = Tally::default();
    let mut take = |scores: &[Scored]| {
        tally.add(scores);
        writer.write(scores)
    };
    let onlooker = Onlooker::new(&scorer, profile.as_ref(), as_of);
    match &history {
        History::Orders(file) => score_file(&scorer, file, &options, (&onlooker, json), &mut take)?,
        History::Log(log) => score_log(&scorer, &log_facts::open(log)?, &options, &onlooker, &mut take)?,
    }
    if tally.buyers == 0 {
        return Err(LearnError::NoOrders { as_of }.into());
    }
    writer.finish()?;
    let report = Report {
        customers: tally.buyers + tally.prospects,
        customers_without_order: tally.prospects,
        model_version: scorer.model_version().to_string(),
        as_of: as_of.to_string(),
        horizon: options.horizon.to_string(),
        clv_horizon: options.clv_horizon.to_string(),
        discount_rate: options.discount_rate.annual(),
        churn: scorer.manifest().churn().map(str::to_owned),
        mean_churn_probability: tally.churn / tally.buyers as f64,
        predicted_clv_total: tally.value,
        warnings: onlooker.warnings(),
    };
    for warning in &report.warnings {
        complain!("warning: {warning}");
    }
    if json {
        return print_json(&report);
    }
    print_report(&report, args, scorer.currency());
    Ok(())
}

fn print_report(report: &Report, args: &ScoreArgs, currency: tenure_core::Currency) {
    say!("{} customers scored as of {} by {}", report.customers, report.as_of, report.model_version);
    if report.customers_without_order > 0 {
        say!(
            "  {} of them have not ordered yet; they are not counted in what follows",
            report.customers_without_order
        );
    }
    let percent = report.mean_churn_probability * 100.0;
    match &report.churn {
        Some(churn) => say!("  {percent:.1} % are expected to churn: {churn}"),
        None => say!("  {percent:.1} % are expected not to order within {}", report.horizon),
    }
    say!(
        "  {:.0} {currency} are expected within {} (discounted at {} a year)",
        report.predicted_clv_total,
        report.clv_horizon,
        report.discount_rate
    );
    say!("scores written to {}", args.out.display());
}

/// What all scores come to.
#[derive(Debug, Default)]
struct Tally {
    buyers: usize,
    prospects: usize,
    churn: f64,
    value: f64,
}

impl Tally {
    fn add(&mut self, scores: &[Scored]) {
        let buyers = || scores.iter().map(|(_, score)| score).filter(|score| score.rung != Rung::Prior);
        let count = buyers().count();
        self.buyers += count;
        self.prospects += scores.len() - count;
        self.churn += buyers().map(|score| score.churn_probability).sum::<f64>();
        self.value += buyers().map(|score| score.predicted_clv.major_units).sum::<f64>();
    }
}

/// Scores everybody with an order in the file, in the order of their ids.
fn score_file(
    scorer: &Scorer,
    file: &OrderFileArgs,
    options: &ScoreOptions,
    (onlooker, json): (&Onlooker, bool),
    take: &mut dyn FnMut(&[Scored]) -> Result<(), Error>,
) -> Result<(), Error> {
    let (book, import) = orders::book(file, options.as_of)?;
    if !json {
        say!("{import}\n");
    }
    let mut known = book.sorted();
    known.retain(|(_, history)| history.has_order_before(options.as_of));
    known.par_iter().for_each(|(_, history)| onlooker.see(history));
    let mut progress = bar("scoring", Some(known.len() as u64), Unit::Customers);
    for (index, chunk) in known.chunks(CHUNK).enumerate() {
        take(&score_chunk(scorer, chunk, options)?)?;
        progress.set(((index + 1) * CHUNK).min(known.len()) as u64);
    }
    Ok(())
}

fn score_chunk(
    scorer: &Scorer,
    chunk: &[(&CustomerId, &OrderHistory)],
    options: &ScoreOptions,
) -> Result<Vec<Scored>, LearnError> {
    let score = |customers: &[(&CustomerId, &OrderHistory)]| {
        let mut batch = scorer.batch(options);
        customers.iter().for_each(|(_, history)| batch.push(history));
        let ids = customers.iter().map(|(customer_id, _)| (*customer_id).clone());
        ids.zip(batch.finish()).map(scored).collect::<Result<Vec<Scored>, LearnError>>()
    };
    let parts: Vec<Vec<Scored>> = chunk.par_chunks(BATCH).map(score).collect::<Result<_, LearnError>>()?;
    Ok(parts.into_iter().flatten().collect())
}
