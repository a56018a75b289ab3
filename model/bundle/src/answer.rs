//! From what is known of a customer to the parts of the score, which agree with one another.

use std::sync::Arc;

use tenure_behaviour::PurchaseSummary;
use tenure_behaviour::rfm::RfmSegment;
use tenure_core::{Duration, ExpectedMoney, Horizon};
use tenure_predict::Confidence;

use crate::boosted::Bend;
use crate::forecast::Forecast;
use crate::model::Level;
use crate::score::{DateSource, HorizonChurn, NextOrder, NextRung, Rung, Score, ScoreOptions, ValueInterval};
use crate::scorer::{Defined, Model, Scorer};

/// Below this chance of an order within the CLV horizon no date is given for it.
const LEAST_CHANCE: f64 = 1e-6;

impl Scorer {
    pub(crate) fn answer(
        &self,
        forecast: &Forecast,
        summary: &PurchaseSummary,
        (bend, defined): (Option<Bend>, Option<Defined>),
        options: &ScoreOptions,
    ) -> Score {
        let Model { spend, rfm, .. } = &self.model;
        let level = self.level_of(bend.as_ref());
        let silent_within = |horizon: Horizon| self.churn_within(forecast, horizon, bend.as_ref());
        let churn_within =
            |horizon: Horizon| defined.map_or_else(|| silent_within(horizon), |defined| defined.probability);
        let by_trees = bend.is_some() && self.has_trees() || defined.is_some_and(|defined| defined.by_trees);
        let churn = self.churn_curve(&churn_within);
        let known = |horizon: Horizon| {
            let known = churn.iter().find(|one| one.horizon == horizon);
            known.map_or_else(|| churn_within(horizon), |one| one.churn_probability)
        };
        let churn_probability = known(options.horizon);
        // A definition of churn says nothing of orders: their own curve goes on to.
        let silence =
            |horizon: Horizon| if defined.is_some() { silent_within(horizon) } else { known(horizon) };
        let Expected { orders, worth, discounted } = expected(forecast, bend.as_ref(), options);
        let spend = spend.expected_spend(Some(summary));
        let value = level.expected_value(discounted * spend);
        let orders = level.expected_orders(orders);
        let p_alive = forecast.outlook().p_alive();
        // Whoever orders within a horizon is alive, whatever level was set.
        let p_alive = bend.map_or(p_alive, |bend| bend.p_alive(p_alive)).max(1.0 - silence(options.horizon));
        let rfm = rfm.score(summary);
        let undiscounted = level.expected_value(worth * spend);
        let intervals =
            self.intervals(options.clv_horizon, silence(options.clv_horizon), value, undiscounted);
        Score {
            rung: if by_trees { Rung::Boosted } else { Rung::Btyd },
            churn_probability,
            churn,
            // At least one order comes with the probability that any does.
            expected_orders: orders.max(1.0 - silent_within(options.clv_horizon)),
            predicted_clv: ExpectedMoney { major_units: value, currency: self.currency() },
            intervals,
            next_rung: self.next_rung(by_trees),
            p_alive,
            next_order: self.next_order(forecast, summary, bend.as_ref(), options),
            rfm: Some(rfm),
            segment: RfmSegment::of(rfm),
            options: *options,
            model_version: Arc::clone(self.model_version()),
        }
    }

    /// Where net spend over `horizon` will lie; `silent` is the probability of no order in it.
    ///
    /// How often intervals hold was counted over the horizon of training and, where past dates have seen it whole, over
    /// the bundle's own horizon of value; over any other the predictive distribution alone promises it.
    fn intervals(
        &self,
        horizon: Horizon,
        silent: f64,
        value: f64,
        undiscounted: f64,
    ) -> Option<[ValueInterval; 2]> {
        let Model { intervals, clv_intervals, .. } = &self.model;
        let (manifest, intervals) = (&self.manifest, intervals.as_ref());
        let of_clv = clv_intervals.as_ref().filter(|_| horizon == manifest.clv_horizon);
        let interval = |confidence: Confidence| {
            let (low, high) = match (intervals, of_clv) {
                (Some(intervals), _) if horizon == manifest.horizon => {
                    intervals.around(silent, value, confidence)
                }
                // They were set on spend as it was counted, so they hold at every discount rate.
                (_, Some(of_clv)) => of_clv.around(silent, undiscounted, confidence),
                (intervals, None) => intervals?.nominal(silent, value, confidence),
            };
            Some(ValueInterval { confidence, low, high })
        };
        let [narrow, wide] = Confidence::ALL;
        Some([interval(narrow)?, interval(wide)?])
    }

