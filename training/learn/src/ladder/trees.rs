//! Trees that correct the purchase model, and how many of them help.

use tenure_bundle::{Base, FromPurchases};
use tenure_predict::{Learned, Target, TreeEnsemble};

use super::shift;
use super::snapshot::Snapshot;
use crate::LearnError;
use crate::learners::{Boosted, Learner, Logistic, RandomForest, Table};

/// How far boosting is tried: none is the purchase model as it is.
pub(crate) const ROUNDS: [usize; 6] = [0, 10, 25, 50, 100, 160];

/// The usual settings of trees that correct a model: small steps of small trees. The purchase model has said most
/// already, and outcomes of one customer at neighbouring dates overlap, so rows are worth less than their number. Each
/// tree sees half of them and half of the columns, many of which say nearly the same.
pub(crate) fn usual() -> Boosted {
    Boosted {
        rounds: ROUNDS[ROUNDS.len() - 1],
        eta: 0.05,
        depth: 3,
        leaves: 7,
        min_child_weight: 10.0,
        lambda: 5.0,
        subsample: 0.5,
        colsample: 0.5,
        patience: 0,
        ..Boosted::default()
    }
}

/// How trees are made.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Making<'a> {
    /// Settings of the trees that correct a model.
    pub(crate) settings: &'a Boosted,
    /// Whether boosting from the rows alone is made as well; without, it says nothing.
    pub(crate) own: bool,
}

/// Boosting from nothing, of which a share may be taken: it finds what the purchase model cannot say.
static OWN_LEARNER: Boosted = Boosted {
    rounds: 120,
    eta: 0.05,
    depth: 4,
    leaves: 12,
    min_child_weight: 10.0,
    lambda: 5.0,
    subsample: 0.5,
    colsample: 0.5,
    patience: 0,
    monotone: Vec::new(),
    seed: 20_131,
};

/// Trees of churn and of spend for each count of [`ROUNDS`].
#[derive(Debug)]
pub(crate) struct Path {
    /// The columns that they may ask for.
    keep: Vec<bool>,
    pub(crate) churn: Vec<TreeEnsemble>,
    pub(crate) spend: Vec<TreeEnsemble>,
    /// What else predicts churn: boosting from the rows alone, that does not start from the purchase model.
    pub(crate) own: Learned,
}

/// Fits both paths on the rows of some snapshots, to answer for `now`; absent where too few spent, or all did alike.
pub(crate) fn fit(
    snapshots: &[&Snapshot],
    now: &Snapshot,
    width: usize,
    making: Making<'_>,
) -> Result<Option<Path>, LearnError> {
    let each: Vec<&[f32]> = snapshots.iter().map(|one| one.rows.as_slice()).collect();
    let keep = shift::steady(width, &each, &now.rows);
    let rows: Vec<f32> = each.iter().flat_map(|rows| shift::mask(width, rows, &keep)).collect();
    let silent: Vec<bool> = snapshots.iter().flat_map(|one| one.silent.iter().copied()).collect();
    let base: Vec<&Base> = snapshots.iter().flat_map(|one| &one.base).collect();
    let spent: Vec<f32> =
        snapshots.iter().flat_map(|one| one.spent.iter().map(|value| *value as f32)).collect();
    let payers = spent.iter().filter(|value| **value > 0.0).count();
    // Those who sent all back as well, or their share would be predicted to pay.
    let buyers: Vec<usize> = (0..spent.len()).filter(|at| !silent[*at]).collect();
    let quiet = silent.iter().filter(|gone| **gone).count();
    if payers < LEAST_OF_EACH || quiet < LEAST_OF_EACH {
        return Ok(None);
    }
    let labels: Vec<f32> = silent.iter().map(|gone| f32::from(u8::from(*gone))).collect();
    let offsets: Vec<f32> = base.iter().map(|base| base.churn_margin() as f32).collect();
    // Spend that a gamma law allows, and next to nothing.
    let least = LEAST_SPEND * spent.iter().filter(|value| **value > 0.0).sum::<f32>() / payers as f32;
    let table = Table::new(width, &rows, &labels, Target::Probability)?;
    let churn = making.settings.fit_path(&table.with_offsets(&offsets)?, &ROUNDS)?;
    let own = making.own(&table, &churn)?;
    let rows: Vec<f32> =
        buyers.iter().flat_map(|at| rows[at * width..(at + 1) * width].iter().copied()).collect();
    let labels: Vec<f32> = buyers.iter().map(|at| spent[*at].max(least)).collect();
    let offsets: Vec<f32> = buyers.iter().map(|at| base[*at].spend_margin() as f32).collect();
    let table = Table::new(width, &rows, &labels, Target::Positive)?.with_offsets(&offsets)?;
    let spend = making.settings.fit_path(&table, &ROUNDS)?;
    Ok(Some(Path { keep, churn, spend, own }))
}

