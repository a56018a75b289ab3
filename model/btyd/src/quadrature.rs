//! Integrals of smooth functions: Gauss-Legendre on an interval, tanh-sinh where an end is singular.

use std::f64::consts::{FRAC_PI_2, PI};
use std::sync::LazyLock;

/// Nodes in (-1, 1) and weights of a Gauss-Legendre rule.
type Rule<const N: usize> = [(f64, f64); N];

static FINE: LazyLock<Rule<16>> = LazyLock::new(legendre);
static COARSE: LazyLock<Rule<6>> = LazyLock::new(legendre);

/// The N-point rule, from Newton's iteration on the Legendre polynomial `P_N`.
fn legendre<const N: usize>() -> Rule<N> {
    std::array::from_fn(|index| {
        let mut x = (PI * (index as f64 + 0.75) / (N as f64 + 0.5)).cos();
        let mut slope = 1.0;
        for _ in 0..8 {
            let (mut previous, mut value) = (1.0, x);
            for k in 2..=N {
                let k = k as f64;
                (previous, value) = (value, ((2.0 * k - 1.0) * x * value - (k - 1.0) * previous) / k);
            }
            slope = N as f64 * (x * value - previous) / (x * x - 1.0);
            x -= value / slope;
        }
        (x, 2.0 / ((1.0 - x * x) * slope * slope))
    })
}

/// Integral of `f` over `[from, to]`, cut into `panels` equal ones of 16 points.
pub(crate) fn integrate(from: f64, to: f64, panels: u32, f: impl Fn(f64) -> f64) -> f64 {
    let width = (to - from) / f64::from(panels);
    (0..panels).map(|panel| on_panel(&FINE, from + width * f64::from(panel), width, &f)).sum()
}

/// Integral of `f` over `[0, to]`, where f falls about to `e^-fall` on the way: six points for what hardly
/// falls, such as a discount over a year or two, many more for the rest.
pub(crate) fn integrate_falling(to: f64, fall: f64, f: impl Fn(f64) -> f64) -> f64 {
    if fall <= 1.5 { on_panel(&COARSE, 0.0, to, &f) } else { integrate(0.0, to, 8, f) }
}

/// Nodes and weights of the 16-point rule on `[from, from + width]`, for several integrals at once.
pub(crate) fn panel_nodes(from: f64, width: f64) -> impl Iterator<Item = (f64, f64)> {
    let half = width / 2.0;
    FINE.iter().map(move |(node, weight)| (from + half * (1.0 + node), weight * half))
}

fn on_panel<const N: usize>(rule: &Rule<N>, from: f64, width: f64, f: &impl Fn(f64) -> f64) -> f64 {
    let half = width / 2.0;
    rule.iter().map(|(node, weight)| weight * f(from + half * (1.0 + node))).sum::<f64>() * half
}

/// Mean of `f(p)` over `p ~ Beta(a, b)`, by the tanh-sinh rule around the middle of the density: its nodes
/// crowd where the density is narrow (a and b large) as well as where it is singular (a or b below one).
pub(crate) fn beta_mean(a: f64, b: f64, f: impl Fn(f64) -> f64) -> f64 {
    const STEPS: i32 = 128;
    const STEP: f64 = 6.0 / STEPS as f64;
    let middle = 0.5 * (a / b).ln();
    let width = (2.0 * (a.recip() + b.recip()).sqrt()).min(FRAC_PI_2);
    // Relative to the density in the middle, so that nothing underflows at large a and b.
    let ln_density = |s: f64| -a * (-2.0 * s).exp().ln_1p() - b * (2.0 * s).exp().ln_1p();
    let peak = ln_density(middle);
    let (mut total, mut mass) = (0.0, 0.0);
    for k in -STEPS..=STEPS {
        let u = f64::from(k) * STEP;
        // p / (1 - p) = e^(2 s), dp = 2 p (1 - p) ds, ds = width cosh(u) du.
        let s = middle + width * u.sinh();
        let weight = (ln_density(s) - peak).exp() * u.cosh();
        if weight > 0.0 {
            total += weight * f((-(-2.0 * s).exp().ln_1p()).exp());
            mass += weight;
        }
    }
    total / mass
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integrates_what_is_known_in_closed_form() {
        approx::assert_relative_eq!(
            integrate(0.0, 2.0, 1, f64::exp),
            2.0_f64.exp() - 1.0,
            max_relative = 1e-14
        );
        approx::assert_relative_eq!(integrate(0.0, 40.0, 8, |x| (-x).exp()), 1.0, max_relative = 1e-12);
    }

    #[test]
    fn means_under_a_beta_are_exact_at_singular_ends() {
        for (a, b) in [(0.793, 2.426), (0.1, 0.2), (5.0, 0.3), (40.0, 900.0)] {
            approx::assert_relative_eq!(beta_mean(a, b, |p| p), a / (a + b), max_relative = 1e-10);
            let second = a * (a + 1.0) / ((a + b) * (a + b + 1.0));
            approx::assert_relative_eq!(beta_mean(a, b, |p| p * p), second, max_relative = 1e-10);
        }
    }
}
