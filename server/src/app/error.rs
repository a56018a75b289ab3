//! Why a request got no answer.

use tenure_behaviour::BehaviourError;
use tenure_core::CoreError;

/// What is wrong with one field of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Violation {
    /// Where, such as `histories[3].events[0].amount.minor_units`.
    pub field: String,
    /// What was seen and what is accepted.
    pub description: String,
}

/// Why a request got no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AppError {
    /// No model is loaded yet.
    #[error("no model is loaded yet: come back in {retry_after_ms} ms")]
    NoModel {
        /// When to come back, in milliseconds.
        retry_after_ms: u64,
    },
    /// As many requests are in work as the configuration allows.
    #[error(
        "{max_concurrent_requests} requests are in work, which is the limit: come back in {retry_after_ms} ms"
    )]
    Overloaded {
        /// The limit.
        max_concurrent_requests: usize,
        /// When to come back, in milliseconds.
        retry_after_ms: u64,
    },
    /// The client's deadline is past.
    #[error("the deadline is past")]
    DeadlineExceeded,
    /// The client's deadline cannot be read.
    #[error("{value:?} is not a grpc-timeout: send up to eight digits and a unit (H, M, S, m, u, n)")]
    MalformedDeadline {
        /// The refused value.
        value: String,
    },
    /// Fields of the request are wrong.
    #[error("{n_found} field violations, the first: {}", first(listed))]
    Invalid {
        /// The first ones.
        listed: Vec<Violation>,
        /// How many there are, listed or not.
        n_found: usize,
    },
    /// The history is well formed but cannot be scored.
    #[error("the history cannot be scored")]
    Unscorable {
        /// Why not.
        source: BehaviourError,
    },
    /// The server's clock says no year that can be scored.
    #[error("the server's clock is wrong")]
    Clock {
        /// What it says.
        source: CoreError,
    },
    /// The thread that scored a batch died.
    #[error("scoring was cut short: send the request again")]
    WorkerLost,
}

fn first(listed: &[Violation]) -> String {
    listed.first().map_or_else(String::new, |first| format!("{}: {}", first.field, first.description))
}
