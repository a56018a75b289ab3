//! The likelihood of customers who order with a regularity of k, in the log domain and with its gradient.

use statrs::function::gamma::ln_gamma;

use super::MAX_REGULARITY;
use crate::Customer;
use crate::beta_geometric::Dropout;
use crate::data::RfmData;
use crate::fit::sum_rows;
use crate::gaps::SHORTEST_GAP;
use crate::rising::{Rising, ln_rising};

/// Terms of one customer's likelihood: still there with j of k phases to the next order gone by, and gone.
#[derive(Clone, Copy, Debug)]
pub(super) struct Terms {
    /// Logarithms, `NEG_INFINITY` from k on.
    pub(super) alive: [f64; MAX_REGULARITY as usize],
    pub(super) gone: f64,
    /// The largest of all.
    pub(super) top: f64,
}

impl Terms {
    /// With u = T - `t_x` and x orders of k phases each (the likelihood of Reutterer, Platzer and Schroeder, 2021,
    /// with the sum over phases kept apart; at k = 1 eq. 6 of Fader, Hardie and Lee, 2005):
    /// alive `u^j / j! (r)_(kx + j) (alpha + T)^-(r + kx + j)`, gone `a / (b + c - 1) (r)_kx (alpha + t_x)^-(r + kx)`.
    fn new(k: u32, ln_rising_at: impl Fn(u32) -> f64, [r, a, left]: [f64; 3], logs: Logs, x: u32) -> Self {
        let phases = k * x;
        let shape = r + f64::from(phases);
        let mut alive = [f64::NEG_INFINITY; MAX_REGULARITY as usize];
        let mut ln_waited = 0.0;
        let mut top = f64::NEG_INFINITY;
        for j in 0..k {
            if j > 0 {
                ln_waited += logs.silent - f64::from(j).ln();
            }
            let term = ln_waited + ln_rising_at(phases + j) - (shape + f64::from(j)) * logs.age;
            alive[j as usize] = term;
            top = top.max(term);
        }
        let gone = if left > 0.0 {
            (a / left).ln() + ln_rising_at(phases) - shape * logs.recency
        } else {
            f64::NEG_INFINITY
        };
        Self { alive, gone, top: top.max(gone) }
    }

    /// `ln(sum of alive)`, relative to nothing.
    pub(super) fn ln_alive(&self) -> f64 {
        let top = self.alive.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        top + self.alive.iter().map(|term| (term - top).exp()).sum::<f64>().ln()
    }
}

/// `ln(alpha + T)`, `ln(alpha + t_x)` and `ln(T - t_x)`.
#[derive(Clone, Copy)]
struct Logs {
    age: f64,
    recency: f64,
    silent: f64,
}

/// The terms of a single customer, for predictions.
pub(super) fn terms(k: u32, [r, alpha, a, b]: [f64; 4], dropout: Dropout, customer: &Customer) -> Terms {
    let x = customer.frequency();
    let passed = dropout.passed(x);
    let left = if passed == 0 { 0.0 } else { b + f64::from(passed) - 1.0 };
    let logs = Logs {
        age: (alpha + customer.age()).ln(),
        recency: (alpha + customer.recency_age()).ln(),
        silent: (customer.age() - customer.recency_age()).ln(),
    };
    let at_x = ln_rising(r, k * x);
    let rising = |n: u32| at_x + ln_rising(r + f64::from(k * x), n - k * x);
    Terms::new(k, rising, [r, a, left], logs, x)
}

/// Log-likelihood of one customer but for the factor that only the times between orders decide.
pub(super) fn customer_log_likelihood(
    k: u32,
    parameters: [f64; 4],
    dropout: Dropout,
    customer: &Customer,
) -> f64 {
    let [r, alpha, a, b] = parameters;
    let passed = dropout.passed(customer.frequency());
    let Terms { alive, gone, top } = terms(k, parameters, dropout, customer);
    let sum = alive.iter().map(|term| (term - top).exp()).sum::<f64>() + (gone - top).exp();
    r * alpha.ln() + ln_rising(b, passed) - ln_rising(a + b, passed) + top + sum.ln()
}

/// Weighted sum of the same over rows, and its gradient over `(r, alpha, a, b)`.
pub(super) fn log_likelihood(
    k: u32,
    [r, alpha, a, b]: [f64; 4],
    dropout: Dropout,
    data: &RfmData,
) -> (f64, [f64; 4]) {
    let most = data.max_frequency();
    let of_r = Rising::new(r, k * most + k);
    let of_b = Rising::new(b, dropout.passed(most));
    let of_ab = Rising::new(a + b, dropout.passed(most));
    let ln_alpha = alpha.ln();
    sum_rows(&data.rows, |row| {
        let passed = dropout.passed(row.frequency) as usize;
        let left = if passed == 0 { 0.0 } else { b + passed as f64 - 1.0 };
        let age = data.nodes[row.age_node as usize].weeks;
        let recency = data.nodes[row.recency_node as usize].weeks;
        let logs =
            Logs { age: (alpha + age).ln(), recency: (alpha + recency).ln(), silent: (age - recency).ln() };
        let terms = Terms::new(k, |n| of_r.ln[n as usize], [r, a, left], logs, row.frequency);
        let phases = k * row.frequency;
        let shape = r + f64::from(phases);
        let gone = (terms.gone - terms.top).exp();
        let (mut total, mut over_r, mut over_alpha) = (gone, 0.0, 0.0);
        if gone > 0.0 {
            over_r = gone * (of_r.slope[phases as usize] - logs.recency);
            over_alpha = -gone * shape / (alpha + recency);
        }
        for j in 0..k {
            let alive = (terms.alive[j as usize] - terms.top).exp();
            total += alive;
            over_r += alive * (of_r.slope[(phases + j) as usize] - logs.age);
            over_alpha -= alive * (shape + f64::from(j)) / (alpha + age);
        }
        let p_gone = gone / total;
        let mut gradient = [
            over_r / total + ln_alpha,
            over_alpha / total + r / alpha,
            -of_ab.slope[passed],
            of_b.slope[passed] - of_ab.slope[passed],
        ];
        if p_gone > 0.0 {
            gradient[2] += p_gone / a;
            gradient[3] -= p_gone / left;
        }
        (r * ln_alpha + of_b.ln[passed] - of_ab.ln[passed] + terms.top + total.ln(), gradient)
    })
}

