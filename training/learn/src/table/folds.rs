//! Rows dealt to folds, each fold with its share of either outcome.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};

/// The fold of each row. Rows of either outcome are shuffled and dealt in turn, so folds differ by one row at most.
pub(super) fn deal(labels: &[f32], folds: usize, seed: u64) -> Vec<usize> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut fold = vec![0; labels.len()];
    let mut next = 0;
    for outcome in [false, true] {
        let mut rows: Vec<usize> = (0..labels.len()).filter(|row| (labels[*row] > 0.5) == outcome).collect();
        for at in (1..rows.len()).rev() {
            // The bias of a remainder by so small a divisor cannot be seen.
            rows.swap(at, (random.next_u64() % (at as u64 + 1)) as usize);
        }
        for row in rows {
            fold[row] = next % folds;
            next += 1;
        }
    }
    fold
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folds_have_their_share_of_either_outcome() {
        let labels: Vec<f32> = (0..103).map(|row| if row % 4 == 0 { 1.0 } else { 0.0 }).collect();
        let folds = deal(&labels, 5, 7);
        for fold in 0..5 {
            let here = folds.iter().zip(&labels).filter(|(at, _)| **at == fold);
            let (rows, left) = here.fold((0, 0.0), |(rows, left), (_, label)| (rows + 1, left + label));
            assert!((20..=21).contains(&rows), "{rows} rows");
            assert!((5.0..=6.0).contains(&left), "{left} left");
        }
        assert_eq!(folds, deal(&labels, 5, 7));
        assert_ne!(folds, deal(&labels, 5, 8));
    }
}
