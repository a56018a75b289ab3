//! From a customer's state to the row that trees read.

use serde::{Deserialize, Serialize};
use tenure_behaviour::PurchaseSummary;
use tenure_behaviour::expression::Definition;
use tenure_behaviour::fold::{CustomerState, Program, Settings, Surroundings, Value};
use tenure_core::{AsOf, Horizon};

use crate::BundleError;
use crate::forecast::Forecast;
use crate::model::{OrderModel, SpendModel};

/// One number of a row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Column {
    /// A number or a condition (1 where it holds) of the behaviour language.
    Feature {
        /// Its name among the definitions.
        name: String,
    },
    /// Whether a name of the behaviour language is this one.
    Category {
        /// The name of the definition.
        name: String,
        /// The [symbol](tenure_behaviour::Symbol) asked for.
        symbol: u64,
    },
    /// What the purchase model says.
    Purchase(PurchaseReading),
}

impl Column {
    /// What it is called in reasons and reports.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Feature { name } | Self::Category { name, .. } => name,
            Self::Purchase(reading) => reading.name(),
        }
    }
}

/// What trees read of the purchase model, all over the trained horizon.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PurchaseReading {
    /// Log-odds of no order.
    SilenceLogOdds,
    /// Probability of being alive.
    PAlive,
    /// Logarithm of expected orders.
    LogExpectedOrders,
    /// Logarithm of expected spend per order.
    LogExpectedSpend,
}

impl PurchaseReading {
    /// All of them.
    pub const ALL: [Self; 4] =
        [Self::SilenceLogOdds, Self::PAlive, Self::LogExpectedOrders, Self::LogExpectedSpend];

    /// The name in reasons and reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::SilenceLogOdds => "purchase_model_silence",
            Self::PAlive => "p_alive",
            Self::LogExpectedOrders => "expected_orders",
            Self::LogExpectedSpend => "expected_spend",
        }
    }
}

/// What the purchase model says of one customer over the trained horizon: where trees start from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Base {
    /// Probability of no order, held away from 0 and 1.
    pub p_no_order: f64,
    /// Probability of being alive.
    pub p_alive: f64,
    /// Expected orders, above 0.
    pub orders: f64,
    /// Expected spend per order in major units, above 0.
    pub spend: f64,
}

/// Probabilities are held this far from 0 and 1, where log-odds end.
pub(crate) const EDGE: f64 = 1e-6;
/// Less than this many orders, or major units, is as good as none.
pub(crate) const LEAST: f64 = 1e-6;

impl Base {
    /// Asks the models.
    #[must_use]
    pub fn of(orders: &OrderModel, spend: &SpendModel, summary: &PurchaseSummary, horizon: Horizon) -> Self {
        Self::from_forecast(&Forecast::of(orders, Some(summary)), spend, summary, horizon)
    }

    pub(crate) fn from_forecast(
        forecast: &Forecast,
        spend: &SpendModel,
        summary: &PurchaseSummary,
        horizon: Horizon,
    ) -> Self {
        Self::with_spend(forecast, spend.expected_spend(Some(summary)), horizon)
    }

    /// The same, where an order is expected to be worth `spend`.
    pub(crate) fn with_spend(forecast: &Forecast, spend: f64, horizon: Horizon) -> Self {
        Self {
            p_no_order: forecast.p_no_order(horizon).clamp(EDGE, 1.0 - EDGE),
            p_alive: forecast.outlook().p_alive(),
            orders: forecast.expected_orders(horizon).max(LEAST),
            spend: spend.max(LEAST),
        }
    }

    /// Log-odds of no order: the margin from which the trees of churn start.
    #[must_use]
    pub fn churn_margin(&self) -> f64 {
        (self.p_no_order / (1.0 - self.p_no_order)).ln()
    }

