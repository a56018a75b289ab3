//! Gamma-Gamma held to the mean of the data, where the likelihood alone has none.

use linfa::DatasetBase;

use super::{GammaGamma, MODEL, MeanLikelihood, NAMES, SpendData};
use crate::BtydError;
use crate::fit::{Estimate, Task, conclude};
use crate::hyperparams::ValidFitParams;
use crate::optimise::{Ladder, Objective, maximise};
use crate::report::{Fitted, Parameter};

impl ValidFitParams<GammaGamma> {
    /// Maximises the likelihood over p and v, with q such that the population's mean is the mean of the customers'
    /// means: `q = 1 + p v / mean`.
    ///
    /// Where a few spend hundreds of times what others do, the likelihood alone is highest at a q below 1: a law of
    /// means that has no mean, and says of a newcomer that an order is worth more than all the shop ever sold. The mean
    /// of those who paid is known, so the law is held to it; it moves customers as far towards it as their orders are
    /// few.
    ///
    /// ```
    /// use linfa::{DatasetBase, ParamGuard};
    /// use tenure_btyd::{GammaGamma, SpendData};
    /// // Means like 1 / u: a tail of index 1.
    /// let rows: Vec<(u32, f64)> = (1..=200).map(|place| (2, 2_000.0 / f64::from(place))).collect();
    /// let mean = rows.iter().map(|(_, mean)| mean).sum::<f64>() / 200.0;
    /// let data = DatasetBase::new(SpendData::new(rows)?, ());
    /// let fitted = GammaGamma::params().check()?.fit_to_mean(&data)?;
    /// assert!((fitted.model.population_mean() / mean - 1.0).abs() < 1e-9);
    /// # Ok::<(), tenure_btyd::BtydError>(())
    /// ```
    ///
    /// # Errors
    /// When the search ends away from a maximum.
    pub fn fit_to_mean(&self, dataset: &DatasetBase<SpendData, ()>) -> Result<Fitted<GammaGamma>, BtydError> {
        let rows = &dataset.records().rows;
        let customers = rows.len() as f64;
        let mean = rows.iter().map(|(_, mean)| mean).sum::<f64>() / customers;
        let objective = ToMean(MeanLikelihood::new(rows, mean));
        let starts: Vec<Vec<f64>> = [[1.0, 1.0], [5.0, 0.5], [0.8, 0.1]]
            .iter()
            .map(|start: &[f64; 2]| start.map(f64::ln).to_vec())
            .collect();
        let ladder = Ladder { rough: &objective, middle: &objective, full: &objective };
        let found = maximise(&ladder, &starts, self.into());
        let task = Task {
            model: MODEL,
            estimates: vec![Estimate::positive(NAMES[0], 1.0), Estimate::positive(NAMES[2], mean)],
            log_likelihood: (found.value - mean.ln()) * customers,
            customers,
            distinct: rows.len(),
            starts: starts.len(),
            tolerance: self.tolerance,
        };
        let (values, mut report) = conclude(&found, task)?;
        let (p, v) = (values[0], values[1]);
        let q = 1.0 + p * v / mean;
        report
            .parameters
            .0
            .insert(1, Parameter { name: NAMES[1].to_owned(), value: q, standard_error: None });
        Ok(Fitted { model: GammaGamma::new(p, q, v)?, report })
    }
}

/// The likelihood over `(ln p, ln v)`, amounts in units of their mean.
struct ToMean(MeanLikelihood);

impl Objective for ToMean {
    fn evaluate(&self, theta: &[f64]) -> (f64, Vec<f64>) {
        let product = (theta[0] + theta[1]).exp();
        let (value, gradient) = self.0.evaluate(&[theta[0], product.ln_1p(), theta[1]]);
        // Of ln q over either logarithm.
        let slope = product / (1.0 + product);
        (value, vec![gradient[0] + slope * gradient[1], gradient[2] + slope * gradient[1]])
    }
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;
    use linfa::ParamGuard;
    use linfa::traits::Fit;

    use super::*;

    /// Means like `scale / u^power`, u even in (0, 1), each of two orders.
    fn tail(power: f64, scale: f64) -> DatasetBase<SpendData, ()> {
        let rows = (0..400).map(|place| (2, scale * (400.0 / (f64::from(place) + 0.5)).powf(power)));
        DatasetBase::new(SpendData::new(rows).unwrap(), ())
    }

    fn held(data: &DatasetBase<SpendData, ()>) -> Fitted<GammaGamma> {
        GammaGamma::params().check().unwrap().fit_to_mean(data).unwrap()
    }

    #[test]
    fn where_the_likelihood_has_no_mean_it_is_that_of_the_data() {
        let data = tail(1.5, 50.0);
        assert!(GammaGamma::params().fit(&data).is_err());
        let fitted = held(&data);
        let rows = &data.records().rows;
        let mean = rows.iter().map(|(_, mean)| mean).sum::<f64>() / rows.len() as f64;
        assert_relative_eq!(fitted.model.population_mean(), mean, max_relative = 1e-9);
        let [_, q, _] = fitted.model.parameters();
        assert!(q > 1.0 && fitted.report.parameters.0[1].value == q);
        // Of those who ordered twice the smallest is raised, by less than the mean that the few have.
        let smallest = rows[0].1;
        let expected = fitted.model.expected_spend(2, smallest);
        assert!(smallest < expected && expected < mean, "{smallest} {expected} {mean}");
    }

    #[test]
    fn where_the_likelihood_has_the_mean_of_the_data_nothing_changes() {
        let data = tail(0.25, 30.0);
        let free = GammaGamma::params().fit(&data).unwrap();
        let held = held(&data);
        assert!(held.report.log_likelihood <= free.report.log_likelihood + 1e-6);
        assert_relative_eq!(held.model.population_mean(), free.model.population_mean(), max_relative = 0.05);
        assert_relative_eq!(
            held.model.expected_spend(3, 40.0),
            free.model.expected_spend(3, 40.0),
            max_relative = 0.02
        );
    }

    #[test]
    fn another_unit_of_money_is_the_same_law() {
        let (dollars, cents) = (held(&tail(1.2, 5.0)), held(&tail(1.2, 500.0)));
        assert_relative_eq!(
            100.0 * dollars.model.expected_spend(2, 7.0),
            cents.model.expected_spend(2, 700.0),
            max_relative = 1e-6
        );
    }

    #[test]
    fn gradients_match_finite_differences() {
        let data = tail(1.5, 1.0);
        let objective = ToMean(MeanLikelihood::new(&data.records().rows, 20.0));
        let at = [0.3, -0.7];
        let (_, gradient) = objective.evaluate(&at);
        for index in 0..2 {
            let shifted = |by: f64| {
                let mut moved = at;
                moved[index] += by;
                objective.evaluate(&moved).0
            };
            assert_relative_eq!(
                gradient[index],
                (shifted(1e-5) - shifted(-1e-5)) / 2e-5,
                max_relative = 1e-6
            );
        }
    }
}
