//! The integral at the heart of Pareto/NBD: the customer leaves after t.

use crate::hypergeometric::{Hypergeometric, ln_gauss};

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
    ln_front + ln_gauss(b, c, z, rest)
}

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
