//! Random numbers that are the same on every machine.
//!
//! The source is `ChaCha` with 8 rounds, whose output is fixed by its specification, keyed by the seed; each
//! customer and purpose has a stream of its own, so nothing that one customer does moves another. The
//! distributions are written here, with `+ - * /`, square roots and the software functions of `libm`: those
//! of the platform may differ in the last digit between machines, and a last digit can move an event.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};

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
pub(super) struct Random {
    source: ChaCha8Rng,
}

impl Random {
    /// The stream of a customer, by number.
    pub(super) fn new(seed: u64, number: u64, purpose: Purpose) -> Self {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&seed.to_le_bytes());
        key[8..].copy_from_slice(FORMAT);
        let mut source = ChaCha8Rng::from_seed(key);
        source.set_stream(number * PURPOSES + purpose as u64);
        Self { source }
    }

    /// At least 0, below 1.
    pub(super) fn uniform(&mut self) -> f64 {
        // 53 bits are what a float holds, so every step here is exact.
        (self.source.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
    }

    pub(super) fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.uniform()
    }

    pub(super) fn chance(&mut self, share: f64) -> bool {
        self.uniform() < share
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

    /// Mean 1.
    pub(super) fn exponential(&mut self) -> f64 {
        -libm::log(1.0 - self.uniform())
    }

    /// Mean 0, deviation 1, by the polar method of Marsaglia and Bray (1964).
    pub(super) fn normal(&mut self) -> f64 {
        loop {
            let (x, y) = (self.between(-1.0, 1.0), self.between(-1.0, 1.0));
            let square = x * x + y * y;
            if square > 0.0 && square < 1.0 {
                return x * (-2.0 * libm::log(square) / square).sqrt();
            }
        }
    }

    /// Half of the values lie below `median`; `spread` is the deviation of the logarithm.
    pub(super) fn log_normal(&mut self, median: f64, spread: f64) -> f64 {
        median * libm::exp(spread * self.normal())
    }

    /// Gamma with this shape and rate 1, by Marsaglia and Tsang (2000); never zero.
    pub(super) fn gamma(&mut self, shape: f64) -> f64 {
        if shape < 1.0 {
            // Their section 6: a larger shape, brought down by a power of a uniform.
            let larger = self.gamma(shape + 1.0);
            return (larger * libm::pow(1.0 - self.uniform(), 1.0 / shape)).max(f64::MIN_POSITIVE);
        }
        let d = shape - 1.0 / 3.0;
        let c = 1.0 / (9.0 * d).sqrt();
        loop {
            let x = self.normal();
            let v = 1.0 + c * x;
            if v <= 0.0 {
                continue;
            }
            let v = v * v * v;
            let u = 1.0 - self.uniform();
            if libm::log(u) < 0.5 * x * x + d - d * v + d * libm::log(v) {
                return d * v;
            }
        }
    }

    pub(super) fn beta(&mut self, a: f64, b: f64) -> f64 {
        let (x, y) = (self.gamma(a), self.gamma(b));
        x / (x + y)
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
        check(Random::uniform, 0.5, 1.0 / 12.0);
        check(Random::exponential, 1.0, 1.0);
        check(Random::normal, 0.0, 1.0);
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
        let first = |seed, number, purpose| Random::new(seed, number, purpose).source.next_u64();
        let known = first(7, 0, Purpose::Life);
        assert_eq!(first(7, 0, Purpose::Life), known);
        for other in [first(8, 0, Purpose::Life), first(7, 1, Purpose::Life), first(7, 0, Purpose::Behaviour)]
        {
            assert_ne!(other, known);
        }
    }

    /// `ChaCha8` of an all-zero key and stream, from the test vectors of its specification (TC1, 256 bits).
    #[test]
    fn the_source_is_the_specified_one() {
        let mut source = ChaCha8Rng::from_seed([0; 32]);
        let mut bytes = [0; 8];
        source.fill_bytes(&mut bytes);
        assert_eq!(bytes, [0x3e, 0x00, 0xef, 0x2f, 0x89, 0x5f, 0x40, 0xd6]);
    }
}
