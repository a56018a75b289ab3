//! How many phases a customer will go through: the negative binomial distribution, all of it at once.

use super::MAX_REGULARITY;

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

/// A mean over fewer alphas is left to [`Counts`]: what is at the start of its sum would be nothing.
const LEAST_RATIO: f64 = 1e-9;
/// The sum begins with the chance of no phase, which must be `e^-600` at least.
const MOST_LN: f64 = 600.0;
/// Numbers that deviate by more are not gone through one by one for a mean.
const MOST_DEVIATION: f64 = 300.0;

/// What a mean does not show any more.
const ROUNDING: f64 = 1e-16;

/// What is nothing beside the sum.
const NOTHING: f64 = 1e-20;

impl Counts {
    /// Phases since the last order, at the end of a time of `ratio` alphas of which `silent` alphas were already seen
    /// to hold fewer than `k`, at a rate of `Gamma(shape, alpha)`.
    ///
    /// The number n of phases in the time alone is negative binomial, `(shape)_n / n! (1 + ratio)^-shape (ratio /
    /// (1 + ratio))^n`; with the j before it, each with its weight, that is times the sum over j below k of
    /// `n choose j (silent / ratio)^j`. Recurred upwards and downwards from the likeliest number and then made to add
    /// up to one, so that nothing underflows; those up to `4 k` are always there. `None` where there are too
    /// many numbers.
    pub(super) fn new(k: u32, shape: f64, silent: f64, ratio: f64) -> Option<Self> {
        let deviation = (shape * ratio * (1.0 + ratio)).sqrt();
        if 20.0 * deviation + 50.0 * (1.0 + ratio) > MOST {
            return None;
        }
        let share = ratio / (1.0 + ratio);
        let before = |n: f64| {
            let (mut ways, mut sum) = (1.0, 1.0);
            for j in 1..k {
                ways *= silent / ratio * (n + 1.0 - f64::from(j)) / f64::from(j);
                sum += ways;
            }
            sum
        };
        let likeliest = ((shape - 1.0) * ratio).max(0.0).floor();
        let mut below = Vec::new();
        let top = before(likeliest);
        let (mut term, mut n, mut sum) = (1.0, likeliest, 0.0);
        while n > 0.0 {
            term *= n / ((shape + n - 1.0) * share);
            let one = term * before(n - 1.0);
            if one <= NOTHING * (top + sum) {
                break;
            }
            n -= 1.0;
            sum += one;
            below.push(one);
        }
        let first = n as u64;
        below.reverse();
        let mut exactly = below;
        (term, n) = (1.0, likeliest);
        loop {
            let one = term * before(n);
            exactly.push(one);
            sum += one;
            let next = (shape + n) / (n + 1.0) * share;
            term *= next;
            n += 1.0;
            // Geometric from here on, at most.
            if next < 1.0 && one <= NOTHING * sum * (1.0 - next) && n > f64::from(4 * k) {
                break;
            }
        }
        Some(Self::scaled(first, exactly, sum))
    }

    /// The mean of a value that each number of orders has, of which there is one for every k phases: none has 0, and
    /// `more`, which does not end, gives what each further order adds, in its own unit. The chances are those of
    /// [`Self::new`], of which the other arguments are, from no phase upwards and without keeping them; `None` where
    /// that leaves the range of numbers, or where there are many.
    pub(super) fn mean(
        k: u32,
        shape: f64,
        silent: f64,
        ratio: f64,
        mut more: impl Iterator<Item = f64>,
    ) -> Option<f64> {
        let deviation = (shape * ratio * (1.0 + ratio)).sqrt();
        let is_begun_with_none = ratio > LEAST_RATIO && shape * ratio.ln_1p() < MOST_LN;
        if !is_begun_with_none || deviation + ratio > MOST_DEVIATION {
            return None;
        }
        let (share, odds) = (ratio / (1.0 + ratio), silent / ratio);
        // `n choose j odds^j`, by Pascal's rule: n + 1 choose j is n choose j and n choose j - 1 together.
        let mut before = [0.0; MAX_REGULARITY as usize];
        before[0] = 1.0;
        let before = &mut before[..k as usize];
        let (mut term, mut n, mut sum, mut total, mut value) = (1.0, 0.0, 0.0, 0.0, 0.0);
        loop {
            let (mut one, mut next) = (0.0, 0.0);
            for _ in 0..k {
                one = term * before.iter().sum::<f64>();
                sum += one;
                total += one * value;
                for j in (1..before.len()).rev() {
                    before[j] += odds * before[j - 1];
                }
                next = (shape + n) / (n + 1.0) * share;
                term *= next;
                n += 1.0;
            }
            if next < 1.0 && one * value <= ROUNDING * total * (1.0 - next) && n > f64::from(4 * k) {
                return Some(total / sum).filter(|mean| mean.is_finite());
            }
            if !sum.is_finite() {
                return None;
            }
            value += more.next()?;
        }
    }

