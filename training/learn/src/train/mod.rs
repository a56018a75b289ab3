//! From orders to a bundle.

mod fits;
mod notes;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use tenure_behaviour::fold::Settings;
use tenure_behaviour::rfm::RfmCutPoints;
use tenure_behaviour::{OrderHistory, PurchaseSummary};
use tenure_btyd::FitReport;
use tenure_bundle::{
    BacktestRow, BundleError, CategoryNames, Churn, FeatureSchema, Manifest, Model, NoTrees, Prior, Profile,
    Typical,
};
use tenure_core::{AsOf, CustomerId, Horizon, Timestamp};

use self::fits::{choose_with_spend, fit_competing, fit_of};
use self::notes::{notes_on, regularity_note, why_no_backtest};
use crate::LearnError;
use crate::backtest::{self, Trial};
use crate::book::{OrderBook, seen_at};
use crate::candidate::{LEAST_REPEATERS, OrderKind};
use crate::choice::Candidate;
use crate::coverage::{self, Sure};
use crate::first_orders;
use crate::inputs;
use crate::ladder::{
    FactSource, LEAST_FOR_TREES, Stage, Tuning, Way, ascend, check_churn, learned_horizon, too_few,
};
use crate::origin::{history_start, origins};
use crate::recipe::{ModelChoice, Recipe};
use crate::recorded::recipe_part;
use crate::rhythm::{self, Dates};
use crate::schema;
use crate::tree_inputs;

/// A trained model with all that is known about it.
#[derive(Clone, Debug)]
pub struct Trained {
    /// What predicts.
    pub model: Model,
    /// What predicts churn, where it is defined otherwise than as no order.
    pub churn: Option<Churn>,
    /// What the bundle will say about itself.
    pub manifest: Manifest,
    /// How the purchase model was fitted.
    pub order_fit: FitReport,
    /// How the spend model was fitted.
    pub spend_fit: FitReport,
    /// Name of the chosen candidate in the backtest table: model, reading of spend, level.
    pub candidate: String,
    /// By what it was made.
    pub recipe: Recipe,
    /// How the customers of training were spread, to tell later whether they still are.
    pub profile: Profile,
    /// The typical one among them, from which reasons start.
    pub typical: Option<Typical>,
    /// What the names are called that columns of the boosted rung ask for.
    pub names: CategoryNames,
    /// Who orders for the first time, where events from before first orders tell.
    pub prior: Option<Prior>,
    /// Why there are no trees of orders, if there are none.
    pub no_trees: Option<NoTrees>,
}

impl Trained {
    /// The bundle, in memory; the same orders and recipe give the same bytes.
    ///
    /// # Errors
    /// When it would not read back as it is.
    pub fn to_bundle(&self) -> Result<Vec<u8>, BundleError> {
        let mut extra = vec![recipe_part(&self.recipe)?, self.profile.to_part()?];
        if let Some(typical) = &self.typical {
            extra.extend(typical.to_parts()?);
        }
        if !self.names.is_empty() {
            extra.push(self.names.to_part()?);
        }
        if let Some(churn) = &self.churn {
            extra.push(churn.to_part()?);
        }
        if let Some(prior) = &self.prior {
            extra.push(prior.to_part()?);
        }
        if let Some(no_trees) = &self.no_trees {
            extra.push(no_trees.to_part()?);
        }
        self.model.to_bundle_with(self.manifest.clone(), extra)
    }
}

/// Fits, compares, chooses.
///
/// # Errors
/// When too few customers came back before the as-of, nobody spent anything, the orders end a whole horizon before the
/// as-of, or no model can be fitted.
pub fn train(book: &OrderBook, recipe: &Recipe) -> Result<Trained, LearnError> {
    train_from(book, book, recipe)
}

/// As [`train`], with features from all events that `source` knows of the customers of the book.
///
/// # Errors
/// As [`train`]; also when the events cannot be read.
pub fn train_from(book: &OrderBook, source: &dyn FactSource, recipe: &Recipe) -> Result<Trained, LearnError> {
    make(book, source, recipe, None)
}

