//! How BG/BB lets a customer take chances.

use super::Random;
use crate::{BgBb, BtydError, ChanceCustomer};

/// Which of the chances one customer took.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chances {
    /// One by one.
    pub taken: Vec<bool>,
    /// Chances before leaving for good; `None` where the customer is still there after the last one.
    pub left_after: Option<u32>,
}

impl Chances {
    /// What a model is shown of the customer after the first `chances`.
    ///
    /// # Errors
    /// When these are more than [`ChanceCustomer::MAX_CHANCES`].
    pub fn customer(&self, chances: u32) -> Result<ChanceCustomer, BtydError> {
        let seen = &self.taken[..self.taken.len().min(chances as usize)];
        let last = seen.iter().rposition(|taken| *taken).map_or(0, |place| place + 1);
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let frequency = seen.iter().filter(|taken| **taken).count();
        ChanceCustomer::new(count(frequency), count(last), count(seen.len()))
    }
}

/// What customer `number` does with a number of chances, at the model's parameters.
#[must_use]
pub fn chances(model: &BgBb, chances: u32, seed: u64, number: u64) -> Chances {
    let mut random = Random::new(seed, number);
    let [alpha, beta, gamma, delta] = model.parameters();
    let (buys, leaves) = (random.beta(alpha, beta), random.beta(gamma, delta));
    let mut life = Chances { taken: Vec::new(), left_after: None };
    for chance in 0..chances {
        if life.left_after.is_none() && random.chance(leaves) {
            life.left_after = Some(chance);
        }
        let taken = random.chance(buys) && life.left_after.is_none();
        life.taken.push(taken);
    }
    life
}
