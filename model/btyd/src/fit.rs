//! From settings and data to a fitted model: the same path for all of them.

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
        let shape = Shape {
            model: M::NAME,
            names: M::PARAMETERS,
            is_time: M::IS_TIME,
            starts: M::starts(data.mean_frequency()),
            times_per_order: 1.0,
        };
        let (parameters, report) = fit_rows(data, self.into(), &shape, M::log_likelihood)?;
        Ok(Fitted { model: M::from_parameters(parameters)?, report })
    }
}

/// What a fit of four parameters to rows must know of the model beside its likelihood.
pub(crate) struct Shape {
    pub(crate) model: &'static str,
    pub(crate) names: [&'static str; 4],
    /// Which parameters are times.
    pub(crate) is_time: [bool; 4],
    /// Where to start, taking the mean age as 1.
    pub(crate) starts: Vec<[f64; 4]>,
    /// The likelihood of a customer with x orders has the unit time to the power of minus x times this.
    pub(crate) times_per_order: f64,
}

/// Maximises a likelihood over `(x, t_x, T)`.
pub(crate) fn fit_rows<F>(
    data: &RfmData,
    settings: Settings,
    shape: &Shape,
    likelihood: F,
) -> Result<([f64; 4], FitReport), BtydError>
where
    F: Fn([f64; 4], &RfmData) -> (f64, [f64; 4]),
{
    let unit = unit_of_time([data].into_iter())?;
    let scaled = data.in_units_of(unit);
    let starts: Vec<Vec<f64>> =
        shape.starts.iter().map(|start| start.iter().map(|v| v.ln()).collect()).collect();
    // A sample no smaller than the data is the data.
    let sample = |rows: usize| (data.distinct() > 2 * rows).then(|| scaled.thinned(rows));
    let (rough, middle) = (sample(ROUGH_ROWS), sample(MIDDLE_ROWS));
    let middle = middle.as_ref().unwrap_or(&scaled);
    let ladder = Ladder {
        rough: &MeanLikelihood { data: rough.as_ref().unwrap_or(middle), likelihood: &likelihood },
        middle: &MeanLikelihood { data: middle, likelihood: &likelihood },
        full: &MeanLikelihood { data: &scaled, likelihood: &likelihood },
    };
    let found = maximise(&ladder, &starts, settings);
    let estimates = (0..4)
        .map(|index| Estimate::positive(shape.names[index], if shape.is_time[index] { unit } else { 1.0 }));
    // A density of x purchase times has the unit time^-x.
    let per_customer = found.value - data.mean_frequency() * shape.times_per_order * unit.ln();
    let task = Task {
        model: shape.model,
        estimates: estimates.collect(),
        log_likelihood: per_customer * data.customers(),
        customers: data.customers(),
        distinct: data.distinct(),
        starts: starts.len(),
        tolerance: settings.tolerance,
    };
    let (values, report) = conclude(&found, task)?;
    Ok((std::array::from_fn(|index| values[index]), report))
}

/// The mean age: time is counted in it during a search.
///
/// Refuses what says nothing: customers of whom none came back, or for whom no time has passed.
pub(crate) fn unit_of_time<'a>(groups: impl Iterator<Item = &'a RfmData>) -> Result<f64, BtydError> {
    let (mut customers, mut orders, mut ages) = (0.0, 0.0, 0.0);
    for group in groups {
        customers += group.customers();
        orders += group.mean_frequency() * group.customers();
        ages += group.mean_age() * group.customers();
    }
    if orders <= 0.0 {
        return Err(BtydError::NoRepeatPurchase { customers: customers as usize });
    }
    if ages <= 0.0 {
        return Err(BtydError::NoTimePassed { customers: customers as usize });
    }
    Ok(ages / customers)
}

/// One number of a search and how it reads outside.
pub(crate) struct Estimate {
    name: String,
    /// Above zero, and searched by its logarithm in this unit; otherwise it is what it is.
    unit: Option<f64>,
}

impl Estimate {
    /// Searched by its logarithm, in `unit`s.
    pub(crate) fn positive(name: &str, unit: f64) -> Self {
        Self { name: name.to_owned(), unit: Some(unit) }
    }

    /// Searched as it is.
    pub(crate) const fn plain(name: String) -> Self {
        Self { name, unit: None }
    }
}

/// What a search was about.
pub(crate) struct Task {
    pub(crate) model: &'static str,
    pub(crate) estimates: Vec<Estimate>,
    /// Of all customers, in the papers' units.
    pub(crate) log_likelihood: f64,
    pub(crate) customers: f64,
    pub(crate) distinct: usize,
    pub(crate) starts: usize,
    pub(crate) tolerance: f64,
}

/// Values and report of a search that ended at a maximum; an error with the report where it did not.
pub(crate) fn conclude(found: &Optimum, task: Task) -> Result<(Vec<f64>, FitReport), BtydError> {
    let parameter = |(index, estimate): (usize, Estimate)| {
        let value = estimate.unit.map_or(found.theta[index], |unit| found.theta[index].exp() * unit);
        // Delta method: a positive parameter is the exponential of what was estimated.
        let slope = estimate.unit.map_or(1.0, |_| value);
        let variance = found.covariance.as_ref().map(|matrix| matrix[(index, index)] / task.customers);
        let standard_error = variance.map(|variance| slope * variance.sqrt());
        Parameter { name: estimate.name, value, standard_error }
    };
    let parameters: Vec<Parameter> = task.estimates.into_iter().enumerate().map(parameter).collect();
    let report = FitReport {
        model: task.model.to_owned(),
        parameters: Parameters(parameters),
        log_likelihood: task.log_likelihood,
        customers: task.customers,
        distinct: task.distinct,
        starts: task.starts,
        iterations: found.iterations,
        evaluations: found.evaluations,
        gradient_max: found.gradient_max,
    };
    if !found.value.is_finite() || found.gradient_max > task.tolerance {
        let (model, tolerance) = (task.model, task.tolerance);
        return Err(BtydError::NotConverged { model, tolerance, report: Box::new(report) });
    }
    Ok((report.parameters.0.iter().map(|parameter| parameter.value).collect(), report))
}

/// The mean log-likelihood of a model over its log parameters.
struct MeanLikelihood<'a, F> {
    data: &'a RfmData,
    likelihood: &'a F,
}

impl<F: Fn([f64; 4], &RfmData) -> (f64, [f64; 4])> Objective for MeanLikelihood<'_, F> {
    fn evaluate(&self, theta: &[f64]) -> (f64, Vec<f64>) {
        let parameters: [f64; 4] = std::array::from_fn(|index| theta[index].exp());
        let (sum, gradient) = (self.likelihood)(parameters, self.data);
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
