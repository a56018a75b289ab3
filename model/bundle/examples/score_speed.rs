//! Times scores on made-up customers: `cargo run --release -p tenure-bundle --example score_speed -- [BUNDLE]`.
//!
//! A full score: churn at five horizons, value with its intervals, expected orders, the next order with its interval,
//! RFM scores and segment. Without a bundle it is as large as training makes one at most: 160 trees of depth 3 and 120
//! of depth 4 for churn, 160 of depth 3 for spend. All cores; the processor's time is what the work costs where
//! others use the machine too.

#![expect(clippy::print_stdout, reason = "an example shows its figures")]

mod made_up;

use std::hint::black_box;
use std::ops::Range;
use std::path::Path;
use std::time::Instant;

use made_up::{Failure, Size, as_of, customers, processor_seconds, scorer};
use rayon::iter::{IntoParallelIterator, IntoParallelRefIterator, ParallelIterator};
use tenure_behaviour::BehaviourError;
use tenure_bundle::{Limits, Score, Scorer};
use tenure_core::Currency;

const CUSTOMERS: usize = 131_072;
const SIZE: Size = Size { churn: (160, 3), own: (120, 4), spend: (160, 3) };

/// Customers whom a thread scores before it hands their scores over.
const CHUNK: usize = 1_024;

type Scored = Vec<Result<Score, BehaviourError>>;

/// Scores all customers, the best of some runs, and prints what each of them costs.
fn time(what: &str, score: impl Fn(Range<usize>) -> Scored + Sync) -> Result<(), Failure> {
    let mut best = (f64::INFINITY, f64::INFINITY);
    for _ in 0..5 {
        let (start, before) = (Instant::now(), processor_seconds()?);
        (0..CUSTOMERS.div_ceil(CHUNK)).into_par_iter().try_for_each(|at| {
            let scores = score(at * CHUNK..((at + 1) * CHUNK).min(CUSTOMERS));
            black_box(&scores).iter().find_map(|one| one.as_ref().err().cloned()).map_or(Ok(()), Err)
        })?;
        best.0 = start.elapsed().as_secs_f64().min(best.0);
        best.1 = (processor_seconds()? - before).min(best.1);
    }
    println!(
        "{what:<26} {:>8.0} customers/s, {:.2} us of processor each",
        CUSTOMERS as f64 / best.0,
        best.1 / CUSTOMERS as f64 * 1e6
    );
    Ok(())
}

fn main() -> Result<(), Failure> {
    let histories = customers(CUSTOMERS, Currency::USD)?;
    let scorer = match std::env::args().nth(1) {
        Some(path) => Scorer::open(Path::new(&path), &Limits::default())?,
        None => scorer(&histories, SIZE)?,
    };
    let options = scorer.defaults(as_of()?);
    let states: Vec<_> = histories.par_iter().map(|one| scorer.state_of(one, options.as_of)).collect();
    println!("{} threads, {} customers", rayon::current_num_threads(), histories.len());
    time("one by one, from a state", |chunk| {
        let score = |at: usize| scorer.score_with(&histories[at], states[at].as_ref(), &options);
        chunk.map(score).collect()
    })?;
    time("in batches, from a state", |chunk| {
        let mut batch = scorer.batch(&options);
        chunk.for_each(|at| batch.push_with(&histories[at], states[at].as_ref()));
        batch.finish()
    })?;
    time("in batches, from orders", |chunk| {
        let mut batch = scorer.batch(&options);
        chunk.for_each(|at| batch.push(&histories[at]));
        batch.finish()
    })
}