/// As [`train_from`], after a search for better settings of the trees at past dates; they become part of the recipe
/// where they are better by more than chance.
///
/// # Errors
/// As [`train_from`].
pub fn train_tuned(
    book: &OrderBook,
    source: &dyn FactSource,
    recipe: &Recipe,
    mut tuning: Tuning<'_>,
) -> Result<Trained, LearnError> {
    make(book, source, recipe, Some(&mut tuning))
}

fn make(
    book: &OrderBook,
    source: &dyn FactSource,
    recipe: &Recipe,
    tuning: Option<&mut Tuning<'_>>,
) -> Result<Trained, LearnError> {
    let recipe = &*recipe.checked()?;
    let data = book.fingerprint(recipe.as_of)?;
    let histories = book.sorted();
    let summaries = summaries(&histories, recipe)?;
    let silence = book.silence(recipe.as_of).map(|silence| silence.check(recipe.horizon)).transpose()?;

    let start = history_start(summaries.iter().map(|summary| summary.first_order_at));
    let start = start.unwrap_or(data.first_event);
    if let Some(churn) = &recipe.churn {
        check_churn(recipe, churn, source.kinds(), start)?;
    }
    let learned = learned(summaries.len(), start, recipe);
    let mut notes: Vec<String> = silence.iter().map(ToString::to_string).collect();
    let fits = fit_competing(&summaries, learned, recipe, &mut notes)?;
    let kinds: Vec<OrderKind> = fits.iter().map(|(kind, ..)| *kind).collect();
    let origins = origins(start, recipe.as_of, recipe.horizon, &recipe.summary_rule);
    let trial = Trial { kinds: &kinds, penalizer: recipe.penalizer, rule: &recipe.summary_rule };
    let backtest = backtest::run(&histories, &origins, trial)?;
    notes.extend(backtest.cases.iter().flat_map(|case| case.refused.iter().cloned()));
    let (choice, (spend, spend_fit)) = choose_with_spend(&backtest, &fits, &summaries, recipe, &mut notes)?;
    if choice.table.is_empty() {
        notes.push(why_no_backtest(&origins, &backtest));
    }
    notes.extend(choice.notes.iter().cloned());
    let (orders, order_fit) = fit_of(fits, choice.candidate.kind, recipe)?;
    notes.extend(regularity_note(&orders));
    let rfm = RfmCutPoints::fit(&summaries)?;
    let settings = Settings { currency: book.currency(), time_zone: recipe.summary_rule.time_zone.clone() };
    let stage = Stage::of(
        recipe,
        &settings,
        (start, learned.unwrap_or(recipe.horizon)),
        (choice.candidate, &choice.level),
    );
    let way = Way { climbs: learned.is_some(), tuning, table: choice.table.clone() };
    let own = (choice.candidate.kind, &orders);
    let mut dates = None;
    // What dates the next order and what is above the purchase model do not need each other.
    let ascent = rayon::in_place_scope(|scope| {
        scope.spawn(|_| dates = Some(rhythm::dates(&histories, &summaries, &origins, own, recipe)));
        ascend(&histories, source, stage, way)
    })?;
    let (name, candidate) = names(choice.candidate, ascent.above());
    notes.extend(notes_on(&choice, recipe, ascent.boosted.as_ref()));
    notes.extend(ascent.notes);
    let asked = coverage::Asked { histories: &histories, backtest: &backtest, choice: &choice, recipe };
    let Sure { intervals, clv_intervals, .. } =
        coverage::sure(ascent.sure, ascent.boosted.is_some(), asked, &mut notes)?;
    let prior = first_orders::fit(book, source, recipe, &mut notes)?;
    let Dates { own_dates, note } = dates.transpose()?.unwrap_or_default();
    notes.extend(note);
    let beyond = learned.is_none().then(|| out_of_reach(summaries.len(), start, recipe));
    let features = schema::of(ascent.boosted.as_ref(), ascent.churn.as_ref());
    let manifest = manifest(recipe, data, (&name, &ascent.table), book.currency(), features, notes);
    let (level, boosted) = (choice.level, ascent.boosted);
    let model = Model { orders, spend, level, rfm, boosted, intervals, clv_intervals, own_dates };
    let mut trained = Trained {
        model,
        churn: ascent.churn,
        manifest,
        order_fit,
        spend_fit,
        candidate,
        recipe: Recipe { trees: ascent.trees, ..recipe.clone() },
        profile: inputs::profile(&summaries, recipe.as_of, start),
        typical: Typical::fit(&summaries),
        names: ascent.names,
        prior,
        no_trees: ascent.no_trees.or(beyond),
    };
    tree_inputs::add_to(&mut trained, (book, source))?;
    Ok(trained)
}

