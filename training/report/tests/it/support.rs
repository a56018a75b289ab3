//! A made-up shop with a bundle, shared by the tests and by the example.

use std::collections::BTreeMap;

use tenure_behaviour::rfm::RfmCutPoints;
use tenure_behaviour::{OccasionRule, OrderHistory, PurchaseSummary, SummaryRule};
use tenure_btyd::{BgNbd, GammaGamma};
use tenure_bundle::{
    BacktestRow, BehaviourSource, Churn, DataFingerprint, Digest, FeatureSchema, FromPurchases, Level,
    Limits, Manifest, Model, OrderModel, Scorer, SpendBasis, SpendModel,
};
use tenure_core::{AsOf, Currency, DiscountRate, EventKind, Horizon, Money, TimeZone, Timestamp};
use tenure_predict::{ChurnMeasures, ValueMeasures};
use tenure_report::{Ask, Report};

/// Customers with their orders, and a bundle that fits them roughly.
pub(crate) struct Shop {
    pub(crate) scorer: Scorer,
    pub(crate) histories: Vec<OrderHistory>,
}

pub(crate) fn at(text: &str) -> Timestamp {
    Timestamp::parse(text, &TimeZone::utc()).unwrap()
}

pub(crate) fn horizon(text: &str) -> Horizon {
    text.parse().unwrap()
}

/// 2023-07-01, a year after the shop opened; it is watched for nine more months.
pub(crate) const AS_OF: &str = "2023-07-01";

pub(crate) fn ask() -> Ask {
    Ask { as_of: AsOf::new(at(AS_OF)), horizon: horizon("90d") }
}

/// Days from 2022-07-01 on which customers order, and cents.
pub(crate) fn history(orders: &[(f64, i64)], currency: Currency) -> OrderHistory {
    let mut history = OrderHistory::new(currency);
    for (day, minor) in orders {
        let instant = at("2022-07-01").microseconds() + (day * 86_400e6) as i64;
        let kind = if *minor < 0 { EventKind::Refund } else { EventKind::Order };
        let amount = Money::from_minor_units(*minor, currency);
        history.record(&kind, Timestamp::from_microseconds(instant).unwrap(), amount).unwrap();
    }
    history
}

