//! How long people waited before their first order, or have waited so far.

use linfa::dataset::Records;
use tenure_core::Weeks;

use crate::BtydError;

/// Of everybody known before a first order: how long it took, or how long none has come so far.
///
/// ```
/// use tenure_btyd::FirstOrderData;
/// use tenure_core::Weeks;
/// let data = FirstOrderData::new([(Weeks::new(0.3)?, true), (Weeks::new(26.0)?, false)])?;
/// assert_eq!((data.customers(), data.ordered()), (2, 1));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct FirstOrderData {
    /// Weeks from the first sight to the first order, rising.
    pub(super) ordered: Vec<f64>,
    /// Weeks from the first sight to the end of observation, of those without an order, rising.
    pub(super) waiting: Vec<f64>,
}

impl FirstOrderData {
    /// Takes `(wait, whether it ended with an order)` of people, in any order.
    ///
    /// # Errors
    /// When there is nobody.
    pub fn new(people: impl IntoIterator<Item = (Weeks, bool)>) -> Result<Self, BtydError> {
        let (mut ordered, mut waiting) = (Vec::new(), Vec::new());
        for (wait, with_order) in people {
            if with_order { &mut ordered } else { &mut waiting }.push(wait.get());
        }
        if ordered.is_empty() && waiting.is_empty() {
            return Err(BtydError::TooFewCustomers { needed: 1, got: 0 });
        }
        // So that sums do not depend on the order of arrival.
        ordered.sort_unstable_by(f64::total_cmp);
        waiting.sort_unstable_by(f64::total_cmp);
        Ok(Self { ordered, waiting })
    }

    /// People, with an order and without.
    #[must_use]
    pub const fn customers(&self) -> usize {
        self.ordered.len() + self.waiting.len()
    }

    /// Those who ordered.
    #[must_use]
    pub const fn ordered(&self) -> usize {
        self.ordered.len()
    }

    /// The same with time in units of so many weeks.
    pub(super) fn in_units_of(&self, unit: f64) -> Self {
        let scaled = |weeks: &[f64]| weeks.iter().map(|wait| wait / unit).collect();
        Self { ordered: scaled(&self.ordered), waiting: scaled(&self.waiting) }
    }
}

impl Records for FirstOrderData {
    type Elem = f64;

    fn nsamples(&self) -> usize {
        self.customers()
    }

    /// The wait and how it ended.
    fn nfeatures(&self) -> usize {
        2
    }
}
