//! Donors, subscribers, people before their first order, and what orders come to.

use approx::{assert_abs_diff_eq, assert_relative_eq};
use linfa::DatasetBase;
use linfa::traits::Fit;
use tenure_btyd::simulate::{Chances, Random, Spending, Visitor, chances, cohort, life, spending, visitor};
use tenure_btyd::{
    BetaWeibull, BgBb, ChanceData, ExponentialGamma, FirstOrderData, GammaGamma, ParetoNbd, RetentionData,
    RetentionModel, ShiftedBetaGeometric, SpendData,
};

use super::check_estimates;
use crate::support::weeks;

#[test]
fn donors() {
    let truth = BgBb::new(1.2, 0.75, 0.66, 2.8).unwrap();
    let lives: Vec<Chances> = (0..8_000).map(|n| chances(&truth, 15, 11, n)).collect();
    let data = ChanceData::new(lives.iter().map(|life| life.customer(10).unwrap())).unwrap();
    let fitted = BgBb::params().fit(&DatasetBase::new(data, ())).unwrap();
    check_estimates(&fitted.report, &truth.parameters(), 0.3);
    let (mut foretold, mut came) = (0.0, 0.0);
    for life in &lives {
        foretold += truth.outlook(&life.customer(10).unwrap()).expected_orders(5);
        came += f64::from(life.customer(15).unwrap().frequency() - life.customer(10).unwrap().frequency());
    }
    assert_relative_eq!(foretold, came, max_relative = 0.03);
}

#[test]
fn subscribers() {
    let sbg = ShiftedBetaGeometric::new(0.7, 2.0).unwrap();
    let bdw = BetaWeibull::new(0.3, 1.2, 1.6).unwrap();
    let data = |survivors: Vec<f64>| DatasetBase::new(RetentionData::new([survivors]).unwrap(), ());
    let survivors = cohort(&sbg, 20_000, 8, 5);
    for (period, survivors) in (0..).zip(&survivors) {
        assert_abs_diff_eq!(survivors / 20_000.0, sbg.survival(period), epsilon = 0.015);
    }
    let fitted = ShiftedBetaGeometric::params().fit(&data(survivors)).unwrap();
    check_estimates(&fitted.report, &sbg.parameters(), 0.3);
    let fitted = BetaWeibull::params().fit(&data(cohort(&bdw, 20_000, 12, 6))).unwrap();
    check_estimates(&fitted.report, &bdw.parameters(), 0.3);
}

#[test]
fn people_before_their_first_order() {
    let truth = ExponentialGamma::new(1.5, 4.0, 0.4).unwrap();
    let people: Vec<(Visitor, f64)> =
        (0..20_000).map(|n| (visitor(&truth, 3, n), 104.0 * Random::new(4, n).uniform())).collect();
    let seen = people.iter().map(|(visitor, watched)| visitor.seen(weeks(*watched)));
    let data = DatasetBase::new(FirstOrderData::new(seen).unwrap(), ());
    let fitted = ExponentialGamma::params().fit(&data).unwrap();
    check_estimates(&fitted.report, &truth.parameters(), 0.2);
    // Of those who waited, as many order within a month as are foretold.
    let (mut foretold, mut came) = (0.0, 0.0);
    for (visitor, watched) in people {
        if !visitor.seen(weeks(watched)).1 {
            foretold += fitted.model.p_order(weeks(watched), weeks(4.0));
            came += f64::from(u8::from(visitor.seen(weeks(watched + 4.0)).1));
        }
    }
    assert!((foretold - came).abs() < 4.0 * foretold.sqrt(), "{foretold} {came}");
}

#[test]
fn what_orders_come_to() {
    let truth = GammaGamma::new(4.0, 3.5, 20.0).unwrap();
    let customers: Vec<Spending> = (0..8_000).map(|n| spending(&truth, 1 + (n % 7) as u32, 21, n)).collect();
    let seen: Vec<(u32, f64)> = customers.iter().map(|spending| spending.seen().unwrap()).collect();
    let fitted =
        GammaGamma::params().fit(&DatasetBase::new(SpendData::new(seen.clone()).unwrap(), ())).unwrap();
    check_estimates(&fitted.report, &truth.parameters(), 0.1);
    // Ten thousand first orders come to what the model says that orders come to.
    let first: f64 = (0..10_000).map(|n| spending(&truth, 1, 22, n).amounts[0]).sum();
    assert_relative_eq!(first / 10_000.0, truth.population_mean(), max_relative = 0.03);
    // The mean of a customer's own is foretold on average, for few orders and for many.
    for orders in 1..=7 {
        let of = customers.iter().zip(&seen).filter(|(_, (seen, _))| *seen == orders);
        let (own, foretold) = of.fold((0.0, 0.0), |(own, foretold), (spending, (orders, mean))| {
            (own + spending.mean, foretold + fitted.model.expected_spend(*orders, *mean))
        });
        assert_relative_eq!(own, foretold, max_relative = 0.06);
    }
    assert_eq!(spending(&truth, 0, 21, 0).seen(), None);
}

/// A simulation is the same on every machine and of every release; these are of the first.
#[test]
fn the_same_seed_makes_the_same_people() {
    let model = GammaGamma::new(6.25, 3.74, 15.44).unwrap();
    let found = spending(&model, 3, 7, 0);
    assert_eq!(
        (found.mean, found.amounts),
        (26.646_968_307_553_532, vec![25.001_611_560_965_34, 35.969_268_684_998_5, 30.594_736_280_194_045])
    );
    let model = ExponentialGamma::new(0.8, 3.0, 0.6).unwrap();
    let waits: Vec<Option<f64>> = (0..4).map(|n| visitor(&model, 7, n).wait.map(|wait| wait.get())).collect();
    assert_eq!(
        waits,
        [
            Some(10.767_951_561_713_637),
            Some(43.179_370_116_005_02),
            Some(0.286_664_782_392_948_96),
            Some(1.510_182_863_319_725_8)
        ]
    );
}

/// Gamma-Gamma takes spend not to depend on orders: one customer's two simulations must not either.
#[test]
fn spend_does_not_depend_on_orders() {
    let (orders, spend) =
        (ParetoNbd::new(1.0, 8.0, 1.0, 500.0).unwrap(), GammaGamma::new(4.0, 3.5, 20.0).unwrap());
    let pairs: Vec<(f64, f64)> = (0..4_000)
        .map(|n| {
            let life = life(&orders, weeks(52.0), 7, n);
            (life.orders.len() as f64, spending(&spend, 1, 7, n).mean.ln())
        })
        .collect();
    let mean = |of: &dyn Fn(&(f64, f64)) -> f64| pairs.iter().map(of).sum::<f64>() / 4_000.0;
    let (x, y) = (mean(&|pair| pair.0), mean(&|pair| pair.1));
    let covariance = mean(&|pair| (pair.0 - x) * (pair.1 - y));
    let deviations = (mean(&|pair| (pair.0 - x).powi(2)) * mean(&|pair| (pair.1 - y).powi(2))).sqrt();
    assert!((covariance / deviations).abs() < 4.0 / 4_000_f64.sqrt(), "{covariance} {deviations}");
}
