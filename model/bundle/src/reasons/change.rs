//! The smallest change that moves a customer into another band of risk, found by scoring again.

use std::borrow::Cow;

use tenure_behaviour::fold::CustomerState;
use tenure_behaviour::{BehaviourError, Fact, OrderHistory, PurchaseSummary, Symbol};
use tenure_core::{AsOf, Duration, EventKind, Horizon, Money};

use super::RiskBand;
use crate::boosted::Base;
use crate::forecast::Forecast;
use crate::{ScoreOptions, Scorer};

/// Most further orders that are tried.
pub(super) const MOST_ORDERS: u32 = 3;
/// Farthest that silence is looked ahead, in days.
pub(super) const MOST_DAYS: u32 = 365;
/// Days between further orders of somebody who ordered once.
const USUAL_GAP_DAYS: u32 = 30;

/// What would have to happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeKind {
    /// So many further orders of the customer's usual spend, the first at the as-of.
    Orders {
        /// How many: 1 to 3.
        count: u32,
        /// Whole days between them: the customer's usual gap, 30 of those who ordered once.
        apart_days: u32,
    },
    /// Nothing at all for so long.
    Silence {
        /// Whole days from the as-of, at most 365.
        days: u32,
    },
}

/// What moves a customer into another band.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Change {
    /// What would have to happen.
    pub kind: ChangeKind,
    /// The band now.
    pub from: RiskBand,
    /// The band then.
    pub to: RiskBand,
    /// The probability of churn then, within the same horizon.
    pub churn_probability: f64,
}

/// A customer as known at an as-of, and as it would be known after further orders.
#[derive(Clone)]
struct Known<'a> {
    history: Cow<'a, OrderHistory>,
    state: Option<Cow<'a, CustomerState>>,
    as_of: AsOf,
}

impl Scorer {
    /// The smallest changes into a lower and into a higher band: the fewest orders, and the least silence. Where there
    /// is none, [`RiskBand::why_unmoved`] says why.
    ///
    /// Each was found by scoring the customer again with that future, so it is exact for the model; whether an order
    /// that a discount brought about is worth as much as one that came by itself, no score can say. Where risk falls
    /// and rises again during a silence, a day at which it rises is found, which need not be the first.
    ///
    /// # Errors
    /// As [`Self::score_with`].
    pub fn changes(
        &self,
        history: &OrderHistory,
        state: Option<&CustomerState>,
        options: &ScoreOptions,
    ) -> Result<Vec<Change>, BehaviourError> {
        let known = Known {
            history: before(history, options.as_of)?,
            state: state.map(Cow::Borrowed),
            as_of: options.as_of,
        };
        let horizon = self.churn_horizon(state.is_some(), options.horizon);
        let from = RiskBand::of(self.churn_of(&known, horizon)?);
        let orders = if from > RiskBand::Low { self.fewest_orders(&known, horizon, from)? } else { None };
        let silence = if from < RiskBand::High { self.least_silence(&known, horizon, from)? } else { None };
        Ok(orders.into_iter().chain(silence).collect())
    }

    /// The probability of churn that a score gives.
    fn churn_of(&self, known: &Known<'_>, horizon: Horizon) -> Result<f64, BehaviourError> {
        let summary = PurchaseSummary::of(&known.history, known.as_of, &self.manifest.summary_rule)?;
        if summary.is_none() {
            let first_event = known.state.as_deref().and_then(CustomerState::first_event_at);
            return Ok(self.churn_before_first_order(first_event, known.as_of, horizon));
        }
        let forecast = Forecast::of(&self.model.orders, summary.as_ref());
        if let Some(churn) = &self.churn {
            let seen = known.state.as_deref().map(|state| (state, known.as_of));
            return Ok(churn.probability(&forecast, &self.model.spend, summary.as_ref(), seen));
        }
        let bend = match (&self.boosted, &known.state, &summary) {
            (Some(boosted), Some(state), Some(summary)) => {
                let base = Base::from_forecast(&forecast, &self.model.spend, summary, horizon);
                Some(boosted.bend_of_churn(state, known.as_of, &base))
            }
            _ => None,
        };
        Ok(self.churn_within(&forecast, horizon, bend.as_ref()))
    }

