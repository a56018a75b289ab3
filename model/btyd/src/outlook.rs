//! What a customer will do, given what was seen: one trait over all purchase models.

use tenure_core::{DiscountRate, Weeks};

use crate::Customer;

/// A purchase model with its parameters.
pub trait PurchaseModel {
    /// What the model thinks of one customer.
    type Outlook: Outlook;

    /// The posterior of one customer: computed once, asked at many horizons.
    fn outlook(&self, customer: &Customer) -> Self::Outlook;

    /// Log-likelihood of one customer's `(x, t_x, T)`, times in weeks.
    fn log_likelihood(&self, customer: &Customer) -> f64;
}

/// What one customer will do after now, the end of observation.
///
/// Probabilities lie in [0, 1]; lengths of time are in weeks.
pub trait Outlook {
    /// Probability that the customer has not left for good.
    fn p_alive(&self) -> f64;

    /// Probability that the customer will not have left `after` from now.
    fn p_alive_after(&self, after: Weeks) -> f64;

    /// Probability of no order within the next `within`: churn, by this project's definition.
    fn p_no_order(&self, within: Weeks) -> f64;

    /// Probability of exactly `n` orders within the next `within`.
    fn p_orders(&self, n: u32, within: Weeks) -> f64;

    /// Expected number of orders within the next `within`.
    fn expected_orders(&self, within: Weeks) -> f64;

    /// Expected number of orders within the next `within`, each discounted to now.
    ///
    /// At a rate below 0 a later order weighs more. Over centuries such a weight leaves the range of numbers:
    /// it is held where it reaches e^600, so that the result stays finite.
    fn discounted_orders(&self, within: Weeks, rate: DiscountRate) -> f64;

    /// Expected number of all orders to come, each discounted to now (DERT of the papers).
    ///
    /// `None` where the rate is not above zero: the sum may then be infinite.
    fn discounted_orders_lifetime(&self, rate: DiscountRate) -> Option<f64>;

    /// Expected value of all orders to come, each discounted to now and worth `spend` on average: residual lifetime
    /// value, with spend taken not to depend on how often a customer orders.
    ///
    /// `None` where the rate is not above zero, as in [`Self::discounted_orders_lifetime`].
    fn residual_value(&self, spend: f64, rate: DiscountRate) -> Option<f64> {
        self.discounted_orders_lifetime(rate).map(|orders| orders * spend)
    }

    /// The time within which a `share` of next orders fall, among those that come within the next `within`.
    ///
    /// `share` in (0, 1): 0.5 gives the median wait, 0.1 and 0.9 an interval that holds four in five.
    fn next_order(&self, share: f64, within: Weeks) -> Weeks;
}
