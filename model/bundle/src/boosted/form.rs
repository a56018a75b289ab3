//! The boosted rung as it stands in a bundle, and ready to answer.

use serde::{Deserialize, Serialize};
use tenure_behaviour::OrderHistory;
use tenure_behaviour::expression::Definition;
use tenure_behaviour::fold::{CustomerState, Program, Settings, Value};
use tenure_behaviour::language::{Scope, compile_definitions};
use tenure_core::{AsOf, EventKind, Horizon};
use tenure_predict::Target;

use super::blend::Blend;
use super::row::{Base, Column, EDGE, RowReader};
use crate::{BundleError, Level};

/// The longest text of definitions in a bundle, in bytes.
const MOST_TEXT: usize = 1 << 20;

/// Trees over behaviour and last year's level, or that alone, for one horizon.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "UncheckedBoosted")]
pub struct Boosted {
    /// The horizon whose outcomes were learned.
    pub horizon: Horizon,
    /// What the columns read, in the behaviour language, a definition a line.
    pub definitions: String,
    /// Names of the kinds of events without which the rows would not be what they were in training.
    pub kinds: Vec<String>,
    /// What each number of a row is.
    pub columns: Vec<Column>,
    /// The log-odds of no order within `horizon`.
    pub churn: Blend,
    /// The logarithm of spend, given an order within `horizon`.
    pub spend: Blend,
    /// The level that the same season showed a year before; nothing where there was none.
    pub level: Level,
    /// Whether the purchase model's level is set on top. So it is where trees had to learn over a shorter horizon than
    /// is asked for: they tell customers apart, and the level stays what the purchase model's backtests showed.
    pub on_purchase_level: bool,
}

/// [`Boosted`] before its parts were held against each other.
#[derive(Debug, Deserialize)]
struct UncheckedBoosted {
    horizon: Horizon,
    definitions: String,
    kinds: Vec<String>,
    columns: Vec<Column>,
    churn: Blend,
    spend: Blend,
    level: Level,
    on_purchase_level: bool,
}

impl TryFrom<UncheckedBoosted> for Boosted {
    type Error = BundleError;
    fn try_from(file: UncheckedBoosted) -> Result<Self, BundleError> {
        let UncheckedBoosted { horizon, definitions, kinds, columns, churn, spend, level, on_purchase_level } =
            file;
        if definitions.len() > MOST_TEXT {
            let reason =
                format!("they are {} bytes of text, at most {MOST_TEXT} are read", definitions.len());
            return Err(BundleError::UnusableFeatures { reason });
        }
        for member in churn.members().iter().chain(spend.members()) {
            let found = member.model.features();
            if found != columns.len() {
                return Err(BundleError::RowWidth { columns: columns.len(), trees: found });
            }
        }
        Ok(Self { horizon, definitions, kinds, columns, churn, spend, level, on_purchase_level })
    }
}

impl Boosted {
    /// Whether anything learned answers. Where past dates showed a season and no gain by trees, the level stands alone on
    /// the purchase model.
    #[must_use]
    pub fn has_trees(&self) -> bool {
        !(self.churn.members().is_empty() && self.spend.members().is_empty())
    }
}

/// A [`Boosted`] whose definitions are compiled, ready to answer.
#[derive(Clone, Debug)]
pub struct BoostedModel {
    form: Boosted,
    reader: RowReader,
    definitions: Vec<Definition>,
    kinds: Vec<EventKind>,
}

/// What the boosted rung says of one customer: the purchase model's answer, bent.
///
/// Trees bend all days alike. The level of a season is known for the trained horizon only, so it is set within that, and
/// after it things are as they were.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bend {
    /// The trained horizon.
    pub(crate) horizon: Horizon,
    /// What the purchase model says of it.
    as_fitted: f64,
    /// Within the trained horizon, and after it.
    within: Factors,
    beyond: Factors,
    /// Whether the purchase model's level is still to be set.
    pub(crate) on_purchase_level: bool,
}

/// What the purchase model's answers are multiplied by.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Factors {
    /// All hazards of no order.
    hazard: f64,
    /// Expected orders.
    orders: f64,
    /// Expected value.
    value: f64,
}

