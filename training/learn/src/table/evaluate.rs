//! How good a model of a table is: stratified cross-validation, again and again.

use rayon::prelude::*;
use serde::Serialize;
use tenure_predict::{ChurnMeasures, Target, churn_measures};

use super::columns::Question;
use super::fit::{Encoded, train_rows};
use super::folds::deal;
use super::raw::refuse;
use super::{RawTable, TableRecipe};
use crate::LearnError;

/// What cross-validation found.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TableEvaluation {
    /// Rows judged.
    pub rows: usize,
    /// How many of them say it happened.
    pub positives: usize,
    /// Folds.
    pub folds: usize,
    /// Times the rows were dealt anew.
    pub repeats: usize,
    /// The stack, each of its members alone, and the naive rate, in this order.
    pub candidates: Vec<TableMeasures>,
}

/// How one candidate did, on rows it had not seen.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TableMeasures {
    /// Its name.
    pub name: String,
    /// Area under the ROC curve: mean over all folds of all repeats.
    pub auc: f64,
    /// Standard deviation of the folds' AUC.
    pub auc_deviation: f64,
    /// Mean log loss.
    pub log_loss: f64,
    /// Mean Brier score.
    pub brier: f64,
    /// Calibration error over all rows, mean over the repeats.
    pub calibration_error: f64,
    /// Mean weight in the stack; 1 for the stack itself.
    pub weight: f64,
}

/// What the candidates said of the rows of one fold: log-odds and weights, by candidate.
struct Said {
    repeat: usize,
    labels: Vec<f32>,
    margins: Vec<Vec<f64>>,
    weights: Vec<f64>,
}

const CANDIDATES: [&str; 5] = ["stack", "boosted", "logistic", "forest", "naive_rate"];

/// Trains on all folds but one, judges on that one, for every fold and `repeats` deals of the rows. Columns, weights
/// and level are found anew each time, from the rows trained on alone. `done` hears after each fold.
///
/// # Errors
/// As [`train_table`](super::train_table); also when there are fewer than 2 folds or no repeat, or more folds than
/// rows of an outcome.
pub fn evaluate_table(
    table: &RawTable,
    recipe: &TableRecipe,
    folds: usize,
    repeats: usize,
    done: &(dyn Fn() + Sync),
) -> Result<TableEvaluation, LearnError> {
    let question = Question::new(table, recipe)?;
    let labels: Vec<f32> = question.rows.iter().map(|row| question.label(table, *row)).collect();
    let positives = labels.iter().filter(|label| **label > 0.5).count();
    let fewest = positives.min(labels.len() - positives);
    if folds < 2 || repeats < 1 || fewest < folds {
        return Err(refuse(format!(
            "{folds} folds, {repeats} repeats and {fewest} rows of the rarer outcome: at least 2 folds, 1 repeat and \
             a row of either outcome for each fold are needed"
        )));
    }
    let deals: Vec<Vec<usize>> =
        (0..repeats).map(|repeat| deal(&labels, folds, recipe.seed + 1 + repeat as u64)).collect();
    let tasks: Vec<(usize, usize)> =
        (0..repeats).flat_map(|repeat| (0..folds).map(move |fold| (repeat, fold))).collect();
    let said: Result<Vec<Said>, LearnError> = tasks
        .par_iter()
        .map(|(repeat, fold)| {
            let side = |inside: bool| -> Vec<usize> {
                let here =
                    question.rows.iter().zip(&deals[*repeat]).filter(|(_, at)| (*at == fold) == inside);
                here.map(|(row, _)| *row).collect()
            };
            let said = judge(table, recipe, &question, &side(false), &side(true))?;
            done();
            Ok(Said { repeat: *repeat, ..said })
        })
        .collect();
    let said = said?;
    let candidates: Result<Vec<_>, _> = (0..CANDIDATES.len()).map(|at| measure(at, &said, repeats)).collect();
    Ok(TableEvaluation { rows: labels.len(), positives, folds, repeats, candidates: candidates? })
}

fn judge(
    table: &RawTable,
    recipe: &TableRecipe,
    question: &Question,
    train: &[usize],
    test: &[usize],
) -> Result<Said, LearnError> {
    let (trained, members) = train_rows(table, recipe, question, train)?;
    let model = &trained.model;
    let data = Encoded::new(table, question, model.columns(), test);
    let mut stack = vec![0.0; test.len()];
    model.log_odds(&data.rows, &mut stack);
    let rate = Target::Probability.margin(trained.positives as f64 / trained.rows as f64);
    let mut said = Said { repeat: 0, labels: data.labels, margins: vec![stack], weights: vec![1.0] };
    for member in &members {
        let mut margins = vec![0.0; test.len()];
        member.learned.margins(&data.rows, &mut margins);
        said.margins.push(margins);
        said.weights.push(member.weight);
    }
    said.margins.push(vec![rate; test.len()]);
    said.weights.push(0.0);
    Ok(said)
}

fn measure(candidate: usize, said: &[Said], repeats: usize) -> Result<TableMeasures, LearnError> {
    let measures_of = |parts: &[&Said]| -> Result<ChurnMeasures, LearnError> {
        let outcomes: Vec<bool> =
            parts.iter().flat_map(|one| &one.labels).map(|label| *label > 0.5).collect();
        let margins = parts.iter().flat_map(|one| &one.margins[candidate]);
        let probabilities: Vec<f64> = margins.map(|margin| Target::Probability.prediction(*margin)).collect();
        Ok(churn_measures(&outcomes, &probabilities)?)
    };
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len().max(1) as f64;
    let aucs: Result<Vec<f64>, LearnError> =
        said.iter().map(|one| Ok(measures_of(&[one])?.auc.unwrap_or(0.5))).collect();
    let aucs = aucs?;
    let by_repeat: Vec<Vec<&Said>> =
        (0..repeats).map(|repeat| said.iter().filter(|one| one.repeat == repeat).collect()).collect();
    let whole: Result<Vec<ChurnMeasures>, LearnError> =
        by_repeat.iter().map(|parts| measures_of(parts)).collect();
    let whole = whole?;
    let over = |pick: fn(&ChurnMeasures) -> f64| mean(&whole.iter().map(pick).collect::<Vec<_>>());
    let auc = mean(&aucs);
    let squares: Vec<f64> = aucs.iter().map(|one| (one - auc) * (one - auc)).collect();
    let weights: Vec<f64> = said.iter().map(|one| one.weights[candidate]).collect();
    Ok(TableMeasures {
        name: CANDIDATES[candidate].to_owned(),
        auc,
        auc_deviation: mean(&squares).sqrt(),
        log_loss: over(|one| one.log_loss),
        brier: over(|one| one.brier),
        calibration_error: over(|one| one.calibration_error),
        weight: mean(&weights),
    })
}
