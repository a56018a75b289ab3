//! Until when an answer is of use.

use std::time::{Duration, Instant};

use super::AppError;

/// Until when a client waits for its answer, if it said so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Deadline(Option<Instant>);

impl Deadline {
    /// The client waits for as long as it takes.
    pub(crate) const NONE: Self = Self(None);

    /// The client waits for this long from now.
    #[must_use]
    pub(crate) fn after(timeout: Duration) -> Self {
        // What no clock can hold is no deadline.
        Self(Instant::now().checked_add(timeout))
    }

    /// The instant, if there is one.
    #[must_use]
    pub(crate) const fn instant(&self) -> Option<Instant> {
        self.0
    }

    /// Refuses work that nobody waits for any more.
    pub(crate) fn check(&self) -> Result<(), AppError> {
        match self.0 {
            Some(instant) if instant <= Instant::now() => Err(AppError::DeadlineExceeded),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_past_only_when_it_is() {
        assert!(matches!(Deadline::after(Duration::ZERO).check(), Err(AppError::DeadlineExceeded)));
        assert!(Deadline::after(Duration::from_secs(3_600)).check().is_ok());
        assert!(Deadline::after(Duration::MAX).check().is_ok());
        assert!(Deadline::NONE.check().is_ok());
    }
}
