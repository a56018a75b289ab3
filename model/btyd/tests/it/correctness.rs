//! Published estimates, log-likelihoods and predictions.

use approx::{assert_abs_diff_eq, assert_relative_eq};
use linfa::DatasetBase;
use linfa::traits::Fit;
use tenure_btyd::{BgCnbd, BgNbd, Customer, Fitted, GammaGamma, MbgNbd, Outlook, ParetoNbd, PurchaseModel};
use tenure_core::DiscountRate;

use crate::support::{cdnow_sample, cdnow_spend, customer, weeks};

fn bg_nbd() -> Fitted<BgNbd> {
    BgNbd::params().fit(&DatasetBase::new(cdnow_sample(), ())).unwrap()
}

fn pareto_nbd() -> Fitted<ParetoNbd> {
    ParetoNbd::params().fit(&DatasetBase::new(cdnow_sample(), ())).unwrap()
}

#[track_caller]
fn close<const N: usize>(found: [f64; N], expected: [f64; N], epsilon: f64) {
    for (found, expected) in found.into_iter().zip(expected) {
        assert_abs_diff_eq!(found, expected, epsilon = epsilon);
    }
}

/// BTYD walkthrough: r .2425982 alpha 4.4136842 a .7929899 b 2.4261667, LL -9582.429; BTYD stops early
/// in the fifth digit, so four are compared.
#[test]
fn bg_nbd_on_cdnow_finds_the_published_estimates() {
    let fitted = bg_nbd();
    close(fitted.model.parameters(), [0.2425945, 4.4136019, 0.7929199, 2.4258881], 5e-5);
    assert_abs_diff_eq!(fitted.report.log_likelihood, -9582.429, epsilon = 1e-3);
}

/// BTYDplus by way of lifetimes' and pymc-marketing's tests: .525 6.183 .891 1.614; LL re-computed -9582.136.
#[test]
fn mbg_nbd_on_cdnow_finds_the_published_estimates() {
    let fitted = MbgNbd::params().fit(&DatasetBase::new(cdnow_sample(), ())).unwrap();
    close(fitted.model.parameters(), [0.525, 6.183, 0.891, 1.614], 1e-3);
    assert_abs_diff_eq!(fitted.report.log_likelihood, -9582.136, epsilon = 1e-3);
}

/// Paper .553 10.578 .606 11.669, CLVTools LL -9594.976; (s, beta) lie on a flat ridge, so beta is not compared
/// beyond its second digit.
#[test]
fn pareto_nbd_on_cdnow_finds_the_published_likelihood() {
    let fitted = pareto_nbd();
    let [r, alpha, s, beta] = fitted.model.parameters();
    close([r, alpha, s], [0.553, 10.578, 0.606], 1e-3);
    assert_abs_diff_eq!(beta, 11.669, epsilon = 0.05);
    assert_abs_diff_eq!(fitted.report.log_likelihood, -9594.976, epsilon = 1e-3);
}

/// CLVTools: .0476264 .8427222 .1872594 6.2105448.
#[test]
fn pareto_nbd_standard_errors_are_clvtools() {
    let report = pareto_nbd().report;
    let expected = [0.0476264, 0.8427222, 0.1872594, 6.2105448];
    for (parameter, expected) in report.parameters.0.iter().zip(expected) {
        let found = parameter.standard_error.unwrap();
        approx::assert_relative_eq!(found, expected, max_relative = 5e-3);
    }
}

/// Note 025: 6.25 3.74 15.44; CLVTools LL -4055.9177 on exact values.
#[test]
fn gamma_gamma_on_cdnow_finds_the_published_estimates() {
    let fitted = GammaGamma::params().fit(&DatasetBase::new(cdnow_spend(), ())).unwrap();
    close(fitted.model.parameters(), [6.2496, 3.7442, 15.4435], 1e-3);
    assert_abs_diff_eq!(fitted.report.log_likelihood, -4055.9177, epsilon = 1e-3);
    assert_abs_diff_eq!(fitted.model.population_mean(), 35.170, epsilon = 1e-3);
}

