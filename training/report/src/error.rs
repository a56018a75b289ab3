//! Why there is no report.

use tenure_behaviour::BehaviourError;
use tenure_core::AsOf;
use tenure_predict::PredictError;

/// Why no report was made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReportError {
    /// Nobody to report on.
    #[error("no customer has an order before {as_of}: choose a later as-of, or check the dates of the file")]
    NoCustomers {
        /// The as-of.
        as_of: AsOf,
    },
    /// A history was refused.
    #[error(transparent)]
    Behaviour(#[from] BehaviourError),
    /// A measure could not be taken.
    #[error(transparent)]
    Predict(#[from] PredictError),
    /// Churn is defined by more than orders, and nobody said to whom it came.
    #[error(
        "whether {churn} came cannot be told from orders and refunds alone: say of each customer whether it did"
    )]
    ChurnUntold {
        /// The definition.
        churn: String,
    },
    /// A plot could not be written as JSON.
    #[error("a plot could not be written: {0}")]
    Plot(#[from] serde_json::Error),
    /// A language of another name.
    #[error("{value:?} is not a language of the report: write en or zh")]
    UnknownLanguage {
        /// The refused name.
        value: String,
    },
}
