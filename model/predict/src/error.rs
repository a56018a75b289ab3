//! Why predictions could not be judged or corrected.

/// Why this crate refused outcomes, predictions or a correction.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PredictError {
    /// Outcomes and predictions of different numbers of customers.
    #[error("{outcomes} outcomes but {predictions} predictions: give one of each per customer")]
    LengthMismatch {
        /// How many outcomes there were.
        outcomes: usize,
        /// How many predictions there were.
        predictions: usize,
    },
    /// Nobody to judge by.
    #[error("no customers: at least one outcome and its prediction are needed")]
    NoCustomers,
    /// A probability that is not a number from 0 to 1.
    #[error("the probability {value} at position {position} is not from 0 to 1")]
    InvalidProbability {
        /// Index of the customer.
        position: usize,
        /// The refused probability.
        value: f64,
    },
    /// A weight that is not finite and above 0.
    #[error("the weight {value} at position {position} is not finite and above 0")]
    InvalidWeight {
        /// Index of the customer.
        position: usize,
        /// The refused weight.
        value: f64,
    },
    /// An amount that is infinite or not a number.
    #[error("the {what} value {value} at position {position} is not finite")]
    NotFinite {
        /// `actual` or `predicted`.
        what: &'static str,
        /// Index of the customer.
        position: usize,
        /// The refused amount.
        value: f64,
    },
    /// A level cannot be fitted where all churned or none did.
    #[error(
        "{churned} of {customers} customers churned: a level is fitted only where some did and some did not"
    )]
    OneOutcome {
        /// How many churned.
        churned: usize,
        /// How many there were.
        customers: usize,
    },
    /// The likelihood has no highest point in the slope.
    #[error(
        "the probabilities of customers that churned and of those that did not do not overlap \
         ({customers} customers), so no finite slope fits best: fit the intercept alone"
    )]
    SlopeUndetermined {
        /// How many customers there were.
        customers: usize,
    },
    /// The best slope would turn the order of customers round.
    #[error(
        "the best slope is {slope}: the probabilities rank customers the wrong way round, check the model"
    )]
    SlopeNotPositive {
        /// The refused slope.
        slope: f64,
    },
    /// A correction that is not finite, or not rising.
    #[error("a level of intercept {intercept} and slope {slope}: both must be finite and the slope above 0")]
    InvalidLogitShift {
        /// The refused intercept.
        intercept: f64,
        /// The refused slope.
        slope: f64,
    },
    /// Trees that cannot be predicted with.
    #[error("tree {tree} of the ensemble is not usable: {problem}")]
    InvalidTrees {
        /// Index of the tree; 0 when the whole is meant.
        tree: usize,
        /// What is wrong.
        problem: &'static str,
    },
    /// Intervals cannot be fitted to so few customers who spent anything.
    #[error("{payers} customers spent anything, intervals need at least {needed}: take a longer past window")]
    TooFewPayers {
        /// How many there were.
        payers: usize,
        /// How many are needed.
        needed: usize,
    },
    /// Intervals whose numbers are out of range or out of order.
    #[error("the intervals hold a number that is out of range or out of order")]
    InvalidIntervals,
    /// A weighted sum that cannot be predicted with.
    #[error("the weighted sum of features is not usable: {problem}")]
    InvalidLinear {
        /// What is wrong.
        problem: &'static str,
    },
    /// Columns or models of a table that do not fit together.
    #[error("the model of a table is not usable: {problem}")]
    InvalidColumns {
        /// What is wrong.
        problem: &'static str,
    },
    /// Newton's method did not settle.
    #[error(
        "the level did not settle in {iterations} steps (the last moved it by {last_step}): \
         use more customers or fit the intercept alone"
    )]
    NotConverged {
        /// Steps taken.
        iterations: u32,
        /// Size of the last one, on the scale of log-odds.
        last_step: f64,
    },
}

/// Refuses outcomes and predictions that do not pair up.
pub(crate) fn check_pairs(outcomes: usize, predictions: usize) -> Result<(), PredictError> {
    if outcomes != predictions {
        return Err(PredictError::LengthMismatch { outcomes, predictions });
    }
    if outcomes == 0 {
        return Err(PredictError::NoCustomers);
    }
    Ok(())
}

/// Refuses probabilities outside [0, 1].
pub(crate) fn check_probabilities(probability: &[f64]) -> Result<(), PredictError> {
    match probability.iter().position(|p| !(0.0..=1.0).contains(p)) {
        Some(position) => Err(PredictError::InvalidProbability { position, value: probability[position] }),
        None => Ok(()),
    }
}

/// Refuses amounts that are infinite or not a number.
pub(crate) fn check_finite(what: &'static str, values: &[f64]) -> Result<(), PredictError> {
    match values.iter().position(|value| !value.is_finite()) {
        Some(position) => Err(PredictError::NotFinite { what, position, value: values[position] }),
        None => Ok(()),
    }
}
