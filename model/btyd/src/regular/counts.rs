//! How many phases a customer will go through: the negative binomial distribution, all of it at once.

/// Probabilities of the numbers of phases within a time, but for those numbers that hardly ever come.
#[derive(Debug)]
pub(super) struct Counts {
    /// Numbers below hardly ever come.
    first: u64,
    exactly: Vec<f64>,
    /// `at_least[i]` is the probability of `first + i` or more.
    at_least: Vec<f64>,
}

/// Most numbers to hold; with more, sums over them are slower than other ways.
const MOST: f64 = 30_000.0;

/// What is nothing beside the sum.
const NOTHING: f64 = 1e-20;

impl Counts {
    /// Phases come at a rate of `Gamma(shape, alpha)` for a time of `ratio` alphas: the number n has the
    /// probability `(shape)_n / n! (1 + ratio)^-shape (ratio / (1 + ratio))^n`.
    ///
    /// Recurred upwards and downwards from the likeliest number and then made to add up to one, so
    /// that nothing underflows; those up to `least` are always there. `None` where there are too many numbers.
    pub(super) fn new(shape: f64, ratio: f64, least: u64) -> Option<Self> {
        let deviation = (shape * ratio * (1.0 + ratio)).sqrt();
        if 20.0 * deviation + 50.0 * (1.0 + ratio) > MOST {
            return None;
        }
        let share = ratio / (1.0 + ratio);
        let likeliest = ((shape - 1.0) * ratio).max(0.0).floor();
        let mut below = Vec::new();
        let (mut term, mut n, mut sum) = (1.0, likeliest, 0.0);
        while n > 0.0 {
            term *= n / ((shape + n - 1.0) * share);
            if term <= NOTHING * (1.0 + sum) {
                break;
            }
            n -= 1.0;
            sum += term;
            below.push(term);
        }
        let first = n as u64;
        below.reverse();
        let mut exactly = below;
        (term, n) = (1.0, likeliest);
        loop {
            exactly.push(term);
            sum += term;
            let next = (shape + n) / (n + 1.0) * share;
            term *= next;
            n += 1.0;
            // Geometric from here on, at most.
            if next < 1.0 && term <= NOTHING * sum * (1.0 - next) && n as u64 > least {
                break;
            }
        }
        let mut tail = 0.0;
        let mut at_least = vec![0.0; exactly.len()];
        for (index, one) in exactly.iter_mut().enumerate().rev() {
            *one /= sum;
            tail += *one;
            at_least[index] = tail;
        }
        Some(Self { first, exactly, at_least })
    }

    /// Probability of exactly n.
    pub(super) fn exactly(&self, n: u64) -> f64 {
        let index = n.checked_sub(self.first);
        index.and_then(|index| self.exactly.get(index as usize)).copied().unwrap_or(0.0)
    }

    /// Probability of n or more.
    pub(super) fn at_least(&self, n: u64) -> f64 {
        let index = n.checked_sub(self.first);
        index.map_or(1.0, |index| self.at_least.get(index as usize).copied().unwrap_or(0.0))
    }

    /// Beyond this nothing comes.
    pub(super) fn end(&self) -> u64 {
        self.first + self.exactly.len() as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use statrs::distribution::{Discrete, NegativeBinomial};

    #[test]
    fn is_the_negative_binomial_distribution() {
        for (shape, ratio) in [(0.3, 0.7), (2.5, 40.0), (300.0, 0.1), (8_000.0, 3.0), (1.0, 1e-6)] {
            let counts = Counts::new(shape, ratio, 4).unwrap();
            let published = NegativeBinomial::new(shape, (1.0 + ratio).recip()).unwrap();
            let mean = shape * ratio;
            for n in [0.0, 1.0, 2.0, (mean / 2.0).floor(), mean.floor(), (2.0 * mean).floor()] {
                let (found, expected) = (counts.exactly(n as u64), published.pmf(n as u64));
                assert!((found - expected).abs() <= 1e-9 * expected + 1e-18, "{found} {expected} {n}");
            }
            let sum: f64 = (0..counts.end()).map(|n| counts.exactly(n)).sum();
            approx::assert_relative_eq!(sum, 1.0, max_relative = 1e-12);
            let mean_of_tails: f64 = (1..counts.end()).map(|n| counts.at_least(n)).sum();
            approx::assert_relative_eq!(mean_of_tails, mean, max_relative = 1e-10);
        }
        assert!(Counts::new(0.3, 1e4, 4).is_none());
    }
}
