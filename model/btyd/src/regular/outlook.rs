//! The future of a customer whose orders come with a regularity of k.

use tenure_core::{DiscountRate, Weeks};

use super::MAX_REGULARITY;
use super::counts::Counts;
use super::far::Far;
use crate::hypergeometric::ln_gauss_by_fraction;
use crate::outlook::Outlook;
use crate::quadrature::{LITTLE_GROWTH, gamma_mean, growing_orders, integrate, integrate_falling};
use crate::rising::ln_rising;

/// Posterior of one customer under (M)BG/CNBD-k.
///
/// An order is the k-th of phases that come at random, so the time since the last order says how many of
/// them may have gone by: `weights` of j phases, given which the rate of phases is `Gamma(r + j, alpha)`. The chance
/// to leave after each order to come is `Beta(a, b)`. Everything here is exact: sums over the number of phases,
/// which is negative binomial, where Platzer's papers and package approximate the conditional expectation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RegularOutlook {
    pub(super) p_alive: f64,
    pub(super) k: u32,
    /// Of j phases having gone by, given alive; 0 from k on.
    pub(super) weights: [f64; MAX_REGULARITY as usize],
    pub(super) r: f64,
    /// In weeks.
    pub(super) alpha: f64,
    /// Time since the last order, in alphas.
    pub(super) silent: f64,
    pub(super) a: f64,
    pub(super) b: f64,
}

/// Weights of j phases gone by in a time of `silent` alphas, given that they are fewer than k.
pub(super) fn weights(k: u32, r: f64, silent: f64) -> [f64; MAX_REGULARITY as usize] {
    let mut weights = [0.0; MAX_REGULARITY as usize];
    for (weight, term) in weights.iter_mut().zip(gone_by(k, r, silent)) {
        *weight = term;
    }
    let sum: f64 = weights.iter().sum();
    weights.map(|weight| weight / sum)
}

/// `(r)_j / j! silent^j` for j phases from none to k - 1.
pub(super) fn gone_by(k: u32, r: f64, silent: f64) -> impl Iterator<Item = f64> {
    let mut term = 1.0;
    (0..k).map(f64::from).map(move |j| {
        let this = term;
        term *= (r + j) / (j + 1.0) * silent;
        this
    })
}

impl RegularOutlook {
    /// Chances that orders 1, 2 and on are not forestalled by leaving, given that they would come to one who stays:
    /// `(b)_(n - 1) / (a + b)_(n - 1)` for order n.
    fn staying(&self) -> impl Iterator<Item = f64> + use<> {
        let (Self { a, b, .. }, mut chance) = (*self, 1.0);
        (0..).map(|n: u32| f64::from(n)).map(move |n| {
            let this = chance;
            chance *= (b + n) / (a + b + n);
            this
        })
    }

    /// Each number of phases that makes an order, from the first, beside the chance to have stayed for it.
    fn orders_within(&self, first: u32, counts: &Counts) -> impl Iterator<Item = (u64, f64)> + use<> {
        (u64::from(first)..counts.end()).step_by(self.k as usize).zip(self.staying())
    }

