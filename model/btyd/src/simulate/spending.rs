//! How Gamma-Gamma lets a customer spend.

use super::Random;
use crate::GammaGamma;

/// What one customer spends.
#[derive(Clone, Debug, PartialEq)]
pub struct Spending {
    /// The mean that the customer's orders vary around.
    pub mean: f64,
    /// What each order came to, in the unit of the model's `v`; all above zero.
    pub amounts: Vec<f64>,
}

impl Spending {
    /// The number of orders and what they came to on average, as [`SpendData::new`](crate::SpendData::new) takes them;
    /// without an order nothing.
    #[must_use]
    pub fn seen(&self) -> Option<(u32, f64)> {
        let orders = u32::try_from(self.amounts.len()).ok().filter(|orders| *orders > 0)?;
        Some((orders, self.amounts.iter().sum::<f64>() / f64::from(orders)))
    }
}

/// Spend must not depend on how often a customer orders, so it shares no numbers with [`life`](super::life).
const FORMAT: &[u8; 24] = b"btyd simulation spend  1";

/// What customer `number` spends on so many orders, at the model's parameters.
///
/// ```
/// use tenure_btyd::{GammaGamma, simulate};
/// let spending = simulate::spending(&GammaGamma::new(6.25, 3.74, 15.44)?, 3, 7, 0);
/// assert_eq!((spending.amounts.len(), spending.seen().unwrap().0), (3, 3));
/// # Ok::<(), tenure_btyd::BtydError>(())
/// ```
#[must_use]
pub fn spending(model: &GammaGamma, orders: u32, seed: u64, number: u64) -> Spending {
    let mut random = Random::stream(FORMAT, seed, number);
    let [p, q, v] = model.parameters();
    let rate = random.gamma(q) / v;
    let amounts = (0..orders).map(|_| (random.gamma(p) / rate).max(f64::MIN_POSITIVE));
    Spending { mean: p / rate, amounts: amounts.collect() }
}
