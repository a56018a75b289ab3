//! The lowest rung: customers who are known from what they did, and have not ordered yet.
//!
//! A purchase model begins with a first order, so it knows nothing of people who may never place one. What is known
//! of them is for how long they have not, and how long others took. A bundle that was trained without events from
//! before first orders cannot tell; then nothing is expected of them, and [`NextRung::EarlierEvents`] says why,
//! instead of an answer that is somebody else's.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tenure_behaviour::rfm::RfmSegment;
use tenure_btyd::{ExponentialGamma, Outlook};
use tenure_core::{AsOf, DiscountRate, ExpectedMoney, Horizon, Timestamp, Weeks};

use crate::forecast::Forecast;
use crate::part::{Part, encode_part};
use crate::score::{NextRung, Rung, Score, ScoreOptions};
use crate::scorer::{Model, Scorer};
use crate::{BundleError, RawBundle};

/// Name of the part; a bundle without it was trained on orders alone, or is older.
const PART: &str = "prior";

/// What follows a first order is averaged over when it comes, by the four-point rule of Gauss and Legendre over the
/// share of first orders that come sooner: nodes in (0, 1) and their weights. It is
/// within two thousandths of the integral up to a year, and within a hundredth over four.
const NODES: [(f64, f64); 4] = [
    (0.069_431_844_202_974, 0.173_927_422_568_727),
    (0.330_009_478_207_572, 0.326_072_577_431_273),
    (0.669_990_521_792_428, 0.326_072_577_431_273),
    (0.930_568_155_797_026, 0.173_927_422_568_727),
];

/// Who orders for the first time, when, and for how much.
///
/// ```
/// use tenure_btyd::ExponentialGamma;
/// use tenure_bundle::Prior;
/// let prior = Prior::new(ExponentialGamma::new(0.8, 3.0, 0.6)?, 35.2)?;
/// assert_eq!(prior.first_spend(), 35.2);
/// assert!(Prior::new(ExponentialGamma::new(0.8, 3.0, 0.6)?, f64::NAN).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Unchecked")]
pub struct Prior {
    first_order: ExponentialGamma,
    first_spend: f64,
}

/// The part as it stands in a file, before anybody looked at it.
#[derive(Deserialize)]
struct Unchecked {
    first_order: ExponentialGamma,
    first_spend: f64,
}

/// A mean spend of first orders that is not finite.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[error("first orders of {first_spend} on average: it must be a finite number")]
pub struct InvalidFirstSpend {
    /// The refused mean, in major units.
    pub first_spend: f64,
}

impl Prior {
    /// When first orders come, and their mean net spend in major units.
    ///
    /// # Errors
    /// When the mean is not finite.
    pub fn new(first_order: ExponentialGamma, first_spend: f64) -> Result<Self, InvalidFirstSpend> {
        if first_spend.is_finite() {
            Ok(Self { first_order, first_spend })
        } else {
            Err(InvalidFirstSpend { first_spend })
        }
    }

    /// The prior of a bundle; `None` where it was made without.
    ///
    /// # Errors
    /// When the part holds numbers that no model can have.
    pub fn of(bundle: &RawBundle) -> Result<Option<Self>, BundleError> {
        bundle.optional(PART)
    }

    /// The part of a bundle that holds it.
    ///
    /// # Errors
    /// When it has no form in postcard.
    pub fn to_part(&self) -> Result<Part, BundleError> {
        encode_part(PART, self)
    }

    /// When first orders come.
    #[must_use]
    pub const fn first_order(&self) -> &ExponentialGamma {
        &self.first_order
    }

    /// Mean net spend on a first purchase occasion, in major units.
    #[must_use]
    pub const fn first_spend(&self) -> f64 {
        self.first_spend
    }

    /// Orders within `within` and their value discounted at `rate`, of somebody who has not ordered for `waited`: the
    /// first, and what follows it by the purchase model, each at its level.
    fn expected(&self, model: &Model, waited: Weeks, within: Weeks, rate: DiscountRate) -> Expected {
        let new = Forecast::of(&model.orders, None);
        let p_order = self.first_order.p_order(waited, within);
        let mut sum = Expected { orders: 0.0, value: 0.0 };
        for (sooner, weight) in NODES {
            let at = self.first_order.next_order(sooner, waited, within);
            let rest = Weeks::new((within.get() - at.get()).max(0.0)).unwrap_or(Weeks::ZERO);
            let (orders, discounted) = later(new.outlook(), rest, rate);
            let later_value = model.level.expected_value(model.spend.value_of(discounted, None));
            let discount = (-rate.continuous_per_week() * at.get()).exp();
            sum.orders += weight * (1.0 + model.level.expected_orders(orders));
            sum.value += weight * discount * (self.first_spend + later_value);
        }
        Expected { orders: p_order * sum.orders, value: p_order * sum.value }
    }
}

