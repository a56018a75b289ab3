//! How many trees, what beside them, and how much of last year's level: chosen at past dates.

use rayon::iter::{IntoParallelRefIterator, ParallelIterator};
use tenure_bundle::{Base, Blend, BlendMember, Level};
use tenure_core::AsOf;
use tenure_predict::{Learned, LogitShift};

use super::season::came_again;
use super::snapshot::Snapshot;
use super::trees::{Margins, Path, ROUNDS};
use super::trial::Trial;
use crate::LearnError;

/// Shares of boosting from the rows alone that are tried: no more, as what it adds at one date it costs at another.
pub(super) const SHARES: [f64; 2] = [0.0, 0.25];

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
        !self.corrects_churn() && ROUNDS[self.spend] == 0
    }

    /// Whether trees correct churn.
    pub(super) fn corrects_churn(&self) -> bool {
        ROUNDS[self.churn] > 0 || self.own > 0.0
    }

    /// The line of the purchase model on which levels are set at a date; none where trees correct churn.
    pub(super) fn line(&self, margins: &Margins) -> LogitShift {
        if self.corrects_churn() { LogitShift::IDENTITY } else { margins.line }
    }

    /// What is added to the purchase model's margin of churn on that line, before any level.
    pub(super) fn on_line(&self, at: &Snapshot, margins: &Margins) -> Vec<f64> {
        let line = self.line(margins);
        let added = |(churn, base): (f64, &Base)| {
            let margin = base.churn_margin();
            line.intercept() + line.slope() * (margin + churn) - margin
        };
        self.churn_of(margins).into_iter().zip(&at.base).map(added).collect()
    }

    /// What is added to the purchase model's margin of churn.
    pub(super) fn churn_of(&self, margins: &Margins) -> Vec<f64> {
        let pairs = margins.churn[self.churn].iter().zip(&margins.own);
        pairs.map(|(corrected, own)| (1.0 - self.own) * corrected + self.own * own).collect()
    }

    /// The learned models by weight; those without any are left out.
    pub(super) fn blend(&self, path: &mut Path) -> Result<Blend, LearnError> {
        if self.is_nothing() {
            return Ok(Blend::new(1.0, Vec::new())?);
        }
        let rest = 1.0 - self.own;
        let trees = Learned::Trees(path.churn.swap_remove(self.churn));
        let mut members = vec![member(rest, trees), member(self.own, path.own.clone())];
        members.retain(|member| member.weight > 0.0);
        Ok(Blend::new(rest, members)?)
    }

    /// The trees of spend, if there are any of either.
    pub(super) fn spend_blend(&self, path: &mut Path) -> Result<Blend, LearnError> {
        if self.is_nothing() {
            return Ok(Blend::new(1.0, Vec::new())?);
        }
        Ok(Blend::new(1.0, vec![member(1.0, Learned::Trees(path.spend.swap_remove(self.spend)))])?)
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
    let places = places(trials);
    chosen.churn = fewest(places, |churn| met_loss(trials, &Chosen { churn, ..chosen.clone() }));
    let mut best = met_loss(trials, &chosen);
    // With one count of trees, that of none, boosting from the rows alone was not learned either.
    let shares = if places > 1 { &SHARES[..] } else { &[] };
    for own in shares.iter().copied() {
        let tried = Chosen { own, ..chosen.clone() };
        let loss = met_loss(trials, &tried);
        if loss < best {
            (best, chosen) = (loss, tried);
        }
    }
    let losses = |trial: &Trial<'_>| (met_losses(trial, &Chosen::NOTHING), met_losses(trial, &chosen));
    if !is_sure(trials.iter().map(losses)) {
        chosen = Chosen::NOTHING;
    }
    chosen.spend = fewest(places, |spend| value_loss(trials, &Chosen { spend, ..chosen.clone() }));
    chosen.trust = best_trust(trials, &chosen);
    tracing::info!(?chosen, best, "what past dates chose");
    chosen
}

