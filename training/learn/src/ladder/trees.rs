//! Trees that correct the purchase model, and how many of them help.

use tenure_bundle::{Base, FromPurchases};
use tenure_predict::{Learned, LogitShift, Target, TreeEnsemble};

use super::shift::{self, Rows};
use super::snapshot::Snapshot;
use crate::LearnError;
use crate::learners::{Binned, Boosted, Table};

/// How far boosting is tried: none is the purchase model as it is.
pub(crate) const ROUNDS: [usize; 6] = [0, 5, 12, 25, 50, 80];

/// The place among [`ROUNDS`] up to which past dates look first: seldom do more trees help.
pub(crate) const FIRST_LOOK: usize = 4;

/// The usual settings of trees that correct a model: small steps of small trees. The purchase model has said most
/// already, and outcomes of one customer at neighbouring dates overlap, so rows are worth less than their number. Each
/// tree sees half of them and half of the columns, many of which say nearly the same.
pub(crate) fn usual() -> Boosted {
    Boosted {
        rounds: ROUNDS[ROUNDS.len() - 1],
        eta: 0.1,
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
    settings: &'a Boosted,
    /// Whether boosting from the rows alone is made as well; without, it says nothing.
    own: bool,
    /// The last places among [`ROUNDS`] that are wanted of churn and of spend. Trees come one after the other, so fewer
    /// of them are the first of more.
    churn: usize,
    spend: usize,
}

/// Boosting from nothing, of which a share may be taken: it finds what the purchase model cannot say.
static OWN_LEARNER: Boosted = Boosted {
    rounds: 60,
    eta: 0.1,
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
    if making.is_nothing() {
        return Path::none(width).map(Some);
    }
    let silent: Vec<bool> = snapshots.iter().flat_map(|one| one.silent.iter().copied()).collect();
    let spent: Vec<f32> =
        snapshots.iter().flat_map(|one| one.spent.iter().map(|value| *value as f32)).collect();
    let payers = spent.iter().filter(|value| **value > 0.0).count();
    let quiet = silent.iter().filter(|gone| **gone).count();
    if payers < LEAST_OF_EACH || quiet < LEAST_OF_EACH {
        return Ok(None);
    }
    let Rows { keep, rows } = Rows::of(snapshots, now, width);
    let base: Vec<&Base> = snapshots.iter().flat_map(|one| &one.base).collect();
    let labels: Vec<f32> = silent.iter().map(|gone| f32::from(u8::from(*gone))).collect();
    let offsets: Vec<f32> = base.iter().map(|base| base.churn_margin() as f32).collect();
    let table = Table::new(width, &rows, &labels, Target::Probability)?;
    let of_spend = || {
        // Those who sent all back as well, or their share would be predicted to pay.
        let buyers: Vec<usize> = (0..spent.len()).filter(|at| !silent[*at]).collect();
        let rows: Vec<f32> =
            buyers.iter().flat_map(|at| rows[at * width..(at + 1) * width].iter().copied()).collect();
        // Spend that a gamma law allows, and next to nothing.
        let least = LEAST_SPEND * spent.iter().filter(|value| **value > 0.0).sum::<f32>() / payers as f32;
        let labels: Vec<f32> = buyers.iter().map(|at| spent[*at].max(least)).collect();
        let offsets: Vec<f32> = buyers.iter().map(|at| base[*at].spend_margin() as f32).collect();
        let table = Table::new(width, &rows, &labels, Target::Positive)?;
        making.path(&Binned::new(&table)?, &offsets, making.spend)
    };
    let (of_churn, spend) = rayon::join(|| making.both(&table, &offsets), of_spend);
    let (churn, own) = of_churn?;
    Ok(Some(Path { keep, churn, spend: spend?, own }))
}

impl Path {
    /// No trees at all: the purchase model as it is.
    fn none(width: usize) -> Result<Self, LearnError> {
        let trees = || Ok::<_, LearnError>(TreeEnsemble::new(width, 0.0, &[])?);
        Ok(Self {
            keep: vec![true; width],
            churn: vec![trees()?],
            spend: vec![trees()?],
            own: Learned::Trees(trees()?),
        })
    }
}

impl<'a> Making<'a> {
    /// No trees: what is judged is the purchase model and last year's level on it.
    pub(crate) const fn nothing(settings: &'a Boosted) -> Self {
        Self { settings, own: false, churn: 0, spend: 0 }
    }

    const fn is_nothing(self) -> bool {
        !self.own && self.churn == 0 && self.spend == 0
    }

    /// All there is, for past dates to choose from.
    pub(crate) const fn all(settings: &'a Boosted) -> Self {
        Self { settings, own: true, churn: ROUNDS.len() - 1, spend: ROUNDS.len() - 1 }
    }

    /// The same up to a place among [`ROUNDS`].
    pub(crate) const fn up_to(self, place: usize) -> Self {
        Self { churn: place, spend: place, ..self }
    }

    /// Without boosting from the rows alone.
    pub(crate) const fn corrections(settings: &'a Boosted) -> Self {
        Self { own: false, ..Self::all(settings) }
    }

    /// What was chosen, and no more: places among [`ROUNDS`] for churn and spend.
    pub(crate) const fn chosen(settings: &'a Boosted, (churn, spend): (usize, usize), own: bool) -> Self {
        Self { settings, own, churn, spend }
    }

    /// Trees that correct `offsets`, for each count of [`ROUNDS`] up to a place.
    fn path(self, rows: &Binned<'_>, offsets: &[f32], place: usize) -> Result<Vec<TreeEnsemble>, LearnError> {
        let counts = &ROUNDS[..=place];
        match self.settings.rounds.min(ROUNDS[place]) {
            0 => Ok(vec![no_trees(rows)?; counts.len()]),
            rounds => {
                let settings = Boosted { rounds, ..self.settings.clone() };
                rows.fit_path(&settings, Some(offsets), counts)
            }
        }
    }

    /// Trees of churn that correct `offsets`, and boosting from the rows alone: no trees, where that is not wanted.
    fn both(self, table: &Table<'_>, offsets: &[f32]) -> Result<(Vec<TreeEnsemble>, Learned), LearnError> {
        let rows = Binned::new(table)?;
        let own = || match self.own {
            true => rows
                .fit_path(&OWN_LEARNER, None, &[OWN_LEARNER.rounds])?
                .pop()
                .map_or_else(|| no_trees(&rows), Ok),
            false => no_trees(&rows),
        };
        let (corrected, own) = rayon::join(|| self.path(&rows, offsets, self.churn), own);
        Ok((corrected?, Learned::Trees(own?)))
    }
}

fn no_trees(rows: &Binned<'_>) -> Result<TreeEnsemble, LearnError> {
    Ok(TreeEnsemble::new(rows.features(), 0.0, &[])?)
}

/// Fewer rows of either outcome teach nothing that the purchase model does not know.
pub(crate) const LEAST_OF_EACH: usize = 200;

/// The least that counts as spend, of the mean.
const LEAST_SPEND: f32 = 1e-3;

/// What a path says of one snapshot, for every count of rounds.
#[derive(Debug)]
pub(crate) struct Margins {
    pub(crate) churn: Vec<Vec<f64>>,
    pub(crate) spend: Vec<Vec<f64>>,
    /// Of boosting from the rows alone, less the purchase model's margin.
    pub(crate) own: Vec<f64>,
    /// The purchase model's own line there, for where trees do not correct churn.
    pub(crate) line: LogitShift,
}

impl Margins {
    pub(crate) fn of(path: &Path, snapshot: &Snapshot) -> Self {
        let rows = shift::mask(path.keep.len(), &snapshot.rows, &path.keep);
        let of = |trees: &[TreeEnsemble]| each_of(trees, &rows, snapshot.base.len());
        let mut own = vec![0.0; snapshot.base.len()];
        path.own.margins(&rows, &mut own);
        own.iter_mut().zip(&snapshot.base).for_each(|(margin, base)| *margin -= base.churn_margin());
        Self { churn: of(&path.churn), spend: of(&path.spend), own, line: LogitShift::IDENTITY }
    }
}

/// The margins of every row by each ensemble, in the order of the ensembles.
fn each_of(ensembles: &[TreeEnsemble], rows: &[f32], customers: usize) -> Vec<Vec<f64>> {
    let of = |trees: &TreeEnsemble| {
        let mut margins = vec![0.0; customers];
        trees.margins(rows, &mut margins);
        margins
    };
    ensembles.iter().map(of).collect()
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
    let Rows { keep, rows } = Rows::of(snapshots, now, width);
    let labels: Vec<f32> = churned.iter().map(|held| f32::from(u8::from(*held))).collect();
    let base = snapshots.iter().flat_map(|one| &one.base);
    let offsets: Vec<f32> = base.map(|base| line.margin(base.churn_margin()) as f32).collect();
    let table = Table::new(width, &rows, &labels, Target::Probability)?;
    let (corrected, own) = making.both(&table, &offsets)?;
    Ok(Some(ChurnPath { keep, corrected, own }))
}

impl ChurnPath {
    /// What trees add to the line for every count of rounds, and what boosting from the rows alone says.
    pub(crate) fn margins(&self, snapshot: &Snapshot) -> (Vec<Vec<f64>>, Vec<f64>) {
        let rows = shift::mask(self.keep.len(), &snapshot.rows, &self.keep);
        let mut own = vec![0.0; snapshot.base.len()];
        self.own.margins(&rows, &mut own);
        (each_of(&self.corrected, &rows, snapshot.base.len()), own)
    }
}
