//! The three numbers that a purchase model sees of a customer.

use tenure_core::Weeks;

use crate::BtydError;

/// A customer as the buy-till-you-die papers see one: `(x, t_x, T)`.
///
/// ```
/// use tenure_btyd::Customer;
/// use tenure_core::Weeks;
/// let customer = Customer::new(2, Weeks::new(30.43)?, Weeks::new(38.86)?)?;
/// assert_eq!(customer.frequency(), 2);
/// assert!(Customer::new(2, Weeks::new(40.0)?, Weeks::new(38.86)?).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Customer {
    frequency: u32,
    recency_age: f64,
    age: f64,
}

impl Customer {
    /// Somebody who made a first purchase this instant: the "new customer" of the papers.
    pub const NEW: Self = Self { frequency: 0, recency_age: 0.0, age: 0.0 };

    /// Most repeat purchases of one customer: fits keep tables of up to this length. A shop's best customers
    /// stay far below; what exceeds it is a till, not a person.
    pub const MAX_FREQUENCY: u32 = 1_000_000;

    /// A customer with `frequency` repeat purchases, the last at `recency_age`, seen until `age`.
    ///
    /// # Errors
    /// When `frequency` exceeds [`Self::MAX_FREQUENCY`], `recency_age` exceeds `age`, or is above zero
    /// without a repeat purchase.
    pub fn new(frequency: u32, recency_age: Weeks, age: Weeks) -> Result<Self, BtydError> {
        let (recency_age, age) = (recency_age.get(), age.get());
        if frequency > Self::MAX_FREQUENCY {
            return Err(BtydError::TooManyPurchases { frequency, most: Self::MAX_FREQUENCY });
        }
        if recency_age > age {
            return Err(BtydError::RecencyBeyondAge { recency_age, age });
        }
        if frequency == 0 && recency_age > 0.0 {
            return Err(BtydError::RecencyWithoutRepeat { recency_age });
        }
        Ok(Self { frequency, recency_age, age })
    }

    /// x: repeat purchases.
    #[must_use]
    pub const fn frequency(&self) -> u32 {
        self.frequency
    }

    /// `t_x`: age at the last purchase, in weeks; 0 without a repeat purchase.
    #[must_use]
    pub const fn recency_age(&self) -> f64 {
        self.recency_age
    }

    /// T: age, in weeks.
    #[must_use]
    pub const fn age(&self) -> f64 {
        self.age
    }
}
