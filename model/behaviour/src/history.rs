//! One customer's orders and refunds, in time order.

use std::cmp::Reverse;

use tenure_core::{AsOf, Currency, EventKind, Money, Timestamp};

use crate::{BehaviourError, Fact, Symbol};

/// One customer's orders and refunds in one currency, oldest first.
///
/// Sixteen bytes an event. Order of arrival does not matter: equal instants keep the order in which the
/// larger amount comes first, so any shuffle of the same events gives the same history.
///
/// ```
/// use tenure_behaviour::OrderHistory;
/// use tenure_core::{Currency, EventKind, Money, Timestamp};
/// let mut history = OrderHistory::new(Currency::USD);
/// let paid = Money::parse("29.33", Currency::USD)?;
/// history.record(&EventKind::Order, Timestamp::from_microseconds(0)?, paid)?;
/// assert_eq!(history.len(), 1);
/// assert!(history.record(&EventKind::Order, Timestamp::from_microseconds(0)?, -paid).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderHistory {
    currency: Currency,
    /// Instant and minor units; negative units are refunds, zero is a free order.
    entries: Vec<(Timestamp, i64)>,
}

impl OrderHistory {
    /// An empty history in `currency`.
    #[must_use]
    pub const fn new(currency: Currency) -> Self {
        Self { currency, entries: Vec::new() }
    }

    /// Adds an order (amount at or above zero) or a refund (below zero).
    ///
    /// # Errors
    /// When the kind is another, the sign is wrong for it, or the currency differs from the history's.
    pub fn record(
        &mut self,
        kind: &EventKind,
        occurred_at: Timestamp,
        amount: Money,
    ) -> Result<(), BehaviourError> {
        let is_order = *kind == EventKind::Order;
        if !is_order && *kind != EventKind::Refund {
            return Err(BehaviourError::NotAPurchase { kind: kind.clone() });
        }
        if amount.currency() != self.currency {
            return Err(BehaviourError::OtherCurrency { amount, expected: self.currency });
        }
        let minor = amount.minor_units();
        if (is_order && minor < 0) || (!is_order && minor >= 0) {
            return Err(BehaviourError::WrongSign { kind: kind.clone(), amount });
        }
        // Reversed rather than negated: the smallest integer has no opposite.
        let key = |entry: &(Timestamp, i64)| (entry.0, Reverse(entry.1));
        let entry = (occurred_at, minor);
        // Most files are in the order of time.
        if self.entries.last().is_none_or(|last| key(last) <= key(&entry)) {
            self.entries.push(entry);
        } else {
            let place = self.entries.partition_point(|kept| key(kept) <= key(&entry));
            self.entries.insert(place, entry);
        }
        Ok(())
    }

    /// The currency of every amount.
    #[must_use]
    pub const fn currency(&self) -> Currency {
        self.currency
    }

    /// How many orders and refunds it holds.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether nothing was recorded yet.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Whether an order, and not only a refund, lies before the as-of: then there is a customer to score.
    ///
    /// True exactly where [`PurchaseSummary::of`](crate::PurchaseSummary::of) gives a summary.
    #[must_use]
    pub fn has_order_before(&self, as_of: AsOf) -> bool {
        self.entries.iter().take_while(|(at, _)| as_of.knows(*at)).any(|(_, minor)| *minor >= 0)
    }

