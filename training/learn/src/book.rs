//! All customers' order histories, in memory.

use std::collections::HashMap;

use tenure_behaviour::{BehaviourError, OrderHistory, Outcome, PurchaseSummary, SummaryRule};
use tenure_bundle::{DataFingerprint, Digest};
use tenure_core::{AsOf, Currency, CustomerId, Event, EventKind, Timestamp};

use crate::LearnError;

/// The order histories of a shop, by customer: sixteen bytes an order and one id a customer.
#[derive(Clone, Debug)]
pub struct OrderBook {
    currency: Currency,
    histories: HashMap<CustomerId, OrderHistory>,
    /// Where the book is one of what was known at a date.
    as_of: Option<AsOf>,
    not_yet_known: u64,
}

impl OrderBook {
    /// An empty book in the reporting currency.
    #[must_use]
    pub fn new(currency: Currency) -> Self {
        Self { currency, histories: HashMap::new(), as_of: None, not_yet_known: 0 }
    }

    /// An empty book for questions at one date: [`Self::record`] passes over what happened before it and became known
    /// only then or later, and counts it. What happened at the date or after stays, as the outcome.
    ///
    /// ```
    /// use tenure_core::{AsOf, Currency, CustomerId, Event, EventKind, Money, Timestamp};
    /// use tenure_learn::OrderBook;
    ///
    /// let at = Timestamp::from_microseconds;
    /// let mut book = OrderBook::as_of(Currency::USD, AsOf::new(at(10)?));
    /// let amount = Some(Money::parse("5", Currency::USD)?);
    /// let mut order = Event::new(CustomerId::new("a")?, EventKind::Order, at(9)?, amount);
    /// order.ingested_at = at(10)?;
    /// book.record(order)?;
    /// assert_eq!((book.customers(), book.not_yet_known()), (0, 1));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn as_of(currency: Currency, as_of: AsOf) -> Self {
        Self { as_of: Some(as_of), ..Self::new(currency) }
    }

    /// Orders and refunds that were passed over because they were not known yet.
    #[must_use]
    pub const fn not_yet_known(&self) -> u64 {
        self.not_yet_known
    }

    /// Adds an order or a refund; events of other kinds or without an amount are passed over.
    ///
    /// # Errors
    /// When the amount is in another currency or has the wrong sign for its kind.
    pub fn record(&mut self, event: Event) -> Result<(), LearnError> {
        let known_at = event.known_at();
        let Event { customer_id, kind, occurred_at, amount: Some(amount), .. } = event else { return Ok(()) };
        if !matches!(kind, EventKind::Order | EventKind::Refund) {
            return Ok(());
        }
        if self.as_of.is_some_and(|as_of| as_of.knows(occurred_at) && !as_of.knows(known_at)) {
            self.not_yet_known += 1;
            return Ok(());
        }
        let currency = self.currency;
        if let Some(history) = self.histories.get_mut(&customer_id) {
            return history
                .record(&kind, occurred_at, amount)
                .map_err(|source| LearnError::Customer { customer_id, source });
        }
        let mut history = OrderHistory::new(currency);
        if let Err(source) = history.record(&kind, occurred_at, amount) {
            return Err(LearnError::Customer { customer_id, source });
        }
        self.histories.insert(customer_id, history);
        Ok(())
    }

    /// Adds all that is known of a customer, in place of what was recorded of them; an empty history is nobody's.
    ///
    /// # Errors
    /// When the history is in another currency.
    pub fn insert(&mut self, customer_id: CustomerId, history: OrderHistory) -> Result<(), LearnError> {
        if history.currency() != self.currency {
            let source = BehaviourError::WrongCurrency { got: history.currency(), expected: self.currency };
            return Err(LearnError::Customer { customer_id, source });
        }
        if history.is_empty() {
            self.histories.remove(&customer_id);
        } else {
            self.histories.insert(customer_id, history);
        }
        Ok(())
    }

    /// The history of a customer, if anything is recorded of them.
    #[must_use]
    pub fn history(&self, customer_id: &CustomerId) -> Option<&OrderHistory> {
        self.histories.get(customer_id)
    }

    /// The reporting currency.
    #[must_use]
    pub const fn currency(&self) -> Currency {
        self.currency
    }

    /// Customers with anything recorded.
    #[must_use]
    pub fn customers(&self) -> usize {
        self.histories.len()
    }

    /// Histories sorted by customer id, so that whatever is made of them does not depend on the order of arrival.
    #[must_use]
    pub fn sorted(&self) -> Vec<(&CustomerId, &OrderHistory)> {
        let mut all: Vec<_> = self.histories.iter().collect();
        all.sort_unstable_by_key(|(id, _)| *id);
        all
    }

    /// Instants and minor units of all entries, in any order.
    pub(crate) fn entries(&self) -> impl Iterator<Item = &(Timestamp, i64)> {
        self.histories.values().flat_map(OrderHistory::entries)
    }

    /// The latest event, if there is any.
    #[must_use]
    pub fn last_event(&self) -> Option<Timestamp> {
        self.histories.values().filter_map(|history| history.entries().last()).map(|(at, _)| *at).max()
    }

    /// Totals and a hash of what lies before `as_of`.
    ///
    /// # Errors
    /// When that is no order.
    pub fn fingerprint(&self, as_of: AsOf) -> Result<DataFingerprint, LearnError> {
        let none = LearnError::NoOrders { as_of };
        let (mut customers, mut orders, mut refunds) = (0_u64, 0_u64, 0_u64);
        let mut span: Option<(Timestamp, Timestamp)> = None;
        let mut bytes = Vec::new();
        for (id, history) in self.sorted() {
            let before: Vec<_> = history.entries().iter().filter(|(at, _)| as_of.knows(*at)).collect();
            let (Some((first, _)), Some((last, _))) = (before.first(), before.last()) else { continue };
            let returned = before.iter().filter(|(_, minor)| *minor < 0).count() as u64;
            refunds += returned;
            orders += before.len() as u64 - returned;
            customers += u64::from(before.len() as u64 > returned);
            span = Some(span.map_or((*first, *last), |(from, to)| (from.min(*first), to.max(*last))));
            bytes.extend_from_slice(id.as_str().as_bytes());
            bytes.push(0);
            for (at, minor) in before {
                bytes.extend_from_slice(&at.microseconds().to_le_bytes());
                bytes.extend_from_slice(&minor.to_le_bytes());
            }
        }
        let (first_event, last_event) = span.filter(|_| orders > 0).ok_or(none)?;
        Ok(DataFingerprint {
            customers,
            orders,
            refunds,
            first_event,
            last_event,
            sha256: Digest::of(&bytes),
        })
    }
}

