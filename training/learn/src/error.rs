//! Why no model was made.

use tenure_behaviour::BehaviourError;
use tenure_btyd::BtydError;
use tenure_bundle::{BundleError, InvalidLevel};
use tenure_core::{AsOf, CustomerId, Horizon};
use tenure_predict::PredictError;

/// Why training or evaluation failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LearnError {
    /// No order lies before the as-of.
    #[error("no customer has an order before {as_of}: choose a later as-of, or check the dates of the file")]
    NoOrders {
        /// The as-of.
        as_of: AsOf,
    },
    /// Too few customers came back.
    #[error(
        "{repeaters} of {customers} customers have ordered more than once before {as_of}; at least {needed} are \
         needed to tell how often customers return: import a longer history"
    )]
    TooFewRepeatBuyers {
        /// Customers with two occasions or more.
        repeaters: usize,
        /// All customers.
        customers: usize,
        /// What is needed.
        needed: usize,
        /// The as-of.
        as_of: AsOf,
    },
    /// All orders are free, or refunds ate them up.
    #[error(
        "none of {customers} customers has spent anything before {as_of}: their orders are free or returned in \
         full, and what a customer is worth cannot be told. Check that the right column is read as the amount \
         (--map amount=COLUMN) and that it holds prices"
    )]
    NothingSpent {
        /// Customers with an order.
        customers: usize,
        /// The as-of.
        as_of: AsOf,
    },
    /// One customer's events were refused.
    #[error("customer {customer_id}: {source}")]
    Customer {
        /// Whose.
        customer_id: CustomerId,
        /// Why.
        source: BehaviourError,
    },
    /// No purchase model could be fitted.
    #[error("no purchase model could be fitted; the last said: {last}")]
    NoModel {
        /// The last refusal.
        last: BtydError,
    },
    /// The spend model could not be fitted.
    #[error("the spend model could not be fitted: {source}")]
    Spend {
        /// Why.
        source: BtydError,
    },
    /// The log ends before the horizon does, so the outcome is not known yet.
    #[error(
        "the last order is of {last_event}, before {as_of} plus {horizon}: the outcome is not known yet, choose \
         an earlier as-of or a shorter horizon"
    )]
    OutcomeUnknown {
        /// The as-of.
        as_of: AsOf,
        /// The horizon.
        horizon: Horizon,
        /// The last order in the file.
        last_event: tenure_core::Timestamp,
    },
    /// Behaviour refused something.
    #[error(transparent)]
    Behaviour(#[from] BehaviourError),
    /// A measure could not be taken.
    #[error(transparent)]
    Predict(#[from] PredictError),
    /// The level came out as no level.
    #[error(transparent)]
    Level(#[from] InvalidLevel),
    /// The bundle could not be written.
    #[error(transparent)]
    Bundle(#[from] BundleError),
}
