//! A model file made by hand: the published parameters for CDNOW, so nothing is fitted.

use tenure_behaviour::rfm::RfmCutPoints;
use tenure_behaviour::{OccasionRule, SummaryRule};
use tenure_btyd::{BgNbd, GammaGamma};
use tenure_bundle::{
    BacktestRow, DataFingerprint, Digest, FeatureSchema, Level, Manifest, Model, OrderModel, SpendBasis,
    SpendModel,
};
use tenure_core::{AsOf, Currency, DiscountRate, TimeZone, Timestamp};
use tenure_predict::{churn_measures, value_measures};

const DAY_US: i64 = 86_400_000_000;

/// The bytes of a model file: BG/NBD of Fader, Hardie and Lee (2005), Gamma-Gamma of Fader and Hardie (2013).
pub(crate) fn sample_bundle() -> Result<Vec<u8>, Box<dyn std::error::Error>> {
    Ok(model()?.to_bundle(manifest()?)?)
}

/// The model in it.
pub(crate) fn model() -> Result<Model, Box<dyn std::error::Error>> {
    let days = |days: [i64; 4]| days.map(|days| days * DAY_US);
    Ok(Model {
        orders: OrderModel::BgNbd(BgNbd::new(0.243, 4.414, 0.793, 2.426)?),
        spend: SpendModel {
            gamma_gamma: GammaGamma::new(6.25, 3.74, 15.44)?,
            basis: SpendBasis::RepeatOrders,
        },
        level: Level::NONE,
        rfm: RfmCutPoints::new(days([30, 90, 180, 365]), [1, 2, 3, 5], [1_000, 2_000, 5_000, 10_000])?,
        boosted: None,
        intervals: None,
        clv_intervals: None,
        own_dates: None,
    })
}

/// Its manifest.
pub(crate) fn manifest() -> Result<Manifest, Box<dyn std::error::Error>> {
    let at = |date: &str| Timestamp::parse(date, &TimeZone::utc());
    let as_of = at("1997-10-01")?;
    let mut horizons = Vec::new();
    for text in ["30d", "60d", "90d", "180d", "365d"] {
        horizons.push(text.parse()?);
    }
    let judged = BacktestRow {
        candidate: "bg_nbd".into(),
        origin: at("1997-07-01")?,
        horizon: "90d".parse()?,
        customers: 3,
        churn: Some(churn_measures(&[true, false, true], &[0.9, 0.2, 0.6])?),
        value: Some(value_measures(&[1.0, 0.0, 3.0], &[2.0, 0.5, 1.0])?),
        chosen: true,
    };
    let naive = BacktestRow {
        candidate: "naive_rate".into(),
        churn: None,
        value: None,
        chosen: false,
        ..judged.clone()
    };
    Ok(Manifest {
        format_version: 0,
        model_version: String::new(),
        model: "bg_nbd".into(),
        as_of: AsOf::new(as_of),
        horizon: "90d".parse()?,
        horizons,
        clv_horizon: "365d".parse()?,
        discount_rate: DiscountRate::new(0.1)?,
        currency: Currency::USD,
        summary_rule: SummaryRule { occasion: OccasionRule::Day, time_zone: TimeZone::utc() },
        features: FeatureSchema { sources: Vec::new(), kinds: Vec::new(), schema_sha256: Digest::of(b"") },
        backtest: vec![judged, naive],
        data: DataFingerprint {
            customers: 23_570,
            orders: 69_659,
            refunds: 7,
            first_event: at("1997-01-01")?,
            last_event: at("1997-09-30")?,
            sha256: Digest::of(b"orders"),
        },
        crates: [("tenure-btyd".to_owned(), "0.1.0".to_owned())].into(),
        notes: vec!["made by hand".into()],
        parts: Vec::new(),
    })
}
