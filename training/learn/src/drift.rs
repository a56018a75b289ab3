//! Whether a bundle still fits its shop: keep it, set its level anew, or train again.
//!
//! Three questions, from what happened since the bundle's as-of:
//!
//! 1. Does it still rank? The AUC over closed windows beside that of the backtest in the bundle.
//! 2. Is its level still right? Predicted and observed churn and value, window by window.
//! 3. Are customers still spread as in training? The population stability index of each feature, of the purchase
//!    model and of the trees.
//!
//! Each is compared with what chance explains, and the level also with how far the backtest was off already:
//! a shop with strong seasons is always a little off, which is no news.

mod verdict;

use serde::Serialize;
use tenure_behaviour::PurchaseSummary;
use tenure_bundle::{Profile, Scorer};
use tenure_core::{AsOf, Duration, Horizon};
use tenure_predict::{
    PairedDifference, PredictError, Stability, auc_standard_error, paired_difference, population_stability,
};

use crate::book::seen_at;
use crate::inputs::{columns, no_older};
use crate::judged::{Judged, like_outcomes};
use crate::tree_inputs::TreeRows;
use crate::{Evaluation, FactSource, Known, LearnError, Shop};

/// From where on something counts as drift.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct DriftRules {
    /// Stability index from which a feature has shifted, if chance does not explain it. Defaults to 0.1.
    pub psi_some: f64,
    /// Stability index from which it has shifted strongly. Defaults to 0.25.
    pub psi_strong: f64,
    /// Share of features (and at least two) that must shift strongly for new training, of the purchase model's or of
    /// the trees'. Defaults to 0.5.
    pub strong_share: f64,
    /// AUC below that of the backtest from which ranking is worse, if chance does not explain it. Defaults
    /// to 0.03.
    pub auc_loss: f64,
    /// Difference of mean churn probability and churn rate from which the level is off, if neither chance nor
    /// the backtest's calibration error explains it. Defaults to 0.03.
    pub churn_off: f64,
    /// Share by which predicted value is off in total from which the level is off, if neither chance nor the
    /// backtest's bias explains it. Defaults to 0.15.
    pub value_off: f64,
    /// Standard errors beyond which chance does not explain a difference. Defaults to 3.
    pub standard_errors: f64,
    /// Most windows looked at, newest first. Defaults to 12.
    pub windows: usize,
    /// Fewest customers from which the spread of features is judged. Defaults to 100.
    pub least_customers: usize,
}

impl Default for DriftRules {
    fn default() -> Self {
        Self {
            psi_some: 0.1,
            psi_strong: 0.25,
            strong_share: 0.5,
            auc_loss: 0.03,
            churn_off: 0.03,
            value_off: 0.15,
            standard_errors: 3.0,
            windows: 12,
            least_customers: 100,
        }
    }
}

/// What to do with the bundle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DriftVerdict {
    /// It does what its backtest promised.
    Keep,
    /// It still ranks, but its level is off.
    Recalibrate,
    /// It ranks worse, or its customers are no longer those of training.
    Retrain,
}

/// How far a feature has shifted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Shift {
    /// By less than matters, or than chance explains.
    None,
    /// Beyond [`DriftRules::psi_some`].
    Some,
    /// Beyond [`DriftRules::psi_strong`].
    Strong,
}

/// One feature, then and now.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FeatureDrift {
    /// Its name; what the trees read begins with `trees_`.
    pub feature: String,
    /// The index, and what chance makes of it.
    #[serde(flatten)]
    pub stability: Stability,
    /// Share of customers without it, in training.
    pub missing_then: f64,
    /// The same now.
    pub missing_now: f64,
    /// What that comes to.
    pub shift: Shift,
}

/// One closed window after the bundle's as-of.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct WindowDrift {
    /// Its beginning, in microseconds since 1970 UTC.
    pub from: AsOf,
    /// Its length.
    pub horizon: Horizon,
    /// Totals and measures.
    #[serde(flatten)]
    pub evaluation: Evaluation,
    /// Churn that happened less its probability, mean over customers; above 0 more left than predicted.
    pub churn_gap: PairedDifference,
    /// Spend that came less what was predicted, mean over customers, in major units.
    pub value_gap: PairedDifference,
    /// What chance does to the AUC; absent where all churned or none did.
    pub auc_standard_error: Option<f64>,
}

