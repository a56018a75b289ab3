//! From snapshots to the boosted rung, if it is worth having.

use tenure_behaviour::expression::Definition;
use tenure_behaviour::fold::Settings;
use tenure_behaviour::{OrderHistory, SummaryRule};
use tenure_bundle::{BacktestRow, ChurnDefinition, Level, NoTrees, SpendBasis};
use tenure_core::{AsOf, CustomerId, EventKind, Horizon, Timestamp};

use super::choose::{Chosen, choose};
use super::features;
use super::grid;
use super::level;
use super::proof::{self, Proven};
use super::snapshot::{Plan, Snapshot, Snapshots, take};
use super::source::FactSource;
use super::trees::{self, LEAST_OF_EACH, Making, ROUNDS};
use super::trial::{LEAST_BEFORE, LEAST_CUSTOMERS, LEAST_FOR_TREES, Trial, judged_dates, trials};
use crate::candidate::OrderKind;
use crate::choice::Candidate;
use crate::counted::counted;
use crate::coverage::Sure;
use crate::learners::Boosted;
use crate::{LearnError, Recipe};

/// What is climbed from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stage<'a> {
    pub(crate) as_of: AsOf,
    pub(crate) first: Timestamp,
    /// The horizon over which trees learn.
    pub(crate) horizon: Horizon,
    /// The horizon that is asked for: another where the history is too short to have seen it whole.
    pub(crate) asked: Horizon,
    /// The horizon of the customer lifetime value.
    pub(crate) clv_horizon: Horizon,
    pub(crate) rule: &'a SummaryRule,
    pub(crate) kind: OrderKind,
    pub(crate) basis: SpendBasis,
    pub(crate) penalizer: f64,
    /// The purchase model's own level, as recent dates set it.
    pub(crate) level: &'a Level,
    /// Whether last year's level may be carried over.
    pub(crate) correct_level: bool,
    pub(crate) definitions: &'a [Definition],
    pub(crate) settings: &'a Settings,
    /// What churn is, where it is not no order.
    pub(crate) churn: Option<&'a ChurnDefinition>,
    /// Settings of the trees that correct the purchase model.
    pub(crate) trees: &'a Boosted,
    /// Horizons of the churn curve, besides the one that is asked for.
    pub(crate) horizons: &'a [Horizon],
}

impl<'a> Stage<'a> {
    /// By a recipe, from its first orders on, with the chosen purchase model; trees learn over `horizon`.
    pub(crate) const fn of(
        recipe: &'a Recipe,
        settings: &'a Settings,
        (first, horizon): (Timestamp, Horizon),
        (candidate, level): (Candidate, &'a Level),
    ) -> Self {
        Self {
            as_of: recipe.as_of,
            first,
            horizon,
            asked: recipe.horizon,
            clv_horizon: recipe.clv_horizon,
            rule: &recipe.summary_rule,
            kind: candidate.kind,
            basis: candidate.basis,
            penalizer: recipe.penalizer,
            level,
            correct_level: recipe.correct_level,
            definitions: recipe.definitions.as_slice(),
            settings,
            churn: recipe.churn.as_ref(),
            trees: &recipe.trees,
            horizons: recipe.horizons.as_slice(),
        }
    }

    pub(super) const fn plan(self) -> Plan<'a> {
        Plan {
            horizon: self.horizon,
            asked: self.asked,
            clv_horizon: self.clv_horizon,
            rule: self.rule,
            kind: self.kind,
            basis: self.basis,
            penalizer: self.penalizer,
            definitions: self.definitions,
            settings: self.settings,
            churn: self.churn,
        }
    }
}

/// The boosted rung with its proof.
#[derive(Debug, Default)]
pub(crate) struct Ladder {
    pub(crate) boosted: Option<tenure_bundle::Boosted>,
    /// Intervals of value, where past dates could set them for this rung.
    pub(crate) sure: Option<Sure>,
    /// How it, and what it is compared with, did at the judged dates.
    pub(crate) table: Vec<BacktestRow>,
    pub(crate) notes: Vec<String>,
    /// Why the rung is not there.
    pub(crate) no_trees: Option<NoTrees>,
}

