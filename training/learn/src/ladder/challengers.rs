//! Simpler learners, to be compared with: what they say after learning from the same rows as the trees.

use rayon::iter::{IntoParallelIterator, ParallelIterator};
use tenure_predict::Target;

use super::shift::{self, Rows};
use super::snapshot::Snapshot;
use crate::LearnError;
use crate::learners::{Learner, Logistic, RandomForest, Table};

/// Rows on which challengers learn, at most: they take their time, and are there to be compared with.
const MOST_CHALLENGED: usize = 6_000;

/// What simpler learners say of a snapshot after learning from the same rows as the trees: their names, and
/// probabilities of no order.
pub(crate) fn challengers(
    snapshots: &[&Snapshot],
    judged: &Snapshot,
    width: usize,
) -> Result<Vec<(&'static str, Vec<f64>)>, LearnError> {
    let Rows { keep, rows } = Rows::of(snapshots, judged, width);
    let silent: Vec<bool> = snapshots.iter().flat_map(|one| one.silent.iter().copied()).collect();
    let step = silent.len().div_ceil(MOST_CHALLENGED).max(1);
    let labels: Vec<f32> = silent.iter().step_by(step).map(|gone| f32::from(u8::from(*gone))).collect();
    let rows: Vec<f32> = rows.chunks_exact(width).step_by(step).flatten().copied().collect();
    let table = Table::new(width, &rows, &labels, Target::Probability)?;
    let asked = shift::mask(width, &judged.rows, &keep);
    let forest = RandomForest { trees: 40, depth: 8, ..RandomForest::default() };
    let learners: [&dyn Learner; 2] = [&Logistic { alpha: 1.0 }, &forest];
    let say = |learner: &dyn Learner| {
        let mut p = vec![0.0; judged.base.len()];
        learner.fit(&table, None)?.predict(Target::Probability, &asked, &mut p);
        Ok((learner.name(), p))
    };
    learners.into_par_iter().map(say).collect()
}
