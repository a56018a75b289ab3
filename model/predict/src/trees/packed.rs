//! Trees laid out for speed.
//!
//! A tree of up to [`FULL_DEPTH`] levels is filled up to a complete one, whose nodes stand at the places of a heap, so
//! that the way down is arithmetic without a branch. Rows go through in blocks: a tree is in the cache once for a whole
//! block, and the ways of several rows do not wait for each other.
//! Each row is laid out twice, once with minus infinity where a feature is missing and once with plus infinity, and a
//! split reads the copy in which missing rows go its way; so no comparison needs to ask whether a number is there.

use super::stored::{LEAF, Stored};

/// Trees deeper than this are walked node by node.
const FULL_DEPTH: usize = 8;

/// Rows in a block.
const BLOCK: usize = 32;

/// A question: rows whose number at `slot` is below `threshold` go left.
#[derive(Clone, Copy, Debug)]
struct Split {
    slot: u32,
    threshold: f32,
}

/// Splits of a complete tree start at its `splits`, leaves at its `leaves`.
#[derive(Clone, Copy, Debug)]
enum Tree {
    Full { depth: usize, splits: usize, leaves: usize },
    Deep { root: usize },
}

/// A node of a tree that is not filled up: a split with the ways on, or a leaf, whose ways lead to itself.
#[derive(Clone, Copy, Debug)]
struct DeepNode {
    split: Split,
    left: u32,
    right: u32,
}

/// The trees of an ensemble, ready to predict.
#[derive(Clone, Debug)]
pub(super) struct Packed {
    features: usize,
    trees: Vec<Tree>,
    splits: Vec<Split>,
    leaves: Vec<f32>,
    deep: Vec<DeepNode>,
}

impl Packed {
    /// Takes trees that were checked.
    pub(super) fn new(stored: &Stored) -> Self {
        let features = stored.gains.len();
        let mut packed =
            Self { features, trees: Vec::new(), splits: Vec::new(), leaves: Vec::new(), deep: Vec::new() };
        for range in stored.ranges() {
            let depth = depth(stored, range.start);
            if depth > FULL_DEPTH {
                packed.trees.push(Tree::Deep { root: packed.deep.len() });
                packed.push_deep(stored, range);
                continue;
            }
            let (splits, leaves) = (packed.splits.len(), packed.leaves.len());
            packed.trees.push(Tree::Full { depth, splits, leaves });
            // Place 0 of a heap is free; it makes the length a power of two.
            packed.splits.resize(splits + (1 << depth), Split { slot: 0, threshold: 0.0 });
            packed.leaves.resize(leaves + (1 << depth), 0.0);
            packed.fill(stored, range.start, Place { splits, leaves, heap: 1, levels: depth });
        }
        packed
    }

    /// Sets `margins` to `base` and adds the leaves of all trees, in their order.
    pub(super) fn margins(&self, base: f64, rows: &[f32], margins: &mut [f64]) {
        let mut block = vec![0.0; BLOCK.min(margins.len()) * self.width()];
        let mut rest = rows;
        for margins in margins.chunks_mut(BLOCK) {
            let (here, later) = rest.split_at((margins.len() * self.features).min(rest.len()));
            rest = later;
            self.lay_out(here, &mut block);
            margins.fill(base);
            for tree in &self.trees {
                self.add(*tree, &block, margins);
            }
        }
    }

    /// Numbers of a row: each feature twice, and at least one, for the splits that fill trees up.
    fn width(&self) -> usize {
        (2 * self.features).max(1)
    }

    fn lay_out(&self, rows: &[f32], block: &mut [f32]) {
        for (index, row) in block.chunks_exact_mut(self.width()).enumerate() {
            let from = rows.get(index * self.features..).unwrap_or_default();
            for feature in 0..self.features {
                let value = from.get(feature).copied().unwrap_or(f32::NAN);
                row[2 * feature] = if value.is_nan() { f32::INFINITY } else { value };
                row[2 * feature + 1] = if value.is_nan() { f32::NEG_INFINITY } else { value };
            }
        }
    }

