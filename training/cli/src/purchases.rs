//! What a customer bought, from facts of the event log.

use std::collections::HashSet;

use tenure_behaviour::{Fact, OrderHistory, Symbol};
use tenure_core::{Currency, EventKind, Money};

/// The orders that stand by these facts, and what went back, each at its own time.
///
/// - An order that a cancellation among the facts names by its order id never was, at no date; nor were its refunds.
/// - A refund lowers spend when it happened, whichever order it names: the purchase models look at spend to date and
///   at days with an order, and an order that came back was one.
/// - An order counts from when it happened, even if it became known later; the caller gives only facts that are
///   known.
pub(crate) fn history(facts: &[Fact], currency: Currency) -> OrderHistory {
    let [order, refund, cancel] =
        [EventKind::Order, EventKind::Refund, EventKind::OrderCancel].map(|kind| Symbol::of(kind.as_str()));
    let called_off: HashSet<Symbol> = facts
        .iter()
        .filter(|fact| fact.kind == cancel && !fact.order_id.is_none())
        .map(|fact| fact.order_id)
        .collect();
    let mut history = OrderHistory::new(currency);
    for fact in facts.iter().filter(|fact| !called_off.contains(&fact.order_id)) {
        let kind = match fact.kind {
            kind if kind == order => EventKind::Order,
            kind if kind == refund => EventKind::Refund,
            _ => continue,
        };
        if let Some(minor) = fact.amount {
            // A row that a history refuses, such as a refund of nothing, says nothing about orders.
            let _refused = history.record(&kind, fact.occurred_at, Money::from_minor_units(minor, currency));
        }
    }
    history
}

#[cfg(test)]
mod tests {
    use super::*;
    use tenure_core::Timestamp;

    fn fact(kind: &str, day: i64, minor: Option<i64>, order_id: &str) -> Fact {
        let at = Timestamp::from_microseconds(day * 86_400_000_000).unwrap();
        Fact { amount: minor, order_id: Symbol::of(order_id), ..Fact::new(Symbol::of(kind), at) }
    }

    #[track_caller]
    fn check(facts: &[Fact], expected: &[(i64, i64)]) {
        let history = history(facts, Currency::USD);
        let found: Vec<(i64, i64)> = history
            .entries()
            .iter()
            .map(|(at, minor)| (at.microseconds() / 86_400_000_000, *minor))
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn a_cancelled_order_never_was() {
        let order = fact("order", 1, Some(500), "a");
        let other = fact("order", 2, Some(700), "b");
        let refund = fact("refund", 3, Some(-200), "a");
        let cancel = fact("order_cancel", 4, None, "a");
        check(&[order, other, refund], &[(1, 500), (2, 700), (3, -200)]);
        check(&[order, other, refund, cancel], &[(2, 700)]);
        // Known before its order.
        check(&[cancel, order, other], &[(2, 700)]);
    }

    #[test]
    fn a_cancellation_without_an_order_id_names_nothing() {
        let order = fact("order", 1, Some(500), "");
        check(&[order, fact("order_cancel", 2, None, "")], &[(1, 500)]);
    }

    #[test]
    fn what_is_no_purchase_is_passed_over() {
        let facts =
            [fact("session", 1, None, ""), fact("order", 2, None, "a"), fact("order", 3, Some(0), "b")];
        check(&facts, &[(3, 0)]);
    }
}
