//! Where one model is a case of another, both say the same.

use approx::{assert_abs_diff_eq, assert_relative_eq};
use linfa::DatasetBase;
use linfa::traits::Fit;
use tenure_btyd::{
    BetaWeibull, BgBb, BgCnbd, BgNbd, Coefficient, CovariateData, Customer, ExponentialGamma, GammaGamma,
    MbgCnbd, MbgNbd, Outlook, ParetoNbd, PeriodDiscount, PurchaseModel, RetentionData, RetentionModel,
    RfmData, ShiftedBetaGeometric, WithCovariates,
};
use tenure_core::DiscountRate;

use crate::chances::donors;
use crate::retention::{HIGH_END, REGULAR};
use crate::support::{coefficients, customer, weeks, with_covariates};

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

/// Of those who never leave, the beta-binomial: LL -35516.11 at .4873 .8264.
#[test]
fn without_leaving_it_is_the_beta_binomial() {
    let model = BgBb::new(0.4873, 0.8264, 1e-9, 1e3).unwrap();
    let sum: f64 = donors().iter().map(|(seen, n)| n * model.log_likelihood(seen)).sum();
    assert_abs_diff_eq!(sum, -35_516.11, epsilon = 0.02);
}

#[test]
fn a_regularity_of_one_is_the_random_model() {
    let [r, alpha, a, b] = [0.525, 6.183, 0.891, 1.614];
    let pairs =
        [(0, 0.0, 38.86), (1, 1.71, 38.86), (7, 29.43, 38.86), (200, 38.0, 40.0), (1000, 99.0, 100.0)];
    for (x, recency_age, age) in pairs {
        let seen = customer(x, recency_age, age);
        same(&BgNbd::new(r, alpha, a, b).unwrap(), &BgCnbd::new(1, r, alpha, a, b).unwrap(), &seen);
        same(&MbgNbd::new(r, alpha, a, b).unwrap(), &MbgCnbd::new(1, r, alpha, a, b).unwrap(), &seen);
    }
}

#[track_caller]
fn same(plain: &impl PurchaseModel, one: &impl PurchaseModel, seen: &Customer) {
    assert_relative_eq!(plain.log_likelihood(seen), one.log_likelihood(seen), max_relative = 1e-12);
    let (plain, one) = (plain.outlook(seen), one.outlook(seen));
    let rate = DiscountRate::new(0.15).unwrap();
    let all = |outlook: &dyn Outlook| {
        [
            outlook.p_alive(),
            outlook.p_alive_after(weeks(30.0)),
            outlook.p_no_order(weeks(12.0)),
            outlook.p_orders(3, weeks(39.0)),
            outlook.expected_orders(weeks(39.0)),
            outlook.expected_orders(weeks(3_000.0)),
            outlook.discounted_orders(weeks(52.0), rate),
            outlook.discounted_orders(weeks(500.0), DiscountRate::new(-0.2).unwrap()),
            outlook.discounted_orders_lifetime(rate).unwrap(),
        ]
    };
    for (plain, one) in all(&plain).into_iter().zip(all(&one)) {
        assert_relative_eq!(plain, one, max_relative = 1e-7, epsilon = 1e-12);
    }
    let (plain, one) = (plain.next_order(0.5, weeks(52.0)), one.next_order(0.5, weeks(52.0)));
    assert_abs_diff_eq!(plain.get(), one.get(), epsilon = 1e-3);
}

/// The same customers with and without covariates that do nothing, and with none at all.
macro_rules! without_effects {
    ($name:ident, $model:ty, $base:expr) => {
        #[test]
        fn $name() {
            let base: $model = $base.unwrap();
            let nothing: Vec<Coefficient> = coefficients()
                .into_iter()
                .map(|one| Coefficient { transaction: 0.0, lifetime: 0.0, ..one })
                .collect();
            let idle = WithCovariates::new(base, nothing).unwrap();
            for values in [[0.0, 0.0], [1.0, 44.0], [-1e6, 1e9]] {
                assert_eq!(idle.at(&values).unwrap(), base);
            }
            let truth = WithCovariates::new(base, coefficients()).unwrap();
            assert_eq!(truth.at(&[0.0, 0.0]).unwrap(), base);
            assert!(truth.at(&[1.0, 0.0]).unwrap() != base && truth.at(&[0.0, 1.0]).unwrap() != base);
            let customers = with_covariates(&truth, 1_500).into_iter().map(|(seen, _)| (seen, Vec::new()));
            let customers: Vec<(Customer, Vec<f64>)> = customers.collect();
            let none: [&str; 0] = [];
            let with = DatasetBase::new(CovariateData::new(none, customers.clone()).unwrap(), ());
            let with = WithCovariates::<$model>::params().fit(&with).unwrap();
            let plain = RfmData::new(customers.into_iter().map(|(seen, _)| seen)).unwrap();
            let plain = <$model>::params().fit(&DatasetBase::new(plain, ())).unwrap();
            assert_relative_eq!(
                with.report.log_likelihood,
                plain.report.log_likelihood,
                max_relative = 1e-10
            );
            for (with, plain) in with.model.base().parameters().into_iter().zip(plain.model.parameters()) {
                assert_relative_eq!(with, plain, max_relative = 1e-5);
            }
        }
    };
}