/// Note 025's ten customers, exact arithmetic at the rounded parameters.
#[test]
fn gamma_gamma_expects_what_the_note_prints() {
    let model = GammaGamma::new(6.25, 3.74, 15.44).unwrap();
    let seen =
        [(2, 22.35), (1, 11.77), (0, 0.0), (0, 0.0), (0, 0.0), (7, 73.74), (1, 11.77), (0, 0.0), (2, 25.55)];
    let expected = [24.6637, 18.9169, 35.2190, 35.2190, 35.2190, 71.4697, 18.9169, 35.2190, 27.2884];
    for ((orders, mean), expected) in seen.into_iter().zip(expected) {
        // The note prints means rounded to the cent; its own customers carry more digits.
        assert_abs_diff_eq!(model.expected_spend(orders, mean), expected, epsilon = 0.02);
    }
}

/// BTYD vignette: "increasing frequency paradox" and customer 1516, at BTYD's estimates; those of
/// Pareto/NBD are printed to three digits, so its predictions agree to three.
#[test]
fn predictions_are_btyds() {
    let bg = BgNbd::new(0.2425982, 4.4136842, 0.7929899, 2.4261667).unwrap();
    let pareto = ParetoNbd::new(0.553, 10.580, 0.606, 11.656).unwrap();
    let paradox = [
        (10, 0.347_460_6, 0.706_228_9),
        (15, 0.042_833_91, 0.144_239_6),
        (20, 0.004_158_973, 0.022_506_58),
        (25, 0.000_358_368_5, 0.003_092_67),
    ];
    for (x, by_bg, by_pareto) in paradox {
        let seen = customer(x, 20.0, 39.0);
        approx::assert_relative_eq!(
            bg.outlook(&seen).expected_orders(weeks(52.0)),
            by_bg,
            max_relative = 1e-4
        );
        let found = pareto.outlook(&seen).expected_orders(weeks(52.0));
        approx::assert_relative_eq!(found, by_pareto, max_relative = 1e-3);
    }
    let loyal = customer(26, 216.0 / 7.0, 31.0);
    assert_abs_diff_eq!(bg.outlook(&loyal).expected_orders(weeks(52.0)), 25.75659, epsilon = 1e-4);
    assert_abs_diff_eq!(bg.outlook(&loyal).p_alive(), 0.9688523, epsilon = 1e-6);
    assert_abs_diff_eq!(bg.outlook(&Customer::NEW).expected_orders(weeks(52.0)), 1.444004, epsilon = 1e-5);
    let new = pareto.outlook(&Customer::NEW);
    assert_abs_diff_eq!(new.expected_orders(weeks(52.0)), 1.473434, epsilon = 2e-3);
    // lifetimes prints its table without the estimates behind it; these rounded ones agree to 2 in 1,000.
    let new = ParetoNbd::new(0.55, 10.58, 0.61, 11.67).unwrap().outlook(&Customer::NEW);
    let table = [0.0, 0.05077821, 0.09916088, 0.14542507, 0.18979930, 0.23247466, 0.27361274, 0.31335159];
    for (t, expected) in table.into_iter().enumerate() {
        approx::assert_relative_eq!(new.expected_orders(weeks(t as f64)), expected, max_relative = 2e-3);
    }
}

