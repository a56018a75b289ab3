//! How many trees, what beside them, and how much of last year's level: chosen at past dates.

use tenure_bundle::{Blend, BlendMember, Level};
use tenure_core::AsOf;
use tenure_predict::{Learned, LogitShift};

use super::stage::Trial;
use super::trees::{Margins, Path, ROUNDS};
use crate::LearnError;

/// Shares of boosting from the rows alone that are tried: no more, as what it adds at one date it costs at another.
pub(super) const SHARES: [f64; 2] = [0.0, 0.25];
/// How much of last year's level is tried, of what its history is trusted with.
pub(super) const TRUSTS: [f64; 3] = [0.0, 0.5, 1.0];

/// What the trials chose.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Chosen {
    /// Place among [`ROUNDS`].
    pub(super) churn: usize,
    /// Place among [`ROUNDS`].
    pub(super) spend: usize,
    /// Weight of boosting from the rows alone; what it leaves of 1 is that of the corrected purchase model.
    pub(super) own: f64,
    /// How much of last year's level, of what its history is trusted with.
    pub(super) trust: f64,
}

impl Chosen {
    /// The purchase model as it is.
    pub(super) const NOTHING: Self = Self { churn: 0, spend: 0, own: 0.0, trust: 0.0 };

    /// Whether the purchase model stays as it is.
    pub(super) fn is_nothing(&self) -> bool {
        ROUNDS[self.churn] == 0 && ROUNDS[self.spend] == 0 && self.own <= 0.0
    }

    /// What is added to the purchase model's margin of churn.
    pub(super) fn churn_of(&self, margins: &Margins) -> Vec<f64> {
        let pairs = margins.churn[self.churn].iter().zip(&margins.own);
        pairs.map(|(corrected, own)| (1.0 - self.own) * corrected + self.own * own).collect()
    }

    /// The learned models by weight; those without any are left out.
    pub(super) fn blend(&self, path: &mut Path) -> Result<Blend, LearnError> {
        let rest = 1.0 - self.own;
        let trees = Learned::Trees(path.churn.swap_remove(self.churn));
        let mut members = vec![member(rest, trees), member(self.own, path.own.clone())];
        members.retain(|member| member.weight > 0.0);
        Ok(Blend::new(rest, members)?)
    }
}

pub(super) const fn member(weight: f64, model: Learned) -> BlendMember {
    BlendMember { weight, model }
}