    /// Logarithm of the expected spend of a customer who orders at all: the margin from which the trees of spend
    /// start.
    #[must_use]
    pub fn spend_margin(&self) -> f64 {
        (self.orders * self.spend / (1.0 - self.p_no_order)).ln()
    }

    /// One of the numbers that trees read.
    #[must_use]
    pub fn read(&self, reading: PurchaseReading) -> f64 {
        match reading {
            PurchaseReading::SilenceLogOdds => self.churn_margin(),
            PurchaseReading::PAlive => self.p_alive,
            PurchaseReading::LogExpectedOrders => self.orders.ln(),
            PurchaseReading::LogExpectedSpend => self.spend.ln(),
        }
    }
}

/// Where a column's number comes from.
#[derive(Clone, Copy, Debug)]
enum Source {
    Feature(usize),
    Category(usize, u64),
    Purchase(PurchaseReading),
}

/// Reads rows: the one way from a customer's state to what trees are trained on and asked with.
#[derive(Clone, Debug)]
pub struct RowReader {
    program: Program,
    sources: Vec<Source>,
}

impl RowReader {
    /// A reader of `columns`, whose features are among `definitions`.
    ///
    /// # Errors
    /// [`BundleError::UnknownFeature`] when a column names no definition, [`BundleError::UnusableFeatures`] when the
    /// definitions cannot be compiled or depend on the other customers or on predictions.
    pub fn new(
        definitions: &[Definition],
        columns: &[Column],
        settings: &Settings,
    ) -> Result<Self, BundleError> {
        let unusable = |reason: String| BundleError::UnusableFeatures { reason };
        let program = Program::compile(definitions, settings).map_err(|error| unusable(error.to_string()))?;
        if program.needs_population() || program.reads_predictions() {
            let reason =
                "percentiles, RFM scores and predictions depend on more than the customer's own events";
            return Err(unusable(reason.to_owned()));
        }
        let place = |wanted: &str| {
            let found = program.names().position(|name| name == wanted);
            found.ok_or_else(|| BundleError::UnknownFeature { name: wanted.to_owned() })
        };
        let source = |column: &Column| {
            Ok(match column {
                Column::Feature { name } => Source::Feature(place(name)?),
                Column::Category { name, symbol } => Source::Category(place(name)?, *symbol),
                Column::Purchase(reading) => Source::Purchase(*reading),
            })
        };
        let sources = columns.iter().map(source).collect::<Result<_, BundleError>>()?;
        Ok(Self { program, sources })
    }

    /// What a state must be made for.
    #[must_use]
    pub const fn program(&self) -> &Program {
        &self.program
    }

    /// Numbers of a row.
    #[must_use]
    pub const fn width(&self) -> usize {
        self.sources.len()
    }

    /// Appends the row of one customer; `values` is room that is used again.
    pub fn read(
        &self,
        state: &CustomerState,
        as_of: AsOf,
        base: &Base,
        values: &mut Vec<Value>,
        row: &mut Vec<f32>,
    ) {
        values.clear();
        self.program.features(state, &Surroundings::at(as_of), values);
        let value = |place: usize| values.get(place).copied().unwrap_or(Value::Missing);
        row.extend(self.sources.iter().map(|source| match *source {
            Source::Feature(place) => number(value(place)),
            Source::Category(place, symbol) => match value(place) {
                Value::Text(name) => f32::from(u8::from(name.bits() == symbol)),
                Value::Missing | Value::Number(_) | Value::Truth(_) => 0.0,
            },
            Source::Purchase(reading) => base.read(reading) as f32,
        }));
    }
}

/// A value as trees read it; names and missing values are `NaN`, as is what is too large for 32 bits.
#[must_use]
pub fn number(value: Value) -> f32 {
    match value {
        Value::Number(number) => Some(number as f32).filter(|one| one.is_finite()).unwrap_or(f32::NAN),
        Value::Truth(holds) => f32::from(u8::from(holds)),
        Value::Missing | Value::Text(_) => f32::NAN,
    }
}
