//! From orders to a bundle.

use std::collections::BTreeMap;

use linfa::DatasetBase;
use tenure_behaviour::PurchaseSummary;
use tenure_behaviour::fold::Settings;
use tenure_behaviour::rfm::RfmCutPoints;
use tenure_btyd::{BtydError, FitReport, RfmData};
use tenure_bundle::{
    BacktestRow, Boosted, BundleError, CategoryNames, Churn, FeatureSchema, Level, Manifest, Model,
    OrderModel, Profile, SpendBasis, SpendModel, Typical,
};
use tenure_core::{AsOf, Horizon, Timestamp};

use crate::LearnError;
use crate::backtest::{self, BASES, Backtest, Skipped, Trial};
use crate::book::{OrderBook, seen_at};
use crate::candidate::{LEAST_REPEATERS, OrderKind, basis_name, fit_spend, order_data, regularity};
use crate::choice::{Candidate, Choice, Field, choose};
use crate::coverage;
use crate::inputs;
use crate::ladder::{FactSource, Stage, Tuning, Way, ascend, check_churn, learned_horizon};
use crate::level::LevelRule;
use crate::origin::{Origin, history_start, origins};
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
}

impl Trained {
    /// The bundle, in memory; the same orders and recipe give the same bytes.
    ///
    /// # Errors
    /// When it would not read back as it is.
    pub fn to_bundle(&self) -> Result<Vec<u8>, BundleError> {
        let mut extra = vec![recipe_part(&self.recipe)?, self.profile.to_part()?];
        if let Some(typical) = &self.typical {
            extra.push(typical.to_part()?);
        }
        if !self.names.is_empty() {
            extra.push(self.names.to_part()?);
        }
        if let Some(churn) = &self.churn {
            extra.push(churn.to_part()?);
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
    let all = seen_at(&histories, recipe.as_of, recipe.as_of.instant(), &recipe.summary_rule)?;
    let summaries: Vec<PurchaseSummary> = all.into_iter().map(|seen| seen.summary).collect();
    check_enough(&summaries, recipe.as_of)?;
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
    let (_, orders, order_fit) = fits
        .into_iter()
        .find(|(kind, ..)| *kind == choice.candidate.kind)
        .ok_or(LearnError::NoOrders { as_of: recipe.as_of })?;
    notes.extend(regularity_note(&orders));
    let rfm = RfmCutPoints::fit(&summaries)?;
    let settings = Settings { currency: book.currency(), time_zone: recipe.summary_rule.time_zone.clone() };
    let stage = Stage::of(recipe, &settings, (start, learned.unwrap_or(recipe.horizon)), choice.candidate);
    let way = Way { climbs: learned.is_some(), tuning, table: choice.table.clone() };
    let ascent = ascend(&histories, source, stage, way)?;
    let prefix = |with: &'static str| if ascent.is_by_trees() { with } else { "" };
    let name = format!("{}{}", prefix("boosted_"), choice.candidate.kind);
    let candidate = format!("{}{}", prefix("boosted+"), choice.candidate.name());
    notes.extend(notes_on(&choice, recipe.penalizer, ascent.boosted.as_ref()));
    notes.extend(ascent.notes);
    let intervals = ascent.intervals.or_else(|| coverage::purchase_intervals(&backtest, &choice));
    let own = (choice.candidate.kind, &orders);
    let Dates { own_dates, note } = rhythm::dates(&histories, &summaries, &origins, own, recipe)?;
    notes.extend(note);
    let features = schema::of(ascent.boosted.as_ref(), ascent.churn.as_ref());
    let manifest = manifest(recipe, data, (&name, &ascent.table), book.currency(), features, notes);
    let boosted = ascent.boosted;
    let mut trained = Trained {
        model: Model { orders, spend, level: choice.level, rfm, boosted, intervals, own_dates },
        churn: ascent.churn,
        manifest,
        order_fit,
        spend_fit,
        candidate,
        recipe: Recipe { trees: ascent.trees, ..recipe.clone() },
        profile: inputs::profile(&summaries, recipe.as_of, start),
        typical: Typical::fit(&summaries),
        names: ascent.names,
    };
    tree_inputs::add_to(&mut trained, (book, source))?;
    Ok(trained)
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

/// A purchase model of each kind that can be fitted.
type Fits = Vec<(OrderKind, OrderModel, FitReport)>;

/// The purchase models that compete where trees learn over the horizon `learned`.
fn fit_competing(
    summaries: &[PurchaseSummary],
    learned: Option<Horizon>,
    recipe: &Recipe,
    notes: &mut Vec<String>,
) -> Result<Fits, LearnError> {
    let seen = order_data(summaries.iter()).map_err(|last| LearnError::NoModel { last })?;
    let kinds: Vec<OrderKind> = match recipe.model {
        ModelChoice::Best => OrderKind::competing(regularity(&seen), learned == Some(recipe.horizon)),
        ModelChoice::Fixed(kind) => vec![kind],
    };
    fit_all(&seen, &kinds, recipe.penalizer, notes)
}

/// Every purchase model that can be fitted, with its report.
fn fit_all(
    data: &DatasetBase<RfmData, ()>,
    kinds: &[OrderKind],
    penalizer: f64,
    notes: &mut Vec<String>,
) -> Result<Fits, LearnError> {
    let (mut fits, mut refused): (Fits, Option<BtydError>) = (Vec::new(), None);
    for kind in kinds {
        match kind.fit(data, penalizer) {
            Ok((model, report)) => fits.push((*kind, model, report)),
            Err(error) => {
                notes.push(format!("{kind} could not be fitted, so it did not compete: {error}"));
                refused = Some(error);
            }
        }
    }
    match (fits.is_empty(), refused) {
        (true, Some(last)) => Err(LearnError::NoModel { last }),
        _ => Ok(fits),
    }
}

/// The best candidate whose reading of spend can be fitted to all customers, not only at the origins.
fn choose_with_spend(
    backtest: &Backtest,
    fits: &Fits,
    summaries: &[PurchaseSummary],
    recipe: &Recipe,
    notes: &mut Vec<String>,
) -> Result<(Choice, (SpendModel, FitReport)), LearnError> {
    let kinds: Vec<OrderKind> = fits.iter().map(|(kind, ..)| *kind).collect();
    let rules: &[LevelRule] = if recipe.correct_level { &LevelRule::ALL } else { &[LevelRule::None] };
    let mut bases = BASES.to_vec();
    loop {
        let field = Field { kinds: &kinds, bases: &bases, rules };
        let choice = choose(&backtest.cases, field)?.unwrap_or_else(|| by_likelihood(fits, &bases));
        let basis = choice.candidate.basis;
        let source = match fit_spend(summaries.iter(), basis, recipe.penalizer) {
            Ok(spend) => return Ok((choice, spend)),
            Err(source) => source,
        };
        bases.retain(|other| *other != basis);
        if bases.is_empty() {
            return Err(LearnError::Spend { source });
        }
        notes.push(format!(
            "spend by {} could not be fitted to all customers, so the next best was taken: {source}",
            basis_name(basis)
        ));
    }
}

/// Where nothing can be compared: the likeliest model, spend as in the papers if it can be, no level.
fn by_likelihood(fits: &Fits, bases: &[SpendBasis]) -> Choice {
    let best = fits.iter().max_by(|left, right| left.2.log_likelihood.total_cmp(&right.2.log_likelihood));
    let kind = best.map_or(OrderKind::MbgNbd, |(kind, ..)| *kind);
    let basis = bases.first().copied().unwrap_or(SpendBasis::RepeatOrders);
    let candidate = Candidate { kind, basis, level: LevelRule::None };
    Choice { candidate, level: Level::NONE, table: Vec::new(), against_naive: 0.0, notes: Vec::new() }
}

/// Why the likelihood had to choose.
fn why_no_backtest(origins: &[Origin], backtest: &Backtest) -> String {
    let dates = origins.len();
    let only = |why: Skipped| backtest.skipped.iter().all(|(_, seen)| *seen == why);
    let cause = if origins.is_empty() {
        "the history is too short for a backtest: no past date has weeks of orders before and after it"
            .to_owned()
    } else if !backtest.cases.is_empty() {
        format!("no candidate could be fitted at all {} past dates", backtest.cases.len())
    } else if only(Skipped::OneOutcome) {
        format!("at none of {dates} past dates did some customers order again and others not")
    } else {
        format!(
            "too few customers for a backtest: at none of {dates} past dates had {LEAST_REPEATERS} of them \
             ordered more than once, with different outcomes"
        )
    };
    format!("{cause}; the model was chosen by its likelihood")
}

fn notes_on(choice: &Choice, penalizer: f64, boosted: Option<&Boosted>) -> Vec<String> {
    let mut notes = Vec::new();
    if penalizer > 0.0 {
        notes.push(format!("all fits were held back by a penalizer of {penalizer}"));
    }
    if choice.against_naive > 0.0 {
        notes.push(format!(
            "in the backtest the Brier score of the chosen model was {:.4} worse than that of the naive rate",
            choice.against_naive
        ));
    }
    let is_set = boosted.is_none_or(|boosted| boosted.on_purchase_level || !boosted.reads_only_orders());
    notes.extend(level_note(&choice.level).filter(|_| is_set));
    notes
}

/// What the regularity means, in words: the times between one's orders deviate by `1 / sqrt(k)` of their mean.
fn regularity_note(orders: &OrderModel) -> Option<String> {
    let k = orders.regularity();
    (k > 1).then(|| {
        format!(
            "customers order at intervals of their own, with a regularity of {k}: the times between a customer's orders \
             vary by {:.0} % around their mean, not by 100 % as at random",
            100.0 / f64::from(k).sqrt()
        )
    })
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{Orders, book, day, recipe, shop};

    const END: f64 = 20_700.0;

    fn noted(trained: &Trained, part: &str) -> bool {
        trained.manifest.notes.iter().any(|note| note.contains(part))
    }

    fn origins_of(trained: &Trained) -> Vec<tenure_core::Timestamp> {
        let mut all: Vec<_> = trained.manifest.backtest.iter().map(|row| row.origin).collect();
        all.dedup();
        all
    }

    #[test]
    fn a_stray_date_moves_no_origin() {
        let mut orders = shop(150, 700.0);
        let plain = train(&book(&orders), &recipe(END)).unwrap();
        // Somebody's birthday in place of the order's date.
        orders.push((9_999, 3_000.0, 1_500));
        let strayed = train(&book(&orders), &recipe(END)).unwrap();
        let (before, after) = (origins_of(&plain), origins_of(&strayed));
        assert_eq!((before.len(), after.len()), (5, 5));
        for (before, after) in before.iter().zip(&after) {
            let moved = (before.microseconds() - after.microseconds()).abs() / crate::sample::DAY_US;
            assert!(moved <= 5, "{before} {after}");
        }
    }

    /// Customers who all come at once and again a little later.
    fn in_days(days: f64) -> Orders {
        shop(150, 700.0)
            .into_iter()
            .map(|(who, at, cents)| (who, END - days + (at - 20_000.0) / 700.0 * days, cents))
            .collect()
    }

    #[test]
    fn a_short_history_is_chosen_by_likelihood() {
        let orders = in_days(8.0);
        let trained = train(&book(&orders), &recipe(END)).unwrap();
        assert!(trained.candidate.ends_with("+repeat_orders+as_fitted"), "{}", trained.candidate);
        assert!(trained.manifest.backtest.is_empty() && trained.model.level == Level::NONE);
        assert!(noted(&trained, "the history is too short for a backtest"), "{:?}", trained.manifest.notes);
        assert!(noted(&trained, "chosen by its likelihood"));
        // The likeliest of the three is the one that is taken.
        let of = |kind| {
            let recipe = Recipe { model: ModelChoice::Fixed(kind), ..recipe(END) };
            train(&book(&orders), &recipe).map_or(f64::NEG_INFINITY, |one| one.order_fit.log_likelihood)
        };
        let best = OrderKind::ALL.map(of).into_iter().fold(f64::NEG_INFINITY, f64::max);
        assert_eq!(trained.order_fit.log_likelihood, best);
    }

    #[test]
    fn too_few_customers_are_named_as_the_cause() {
        // A year of first orders; those who come again do so in the last days.
        let mut orders: Orders =
            (0..60).map(|who| (who, 20_300.0 + 5.0 * f64::from(who), 2_000 + 31 * i64::from(who))).collect();
        orders.extend((0..16).map(|who| (who, END - 30.0 + f64::from(who), 1_500 + 57 * i64::from(who % 7))));
        let trained = train(&book(&orders), &recipe(END)).unwrap();
        assert!(noted(&trained, "too few customers for a backtest"), "{:?}", trained.manifest.notes);
        assert!(!noted(&trained, "too short"));
    }

    #[test]
    fn a_shop_that_sells_nothing_is_told_so() {
        let free: Orders = shop(150, 700.0).into_iter().map(|(who, at, _)| (who, at, 0)).collect();
        let error = train(&book(&free), &recipe(END)).unwrap_err();
        assert!(matches!(error, LearnError::NothingSpent { customers: 150, .. }), "{error}");
        assert!(error.to_string().contains("--map amount=COLUMN"), "{error}");
    }

    #[test]
    fn spend_that_fits_in_the_past_but_not_now_gives_way_to_the_next_best() {
        let paid = book(&shop(150, 700.0));
        let recipe = recipe(END);
        let rule = &recipe.summary_rule;
        let origins = origins(day(20_000.0), recipe.as_of, recipe.horizon, rule);
        let trial = Trial { kinds: &[OrderKind::MbgNbd], penalizer: 0.0, rule };
        let mut backtest = backtest::run(&paid.sorted(), &origins, trial).unwrap();
        for case in &mut backtest.cases {
            for (_, basis, value) in &mut case.values {
                if *basis == SpendBasis::AllOrders {
                    value.iter_mut().for_each(|each| *each = 1e6);
                }
            }
        }
        // Later, all repeat orders turn out to have been free.
        let seen = seen_at(&paid.sorted(), recipe.as_of, recipe.as_of.instant(), rule).unwrap();
        let mut summaries: Vec<PurchaseSummary> = seen.into_iter().map(|seen| seen.summary).collect();
        let mut notes = Vec::new();
        let seen = order_data(summaries.iter()).unwrap();
        let fits = fit_all(&seen, &[OrderKind::MbgNbd], 0.0, &mut notes).unwrap();
        let mut taken = |summaries: &[PurchaseSummary]| {
            let (choice, (spend, _)) =
                choose_with_spend(&backtest, &fits, summaries, &recipe, &mut notes).unwrap();
            assert_eq!(choice.candidate.basis, spend.basis);
            (spend.basis, std::mem::take(&mut notes))
        };
        assert_eq!(taken(&summaries), (SpendBasis::RepeatOrders, Vec::new()));
        for summary in &mut summaries {
            summary.first_spend = summary.net_spend;
        }
        let (basis, notes) = taken(&summaries);
        assert_eq!((basis, notes.len()), (SpendBasis::AllOrders, 1));
        assert!(
            notes[0].starts_with("spend by repeat_orders could not be fitted to all customers"),
            "{notes:?}"
        );
    }

    #[test]
    fn a_penalizer_holds_all_fits_back_and_is_noted() {
        let book = book(&shop(150, 700.0));
        let plain = train(&book, &recipe(END)).unwrap();
        let held = train(&book, &Recipe { penalizer: 0.1, ..recipe(END) }).unwrap();
        assert!(noted(&held, "a penalizer of 0.1") && !noted(&plain, "penalizer"));
        let far =
            |report: &FitReport| report.parameters.0.iter().map(|one| one.value.ln().abs()).sum::<f64>();
        assert!(far(&held.spend_fit) < far(&plain.spend_fit));
        let refused = train(&book, &Recipe { penalizer: -1.0, ..recipe(END) }).unwrap_err();
        assert!(refused.to_string().contains("a penalizer of -1"), "{refused}");
    }
}
