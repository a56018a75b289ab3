//! Work on all cores whose results come out in the order of the tasks.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc;
use std::thread;

use crate::EventLogError;

/// Results that may wait for an earlier one, for each thread.
const AHEAD: usize = 2;

/// Does `work` for the tasks `0..tasks` and hands the results to `take` in that order, on the calling thread.
///
/// Tasks start in their order too, so few results ever wait: a thread that is ahead waits instead.
///
/// # Errors
/// The first error of `work` by the order of tasks, or of `take`.
pub(crate) fn in_order<R: Send>(
    tasks: u32,
    work: impl Fn(u32) -> Result<R, EventLogError> + Sync,
    mut take: impl FnMut(R) -> Result<(), EventLogError>,
) -> Result<(), EventLogError> {
    let threads = thread::available_parallelism().map_or(1, usize::from).min(tasks.max(1) as usize);
    let next = AtomicU32::new(0);
    thread::scope(|scope| {
        let (give, results) = mpsc::sync_channel(threads * AHEAD);
        for _ in 0..threads {
            let (give, next, work) = (give.clone(), &next, &work);
            scope.spawn(move || {
                loop {
                    let task = next.fetch_add(1, Ordering::Relaxed);
                    // The receiver is gone after an error: the rest need not be done.
                    if task >= tasks || give.send((task, work(task))).is_err() {
                        break;
                    }
                }
            });
        }
        drop(give);
        let mut waiting = BTreeMap::new();
        let mut wanted = 0;
        for (task, result) in results {
            waiting.insert(task, result);
            while let Some(result) = waiting.remove(&wanted) {
                wanted += 1;
                take(result?)?;
            }
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn results_come_in_the_order_of_tasks_whoever_is_first() {
        let mut taken = Vec::new();
        let work = |task: u32| {
            thread::sleep(Duration::from_micros(u64::from(task * 7 % 5) * 300));
            Ok(task)
        };
        let mut take = |task| {
            taken.push(task);
            Ok(())
        };
        in_order(50, work, &mut take).unwrap();
        assert!(taken.into_iter().eq(0..50));
        in_order(0, |_| Ok(()), |()| Ok(())).unwrap();
    }

    #[test]
    fn an_error_ends_it() {
        let fails = |task: u32| {
            if task == 3 { Err(EventLogError::LogMissing { path: "x".into() }) } else { Ok(task) }
        };
        let mut taken = Vec::new();
        let take = |task| {
            taken.push(task);
            Ok(())
        };
        assert!(in_order(1_000, fails, take).is_err());
        assert_eq!(taken, [0, 1, 2]);
    }
}
