//! sBG and `BdW` in the suite.

use approx::{assert_abs_diff_eq, assert_relative_eq};
use linfa::DatasetBase;
use linfa::traits::Fit;
use proptest::prelude::*;
use tenure_btyd::simulate::cohort;
use tenure_btyd::{
    BetaWeibull, FitReport, PeriodDiscount, RetentionData, RetentionModel, ShiftedBetaGeometric,
};

use super::family::Member;
use crate::retention::HIGH_END;

/// Who leaves in each of a thousand periods, and who stays beyond.
fn outcomes(model: &impl RetentionModel) -> Vec<f64> {
    let leaves = (1..=1_000).map(|period| model.survival(period - 1) * (1.0 - model.retention_rate(period)));
    leaves.chain([model.survival(1_000)]).collect()
}

fn falling(model: &impl RetentionModel, time: f64) -> Vec<f64> {
    vec![model.survival(time as u32), model.stays(3, time as u32)]
}

/// A cohort that loses a tenth of its customers, then a twentieth and so on.
fn of_periods(count: u32) -> RetentionData {
    RetentionData::new([(0..=count).map(|t| 1e4 / (1.0 + 0.1 * f64::from(t))).collect()]).unwrap()
}

fn copies(copies: usize) -> DatasetBase<RetentionData, ()> {
    DatasetBase::new(RetentionData::new(vec![HIGH_END[..=7].to_vec(); copies]).unwrap(), ())
}

impl Member for ShiftedBetaGeometric {
    fn corners() -> Vec<Self> {
        [[0.668, 3.806], [0.704, 1.182], [0.067, 0.267], [15.0, 40.0]]
            .map(|[alpha, beta]| Self::new(alpha, beta).unwrap())
            .into()
    }

    fn outcomes(&self) -> Vec<f64> {
        outcomes(self)
    }

    fn falling(&self, time: f64) -> Vec<f64> {
        falling(self, time)
    }

    /// Who has stayed is likelier to stay on.
    fn rising(&self, time: f64) -> Vec<f64> {
        let residual = self.discounted_residual(time as u32, PeriodDiscount::new(0.1).unwrap());
        vec![self.retention_rate(time as u32 + 1), self.stays(time as u32, 5), residual.unwrap()]
    }

    fn log_likelihoods(&self, count: u32) -> Vec<f64> {
        vec![self.log_likelihood(&of_periods(count))]
    }

    fn fit(times: usize) -> FitReport {
        Self::params().fit(&copies(times)).unwrap().report
    }
}

impl Member for BetaWeibull {
    fn corners() -> Vec<Self> {
        [
            [0.2143, 1.4266, 1.7236],
            [0.4556, 0.7793, 1.2835],
            [0.05, 20.0, 3.0],
            [0.3, 1.2, 6.0],
            [4.0, 9.0, 0.4],
        ]
        .map(|parameters| Self::try_from(parameters).unwrap())
        .into()
    }

    fn outcomes(&self) -> Vec<f64> {
        outcomes(self)
    }

    fn falling(&self, time: f64) -> Vec<f64> {
        falling(self, time)
    }

    /// The chance to stay may go either way, the expected periods and the hazard so far only rise.
    fn rising(&self, time: f64) -> Vec<f64> {
        let periods: f64 = (0..time as u32).map(|period| self.survival(period)).sum();
        vec![periods, -self.ln_survival(time)]
    }

    fn log_likelihoods(&self, count: u32) -> Vec<f64> {
        vec![self.log_likelihood(&of_periods(count))]
    }

    fn fit(times: usize) -> FitReport {
        Self::params().fit(&copies(times)).unwrap().report
    }
}

/// Seen for a thousand periods, a cohort still shows what made it.
#[test]
fn a_thousand_periods_are_fitted() {
    let sbg = ShiftedBetaGeometric::new(0.7, 20.0).unwrap();
    let bdw = BetaWeibull::new(0.5, 300.0, 1.5).unwrap();
    let data = |survivors: Vec<f64>| DatasetBase::new(RetentionData::new([survivors]).unwrap(), ());
    let check = |report: &FitReport, truth: &[f64]| {
        for (parameter, truth) in report.parameters.0.iter().zip(truth) {
            let error = parameter.standard_error.unwrap();
            assert!((parameter.value - truth).abs() < 4.0 * error, "{}", report.parameters);
            assert!(error < 0.3 * truth, "{}", report.parameters);
        }
    };
    let fitted = ShiftedBetaGeometric::params().fit(&data(cohort(&sbg, 5_000, 1_000, 31))).unwrap();
    check(&fitted.report, &sbg.parameters());
    let fitted = BetaWeibull::params().fit(&data(cohort(&bdw, 5_000, 1_000, 32))).unwrap();
    check(&fitted.report, &bdw.parameters());
}

fn check(model: &impl RetentionModel) {
    let (mut survival, mut sum) = (1.0, 0.0);
    for period in 1..=1_000 {
        let now = model.survival(period);
        assert!((0.0..=survival + 1e-12).contains(&now), "{now} after {survival}");
        assert!((0.0..=1.0 + 1e-12).contains(&model.retention_rate(period)));
        sum += survival - now;
        survival = now;
    }
    assert_abs_diff_eq!(sum + survival, 1.0, epsilon = 1e-12);
    assert_relative_eq!(model.stays(3, 4), model.survival(7) / model.survival(3), max_relative = 1e-9);
    assert!(model.discounted_lifetime(PeriodDiscount::new(0.0).unwrap()).is_none());
    for rate in [0.5, 0.1, 0.01] {
        let discount = PeriodDiscount::new(rate).unwrap();
        let slow: f64 =
            (0..(45.0 / rate) as u32 + 200).map(|t| model.survival(t) / (1.0 + rate).powi(t as i32)).sum();
        let found = model.discounted_lifetime(discount).unwrap();
        assert_relative_eq!(found, slow, max_relative = 1e-8);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]
    #[test]
    fn any_parameters(alpha in 0.05_f64..20.0, beta in 0.05_f64..20.0, c in 0.3_f64..2.5) {
        check(&ShiftedBetaGeometric::new(alpha, beta).unwrap());
        check(&BetaWeibull::new(alpha, beta, c).unwrap());
    }
}

#[test]
fn cohorts_of_equal_age_add_up() {
    let halves = HIGH_END.map(|survivors| survivors / 2.0);
    let two = RetentionData::new([halves[..=7].to_vec(), halves[..=7].to_vec()]).unwrap();
    assert_eq!(two, RetentionData::new([HIGH_END[..=7].to_vec()]).unwrap());
}
