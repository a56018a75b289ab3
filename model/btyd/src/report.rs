//! What a fit found, how sure it is and how it got there.

use std::fmt;

use serde::{Deserialize, Serialize};

/// One fitted parameter.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Parameter {
    /// The papers' name.
    pub name: String,
    /// Maximum-likelihood estimate; rates such as alpha and beta are in weeks.
    pub value: f64,
    /// Standard error by the delta method; absent along a flat ridge of the likelihood, where there is none.
    pub standard_error: Option<f64>,
}

/// The fitted parameters, in the papers' order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Parameters(pub Vec<Parameter>);

impl fmt::Display for Parameters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, parameter) in self.0.iter().enumerate() {
            let gap = if index == 0 { "" } else { ", " };
            write!(f, "{gap}{} {:.4}", parameter.name, parameter.value)?;
            if let Some(error) = parameter.standard_error {
                write!(f, " (se {error:.4})")?;
            }
        }
        Ok(())
    }
}

/// What a fit found and how it got there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FitReport {
    /// Name of the model.
    pub model: String,
    /// Estimates and standard errors.
    pub parameters: Parameters,
    /// Log-likelihood of all customers at the estimates, without the penalty, times in weeks.
    pub log_likelihood: f64,
    /// Customers behind it.
    pub customers: f64,
    /// Distinct rows they collapsed to.
    pub distinct: usize,
    /// Starting points that were tried.
    pub starts: usize,
    /// Iterations from the best start.
    pub iterations: u64,
    /// Likelihood evaluations on the full data.
    pub evaluations: u64,
    /// Largest component of the gradient of the mean log-likelihood over the log parameters.
    pub gradient_max: f64,
}

impl FitReport {
    /// Akaike's criterion: the smaller, the better a model may be expected to do on new customers.
    #[must_use]
    pub fn aic(&self) -> f64 {
        2.0 * self.parameters.0.len() as f64 - 2.0 * self.log_likelihood
    }

    /// The Bayesian criterion, which asks more of an additional parameter the more customers there are.
    #[must_use]
    pub fn bic(&self) -> f64 {
        self.customers.ln() * self.parameters.0.len() as f64 - 2.0 * self.log_likelihood
    }
}

impl fmt::Display for FitReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}: {}", self.model, self.parameters)?;
        write!(
            f,
            "  log-likelihood {:.3}, {} customers in {} distinct rows, {} starts, {} iterations, slope {:.0e}",
            self.log_likelihood,
            self.customers,
            self.distinct,
            self.starts,
            self.iterations,
            self.gradient_max
        )
    }
}

/// A model and the report of its fit.
#[derive(Clone, Debug, PartialEq)]
pub struct Fitted<M> {
    /// The model at the estimates.
    pub model: M,
    /// How they were found.
    pub report: FitReport,
}
