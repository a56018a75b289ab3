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
    if fall <= LITTLE_GROWTH { on_panel(&COARSE, 0.0, to, &f) } else { integrate(0.0, to, 8, f) }
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
    const STEP: f64 = 6.0 / 128.0;
    let middle = 0.5 * (a / b).ln();
    let width = (2.0 * (a.recip() + b.recip()).sqrt()).min(FRAC_PI_2);
    // The density falls like e^(2 a s) on one side and e^(-2 b s) on the other: slowly, where a or b is small.
    // Beyond this nothing is left of it.
    let reach = (20.0 / (a.min(b) * width)).asinh().max(6.0);
    let steps = (reach / STEP).ceil() as i32;
    // Relative to the density in the middle, so that nothing underflows at large a and b.
    let ln_density = |s: f64| -a * softplus(-2.0 * s) - b * softplus(2.0 * s);
    let peak = ln_density(middle);
    let (mut total, mut mass) = (0.0, 0.0);
    for k in -steps..=steps {
        let u = f64::from(k) * STEP;
        // p / (1 - p) = e^(2 s), dp = 2 p (1 - p) ds, ds = width cosh(u) du.
        let s = middle + width * u.sinh();
        let weight = (ln_density(s) - peak).exp() * u.cosh();
        if weight > 0.0 {
            total += weight * f((-softplus(-2.0 * s)).exp());
            mass += weight;
        }
    }
    total / mass
}

/// Mean of `f(x)` over `x ~ Gamma(shape, rate)`, by the same rule over ln x.
pub(crate) fn gamma_mean(shape: f64, rate: f64, f: impl Fn(f64) -> f64) -> f64 {
    const STEP: f64 = 6.0 / 96.0;
    let width = shape.recip().sqrt().min(FRAC_PI_2);
    // To the left the density falls like e^(shape s), slowly where the shape is small; to the right faster still.
    let reach = (45.0 / (shape * width)).asinh().max(4.5);
    let steps = (reach / STEP).ceil() as i32;
    let (mut total, mut mass) = (0.0, 0.0);
    for k in -steps..=steps {
        let u = f64::from(k) * STEP;
        // x = shape / rate e^s, s = width sinh(u); the density is relative to the one at the middle.
        let s = width * u.sinh();
        let weight = (shape * (s - s.exp_m1())).exp() * u.cosh();
        // Relative to 1 at the middle.
        if weight > 1e-19 {
            total += weight * f(shape / rate * s.exp());
            mass += weight;
        }
    }
    total / mass
}

/// `ln(1 + e^x)`, also where e^x is no longer a number.
fn softplus(x: f64) -> f64 {
    x.max(0.0) + (-x.abs()).exp().ln_1p()
}

/// Exponents beyond this are no longer followed: e^600 leaves room for any number of orders of any price.
const MOST_GROWTH: f64 = 600.0;

/// Orders weighted by `e^(growth t)` over `[0, horizon]`: a discount rate below zero, over so long that the
/// weight decides where the integral lies. The weight is held where it reaches e^600, so the sum is finite.
///
/// `orders` is the expected number within t, `rate` its derivative, which bends at the scale `bend`.
pub(crate) fn growing_orders(
    horizon: f64,
    growth: f64,
    bend: f64,
    orders: impl Fn(f64) -> f64,
    rate: impl Fn(f64) -> f64,
) -> f64 {
    let held_from = (MOST_GROWTH / growth).min(horizon);
    let pieces = (growth * held_from / 4.0).ceil().max(1.0) as u32;
    let y = |piece: u32| (held_from * f64::from(piece) / f64::from(pieces) / bend).ln_1p();
    let weighted = |y: f64| {
        let t = bend * y.exp_m1();
        (growth * t).exp() * rate(t) * (bend + t)
    };
    let followed: f64 = (0..pieces).map(|piece| integrate(y(piece), y(piece + 1), 2, weighted)).sum();
    followed + (growth * held_from).exp() * (orders(horizon) - orders(held_from)).max(0.0)
}

/// Over so much growth of the weight the plain rules do, at a rate below zero as at one above.
pub(crate) const LITTLE_GROWTH: f64 = 1.5;

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

    #[test]
    fn means_under_a_gamma_are_exact() {
        for (shape, rate) in [(0.05, 3.0), (0.6, 0.1), (1.0, 1.0), (30.0, 7.0), (9_000.0, 400.0)] {
            approx::assert_relative_eq!(gamma_mean(shape, rate, |x| x), shape / rate, max_relative = 1e-10);
            // Laplace's transform, at a scale of its own.
            let found = gamma_mean(shape, rate, |x| (-0.3 * x).exp());
            let expected = (-shape * (0.3 / rate).ln_1p()).exp();
            assert!((found - expected).abs() < 1e-10 * expected + 1e-300, "{found} {expected}");
        }
    }

    /// Of mpmath 1.3 with 40 digits: `hyp2f1(r, a, a + b, -u)` is the mean of `(1 + p u)^-r`.
    #[test]
    fn no_mass_is_lost_where_nearly_all_of_it_is_at_an_end() {
        for (a, b, r, u, expected) in [
            (0.02, 1.5, 0.7, 3.0, 0.984_539_930_298_358),
            (0.005, 0.8, 2.2, 10.0, 0.981_233_152_552_880),
            (1e-3, 2.4, 0.5, 40.0, 0.998_270_833_865_853),
            (1e-5, 0.3, 1.2, 5.0, 0.999_955_887_009_967),
            (0.8, 1e-3, 0.9, 4.0, 0.235_371_473_352_285),
            (0.01, 0.01, 1.1, 7.0, 0.541_227_624_625_319),
        ] {
            let found = beta_mean(a, b, |p| (-r * (p * u).ln_1p()).exp());
            approx::assert_relative_eq!(found, expected, max_relative = 1e-12);
            let first = beta_mean(a, b, |p| p);
            approx::assert_relative_eq!(first, a / (a + b), max_relative = 1e-10);
        }
    }

    #[test]
    fn orders_that_weigh_ever_more_stay_a_number() {
        // One order a week: (e^(g h) - 1) / g.
        let found = growing_orders(100.0, 2.0, 3.0, |t| t, |_| 1.0);
        approx::assert_relative_eq!(found, 200.0_f64.exp_m1() / 2.0, max_relative = 1e-10);
        // Beyond e^600, at t = 300, the weight is held.
        let held = growing_orders(1_000.0, 2.0, 3.0, |t| t, |_| 1.0);
        approx::assert_relative_eq!(held, 600.0_f64.exp() * (0.5 + 700.0), max_relative = 1e-10);
    }
}