    /// The probability of no order in a score, which is that of churn unless the shop defined it otherwise.
    pub(crate) fn churn_within(&self, forecast: &Forecast, horizon: Horizon, bend: Option<&Bend>) -> f64 {
        let as_fitted = forecast.p_no_order(horizon);
        let bent = bend.map_or(as_fitted, |bend| bend.p_no_order(as_fitted, horizon));
        self.level_of(bend).churn_probability(bent)
    }

    /// The level of the purchase model, where it is set: on its own answers, and on those that were bent over a shorter
    /// horizon.
    const fn level_of(&self, bend: Option<&Bend>) -> &Level {
        match bend {
            Some(bend) if !bend.on_purchase_level => &Level::NONE,
            _ => &self.model.level,
        }
    }

    /// Expected net spend within the CLV horizon, of a customer whose orders are expected to be worth `spend` each.
    pub(crate) fn value_of(
        &self,
        forecast: &Forecast,
        spend: f64,
        bend: Option<Bend>,
        options: &ScoreOptions,
    ) -> f64 {
        let Expected { discounted, .. } = expected(forecast, bend.as_ref(), options);
        self.level_of(bend.as_ref()).expected_value(discounted * spend)
    }

    fn next_rung(&self, by_trees: bool) -> NextRung {
        match self.behaviour().filter(|_| self.answers_by_trees()) {
            _ if by_trees => NextRung::Highest,
            Some(boosted) => NextRung::Events(boosted.kinds().to_vec()),
            None => self.no_trees.map_or(NextRung::MoreHistory, NextRung::Trees),
        }
    }

    /// Churn at every horizon of the bundle; rounding may not make it rise with the horizon.
    pub(crate) fn churn_curve(&self, churn_within: &dyn Fn(Horizon) -> f64) -> Vec<HorizonChurn> {
        let mut least = 1.0_f64;
        let mut at = |horizon: &Horizon| {
            least = least.min(churn_within(*horizon));
            HorizonChurn { horizon: *horizon, churn_probability: least }
        };
        self.manifest.horizons.iter().map(&mut at).collect()
    }

    /// Dates by the customer's own rhythm where there is one, otherwise by the purchase model.
    fn next_order(
        &self,
        forecast: &Forecast,
        summary: &PurchaseSummary,
        bend: Option<&Bend>,
        options: &ScoreOptions,
    ) -> Option<NextOrder> {
        let within = options.clv_horizon.weeks();
        if 1.0 - forecast.outlook().p_no_order(within) < LEAST_CHANCE {
            return None;
        }
        let by_rhythm = self.model.own_dates.as_ref().and_then(|dates| {
            dates.rhythm(summary).map(|own| (dates.waits(&own, within), DateSource::OwnRhythm))
        });
        let (waits, source) = by_rhythm.unwrap_or_else(|| {
            let silent = forecast.p_no_order(options.clv_horizon);
            let share_of =
                |share: f64| bend.map_or(share, |bend| bend.share(share, silent, options.clv_horizon));
            let by_model = |share: f64| forecast.outlook().next_order(share_of(share), within);
            ([0.1, 0.5, 0.9].map(by_model), DateSource::PurchaseModel)
        });
        let [earliest_at, expected_at, latest_at] = waits.map(|weeks| {
            let microseconds = (weeks.get() * 604_800e6) as i64;
            let wait = Duration::from_microseconds(microseconds.max(0)).unwrap_or(Duration::ZERO);
            options.as_of.instant().saturating_add(wait)
        });
        Some(NextOrder { expected_at, earliest_at, latest_at, source })
    }
}

/// Orders within the CLV horizon, bent where there is a bend.
struct Expected {
    orders: f64,
    /// Weighed by what they are worth beside the purchase model's mean, as they are and discounted.
    worth: f64,
    discounted: f64,
}

fn expected(forecast: &Forecast, bend: Option<&Bend>, options: &ScoreOptions) -> Expected {
    let orders = |horizon: Horizon| forecast.expected_orders(horizon);
    let discounted = |horizon: Horizon| forecast.discounted_orders(horizon, options.discount_rate);
    let Some(bend) = bend else {
        let orders = orders(options.clv_horizon);
        return Expected { orders, worth: orders, discounted: discounted(options.clv_horizon) };
    };
    let [first, after] = cut_at(bend.horizon, options.clv_horizon, orders);
    let [first_discounted, after_discounted] = cut_at(bend.horizon, options.clv_horizon, discounted);
    Expected {
        orders: bend.orders(first, after),
        worth: bend.value(first, after),
        discounted: bend.value(first_discounted, after_discounted),
    }
}

/// What comes within the trained horizon, and what after it within the one that is asked for.
#[must_use]
pub fn cut_at(trained: Horizon, asked: Horizon, within: impl Fn(Horizon) -> f64) -> [f64; 2] {
    if asked <= trained {
        return [within(asked), 0.0];
    }
    let first = within(trained);
    [first, (within(asked) - first).max(0.0)]
}
