//! What is asked of every model alike, whatever it predicts.

use approx::{assert_abs_diff_eq, assert_relative_eq};
use tenure_btyd::FitReport;

/// A model as the suite sees it.
pub(super) trait Member {
    /// Parameters from another corner than the published ones.
    fn corners() -> Vec<Self>
    where
        Self: Sized;

    /// Probabilities of all that one customer can do, which exclude each other.
    fn outcomes(&self) -> Vec<f64>;

    /// Probabilities that can only fall as time passes (with Gamma-Gamma: as orders are added).
    fn falling(&self, time: f64) -> Vec<f64>;

    /// Numbers that can only rise.
    fn rising(&self, time: f64) -> Vec<f64>;

    /// Log-likelihoods of customers with so many orders or periods.
    fn log_likelihoods(&self, count: u32) -> Vec<f64>;

    /// A fit to the same customers, each so many times.
    fn fit(copies: usize) -> FitReport
    where
        Self: Sized;
}

/// A model of times or amounts, which can be counted in another unit.
pub(super) trait InUnits: Member {
    /// Parameters that are counted in the unit.
    const SCALED: &'static [&'static str];

    /// A fit to the same customers with the numbers of another unit, each so many times as large; and how many of
    /// them the likelihood is a density of.
    fn fit_in_units(larger: f64) -> (FitReport, f64);
}

pub(super) fn outcomes_add_up_to_one<M: Member>() {
    for model in M::corners() {
        let outcomes = model.outcomes();
        assert!(outcomes.len() > 2 && outcomes.iter().all(|p| (-1e-12..=1.0 + 1e-12).contains(p)));
        assert_abs_diff_eq!(outcomes.iter().sum::<f64>(), 1.0, epsilon = 1e-6);
    }
}

pub(super) fn time_moves_everything_one_way<M: Member>() {
    const TIMES: [f64; 10] = [0.0, 1.0, 2.0, 4.0, 13.0, 26.0, 52.0, 104.0, 400.0, 1_000.0];
    for model in M::corners() {
        for pair in TIMES.windows(2) {
            for (before, after) in model.falling(pair[0]).into_iter().zip(model.falling(pair[1])) {
                assert!((0.0..=1.0 + 1e-12).contains(&before) && (0.0..=1.0 + 1e-12).contains(&after));
                assert!(after <= before + 1e-9, "{before} then {after} at {pair:?}");
            }
            for (before, after) in model.rising(pair[0]).into_iter().zip(model.rising(pair[1])) {
                assert!(before.is_finite() && after.is_finite() && before >= -1e-9, "{before} {after}");
                assert!(after >= before - 1e-9, "{before} then {after} at {pair:?}");
            }
        }
        // Something does move.
        let moved =
            |of: &dyn Fn(f64) -> Vec<f64>| of(0.0).iter().zip(of(52.0)).any(|(now, then)| *now != then);
        assert!(moved(&|time| model.falling(time)) && moved(&|time| model.rising(time)));
    }
}

pub(super) fn a_thousand_stay_finite<M: Member>() {
    for model in M::corners() {
        for count in [1, 2, 10, 100, 999, 1_000] {
            let found = model.log_likelihoods(count);
            assert!(!found.is_empty() && found.iter().all(|one| one.is_finite()), "{count}: {found:?}");
        }
    }
}

/// Whether customers are counted or stand there one by one, what is found is the same; what is known is more.
pub(super) fn repetition_only_makes_surer<M: Member>() {
    let (once, thrice) = (M::fit(1), M::fit(3));
    assert_relative_eq!(thrice.customers, 3.0 * once.customers, max_relative = 1e-12);
    assert_relative_eq!(thrice.log_likelihood, 3.0 * once.log_likelihood, max_relative = 1e-9);
    for (one, three) in once.parameters.0.iter().zip(&thrice.parameters.0) {
        assert_relative_eq!(one.value, three.value, max_relative = 1e-5);
        let (one, three) = (one.standard_error.unwrap(), three.standard_error.unwrap());
        assert_relative_eq!(one, three * 3.0_f64.sqrt(), max_relative = 1e-3);
    }
}

pub(super) fn other_units_change_only_the_units<M: InUnits>() {
    const LARGER: f64 = 7.0;
    let ((plain, density_of), (scaled, _)) = (M::fit_in_units(1.0), M::fit_in_units(LARGER));
    let names: Vec<&str> = plain.parameters.0.iter().map(|parameter| parameter.name.as_str()).collect();
    assert!(M::SCALED.iter().all(|name| names.contains(name)), "{names:?}");
    for (plain, scaled) in plain.parameters.0.iter().zip(&scaled.parameters.0) {
        let factor = if M::SCALED.contains(&plain.name.as_str()) { LARGER } else { 1.0 };
        assert_relative_eq!(factor * plain.value, scaled.value, max_relative = 1e-4);
        let (plain, scaled) = (plain.standard_error.unwrap(), scaled.standard_error.unwrap());
        assert_relative_eq!(factor * plain, scaled, max_relative = 1e-2);
    }
    assert!(density_of > 0.0);
    assert_relative_eq!(
        plain.log_likelihood - density_of * LARGER.ln(),
        scaled.log_likelihood,
        max_relative = 1e-9
    );
}

/// The tests of one model, and the last of them where it is one of times or amounts.
macro_rules! member {
    ($name:ident, $model:ty $(, $in_units:ident)?) => {
        mod $name {
            use super::*;

            #[test]
            fn outcomes_add_up_to_one() {
                family::outcomes_add_up_to_one::<$model>();
            }

            #[test]
            fn time_moves_everything_one_way() {
                family::time_moves_everything_one_way::<$model>();
            }

            #[test]
            fn a_thousand_stay_finite() {
                family::a_thousand_stay_finite::<$model>();
            }

            #[test]
            fn repetition_only_makes_surer() {
                family::repetition_only_makes_surer::<$model>();
            }

            $(
                #[test]
                fn $in_units() {
                    family::$in_units::<$model>();
                }
            )?
        }
    };
}
pub(super) use member;
