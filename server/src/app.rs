//! What the server does, without a word of gRPC: who may enter, what is scored, when it is given up.

mod admission;
mod deadline;
mod error;

pub(crate) use admission::{App, Row};
pub(crate) use deadline::Deadline;
pub(crate) use error::{AppError, Violation};

use std::time::{SystemTime, UNIX_EPOCH};

use tenure_core::{AsOf, Timestamp};

/// The server's now: the only clock that scores are asked by.
pub(crate) fn now() -> Result<AsOf, AppError> {
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let microseconds = i64::try_from(since_1970.as_micros()).unwrap_or(i64::MAX);
    let instant = Timestamp::from_microseconds(microseconds).map_err(|source| AppError::Clock { source })?;
    Ok(AsOf::new(instant))
}
