//! From orders to a bundle.

use std::collections::BTreeMap;

use tenure_behaviour::PurchaseSummary;
use tenure_behaviour::rfm::RfmCutPoints;
use tenure_btyd::{BtydError, FitReport};
use tenure_bundle::{BundleError, Digest, FeatureSchema, Level, Manifest, Model, OrderModel};

use crate::book::{OrderBook, seen_at};
use crate::candidate::{OrderKind, fit_spend, order_data};
use crate::choice::{Candidate, Choice, PLAIN, choose};
use crate::level::LevelRule;
use crate::recipe::{ModelChoice, Recipe};
use crate::{LearnError, backtest, origin};

/// A trained model with all that is known about it.
#[derive(Clone, Debug)]
pub struct Trained {
    /// What predicts.
    pub model: Model,
    /// What the bundle will say about itself.
    pub manifest: Manifest,
    /// How the purchase model was fitted.
    pub order_fit: FitReport,
    /// How the spend model was fitted.
    pub spend_fit: FitReport,
    /// Name of the chosen candidate in the backtest table: model, reading of spend, level.
    pub candidate: String,
}

impl Trained {
    /// The bundle, in memory; the same orders and recipe give the same bytes.
    ///
    /// # Errors
    /// When it would not read back as it is.
    pub fn to_bundle(&self) -> Result<Vec<u8>, BundleError> {
        self.model.to_bundle(self.manifest.clone())
    }
}

/// Fewer repeat buyers than this tell nothing about how often customers return.
const LEAST_REPEATERS: usize = 10;

/// Fits, compares, chooses.
///
/// # Errors
/// When too few customers came back before the as-of, or no model can be fitted.
pub fn train(book: &OrderBook, recipe: &Recipe) -> Result<Trained, LearnError> {
    let data = book.fingerprint(recipe.as_of)?;
    let histories = book.sorted();
    let all = seen_at(&histories, recipe.as_of, recipe.as_of.instant(), &recipe.summary_rule)?;
    let summaries: Vec<PurchaseSummary> = all.into_iter().map(|seen| seen.summary).collect();
    let repeaters = summaries.iter().filter(|summary| summary.frequency > 0).count();
    if repeaters < LEAST_REPEATERS {
        let (customers, as_of) = (summaries.len(), recipe.as_of);
        return Err(LearnError::TooFewRepeatBuyers { repeaters, customers, needed: LEAST_REPEATERS, as_of });
    }

    let kinds: Vec<OrderKind> = match recipe.model {
        ModelChoice::Best => OrderKind::ALL.to_vec(),
        ModelChoice::Fixed(kind) => vec![kind],
    };
    let fits = fit_all(&summaries, &kinds)?;
    let kinds: Vec<OrderKind> = fits.iter().map(|(kind, ..)| *kind).collect();
    let rules: &[LevelRule] = if recipe.correct_level { &LevelRule::ALL } else { &[LevelRule::None] };
    let origins = origin::origins(data.first_event, recipe.as_of, recipe.horizon, &recipe.summary_rule);
    let cases = backtest::run(&histories, &origins, &kinds, &recipe.summary_rule)?;
    let mut notes = Vec::new();
    let choice = choose(&cases, &kinds, rules)?.unwrap_or_else(|| {
        notes.push("history too short for a backtest: the model was chosen by its likelihood".to_owned());
        by_likelihood(&fits)
    });
    if choice.against_naive > 0.0 {
        notes.push(format!(
            "in the backtest the Brier score of the chosen model was {:.4} worse than that of the naive rate",
            choice.against_naive
        ));
    }
    let (_, orders, order_fit) = fits
        .into_iter()
        .find(|(kind, ..)| *kind == choice.candidate.kind)
        .ok_or(LearnError::NoOrders { as_of: recipe.as_of })?;
    let (spend, spend_fit) =
        fit_spend(summaries.iter(), choice.candidate.basis).map_err(|source| LearnError::Spend { source })?;
    let model = Model { orders, spend, level: choice.level, rfm: RfmCutPoints::fit(&summaries)? };
    notes.extend(level_note(&choice.level));
    let manifest = manifest(recipe, data, &choice, book.currency(), notes);
    Ok(Trained { model, manifest, order_fit, spend_fit, candidate: choice.candidate.name() })
}

/// Every purchase model that can be fitted, with its report.
fn fit_all(
    summaries: &[PurchaseSummary],
    kinds: &[OrderKind],
) -> Result<Vec<(OrderKind, OrderModel, FitReport)>, LearnError> {
    let data = order_data(summaries.iter()).map_err(|last| LearnError::NoModel { last })?;
    let (mut fits, mut refused): (Vec<_>, Option<BtydError>) = (Vec::new(), None);
    for kind in kinds {
        match kind.fit(&data) {
            Ok((model, report)) => fits.push((*kind, model, report)),
            Err(error) => {
                tracing::warn!(model = kind.name(), %error, "a candidate could not be fitted");
                refused = Some(error);
            }
        }
    }
    match (fits.is_empty(), refused) {
        (true, Some(last)) => Err(LearnError::NoModel { last }),
        _ => Ok(fits),
    }
}

fn by_likelihood(fits: &[(OrderKind, OrderModel, FitReport)]) -> Choice {
    let best = fits.iter().max_by(|left, right| left.2.log_likelihood.total_cmp(&right.2.log_likelihood));
    let kind = best.map_or(OrderKind::MbgNbd, |(kind, ..)| *kind);
    let candidate = Candidate { kind, basis: PLAIN.0, level: PLAIN.1 };
    Choice { candidate, level: Level::NONE, table: Vec::new(), against_naive: 0.0 }
}

/// What the level does, in words.
fn level_note(level: &Level) -> Option<String> {
    (*level != Level::NONE).then(|| {
        format!(
            "levels were corrected as the backtests showed: expected orders x {:.3}, value x {:.3}, \
             log-odds of churn x {:.3} {:+.3}",
            level.orders(),
            level.value(),
            level.churn.slope(),
            level.churn.intercept()
        )
    })
}

fn manifest(
    recipe: &Recipe,
    data: tenure_bundle::DataFingerprint,
    choice: &Choice,
    currency: tenure_core::Currency,
    notes: Vec<String>,
) -> Manifest {
    // What the model reads of a customer: names and types, in order.
    let schema = "frequency:u32,recency_age:weeks,age:weeks,mean_spend:major_units,since_last:us";
    Manifest {
        format_version: tenure_bundle::FORMAT_VERSION,
        model_version: String::new(),
        model: choice.candidate.kind.name().to_owned(),
        as_of: recipe.as_of,
        horizon: recipe.horizon,
        horizons: recipe.churn_horizons(),
        clv_horizon: recipe.clv_horizon,
        discount_rate: recipe.discount_rate,
        currency,
        summary_rule: recipe.summary_rule.clone(),
        features: FeatureSchema { sources: Vec::new(), schema_sha256: Digest::of(schema.as_bytes()) },
        backtest: choice.table.clone(),
        data,
        crates: BTreeMap::from([("tenure".to_owned(), env!("CARGO_PKG_VERSION").to_owned())]),
        notes,
        parts: Vec::new(),
    }
}
