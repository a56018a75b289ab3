//! Fitting the base and the coefficients together, on covariates made comparable.

use linfa::DatasetBase;
use linfa::traits::Fit;
use ndarray::Array2;
use rayon::iter::{IntoParallelRefIterator, ParallelIterator};

use super::hyperparams::{Effect, ValidCovariateFitParams};
use super::{Coefficient, CovariateData, RatesByCovariates, WithCovariates};
use crate::fit::{Estimate, Family, Task, conclude, unit_of_time};
use crate::optimise::{Ladder, Objective, Optimum, maximise};
use crate::report::Fitted;
use crate::{BgNbd, BtydError, MbgNbd, ParetoNbd, RfmData};

/// Which parameters covariates act on, and in which direction.
pub(crate) trait Places: Family + RatesByCovariates {
    /// Alpha: a higher order rate is a lower alpha.
    const TRANSACTION: usize = 1;
    /// Place of what leaving depends on, and the sign of a coefficient on its logarithm.
    const LIFETIME: (usize, f64);
}

impl Places for ParetoNbd {
    const LIFETIME: (usize, f64) = (3, -1.0);
}

impl Places for BgNbd {
    const LIFETIME: (usize, f64) = (2, 1.0);
}

impl Places for MbgNbd {
    const LIFETIME: (usize, f64) = (2, 1.0);
}

/// One coefficient of the search: whose it is and what it acts on.
struct Slot {
    covariate: usize,
    on_transaction: bool,
    on_lifetime: bool,
}

impl Slot {
    /// In the order of CLVTools' tables: on leaving, on ordering, on both alike.
    fn all(effects: &[Effect]) -> Vec<Self> {
        let slots = |on_transaction: bool, on_lifetime: bool, of: &[Effect]| -> Vec<Self> {
            let with = effects.iter().enumerate().filter(|(_, effect)| of.contains(effect));
            with.map(|(covariate, _)| Self { covariate, on_transaction, on_lifetime }).collect()
        };
        let mut all = slots(false, true, &[Effect::Both, Effect::Lifetime]);
        all.extend(slots(true, false, &[Effect::Both, Effect::Transaction]));
        all.extend(slots(true, true, &[Effect::Equal]));
        all
    }

    fn name(&self, names: &[String]) -> String {
        let process = match (self.on_transaction, self.on_lifetime) {
            (true, true) => "constr",
            (true, false) => "trans",
            _ => "life",
        };
        format!("{process}.{}", names[self.covariate])
    }
}

impl<M: Places> Fit<CovariateData, (), BtydError> for ValidCovariateFitParams<M> {
    type Object = Fitted<WithCovariates<M>>;

    /// Maximises the likelihood over the base and the coefficients.
    ///
    /// # Errors
    /// When nobody ever came back, no time passed at all, an effect is set of no covariate, or the search ends
    /// away from a maximum.
    fn fit(&self, dataset: &DatasetBase<CovariateData, ()>) -> Result<Self::Object, BtydError> {
        let data = dataset.records();
        let slots = Slot::all(&self.effects(&data.names)?);
        let settings = self.search()?.into();
        let unit = unit_of_time(data.groups.iter().map(|(_, group)| group))?;
        let spreads: Vec<(f64, f64)> = (0..data.names.len()).map(|index| data.spread(index)).collect();
        let objective = Comparable::<M>::new(data, &slots, unit, &spreads);
        let orders = data.groups.iter().map(|(_, group)| group.mean_frequency() * group.customers());
        let orders: f64 = orders.sum();
        let starts: Vec<Vec<f64>> = M::starts(orders / data.customers())
            .iter()
            .map(|start| start.iter().map(|v| v.ln()).chain(slots.iter().map(|_| 0.0)).collect())
            .collect();
        let ladder = Ladder { rough: &objective, middle: &objective, full: &objective };
        let found = as_given::<M>(maximise(&ladder, &starts, settings), &slots, &spreads);
        let positive = (0..4).map(|index| {
            Estimate::positive(M::PARAMETERS[index], if M::IS_TIME[index] { unit } else { 1.0 })
        });
        let plain = slots.iter().map(|slot| Estimate::plain(slot.name(&data.names)));
        let task = Task {
            model: M::NAME,
            estimates: positive.chain(plain).collect(),
            log_likelihood: found.value * data.customers() - orders * unit.ln(),
            customers: data.customers(),
            distinct: data.distinct(),
            starts: starts.len(),
            tolerance: settings.tolerance,
        };
        let (values, report) = conclude(&found, task)?;
        let base = M::from_parameters(std::array::from_fn(|index| values[index]))?;
        let mut coefficients: Vec<Coefficient> = data.names.iter().map(|name| none(name)).collect();
        for (slot, value) in slots.iter().zip(&values[4..]) {
            let coefficient = &mut coefficients[slot.covariate];
            coefficient.transaction += if slot.on_transaction { *value } else { 0.0 };
            coefficient.lifetime += if slot.on_lifetime { *value } else { 0.0 };
        }
        Ok(Fitted { model: WithCovariates::new(base, coefficients)?, report })
    }
}

