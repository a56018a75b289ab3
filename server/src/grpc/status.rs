//! What a client is told when there is no answer: one table.

use std::error::Error;
use std::time::Duration;

use tonic::{Code, Status};
use tonic_types::{ErrorDetails, FieldViolation, StatusExt};

use crate::app::{AppError, Violation};

impl From<AppError> for Status {
    fn from(error: AppError) -> Self {
        // Headers are limited by clients to a few thousand bytes, so a message stays short.
        let message = shortened(error.to_string());
        match error {
            AppError::NoModel { retry_after_ms } => retry(Code::Unavailable, message, retry_after_ms),
            AppError::Overloaded { retry_after_ms, .. } => {
                retry(Code::ResourceExhausted, message, retry_after_ms)
            }
            AppError::DeadlineExceeded => Self::deadline_exceeded(message),
            AppError::MalformedDeadline { .. } => Self::invalid_argument(message),
            AppError::Invalid { listed, .. } => {
                let violations: Vec<_> = listed.into_iter().map(field_violation).collect();
                let details = ErrorDetails::with_bad_request(violations);
                Self::with_error_details(Code::InvalidArgument, message, details)
            }
            AppError::Unscorable { source } => Self::invalid_argument(explained(&message, &source)),
            AppError::Clock { source } => Self::internal(explained(&message, &source)),
            AppError::WorkerLost => Self::internal(message),
        }
    }
}

/// A message with its cause, short enough for a header.
pub(super) fn explained(message: &str, cause: &dyn Error) -> String {
    shortened(format!("{message}: {cause}"))
}

/// At most 300 bytes, cut between characters.
pub(super) fn shortened(mut text: String) -> String {
    const MAX_BYTES: usize = 300;
    const MARK: &str = "...";
    if text.len() > MAX_BYTES {
        text.truncate(text.floor_char_boundary(MAX_BYTES - MARK.len()));
        text.push_str(MARK);
    }
    text
}

fn retry(code: Code, message: String, retry_after_ms: u64) -> Status {
    let details = ErrorDetails::with_retry_info(Some(Duration::from_millis(retry_after_ms)));
    Status::with_error_details(code, message, details)
}

fn field_violation(violation: Violation) -> FieldViolation {
    FieldViolation::new(violation.field, violation.description)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tenure_behaviour::BehaviourError;
    use tenure_core::CoreError;

    #[track_caller]
    fn check(error: AppError, code: Code, message: &str) -> ErrorDetails {
        let status = Status::from(error);
        assert_eq!(status.code(), code);
        assert!(status.message().contains(message), "{status}");
        status.get_error_details()
    }

    #[test]
    fn every_error_has_its_code_and_details() {
        let details = check(AppError::NoModel { retry_after_ms: 7 }, Code::Unavailable, "no model is loaded");
        assert_eq!(details.retry_info().unwrap().retry_delay, Some(Duration::from_millis(7)));
        let overloaded = AppError::Overloaded { max_concurrent_requests: 3, retry_after_ms: 9 };
        let details = check(overloaded, Code::ResourceExhausted, "3 requests are in work");
        assert_eq!(details.retry_info().unwrap().retry_delay, Some(Duration::from_millis(9)));
        check(AppError::DeadlineExceeded, Code::DeadlineExceeded, "past");
        check(AppError::MalformedDeadline { value: "x".into() }, Code::InvalidArgument, "\"x\"");
        let source = BehaviourError::SpendOverflow;
        check(AppError::Unscorable { source }, Code::InvalidArgument, "64 bits");
        let source = CoreError::TimestampOutOfRange { microseconds: i64::MAX };
        check(AppError::Clock { source }, Code::Internal, "clock is wrong: the instant 9223");
        check(AppError::WorkerLost, Code::Internal, "again");
        let listed = vec![Violation { field: "a.b".into(), description: "c".into() }];
        let details = check(
            AppError::Invalid { listed, n_found: 5 },
            Code::InvalidArgument,
            "5 field violations, the first: a.b: c",
        );
        let violations = &details.bad_request().unwrap().field_violations;
        assert_eq!(violations.len(), 1);
        assert_eq!((violations[0].field.as_str(), violations[0].description.as_str()), ("a.b", "c"));
    }

    #[test]
    fn long_words_are_cut_between_characters() {
        let short = "ä".repeat(150);
        assert_eq!(shortened(short.clone()), short);
        let long = shortened("ä".repeat(151));
        assert!(long.len() <= 300 && long.ends_with("ä..."), "{long}");
    }
}