/// Hardie's sheet, lifetimes' tests: E[X(t)] and BTYD's probabilities of n orders.
#[test]
fn bg_nbd_counts_orders_as_published() {
    let unrounded = BgNbd::new(0.2425945, 4.4136019, 0.7929199, 2.4258881).unwrap().outlook(&Customer::NEW);
    let expected =
        [(0.1429, 0.0078), (1.0, 0.0532), (3.0, 0.1506), (31.8571, 1.0405), (32.0, 1.0437), (78.0, 1.8576)];
    for (t, orders) in expected {
        assert_abs_diff_eq!(unrounded.expected_orders(weeks(t)), orders, epsilon = 4e-4);
    }
    let new = BgNbd::new(0.243, 4.414, 0.793, 2.426).unwrap().outlook(&Customer::NEW);
    approx::assert_relative_eq!(new.p_orders(10, weeks(2.0)), 1.07869e-7, max_relative = 1e-5);
    assert_abs_diff_eq!(new.p_orders(0, weeks(39.0)), 0.5737864, epsilon = 1e-7);
    let eleven_to_twenty = [
        0.0019995214,
        0.0015170236,
        0.0011633150,
        0.0009003148,
        0.0007023638,
        0.0005517902,
        0.0004361913,
        0.0003467171,
        0.0002769613,
        0.0002222260,
    ];
    for (n, expected) in (11..).zip(eleven_to_twenty) {
        assert_abs_diff_eq!(new.p_orders(n, weeks(30.0)), expected, epsilon = 1e-9);
    }
}

/// Note 027, solution 2, and pymc-marketing for the modified model.
#[test]
fn log_likelihoods_survive_many_orders() {
    let (none, many) = (customer(0, 0.0, 40.0), customer(200, 38.0, 40.0));
    let bg = BgNbd::new(0.25, 4.0, 0.8, 2.5).unwrap();
    assert_abs_diff_eq!(bg.log_likelihood(&none), -0.599_473_818_2, epsilon = 1e-9);
    assert_abs_diff_eq!(bg.log_likelihood(&many), 100.795_693_092_7, epsilon = 1e-8);
    let mbg = MbgNbd::new(0.25, 4.0, 0.8, 2.5).unwrap();
    assert_abs_diff_eq!(mbg.log_likelihood(&none), -0.417_928_26, epsilon = 1e-8);
    assert_abs_diff_eq!(mbg.log_likelihood(&many), 100.7869, epsilon = 1e-4);
}

/// lifetimes' stability cases and the customers on which CLVTools gave NaN.
#[test]
fn pareto_nbd_traps_stay_finite() {
    let steep = ParetoNbd::new(10.465, 7.98565181e-3, 3.0516, 2.820).unwrap();
    for (x, recency_age, age) in [(400, 5.0, 6.0), (500, 1.0, 37.0), (500, 4.0, 37.0)] {
        let seen = customer(x, recency_age, age);
        let outlook = steep.outlook(&seen);
        assert!(steep.log_likelihood(&seen).is_finite());
        assert!((0.0..=1.0).contains(&outlook.p_alive()), "{}", outlook.p_alive());
    }
    let rounded = ParetoNbd::new(0.55, 10.58, 0.61, 11.67).unwrap();
    for (x, expected) in [(132, 6.206_051_788_963_242), (133, 6.252_872_247_574_811)] {
        let found = rounded.outlook(&customer(x, 200.0, 200.0)).expected_orders(weeks(10.0));
        approx::assert_relative_eq!(found, expected, max_relative = 1e-9);
    }
    let clvtools = ParetoNbd::new(0.5143, 2.8845, 0.2856, 14.1087).unwrap();
    let cases = [
        (221, 103.42857, 103.57143),
        (254, 97.14286, 97.28571),
        (161, 94.71429, 98.0),
        (204, 98.57143, 99.42857),
    ];
    for (x, recency_age, age) in cases {
        let p_alive = clvtools.outlook(&customer(x, recency_age, age)).p_alive();
        assert!((0.0..=1.0).contains(&p_alive), "{p_alive}");
    }
}

