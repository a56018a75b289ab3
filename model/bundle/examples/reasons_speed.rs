//! Times reasons on made-up customers: `cargo run --release -p tenure-bundle --example reasons_speed -- [TREES]`.
//!
//! 150 trees of depth 4 over the standard features of orders, all cores; the processor's time is what the work costs
//! where others use the machine too.

#![expect(clippy::print_stdout, reason = "an example shows its figures")]

mod made_up;

use std::hint::black_box;
use std::time::Instant;

use made_up::{Failure, Size, as_of, customers, processor_seconds, scorer};
use rayon::iter::{IntoParallelIterator, IntoParallelRefIterator, ParallelIterator};
use tenure_bundle::Wording;
use tenure_core::Currency;

const CUSTOMERS: usize = 32_768;

/// Runs over all customers and prints how many a second, and what each costs.
fn time(what: &str, each: impl Fn(usize) -> Result<(), Failure> + Sync) -> Result<(), Failure> {
    let (start, before) = (Instant::now(), processor_seconds()?);
    (0..CUSTOMERS).into_par_iter().try_for_each(|at| each(at).map_err(|error| error.to_string()))?;
    let (wall, processor) = (start.elapsed().as_secs_f64(), processor_seconds()? - before);
    println!(
        "{what:<38} {:>8.0} customers/s, {:.2} us of processor each",
        CUSTOMERS as f64 / wall,
        processor / CUSTOMERS as f64 * 1e6
    );
    Ok(())
}

fn main() -> Result<(), Failure> {
    let trees = std::env::args().nth(1).map_or(Ok(150), |text| text.parse())?;
    let histories = customers(CUSTOMERS, Currency::USD)?;
    let scorer = scorer(&histories, Size { churn: (trees, 4), own: (0, 0), spend: (trees, 4) })?;
    let as_of = as_of()?;
    let options = scorer.defaults(as_of);
    let states: Vec<_> = histories.par_iter().map(|history| scorer.state_of(history, as_of)).collect();
    println!("{} threads, {} customers", rayon::current_num_threads(), histories.len());
    // The tables that all explanations look into are made by the first.
    scorer.explain(&histories[0], states[0].as_ref(), &options)?;
    time("score, from orders", |at| {
        black_box(scorer.score(&histories[at], &options)?);
        Ok(())
    })?;
    time("reasons, from a state", |at| {
        black_box(scorer.explain(&histories[at], states[at].as_ref(), &options)?);
        Ok(())
    })?;
    time("reasons for value, from a state", |at| {
        black_box(scorer.explain_value(&histories[at], states[at].as_ref(), &options)?);
        Ok(())
    })?;
    time("reasons for value, from a state", |at| {
        black_box(scorer.explain_value(&histories[at], states[at].as_ref(), &options)?);
        Ok(())
    })?;
    time("reasons, from orders, three in words", |at| {
        let state = scorer.state_of(&histories[at], as_of);
        let reasons = scorer.explain(&histories[at], state.as_ref(), &options)?;
        for one in reasons.contributions.iter().take(3) {
            black_box(scorer.reason(one, Wording::English));
        }
        Ok(())
    })?;
    time("changes of the band, from a state", |at| {
        black_box(scorer.changes(&histories[at], states[at].as_ref(), &options)?);
        Ok(())
    })
}
