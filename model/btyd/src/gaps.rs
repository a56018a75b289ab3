//! What tells regular customers from random ones: the logarithms of the times between their orders.

use tenure_core::Weeks;

use crate::{BtydError, RfmData};

/// An hour: what lies closer together was one visit. Orders are stamped in minutes or days, and models of
/// regular customers would otherwise be refuted by a single pair of equal stamps.
pub(crate) const SHORTEST_GAP: f64 = 1.0 / 168.0;

/// Sum of the natural logarithms of the gaps between the orders of one customer, in weeks.
///
/// `ages` are those at every order but the first, at which the age is zero. A gap below an hour counts
/// as an hour, also where ages do not come in order.
///
/// ```
/// use tenure_btyd::log_gaps;
/// use tenure_core::Weeks;
/// // Orders at 0, 2 and 5 weeks: gaps of 2 and 3.
/// let sum = log_gaps([Weeks::new(2.0)?, Weeks::new(5.0)?]);
/// assert!((sum - 6.0_f64.ln()).abs() < 1e-15);
/// # Ok::<(), tenure_core::CoreError>(())
/// ```
pub fn log_gaps(ages: impl IntoIterator<Item = Weeks>) -> f64 {
    let mut last = 0.0;
    let gap = |age: Weeks| {
        let gap = age.get() - last;
        last = age.get();
        gap.max(SHORTEST_GAP).ln()
    };
    ages.into_iter().map(gap).sum()
}

impl RfmData {
    /// The same customers with the sum of [`log_gaps`] over all of them, each counted by its weight.
    ///
    /// Beyond `(x, t_x, T)` this one number is all that models of regular customers need, and only to tell how
    /// regular customers are: for every k the other parameters come out the same without it.
    ///
    /// # Errors
    /// When the sum is not finite, or exceeds what gaps that add up to `t_x` can have (all of them equal).
    pub fn with_log_gaps(mut self, sum: f64) -> Result<Self, BtydError> {
        let most = self.sum_rows_with_orders(|x, recency_age| x * (recency_age / x).ln());
        if !sum.is_finite() || sum > most + 1e-9 * (1.0 + most.abs()) {
            return Err(BtydError::InvalidLogGaps { value: sum, most });
        }
        self.log_gaps = Some(sum);
        Ok(self)
    }

    /// The sum given to [`Self::with_log_gaps`].
    #[must_use]
    pub const fn log_gaps(&self) -> Option<f64> {
        self.log_gaps
    }

    /// Weighted sum of `of(x, t_x)` over customers with a repeat order, `t_x` in weeks and of x hours at least.
    pub(crate) fn sum_rows_with_orders(&self, of: impl Fn(f64, f64) -> f64) -> f64 {
        let ordered = self.rows.iter().filter(|row| row.frequency > 0);
        let term = |row: &crate::data::Row| {
            let x = f64::from(row.frequency);
            row.weight * of(x, self.nodes[row.recency_node as usize].weeks.max(x * SHORTEST_GAP))
        };
        ordered.map(term).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Customer;

    fn weeks(value: f64) -> Weeks {
        Weeks::new(value).unwrap()
    }

    #[test]
    fn orders_at_one_instant_count_as_an_hour_apart() {
        let sum = log_gaps([weeks(3.0), weeks(3.0)]);
        approx::assert_relative_eq!(sum, 3.0_f64.ln() - 168.0_f64.ln(), max_relative = 1e-15);
    }

    #[test]
    fn a_sum_that_no_gaps_can_have_is_refused() {
        let data = || RfmData::weighted([(Customer::new(3, weeks(6.0), weeks(9.0)).unwrap(), 2.0)]).unwrap();
        let most = 2.0 * 3.0 * 2.0_f64.ln();
        assert_eq!(data().with_log_gaps(most).unwrap().log_gaps(), Some(most));
        for sum in [most + 0.01, f64::NAN, f64::INFINITY] {
            let refused = data().with_log_gaps(sum);
            assert!(matches!(refused, Err(BtydError::InvalidLogGaps { .. })), "{sum}");
        }
    }
}