/// Orders of somebody, and their value in major units.
struct Expected {
    orders: f64,
    value: f64,
}

/// Repeat orders, and the same discounted to the first.
fn later(new: &dyn Outlook, within: Weeks, rate: DiscountRate) -> (f64, f64) {
    (new.expected_orders(within).max(0.0), new.discounted_orders(within, rate).max(0.0))
}

/// How long somebody first seen then has not ordered; nothing where no event is known.
fn waited(first_event: Option<Timestamp>, as_of: AsOf) -> Weeks {
    first_event.map_or(Weeks::ZERO, |first| as_of.instant().since(first).weeks())
}

impl Scorer {
    /// Who orders for the first time, if the bundle knows.
    #[must_use]
    pub const fn prior(&self) -> Option<&Prior> {
        self.prior.as_ref()
    }

    /// Scores somebody who has not ordered before the as-of, by the first event known of them; `None` is somebody
    /// of whom none is known, taken for one who came this instant.
    ///
    /// Where the bundle does not know who orders for the first time, nothing is expected: a probability of churn of
    /// 1, no orders, no value. Churn by a definition is then what its line makes of the certainty that no order comes.
    #[must_use]
    pub fn score_before_first_order(&self, first_event: Option<Timestamp>, options: &ScoreOptions) -> Score {
        let waited = waited(first_event, options.as_of);
        let churn_within =
            |horizon: Horizon| self.churn_before_first_order(first_event, options.as_of, horizon);
        let churn = self.churn_curve(&churn_within);
        let known = churn.iter().find(|one| one.horizon == options.horizon);
        let churn_probability =
            known.map_or_else(|| churn_within(options.horizon), |one| one.churn_probability);
        let nothing = Expected { orders: 0.0, value: 0.0 };
        let within = options.clv_horizon.weeks();
        let Expected { orders, value } = self
            .prior
            .map_or(nothing, |prior| prior.expected(&self.model, waited, within, options.discount_rate));
        Score {
            rung: Rung::Prior,
            churn_probability,
            churn,
            expected_orders: orders,
            predicted_clv: ExpectedMoney { major_units: value, currency: self.currency() },
            intervals: None,
            next_rung: if self.prior.is_some() { NextRung::FirstOrder } else { NextRung::EarlierEvents },
            p_alive: self.prior.map_or(0.0, |prior| prior.first_order.p_ever(waited)),
            next_order: None,
            rfm: None,
            segment: RfmSegment::Prospect,
            options: *options,
            model_version: Arc::clone(self.model_version()),
        }
    }

    /// Probability that somebody without an order churns: places none within the horizon or, where the shop defined
    /// churn, what that says of the purchase model's silence within its own window.
    pub(crate) fn churn_before_first_order(
        &self,
        first_event: Option<Timestamp>,
        as_of: AsOf,
        horizon: Horizon,
    ) -> f64 {
        let p_no_order = |within: Horizon| 1.0 - self.p_first_order(first_event, as_of, within);
        match &self.churn {
            Some(churn) => churn.where_silent(p_no_order(churn.definition().window())),
            None => p_no_order(horizon),
        }
    }

    /// Probability, in [0, 1], that somebody who has not ordered before the as-of places a first order within the
    /// horizon, whatever churn is defined as; 0 where the bundle cannot tell.
    #[must_use]
    pub fn p_first_order(&self, first_event: Option<Timestamp>, as_of: AsOf, horizon: Horizon) -> f64 {
        let waited = waited(first_event, as_of);
        let p_order = self.prior.map_or(0.0, |prior| prior.first_order.p_order(waited, horizon.weeks()));
        p_order.clamp(0.0, 1.0)
    }
}

impl TryFrom<Unchecked> for Prior {
    type Error = InvalidFirstSpend;
    fn try_from(file: Unchecked) -> Result<Self, InvalidFirstSpend> {
        Self::new(file.first_order, file.first_spend)
    }
}
