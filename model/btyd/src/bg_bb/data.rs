//! Donors and other customers with one chance to buy in each period.

use linfa::dataset::Records;

use crate::BtydError;

/// A customer who had `chances` chances to buy and took `frequency` of them, the last one at number `last`.
///
/// ```
/// use tenure_btyd::ChanceCustomer;
/// assert_eq!(ChanceCustomer::new(2, 4, 6)?.frequency(), 2);
/// assert!(ChanceCustomer::new(3, 2, 6).is_err(), "three purchases cannot fit in two chances");
/// # Ok::<(), tenure_btyd::BtydError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChanceCustomer {
    pub(super) frequency: u32,
    pub(super) last: u32,
    pub(super) chances: u32,
}

impl ChanceCustomer {
    /// Somebody who has had no chance yet.
    pub const NEW: Self = Self { frequency: 0, last: 0, chances: 0 };

    /// Most chances of one customer: fits keep tables of this length.
    pub const MAX_CHANCES: u32 = 100_000;

    /// x, `t_x` and n of the paper.
    ///
    /// # Errors
    /// When `chances` exceeds [`Self::MAX_CHANCES`], `last` exceeds `chances`, `frequency` exceeds `last`, or `last` is
    /// above zero without a purchase.
    pub fn new(frequency: u32, last: u32, chances: u32) -> Result<Self, BtydError> {
        let fits = frequency <= last && last <= chances && (frequency == 0) == (last == 0);
        if fits && chances <= Self::MAX_CHANCES {
            Ok(Self { frequency, last, chances })
        } else {
            Err(BtydError::InvalidChances { frequency, last, chances })
        }
    }

    /// x: chances taken.
    #[must_use]
    pub const fn frequency(&self) -> u32 {
        self.frequency
    }

    /// `t_x`: number of the last chance taken, from 1; 0 without any.
    #[must_use]
    pub const fn last(&self) -> u32 {
        self.last
    }

    /// n: chances there were.
    #[must_use]
    pub const fn chances(&self) -> u32 {
        self.chances
    }
}

/// Distinct customers with the number of each, as BG/BB is fitted to.
#[derive(Clone, Debug)]
pub struct ChanceData {
    /// Sorted, each customer once.
    pub(super) rows: Vec<(ChanceCustomer, f64)>,
    customers: f64,
}

impl ChanceData {
    /// Collapses customers that each stand for a number of equal ones.
    ///
    /// # Errors
    /// When there is no customer, or a weight is not finite and above zero.
    pub fn weighted(customers: impl IntoIterator<Item = (ChanceCustomer, f64)>) -> Result<Self, BtydError> {
        let mut rows: Vec<(ChanceCustomer, f64)> = customers.into_iter().collect();
        if rows.is_empty() {
            return Err(BtydError::TooFewCustomers { needed: 1, got: 0 });
        }
        if let Some((_, value)) = rows.iter().find(|(_, weight)| !(weight.is_finite() && *weight > 0.0)) {
            return Err(BtydError::InvalidWeight { value: *value });
        }
        // With the weight in the order, sums do not depend on the order of arrival.
        rows.sort_unstable_by(|left, right| left.0.cmp(&right.0).then(left.1.total_cmp(&right.1)));
        rows.dedup_by(|next, kept| {
            let same = next.0 == kept.0;
            if same {
                kept.1 += next.1;
            }
            same
        });
        let customers = rows.iter().map(|(_, weight)| weight).sum();
        Ok(Self { rows, customers })
    }

    /// Collapses customers, each of weight one.
    ///
    /// # Errors
    /// When there is no customer.
    pub fn new(customers: impl IntoIterator<Item = ChanceCustomer>) -> Result<Self, BtydError> {
        Self::weighted(customers.into_iter().map(|customer| (customer, 1.0)))
    }

    /// Total weight.
    #[must_use]
    pub const fn customers(&self) -> f64 {
        self.customers
    }

    /// Number of distinct rows.
    #[must_use]
    pub const fn distinct(&self) -> usize {
        self.rows.len()
    }

    /// Distinct customers with their weights.
    pub fn iter(&self) -> impl Iterator<Item = (ChanceCustomer, f64)> + '_ {
        self.rows.iter().copied()
    }

    /// Share of chances taken.
    pub(super) fn share_taken(&self) -> f64 {
        let total = |of: fn(&ChanceCustomer) -> u32| -> f64 {
            self.rows.iter().map(|(customer, weight)| f64::from(of(customer)) * weight).sum()
        };
        total(ChanceCustomer::frequency) / total(ChanceCustomer::chances).max(1.0)
    }

    pub(super) fn most_chances(&self) -> u32 {
        self.rows.iter().map(|(customer, _)| customer.chances).max().unwrap_or(0)
    }
}

impl Records for ChanceData {
    type Elem = f64;

    fn nsamples(&self) -> usize {
        self.rows.len()
    }

    /// x, `t_x` and n.
    fn nfeatures(&self) -> usize {
        3
    }
}