    /// Phases gone by, their weight, and the shape of the rate.
    fn phases(&self) -> impl Iterator<Item = (u32, f64, f64)> + '_ {
        (0..self.k)
            .map(|j| (j, self.weights[j as usize], self.r + f64::from(j)))
            .filter(|(_, weight, _)| *weight > 0.0)
    }

    /// The phases since the last order, at t from now; `None` where there are too many.
    fn counts(&self, t: f64) -> Option<Counts> {
        if t > 0.0 {
            Counts::new(self.k, self.r, self.silent, t / self.alpha)
        } else {
            Some(Counts::now(&self.weights[..self.k as usize]))
        }
    }

    const fn far(&self) -> Far<'_> {
        Far { of: self }
    }

    /// Probability that fewer than n orders come to one who stays: `fewer than nk - j phases`.
    pub(super) fn fewer_than(&self, n: u32, t: f64) -> f64 {
        let ratio = t / self.alpha;
        let (ln_silent, ln_share) = (-ratio.ln_1p(), -ratio.recip().ln_1p());
        let of_phase = |(j, weight, shape): (u32, f64, f64)| {
            let needed = u64::from(n) * u64::from(self.k) - u64::from(j);
            let mut ln_count = shape * ln_silent;
            let (mut sum, mut m) = (0.0, 0.0);
            for _ in 0..needed {
                let count = ln_count.exp();
                sum += count;
                // Past the mean the terms only fall.
                if m > shape * ratio && count < 1e-20 {
                    break;
                }
                ln_count += ((shape + m) / (m + 1.0)).ln() + ln_share;
                m += 1.0;
            }
            weight * sum.min(1.0)
        };
        self.phases().map(of_phase).sum()
    }

    /// Expected orders within t weeks, given alive: order n comes with its chance of staying times the probability
    /// of nk phases or more. Gone through once; by a table of the counts where that leaves the range of numbers, and
    /// without either where they are too many.
    pub(super) fn expected_given_alive(&self, t: f64) -> f64 {
        if let Some(mean) = Counts::mean(self.k, self.r, self.silent, t / self.alpha, self.staying()) {
            return mean;
        }
        let Some(counts) = self.counts(t) else { return self.far().expected_given_alive(t) };
        let orders = self.orders_within(self.k, &counts);
        orders.fold(0.0, |sum, (needed, chance)| sum + chance * counts.at_least(needed))
    }

    /// Expected orders per week at t from now, given alive: the next phase makes an order where one is missing.
    fn rate_given_alive(&self, t: f64) -> f64 {
        let Some(counts) = self.counts(t) else { return self.far().rate_given_alive(t) };
        let rate = |before: u64| (self.r + before as f64) / (self.alpha + t);
        let orders = self.orders_within(self.k - 1, &counts);
        orders.fold(0.0, |sum, (before, chance)| sum + chance * counts.exactly(before) * rate(before))
    }

    /// Probability of still being there at t from now, given alive: none of the orders was the last.
    fn stays(&self, t: f64) -> f64 {
        let Some(counts) = self.counts(t) else { return self.far().stays(t) };
        let k = u64::from(self.k);
        // Having made n orders, one is still there with the chance of staying for the next.
        let orders = (k..counts.end()).step_by(self.k as usize).zip(self.staying().skip(1));
        orders.fold(1.0 - counts.at_least(k), |sum, (made, chance)| {
            sum + chance * (counts.at_least(made) - counts.at_least(made + k))
        })
    }

    /// Probability of no order by t weeks from now, given alive, and the density of the next order at t, per week.
    ///
    /// With the rate of phases `Gamma(r, A)` as the last order came, the next one is more than s weeks later with the
    /// chance `(A / (A + s))^r * sum over j < k of (r)_j / j! (s / (A + s))^j`: the survival of Platzer and Reutterer's
    /// (2016) Erlang times between orders, with their rate integrated out. Having waited for u of them, it is that of
    /// s = u + t over that of s = u; `alpha` is A + u, and `silent` u / alpha.
    pub(super) fn no_order(&self, t: f64) -> [f64; 2] {
        let ratio = t / self.alpha;
        let silent = self.silent / (1.0 + ratio) + (1.0 + ratio.recip()).recip();
        let (sum, last) =
            gone_by(self.k, self.r, silent).fold((0.0, 1.0), |(sum, _), term| (sum + term, term));
        // The weight of no phase is one over the sum at u.
        let lasted = self.weights[0] * (-self.r * ratio.ln_1p()).exp();
        let density = lasted * last * (self.r + f64::from(self.k - 1)) / (self.alpha + t);
        [(lasted * sum).min(1.0), density]
    }
}

impl Outlook for RegularOutlook {
    fn p_alive(&self) -> f64 {
        self.p_alive
    }

    fn p_alive_after(&self, after: Weeks) -> f64 {
        self.p_alive * self.stays(after.get())
    }

    fn p_no_order(&self, within: Weeks) -> f64 {
        1.0 - self.p_alive * (1.0 - self.no_order(within.get())[0])
    }

    /// As eq. 8 of Fader, Hardie and Lee (2005): n orders and still there, or n of what would have been more.
    fn p_orders(&self, n: u32, within: Weeks) -> f64 {
        if n == 0 {
            return self.p_no_order(within);
        }
        let (a, b, t) = (self.a, self.b, within.get());
        if t <= 0.0 {
            return 0.0;
        }
        let fewer = self.fewer_than(n, t);
        let exactly = (self.fewer_than(n.saturating_add(1), t) - fewer).max(0.0);
        let stayed = (ln_rising(b, n) - ln_rising(a + b, n)).exp();
        let left_at_nth = (a.ln() + ln_rising(b, n - 1) - ln_rising(a + b, n)).exp();
        self.p_alive * (stayed * exactly + left_at_nth * (1.0 - fewer).max(0.0))
    }

    fn expected_orders(&self, within: Weeks) -> f64 {
        if self.p_alive > 0.0 { self.p_alive * self.expected_given_alive(within.get()) } else { 0.0 }
    }

