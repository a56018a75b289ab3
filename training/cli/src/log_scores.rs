//! Scores of everybody in an event log.

use anyhow::Error;
use rayon::iter::{IntoParallelIterator, ParallelIterator};
use tenure_behaviour::Fact;
use tenure_behaviour::fold::{CustomerState, Program, Settings};
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
    let settings =
        Settings { currency: log.currency(), time_zone: scorer.manifest().summary_rule.time_zone.clone() };
    // Without the boosted rung nothing is read of a state but when the first event happened.
    let nothing = Program::compile(&[], &settings)?;
    let program = scorer.boosted().map_or(&nothing, BoostedModel::program);
    let columns: Columns = columns_of(program);
    let reader = log.reader(columns.union(purchase_columns()))?;
    let mut progress = bar("scoring", Some(u64::from(reader.buckets())), Unit::Customers);
    let threads = u32::try_from(rayon::current_num_threads()).unwrap_or(1).max(1);
    for first in (0..reader.buckets()).step_by(threads as usize) {
        let last = (first + threads).min(reader.buckets());
        let scored: Vec<Vec<Scored>> = (first..last)
            .into_par_iter()
            .map(|bucket| score_bucket(scorer, (log, &reader, bucket), program, options))
            .collect::<Result<_, EventLogError>>()?;
        scored.iter().try_for_each(|scores| take(scores))?;
        progress.set(u64::from(last));
    }
    Ok(())
}

fn score_bucket(
    scorer: &Scorer,
    (log, reader, bucket): (&EventLog, &LogReader, u32),
    program: &Program,
    options: &ScoreOptions,
) -> Result<Vec<Scored>, EventLogError> {
    let mut state = CustomerState::new(program);
    let mut scores = Vec::new();
    let mut visit = |customer: &str, facts: &[Fact]| {
        let facts = known_of(facts, Some(options.as_of));
        if facts.is_empty() {
            return Ok(());
        }
        let refused = |source: LearnError| EventLogError::Visitor { source: Box::new(source) };
        let customer_id = CustomerId::new(customer).map_err(|error| refused(error.into()))?;
        let history = purchases::history(facts, log.currency());
        state.clear();
        for fact in facts {
            state.apply(program, fact);
        }
        match scorer.score_with(&history, Some(&state), options) {
            Ok(score) => scores.push((customer_id, score)),
            Err(source) => return Err(refused(LearnError::Customer { customer_id, source })),
        }
        Ok(())
    };
    reader.scan(bucket, &mut visit, &|_| {})?;
    Ok(scores)
}
