//! The one scoring path: from a customer's history to a score.

use std::path::Path;
use std::sync::Arc;

use tenure_behaviour::fold::{CustomerState, Settings, Value};
use tenure_behaviour::rfm::{RfmCutPoints, RfmSegment};
use tenure_behaviour::{BehaviourError, OrderHistory, PurchaseSummary};
use tenure_core::{AsOf, Currency, Duration, ExpectedMoney, Horizon};
use tenure_predict::{Confidence, ValueIntervals};

use crate::boosted::{Base, Bend, Boosted, BoostedModel, CategoryNames};
use crate::churn::{Churn, ChurnModel};
use crate::container::{RawBundle, decode, encode};
use crate::dates::OwnDates;
use crate::forecast::Forecast;
use crate::model::{Level, OrderModel, SpendModel};
use crate::part::{Part, decode_part, encode_part};
use crate::reasons::{Plan, Typical};
use crate::score::{DateSource, HorizonChurn, NextOrder, NextRung, Rung, Score, ScoreOptions, ValueInterval};
use crate::{BundleError, Limits, Manifest, TableScorer, read_file};

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
    /// Dates of next orders by customers' own rhythms, where they lay nearer in the backtests.
    pub own_dates: Option<OwnDates>,
}

/// A loaded bundle, ready to score: immutable, cheap to share, the same in the CLI and the server.
#[derive(Clone, Debug)]
pub struct Scorer {
    pub(crate) manifest: Manifest,
    model_version: Arc<str>,
    pub(crate) model: Model,
    pub(crate) boosted: Option<BoostedModel>,
    /// What predicts churn, where it is defined otherwise than as no order.
    pub(crate) churn: Option<ChurnModel>,
    /// Where reasons start from, if the bundle keeps it.
    pub(crate) typical: Option<Typical>,
    /// What the names are called that columns of the boosted rung ask for, if the bundle keeps them.
    pub(crate) names: CategoryNames,
    /// Which reason each column of the boosted rung belongs to.
    pub(crate) plan: Plan,
}

/// What is known of a customer before any tree of orders is asked.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) forecast: Forecast,
    pub(crate) summary: Option<PurchaseSummary>,
    /// Where the trees start, if they answer.
    pub(crate) base: Option<Base>,
    /// Churn, where the shop defined it.
    pub(crate) defined: Option<Defined>,
}

/// Room for what trees read, used again from customer to customer.
#[derive(Debug, Default)]
pub(crate) struct Room {
    /// Rows, end to end.
    pub(crate) rows: Vec<f32>,
    values: Vec<Value>,
}

