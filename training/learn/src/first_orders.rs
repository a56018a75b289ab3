//! Who orders for the first time, from what people did before.

use std::sync::{Mutex, PoisonError};

use linfa::traits::Fit;
use tenure_behaviour::{BehaviourError, Fact, PurchaseSummary};
use tenure_btyd::{BtydError, ExponentialGamma, FirstOrderData, Fitted};
use tenure_bundle::Prior;
use tenure_core::{AsOf, CustomerId, EventKind, Timestamp, Weeks};

use crate::book::OrderBook;
use crate::counted::counted;
use crate::{FactSource, LearnError, Recipe};

/// Fewer first orders than this tell neither when they come nor for how much.
const LEAST_FIRST_ORDERS: usize = 30;

/// Held back by so much where the likelihood has no maximum to be found.
const GENTLE: f64 = 1e-3;

/// Somebody known before a first order.
#[derive(Clone, Copy)]
struct Waited {
    wait: Weeks,
    /// Net spend on the first occasion in minor units, if it came.
    first_spend: Option<i64>,
}

/// Fits the lowest rung to everybody whose first event is not an order, from what was known before the as-of; a note
/// says what was found. `None` where the source holds purchases alone, or too few first orders.
///
/// # Errors
/// When the events cannot be read, or a customer's spend leaves 64 bits.
pub(crate) fn fit(
    book: &OrderBook,
    source: &dyn FactSource,
    recipe: &Recipe,
    notes: &mut Vec<String>,
) -> Result<Option<Prior>, LearnError> {
    if !has_more_than_purchases(source) {
        return Ok(None);
    }
    let people = waits(book, source, recipe)?;
    let customers = people.len();
    let spent: Vec<i64> = people.iter().filter_map(|one| one.first_spend).collect();
    let orders = spent.len();
    if orders < LEAST_FIRST_ORDERS {
        notes.push(format!(
            "of {} known before a first order {orders} placed one, and at least {LEAST_FIRST_ORDERS} are needed to \
             tell who will: nothing is expected of customers without an order",
            counted(customers, "customer")
        ));
        return Ok(None);
    }
    let first_order = match fitted(&people, recipe.penalizer) {
        Ok(fitted) => fitted.model,
        Err(error) => {
            notes.push(format!(
                "when first orders come could not be fitted, so nothing is expected of customers without an order: \
                 {error}"
            ));
            return Ok(None);
        }
    };
    let total: i128 = spent.iter().map(|minor| i128::from(*minor)).sum();
    let one_major = 10_f64.powi(book.currency().minor_digits() as i32);
    let first_spend = total as f64 / orders as f64 / one_major;
    let [_, _, share] = first_order.parameters();
    notes.push(format!(
        "of {customers} customers who were known before a first order {orders} placed one, {first_spend:.2} on average; \
         {:.1} % of those who come are expected to, sooner or later",
        share * 100.0
    ));
    // A mean of finite numbers is one.
    Ok(Prior::new(first_order, first_spend).ok())
}

/// Whether anything in the source can come before a first order.
pub(crate) fn has_more_than_purchases(source: &dyn FactSource) -> bool {
    source
        .kinds()
        .iter()
        .any(|kind| !matches!(kind, EventKind::Order | EventKind::Refund | EventKind::OrderCancel))
}

/// How long each waited, in no order.
fn waits(book: &OrderBook, source: &dyn FactSource, recipe: &Recipe) -> Result<Vec<Waited>, LearnError> {
    let found: Mutex<(Vec<Waited>, Option<LearnError>)> = Mutex::new((Vec::new(), None));
    let visit = |customer_id: &CustomerId, facts: &[Fact]| {
        let Some(first) = first_known(facts, recipe.as_of) else { return };
        let waited = waited_of(book, customer_id, first, recipe);
        let mut found = found.lock().unwrap_or_else(PoisonError::into_inner);
        match waited {
            Ok(waited) => found.0.extend(waited),
            Err(source) => found.1 = Some(LearnError::Customer { customer_id: customer_id.clone(), source }),
        }
    };
    source.visit(&|_| true, &visit)?;
    match found.into_inner().unwrap_or_else(PoisonError::into_inner) {
        (_, Some(error)) => Err(error),
        (people, None) => Ok(people),
    }
}

/// When the first of the events happened that were known before the as-of, which come in the order in which they
/// became known.
pub(crate) fn first_known(facts: &[Fact], as_of: AsOf) -> Option<Timestamp> {
    facts.iter().take_while(|fact| as_of.knows(fact.known_at())).map(|fact| fact.occurred_at).min()
}

/// How long a customer waited from the first event to the first order, or has waited so far; `None` where nothing
/// came before the order.
fn waited_of(
    book: &OrderBook,
    customer_id: &CustomerId,
    first: Timestamp,
    recipe: &Recipe,
) -> Result<Option<Waited>, BehaviourError> {
    let summary = match book.history(customer_id) {
        Some(history) => PurchaseSummary::of(history, recipe.as_of, &recipe.summary_rule)?,
        None => None,
    };
    Ok(match summary {
        None => Some(Waited { wait: recipe.as_of.instant().since(first).weeks(), first_spend: None }),
        Some(summary) if summary.first_order_at > first => Some(Waited {
            wait: summary.first_order_at.since(first).weeks(),
            first_spend: Some(summary.first_spend.minor_units()),
        }),
        Some(_) => None,
    })
}

fn fitted(people: &[Waited], penalizer: f64) -> Result<Fitted<ExponentialGamma>, BtydError> {
    let waits = people.iter().map(|one| (one.wait, one.first_spend.is_some()));
    let data = linfa::DatasetBase::new(FirstOrderData::new(waits)?, ());
    let fit = |penalizer: f64| ExponentialGamma::params().penalizer(penalizer).fit(&data);
    match fit(penalizer) {
        Err(BtydError::NotConverged { .. }) => fit(penalizer.max(GENTLE)),
        done => done,
    }
}

#[cfg(test)]
mod tests;