/// What the model and the candidate are called, with what answers above the purchase model.
fn names(candidate: Candidate, above: Option<&str>) -> (String, String) {
    let (kind, whole) = (candidate.kind, candidate.name());
    match above {
        Some(above) => (format!("{above}_{kind}"), format!("{above}+{whole}")),
        None => (kind.to_string(), whole),
    }
}

/// The horizon over which trees can learn, where they may compete. What churn is by a definition is known over its own
/// window alone, so there trees learn over no shorter one.
fn learned(customers: usize, start: Timestamp, recipe: &Recipe) -> Option<Horizon> {
    match recipe.model {
        ModelChoice::Best => {
            learned_horizon(customers, start, recipe.as_of, recipe.horizon, &recipe.summary_rule)
                .filter(|horizon| recipe.churn.is_none() || *horizon == recipe.horizon)
        }
        ModelChoice::Fixed(_) => None,
    }
}

/// Why trees cannot be judged at all.
fn out_of_reach(customers: usize, start: Timestamp, recipe: &Recipe) -> NoTrees {
    match recipe.model {
        ModelChoice::Fixed(_) => NoTrees::NotAsked,
        ModelChoice::Best if customers < LEAST_FOR_TREES => too_few(customers),
        ModelChoice::Best => {
            NoTrees::History { known_days: recipe.as_of.instant().since(start).days().floor() as u32 }
        }
    }
}

/// What is known of every customer at the as-of, if it is enough to learn from.
fn summaries(
    histories: &[(&CustomerId, &OrderHistory)],
    recipe: &Recipe,
) -> Result<Vec<PurchaseSummary>, LearnError> {
    let all = seen_at(histories, recipe.as_of, recipe.as_of.instant(), &recipe.summary_rule)?;
    let summaries: Vec<PurchaseSummary> = all.into_iter().map(|seen| seen.summary).collect();
    check_enough(&summaries, recipe.as_of)?;
    Ok(summaries)
}

/// Whether there is anything to learn from.
fn check_enough(summaries: &[PurchaseSummary], as_of: AsOf) -> Result<(), LearnError> {
    let customers = summaries.len();
    let repeaters = summaries.iter().filter(|summary| summary.frequency > 0).count();
    if repeaters < LEAST_REPEATERS {
        return Err(LearnError::TooFewRepeatBuyers { repeaters, customers, needed: LEAST_REPEATERS, as_of });
    }
    if !summaries.iter().any(|summary| summary.mean_spend() > 0.0) {
        return Err(LearnError::NothingSpent { customers, as_of });
    }
    Ok(())
}

fn manifest(
    recipe: &Recipe,
    data: tenure_bundle::DataFingerprint,
    (name, table): (&str, &[BacktestRow]),
    currency: tenure_core::Currency,
    features: FeatureSchema,
    notes: Vec<String>,
) -> Manifest {
    Manifest {
        format_version: tenure_bundle::FORMAT_VERSION,
        model_version: String::new(),
        model: name.to_owned(),
        as_of: recipe.as_of,
        horizon: recipe.horizon,
        horizons: recipe.churn_horizons(),
        clv_horizon: recipe.clv_horizon,
        discount_rate: recipe.discount_rate,
        currency,
        summary_rule: recipe.summary_rule.clone(),
        features,
        backtest: table.to_vec(),
        data,
        crates: BTreeMap::from([("tenure".to_owned(), env!("CARGO_PKG_VERSION").to_owned())]),
        notes,
        parts: Vec::new(),
    }
}
