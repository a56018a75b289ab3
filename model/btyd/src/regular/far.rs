//! The same future over times so long that the numbers of phases are too many to go through.

use std::f64::consts::TAU;

use super::outlook::RegularOutlook;
use crate::quadrature::beta_mean;
use crate::rising::ln_rising;

/// A customer seen over thousands of usual gaps: integrals over the chance to leave in place of sums.
#[derive(Clone, Copy, Debug)]
pub(super) struct Far<'a> {
    pub(super) of: &'a RegularOutlook,
}

/// Orders after which nothing is left of a customer who leaves every other time.
const FEW: u32 = 60;

/// Step of a difference quotient, relative to the time; so far off, orders come at a slowly falling rate.
const STEP: f64 = 1e-3;

impl Far<'_> {
    /// Expected orders within t, given alive: the mean of `(1 - E[q^orders]) / p` over the chance p to leave.
    pub(super) fn expected_given_alive(&self, t: f64) -> f64 {
        let (few, mean) = (self.few_orders(t), self.mean_orders(t));
        // Orders of one who hardly ever leaves spread like their rate; where p is far below the inverse of that, what
        // is taken off 1 is lost in rounding, and the mean changes evenly with p.
        let even_up_to = 1e-5 / (1.0 + mean * (1.0 + self.of.r.recip()));
        let of_chance = |p: f64| (1.0 - self.stays_at(1.0 - p, t, &few)) / p;
        let slope = (of_chance(even_up_to) - mean) / even_up_to;
        beta_mean(self.of.a, self.of.b, |p| if p < even_up_to { mean + slope * p } else { of_chance(p) })
    }

    /// Probability of staying for t, given alive.
    pub(super) fn stays(&self, t: f64) -> f64 {
        let few = self.few_orders(t);
        beta_mean(self.of.a, self.of.b, |p| self.stays_at(1.0 - p, t, &few))
    }

    /// Expected orders per week.
    pub(super) fn rate_given_alive(&self, t: f64) -> f64 {
        let at = |t: f64| self.expected_given_alive(t);
        (at(t * (1.0 + STEP)) - at(t * (1.0 - STEP))) / (2.0 * STEP * t)
    }

    /// `E[q^orders]` for one who stays with the chance q at every order.
    fn stays_at(&self, q: f64, t: f64, few: &[f64]) -> f64 {
        if q < 0.5 {
            return few.iter().rev().fold(0.0, |sum, one| sum * q + one);
        }
        self.with_roots(q, t)
    }

    /// With `s = q^(1/k)`, `q^floor(m / k)` is a sum over the k-th roots of unity, and the generating function of the
    /// number of phases is known: `(1 + t / alpha (1 - z))^-shape`.
    fn with_roots(&self, q: f64, t: f64) -> f64 {
        let (k, ratio) = (self.of.k, t / self.of.alpha);
        let s = q.powf(f64::from(k).recip());
        let mut sum = 0.0;
        for (j, weight, shape) in self.phases() {
            for l in 0..k {
                let turn = TAU * f64::from(l) / f64::from(k);
                let (re, im) = (1.0 + ratio * (1.0 - s * turn.cos()), -ratio * s * turn.sin());
                let length = (-shape * re.hypot(im).ln()).exp();
                let angle = -shape * im.atan2(re);
                for i in 0..k {
                    let steps = f64::from(j) - f64::from(i);
                    sum += weight * s.powf(steps) * length * (turn * steps + angle).cos() / f64::from(k);
                }
            }
        }
        sum
    }

    /// Probabilities of 0, 1, 2, ... orders of one who stays.
    fn few_orders(&self, t: f64) -> Vec<f64> {
        let ratio = t / self.of.alpha;
        let (ln_silent, ln_share) = (-ratio.ln_1p(), -ratio.recip().ln_1p());
        let mut few = vec![0.0; FEW as usize];
        for (j, weight, shape) in self.phases() {
            for n in 0..FEW * self.of.k - j {
                let ln_ways = ln_rising(shape, n) - ln_rising(1.0, n);
                let count = (ln_ways + shape * ln_silent + f64::from(n) * ln_share).exp();
                few[((n + j) / self.of.k) as usize] += weight * count;
            }
        }
        few
    }

    /// Expected orders of one who stays: the phases less those left over, by the same roots at q = 1.
    fn mean_orders(&self, t: f64) -> f64 {
        let (k, ratio) = (self.of.k, t / self.of.alpha);
        let mut mean = 0.0;
        for (j, weight, shape) in self.phases() {
            let mut left_over = 0.0;
            for l in 0..k {
                let turn = TAU * f64::from(l) / f64::from(k);
                let (re, im) = (1.0 + ratio * (1.0 - turn.cos()), -ratio * turn.sin());
                let length = (-shape * re.hypot(im).ln()).exp();
                let angle = -shape * im.atan2(re);
                for i in 0..k {
                    let steps = f64::from(j) - f64::from(i);
                    left_over += f64::from(i) * length * (turn * steps + angle).cos() / f64::from(k);
                }
            }
            mean += weight * (shape * ratio + f64::from(j) - left_over) / f64::from(k);
        }
        mean.max(0.0)
    }

    fn phases(&self) -> impl Iterator<Item = (u32, f64, f64)> + '_ {
        (0..self.of.k).map(|j| (j, self.of.weights[j as usize], self.of.r + f64::from(j)))
    }
}

#[cfg(test)]
mod tests {
    use super::super::outlook::weights;
    use super::*;

    #[test]
    fn both_ways_agree_where_both_work() {
        for k in [1, 2, 3, 5] {
            for (r, alpha, a, b) in
                [(0.4, 3.0, 0.4, 1.8), (7.0, 20.0, 0.05, 4.0), (1.5, 5.0, 2.0, 0.7), (0.05, 4.0, 0.1, 0.7)]
            {
                let (silent, weights) = (0.4, weights(k, r, 0.4));
                let of = RegularOutlook { p_alive: 1.0, k, weights, r, alpha, silent, a, b };
                for t in [40.0 * alpha, 200.0 * alpha] {
                    let far = Far { of: &of };
                    approx::assert_relative_eq!(
                        far.expected_given_alive(t),
                        of.expected_given_alive(t),
                        max_relative = 1e-7
                    );
                }
            }
        }
    }
}
