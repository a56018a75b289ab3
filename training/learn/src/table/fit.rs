//! From a table to a model: three learners, heard together as their inner cross-validation says.

use std::collections::BTreeMap;

use rayon::prelude::*;
use tenure_behaviour::{OccasionRule, SummaryRule};
use tenure_bundle::{DataFingerprint, Digest, FeatureSchema, Manifest, TableQuestion, TableScorer};
use tenure_core::{AsOf, Currency, DiscountRate, Horizon, TimeZone, Timestamp};
use tenure_predict::{Columns, Learned, LogitShift, Member, TableModel, Target};

use super::columns::{Question, find};
use super::folds::deal;
use super::{RawTable, TableRecipe};
use crate::LearnError;
use crate::counted::counted;
use crate::learners::{Learner, Table};

/// Folds by which learners are weighed.
const INNER_FOLDS: usize = 5;

/// Weights are multiples of one over this.
const STEPS: usize = 10;

/// With fewer rows, the level of cross-validated predictions is mostly noise.
const LEAST_ROWS_FOR_LEVEL: usize = 500;

/// A model of a table, and what to know about it.
#[derive(Clone, Debug, PartialEq)]
pub struct TrainedTable {
    /// The model.
    pub model: TableModel,
    /// The value of the target whose probability it gives.
    pub positive: String,
    /// Rows learned from.
    pub rows: usize,
    /// How many of them say it happened.
    pub positives: usize,
    /// Remarks for people: columns left out and why, what was missing.
    pub notes: Vec<String>,
}

impl TrainedTable {
    /// The bundle, as bytes. `as_of` is the day the table shows, if that is known.
    ///
    /// # Errors
    /// [`LearnError::Bundle`] when it would be larger than a bundle may be.
    pub fn to_bundle(
        &self,
        table: &RawTable,
        recipe: &TableRecipe,
        as_of: Option<AsOf>,
        horizon: Horizon,
    ) -> Result<Vec<u8>, LearnError> {
        // What `Manifest::is_undated` takes for no day at all: the clock's would give other bytes tomorrow.
        let epoch = Timestamp::from_microseconds(0)?;
        let day = as_of.unwrap_or(AsOf::new(epoch));
        let columns = self.model.columns();
        let schema: Vec<String> = columns.columns().iter().map(|column| format!("{column:?}")).collect();
        let data = DataFingerprint {
            customers: self.rows as u64,
            orders: 0,
            refunds: 0,
            first_event: day.instant(),
            last_event: day.instant(),
            sha256: Digest::of(&table.canonical()),
        };
        let manifest = Manifest {
            format_version: tenure_bundle::FORMAT_VERSION,
            model_version: String::new(),
            model: "table".to_owned(),
            as_of: day,
            horizon,
            horizons: vec![horizon],
            clv_horizon: horizon,
            discount_rate: DiscountRate::ZERO,
            currency: Currency::USD,
            summary_rule: SummaryRule { occasion: OccasionRule::Order, time_zone: TimeZone::utc() },
            features: FeatureSchema {
                sources: Vec::new(),
                kinds: Vec::new(),
                schema_sha256: Digest::of(schema.join(",").as_bytes()),
            },
            backtest: Vec::new(),
            data,
            crates: BTreeMap::from([("tenure".to_owned(), env!("CARGO_PKG_VERSION").to_owned())]),
            notes: self.notes.clone(),
            parts: Vec::new(),
        };
        let question = TableQuestion {
            target: recipe.target.clone(),
            positive: self.positive.clone(),
            id: recipe.id.clone(),
        };
        Ok(TableScorer::to_bundle(manifest, &question, &self.model)?)
    }
}

/// Learns who leaves from a flat table.
///
/// # Errors
/// [`LearnError::Table`] when a column is not there, the target does not have two values, or no column can be learned
/// from; [`LearnError::Learner`] when a learner finds nothing to learn from.
pub fn train_table(table: &RawTable, recipe: &TableRecipe) -> Result<TrainedTable, LearnError> {
    let question = Question::new(table, recipe)?;
    let (mut trained, _) = train_rows(table, recipe, &question, &question.rows)?;
    let silent = table.rows() - question.rows.len();
    if silent > 0 {
        trained.notes.push(format!(
            "{} is blank in {}, from which nothing is learned",
            recipe.target,
            counted(silent, "row")
        ));
    }
    Ok(trained)
}

/// The log loss of boosted trees alone, as the recipe sets them, over rows that they have not seen: what a search for
/// better settings is to lower.
///
/// # Errors
/// As [`train_table`].
pub fn boosted_loss(table: &RawTable, recipe: &TableRecipe) -> Result<f64, LearnError> {
    let question = Question::new(table, recipe)?;
    let (columns, _) = find(table, recipe, &question.rows)?;
    let data = Encoded::new(table, &question, &columns, &question.rows);
    let apart = apart(&data, &[&recipe.boosted], recipe.seed)?;
    Ok(apart.first().map_or(f64::INFINITY, |margins| log_loss(margins, &data.labels)))
}

