//! BG/BB in the suite.

use approx::{assert_abs_diff_eq, assert_relative_eq};
use linfa::DatasetBase;
use linfa::traits::Fit;
use proptest::prelude::*;
use tenure_btyd::{BgBb, ChanceCustomer, ChanceData, FitReport, PeriodDiscount};

use super::family::Member;
use crate::chances::{chances, donors, fit};

impl Member for BgBb {
    fn corners() -> Vec<Self> {
        [[1.2, 0.75, 0.66, 2.78], [0.2, 6.0, 0.1, 15.0], [8.0, 2.0, 0.05, 0.05]]
            .map(|parameters| Self::try_from(parameters).unwrap())
            .into()
    }

    fn outcomes(&self) -> Vec<f64> {
        (0..=12).map(|x| share_of(self, x, 12)).collect()
    }

    fn falling(&self, time: f64) -> Vec<f64> {
        let of = |seen: ChanceCustomer| {
            let outlook = self.outlook(&seen);
            [outlook.p_no_order(time as u32), outlook.p_alive_after(time as u32)]
        };
        [ChanceCustomer::NEW, chances(2, 4, 6), chances(6, 6, 6)].map(of).concat()
    }

    fn rising(&self, time: f64) -> Vec<f64> {
        let discount = PeriodDiscount::new(0.1).unwrap();
        let of = |seen: ChanceCustomer| {
            let outlook = self.outlook(&seen);
            [outlook.expected_orders(time as u32), outlook.discounted_orders(time as u32, discount)]
        };
        [ChanceCustomer::NEW, chances(2, 4, 6), chances(6, 6, 6)].map(of).concat()
    }

    fn log_likelihoods(&self, count: u32) -> Vec<f64> {
        [
            chances(count, count, count),
            chances(count, count, count + 200),
            chances(1, 1, count),
            chances(0, 0, 100 * count),
        ]
        .map(|seen| self.log_likelihood(&seen))
        .into()
    }

    fn fit(copies: usize) -> FitReport {
        let one_by_one =
            donors().into_iter().flat_map(|(seen, n)| vec![seen; copies * (n / 10.0).ceil() as usize]);
        Self::params().fit(&DatasetBase::new(ChanceData::new(one_by_one).unwrap(), ())).unwrap().report
    }
}

/// Probability of x purchases at n chances, from the likelihoods of all ways to make them.
fn share_of(model: &BgBb, x: u32, n: u32) -> f64 {
    let ways =
        |of: u32, taken: u32| (0..taken).fold(1.0, |ways, k| ways * f64::from(of - k) / f64::from(k + 1));
    // The last of x purchases at chance `last`: the others lie anywhere before.
    let lasts = if x == 0 { 0..=0 } else { x..=n };
    let at = |last: u32| {
        let others = if x == 0 { 1.0 } else { ways(last - 1, x - 1) };
        others * model.log_likelihood(&chances(x, last, n)).exp()
    };
    lasts.map(at).sum()
}

/// All that a customer can do in n chances has the probability 1, and x of them that of x orders.
fn check_likelihood(model: &BgBb, n: u32) {
    let new = model.outlook(&ChanceCustomer::NEW);
    let shares: Vec<f64> = (0..=n).map(|x| share_of(model, x, n)).collect();
    for (x, share) in (0..).zip(&shares) {
        assert_abs_diff_eq!(*share, new.p_orders(x, n), epsilon = 1e-10);
    }
    assert_abs_diff_eq!(shares.iter().sum::<f64>(), 1.0, epsilon = 1e-10);
}

fn check_outlook(model: &BgBb, seen: &ChanceCustomer) {
    let outlook = model.outlook(seen);
    let in_unit = |p: f64| (0.0..=1.0 + 1e-12).contains(&p);
    let discount = PeriodDiscount::new(0.1).unwrap();
    let (mut silent, mut orders, mut alive) = (1.0, 0.0, outlook.p_alive());
    for ahead in [0, 1, 2, 5, 12, 40] {
        let now = (outlook.p_no_order(ahead), outlook.expected_orders(ahead), outlook.p_alive_after(ahead));
        assert!(in_unit(now.0) && in_unit(now.2) && now.1.is_finite());
        assert!(now.0 <= silent + 1e-12 && now.1 >= orders - 1e-12 && now.2 <= alive + 1e-12);
        assert!(1.0 - now.0 <= now.1 + 1e-12, "Markov");
        assert!(outlook.discounted_orders(ahead, discount) <= now.1);
        let sum: f64 = (0..=ahead).map(|n| outlook.p_orders(n, ahead)).sum();
        let mean: f64 = (0..=ahead).map(|n| f64::from(n) * outlook.p_orders(n, ahead)).sum();
        assert_abs_diff_eq!(sum, 1.0, epsilon = 1e-9);
        assert_abs_diff_eq!(mean, now.1, epsilon = 1e-8);
        (silent, orders, alive) = now;
    }
    let lifetime = outlook.discounted_orders_lifetime(discount).unwrap();
    assert_relative_eq!(lifetime, outlook.discounted_orders(2_000, discount), max_relative = 1e-9);
    assert!(outlook.discounted_orders_lifetime(PeriodDiscount::new(0.0).unwrap()).is_none());
    let wait = outlook.next_order(0.5, 40);
    assert!((1..=40).contains(&wait));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]
    #[test]
    fn any_customer_at_any_parameters(
        parameters in prop::array::uniform4(0.05_f64..20.0),
        n in 1_u32..60,
        last in 0.0_f64..1.0,
        taken in 0.0_f64..1.0,
    ) {
        let model = BgBb::try_from(parameters).unwrap();
        let last = (f64::from(n) * last).round();
        let x = if last == 0.0 { 0.0 } else { 1.0 + (taken * (last - 1.0)).floor() };
        check_outlook(&model, &chances(x as u32, last as u32, n));
        check_likelihood(&model, n.min(9));
    }
}

#[test]
fn a_thousand_chances_stay_finite() {
    let model = BgBb::new(1.2, 0.75, 0.66, 2.78).unwrap();
    for seen in
        [chances(1000, 1000, 1000), chances(1000, 1000, 1200), chances(1, 1, 1000), chances(0, 0, 100_000)]
    {
        let outlook = model.outlook(&seen);
        assert!(model.log_likelihood(&seen).is_finite());
        assert!((0.0..=1.0).contains(&outlook.p_alive()) && outlook.expected_orders(50).is_finite());
    }
    let gone = model.outlook(&chances(1000, 1000, 3000));
    assert_eq!((gone.p_alive(), gone.p_no_order(10)), (0.0, 1.0));
}

#[test]
fn weights_equal_repetition() {
    let few = || donors().into_iter().map(|(seen, n)| (seen, (n / 50.0).ceil()));
    let repeated = few().flat_map(|(seen, n)| vec![(seen, 1.0); n as usize]);
    assert_eq!(fit(repeated.collect::<Vec<_>>().into_iter().rev()), fit(few()));
}
