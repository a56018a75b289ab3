//! Fits one model to a file of summaries and prints what it found and how long it took, for comparisons with
//! other libraries: `cargo run --release -p tenure-btyd --example fit -- bg_nbd customers.csv 3`.
//!
//! The file has a header and the columns `frequency,recency_age,age`, times in weeks.

#![expect(clippy::print_stdout, reason = "an example prints")]

use std::error::Error;
use std::time::Instant;

use linfa::DatasetBase;
use linfa::traits::Fit;
use tenure_btyd::{BgCnbd, BgNbd, Customer, FitReport, MbgCnbd, MbgNbd, ParetoNbd, RfmData};
use tenure_core::Weeks;

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args().skip(1);
    let usage = "usage: fit bg_nbd|mbg_nbd|pareto_nbd|bg_cnbd|mbg_cnbd FILE [RUNS]";
    let (model, path) = (args.next().ok_or(usage)?, args.next().ok_or(usage)?);
    let runs: u32 = args.next().map_or(Ok(1), |runs| runs.parse())?;
    let customers = read(&path)?;
    let mut seconds = Vec::new();
    let mut report = None;
    for _ in 0..runs {
        let started = Instant::now();
        // Collapsing equal customers is part of the work.
        let data = DatasetBase::new(RfmData::new(customers.iter().copied())?, ());
        report = Some(fit(&model, &data)?);
        seconds.push(started.elapsed().as_secs_f64());
    }
    seconds.sort_unstable_by(f64::total_cmp);
    let report = report.ok_or(usage)?;
    println!("{report}");
    println!("seconds {:.4}", seconds[seconds.len() / 2]);
    println!("log_likelihood {:.6}", report.log_likelihood);
    Ok(())
}

fn fit(model: &str, data: &DatasetBase<RfmData, ()>) -> Result<FitReport, Box<dyn Error>> {
    Ok(match model {
        "bg_nbd" => BgNbd::params().fit(data)?.report,
        "mbg_nbd" => MbgNbd::params().fit(data)?.report,
        "pareto_nbd" => ParetoNbd::params().fit(data)?.report,
        "bg_cnbd" => BgCnbd::params().fit(data)?.report,
        "mbg_cnbd" => MbgCnbd::params().fit(data)?.report,
        other => return Err(format!("{other} is not a model").into()),
    })
}

fn read(path: &str) -> Result<Vec<Customer>, Box<dyn Error>> {
    let text = std::fs::read_to_string(path)?;
    let row = |line: &str| -> Result<Customer, Box<dyn Error>> {
        let mut cells = line.split(',');
        let mut next = || cells.next().ok_or("three columns are needed");
        let frequency = next()?.parse()?;
        let recency_age = Weeks::new(next()?.parse()?)?;
        Ok(Customer::new(frequency, recency_age, Weeks::new(next()?.parse()?)?)?)
    };
    text.lines().skip(1).map(row).collect()
}
