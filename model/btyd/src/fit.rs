//! From settings and data to a fitted purchase model: the same path for the three of them.

use linfa::DatasetBase;
use linfa::traits::Fit;
use rayon::iter::{IndexedParallelIterator, ParallelIterator};
use rayon::slice::ParallelSlice;

use crate::data::{Node, Row};
use crate::hyperparams::ValidFitParams;
use crate::optimise::{Ladder, Objective, Optimum, Settings, maximise};
use crate::report::{FitReport, Fitted, Parameter, Parameters};
use crate::{BtydError, RfmData};

/// What a purchase model brings for its own fit; parameters come as four natural values with times in `unit`s.
pub(crate) trait Family: Sized {
    /// Name in messages.
    const NAME: &'static str;
    /// The papers' parameter names.
    const PARAMETERS: [&'static str; 4];
    /// Which of them are times (they scale with the unit).
    const IS_TIME: [bool; 4];

    /// Places to start from, given the mean purchases and taking the mean age as 1.
    fn starts(mean_frequency: f64) -> Vec<[f64; 4]>;

    /// Weighted sum of log-likelihoods and its gradient over the natural parameters.
    fn log_likelihood(parameters: [f64; 4], data: &RfmData) -> (f64, [f64; 4]);

    /// The model at checked parameters.
    fn from_parameters(parameters: [f64; 4]) -> Result<Self, BtydError>;
}

/// Rows enough to tell the starts apart; the rest only costs time.
const ROUGH_ROWS: usize = 500;

/// Rows enough for the curvature: standard errors come out within about half a hundredth of those of all rows.
const MIDDLE_ROWS: usize = 50_000;

impl<M: Family> Fit<RfmData, (), BtydError> for ValidFitParams<M> {
    type Object = Fitted<M>;

    /// Maximises the likelihood.
    ///
    /// # Errors
    /// When nobody ever came back, no time passed at all, or the search ends away from a maximum.
    fn fit(&self, dataset: &DatasetBase<RfmData, ()>) -> Result<Fitted<M>, BtydError> {
        let data = dataset.records();
        let mean_frequency = data.mean_frequency();
        if mean_frequency <= 0.0 {
            return Err(BtydError::NoRepeatPurchase { customers: data.customers() as usize });
        }
        let unit = data.mean_age();
        // Time is counted in this unit.
        if unit <= 0.0 {
            return Err(BtydError::NoTimePassed { customers: data.customers() as usize });
        }
        let scaled = data.in_units_of(unit);
        let starts: Vec<Vec<f64>> =
            M::starts(mean_frequency).iter().map(|start| start.iter().map(|v| v.ln()).collect()).collect();
        let settings = Settings {
            penalizer: self.penalizer,
            tolerance: self.tolerance,
            max_iterations: self.max_iterations,
        };
        // A sample no smaller than the data is the data.
        let sample = |rows: usize| (data.distinct() > 2 * rows).then(|| scaled.thinned(rows));
        let (rough, middle) = (sample(ROUGH_ROWS), sample(MIDDLE_ROWS));
        let middle = middle.as_ref().unwrap_or(&scaled);
        let ladder = Ladder {
            rough: &MeanLikelihood::<M>::new(rough.as_ref().unwrap_or(middle)),
            middle: &MeanLikelihood::new(middle),
            full: &MeanLikelihood::new(&scaled),
        };
        let found = maximise(&ladder, &starts, settings);
        let report = report::<M>(&found, data, unit, starts.len());
        if !found.value.is_finite() || found.gradient_max > self.tolerance {
            let (model, tolerance) = (M::NAME, self.tolerance);
            return Err(BtydError::NotConverged { model, tolerance, report: Box::new(report) });
        }
        let parameters = std::array::from_fn(|index| report.parameters.0[index].value);
        Ok(Fitted { model: M::from_parameters(parameters)?, report })
    }
}

fn report<M: Family>(found: &Optimum, data: &RfmData, unit: f64, starts: usize) -> FitReport {
    let parameter = |index: usize| {
        let scale = if M::IS_TIME[index] { unit } else { 1.0 };
        let value = found.theta[index].exp() * scale;
        let variance = found.covariance.as_ref().map(|matrix| matrix[(index, index)] / data.customers());
        Parameter {
            name: M::PARAMETERS[index].to_owned(),
            value,
            // Delta method: the parameter is the exponential of what was estimated.
            standard_error: variance.map(|variance| value * variance.sqrt()),
        }
    };
    // A density of x purchase times has the unit time^-x.
    let per_customer = found.value - data.mean_frequency() * unit.ln();
    FitReport {
        model: M::NAME.to_owned(),
        parameters: Parameters((0..4).map(parameter).collect()),
        log_likelihood: per_customer * data.customers(),
        customers: data.customers(),
        distinct: data.distinct(),
        starts,
        iterations: found.iterations,
        evaluations: found.evaluations,
        gradient_max: found.gradient_max,
    }
}

/// The mean log-likelihood of a model over its log parameters.
struct MeanLikelihood<'a, M> {
    data: &'a RfmData,
    model: std::marker::PhantomData<M>,
}

impl<'a, M: Family> MeanLikelihood<'a, M> {
    const fn new(data: &'a RfmData) -> Self {
        Self { data, model: std::marker::PhantomData }
    }
}

impl<M: Family> Objective for MeanLikelihood<'_, M> {
    fn evaluate(&self, theta: &[f64]) -> (f64, Vec<f64>) {
        let parameters: [f64; 4] = std::array::from_fn(|index| theta[index].exp());
        let (sum, gradient) = M::log_likelihood(parameters, self.data);
        let customers = self.data.customers();
        let over_log = |index: usize| gradient[index] * parameters[index] / customers;
        (sum / customers, (0..4).map(over_log).collect())
    }
}

/// Rows in a piece of work: fixed, so that sums come out the same on any number of threads.
const PIECE: usize = 16_384;

/// Adds up a value and a gradient over rows, in the same order on any number of threads.
pub(crate) fn sum_rows(rows: &[Row], each: impl Fn(&Row) -> (f64, [f64; 4]) + Sync) -> (f64, [f64; 4]) {
    let piece = |rows: &[Row]| {
        let mut total = (0.0, [0.0; 4]);
        for row in rows {
            let (value, gradient) = each(row);
            total.0 += row.weight * value;
            for (sum, one) in total.1.iter_mut().zip(gradient) {
                *sum += row.weight * one;
            }
        }
        total
    };
    if rows.len() <= PIECE {
        return piece(rows);
    }
    let pieces: Vec<(f64, [f64; 4])> = rows.par_chunks(PIECE).map(piece).collect();
    pieces.iter().fold((0.0, [0.0; 4]), |sum, one| {
        (sum.0 + one.0, std::array::from_fn(|index| sum.1[index] + one.1[index]))
    })
}

/// Computes something at every node.
pub(crate) fn at_nodes<T: Send>(nodes: &[Node], each: impl Fn(&Node) -> T + Sync + Send) -> Vec<T> {
    if nodes.len() <= PIECE / 4 {
        return nodes.iter().map(each).collect();
    }
    use rayon::iter::IntoParallelRefIterator;
    nodes.par_iter().with_min_len(1_024).map(each).collect()
}
