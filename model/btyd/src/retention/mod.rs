//! How long subscribers stay: sBG and `BdW`, for customers who have to say goodbye.

mod bdw;
mod data;
mod likelihood;
mod sbg;

pub use bdw::BetaWeibull;
pub use data::RetentionData;
pub use sbg::ShiftedBetaGeometric;

use crate::PeriodDiscount;
use crate::quadrature::integrate;

/// A model of how long customers under a contract stay, counted in periods.
pub trait RetentionModel {
    /// Logarithm of the share of customers who stay longer than so many periods; between whole ones a smooth curve.
    fn ln_survival(&self, periods: f64) -> f64;

    /// Share of customers who stay longer than so many periods.
    fn survival(&self, periods: u32) -> f64 {
        self.ln_survival(f64::from(periods)).exp()
    }

    /// Share of those there after `period - 1` periods who renew for another one; rises with the period, because
    /// those who would leave have left.
    fn retention_rate(&self, period: u32) -> f64 {
        self.stays(period.saturating_sub(1), 1)
    }

    /// Probability that a customer of so many periods stays `more` periods longer.
    fn stays(&self, periods: u32, more: u32) -> f64 {
        let (now, then) = (f64::from(periods), f64::from(periods) + f64::from(more));
        (self.ln_survival(then) - self.ln_survival(now)).exp()
    }

    /// Expected number of periods of a new customer, each discounted to the first (DEL of Fader and Hardie, 2010).
    ///
    /// `None` where the rate is zero: the sum may then be infinite.
    fn discounted_lifetime(&self, discount: PeriodDiscount) -> Option<f64> {
        Some(1.0 + discount.factor() * self.discounted_residual(0, discount)?)
    }

    /// Expected value of all payments still to come of such a customer, each of `payment` at a renewal.
    ///
    /// `None` where the rate is zero, as in [`Self::discounted_residual`].
    fn residual_value(&self, payment: f64, periods: u32, discount: PeriodDiscount) -> Option<f64> {
        self.discounted_residual(periods, discount).map(|renewals| renewals * payment)
    }

    /// Expected number of periods still to come of a customer who has been there for `periods` and is about to be
    /// asked for the next renewal, each discounted to that renewal (DERL of Fader and Hardie, 2010, for their
    /// n = `periods + 1`).
    ///
    /// `None` where the rate is zero: the sum may then be infinite.
    fn discounted_residual(&self, periods: u32, discount: PeriodDiscount) -> Option<f64> {
        if discount.rate() <= 0.0 {
            return None;
        }
        let now = self.ln_survival(f64::from(periods));
        let delta = discount.rate().ln_1p();
        let at = |m: f64| (self.ln_survival(f64::from(periods) + 1.0 + m) - now - delta * m).exp();
        let mut sum = 0.0;
        for m in 0..ONE_BY_ONE {
            let term = at(f64::from(m));
            sum += term;
            if term < 1e-17 * sum {
                return Some(sum);
            }
        }
        // The rest by the formula of Euler and Maclaurin.
        let from = f64::from(ONE_BY_ONE);
        let slope = at(from + 0.5) - at(from - 0.5);
        let end = (45.0 / (delta * from)).ln_1p();
        let rest = integrate(0.0, end, 16, |y| at(from * y.exp()) * from * y.exp());
        Some(sum + rest + at(from) / 2.0 - slope / 12.0)
    }
}

/// Periods that are summed one by one; what comes after is smooth.
const ONE_BY_ONE: u32 = 1_000;
