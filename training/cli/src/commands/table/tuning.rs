//! `--tune`: better settings of the boosted trees, within a budget of time.

use std::time::{Duration, Instant};

use anyhow::Error;
use clap::Args;
use tenure_core::Duration as Length;
use tenure_learn::learners::{Boosted, search};
use tenure_learn::table::{RawTable, TableRecipe, boosted_loss};

use crate::progress::{Unit, bar};

#[derive(Clone, Debug, Args)]
pub(crate) struct TuneArgs {
    /// Search for better settings of the boosted trees; the notes of the bundle say which, for --params. From orders or a
    /// log they are taken only where past dates show them to be better by more than chance.
    #[arg(long)]
    pub(crate) tune: bool,
    /// Time to search, such as 60s or 10m. No setting is begun after it.
    #[arg(long, default_value = "60s", value_name = "TIME", requires = "tune")]
    tune_budget: Length,
    /// Settings to try at most: the same number gives the same choice on any machine that gets that far.
    #[arg(long, default_value_t = 200, value_name = "COUNT", requires = "tune")]
    pub(crate) tune_trials: usize,
}

impl TuneArgs {
    /// Says whether there is time for another setting, and shows how much of it is gone.
    pub(crate) fn clock(&self) -> impl FnMut() -> bool + use<> {
        let budget = Duration::from_micros(u64::try_from(self.tune_budget.microseconds()).unwrap_or(0));
        let mut progress = bar("tuning", Some(budget.as_secs()), Unit::Seconds);
        // What comes before the search takes none of its time.
        let mut start = None;
        move || {
            let gone = start.get_or_insert_with(Instant::now).elapsed();
            progress.set(gone.as_secs().min(budget.as_secs()));
            gone < budget
        }
    }
}

/// The settings to learn with, and what the search has to say.
pub(crate) fn tune(
    args: &TuneArgs,
    table: &RawTable,
    recipe: &TableRecipe,
) -> Result<(Boosted, Option<String>), Error> {
    if !args.tune {
        return Ok((recipe.boosted.clone(), None));
    }
    let mut clock = args.clock();
    let found = search(
        &recipe.boosted,
        args.tune_trials,
        &mut |boosted| boosted_loss(table, &TableRecipe { boosted: boosted.clone(), ..recipe.clone() }),
        &mut clock,
    )?;
    let note = found.to_string();
    Ok((found.best, Some(note)))
}
