//! What predicts a definition of churn, as it stands in a bundle and ready to answer.

use serde::{Deserialize, Serialize};
use tenure_behaviour::PurchaseSummary;
use tenure_behaviour::fold::{CustomerState, Program, Settings};
use tenure_core::AsOf;
use tenure_predict::Target;

use super::ChurnDefinition;
use crate::boosted::{Base, Boosted, BoostedModel, EDGE};
use crate::container::RawBundle;
use crate::forecast::Forecast;
use crate::model::SpendModel;
use crate::part::{Part, decode_part, encode_part};
use crate::{BundleError, Manifest};

const PART: &str = "churn";

/// A line from the purchase model's log-odds of no order within the window to the log-odds of the definition.
///
/// ```
/// use tenure_bundle::FromPurchases;
/// let line = FromPurchases::new(-1.0, 0.5)?;
/// assert_eq!(line.margin(2.0), 0.0);
/// # Ok::<(), tenure_bundle::BundleError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "UncheckedLine")]
pub struct FromPurchases {
    intercept: f64,
    slope: f64,
}

/// The two numbers as they stand in a file, before anybody looked at them.
#[derive(Debug, Deserialize)]
struct UncheckedLine {
    intercept: f64,
    slope: f64,
}

impl FromPurchases {
    /// The log-odds of no order as they are.
    pub const NONE: Self = Self { intercept: 0.0, slope: 1.0 };

    /// `intercept + slope x` the purchase model's log-odds; a slope of 0 says the same of everybody.
    ///
    /// # Errors
    /// [`BundleError::UnusableChurn`] when one is not finite, or the slope is below 0.
    pub fn new(intercept: f64, slope: f64) -> Result<Self, BundleError> {
        if intercept.is_finite() && slope.is_finite() && slope >= 0.0 {
            Ok(Self { intercept, slope })
        } else {
            let reason = format!("a line of intercept {intercept} and slope {slope} is none");
            Err(BundleError::UnusableChurn { reason })
        }
    }

    /// The log-odds of the definition, where those of no order are `purchases`.
    #[must_use]
    pub fn margin(&self, purchases: f64) -> f64 {
        self.intercept + self.slope * purchases
    }

    /// Log-odds of the definition where no order is as likely as not.
    #[must_use]
    pub const fn intercept(&self) -> f64 {
        self.intercept
    }

    /// By how much the purchase model's log-odds move those of the definition; at least 0.
    #[must_use]
    pub const fn slope(&self) -> f64 {
        self.slope
    }
}

impl TryFrom<UncheckedLine> for FromPurchases {
    type Error = BundleError;
    fn try_from(file: UncheckedLine) -> Result<Self, BundleError> {
        Self::new(file.intercept, file.slope)
    }
}

/// A definition of churn, and what predicts it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Churn {
    /// The definition, in the behaviour language.
    pub definition: String,
    /// What the purchase model says of it.
    pub from_purchases: FromPurchases,
    /// What behaviour says: [`Boosted::churn`] starts from the line above, and nothing is said of spend. Absent where
    /// trees did no better than the line, or could not be judged.
    pub trees: Option<Boosted>,
}

impl Churn {
    /// The definition of a bundle; `None` where churn is no order.
    ///
    /// # Errors
    /// When the part does not hold what it should.
    pub fn of(bundle: &RawBundle) -> Result<Option<Self>, BundleError> {
        let part = bundle.parts.iter().find(|part| part.name == PART);
        part.map(|part| decode_part(PART, &part.bytes)).transpose()
    }

    /// The part of a bundle that holds it.
    ///
    /// # Errors
    /// When it has no form in postcard.
    pub fn to_part(&self) -> Result<Part, BundleError> {
        encode_part(PART, self)
    }
}

/// A [`Churn`] whose definitions are compiled, ready to answer.
#[derive(Clone, Debug)]
pub struct ChurnModel {
    form: Churn,
    definition: ChurnDefinition,
    program: Program,
    trees: Option<BoostedModel>,
}

