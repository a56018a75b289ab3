//! What a bundle says about a customer of the log.

use tenure_behaviour::Fact;
use tenure_behaviour::expression::{Body, Prediction};
use tenure_behaviour::fold::CustomerState;
use tenure_behaviour::language::Survey;
use tenure_behaviour::segments::SegmentBook;
use tenure_bundle::{ChurnModel, ScoreOptions, Scorer};
use tenure_core::AsOf;
use tenure_eventlog::features::columns_of;
use tenure_eventlog::log::Columns;

use crate::log_facts::purchase_columns;
use crate::orders::Unusable;
use crate::purchases;

/// Refuses books that ask for churn over a horizon of which the bundle's churn says nothing: it would hold of nobody.
///
/// # Errors
/// When churn is a definition over another window.
pub(super) fn check<'a>(
    scorer: &Scorer,
    books: impl IntoIterator<Item = &'a SegmentBook>,
) -> Result<(), Unusable> {
    let Some(churn) = scorer.churn().map(ChurnModel::definition) else { return Ok(()) };
    for segment in books.into_iter().flat_map(|book| book.primary().iter().chain(book.labels())) {
        let asked = Survey::of([&Body::Truth(segment.condition.clone())]).predictions;
        let other =
            |one: &Prediction| matches!(one, Prediction::ChurnProbability(at) if *at != churn.window());
        if asked.iter().any(other) {
            let (id, window) = (&segment.id, churn.window());
            return Err(Unusable::new(format!(
                "segment {id} asks for a probability of churn over another horizon than {window}, and churn of this \
                 bundle is {churn}: write churn_probability({window}) in a file of your own (--print-standard prints \
                 the standard one; --segments FILE), or leave --bundle out"
            )));
        }
    }
    Ok(())
}

/// What of a log a scorer reads: purchases, and what its trees ask of other events.
pub(super) fn reads(scorer: &Scorer) -> Columns {
    let trees = scorer.behaviour().map_or(Columns::NONE, |trees| columns_of(trees.program()));
    purchase_columns().union(trees)
}

/// Predictions by a scorer from all events, as `score --log` gives them; none for a customer without an order.
pub(super) fn of(scorer: &Scorer) -> impl Fn(&[Fact], AsOf, Prediction) -> Option<f64> + Sync + '_ {
    move |facts, as_of, prediction| {
        let history = purchases::history(facts, scorer.currency());
        if !history.has_order_before(as_of) {
            return None;
        }
        let state = scorer.behaviour().map(|trees| {
            let mut state = CustomerState::new(trees.program());
            for fact in facts {
                state.apply(trees.program(), fact);
            }
            state
        });
        let mut options = ScoreOptions { as_of, ..scorer.defaults(as_of) };
        match prediction {
            Prediction::ChurnProbability(horizon) => options.horizon = horizon,
            // A score counts orders over the horizon of its value.
            Prediction::Clv(horizon) | Prediction::ExpectedOrders(horizon) => options.clv_horizon = horizon,
            Prediction::PAlive => {}
        }
        let score = scorer.score_with(&history, state.as_ref(), &options).ok()?;
        Some(match prediction {
            Prediction::ChurnProbability(_) => score.churn_probability,
            Prediction::ExpectedOrders(_) => score.expected_orders,
            Prediction::Clv(_) => score.predicted_clv.major_units,
            Prediction::PAlive => score.p_alive,
        })
    }
}
