//! From a history on the wire to one that can be summed up.

use std::cmp::Reverse;

use tenure_behaviour::OrderHistory;
use tenure_core::{Currency, CustomerId, EventKind, Money, Timestamp};
use tenure_proto::v1::{self, PurchaseKind};

use super::Rules;
use crate::grpc::violations::{Field, Violations};

/// Reads one customer's history; `None` after noting what is wrong with it.
pub(super) fn read(
    field: &Field<'_>,
    history: &v1::CustomerHistory,
    rules: &Rules<'_>,
    violations: &mut Violations,
) -> Option<(CustomerId, OrderHistory)> {
    let id = violations.keep(&Field::Of(field, "customer_id"), CustomerId::new(&history.customer_id));
    let currency = currency(&history.currency_code, rules.currency);
    let currency = violations.keep(&Field::Of(field, "currency_code"), currency);
    let (n_events, max_events) = (history.events.len(), rules.limits.max_history_events);
    if n_events > max_events {
        let description = format!("{n_events} events; at most {max_events} are read: send the latest ones");
        violations.add(&Field::Of(field, "events"), description);
        return None;
    }
    let mut entries = Vec::with_capacity(n_events);
    for (i, event) in history.events.iter().enumerate() {
        entries.extend(entry(&Field::ItemOf(field, "events", i), event, violations));
    }
    // A history takes events in order at no cost; out of order each would move the ones before it.
    entries.sort_unstable_by_key(|(at, minor)| (*at, Reverse(*minor)));
    let (id, currency) = id.zip(currency)?;
    let mut recorded = OrderHistory::new(currency);
    for (at, minor) in entries {
        let kind = if minor < 0 { EventKind::Refund } else { EventKind::Order };
        let amount = Money::from_minor_units(minor, currency);
        violations.keep(&Field::Of(field, "events"), recorded.record(&kind, at, amount))?;
    }
    Some((id, recorded))
}

/// The model's currency if that is meant; a comparison, since a list of all currencies would be searched.
fn currency(code: &str, expected: Currency) -> Result<Currency, String> {
    if code == expected.code() {
        return Ok(expected);
    }
    match code.parse::<Currency>() {
        Ok(other) => Err(format!("{other}; the model counts in {expected}: convert the amounts first")),
        Err(unknown) => Err(unknown.to_string()),
    }
}

/// When and how much, where nothing is wrong with the event.
fn entry(
    field: &Field<'_>,
    event: &v1::PurchaseEvent,
    violations: &mut Violations,
) -> Option<(Timestamp, i64)> {
    let at = event.occurred_at_us.map(Timestamp::from_microseconds);
    if at.is_none() {
        violations.add(&Field::Of(field, "occurred_at_us"), "missing: send microseconds since 1970 in UTC");
    }
    let at = violations.keep_if_any(&Field::Of(field, "occurred_at_us"), at);
    if event.amount.is_none() {
        violations.add(&Field::Of(field, "amount"), "missing: send minor units, 0 for a free order");
    }
    let amount = Field::Of(field, "amount");
    let minor = event.amount.map(|amount| amount.minor_units);
    match (PurchaseKind::try_from(event.kind), minor) {
        (Ok(PurchaseKind::Order), Some(minor)) if minor < 0 => {
            let description = format!("{minor} for an order: send returns as refunds");
            violations.add(&Field::Of(&amount, "minor_units"), description);
        }
        (Ok(PurchaseKind::Refund), Some(minor)) if minor >= 0 => {
            let description = format!("{minor} for a refund: send an amount below 0");
            violations.add(&Field::Of(&amount, "minor_units"), description);
        }
        (Ok(PurchaseKind::Order | PurchaseKind::Refund), _) => {}
        (Ok(PurchaseKind::Unspecified) | Err(_), _) => {
            let description = format!("{} is no kind: send an order or a refund", event.kind);
            violations.add(&Field::Of(field, "kind"), description);
        }
    }
    at.zip(minor)
}
