//! How calibrated the whole curve was: every horizon of the bundle, at the judged dates that saw it whole.
//!
//! Trees learn one horizon, and the others follow by the hazards of the purchase model. Nothing is corrected by what is
//! found here: at past dates the curve was off by the season, which is the same for all horizons, and not by its shape.

use tenure_bundle::{Blend, Boosted, Forecast, Level};
use tenure_core::Horizon;
use tenure_predict::churn_measures;

use super::choose::Chosen;
use super::stage::Stage;
use super::trial::Trial;
use crate::LearnError;
use crate::counted::counted;

/// One horizon of the curve: means over the dates that saw it whole, each by what was known before it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Point {
    pub(super) horizon: Horizon,
    /// How many dates saw it whole.
    pub(super) dates: usize,
    /// Mean probability of no order.
    pub(super) expected: f64,
    /// The share without one.
    pub(super) came: f64,
    /// As [`tenure_predict::ChurnMeasures::calibration_error`].
    pub(super) error: f64,
}

/// The curve at every horizon of the bundle, shortest first. Nothing where churn is defined otherwise, as there is no
/// curve, or where trees learned over a shorter horizon than is asked for: their level was not known at past dates.
pub(super) fn points(
    trials: &[Trial<'_>],
    chosen: &Chosen,
    stage: Stage<'_>,
) -> Result<Vec<Point>, LearnError> {
    if stage.churn.is_some() || stage.is_short() {
        return Ok(Vec::new());
    }
    let mut horizons = stage.horizons.to_vec();
    horizons.push(stage.asked);
    horizons.sort_unstable();
    horizons.dedup();
    let answering =
        trials.iter().map(|trial| answering(trial.level(chosen)?, stage)).collect::<Result<Vec<_>, _>>()?;
    horizons.into_iter().map(|horizon| point(trials, chosen, (horizon, stage), &answering)).collect()
}

/// The rung with a level as it would have stood in a bundle of a judged date, without its trees: their margins are known.
pub(super) fn answering(level: Level, stage: Stage<'_>) -> Result<Boosted, LearnError> {
    let none = || Blend::new(1.0, Vec::new());
    Ok(Boosted {
        horizon: stage.horizon,
        definitions: String::new(),
        kinds: Vec::new(),
        columns: Vec::new(),
        churn: none()?,
        spend: none()?,
        level,
        on_purchase_level: false,
    })
}

fn point(
    trials: &[Trial<'_>],
    chosen: &Chosen,
    (horizon, stage): (Horizon, Stage<'_>),
    answering: &[Boosted],
) -> Result<Point, LearnError> {
    let mut point = Point { horizon, dates: 0, expected: 0.0, came: 0.0, error: 0.0 };
    let whole = |trial: &Trial<'_>| {
        trial.judged.date.as_of.instant().saturating_add(horizon.length()) <= stage.as_of.instant()
    };
    for (trial, form) in trials.iter().zip(answering).filter(|(trial, _)| whole(trial)) {
        let (p, silent) = curve_at(trial, form, chosen, horizon);
        let customers = silent.len() as f64;
        point.dates += 1;
        point.expected += p.iter().sum::<f64>() / customers;
        point.came += silent.iter().filter(|silent| **silent).count() as f64 / customers;
        point.error += churn_measures(&silent, &p)?.calibration_error;
    }
    let dates = point.dates.max(1) as f64;
    let Point { expected, came, error, .. } = point;
    Ok(Point { expected: expected / dates, came: came / dates, error: error / dates, ..point })
}

/// The probability of no order within `horizon` as a score of the judged date says it, and who placed none.
pub(super) fn curve_at(
    trial: &Trial<'_>,
    form: &Boosted,
    chosen: &Chosen,
    horizon: Horizon,
) -> (Vec<f64>, Vec<bool>) {
    let (judged, moved) = (trial.judged, chosen.churn_of(&trial.margins));
    let p = judged.ahead.faces.iter().zip(&judged.base).zip(moved).map(|((face, base), moved)| {
        let as_fitted = Forecast::of_customer(&judged.ahead.orders, face).p_no_order(horizon);
        let bend = form.bend(base, base.churn_margin() + moved, base.spend_margin());
        bend.p_no_order(as_fitted, horizon)
    });
    let is_silent = |wait: &Option<_>| wait.is_none_or(|wait| wait >= horizon.length());
    (p.collect(), judged.ahead.waits.iter().map(is_silent).collect())
}

/// What a reader of the bundle is told.
pub(super) fn note(points: &[Point]) -> Option<String> {
    let (whole, unseen): (Vec<&Point>, Vec<&Point>) = points.iter().partition(|point| point.dates > 0);
    if whole.is_empty() {
        return None;
    }
    let each: Vec<String> = whole
        .iter()
        .map(|Point { horizon, dates, expected, came, error }| {
            format!(
                "{horizon}: {:.1} % expected, {:.1} % came ({}, calibration error {error:.3})",
                100.0 * expected,
                100.0 * came,
                counted(*dates, "date"),
            )
        })
        .collect();
    let unseen: Vec<String> = unseen.iter().map(|point| point.horizon.to_string()).collect();
    let unseen = if unseen.is_empty() {
        String::new()
    } else {
        format!("; no judged date has seen {} whole", unseen.join(", "))
    };
    Some(format!(
        "no order within each horizon, at the past dates, by what was known before each: {}{unseen}",
        each.join("; ")
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::horizon;

    #[test]
    fn a_reader_is_told_what_was_seen_and_what_was_not() {
        let point = |days, dates, expected, came, error| Point {
            horizon: horizon(days),
            dates,
            expected,
            came,
            error,
        };
        let all = [point(30, 4, 0.8213, 0.8349, 0.0214), point(180, 1, 0.5, 0.45, 0.05)];
        let said = note(&all).unwrap();
        assert!(
            said.contains("30d: 82.1 % expected, 83.5 % came (4 dates, calibration error 0.021)"),
            "{said}"
        );
        assert!(
            said.ends_with("180d: 50.0 % expected, 45.0 % came (1 date, calibration error 0.050)"),
            "{said}"
        );
        let unseen = point(365, 0, 0.0, 0.0, 0.0);
        let said = note(&[all[0], unseen]).unwrap();
        assert!(said.ends_with("; no judged date has seen 365d whole"), "{said}");
        assert_eq!((note(&[unseen]), note(&[])), (None, None));
    }
}
