//! The integral at the heart of Pareto/NBD: the customer leaves after t.

use crate::quadrature::panel_nodes;

/// Logarithm of the tail integral at one `(x, t)`, and its gradient.
///
/// `(r + s + x) * integral from t to infinity of (alpha + u)^-(r + x) (beta + u)^-(s + 1) du`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tail {
    pub(super) ln: f64,
    /// Over `(r, alpha, s, beta)`.
    pub(super) gradient: [f64; 4],
}

/// The tail at `r_x = r + x`, for parameters `(alpha, s, beta)`.
///
/// In closed form it is a Gauss hypergeometric function that overflows at large x. Euler's transformation
/// leaves `(alpha + t)^-(r + x) (beta + t)^-s 2F1(1, r + x; r + s + x + 1; z)` with
/// `z = (alpha - beta) / (alpha + t)` (or its mirror image when beta is the larger): a series of positive terms
/// that fall at least like `z^n`, so nothing cancels or overflows, and whose derivatives come along for free.
pub(super) fn tail(r_x: f64, alpha: f64, s: f64, beta: f64, t: f64) -> Tail {
    let (from_alpha, from_beta) = (alpha + t, beta + t);
    let (ln_alpha, ln_beta) = (from_alpha.ln(), from_beta.ln());
    let c = r_x + s + 1.0;
    if alpha >= beta {
        let f = Hypergeometric::new(r_x, c, (alpha - beta) / from_alpha, from_beta / from_alpha);
        Tail {
            ln: -r_x * ln_alpha - s * ln_beta + f.ln,
            gradient: [
                -ln_alpha + f.over_b + f.over_c,
                -r_x / from_alpha + f.over_z * from_beta / (from_alpha * from_alpha),
                -ln_beta + f.over_c,
                -s / from_beta - f.over_z / from_alpha,
            ],
        }
    } else {
        let f = Hypergeometric::new(s + 1.0, c, (beta - alpha) / from_beta, from_alpha / from_beta);
        Tail {
            ln: (1.0 - r_x) * ln_alpha - (s + 1.0) * ln_beta + f.ln,
            gradient: [
                -ln_alpha + f.over_c,
                (1.0 - r_x) / from_alpha - f.over_z / from_beta,
                -ln_beta + f.over_b + f.over_c,
                -(s + 1.0) / from_beta + f.over_z * from_alpha / (from_beta * from_beta),
            ],
        }
    }
}

/// The logarithm of the tail alone, for predictions.
pub(super) fn ln_tail(r_x: f64, alpha: f64, s: f64, beta: f64, t: f64) -> f64 {
    let (from_alpha, from_beta) = (alpha + t, beta + t);
    let c = r_x + s + 1.0;
    let (b, z, rest, ln_front) = if alpha >= beta {
        let ln_front = -r_x * from_alpha.ln() - s * from_beta.ln();
        (r_x, (alpha - beta) / from_alpha, from_beta / from_alpha, ln_front)
    } else {
        let ln_front = (1.0 - r_x) * from_alpha.ln() - (s + 1.0) * from_beta.ln();
        (s + 1.0, (beta - alpha) / from_beta, from_alpha / from_beta, ln_front)
    };
    if z > SERIES_UP_TO {
        return ln_front + Hypergeometric::by_quadrature(b, c, z, rest).ln;
    }
    let (mut term, mut sum) = (1.0, 1.0);
    let mut n = 0.0;
    while term > 1e-17 * sum {
        term *= (b + n) / (c + n) * z;
        sum += term;
        n += 1.0;
    }
    ln_front + f64::ln(sum)
}

/// Up to here the series, of at most some 700 terms, is quicker than quadrature. Most fits of real orders stay
/// below a half; where next to nobody leaves beta runs away, and such a search may not take minutes.
const SERIES_UP_TO: f64 = 0.95;

/// The widest panel of the quadrature: the nearest singularities lie pi off the real line, far enough for the
/// rule's 16 nodes to be exact to the last digits.
const WIDEST_PANEL: f64 = 4.0;

/// `ln 2F1(1, b; c; z)` for z in [0, 1) and its partial derivatives.
struct Hypergeometric {
    ln: f64,
    over_b: f64,
    over_c: f64,
    over_z: f64,
}

impl Hypergeometric {
    /// `rest` is `1 - z`, which the caller knows without cancellation.
    fn new(b: f64, c: f64, z: f64, rest: f64) -> Self {
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
        let width = (8.0 / (b * rest)).min(8.0 / (c - 1.0)).min(WIDEST_PANEL);
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
    use crate::quadrature::integrate;

    /// The integral itself, by quadrature over `ln(alpha + u)`.
    fn by_quadrature(r_x: f64, alpha: f64, s: f64, beta: f64, t: f64) -> f64 {
        let start = (alpha + t).ln();
        let peak = -(r_x - 1.0) * start - (s + 1.0) * (beta + t).ln();
        let integral = integrate(start, start + 40.0 / (r_x + s), 16, |y| {
            (-(r_x - 1.0) * y - (s + 1.0) * (beta - alpha + y.exp()).ln() - peak).exp()
        });
        peak + (integral * (r_x + s)).ln()
    }

    #[test]
    fn is_the_integral_whichever_rate_is_larger() {
        for (r_x, alpha, s, beta, t) in [
            (0.553, 10.578, 0.606, 11.669, 38.86),
            (2.6, 11.6, 0.52, 8.8, 0.0),
            (410.0, 0.008, 3.05, 2.82, 5.0),
        ] {
            let expected = by_quadrature(r_x, alpha, s, beta, t);
            approx::assert_abs_diff_eq!(ln_tail(r_x, alpha, s, beta, t), expected, epsilon = 1e-10);
            approx::assert_abs_diff_eq!(tail(r_x, alpha, s, beta, t).ln, expected, epsilon = 1e-10);
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

    #[test]
    fn gradients_match_finite_differences() {
        for at in [
            [3.0, 9.0, 0.6, 12.0],
            [3.0, 12.0, 0.6, 9.0],
            [200.2, 4.0, 0.8, 4.0],
            [2.0, 9e4, 0.4, 3.0],
            [2.0, 1e-3, 0.4, 900.0],
        ] {
            let found = tail(at[0], at[1], at[2], at[3], 7.0).gradient;
            for index in 0..4 {
                let step = 1e-5 * at[index];
                let shifted = |by: f64| {
                    let mut moved = at;
                    moved[index] += by;
                    ln_tail(moved[0], moved[1], moved[2], moved[3], 7.0)
                };
                let slope = (shifted(step) - shifted(-step)) / (2.0 * step);
                approx::assert_relative_eq!(found[index], slope, max_relative = 1e-6);
            }
        }
    }
}