without_effects!(bg_nbd_without_effects, BgNbd, BgNbd::new(1.2, 20.0, 0.5, 2.5));
without_effects!(mbg_nbd_without_effects, MbgNbd, MbgNbd::new(1.2, 20.0, 0.5, 2.5));
without_effects!(pareto_nbd_without_effects, ParetoNbd, ParetoNbd::new(1.2, 20.0, 0.7, 25.0));

fn cohort(survivors: [f64; 13]) -> RetentionData {
    RetentionData::new([survivors[..=7].to_vec()]).unwrap()
}

#[test]
fn bdw_whose_customers_do_not_change_is_sbg() {
    let discount = PeriodDiscount::new(0.1).unwrap();
    for [alpha, beta] in [[0.668, 3.806], [0.704, 1.182], [20.0, 0.05], [0.05, 20.0]] {
        let (sbg, bdw) =
            (ShiftedBetaGeometric::new(alpha, beta).unwrap(), BetaWeibull::new(alpha, beta, 1.0).unwrap());
        for data in [cohort(HIGH_END), cohort(REGULAR)] {
            assert_relative_eq!(sbg.log_likelihood(&data), bdw.log_likelihood(&data), max_relative = 1e-12);
        }
        for period in [0, 1, 7, 100, 1_000] {
            assert_relative_eq!(sbg.survival(period), bdw.survival(period), max_relative = 1e-12);
            let [of_sbg, of_bdw] =
                [sbg.discounted_residual(period, discount), bdw.discounted_residual(period, discount)];
            assert_relative_eq!(of_sbg.unwrap(), of_bdw.unwrap(), max_relative = 1e-8);
        }
    }
}

/// Fitted to the same cohorts without differences between customers, the discrete Weibull: theta .1500 c .7689
/// LL -1619.926, and theta .3812 c .5716 LL -1688.520.
#[test]
fn bdw_whose_customers_are_alike_is_the_discrete_weibull() {
    for (survivors, theta, c, published) in
        [(HIGH_END, 0.1500, 0.7689, -1_619.926), (REGULAR, 0.3812, 0.5716, -1_688.520)]
    {
        let data = cohort(survivors);
        let at = |theta: f64, c: f64| {
            let alike = 1e7;
            BetaWeibull::new(alike * theta, alike * (1.0 - theta), c).unwrap().log_likelihood(&data)
        };
        assert_abs_diff_eq!(at(theta, c), published, epsilon = 2e-3);
        for [other_theta, other_c] in
            [[theta * 1.02, c], [theta * 0.98, c], [theta, c * 1.02], [theta, c * 0.98]]
        {
            assert!(at(other_theta, other_c) < at(theta, c), "{other_theta} {other_c}");
        }
        // S(t) = (1 - theta)^(t^c).
        let alike = BetaWeibull::new(1e7 * theta, 1e7 * (1.0 - theta), c).unwrap();
        assert_relative_eq!(alike.survival(5), (1.0 - theta).powf(5.0_f64.powf(c)), max_relative = 1e-5);
    }
}

/// A first order of people all of whom order is like the next order of customers none of whom leave.
#[test]
fn without_people_who_never_order_waits_are_those_of_the_negative_binomial() {
    let (r, alpha) = (0.6, 8.0);
    let waits = ExponentialGamma::new(r, alpha, 1.0).unwrap();
    let buys = ParetoNbd::new(r, alpha, 1e-9, 1e3).unwrap();
    for (waited, within) in [(0.0, 4.0), (0.0, 52.0), (20.0, 4.0), (20.0, 200.0)] {
        let outlook = buys.outlook(&customer(0, 0.0, waited));
        let found = 1.0 - waits.p_order(weeks(waited), weeks(within));
        assert_abs_diff_eq!(found, outlook.p_no_order(weeks(within)), epsilon = 1e-7);
    }
    assert_relative_eq!(waits.p_none(weeks(20.0)), (8.0_f64 / 28.0).powf(r), max_relative = 1e-12);
}

/// Where customers do not differ, q and v grow without end and the mean of x orders is Gamma(p x, x q / v).
#[test]
fn gamma_gamma_whose_customers_are_alike_is_one_gamma() {
    let (p, rate, many) = (6.25, 0.25, 1e6);
    let alike = GammaGamma::new(p, many, many / rate).unwrap();
    for (orders, mean) in [(1, 20.0), (2, 31.5), (9, 24.0)] {
        let (shape, scaled) = (p * f64::from(orders), f64::from(orders) * rate);
        let expected =
            shape * scaled.ln() + (shape - 1.0) * f64::ln(mean) - scaled * mean - libm::lgamma(shape);
        assert_abs_diff_eq!(alike.log_likelihood(orders, mean), expected, epsilon = 1e-3);
        assert_relative_eq!(alike.expected_spend(orders, mean), p / rate, max_relative = 1e-4);
    }
}
