//! A customer's own rhythm: when the next order comes, where one's orders were even enough to tell.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};
use statrs::function::gamma::ln_gamma;
use tenure_core::Weeks;

use super::outlook::{RegularOutlook, gone_by, next_order, weights};
use super::{MAX_REGULARITY, likelihood};
use crate::{BtydError, Customer};

/// Regularities from 1 to this.
const MOST: usize = MAX_REGULARITY as usize;

/// How regular the customers of a shop are, each one for oneself.
///
/// In a shop where orders come at random on the whole, some customers still order every fourth week. Here the k of
/// [`BgCnbd`](crate::BgCnbd) differs from customer to customer: a share of them has each, which is fitted. As
/// there, orders are k phases apart; a customer orders at a constant rate that is Gamma(`r`, `alpha`) over customers.
/// So a customer's own gaps, shrunk towards the shop's, say k and the rate, and with the time already waited
/// since the last order, when the next one comes: by Bayes' theorem, with `u = T - t_x` and `alpha_k = alpha / k`,
///
/// ```text
/// P(k | gaps, silent for u) ~ share_k * prod(gap)^(k - 1) / (k - 1)!^x * alpha_k^r
///                             * sum over j < k of u^j / j! * (r)_(kx + j) / (alpha_k + T)^(r + kx + j)
/// ```
///
/// and given k the j phases gone by and the rate of phases, `Gamma(r + kx + j, alpha_k + T)`, give the time to the next
/// order in closed form. A customer who is overdue for long is thereby taken for a less regular one.
///
/// References: \[1\] Platzer, Reutterer (2016), "Ticking away the moments", Marketing Science 35(5), 779-799, whose
/// Pareto/GGG lets regularity differ between customers; \[2\] Reutterer, Platzer, Schroeder (2021), International
/// Journal of Research in Marketing 38(1), 194-215, for whole k; \[3\] Dempster, Laird, Rubin (1977), Journal of the
/// Royal Statistical Society B 39(1), 1-38, for the shares.
///
/// ```
/// use tenure_btyd::{Customer, Rhythms, log_gaps};
/// use tenure_core::Weeks;
/// let weeks = |value| Weeks::new(value);
/// // Half of all order at random, three tenths with a regularity of 4, a fifth with one of 12.
/// let mut shares = [0.0; 12];
/// (shares[0], shares[3], shares[11]) = (0.5, 0.3, 0.2);
/// let shop = Rhythms::new(0.8, 6.0, shares)?;
/// // Gaps of 4, 5, 4.5 and 4.5 weeks, just now.
/// let gaps = log_gaps([weeks(4.0)?, weeks(9.0)?, weeks(13.5)?, weeks(18.0)?]);
/// let customer = Customer::new(4, weeks(18.0)?, weeks(18.0)?)?;
/// let own = shop.of(&customer, gaps).ok_or("no rhythm")?;
/// // By quadrature over the rate in scipy.
/// assert!((own.p_regular() - 0.963_574).abs() < 1e-6);
/// assert!((own.next_order(0.5, weeks(52.0)?).get() - 4.429_526).abs() < 1e-4);
/// assert!((own.next_order(0.9, weeks(52.0)?).get() - 7.113_341).abs() < 1e-4);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "(f64, f64, [f64; MOST])", into = "(f64, f64, [f64; MOST])")]
pub struct Rhythms {
    r: f64,
    /// In weeks.
    alpha: f64,
    shares: [f64; MOST],
    /// `ln(share_k * alpha_k^r)`.
    of_shop: [f64; MOST],
}

/// `ln((k - 1)!)` of each regularity.
static LN_WAYS: LazyLock<[f64; MOST]> = LazyLock::new(|| regularities().map(|k| ln_gamma(f64::from(k))));

/// When one customer orders next, by the customer's own rhythm.
#[derive(Clone, Debug)]
pub struct OwnRhythm {
    /// Probabilities of each regularity that has any, and the future with it, given alive.
    parts: Vec<(f64, RegularOutlook)>,
    p_regular: f64,
}

/// Fewer gaps show no rhythm.
const LEAST_GAPS: u32 = 3;
/// A rhythm is one's own if orders come at random with no more than the rest of this.
const SURE: f64 = 0.9;
/// A regularity less probable than this changes no date.
const NEXT_TO_NONE: f64 = 1e-4;
/// Fewer customers with two gaps or more do not show how regularity is spread.
const LEAST_CUSTOMERS: usize = 30;
/// More customers make the shares no surer than anybody needs.
const MOST_CUSTOMERS: usize = 20_000;
/// Rounds of the search for shares, which then move less than a thousandth.
const ROUNDS: u32 = 200;

