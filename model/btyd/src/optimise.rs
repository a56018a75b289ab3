//! Maximising a mean log-likelihood over log parameters: several starts, then BFGS, then Newton.

use std::cell::RefCell;

use argmin::core::{CostFunction, Error, Executor, Gradient, State};
use argmin::solver::linesearch::MoreThuenteLineSearch;
use argmin::solver::quasinewton::BFGS;
use linfa_linalg::cholesky::InverseC;
use ndarray::{Array1, Array2};

/// A mean log-likelihood of `n` log parameters.
pub(crate) trait Objective {
    /// Value and gradient at `theta`.
    fn evaluate(&self, theta: &[f64]) -> (f64, Vec<f64>);
}

/// What to stop at.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Settings {
    pub(crate) penalizer: f64,
    pub(crate) tolerance: f64,
    pub(crate) max_iterations: u64,
}

/// Where the search ended.
#[derive(Clone, Debug)]
pub(crate) struct Optimum {
    pub(crate) theta: Vec<f64>,
    /// Mean log-likelihood, without the penalty.
    pub(crate) value: f64,
    /// Largest component of the gradient, with the penalty.
    pub(crate) gradient_max: f64,
    /// Inverse of the negative Hessian; absent where the likelihood is flat in some direction.
    pub(crate) covariance: Option<Array2<f64>>,
    pub(crate) iterations: u64,
    pub(crate) evaluations: u64,
}

/// Beyond this size a log parameter is pushed back: along a ridge that goes on for ever nothing changes any
/// more beyond some thousand mean ages.
const WALL: f64 = 8.0;

/// Samples of the data, coarse to fine, that make the last climb short.
#[derive(Debug)]
pub(crate) struct Ladder<'a, O> {
    /// A few hundred rows: tells the starts apart.
    pub(crate) rough: &'a O,
    /// Enough rows for the curvature, and so the standard errors, to well under a hundredth.
    pub(crate) middle: &'a O,
    /// All rows: what is maximised.
    pub(crate) full: &'a O,
}

/// Finds the maximum, climbing the ladder from the best of the starts.
pub(crate) fn maximise<O: Objective>(
    ladder: &Ladder<'_, O>,
    starts: &[Vec<f64>],
    settings: Settings,
) -> Optimum {
    let rough = Penalised::new(ladder.rough, settings.penalizer);
    let loose = Settings { tolerance: 1e-5, ..settings };
    // Which basin is best shows long before its bottom is reached.
    let coarse = Settings { tolerance: 1e-2, ..settings };
    let best = starts
        .iter()
        .map(|start| climb(&rough, start, None, coarse).0)
        .map(|theta| (rough.at(&theta).0, theta))
        .min_by(|left, right| left.0.total_cmp(&right.0))
        .map_or_else(|| starts[0].clone(), |(_, theta)| theta);

    let middle = Penalised::new(ladder.middle, settings.penalizer);
    let (best, _) = climb(&middle, &best, inverse(&hessian(&rough, &best)), loose);
    let metric = inverse(&hessian(&middle, &best));

    let full = Penalised::new(ladder.full, settings.penalizer);
    let (mut theta, iterations) = climb(&full, &best, metric.clone(), settings);
    // The line search stops at its own precision; Newton's steps reach the likelihood's. The curvature below
    // serves them and the standard errors, unless the last climb went further than it changes over.
    let moved = theta.iter().zip(&best).fold(0.0, |most: f64, (to, from)| most.max((to - from).abs()));
    let covariance = if moved < 1e-3 { metric } else { inverse(&hessian(&middle, &theta)) };
    for _ in 0..3 {
        let (value, gradient) = full.at(&theta);
        let Some(inverse) = &covariance else { break };
        if largest(&gradient) < settings.tolerance * 1e-3 {
            break;
        }
        let step = inverse.dot(&Array1::from(gradient));
        let next: Vec<f64> = theta.iter().zip(&step).map(|(at, by)| at - by).collect();
        if full.at(&next).0 > value + 1e-12 {
            break;
        }
        theta = next;
    }
    let (_, gradient) = full.at(&theta);
    Optimum {
        value: full.objective.evaluate(&theta).0,
        gradient_max: largest(&gradient),
        covariance,
        iterations,
        evaluations: *full.evaluations.borrow(),
        theta,
    }
}

/// BFGS from one start: the best point seen, and the iterations it took.
fn climb<O: Objective>(
    objective: &Penalised<'_, O>,
    start: &[f64],
    metric: Option<Array2<f64>>,
    settings: Settings,
) -> (Vec<f64>, u64) {
    let n = start.len();
    let metric = metric.unwrap_or_else(|| Array2::eye(n));
    let metric: Vec<Vec<f64>> = metric.outer_iter().map(|row| row.to_vec()).collect();
    let solver = BFGS::new(MoreThuenteLineSearch::new())
        .with_tolerance_grad(settings.tolerance * 0.1)
        .and_then(|solver| solver.with_tolerance_cost(1e-15));
    let Ok(solver) = solver else {
        return (start.to_vec(), 0);
    };
    *objective.best.borrow_mut() = None;
    let run = Executor::new(objective, solver)
        .configure(|state| state.param(start.to_vec()).inv_hessian(metric).max_iters(settings.max_iterations))
        .ctrlc(false)
        .run();
    // A line search that can no longer improve is an error to argmin; the best point seen so far still counts.
    let iterations = run.as_ref().map_or(0, |done| done.state().get_iter());
    let best = objective.best.borrow().clone();
    (best.map_or_else(|| start.to_vec(), |(_, theta)| theta), iterations)
}

