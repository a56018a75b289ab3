//! Customers as a model says they are: made-up ones to check fits, to plan with and to teach by.
//!
//! The same seed gives the same customers on every machine.
//!
//! ```
//! use linfa::{DatasetBase, traits::Fit};
//! use tenure_btyd::{BgNbd, RfmData, simulate};
//! use tenure_core::Weeks;
//! let (model, year) = (BgNbd::new(0.25, 4.0, 0.8, 2.5)?, Weeks::new(52.0)?);
//! let lives: Vec<simulate::Life> = (0..2_000).map(|n| simulate::life(&model, year, 7, n)).collect();
//! let now = Weeks::new(39.0)?;
//! let seen = lives.iter().map(|life| life.customer(now)).collect::<Result<Vec<_>, _>>()?;
//! let fitted = BgNbd::params().fit(&DatasetBase::new(RfmData::new(seen)?, ()))?;
//! assert!((fitted.model.parameters()[0] - 0.25).abs() < 0.05);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod chances;
mod lives;
mod random;
mod spending;
mod subscribers;
mod visitors;

use tenure_core::Weeks;

pub use chances::{Chances, chances};
pub use lives::LivesOf;
pub use random::Random;
pub use spending::{Spending, spending};
pub use subscribers::{SubscribersOf, cohort};
pub use visitors::{Visitor, visitor};

use crate::{BtydError, Customer, log_gaps};

/// What one customer did, from the first order to a chosen age.
#[derive(Clone, Debug, PartialEq)]
pub struct Life {
    /// Ages at the repeat orders, rising.
    pub orders: Vec<Weeks>,
    /// Age at leaving; `None` where the customer is still there at the end.
    pub left: Option<Weeks>,
}

impl Life {
    /// Repeat orders up to an age.
    #[must_use]
    pub fn orders_until(&self, age: Weeks) -> &[Weeks] {
        &self.orders[..self.orders.partition_point(|order| *order <= age)]
    }

    /// What a model is shown of the customer at an age.
    ///
    /// # Errors
    /// When there are more orders than [`Customer::MAX_FREQUENCY`].
    pub fn customer(&self, age: Weeks) -> Result<Customer, BtydError> {
        let orders = self.orders_until(age);
        let frequency = u32::try_from(orders.len()).unwrap_or(u32::MAX);
        Customer::new(frequency, orders.last().copied().unwrap_or(Weeks::ZERO), age)
    }

    /// The [`log_gaps`] of the orders up to an age.
    #[must_use]
    pub fn log_gaps(&self, age: Weeks) -> f64 {
        log_gaps(self.orders_until(age).iter().copied())
    }

    /// Whether the customer is still there at an age.
    #[must_use]
    pub fn is_there(&self, age: Weeks) -> bool {
        self.left.is_none_or(|left| left > age)
    }
}

/// The life of customer `number` up to an age, at the model's parameters.
pub fn life(model: &impl LivesOf, until: Weeks, seed: u64, number: u64) -> Life {
    model.life(until, &mut Random::new(seed, number))
}