impl Making<'_> {
    /// Boosting from the rows alone, or the first of a path, which is no tree.
    fn own(self, table: &Table<'_>, path: &[TreeEnsemble]) -> Result<Learned, LearnError> {
        match path.first() {
            Some(none) if !self.own => Ok(Learned::Trees(none.clone())),
            _ => OWN_LEARNER.fit(table, None),
        }
    }
}

/// Fewer rows of either outcome teach nothing that the purchase model does not know.
const LEAST_OF_EACH: usize = 200;

/// The least that counts as spend, of the mean.
const LEAST_SPEND: f32 = 1e-3;

/// What a path says of one snapshot, for every count of rounds.
#[derive(Debug)]
pub(crate) struct Margins {
    pub(crate) churn: Vec<Vec<f64>>,
    pub(crate) spend: Vec<Vec<f64>>,
    /// Of boosting from the rows alone, less the purchase model's margin.
    pub(crate) own: Vec<f64>,
}

impl Margins {
    pub(crate) fn of(path: &Path, snapshot: &Snapshot) -> Self {
        let rows = shift::mask(path.keep.len(), &snapshot.rows, &path.keep);
        let of = |trees: &TreeEnsemble| {
            let mut margins = vec![0.0; snapshot.base.len()];
            trees.margins(&rows, &mut margins);
            margins
        };
        let mut own = vec![0.0; snapshot.base.len()];
        path.own.margins(&rows, &mut own);
        own.iter_mut().zip(&snapshot.base).for_each(|(margin, base)| *margin -= base.churn_margin());
        Self { churn: path.churn.iter().map(of).collect(), spend: path.spend.iter().map(of).collect(), own }
    }
}

/// Trees of churn by a definition for each count of [`ROUNDS`].
#[derive(Debug)]
pub(crate) struct ChurnPath {
    /// The columns that they may ask for.
    keep: Vec<bool>,
    /// Trees that start from the line of the purchase model.
    pub(crate) corrected: Vec<TreeEnsemble>,
    /// Boosting from the rows alone.
    pub(crate) own: Learned,
}

/// As [`fit`], of churn by a definition; absent where of too few it held, or did not.
pub(crate) fn fit_churn(
    snapshots: &[&Snapshot],
    now: &Snapshot,
    width: usize,
    (line, making): (FromPurchases, Making<'_>),
) -> Result<Option<ChurnPath>, LearnError> {
    let churned: Vec<bool> = snapshots.iter().flat_map(|one| one.churned.iter().copied()).collect();
    let held = churned.iter().filter(|held| **held).count();
    if held.min(churned.len() - held) < LEAST_OF_EACH {
        return Ok(None);
    }
    let each: Vec<&[f32]> = snapshots.iter().map(|one| one.rows.as_slice()).collect();
    let keep = shift::steady(width, &each, &now.rows);
    let rows: Vec<f32> = each.iter().flat_map(|rows| shift::mask(width, rows, &keep)).collect();
    let labels: Vec<f32> = churned.iter().map(|held| f32::from(u8::from(*held))).collect();
    let base = snapshots.iter().flat_map(|one| &one.base);
    let offsets: Vec<f32> = base.map(|base| line.margin(base.churn_margin()) as f32).collect();
    let table = Table::new(width, &rows, &labels, Target::Probability)?;
    let corrected = making.settings.fit_path(&table.with_offsets(&offsets)?, &ROUNDS)?;
    let own = making.own(&table, &corrected)?;
    Ok(Some(ChurnPath { keep, corrected, own }))
}

impl ChurnPath {
    /// What trees add to the line for every count of rounds, and what boosting from the rows alone says.
    pub(crate) fn margins(&self, snapshot: &Snapshot) -> (Vec<Vec<f64>>, Vec<f64>) {
        let rows = shift::mask(self.keep.len(), &snapshot.rows, &self.keep);
        let of = |trees: &TreeEnsemble| {
            let mut margins = vec![0.0; snapshot.base.len()];
            trees.margins(&rows, &mut margins);
            margins
        };
        let mut own = vec![0.0; snapshot.base.len()];
        self.own.margins(&rows, &mut own);
        (self.corrected.iter().map(of).collect(), own)
    }
}

/// Rows on which challengers learn, at most: they take their time, and are there to be compared with.
const MOST_CHALLENGED: usize = 6_000;

/// What simpler learners say of a snapshot after learning from the same rows as the trees: their names, and
/// probabilities of no order.
pub(crate) fn challengers(
    snapshots: &[&Snapshot],
    judged: &Snapshot,
    width: usize,
) -> Result<Vec<(&'static str, Vec<f64>)>, LearnError> {
    let each: Vec<&[f32]> = snapshots.iter().map(|one| one.rows.as_slice()).collect();
    let keep = shift::steady(width, &each, &judged.rows);
    let silent: Vec<bool> = snapshots.iter().flat_map(|one| one.silent.iter().copied()).collect();
    let rows: Vec<f32> = each.iter().flat_map(|rows| shift::mask(width, rows, &keep)).collect();
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
    learners.into_iter().map(say).collect()
}
