//! The one scoring path: from a customer's history to a score.

use std::path::Path;
use std::sync::Arc;

use tenure_behaviour::fold::{CustomerState, Settings, Value};
use tenure_behaviour::rfm::RfmCutPoints;
use tenure_behaviour::{BehaviourError, OrderHistory, PurchaseSummary};
use tenure_core::{AsOf, Currency, Horizon, Timestamp};
use tenure_predict::ValueIntervals;

use crate::boosted::{Base, Bend, Boosted, BoostedModel, CategoryNames};
use crate::churn::{Churn, ChurnModel};
use crate::container::{RawBundle, decode, encode};
use crate::dates::OwnDates;
use crate::forecast::Forecast;
use crate::model::{Level, OrderModel, SpendModel};
use crate::no_trees::NoTrees;
use crate::part::{Part, encode_part};
use crate::prior::Prior;
use crate::reasons::{Plan, Typical};
use crate::score::{Score, ScoreOptions};
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
    /// The same over the bundle's own horizon of the customer lifetime value, where that is another and past dates have
    /// seen it whole.
    pub clv_intervals: Option<ValueIntervals>,
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
    /// Why it has no trees, if it says so.
    pub(crate) no_trees: Option<NoTrees>,
    /// Who orders for the first time, if the bundle knows.
    pub(crate) prior: Option<Prior>,
}

/// What is known of a customer before any tree of orders is asked.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) forecast: Forecast,
    pub(crate) summary: Option<PurchaseSummary>,
    /// When anything was first known of the customer, where a state tells.
    pub(crate) first_event: Option<Timestamp>,
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
    pub(crate) probability: f64,
    /// Whether behaviour was read for it.
    pub(crate) by_trees: bool,
}

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
        if let Some(intervals) = &self.clv_intervals {
            parts.push(encode_part("clv_intervals", intervals)?);
        }
        if let Some(dates) = &self.own_dates {
            parts.push(encode_part("own_dates", dates)?);
        }
        parts.extend(extra);
        encode(manifest, &parts)
    }

    fn from_bundle(bundle: &RawBundle) -> Result<Self, BundleError> {
        Ok(Self {
            orders: bundle.value("orders")?,
            spend: bundle.value("spend")?,
            level: bundle.value("level")?,
            rfm: bundle.value("rfm")?,
            boosted: bundle.optional("boosted")?,
            intervals: bundle.optional("intervals")?,
            clv_intervals: bundle.optional("clv_intervals")?,
            own_dates: bundle.optional("own_dates")?,
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
        let prior = Prior::of(&bundle)?;
        let no_trees = NoTrees::of(&bundle)?;
        let manifest = bundle.manifest;
        let settings =
            Settings { currency: manifest.currency, time_zone: manifest.summary_rule.time_zone.clone() };
        let boosted = model.boosted.take().map(|form| BoostedModel::new(form, &settings)).transpose()?;
        let churn = churn.map(|form| ChurnModel::new(form, &settings)).transpose()?;
        ChurnModel::check(churn.as_ref(), &manifest, boosted.as_ref())?;
        let model_version = manifest.model_version.as_str().into();
        let trees = churn.as_ref().and_then(ChurnModel::trees);
        let plan = Plan::of(boosted.as_ref().or(trees));
        Ok(Self { manifest, model_version, model, boosted, churn, typical, names, plan, no_trees, prior })
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

    /// Whether trees answer of orders and value.
    #[must_use]
    pub fn has_trees(&self) -> bool {
        self.boosted.as_ref().is_some_and(|boosted| boosted.form().has_trees())
    }

    /// Whether trees answer anything: of orders and value, or of a definition of churn.
    #[must_use]
    pub fn answers_by_trees(&self) -> bool {
        self.has_trees() || self.churn.as_ref().is_some_and(|churn| churn.trees().is_some())
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
        let mut room = Room::default();
        let asked = self.ask(history, state, options, &mut room)?;
        let bend = asked.base.zip(self.boosted.as_ref()).map(|(base, boosted)| {
            let form = boosted.form();
            let churn = form.churn.margin(base.churn_margin(), &room.rows);
            form.bend(&base, churn, form.spend.margin(base.spend_margin(), &room.rows))
        });
        Ok(self.answer_asked(&asked, bend, options))
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
        let first_event = state.and_then(CustomerState::first_event_at);
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
        Ok(Asked { forecast, summary, first_event, base, defined })
    }

    /// Scores one customer by the buy-till-you-die model alone, from a summary made at the same as-of; `None` is a
    /// customer with no order yet. Churn by a definition is answered over its own window, whatever is asked.
    #[must_use]
    pub fn score_summary(&self, summary: Option<&PurchaseSummary>, options: &ScoreOptions) -> Score {
        let Some(known) = summary else { return self.score_before_first_order(None, options) };
        let forecast = Forecast::of(&self.model.orders, summary);
        let by_definition =
            |churn: &ChurnModel| Defined { probability: churn.by_purchases(&forecast), by_trees: false };
        let defined = self.churn.as_ref().map(by_definition);
        self.answer(&forecast, known, (None, defined), options)
    }

    /// The score of one customer, bent as the trees have it.
    pub(crate) fn answer_asked(&self, asked: &Asked, bend: Option<Bend>, options: &ScoreOptions) -> Score {
        match &asked.summary {
            None => self.score_before_first_order(asked.first_event, options),
            Some(summary) => self.answer(&asked.forecast, summary, (bend, asked.defined), options),
        }
    }
}
