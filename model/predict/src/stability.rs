//! Whether customers are still spread over bins as they were: the population stability index.

use serde::{Deserialize, Serialize};

use crate::PredictError;
use crate::error::check_pairs;

/// Added to the count of each bin, so that an empty one costs much but not infinitely much.
const HALF: f64 = 0.5;

/// 99 % of the standard normal distribution lie below this.
const NORMAL_99: f64 = 2.326_347_874_040_841;

/// How far two populations are apart.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stability {
    /// Population stability index, at least 0; 0 where both are spread alike. By the usual rule of thumb
    /// below 0.1 nothing moved and above 0.25 much did.
    pub psi: f64,
    /// What the index exceeds once in a hundred times by chance, where nothing moved.
    pub by_chance: f64,
}

/// Compares counts of the same bins in two populations, such as at training and now.
///
/// The index is the sum over bins of `(a - e) ln(a / e)`, the shares of now and of then. Where nothing moved
/// it is about chi-squared with one degree of freedom less than bins, times `1/n + 1/m`, the sizes of the
/// populations (Yurdakul 2018, "Statistical properties of population stability index"): in a small shop
/// chance alone passes the thresholds of the rule of thumb. Bins that are empty in both are left out.
///
/// ```
/// use tenure_predict::population_stability;
/// let moved = population_stability(&[500, 500], &[400, 600])?;
/// // (0.4 - 0.5) ln(0.4 / 0.5) + (0.6 - 0.5) ln(0.6 / 0.5)
/// assert!((moved.psi - 0.0405).abs() < 1e-4);
/// assert!(moved.by_chance < 0.02);
/// # Ok::<(), tenure_predict::PredictError>(())
/// ```
///
/// # Errors
/// When the bins differ in number, or one population is empty.
pub fn population_stability(then: &[u64], now: &[u64]) -> Result<Stability, PredictError> {
    check_pairs(then.len(), now.len())?;
    let (n, m) = (then.iter().sum::<u64>() as f64, now.iter().sum::<u64>() as f64);
    if n <= 0.0 || m <= 0.0 {
        return Err(PredictError::NoCustomers);
    }
    let used = || then.iter().zip(now).filter(|(then, now)| **then + **now > 0);
    let bins = used().count() as f64;
    let share = |count: u64, total: f64| (count as f64 + HALF) / (total + HALF * bins);
    let psi = used()
        .map(|(then, now)| {
            let (expected, actual) = (share(*then, n), share(*now, m));
            (actual - expected) * (actual / expected).ln()
        })
        .sum::<f64>();
    Ok(Stability { psi: psi.max(0.0), by_chance: chi_squared_99(bins - 1.0) * (1.0 / n + 1.0 / m) })
}

/// The 99 % quantile of chi-squared (Wilson and Hilferty 1931), within 1 % from two degrees on.
fn chi_squared_99(freedom: f64) -> f64 {
    if freedom <= 0.0 {
        return 0.0;
    }
    let spread = 2.0 / (9.0 * freedom);
    freedom * (1.0 - spread + NORMAL_99 * spread.sqrt()).powi(3)
}

#[cfg(test)]
mod tests {
    use super::*;
    use approx::assert_relative_eq;
    use proptest::collection::vec;
    use proptest::prelude::*;

    #[test]
    fn quantiles_are_those_of_the_tables() {
        // Printed tables of chi-squared, upper 1 %.
        for (freedom, expected) in [(1.0, 6.635), (2.0, 9.210), (5.0, 15.086), (9.0, 21.666), (30.0, 50.892)]
        {
            assert_relative_eq!(chi_squared_99(freedom), expected, max_relative = 0.02);
        }
        assert_eq!(chi_squared_99(0.0), 0.0);
    }

    #[test]
    fn agrees_with_the_definition() {
        // numpy: e, a = (then + .5) / (sum + .5 k), (now + .5) / (sum + .5 k); ((a - e) * log(a / e)).sum()
        let seen = population_stability(&[120, 80, 0, 200], &[60, 100, 5, 35]).unwrap();
        assert_relative_eq!(seen.psi, 0.687_669_737_040_554_6, max_relative = 1e-9);
        let seen = population_stability(&[10, 0, 10], &[0, 0, 10]).unwrap();
        assert_relative_eq!(seen.psi, 1.383_873_835_328_828_7, max_relative = 1e-9);
    }

    #[test]
    fn what_cannot_be_compared_is_refused() {
        assert!(matches!(population_stability(&[1], &[1, 2]), Err(PredictError::LengthMismatch { .. })));
        for (then, now) in [(&[][..], &[][..]), (&[0, 0][..], &[1, 1][..]), (&[1, 1][..], &[0, 0][..])] {
            assert_eq!(population_stability(then, now), Err(PredictError::NoCustomers));
        }
    }

    #[test]
    fn one_bin_cannot_move() {
        let seen = population_stability(&[7], &[9]).unwrap();
        assert_eq!((seen.psi, seen.by_chance), (0.0, 0.0));
    }

    proptest! {
        #[test]
        fn it_is_symmetric_and_zero_where_nothing_moved(
            pairs in vec((0..500_u64, 0..500_u64), 1..12),
        ) {
            let (then, now): (Vec<u64>, Vec<u64>) = pairs.into_iter().unzip();
            prop_assume!(then.iter().sum::<u64>() > 0 && now.iter().sum::<u64>() > 0);
            let (one, other) = (population_stability(&then, &now).unwrap(), population_stability(&now, &then).unwrap());
            prop_assert!((one.psi - other.psi).abs() < 1e-9);
            prop_assert!(one.psi.is_finite() && one.psi >= 0.0);
            prop_assert!(population_stability(&then, &then).unwrap().psi < 1e-12);
        }
    }
}
