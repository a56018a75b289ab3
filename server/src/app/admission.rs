//! Who may enter, and what is done for those who did.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread::available_parallelism;

use tenure_behaviour::{BehaviourError, OrderHistory};
use tenure_bundle::{Score, ScoreOptions, Scorer};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::{AppError, Deadline};
use crate::config::RequestLimits;

/// What all requests share: the model, once it is there, and the places for requests in work.
#[derive(Debug)]
pub(crate) struct App {
    limits: RequestLimits,
    model: OnceLock<Arc<Scorer>>,
    places: Arc<Semaphore>,
    /// One worker thread a core: more would only take turns.
    workers: Arc<Semaphore>,
}

impl App {
    /// A server without a model.
    pub(crate) fn new(limits: RequestLimits) -> Self {
        let n_workers = available_parallelism().map_or(1, usize::from);
        Self {
            places: Arc::new(Semaphore::new(limits.max_concurrent_requests)),
            workers: Arc::new(Semaphore::new(n_workers)),
            model: OnceLock::new(),
            limits,
        }
    }

    /// Begins to answer with this model.
    pub(crate) fn install(&self, scorer: Arc<Scorer>) {
        // A second model would be a reload, which there is not yet: the first one stays.
        let _ = self.model.set(scorer);
    }

    /// What a request may ask for.
    pub(crate) fn limits(&self) -> &RequestLimits {
        &self.limits
    }

    /// The model that answers now.
    pub(crate) fn model(&self) -> Result<&Arc<Scorer>, AppError> {
        self.model.get().ok_or(AppError::NoModel { retry_after_ms: self.limits.retry_after_ms })
    }

    /// Lets a request in, or refuses it at once: nobody waits for a place.
    pub(crate) fn admit(&self, deadline: Deadline) -> Result<Admission, AppError> {
        deadline.check()?;
        let scorer = Arc::clone(self.model()?);
        let place = Arc::clone(&self.places).try_acquire_owned().map_err(|_| AppError::Overloaded {
            max_concurrent_requests: self.limits.max_concurrent_requests,
            retry_after_ms: self.limits.retry_after_ms,
        })?;
        let workers = Arc::clone(&self.workers);
        Ok(Admission {
            scorer,
            deadline,
            workers,
            max_inline_rows: self.limits.max_inline_rows,
            _place: place,
        })
    }
}

/// A request that was let in, with the model that answers it whatever is loaded meanwhile.
#[derive(Debug)]
pub(crate) struct Admission {
    pub(crate) scorer: Arc<Scorer>,
    deadline: Deadline,
    workers: Arc<Semaphore>,
    max_inline_rows: usize,
    _place: OwnedSemaphorePermit,
}

/// One row's score, or why it has none.
pub(crate) type Row = Result<Score, BehaviourError>;

impl Admission {
    /// Scores one customer: microseconds, so on the thread of the network.
    pub(crate) fn score(self, history: &OrderHistory, options: &ScoreOptions) -> Result<Score, AppError> {
        self.scorer.score(history, options).map_err(|source| AppError::Unscorable { source })
    }

    /// Scores customers in their order.
    ///
    /// More than `max_inline_rows` are scored on a worker thread; when this future is dropped, because the
    /// client left or its deadline passed, the worker stops at the next customer. The place is kept until
    /// the work has stopped.
    pub(crate) async fn score_batch(
        self,
        histories: Vec<OrderHistory>,
        options: ScoreOptions,
    ) -> Result<Vec<Row>, AppError> {
        if histories.len() <= self.max_inline_rows {
            return Ok(score_rows(&self.scorer, &histories, &options, &AtomicBool::new(false)));
        }
        let worker = Arc::clone(&self.workers).acquire_owned().await.map_err(|_| AppError::WorkerLost)?;
        self.deadline.check()?;
        let client = Client { left: Arc::new(AtomicBool::new(false)) };
        let left = Arc::clone(&client.left);
        let task = tokio::task::spawn_blocking(move || {
            let rows = score_rows(&self.scorer, &histories, &options, &left);
            drop((self, worker));
            rows
        });
        let rows = task.await.map_err(|error| {
            tracing::error!(%error, "a worker thread died");
            AppError::WorkerLost
        });
        drop(client);
        rows
    }
}

/// Scores in order; what comes after the client left is not scored.
fn score_rows(
    scorer: &Scorer,
    histories: &[OrderHistory],
    options: &ScoreOptions,
    left: &AtomicBool,
) -> Vec<Row> {
    let mut batch = scorer.batch(options);
    let wanted = histories.iter().take_while(|_| !left.load(Ordering::Relaxed));
    wanted.for_each(|history| batch.push(history));
    batch.finish()
}

/// A client that waits; says when it is gone.
struct Client {
    left: Arc<AtomicBool>,
}

impl Drop for Client {
    fn drop(&mut self) {
        self.left.store(true, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests;
