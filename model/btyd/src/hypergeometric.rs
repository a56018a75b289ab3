//! Gauss's hypergeometric function with one parameter 1: what the sums over all later orders come to.

use crate::quadrature::panel_nodes;

/// `ln 2F1(1, b; c; z)` for b and c above 0, z in [0, 1), and `rest = 1 - z` without cancellation.
pub(crate) fn ln_gauss(b: f64, c: f64, z: f64, rest: f64) -> f64 {
    if z > SERIES_UP_TO {
        if c > 1.0 {
            return Hypergeometric::by_quadrature(b, c, z, rest).ln;
        }
        // The first term apart, what is left has its parameters one higher.
        return (b / c * z * Hypergeometric::by_quadrature(b + 1.0, c + 1.0, z, rest).ln.exp()).ln_1p();
    }
    let (mut term, mut sum) = (1.0, 1.0);
    let mut n = 0.0;
    loop {
        let ratio = (b + n) / (c + n) * z;
        term *= ratio;
        sum += term;
        n += 1.0;
        // Terms may rise before they fall, where b is far above c.
        if ratio < 1.0 && term <= 1e-17 * sum {
            return f64::ln(sum);
        }
    }
}

/// The same for b at or below c by Gauss's continued fraction (DLMF 15.7), where z is near 1 much the quickest: its
/// error falls by `((1 - sqrt(rest)) / (1 + sqrt(rest)))^2` at every other step.
pub(crate) fn ln_gauss_by_fraction(b: f64, c: f64, z: f64, rest: f64) -> f64 {
    if rest < 1e-4 {
        return ln_gauss(b, c, z, rest);
    }
    // 1 / (1 - a_1 z / (1 - a_2 z / ...)), forwards by the method of Lentz as Thompson and Barnett have it.
    let (mut value, mut ratio, mut inverse) = (1.0, 1.0, 0.0);
    for n in 1..20_000_u32 {
        let m = f64::from(n / 2);
        let coefficient = if n == 1 {
            b / c
        } else if n % 2 == 0 {
            m * (c - b + m - 1.0) / ((c + 2.0 * m - 2.0) * (c + 2.0 * m - 1.0))
        } else {
            (c + m - 1.0) * (b + m) / ((c + 2.0 * m - 1.0) * (c + 2.0 * m))
        };
        inverse = 1.0 / (1.0 - coefficient * z * inverse);
        ratio = 1.0 - coefficient * z / ratio;
        let factor = ratio * inverse;
        value *= factor;
        if (factor - 1.0).abs() < 1e-15 {
            break;
        }
    }
    -f64::ln(value)
}

/// Up to here the series, of at most some 700 terms, is quicker than quadrature. Most fits of real orders stay
/// below a half; where next to nobody leaves beta runs away, and such a search may not take minutes.
const SERIES_UP_TO: f64 = 0.95;

/// The widest panel of the quadrature: the nearest singularities lie pi off the real line, far enough for the
/// rule's 16 nodes to be exact to the last digits.
const WIDEST_PANEL: f64 = 4.0;

/// `ln 2F1(1, b; c; z)` for z in [0, 1) and its partial derivatives.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Hypergeometric {
    pub(crate) ln: f64,
    pub(crate) over_b: f64,
    pub(crate) over_c: f64,
    pub(crate) over_z: f64,
}

impl Hypergeometric {
    /// For c above 1; `rest` is `1 - z`, which the caller knows without cancellation.
    pub(crate) fn new(b: f64, c: f64, z: f64, rest: f64) -> Self {
        if z > SERIES_UP_TO { Self::by_quadrature(b, c, z, rest) } else { Self::by_series(b, c, z) }
    }

    /// The sum of `(b)_n / (c)_n z^n`; each derivative multiplies a term by a running sum.
    fn by_series(b: f64, c: f64, z: f64) -> Self {
        let (mut term, mut sum) = (1.0, 1.0);
        let (mut per_b, mut per_c) = (0.0, 0.0);
        let (mut sum_b, mut sum_c, mut sum_z) = (0.0, 0.0, 0.0);
        let mut n = 0.0;
        loop {
            // One division serves both reciprocals; divisions are what this loop costs.
            let both = ((b + n) * (c + n)).recip();
            let next_c = (b + n) * both;
            per_b += (c + n) * both;
            per_c += next_c;
            // Without its last factor z the term serves the derivative over z, also at z = 0.
            let without_z = term * (b + n) * next_c;
            n += 1.0;
            sum_z += n * without_z;
            term = without_z * z;
            sum += term;
            sum_b += term * per_b;
            sum_c -= term * per_c;
            if n * without_z <= 1e-15 * sum_z {
                break;
            }
        }
        Self { ln: f64::ln(sum), over_b: sum_b / sum, over_c: sum_c / sum, over_z: sum_z / sum }
    }