/// As [`train_table`], on some of the rows; also what each learner learned, heard in the model or not.
pub(super) fn train_rows(
    table: &RawTable,
    recipe: &TableRecipe,
    question: &Question,
    rows: &[usize],
) -> Result<(TrainedTable, Vec<Member>), LearnError> {
    let (columns, notes) = find(table, recipe, rows)?;
    let data = Encoded::new(table, question, &columns, rows);
    let learners: [&dyn Learner; 3] = [&recipe.boosted, &recipe.logistic, &recipe.forest];
    let apart = apart(&data, &learners, recipe.seed)?;
    let weights = weigh(&apart, &data.labels);
    let whole = data.table()?;
    let learned: Result<Vec<Learned>, LearnError> =
        learners.par_iter().map(|learner| learner.fit(&whole, None)).collect();
    let named = learners.iter().zip(learned?).zip(weights);
    let all: Vec<Member> = named
        .map(|((learner, learned), weight)| Member { name: learner.name().to_owned(), weight, learned })
        .collect();
    let level = level(&mixed(&apart, &weights), &data.labels);
    let positives = data.labels.iter().filter(|label| **label > 0.5).count();
    let heard = all.iter().filter(|member| member.weight > 0.0).cloned().collect();
    let model = TableModel::new(columns, heard, level)?;
    let trained =
        TrainedTable { model, positive: question.positive.clone(), rows: rows.len(), positives, notes };
    Ok((trained, all))
}

/// Rows as numbers.
pub(super) struct Encoded {
    features: usize,
    pub(super) rows: Vec<f32>,
    pub(super) labels: Vec<f32>,
}

impl Encoded {
    pub(super) fn new(table: &RawTable, question: &Question, columns: &Columns, rows: &[usize]) -> Self {
        let places: Vec<Option<usize>> =
            columns.columns().iter().map(|column| table.column(&column.name).ok()).collect();
        let mut numbers = Vec::with_capacity(rows.len() * columns.features());
        for row in rows {
            columns.encode(places.iter().map(|place| table.cell(*row, (*place)?)), &mut numbers);
        }
        let labels = rows.iter().map(|row| question.label(table, *row)).collect();
        Self { features: columns.features(), rows: numbers, labels }
    }

    fn table(&self) -> Result<Table<'_>, LearnError> {
        Table::new(self.features, &self.rows, &self.labels, Target::Probability)
    }

    fn part(&self, keep: impl Fn(usize) -> bool) -> Self {
        let kept: Vec<usize> = (0..self.labels.len()).filter(|row| keep(*row)).collect();
        let row = |row: &usize| &self.rows[row * self.features..][..self.features];
        Self {
            features: self.features,
            rows: kept.iter().flat_map(row).copied().collect(),
            labels: kept.iter().map(|row| self.labels[*row]).collect(),
        }
    }
}

/// What each learner says of each row when it has not seen its fold: log-odds, learner by learner.
fn apart(data: &Encoded, learners: &[&dyn Learner], seed: u64) -> Result<Vec<Vec<f64>>, LearnError> {
    let folds = deal(&data.labels, INNER_FOLDS, seed);
    let tasks: Vec<(usize, usize)> =
        (0..INNER_FOLDS).flat_map(|fold| (0..learners.len()).map(move |learner| (fold, learner))).collect();
    let said: Result<Vec<Vec<f64>>, LearnError> = tasks
        .par_iter()
        .map(|(fold, learner)| {
            let (train, test) = (data.part(|row| folds[row] != *fold), data.part(|row| folds[row] == *fold));
            let learned: Learned = learners[*learner].fit(&train.table()?, None)?;
            let mut margins = vec![0.0; test.labels.len()];
            learned.margins(&test.rows, &mut margins);
            Ok(margins)
        })
        .collect();
    let mut apart = vec![vec![0.0; data.labels.len()]; learners.len()];
    for ((fold, learner), margins) in tasks.iter().zip(said?) {
        let rows = (0..folds.len()).filter(|row| folds[*row] == *fold);
        rows.zip(margins).for_each(|(row, margin)| apart[*learner][row] = margin);
    }
    Ok(apart)
}

/// The weights, in steps, whose mixture has the least log loss.
fn weigh(apart: &[Vec<f64>], labels: &[f32]) -> [f64; 3] {
    let mut best = ([1.0, 0.0, 0.0], f64::INFINITY);
    for first in (0..=STEPS).rev() {
        for second in (0..=STEPS - first).rev() {
            let share = |steps: usize| steps as f64 / STEPS as f64;
            let weights = [share(first), share(second), share(STEPS - first - second)];
            let loss = log_loss(&mixed(apart, &weights), labels);
            if loss < best.1 - 1e-12 {
                best = (weights, loss);
            }
        }
    }
    best.0
}

fn mixed(apart: &[Vec<f64>], weights: &[f64; 3]) -> Vec<f64> {
    let rows = apart.first().map_or(0, Vec::len);
    (0..rows)
        .map(|row| apart.iter().zip(weights).map(|(margins, weight)| weight * margins[row]).sum())
        .collect()
}

/// Mean log loss of log-odds, so written that nothing overflows.
pub(super) fn log_loss(margins: &[f64], labels: &[f32]) -> f64 {
    let loss = |(margin, label): (&f64, &f32)| {
        let wrong = if *label > 0.5 { -margin } else { *margin };
        wrong.max(0.0) + (-wrong.abs()).exp().ln_1p()
    };
    margins.iter().zip(labels).map(loss).sum::<f64>() / labels.len() as f64
}

fn level(margins: &[f64], labels: &[f32]) -> LogitShift {
    if labels.len() < LEAST_ROWS_FOR_LEVEL {
        return LogitShift::IDENTITY;
    }
    let outcomes: Vec<bool> = labels.iter().map(|label| *label > 0.5).collect();
    let probabilities: Vec<f64> =
        margins.iter().map(|margin| Target::Probability.prediction(*margin)).collect();
    LogitShift::fit(&outcomes, &probabilities).unwrap_or(LogitShift::IDENTITY)
}
