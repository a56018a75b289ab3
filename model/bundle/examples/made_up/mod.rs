//! A made-up shop for examples that time: customers with orders, and a bundle as large as training makes one.

use std::collections::BTreeMap;

use tenure_behaviour::language::{STANDARD_FEATURES, Scope, Survey, compile_definitions};
use tenure_behaviour::rfm::RfmCutPoints;
use tenure_behaviour::{OccasionRule, OrderHistory, PurchaseSummary, SummaryRule};
use tenure_btyd::{BgNbd, GammaGamma};
use tenure_bundle::{
    Blend, BlendMember, Boosted, Column, DataFingerprint, Digest, FeatureSchema, Level, Limits, Manifest,
    Model, OrderModel, PurchaseReading, Scorer, SpendBasis, SpendModel, Typical,
};
use tenure_core::{AsOf, Currency, DiscountRate, EventKind, Money, TimeZone, Timestamp};
use tenure_predict::{Learned, Outcomes, TreeEnsemble, TreeNode, ValueIntervals};

pub(crate) type Failure = Box<dyn std::error::Error>;

/// How many trees of which depth, as [`Learned`] models of churn and of spend.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Size {
    /// Of churn, corrected.
    pub(crate) churn: (usize, u32),
    /// Of churn, from behaviour alone; none is no such model.
    pub(crate) own: (usize, u32),
    /// Of spend.
    pub(crate) spend: (usize, u32),
}

/// A small generator of our own: figures need no better one.
struct Noise(u64);

impl Noise {
    fn unit(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }
}

fn day(days: f64) -> Result<Timestamp, Failure> {
    Ok(Timestamp::from_microseconds((days * 86_400e6) as i64)?)
}

/// The day after two years of orders.
pub(crate) fn as_of() -> Result<AsOf, Failure> {
    Ok(AsOf::new(day(731.0)?))
}

/// Customers with two years of orders, ten on average.
pub(crate) fn customers(count: usize, currency: Currency) -> Result<Vec<OrderHistory>, Failure> {
    let mut noise = Noise(7);
    (0..count).map(|_| history(&mut noise, currency)).collect()
}

fn history(noise: &mut Noise, currency: Currency) -> Result<OrderHistory, Failure> {
    let mut history = OrderHistory::new(currency);
    let (mut at, gap) = (noise.unit() * 600.0, 10.0 + 90.0 * noise.unit());
    while at < 730.0 {
        let amount = Money::from_minor_units(1_000 + (9_000.0 * noise.unit()) as i64, currency);
        history.record(&EventKind::Order, day(at)?, amount)?;
        at += 1.0 - gap * noise.unit().max(1e-9).ln();
        if noise.unit() < 0.05 {
            break;
        }
    }
    Ok(history)
}

/// A complete tree, laid out level by level.
fn tree(noise: &mut Noise, features: usize, depth: u32) -> Vec<TreeNode> {
    let splits = (1_usize << depth) - 1;
    let split = |at: usize, noise: &mut Noise| TreeNode::Split {
        feature: (noise.unit() * features as f64) as usize,
        threshold: (noise.unit() * 100.0) as f32,
        missing_left: noise.unit() < 0.5,
        left: 2 * at + 1,
        right: 2 * at + 2,
        cover: 1.0,
        gain: 1.0,
    };
    let leaf = |noise: &mut Noise| TreeNode::Leaf { value: (0.05 * (noise.unit() - 0.5)) as f32, cover: 1.0 };
    (0..=2 * splits).map(|at| if at < splits { split(at, noise) } else { leaf(noise) }).collect()
}