    /// Euler's integral over `y = -ln(1 - u)`: `(c - 1)` times the integral over all y above 0 of
    /// `e^-(c - 1)y (rest + z e^-y)^-b`, which bends on the scale of 1 and, once it falls, falls fast.
    fn by_quadrature(b: f64, c: f64, z: f64, rest: f64) -> Self {
        // Beyond this, e^-y is lost beside rest and the integral is elementary.
        let end = (z / rest).ln().max(0.0) + 37.0;
        let ln_integrand = |y: f64| -(c - 1.0) * y - b * (rest + z * (-y).exp()).ln();
        // Where c is far above b it falls at once.
        let falls = (c - 1.0 - b * z).max(f64::MIN_POSITIVE);
        let width = (8.0 / (b * rest)).min(8.0 / falls).min(WIDEST_PANEL);
        let [mut total, mut of_base, mut of_wait, mut of_z] = [0.0; 4];
        let mut from = 0.0;
        while from < end && ln_integrand(from) > NOTHING {
            for (y, weight) in panel_nodes(from, width.min(end - from)) {
                let base = rest + z * (-y).exp();
                let share = weight * ln_integrand(y).exp();
                total += share;
                of_base += share * base.ln();
                of_wait += share * y;
                of_z += share * -(-y).exp_m1() / base;
            }
            from += width;
        }
        let after = ln_integrand(end).exp() / (c - 1.0);
        total += after;
        of_base += after * rest.ln();
        of_wait += after * (end + (c - 1.0).recip());
        of_z += after / rest;
        Self {
            ln: ((c - 1.0) * total).ln(),
            over_b: -of_base / total,
            over_c: (c - 1.0).recip() - of_wait / total,
            over_z: b * of_z / total,
        }
    }
}

/// Logarithm of what is nothing beside an integrand that starts at 1.
const NOTHING: f64 = -50.0;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fraction_and_the_others_agree() {
        for (b, c) in [(0.3, 0.5), (2.4, 3.2), (27.0, 27.8), (27.0, 60.0), (900.0, 900.1), (1.0, 1.0)] {
            for rest in [0.9, 0.5, 0.1, 0.01, 1e-3, 1.1e-4] {
                let (one, other) =
                    (ln_gauss(b, c, 1.0 - rest, rest), ln_gauss_by_fraction(b, c, 1.0 - rest, rest));
                approx::assert_relative_eq!(one, other, max_relative = 1e-9);
            }
        }
    }

    #[test]
    fn series_and_quadrature_agree_where_both_work() {
        for (b, c, z) in [(0.6, 2.1, 0.97), (1.5, 3.0, 0.99), (30.0, 31.6, 0.95), (0.25, 1.3, 0.985)] {
            let (series, quadrature) =
                (Hypergeometric::by_series(b, c, z), Hypergeometric::by_quadrature(b, c, z, 1.0 - z));
            approx::assert_relative_eq!(series.ln, quadrature.ln, max_relative = 1e-9);
            approx::assert_relative_eq!(series.over_b, quadrature.over_b, max_relative = 1e-8);
            approx::assert_relative_eq!(series.over_c, quadrature.over_c, max_relative = 1e-8);
            approx::assert_relative_eq!(series.over_z, quadrature.over_z, max_relative = 1e-8);
        }
    }

    /// Of mpmath 1.3 with 40 digits: `log(hyp2f1(1, b, c, z))`.
    #[test]
    fn is_the_function_of_the_tables() {
        for (b, c, z, expected) in [
            (0.3, 0.5, 0.5, 0.4344361186774548),
            (0.2, 0.3, 0.995, 4.412566817368465),
            (2.6, 3.3, 0.9985, 3.46391496284033),
            (40.0, 41.0, 0.98, 3.331263720001404),
            (30.0, 2.0, 0.6, 23.71596101812713),
            (1.0, 246.0, 0.999995, 0.004089964675394068),
            (3.5, 1200.0, 0.9992, 0.002921024056438317),
            (900.0, 1500.0, 0.9999, 0.9171414097022796),
            (0.9, 1.0, 0.999, 6.216979751083923),
        ] {
            approx::assert_relative_eq!(ln_gauss(b, c, z, 1.0 - z), expected, max_relative = 1e-10);
            if b <= c {
                let found = ln_gauss_by_fraction(b, c, z, 1.0 - z);
                approx::assert_relative_eq!(found, expected, max_relative = 1e-10);
            }
        }
    }
}