/// BTYD's table of the holdout by calibration frequency, weeks 39 to 78.
#[test]
fn conditional_expectations_by_frequency_are_btyds() {
    let (bg, pareto) = (bg_nbd().model, pareto_nbd().model);
    let published = [
        (0.2250893, 0.138),
        (0.5231364, 0.600),
        (1.044126, 1.196),
        (1.520256, 1.714),
        (2.163824, 2.399),
        (2.653789, 2.907),
        (3.503957, 3.819),
        (6.157036, 6.403),
    ];
    let mut sums = [(0.0, 0.0, 0.0); 8];
    for (seen, customers) in crate::support::cdnow_customers() {
        let sum = &mut sums[seen.frequency().min(7) as usize];
        sum.0 += customers;
        sum.1 += customers * bg.outlook(&seen).expected_orders(weeks(39.0));
        sum.2 += customers * pareto.outlook(&seen).expected_orders(weeks(39.0));
    }
    for ((customers, by_bg, by_pareto), (bg, pareto)) in sums.into_iter().zip(published) {
        assert_abs_diff_eq!(by_bg / customers, bg, epsilon = 2e-3);
        assert_abs_diff_eq!(by_pareto / customers, pareto, epsilon = 2e-3);
    }
}

/// BTYD's cumulative repeat orders of the sample, weeks 20 to 25.
#[test]
fn tracking_follows_btyds() {
    let (bg, pareto) = (bg_nbd().model, pareto_nbd().model);
    let published = [
        (20.0, 1312.458, 1308.856),
        (21.0, 1387.346, 1385.275),
        (22.0, 1460.392, 1459.923),
        (23.0, 1531.713, 1532.906),
        (24.0, 1601.418, 1604.320),
        (25.0, 1669.600, 1674.253),
    ];
    for (week, by_bg, by_pareto) in published {
        let (mut of_bg, mut of_pareto) = (0.0, 0.0);
        for (seen, customers) in crate::support::cdnow_customers() {
            // Everybody's clock starts at the own first order; the oldest customer is 272 days old.
            let shown = (week - (272.0 / 7.0 - seen.age())).max(0.0);
            of_bg += customers * bg.outlook(&Customer::NEW).expected_orders(weeks(shown));
            of_pareto += customers * pareto.outlook(&Customer::NEW).expected_orders(weeks(shown));
        }
        approx::assert_relative_eq!(of_bg, by_bg, max_relative = 1e-3);
        approx::assert_relative_eq!(of_pareto, by_pareto, max_relative = 1e-3);
    }
}

/// Of mpmath 1.3 with 30 digits: BG/NBD for x = 2, `t_x` = 30.43, T = 38.86 is P(alive) (r + 2) / (alpha + T) times
/// `quad(lambda t: exp(-d*t) * hyp2f1(r+3, a, a+b+2, -t/(alpha+T)), [0, h])`; Pareto/NBD for a new customer is
/// r / alpha times `quad(lambda t: exp(-d*t) * (beta/(beta+t))**s, [0, h])`; d is `log(1+rate) * 7 / 365.25`.
#[test]
fn a_rate_below_zero_weighs_later_orders_more() {
    let bg = BgNbd::new(0.243, 4.414, 0.793, 2.426).unwrap().outlook(&customer(2, 30.43, 38.86));
    let pareto = ParetoNbd::new(0.553, 10.580, 0.606, 11.656).unwrap().outlook(&Customer::NEW);
    for (annual, horizon, by_bg, by_pareto) in [
        (-0.05, 52.0, 1.596_352_594_261_2, 1.504_174_391_681_14),
        (-0.3, 1_040.0, 933.382_465_297_121, 682.450_427_493_994),
        (-0.5, 5_200.0, 1.026_557_907_064_16e29, 9.831_082_777_792_15e28),
    ] {
        let rate = DiscountRate::new(annual).unwrap();
        let (bg, pareto) =
            (bg.discounted_orders(weeks(horizon), rate), pareto.discounted_orders(weeks(horizon), rate));
        assert_relative_eq!(bg, by_bg, max_relative = 1e-7);
        assert_relative_eq!(pareto, by_pareto, max_relative = 1e-7);
    }
    for annual in [-0.5, -0.999, -1.0 + f64::EPSILON] {
        let (rate, ages) = (DiscountRate::new(annual).unwrap(), weeks(1e7));
        let found = [bg.discounted_orders(ages, rate), pareto.discounted_orders(ages, rate)];
        assert!(found.iter().all(|orders| orders.is_finite() && *orders > 1e200), "{annual}: {found:?}");
    }
}

