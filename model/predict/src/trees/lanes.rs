//! Small trees over several rows at once.
//!
//! A small tree asks a row about as many things as it has levels, but which comes second depends on the first answer.
//! Asking all its questions of all rows, and then picking the answers on the way, needs no such waiting: each question
//! is one instruction for several rows, whichever the machine. It pays as long as a tree has few questions.

use super::packed::{SLOTS, Split};

/// Rows that go side by side.
pub(super) const LANES: usize = 32;

/// Trees deeper than this ask too much that nobody needs to know.
pub(super) const LANES_DEPTH: usize = 4;

/// The numbers of [`LANES`] rows, by slot.
pub(super) type Lanes = [[f32; LANES]; SLOTS];

/// Adds the leaf that each row reaches in a complete tree of `depth` levels, at most [`LANES_DEPTH`], whose splits and
/// leaves come first in `splits` and `leaves`.
pub(super) fn add(depth: usize, splits: &[Split], leaves: &[f64], lanes: &Lanes, margins: &mut [f64; LANES]) {
    match depth {
        0 => margins.iter_mut().for_each(|margin| *margin += leaves.first().copied().unwrap_or_default()),
        1 => add_full::<1, 2>(splits, leaves, lanes, margins),
        2 => add_full::<2, 4>(splits, leaves, lanes, margins),
        3 => add_full::<3, 8>(splits, leaves, lanes, margins),
        _ => add_full::<4, 16>(splits, leaves, lanes, margins),
    }
}

fn add_full<const DEPTH: usize, const SIZE: usize>(
    splits: &[Split],
    leaves: &[f64],
    lanes: &Lanes,
    margins: &mut [f64; LANES],
) {
    let (Some(splits), Some(leaves)) = (splits.first_chunk::<SIZE>(), leaves.first_chunk::<SIZE>()) else {
        return;
    };
    let numbers: [&[f32; LANES]; SIZE] = splits.each_ref().map(|split| &lanes[usize::from(split.slot)]);
    let mut reached = [0_u32; LANES];
    for lane in 0..LANES {
        // Of each split, from the last level up: at which leaf below it the row ends.
        let mut below = [0_u32; SIZE];
        for level in (0..DEPTH).rev() {
            for node in 1 << level..2 << level {
                let right = u32::from(numbers[node][lane] >= splits[node].threshold);
                let further = if level + 1 == DEPTH {
                    0
                } else {
                    let all = right.wrapping_neg();
                    (below[2 * node + 1] & all) | (below[2 * node] & !all)
                };
                below[node] = (right << (DEPTH - 1 - level)) | further;
            }
        }
        reached[lane] = below[1];
    }
    for (margin, leaf) in margins.iter_mut().zip(reached) {
        *margin += leaves[leaf as usize & (SIZE - 1)];
    }
}