    /// Before any time has passed: j phases with these probabilities.
    pub(super) fn now(weights: &[f64]) -> Self {
        Self::scaled(0, weights.to_vec(), 1.0)
    }

    fn scaled(first: u64, mut exactly: Vec<f64>, sum: f64) -> Self {
        let mut tail = 0.0;
        let mut at_least = vec![0.0; exactly.len()];
        for (index, one) in exactly.iter_mut().enumerate().rev() {
            *one /= sum;
            tail += *one;
            at_least[index] = tail;
        }
        Self { first, exactly, at_least }
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
    use std::iter::repeat;

    use super::*;
    use statrs::distribution::{Discrete, NegativeBinomial};

    #[test]
    fn with_one_phase_an_order_it_is_the_negative_binomial_distribution() {
        for (shape, ratio) in [(0.3, 0.7), (2.5, 40.0), (300.0, 0.1), (8_000.0, 3.0), (1.0, 1e-6)] {
            let counts = Counts::new(1, shape, 0.5, ratio).unwrap();
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
        assert!(Counts::new(1, 0.3, 0.5, 1e4).is_none());
    }

    /// Phases gone by, each number with its weight, and then the negative binomial ones to come.
    #[test]
    fn phases_gone_by_and_to_come_add_up() {
        for (k, shape, silent, ratio) in
            [(2, 0.4, 0.3, 1.5), (4, 12.0, 0.05, 0.4), (3, 2.0, 0.8, 1e-5), (12, 900.0, 0.3, 0.2)]
        {
            let weights = super::super::outlook::weights(k, shape, silent);
            let counts = Counts::new(k, shape, silent, ratio).unwrap();
            let given = |j: u32| NegativeBinomial::new(shape + f64::from(j), 1.0 / (1.0 + ratio)).unwrap();
            let mean = shape * ratio;
            for n in [0, 1, u64::from(k) - 1, u64::from(k), mean as u64, (1.3 * mean) as u64 + 2] {
                let of = |j: u32| n.checked_sub(u64::from(j)).map_or(0.0, |n| given(j).pmf(n));
                let expected: f64 = (0..k).map(|j| weights[j as usize] * of(j)).sum();
                let found = counts.exactly(n);
                assert!((found - expected).abs() <= 1e-9 * expected + 1e-17, "{found} {expected} {n}");
            }
        }
    }

    /// As the sum of the chances of each order, and none where there are too many to go through.
    #[test]
    fn means_are_those_of_the_counts() {
        for (k, shape, silent, ratio) in [
            (1, 0.3, 0.5, 2.0),
            (2, 0.4, 0.3, 1.5),
            (4, 12.0, 0.05, 0.4),
            (3, 2.0, 0.0, 1e-5),
            (12, 900.0, 0.3, 0.2),
            (12, 3.0, 0.9, 1e-8),
        ] {
            let counts = Counts::new(k, shape, silent, ratio).unwrap();
            let adds = |order: f64| 0.9_f64.powf(order);
            let orders = (1..).take_while(|order| order * u64::from(k) < counts.end());
            let expected: f64 =
                orders.map(|order| adds(order as f64) * counts.at_least(order * u64::from(k))).sum();
            let mean = Counts::mean(k, shape, silent, ratio, (1..).map(|order: u32| adds(order.into())));
            approx::assert_relative_eq!(mean.unwrap(), expected, max_relative = 1e-12);
        }
        // Much silence weighs more than the chance of no phase.
        assert!(Counts::mean(12, 240_000.0, 0.9, 2.49e-3, repeat(1.0)).is_none());
        for (shape, ratio) in [(900.0, 2.0), (0.3, 1e4), (1.0, 1e-10), (1.0, 0.0)] {
            assert!(Counts::mean(2, shape, 0.1, ratio, repeat(1.0)).is_none(), "{shape} {ratio}");
        }
    }
}
