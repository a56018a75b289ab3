//! Shapley values of small trees, worked out before any row comes.
//!
//! What the leaves below a node add to the features depends on the row only by its answers to the splits above and
//! below that node: for six answers there are 64 cases, and Algorithm 2 of [`shap`](super::shap) is run once for each.
//! A row then costs its answers and a look into a table for each part of a tree. (Yang 2021, `arXiv:2109.09847`, has
//! the tables for one leaf at a time.)

use super::shap::{Path, Step, children, share};
use super::stored::{LEAF, Stored};

/// The most splits that the table of a part asks about.
const MOST_ASKED: usize = 6;

/// The most splits of a tree: a row's answers to them are the bits of one number.
const MOST_SPLITS: usize = 64;

/// The most numbers in all tables: 32 MiB of them.
const MOST_VALUES: usize = 1 << 22;

/// Tables for every part of every tree.
#[derive(Clone, Debug, Default)]
pub(super) struct Tables {
    trees: Vec<Tree>,
    splits: Vec<Split>,
    parts: Vec<Part>,
    values: Vec<f64>,
}

/// Where the splits and parts of a tree end; they begin where those of the tree before end.
#[derive(Clone, Copy, Debug, Default)]
struct Tree {
    splits: usize,
    parts: usize,
}

#[derive(Clone, Copy, Debug)]
struct Split {
    feature: u16,
    missing_left: bool,
    threshold: f32,
}

/// A node with all below it.
#[derive(Clone, Debug)]
struct Part {
    /// The splits asked about, by their number in the tree; a row's answers to them are its case.
    asked: Vec<u8>,
    /// The features of these splits, each once: a case has a value for each.
    features: Vec<u16>,
    /// Where the table begins.
    values: usize,
}

/// An answer to a split on the way to a leaf.
#[derive(Clone, Copy)]
struct Way {
    feature: u16,
    /// Its number in the tree.
    split: u8,
    left: bool,
    /// What share of rows goes this way.
    zero: f64,
}

impl Tables {
    /// `None` where trees are too large for tables.
    pub(super) fn new(stored: &Stored) -> Option<Self> {
        let mut tables = Self::default();
        for range in stored.ranges() {
            let splits = range.clone().filter(|node| stored.feature[*node] != LEAF).collect::<Vec<_>>();
            if splits.len() > MOST_SPLITS {
                return None;
            }
            tables.splits.extend(splits.iter().map(|node| Split {
                feature: stored.feature[*node],
                missing_left: stored.missing_left[*node],
                threshold: stored.value[*node],
            }));
            Growing { stored, splits: &splits, tables: &mut tables }.part(range.start, &[])?;
            tables.trees.push(Tree { splits: tables.splits.len(), parts: tables.parts.len() });
        }
        Some(tables)
    }

    /// Adds the contributions of all trees for each row to `contributions`, which are laid out as `rows` are.
    pub(super) fn add(&self, features: usize, rows: &[f32], contributions: &mut [f64]) {
        let mut before = Tree::default();
        for tree in &self.trees {
            let splits = &self.splits[before.splits..tree.splits];
            let parts = &self.parts[before.parts..tree.parts];
            before = *tree;
            for (at, contributions) in contributions.chunks_mut(features.max(1)).enumerate() {
                let row = rows.get(at * features..).unwrap_or_default();
                let ask =
                    |bits, (bit, split): (usize, &Split)| bits | (u64::from(split.goes_left(row)) << bit);
                let answers = splits.iter().enumerate().fold(0, ask);
                for part in parts {
                    self.add_part(part, answers, contributions);
                }
            }
        }
    }

    fn add_part(&self, part: &Part, answers: u64, contributions: &mut [f64]) {
        let bit = |case, (at, split): (usize, &u8)| case | (((answers >> split) & 1) << at);
        let case = part.asked.iter().enumerate().fold(0, bit) as usize;
        let values = &self.values[part.values + case * part.features.len()..];
        for (feature, value) in part.features.iter().zip(values) {
            if let Some(contribution) = contributions.get_mut(usize::from(*feature)) {
                *contribution += value;
            }
        }
    }
}