fn boosted(size: Size) -> Result<Boosted, Failure> {
    let mut noise = Noise(11);
    let all =
        compile_definitions(STANDARD_FEATURES, &Scope::features()).map_err(|_| "the standard features")?;
    let known = |kind: &EventKind| matches!(kind, EventKind::Order | EventKind::Refund);
    let of_orders: Vec<_> = all
        .into_iter()
        .filter(|one| {
            let survey = Survey::of([&one.body]);
            survey.percentiles.is_empty()
                && survey.rfm.is_empty()
                && survey.streams.iter().all(|stream| stream.selector.kind.as_ref().is_some_and(known))
        })
        .collect();
    let mut columns: Vec<Column> =
        of_orders.iter().map(|one| Column::Feature { name: one.name.to_string() }).collect();
    columns.extend(PurchaseReading::ALL.map(Column::Purchase));
    let mut members = |sizes: &[(usize, u32)]| {
        let learned = |(trees, depth): &(usize, u32)| {
            let nodes: Vec<_> = (0..*trees).map(|_| tree(&mut noise, columns.len(), *depth)).collect();
            Ok(BlendMember {
                weight: 0.5,
                model: Learned::Trees(TreeEnsemble::new(columns.len(), 0.0, &nodes)?),
            })
        };
        sizes.iter().filter(|(trees, _)| *trees > 0).map(learned).collect::<Result<Vec<_>, Failure>>()
    };
    let churn = Blend::new(0.8, members(&[size.churn, size.own])?)?;
    let spend = Blend::new(1.0, members(&[size.spend])?)?;
    Ok(Boosted {
        horizon: "90d".parse()?,
        definitions: of_orders.iter().map(|one| format!("{} = {}\n", one.name, one.body)).collect(),
        kinds: vec!["order".to_owned(), "refund".to_owned()],
        columns,
        churn,
        spend,
        level: Level::NONE,
        on_purchase_level: false,
    })
}

fn manifest(customers: usize, as_of: AsOf, rule: &SummaryRule) -> Result<Manifest, Failure> {
    Ok(Manifest {
        format_version: 0,
        model_version: String::new(),
        model: "bg_nbd".to_owned(),
        as_of,
        horizon: "90d".parse()?,
        horizons: ["30d", "60d", "90d", "180d", "365d"]
            .map(str::parse)
            .into_iter()
            .collect::<Result<_, _>>()?,
        clv_horizon: "365d".parse()?,
        discount_rate: DiscountRate::new(0.1)?,
        currency: Currency::USD,
        summary_rule: rule.clone(),
        features: FeatureSchema {
            sources: Vec::new(),
            kinds: Vec::new(),
            schema_sha256: Digest::of(b"made up"),
        },
        backtest: Vec::new(),
        data: DataFingerprint {
            customers: customers as u64,
            orders: customers as u64,
            refunds: 0,
            first_event: day(0.0)?,
            last_event: day(730.0)?,
            sha256: Digest::of(b"made up"),
        },
        crates: BTreeMap::new(),
        notes: Vec::new(),
        parts: Vec::new(),
    })
}

/// A bundle of that size, which knows these customers.
pub(crate) fn scorer(histories: &[OrderHistory], size: Size) -> Result<Scorer, Failure> {
    let rule = SummaryRule { occasion: OccasionRule::Day, time_zone: TimeZone::utc() };
    let as_of = as_of()?;
    let mut summaries = Vec::new();
    for history in histories {
        summaries.extend(PurchaseSummary::of(history, as_of, &rule)?);
    }
    let mut noise = Noise(13);
    let silent: Vec<f64> = (0..2_000).map(|_| noise.unit()).collect();
    let spent: Vec<f64> =
        silent.iter().map(|p| if noise.unit() < *p { 0.0 } else { 200.0 * noise.unit() }).collect();
    let outcomes = Outcomes { p_no_order: &silent, expected: &vec![50.0; silent.len()], actual: &spent };
    let model = Model {
        orders: OrderModel::BgNbd(BgNbd::new(0.8, 6.0, 0.8, 4.0)?),
        spend: SpendModel {
            gamma_gamma: GammaGamma::new(6.25, 3.74, 15.44)?,
            basis: SpendBasis::RepeatOrders,
        },
        level: Level::NONE,
        rfm: RfmCutPoints::fit(&summaries)?,
        boosted: Some(boosted(size)?),
        intervals: Some(ValueIntervals::fit(outcomes)?),
        clv_intervals: None,
        own_dates: None,
    };
    let extra = Typical::fit(&summaries).map(|typical| typical.to_parts()).transpose()?.unwrap_or_default();
    let bytes =
        model.to_bundle_with(manifest(histories.len(), as_of, &rule)?, extra.into_iter().collect())?;
    Ok(Scorer::from_bytes(&bytes, &Limits::default())?)
}

/// Processor time of this process so far, in seconds: what work costs, whoever else keeps the cores busy. All its
/// threads must be there still.
pub(crate) fn processor_seconds() -> Result<f64, Failure> {
    let mut nanoseconds = 0_u64;
    for task in std::fs::read_dir("/proc/self/task")? {
        let statistics = std::fs::read_to_string(task?.path().join("schedstat"))?;
        nanoseconds += statistics.split(' ').next().unwrap_or_default().parse::<u64>()?;
    }
    Ok(nanoseconds as f64 / 1e9)
}
