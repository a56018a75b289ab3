//! How the models of retention let a customer stay.

use super::Random;
use crate::{BetaWeibull, ShiftedBetaGeometric};

/// A model of retention that can make customers up.
pub trait SubscribersOf {
    /// Renewals of one customer, `most` at most.
    fn renewals(&self, most: u32, random: &mut Random) -> u32;
}

impl SubscribersOf for ShiftedBetaGeometric {
    fn renewals(&self, most: u32, random: &mut Random) -> u32 {
        let [alpha, beta] = self.parameters();
        let leaves = random.beta(alpha, beta);
        (0..most).take_while(|_| !random.chance(leaves)).count() as u32
    }
}

impl SubscribersOf for BetaWeibull {
    fn renewals(&self, most: u32, random: &mut Random) -> u32 {
        let [alpha, beta, c] = self.parameters();
        // The customer stays longer than t with the probability (1 - p)^(t^c).
        let stays = libm::log1p(-random.beta(alpha, beta));
        let wanted = random.exponential();
        (1..=most).take_while(|t| -stays * libm::pow(f64::from(*t), c) < wanted).count() as u32
    }
}

/// Survivors of a cohort: at the start and after each of so many periods, as
/// [`RetentionData::new`](crate::RetentionData::new) takes them.
#[must_use]
pub fn cohort(model: &impl SubscribersOf, customers: u32, periods: u32, seed: u64) -> Vec<f64> {
    let mut survivors = vec![0.0; periods as usize + 1];
    for number in 0..customers {
        let renewals = model.renewals(periods, &mut Random::new(seed, u64::from(number)));
        for survivor in &mut survivors[..=renewals as usize] {
            *survivor += 1.0;
        }
    }
    survivors
}
