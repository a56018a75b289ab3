//! A shop's customers as they were known at any instant, from an order book or from all their events.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;
use std::sync::OnceLock;

use rayon::iter::{IntoParallelRefIterator, ParallelIterator};
use tenure_behaviour::fold::CustomerState;
use tenure_behaviour::{Fact, OrderHistory};
use tenure_bundle::Scorer;
use tenure_core::{AsOf, CustomerId};

use crate::{FactSource, LearnError, OrderBook};

/// What is known of a shop, by the instant at which it is asked.
pub trait Shop: Sync {
    /// What was known before `as_of`. There may be more in it; whoever asks looks at nothing that came later.
    ///
    /// # Errors
    /// When it cannot be read.
    fn known_at(&self, as_of: AsOf) -> Result<Known<'_>, LearnError>;

    /// What is known by now.
    ///
    /// # Errors
    /// When it cannot be read.
    fn known_now(&self) -> Result<Known<'_>, LearnError>;
}

/// What was known of a shop at an instant.
pub struct Known<'a> {
    /// Orders and refunds.
    pub book: Cow<'a, OrderBook>,
    /// All events of these customers; absent where orders and refunds are all that anybody knows, so that a bundle
    /// which reads more answers by its purchase model.
    pub facts: Option<Box<dyn FactSource + 'a>>,
}

impl fmt::Debug for Known<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kinds = self.facts.as_ref().map(|facts| facts.kinds());
        f.debug_struct("Known").field("kinds", &kinds).finish_non_exhaustive()
    }
}

/// A book knows each order from when it happened, and nothing else.
impl Shop for OrderBook {
    fn known_at(&self, _as_of: AsOf) -> Result<Known<'_>, LearnError> {
        Ok(Known { book: Cow::Borrowed(self), facts: None })
    }

    fn known_now(&self) -> Result<Known<'_>, LearnError> {
        Ok(Known { book: Cow::Borrowed(self), facts: None })
    }
}

impl<T: Shop + ?Sized> Shop for &T {
    fn known_at(&self, as_of: AsOf) -> Result<Known<'_>, LearnError> {
        (**self).known_at(as_of)
    }

    fn known_now(&self) -> Result<Known<'_>, LearnError> {
        (**self).known_now()
    }
}

impl Known<'_> {
    /// Reads something of everybody with an order before `as_of`, in the order of ids: from the history, and from
    /// the state that what [reads behaviour](Scorer::behaviour) in `scorer` needs, if it can be told.
    ///
    /// # Errors
    /// When the events cannot be read, or the first error of `read`.
    pub fn of_each_buyer<T, R>(
        &self,
        scorer: &Scorer,
        as_of: AsOf,
        read: R,
    ) -> Result<Vec<(&CustomerId, T)>, LearnError>
    where
        T: Send + Sync,
        R: Fn(&CustomerId, &OrderHistory, Option<&CustomerState>) -> Result<T, LearnError> + Sync,
    {
        let mut buyers = self.book.sorted();
        buyers.retain(|(_, history)| history.has_order_before(as_of));
        let from_orders = |customer_id: &CustomerId, history: &OrderHistory| {
            read(customer_id, history, scorer.state_of(history, as_of).as_ref())
        };
        let (Some(facts), Some(boosted)) = (&self.facts, scorer.behaviour()) else {
            let all: Vec<_> = buyers.par_iter().map(|(id, history)| from_orders(id, history)).collect();
            let ids = buyers.into_iter().map(|(customer_id, _)| customer_id);
            return ids.zip(all).map(|(customer_id, read)| Ok((customer_id, read?))).collect();
        };
        let places: HashMap<&CustomerId, (&OrderHistory, OnceLock<_>)> =
            buyers.iter().map(|(customer_id, history)| (*customer_id, (*history, OnceLock::new()))).collect();
        let visit = |customer_id: &CustomerId, facts: &[Fact]| {
            let Some((history, place)) = places.get(customer_id) else { return };
            let mut state = CustomerState::new(boosted.program());
            for fact in facts.iter().take_while(|fact| as_of.knows(fact.known_at())) {
                state.apply(boosted.program(), fact);
            }
            // A source shows each customer once; if it did so twice, the first counts.
            let _ = place.set(read(customer_id, history, Some(&state)));
        };
        facts.visit(&|customer_id| places.contains_key(customer_id), &visit)?;
        let mut places = places;
        let found = |(customer_id, history): (_, &OrderHistory)| {
            let place = places.remove(customer_id).and_then(|(_, place)| place.into_inner());
            Ok((customer_id, place.unwrap_or_else(|| from_orders(customer_id, history))?))
        };
        buyers.into_iter().map(found).collect()
    }
}
