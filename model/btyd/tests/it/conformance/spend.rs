//! Gamma-Gamma in the suite.

use linfa::DatasetBase;
use linfa::traits::Fit;
use proptest::prelude::*;
use tenure_btyd::{FitReport, GammaGamma, SpendData};

use super::family::{InUnits, Member};
use crate::support::{cdnow_spenders, simpson_between};

fn fit(customers: impl IntoIterator<Item = (u32, f64)>) -> FitReport {
    GammaGamma::params().fit(&DatasetBase::new(SpendData::new(customers).unwrap(), ())).unwrap().report
}

/// Probabilities of a mean of so many orders between some amounts: logarithms of amounts are integrated over.
fn shares(model: &GammaGamma, orders: u32) -> Vec<f64> {
    let density = |ln_mean: f64| (model.log_likelihood(orders, ln_mean.exp()) + ln_mean).exp();
    let spans = [-40.0, -4.0, 0.0, 2.0, 3.0, 4.0, 6.0, 10.0, 40.0];
    spans.windows(2).map(|span| simpson_between(span[0], span[1], density)).collect()
}

impl Member for GammaGamma {
    fn corners() -> Vec<Self> {
        [[6.25, 3.74, 15.44], [0.8, 1.6, 200.0], [40.0, 9.0, 3.0]]
            .map(|[p, q, v]| Self::new(p, q, v).unwrap())
            .into()
    }

    fn outcomes(&self) -> Vec<f64> {
        shares(self, 3)
    }

    /// The more orders stand behind a mean, the less counts the population's.
    fn falling(&self, orders: f64) -> Vec<f64> {
        let of =
            |mean: f64| (self.expected_spend(orders as u32, mean) - mean) / (self.population_mean() - mean);
        vec![of(self.population_mean() / 3.0), of(self.population_mean() * 5.0)]
    }

    /// Who has spent more is expected to spend more, and more orders bring the expectation nearer to it.
    fn rising(&self, mean: f64) -> Vec<f64> {
        let much = 1e3 * self.population_mean();
        vec![
            self.expected_spend(3, mean),
            self.expected_spend(1_000, mean),
            self.expected_spend(mean as u32, much),
        ]
    }

    fn log_likelihoods(&self, count: u32) -> Vec<f64> {
        [1e-3, 1.0, 35.0, 1e6].map(|mean| self.log_likelihood(count, mean)).into()
    }

    fn fit(copies: usize) -> FitReport {
        fit(cdnow_spenders().into_iter().flat_map(|customer| vec![customer; copies]))
    }
}

impl InUnits for GammaGamma {
    const SCALED: &'static [&'static str] = &["v"];

    fn fit_in_units(larger: f64) -> (FitReport, f64) {
        let customers = cdnow_spenders();
        let report = fit(customers.iter().map(|(orders, mean)| (*orders, larger * mean)));
        (report, customers.len() as f64)
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_parameters(
        p in 0.1_f64..50.0, q in 1.05_f64..20.0, v in 0.1_f64..500.0,
        orders in 1_u32..1_000, ln_mean in -6.0_f64..14.0,
    ) {
        let (model, mean) = (GammaGamma::new(p, q, v).unwrap(), ln_mean.exp());
        let expected = model.expected_spend(orders, mean);
        prop_assert!(model.log_likelihood(orders, mean).is_finite());
        let (low, high) = (mean.min(model.population_mean()), mean.max(model.population_mean()));
        prop_assert!(expected >= low * (1.0 - 1e-12) && expected <= high * (1.0 + 1e-12), "{expected} of {mean}");
        prop_assert_eq!(model.expected_spend(0, mean), model.population_mean());
        // In other units of money it is the same model.
        let other = GammaGamma::new(p, q, 130.0 * v).unwrap();
        approx::assert_relative_eq!(other.expected_spend(orders, 130.0 * mean), 130.0 * expected, max_relative = 1e-12);
        approx::assert_abs_diff_eq!(
            other.log_likelihood(orders, 130.0 * mean) + 130.0_f64.ln(),
            model.log_likelihood(orders, mean),
            epsilon = 1e-7
        );
    }
}