    fn add(&self, tree: Tree, block: &[f32], margins: &mut [f64]) {
        match tree {
            Tree::Full { depth, splits, leaves } => {
                let splits = &self.splits[splits..splits + (1 << depth)];
                let leaves = &self.leaves[leaves..leaves + (1 << depth)];
                let width = self.width();
                match depth {
                    0 => margins.iter_mut().for_each(|margin| *margin += f64::from(leaves[0])),
                    1 => add_full::<1, 2>(splits, leaves, Rows { block, width }, margins),
                    2 => add_full::<2, 4>(splits, leaves, Rows { block, width }, margins),
                    3 => add_full::<3, 8>(splits, leaves, Rows { block, width }, margins),
                    4 => add_full::<4, 16>(splits, leaves, Rows { block, width }, margins),
                    5 => add_full::<5, 32>(splits, leaves, Rows { block, width }, margins),
                    6 => add_full::<6, 64>(splits, leaves, Rows { block, width }, margins),
                    7 => add_full::<7, 128>(splits, leaves, Rows { block, width }, margins),
                    _ => add_full::<8, 256>(splits, leaves, Rows { block, width }, margins),
                }
            }
            Tree::Deep { root } => {
                for (row, margin) in block.chunks_exact(self.width()).zip(margins) {
                    *margin += f64::from(self.deep_leaf(root, row));
                }
            }
        }
    }

    fn deep_leaf(&self, root: usize, row: &[f32]) -> f32 {
        let mut at = root;
        loop {
            let DeepNode { split, left, right } = self.deep[at];
            if left == right {
                return split.threshold;
            }
            at = if row[split.slot as usize] < split.threshold { left as usize } else { right as usize };
        }
    }
}

/// Where a subtree goes in a complete tree.
#[derive(Clone, Copy)]
struct Place {
    splits: usize,
    leaves: usize,
    /// Its place in the heap; the root is at 1.
    heap: usize,
    /// Levels of splits from here down.
    levels: usize,
}

impl Place {
    fn child(self, right: bool) -> Self {
        Self { heap: 2 * self.heap + usize::from(right), levels: self.levels - 1, ..self }
    }
}

impl Packed {
    fn fill(&mut self, stored: &Stored, node: usize, place: Place) {
        if stored.feature[node] == LEAF {
            // Every way on from here ends at the same value.
            let first = (place.heap << place.levels) - (1 << depth_of(place));
            let count = 1 << place.levels;
            self.leaves[place.leaves + first..place.leaves + first + count].fill(stored.value[node]);
            return;
        }
        self.splits[place.splits + place.heap] = split(stored, node);
        self.fill(stored, node + 1, place.child(false));
        self.fill(stored, node + stored.right[node] as usize, place.child(true));
    }

    fn push_deep(&mut self, stored: &Stored, range: std::ops::Range<usize>) {
        let base = self.deep.len();
        for node in range.clone() {
            let here = (base + node - range.start) as u32;
            self.deep.push(if stored.feature[node] == LEAF {
                let split = Split { slot: 0, threshold: stored.value[node] };
                DeepNode { split, left: here, right: here }
            } else {
                DeepNode { split: split(stored, node), left: here + 1, right: here + stored.right[node] }
            });
        }
    }
}

/// Levels of the complete tree that a place is in.
fn depth_of(place: Place) -> usize {
    place.heap.ilog2() as usize + place.levels
}

fn split(stored: &Stored, node: usize) -> Split {
    let slot = 2 * u32::from(stored.feature[node]) + u32::from(stored.missing_left[node]);
    Split { slot, threshold: stored.value[node] }
}

fn depth(stored: &Stored, node: usize) -> usize {
    if stored.feature[node] == LEAF {
        return 0;
    }
    1 + depth(stored, node + 1).max(depth(stored, node + stored.right[node] as usize))
}

/// Rows of a block, laid end to end.
#[derive(Clone, Copy)]
struct Rows<'a> {
    block: &'a [f32],
    width: usize,
}

/// Ways that go down side by side.
const LANES: usize = 8;

fn add_full<const DEPTH: usize, const SIZE: usize>(
    splits: &[Split],
    leaves: &[f32],
    rows: Rows<'_>,
    margins: &mut [f64],
) {
    let (Some(splits), Some(leaves)) = (splits.first_chunk::<SIZE>(), leaves.first_chunk::<SIZE>()) else {
        return;
    };
    for (block, margins) in rows.block.chunks(LANES * rows.width).zip(margins.chunks_mut(LANES)) {
        let mut at = [1_usize; LANES];
        for _ in 0..DEPTH {
            for (lane, at) in at.iter_mut().enumerate() {
                let split = splits[*at & (SIZE - 1)];
                // A block that is not full ends before its last lanes; what they find is not looked at.
                let value = block.get(lane * rows.width + split.slot as usize).copied().unwrap_or(0.0);
                *at = 2 * *at + usize::from(value >= split.threshold);
            }
        }
        for (margin, at) in margins.iter_mut().zip(at) {
            *margin += f64::from(leaves[at & (SIZE - 1)]);
        }
    }
}
