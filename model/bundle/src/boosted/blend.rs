//! Several learned models and the purchase model, weighed into one margin.

use serde::{Deserialize, Serialize};
use tenure_predict::Learned;

use crate::BundleError;

/// A learned model and its weight in a [`Blend`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BlendMember {
    /// What its margin is multiplied by.
    pub weight: f64,
    /// What gives the margin.
    pub model: Learned,
}

/// A margin: so much of the purchase model's, and so much of each learned model's (Wolpert 1992, "Stacked
/// generalization").
///
/// ```
/// use tenure_bundle::Blend;
/// let as_it_is = Blend::new(1.0, Vec::new())?;
/// assert_eq!(as_it_is.margin(-0.7, &[]), -0.7);
/// # Ok::<(), tenure_bundle::BundleError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Unchecked")]
pub struct Blend {
    base: f64,
    members: Vec<BlendMember>,
}

#[derive(Deserialize)]
struct Unchecked {
    base: f64,
    members: Vec<BlendMember>,
}

impl Blend {
    /// So much of the purchase model's margin, and so much of each member's.
    ///
    /// # Errors
    /// [`BundleError::InvalidWeight`] when a weight is not from 0 to 1.
    pub fn new(base: f64, members: Vec<BlendMember>) -> Result<Self, BundleError> {
        let weights = members.iter().map(|member| member.weight).chain([base]);
        match weights.into_iter().find(|weight| !(0.0..=1.0).contains(weight)) {
            Some(weight) => Err(BundleError::InvalidWeight { weight }),
            None => Ok(Self { base, members }),
        }
    }

    /// How much of the purchase model's margin there is.
    #[must_use]
    pub const fn base(&self) -> f64 {
        self.base
    }

    /// The learned models.
    #[must_use]
    pub fn members(&self) -> &[BlendMember] {
        &self.members
    }

    /// The margin of one row, of which the purchase model gives `base`.
    #[must_use]
    pub fn margin(&self, base: f64, row: &[f32]) -> f64 {
        let mut found = [0.0];
        self.members.iter().fold(self.base * base, |sum, member| {
            member.model.margins(row, &mut found);
            sum + member.weight * found[0]
        })
    }

    /// The margins of many rows laid end to end, of which the purchase model gives `base`: the same as row by row, bit
    /// for bit, and much faster.
    #[must_use]
    pub fn margins(&self, base: &[f64], rows: &[f32]) -> Vec<f64> {
        let mut total: Vec<f64> = base.iter().map(|base| self.base * base).collect();
        let mut found = vec![0.0; base.len()];
        for member in &self.members {
            member.model.margins(rows, &mut found);
            total.iter_mut().zip(&found).for_each(|(total, found)| *total += member.weight * found);
        }
        total
    }

    /// What each number of a row adds to its margin; returned is what remains: the learned models' margin of the
    /// population. The purchase model's share, [`base`](Self::base) times its margin, comes on top; all three add up to
    /// the margin.
    pub fn contributions(&self, row: &[f32], contributions: &mut [f64]) -> f64 {
        let mut own = vec![0.0; contributions.len()];
        contributions.fill(0.0);
        let mut rest = 0.0;
        for member in &self.members {
            rest += member.weight * member.model.contributions(row, &mut own);
            contributions.iter_mut().zip(&own).for_each(|(total, own)| *total += member.weight * own);
        }
        rest
    }
}

impl TryFrom<Unchecked> for Blend {
    type Error = BundleError;
    fn try_from(file: Unchecked) -> Result<Self, BundleError> {
        Self::new(file.base, file.members)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;
    use tenure_predict::{TreeEnsemble, TreeNode};

    fn stump(value: f32) -> Learned {
        let split = TreeNode::Split {
            feature: 0,
            threshold: 0.5,
            missing_left: true,
            left: 1,
            right: 2,
            cover: 4.0,
            gain: 1.0,
        };
        let leaf = |value, cover| TreeNode::Leaf { value, cover };
        Learned::Trees(
            TreeEnsemble::new(1, 0.25, &[vec![split, leaf(-value, 3.0), leaf(value, 1.0)]]).unwrap(),
        )
    }

    #[test]
    fn margins_add_up_by_weight_and_by_contribution() {
        let member = |weight, value| BlendMember { weight, model: stump(value) };
        let blend = Blend::new(0.5, vec![member(1.0, 0.75), member(0.5, 2.0)]).unwrap();
        // 0.5 x 3 + (0.25 + 0.75) + 0.5 (0.25 + 2)
        assert!((blend.margin(3.0, &[1.0]) - 3.625).abs() < 1e-9);
        assert_eq!(blend.margins(&[3.0, 0.0], &[1.0, 0.0])[0], blend.margin(3.0, &[1.0]));
        let mut parts = [0.0];
        let rest = blend.contributions(&[1.0], &mut parts);
        assert!((0.5 * 3.0 + rest + parts[0] - 3.625).abs() < 1e-9);
    }

    proptest! {
        #[test]
        fn many_rows_are_answered_as_one_by_one(
            weights in vec(0.0..=1.0_f64, 1..5),
            rows in vec((-3.0..3.0_f64, -1.0..2.0_f32), 0..70),
        ) {
            let member = |(at, weight): (usize, &f64)| {
                BlendMember { weight: *weight, model: stump(0.1 + at as f32) }
            };
            let members = weights.iter().enumerate().map(member).collect();
            let blend = Blend::new(weights[0], members).unwrap();
            let (base, values): (Vec<f64>, Vec<f32>) = rows.iter().copied().unzip();
            let alone: Vec<u64> =
                rows.iter().map(|(base, value)| blend.margin(*base, &[*value]).to_bits()).collect();
            let together = blend.margins(&base, &values);
            prop_assert_eq!(together.into_iter().map(f64::to_bits).collect::<Vec<_>>(), alone);
        }
    }

    #[test]
    fn a_weight_out_of_range_is_refused() {
        for weight in [-0.1, 1.1, f64::NAN] {
            assert!(matches!(Blend::new(weight, Vec::new()), Err(BundleError::InvalidWeight { .. })));
        }
    }
}