    /// By parts: `e^(-d H) E(H) + d * integral of e^(-d t) E(t)`, which needs only expected orders.
    fn discounted_orders(&self, within: Weeks, rate: DiscountRate) -> f64 {
        let (horizon, delta) = (within.get(), rate.continuous_per_week());
        let undiscounted = self.expected_orders(within);
        if delta == 0.0 || self.p_alive <= 0.0 {
            return undiscounted;
        }
        if -delta * horizon > LITTLE_GROWTH {
            let expected = |t: f64| self.p_alive * self.expected_given_alive(t);
            let rate = |t: f64| self.p_alive * self.rate_given_alive(t);
            return growing_orders(horizon, -delta, self.alpha, expected, rate);
        }
        // As BG/NBD's, with bends at the scale of alpha or of the usual time until leaving.
        let quick = (self.r / f64::from(self.k) * self.a / (self.a + self.b)).max(1.0);
        let bend = self.alpha / quick;
        let waited = |y: f64| {
            let t = bend * y.exp_m1();
            (-delta * t).exp() * self.expected_given_alive(t) * (bend + t)
        };
        // The first orders of regular customers come in waves, over before long and hardly there at k = 2.
        let waves = self.alpha * f64::from(self.k * (2 + self.k / 2)) / self.r;
        let end = (horizon / bend).ln_1p();
        let calm =
            if self.k == 1 || waves >= 4.0 * horizon { 0.0 } else { (waves.min(horizon) / bend).ln_1p() };
        let fall = delta * horizon + quick.ln();
        let early = match self.k {
            _ if calm <= 0.0 => 0.0,
            2 => integrate_falling(calm, fall, waited),
            k => integrate(0.0, calm, 1 + k / 4, waited),
        };
        let late = if calm < end { integrate_falling(end - calm, fall, |y| waited(calm + y)) } else { 0.0 };
        let waited = early + late;
        (-delta * horizon).exp() * undiscounted + delta * self.p_alive * waited
    }

    /// Given the rate of phases and with v = rate / (rate + delta), order n is discounted by `v^(nk - j)`; with its
    /// chance of staying these add up to `v^(k - j) 2F1(1, b; a + b; v^k)`, and the rate is integrated out.
    fn discounted_orders_lifetime(&self, rate: DiscountRate) -> Option<f64> {
        let delta = rate.continuous_per_week();
        if delta <= 0.0 {
            return None;
        }
        let of_rate = |lambda: f64| {
            let ln_phase = -(delta / lambda).ln_1p();
            let ln_cycle = f64::from(self.k) * ln_phase;
            let all = ln_gauss_by_fraction(self.b, self.a + self.b, ln_cycle.exp(), -ln_cycle.exp_m1());
            // Having gone by has the chances of j phases within the silence, at this rate.
            let (phase, silent) = (ln_phase.exp(), lambda * self.silent * self.alpha);
            let (mut gone_by, mut missing) = (1.0, 0.0);
            for j in 0..self.k {
                missing += gone_by * phase.powi((self.k - j) as i32);
                gone_by *= silent / f64::from(j + 1);
            }
            all.exp() * missing
        };
        // Relative to no phase having gone by, whose weight it takes.
        Some(self.p_alive * self.weights[0] * gamma_mean(self.r, self.alpha, of_rate))
    }

    fn next_order(&self, share: f64, within: Weeks) -> Weeks {
        next_order(share, within, |t| {
            let [none, density] = self.no_order(t);
            [1.0 - none, density]
        })
    }
}

/// When a share of the next orders has come, of those that come within a time: by Newton's iteration on what has come
/// by t, of which `come_by` tells the share and the density, kept inside a shrinking bracket.
pub(super) fn next_order(share: f64, within: Weeks, come_by: impl Fn(f64) -> [f64; 2]) -> Weeks {
    let horizon = within.get();
    let wanted = share * come_by(horizon)[0];
    let (mut low, mut high) = (0.0, horizon);
    let mut wait = horizon * share;
    for _ in 0..60 {
        wait = if wait > low && wait < high { wait } else { (low + high) / 2.0 };
        let [come, density] = come_by(wait);
        let missing = wanted - come;
        if missing > 0.0 {
            low = wait;
        } else {
            high = wait;
        }
        let step = missing / density;
        if !step.is_finite() {
            // Nothing comes near here: halving goes on.
            continue;
        }
        wait += step;
        // A minute is finer than anybody acts on.
        if step.abs() < 1e-4 || high - low < 1e-4 {
            break;
        }
    }
    Weeks::new(wait.clamp(0.0, horizon)).unwrap_or(within)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// In closed form and as a sum over phases to come, and its slope.
    #[test]
    fn no_order_is_fewer_than_one() {
        for (k, r, silent) in
            [(1, 0.3, 0.5), (2, 4.2, 0.0), (4, 12.0, 0.05), (12, 900.0, 0.3), (12, 30_000.0, 1e-9)]
        {
            let weights = weights(k, r, silent);
            let of = RegularOutlook { p_alive: 1.0, k, weights, r, alpha: 7.0, silent, a: 1.0, b: 1.0 };
            for t in [0.0, 1e-6, 0.01, 0.9, 12.0, 3_000.0] {
                let [none, density] = of.no_order(t);
                approx::assert_relative_eq!(none, of.fewer_than(1, t), max_relative = 1e-9, epsilon = 1e-15);
                let near = 1e-5 * (t + 1e-3);
                let fallen = (of.no_order(t)[0] - of.no_order(t + near)[0]) / near;
                // Rounding of what is next to 1 or a last digit of it is divided by the step.
                let noise = 4e-16 / near;
                approx::assert_abs_diff_eq!(density, fallen, epsilon = 1e-3 * density + 2.0 * noise);
            }
            assert_eq!(of.no_order(f64::INFINITY), [0.0; 2]);
        }
    }
}
