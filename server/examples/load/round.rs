//! One server called for one round, and the middle of several.

use std::error::Error;
use std::time::{Duration, Instant};

use crate::client::Target;
use crate::cpu;

/// Name of the threads of the servers.
pub(crate) const SERVERS: &str = "load-servers";
/// Name of the threads of the client.
pub(crate) const CLIENTS: &str = "load-clients";

/// What calling one server for a while gave.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Round {
    /// Calls answered a second.
    pub per_second: f64,
    /// CPU time of the server's threads for one call, in microseconds; not a number where it is not known.
    pub server_us: f64,
    /// CPU time of the client's threads for one call, in microseconds; not a number where it is not known.
    pub client_us: f64,
}

impl Round {
    /// Calls `target` for `length`.
    pub(crate) async fn of(target: &Target, length: Duration) -> Result<Self, Box<dyn Error>> {
        let used = || (cpu::of_threads(SERVERS), cpu::of_threads(CLIENTS));
        let (started, before) = (Instant::now(), used());
        let n_calls = f64::from(target.call_for(length).await?);
        let (elapsed, after) = (started.elapsed(), used());
        let us_per_call = |before: Option<Duration>, after: Option<Duration>| {
            before.zip(after).map_or(f64::NAN, |(before, after)| {
                after.saturating_sub(before).as_secs_f64() * 1e6 / n_calls
            })
        };
        Ok(Self {
            per_second: n_calls / elapsed.as_secs_f64(),
            server_us: us_per_call(before.0, after.0),
            client_us: us_per_call(before.1, after.1),
        })
    }

    /// The median of each figure by itself; `rounds` holds at least one.
    pub(crate) fn median(rounds: &[Self]) -> Self {
        let of = |figure: fn(&Self) -> f64| median(rounds.iter().map(figure).collect());
        Self {
            per_second: of(|round| round.per_second),
            server_us: of(|round| round.server_us),
            client_us: of(|round| round.client_us),
        }
    }

    /// CPU time for one call on both sides, in microseconds.
    pub(crate) fn both_us(&self) -> f64 {
        self.server_us + self.client_us
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    if values.len() % 2 == 1 { values[middle] } else { f64::midpoint(values[middle - 1], values[middle]) }
}
