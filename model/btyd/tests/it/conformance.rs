//! One suite over all purchase models: what must hold whatever the parameters.

use linfa::DatasetBase;
use linfa::traits::Fit;
use proptest::prelude::*;
use tenure_btyd::{BgNbd, Customer, MbgNbd, Outlook, ParetoNbd, PurchaseModel, RfmData};
use tenure_core::DiscountRate;

use crate::support::{cdnow_customers, cdnow_sample, customer, weeks};

/// Everything a prediction must satisfy for one customer.
fn check_outlook(outlook: &impl Outlook, new: bool) {
    let horizons = [0.0, 0.5, 4.0, 13.0, 52.0, 104.0];
    let in_unit = |p: f64| (0.0..=1.0 + 1e-12).contains(&p);
    assert!(in_unit(outlook.p_alive()));
    let mut before = (1.0_f64, 0.0_f64, outlook.p_alive());
    for t in horizons {
        let (silent, orders) = (outlook.p_no_order(weeks(t)), outlook.expected_orders(weeks(t)));
        let alive = outlook.p_alive_after(weeks(t));
        assert!(
            in_unit(silent) && in_unit(alive) && orders >= -1e-12 && orders.is_finite(),
            "{silent} {alive} {orders}"
        );
        assert!(
            silent <= before.0 + 1e-9 && orders >= before.1 - 1e-9 && alive <= before.2 + 1e-9,
            "monotone at {t}"
        );
        // Markov: at least one order is no likelier than its expected number.
        assert!(1.0 - silent <= orders + 1e-9, "{silent} {orders} at {t}");
        before = (silent, orders, alive);
        let discounted = outlook.discounted_orders(weeks(t), DiscountRate::new(0.1).unwrap());
        assert!(
            discounted <= orders + 1e-9 && discounted >= orders * 0.8 - 1e-9,
            "{discounted} {orders} at {t}"
        );
    }
    assert!((outlook.p_no_order(weeks(0.0)) - 1.0).abs() < 1e-12);
    assert!(outlook.expected_orders(weeks(0.0)).abs() < 1e-12);
    // Waits: ordered, inside the horizon, and their shares are what was asked.
    let year = weeks(52.0);
    let order_by_year = 1.0 - outlook.p_no_order(year);
    if order_by_year > 1e-6 {
        for share in [0.1, 0.5, 0.9] {
            let wait = outlook.next_order(share, year);
            assert!(wait <= year);
            let reached = (1.0 - outlook.p_no_order(wait)) / order_by_year;
            assert!((reached - share).abs() < 1e-3, "{share} reached as {reached}");
        }
    }
    if new {
        let t = weeks(10.0);
        let probabilities: Vec<f64> = (0..400).map(|n| outlook.p_orders(n, t)).collect();
        let total: f64 = probabilities.iter().sum();
        let mean: f64 = probabilities.iter().enumerate().map(|(n, p)| n as f64 * p).sum();
        assert!((total - 1.0).abs() < 1e-6, "probabilities add up to {total}");
        assert!((mean - outlook.expected_orders(t)).abs() < 1e-4 * (1.0 + mean), "{mean}");
    }
}

/// Slower definitions of the same things, by summing over weeks.
fn check_discounting(outlook: &impl Outlook) {
    let rate = DiscountRate::new(0.15).unwrap();
    let delta = rate.continuous_per_week();
    let step = 0.02;
    let summed: f64 = (0..2600)
        .map(|n| {
            let (from, to) = (f64::from(n) * step, f64::from(n + 1) * step);
            let orders = outlook.expected_orders(weeks(to)) - outlook.expected_orders(weeks(from));
            orders * (-delta * (from + to) / 2.0).exp()
        })
        .sum();
    let found = outlook.discounted_orders(weeks(52.0), rate);
    assert!((found - summed).abs() < 1e-6 * (1.0 + summed), "{found} {summed}");
    let lifetime = outlook.discounted_orders_lifetime(rate).unwrap();
    let far = outlook.discounted_orders(weeks(9_000.0), rate);
    assert!((lifetime - far).abs() < 2e-3 * (1.0 + far), "{lifetime} {far}");
    assert!(outlook.discounted_orders_lifetime(DiscountRate::ZERO).is_none());
}

