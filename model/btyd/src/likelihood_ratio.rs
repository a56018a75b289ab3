//! Whether what was added to a model earns its place.

use statrs::function::gamma::gamma_ur;

use crate::{BtydError, FitReport};

/// The likelihood-ratio test of a model against one nested in it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LikelihoodRatio {
    /// Twice the difference of the log-likelihoods.
    pub statistic: f64,
    /// Parameters that the nested model lacks.
    pub degrees: usize,
    /// Probability of so large a statistic if the nested model is true: chi-squared.
    pub p_value: f64,
}

impl LikelihoodRatio {
    /// Compares two fits to the same customers.
    ///
    /// # Errors
    /// When the nested model has as many parameters as the other, or the customers are not as many.
    ///
    /// ```
    /// use tenure_btyd::{FitReport, LikelihoodRatio, Parameter, Parameters};
    /// // CLVTools' vignette: is a common coefficient of Gender enough? chi2 10.943, p .0009396.
    /// let report = |count: usize, log_likelihood| {
    ///     let parameter = Parameter { name: "p".to_owned(), value: 1.0, standard_error: None };
    ///     let parameters = Parameters(vec![parameter; count]);
    ///     let model = "Pareto/NBD".to_owned();
    ///     FitReport {
    ///         model, parameters, log_likelihood, customers: 600.0, distinct: 600,
    ///         starts: 1, iterations: 1, evaluations: 1, gradient_max: 0.0,
    ///     }
    /// };
    /// let full = report(8, -5_821.0627);
    /// assert!((full.aic() - 11_658.1254).abs() < 1e-3 && (full.bic() - 11_693.3009).abs() < 1e-3);
    /// let test = LikelihoodRatio::of(&report(7, -5_826.5342), &full)?;
    /// assert!((test.statistic - 10.943).abs() < 1e-3 && (test.p_value - 0.000_939_6).abs() < 1e-7);
    /// # Ok::<(), tenure_btyd::BtydError>(())
    /// ```
    pub fn of(nested: &FitReport, full: &FitReport) -> Result<Self, BtydError> {
        let (fewer, more) = (nested.parameters.0.len(), full.parameters.0.len());
        if fewer >= more || nested.customers != full.customers {
            return Err(BtydError::NotNested {
                nested: fewer,
                full: more,
                nested_customers: nested.customers,
                full_customers: full.customers,
            });
        }
        let degrees = more - fewer;
        // A search may stop a hair short of the larger maximum.
        let statistic = (2.0 * (full.log_likelihood - nested.log_likelihood)).max(0.0);
        let p_value = if statistic > 0.0 { gamma_ur(degrees as f64 / 2.0, statistic / 2.0) } else { 1.0 };
        Ok(Self { statistic, degrees, p_value })
    }
}