/// Customers who come over thirteen months, each at a pace of their own, and may leave after an order.
pub(crate) fn orders(customers: u32, days: f64) -> Vec<Vec<(f64, i64)>> {
    let mut state = 17_u64;
    let mut uniform = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((state >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    };
    let mut customer = || {
        let (mut day, pace) = (uniform() * 400.0, 0.035 * -uniform().ln());
        let (leaves, usual) = (0.1 + 0.3 * uniform(), 1_500.0 * (1.2 * (uniform() + uniform() - 1.0)).exp());
        let mut orders = Vec::new();
        while day < days {
            orders.push((day, (usual * (0.5 + uniform())) as i64));
            if uniform() < 0.05 {
                orders.push((day + 3.0, -((usual * 0.4) as i64)));
            }
            if uniform() < leaves {
                break;
            }
            day += 1.0 - uniform().ln() / pace;
        }
        orders
    };
    (0..customers).map(|_| customer()).collect()
}

fn rule() -> SummaryRule {
    SummaryRule { occasion: OccasionRule::Day, time_zone: TimeZone::utc() }
}

fn scorer(histories: &[OrderHistory], currency: Currency) -> Scorer {
    let bytes = model(histories).to_bundle(manifest(currency, rule())).unwrap();
    Scorer::from_bytes(&bytes, &Limits::default()).unwrap()
}

/// The same model with a definition of churn that is read off it by a line.
fn defining(histories: &[OrderHistory], currency: Currency, definition: &str) -> Scorer {
    let churn = Churn {
        definition: definition.to_owned(),
        from_purchases: FromPurchases::new(0.9, 0.8).unwrap(),
        trees: None,
    };
    let mut manifest = Manifest { horizons: vec![horizon("90d")], ..manifest(currency, rule()) };
    manifest.features.sources = vec![BehaviourSource::of_churn(definition)];
    let bytes = model(histories).to_bundle_with(manifest, vec![churn.to_part().unwrap()]).unwrap();
    Scorer::from_bytes(&bytes, &Limits::default()).unwrap()
}

fn model(histories: &[OrderHistory]) -> Model {
    let rule = rule();
    let as_of = AsOf::new(at(AS_OF));
    let summaries: Vec<PurchaseSummary> =
        histories.iter().filter_map(|history| PurchaseSummary::of(history, as_of, &rule).unwrap()).collect();
    let rfm = RfmCutPoints::fit(&summaries);
    Model {
        orders: OrderModel::BgNbd(BgNbd::new(0.75, 4.2, 0.9, 2.8).unwrap()),
        spend: SpendModel {
            gamma_gamma: GammaGamma::new(6.0, 4.0, 9.0).unwrap(),
            basis: SpendBasis::AllOrders,
        },
        level: Level::NONE,
        rfm: rfm.unwrap_or_else(|_| RfmCutPoints::new([1; 4], [1; 4], [1; 4]).unwrap()),
        boosted: None,
        intervals: None,
        clv_intervals: None,
        own_dates: None,
    }
}

fn manifest(currency: Currency, summary_rule: SummaryRule) -> Manifest {
    Manifest {
        format_version: 0,
        model_version: String::new(),
        model: "bg_nbd".to_owned(),
        as_of: AsOf::new(at(AS_OF)),
        horizon: horizon("90d"),
        horizons: ["30d", "90d"].map(horizon).to_vec(),
        clv_horizon: horizon("365d"),
        discount_rate: DiscountRate::new(0.10).unwrap(),
        currency,
        summary_rule,
        features: FeatureSchema { sources: Vec::new(), kinds: Vec::new(), schema_sha256: Digest::of(b"") },
        backtest: ["2022-12-01", "2023-02-01"].iter().flat_map(|origin| rows(origin)).collect(),
        data: DataFingerprint {
            customers: 1_000,
            orders: 2_000,
            refunds: 50,
            first_event: at("2022-07-01"),
            last_event: at("2023-06-30"),
            sha256: Digest::of(b"orders"),
        },
        crates: BTreeMap::new(),
        notes: Vec::new(),
        parts: Vec::new(),
    }
}

/// The naive rate loses all but one measure, average precision.
fn rows(origin: &str) -> Vec<BacktestRow> {
    let row = |candidate: &str, brier: f64, average_precision: f64, chosen| BacktestRow {
        candidate: candidate.to_owned(),
        origin: at(origin),
        horizon: horizon("90d"),
        customers: 800,
        churn: Some(ChurnMeasures {
            auc: Some(0.9 - brier),
            average_precision: Some(average_precision),
            brier,
            log_loss: 3.0 * brier,
            calibration_error: 0.2 * brier,
        }),
        value: Some(ValueMeasures {
            gini: Some(0.8 - brier),
            spearman: Some(0.6 - brier),
            top_decile_share: Some(0.7 - brier),
            decile_error: Some(2.0 * brier),
            mae: 100.0 * brier,
            bias: Some(-brier),
        }),
        chosen,
    };
    vec![
        row("bg_nbd+all_orders+level", 0.15, 0.81, true),
        row("pareto_nbd+all_orders+as_fitted", 0.16, 0.82, false),
        row("naive_rate", 0.25, 0.85, false),
    ]
}

impl Shop {
    pub(crate) fn new(customers: u32, days: f64, currency: &str) -> Self {
        Self::of(&orders(customers, days), currency)
    }

    pub(crate) fn of(orders: &[Vec<(f64, i64)>], currency: &str) -> Self {
        let currency = currency.parse().unwrap();
        let histories: Vec<OrderHistory> = orders.iter().map(|one| history(one, currency)).collect();
        Self { scorer: scorer(&histories, currency), histories }
    }

    /// With a definition of churn over 90 days.
    pub(crate) fn defined(customers: u32, days: f64, definition: &str) -> Self {
        let Self { scorer, histories } = Self::new(customers, days, "USD");
        Self { scorer: defining(&histories, scorer.currency(), definition), histories }
    }

    pub(crate) fn report(&self) -> Report {
        self.try_report().unwrap()
    }

    pub(crate) fn try_report(&self) -> Result<Report, tenure_report::ReportError> {
        let histories: Vec<&OrderHistory> = self.histories.iter().collect();
        Report::of(&self.scorer, &histories, ask())
    }
}
