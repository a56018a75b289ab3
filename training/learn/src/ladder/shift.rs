//! Which columns mean today what they meant at the dates that trees learn from.
//!
//! In a young shop everybody has been a customer for longer than anybody had at any past date. A tree that asks for
//! the age then answers for a place where it has seen nobody. So a column whose customers lie mostly elsewhere than
//! they did is left out; no outcome is needed to see that.

use rayon::iter::{IntoParallelIterator, ParallelIterator};
use tenure_predict::population_stability;

use super::snapshot::Snapshot;

const BINS: usize = 10;

/// Beyond this index a column has moved too far to be asked.
const TOO_FAR: f64 = 0.5;

/// The rows of some snapshots, end to end, for what answers for another.
#[derive(Debug)]
pub(super) struct Rows {
    /// The columns that stay; the others are missing in all rows.
    pub(super) keep: Vec<bool>,
    pub(super) rows: Vec<f32>,
}

impl Rows {
    /// Of rows `width` numbers wide.
    pub(super) fn of(then: &[&Snapshot], now: &Snapshot, width: usize) -> Self {
        let each: Vec<&[f32]> = then.iter().map(|one| one.rows.as_slice()).collect();
        let keep = steady(width, &each, &now.rows);
        let rows = each.iter().flat_map(|rows| mask(width, rows, &keep)).collect();
        Self { keep, rows }
    }
}

/// Which columns stay, where trees learn from `then` and answer for `now`; rows are laid end to end.
pub(super) fn steady(width: usize, then: &[&[f32]], now: &[f32]) -> Vec<bool> {
    let indices: Vec<Option<f64>> =
        (0..width).into_par_iter().map(|column| index(width, column, then, now)).collect();
    tracing::debug!(?indices, "how far each column has moved");
    indices.iter().map(|index| index.is_none_or(|index| index < TOO_FAR)).collect()
}

/// The stability index of one column over tenths of both populations together and a bin for what is missing.
fn index(width: usize, column: usize, then: &[&[f32]], now: &[f32]) -> Option<f64> {
    let of = |rows: &[f32]| -> Vec<f32> { rows.iter().skip(column).step_by(width).copied().collect() };
    let then: Vec<f32> = then.iter().flat_map(|rows| of(rows)).collect();
    let now = of(now);
    let mut known: Vec<f32> = then.iter().copied().filter(|one| !one.is_nan()).collect();
    let cuts = tenths(&mut known);
    let count = |values: &[f32]| {
        let mut counts = vec![0_u64; BINS + 1];
        for value in values {
            let bin = if value.is_nan() { BINS } else { cuts.partition_point(|cut| cut <= value) };
            counts[bin] += 1;
        }
        counts
    };
    population_stability(&count(&then), &count(&now)).ok().map(|found| found.psi)
}

/// What lies at each tenth of the values, as if they were sorted.
fn tenths(values: &mut [f32]) -> Vec<f32> {
    let count = values.len();
    let (mut cuts, mut rest, mut before) = (Vec::new(), values, 0);
    for cut in 1..BINS {
        let place = count * cut / BINS;
        // What is at the place before is not among the rest any more.
        if let Some(at) = place.checked_sub(before).filter(|at| *at < rest.len()) {
            let (_, found, above) = rest.select_nth_unstable_by(at, f32::total_cmp);
            cuts.push(*found);
            (rest, before) = (above, place + 1);
        } else if let Some(last) = cuts.last() {
            cuts.push(*last);
        }
    }
    cuts
}

/// The rows with what does not stay missing for all.
pub(super) fn mask(width: usize, rows: &[f32], keep: &[bool]) -> Vec<f32> {
    debug_assert_eq!(width, keep.len());
    rows.iter().zip(keep.iter().cycle()).map(|(value, keep)| if *keep { *value } else { f32::NAN }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_went_elsewhere_is_left_out() {
        // Ages moved on by a hundred days, counts did not.
        let then: Vec<f32> = (0..100).flat_map(|at| [at as f32, (at % 7) as f32]).collect();
        let now: Vec<f32> = (0..100).flat_map(|at| [100.0 + at as f32, (at % 7) as f32]).collect();
        assert_eq!(steady(2, &[&then], &now), [false, true]);
        assert_eq!(steady(2, &[&now], &now), [true, true]);
    }

    #[test]
    fn tenths_are_those_of_sorted_values() {
        for count in [0, 1, 3, 9, 10, 11, 20, 25, 1_000] {
            let values: Vec<f32> = (0..count).map(|at| (at * 37 % 101) as f32).collect();
            let mut sorted = values.clone();
            sorted.sort_unstable_by(f32::total_cmp);
            let expected: Vec<f32> =
                (1..BINS).filter_map(|cut| sorted.get(count * cut / BINS).copied()).collect();
            assert_eq!(tenths(&mut values.clone()), expected, "{count}");
        }
    }

    #[test]
    fn what_is_missing_for_all_moves_nothing() {
        let none = [f32::NAN; 6];
        assert_eq!(steady(1, &[&none], &none), [true]);
        assert!(mask(2, &[1.0, 2.0, 3.0, 4.0], &[true, false])[1].is_nan());
    }
}