/// What no order within the horizon is called, where churn is that, or something else.
pub(crate) const fn silence(churn: Option<&ChurnDefinition>) -> &'static str {
    if churn.is_some() { "no order" } else { "churn" }
}

impl Stage<'_> {
    /// Whether trees learn over a shorter horizon than is asked for.
    pub(super) fn is_short(&self) -> bool {
        self.horizon != self.asked
    }

    /// Whether past dates may set a calibration slope: by outcomes as long as those that are asked for.
    pub(super) fn fits_slope(&self) -> bool {
        self.correct_level && !self.is_short()
    }

    /// Too few past dates with a known outcome, or too few customers at them.
    fn too_short(&self) -> NoTrees {
        NoTrees::History { known_days: self.as_of.instant().since(self.first).days().floor() as u32 }
    }

    /// Why no trees answer where dates were judged.
    fn no_gain(&self, snapshots: &Snapshots, trials: &[Trial<'_>]) -> NoTrees {
        let known = snapshots.now.base.len();
        match trials.iter().any(Trial::has_trees) {
            _ if known < LEAST_FOR_TREES => too_few(known),
            true => NoTrees::NoGain { dates: trials.len() as u32 },
            false => NoTrees::Buyers,
        }
    }

    /// What no order within the horizon is called: churn, unless that is defined otherwise.
    pub(super) fn silence(&self) -> &'static str {
        silence(self.churn)
    }
}

impl Ladder {
    fn none(no_trees: NoTrees, why: String) -> Self {
        Self { notes: vec![why], no_trees: Some(no_trees), ..Self::default() }
    }
}

/// Customers at the as-of and at past dates, for [`climb`] and for a definition of churn; absent where too few had come
/// back.
pub(crate) fn look(
    histories: &[(&CustomerId, &OrderHistory)],
    source: &dyn FactSource,
    stage: Stage<'_>,
) -> Result<Option<Snapshots>, LearnError> {
    let dates = grid::dates(stage.first, stage.as_of, stage.horizon, stage.rule);
    take(histories, source, stage.as_of, &dates, stage.plan())
}

/// Climbs from the purchase model to the boosted rung, as far as past dates say that it helps.
pub(crate) fn climb(
    seen: Option<&Snapshots>,
    source: &dyn FactSource,
    stage: Stage<'_>,
) -> Result<Ladder, LearnError> {
    let dates = grid::dates(stage.first, stage.as_of, stage.horizon, stage.rule);
    if dates.len() <= LEAST_BEFORE {
        return Ok(Ladder::none(
            stage.too_short(),
            format!(
                "the history is too short for trees: it holds {} that a whole horizon of {} follows, and {} are needed",
                counted(dates.len(), "past date"),
                stage.horizon,
                LEAST_BEFORE + 1
            ),
        ));
    }
    let Some(snapshots) = seen else {
        return Ok(Ladder::none(NoTrees::Buyers, "too few have come back for trees".to_owned()));
    };
    let width = snapshots.columns.len();
    let dates = judged_dates(&snapshots.all, stage.horizon);
    let trials = trials(snapshots, &dates, stage, true)?;
    if trials.is_empty() {
        let known = snapshots.now.base.len();
        let why = if known < LEAST_FOR_TREES { too_few(known) } else { stage.too_short() };
        return Ok(Ladder::none(
            why,
            format!(
                "too few customers or dates to judge by: it takes {LEAST_CUSTOMERS} customers at a past date, and \
             {LEAST_BEFORE} dates whose outcome was known by then"
            ),
        ));
    }
    let kinds = features::kinds_read(&snapshots.definitions, &source.kinds());
    let chosen = choose(&trials);
    let chosen =
        if stage.is_short() || !stage.correct_level { Chosen { trust: 0.0, ..chosen } } else { chosen };
    if chosen.is_nothing() && !level::is_worth_alone(snapshots, &trials, &chosen, stage) {
        return Ok(Ladder::none(
            stage.no_gain(snapshots, &trials),
            how(snapshots.now.base.len(), &trials, &chosen, stage),
        ));
    }
    // Where trees learned nothing, rows may hold one outcome alone.
    let challenged = || match dates.first().filter(|_| !chosen.is_nothing()) {
        Some((at, before)) => {
            let rows: Vec<&Snapshot> = snapshots.all[*before..].iter().collect();
            proof::challengers(&rows, &snapshots.all[*at], width, stage.horizon)
        }
        None => Ok(Vec::new()),
    };
    let (ladder, challenged) = rayon::join(|| finish(snapshots, &trials, stage, &chosen, &kinds), challenged);
    let mut ladder = ladder?;
    if ladder.boosted.is_some() {
        ladder.table.extend(challenged?);
    }
    Ok(ladder)
}

