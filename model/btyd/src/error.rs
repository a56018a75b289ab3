//! Why a model was not fitted or an input was refused.

use crate::report::FitReport;

/// Why this crate refused an input or a fit.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BtydError {
    /// The age at the last purchase exceeds the age.
    #[error(
        "the last purchase (age {recency_age} weeks) lies after the end of observation (age {age} weeks)"
    )]
    RecencyBeyondAge {
        /// `t_x`, in weeks.
        recency_age: f64,
        /// T, in weeks.
        age: f64,
    },
    /// A customer without a repeat purchase whose last purchase is not the first.
    #[error("no repeat purchase, yet the last one is at age {recency_age} weeks: it must be 0")]
    RecencyWithoutRepeat {
        /// `t_x`, in weeks.
        recency_age: f64,
    },
    /// More repeat purchases than one customer can have.
    #[error("{frequency} repeat purchases of one customer: at most {most} can be modelled; is it a till?")]
    TooManyPurchases {
        /// x.
        frequency: u32,
        /// The most.
        most: u32,
    },
    /// All customers came at the very end of observation.
    #[error("all {customers} customers have age 0: no time has passed in which they could have come back")]
    NoTimePassed {
        /// Number of customers.
        customers: usize,
    },
    /// Nothing to fit.
    #[error("no customers to fit: {needed} or more are needed, got {got}")]
    TooFewCustomers {
        /// What the model needs.
        needed: usize,
        /// What there was.
        got: usize,
    },
    /// No customer ever came back.
    #[error("none of {customers} customers has a repeat purchase: a purchase rate cannot be told from this")]
    NoRepeatPurchase {
        /// Number of customers.
        customers: usize,
    },
    /// A mean spend that is not above zero, or not a number.
    #[error(
        "a mean spend of {value} over {orders} orders: the Gamma-Gamma model takes amounts above zero only"
    )]
    InvalidSpend {
        /// The refused mean.
        value: f64,
        /// Number of orders behind it.
        orders: u32,
    },
    /// A weight that is not finite and above zero.
    #[error("a weight of {value}: weights count equal customers and must be finite and above 0")]
    InvalidWeight {
        /// The refused weight.
        value: f64,
    },
    /// A sum of logarithms of gaps that no gaps can have.
    #[error(
        "the logarithms of the gaps between orders (in weeks) sum to {value}, but gaps that add up to the ages at \
         the last orders cannot exceed {most}: are they of the same customers, and in weeks?"
    )]
    InvalidLogGaps {
        /// The refused sum.
        value: f64,
        /// What it would be with all gaps of a customer equal.
        most: f64,
    },
    /// A regularity that is no whole number in range.
    #[error("a regularity of {value}: it must be a whole number from 1 (random) to {most}")]
    InvalidRegularity {
        /// The refused value.
        value: f64,
        /// The most.
        most: u32,
    },
    /// Shares of customers that are no shares of a whole.
    #[error("shares of customers that add up to {sum}: each must be from 0 to 1, and all together 1")]
    InvalidShares {
        /// What they add up to.
        sum: f64,
    },
    /// Chances, purchases and the last one that do not fit together, or too many of them.
    #[error(
        "{frequency} purchases, the last at chance {last} of {chances}: each purchase takes a chance, the last one \
         its own, and at most 100,000 chances can be modelled"
    )]
    InvalidChances {
        /// x.
        frequency: u32,
        /// `t_x`.
        last: u32,
        /// n.
        chances: u32,
    },
    /// A discount per period that is not finite or below zero.
    #[error("a discount of {value} per period: it must be finite and at or above 0, such as 0.1")]
    InvalidPeriodDiscount {
        /// The refused value.
        value: f64,
    },
    /// Survivors of a cohort that are not counts, or rise.
    #[error(
        "{after} customers after period {period}, of {before} before: a cohort needs its size and at least one later \
         count, none of them below 0 or above the one before"
    )]
    InvalidSurvivors {
        /// Period, from 1; 0 for the cohort's size.
        period: usize,
        /// Survivors before it.
        before: f64,
        /// Survivors after it.
        after: f64,
    },
    /// No customer of any cohort left.
    #[error("none of {customers} customers has left: how long they stay cannot be told from this")]
    NobodyLeft {
        /// Number of customers.
        customers: usize,
    },
    /// Nobody who came to look ordered.
    #[error("none of {customers} people has ordered: when a first order comes cannot be told from this")]
    NobodyOrdered {
        /// Number of people.
        customers: usize,
    },
    /// A share above 1.
    #[error("a share of {value}: it must be above 0 and at most 1")]
    InvalidShare {
        /// The refused value.
        value: f64,
    },
    /// A customer with more or fewer covariates than there are.
    #[error("{got} values of covariates: there are {expected} covariates")]
    CovariateCount {
        /// Covariates.
        expected: usize,
        /// Values.
        got: usize,
    },
    /// A value or coefficient of a covariate that is not finite.
    #[error("{value} for covariate {name}: it must be a finite number")]
    InvalidCovariate {
        /// The covariate.
        name: String,
        /// The refused value.
        value: f64,
    },
    /// A covariate that is the same for all customers.
    #[error("covariate {name} is the same for all customers: nothing can be told from it, leave it out")]
    ConstantCovariate {
        /// The covariate.
        name: String,
    },
    /// An effect set for a covariate that is not there.
    #[error("no covariate is called {name}; there are {known}")]
    UnknownCovariate {
        /// What was named.
        name: String,
        /// What there is.
        known: String,
    },
    /// Two fits of which one is not nested in the other.
    #[error(
        "{nested} parameters over {nested_customers} customers are not nested in {full} over {full_customers}: the \
         nested model has fewer parameters, and both are fitted to the same customers"
    )]
    NotNested {
        /// Parameters of the first.
        nested: usize,
        /// Parameters of the second.
        full: usize,
        /// Customers of the first.
        nested_customers: f64,
        /// Customers of the second.
        full_customers: f64,
    },
    /// A model parameter that is not finite and above zero.
    #[error("{name} = {value}: a parameter of {model} must be finite and above 0")]
    InvalidParameter {
        /// Model.
        model: &'static str,
        /// Name of the parameter.
        name: &'static str,
        /// The refused value.
        value: f64,
    },
    /// A penalizer that is not finite or negative.
    #[error("a penalizer of {value}: it must be finite and at or above 0")]
    InvalidPenalizer {
        /// The refused value.
        value: f64,
    },
    /// A gradient tolerance that is not finite and above zero.
    #[error("a tolerance of {value}: it must be finite and above 0")]
    InvalidTolerance {
        /// The refused value.
        value: f64,
    },
    /// A limit of zero iterations.
    #[error("a limit of 0 iterations: at least 1 is needed")]
    NoIterations,
    /// The optimiser stopped away from a maximum.
    #[error(
        "{model} did not converge: after {} iterations from {} starts the largest slope is {:.1e} (at most {tolerance:.1e} is \
         wanted), at {}. Try more iterations, a penalizer of 0.001, or check the data for a few customers \
         with hundreds of purchases",
        report.iterations, report.starts, report.gradient_max, report.parameters
    )]
    NotConverged {
        /// Model.
        model: &'static str,
        /// What was wanted of the largest component of the gradient of the mean log-likelihood.
        tolerance: f64,
        /// What was seen.
        report: Box<FitReport>,
    },
    /// The fitted spend distribution has no finite mean.
    #[error(
        "the spend distribution has no finite mean (q = {q:.3}, above 1 is needed): cap the largest orders and refit"
    )]
    SpendTailTooHeavy {
        /// Fitted q.
        q: f64,
    },
    /// An error of linfa's own.
    #[error(transparent)]
    Linfa(#[from] LinfaError),
}

/// [`linfa::Error`] that can be cloned: its text.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{message}")]
pub struct LinfaError {
    /// What linfa said.
    pub message: String,
}

impl From<linfa::Error> for BtydError {
    fn from(error: linfa::Error) -> Self {
        Self::Linfa(LinfaError { message: error.to_string() })
    }
}
