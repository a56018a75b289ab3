//! Random numbers that are the same on every machine.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};

/// Fills the key beside the seed; another text when the same seed should give other customers.
const FORMAT: &[u8; 24] = b"btyd simulation format 1";

/// A source of random numbers, known by a seed and the number of a customer.
///
/// The bits are those of `ChaCha` with 8 rounds, fixed by its specification; the distributions are made of
/// them with `+ - * /`, square roots and the software functions of `libm`, whose last digits do not depend on the
/// platform. Each customer has a stream of its own, so that nothing one does moves another.
#[derive(Debug)]
pub struct Random(ChaCha8Rng);

impl Random {
    /// The stream of one customer.
    #[must_use]
    pub fn new(seed: u64, customer: u64) -> Self {
        Self::stream(FORMAT, seed, customer)
    }

    /// The stream of this number, for a simulation of another kind: `format` fills the key beside the seed, so that
    /// simulations of different formats share no numbers.
    #[must_use]
    pub fn stream(format: &[u8; 24], seed: u64, number: u64) -> Self {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&seed.to_le_bytes());
        key[8..].copy_from_slice(format);
        let mut source = ChaCha8Rng::from_seed(key);
        source.set_stream(number);
        Self(source)
    }

    /// At least 0, below 1.
    pub fn uniform(&mut self) -> f64 {
        // 53 bits are what a float holds, so every step here is exact.
        (self.0.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Whether something of this probability comes about.
    pub fn chance(&mut self, probability: f64) -> bool {
        self.uniform() < probability
    }

    /// Mean 1.
    pub fn exponential(&mut self) -> f64 {
        -libm::log(1.0 - self.uniform())
    }

    /// Mean 0, deviation 1, by the polar method of Marsaglia and Bray (1964).
    pub fn normal(&mut self) -> f64 {
        loop {
            let (x, y) = (2.0 * self.uniform() - 1.0, 2.0 * self.uniform() - 1.0);
            let square = x * x + y * y;
            if square > 0.0 && square < 1.0 {
                return x * (-2.0 * libm::log(square) / square).sqrt();
            }
        }
    }

    /// Gamma of this shape and rate 1, by Marsaglia and Tsang (2000); never zero.
    pub fn gamma(&mut self, shape: f64) -> f64 {
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

    /// Beta, between 0 and 1.
    pub fn beta(&mut self, a: f64, b: f64) -> f64 {
        let (x, y) = (self.gamma(a), self.gamma(b));
        x / (x + y)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Mean and variance over many draws, within five standard errors of the mean and a tenth.
    #[track_caller]
    fn check(mut draw: impl FnMut(&mut Random) -> f64, mean: f64, variance: f64) {
        const DRAWS: usize = 40_000;
        let mut random = Random::new(7, 0);
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
        check(|random| f64::from(random.chance(0.3)), 0.3, 0.21);
    }

    #[test]
    fn a_stream_is_known_by_seed_and_customer() {
        let first = |seed, customer| Random::new(seed, customer).uniform();
        assert_eq!(first(7, 0), first(7, 0));
        assert!(first(7, 0) != first(8, 0) && first(7, 0) != first(7, 1));
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
