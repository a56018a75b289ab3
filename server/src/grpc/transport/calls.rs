//! Running the calls of one connection, a batch at a time.
//!
//! Most calls take microseconds and have their whole message when they begin. A task for each costs about as
//! much as the call, and spreads over the cores what has to meet again in one socket: answers then trickle
//! out in many small writes. So calls are gathered while the connection reads, polled once right there, and
//! their answers leave together; only a call that has to wait (for more of its message, a worker thread, a
//! change of health) becomes a task of its own. The price: one connection's quick calls share one core.
//! Clients that want more open more connections.

use std::future::Future;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};

use hyper::rt::Executor;

type Call = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Calls of one connection that have not been polled yet.
#[derive(Clone, Default)]
pub(super) struct Calls {
    begun: Arc<Mutex<Vec<Call>>>,
}

impl Calls {
    /// Polls the connection that begins these calls, and each of them once.
    pub(super) fn poll_with<C: Future>(
        &self,
        mut connection: Pin<&mut C>,
        context: &mut Context<'_>,
    ) -> Poll<C::Output> {
        loop {
            let polled = connection.as_mut().poll(context);
            let begun = mem::take(&mut *self.begun.lock().unwrap_or_else(PoisonError::into_inner));
            if begun.is_empty() || polled.is_ready() {
                return polled;
            }
            begun.into_iter().for_each(start);
        }
    }
}

impl<Work> Executor<Work> for Calls
where
    Work: Future<Output = ()> + Send + 'static,
{
    fn execute(&self, work: Work) {
        self.begun.lock().unwrap_or_else(PoisonError::into_inner).push(Box::pin(work));
    }
}

/// Polls a call where it stands, and makes a task of it if it has to wait: the task polls again at once.
fn start(mut call: Call) {
    let mut context = Context::from_waker(Waker::noop());
    // As in a task of its own, a panic ends the call and not the connection.
    let polled = catch_unwind(AssertUnwindSafe(|| call.as_mut().poll(&mut context)));
    if matches!(polled, Ok(Poll::Pending)) {
        tokio::spawn(call);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::{pending, poll_fn, ready};
    use std::pin::pin;
    use std::sync::atomic::{AtomicU32, Ordering};
    use tokio::sync::oneshot;

    /// Polls a connection that begins `calls` when it is polled first, and says how often it was polled.
    async fn connect(calls: Vec<Call>) -> u32 {
        let (mut coming, mut n_polls) = (calls, 0);
        let gathered = Calls::default();
        let begin = gathered.clone();
        let mut connection = pin!(poll_fn(move |_| {
            n_polls += 1;
            let n_coming = coming.len();
            coming.drain(..).for_each(|call| begin.execute(call));
            if n_coming == 0 { Poll::Ready(n_polls) } else { Poll::Pending }
        }));
        poll_fn(|context| gathered.poll_with(connection.as_mut(), context)).await
    }

    fn counted(count: &Arc<AtomicU32>, call: impl Future<Output = ()> + Send + 'static) -> Call {
        let count = Arc::clone(count);
        Box::pin(async move {
            call.await;
            count.fetch_add(1, Ordering::Relaxed);
        })
    }

    #[tokio::test]
    async fn quick_calls_are_done_before_the_connection_is_polled_again() {
        let done = Arc::new(AtomicU32::new(0));
        let calls = (0..3).map(|_| counted(&done, ready(()))).collect();
        assert_eq!(connect(calls).await, 2);
        assert_eq!(done.load(Ordering::Relaxed), 3);
    }

    #[tokio::test]
    async fn a_call_that_waits_holds_nothing_up_and_is_done_later() {
        let (send, receive) = oneshot::channel::<()>();
        let (ended, end) = oneshot::channel();
        let waits: Call = Box::pin(async move {
            receive.await.unwrap();
            ended.send(()).unwrap();
        });
        let done = Arc::new(AtomicU32::new(0));
        let forever: Call = Box::pin(pending());
        assert_eq!(connect(vec![forever, waits, counted(&done, ready(()))]).await, 2);
        assert_eq!(done.load(Ordering::Relaxed), 1);
        send.send(()).unwrap();
        end.await.unwrap();
    }

    #[tokio::test]
    async fn a_panic_ends_its_call_alone() {
        let done = Arc::new(AtomicU32::new(0));
        let panics = counted(&done, async { panic!("a call went wrong") });
        assert_eq!(connect(vec![panics, counted(&done, ready(()))]).await, 2);
        assert_eq!(done.load(Ordering::Relaxed), 1);
    }

    #[tokio::test]
    async fn calls_begun_by_calls_are_run_as_well() {
        let (calls, done) = (Calls::default(), Arc::new(AtomicU32::new(0)));
        let (again, inner) = (calls.clone(), counted(&done, ready(())));
        calls.execute(async move { again.execute(inner) });
        let mut connection = pin!(pending::<()>());
        let polled =
            poll_fn(|context| Poll::Ready(calls.poll_with(connection.as_mut(), context).is_pending())).await;
        assert!(polled);
        assert_eq!(done.load(Ordering::Relaxed), 1);
    }
}