impl BoostedModel {
    /// Compiles the definitions.
    ///
    /// # Errors
    /// As [`RowReader::new`], and when the text cannot be compiled.
    pub fn new(form: Boosted, settings: &Settings) -> Result<Self, BundleError> {
        let definitions = compile_definitions(&form.definitions, &Scope::features()).map_err(|errors| {
            let reason = errors.first().map_or_else(String::new, ToString::to_string);
            BundleError::UnusableFeatures { reason }
        })?;
        let kind = |name: &String| {
            let refused =
                |error: tenure_core::CoreError| BundleError::UnusableFeatures { reason: error.to_string() };
            name.parse::<EventKind>().map_err(refused)
        };
        let kinds = form.kinds.iter().map(kind).collect::<Result<Vec<_>, _>>()?;
        let reader = RowReader::new(&definitions, &form.columns, settings)?;
        Ok(Self { form, reader, definitions, kinds })
    }

    /// As it stands in the bundle.
    #[must_use]
    pub const fn form(&self) -> &Boosted {
        &self.form
    }

    /// What the columns read, in the order of their names in the text.
    #[must_use]
    pub fn definitions(&self) -> &[Definition] {
        &self.definitions
    }

    /// What states must be made for.
    #[must_use]
    pub const fn program(&self) -> &Program {
        self.reader.program()
    }

    /// The kinds of events without which rows would not be what they were in training.
    #[must_use]
    pub fn kinds(&self) -> &[EventKind] {
        &self.kinds
    }

    /// Whether orders and refunds are all that it reads, so that a history of them is enough to answer.
    #[must_use]
    pub fn reads_only_orders(&self) -> bool {
        self.form.reads_only_orders()
    }

    /// The state of a customer of whom only orders and refunds are known.
    #[must_use]
    pub fn state_of(&self, history: &OrderHistory, as_of: AsOf) -> CustomerState {
        let mut state = CustomerState::new(self.program());
        self.fold(history, as_of, &mut state);
        state
    }

    /// The same, in the room of a state that is forgotten.
    pub(crate) fn fold(&self, history: &OrderHistory, as_of: AsOf, state: &mut CustomerState) {
        state.clear();
        for fact in history.facts().take_while(|fact| as_of.knows(fact.known_at())) {
            state.apply(self.program(), &fact);
        }
    }

    /// The row of one customer.
    #[must_use]
    pub fn row(&self, state: &CustomerState, as_of: AsOf, base: &Base) -> Vec<f32> {
        let (mut values, mut row) = (Vec::<Value>::new(), Vec::with_capacity(self.reader.width()));
        self.read(state, as_of, base, &mut values, &mut row);
        row
    }

    /// As [`RowReader::read`].
    pub(crate) fn read(
        &self,
        state: &CustomerState,
        as_of: AsOf,
        base: &Base,
        values: &mut Vec<Value>,
        row: &mut Vec<f32>,
    ) {
        self.reader.read(state, as_of, base, values, row);
    }

    /// How the probability of no order is to be bent for this customer; what is spent then moves no probability, so it
    /// is taken to be what the purchase model says.
    pub(crate) fn bend_of_churn(&self, state: &CustomerState, as_of: AsOf, base: &Base) -> Bend {
        let churn = self.form.churn.margin(base.churn_margin(), &self.row(state, as_of, base));
        self.form.bend(base, churn, base.spend_margin())
    }
}

impl Boosted {
    /// Whether orders and refunds are all that it reads.
    #[must_use]
    pub fn reads_only_orders(&self) -> bool {
        let orders = [EventKind::Order, EventKind::Refund];
        self.kinds.iter().all(|kind| orders.iter().any(|one| one.as_str() == kind))
    }

    /// The probability of no order within the trained horizon that a margin stands for, held away from 0 and 1.
    pub(crate) fn churn_within(&self, margin: f64) -> f64 {
        self.level.churn_probability(Target::Probability.prediction(margin)).clamp(EDGE, 1.0 - EDGE)
    }

