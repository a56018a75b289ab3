//! The exponential-gamma model of first orders in the suite.

use approx::assert_abs_diff_eq;
use proptest::prelude::*;
use tenure_btyd::{ExponentialGamma, FirstOrderData, FitReport};

use super::family::{InUnits, Member};
use crate::first_order::{fit, seen};
use crate::support::{simpson_between, weeks};

fn one(wait: f64, ordered: bool) -> FirstOrderData {
    FirstOrderData::new([(weeks(wait), ordered)]).unwrap()
}

impl Member for ExponentialGamma {
    fn corners() -> Vec<Self> {
        [[0.71, 0.93, 0.46], [3.0, 40.0, 1.0], [0.2, 5.0, 0.05]]
            .map(|[r, alpha, share]| Self::new(r, alpha, share).unwrap())
            .into()
    }

    /// An order within each of some spans of time, by its density, and none within all of them.
    fn outcomes(&self) -> Vec<f64> {
        let density = |wait: f64| self.log_likelihood(&one(wait, true)).exp();
        let spans = [0.0, 0.2, 1.0, 4.0, 13.0, 52.0, 300.0];
        let none = self.log_likelihood(&one(300.0, false)).exp();
        spans.windows(2).map(|span| simpson_between(span[0], span[1], density)).chain([none]).collect()
    }

    fn falling(&self, time: f64) -> Vec<f64> {
        let waited = weeks(time);
        vec![self.p_none(waited), self.p_ever(waited), self.p_order(waited, weeks(4.0))]
    }

    fn rising(&self, time: f64) -> Vec<f64> {
        let within = weeks(time);
        let [new, waited] = [weeks(0.0), weeks(26.0)];
        vec![
            self.p_order(new, within),
            self.p_order(waited, within),
            self.next_order(0.5, new, within).get(),
            self.next_order(0.5, within, weeks(52.0)).get(),
        ]
    }

    fn log_likelihoods(&self, count: u32) -> Vec<f64> {
        let wait = f64::from(count);
        [one(wait, true), one(wait, false), one(1.0 / wait, true)]
            .map(|data| self.log_likelihood(&data))
            .into()
    }

    fn fit(copies: usize) -> FitReport {
        fit(vec![seen(); copies].concat()).unwrap().report
    }
}

impl InUnits for ExponentialGamma {
    const SCALED: &'static [&'static str] = &["alpha"];

    fn fit_in_units(larger: f64) -> (FitReport, f64) {
        let people: Vec<(f64, bool)> =
            seen().into_iter().map(|(wait, ordered)| (larger * wait, ordered)).collect();
        let orders = people.iter().filter(|(_, ordered)| *ordered).count();
        (fit(people).unwrap().report, orders as f64)
    }
}

proptest! {
    #[test]
    fn any_parameters(
        r in 0.05_f64..50.0, alpha in 0.01_f64..500.0, share in 0.01_f64..=1.0,
        waited in 0.0_f64..300.0, within in 0.01_f64..300.0, part in 0.01_f64..0.99,
    ) {
        let model = ExponentialGamma::new(r, alpha, share).unwrap();
        let (waited, within) = (weeks(waited), weeks(within));
        let p = model.p_order(waited, within);
        prop_assert!((0.0..=1.0).contains(&p) && p <= model.p_ever(waited) + 1e-12);
        let then = weeks(waited.get() + within.get());
        assert_abs_diff_eq!(p, 1.0 - model.p_none(then) / model.p_none(waited), epsilon = 1e-9);
        prop_assert!(model.p_order(then, within) <= p + 1e-12, "who has waited longer is less likely to order");
        let at = model.next_order(part, waited, within);
        prop_assert!(at <= within);
        assert_abs_diff_eq!(model.p_order(waited, at), part * p, epsilon = 1e-9);
    }
}
