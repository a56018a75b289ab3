//! Purchase models without covariates: each by one line of `conformance!`.

pub(super) use linfa::DatasetBase;
pub(super) use linfa::traits::Fit;
pub(super) use proptest::prelude::*;
pub(super) use tenure_btyd::{Customer, Fitted, Outlook, PurchaseModel, RfmData};

use tenure_btyd::ParetoNbd;

pub(super) use super::outlook::{check_discounting, check_likelihood, check_outlook};
pub(super) use crate::support::{cdnow_customers, cdnow_sample, customer, weeks};

pub(super) fn shop_customers() -> Vec<Customer> {
    let grid = [
        (0, 0.0, 0.0),
        (0, 0.0, 38.86),
        (1, 1.71, 38.86),
        (2, 30.43, 38.86),
        (26, 30.86, 31.0),
        (200, 38.0, 40.0),
    ];
    grid.iter().map(|(x, recency_age, age)| customer(*x, *recency_age, *age)).collect()
}

macro_rules! conformance {
    ($name:ident, $model:ty, $new:expr, $params:expr, $parameters:expr) => {
        mod $name {
            use super::purchase::*;
            use super::*;

            fn new([p0, p1, p2, p3]: [f64; 4]) -> $model {
                $new(p0, p1, p2, p3).unwrap()
            }

            fn published() -> $model {
                new($parameters)
            }

            fn fit(data: RfmData) -> Fitted<$model> {
                $params.fit(&DatasetBase::new(data, ())).unwrap()
            }

            #[test]
            fn predictions_hang_together() {
                for seen in shop_customers() {
                    check_outlook(&published().outlook(&seen), seen.frequency() < 3);
                    check_discounting(&published().outlook(&seen));
                }
            }

            #[test]
            fn likelihoods_add_up_to_the_probabilities_of_orders() {
                for parameters in [$parameters, [1.7, 5.0, 0.6, 4.0]] {
                    check_likelihood(&new(parameters));
                }
            }

            #[test]
            fn a_model_survives_a_file() {
                let text = serde_json::to_string(&published()).unwrap();
                assert_eq!(serde_json::from_str::<$model>(&text).unwrap(), published());
                assert!(serde_json::from_str::<$model>(&text.replace(',', ",-")).is_err());
            }

            #[test]
            fn a_thousand_orders_underflow_cleanly() {
                let gone = published().outlook(&customer(1000, 10.0, 100.0));
                assert_eq!(gone.p_alive(), 0.0);
                assert_eq!(gone.expected_orders(weeks(52.0)), 0.0);
                assert_eq!(gone.p_no_order(weeks(52.0)), 1.0);
            }

            #[test]
            fn a_thousand_orders_of_one_who_is_there_stay_finite() {
                for seen in
                    [customer(1000, 99.9, 100.0), customer(1000, 100.0, 100.0), customer(1000, 0.01, 3.0)]
                {
                    assert!(published().log_likelihood(&seen).is_finite());
                    check_outlook(&published().outlook(&seen), false);
                }
            }

            #[test]
            fn weights_equal_repetition() {
                let repeated = cdnow_customers().into_iter().flat_map(|(seen, n)| vec![seen; n as usize]);
                let repeated = RfmData::new(repeated).unwrap();
                assert_eq!(repeated.distinct(), cdnow_sample().distinct());
                assert_eq!(fit(repeated), fit(cdnow_sample()), "order of rows must not matter either");
            }

            #[test]
            fn the_report_adds_up_customer_by_customer() {
                let fitted = fit(cdnow_sample());
                let sum: f64 = cdnow_customers()
                    .iter()
                    .map(|(seen, customers)| customers * fitted.model.log_likelihood(seen))
                    .sum();
                assert!((fitted.report.log_likelihood - sum).abs() < 1e-6, "{sum}");
            }

            #[test]
            fn the_estimates_are_a_maximum() {
                let fitted = fit(cdnow_sample());
                let best = fitted.model.parameters();
                let at = |parameters: [f64; 4]| {
                    let model = new(parameters);
                    cdnow_customers().iter().map(|(seen, n)| n * model.log_likelihood(seen)).sum::<f64>()
                };
                for index in 0..4 {
                    for factor in [0.97, 1.03] {
                        let mut moved = best;
                        moved[index] *= factor;
                        assert!(at(moved) < at(best), "parameter {index} times {factor}");
                    }
                }
            }

            #[test]
            fn other_units_of_time_change_only_the_units() {
                let days = cdnow_customers().into_iter().map(|(seen, n)| {
                    (customer(seen.frequency(), seen.recency_age() * 7.0, seen.age() * 7.0), n)
                });
                let (days, week) = (fit(RfmData::weighted(days).unwrap()), fit(cdnow_sample()));
                let seen = (customer(2, 30.43 * 7.0, 38.86 * 7.0), customer(2, 30.43, 38.86));
                let orders = |model: $model, seen, t| model.outlook(&seen).expected_orders(weeks(t));
                let (by_day, by_week) =
                    (orders(days.model, seen.0, 39.0 * 7.0), orders(week.model, seen.1, 39.0));
                approx::assert_relative_eq!(by_day, by_week, max_relative = 1e-6);
            }

            #[test]
            fn a_penalizer_shrinks() {
                let fit = |penalizer| {
                    let params = $params.penalizer(penalizer);
                    params.fit(&DatasetBase::new(cdnow_sample(), ())).unwrap().report.log_likelihood
                };
                assert!(fit(0.0) > fit(0.01) && fit(0.01) > fit(0.1));
            }

            proptest! {
                #![proptest_config(ProptestConfig::with_cases(256))]
                #[test]
                fn any_customer_of_any_shop(
                    parameters in prop::array::uniform4(0.05_f64..20.0),
                    x in 0_u32..300,
                    age in 0.1_f64..150.0,
                    share in 0.0_f64..1.0,
                ) {
                    let model = new(parameters);
                    let seen = customer(x, if x == 0 { 0.0 } else { age * share }, age);
                    prop_assert!(model.log_likelihood(&seen).is_finite());
                    check_outlook(&model.outlook(&seen), false);
                }
            }
        }
    };
}
pub(super) use conformance;

/// Found by the property test: customers who leave within days, for whom six points are too few.
#[test]
fn discounting_follows_customers_who_leave_at_once() {
    for (parameters, x, age) in [([0.05, 0.05, 19.48, 0.05], 1, 0.1), ([0.05, 8.16, 18.5, 0.05], 0, 0.1)] {
        let [r, alpha, s, beta] = parameters;
        check_outlook(&ParetoNbd::new(r, alpha, s, beta).unwrap().outlook(&customer(x, 0.0, age)), false);
    }
}
