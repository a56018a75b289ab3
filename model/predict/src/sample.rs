//! Forty customers that several tests share, so that all of them can be checked against one notebook.

/// Tenths drawn with numpy's `default_rng(7)`, and whether each came true.
const TENTHS: [u8; 40] = [
    6, 9, 8, 2, 3, 9, 0, 8, 8, 5, 3, 3, 3, 4, 5, 6, 10, 8, 6, 10, 2, 2, 6, 0, 0, 5, 5, 9, 6, 5, 5, 2, 0, 2,
    7, 2, 4, 0, 8, 2,
];
const CHURNED: [u8; 40] = [
    1, 1, 1, 0, 0, 1, 0, 1, 1, 0, 0, 0, 1, 1, 1, 1, 1, 1, 0, 1, 0, 0, 0, 0, 0, 1, 1, 1, 0, 1, 0, 0, 0, 0, 1,
    0, 0, 0, 1, 1,
];

/// Outcomes, and probabilities of so many parts each.
pub(crate) fn forty(parts: f64) -> (Vec<bool>, Vec<f64>) {
    let churned = CHURNED.iter().map(|one| *one == 1).collect();
    (churned, TENTHS.iter().map(|tenths| f64::from(*tenths) / parts).collect())
}
