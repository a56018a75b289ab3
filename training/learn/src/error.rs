//! Why no model was made.

use tenure_behaviour::BehaviourError;
use tenure_btyd::BtydError;
use tenure_bundle::{BundleError, InvalidChurn, InvalidLevel};
use tenure_core::{AsOf, CoreError, CustomerId, EventKind, Horizon, Timestamp};
use tenure_predict::PredictError;

use crate::Silence;
use crate::counted::counted;

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
    /// The features cannot be read.
    #[error("the features cannot be read: {reason}")]
    Features {
        /// What is wrong with them.
        reason: String,
    },
    /// The definition of churn cannot be evaluated.
    #[error("churn: {source}")]
    InvalidChurn {
        /// Why not.
        source: InvalidChurn,
    },
    /// The horizon of a recipe is not the window of its definition of churn.
    #[error(
        "churn as {churn} looks {window} ahead and the horizon is {horizon}: leave the horizon out, it is that of the \
         definition"
    )]
    ChurnHorizon {
        /// The definition.
        churn: String,
        /// Its longest window ahead.
        window: Horizon,
        /// The horizon of the recipe.
        horizon: Horizon,
    },
    /// The definition of churn speaks of events that do not occur.
    #[error(
        "churn as {churn} speaks of {kind}, and the data hold no such event: there are {}. Give an event log that \
         holds them (--log), or define churn by what there is",
        names(known)
    )]
    ChurnKind {
        /// The definition.
        churn: String,
        /// The kind that does not occur.
        kind: EventKind,
        /// The kinds that do.
        known: Vec<EventKind>,
    },
    /// No past date has the whole window of the definition of churn behind it.
    #[error(
        "churn as {churn} cannot be learned yet: it takes {needed_days} days of history before {as_of} ({before_days} to \
         know customers by, and the {window} that it looks ahead), and there are {known_days}. Import a longer history, \
         or choose a shorter window or a later as-of"
    )]
    ChurnHistory {
        /// The definition.
        churn: String,
        /// Its longest window ahead.
        window: Horizon,
        /// The as-of.
        as_of: AsOf,
        /// Days of history that it takes.
        needed_days: u32,
        /// Days of them before the window.
        before_days: u32,
        /// Days of history that there are.
        known_days: u32,
    },
    /// Too few customers churned by the definition, or too few did not.
    #[error(
        "churn as {churn} cannot be learned: at {} it held {held} times of {customers}, and at least \
         {needed} customers are needed for whom it held and as many for whom it did not. Change the definition, or \
         import more history",
        counted(*dates, "past date")
    )]
    ChurnOneSided {
        /// The definition.
        churn: String,
        /// Past dates that were looked at.
        dates: usize,
        /// Customers at all of them together.
        customers: usize,
        /// Those of whom it held.
        held: usize,
        /// How many are needed on either side.
        needed: usize,
    },
    /// Outcomes of a definition of churn need events that are not at hand.
    #[error(
        "whether {churn} held cannot be told from orders and refunds alone: judge it by an event log, as tenure evaluate \
         --log does"
    )]
    ChurnNeedsEvents {
        /// The definition.
        churn: String,
    },
    /// Two models that mean different things by churn.
    #[error(
        "one model means {one} by churn and the other {other}: their probabilities cannot be compared; compare models \
         of one definition"
    )]
    ChurnDiffers {
        /// What one means.
        one: String,
        /// What the other means.
        other: String,
    },
    /// The events cannot be read.
    #[error("the events cannot be read: {source}")]
    Facts {
        /// What the source of facts said.
        source: Box<dyn std::error::Error + Send + Sync>,
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
        last_event: Timestamp,
    },
    /// The orders end a whole horizon before the as-of.
    #[error(
        "{silence}, over a whole horizon of {horizon}: choose an as-of at the end of the orders, or read orders that \
         reach it"
    )]
    SilentBefore {
        /// The pause.
        silence: Silence,
        /// The horizon.
        horizon: Horizon,
    },
    /// A learner had nothing to learn from, or gave nothing that predicts.
    #[error("nothing was learned: {problem}")]
    Learner {
        /// What stood in the way.
        problem: String,
    },
    /// A bundle is looked at before anything could have happened to it.
    #[error("the bundle was trained as of {trained_as_of}: choose an as-of after that, not {as_of}")]
    NothingSince {
        /// The as-of that was asked for.
        as_of: AsOf,
        /// The bundle's.
        trained_as_of: AsOf,
    },
    /// A flat table that nothing can be learned from.
    #[error("the table cannot be used: {problem}")]
    Table {
        /// What stood in the way, and what to do.
        problem: String,
    },
    /// A simulation of nobody, or of more customers than there are random streams.
    #[error("a simulation needs 1 to {max} customers, not {customers}")]
    SimulatedCustomers {
        /// How many were asked for.
        customers: u64,
        /// The limit.
        max: u64,
    },
    /// A simulation that does not go forward in time, or too far.
    #[error("a simulation from {from} to {to} cannot be: let it end after its start, by at most 100 years")]
    SimulatedSpan {
        /// Its start.
        from: Timestamp,
        /// Its end.
        to: Timestamp,
    },
    /// A share of a simulation that is none.
    #[error("the share of {name} is {value}: give a number from 0 to 1")]
    SimulatedShare {
        /// Of what.
        name: &'static str,
        /// The refused number.
        value: f64,
    },
    /// Customers would order without end.
    #[error(
        "customers would order {orders_per_week} times a week on average (r / alpha), at most {max} are \
         simulated: alpha is in weeks"
    )]
    SimulatedRate {
        /// The refused mean rate.
        orders_per_week: f64,
        /// The limit.
        max: f64,
    },
    /// A process of another name.
    #[error("{value:?} is not a process of ordering: write pareto_nbd or bg_nbd")]
    UnknownProcess {
        /// The refused name.
        value: String,
    },
    /// A parameter of a simulated process was refused.
    #[error("the simulated process: {0}")]
    SimulatedProcess(BtydError),
    /// A simulated value was refused.
    #[error(transparent)]
    Core(#[from] CoreError),
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

/// Kinds by name, or that there are none.
fn names(kinds: &[EventKind]) -> String {
    let names: Vec<&str> = kinds.iter().map(EventKind::as_str).collect();
    if names.is_empty() { "none at all".to_owned() } else { names.join(", ") }
}
