//! The one scoring path: from a customer's history to a score.

use std::path::Path;
use std::sync::Arc;

use tenure_behaviour::rfm::{RfmCutPoints, RfmSegment};
use tenure_behaviour::{BehaviourError, OrderHistory, PurchaseSummary};
use tenure_btyd::Outlook;
use tenure_core::{AsOf, Currency, Duration, ExpectedMoney, Horizon, Weeks};

use crate::container::{RawBundle, decode, encode};
use crate::forecast::Forecast;
use crate::model::{Level, OrderModel, SpendModel};
use crate::part::{Part, decode_part, encode_part};
use crate::score::{HorizonChurn, NextOrder, Rung, Score, ScoreOptions};
use crate::{BundleError, Limits, Manifest, read_file};

/// Everything that scoring needs besides the manifest.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Model {
    /// How often customers order and when they leave.
    pub orders: OrderModel,
    /// How much they spend per order.
    pub spend: SpendModel,
    /// What backtests showed to be off in level.
    pub level: Level,
    /// Where the fifths of the shop's customers part.
    pub rfm: RfmCutPoints,
}

/// A loaded bundle, ready to score: immutable, cheap to share, the same in the CLI and the server.
#[derive(Clone, Debug)]
pub struct Scorer {
    manifest: Manifest,
    model_version: Arc<str>,
    model: Model,
}

/// Below this chance of an order within the CLV horizon no date is given for it.
const LEAST_CHANCE: f64 = 1e-6;

impl Model {
    /// Writes a bundle of this model into memory.
    ///
    /// # Errors
    /// As [`encode`].
    pub fn to_bundle(&self, manifest: Manifest) -> Result<Vec<u8>, BundleError> {
        let parts: [Part; 4] = [
            encode_part("orders", &self.orders)?,
            encode_part("spend", &self.spend)?,
            encode_part("level", &self.level)?,
            encode_part("rfm", &self.rfm)?,
        ];
        encode(manifest, &parts)
    }

    fn from_bundle(bundle: &RawBundle) -> Result<Self, BundleError> {
        fn part<T: serde::de::DeserializeOwned>(bundle: &RawBundle, name: &str) -> Result<T, BundleError> {
            decode_part(name, bundle.part(name)?)
        }
        Ok(Self {
            orders: part(bundle, "orders")?,
            spend: part(bundle, "spend")?,
            level: part(bundle, "level")?,
            rfm: part(bundle, "rfm")?,
        })
    }
}

impl Scorer {
    /// Loads a bundle.
    ///
    /// # Errors
    /// When the file cannot be read, is damaged, or holds a number that no model can have.
    pub fn open(path: &Path, limits: &Limits) -> Result<Self, BundleError> {
        Self::from_bundle(read_file(path, limits)?)
    }

    /// A scorer from the bytes of a bundle.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn from_bytes(bytes: &[u8], limits: &Limits) -> Result<Self, BundleError> {
        Self::from_bundle(decode(bytes, limits)?)
    }

    fn from_bundle(bundle: RawBundle) -> Result<Self, BundleError> {
        let model = Model::from_bundle(&bundle)?;
        let model_version = bundle.manifest.model_version.as_str().into();
        Ok(Self { manifest: bundle.manifest, model_version, model })
    }

    /// What the bundle says about itself.
    #[must_use]
    pub const fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Name and hash of the model, as in every score.
    #[must_use]
    pub const fn model_version(&self) -> &Arc<str> {
        &self.model_version
    }

    /// How often customers order and when they leave, without any level: for what looks at the model itself.
    #[must_use]
    pub const fn order_model(&self) -> &OrderModel {
        &self.model.orders
    }

    /// The reporting currency: histories must be in it.
    #[must_use]
    pub const fn currency(&self) -> Currency {
        self.manifest.currency
    }

    /// The bundle's own horizons and rate, asked at `as_of`.
    #[must_use]
    pub const fn defaults(&self, as_of: AsOf) -> ScoreOptions {
        ScoreOptions {
            as_of,
            horizon: self.manifest.horizon,
            clv_horizon: self.manifest.clv_horizon,
            discount_rate: self.manifest.discount_rate,
        }
    }

    /// Scores one customer from what the history holds before the as-of.
    ///
    /// # Errors
    /// When the history is in another currency than the bundle, or its spend leaves 64 bits.
    pub fn score(&self, history: &OrderHistory, options: &ScoreOptions) -> Result<Score, BehaviourError> {
        if history.currency() != self.currency() {
            return Err(BehaviourError::WrongCurrency { got: history.currency(), expected: self.currency() });
        }
        let summary = PurchaseSummary::of(history, options.as_of, &self.manifest.summary_rule)?;
        Ok(self.score_summary(summary.as_ref(), options))
    }

    /// Scores one customer from a summary made at the same as-of; `None` is a customer with no order yet.
    #[must_use]
    pub fn score_summary(&self, summary: Option<&PurchaseSummary>, options: &ScoreOptions) -> Score {
        let Model { orders, spend, level, rfm } = &self.model;
        let forecast = Forecast::of(orders, summary);
        let churn_within = |horizon: Horizon| level.churn_probability(forecast.p_no_order(horizon));
        let churn = self.churn_curve(&churn_within);
        let known = churn.iter().find(|one| one.horizon == options.horizon);
        let churn_probability =
            known.map_or_else(|| churn_within(options.horizon), |one| one.churn_probability);
        let discounted = forecast.discounted_orders(options.clv_horizon, options.discount_rate);
        let rfm = summary.map(|summary| rfm.score(summary));
        Score {
            rung: if summary.is_some() { Rung::Btyd } else { Rung::Prior },
            churn_probability,
            churn,
            expected_orders: level.expected_orders(forecast.expected_orders(options.clv_horizon)),
            predicted_clv: ExpectedMoney {
                major_units: level.expected_value(spend.value_of(discounted, summary)),
                currency: self.currency(),
            },
            p_alive: forecast.outlook().p_alive(),
            next_order: summary
                .and_then(|_| next_order(forecast.outlook(), options.clv_horizon.weeks(), options.as_of)),
            rfm,
            segment: rfm.map_or(RfmSegment::Prospect, RfmSegment::of),
            options: *options,
            model_version: Arc::clone(&self.model_version),
        }
    }

    /// Churn at every horizon of the bundle; rounding may not make it rise with the horizon.
    fn churn_curve(&self, churn_within: &dyn Fn(Horizon) -> f64) -> Vec<HorizonChurn> {
        let mut least = 1.0_f64;
        let mut at = |horizon: &Horizon| {
            least = least.min(churn_within(*horizon));
            HorizonChurn { horizon: *horizon, churn_probability: least }
        };
        self.manifest.horizons.iter().map(&mut at).collect()
    }
}

fn next_order(outlook: &dyn Outlook, within: Weeks, as_of: AsOf) -> Option<NextOrder> {
    if 1.0 - outlook.p_no_order(within) < LEAST_CHANCE {
        return None;
    }
    let at = |share: f64| {
        let microseconds = (outlook.next_order(share, within).get() * 604_800e6) as i64;
        let wait = Duration::from_microseconds(microseconds.max(0)).unwrap_or(Duration::ZERO);
        as_of.instant().saturating_add(wait)
    };
    Some(NextOrder { expected_at: at(0.5), earliest_at: at(0.1), latest_at: at(0.9) })
}
