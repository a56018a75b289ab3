//! How a model is fitted: the same three settings for every model of the family.

use std::marker::PhantomData;

use linfa::ParamGuard;

use crate::BtydError;
use crate::optimise::Settings;

/// Checked settings of a fit; made by [`ParamGuard::check`] from [`FitParams`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ValidFitParams<M> {
    pub(crate) penalizer: f64,
    pub(crate) tolerance: f64,
    pub(crate) max_iterations: u64,
    model: PhantomData<M>,
}

/// Settings of a fit, to be checked when it starts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FitParams<M>(ValidFitParams<M>);

impl<M> From<&ValidFitParams<M>> for Settings {
    fn from(params: &ValidFitParams<M>) -> Self {
        let ValidFitParams { penalizer, tolerance, max_iterations, .. } = *params;
        Self { penalizer, tolerance, max_iterations }
    }
}

impl<M> Default for FitParams<M> {
    fn default() -> Self {
        Self(ValidFitParams { penalizer: 0.0, tolerance: 1e-6, max_iterations: 200, model: PhantomData })
    }
}

impl<M> FitParams<M> {
    /// Weight of the sum of squared log parameters (time in mean customer ages) taken off the mean
    /// log-likelihood, defaults to 0: maximum likelihood.
    #[must_use]
    pub const fn penalizer(mut self, penalizer: f64) -> Self {
        self.0.penalizer = penalizer;
        self
    }

    /// Largest component that the gradient of the mean log-likelihood may have at the end, defaults to 1e-6.
    #[must_use]
    pub const fn tolerance(mut self, tolerance: f64) -> Self {
        self.0.tolerance = tolerance;
        self
    }

    /// Most iterations of the optimiser from one start, defaults to 200.
    #[must_use]
    pub const fn max_iterations(mut self, max_iterations: u64) -> Self {
        self.0.max_iterations = max_iterations;
        self
    }
}

impl<M> ParamGuard for FitParams<M> {
    type Checked = ValidFitParams<M>;
    type Error = BtydError;

    fn check_ref(&self) -> Result<&Self::Checked, BtydError> {
        let ValidFitParams { penalizer, tolerance, max_iterations, .. } = self.0;
        if !penalizer.is_finite() || penalizer < 0.0 {
            return Err(BtydError::InvalidPenalizer { value: penalizer });
        }
        if !tolerance.is_finite() || tolerance <= 0.0 {
            return Err(BtydError::InvalidTolerance { value: tolerance });
        }
        if max_iterations == 0 {
            return Err(BtydError::NoIterations);
        }
        Ok(&self.0)
    }

    fn check(self) -> Result<Self::Checked, BtydError> {
        self.check_ref()?;
        Ok(self.0)
    }
}
