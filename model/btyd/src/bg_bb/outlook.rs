//! What a customer will do with the chances to come.

use crate::PeriodDiscount;
use crate::hypergeometric::ln_gauss;
use crate::rising::ln_rising;

/// Posterior of one customer under BG/BB; all times are numbers of chances from now.
///
/// Given that the customer was still there at the last chance, the chance to buy is `Beta(alpha, beta)` and that to
/// leave before each chance to come `Beta(gamma, delta)`, with the parameters already updated by what was seen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ChanceOutlook {
    pub(super) p_there: f64,
    pub(super) alpha: f64,
    pub(super) beta: f64,
    pub(super) gamma: f64,
    pub(super) delta: f64,
}

impl ChanceOutlook {
    /// Probability that the customer has not left for good by the last chance seen.
    #[must_use]
    pub const fn p_alive(&self) -> f64 {
        self.p_there
    }

    /// Probability that the customer will still be there at chance number `chances` from now (eq. 11 of the paper
    /// for the next one, number 1).
    #[must_use]
    pub fn p_alive_after(&self, chances: u32) -> f64 {
        self.p_there * self.stays(chances)
    }

    /// `(delta)_m / (gamma + delta)_m`.
    fn stays(&self, chances: u32) -> f64 {
        (ln_rising(self.delta, chances) - ln_rising(self.gamma + self.delta, chances)).exp()
    }

    /// Of the number of chances that the customer will be there for, out of `chances`: each number with its
    /// probability, given that the customer is there now.
    fn presence(&self, chances: u32) -> impl Iterator<Item = (u32, f64)> + '_ {
        let mut stays = 1.0;
        (0..=chances).map(move |m| {
            let leaves =
                if m == chances { 1.0 } else { self.gamma / (self.gamma + self.delta + f64::from(m)) };
            let probability = stays * leaves;
            stays *= 1.0 - leaves;
            (m, probability)
        })
    }

    /// Probability that none of the next `chances` is taken.
    #[must_use]
    pub fn p_no_order(&self, chances: u32) -> f64 {
        let mut none = 1.0;
        let given_there = self.presence(chances).map(|(m, probability)| {
            let term = probability * none;
            none *= (self.beta + f64::from(m)) / (self.alpha + self.beta + f64::from(m));
            term
        });
        1.0 - self.p_there * (1.0 - given_there.sum::<f64>())
    }

    /// Probability that exactly n of the next `chances` are taken, the chances that the customer is there for summed out.
    #[must_use]
    pub fn p_orders(&self, n: u32, chances: u32) -> f64 {
        if n == 0 {
            return self.p_no_order(chances);
        }
        let (alpha, beta) = (self.alpha, self.beta);
        let taken = |m: u32| {
            // n of m chances: C(m, n) (alpha)_n (beta)_(m - n) / (alpha + beta)_m.
            let ln_ways = ln_rising(f64::from(m - n) + 1.0, n) - ln_rising(1.0, n);
            (ln_ways + ln_rising(alpha, n) + ln_rising(beta, m - n) - ln_rising(alpha + beta, m)).exp()
        };
        let there = self.presence(chances).filter(|(m, _)| *m >= n);
        self.p_there * there.map(|(m, probability)| probability * taken(m)).sum::<f64>()
    }

    /// Expected number of the next `chances` to be taken: eq. 13 of the paper as the sum that it closes, which needs
    /// no exception at gamma = 1.
    #[must_use]
    pub fn expected_orders(&self, chances: u32) -> f64 {
        self.summed(chances, 1.0)
    }

    /// The same, each order discounted to the last chance seen: the next one by a period.
    #[must_use]
    pub fn discounted_orders(&self, chances: u32, discount: PeriodDiscount) -> f64 {
        self.summed(chances, discount.factor())
    }

    fn summed(&self, chances: u32, factor: f64) -> f64 {
        let (mut term, mut sum) = (1.0, 0.0);
        for m in 0..chances {
            let m = f64::from(m);
            term *= (self.delta + m) / (self.gamma + self.delta + m) * factor;
            sum += term;
        }
        self.p_there * self.alpha / (self.alpha + self.beta) * sum
    }

    /// Expected number of all orders to come, each discounted to the last chance seen (DERT of the paper).
    ///
    /// `None` where the rate is zero: the sum may then be infinite.
    #[must_use]
    pub fn discounted_orders_lifetime(&self, discount: PeriodDiscount) -> Option<f64> {
        if discount.rate() <= 0.0 {
            return None;
        }
        let both = self.gamma + self.delta;
        // delta / both z 2F1(1, delta + 1; both + 1; z): the sum over all chances.
        let sum = ln_gauss(self.delta + 1.0, both + 1.0, discount.factor(), discount.rest());
        let periods = self.delta / both * discount.factor() * sum.exp();
        Some(self.p_there * self.alpha / (self.alpha + self.beta) * periods)
    }

    /// Expected value of all orders to come, each discounted to the last chance seen and worth `spend` on average.
    ///
    /// `None` where the rate is zero, as in [`Self::discounted_orders_lifetime`].
    #[must_use]
    pub fn residual_value(&self, spend: f64, discount: PeriodDiscount) -> Option<f64> {
        self.discounted_orders_lifetime(discount).map(|orders| orders * spend)
    }

    /// The number of chances within which a `share` of next orders fall, among those that come within the next
    /// `chances`; `share` in (0, 1).
    #[must_use]
    pub fn next_order(&self, share: f64, chances: u32) -> u32 {
        let wanted = share * (1.0 - self.p_no_order(chances));
        let (mut low, mut high) = (1, chances.max(1));
        while low < high {
            let middle = low + (high - low) / 2;
            if 1.0 - self.p_no_order(middle) >= wanted { high = middle } else { low = middle + 1 }
        }
        low
    }
}