/// All that was found, and what to do.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Drift {
    /// What to do.
    pub verdict: DriftVerdict,
    /// Why, in one sentence.
    pub reason: String,
    /// The bundle.
    pub model_version: String,
    /// Its as-of, in microseconds since 1970 UTC.
    pub trained_as_of: AsOf,
    /// When it was looked at, the same way.
    pub as_of: AsOf,
    /// Customers now.
    pub customers: usize,
    /// Of these, customers who came longer ago than anybody in training: no feature tells about them.
    pub older_than_training: usize,
    /// Feature by feature; empty where it cannot be told, which a note explains.
    pub features: Vec<FeatureDrift>,
    /// Windows, oldest first; empty where none has closed.
    pub windows: Vec<WindowDrift>,
    /// Mean AUC of the chosen candidate in the bundle's backtest.
    pub backtest_auc: Option<f64>,
    /// What could not be told, and why.
    pub notes: Vec<String>,
    /// From where on something counts as drift.
    pub rules: DriftRules,
}

/// What is said where there are only orders of a shop whose trees read more.
const UNSEEN: &str = "the trees read events besides orders, which are not looked at here: shifts are told of the \
                      purchase model's inputs alone";

/// Looks at a bundle as of a later date.
///
/// Windows are as long as the bundle's own horizon or, where none has closed, as the longest of its horizons
/// of which one has. They end at the as-of and lie back to back down to the bundle's as-of.
///
/// # Errors
/// When the as-of is not after the bundle's, nobody ordered before it, the orders end long before it, or the
/// events cannot be read.
pub fn drift(
    scorer: &Scorer,
    profile: Option<&Profile>,
    shop: &dyn Shop,
    as_of: AsOf,
    rules: DriftRules,
) -> Result<Drift, LearnError> {
    let manifest = scorer.manifest();
    if as_of <= manifest.as_of {
        return Err(LearnError::NothingSince { as_of, trained_as_of: manifest.as_of });
    }
    let now = shop.known_at(as_of)?;
    let histories = now.book.sorted();
    let all = seen_at(&histories, as_of, as_of.instant(), &manifest.summary_rule)?;
    let summaries: Vec<PurchaseSummary> = all.into_iter().map(|seen| seen.summary).collect();
    if summaries.is_empty() {
        return Err(LearnError::NoOrders { as_of });
    }
    let mut notes = Vec::new();
    let customers = summaries.len();
    let comparable = profile.map(|profile| no_older(&summaries, as_of, profile.longest_age_days));
    let older_than_training = comparable.as_ref().map_or(0, |comparable| customers - comparable.len());
    let features = match (profile, comparable) {
        (None, _) | (_, None) => {
            notes.push(
                "the bundle keeps no profile of its training: train again to have shifts told".to_owned(),
            );
            Vec::new()
        }
        (Some(_), Some(comparable)) if comparable.len() < rules.least_customers => {
            notes.push(format!(
                "{} of {customers} customers came as recently as those of training, fewer than the {} that \
                 shifts are told from",
                comparable.len(),
                rules.least_customers
            ));
            Vec::new()
        }
        (Some(profile), Some(comparable)) => {
            let trees = tree_rows(scorer, &now, as_of, profile.longest_age_days)?;
            notes.extend(trees.is_none().then(|| UNSEEN.to_owned()));
            features(profile, &comparable, &trees.unwrap_or_default(), rules)?
        }
    };
    let windows = windows(scorer, (shop, &now), as_of, rules)?;
    if windows.is_empty() {
        notes.push(format!("no window has closed since {}: ranking and level are not known", manifest.as_of));
    }
    let mut drift = Drift {
        verdict: DriftVerdict::Keep,
        reason: String::new(),
        model_version: manifest.model_version.clone(),
        trained_as_of: manifest.as_of,
        as_of,
        customers,
        older_than_training,
        features,
        windows,
        backtest_auc: verdict::backtest_auc(manifest),
        notes,
        rules,
    };
    (drift.verdict, drift.reason) = drift.decide(manifest);
    Ok(drift)
}

