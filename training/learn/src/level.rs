//! How far past predictions were off in level, where origins agree on it.

use tenure_bundle::Level;
use tenure_predict::LogitShift;

use crate::LearnError;
use crate::backtest::Prediction;

/// How the level is set from origins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum LevelRule {
    /// Not at all.
    None,
    /// Churn moved on the log-odds; orders and value by a factor.
    Shift,
    /// Churn moved and stretched on the log-odds; orders and value by a factor.
    Stretch,
}

impl LevelRule {
    pub(crate) const ALL: [Self; 3] = [Self::None, Self::Shift, Self::Stretch];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::None => "as_fitted",
            Self::Shift => "level",
            Self::Stretch => "level_and_slope",
        }
    }

    /// The level that `origins` show, each by its weight.
    ///
    /// Customers of one origin share its weight, so that an origin with more customers does not count more:
    /// what differs between origins is the season, and that is one draw per origin.
    pub(crate) fn fit(self, origins: &[&Prediction<'_>]) -> Result<Level, LearnError> {
        if self == Self::None || origins.is_empty() {
            return Ok(Level::NONE);
        }
        let (mut churned, mut probability, mut weight) = (Vec::new(), Vec::new(), Vec::new());
        for origin in origins {
            churned.extend_from_slice(origin.churned);
            probability.extend_from_slice(&origin.p_no_order);
            let each = origin.weight / origin.churned.len() as f64;
            weight.extend(std::iter::repeat_n(each, origin.churned.len()));
        }
        let churn = match self {
            Self::Stretch => LogitShift::fit_weighted(&churned, &probability, &weight)?,
            Self::None | Self::Shift => LogitShift::fit_intercept_weighted(&churned, &probability, &weight)?,
        };
        let orders = mean_ratio(origins, |origin| origin.order_totals());
        let value = mean_ratio(origins, |origin| origin.value_totals());
        Ok(Level::new(churn, orders, value)?)
    }
}

/// Geometric mean over origins of actual over predicted totals; 1 where a total is not above zero.
fn mean_ratio(origins: &[&Prediction<'_>], totals: impl Fn(&Prediction<'_>) -> (f64, f64)) -> f64 {
    let (mut sum, mut weights) = (0.0, 0.0);
    for origin in origins {
        let (actual, predicted) = totals(origin);
        if actual > 0.0 && predicted > 0.0 {
            sum += origin.weight * (actual / predicted).ln();
            weights += origin.weight;
        }
    }
    if weights > 0.0 { (sum / weights).exp() } else { 1.0 }
}