impl Rhythms {
    /// At known parameters: `r` and `alpha`, in weeks, of the rate of orders over customers, and the share of
    /// customers with each regularity from 1 to [`MAX_REGULARITY`].
    ///
    /// # Errors
    /// When `r` or `alpha` is not finite and above zero, or shares are not numbers from 0 to 1 that add up to 1.
    pub fn new(r: f64, alpha: f64, shares: [f64; MOST]) -> Result<Self, BtydError> {
        let [r, alpha] = crate::parameters::check("rhythms", ["r", "alpha"], [r, alpha])?;
        let sum: f64 = shares.iter().sum();
        // What is not a number is in no range.
        let fine = shares.iter().all(|share| (0.0..=1.0).contains(share)) && (sum - 1.0).abs() < 1e-6;
        if !fine {
            return Err(BtydError::InvalidShares { sum });
        }
        let of_shop = |k: u32| shares[k as usize - 1].ln() + r * (alpha / f64::from(k)).ln();
        Ok(Self { r, alpha, shares, of_shop: regularities().map(of_shop) })
    }

    /// Finds the shares from customers with the [`log_gaps`](crate::log_gaps) of each, by the times between their
    /// orders alone, whose shares of a customer's `t_x` are Dirichlet(k, ..., k); `r` and `alpha`, in weeks, are those of a
    /// purchase model.
    ///
    /// # Errors
    /// When fewer than 30 customers have two gaps; as [`Self::new`].
    pub fn fit(customers: &[(Customer, f64)], r: f64, alpha: f64) -> Result<Self, BtydError> {
        let telling = |(customer, _): &&(Customer, f64)| customer.frequency() >= 2;
        let got = customers.iter().filter(telling).count();
        if got < LEAST_CUSTOMERS {
            return Err(BtydError::TooFewCustomers { needed: LEAST_CUSTOMERS, got });
        }
        let step = got.div_ceil(MOST_CUSTOMERS);
        let likelihoods: Vec<[f64; MOST]> = customers
            .iter()
            .filter(telling)
            .step_by(step)
            .map(|(customer, log_gaps)| {
                let ln = regularities().map(|k| likelihood::customer_shares(k, *log_gaps, customer));
                let top = ln.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                ln.map(|one| (one - top).exp())
            })
            .collect();
        let mut shares = [1.0 / MOST as f64; MOST];
        for _ in 0..ROUNDS {
            // As if one customer more were seen, who might have any: no share is ever nothing.
            let mut counts = [1.0 / MOST as f64; MOST];
            for one in &likelihoods {
                let sum: f64 = one.iter().zip(&shares).map(|(likelihood, share)| likelihood * share).sum();
                for ((count, likelihood), share) in counts.iter_mut().zip(one).zip(&shares) {
                    *count += likelihood * share / sum;
                }
            }
            let all: f64 = counts.iter().sum();
            shares = counts.map(|count| count / all);
        }
        Self::new(r, alpha, shares)
    }

    /// The rhythm of a customer whose logarithms of gaps add up to `log_gaps`; `None` where there is none: fewer than
    /// three gaps, or orders that may well come at random, as also of one who is long overdue.
    #[must_use]
    pub fn of(&self, customer: &Customer, log_gaps: f64) -> Option<OwnRhythm> {
        if customer.frequency() < LEAST_GAPS {
            return None;
        }
        let ln = regularities().map(|k| self.ln_chance(k, customer, log_gaps));
        let top = ln.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let chances = ln.map(|one| (one - top).exp());
        let sum: f64 = chances.iter().sum();
        let p_regular = 1.0 - chances[0] / sum;
        if p_regular.is_nan() || p_regular < SURE {
            return None;
        }
        let probable = regularities().into_iter().zip(chances).filter(|(_, one)| *one > NEXT_TO_NONE * sum);
        let parts = probable.map(|(k, one)| (one / sum, self.outlook(k, customer))).collect();
        Some(OwnRhythm { parts, p_regular })
    }

    /// Logarithm of what regularity k has in its favour, but for what all of them have.
    fn ln_chance(&self, k: u32, customer: &Customer, log_gaps: f64) -> f64 {
        let index = k as usize - 1;
        let of_gaps = f64::from(k - 1) * log_gaps - LN_WAYS[index] * f64::from(customer.frequency());
        // Leaving is not in it: all is given alive.
        let [r, alpha, silent] = self.phases(k, customer);
        let alive = ln_gamma(r) - r * alpha.ln() + gone_by(k, r, silent).sum::<f64>().ln();
        self.of_shop[index] + of_gaps + alive
    }

    /// The shape of the rate of phases with a regularity of k, its scale in weeks, and the time since the last order in
    /// scales.
    fn phases(&self, k: u32, customer: &Customer) -> [f64; 3] {
        let r = self.r + f64::from(k) * f64::from(customer.frequency());
        let alpha = self.alpha / f64::from(k) + customer.age();
        [r, alpha, (customer.age() - customer.recency_age()) / alpha]
    }

