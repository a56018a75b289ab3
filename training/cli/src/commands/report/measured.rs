//! What a report shows besides what it reads from the histories: intervals, importance, drift.

use anyhow::Error;
use tenure_behaviour::{OrderHistory, Outcome};
use tenure_bundle::{Importance, Profile, Scorer};
use tenure_core::DiscountRate;
use tenure_learn::{DriftRules, DriftVerdict, LearnError, OrderBook};
use tenure_predict::Confidence;
use tenure_report::{Ask, Coverage, CoverageLine, Drift, FeatureDrift};

/// Customers whose reasons are added up, at most: more change the picture no longer.
const MOST_EXPLAINED: usize = 2_000;

/// How often intervals of value held what came; absent where the bundle gives none.
pub(super) fn coverage(
    scorer: &Scorer,
    histories: &[&OrderHistory],
    ask: Ask,
) -> Result<Option<Coverage>, Error> {
    let options = options(scorer, ask);
    let until = ask.as_of.instant().saturating_add(ask.horizon.length());
    let rule = &scorer.manifest().summary_rule;
    let (mut held, mut customers) = ([0_u64; 2], 0_u64);
    for history in histories.iter().filter(|history| history.has_order_before(ask.as_of)) {
        let Some(intervals) = scorer.score(history, &options)?.intervals else { return Ok(None) };
        let spent = Outcome::of(history, ask.as_of, until, rule).net_spend.major_units().max(0.0);
        customers += 1;
        for (held, interval) in held.iter_mut().zip(intervals) {
            *held += u64::from((interval.low..=interval.high).contains(&spent));
        }
    }
    let line = |(confidence, held): (Confidence, u64)| CoverageLine {
        group: String::new(),
        promised: confidence.share(),
        held: held as f64 / customers.max(1) as f64,
        customers,
    };
    let lines = Confidence::ALL.into_iter().zip(held).map(line).collect();
    Ok((customers > 0).then(|| Coverage { of: format!("CLV over {}", ask.horizon), lines }))
}

/// Which causes move the probability of churn most, over customers spread evenly through the book.
pub(super) fn importance(
    scorer: &Scorer,
    histories: &[&OrderHistory],
    ask: Ask,
) -> Result<Option<Vec<tenure_report::Importance>>, Error> {
    let options = options(scorer, ask);
    let known: Vec<_> = histories.iter().filter(|history| history.has_order_before(ask.as_of)).collect();
    let mut all = Importance::default();
    for history in known.iter().step_by(known.len().div_ceil(MOST_EXPLAINED).max(1)) {
        let state = scorer.state_of(history, ask.as_of);
        all.add(scorer, &scorer.explain(history, state.as_ref(), &options)?);
    }
    let rows = all.rows().into_iter();
    let rows: Vec<_> =
        rows.map(|row| tenure_report::Importance { feature: row.cause, weight: row.mean_size }).collect();
    Ok((!rows.is_empty()).then_some(rows))
}

/// How far the shop has moved since training; absent where the page is as of the training itself, the bundle keeps
/// no profile, or the orders do not reach the date of the page, which `notes` is told.
pub(super) fn drift(
    scorer: &Scorer,
    profile: Option<&Profile>,
    book: &OrderBook,
    ask: Ask,
    notes: &mut Vec<String>,
) -> Result<Option<Drift>, Error> {
    if profile.is_none() || ask.as_of <= scorer.manifest().as_of {
        return Ok(None);
    }
    let found = match tenure_learn::drift(scorer, profile, book, ask.as_of, DriftRules::default()) {
        Ok(found) => found,
        // One panel that cannot be filled is no reason to have no page.
        Err(LearnError::OutcomeUnknown { last_event, .. }) => {
            notes.push(format!(
                "the page does not tell how far the shop has moved: the last order is of {last_event}, so what \
                 happened up to {} is not known",
                ask.as_of
            ));
            return Ok(None);
        }
        Err(error) => return Err(error.into()),
    };
    let verdict = match found.verdict {
        DriftVerdict::Keep => tenure_report::DriftVerdict::Keep,
        DriftVerdict::Recalibrate => tenure_report::DriftVerdict::Recalibrate,
        DriftVerdict::Retrain => tenure_report::DriftVerdict::Retrain,
    };
    let feature = |one: tenure_learn::FeatureDrift| FeatureDrift {
        feature: one.feature,
        stability_index: one.stability.psi,
    };
    let features = found.features.into_iter().map(feature).collect();
    Ok(Some(Drift { verdict, reason: found.reason, features }))
}

/// One horizon for churn and value, and nothing discounted: as outcomes are counted.
fn options(scorer: &Scorer, ask: Ask) -> tenure_bundle::ScoreOptions {
    tenure_bundle::ScoreOptions {
        horizon: ask.horizon,
        clv_horizon: ask.horizon,
        discount_rate: DiscountRate::ZERO,
        ..scorer.defaults(ask.as_of)
    }
}