/// What the times between orders add to the log-likelihood of all customers, times in weeks.
///
/// With the sum of their logarithms it is the product of `gap^(k - 1) / Gamma(k)`. Without, only `t_x` is known:
/// the share of regular customers' order times with this sum, against that of random ones,
/// `t_x^((k - 1) x) Gamma(x) / Gamma(kx)`. Both are 1 at k = 1, so that likelihoods of different k compare.
pub(super) fn timing(k: u32, data: &RfmData) -> f64 {
    let more = f64::from(k - 1);
    match data.log_gaps() {
        Some(sum) => more * sum - ln_gamma(f64::from(k)) * data.mean_frequency() * data.customers(),
        None => data.sum_rows_with_orders(|x, recency_age| without_gaps(k, x, recency_age)),
    }
}

/// What the times between orders alone say of k: the log-likelihood of a customer's gaps as shares of their sum, which
/// are Dirichlet(k, ..., k) whatever the customer's rate and whenever the customer leaves. Zero at k = 1.
pub(super) fn shares(k: u32, log_gaps: f64, data: &RfmData) -> f64 {
    let orders = data.mean_frequency() * data.customers();
    let of_gaps = f64::from(k - 1) * log_gaps - ln_gamma(f64::from(k)) * orders;
    of_gaps - data.sum_rows_with_orders(|x, recency_age| without_gaps(k, x, recency_age))
}

/// The same for one customer.
pub(super) fn customer_shares(k: u32, log_gaps: f64, customer: &Customer) -> f64 {
    let of_gaps = f64::from(k - 1) * log_gaps - ln_gamma(f64::from(k)) * f64::from(customer.frequency());
    of_gaps - customer_timing(k, customer)
}

/// [`timing`] of one customer of whom only `(x, t_x)` is known.
pub(super) fn customer_timing(k: u32, customer: &Customer) -> f64 {
    let x = f64::from(customer.frequency());
    if x <= 0.0 { 0.0 } else { without_gaps(k, x, customer.recency_age().max(x * SHORTEST_GAP)) }
}

fn without_gaps(k: u32, x: f64, recency_age: f64) -> f64 {
    f64::from(k - 1) * x * recency_age.ln() + ln_gamma(x) - ln_gamma(f64::from(k) * x)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tenure_core::Weeks;

    /// Of scipy: `dirichlet.logpdf` of each customer's shares, less that of `[1, ..., 1]`.
    #[test]
    fn shares_of_a_sum_are_dirichlet() {
        let gaps: [&[f64]; 5] =
            [&[1.5, 3.5, 2.0, 3.0], &[1.0, 2.0, 1.2], &[4.0, 2.0, 3.0], &[5.0], &[0.5, 6.0]];
        let weeks = |value: f64| Weeks::new(value).unwrap();
        let customers = gaps.map(|gaps| {
            let sum = gaps.iter().sum();
            Customer::new(gaps.len() as u32, weeks(sum), weeks(sum + 4.0)).unwrap()
        });
        let log_gaps = gaps.iter().copied().flatten().map(|gap| gap.ln()).sum();
        let data = RfmData::new(customers).unwrap().with_log_gaps(log_gaps).unwrap();
        for (k, expected) in
            [(1, 0.0), (2, 1.465_100_854_055_166), (3, 1.505_686_134_170_244), (12, -8.260_244_514_368_605)]
        {
            approx::assert_abs_diff_eq!(shares(k, log_gaps, &data), expected, epsilon = 1e-12);
        }
        assert_eq!(data.regularity(), Some(3));
    }

    #[test]
    fn gradients_match_finite_differences() {
        let weeks = |value: f64| Weeks::new(value).unwrap();
        let seen = [(0, 0.0, 30.0), (1, 4.0, 30.0), (7, 29.0, 31.0), (3, 12.0, 12.0), (200, 20.0, 40.0)];
        let customers = seen.map(|(x, recency, age)| Customer::new(x, weeks(recency), weeks(age)).unwrap());
        let data = RfmData::new(customers).unwrap();
        for (k, dropout) in [(1, Dropout::AfterRepeat), (3, Dropout::AfterRepeat), (4, Dropout::AfterAny)] {
            let at = [0.8, 3.0, 0.7, 2.1];
            let (value, gradient) = log_likelihood(k, at, dropout, &data);
            let one_by_one: f64 =
                customers.iter().map(|customer| customer_log_likelihood(k, at, dropout, customer)).sum();
            approx::assert_relative_eq!(value, one_by_one, max_relative = 1e-12);
            for index in 0..4 {
                let shifted = |by: f64| {
                    let mut moved = at;
                    moved[index] += by;
                    log_likelihood(k, moved, dropout, &data).0
                };
                let slope = (shifted(1e-5) - shifted(-1e-5)) / 2e-5;
                approx::assert_relative_eq!(gradient[index], slope, max_relative = 1e-6);
            }
        }
    }
}
