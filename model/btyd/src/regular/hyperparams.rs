//! How a model of regular customers is fitted: the settings of the family, and the regularity.

use linfa::ParamGuard;

use super::MAX_REGULARITY;
use crate::BtydError;
use crate::hyperparams::{FitParams, ValidFitParams};

/// Checked settings; made by [`ParamGuard::check`] from [`RegularFitParams`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ValidRegularFitParams<M> {
    pub(super) search: FitParams<M>,
    pub(super) regularity: Option<u32>,
}

/// Settings of a fit of [`BgCnbd`](crate::BgCnbd) or [`MbgCnbd`](crate::MbgCnbd), to be checked when it starts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RegularFitParams<M>(ValidRegularFitParams<M>);

impl<M> Default for RegularFitParams<M> {
    fn default() -> Self {
        Self(ValidRegularFitParams { search: FitParams::default(), regularity: None })
    }
}

impl<M: Copy> RegularFitParams<M> {
    /// As [`FitParams::penalizer`], defaults to 0: maximum likelihood.
    #[must_use]
    pub const fn penalizer(mut self, penalizer: f64) -> Self {
        self.0.search = self.0.search.penalizer(penalizer);
        self
    }

    /// As [`FitParams::tolerance`], defaults to 1e-6.
    #[must_use]
    pub const fn tolerance(mut self, tolerance: f64) -> Self {
        self.0.search = self.0.search.tolerance(tolerance);
        self
    }

    /// As [`FitParams::max_iterations`], for each regularity tried, defaults to 200.
    #[must_use]
    pub const fn max_iterations(mut self, max_iterations: u64) -> Self {
        self.0.search = self.0.search.max_iterations(max_iterations);
        self
    }

    /// A known regularity k, from 1 to [`MAX_REGULARITY`], defaults to none: the likeliest is taken.
    #[must_use]
    pub const fn regularity(mut self, k: u32) -> Self {
        self.0.regularity = Some(k);
        self
    }
}

impl<M> ValidRegularFitParams<M> {
    /// The settings of one search.
    pub(super) fn search(&self) -> Result<&ValidFitParams<M>, BtydError> {
        self.search.check_ref()
    }
}

impl<M> ParamGuard for RegularFitParams<M> {
    type Checked = ValidRegularFitParams<M>;
    type Error = BtydError;

    fn check_ref(&self) -> Result<&Self::Checked, BtydError> {
        self.0.search()?;
        if let Some(k) = self.0.regularity
            && !(1..=MAX_REGULARITY).contains(&k)
        {
            return Err(BtydError::InvalidRegularity { value: f64::from(k), most: MAX_REGULARITY });
        }
        Ok(&self.0)
    }

    fn check(self) -> Result<Self::Checked, BtydError> {
        self.check_ref()?;
        Ok(self.0)
    }
}
