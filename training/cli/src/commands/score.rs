//! `tenure score`.

use anyhow::Error;
use rayon::iter::{IntoParallelRefIterator, ParallelIterator};
use serde::Serialize;
use tenure_behaviour::OrderHistory;
use tenure_bundle::{Limits, ScoreOptions, Scorer};
use tenure_core::CustomerId;
use tenure_learn::LearnError;

use crate::args::ScoreArgs;
use crate::commands::print_json;
use crate::orders;
use crate::progress::{Unit, bar};
use crate::say::say;
use crate::scores::{ScoreWriter, Scored};

/// Customers scored before they are written: enough for the threads, little beside the orders in memory.
const CHUNK: usize = 16_384;

/// What `--json` prints.
#[derive(Debug, Serialize)]
struct Report {
    customers: usize,
    model_version: String,
    as_of: String,
    horizon: String,
    clv_horizon: String,
    discount_rate: f64,
    /// Mean probability of no order in the horizon.
    mean_churn_probability: f64,
    /// Sum of all predicted values, in major units.
    predicted_clv_total: f64,
}

pub(crate) fn run(args: &ScoreArgs, json: bool) -> Result<(), Error> {
    let scorer = Scorer::open(&args.ask.bundle, &Limits::default())?;
    orders::check_out(&args.out, &[&args.ask.file.orders, &args.ask.bundle])?;
    let file = args.ask.file.as_in_training(&scorer);
    let as_of = orders::as_of(&args.ask.as_of, &file.time_zone())?;
    let defaults = scorer.defaults(as_of);
    let options = ScoreOptions {
        as_of,
        horizon: args.ask.horizon.unwrap_or(defaults.horizon),
        clv_horizon: args.clv_horizon.unwrap_or(defaults.clv_horizon),
        discount_rate: args.discount_rate.unwrap_or(defaults.discount_rate),
    };
    let mut writer = ScoreWriter::create(&args.out, &scorer)?;
    let (book, import) = orders::book(&file)?;
    if !json {
        say!("{import}\n");
    }
    let mut known = book.sorted();
    known.retain(|(_, history)| history.has_order_before(as_of));
    if known.is_empty() {
        return Err(LearnError::NoOrders { as_of }.into());
    }
    let mut progress = bar("scoring", Some(known.len() as u64), Unit::Customers);
    let (mut churn, mut value) = (0.0, 0.0);
    for (index, chunk) in known.chunks(CHUNK).enumerate() {
        let scores = score_chunk(&scorer, chunk, &options)?;
        churn += scores.iter().map(|(_, score)| score.churn_probability).sum::<f64>();
        value += scores.iter().map(|(_, score)| score.predicted_clv.major_units).sum::<f64>();
        writer.write(&scores)?;
        progress.set(((index + 1) * CHUNK).min(known.len()) as u64);
    }
    writer.finish()?;
    drop(progress);
    let report = Report {
        customers: known.len(),
        model_version: scorer.model_version().to_string(),
        as_of: as_of.to_string(),
        horizon: options.horizon.to_string(),
        clv_horizon: options.clv_horizon.to_string(),
        discount_rate: options.discount_rate.annual(),
        mean_churn_probability: churn / known.len() as f64,
        predicted_clv_total: value,
    };
    if json {
        return print_json(&report);
    }
    print_report(&report, args, scorer.currency());
    Ok(())
}

fn print_report(report: &Report, args: &ScoreArgs, currency: tenure_core::Currency) {
    say!("{} customers scored as of {} by {}", report.customers, report.as_of, report.model_version);
    say!(
        "  {:.1} % are expected not to order within {}",
        report.mean_churn_probability * 100.0,
        report.horizon
    );
    say!(
        "  {:.0} {currency} are expected within {} (discounted at {} a year)",
        report.predicted_clv_total,
        report.clv_horizon,
        report.discount_rate
    );
    say!("scores written to {}", args.out.display());
}

fn score_chunk<'a>(
    scorer: &Scorer,
    chunk: &[(&'a CustomerId, &OrderHistory)],
    options: &ScoreOptions,
) -> Result<Vec<Scored<'a>>, LearnError> {
    let score = |(customer_id, history): &(&'a CustomerId, &OrderHistory)| {
        let scored = scorer.score(history, options);
        let scored =
            scored.map_err(|source| LearnError::Customer { customer_id: (*customer_id).clone(), source })?;
        Ok((*customer_id, scored))
    };
    chunk.par_iter().map(score).collect()
}