fn shop_customers() -> Vec<Customer> {
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
    ($name:ident, $model:ty, $parameters:expr) => {
        mod $name {
            use super::*;

            fn published() -> $model {
                let [p0, p1, p2, p3] = $parameters;
                <$model>::new(p0, p1, p2, p3).unwrap()
            }

            #[test]
            fn predictions_hang_together() {
                for seen in shop_customers() {
                    check_outlook(&published().outlook(&seen), seen.frequency() < 3);
                    check_discounting(&published().outlook(&seen));
                }
            }

            #[test]
            fn a_thousand_orders_underflow_cleanly() {
                let gone = published().outlook(&customer(1000, 10.0, 100.0));
                assert_eq!(gone.p_alive(), 0.0);
                assert_eq!(gone.expected_orders(weeks(52.0)), 0.0);
                assert_eq!(gone.p_no_order(weeks(52.0)), 1.0);
            }

            #[test]
            fn weights_equal_repetition() {
                let repeated = cdnow_customers().into_iter().flat_map(|(seen, n)| vec![seen; n as usize]);
                let repeated = RfmData::new(repeated).unwrap();
                assert_eq!(repeated.distinct(), cdnow_sample().distinct());
                let fit = |data| <$model>::params().fit(&DatasetBase::new(data, ())).unwrap();
                assert_eq!(fit(repeated), fit(cdnow_sample()), "order of rows must not matter either");
            }

            #[test]
            fn the_report_adds_up_customer_by_customer() {
                let fitted = <$model>::params().fit(&DatasetBase::new(cdnow_sample(), ())).unwrap();
                let sum: f64 = cdnow_customers()
                    .iter()
                    .map(|(seen, customers)| customers * fitted.model.log_likelihood(seen))
                    .sum();
                assert!((fitted.report.log_likelihood - sum).abs() < 1e-6, "{sum}");
            }

            #[test]
            fn the_estimates_are_a_maximum() {
                let fitted = <$model>::params().fit(&DatasetBase::new(cdnow_sample(), ())).unwrap();
                let best = fitted.model.parameters();
                let at = |parameters: [f64; 4]| {
                    let [p0, p1, p2, p3] = parameters;
                    let model = <$model>::new(p0, p1, p2, p3).unwrap();
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
                let days =
                    <$model>::params().fit(&DatasetBase::new(RfmData::weighted(days).unwrap(), ())).unwrap();
                let week = <$model>::params().fit(&DatasetBase::new(cdnow_sample(), ())).unwrap();
                let seen = (customer(2, 30.43 * 7.0, 38.86 * 7.0), customer(2, 30.43, 38.86));
                let orders = |model: $model, seen, t| model.outlook(&seen).expected_orders(weeks(t));
                let (by_day, by_week) =
                    (orders(days.model, seen.0, 39.0 * 7.0), orders(week.model, seen.1, 39.0));
                approx::assert_relative_eq!(by_day, by_week, max_relative = 1e-6);
            }

            #[test]
            fn a_penalizer_shrinks() {
                let fit = |penalizer| {
                    let fitted =
                        <$model>::params().penalizer(penalizer).fit(&DatasetBase::new(cdnow_sample(), ()));
                    fitted.unwrap().report.log_likelihood
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
                    let [p0, p1, p2, p3] = parameters;
                    let model = <$model>::new(p0, p1, p2, p3).unwrap();
                    let seen = customer(x, if x == 0 { 0.0 } else { age * share }, age);
                    prop_assert!(model.log_likelihood(&seen).is_finite());
                    check_outlook(&model.outlook(&seen), false);
                }
            }
        }
    };
}

conformance!(bg_nbd, BgNbd, [0.243, 4.414, 0.793, 2.426]);
conformance!(mbg_nbd, MbgNbd, [0.525, 6.183, 0.891, 1.614]);
conformance!(pareto_nbd, ParetoNbd, [0.553, 10.578, 0.606, 11.669]);

/// Found by the property test: customers who leave within days, for whom six points are too few.
#[test]
fn discounting_follows_customers_who_leave_at_once() {
    for (parameters, x, age) in [([0.05, 0.05, 19.48, 0.05], 1, 0.1), ([0.05, 8.16, 18.5, 0.05], 0, 0.1)] {
        let [r, alpha, s, beta] = parameters;
        check_outlook(&ParetoNbd::new(r, alpha, s, beta).unwrap().outlook(&customer(x, 0.0, age)), false);
    }
}

/// Where nobody ever leaves, all three are the negative binomial model.
#[test]
fn without_leaving_all_models_agree() {
    let (r, alpha) = (0.6, 8.0);
    let bg = BgNbd::new(r, alpha, 1e-9, 1e3).unwrap();
    let mbg = MbgNbd::new(r, alpha, 1e-9, 1e3).unwrap();
    let pareto = ParetoNbd::new(r, alpha, 1e-9, 1e3).unwrap();
    let nbd = |x: f64, age: f64| (r + x) / (alpha + age) * 26.0;
    for seen in [customer(0, 0.0, 20.0), customer(3, 12.0, 20.0)] {
        let expected = nbd(f64::from(seen.frequency()), seen.age());
        for found in [
            bg.outlook(&seen).expected_orders(weeks(26.0)),
            mbg.outlook(&seen).expected_orders(weeks(26.0)),
            pareto.outlook(&seen).expected_orders(weeks(26.0)),
        ] {
            approx::assert_relative_eq!(found, expected, max_relative = 1e-4);
        }
    }
}