/// Churn by a definition of the shop's own.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Defined {
    probability: f64,
    /// Whether behaviour was read for it.
    by_trees: bool,
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
        if let Some(dates) = &self.own_dates {
            parts.push(encode_part("own_dates", dates)?);
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
            own_dates: maybe(bundle, "own_dates")?,
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
        if TableScorer::is_in(&bundle) {
            return Err(BundleError::OfTable);
        }
        let mut model = Model::from_bundle(&bundle)?;
        let typical = Typical::of(&bundle)?;
        let churn = Churn::of(&bundle)?;
        let trees = model.boosted.as_ref().or_else(|| churn.as_ref()?.trees.as_ref());
        let names = CategoryNames::of(&bundle, trees.map_or(&[][..], |trees| &trees.columns))?;
        let manifest = bundle.manifest;
        let settings =
            Settings { currency: manifest.currency, time_zone: manifest.summary_rule.time_zone.clone() };
        let boosted = model.boosted.take().map(|form| BoostedModel::new(form, &settings)).transpose()?;
        let churn = churn.map(|form| ChurnModel::new(form, &settings)).transpose()?;
        ChurnModel::check(churn.as_ref(), &manifest, boosted.as_ref())?;
        let model_version = manifest.model_version.as_str().into();
        let trees = churn.as_ref().and_then(ChurnModel::trees);
        let plan = Plan::of(boosted.as_ref().or(trees));
        Ok(Self { manifest, model_version, model, boosted, churn, typical, names, plan })
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

    /// What predicts churn, where it is defined otherwise than as no order.
    #[must_use]
    pub const fn churn(&self) -> Option<&ChurnModel> {
        self.churn.as_ref()
    }

    /// What reads behaviour, be it for orders and value or for a definition of churn: states are made for its
    /// [program](BoostedModel::program).
    #[must_use]
    pub fn behaviour(&self) -> Option<&BoostedModel> {
        self.boosted.as_ref().or_else(|| self.churn.as_ref().and_then(ChurnModel::trees))
    }

    /// Whether the probability of churn can be asked over `horizon`: by a definition only over its own window.
    ///
    /// # Errors
    /// [`BehaviourError::OtherWindow`] where it cannot.
    pub fn check_horizon(&self, horizon: Horizon) -> Result<(), BehaviourError> {
        match self.churn.as_ref().map(ChurnModel::definition) {
            Some(churn) if churn.window() != horizon => Err(BehaviourError::OtherWindow {
                asked: horizon,
                window: churn.window(),
                churn: churn.to_string().into(),
            }),
            _ => Ok(()),
        }
    }

    /// Scores one customer from what the history holds before the as-of.
    ///
    /// The boosted rung answers where orders and refunds are all that it reads.
    ///
    /// # Errors
    /// When the history is in another currency than the bundle, its spend leaves 64 bits, or churn is asked over
    /// another horizon than its definition looks ahead.
    pub fn score(&self, history: &OrderHistory, options: &ScoreOptions) -> Result<Score, BehaviourError> {
        let state = self.state_of(history, options.as_of);
        self.score_with(history, state.as_ref(), options)
    }

    /// Scores one customer from orders and refunds, and from a state of all events before the as-of, made for the
    /// program of what [reads behaviour](Self::behaviour); without a state the buy-till-you-die model answers.
    ///
    /// # Errors
    /// As [`Self::score`].
    pub fn score_with(
        &self,
        history: &OrderHistory,
        state: Option<&CustomerState>,
        options: &ScoreOptions,
    ) -> Result<Score, BehaviourError> {
        let mut room = Room::default();
        let asked = self.ask(history, state, options, &mut room)?;
        let bend = asked.base.zip(self.boosted.as_ref()).map(|(base, boosted)| {
            let form = boosted.form();
            let churn = form.churn.margin(base.churn_margin(), &room.rows);
            form.bend(&base, churn, form.spend.margin(base.spend_margin(), &room.rows))
        });
        Ok(self.answer(&asked.forecast, asked.summary.as_ref(), (bend, asked.defined), options))
    }

    /// What is known of a customer before any tree is asked; the row that trees read goes to the end of `room`.
    pub(crate) fn ask(
        &self,
        history: &OrderHistory,
        state: Option<&CustomerState>,
        options: &ScoreOptions,
        room: &mut Room,
    ) -> Result<Asked, BehaviourError> {
        if history.currency() != self.currency() {
            return Err(BehaviourError::WrongCurrency { got: history.currency(), expected: self.currency() });
        }
        self.check_horizon(options.horizon)?;
        let summary = PurchaseSummary::of(history, options.as_of, &self.manifest.summary_rule)?;
        let forecast = Forecast::of(&self.model.orders, summary.as_ref());
        let base = match (&self.boosted, state, &summary) {
            (Some(boosted), Some(state), Some(summary)) => {
                let horizon = boosted.form().horizon;
                let base = Base::from_forecast(&forecast, &self.model.spend, summary, horizon);
                boosted.read(state, options.as_of, &base, &mut room.values, &mut room.rows);
                Some(base)
            }
            _ => None,
        };
        let seen = state.map(|state| (state, options.as_of));
        let by_definition = |churn: &ChurnModel| Defined {
            probability: churn.probability(&forecast, &self.model.spend, summary.as_ref(), seen),
            by_trees: churn.trees().is_some() && seen.is_some(),
        };
        let defined = self.churn.as_ref().map(by_definition);
        Ok(Asked { forecast, summary, base, defined })
    }

    /// Scores one customer by the buy-till-you-die model alone, from a summary made at the same as-of; `None` is a
    /// customer with no order yet. Churn by a definition is answered over its own window, whatever is asked.
    #[must_use]
    pub fn score_summary(&self, summary: Option<&PurchaseSummary>, options: &ScoreOptions) -> Score {
        let forecast = Forecast::of(&self.model.orders, summary);
        let by_definition =
            |churn: &ChurnModel| Defined { probability: churn.by_purchases(&forecast), by_trees: false };
        let defined = self.churn.as_ref().map(by_definition);
        self.answer(&forecast, summary, (None, defined), options)
    }

    pub(crate) fn answer(
        &self,
        forecast: &Forecast,
        summary: Option<&PurchaseSummary>,
        (bend, defined): (Option<Bend>, Option<Defined>),
        options: &ScoreOptions,
    ) -> Score {
        let Model { spend, rfm, .. } = &self.model;
        let level = self.level_of(bend.as_ref());
        let silent_within = |horizon: Horizon| self.churn_within(forecast, horizon, bend.as_ref());
        let churn_within =
            |horizon: Horizon| defined.map_or_else(|| silent_within(horizon), |defined| defined.probability);
        let by_trees = bend.is_some() || defined.is_some_and(|defined| defined.by_trees);
        let churn = self.churn_curve(&churn_within);
        let known = |horizon: Horizon| {
            let known = churn.iter().find(|one| one.horizon == horizon);
            known.map_or_else(|| churn_within(horizon), |one| one.churn_probability)
        };
        let churn_probability = known(options.horizon);
        // A definition of churn says nothing of orders: their own curve goes on to.
        let silence =
            |horizon: Horizon| if defined.is_some() { silent_within(horizon) } else { known(horizon) };
        let (orders, discounted) = expected(forecast, bend.as_ref(), options);
        let value = level.expected_value(discounted * spend.expected_spend(summary));
        let orders = level.expected_orders(orders);
        let p_alive = forecast.outlook().p_alive();
        // Whoever orders within a horizon is alive, whatever level was set.
        let p_alive = bend.map_or(p_alive, |bend| bend.p_alive(p_alive)).max(1.0 - silence(options.horizon));
        let rfm = summary.map(|summary| rfm.score(summary));
        let intervals = self.model.intervals.as_ref().filter(|_| summary.is_some()).map(|intervals| {
            let silent = silence(options.clv_horizon);
            Confidence::ALL.map(|confidence| {
                // How often intervals held is known for the horizon of training alone.
                let (low, high) = if options.clv_horizon == self.manifest.horizon {
                    intervals.around(silent, value, confidence)
                } else {
                    intervals.nominal(silent, value, confidence)
                };
                ValueInterval { confidence, low, high }
            })
        });
        Score {
            rung: match (summary, by_trees) {
                (None, _) => Rung::Prior,
                (Some(_), false) => Rung::Btyd,
                (Some(_), true) => Rung::Boosted,
            },
            churn_probability,
            churn,
            // At least one order comes with the probability that any does.
            expected_orders: orders.max(1.0 - silent_within(options.clv_horizon)),
            predicted_clv: ExpectedMoney { major_units: value, currency: self.currency() },
            intervals,
            next_rung: self.next_rung(summary, by_trees),
            p_alive,
            next_order: summary
                .and_then(|summary| self.next_order(forecast, summary, bend.as_ref(), options)),
            rfm,
            segment: rfm.map_or(RfmSegment::Prospect, RfmSegment::of),
            options: *options,
            model_version: Arc::clone(&self.model_version),
        }
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
        let (_, discounted) = expected(forecast, bend.as_ref(), options);
        self.level_of(bend.as_ref()).expected_value(discounted * spend)
    }

    fn next_rung(&self, summary: Option<&PurchaseSummary>, by_trees: bool) -> NextRung {
        match (summary, by_trees, self.behaviour()) {
            (None, ..) => NextRung::FirstOrder,
            (Some(_), true, _) => NextRung::Highest,
            (Some(_), false, Some(boosted)) => NextRung::Events(boosted.kinds().to_vec()),
            (Some(_), false, None) => NextRung::MoreHistory,
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

/// Orders within the CLV horizon, as they are and discounted, bent where there is a bend.
fn expected(forecast: &Forecast, bend: Option<&Bend>, options: &ScoreOptions) -> (f64, f64) {
    let orders = |horizon: Horizon| forecast.expected_orders(horizon);
    let discounted = |horizon: Horizon| forecast.discounted_orders(horizon, options.discount_rate);
    let Some(bend) = bend else { return (orders(options.clv_horizon), discounted(options.clv_horizon)) };
    let [first, after] = cut_at(bend.horizon, options.clv_horizon, orders);
    let [first_discounted, after_discounted] = cut_at(bend.horizon, options.clv_horizon, discounted);
    (bend.orders(first, after), bend.value(first_discounted, after_discounted))
}

/// What comes within the trained horizon, and what after it within the one that is asked for.
pub(crate) fn cut_at(trained: Horizon, asked: Horizon, within: impl Fn(Horizon) -> f64) -> [f64; 2] {
    if asked <= trained {
        return [within(asked), 0.0];
    }
    let first = within(trained);
    [first, (within(asked) - first).max(0.0)]
}
