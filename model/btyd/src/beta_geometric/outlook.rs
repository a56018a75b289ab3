//! The future of a customer who, if still there, orders at a Gamma rate and leaves with a Beta chance.

use tenure_core::{DiscountRate, Weeks};

use crate::hypergeometric::ln_gauss_by_fraction;
use crate::outlook::Outlook;
use crate::quadrature::{LITTLE_GROWTH, beta_mean, gamma_mean, growing_orders, integrate_falling};
use crate::rising::ln_rising;

/// Posterior of one customer under BG/NBD or MBG/NBD.
///
/// Given that the customer is alive, the order rate is `Gamma(r, alpha)` and the chance to leave after each
/// order to come is `Beta(a, b)`, with the parameters already updated by what was seen. This is the same for
/// both models, so every prediction is written once.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BetaGeometricOutlook {
    pub(crate) p_alive: f64,
    pub(crate) r: f64,
    /// In weeks.
    pub(crate) alpha: f64,
    pub(crate) a: f64,
    pub(crate) b: f64,
}

/// Up to here a power series in `t / (alpha + t)` is quicker than quadrature.
const SERIES_UP_TO: f64 = 0.95;

impl BetaGeometricOutlook {
    /// `(alpha / (alpha + t))^r`: no order within t, given alive.
    fn silence(&self, t: f64) -> f64 {
        (-self.r * (t / self.alpha).ln_1p()).exp()
    }

    /// Expected orders within t, given alive.
    ///
    /// `c / (a - 1) (1 - (1 - z)^(a - 1) 2F1(a - 1, c - r; c; z))` with `c = a + b - 1`, `z = t / (alpha + t)`:
    /// eq. 10 of Fader, Hardie and Lee (2005) after Euler's transformation, under which nothing overflows at
    /// large x, and with the factor a - 1 divided out term by term, so that a = 1 is no special case.
    fn expected_given_alive(&self, t: f64) -> f64 {
        let Self { r, alpha, a, b, .. } = *self;
        let z = t / (alpha + t);
        let ln_left = -(t / alpha).ln_1p();
        let exponent = a - 1.0;
        let c = a + b - 1.0;
        // The series of those who leave almost at once (a in the hundreds) leaves the range of numbers, and that of
        // customers who are all alike (r far above a + b) alternates and cancels.
        if z > SERIES_UP_TO || -exponent * ln_left > 500.0 || r - c > 8.0 {
            let orders = |p: f64| {
                // The limit at p = 0, where with a small most of the mass is.
                if p < 1e-200 { r * t / alpha } else { -(-r * (p * t / alpha).ln_1p()).exp_m1() / p }
            };
            return beta_mean(a, b, orders);
        }
        let leading =
            if exponent.abs() < 1e-300 { -ln_left } else { -(exponent * ln_left).exp_m1() / exponent };
        let (mut term, mut sum) = ((c - r) * z, 0.0);
        for n in 1..10_000_u32 {
            sum += term;
            if term.abs() <= 1e-16 * sum.abs() {
                break;
            }
            let n = f64::from(n);
            term *= (a + n - 1.0) * (c - r + n) / ((c + n) * (n + 1.0)) * z;
        }
        c * leading - (exponent * ln_left).exp() * sum
    }

    /// Expected orders per week at t from now.
    fn order_rate(&self, t: f64) -> f64 {
        let Self { r, alpha, a, b, .. } = *self;
        let given_p = |p: f64| (-(r + 1.0) * (p * t / alpha).ln_1p()).exp();
        self.p_alive * r / alpha * beta_mean(a, b, given_p)
    }
}

impl Outlook for BetaGeometricOutlook {
    fn p_alive(&self) -> f64 {
        self.p_alive
    }

    /// `P(alive) 2F1(r, a; a + b; -t / alpha)`: the mean of `exp(-lambda p t)`, since leaving is a
    /// thinned order process.
    fn p_alive_after(&self, after: Weeks) -> f64 {
        let u = after.get() / self.alpha;
        self.p_alive * beta_mean(self.a, self.b, |p| (-self.r * (p * u).ln_1p()).exp())
    }

    fn p_no_order(&self, within: Weeks) -> f64 {
        1.0 - self.p_alive * (1.0 - self.silence(within.get()))
    }

