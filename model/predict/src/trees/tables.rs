//! Shapley values of small trees, worked out before any row comes.
//!
//! What a leaf adds to the features on its way depends on the row only by which of them let it through: for a way of
//! `d` features there are `2^d` cases, and Algorithm 2 of [`shap`](super::shap) is run once for each. A row then costs
//! a look into a table for each leaf (Yang 2021, "Fast TreeSHAP", Algorithm 2 of version 2).

use super::packed::goes_left;
use super::shap::{Path, Step, children, share};
use super::stored::{LEAF, Stored};

/// The most features on the way to a leaf.
const MOST_FEATURES: usize = 6;

/// The most splits of a tree: a row's answers to them are the bits of one number.
const MOST_SPLITS: usize = 64;

/// The most numbers in all tables: 32 MiB of them.
const MOST_VALUES: usize = 1 << 22;

/// Tables for every leaf of every tree.
#[derive(Clone, Debug, Default)]
pub(super) struct Tables {
    trees: Vec<Tree>,
    splits: Vec<usize>,
    leaves: Vec<Leaf>,
    gates: Vec<Gate>,
    values: Vec<f64>,
}

/// Where the splits and leaves of a tree end; they begin where those of the tree before end.
#[derive(Clone, Copy, Debug)]
struct Tree {
    splits: usize,
    leaves: usize,
}

/// Where the gates of a leaf end and its table begins.
#[derive(Clone, Copy, Debug)]
struct Leaf {
    gates: usize,
    values: usize,
}

/// One feature on the way to a leaf: it lets rows through whose answers to the splits of `mask` are those of `wanted`.
#[derive(Clone, Copy, Debug)]
struct Gate {
    feature: u16,
    mask: u64,
    wanted: u64,
    /// What share of rows it lets through.
    zero: f64,
}

impl Tables {
    /// `None` where trees are too large for tables.
    pub(super) fn new(stored: &Stored) -> Option<Self> {
        let mut tables = Self::default();
        for range in stored.ranges() {
            let first = tables.splits.len();
            tables.grow(stored, range.start, first, &[])?;
            tables.trees.push(Tree { splits: tables.splits.len(), leaves: tables.leaves.len() });
        }
        Some(tables)
    }

    /// Adds the contributions of all trees for each row to `contributions`, which are laid out as `rows` are.
    pub(super) fn add(&self, stored: &Stored, rows: &[f32], contributions: &mut [f64]) {
        let features = stored.gains.len().max(1);
        let mut before = Tree { splits: 0, leaves: 0 };
        for tree in &self.trees {
            let splits = self.splits.get(before.splits..tree.splits).unwrap_or_default();
            for (at, contributions) in contributions.chunks_mut(features).enumerate() {
                let row = rows.get(at * features..).unwrap_or_default();
                let ask = |bits, (bit, node): (usize, &usize)| {
                    bits | (u64::from(goes_left(stored, *node, row)) << bit)
                };
                let answers = splits.iter().enumerate().fold(0, ask);
                self.add_leaves(before.leaves..tree.leaves, answers, contributions);
            }
            before = *tree;
        }
    }

    fn add_leaves(&self, leaves: std::ops::Range<usize>, answers: u64, contributions: &mut [f64]) {
        let mut start =
            leaves.start.checked_sub(1).and_then(|at| self.leaves.get(at)).map_or(0, |leaf| leaf.gates);
        for leaf in &self.leaves[leaves] {
            let gates = &self.gates[start..leaf.gates];
            start = leaf.gates;
            let open = |case, (bit, gate): (usize, &Gate)| {
                case | (usize::from(answers & gate.mask == gate.wanted) << bit)
            };
            let case = gates.iter().enumerate().fold(0, open);
            let values = &self.values[leaf.values + case * gates.len()..];
            for (gate, value) in gates.iter().zip(values) {
                if let Some(contribution) = contributions.get_mut(usize::from(gate.feature)) {
                    *contribution += value;
                }
            }
        }
    }

    /// Goes down from a node that is reached through `gates`; `first` is where the tree's splits begin.
    fn grow(&mut self, stored: &Stored, node: usize, first: usize, gates: &[Gate]) -> Option<()> {
        let feature = stored.feature[node];
        if feature == LEAF {
            return self.push_leaf(f64::from(stored.value[node]), gates);
        }
        let bit = self.splits.len() - first;
        if bit == MOST_SPLITS {
            return None;
        }
        self.splits.push(node);
        let (left, right) = children(stored, node);
        for (child, sibling, wanted) in [(left, right, 1 << bit), (right, left, 0)] {
            let mut gates = gates.to_vec();
            if !gates.iter().any(|gate| gate.feature == feature) {
                gates.push(Gate { feature, mask: 0, wanted: 0, zero: 1.0 });
            }
            for gate in gates.iter_mut().filter(|gate| gate.feature == feature) {
                gate.mask |= 1 << bit;
                gate.wanted |= wanted;
                gate.zero *= share(stored, child, sibling);
            }
            self.grow(stored, child, first, &gates)?;
        }
        Some(())
    }

    fn push_leaf(&mut self, value: f64, gates: &[Gate]) -> Option<()> {
        let cases = 1 << gates.len().min(MOST_FEATURES + 1);
        if gates.len() > MOST_FEATURES || self.values.len() + cases * gates.len() > MOST_VALUES {
            return None;
        }
        self.gates.extend(gates);
        self.leaves.push(Leaf { gates: self.gates.len(), values: self.values.len() });
        for case in 0..cases {
            let mut path = Path::start();
            for (bit, gate) in gates.iter().enumerate() {
                let one = if case & (1 << bit) == 0 { 0.0 } else { 1.0 };
                path.extend(Step { zero: gate.zero, one, feature: gate.feature });
            }
            self.values.extend((1..=gates.len()).map(|index| path.contribution(index) * value));
        }
        Some(())
    }
}
