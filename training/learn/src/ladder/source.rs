//! Where facts about customers come from.

use std::collections::BTreeSet;

use rayon::iter::{IntoParallelRefIterator, ParallelIterator};
use tenure_behaviour::{Fact, Symbol};
use tenure_core::{CustomerId, EventKind};

use crate::{LearnError, OrderBook};

/// Facts of customers, each customer's in the order in which they became known.
pub trait FactSource: Sync {
    /// Kinds of events that occur.
    fn kinds(&self) -> Vec<EventKind>;

    /// Shows the facts of every customer for whom `wanted` says so, in any order and from any thread.
    ///
    /// # Errors
    /// When they cannot be read.
    fn visit(
        &self,
        wanted: &(dyn Fn(&CustomerId) -> bool + Sync),
        visit: &(dyn Fn(&CustomerId, &[Fact]) + Sync),
    ) -> Result<(), LearnError>;

    /// The texts of these names, as far as they are known; none by default.
    ///
    /// # Errors
    /// When they cannot be read.
    fn names(&self, wanted: &BTreeSet<Symbol>) -> Result<Vec<String>, LearnError> {
        let _ = wanted;
        Ok(Vec::new())
    }
}

impl FactSource for OrderBook {
    fn kinds(&self) -> Vec<EventKind> {
        vec![EventKind::Order, EventKind::Refund]
    }

    fn visit(
        &self,
        wanted: &(dyn Fn(&CustomerId) -> bool + Sync),
        visit: &(dyn Fn(&CustomerId, &[Fact]) + Sync),
    ) -> Result<(), LearnError> {
        self.sorted().par_iter().filter(|(id, _)| wanted(id)).for_each(|(id, history)| {
            let facts: Vec<Fact> = history.facts().collect();
            visit(id, &facts);
        });
        Ok(())
    }
}
