//! Trees laid out for speed.
//!
//! A tree of up to [`FULL_DEPTH`] levels is filled up to a complete one, whose nodes stand at the places of a heap, so
//! that the way down is arithmetic without a branch, and the ways of several rows do not wait for each other. Rows go
//! through in blocks, so that a tree comes into the cache once for a whole block.
//! A row is laid out by slots: a slot is a feature with minus infinity where it is missing, or with plus infinity. A
//! split reads the one in which missing rows go its way, so no comparison needs to ask whether a number is there. Slots
//! have one byte for a name, so no index needs a check; trees that need more of them together go in several passes.
//! Small trees are asked by whole blocks, in which the numbers of a slot lie side by side ([`lanes`]).

use std::collections::BTreeSet;

use super::lanes::{self, LANES, LANES_DEPTH, Lanes};
use super::stored::{LEAF, Stored};

/// Trees deeper than this are walked node by node. One of this depth has 255 splits, so its slots fit one pass.
const FULL_DEPTH: usize = 8;

/// Rows in a block.
const BLOCK: usize = LANES;

/// Slots of a row: as many as a byte can name.
pub(super) const SLOTS: usize = 256;

/// A question: rows whose number at `slot` is below `threshold` go left.
#[derive(Clone, Copy, Debug)]
pub(super) struct Split {
    pub(super) threshold: f32,
    pub(super) slot: u8,
}

/// Where a tree starts: a complete one among `splits` and `leaves`, another among the stored nodes.
#[derive(Clone, Copy, Debug)]
enum Tree {
    Full { depth: usize, splits: usize, leaves: usize },
    Deep { root: usize },
}

/// A feature, and whether missing counts as below everything in it.
type Slot = (u16, bool);

/// Consecutive trees that share their slots, which are sorted and no more than [`SLOTS`] once the pass is full.
#[derive(Clone, Debug, Default)]
struct Pass {
    slots: Vec<Slot>,
    trees: Vec<Tree>,
    /// Whether some complete trees are small enough for [`lanes`], and whether some are not.
    small: bool,
    large: bool,
}

/// Room for the slots of a block of rows: by slot for small trees, by row for others.
#[derive(Default)]
struct Room {
    lanes: Option<Box<Lanes>>,
    rows: Vec<[f32; SLOTS]>,
}

/// The trees of an ensemble, ready to predict.
#[derive(Clone, Debug, Default)]
pub(super) struct Packed {
    passes: Vec<Pass>,
    splits: Vec<Split>,
    leaves: Vec<f64>,
}

impl Packed {
    /// Takes trees that were checked.
    pub(super) fn new(stored: &Stored) -> Self {
        let mut packed = Self::default();
        let (mut slots, mut trees) = (BTreeSet::new(), Vec::new());
        for range in stored.ranges() {
            let depth = depth(stored, range.start);
            if depth <= FULL_DEPTH {
                let splits = range.clone().filter(|node| stored.feature[*node] != LEAF);
                let asked: BTreeSet<Slot> = splits.map(|node| slot(stored, node)).collect();
                if slots.union(&asked).count() > SLOTS {
                    packed.push_pass(stored, &slots, &trees);
                    slots.clear();
                    trees.clear();
                }
                slots.extend(asked);
            }
            trees.push((range.start, depth));
        }
        packed.push_pass(stored, &slots, &trees);
        packed
    }

    fn push_pass(&mut self, stored: &Stored, slots: &BTreeSet<Slot>, trees: &[(usize, usize)]) {
        let is_small = |(_, depth): &(usize, usize)| *depth <= LANES_DEPTH;
        let mut pass = Pass {
            slots: slots.iter().copied().collect(),
            trees: Vec::with_capacity(trees.len()),
            small: trees.iter().any(is_small),
            large: trees.iter().any(|tree| !is_small(tree) && tree.1 <= FULL_DEPTH),
        };
        for (root, depth) in trees.iter().copied() {
            if depth > FULL_DEPTH {
                pass.trees.push(Tree::Deep { root });
                continue;
            }
            let (splits, leaves) = (self.splits.len(), self.leaves.len());
            pass.trees.push(Tree::Full { depth, splits, leaves });
            // Place 0 of a heap is free; it makes the length a power of two.
            self.splits.resize(splits + (1 << depth), Split { slot: 0, threshold: 0.0 });
            self.leaves.resize(leaves + (1 << depth), 0.0);
            self.fill(stored, &pass.slots, root, Place { splits, leaves, heap: 1, levels: depth });
        }
        self.passes.push(pass);
    }

    /// Sets `margins` to the base and adds the leaves of all trees, in their order.
    pub(super) fn margins(&self, stored: &Stored, rows: &[f32], margins: &mut [f64]) {
        let features = stored.gains.len();
        let mut room = Room::default();
        for (index, margins) in margins.chunks_mut(BLOCK).enumerate() {
            let rows = rows.get(index * BLOCK * features..).unwrap_or_default();
            margins.fill(stored.base);
            for pass in &self.passes {
                self.add_pass(pass, stored, rows, &mut room, margins);
            }
        }
    }

