//! How many trees, what beside them, and how much of last year's level: chosen at past dates, as for orders.

use tenure_core::AsOf;

use super::trial::{Trial, enough_for_trees, judged_dates, trials};
use crate::LearnError;
use crate::ladder::choose::{SHARES, fewest, is_sure};
use crate::ladder::season::came_again;
use crate::ladder::snapshot::Snapshots;
use crate::ladder::stage::Stage;
use crate::ladder::trees::ROUNDS;

/// How much of what trees say is taken.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Chosen {
    /// Place among [`ROUNDS`].
    pub(super) rounds: usize,
    /// Weight of boosting from the rows alone.
    pub(super) own: f64,
    /// How much of last year's level.
    pub(super) trust: f64,
}

impl Chosen {
    pub(super) const NOTHING: Self = Self { rounds: 0, own: 0.0, trust: 0.0 };

    pub(super) fn is_nothing(&self) -> bool {
        ROUNDS[self.rounds] == 0 && self.own <= 0.0
    }
}

/// Chooses one thing after the other, as for orders; absent where no date could be judged by trees.
pub(super) fn choose(trials: &[Trial<'_>]) -> Option<Chosen> {
    let able: Vec<&Trial<'_>> = trials.iter().filter(|trial| trial.has_trees()).collect();
    if able.is_empty() {
        return None;
    }
    let loss =
        |chosen: &Chosen| able.iter().map(|trial| trial.met_loss(chosen)).sum::<f64>() / able.len() as f64;
    let mut chosen = Chosen::NOTHING;
    chosen.rounds = fewest(ROUNDS.len(), |rounds| loss(&Chosen { rounds, ..Chosen::NOTHING }));
    let mut best = loss(&chosen);
    for own in SHARES {
        let tried = Chosen { own, ..chosen.clone() };
        let found = loss(&tried);
        if found < best {
            (best, chosen) = (found, tried);
        }
    }
    let losses = |trial: &&Trial<'_>| (trial.met_losses(&Chosen::NOTHING), trial.met_losses(&chosen));
    if !is_sure(able.iter().map(losses)) {
        chosen = Chosen::NOTHING;
    }
    chosen.trust = best_trust(&able, &chosen);
    tracing::info!(?chosen, best, "what past dates chose for churn");
    Some(chosen)
}

/// The dates of [`losses`], where trees can be fitted at each.
pub(in crate::ladder) fn dates_of_losses(seen: &Snapshots, stage: Stage<'_>) -> Vec<AsOf> {
    let judged = judged_dates(&seen.all, stage).into_iter();
    let able = judged.filter(|(at, before)| enough_for_trees(&seen.all[*at], &seen.all[*before..]));
    able.map(|(at, _)| seen.all[at].date.as_of).collect()
}

/// The losses of the definition at each date that trees of the stage's settings can be judged at, each with its date.
pub(in crate::ladder) fn losses(seen: &Snapshots, stage: Stage<'_>) -> Result<Vec<(AsOf, f64)>, LearnError> {
    let mut trials = trials(seen, stage, false)?;
    trials.retain(Trial::has_trees);
    if trials.is_empty() {
        return Ok(Vec::new());
    }
    let loss = |chosen: &Chosen| trials.iter().map(|trial| trial.met_loss(chosen)).sum::<f64>();
    let rounds = fewest(ROUNDS.len(), |rounds| loss(&Chosen { rounds, ..Chosen::NOTHING }));
    let chosen = Chosen { rounds, ..Chosen::NOTHING };
    Ok(trials.iter().map(|trial| (trial.judged.date.as_of, trial.met_loss(&chosen))).collect())
}

/// How much of last year's level came again at past dates, of what its history is trusted with.
pub(super) fn best_trust(trials: &[&Trial<'_>], chosen: &Chosen) -> f64 {
    let whole = Chosen { trust: 1.0, ..chosen.clone() };
    let off =
        |trial: &&Trial<'_>| Some((trial.level(&whole)?.intercept(), trial.met_level(&whole).intercept()));
    came_again(trials.iter().filter(|trial| trial.knows_season()).filter_map(off))
}