    fn outlook(&self, k: u32, customer: &Customer) -> RegularOutlook {
        let [r, alpha, silent] = self.phases(k, customer);
        RegularOutlook { p_alive: 1.0, k, weights: weights(k, r, silent), r, alpha, silent, a: 1.0, b: 1.0 }
    }

    /// Of the customers, by regularity from 1 on.
    #[must_use]
    pub const fn shares(&self) -> &[f64; MOST] {
        &self.shares
    }
}

impl OwnRhythm {
    /// Probability that orders come more regularly than at random, at least 0.9.
    #[must_use]
    pub const fn p_regular(&self) -> f64 {
        self.p_regular
    }

    /// The share of next orders that has come by `wait`, of those that come within `within`.
    #[must_use]
    pub fn come_by(&self, wait: Weeks, within: Weeks) -> f64 {
        let all = self.come(within.get());
        if all > 0.0 { (self.come(wait.get().min(within.get())) / all).min(1.0) } else { 1.0 }
    }

    fn come(&self, t: f64) -> f64 {
        self.come_and_density(t)[0]
    }

    fn come_and_density(&self, t: f64) -> [f64; 2] {
        self.parts.iter().fold([0.0; 2], |[come, density], (weight, of)| {
            let [none, one] = of.no_order(t);
            [come + weight * (1.0 - none), density + weight * one]
        })
    }

    /// The time by which a share, from 0 to 1, of next orders has come, of those that come within `within`.
    #[must_use]
    pub fn next_order(&self, share: f64, within: Weeks) -> Weeks {
        next_order(share, within, |t| self.come_and_density(t))
    }
}

fn regularities() -> [u32; MOST] {
    std::array::from_fn(|index| index as u32 + 1)
}

impl TryFrom<(f64, f64, [f64; MOST])> for Rhythms {
    type Error = BtydError;
    fn try_from((r, alpha, shares): (f64, f64, [f64; MOST])) -> Result<Self, BtydError> {
        Self::new(r, alpha, shares)
    }
}