impl ChurnModel {
    /// Compiles the definitions.
    ///
    /// # Errors
    /// [`BundleError::UnusableChurn`] when the text is no definition of churn or the trees were made for another
    /// window, and as [`BoostedModel::new`].
    pub fn new(mut form: Churn, settings: &Settings) -> Result<Self, BundleError> {
        let unusable = |reason: String| BundleError::UnusableChurn { reason };
        let definition =
            ChurnDefinition::parse(&form.definition, &[]).map_err(|error| unusable(error.to_string()))?;
        let program = definition.program(settings).map_err(|error| unusable(error.to_string()))?;
        let trees = form.trees.take().map(|trees| BoostedModel::new(trees, settings)).transpose()?;
        if let Some(trees) = &trees
            && trees.form().horizon != definition.window()
        {
            let (trained, window) = (trees.form().horizon, definition.window());
            return Err(unusable(format!("its trees look {trained} ahead and the definition {window}")));
        }
        Ok(Self { form, definition, program, trees })
    }

    /// What churn is.
    #[must_use]
    pub const fn definition(&self) -> &ChurnDefinition {
        &self.definition
    }

    /// What tells from facts whether it [held](ChurnDefinition::holds).
    #[must_use]
    pub const fn program(&self) -> &Program {
        &self.program
    }

    /// What the purchase model says of it.
    #[must_use]
    pub const fn from_purchases(&self) -> FromPurchases {
        self.form.from_purchases
    }

    /// What behaviour says of it, where that is better.
    #[must_use]
    pub const fn trees(&self) -> Option<&BoostedModel> {
        self.trees.as_ref()
    }

    /// Refuses a definition of churn that the manifest does not tell of, or that cannot be answered as it says.
    pub(crate) fn check(
        churn: Option<&Self>,
        manifest: &Manifest,
        boosted: Option<&BoostedModel>,
    ) -> Result<(), BundleError> {
        let unusable = |reason: &str| Err(BundleError::UnusableChurn { reason: reason.to_owned() });
        let stated = churn.map(|churn| churn.definition().to_string());
        if manifest.churn() != stated.as_deref() {
            return unusable("the manifest states another one");
        }
        let Some(churn) = churn else { return Ok(()) };
        let window = churn.definition().window();
        if manifest.horizon != window || manifest.horizons != [window] {
            return unusable("the horizons of the manifest are not its window");
        }
        if let (Some(boosted), Some(trees)) = (boosted, churn.trees()) {
            let (one, other) = (boosted.form(), trees.form());
            // One state serves both.
            if (&one.definitions, &one.columns) != (&other.definitions, &other.columns) {
                return unusable("its trees read other columns than those of orders");
            }
        }
        Ok(())
    }

    /// The probability by the purchase model alone.
    pub(crate) fn by_purchases(&self, forecast: &Forecast) -> f64 {
        self.where_silent(forecast.p_no_order(self.definition.window()))
    }

    /// The probability for somebody who places no order within the window with probability `p_no_order`.
    pub(crate) fn where_silent(&self, p_no_order: f64) -> f64 {
        let p = p_no_order.clamp(EDGE, 1.0 - EDGE);
        Target::Probability.prediction(self.form.from_purchases.margin((p / (1.0 - p)).ln()))
    }

    /// The probability by trees, from a row of behaviour.
    pub(crate) fn by_row(&self, trees: &Boosted, base: &Base, row: &[f32]) -> f64 {
        let margin = trees.churn.margin(self.form.from_purchases.margin(base.churn_margin()), row);
        trees.level.churn_probability(Target::Probability.prediction(margin))
    }

    /// The probability by all that is given of a customer.
    pub(crate) fn probability(
        &self,
        forecast: &Forecast,
        spend: &SpendModel,
        summary: Option<&PurchaseSummary>,
        seen: Option<(&CustomerState, AsOf)>,
    ) -> f64 {
        let (Some(trees), Some(summary), Some((state, as_of))) = (&self.trees, summary, seen) else {
            return self.by_purchases(forecast);
        };
        let base = Base::from_forecast(forecast, spend, summary, self.definition.window());
        let row = trees.row(state, as_of, &base);
        self.by_row(trees.form(), &base, &row)
    }
}
