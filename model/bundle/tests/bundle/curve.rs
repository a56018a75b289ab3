//! One curve: over any days, of any customer, on either rung.

use proptest::prelude::*;
use tenure_behaviour::PurchaseSummary;
use tenure_btyd::{BgNbd, MbgNbd, ParetoNbd};
use tenure_bundle::{Base, Bend, Blend, Boosted, Forecast, Level, OrderModel, SpendBasis, SpendModel};
use tenure_core::{Currency, Duration, Horizon, Money, Timestamp, Weeks};
use tenure_predict::LogitShift;

/// The horizon that trees learned, in days.
const LEARNED: u32 = 90;

fn days(count: u32) -> Horizon {
    Horizon::new(Duration::from_days(count)).unwrap()
}

/// With the next instant after so many days.
fn just_after(count: u32) -> Horizon {
    let length = Duration::from_days(count).microseconds() + 1;
    Horizon::new(Duration::from_microseconds(length).unwrap()).unwrap()
}

/// Somebody with `frequency` repeat orders, the last `silent` weeks ago.
fn summary(frequency: u32, recency_age: f64, silent: f64) -> PurchaseSummary {
    let (start, nothing) =
        (Timestamp::from_microseconds(0).unwrap(), Money::from_minor_units(0, Currency::USD));
    let recency_age = if frequency == 0 { 0.0 } else { recency_age };
    PurchaseSummary {
        frequency,
        recency_age: Weeks::new(recency_age).unwrap(),
        age: Weeks::new(recency_age + silent).unwrap(),
        log_gaps: 0.0,
        first_order_at: start,
        last_order_at: start,
        since_last: Duration::from_days(0),
        net_spend: nothing,
        first_spend: nothing,
    }
}

fn models() -> [OrderModel; 3] {
    [
        OrderModel::BgNbd(BgNbd::new(0.243, 4.414, 0.793, 2.426).unwrap()),
        OrderModel::MbgNbd(MbgNbd::new(0.525, 6.183, 0.891, 1.614).unwrap()),
        OrderModel::ParetoNbd(ParetoNbd::new(0.553, 10.578, 0.606, 11.669).unwrap()),
    ]
}

/// What trees say whose margin of churn moves by `moved`, in a season off by `season` log-odds.
fn bend(base: &Base, moved: f64, season: f64) -> Bend {
    let none = || Blend::new(1.0, Vec::new()).unwrap();
    let boosted = Boosted {
        horizon: days(LEARNED),
        definitions: String::new(),
        kinds: Vec::new(),
        columns: Vec::new(),
        churn: none(),
        spend: none(),
        level: Level::new(LogitShift::new(season, 1.0).unwrap(), 1.0, 1.0).unwrap(),
        on_purchase_level: false,
    };
    boosted.bend(base, base.churn_margin() + moved, base.spend_margin())
}

/// The whole curve of a customer.
struct Curve {
    forecast: Forecast,
    bend: Bend,
    level: Level,
}

impl Curve {
    fn of(model: &OrderModel, summary: &PurchaseSummary, (moved, season): (f64, f64), level: Level) -> Self {
        let gamma_gamma = tenure_btyd::GammaGamma::new(6.25, 3.74, 15.44).unwrap();
        let spend = SpendModel { gamma_gamma, basis: SpendBasis::AllOrders };
        let base = Base::of(model, &spend, summary, days(LEARNED));
        Self { forecast: Forecast::of(model, Some(summary)), bend: bend(&base, moved, season), level }
    }

    /// By the purchase model with a level, and by trees without and with one on top.
    fn within(&self, horizon: Horizon) -> [f64; 3] {
        let as_fitted = self.forecast.p_no_order(horizon);
        let bent = self.bend.p_no_order(as_fitted, horizon);
        [self.level.churn_probability(as_fitted), bent, self.level.churn_probability(bent)]
    }
}

proptest! {
    #[test]
    fn no_two_days_cross_and_no_day_is_a_step(
        (model, frequency) in (0..3_usize, prop_oneof![0..4_u32, 0..80_u32, Just(100_000_u32)]),
        (recency_age, silent) in (0.5..200.0_f64, 0.0..200.0_f64),
        bent in (-3.0..3.0_f64, -1.5..1.5_f64),
        (intercept, slope) in (-1.5..1.5_f64, 0.3..2.0_f64),
        mut asked in proptest::collection::vec(1..800_u32, 2..12),
    ) {
        let level = Level::new(LogitShift::new(intercept, slope).unwrap(), 1.0, 1.0).unwrap();
        let curve = Curve::of(&models()[model], &summary(frequency, recency_age, silent), bent, level);
        asked.extend([30, 60, 90, 180, 365]);
        asked.sort_unstable();
        for pair in asked.windows(2) {
            let (near, far) = (curve.within(days(pair[0])), curve.within(days(pair[1])));
            for (near, far) in near.into_iter().zip(far) {
                prop_assert!((0.0..=1.0).contains(&far));
                // Rounding alone.
                prop_assert!(far <= near + 1e-12, "{pair:?}: {near} {far}");
            }
        }
        for day in asked {
            for (on, after) in curve.within(days(day)).into_iter().zip(curve.within(just_after(day))) {
                prop_assert!((on - after).abs() < 1e-6, "{day}: {on} {after}");
            }
        }
        // What trees were taught is what they say.
        let taught = curve.bend.at_trained_horizon();
        prop_assert!((curve.within(days(LEARNED))[1] - taught).abs() < 1e-12);
    }
}