/// Chooses one thing after the other: trees, what is beside them, trees of spend, trust.
///
/// All but trust by the loss once the level is met: what trees are for is telling customers apart; the level is set on
/// its own.
pub(super) fn choose(trials: &[Trial<'_>]) -> Chosen {
    let mut chosen = Chosen::NOTHING;
    chosen.churn = fewest(|churn| met_loss(trials, &Chosen { churn, ..chosen.clone() }));
    let mut best = met_loss(trials, &chosen);
    for own in SHARES {
        let tried = Chosen { own, ..chosen.clone() };
        let loss = met_loss(trials, &tried);
        if loss < best {
            (best, chosen) = (loss, tried);
        }
    }
    if !is_sure(trials, &chosen) {
        chosen = Chosen::NOTHING;
    }
    chosen.spend = fewest(|spend| value_loss(trials, &Chosen { spend, ..chosen.clone() }));
    chosen.trust = best_trust(trials, &chosen);
    tracing::info!(?chosen, best, "what past dates chose");
    chosen
}

/// Losses of churn and of value at each trial, with as many trees as all trials choose; each with its date.
pub(super) fn losses_of(trials: &[Trial<'_>]) -> Vec<(AsOf, f64)> {
    if trials.is_empty() {
        return Vec::new();
    }
    let churn = fewest(|churn| met_loss(trials, &Chosen { churn, ..Chosen::NOTHING }));
    let chosen = Chosen { churn, ..Chosen::NOTHING };
    let spend = fewest(|spend| value_loss(trials, &Chosen { spend, ..chosen.clone() }));
    let chosen = Chosen { spend, ..chosen };
    let at = |trial| {
        let (date, one) = (trial_date(trial), std::slice::from_ref(trial));
        [(date, met_loss(one, &chosen)), (date, value_loss(one, &chosen))]
    };
    trials.iter().flat_map(at).collect()
}

fn trial_date(trial: &Trial<'_>) -> AsOf {
    trial.judged.date.as_of
}

/// The fewest trees that reach all but the last fifth of what there is to gain: that part takes as many trees as the
/// rest together, and is what least comes again at another date.
pub(super) fn fewest(loss: impl Fn(usize) -> f64) -> usize {
    let losses: Vec<f64> = (0..ROUNDS.len()).map(loss).collect();
    tracing::info!(?losses, "losses by rounds");
    let best = losses.iter().copied().fold(f64::INFINITY, f64::min);
    let enough = best + 0.2 * (losses[0] - best);
    losses.iter().position(|loss| *loss <= enough).unwrap_or(0)
}

/// Whether churn by `chosen` gains over the purchase model by more than one standard error (Breiman et al. 1984, "Classification and
/// regression trees", 3.4.3): in a small shop the best of many trials wins by luck.
///
/// Dates share customers, so their errors are taken to be one and the same: averaging dates makes no gain surer.
fn is_sure(trials: &[Trial<'_>], chosen: &Chosen) -> bool {
    let (mut gain, mut error) = (0.0, 0.0);
    for trial in trials {
        let pairs = met_losses(trial, &Chosen::NOTHING).into_iter().zip(met_losses(trial, chosen));
        let gains: Vec<f64> = pairs.map(|(before, after)| before - after).collect();
        let (count, own) = (gains.len() as f64, mean(&gains));
        let variance = gains.iter().map(|one| (one - own).powi(2)).sum::<f64>() / (count - 1.0).max(1.0);
        gain += own;
        error += (variance / count).sqrt();
    }
    tracing::info!(?chosen, gain, error, "what churn gains");
    gain > error
}

/// Log losses at one judged date, the level met.
fn met_losses(trial: &Trial<'_>, chosen: &Chosen) -> Vec<f64> {
    let silent = &trial.judged.silent;
    let p = trial.predicted(chosen, &Level::NONE).p_no_order;
    let shift = LogitShift::fit_intercept(silent, &p).unwrap_or(LogitShift::IDENTITY);
    silent.iter().zip(&p).map(|(gone, p)| one_log_loss(*gone, shift.apply(*p))).collect()
}

fn value_losses(trial: &Trial<'_>, chosen: &Chosen) -> Vec<f64> {
    value_deviances(&trial.judged.spent, &trial.predicted(chosen, &Level::NONE).value)
}

/// Mean log loss at the judged dates, the level of each met.
fn met_loss(trials: &[Trial<'_>], chosen: &Chosen) -> f64 {
    trials.iter().map(|trial| mean(&met_losses(trial, chosen))).sum::<f64>() / trials.len() as f64
}

fn value_loss(trials: &[Trial<'_>], chosen: &Chosen) -> f64 {
    trials.iter().map(|trial| mean(&value_losses(trial, chosen))).sum::<f64>() / trials.len() as f64
}

fn mean(all: &[f64]) -> f64 {
    all.iter().sum::<f64>() / all.len().max(1) as f64
}

fn one_log_loss(gone: bool, p: f64) -> f64 {
    let p = p.clamp(1e-6, 1.0 - 1e-6);
    if gone { -p.ln() } else { -(-p).ln_1p() }
}

pub(super) fn log_loss(silent: &[bool], p: &[f64]) -> f64 {
    silent.iter().zip(p).map(|(gone, p)| one_log_loss(*gone, *p)).sum::<f64>() / silent.len() as f64
}

/// Tweedie deviances of power 1.5, the level met: a proper score of expected amounts many of which are 0
/// (Jorgensen 1987, "Exponential dispersion models"). Scaled so that shops of different prices weigh alike.
fn value_deviances(spent: &[f64], value: &[f64]) -> Vec<f64> {
    let (actual, predicted) = (spent.iter().map(|one| one.max(0.0)).sum::<f64>(), value.iter().sum::<f64>());
    if actual <= 0.0 || predicted <= 0.0 {
        return vec![0.0; spent.len()];
    }
    let factor = actual / predicted;
    let scale = (actual / spent.len() as f64).sqrt();
    let one = |(spent, value): (&f64, &f64)| {
        let (actual, mean) = (spent.max(0.0), (factor * value).max(1e-9));
        4.0 * (actual / mean.sqrt() + mean.sqrt() - 2.0 * actual.sqrt()) / scale
    };
    spent.iter().zip(value).map(one).collect()
}

/// How much of last year's level helps; where no date can say, all that its history is trusted with.
///
/// Only a date whose own year before had half a year of history behind it can say: where the shop was weeks old, its
/// level was that of an opening.
fn best_trust(trials: &[Trial<'_>], chosen: &Chosen) -> f64 {
    let is_mature =
        |trial: &&Trial<'_>| trial.year_before.as_ref().is_some_and(|(before, _)| before.date.trust() > 0.0);
    let verifying: Vec<&Trial<'_>> = trials.iter().filter(is_mature).collect();
    let loss = |trust: f64| -> f64 {
        let at = |trial: &&Trial<'_>| {
            let chosen = Chosen { trust, ..chosen.clone() };
            let level = trial.level(&chosen).unwrap_or(Level::NONE);
            log_loss(&trial.judged.silent, &trial.predicted(&chosen, &level).p_no_order)
        };
        verifying.iter().map(at).sum()
    };
    if verifying.is_empty() {
        return 1.0;
    }
    let losses = TRUSTS.map(loss);
    tracing::info!(?losses, "losses by trust in last year's level");
    let best = (0..TRUSTS.len()).min_by(|left, right| losses[*left].total_cmp(&losses[*right]));
    best.map_or(1.0, |best| TRUSTS[best])
}
