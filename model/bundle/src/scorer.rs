//! The one scoring path: from a customer's history to a score.

use std::path::Path;
use std::sync::Arc;

use tenure_behaviour::fold::{CustomerState, Settings};
use tenure_behaviour::rfm::{RfmCutPoints, RfmSegment};
use tenure_behaviour::{BehaviourError, OrderHistory, PurchaseSummary};
use tenure_btyd::Outlook;
use tenure_core::{AsOf, Currency, Duration, ExpectedMoney, Horizon, Weeks};
use tenure_predict::{Confidence, ValueIntervals};

use crate::boosted::{Bend, Boosted, BoostedModel};
use crate::container::{RawBundle, decode, encode};
use crate::forecast::Forecast;
use crate::model::{Level, OrderModel, SpendModel};
use crate::part::{Part, decode_part, encode_part};
use crate::prior::Prior;
use crate::reasons::{Plan, Typical};
use crate::score::{HorizonChurn, NextOrder, NextRung, Rung, Score, ScoreOptions, ValueInterval};
use crate::{BundleError, Limits, Manifest, read_file};

/// Everything that scoring needs besides the manifest.
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    /// How often customers order and when they leave.
    pub orders: OrderModel,
    /// How much they spend per order.
    pub spend: SpendModel,
    /// What backtests showed to be off in level.
    pub level: Level,
    /// Where the fifths of the shop's customers part.
    pub rfm: RfmCutPoints,
    /// What trees over behaviour add, where they did better in the backtests.
    pub boosted: Option<Boosted>,
    /// How sure predicted values are, where the backtests had enough payers to tell.
    pub intervals: Option<ValueIntervals>,
}

/// A loaded bundle, ready to score: immutable, cheap to share, the same in the CLI and the server.
#[derive(Clone, Debug)]
pub struct Scorer {
    pub(crate) manifest: Manifest,
    model_version: Arc<str>,
    pub(crate) model: Model,
    pub(crate) boosted: Option<BoostedModel>,
    /// Where reasons start from, if the bundle keeps it.
    pub(crate) typical: Option<Typical>,
    /// Which reason each column of the boosted rung belongs to.
    pub(crate) plan: Plan,
    /// Who orders for the first time, if the bundle knows.
    pub(crate) prior: Option<Prior>,
}

/// Below this chance of an order within the CLV horizon no date is given for it.
const LEAST_CHANCE: f64 = 1e-6;

impl Model {
    /// Writes a bundle of this model into memory.
    ///
    /// # Errors
    /// As [`encode`].
    pub fn to_bundle(&self, manifest: Manifest) -> Result<Vec<u8>, BundleError> {
        self.to_bundle_with(manifest, Vec::new())
    }

    /// The same, with parts that no score needs: a profile of the data, the recipe.
    ///
    /// # Errors
    /// As [`encode`].
    pub fn to_bundle_with(&self, manifest: Manifest, extra: Vec<Part>) -> Result<Vec<u8>, BundleError> {
        let mut parts = vec![
            encode_part("orders", &self.orders)?,
            encode_part("spend", &self.spend)?,
            encode_part("level", &self.level)?,
            encode_part("rfm", &self.rfm)?,
        ];
        if let Some(boosted) = &self.boosted {
            parts.push(encode_part("boosted", boosted)?);
        }
        if let Some(intervals) = &self.intervals {
            parts.push(encode_part("intervals", intervals)?);
        }
        parts.extend(extra);
        encode(manifest, &parts)
    }

    fn from_bundle(bundle: &RawBundle) -> Result<Self, BundleError> {
        fn part<T: serde::de::DeserializeOwned>(bundle: &RawBundle, name: &str) -> Result<T, BundleError> {
            decode_part(name, bundle.part(name)?)
        }
        fn maybe<T: serde::de::DeserializeOwned>(
            bundle: &RawBundle,
            name: &str,
        ) -> Result<Option<T>, BundleError> {
            match bundle.part(name) {
                Err(BundleError::MissingPart { .. }) => Ok(None),
                found => decode_part(name, found?).map(Some),
            }
        }
        Ok(Self {
            orders: part(bundle, "orders")?,
            spend: part(bundle, "spend")?,
            level: part(bundle, "level")?,
            rfm: part(bundle, "rfm")?,
            boosted: maybe(bundle, "boosted")?,
            intervals: maybe(bundle, "intervals")?,
        })
    }
}

impl Scorer {
    /// Loads a bundle.
    ///
    /// # Errors
    /// When the file cannot be read, is damaged, or holds a number that no model can have.
    pub fn open(path: &Path, limits: &Limits) -> Result<Self, BundleError> {
        Self::from_raw(read_file(path, limits)?)
    }

