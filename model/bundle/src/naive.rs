//! What every model has to beat.

use tenure_behaviour::PurchaseSummary;
use tenure_core::Horizon;

/// The customer's own past rate, carried on: all orders and all spend over the age, at least a week.
///
/// Anybody can compute it in a spreadsheet. A model that does worse is of no use, and a report has to say so.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NaiveRate {
    /// Probability of no order within the horizon, as if orders came at random (Poisson), in [0, 1].
    pub p_no_order: f64,
    /// Net spend within the horizon, in major units.
    pub net_spend: f64,
}

impl NaiveRate {
    /// What the rate says of one customer.
    #[must_use]
    pub fn of(summary: &PurchaseSummary, horizon: Horizon) -> Self {
        let share = horizon.weeks().get() / summary.age.get().max(1.0);
        Self {
            p_no_order: (-f64::from(summary.occasions()) * share).exp(),
            net_spend: summary.net_spend.major_units() * share,
        }
    }
}