    /// The same as facts for a fold, oldest first and of one instant the least first: known when they happened, refunds
    /// without the order that they were for.
    ///
    /// ```
    /// use tenure_behaviour::{OrderHistory, Symbol};
    /// use tenure_core::{Currency, EventKind, Money, Timestamp};
    /// let mut history = OrderHistory::new(Currency::USD);
    /// let back = Money::parse("-5", Currency::USD)?;
    /// history.record(&EventKind::Refund, Timestamp::from_microseconds(9)?, back)?;
    /// for paid in ["20", "4"] {
    ///     let paid = Money::parse(paid, Currency::USD)?;
    ///     history.record(&EventKind::Order, Timestamp::from_microseconds(9)?, paid)?;
    /// }
    /// let facts: Vec<_> = history.facts().map(|fact| (fact.kind, fact.amount)).collect();
    /// let order = Symbol::of("order");
    /// assert_eq!(facts, [(Symbol::of("refund"), Some(-500)), (order, Some(400)), (order, Some(2_000))]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn facts(&self) -> impl Iterator<Item = Fact> + '_ {
        let kinds = [EventKind::Order, EventKind::Refund].map(|kind| Symbol::of(kind.as_str()));
        // A fold keeps the amounts of an instant so, and has the quicker way for what comes last.
        let runs = self.entries.chunk_by(|one, next| one.0 == next.0);
        runs.flat_map(|run| run.iter().rev()).map(move |(at, minor)| Fact {
            amount: Some(*minor),
            ..Fact::new(kinds[usize::from(*minor < 0)], *at)
        })
    }

    /// Instants and minor units, oldest first; below zero is a refund.
    #[must_use]
    pub fn entries(&self) -> &[(Timestamp, i64)] {
        &self.entries
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;

    fn at(microseconds: i64) -> Timestamp {
        Timestamp::from_microseconds(microseconds).unwrap()
    }

    fn usd(minor: i64) -> Money {
        Money::from_minor_units(minor, Currency::USD)
    }

    fn history(events: &[(i64, i64)]) -> OrderHistory {
        let mut history = OrderHistory::new(Currency::USD);
        for (us, minor) in events {
            let kind = if *minor < 0 { EventKind::Refund } else { EventKind::Order };
            history.record(&kind, at(*us), usd(*minor)).unwrap();
        }
        history
    }

    #[test]
    fn late_events_find_their_place_and_duplicates_are_kept() {
        let history = history(&[(5, 10), (1, 20), (5, -10), (5, 30), (5, 10)]);
        let expected = [(1, 20), (5, 30), (5, 10), (5, 10), (5, -10)].map(|(us, minor)| (at(us), minor));
        assert_eq!(history.entries(), expected);
        assert_eq!((history.len(), history.is_empty(), history.currency()), (5, false, Currency::USD));
    }

    #[test]
    fn a_refused_event_leaves_no_trace() {
        let mut history = OrderHistory::new(Currency::USD);
        let wrong_sign = |kind: EventKind, minor| BehaviourError::WrongSign { kind, amount: usd(minor) };
        let cases = [
            (EventKind::Order, usd(-1), wrong_sign(EventKind::Order, -1)),
            (EventKind::Refund, usd(0), wrong_sign(EventKind::Refund, 0)),
            (EventKind::Refund, usd(1), wrong_sign(EventKind::Refund, 1)),
            (EventKind::Session, usd(1), BehaviourError::NotAPurchase { kind: EventKind::Session }),
            (
                EventKind::Order,
                Money::from_minor_units(1, Currency::EUR),
                BehaviourError::OtherCurrency {
                    amount: Money::from_minor_units(1, Currency::EUR),
                    expected: Currency::USD,
                },
            ),
        ];
        for (kind, amount, expected) in cases {
            assert_eq!(history.record(&kind, at(0), amount), Err(expected));
        }
        assert!(history.is_empty());
    }

    #[test]
    fn free_orders_and_the_largest_refund_are_kept() {
        assert_eq!(history(&[(3, i64::MIN), (3, 0)]).entries(), [(at(3), 0), (at(3), i64::MIN)]);
    }

    #[test]
    fn a_customer_is_somebody_with_an_order_before_the_as_of() {
        let before = |events: &[(i64, i64)], as_of| history(events).has_order_before(AsOf::new(at(as_of)));
        assert!(!before(&[], 9));
        assert!(!before(&[(5, 10)], 5), "an order at the as-of is not known");
        assert!(before(&[(5, 0)], 6), "a free order is an order");
        assert!(!before(&[(1, -10), (5, 10)], 5), "a refund alone is none");
        assert!(before(&[(1, -10), (5, 10)], 6));
    }

    proptest! {
        #[test]
        fn any_order_of_arrival_gives_the_same_history(
            (events, shuffled) in vec((0..5_i64, -3..4_i64), 0..20)
                .prop_flat_map(|all| (Just(all.clone()), Just(all).prop_shuffle()))
        ) {
            let kept = history(&events);
            prop_assert_eq!(&kept, &history(&shuffled));
            prop_assert!(kept.entries().is_sorted_by_key(|entry| entry.0));
            prop_assert_eq!(kept.len(), events.len());
        }
    }
}
