//! What each feature adds to a margin: path-dependent Shapley values of trees.
//!
//! Lundberg, Erion and Lee (2018), "Consistent individualized feature attribution for tree ensembles", Algorithm 2.
//! A feature that is not known sends a row both ways, by the weights of the rows trained on.

use super::MAX_DEPTH;
use super::packed::goes_left;
use super::stored::{LEAF, Stored};

/// The mean margin when no feature is known: the base, and the mean leaf of each tree.
pub(super) fn bias(stored: &Stored) -> f64 {
    stored.base + stored.ranges().map(|range| mean(stored, range.start)).sum::<f64>()
}

fn mean(stored: &Stored, node: usize) -> f64 {
    if stored.feature[node] == LEAF {
        return f64::from(stored.value[node]);
    }
    let (left, right) = children(stored, node);
    share(stored, left, right) * mean(stored, left) + share(stored, right, left) * mean(stored, right)
}

/// Adds the contributions of all trees for one row; features that `row` is too short for are missing.
pub(super) fn add(stored: &Stored, row: &[f32], contributions: &mut [f64]) {
    for range in stored.ranges() {
        let mut walk = Walk { stored, row, contributions: &mut *contributions };
        walk.visit(range.start, &Path::start());
    }
}

pub(super) fn children(stored: &Stored, node: usize) -> (usize, usize) {
    (node + 1, node + stored.right[node] as usize)
}

/// What share of the rows trained on went to `node` and not to its `sibling`. Not taken against the parent's cover:
/// the two shares must add up to 1, and covers are rounded sums.
pub(super) fn share(stored: &Stored, node: usize, sibling: usize) -> f64 {
    let (here, there) = (f64::from(stored.cover[node]), f64::from(stored.cover[sibling]));
    here / (here + there)
}

/// One feature on the way from the root.
#[derive(Clone, Copy)]
pub(super) struct Step {
    /// What share of rows comes this way when the feature is not known.
    pub(super) zero: f64,
    /// 1 when this row comes this way, 0 when it does not.
    pub(super) one: f64,
    /// Which feature; [`LEAF`] before the root, where none was asked for.
    pub(super) feature: u16,
}

/// The distinct features on a way, with the weight of subsets of each size (the paper's `m`).
#[derive(Clone, Copy)]
pub(super) struct Path {
    steps: [Step; MAX_DEPTH + 1],
    weights: [f64; MAX_DEPTH + 1],
    length: usize,
}

impl Path {
    /// The path of the root alone, for which no feature was asked.
    pub(super) fn start() -> Self {
        let none = Step { zero: 1.0, one: 1.0, feature: LEAF };
        let mut path = Self { steps: [none; MAX_DEPTH + 1], weights: [0.0; MAX_DEPTH + 1], length: 0 };
        path.extend(none);
        path
    }

    /// What the step at `index` adds for each unit of the leaf's value.
    pub(super) fn contribution(&self, index: usize) -> f64 {
        self.unwound_sum(index) * (self.steps[index].one - self.steps[index].zero)
    }

    /// The paper's EXTEND.
    pub(super) fn extend(&mut self, step: Step) {
        let l = self.length;
        self.steps[l] = step;
        self.weights[l] = if l == 0 { 1.0 } else { 0.0 };
        self.length = l + 1;
        let size = (l + 1) as f64;
        for i in (0..l).rev() {
            self.weights[i + 1] += step.one * self.weights[i] * (i + 1) as f64 / size;
            self.weights[i] = step.zero * self.weights[i] * (l - i) as f64 / size;
        }
    }

    /// The paper's UNWIND: the path as if `index` had never been on it.
    fn unwind(&mut self, index: usize) {
        let l = self.length - 1;
        let Step { zero, one, .. } = self.steps[index];
        let size = (l + 1) as f64;
        let mut next = self.weights[l];
        for j in (0..l).rev() {
            if one == 0.0 {
                self.weights[j] = self.weights[j] * size / (zero * (l - j) as f64);
            } else {
                let before = self.weights[j];
                self.weights[j] = next * size / ((j + 1) as f64 * one);
                next = before - self.weights[j] * zero * (l - j) as f64 / size;
            }
        }
        self.steps.copy_within(index + 1..=l, index);
        self.length = l;
    }

    /// The sum of the weights after [`Self::unwind`], without unwinding.
    fn unwound_sum(&self, index: usize) -> f64 {
        let l = self.length - 1;
        let Step { zero, one, .. } = self.steps[index];
        let size = (l + 1) as f64;
        let (mut next, mut total) = (self.weights[l], 0.0);
        for j in (0..l).rev() {
            if one == 0.0 {
                total += self.weights[j] * size / (zero * (l - j) as f64);
            } else {
                let weight = next * size / ((j + 1) as f64 * one);
                total += weight;
                next = self.weights[j] - weight * zero * (l - j) as f64 / size;
            }
        }
        total
    }
}

struct Walk<'a> {
    stored: &'a Stored,
    row: &'a [f32],
    contributions: &'a mut [f64],
}

impl Walk<'_> {
    /// The paper's RECURSE; no deeper than [`MAX_DEPTH`].
    fn visit(&mut self, node: usize, path: &Path) {
        let feature = self.stored.feature[node];
        if feature == LEAF {
            self.add_leaf(f64::from(self.stored.value[node]), path);
            return;
        }
        let (left, right) = children(self.stored, node);
        let goes_left = goes_left(self.stored, node, self.row);
        let mut path = *path;
        // A feature asked for again: both answers count together, as one step.
        let (mut zero, mut one) = (1.0, 1.0);
        if let Some(index) = path.steps[..path.length].iter().position(|earlier| earlier.feature == feature) {
            (zero, one) = (path.steps[index].zero, path.steps[index].one);
            path.unwind(index);
        }
        for (child, sibling, taken) in [(left, right, goes_left), (right, left, !goes_left)] {
            let mut path = path;
            let one = if taken { one } else { 0.0 };
            path.extend(Step { zero: zero * share(self.stored, child, sibling), one, feature });
            self.visit(child, &path);
        }
    }

    fn add_leaf(&mut self, value: f64, path: &Path) {
        for index in 1..path.length {
            let feature = usize::from(path.steps[index].feature);
            if let Some(contribution) = self.contributions.get_mut(feature) {
                *contribution += path.contribution(index) * value;
            }
        }
    }
}
