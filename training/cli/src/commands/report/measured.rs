//! What a report is summed up from: everybody's answer, what moves the answers, and how far the shop has moved.

use std::collections::{HashMap, HashSet};

use anyhow::Error;
use tenure_behaviour::OrderHistory;
use tenure_behaviour::fold::CustomerState;
use tenure_bundle::{Importance, Profile, Scorer};
use tenure_core::CustomerId;
use tenure_learn::{DriftRules, DriftVerdict, LearnError, Shop};
use tenure_report::{Answer, Ask, Customer, Drift, FeatureDrift, Report, WindowDrift};

/// Customers whose reasons are added up, at most: more change the picture no longer.
const MOST_EXPLAINED: usize = 2_000;

/// Scores everybody from what was known, sums up beside what is known by now, and adds which causes move the
/// probability of churn most, over customers spread evenly through the book.
pub(super) fn report(scorer: &Scorer, shop: &dyn Shop, ask: Ask) -> Result<Report, Error> {
    let (known, now) = (shop.known_at(ask.as_of)?, shop.known_now()?.book);
    let buyers = known.book.sorted().into_iter().filter(|(_, history)| history.has_order_before(ask.as_of));
    let buyers: Vec<&CustomerId> = buyers.map(|(customer_id, _)| customer_id).collect();
    let every = buyers.len().div_ceil(MOST_EXPLAINED).max(1);
    let explained: HashSet<&CustomerId> = buyers.into_iter().step_by(every).collect();
    let options = ask.like_outcomes();
    let read = |customer_id: &CustomerId, history: &OrderHistory, state: Option<&CustomerState>| {
        let failed = |source| LearnError::Customer { customer_id: customer_id.clone(), source };
        let explain = || scorer.explain(history, state, &options);
        let reasons = explained.contains(customer_id).then(explain).transpose().map_err(failed)?;
        Ok((Answer::of(scorer, history, state, ask).map_err(failed)?, reasons))
    };
    let (mut importance, mut asked) = (Importance::default(), HashMap::new());
    for (customer_id, (answer, reasons)) in known.of_each_buyer(scorer, ask.as_of, read)? {
        reasons.iter().for_each(|reasons| importance.add(scorer, reasons));
        asked.extend(known.book.history(customer_id).map(|history| (customer_id, (history, answer))));
    }
    // Whose only order was called off later ordered nothing, but was a customer then.
    let nothing = OrderHistory::new(known.book.currency());
    let is_gone = |customer_id: &&&CustomerId| now.history(customer_id).is_none();
    let gone = asked.keys().filter(is_gone).map(|customer_id| (*customer_id, &nothing));
    let customers: Vec<Customer<'_>> = now
        .sorted()
        .into_iter()
        .chain(gone)
        .map(|(customer_id, happened)| Customer { happened, asked: asked.get(customer_id).copied() })
        .collect();
    let mut report = Report::of_customers(scorer, &customers, ask)?;
    let rows = importance.rows().into_iter();
    let rows: Vec<_> =
        rows.map(|row| tenure_report::Importance { feature: row.cause, weight: row.mean_size }).collect();
    report.importance = (!rows.is_empty()).then_some(rows);
    Ok(report)
}

/// How far the shop has moved since training; absent where the page is as of the training itself, the bundle keeps
/// no profile, or the orders do not reach the date of the page, which `notes` is told.
pub(super) fn drift(
    scorer: &Scorer,
    profile: Option<&Profile>,
    shop: &dyn Shop,
    ask: Ask,
    notes: &mut Vec<String>,
) -> Result<Option<Drift>, Error> {
    if profile.is_none() || ask.as_of <= scorer.manifest().as_of {
        return Ok(None);
    }
    let found = match tenure_learn::drift(scorer, profile, shop, ask.as_of, DriftRules::default()) {
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
    let window = |one: &tenure_learn::WindowDrift| WindowDrift {
        from: one.from,
        horizon: one.horizon,
        customers: one.evaluation.customers as u64,
        auc: one.evaluation.churn.auc,
        predicted_churn: one.evaluation.mean_churn_probability,
        churn: one.evaluation.churn_rate,
        predicted_value: one.evaluation.predicted_value_total,
        value: one.evaluation.value_total,
    };
    let windows = found.windows.iter().map(window).collect();
    let features = found.features.into_iter().map(feature).collect();
    Ok(Some(Drift { verdict, reason: found.reason, features, windows }))
}