/// Losses of churn and of value at each trial, with as many trees as all trials choose; each with its date.
pub(super) fn losses_of(trials: &[Trial<'_>]) -> Vec<(AsOf, f64)> {
    if trials.is_empty() {
        return Vec::new();
    }
    let places = places(trials);
    let churn = fewest(places, |churn| met_loss(trials, &Chosen { churn, ..Chosen::NOTHING }));
    let chosen = Chosen { churn, ..Chosen::NOTHING };
    let spend = fewest(places, |spend| value_loss(trials, &Chosen { spend, ..chosen.clone() }));
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

/// Counts of trees that were tried, of those in [`ROUNDS`].
fn places(trials: &[Trial<'_>]) -> usize {
    trials.iter().map(|trial| trial.margins.churn.len().min(trial.margins.spend.len())).min().unwrap_or(0)
}

/// Whether as many trees as were tried would be chosen, of churn or of spend: then more may be better.
pub(super) fn still_gain(trials: &[Trial<'_>]) -> bool {
    let places = places(trials);
    let churn = fewest(places, |churn| met_loss(trials, &Chosen { churn, ..Chosen::NOTHING }));
    let spend = fewest(places, |spend| value_loss(trials, &Chosen { spend, ..Chosen::NOTHING }));
    places > 0 && (churn + 1 == places || spend + 1 == places)
}

/// The fewest trees, among the first `places` of [`ROUNDS`], that reach all but the last fifth of what there is to
/// gain: that part takes as many trees as the rest together, and is what least comes again at another date.
pub(super) fn fewest(places: usize, loss: impl Fn(usize) -> f64) -> usize {
    let losses: Vec<f64> = (0..places).map(loss).collect();
    tracing::info!(?losses, "losses by rounds");
    let Some(none) = losses.first() else { return 0 };
    let best = losses.iter().copied().fold(f64::INFINITY, f64::min);
    let enough = best + 0.2 * (none - best);
    losses.iter().position(|loss| *loss <= enough).unwrap_or(0)
}

/// Whether trees gain over what they correct by more than one standard error (Breiman et al. 1984, "Classification and
/// regression trees", 3.4.3): in a small shop the best of many trials wins by luck. Of each judged date the losses of
/// all customers without trees, and those with.
///
/// Dates share customers, so their errors are taken to be one and the same: averaging dates makes no gain surer.
pub(super) fn is_sure(dates: impl Iterator<Item = (Vec<f64>, Vec<f64>)>) -> bool {
    let (mut gain, mut error) = (0.0, 0.0);
    for (without, with) in dates {
        let gains: Vec<f64> = without.iter().zip(&with).map(|(without, with)| without - with).collect();
        let (count, own) = (gains.len() as f64, mean(&gains));
        let variance = gains.iter().map(|one| (one - own).powi(2)).sum::<f64>() / (count - 1.0).max(1.0);
        gain += own;
        error += (variance / count).sqrt();
    }
    tracing::info!(gain, error, "what trees of churn gain");
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

/// What each trial says, side by side, in their order.
fn each(trials: &[Trial<'_>], one: impl Fn(&Trial<'_>) -> f64 + Sync + Send) -> Vec<f64> {
    trials.par_iter().map(one).collect()
}

/// Mean log loss at the judged dates, the level of each met.
fn met_loss(trials: &[Trial<'_>], chosen: &Chosen) -> f64 {
    mean(&each(trials, |trial| mean(&met_losses(trial, chosen))))
}

fn value_loss(trials: &[Trial<'_>], chosen: &Chosen) -> f64 {
    mean(&each(trials, |trial| mean(&value_losses(trial, chosen))))
}

pub(super) fn mean(all: &[f64]) -> f64 {
    all.iter().sum::<f64>() / all.len().max(1) as f64
}

pub(super) fn one_log_loss(gone: bool, p: f64) -> f64 {
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

/// How much of last year's level came again at past dates, of what its history is trusted with.
///
/// Only a date whose own year before had half a year of history behind it can say: where the shop was weeks old, its
/// level was that of an opening.
fn best_trust(trials: &[Trial<'_>], chosen: &Chosen) -> f64 {
    let whole = Chosen { trust: 1.0, ..chosen.clone() };
    let off = |trial: &Trial<'_>| {
        let [before, now] = [trial.season(&whole).ok()?, trial.met_season(&whole).ok()?];
        Some((before.churn.intercept(), now.churn.intercept()))
    };
    came_again(trials.iter().filter(|trial| trial.knows_season()).filter_map(off))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ladder::tests::{looked_at, shift};
    use crate::sample::{book, shop};

    /// Customers of whom every other gains by 1 and the rest lose 0.6: 0.2 on average, with a deviation of 0.8.
    fn gains(customers: usize) -> (Vec<f64>, Vec<f64>) {
        (0..customers).map(|place| if place % 2 == 0 { (2.0, 1.0) } else { (0.4, 1.0) }).unzip()
    }

    #[test]
    fn a_gain_counts_beyond_one_standard_error() {
        // 0.8 by the root of customers, with one degree of freedom less: above 0.2 up to 16 of them.
        assert!(!is_sure([gains(16)].into_iter()) && is_sure([gains(18)].into_iter()));
        // Dates share their customers: two of them are no surer than one.
        assert!(!is_sure([gains(16), gains(16)].into_iter()));
        let (without, with) = gains(1_000);
        assert!(is_sure([(without.clone(), with.clone())].into_iter()));
        assert!(!is_sure([(with, without)].into_iter()), "a loss is none");
        assert!(!is_sure([(vec![0.5; 9], vec![0.5; 9])].into_iter()), "nothing gained");
    }

    /// The customers of one date, `by` in log-odds further from ordering than the purchase model said. `maturity` is
    /// the share of a year of history before it.
    fn date(by: f64, maturity: f64) -> Snapshot {
        let mut found = looked_at(&book(&shop(300, 700.0)));
        let mut snapshot = found.all.swap_remove(0);
        snapshot.date.maturity = maturity;
        shift(&mut snapshot, by);
        snapshot
    }

    /// A date that trees leave as it is, and one a year before it.
    fn trial<'a>(judged: &'a Snapshot, year_before: Option<&'a Snapshot>) -> Trial<'a> {
        let none = |snapshot: &Snapshot| Margins {
            churn: vec![vec![0.0; snapshot.base.len()]],
            spend: vec![vec![0.0; snapshot.base.len()]],
            own: vec![0.0; snapshot.base.len()],
            line: LogitShift::IDENTITY,
        };
        let year_before = year_before.map(|before| (before, none(before)));
        Trial { judged, margins: none(judged), year_before }
    }

    #[test]
    fn so_much_of_last_years_level_is_trusted_as_came_again() {
        let before = date(1.5, 1.0);
        let carried = 1.5 * before.trust();
        assert!((0.5..1.35).contains(&carried), "{carried}");
        for share in [1.0, 0.5, 0.0, -0.5, 2.0] {
            let judged = date(share * carried, 1.0);
            let trials = [trial(&judged, Some(&before))];
            // Ridge regression through one point, drawn towards 1 by .09.
            let size = carried * carried;
            let expected = ((0.09 + share * size) / (0.09 + size)).clamp(0.0, 1.0);
            let trust = best_trust(&trials, &Chosen::NOTHING);
            // Customers are whole, so a date is not off by quite what was asked.
            assert!((trust - expected).abs() < 0.06, "{share}: {trust} {expected}");
        }
    }

    #[test]
    fn what_was_not_learned_has_no_share() {
        // Half as far from even odds as the purchase model: what an ensemble without trees would do at a share.
        let judged = date(0.0, 1.0);
        let mut trial = trial(&judged, None);
        trial.margins.own = judged.base.iter().map(|base| -base.churn_margin()).collect();
        assert_eq!(choose(&[trial]).own, 0.0);
    }

    #[test]
    fn where_no_date_can_say_the_level_is_trusted() {
        let (judged, opening) = (date(0.0, 1.0), date(1.5, 0.3));
        // A year before it the shop had just opened, or was not there.
        let untold = [trial(&judged, Some(&opening)), trial(&judged, None)];
        assert_eq!(best_trust(&untold, &Chosen::NOTHING), 1.0);
        assert_eq!(best_trust(&[], &Chosen::NOTHING), 1.0);
        // One that can say outweighs those that cannot.
        let before = date(1.5, 1.0);
        let told = [trial(&judged, Some(&opening)), trial(&judged, Some(&before))];
        let trust = best_trust(&told, &Chosen::NOTHING);
        assert!((trust - best_trust(&told[1..], &Chosen::NOTHING)).abs() < 1e-12 && trust < 0.5, "{trust}");
    }
}
