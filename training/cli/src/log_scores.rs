//! Scores of everybody in an event log.

use anyhow::Error;
use rayon::iter::{IntoParallelIterator, ParallelIterator};
use tenure_behaviour::Fact;
use tenure_behaviour::fold::CustomerState;
use tenure_bundle::{BoostedModel, ScoreOptions, Scorer};
use tenure_core::CustomerId;
use tenure_eventlog::EventLogError;
use tenure_eventlog::features::columns_of;
use tenure_eventlog::log::{Columns, EventLog, LogReader};
use tenure_learn::LearnError;

use crate::log_facts::{known_of, purchase_columns};
use crate::progress::{Unit, bar};
use crate::purchases;
use crate::scores::Scored;

/// Scores everybody of whom an event was known before the as-of, also those who have not ordered yet, and hands the
/// scores over in the order of the log: by bucket, then by id.
///
/// A few buckets are at hand at once, one for each thread, so memory does not grow with the log.
///
/// # Errors
/// When the log cannot be read, or `take` fails.
pub(crate) fn score_log(
    scorer: &Scorer,
    log: &EventLog,
    options: &ScoreOptions,
    take: &mut dyn FnMut(&[Scored]) -> Result<(), Error>,
) -> Result<(), Error> {
    let columns = scorer.behaviour().map_or(Columns::NONE, |boosted| columns_of(boosted.program()));
    let reader = log.reader(columns.union(purchase_columns()))?;
    let mut progress = bar("scoring", Some(u64::from(reader.buckets())), Unit::Customers);
    let threads = u32::try_from(rayon::current_num_threads()).unwrap_or(1).max(1);
    for first in (0..reader.buckets()).step_by(threads as usize) {
        let last = (first + threads).min(reader.buckets());
        let scored: Vec<Vec<Scored>> = (first..last)
            .into_par_iter()
            .map(|bucket| score_bucket(scorer, log, &reader, bucket, options))
            .collect::<Result<_, EventLogError>>()?;
        scored.iter().try_for_each(|scores| take(scores))?;
        progress.set(u64::from(last));
    }
    Ok(())
}

fn score_bucket(
    scorer: &Scorer,
    log: &EventLog,
    reader: &LogReader,
    bucket: u32,
    options: &ScoreOptions,
) -> Result<Vec<Scored>, EventLogError> {
    let mut room = scorer.behaviour().map(|boosted| (boosted, CustomerState::new(boosted.program())));
    let mut scores = Vec::new();
    let mut visit = |customer: &str, facts: &[Fact]| {
        let facts = known_of(facts, Some(options.as_of));
        if facts.is_empty() {
            return Ok(());
        }
        let refused = |source: LearnError| EventLogError::Visitor { source: Box::new(source) };
        let customer_id = CustomerId::new(customer).map_err(|error| refused(error.into()))?;
        let history = purchases::history(facts, log.currency());
        if let Some((boosted, state)) = &mut room {
            fold(boosted, state, facts);
        }
        match scorer.score_with(&history, room.as_ref().map(|(_, state)| state), options) {
            Ok(score) => scores.push((customer_id, score)),
            Err(source) => return Err(refused(LearnError::Customer { customer_id, source })),
        }
        Ok(())
    };
    reader.scan(bucket, &mut visit, &|_| {})?;
    Ok(scores)
}

/// The state of a customer after these facts.
fn fold(boosted: &BoostedModel, state: &mut CustomerState, facts: &[Fact]) {
    state.clear();
    for fact in facts {
        state.apply(boosted.program(), fact);
    }
}
