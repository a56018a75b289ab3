//! Orders, ranks and bins that treat ties as numpy and pandas do.
//!
//! All input is finite: the callers have checked.

use std::cmp::Ordering;

/// Compares finite numbers; 0 and -0 are equal, which `total_cmp` would tell apart.
fn by_value(left: f64, right: f64) -> Ordering {
    left.partial_cmp(&right).unwrap_or(Ordering::Equal)
}

/// Positions from the smallest value to the largest; equal values keep their order.
pub(crate) fn ascending(values: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|left, right| by_value(values[*left], values[*right]));
    order
}

/// Positions from the largest value to the smallest; equal values keep their order.
pub(crate) fn descending(values: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|left, right| by_value(values[*right], values[*left]));
    order
}

/// Ranks from 1; equal values share the mean of the ranks that they cover.
pub(crate) fn average_ranks(values: &[f64]) -> Vec<f64> {
    let order = ascending(values);
    let mut ranks = vec![0.0; values.len()];
    let mut before = 0;
    for tied in order.chunk_by(|left, right| by_value(values[*left], values[*right]).is_eq()) {
        let shared = before as f64 + (tied.len() + 1) as f64 / 2.0;
        for position in tied {
            ranks[*position] = shared;
        }
        before += tied.len();
    }
    ranks
}

/// Positions in `bins` groups of nearly equal size, smallest values first; empty groups are left out.
///
/// Ties are broken by position and the edges are those of pandas' `qcut`, down to the rounding of
/// floating point: edge `j` is the linearly interpolated quantile `j / bins` of the ranks.
pub(crate) fn equal_count_bins(values: &[f64], bins: u32) -> Vec<Vec<usize>> {
    let order = ascending(values);
    let mut groups = Vec::with_capacity(bins as usize);
    let mut start = 0;
    for bin in 1..=bins {
        let edge = upper_edge(order.len(), bin, bins);
        let length = order[start..].iter().enumerate().take_while(|(i, _)| (start + i + 1) as f64 <= edge);
        let end = start + length.count();
        if end > start {
            groups.push(order[start..end].to_vec());
        }
        start = end;
    }
    groups
}

/// Highest rank that still belongs to a bin, the first being 1.
fn upper_edge(count: usize, bin: u32, bins: u32) -> f64 {
    if bin == bins {
        return count as f64;
    }
    let (count, bin, bins) = (count as f64, f64::from(bin), f64::from(bins));
    // A multiple of the step, as numpy's linspace has it: `bin / bins` rounds otherwise.
    1.0 + (count - 1.0) * (bin * (1.0 / bins))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_bins(count: usize, bins: u32, expected: &[usize]) {
        let values: Vec<f64> = (0..count).map(|i| i as f64).collect();
        let groups = equal_count_bins(&values, bins);
        let sizes: Vec<usize> = groups.iter().map(Vec::len).collect();
        assert_eq!(sizes, expected, "{count} in {bins}");
        let all: Vec<usize> = groups.into_iter().flatten().collect();
        assert_eq!(all, (0..count).collect::<Vec<_>>());
    }

    #[test]
    fn bins_have_the_sizes_of_pandas() {
        // pd.qcut(pd.Series(range(n)).rank(method="first"), bins, labels=False), pandas 3.1.1.
        check_bins(2, 10, &[1, 1]);
        check_bins(7, 10, &[1; 7]);
        check_bins(14, 10, &[2, 1, 1, 2, 1, 1, 2, 1, 1, 2]);
        check_bins(15, 10, &[2, 1, 2, 1, 2, 1, 1, 2, 1, 2]);
        check_bins(31, 10, &[4, 3, 3, 3, 3, 3, 3, 3, 3, 3]);
        check_bins(31, 15, &[3, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2]);
        check_bins(40, 15, &[3, 3, 2, 3, 3, 2, 3, 2, 3, 3, 2, 3, 2, 3, 3]);
        check_bins(100, 15, &[7, 7, 6, 7, 7, 6, 7, 6, 7, 7, 6, 7, 6, 7, 7]);
        // Here floating point moves one customer off the exact edge.
        check_bins(76, 15, &[6, 5, 5, 5, 5, 5, 5, 5, 5, 5, 4, 6, 5, 5, 5]);
        check_bins(286, 15, &[20, 19, 19, 19, 19, 19, 19, 19, 19, 19, 18, 20, 19, 19, 19]);
        check_bins(91, 10, &[10, 9, 9, 9, 9, 9, 9, 9, 9, 9]);
        check_bins(1, 15, &[1]);
    }

    #[test]
    fn ties_are_broken_by_position_and_zero_has_no_sign() {
        let values = [0.0, 1.0, -0.0, 1.0, 0.0];
        assert_eq!(ascending(&values), [0, 2, 4, 1, 3]);
        assert_eq!(descending(&values), [1, 3, 0, 2, 4]);
        assert_eq!(average_ranks(&values), [2.0, 4.5, 2.0, 4.5, 2.0]);
    }
}
