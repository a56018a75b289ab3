//! Everybody in an event log, as the scorer sees them: for scores, and for reasons.

use anyhow::Error;
use rayon::iter::{IntoParallelIterator, ParallelIterator};
use tenure_behaviour::fold::{CustomerState, Program, Settings};
use tenure_behaviour::{BehaviourError, Fact, OrderHistory};
use tenure_bundle::{BoostedModel, ScoreOptions, Scorer};
use tenure_core::{AsOf, CustomerId};
use tenure_eventlog::EventLogError;
use tenure_eventlog::features::columns_of;
use tenure_eventlog::log::{Columns, EventLog, LogReader};
use tenure_learn::{LearnError, Onlooker};

use crate::log_facts::{known_of, purchase_columns};
use crate::progress::{Unit, bar};
use crate::purchases;
use crate::scores::Scored;

/// Scores everybody of whom an event was known before the as-of, also those who have not ordered yet, and hands the
/// scores over in the order of the log: by bucket, then by id.
///
/// # Errors
/// When the log cannot be read, or `take` fails.
pub(crate) fn score_log(
    scorer: &Scorer,
    log: &EventLog,
    options: &ScoreOptions,
    onlooker: &Onlooker,
    take: &mut dyn FnMut(&[Scored]) -> Result<(), Error>,
) -> Result<(), Error> {
    let score = |customer: Customer<'_>| {
        onlooker.see(customer.history);
        let score = scorer.score_with(customer.history, customer.state, options)?;
        Ok(Some((customer.id.clone(), score)))
    };
    Walk { scorer, log, as_of: options.as_of, only: None, what: "scoring" }.each(&score, take)
}

/// A customer as the log knows one: orders and refunds, and the state that the boosted rung reads, where there is one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Customer<'a> {
    pub(crate) id: &'a CustomerId,
    pub(crate) history: &'a OrderHistory,
    pub(crate) state: Option<&'a CustomerState>,
}

/// A walk over everybody in a log.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Walk<'a> {
    pub(crate) scorer: &'a Scorer,
    pub(crate) log: &'a EventLog,
    /// Only what was known before is shown.
    pub(crate) as_of: AsOf,
    /// The one customer who is looked for; `None` shows all.
    pub(crate) only: Option<&'a str>,
    /// What the progress bar says.
    pub(crate) what: &'a str,
}

/// What is made of a customer; `None` makes nothing.
type Make<'a, T> = &'a (dyn Fn(Customer<'_>) -> Result<Option<T>, BehaviourError> + Sync);

impl Walk<'_> {
    /// Makes something of everybody of whom an event was known, and hands it over in the order of the log.
    ///
    /// A few buckets are at hand at once, one for each thread, so memory does not grow with the log.
    ///
    /// # Errors
    /// When the log cannot be read, or `make` or `take` fails.
    pub(crate) fn each<T: Send>(
        &self,
        make: Make<'_, T>,
        take: &mut dyn FnMut(&[T]) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let time_zone = self.scorer.manifest().summary_rule.time_zone.clone();
        let settings = Settings { currency: self.log.currency(), time_zone };
        // Where no trees read behaviour nothing is read of a state but when the first event happened.
        let nothing = Program::compile(&[], &settings)?;
        let program = self.scorer.behaviour().map_or(&nothing, BoostedModel::program);
        let columns: Columns = columns_of(program);
        let reader = self.log.reader(columns.union(purchase_columns()))?;
        let mut progress = bar(self.what, Some(u64::from(reader.buckets())), Unit::Customers);
        let threads = u32::try_from(rayon::current_num_threads()).unwrap_or(1).max(1);
        for first in (0..reader.buckets()).step_by(threads as usize) {
            let last = (first + threads).min(reader.buckets());
            let made: Vec<Vec<T>> = (first..last)
                .into_par_iter()
                .map(|bucket| self.bucket((&reader, bucket), program, make))
                .collect::<Result<_, EventLogError>>()?;
            made.iter().try_for_each(|made| take(made))?;
            progress.set(u64::from(last));
        }
        Ok(())
    }

    fn bucket<T>(
        &self,
        (reader, bucket): (&LogReader, u32),
        program: &Program,
        make: Make<'_, T>,
    ) -> Result<Vec<T>, EventLogError> {
        let mut state = CustomerState::new(program);
        let mut made = Vec::new();
        let mut visit = |customer: &str, facts: &[Fact]| {
            let facts = known_of(facts, Some(self.as_of));
            if facts.is_empty() || self.only.is_some_and(|only| only != customer) {
                return Ok(());
            }
            let refused = |source: LearnError| EventLogError::Visitor { source: Box::new(source) };
            let id = CustomerId::new(customer).map_err(|error| refused(error.into()))?;
            let history = purchases::history(facts, self.log.currency());
            state.clear();
            for fact in facts {
                state.apply(program, fact);
            }
            match make(Customer { id: &id, history: &history, state: Some(&state) }) {
                Ok(one) => made.extend(one),
                Err(source) => return Err(refused(LearnError::Customer { customer_id: id, source })),
            }
            Ok(())
        };
        reader.scan(bucket, &mut visit, &|_| {})?;
        Ok(made)
    }
}
