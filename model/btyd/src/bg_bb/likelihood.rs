//! The likelihood of BG/BB in the log domain, with its gradient.

use super::data::{ChanceCustomer, ChanceData};
use crate::rising::{Rising, ln_rising};

/// Weighted sum of log-likelihoods and its gradient over `(alpha, beta, gamma, delta)`.
///
/// Eq. 5 of Fader, Hardie and Shang (2010): a customer died after chance number m, from `t_x` to n - 1, or is still
/// there after the last. With `B(p + i, q + j) / B(p, q) = (p)_i (q)_j / (p + q)_(i + j)` every term is a product
/// of rising factorials, whose logarithms are in tables.
pub(super) fn log_likelihood([alpha, beta, gamma, delta]: [f64; 4], data: &ChanceData) -> (f64, [f64; 4]) {
    let most = data.most_chances();
    let of = |c: f64| Rising::new(c, most + 1);
    let tables = [of(alpha), of(beta), of(alpha + beta), of(delta), of(gamma + delta)];
    let [of_alpha, of_beta, of_both, of_delta, of_death] = &tables;
    let ln_gamma = gamma.ln();
    let mut total = (0.0, [0.0; 4]);
    for (customer, weight) in data.iter() {
        let (x, n) = (customer.frequency as usize, customer.chances as usize);
        // Buying x times in m chances.
        let bought = |m: usize| of_alpha.ln[x] + of_beta.ln[m - x] - of_both.ln[m];
        let there = bought(n) + of_delta.ln[n] - of_death.ln[n];
        let died = |m: usize| bought(m) + ln_gamma + of_delta.ln[m] - of_death.ln[m + 1];
        let deaths = customer.last as usize..n;
        let top = deaths.clone().map(died).fold(there, f64::max);
        let (mut sum, mut gradient) = (0.0, [0.0; 4]);
        let mut add = |m: usize, chances_of_death: usize, share: f64, died: f64| {
            sum += share;
            let over_alpha = of_alpha.slope[x] - of_both.slope[m];
            let over_beta = of_beta.slope[m - x] - of_both.slope[m];
            let over_both = of_death.slope[chances_of_death];
            let terms = [over_alpha, over_beta, died / gamma - over_both, of_delta.slope[m] - over_both];
            for (all, one) in gradient.iter_mut().zip(terms) {
                *all += share * one;
            }
        };
        add(n, n, (there - top).exp(), 0.0);
        for m in deaths {
            add(m, m + 1, (died(m) - top).exp(), 1.0);
        }
        total.0 += weight * (top + sum.ln());
        for (all, one) in total.1.iter_mut().zip(gradient) {
            *all += weight * one / sum;
        }
    }
    total
}

/// Logarithms of two terms of one customer's likelihood: still there after the last chance, and died before.
pub(super) fn there_and_died([alpha, beta, gamma, delta]: [f64; 4], customer: &ChanceCustomer) -> (f64, f64) {
    let ChanceCustomer { frequency: x, last, chances: n } = *customer;
    let bought = |m: u32| ln_rising(alpha, x) + ln_rising(beta, m - x) - ln_rising(alpha + beta, m);
    let there = bought(n) + ln_rising(delta, n) - ln_rising(gamma + delta, n);
    let first = bought(last) + gamma.ln() + ln_rising(delta, last) - ln_rising(gamma + delta, last + 1);
    // From one chance to the next: one more not taken, one more survived.
    let (mut term, mut sum) = (1.0, 0.0);
    for m in last..n {
        sum += term;
        let m = f64::from(m);
        let not_taken = (beta + m - f64::from(x)) / (alpha + beta + m);
        term *= not_taken * (delta + m) / (gamma + delta + m + 1.0);
    }
    (there, first + sum.ln())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gradients_match_finite_differences() {
        let seen = [(0, 0, 6), (1, 4, 6), (3, 3, 9), (6, 6, 6)];
        let data =
            ChanceData::new(seen.map(|(x, last, n)| ChanceCustomer::new(x, last, n).unwrap())).unwrap();
        let at = [1.2, 0.75, 0.66, 2.8];
        let (_, gradient) = log_likelihood(at, &data);
        for index in 0..4 {
            let shifted = |by: f64| {
                let mut moved = at;
                moved[index] += by;
                log_likelihood(moved, &data).0
            };
            let slope = (shifted(1e-5) - shifted(-1e-5)) / 2e-5;
            approx::assert_relative_eq!(gradient[index], slope, max_relative = 1e-6);
        }
    }
}
