//! What each of the three inputs of a purchase model adds: exact Shapley values.

use tenure_btyd::Customer;
use tenure_core::{Horizon, Weeks};

use crate::boosted::EDGE;
use crate::model::OrderModel;

/// The three inputs apart: age is silence plus age at the last order, so two of the three say all.
///
/// Silence is counted in gaps of the customer's own, so that more orders mean a quicker rhythm and nothing else: in weeks,
/// many orders mixed with the silence of somebody with few would look like somebody who has left. Who has a single order
/// has no gap: how long ago it was then counts as silence, and age says nothing more.
#[derive(Clone, Copy, Debug)]
pub(super) struct Inputs {
    frequency: u32,
    /// In gaps: one is what lies between two orders, were all spread evenly from the first to now.
    silence: f64,
    /// In weeks.
    age: f64,
}

impl Inputs {
    fn of(customer: &Customer) -> Self {
        let (frequency, age) = (customer.frequency(), customer.age());
        let weeks = age - customer.recency_age();
        let silence = if age > 0.0 { weeks / gap(frequency, age) } else { 1.0 };
        Self { frequency, silence, age }
    }

    /// The customer with these inputs. Nobody is silent for longer than known, and who never came back has been
    /// silent ever since the first order.
    fn customer(self) -> Customer {
        let weeks = self.silence * gap(self.frequency, self.age);
        let recency_age = if self.frequency == 0 { 0.0 } else { (self.age - weeks).max(0.0) };
        let known = Weeks::new(recency_age).and_then(|recency_age| Ok((recency_age, Weeks::new(self.age)?)));
        known.map_or(Customer::NEW, |(recency_age, age)| {
            Customer::new(self.frequency, recency_age, age).unwrap_or(Customer::NEW)
        })
    }
}

fn gap(frequency: u32, age: f64) -> f64 {
    age / (f64::from(frequency) + 1.0)
}

/// Log-odds of a probability, held away from where they end.
pub(super) fn log_odds(p: f64) -> f64 {
    let p = p.clamp(EDGE, 1.0 - EDGE);
    p.ln() - (-p).ln_1p()
}

/// Log-odds of no order within the horizon, by the purchase model alone.
pub(super) fn margin(orders: &OrderModel, customer: &Customer, horizon: Horizon) -> f64 {
    log_odds(orders.outlook(customer).get().p_no_order(horizon.weeks()).clamp(0.0, 1.0))
}

/// Where a typical customer stands by some number of the purchase model, and how much frequency, silence and age move a
/// customer away from there: the mean over all orders in which the three can be exchanged (Shapley 1953, "A value for
/// n-person games").
pub(super) struct Shares {
    pub(super) start: f64,
    /// By frequency, silence, age.
    pub(super) moved: [f64; 3],
}

impl Shares {
    /// `start` is what `asked` says of `typical`, and `end` what it says of `customer`.
    pub(super) fn of(
        [typical, customer]: [&Customer; 2],
        [start, end]: [f64; 2],
        asked: impl Fn(&Customer) -> f64,
    ) -> Self {
        let (from, mut to) = (Inputs::of(typical), Inputs::of(customer));
        let is_single = to.frequency == 0;
        if is_single {
            to.silence = from.silence;
        }
        // Bit i of a place: whether input i is the customer's own.
        let mut margins = [start, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, end];
        for (place, found) in margins.iter_mut().enumerate().take(7).skip(1) {
            let pick = |bit: usize| if place & bit == 0 { from } else { to };
            let mixed = Inputs { frequency: pick(1).frequency, silence: pick(2).silence, age: pick(4).age };
            *found = asked(&mixed.customer());
        }
        let share = |input: usize| {
            let own = 1 << input;
            let (one, other) = (1 << ((input + 1) % 3), 1 << ((input + 2) % 3));
            let step = |others: usize| margins[others | own] - margins[others];
            (step(0) + step(one | other)) / 3.0 + (step(one) + step(other)) / 6.0
        };
        let [frequency, silence, age] = [share(0), share(1), share(2)];
        let moved = if is_single { [frequency, silence + age, 0.0] } else { [frequency, silence, age] };
        Self { start, moved }
    }
}
