//! The future of a customer who orders at one Gamma rate and leaves at another.

use tenure_core::{DiscountRate, Weeks};

use super::tail::ln_tail;
use crate::outlook::Outlook;
use crate::quadrature::{LITTLE_GROWTH, growing_orders, integrate, integrate_falling};
use crate::rising::ln_rising;

/// Posterior of one customer under Pareto/NBD.
///
/// Given that the customer is alive, the order rate is `Gamma(r, alpha)` and the rate of leaving
/// `Gamma(s, beta)`, with the parameters already updated by what was seen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ParetoOutlook {
    pub(super) p_alive: f64,
    pub(super) r: f64,
    /// In weeks.
    pub(super) alpha: f64,
    pub(super) s: f64,
    /// In weeks.
    pub(super) beta: f64,
    /// `ln(alpha^r beta^s s / (r + s))`.
    ln_front: f64,
    /// Probability of leaving before another order ever comes, given alive.
    leaves_first: f64,
}

impl ParetoOutlook {
    /// The posterior at updated parameters `[r, alpha, s, beta]`.
    pub(super) fn new(p_alive: f64, [r, alpha, s, beta]: [f64; 4]) -> Self {
        let ln_front = r * alpha.ln() + s * beta.ln() + (s / (r + s)).ln();
        let leaves_first = (ln_front + ln_tail(r, alpha, s, beta, 0.0)).exp();
        Self { p_alive, r, alpha, s, beta, ln_front, leaves_first }
    }

    /// Probability of an order within t, given alive: its density at u is
    /// `r / alpha (1 + u / alpha)^-(r + 1) (1 + u / beta)^-s`, an order that leaving did not forestall.
    fn order_within(&self, t: f64) -> f64 {
        let Self { r, alpha, s, beta, .. } = *self;
        // The complement: silent and still there, or gone before ordering.
        let there = (-r * (t / alpha).ln_1p() - s * (t / beta).ln_1p()).exp();
        let gone = self.leaves_first - (self.ln_front + ln_tail(r, alpha, s, beta, t)).exp();
        (1.0 - there - gone).clamp(0.0, 1.0)
    }

    /// `P(alive) r beta / (alpha (s - 1)) (1 - (beta / (beta + t))^(s - 1))`, eq. 41 of Fader and Hardie's
    /// note on the Pareto/NBD, written so that s = 1 is no special case.
    fn expected_within(&self, t: f64) -> f64 {
        let Self { p_alive, r, alpha, s, beta, .. } = *self;
        let ln_grown = (t / beta).ln_1p();
        let exponent = 1.0 - s;
        let presence =
            if exponent.abs() < 1e-300 { ln_grown } else { (exponent * ln_grown).exp_m1() / exponent };
        p_alive * r / alpha * beta * presence
    }

    fn order_density(&self, t: f64) -> f64 {
        let Self { r, alpha, s, beta, .. } = *self;
        r / alpha * (-(r + 1.0) * (t / alpha).ln_1p() - s * (t / beta).ln_1p()).exp()
    }

    /// Of `ln(1 + t / beta)`, where nobody who leaves at such a rate is there any more; at most `end`.
    fn all_gone(&self, end: f64) -> f64 {
        if self.s > 1.0 { end.min(45.0 / (self.s - 1.0)) } else { end }
    }

    /// `e^(-delta t) (beta / (beta + t))^s dt` over y = ln(1 + t / beta), but for the factor beta.
    fn discounted_presence(&self, delta: f64, y: f64) -> f64 {
        ((1.0 - self.s) * y - delta * self.beta * y.exp_m1()).exp()
    }
}

impl Outlook for ParetoOutlook {
    fn p_alive(&self) -> f64 {
        self.p_alive
    }

    /// `P(alive) (beta / (beta + t))^s`.
    fn p_alive_after(&self, after: Weeks) -> f64 {
        self.p_alive * (-self.s * (after.get() / self.beta).ln_1p()).exp()
    }

    fn p_no_order(&self, within: Weeks) -> f64 {
        1.0 - self.p_alive * self.order_within(within.get())
    }

    /// Orders while there all the time, plus orders before leaving, the time of leaving integrated out.
    fn p_orders(&self, n: u32, within: Weeks) -> f64 {
        let Self { p_alive, r, alpha, s, beta, .. } = *self;
        if n == 0 {
            return self.p_no_order(within);
        }
        let t = within.get();
        let ln_ways = ln_rising(r, n) - ln_rising(1.0, n);
        let count = |u: f64| {
            if u <= 0.0 {
                0.0
            } else {
                (ln_ways - r * (u / alpha).ln_1p() - f64::from(n) * (alpha / u).ln_1p()).exp()
            }
        };
        let there = count(t) * (-s * (t / beta).ln_1p()).exp();
        let gone = integrate(0.0, (t / beta).ln_1p(), 8, |y| s * (-s * y).exp() * count(beta * y.exp_m1()));
        p_alive * (there + gone)
    }

    fn expected_orders(&self, within: Weeks) -> f64 {
        self.expected_within(within.get())
    }

    fn discounted_orders(&self, within: Weeks, rate: DiscountRate) -> f64 {
        let delta = rate.continuous_per_week();
        if delta == 0.0 {
            return self.expected_orders(within);
        }
        if -delta * within.get() > LITTLE_GROWTH {
            let rate =
                |t: f64| self.p_alive * self.r / self.alpha * (-self.s * (t / self.beta).ln_1p()).exp();
            return growing_orders(within.get(), -delta, self.beta, |t| self.expected_within(t), rate);
        }
        let end = self.all_gone((within.get() / self.beta).ln_1p());
        let fall = delta * within.get() + (1.0 - self.s).abs() * end;
        let weeks = integrate_falling(end, fall, |y| self.discounted_presence(delta, y));
        self.p_alive * self.r / self.alpha * self.beta * weeks
    }

    /// DERT, eq. 3 of Fader, Hardie and Lee (2005, "RFM and CLV"), by quadrature in place of Tricomi's U.
    fn discounted_orders_lifetime(&self, rate: DiscountRate) -> Option<f64> {
        let delta = rate.continuous_per_week();
        if delta <= 0.0 {
            return None;
        }
        // Beyond 45 / delta nothing is left after discounting.
        let end = self.all_gone((45.0 / (delta * self.beta)).ln_1p());
        let weeks = integrate(0.0, end, 16, |y| self.discounted_presence(delta, y));
        Some(self.p_alive * self.r / self.alpha * self.beta * weeks)
    }

    /// By Newton's iteration, kept inside a shrinking bracket.
    fn next_order(&self, share: f64, within: Weeks) -> Weeks {
        let horizon = within.get();
        let wanted = share * self.order_within(horizon);
        let (mut low, mut high) = (0.0, horizon);
        // Where leaving is forgotten the wait is Lomax: a start within a few per cent.
        let mut wait = self.alpha * ((-(-wanted).ln_1p() / self.r).exp_m1());
        for _ in 0..40 {
            wait = if wait > low && wait < high { wait } else { (low + high) / 2.0 };
            let missing = wanted - self.order_within(wait);
            if missing > 0.0 {
                low = wait;
            } else {
                high = wait;
            }
            let step = missing / self.order_density(wait);
            wait += step;
            // A minute is finer than anybody acts on.
            if step.abs() < 1e-4 || high - low < 1e-4 {
                break;
            }
        }
        Weeks::new(wait.clamp(0.0, horizon)).unwrap_or(within)
    }
}