impl From<Rhythms> for (f64, f64, [f64; MOST]) {
    fn from(rhythms: Rhythms) -> Self {
        (rhythms.r, rhythms.alpha, rhythms.shares)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulate::{Life, life};
    use crate::{BgCnbd, BgNbd, Outlook, PurchaseModel, log_gaps};

    fn weeks(value: f64) -> Weeks {
        Weeks::new(value).unwrap()
    }

    fn shop(random: f64, four: f64, twelve: f64) -> Rhythms {
        let mut shares = [0.0; MOST];
        (shares[0], shares[3], shares[11]) = (random, four, twelve);
        Rhythms::new(0.8, 6.0, shares).unwrap()
    }

    fn seen(gaps: &[f64], silent: f64) -> (Customer, f64) {
        let mut at = 0.0;
        let ages: Vec<Weeks> = gaps
            .iter()
            .map(|gap| {
                at += gap;
                weeks(at)
            })
            .collect();
        (Customer::new(gaps.len() as u32, weeks(at), weeks(at + silent)).unwrap(), log_gaps(ages))
    }

    #[track_caller]
    fn check(gaps: &[f64], silent: f64, within: f64, expected: [f64; 4]) {
        let (customer, log_gaps) = seen(gaps, silent);
        let own = shop(0.5, 0.3, 0.2).of(&customer, log_gaps).unwrap();
        let dates = [0.1, 0.5, 0.9].map(|share| own.next_order(share, weeks(within)).get());
        for (found, expected) in std::iter::once(own.p_regular()).chain(dates).zip(expected) {
            approx::assert_abs_diff_eq!(found, expected, epsilon = 1e-4);
        }
    }

    /// Of scipy: Erlang densities and survival, by quadrature over the rate for each regularity.
    #[test]
    fn dates_agree_with_quadrature_over_the_rate() {
        let even = [4.0, 5.0, 4.5, 4.5];
        check(&even, 2.0, 52.0, [0.974_055, 0.853_187_2, 2.520_721_9, 5.185_730_4]);
        let often = [4.0, 4.2, 3.9, 4.0, 4.1, 4.0, 3.8];
        check(&often, 1.0, 4.0, [0.999_332_4, 1.425_217_5, 2.597_595_8, 3.644_724_0]);
    }

    #[test]
    fn who_is_long_overdue_has_lost_the_rhythm() {
        let of = |gaps: &[f64], silent| {
            let (customer, log_gaps) = seen(gaps, silent);
            shop(0.5, 0.3, 0.2).of(&customer, log_gaps)
        };
        let even = [4.0, 5.0, 4.5, 4.5];
        // At 8 weeks, of which 4.5 are usual, orders at random have a chance of 15.5 %; of scipy.
        assert!(of(&even, 5.0).is_some() && of(&even, 8.0).is_none() && of(&even, 500.0).is_none());
        // 0.5, 9, 1 and 7.5 weeks come at random by 99.5 %.
        assert!(of(&[0.5, 9.0, 1.0, 7.5], 2.0).is_none());
    }

    #[test]
    fn few_orders_and_orders_at_one_time_are_no_rhythm() {
        let shop = shop(0.5, 0.3, 0.2);
        let of = |gaps: &[f64]| {
            let (customer, log_gaps) = seen(gaps, 1.0);
            shop.of(&customer, log_gaps)
        };
        assert!(of(&[]).is_none() && of(&[4.0]).is_none() && of(&[4.0, 4.0]).is_none());
        assert!(of(&[4.0, 4.0, 4.0, 4.0]).is_some());
        // Stamps of one visit and a real gap: an hour, an hour, an hour and eight weeks.
        assert!(of(&[0.0, 0.0, 0.0, 8.0]).is_none());
        // All at once and nothing since: whatever is said is a date.
        let at_once = Customer::new(5, Weeks::ZERO, Weeks::ZERO).unwrap();
        if let Some(own) = shop.of(&at_once, log_gaps([Weeks::ZERO; 5])) {
            assert!(own.next_order(0.5, weeks(52.0)) <= weeks(52.0));
        }
        assert!(shop.of(&at_once, f64::NAN).is_none());
    }

    #[test]
    fn where_all_are_alike_it_is_the_model_of_that_regularity() {
        let (customer, log_gaps) = seen(&[4.0, 5.0, 4.5, 4.5], 3.0);
        let mut shares = [0.0; MOST];
        shares[2] = 1.0;
        let own = Rhythms::new(0.8, 6.0, shares).unwrap().of(&customer, log_gaps).unwrap();
        let same = BgCnbd::new(3, 0.8, 2.0, 1.0, 1.0).unwrap().outlook(&customer);
        for share in [0.1, 0.5, 0.9] {
            let [own, same] = [own.next_order(share, weeks(30.0)), same.next_order(share, weeks(30.0))];
            approx::assert_abs_diff_eq!(own.get(), same.get(), epsilon = 1e-3);
        }
        assert_eq!(own.p_regular(), 1.0);
        let random = Rhythms::new(0.8, 6.0, std::array::from_fn(|k| f64::from(u8::from(k == 0)))).unwrap();
        assert!(random.of(&customer, log_gaps).is_none());
    }

    #[test]
    fn the_shares_are_found() {
        let random = BgNbd::new(1.3, 5.0, 0.6, 4.0).unwrap();
        let regular = BgCnbd::new(6, 1.3, 5.0 / 6.0, 0.6, 4.0).unwrap();
        let of = |life: &Life| (life.customer(weeks(104.0)).unwrap(), life.log_gaps(weeks(104.0)));
        let customers: Vec<(Customer, f64)> = (0..4_000)
            .map(|n| {
                of(&if n % 4 == 0 {
                    life(&regular, weeks(104.0), 5, n)
                } else {
                    life(&random, weeks(104.0), 5, n)
                })
            })
            .collect();
        let shares = *Rhythms::fit(&customers, 1.3, 5.0).unwrap().shares();
        // A quarter of a regularity about 6; near ones can hardly be told apart.
        assert!((0.7..0.8).contains(&shares[0]), "{shares:?}");
        assert!(shares[3..9].iter().sum::<f64>() > 0.15, "{shares:?}");
        let few = Rhythms::fit(&customers[..20], 1.3, 5.0);
        assert!(matches!(few, Err(BtydError::TooFewCustomers { needed: 30, .. })));
    }

    #[test]
    fn what_is_no_share_is_refused() {
        let with = |at: usize, value: f64| {
            let mut shares = [1.0 / 12.0; MOST];
            shares[at] = value;
            Rhythms::new(1.0, 1.0, shares)
        };
        for value in [-0.1, 1.1, f64::NAN, 0.5] {
            assert!(matches!(with(3, value), Err(BtydError::InvalidShares { .. })), "{value}");
        }
        assert!(matches!(
            Rhythms::new(0.0, 1.0, [1.0 / 12.0; MOST]),
            Err(BtydError::InvalidParameter { .. })
        ));
        let json = serde_json::to_string(&shop(0.5, 0.3, 0.2)).unwrap();
        assert_eq!(serde_json::from_str::<Rhythms>(&json).unwrap(), shop(0.5, 0.3, 0.2));
        assert!(serde_json::from_str::<Rhythms>(&json.replace("0.3", "0.4")).is_err());
    }
}
