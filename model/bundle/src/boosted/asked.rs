//! What the boosted rung of a loaded bundle reads of a customer.

use tenure_behaviour::PurchaseSummary;
use tenure_behaviour::fold::CustomerState;
use tenure_core::AsOf;

use super::Base;
use crate::Scorer;

impl Scorer {
    /// The numbers that the trees read of a customer at an as-of, one for each of their columns; not a number where
    /// something is missing. `None` where there are no trees.
    #[must_use]
    pub fn row_of(&self, state: &CustomerState, summary: &PurchaseSummary, as_of: AsOf) -> Option<Vec<f32>> {
        let boosted = self.behaviour()?;
        let base = Base::of(&self.model.orders, &self.model.spend, summary, boosted.form().horizon);
        Some(boosted.row(state, as_of, &base))
    }
}
