//! `ln (c)_n` and its slope for every n up to a limit.

/// Rising factorials `(c)_n = c (c + 1) ... (c + n - 1)` of one parameter, as logarithms.
///
/// Purchases are whole numbers, so `ln Gamma(c + x) - ln Gamma(c)` is a sum of x logarithms: a table of
/// running sums costs less than one gamma function per customer and has no cancellation at large x.
#[derive(Debug)]
pub(crate) struct Rising {
    /// `ln (c)_n`.
    pub(crate) ln: Vec<f64>,
    /// `d/dc ln (c)_n = psi(c + n) - psi(c)`.
    pub(crate) slope: Vec<f64>,
}

impl Rising {
    /// Tables for n = 0..=`max`.
    pub(crate) fn new(c: f64, max: u32) -> Self {
        let mut ln = Vec::with_capacity(max as usize + 1);
        let mut slope = Vec::with_capacity(max as usize + 1);
        let (mut ln_sum, mut slope_sum) = (0.0, 0.0);
        for n in 0..=max {
            ln.push(ln_sum);
            slope.push(slope_sum);
            let factor = c + f64::from(n);
            ln_sum += factor.ln();
            slope_sum += factor.recip();
        }
        Self { ln, slope }
    }
}

/// `ln (c)_n` for one n: `ln Gamma(c + n) - ln Gamma(c)`.
pub(crate) fn ln_rising(c: f64, n: u32) -> f64 {
    if n <= 32 {
        // A product of few factors is both faster and exact to the last digits.
        return (0..n).map(|k| (c + f64::from(k)).ln()).sum();
    }
    statrs::function::gamma::ln_gamma(c + f64::from(n)) - statrs::function::gamma::ln_gamma(c)
}

#[cfg(test)]
mod tests {
    use super::*;
    use statrs::function::gamma::{digamma, ln_gamma};

    #[test]
    fn agrees_with_the_gamma_function() {
        let table = Rising::new(0.243, 1000);
        for n in [0_u32, 1, 7, 200, 1000] {
            let expected = ln_gamma(0.243 + f64::from(n)) - ln_gamma(0.243);
            approx::assert_relative_eq!(table.ln[n as usize], expected, max_relative = 1e-11);
            approx::assert_relative_eq!(ln_rising(0.243, n), expected, max_relative = 1e-11);
            let slope = digamma(0.243 + f64::from(n)) - digamma(0.243);
            approx::assert_relative_eq!(table.slope[n as usize], slope, max_relative = 1e-11);
        }
    }
}
