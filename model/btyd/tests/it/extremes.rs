//! Parameters over six decades and customers of any kind: nothing is exact here, and everything must make sense.

use proptest::prelude::*;
use tenure_btyd::{BgCnbd, BgNbd, Customer, MbgCnbd, MbgNbd, Outlook, ParetoNbd, PurchaseModel};
use tenure_core::DiscountRate;

use crate::support::{customer, weeks};

fn check(model: &impl PurchaseModel, seen: &Customer, horizon: f64) {
    assert!(model.log_likelihood(seen).is_finite());
    let (outlook, horizon, rate) = (model.outlook(seen), weeks(horizon), DiscountRate::new(0.1).unwrap());
    for p in [
        outlook.p_alive(),
        outlook.p_alive_after(horizon),
        outlook.p_no_order(horizon),
        outlook.p_orders(2, horizon),
    ] {
        assert!((-1e-12..=1.0 + 1e-9).contains(&p), "{p}");
    }
    let orders = outlook.expected_orders(horizon);
    let discounted = outlook.discounted_orders(horizon, rate);
    let lifetime = outlook.discounted_orders_lifetime(rate).unwrap();
    assert!(orders.is_finite() && orders >= -1e-9, "{orders}");
    assert!(discounted >= -1e-9 && discounted <= orders * (1.0 + 1e-6) + 1e-9, "{discounted} of {orders}");
    assert!(
        lifetime.is_finite() && discounted <= lifetime * (1.0 + 1e-3) + 1e-6,
        "{discounted} of {lifetime}"
    );
    assert!(outlook.next_order(0.5, horizon) <= horizon);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(250))]
    #[test]
    fn any_parameters_give_answers(
        logs in prop::array::uniform4(-6.9_f64..6.9),
        k in 1_u32..13,
        (x, is_few) in (0_u32..3_000, any::<bool>()),
        (age, share) in (0.0_f64..1_000.0, 0.0_f64..=1.0),
        horizon in 0.0_f64..2_000.0,
    ) {
        let [r, alpha, a, b] = logs.map(f64::exp);
        let x = if is_few { x % 12 } else { x };
        let seen = customer(x, if x == 0 { 0.0 } else { age * share }, age);
        check(&BgNbd::new(r, alpha, a, b).unwrap(), &seen, horizon);
        check(&MbgNbd::new(r, alpha, a, b).unwrap(), &seen, horizon);
        check(&ParetoNbd::new(r, alpha, a, b).unwrap(), &seen, horizon);
        check(&BgCnbd::new(k, r, alpha, a, b).unwrap(), &seen, horizon);
        check(&MbgCnbd::new(k, r, alpha, a, b).unwrap(), &seen, horizon);
    }
}

/// Found by the property above, when it ran for longer.
#[test]
fn what_once_went_wrong() {
    let now = customer(0, 0.0, 0.0);
    // A series left the range of numbers.
    check(&BgNbd::new(1.0, 1.0, 982.0, 1.0).unwrap(), &now, 1_280.8);
    // A series alternated and cancelled.
    check(&BgNbd::new(277.0, 1.0, 1.0, 1.0).unwrap(), &now, 1_782.2);
    // Orders come and end within days, over years.
    check(&BgNbd::new(422.0, 1.0, 245.0, 1.0).unwrap(), &now, 694.7);
    check(&BgNbd::new(422.0, 1.0, 245.0, 1.0).unwrap(), &customer(0, 0.0, 831.9), 694.7);
    check(&ParetoNbd::new(1.0, 1.0, 620.0, 1.0).unwrap(), &customer(1, 231.4, 232.7), 346.3);
}