/// A point, the cost there and its gradient.
type Evaluation = (Vec<f64>, f64, Vec<f64>);

/// The function to minimise: minus the objective, plus penalties; remembers the last and the best point.
struct Penalised<'a, O> {
    objective: &'a O,
    penalizer: f64,
    last: RefCell<Option<Evaluation>>,
    best: RefCell<Option<(f64, Vec<f64>)>>,
    evaluations: RefCell<u64>,
}

impl<'a, O: Objective> Penalised<'a, O> {
    const fn new(objective: &'a O, penalizer: f64) -> Self {
        Self {
            objective,
            penalizer,
            last: RefCell::new(None),
            best: RefCell::new(None),
            evaluations: RefCell::new(0),
        }
    }

    /// Value and gradient; argmin asks for the two one after the other at the same point.
    fn at(&self, theta: &[f64]) -> (f64, Vec<f64>) {
        if let Some((at, value, gradient)) = &*self.last.borrow()
            && at == theta
        {
            return (*value, gradient.clone());
        }
        *self.evaluations.borrow_mut() += 1;
        let inside: Vec<f64> = theta.iter().map(|t| t.clamp(-2.0 * WALL, 2.0 * WALL)).collect();
        let (value, gradient) = self.objective.evaluate(&inside);
        let mut cost = -value;
        let mut slope: Vec<f64> = gradient.iter().map(|g| -g).collect();
        for (index, t) in theta.iter().enumerate() {
            let beyond = (t.abs() - WALL).max(0.0) * t.signum();
            cost += self.penalizer * t * t + beyond * beyond;
            slope[index] += 2.0 * self.penalizer * t + 2.0 * beyond;
        }
        if !cost.is_finite() {
            cost = f64::MAX.sqrt();
            slope = vec![0.0; theta.len()];
        }
        let mut best = self.best.borrow_mut();
        if best.as_ref().is_none_or(|(least, _)| cost < *least) {
            *best = Some((cost, theta.to_vec()));
        }
        *self.last.borrow_mut() = Some((theta.to_vec(), cost, slope.clone()));
        (cost, slope)
    }
}

impl<O: Objective> CostFunction for &Penalised<'_, O> {
    type Param = Vec<f64>;
    type Output = f64;
    fn cost(&self, theta: &Vec<f64>) -> Result<f64, Error> {
        Ok(self.at(theta).0)
    }
}

impl<O: Objective> Gradient for &Penalised<'_, O> {
    type Param = Vec<f64>;
    type Gradient = Vec<f64>;
    fn gradient(&self, theta: &Vec<f64>) -> Result<Vec<f64>, Error> {
        Ok(self.at(theta).1)
    }
}

/// Hessian of the cost by central differences of its analytic gradient, made symmetric.
fn hessian<O: Objective>(objective: &Penalised<'_, O>, theta: &[f64]) -> Array2<f64> {
    const STEP: f64 = 1e-4;
    let n = theta.len();
    let mut hessian = Array2::zeros((n, n));
    for column in 0..n {
        let mut shifted = theta.to_vec();
        shifted[column] += STEP;
        let (_, above) = objective.at(&shifted);
        shifted[column] -= 2.0 * STEP;
        let (_, below) = objective.at(&shifted);
        for row in 0..n {
            hessian[(row, column)] = (above[row] - below[row]) / (2.0 * STEP);
        }
    }
    (&hessian + &hessian.t()) / 2.0
}

/// Inverse of a positive definite matrix; `None` where it is flat in some direction.
fn inverse(matrix: &Array2<f64>) -> Option<Array2<f64>> {
    let inverse = matrix.invc().ok()?;
    // Steps of a hundred along a log parameter mean that the data say nothing about it.
    let usable = inverse.diag().iter().all(|v| v.is_finite() && *v > 0.0 && *v < 1e8);
    usable.then_some(inverse)
}

/// The largest component; infinite if one is not a number, so that it never passes for a maximum.
fn largest(gradient: &[f64]) -> f64 {
    gradient.iter().fold(0.0, |most, g| if g.is_nan() { f64::INFINITY } else { g.abs().max(most) })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A curved valley (Rosenbrock), as a maximum.
    struct Valley;

    impl Objective for Valley {
        fn evaluate(&self, theta: &[f64]) -> (f64, Vec<f64>) {
            let (x, y) = (theta[0], theta[1]);
            let value = (1.0 - x).powi(2) + 10.0 * (y - x * x).powi(2);
            let slope = [-2.0 * (1.0 - x) - 40.0 * x * (y - x * x), 20.0 * (y - x * x)];
            (-value, slope.iter().map(|s| -s).collect())
        }
    }

    #[test]
    fn finds_the_bottom_of_a_curved_valley() {
        let settings = Settings { penalizer: 0.0, tolerance: 1e-8, max_iterations: 200 };
        let ladder = Ladder { rough: &Valley, middle: &Valley, full: &Valley };
        let found = maximise(&ladder, &[vec![-3.0, 4.0], vec![0.0, 0.0]], settings);
        approx::assert_abs_diff_eq!(found.theta[0], 1.0, epsilon = 1e-8);
        approx::assert_abs_diff_eq!(found.theta[1], 1.0, epsilon = 1e-8);
        assert!(found.gradient_max < 1e-8 && found.covariance.is_some());
    }
}
