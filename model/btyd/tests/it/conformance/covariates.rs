//! Purchase models with covariates in the suite.

use linfa::DatasetBase;
use linfa::traits::Fit;
use proptest::prelude::*;
use tenure_btyd::{
    BgNbd, CovariateData, Customer, FitReport, MbgNbd, Outlook, ParetoNbd, PurchaseModel, WithCovariates,
};

use super::family::{InUnits, Member};
use super::outlook::{check_discounting, check_likelihood, check_outlook};
use crate::support::{coefficients, customer, weeks, with_covariates};

/// Women and men of some ages.
const KINDS: [[f64; 2]; 3] = [[0.0, 0.0], [1.0, 44.0], [0.0, 80.0]];

macro_rules! with_covariates {
    ($name:ident, $model:ty, $base:expr, $other:expr, $scaled:expr) => {
        impl Member for WithCovariates<$model> {
            fn corners() -> Vec<Self> {
                [$base, $other].map(|base| Self::new(base.unwrap(), coefficients()).unwrap()).into()
            }

            fn outcomes(&self) -> Vec<f64> {
                let new = self.at(&KINDS[1]).unwrap().outlook(&Customer::NEW);
                (0..400).map(|orders| new.p_orders(orders, weeks(10.0))).collect()
            }

            fn falling(&self, time: f64) -> Vec<f64> {
                let of = |values: [f64; 2]| {
                    let outlook = self.at(&values).unwrap().outlook(&customer(2, 30.0, 38.0));
                    [outlook.p_no_order(weeks(time)), outlook.p_alive_after(weeks(time))]
                };
                KINDS.map(of).concat()
            }

            fn rising(&self, time: f64) -> Vec<f64> {
                let of = |values: [f64; 2]| {
                    let model = self.at(&values).unwrap();
                    [Customer::NEW, customer(2, 30.0, 38.0)]
                        .map(|seen| model.outlook(&seen).expected_orders(weeks(time)))
                };
                KINDS.map(of).concat()
            }

            fn log_likelihoods(&self, count: u32) -> Vec<f64> {
                let of = |values: [f64; 2]| {
                    let model = self.at(&values).unwrap();
                    [customer(count, 99.9, 100.0), customer(count, 10.0, 100.0)]
                        .map(|seen| model.log_likelihood(&seen))
                };
                KINDS.map(of).concat()
            }

            fn fit(copies: usize) -> FitReport {
                let customers = with_covariates(&Self::corners()[0], 1_500);
                let customers = customers.into_iter().flat_map(|one| vec![one; copies]);
                let data = CovariateData::new(["Gender", "Channel"], customers).unwrap();
                Self::params().fit(&DatasetBase::new(data, ())).unwrap().report
            }
        }

        impl InUnits for WithCovariates<$model> {
            const SCALED: &'static [&'static str] = $scaled;

            fn fit_in_units(larger: f64) -> (FitReport, f64) {
                let mut orders = 0.0;
                let customers =
                    with_covariates(&Self::corners()[0], 1_500).into_iter().map(|(seen, values)| {
                        orders += f64::from(seen.frequency());
                        let [recency_age, age] = [larger * seen.recency_age(), larger * seen.age()];
                        (customer(seen.frequency(), recency_age, age), values)
                    });
                let data = CovariateData::new(["Gender", "Channel"], customers).unwrap();
                (Self::params().fit(&DatasetBase::new(data, ())).unwrap().report, orders)
            }
        }

        mod $name {
            use super::*;

            #[test]
            fn each_kind_of_customer_has_a_whole_model() {
                for model in WithCovariates::<$model>::corners() {
                    for values in KINDS {
                        let model = model.at(&values).unwrap();
                        check_likelihood(&model);
                        for seen in [Customer::NEW, customer(2, 30.0, 38.0), customer(1_000, 99.9, 100.0)] {
                            check_outlook(&model.outlook(&seen), seen.frequency() < 3);
                            check_discounting(&model.outlook(&seen));
                        }
                    }
                }
            }

            /// More of what raises the rate brings more orders; more of what makes them leave, fewer.
            #[test]
            fn rates_follow_the_coefficients() {
                let model = &WithCovariates::<$model>::corners()[0];
                let orders = |gender: f64| {
                    model.at(&[gender, 40.0]).unwrap().outlook(&Customer::NEW).expected_orders(weeks(26.0))
                };
                assert!(orders(1.0) > orders(0.5) && orders(0.5) > orders(0.0) && orders(0.0) > orders(-1.0));
            }

            proptest! {
                #![proptest_config(ProptestConfig::with_cases(128))]
                #[test]
                fn any_customer_of_any_kind(
                    gender in -3.0_f64..3.0, age_in_years in -50.0_f64..150.0,
                    x in 0_u32..300, age in 0.1_f64..150.0, share in 0.0_f64..1.0,
                ) {
                    let model = WithCovariates::<$model>::corners()[0].at(&[gender, age_in_years]).unwrap();
                    let seen = customer(x, if x == 0 { 0.0 } else { age * share }, age);
                    prop_assert!(model.log_likelihood(&seen).is_finite());
                    check_outlook(&model.outlook(&seen), false);
                }
            }
        }
    };
}

with_covariates!(
    bg_nbd,
    BgNbd,
    BgNbd::new(1.2, 20.0, 0.5, 2.5),
    BgNbd::new(0.243, 4.414, 0.793, 2.426),
    &["alpha"]
);
with_covariates!(
    mbg_nbd,
    MbgNbd,
    MbgNbd::new(1.2, 20.0, 0.5, 2.5),
    MbgNbd::new(0.525, 6.183, 0.891, 1.614),
    &["alpha"]
);
with_covariates!(
    pareto_nbd,
    ParetoNbd,
    ParetoNbd::new(1.2, 20.0, 0.7, 25.0),
    ParetoNbd::new(0.553, 10.578, 0.606, 11.669),
    &["alpha", "beta"]
);
