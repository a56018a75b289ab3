//! The options of `tenure simulate`.

#![expect(clippy::doc_markdown, reason = "these comments are the help that people read")]

use std::path::PathBuf;
use std::str::FromStr;

use anyhow::{Context, Error};
use clap::builder::{PathBufValueParser, TypedValueParser};
use clap::{Args, ValueEnum};
use tenure_btyd::GammaGamma;
use tenure_core::{Currency, TimeZone, Timestamp};
use tenure_learn::LearnError;
use tenure_learn::simulate::{Process, RowOrder, Shape, Simulation};

use crate::args::score_file;

/// Which kinds of events there are.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum ShapeArg {
    /// Visits, carts, messages, loyalty, reviews and orders.
    Browsing,
    /// Orders, refunds and cancellations only.
    Orders,
}

/// In which order rows come.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum RowsArg {
    /// One customer after the other.
    Customer,
    /// By time of arrival, within blocks of 1024 customers.
    Interleaved,
}

#[derive(Debug, Args)]
pub(crate) struct SimulateArgs {
    /// How many customers, visitors without an order included.
    #[arg(long, default_value_t = 10_000, value_name = "N")]
    customers: u64,
    /// First date or instant of the log, in UTC.
    #[arg(long, value_name = "DATE")]
    from: String,
    /// The log ends before this date or instant, in UTC.
    #[arg(long, value_name = "DATE")]
    to: String,
    /// The same seed gives the same file on every machine.
    #[arg(long, default_value_t = 7)]
    seed: u64,
    /// Where to write the events: .parquet or .csv.
    #[arg(long, value_name = "FILE", value_parser = PathBufValueParser::new().try_map(score_file))]
    pub(super) out: PathBuf,
    /// Where to write each customer's true end and rates: .csv.
    #[arg(long, value_name = "FILE", value_parser = PathBufValueParser::new().try_map(csv_file))]
    pub(super) truth: Option<PathBuf>,
    /// Which kinds of events there are.
    #[arg(long, value_enum, default_value = "browsing")]
    shape: ShapeArg,
    /// How orders come and end: pareto_nbd or bg_nbd.
    #[arg(long, default_value = "pareto_nbd", value_name = "NAME")]
    process: String,
    /// Parameters of the process, in weeks: r,alpha,s,beta of pareto_nbd [default: 0.8,6,1.2,40] or r,alpha,a,b
    /// of bg_nbd [default: 0.8,6,0.8,4].
    #[arg(long, value_name = "NUMBERS", value_parser = numbers::<4>)]
    parameters: Option<[f64; 4]>,
    /// Parameters p,q,v of what orders cost (Gamma-Gamma), v in major units [default: 6,4,25].
    #[arg(long, value_name = "NUMBERS", value_parser = numbers::<3>)]
    spend: Option<[f64; 3]>,
    /// Currency of all amounts, ISO 4217.
    #[arg(long, default_value = "USD")]
    currency: Currency,
    /// In which order rows come.
    #[arg(long, value_enum, default_value = "customer")]
    rows: RowsArg,
    /// The same demand at every hour of the year.
    #[arg(long)]
    no_seasons: bool,
    /// Share of customers who look but never order [default: 0.35].
    #[arg(long, value_name = "SHARE", allow_negative_numbers = true)]
    visitors: Option<f64>,
    /// Share of orders refunded, fully or in part [default: 0.06].
    #[arg(long, value_name = "SHARE", allow_negative_numbers = true)]
    refunds: Option<f64>,
    /// Share of orders cancelled [default: 0.015].
    #[arg(long, value_name = "SHARE", allow_negative_numbers = true)]
    cancellations: Option<f64>,
    /// Share of events that become known hours to days later [default: 0.02].
    #[arg(long, value_name = "SHARE", allow_negative_numbers = true)]
    late: Option<f64>,
    /// Share of events written twice, with the same event id [default: 0.005].
    #[arg(long, value_name = "SHARE", allow_negative_numbers = true)]
    duplicates: Option<f64>,
    /// Share of rows that stand too late in the file [default: 0.01].
    #[arg(long, value_name = "SHARE", allow_negative_numbers = true)]
    out_of_order: Option<f64>,
}

impl SimulateArgs {
    /// What the options ask for.
    pub(super) fn simulation(&self) -> Result<Simulation, Error> {
        let utc = TimeZone::utc();
        let from = Timestamp::parse(&self.from, &utc).context("--from")?;
        let to = Timestamp::parse(&self.to, &utc).context("--to")?;
        let mut simulation = Simulation::new(self.customers, from, to)?;
        simulation.seed = self.seed;
        simulation.shape = match self.shape {
            ShapeArg::Browsing => Shape::Browsing,
            ShapeArg::Orders => Shape::Orders,
        };
        simulation.row_order = match self.rows {
            RowsArg::Customer => RowOrder::Customer,
            RowsArg::Interleaved => RowOrder::Interleaved,
        };
        simulation.process = Process::new(&self.process, self.parameters)?;
        if let Some([p, q, v]) = self.spend {
            simulation.spend = GammaGamma::new(p, q, v).map_err(LearnError::SimulatedProcess)?;
        }
        simulation.currency = self.currency;
        simulation.seasons = !self.no_seasons;
        let shares = [
            (&mut simulation.visitor_share, self.visitors),
            (&mut simulation.refund_share, self.refunds),
            (&mut simulation.cancel_share, self.cancellations),
            (&mut simulation.late_share, self.late),
            (&mut simulation.duplicate_share, self.duplicates),
            (&mut simulation.out_of_order_share, self.out_of_order),
        ];
        for (share, given) in shares {
            *share = given.unwrap_or(*share);
        }
        Ok(simulation)
    }
}

fn csv_file(path: PathBuf) -> Result<PathBuf, String> {
    let is_csv = path.extension().is_some_and(|extension| extension == "csv");
    if is_csv { Ok(path) } else { Err("name it .csv".to_owned()) }
}

fn numbers<const COUNT: usize>(text: &str) -> Result<[f64; COUNT], String> {
    let numbers: Result<Vec<f64>, _> = text.split(',').map(|number| f64::from_str(number.trim())).collect();
    let numbers = numbers.map_err(|error| error.to_string())?;
    numbers.try_into().map_err(|given: Vec<f64>| format!("give {COUNT} numbers, not {}", given.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_counted_and_read() {
        assert_eq!(numbers::<3>("6, 4,25"), Ok([6.0, 4.0, 25.0]));
        assert_eq!(numbers::<3>("6,4"), Err("give 3 numbers, not 2".to_owned()));
        assert!(numbers::<3>("6,4,x").is_err() && numbers::<4>("").is_err());
    }
}