    fn fewest_orders(
        &self,
        known: &Known<'_>,
        horizon: Horizon,
        from: RiskBand,
    ) -> Result<Option<Change>, BehaviourError> {
        let summary = PurchaseSummary::of(&known.history, known.as_of, &self.manifest.summary_rule)?;
        let apart_days = summary.filter(|summary| summary.frequency > 0).map_or(USUAL_GAP_DAYS, |summary| {
            (summary.recency_age.get() * 7.0 / f64::from(summary.frequency)).round().max(1.0) as u32
        });
        let minor = summary
            .map_or(0, |summary| summary.net_spend.minor_units().max(0) / i64::from(summary.occasions()));
        let mut then = known.clone();
        let mut at = known.as_of.instant();
        for count in 1..=MOST_ORDERS {
            then.history.to_mut().record(
                &EventKind::Order,
                at,
                Money::from_minor_units(minor, self.currency()),
            )?;
            if let (Some(boosted), Some(state)) = (self.behaviour(), &mut then.state) {
                let order =
                    Fact { amount: Some(minor), ..Fact::new(Symbol::of(EventKind::Order.as_str()), at) };
                state.to_mut().apply(boosted.program(), &order);
            }
            // An order is known as soon as any time has passed.
            let instant = Duration::from_microseconds(1).unwrap_or(Duration::ZERO);
            then.as_of = AsOf::new(at.saturating_add(instant));
            let churn_probability = self.churn_of(&then, horizon)?;
            let to = RiskBand::of(churn_probability);
            if to < from {
                let kind = ChangeKind::Orders { count, apart_days };
                return Ok(Some(Change { kind, from, to, churn_probability }));
            }
            at = at.saturating_add(Duration::from_days(apart_days));
        }
        Ok(None)
    }

    fn least_silence(
        &self,
        known: &Known<'_>,
        horizon: Horizon,
        from: RiskBand,
    ) -> Result<Option<Change>, BehaviourError> {
        let mut then = known.clone();
        let mut churn_after = |days: u32| {
            then.as_of = AsOf::new(known.as_of.instant().saturating_add(Duration::from_days(days)));
            self.churn_of(&then, horizon)
        };
        let mut found = churn_after(MOST_DAYS)?;
        if RiskBand::of(found) <= from {
            return Ok(None);
        }
        // Not above the band after `low` days, and above it after `high`.
        let (mut low, mut high) = (0, MOST_DAYS);
        while high - low > 1 {
            let middle = u32::midpoint(low, high);
            let churn = churn_after(middle)?;
            if RiskBand::of(churn) > from {
                (high, found) = (middle, churn);
            } else {
                low = middle;
            }
        }
        let kind = ChangeKind::Silence { days: high };
        Ok(Some(Change { kind, from, to: RiskBand::of(found), churn_probability: found }))
    }
}

/// The history as known at the as-of: what came later is not to be seen when time goes on.
fn before(history: &OrderHistory, as_of: AsOf) -> Result<Cow<'_, OrderHistory>, BehaviourError> {
    if history.entries().last().is_none_or(|(at, _)| as_of.knows(*at)) {
        return Ok(Cow::Borrowed(history));
    }
    let mut known = OrderHistory::new(history.currency());
    for (at, minor) in history.entries().iter().take_while(|(at, _)| as_of.knows(*at)) {
        let kind = if *minor < 0 { EventKind::Refund } else { EventKind::Order };
        known.record(&kind, *at, Money::from_minor_units(*minor, history.currency()))?;
    }
    Ok(Cow::Owned(known))
}