    /// A scorer from the bytes of a bundle.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn from_bytes(bytes: &[u8], limits: &Limits) -> Result<Self, BundleError> {
        Self::from_raw(decode(bytes, limits)?)
    }

    /// A scorer from a bundle that was read and found whole.
    ///
    /// # Errors
    /// When a part is missing or holds a number that no model can have.
    pub fn from_raw(bundle: RawBundle) -> Result<Self, BundleError> {
        let mut model = Model::from_bundle(&bundle)?;
        let typical = Typical::of(&bundle)?;
        let prior = Prior::of(&bundle)?;
        let manifest = bundle.manifest;
        let settings =
            Settings { currency: manifest.currency, time_zone: manifest.summary_rule.time_zone.clone() };
        let boosted = model.boosted.take().map(|form| BoostedModel::new(form, &settings)).transpose()?;
        let model_version = manifest.model_version.as_str().into();
        let plan = Plan::of(boosted.as_ref());
        Ok(Self { manifest, model_version, model, boosted, typical, plan, prior })
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

    /// The boosted rung, if the bundle has one.
    #[must_use]
    pub const fn boosted(&self) -> Option<&BoostedModel> {
        self.boosted.as_ref()
    }

    /// Scores one customer from what the history holds before the as-of.
    ///
    /// The boosted rung answers where orders and refunds are all that it reads.
    ///
    /// # Errors
    /// When the history is in another currency than the bundle, or its spend leaves 64 bits.
    pub fn score(&self, history: &OrderHistory, options: &ScoreOptions) -> Result<Score, BehaviourError> {
        let boosted = self.boosted.as_ref().filter(|boosted| boosted.reads_only_orders());
        let state = boosted.map(|boosted| boosted.state_of(history, options.as_of));
        self.score_with(history, state.as_ref(), options)
    }

    /// Scores one customer from orders and refunds, and from a state of all events before the as-of, made for the
    /// boosted rung's [program](BoostedModel::program); without a state the buy-till-you-die model answers.
    ///
    /// Of a customer without an order only the first event counts, so a state of any program will do.
    ///
    /// # Errors
    /// As [`Self::score`].
    pub fn score_with(
        &self,
        history: &OrderHistory,
        state: Option<&CustomerState>,
        options: &ScoreOptions,
    ) -> Result<Score, BehaviourError> {
        if history.currency() != self.currency() {
            return Err(BehaviourError::WrongCurrency { got: history.currency(), expected: self.currency() });
        }
        let summary = PurchaseSummary::of(history, options.as_of, &self.manifest.summary_rule)?;
        if summary.is_none() {
            return Ok(self.score_before_first_order(state.and_then(CustomerState::first_event_at), options));
        }
        let forecast = Forecast::of(&self.model.orders, summary.as_ref());
        let bend = match (&self.boosted, state, &summary) {
            (Some(boosted), Some(state), Some(summary)) => {
                Some(boosted.bend(state, options.as_of, &forecast, &self.model.spend, summary))
            }
            _ => None,
        };
        Ok(self.answer(&forecast, summary.as_ref(), bend, options))
    }

    /// Scores one customer by the buy-till-you-die model alone, from a summary made at the same as-of; `None` is a
    /// customer with no order yet.
    #[must_use]
    pub fn score_summary(&self, summary: Option<&PurchaseSummary>, options: &ScoreOptions) -> Score {
        if summary.is_none() {
            return self.score_before_first_order(None, options);
        }
        self.answer(&Forecast::of(&self.model.orders, summary), summary, None, options)
    }

    fn answer(
        &self,
        forecast: &Forecast,
        summary: Option<&PurchaseSummary>,
        bend: Option<Bend>,
        options: &ScoreOptions,
    ) -> Score {
        let Model { spend, level, rfm, .. } = &self.model;
        let churn_within = |horizon: Horizon| {
            let as_fitted = forecast.p_no_order(horizon);
            bend.map_or_else(|| level.churn_probability(as_fitted), |bend| bend.p_no_order(as_fitted))
        };
        let churn = self.churn_curve(&churn_within);
        let known = churn.iter().find(|one| one.horizon == options.horizon);
        let churn_probability =
            known.map_or_else(|| churn_within(options.horizon), |one| one.churn_probability);
        let orders = forecast.expected_orders(options.clv_horizon);
        let discounted = forecast.discounted_orders(options.clv_horizon, options.discount_rate);
        let value = spend.value_of(discounted, summary);
        let value = bend.map_or_else(|| level.expected_value(value), |bend| value * bend.value);
        let rfm = summary.map(|summary| rfm.score(summary));
        let intervals = self.model.intervals.as_ref().filter(|_| summary.is_some()).map(|intervals| {
            let silent = churn_within(options.clv_horizon);
            Confidence::ALL.map(|confidence| {
                let (low, high) = intervals.around(silent, value, confidence);
                ValueInterval { confidence, low, high }
            })
        });
        Score {
            rung: match (summary, bend) {
                (None, _) => Rung::Prior,
                (Some(_), None) => Rung::Btyd,
                (Some(_), Some(_)) => Rung::Boosted,
            },
            churn_probability,
            churn,
            expected_orders: bend.map_or_else(|| level.expected_orders(orders), |bend| orders * bend.orders),
            predicted_clv: ExpectedMoney { major_units: value, currency: self.currency() },
            intervals,
            next_rung: self.next_rung(summary, bend),
            p_alive: forecast.outlook().p_alive(),
            next_order: summary
                .and_then(|_| next_order(forecast.outlook(), options.clv_horizon.weeks(), options.as_of)),
            rfm,
            segment: rfm.map_or(RfmSegment::Prospect, RfmSegment::of),
            options: *options,
            model_version: Arc::clone(&self.model_version),
        }
    }

    fn next_rung(&self, summary: Option<&PurchaseSummary>, bend: Option<Bend>) -> NextRung {
        match (summary, bend, &self.boosted) {
            (None, ..) => NextRung::FirstOrder,
            (Some(_), Some(_), _) => NextRung::Highest,
            (Some(_), None, Some(boosted)) => NextRung::Events(boosted.kinds().to_vec()),
            (Some(_), None, None) => NextRung::MoreHistory,
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