/// One customer at an origin: what was known, and, where the origin lies back far enough, what then happened.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seen {
    pub(crate) summary: PurchaseSummary,
    /// Purchase occasions in the outcome window: orders of one day are one where the rule says so.
    pub(crate) orders: u32,
    /// Spend less refunds in the outcome window, in major units.
    pub(crate) value: f64,
}

/// Everybody with an order before `as_of`, with the outcome over `[as_of, until)`.
pub(crate) fn seen_at(
    histories: &[(&CustomerId, &OrderHistory)],
    as_of: AsOf,
    until: Timestamp,
    rule: &SummaryRule,
) -> Result<Vec<Seen>, LearnError> {
    let mut all = Vec::with_capacity(histories.len());
    for (customer_id, history) in histories {
        let summary = PurchaseSummary::of(history, as_of, rule)
            .map_err(|source| LearnError::Customer { customer_id: (*customer_id).clone(), source })?;
        let Some(summary) = summary else { continue };
        let outcome = outcome(history, as_of, until, rule);
        all.push(Seen { summary, orders: outcome.0, value: outcome.1 });
    }
    Ok(all)
}

/// Purchase occasions and net spend, in major units, of one customer over `[as_of, until)`.
pub(crate) fn outcome(
    history: &OrderHistory,
    as_of: AsOf,
    until: Timestamp,
    rule: &SummaryRule,
) -> (u32, f64) {
    let Outcome { occasions, net_spend } = Outcome::of(history, as_of, until, rule);
    (occasions, net_spend.major_units())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{day, history, rule};
    use tenure_behaviour::OccasionRule;

    /// Orders of 10.00 dollars and more, a refund of 4.00.
    fn happened(from: f64, until: f64, rule: &SummaryRule) -> (u32, f64) {
        let events = [(1.0, 1_000), (5.0, 2_000), (5.5, 100), (6.0, -400), (9.0, 4_000), (9.0, 50)];
        outcome(&history(&events), AsOf::new(day(from)), day(until), rule)
    }

    #[test]
    fn an_outcome_begins_with_the_as_of_and_ends_before_its_end() {
        // The order on day 1 was before; both of day 5 are one occasion; day 9 is no longer in.
        assert_eq!(happened(5.0, 9.0, &rule()), (1, 17.0));
        assert_eq!(happened(4.0, 9.1, &rule()), (2, 57.5));
        assert_eq!(happened(5.2, 6.0, &rule()), (1, 1.0));
        assert_eq!(happened(6.0, 7.0, &rule()), (0, -4.0), "a refund is spend, not an order");
        assert_eq!(happened(10.0, 99.0, &rule()), (0, 0.0));
    }

    #[test]
    fn an_outcome_counts_every_order_where_each_is_an_occasion() {
        let each = SummaryRule { occasion: OccasionRule::Order, ..rule() };
        assert_eq!(happened(5.0, 99.0, &each), (4, 57.5));
    }
}