    /// Adds the leaves of one pass for a block of rows.
    fn add_pass(&self, pass: &Pass, stored: &Stored, rows: &[f32], room: &mut Room, margins: &mut [f64]) {
        let features = stored.gains.len();
        let row = |at: usize| rows.get(at * features..).unwrap_or_default();
        let lanes = margins.len() == LANES && pass.small;
        if lanes {
            let lanes = room.lanes.get_or_insert_with(|| Box::new([[0.0; LANES]; SLOTS]));
            pass.lay_out_lanes(features, rows, lanes);
        }
        if !lanes || pass.large {
            room.rows.resize(margins.len(), [0.0; SLOTS]);
            for (at, slots) in room.rows.iter_mut().enumerate() {
                pass.lay_out(row(at), slots);
            }
        }
        for tree in &pass.trees {
            match (*tree, &room.lanes, margins.first_chunk_mut::<LANES>()) {
                (Tree::Full { depth, splits, leaves }, Some(lanes), Some(margins))
                    if depth <= LANES_DEPTH =>
                {
                    lanes::add(depth, &self.splits[splits..], &self.leaves[leaves..], lanes, margins);
                }
                (Tree::Full { depth, splits, leaves }, ..) => {
                    self.add(depth, splits, leaves, &room.rows, margins);
                }
                (Tree::Deep { root }, ..) => {
                    let add = |(at, margin): (usize, &mut f64)| *margin += leaf(stored, root, row(at));
                    margins.iter_mut().enumerate().for_each(add);
                }
            }
        }
    }

    fn add(&self, depth: usize, splits: usize, leaves: usize, block: &[[f32; SLOTS]], margins: &mut [f64]) {
        let splits = &self.splits[splits..splits + (1 << depth)];
        let leaves = &self.leaves[leaves..leaves + (1 << depth)];
        match depth {
            0 => margins.iter_mut().for_each(|margin| *margin += leaves[0]),
            1 => add_full::<1, 2>(splits, leaves, block, margins),
            2 => add_full::<2, 4>(splits, leaves, block, margins),
            3 => add_full::<3, 8>(splits, leaves, block, margins),
            4 => add_full::<4, 16>(splits, leaves, block, margins),
            5 => add_full::<5, 32>(splits, leaves, block, margins),
            6 => add_full::<6, 64>(splits, leaves, block, margins),
            7 => add_full::<7, 128>(splits, leaves, block, margins),
            _ => add_full::<8, 256>(splits, leaves, block, margins),
        }
    }

    fn fill(&mut self, stored: &Stored, slots: &[Slot], node: usize, place: Place) {
        if stored.feature[node] == LEAF {
            // Every way on from here ends at the same value.
            let first = place.leaves + (place.heap << place.levels) - (1 << place.depth());
            self.leaves[first..first + (1 << place.levels)].fill(f64::from(stored.value[node]));
            return;
        }
        // It is among them, and they are no more than a byte can name.
        let slot = slots.binary_search(&slot(stored, node)).unwrap_or_default() as u8;
        self.splits[place.splits + place.heap] = Split { slot, threshold: stored.value[node] };
        self.fill(stored, slots, node + 1, place.child(false));
        self.fill(stored, slots, node + stored.right[node] as usize, place.child(true));
    }
}

impl Pass {
    fn lay_out(&self, row: &[f32], slots: &mut [f32; SLOTS]) {
        for (slot, (feature, missing_below)) in slots.iter_mut().zip(&self.slots) {
            let value = row.get(usize::from(*feature)).copied().unwrap_or(f32::NAN);
            let missing = if *missing_below { f32::NEG_INFINITY } else { f32::INFINITY };
            *slot = if value.is_nan() { missing } else { value };
        }
    }

    /// The same for [`LANES`] rows, laid end to end.
    fn lay_out_lanes(&self, features: usize, rows: &[f32], lanes: &mut Lanes) {
        for (lanes, (feature, missing_below)) in lanes.iter_mut().zip(&self.slots) {
            let missing = if *missing_below { f32::NEG_INFINITY } else { f32::INFINITY };
            for (at, lane) in lanes.iter_mut().enumerate() {
                let value = rows.get(at * features + usize::from(*feature)).copied().unwrap_or(f32::NAN);
                *lane = if value.is_nan() { missing } else { value };
            }
        }
    }
}

/// The leaf value that one row reaches; features that `row` is too short for are missing.
pub(super) fn leaf(stored: &Stored, root: usize, row: &[f32]) -> f64 {
    let mut node = root;
    while stored.feature[node] != LEAF {
        node += if goes_left(stored, node, row) { 1 } else { stored.right[node] as usize };
    }
    f64::from(stored.value[node])
}

/// Which way a row goes at a split.
pub(super) fn goes_left(stored: &Stored, node: usize, row: &[f32]) -> bool {
    match row.get(usize::from(stored.feature[node])) {
        Some(value) if !value.is_nan() => *value < stored.value[node],
        _ => stored.missing_left[node],
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
    /// Levels of the whole tree.
    fn depth(self) -> usize {
        self.heap.ilog2() as usize + self.levels
    }

    fn child(self, right: bool) -> Self {
        Self { heap: 2 * self.heap + usize::from(right), levels: self.levels - 1, ..self }
    }
}

fn slot(stored: &Stored, node: usize) -> Slot {
    (stored.feature[node], stored.missing_left[node])
}

/// Splits on the longest way from a node down.
pub(super) fn depth(stored: &Stored, node: usize) -> usize {
    if stored.feature[node] == LEAF {
        return 0;
    }
    1 + depth(stored, node + 1).max(depth(stored, node + stored.right[node] as usize))
}

fn add_full<const DEPTH: usize, const SIZE: usize>(
    splits: &[Split],
    leaves: &[f64],
    block: &[[f32; SLOTS]],
    margins: &mut [f64],
) {
    let (Some(splits), Some(leaves)) = (splits.first_chunk::<SIZE>(), leaves.first_chunk::<SIZE>()) else {
        return;
    };
    for (slots, margin) in block.iter().zip(margins) {
        let mut at = 1;
        for _ in 0..DEPTH {
            let split = splits[at & (SIZE - 1)];
            at = 2 * at + usize::from(slots[usize::from(split.slot)] >= split.threshold);
        }
        *margin += leaves[at & (SIZE - 1)];
    }
}
