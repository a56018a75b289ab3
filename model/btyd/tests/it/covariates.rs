//! Covariates that do not change: CLVTools' apparel retailer, and made-up customers.

use approx::{assert_abs_diff_eq, assert_relative_eq};
use linfa::DatasetBase;
use linfa::traits::Fit;
use tenure_btyd::{
    BgNbd, BtydError, CovariateData, Customer, Effect, FitReport, Fitted, LikelihoodRatio, ParetoNbd,
    RatesByCovariates, RfmData, WithCovariates,
};

use crate::support::{coefficients, customer, with_covariates};

fn data(customers: Vec<(Customer, Vec<f64>)>) -> DatasetBase<CovariateData, ()> {
    DatasetBase::new(CovariateData::new(["Gender", "Channel"], customers).unwrap(), ())
}

/// Names, values to three parts in a thousand.
#[track_caller]
fn check(report: &FitReport, expected: &[(&str, f64)], log_likelihood: f64) {
    assert_abs_diff_eq!(report.log_likelihood, log_likelihood, epsilon = 2e-3);
    assert_eq!(report.parameters.0.len(), expected.len());
    for (parameter, (name, expected)) in report.parameters.0.iter().zip(expected) {
        assert_eq!(parameter.name, *name);
        assert_relative_eq!(parameter.value, *expected, max_relative = 3e-3);
    }
}

/// The vignette "advanced techniques" of CLVTools: both covariates on both processes, then Gender constrained
/// equal, and the test of the one against the other.
#[test]
fn apparel_has_the_published_coefficients() {
    let Some(buyers) = crate::apparel::buyers() else { return };
    let customers: Vec<(Customer, Vec<f64>)> =
        buyers.into_iter().map(|buyer| (buyer.seen, buyer.covariates)).collect();
    assert_eq!(customers.len(), 600);
    let data = data(customers.clone());
    let full = WithCovariates::<ParetoNbd>::params().fit(&data).unwrap();
    let expected = [
        ("r", 1.8378),
        ("alpha", 92.9123),
        ("s", 0.5920),
        ("beta", 49.6227),
        ("life.Gender", -0.6430),
        ("life.Channel", 0.7907),
        ("trans.Gender", 0.2859),
        ("trans.Channel", 0.6241),
    ];
    check(&full.report, &expected, -5_821.062_7);
    assert_abs_diff_eq!(full.report.aic(), 11_658.125_4, epsilon = 4e-3);
    assert_abs_diff_eq!(full.report.bic(), 11_693.300_9, epsilon = 4e-3);
    let equal = WithCovariates::<ParetoNbd>::params().effect("Gender", Effect::Equal).fit(&data).unwrap();
    let expected = [
        ("r", 1.7939),
        ("alpha", 94.7223),
        ("s", 0.4287),
        ("beta", 59.0743),
        ("life.Channel", 1.0228),
        ("trans.Channel", 0.6384),
        ("constr.Gender", 0.3283),
    ];
    check(&equal.report, &expected, -5_826.534_2);
    let test = LikelihoodRatio::of(&equal.report, &full.report).unwrap();
    assert_eq!(test.degrees, 1);
    assert_abs_diff_eq!(test.statistic, 10.943, epsilon = 5e-3);
    assert_abs_diff_eq!(test.p_value, 0.000_939_6, epsilon = 5e-6);
    let gender = &equal.model.coefficients()[0];
    assert_eq!((gender.name.as_str(), gender.transaction), ("Gender", gender.lifetime));
    without_covariates(&customers, &full);
}

/// CLVTools' estimates without covariates and their standard errors.
fn without_covariates(customers: &[(Customer, Vec<f64>)], full: &Fitted<WithCovariates<ParetoNbd>>) {
    let seen = RfmData::new(customers.iter().map(|(seen, _)| *seen)).unwrap();
    let plain = ParetoNbd::params().fit(&DatasetBase::new(seen, ())).unwrap();
    let expected = [("r", 1.4489768), ("alpha", 48.6360845), ("s", 0.5612598), ("beta", 46.8843633)];
    check(&plain.report, &expected, -5_848.097_8);
    for (parameter, error) in
        plain.report.parameters.0.iter().zip([0.2434282, 7.4891816, 0.2710479, 35.6114114])
    {
        assert_relative_eq!(parameter.standard_error.unwrap(), error, max_relative = 1e-2);
    }
    let test = LikelihoodRatio::of(&plain.report, &full.report).unwrap();
    assert!(test.degrees == 4 && test.p_value < 1e-9);
}

/// A likelihood of all groups is the sum of the likelihoods that their own models give.
#[test]
fn the_report_adds_up_customer_by_customer() {
    let customers = made_up(400);
    let fitted = WithCovariates::<BgNbd>::params().fit(&data(customers.clone())).unwrap();
    let of = |(seen, values): &(Customer, Vec<f64>)| {
        tenure_btyd::PurchaseModel::log_likelihood(&fitted.model.at(values).unwrap(), seen)
    };
    let sum: f64 = customers.iter().map(of).sum();
    assert_relative_eq!(fitted.report.log_likelihood, sum, max_relative = 1e-10);
}

fn made_up(count: u64) -> Vec<(Customer, Vec<f64>)> {
    let truth = WithCovariates::new(BgNbd::new(1.2, 20.0, 0.5, 2.5).unwrap(), coefficients()).unwrap();
    with_covariates(&truth, count)
}

#[test]
fn covariates_that_cannot_be_are_refused() {
    let one = || customer(1, 2.0, 9.0);
    let new = |rows: Vec<(Customer, Vec<f64>)>| CovariateData::new(["a", "b"], rows);
    let short = new(vec![(one(), vec![1.0])]);
    assert!(matches!(short, Err(BtydError::CovariateCount { expected: 2, got: 1 })));
    let missing = new(vec![(one(), vec![1.0, f64::NAN])]);
    assert!(matches!(missing, Err(BtydError::InvalidCovariate { name, .. }) if name == "b"));
    let constant = new(vec![(one(), vec![1.0, 0.0]), (one(), vec![0.0, 0.0])]);
    assert!(matches!(constant, Err(BtydError::ConstantCovariate { name }) if name == "b"));
    let unknown = WithCovariates::<BgNbd>::params().effect("Age", Effect::Both).fit(&data(made_up(50)));
    assert!(matches!(unknown, Err(BtydError::UnknownCovariate { name, .. }) if name == "Age"));
    let base = BgNbd::new(1.0, 1.0, 1.0, 1.0).unwrap();
    assert!(base.shifted(1_000.0, 0.0).is_err());
    let model = WithCovariates::new(base, coefficients()).unwrap();
    assert!(matches!(model.at(&[1.0]), Err(BtydError::CovariateCount { .. })));
    assert!(matches!(model.at(&[1.0, f64::INFINITY]), Err(BtydError::InvalidCovariate { .. })));
    let report = WithCovariates::<BgNbd>::params().fit(&data(made_up(300))).unwrap().report;
    assert!(matches!(LikelihoodRatio::of(&report, &report), Err(BtydError::NotNested { .. })));
}

#[test]
fn a_model_survives_a_file() {
    let model = WithCovariates::new(BgNbd::new(1.2, 20.0, 0.5, 2.5).unwrap(), coefficients()).unwrap();
    let text = serde_json::to_string(&model).unwrap();
    assert_eq!(serde_json::from_str::<WithCovariates<BgNbd>>(&text).unwrap(), model);
    assert!(serde_json::from_str::<WithCovariates<BgNbd>>(&text.replace("20.0", "-20.0")).is_err());
}
