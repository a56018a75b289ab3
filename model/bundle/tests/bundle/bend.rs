//! A season's level holds within the horizon that it was seen over.

use tenure_bundle::{Base, Bend, Blend, Boosted, Level};
use tenure_predict::LogitShift;

use crate::common::horizon;

const BASE: Base = Base { p_no_order: 0.5, p_alive: 0.9, orders: 1.2, spend: 20.0 };

/// A customer whom trees move by `churn` and `spend` on their margins, in a season that moves log-odds by `shift` and
/// doubles the value of payers.
fn bend(churn: f64, spend: f64, shift: f64, on_purchase_level: bool) -> Bend {
    let none = || Blend::new(1.0, Vec::new()).unwrap();
    let boosted = Boosted {
        horizon: horizon("90d"),
        definitions: String::new(),
        kinds: Vec::new(),
        columns: Vec::new(),
        churn: none(),
        spend: none(),
        level: Level::new(LogitShift::new(shift, 1.0).unwrap(), 1.5, 2.0).unwrap(),
        on_purchase_level,
    };
    boosted.bend(&BASE, BASE.churn_margin() + churn, BASE.spend_margin() + spend)
}

#[test]
fn after_the_season_hazards_are_those_that_trees_learned() {
    let (with, without) = (bend(0.4, 0.0, -1.0, false), bend(0.4, 0.0, 0.0, false));
    let curve = |bend: &Bend, as_fitted: f64, days: &str| bend.p_no_order(as_fitted, horizon(days));
    assert!(curve(&with, 0.5, "90d") < curve(&without, 0.5, "90d"));
    let after = |bend: &Bend| curve(bend, 0.3, "365d") / curve(bend, 0.5, "90d");
    assert!((after(&with) - after(&without)).abs() < 1e-12);
    // A day later it is no other than on the day.
    let (last, next) = (curve(&with, 0.5, "90d"), curve(&with, 0.5 - 1e-12, "91d"));
    assert!((last - next).abs() < 1e-11 && next <= last);
}

#[test]
fn the_value_of_a_season_is_doubled_within_it_alone() {
    let (season, none) = (bend(0.0, 0.1, 0.0, false), bend(0.0, 0.1, 0.0, false));
    let within = season.value(10.0, 0.0);
    assert!((within - 2.0 * 10.0 * 0.1_f64.exp()).abs() < 1e-9, "{within}");
    assert!((none.value(0.0, 5.0) - 5.0 * 0.1_f64.exp()).abs() < 1e-9);
    assert!((season.value(10.0, 5.0) - within - 5.0 * 0.1_f64.exp()).abs() < 1e-9);
    assert!((season.orders(10.0, 5.0) - 20.0).abs() < 1e-9);
}

#[test]
fn a_level_that_is_no_season_holds_for_all_days() {
    let bend = bend(0.0, 0.0, -1.0, true);
    let at = |as_fitted: f64, days: &str| bend.p_no_order(as_fitted, horizon(days)).ln() / as_fitted.ln();
    assert!((at(0.5, "90d") - at(0.2, "365d")).abs() < 1e-12);
    assert!((bend.value(0.0, 5.0) / bend.value(5.0, 0.0) - 1.0).abs() < 1e-12);
}

#[test]
fn the_dates_of_a_quicker_customer_lie_earlier() {
    let quick = bend(-1.5, 0.0, 0.0, false);
    let half = quick.share(0.5, 0.3, horizon("180d"));
    // Hazards so many times higher: after which base probability is half of the bent chance used up?
    let bent = quick.p_no_order(0.3, horizon("180d"));
    let silent = (1.0 - half * 0.7).powf(bent.ln() / 0.3_f64.ln());
    assert!(half < 0.5 && (silent - (1.0 - 0.5 * (1.0 - bent))).abs() < 1e-12, "{half}");
    let same = bend(0.0, 0.0, 0.0, false).share(0.9, 0.5, horizon("90d"));
    assert!((same - 0.9).abs() < 1e-12, "{same}");
}

#[test]
fn who_orders_at_all_is_alive() {
    for (churn, shift) in [(2.0, -2.0), (-2.0, 1.0), (0.0, 0.0)] {
        let bend = bend(churn, 0.0, shift, false);
        // The purchase model leaves a tenth for dead, so no later answer is below that.
        for as_fitted in [0.5, 0.2, 0.11] {
            assert!(bend.p_alive(0.9) >= 1.0 - bend.p_no_order(as_fitted, horizon("365d")));
        }
    }
}