impl Split {
    fn goes_left(&self, row: &[f32]) -> bool {
        match row.get(usize::from(self.feature)) {
            Some(value) if !value.is_nan() => *value < self.threshold,
            _ => self.missing_left,
        }
    }
}

/// A tree whose tables are being made.
struct Growing<'a> {
    stored: &'a Stored,
    /// The nodes of its splits, in the order of their numbers.
    splits: &'a [usize],
    tables: &'a mut Tables,
}

impl Growing<'_> {
    /// Makes the table of a node that is reached by `ways`, or those of its children where it would ask too much.
    fn part(&mut self, node: usize, ways: &[Way]) -> Option<()> {
        let mut leaves = Vec::new();
        self.leaves(node, ways, &mut leaves);
        let mut asked: Vec<u8> = leaves.iter().flat_map(|(_, ways)| ways).map(|way| way.split).collect();
        asked.sort_unstable();
        asked.dedup();
        if asked.len() > MOST_ASKED {
            if self.stored.feature[node] == LEAF {
                return None;
            }
            for (child, way) in self.ways_on(node) {
                self.part(child, &[ways, &[way]].concat())?;
            }
            return Some(());
        }
        let mut features: Vec<u16> =
            leaves.iter().flat_map(|(_, ways)| ways).map(|way| way.feature).collect();
        features.sort_unstable();
        features.dedup();
        let values = self.tables.values.len();
        let cases = 1_u64 << asked.len();
        if values + cases as usize * features.len() > MOST_VALUES {
            return None;
        }
        for case in 0..cases {
            let goes_left = |split: u8| asked.binary_search(&split).is_ok_and(|at| (case >> at) & 1 == 1);
            let mut sums = vec![0.0; features.len()];
            for (value, ways) in &leaves {
                add_leaf(*value, ways, &goes_left, &features, &mut sums);
            }
            self.tables.values.extend(sums);
        }
        self.tables.parts.push(Part { asked, features, values });
        Some(())
    }

    /// The leaves below a node: their values and the ways to them from the root.
    fn leaves(&self, node: usize, ways: &[Way], leaves: &mut Vec<(f64, Vec<Way>)>) {
        if self.stored.feature[node] == LEAF {
            leaves.push((f64::from(self.stored.value[node]), ways.to_vec()));
            return;
        }
        for (child, way) in self.ways_on(node) {
            self.leaves(child, &[ways, &[way]].concat(), leaves);
        }
    }

    fn ways_on(&self, node: usize) -> [(usize, Way); 2] {
        let (left, right) = children(self.stored, node);
        // No tree has more splits than a byte can number.
        let split = self.splits.binary_search(&node).unwrap_or_default() as u8;
        let way = |child, sibling, left| {
            let zero = share(self.stored, child, sibling);
            (child, Way { feature: self.stored.feature[node], split, left, zero })
        };
        [way(left, right, true), way(right, left, false)]
    }
}

/// Adds what one leaf adds to the features on its way; answers to one feature count together.
fn add_leaf(value: f64, ways: &[Way], goes_left: &dyn Fn(u8) -> bool, features: &[u16], sums: &mut [f64]) {
    let mut steps: Vec<Step> = Vec::new();
    for way in ways {
        let one = if goes_left(way.split) == way.left { 1.0 } else { 0.0 };
        match steps.iter_mut().find(|step| step.feature == way.feature) {
            Some(step) => {
                step.zero *= way.zero;
                step.one *= one;
            }
            None => steps.push(Step { zero: way.zero, one, feature: way.feature }),
        }
    }
    let mut path = Path::start();
    steps.iter().for_each(|step| path.extend(*step));
    for (at, step) in steps.iter().enumerate() {
        if let Ok(place) = features.binary_search(&step.feature) {
            sums[place] += path.contribution(at + 1) * value;
        }
    }
}
