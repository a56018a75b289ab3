//! What the findings come to: keep, recalibrate or retrain.

use tenure_bundle::Manifest;

use super::{Drift, DriftVerdict, Shift, WindowDrift};
use crate::tree_inputs::PREFIX;

/// Names in one sentence, at most.
const MOST_NAMES: usize = 8;

impl Drift {
    /// What to do, and why.
    pub(super) fn decide(&self, manifest: &Manifest) -> (DriftVerdict, String) {
        if let Some(reason) = self.worse_ranking() {
            return (DriftVerdict::Retrain, reason);
        }
        if let Some(reason) = self.shifted_features() {
            return (DriftVerdict::Retrain, reason);
        }
        if let Some(off) = self.level_off(Usual::of(manifest)) {
            return (DriftVerdict::Recalibrate, format!("ranking holds, but in the newest window {off}"));
        }
        let shifted: Vec<&str> = self.features_with(|shift| shift != Shift::None);
        let spread = match (self.features.is_empty(), shifted.is_empty()) {
            (true, _) => "the spread of customers cannot be compared".to_owned(),
            (false, true) => "customers are spread much as in training".to_owned(),
            (false, false) => format!("too little has shifted for new training ({})", shown(&shifted)),
        };
        // What a new training would not promise to do better is no reason for one, and no secret either.
        let held = match (self.windows.is_empty(), self.level_off(Usual::NONE)) {
            (true, _) => "no window has closed yet".to_owned(),
            (false, None) => "ranking and level hold".to_owned(),
            (false, Some(off)) => format!(
                "ranking holds, and the level is off by no more than at the worst date of its backtest (in the \
                 newest window {off})"
            ),
        };
        (DriftVerdict::Keep, format!("{held}, and {spread}"))
    }

    /// Whether the newest window ranked worse than the backtest.
    fn worse_ranking(&self) -> Option<String> {
        let newest = self.windows.last()?;
        let (auc, before, error) =
            (newest.evaluation.churn.auc?, self.backtest_auc?, newest.auc_standard_error?);
        let lost = before - auc;
        (lost > self.rules.auc_loss && lost > self.rules.standard_errors * error).then(|| {
            format!("the newest window was ranked worse than the backtest promised: AUC {auc:.3} against {before:.3}")
        })
    }

    /// Names of the features that shifted so.
    fn features_with(&self, is_so: impl Fn(Shift) -> bool) -> Vec<&str> {
        let of = self.features.iter().filter(|feature| is_so(feature.shift));
        of.map(|feature| feature.feature.as_str()).collect()
    }

    /// Whether many features shifted strongly, among the purchase model's or among the trees': these are many, and would
    /// outnumber the others.
    fn shifted_features(&self) -> Option<String> {
        let many = |is_of_trees: bool| {
            let own = || self.features.iter().filter(|one| one.feature.starts_with(PREFIX) == is_of_trees);
            let strong = own().filter(|one| one.shift == Shift::Strong);
            let strong: Vec<&str> = strong.map(|one| one.feature.as_str()).collect();
            let needed = (self.rules.strong_share * own().count() as f64).max(2.0);
            (strong.len() as f64 >= needed).then(|| {
                format!(
                    "{} of {} features{} are spread otherwise than in training: {}",
                    strong.len(),
                    own().count(),
                    if is_of_trees { " of the trees" } else { "" },
                    shown(&strong)
                )
            })
        };
        many(false).or_else(|| many(true))
    }

    /// By how much the newest window was off in level, and the one before not off the other way; `None` where it was
    /// no more than is usual.
    fn level_off(&self, usual: Usual) -> Option<String> {
        let (newest, earlier) = self.windows.split_last()?;
        let before = earlier.last();
        let agrees = |gap: fn(&WindowDrift) -> f64| {
            before.is_none_or(|before| gap(newest).signum() * gap(before) >= 0.0)
        };
        let churn = newest.churn_gap;
        let churn_is_off = churn.mean.abs() > self.rules.churn_off.max(usual.churn)
            && churn.mean.abs() > self.rules.standard_errors * churn.standard_error
            && agrees(|window| window.churn_gap.mean);
        let value = newest.value_gap;
        let bias = newest.evaluation.value.bias.unwrap_or(0.0);
        let value_is_off = bias.abs() > self.rules.value_off.max(usual.value)
            && value.mean.abs() > self.rules.standard_errors * value.standard_error
            && agrees(|window| window.value_gap.mean);
        let mut off = Vec::new();
        if churn_is_off {
            let to = if self.churn.is_some() { "to churn" } else { "not to order" };
            let did = if self.churn.is_some() { "did" } else { "did not" };
            off.push(format!(
                "{:.1} % were expected {to} and {:.1} % {did}",
                newest.evaluation.mean_churn_probability * 100.0,
                newest.evaluation.churn_rate * 100.0
            ));
        }
        if value_is_off {
            off.push(format!("value was predicted {:+.0} % off in total", bias * 100.0));
        }
        (!off.is_empty()).then(|| off.join(" and "))
    }
}

/// Some names, and how many there are besides.
fn shown(names: &[&str]) -> String {
    match names.len().saturating_sub(MOST_NAMES) {
        0 => names.join(", "),
        more => format!("{} and {more} more", names[..MOST_NAMES].join(", ")),
    }
}

/// How far the backtest was off already, at its worst origin.
#[derive(Clone, Copy)]
struct Usual {
    churn: f64,
    value: f64,
}

impl Usual {
    const NONE: Self = Self { churn: 0.0, value: 0.0 };

    fn of(manifest: &Manifest) -> Self {
        let chosen = || manifest.backtest.iter().filter(|row| row.chosen);
        let worst = |all: &mut dyn Iterator<Item = f64>| all.fold(0.0, f64::max);
        Self {
            churn: worst(&mut chosen().filter_map(|row| row.churn).map(|churn| churn.calibration_error)),
            value: worst(&mut chosen().filter_map(|row| row.value?.bias).map(f64::abs)),
        }
    }
}

/// Mean AUC of the chosen candidate over the origins of the backtest.
pub(super) fn backtest_auc(manifest: &Manifest) -> Option<f64> {
    let rows = manifest.backtest.iter().filter(|row| row.chosen);
    let all: Vec<f64> = rows.filter_map(|row| row.churn?.auc).collect();
    (!all.is_empty()).then(|| all.iter().sum::<f64>() / all.len() as f64)
}
