//! What the predictions of a purchase model for one customer must satisfy.

use tenure_btyd::{Customer, Outlook, PurchaseModel};
use tenure_core::DiscountRate;

use crate::support::{customer, simpson, weeks};

/// Everything a prediction must satisfy for one customer.
pub(super) fn check_outlook(outlook: &impl Outlook, new: bool) {
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
pub(super) fn check_discounting(outlook: &impl Outlook) {
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
    assert_eq!(outlook.residual_value(25.0, rate), Some(25.0 * lifetime));
    // A cent on the dollar less a year is worth more, and the little that never ends is still a number.
    let patient = outlook.discounted_orders_lifetime(DiscountRate::new(0.14).unwrap()).unwrap();
    assert!(patient >= lifetime && lifetime >= found - 1e-9, "{patient} {lifetime} {found}");
    let hardly = outlook.discounted_orders_lifetime(DiscountRate::new(1e-7).unwrap()).unwrap();
    assert!(hardly.is_finite() && hardly >= patient, "{hardly}");
}

/// Of a new customer the likelihoods of all `(x, t_x)` with the same x add up to the probability of x orders,
/// and those of all x to 1: `x - 1` orders may lie anywhere before the last.
pub(super) fn check_likelihood(model: &impl PurchaseModel) {
    let age = 6.0;
    let new = model.outlook(&Customer::NEW);
    let mut total = 0.0;
    for x in 0..40_u32 {
        let likelihood = |recency_age: f64| {
            let ways: f64 = (1..x).map(|n| (recency_age / f64::from(n)).ln()).sum();
            (model.log_likelihood(&customer(x, recency_age, age)) + ways).exp()
        };
        let probability = if x == 0 { likelihood(0.0) } else { simpson(age, likelihood) };
        let expected = new.p_orders(x, weeks(age));
        // Models of regular customers take orders within the first hour for one visit.
        assert!((probability - expected).abs() < 1e-5, "{x}: {probability} {expected}");
        total += probability;
    }
    assert!(total > 0.99 && total < 1.0 + 1e-5, "{total}");
}