fn none(name: &str) -> Coefficient {
    Coefficient { name: name.to_owned(), transaction: 0.0, lifetime: 0.0 }
}

/// Back from comparable covariates, `(z - mean) / deviation`, to the given ones: coefficients are divided by the
/// deviation, and the base is moved from the means to 0.
fn as_given<M: Places>(mut found: Optimum, slots: &[Slot], spreads: &[(f64, f64)]) -> Optimum {
    let n = found.theta.len();
    let mut back = Array2::<f64>::eye(n);
    for (index, slot) in slots.iter().enumerate() {
        let (mean, deviation) = spreads[slot.covariate];
        let column = 4 + index;
        back[(column, column)] = deviation.recip();
        if slot.on_transaction {
            back[(M::TRANSACTION, column)] = mean / deviation;
        }
        if slot.on_lifetime {
            back[(M::LIFETIME.0, column)] = -M::LIFETIME.1 * mean / deviation;
        }
    }
    let theta = (0..n).map(|row| (0..n).map(|column| back[(row, column)] * found.theta[column]).sum());
    found.theta = theta.collect();
    found.covariance = found.covariance.map(|covariance| back.dot(&covariance).dot(&back.t()));
    found
}

/// Mean log-likelihood over the log parameters and the coefficients of comparable covariates.
struct Comparable<'a, M> {
    groups: Vec<(Vec<f64>, RfmData)>,
    slots: &'a [Slot],
    customers: f64,
    model: std::marker::PhantomData<fn() -> M>,
}

impl<'a, M: Places> Comparable<'a, M> {
    fn new(data: &CovariateData, slots: &'a [Slot], unit: f64, spreads: &[(f64, f64)]) -> Self {
        let comparable = |values: &[f64]| {
            values.iter().zip(spreads).map(|(value, (mean, deviation))| (value - mean) / deviation).collect()
        };
        let groups = data.groups.iter().map(|(values, group)| (comparable(values), group.in_units_of(unit)));
        let customers = data.customers();
        Self { groups: groups.collect(), slots, customers, model: std::marker::PhantomData }
    }

    fn of_group(&self, theta: &[f64], values: &[f64], group: &RfmData) -> (f64, Vec<f64>) {
        let (place, sign) = M::LIFETIME;
        let mut logs: [f64; 4] = std::array::from_fn(|index| theta[index]);
        for (slot, coefficient) in self.slots.iter().zip(&theta[4..]) {
            let effect = coefficient * values[slot.covariate];
            logs[M::TRANSACTION] -= if slot.on_transaction { effect } else { 0.0 };
            logs[place] += if slot.on_lifetime { sign * effect } else { 0.0 };
        }
        let parameters = logs.map(|log| log.clamp(-30.0, 30.0).exp());
        let (value, gradient) = M::log_likelihood(parameters, group);
        let mut over: Vec<f64> = (0..4).map(|index| gradient[index] * parameters[index]).collect();
        let (transaction, lifetime) = (-over[M::TRANSACTION], sign * over[place]);
        over.extend(self.slots.iter().map(|slot| {
            let both = if slot.on_transaction { transaction } else { 0.0 };
            (both + if slot.on_lifetime { lifetime } else { 0.0 }) * values[slot.covariate]
        }));
        (value, over)
    }
}

impl<M: Places> Objective for Comparable<'_, M> {
    fn evaluate(&self, theta: &[f64]) -> (f64, Vec<f64>) {
        let of_group = |(values, group): &(Vec<f64>, RfmData)| self.of_group(theta, values, group);
        // In parallel, added up in the order of the groups.
        let parts: Vec<(f64, Vec<f64>)> = self.groups.par_iter().map(of_group).collect();
        let mut total = (0.0, vec![0.0; theta.len()]);
        for (value, gradient) in parts {
            total.0 += value / self.customers;
            for (sum, one) in total.1.iter_mut().zip(gradient) {
                *sum += one / self.customers;
            }
        }
        total
    }
}