/// Of mpmath 1.3 with 25 digits: the rate of orders, `hyp2f1(r + x + 1, a, a + b + c, -t / (alpha + T))` times
/// P(alive) (r + x) / (alpha + T), discounted and integrated over 40,000 weeks; c is x, or x + 1 for MBG/NBD.
#[test]
fn all_orders_to_come_are_discounted() {
    let (bg, mbg) =
        (BgNbd::new(0.243, 4.414, 0.793, 2.426).unwrap(), MbgNbd::new(0.525, 6.183, 0.891, 1.614).unwrap());
    let customers = [customer(0, 0.0, 38.86), customer(2, 30.43, 38.86), customer(26, 30.86, 31.0)];
    for (annual, by_bg, by_mbg) in [
        (
            0.15,
            [1.021_042_111_924_98, 5.179_484_363_525_05, 71.183_999_847_864_9],
            [0.726_321_180_349_534, 4.933_453_821_497_81, 61.636_120_301_153_3],
        ),
        (
            0.03,
            [2.545_503_384_076_27, 11.103_960_685_352_6, 139.107_572_832_411],
            [1.645_805_943_875_6, 9.854_968_661_244_65, 112.189_984_329_206],
        ),
    ] {
        let rate = DiscountRate::new(annual).unwrap();
        for (seen, (by_bg, by_mbg)) in customers.iter().zip(by_bg.into_iter().zip(by_mbg)) {
            let found = bg.outlook(seen).discounted_orders_lifetime(rate).unwrap();
            assert_relative_eq!(found, by_bg, max_relative = 1e-9);
            let found = mbg.outlook(seen).discounted_orders_lifetime(rate).unwrap();
            assert_relative_eq!(found, by_mbg, max_relative = 1e-9);
        }
    }
}

/// The number of orders asked for costs nothing where hardly anybody orders so often.
#[test]
fn impossibly_many_orders_are_impossible() {
    let outlook = BgNbd::new(0.243, 4.414, 0.793, 2.426).unwrap().outlook(&customer(2, 30.43, 38.86));
    assert!(outlook.p_orders(u32::MAX, weeks(52.0)) < 1e-12);
    let outlook = BgCnbd::new(3, 0.5, 4.0, 0.793, 2.426).unwrap().outlook(&customer(2, 30.43, 38.86));
    assert!(outlook.p_orders(u32::MAX, weeks(52.0)) < 1e-12);
}

/// Sixteen orders a day over 171 years, and then a week of silence that such a customer cannot mean.
#[test]
fn the_busiest_customer_that_can_be_stays_finite() {
    let most = Customer::MAX_FREQUENCY;
    let check = |outlook: &dyn Outlook| {
        let week = outlook.expected_orders(weeks(1.0));
        assert!((0.0..=120.0).contains(&week), "{week}");
        assert!(
            (0.0..=1.0).contains(&outlook.p_alive()) && (0.0..=1.0).contains(&outlook.p_no_order(weeks(1.0)))
        );
        assert!(outlook.next_order(0.5, weeks(52.0)).get().is_finite());
    };
    for seen in [customer(most, 8_928.0, 8_929.0), customer(most, 8_928.0, 8_928.0)] {
        let (bg, pareto) = (
            BgNbd::new(0.243, 4.414, 0.793, 2.426).unwrap(),
            ParetoNbd::new(0.553, 10.580, 0.606, 11.656).unwrap(),
        );
        check(&bg.outlook(&seen));
        check(&pareto.outlook(&seen));
        let regular = BgCnbd::new(3, 0.5, 4.0, 0.793, 2.426).unwrap();
        check(&regular.outlook(&seen));
        assert!(regular.log_likelihood(&seen).is_finite());
        assert!(bg.log_likelihood(&seen).is_finite() && pareto.log_likelihood(&seen).is_finite());
    }
}