    /// Fader, Hardie and Lee (2005), eq. 8, at the customer's own posterior.
    fn p_orders(&self, n: u32, within: Weeks) -> f64 {
        let Self { p_alive, r, alpha, a, b } = *self;
        if n == 0 {
            return self.p_no_order(within);
        }
        let t = within.get();
        if t <= 0.0 {
            return 0.0;
        }
        let (ln_silent, ln_share) = (-r * (t / alpha).ln_1p(), -(alpha / t).ln_1p());
        // ln of the negative binomial probability of j orders.
        let ln_count = |j: u32| ln_rising(r, j) - ln_rising(1.0, j) + ln_silent + f64::from(j) * ln_share;
        let stayed = (ln_rising(b, n) - ln_rising(a + b, n) + ln_count(n)).exp();
        let left_at_nth = (a.ln() + ln_rising(b, n - 1) - ln_rising(a + b, n)).exp();
        // Past the mean the terms only fall: what is left is nothing, however large n.
        let mean = r * t / alpha;
        let counts = (0..n).map(|j| (j, ln_count(j).exp()));
        let fewer: f64 =
            counts.take_while(|(j, p)| f64::from(*j) <= mean || *p > 1e-20).map(|(_, p)| p).sum();
        p_alive * (stayed + left_at_nth * (1.0 - fewer).max(0.0))
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
            return growing_orders(horizon, -delta, self.alpha, expected, |t| self.order_rate(t));
        }
        // Expected orders bend at the scale of alpha, or of the usual time until leaving where that is shorter: equal
        // steps in ln(1 + t / bend) follow them.
        let quick = (self.r * self.a / (self.a + self.b)).max(1.0);
        let bend = self.alpha / quick;
        let waited = integrate_falling((horizon / bend).ln_1p(), delta * horizon + quick.ln(), |y| {
            let t = bend * y.exp_m1();
            (-delta * t).exp() * self.expected_given_alive(t) * (bend + t)
        });
        (-delta * horizon).exp() * undiscounted + delta * self.p_alive * waited
    }

    /// Given the order rate and with v = rate / (rate + delta), order n is discounted by `v^n`; with its chance of not
    /// being forestalled these add up to `v 2F1(1, b; a + b; v)`, and the rate is integrated out.
    fn discounted_orders_lifetime(&self, rate: DiscountRate) -> Option<f64> {
        let delta = rate.continuous_per_week();
        if delta <= 0.0 {
            return None;
        }
        let of_rate = |lambda: f64| {
            let v = lambda / (lambda + delta);
            v * ln_gauss_by_fraction(self.b, self.a + self.b, v, delta / (lambda + delta)).exp()
        };
        Some(self.p_alive * gamma_mean(self.r, self.alpha, of_rate))
    }

    /// Closed form: given an order comes at all, its time is Lomax, cut at the horizon.
    fn next_order(&self, share: f64, within: Weeks) -> Weeks {
        let by_horizon = 1.0 - self.silence(within.get());
        let wait = self.alpha * (-(-share * by_horizon).ln_1p() / self.r).exp_m1();
        Weeks::new(wait.clamp(0.0, within.get())).unwrap_or(within)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of mpmath 1.3 with 40 digits: `quad(lambda u: r/alpha * hyp2f1(r+1, a, a+b, -u/alpha), [0, t])`.
    #[test]
    fn customers_far_from_the_usual() {
        for (r, alpha, a, b, t, expected) in [
            (0.7, 1.0, 0.01, 1.5, 100.0, 67.383_048_269_813),
            (2.2, 3.0, 1e-3, 0.8, 200.0, 145.911_900_843_457),
            (0.25, 4.0, 0.015, 2.4, 520.0, 31.026_933_119_148),
            (277.0, 1.0, 1.0, 1.0, 12.0, 8.68433368065317),
            (1.0, 1.0, 982.0, 1.0, 15.0, 0.938395814644318),
        ] {
            let outlook = BetaGeometricOutlook { p_alive: 1.0, r, alpha, a, b };
            approx::assert_relative_eq!(outlook.expected_given_alive(t), expected, max_relative = 1e-11);
        }
    }
}
