//! A weighted sum of features: how logistic regression is served.

use serde::{Deserialize, Serialize};

use crate::{MAX_FEATURES, PredictError};

/// What one feature adds to the margin.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LinearTerm {
    /// What each unit of the feature adds.
    pub slope: f64,
    /// What a feature of 0 adds.
    pub offset: f64,
    /// What is added where the feature is missing.
    pub missing: f64,
}

impl LinearTerm {
    /// What a value adds; `NaN` is missing.
    #[must_use]
    pub fn of(&self, value: f32) -> f64 {
        if value.is_nan() { self.missing } else { self.offset + self.slope * f64::from(value) }
    }
}

/// A base and a term for each feature.
///
/// Terms are told so that each adds nothing on average over the rows trained on: then what a term adds for one row is
/// that feature's Shapley value, and the base is the mean margin.
///
/// ```
/// use tenure_predict::{Linear, LinearTerm};
/// let linear = Linear::new(0.5, vec![LinearTerm { slope: 2.0, offset: -1.0, missing: 0.25 }])?;
/// assert_eq!(linear.margin(&[1.0]), 1.5);
/// assert_eq!(linear.margin(&[f32::NAN]), 0.75);
/// # Ok::<(), tenure_predict::PredictError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Unchecked")]
pub struct Linear {
    base: f64,
    terms: Vec<LinearTerm>,
}

/// The numbers as they stand in a file, before anybody looked at them.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Unchecked {
    base: f64,
    terms: Vec<LinearTerm>,
}

impl Linear {
    /// A sum of `base` and terms.
    ///
    /// # Errors
    /// When a number is not finite, or there are more than [`MAX_FEATURES`] terms.
    pub fn new(base: f64, terms: Vec<LinearTerm>) -> Result<Self, PredictError> {
        if terms.len() > MAX_FEATURES {
            return Err(PredictError::InvalidLinear { problem: "there are too many terms" });
        }
        let fine =
            |term: &LinearTerm| [term.slope, term.offset, term.missing].iter().all(|one| one.is_finite());
        if !base.is_finite() || !terms.iter().all(fine) {
            return Err(PredictError::InvalidLinear { problem: "a number is not finite" });
        }
        Ok(Self { base, terms })
    }

    /// The same sum with a constant added.
    ///
    /// # Errors
    /// When the constant is not finite.
    pub fn shifted(self, by: f64) -> Result<Self, PredictError> {
        Self::new(self.base + by, self.terms)
    }

    /// How many features a row has.
    #[must_use]
    pub const fn features(&self) -> usize {
        self.terms.len()
    }

    /// The terms, one for each feature.
    #[must_use]
    pub fn terms(&self) -> &[LinearTerm] {
        &self.terms
    }

    /// The margin of one row. Features that the row is too short for are missing.
    #[must_use]
    pub fn margin(&self, row: &[f32]) -> f64 {
        let value = |at: usize| row.get(at).copied().unwrap_or(f32::NAN);
        self.terms.iter().enumerate().fold(self.base, |sum, (at, term)| sum + term.of(value(at)))
    }

    /// What each feature adds to the margin of one row, written to `contributions`; returned is the base.
    pub fn contributions(&self, row: &[f32], contributions: &mut [f64]) -> f64 {
        for (at, (term, contribution)) in self.terms.iter().zip(contributions).enumerate() {
            *contribution = term.of(row.get(at).copied().unwrap_or(f32::NAN));
        }
        self.base
    }
}

impl TryFrom<Unchecked> for Linear {
    type Error = PredictError;
    fn try_from(file: Unchecked) -> Result<Self, PredictError> {
        Self::new(file.base, file.terms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contributions_and_base_add_up_to_the_margin() {
        let term = |slope, offset, missing| LinearTerm { slope, offset, missing };
        let linear = Linear::new(1.0, vec![term(2.0, -1.0, 0.5), term(0.1, 0.2, 0.3)]).unwrap();
        let mut contributions = [0.0; 2];
        for row in [[1.5, 2.0].as_slice(), &[f32::NAN, -4.0], &[1.0]] {
            let base = linear.contributions(row, &mut contributions);
            assert!((base + contributions.iter().sum::<f64>() - linear.margin(row)).abs() < 1e-12);
        }
        assert!((linear.margin(&[1.0]) - 2.3).abs() < 1e-12, "the second feature is missing");
    }

    #[test]
    fn numbers_that_are_none_are_refused() {
        let fine = r#"{"base":1.0,"terms":[{"slope":1.0,"offset":0.0,"missing":0.0}]}"#;
        assert!(serde_json::from_str::<Linear>(fine).is_ok());
        assert!(serde_json::from_str::<Linear>(&fine.replace("1.0,", "1e999,")).is_err());
        assert!(Linear::new(f64::NAN, vec![]).is_err());
        let endless = LinearTerm { slope: f64::INFINITY, offset: 0.0, missing: 0.0 };
        assert!(Linear::new(0.0, vec![endless]).is_err());
    }
}
