//! Subscribers of known beginning, counted after each period.

use linfa::dataset::Records;

use crate::BtydError;

/// How many left in which period, and how many were still there when last seen, over one cohort or several.
///
/// ```
/// use tenure_btyd::RetentionData;
/// // Of 1,000 customers 631 renewed once and 468 twice; of 400 later ones 250 renewed once.
/// let data = RetentionData::new([vec![1000.0, 631.0, 468.0], vec![400.0, 250.0]])?;
/// assert_eq!((data.customers(), data.periods()), (1400.0, 2));
/// assert!(RetentionData::new([vec![1000.0, 1031.0]]).is_err());
/// # Ok::<(), tenure_btyd::BtydError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct RetentionData {
    /// Customers who left in period t, at t - 1.
    pub(super) lost: Vec<f64>,
    /// Customers last seen after t periods, at t - 1: what becomes of them is not known.
    pub(super) kept: Vec<f64>,
    customers: f64,
}

impl RetentionData {
    /// Survivors of each cohort: at the start, after one period, after two and so on. Cohorts need not be equally old.
    ///
    /// # Errors
    /// When there is no cohort, one has fewer than two counts, or counts are not finite, below zero or rising.
    pub fn new(cohorts: impl IntoIterator<Item = Vec<f64>>) -> Result<Self, BtydError> {
        let (mut lost, mut kept, mut customers): (Vec<f64>, Vec<f64>, f64) = (Vec::new(), Vec::new(), 0.0);
        for survivors in cohorts {
            let (Some(first), Some(last)) = (survivors.first(), survivors.last()) else {
                return Err(BtydError::TooFewCustomers { needed: 1, got: 0 });
            };
            let periods = survivors.len() - 1;
            if !first.is_finite() || *first <= 0.0 || periods == 0 {
                return Err(BtydError::InvalidSurvivors { period: 0, before: *first, after: *last });
            }
            if lost.len() < periods {
                lost.resize(periods, 0.0);
                kept.resize(periods, 0.0);
            }
            for (index, pair) in survivors.windows(2).enumerate() {
                let (before, after) = (pair[0], pair[1]);
                if !(0.0..=before).contains(&after) {
                    return Err(BtydError::InvalidSurvivors { period: index + 1, before, after });
                }
                lost[index] += before - after;
            }
            kept[periods - 1] += last;
            customers += first;
        }
        if customers <= 0.0 {
            return Err(BtydError::TooFewCustomers { needed: 1, got: 0 });
        }
        Ok(Self { lost, kept, customers })
    }

    /// Customers of all cohorts at their starts.
    #[must_use]
    pub const fn customers(&self) -> f64 {
        self.customers
    }

    /// Periods of the oldest cohort.
    #[must_use]
    pub const fn periods(&self) -> usize {
        self.lost.len()
    }

    /// Customers of whom it is known whether they stayed beyond period `period`, from 1: they were there when it began.
    #[must_use]
    pub fn at_risk(&self, period: usize) -> f64 {
        let before = period.saturating_sub(1).min(self.periods());
        let gone = self.lost[..before].iter().chain(&self.kept[..before]);
        self.customers - gone.sum::<f64>()
    }

    /// Share of customers there after 0, 1, 2, ... periods, all cohorts together: the share kept in each period, of those
    /// of whom it is known, multiplied up (Kaplan and Meier, 1958).
    #[must_use]
    pub fn observed_survival(&self) -> Vec<f64> {
        let mut survival = vec![1.0];
        let mut share = 1.0;
        for (index, lost) in self.lost.iter().enumerate() {
            let there = self.at_risk(index + 1);
            share *= if there > 0.0 { 1.0 - lost / there } else { 1.0 };
            survival.push(share);
        }
        survival
    }

    /// Customers who are known to have left.
    pub(super) fn leavers(&self) -> f64 {
        self.lost.iter().sum()
    }

    /// Share of renewals refused, over all that were asked for.
    pub(super) fn mean_churn(&self) -> f64 {
        let asked: f64 = (1..=self.periods()).map(|period| self.at_risk(period)).sum();
        self.leavers() / asked
    }
}

impl Records for RetentionData {
    type Elem = f64;

    fn nsamples(&self) -> usize {
        self.lost.len()
    }

    /// Who left and who was last seen.
    fn nfeatures(&self) -> usize {
        2
    }
}
