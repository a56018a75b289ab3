//! Where no past date has a whole horizon behind it: trees learn over a shorter one.
//!
//! What tells customers apart over two months tells them apart over nine, so the correction of hazards is carried over;
//! how many are left after nine months it cannot say, so the level stays that of the purchase model.

use tenure_behaviour::SummaryRule;
use tenure_bundle::{Base, Level};
use tenure_core::{AsOf, Duration, Horizon, Timestamp};
use tenure_predict::LogitShift;

use super::choose::Chosen;
use super::halving::crossing;
use super::snapshot::Snapshot;
use super::stage::Stage;
use super::trees::{Margins, Path};
use super::trial::is_within_reach;
use crate::LearnError;

/// So many times the shorter horizon fits into the history: the oldest dates come to know their customers first, and
/// judged dates need closed ones before them.
const TIMES: f64 = 5.0;
/// A shorter outcome tells too little.
const SHORTEST_DAYS: f64 = 14.0;
/// Log-odds between which the level is looked for.
const WIDEST: f64 = 8.0;

/// The horizon over which trees can learn: the asked one where a history is long enough, a fifth of the history where
/// it is not; absent where that is too short as well, or there are too few customers.
pub(crate) fn learned_horizon(
    customers: usize,
    first: Timestamp,
    as_of: AsOf,
    asked: Horizon,
    rule: &SummaryRule,
) -> Option<Horizon> {
    if is_within_reach(customers, first, as_of, asked, rule) {
        return Some(asked);
    }
    let days = (as_of.instant().since(first).days() / TIMES).floor();
    if days < SHORTEST_DAYS || days >= asked.length().days() {
        return None;
    }
    let shorter = Horizon::new(Duration::from_days(days as u32)).ok()?;
    is_within_reach(customers, first, as_of, shorter, rule).then_some(shorter)
}

/// The level at which bent predictions for the asked horizon add up to what the purchase model's do.
pub(super) fn level(now: &Snapshot, path: &Path, chosen: &Chosen) -> Result<Level, LearnError> {
    let margins = Margins::of(path, now);
    let (churn, spend) = (chosen.churn_of(&margins), &margins.spend[chosen.spend]);
    let as_fitted: f64 = now.asked.iter().map(|base| base.p_no_order).sum();
    let bent = |at: usize, shift: f64| {
        let base: &Base = &now.base[at];
        let p = 1.0 / (1.0 + (-(base.churn_margin() + churn[at] + shift)).exp());
        let p = p.clamp(f64::EPSILON, 1.0 - f64::EPSILON);
        (p, now.asked[at].p_no_order.powf(p.ln() / base.p_no_order.ln()))
    };
    let total = |shift: f64| (0..churn.len()).map(|at| bent(at, shift).1).sum::<f64>();
    let shift = crossing(WIDEST, |middle| total(middle) < as_fitted);
    let (mut value, mut moved) = (0.0, 0.0);
    for (at, (base, asked)) in now.base.iter().zip(&now.asked).enumerate() {
        let expected = asked.orders * asked.spend;
        value += expected;
        moved += expected * (1.0 - bent(at, shift).0) / (1.0 - base.p_no_order) * spend[at].exp();
    }
    let factor = if value > 0.0 && moved > 0.0 { value / moved } else { 1.0 };
    Ok(Level::new(LogitShift::new(shift, 1.0)?, 1.0, factor)?)
}

/// What a reader of the bundle is told.
pub(super) fn note(stage: Stage<'_>) -> String {
    format!(
        "the history is too short to have seen {} whole, so trees learned over {}: they tell customers apart, and the \
         level stays that of the purchase model",
        stage.asked, stage.horizon
    )
}
