//! Why a history or its summary was refused.

use tenure_core::{Currency, EventKind, Horizon, Money};

/// Why this crate refused an event or a cut point.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum BehaviourError {
    /// An order or refund in another currency than the history's.
    #[error("got {amount} in a history kept in {expected}: convert amounts to the reporting currency first")]
    OtherCurrency {
        /// The refused amount.
        amount: Money,
        /// The history's currency.
        expected: Currency,
    },
    /// A history in another currency than the model.
    #[error(
        "the history is in {got}, the model in {expected}: convert amounts to the reporting currency first"
    )]
    WrongCurrency {
        /// Currency of the history.
        got: Currency,
        /// Currency of the model.
        expected: Currency,
    },
    /// An order with a negative amount, or a refund with a positive one.
    #[error("{kind} of {amount}: an order is not negative and a refund not positive; send returns as refund")]
    WrongSign {
        /// Kind of the refused event.
        kind: EventKind,
        /// The refused amount.
        amount: Money,
    },
    /// A kind of event that carries no money.
    #[error("{kind} is neither order nor refund: an order history takes only these two")]
    NotAPurchase {
        /// Kind of the refused event.
        kind: EventKind,
    },
    /// A sum of money left 64 bits.
    #[error("the spend of one customer exceeds 64 bits of minor units: check the amounts and the currency")]
    SpendOverflow,
    /// A probability of churn over another horizon than its definition looks ahead.
    #[error(
        "this model's churn is {churn}, which looks {window} ahead and says nothing about {asked}: leave the horizon \
         out, or train a model with a definition over {asked}"
    )]
    OtherWindow {
        /// The horizon that was asked for.
        asked: Horizon,
        /// The window of the definition.
        window: Horizon,
        /// The definition.
        churn: Box<str>,
    },
    /// Cut points for RFM need at least one customer.
    #[error("cannot cut quintiles: no customer has an order before the as-of")]
    NoCustomers,
    /// Cut points that do not rise, or that no customer could have.
    #[error("the {measure} cut points {values:?} must be {smallest} or more and never fall: fit them again")]
    InvalidCutPoints {
        /// Which measure they cut: `recency`, `frequency` or `monetary`.
        measure: &'static str,
        /// The refused cut points.
        values: [i64; 4],
        /// The smallest value that a customer can have.
        smallest: i64,
    },
}
