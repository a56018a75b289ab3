//! How a model with covariates is fitted: the settings of the family, and what each covariate acts on.

use linfa::ParamGuard;

use crate::BtydError;
use crate::hyperparams::{FitParams, ValidFitParams};

/// What a covariate acts on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// The order rate and the rate of leaving, each with a coefficient of its own.
    Both,
    /// Both rates, with one coefficient (constrained equal).
    Equal,
    /// The order rate only.
    Transaction,
    /// The rate of leaving only.
    Lifetime,
}

/// Checked settings; made by [`ParamGuard::check`] from [`CovariateFitParams`].
#[derive(Clone, Debug, PartialEq)]
pub struct ValidCovariateFitParams<M> {
    search: FitParams<M>,
    effects: Vec<(String, Effect)>,
}

/// Settings of a fit of [`WithCovariates`](crate::WithCovariates), to be checked when it starts.
#[derive(Clone, Debug, PartialEq)]
pub struct CovariateFitParams<M>(ValidCovariateFitParams<M>);

impl<M> Default for CovariateFitParams<M> {
    fn default() -> Self {
        Self(ValidCovariateFitParams { search: FitParams::default(), effects: Vec::new() })
    }
}

impl<M: Copy> CovariateFitParams<M> {
    /// As [`FitParams::penalizer`]; coefficients count as those of covariates with deviation 1, defaults to 0.
    #[must_use]
    pub fn penalizer(mut self, penalizer: f64) -> Self {
        self.0.search = self.0.search.penalizer(penalizer);
        self
    }

    /// As [`FitParams::tolerance`], defaults to 1e-6.
    #[must_use]
    pub fn tolerance(mut self, tolerance: f64) -> Self {
        self.0.search = self.0.search.tolerance(tolerance);
        self
    }

    /// As [`FitParams::max_iterations`], defaults to 200.
    #[must_use]
    pub fn max_iterations(mut self, max_iterations: u64) -> Self {
        self.0.search = self.0.search.max_iterations(max_iterations);
        self
    }

    /// What a covariate acts on, defaults to [`Effect::Both`] for each.
    #[must_use]
    pub fn effect(mut self, name: impl Into<String>, effect: Effect) -> Self {
        self.0.effects.push((name.into(), effect));
        self
    }
}

impl<M> ValidCovariateFitParams<M> {
    /// The settings of the search.
    pub(super) fn search(&self) -> Result<&ValidFitParams<M>, BtydError> {
        self.search.check_ref()
    }

    /// The effect of each covariate.
    pub(super) fn effects(&self, names: &[String]) -> Result<Vec<Effect>, BtydError> {
        if let Some((name, _)) = self.effects.iter().find(|(name, _)| !names.contains(name)) {
            return Err(BtydError::UnknownCovariate { name: name.clone(), known: names.join(", ") });
        }
        let effect = |name: &String| {
            let last = self.effects.iter().rev().find(|(of, _)| of == name);
            last.map_or(Effect::Both, |(_, effect)| *effect)
        };
        Ok(names.iter().map(effect).collect())
    }
}

impl<M> ParamGuard for CovariateFitParams<M> {
    type Checked = ValidCovariateFitParams<M>;
    type Error = BtydError;

    fn check_ref(&self) -> Result<&Self::Checked, BtydError> {
        self.0.search()?;
        Ok(&self.0)
    }

    fn check(self) -> Result<Self::Checked, BtydError> {
        self.check_ref()?;
        Ok(self.0)
    }
}
