//! `tenure retention`.

mod counts;
mod projection;

use std::path::PathBuf;

use anyhow::Error;
use clap::Args;
use tenure_btyd::{BtydError, PeriodDiscount};

use crate::commands::print_json;
use crate::orders::Unusable;
use crate::say::say;
use counts::Counts;
use projection::{Plan, Projection};

/// What `tenure retention` is told.
#[derive(Debug, Args)]
pub(crate) struct RetentionArgs {
    /// CSV file with the columns period and customers: 0 and the size of the cohort, 1 and who was left after one
    /// period, and so on. Several cohorts, also of different ages, are told apart by a column cohort.
    #[arg(long, value_name = "FILE")]
    counts: PathBuf,
    /// How many periods to project beyond those of the file [default: as many again].
    #[arg(long, visible_alias = "years", value_name = "N", value_parser = clap::value_parser!(u32).range(0..=MOST_PERIODS))]
    periods: Option<u32>,
    /// Fit to the first N periods only, and show the others beside the projection, to judge it.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=MOST_PERIODS))]
    fit_periods: Option<u32>,
    /// Discount rate per period of expected lifetimes, as a fraction. A tenth a year is 0.00797 a month.
    #[arg(long, value_name = "RATE", default_value = "0.10")]
    discount: String,
}

/// Most periods of a file or a projection: thirty years of days are fewer.
const MOST_PERIODS: i64 = 11_000;

pub(crate) fn run(args: &RetentionArgs, json: bool) -> Result<(), Error> {
    let discount = args.discount.trim().parse().unwrap_or(f64::NAN);
    let discount = PeriodDiscount::new(discount).map_err(Unusable::from)?;
    let counts = Counts::read(&args.counts)?;
    let plan = Plan { further: args.periods, fit_periods: args.fit_periods, discount };
    let projection = Projection::new(&counts, &plan)?;
    if json {
        return print_json(&projection);
    }
    say!("{projection}");
    Ok(())
}

/// What the models refuse is what was given: exit code 2.
impl From<BtydError> for Unusable {
    fn from(error: BtydError) -> Self {
        Self::new(error.to_string())
    }
}