    /// What the chance of an order is worth within the trained horizon, and after it, as a margin of churn has it: the
    /// season's level is set within alone.
    pub(crate) fn order_worth(&self, margin: f64) -> [f64; 2] {
        let within = self.level.expected_value(1.0 - self.churn_within(margin));
        let plain = Target::Probability.prediction(margin).clamp(EDGE, 1.0 - EDGE);
        [within, if self.on_purchase_level { within } else { 1.0 - plain }]
    }

    /// How far the margins of churn and of spend bend the purchase model's answer.
    #[must_use]
    pub fn bend(&self, base: &Base, churn: f64, spend: f64) -> Bend {
        let plain = Target::Probability.prediction(churn).clamp(EDGE, 1.0 - EDGE);
        let p = self.churn_within(churn);
        let spend = (spend - base.spend_margin()).exp();
        let of = |p: f64| {
            let orders = (1.0 - p) / (1.0 - base.p_no_order);
            Factors { hazard: p.ln() / base.p_no_order.ln(), orders, value: orders * spend }
        };
        let levelled = of(p);
        let within = Factors {
            orders: self.level.expected_orders(levelled.orders),
            value: self.level.expected_value(levelled.value),
            ..levelled
        };
        Bend {
            horizon: self.horizon,
            as_fitted: base.p_no_order,
            within,
            // Where trees learned over a shorter horizon, the level is no season's.
            beyond: if self.on_purchase_level { within } else { of(plain) },
            on_purchase_level: self.on_purchase_level,
        }
    }
}

impl Bend {
    /// The bent probability of no order within `horizon`, for which the purchase model says `as_fitted`.
    #[must_use]
    pub fn p_no_order(&self, as_fitted: f64, horizon: Horizon) -> f64 {
        if horizon <= self.horizon {
            return self.held(as_fitted).powf(self.within.hazard).clamp(0.0, 1.0);
        }
        // The purchase model's curve falls, so the ratio is at most 1.
        let after = (as_fitted / self.as_fitted).min(1.0).powf(self.beyond.hazard);
        (self.at_trained_horizon() * after).clamp(0.0, 1.0)
    }

    /// What the purchase model says of a day within the trained horizon, held as far from 0 and 1 as what it says of that
    /// horizon was: otherwise the curve would have a step there for who is all but sure to order, or not to.
    fn held(&self, as_fitted: f64) -> f64 {
        if self.as_fitted < 1.0 - EDGE { as_fitted.max(self.as_fitted) } else { self.as_fitted }
    }

    /// The bent probability of no order within the trained horizon.
    #[must_use]
    pub fn at_trained_horizon(&self) -> f64 {
        self.as_fitted.powf(self.within.hazard)
    }

    /// The bent probability of being alive: of ordering at all, however late.
    #[must_use]
    pub fn p_alive(&self, as_fitted: f64) -> f64 {
        let after = ((1.0 - as_fitted) / self.as_fitted).clamp(0.0, 1.0).powf(self.beyond.hazard);
        1.0 - self.at_trained_horizon() * after
    }

    /// By when a share of those who order within a horizon has ordered: the share that has by the purchase model alone,
    /// which gives `as_fitted` to no order within the horizon.
    #[must_use]
    pub fn share(&self, share: f64, as_fitted: f64, horizon: Horizon) -> f64 {
        let bent = self.p_no_order(as_fitted, horizon);
        let hazard = bent.ln() / as_fitted.ln();
        let silent = (1.0 - share * (1.0 - bent)).powf(1.0 / hazard);
        let found = (1.0 - silent) / (1.0 - as_fitted);
        if found.is_finite() { found.clamp(0.0, 1.0) } else { share }
    }

    /// Bent orders, of which the purchase model expects `until_trained` within the trained horizon, or the one that is
    /// asked for where that is shorter, and `after` beyond it.
    #[must_use]
    pub fn orders(&self, until_trained: f64, after: f64) -> f64 {
        until_trained * self.within.orders + after * self.beyond.orders
    }

    /// Bent value, as [`Self::orders`].
    #[must_use]
    pub fn value(&self, until_trained: f64, after: f64) -> f64 {
        until_trained * self.within.value + after * self.beyond.value
    }
}
