//! Random numbers that are the same on every machine.
//!
//! Source and distributions are those of [`tenure_btyd::simulate::Random`]; each customer and purpose has a stream of
//! its own, so nothing that one customer does moves another. What is added here is made the same way, with `+ - * /`
//! and the software functions of `libm`.

use std::ops::{Deref, DerefMut};

use tenure_btyd::simulate;

/// Fills the key beside the seed; another number when the same seed should give other bytes.
const FORMAT: &[u8; 24] = b"tenure simulate format 1";

/// What a stream is for. Streams are apart so that an option about one thing leaves the others as they were.
#[derive(Clone, Copy, Debug)]
pub(super) enum Purpose {
    /// Who the customer is, when orders come and when they end, and how much is spent.
    Life = 0,
    /// What becomes of orders: refunds and cancellations.
    Fate = 1,
    /// Visits, messages and what else surrounds the orders.
    Behaviour = 2,
    /// Which events are late.
    Delivery = 3,
    /// Doubled and displaced rows.
    Rows = 4,
}

/// Streams of one customer.
pub(super) const PURPOSES: u64 = 5;

#[derive(Debug)]
pub(super) struct Random(simulate::Random);

impl Deref for Random {
    type Target = simulate::Random;
    fn deref(&self) -> &simulate::Random {
        &self.0
    }
}

impl DerefMut for Random {
    fn deref_mut(&mut self) -> &mut simulate::Random {
        &mut self.0
    }
}

impl Random {
    /// The stream of a customer, by number.
    pub(super) fn new(seed: u64, number: u64, purpose: Purpose) -> Self {
        Self(simulate::Random::stream(FORMAT, seed, number * PURPOSES + purpose as u64))
    }

    pub(super) fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.uniform()
    }

    /// A whole number below `count`.
    pub(super) fn below(&mut self, count: usize) -> usize {
        (self.uniform() * count as f64) as usize
    }

    /// One of the list, each as often as its weight says.
    pub(super) fn pick<'a, T>(&mut self, list: &'a [T], weight: impl Fn(&T) -> f64) -> &'a T {
        let total: f64 = list.iter().map(&weight).sum();
        let mut left = self.uniform() * total;
        let last = list.len() - 1;
        for one in &list[..last] {
            left -= weight(one);
            if left < 0.0 {
                return one;
            }
        }
        &list[last]
    }

    /// Half of the values lie below `median`; `spread` is the deviation of the logarithm.
    pub(super) fn log_normal(&mut self, median: f64, spread: f64) -> f64 {
        median * libm::exp(spread * self.normal())
    }

    /// A count with a small mean, by multiplying uniforms (Knuth).
    pub(super) fn poisson(&mut self, mean: f64) -> u32 {
        let end = libm::exp(-mean);
        let (mut count, mut product) = (0, self.uniform());
        while product > end {
            count += 1;
            product *= self.uniform();
        }
        count
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Mean and variance over many draws, within five standard errors of the mean and a twentieth.
    #[track_caller]
    fn check(mut draw: impl FnMut(&mut Random) -> f64, mean: f64, variance: f64) {
        const DRAWS: usize = 40_000;
        let mut random = Random::new(7, 0, Purpose::Life);
        let draws: Vec<f64> = (0..DRAWS).map(|_| draw(&mut random)).collect();
        let found = draws.iter().sum::<f64>() / DRAWS as f64;
        let spread = draws.iter().map(|x| (x - found) * (x - found)).sum::<f64>() / DRAWS as f64;
        assert!((found - mean).abs() < 5.0 * (variance / DRAWS as f64).sqrt(), "{found} for {mean}");
        assert!((spread / variance - 1.0).abs() < 0.1, "{spread} for {variance}");
    }

    #[test]
    fn distributions_have_their_moments() {
        check(|random| random.uniform(), 0.5, 1.0 / 12.0);
        check(|random| random.exponential(), 1.0, 1.0);
        check(|random| random.normal(), 0.0, 1.0);
        check(|random| random.gamma(0.4), 0.4, 0.4);
        check(|random| random.gamma(6.25), 6.25, 6.25);
        check(|random| random.beta(2.0, 3.0), 0.4, 0.04);
        check(|random| f64::from(random.poisson(1.7)), 1.7, 1.7);
        check(|random| libm::log(random.log_normal(240.0, 0.5)), libm::log(240.0), 0.25);
        check(|random| random.below(4) as f64, 1.5, 1.25);
        check(|random| *random.pick(&[0.0, 1.0], |x| 1.0 + 2.0 * x), 0.75, 0.1875);
    }

    #[test]
    fn a_stream_is_known_by_seed_number_and_purpose() {
        let first = |seed, number, purpose| Random::new(seed, number, purpose).uniform();
        let known = first(7, 0, Purpose::Life);
        assert_eq!(first(7, 0, Purpose::Life), known);
        for other in [first(8, 0, Purpose::Life), first(7, 1, Purpose::Life), first(7, 0, Purpose::Behaviour)]
        {
            assert!(other != known);
        }
    }
}