/// Of so many customers trees do not learn.
pub(crate) const fn too_few(known: usize) -> NoTrees {
    NoTrees::Customers { known: known as u64, needed: LEAST_FOR_TREES as u64 }
}

/// How many trees were chosen, in words.
fn how(known: usize, trials: &[Trial<'_>], chosen: &Chosen, stage: Stage<'_>) -> String {
    let dates = counted(trials.len(), "past date");
    if known < LEAST_FOR_TREES {
        return format!("{} are too few for trees, which need {LEAST_FOR_TREES}", counted(known, "customer"));
    }
    if !trials.iter().any(Trial::has_trees) {
        return format!(
            "too few ordered again, or stayed away, for trees, which need {LEAST_OF_EACH} of each"
        );
    }
    if chosen.is_nothing() {
        return format!("at {dates} trees did no better than the purchase model alone");
    }
    format!(
        "{} trees correct {} and {} spend, chosen at {dates}; boosting from behaviour alone has a weight of {}",
        ROUNDS[chosen.churn],
        if stage.churn.is_some() { "the chance of no order" } else { "churn" },
        ROUNDS[chosen.spend],
        chosen.own
    )
}

/// Trees on all dates, the level of last year, and the proof.
fn finish(
    snapshots: &Snapshots,
    trials: &[Trial<'_>],
    stage: Stage<'_>,
    chosen: &Chosen,
    kinds: &[EventKind],
) -> Result<Ladder, LearnError> {
    let all: Vec<&Snapshot> = snapshots.all.iter().collect();
    let making = Making::chosen(stage.trees, (chosen.churn, chosen.spend), chosen.own > 0.0);
    let (path, proven) = rayon::join(
        || trees::fit(&all, &snapshots.now, snapshots.columns.len(), making),
        || proof::prove(trials, chosen, stage),
    );
    let Some(mut path) = path? else {
        return Ok(Ladder::none(NoTrees::Buyers, "too few payers for trees".to_owned()));
    };
    let Proven { sure, table, notes: remarks } = proven?;
    let (level, mut notes) = level::of(snapshots, &path, chosen, stage)?;
    notes.push(how(snapshots.now.base.len(), trials, chosen, stage));
    notes.extend(remarks);
    // Last year's level alone asks nothing of behaviour.
    let reads = !chosen.is_nothing();
    let kinds = if reads { kinds } else { &[] };
    let boosted = tenure_bundle::Boosted {
        horizon: stage.horizon,
        definitions: if reads { features::text(&snapshots.definitions) } else { String::new() },
        kinds: kinds.iter().map(|kind| kind.as_str().to_owned()).collect(),
        columns: if reads { snapshots.columns.clone() } else { Vec::new() },
        churn: chosen.blend(&mut path)?,
        spend: chosen.spend_blend(&mut path)?,
        level,
        on_purchase_level: stage.is_short(),
    };
    let no_trees = (!boosted.has_trees()).then(|| stage.no_gain(snapshots, trials));
    Ok(Ladder { boosted: Some(boosted), sure, table, notes, no_trees })
}
