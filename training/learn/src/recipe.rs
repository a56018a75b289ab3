//! What is to be made: everything that decides a model besides the data.

use std::borrow::Cow;

use tenure_behaviour::SummaryRule;
use tenure_behaviour::expression::Definition;
use tenure_behaviour::language::{STANDARD_FEATURES, Scope, compile_definitions};
use tenure_bundle::ChurnDefinition;
use tenure_core::{AsOf, DiscountRate, Duration, Horizon};

use crate::LearnError;
use crate::candidate::OrderKind;
use crate::ladder::usual_trees;
use crate::learners::Boosted;

/// Which purchase model to take.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ModelChoice {
    /// The one that ranks best in the backtest.
    #[default]
    Best,
    /// This one.
    Fixed(OrderKind),
}

/// What is to be made.
#[derive(Clone, Debug, PartialEq)]
pub struct Recipe {
    /// Only orders before this are used.
    pub as_of: AsOf,
    /// Default horizon of the churn probability; backtests look as far ahead, where the history allows.
    pub horizon: Horizon,
    /// Horizons of the churn curve, besides `horizon`.
    pub horizons: Vec<Horizon>,
    /// Default horizon of the customer lifetime value.
    pub clv_horizon: Horizon,
    /// Default annual discount rate of the customer lifetime value.
    pub discount_rate: DiscountRate,
    /// How histories are summed up.
    pub summary_rule: SummaryRule,
    /// Which purchase model to take.
    pub model: ModelChoice,
    /// Pull of all fits towards 1 on the log parameters, finite and at or above 0; 0 is maximum likelihood,
    /// with a mild pull only where that has no maximum.
    pub penalizer: f64,
    /// The features that trees may read, in the behaviour language.
    pub definitions: Vec<Definition>,
    /// What churn is; `None` is no order within `horizon`. With a definition `horizon` must be its window, and it is the
    /// one horizon that the bundle answers.
    pub churn: Option<ChurnDefinition>,
    /// Settings of the trees that correct the purchase model. How many trees are taken is chosen at past dates, among up
    /// to `rounds` of [`Self::standard_trees`].
    pub trees: Boosted,
    /// Whether levels that backtests agree on are corrected.
    pub correct_level: bool,
}

impl Recipe {
    /// The churn horizons every bundle answers: 30, 60, 90, 180 and 365 days.
    #[must_use]
    pub fn standard_horizons() -> Vec<Horizon> {
        [30, 60, 90, 180, 365]
            .into_iter()
            .filter_map(|days| Horizon::new(Duration::from_days(days)).ok())
            .collect()
    }

    /// The standard features of [`tenure_behaviour`].
    #[must_use]
    pub fn standard_definitions() -> Vec<Definition> {
        // They are checked by the tests of that crate.
        compile_definitions(STANDARD_FEATURES, &Scope::features()).unwrap_or_default()
    }

    /// The usual settings of trees that correct the purchase model.
    #[must_use]
    pub fn standard_trees() -> Boosted {
        usual_trees()
    }

    /// The same, with churn left out where its definition says no more than that no order comes.
    ///
    /// # Errors
    /// [`LearnError::ChurnHorizon`] when `horizon` is not the window of the definition.
    pub(crate) fn checked(&self) -> Result<Cow<'_, Self>, LearnError> {
        let Some(churn) = &self.churn else { return Ok(Cow::Borrowed(self)) };
        let (window, horizon) = (churn.window(), self.horizon);
        if window != horizon {
            return Err(LearnError::ChurnHorizon { churn: churn.to_string(), window, horizon });
        }
        if churn.is_no_order() {
            return Ok(Cow::Owned(Self { churn: None, ..self.clone() }));
        }
        Ok(Cow::Borrowed(self))
    }

    /// All horizons of the churn curve, shortest first.
    pub(crate) fn churn_horizons(&self) -> Vec<Horizon> {
        if self.churn.is_some() {
            return vec![self.horizon];
        }
        let mut all = self.horizons.clone();
        all.push(self.horizon);
        all.sort_unstable();
        all.dedup();
        all
    }
}
