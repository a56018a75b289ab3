//! Logistic regression, by linfa.

use linfa::DatasetBase;
use linfa::traits::Fit;
use linfa_logistic::LogisticRegression;
use ndarray::{Array1, Array2};
use tenure_predict::{Learned, Linear, LinearTerm, Target};

use super::filled::{Column, columns};
use super::table::refuse;
use super::{Learner, Table};
use crate::LearnError;

/// Logistic regression with a pull of all weights towards zero.
///
/// Features are brought to mean 0 and deviation 1 before the fit. A missing value counts as the mean, and where a
/// feature is missing in some rows and not in others, that it is missing is a feature of its own.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Logistic {
    /// The pull: half the squared weights count this much against the log-likelihood summed over the rows.
    pub alpha: f64,
}

impl Default for Logistic {
    fn default() -> Self {
        Self { alpha: 1.0 }
    }
}

/// Rows of unequal weight are repeated; the lightest at most this often for each time it would be seen once.
const MOST_REPEATS: f64 = 4.0;

/// Where the log-likelihood rises by less than this a row, the top is reached: weights are right to some five digits.
const SLOPE_LEFT: f64 = 1e-6;

impl Learner for Logistic {
    fn name(&self) -> &'static str {
        "logistic"
    }

    fn fit(&self, train: &Table<'_>, _later: Option<&Table<'_>>) -> Result<Learned, LearnError> {
        if train.target() != Target::Probability {
            return Err(refuse("logistic regression learns probabilities, not amounts"));
        }
        train.check_both_outcomes()?;
        let columns = columns(train);
        let design = Design::new(&columns);
        let rows = repeated(train);
        let mut records = Array2::zeros((rows.len(), design.width()));
        let mut targets = Array1::from_elem(rows.len(), false);
        for (to, from) in rows.iter().enumerate() {
            let row = &train.rows()[from * train.features()..][..train.features()];
            design.fill(row, |at, value| records[[to, at]] = value);
            targets[to] = train.labels()[*from] > 0.5;
        }
        let fitted = LogisticRegression::default()
            .alpha(self.alpha)
            .max_iterations(500)
            .gradient_tolerance(SLOPE_LEFT * rows.len() as f64)
            .fit(&DatasetBase::new(records, targets))
            .map_err(|error| refuse(format!("logistic regression: {error}")))?;
        // linfa calls one of the two outcomes positive, whichever it likes.
        let sign = if fitted.labels().pos.class { 1.0 } else { -1.0 };
        let weights: Vec<f64> = fitted.params().iter().map(|weight| sign * weight).collect();
        Ok(Learned::Linear(design.terms(&weights, sign * fitted.intercept())?))
    }
}

/// Which columns of numbers the features become.
struct Design<'a> {
    columns: &'a [Column],
    /// Features that have a column for being missing, behind all the others.
    gaps: Vec<usize>,
}

impl<'a> Design<'a> {
    fn new(columns: &'a [Column]) -> Self {
        let has_gaps = |feature: &usize| columns[*feature].missing > 0.0 && columns[*feature].missing < 1.0;
        Self { columns, gaps: (0..columns.len()).filter(has_gaps).collect() }
    }

    fn width(&self) -> usize {
        self.columns.len() + self.gaps.len()
    }

    fn fill(&self, row: &[f32], mut set: impl FnMut(usize, f64)) {
        for (at, (column, value)) in self.columns.iter().zip(row).enumerate() {
            set(at, if value.is_nan() { 0.0 } else { (f64::from(*value) - column.mean) / column.deviation });
        }
        for (at, feature) in self.gaps.iter().enumerate() {
            set(self.columns.len() + at, f64::from(u8::from(row[*feature].is_nan())));
        }
    }

    /// The weights in units of the features, each term 0 on average, the rest in the base.
    fn terms(&self, weights: &[f64], intercept: f64) -> Result<Linear, LearnError> {
        let mut base = intercept;
        let term = |(feature, column): (usize, &Column)| {
            let gap = self.gaps.iter().position(|one| *one == feature);
            let gap = gap.map_or(0.0, |at| weights[self.columns.len() + at]);
            let slope = weights[feature] / column.deviation;
            base += gap * column.missing;
            let shift = gap * column.missing;
            LinearTerm { slope, offset: -slope * column.mean - shift, missing: gap - shift }
        };
        let terms = self.columns.iter().enumerate().map(term).collect();
        Ok(Linear::new(base, terms)?)
    }
}

/// Each row as often as its weight says, by systematic sampling: linfa knows no weights.
fn repeated(table: &Table<'_>) -> Vec<usize> {
    let Some(weights) = table.weights() else { return (0..table.labels().len()).collect() };
    let least = weights.iter().copied().fold(f32::INFINITY, f32::min);
    let mean = weights.iter().map(|weight| f64::from(*weight)).sum::<f64>() / weights.len() as f64;
    // Whole multiples of the least weight come out exactly, as long as they are few.
    let unit = f64::from(least).max(mean / MOST_REPEATS);
    let mut rows = Vec::new();
    let mut owed = 0.5;
    for (row, weight) in weights.iter().enumerate() {
        owed += f64::from(*weight) / unit;
        while owed >= 1.0 {
            rows.push(row);
            owed -= 1.0;
        }
    }
    rows
}
