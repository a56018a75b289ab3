//! How much CPU time threads have had: what a call costs, whoever else keeps the cores busy.

use std::fs;
use std::time::Duration;

/// CPU time so far of all threads of this process whose name is `name`; `None` where the system does not say.
pub(crate) fn of_threads(name: &str) -> Option<Duration> {
    let mut total = Duration::ZERO;
    for task in fs::read_dir("/proc/self/task").ok()? {
        let task = task.ok()?.path();
        if fs::read_to_string(task.join("comm")).ok()?.trim() == name {
            // Nanoseconds on a core, nanoseconds of waiting for one, turns.
            let statistics = fs::read_to_string(task.join("schedstat")).ok()?;
            total += Duration::from_nanos(statistics.split(' ').next()?.parse().ok()?);
        }
    }
    Some(total)
}