/// What trees read of customers now; absent where they read events that nobody here knows.
fn tree_rows(
    scorer: &Scorer,
    now: &Known<'_>,
    as_of: AsOf,
    longest_age_days: u32,
) -> Result<Option<TreeRows>, LearnError> {
    let source: &dyn FactSource = match (&now.facts, scorer.behaviour()) {
        (Some(facts), _) => &**facts,
        (None, Some(boosted)) if !boosted.reads_only_orders() => return Ok(None),
        (None, _) => &*now.book,
    };
    TreeRows::read(scorer, (&now.book, source), as_of, longest_age_days).map(Some)
}

fn features(
    profile: &Profile,
    now: &[PurchaseSummary],
    trees: &TreeRows,
    rules: DriftRules,
) -> Result<Vec<FeatureDrift>, LearnError> {
    let columns = columns(now);
    let mut all = Vec::new();
    for then in &profile.features {
        // A feature that this version no longer knows cannot be compared.
        let own = columns.iter().find(|(name, _)| name == then.name()).map(|(_, values)| then.spread(values));
        let spread = own.or_else(|| trees.column(then.name()).map(|values| then.spread(&values)));
        let Some(spread) = spread else { continue };
        let counts: Vec<u64> = then.counts().iter().copied().chain([then.missing()]).collect();
        let stability = match population_stability(&counts, &spread) {
            Ok(stability) => stability,
            Err(PredictError::NoCustomers) => continue,
            Err(error) => return Err(error.into()),
        };
        let beyond = |threshold: f64| stability.psi > threshold && stability.psi > stability.by_chance;
        let shift = match (beyond(rules.psi_strong), beyond(rules.psi_some)) {
            (true, _) => Shift::Strong,
            (_, true) => Shift::Some,
            _ => Shift::None,
        };
        let missing_now = spread.last().copied().unwrap_or(0) as f64 / now.len().max(1) as f64;
        let missing_then = then.missing() as f64 / profile.customers.max(1) as f64;
        all.push(FeatureDrift {
            feature: then.name().to_owned(),
            stability,
            missing_then,
            missing_now,
            shift,
        });
    }
    Ok(all)
}

/// Closed windows between the two as-ofs, oldest first, each scored from what was known when it began.
fn windows(
    scorer: &Scorer,
    seen: (&dyn Shop, &Known<'_>),
    as_of: AsOf,
    rules: DriftRules,
) -> Result<Vec<WindowDrift>, LearnError> {
    let manifest = scorer.manifest();
    let since = as_of.instant().since(manifest.as_of.instant());
    let fits = |horizon: &Horizon| horizon.length() <= since;
    let longest = || manifest.horizons.iter().rev().find(|horizon| fits(horizon)).copied();
    let Some(horizon) = Some(manifest.horizon).filter(fits).or_else(longest) else { return Ok(Vec::new()) };
    let closed = since.microseconds() / horizon.length().microseconds();
    let count = closed.min(rules.windows as i64);
    let begin = |back: i64| {
        let length = Duration::from_microseconds(horizon.length().microseconds().saturating_mul(back))?;
        Ok::<_, LearnError>(AsOf::new(as_of.instant().saturating_sub(length)))
    };
    (1..=count).rev().map(|back| window(scorer, seen, begin(back)?, horizon)).collect()
}

fn window(
    scorer: &Scorer,
    (shop, happened): (&dyn Shop, &Known<'_>),
    from: AsOf,
    horizon: Horizon,
) -> Result<WindowDrift, LearnError> {
    let judged = Judged::new(scorer, &shop.known_at(from)?, happened, &like_outcomes(from, horizon))?;
    let evaluation = judged.evaluation()?;
    let churned = judged.churned.iter().filter(|churned| **churned).count() as u64;
    let stayed = judged.customers() as u64 - churned;
    Ok(WindowDrift {
        from,
        horizon,
        churn_gap: paired_difference(&judged.outcomes(), &judged.probability)?,
        value_gap: paired_difference(&judged.value, &judged.predicted)?,
        auc_standard_error: evaluation.churn.auc.map(|auc| auc_standard_error(auc, churned, stayed)),
        evaluation,
    })
}
