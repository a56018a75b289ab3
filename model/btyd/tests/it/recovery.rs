//! Made-up customers of every model: fits find the parameters that made them, predictions come true.
//!
//! Purchase models stand here, the others in the modules.

mod covariates;
mod others;

use approx::assert_relative_eq;
use linfa::DatasetBase;
use linfa::traits::Fit;
use tenure_btyd::simulate::{Life, LivesOf, life};
use tenure_btyd::{
    BgCnbd, BgNbd, FitReport, MbgCnbd, MbgNbd, Outlook, Parameter, ParetoNbd, PurchaseModel, RfmData,
};

use crate::support::weeks;

const CUSTOMERS: u64 = 6_000;

/// Seen between 39 and 78 weeks, then followed for 26 more.
fn lives(model: &impl LivesOf) -> Vec<(Life, f64)> {
    let one = |n: u64| (life(model, weeks(104.0), 2_026, n), 39.0 + (n % 40) as f64);
    (0..CUSTOMERS).map(one).collect()
}

fn seen(lives: &[(Life, f64)]) -> DatasetBase<RfmData, ()> {
    let customers = lives.iter().map(|(life, age)| life.customer(weeks(*age)).unwrap());
    let log_gaps = lives.iter().map(|(life, age)| life.log_gaps(weeks(*age))).sum();
    DatasetBase::new(RfmData::new(customers).unwrap().with_log_gaps(log_gaps).unwrap(), ())
}

/// Within four of the standard errors that the fit states, which are a `share` of the truth at most.
#[track_caller]
fn check_estimates(report: &FitReport, truth: &[f64], share: f64) {
    let estimates: Vec<&Parameter> =
        report.parameters.0.iter().filter(|parameter| parameter.name != "k").collect();
    assert_eq!(estimates.len(), truth.len());
    for (parameter, truth) in estimates.into_iter().zip(truth) {
        let error = parameter.standard_error.unwrap();
        assert!((parameter.value - truth).abs() < 4.0 * error, "{} for {truth}", report.parameters);
        assert!(error < share * truth.abs(), "{} says little of {truth}", report.parameters);
    }
}

/// The model that made them foretells, over all customers, who is there, who orders, and how often.
#[track_caller]
fn check_predictions(model: &impl PurchaseModel, lives: &[(Life, f64)]) {
    let ahead = 26.0;
    let (mut there, mut silent, mut orders) = ([0.0; 2], [0.0; 2], [0.0; 2]);
    for (life, age) in lives {
        let outlook = model.outlook(&life.customer(weeks(*age)).unwrap());
        let later = life.orders_until(weeks(age + ahead)).len() - life.orders_until(weeks(*age)).len();
        there[0] += outlook.p_alive();
        there[1] += f64::from(u8::from(life.is_there(weeks(*age))));
        silent[0] += outlook.p_no_order(weeks(ahead));
        silent[1] += f64::from(u8::from(later == 0));
        orders[0] += outlook.expected_orders(weeks(ahead));
        orders[1] += later as f64;
    }
    for [foretold, came] in [there, silent] {
        // Four deviations of a sum of so many chances, at most.
        assert!((foretold - came).abs() < 4.0 * (CUSTOMERS as f64 / 4.0).sqrt(), "{foretold} {came}");
    }
    assert_relative_eq!(orders[0], orders[1], max_relative = 0.06);
}

macro_rules! recovers {
    ($name:ident, $model:expr, $params:expr) => {
        #[test]
        fn $name() {
            let model = $model.unwrap();
            let lives = lives(&model);
            let fitted = $params.fit(&seen(&lives)).unwrap();
            check_estimates(&fitted.report, &model.parameters(), 0.5);
            check_predictions(&model, &lives);
            check_predictions(&fitted.model, &lives);
        }
    };
}

recovers!(bg_nbd, BgNbd::new(0.6, 5.0, 0.8, 2.5), BgNbd::params());
recovers!(mbg_nbd, MbgNbd::new(0.9, 5.0, 0.8, 2.5), MbgNbd::params());
recovers!(pareto_nbd, ParetoNbd::new(0.8, 8.0, 0.7, 12.0), ParetoNbd::params());
recovers!(bg_cnbd_2, BgCnbd::new(2, 0.7, 2.0, 0.6, 2.5), BgCnbd::params());
recovers!(mbg_cnbd_3, MbgCnbd::new(3, 1.3, 1.5, 0.5, 1.8), MbgCnbd::params());

#[test]
fn the_regularity_is_found_with_and_without_gaps() {
    for k in [2, 4] {
        let model = MbgCnbd::new(k, 1.3, 1.5, 0.4, 1.8).unwrap();
        let lives = lives(&model);
        let fitted = MbgCnbd::params().fit(&seen(&lives)).unwrap();
        assert_eq!(fitted.model.regularity(), k);
        assert_eq!(seen(&lives).records().regularity(), Some(k), "without a fit");
        let customers = lives.iter().map(|(life, age)| life.customer(weeks(*age)).unwrap());
        let alone = RfmData::new(customers).unwrap();
        let fitted = MbgCnbd::params().fit(&DatasetBase::new(alone, ())).unwrap();
        assert_eq!(fitted.model.regularity(), k);
    }
}

#[test]
fn the_same_seed_makes_the_same_customers() {
    let model = ParetoNbd::new(0.8, 8.0, 0.7, 12.0).unwrap();
    let at = |seed, n| life(&model, weeks(104.0), seed, n);
    assert!((0..50).all(|n| at(1, n) == at(1, n)));
    assert!((0..50).any(|n| at(1, n) != at(2, n)) && (0..50).any(|n| at(1, n) != at(1, n + 1)));
}
