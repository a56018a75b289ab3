//! Times reasons on made-up customers: `cargo run --release -p tenure-bundle --example reasons_speed -- [TREES]`.
//!
//! 150 trees of depth 4 over the standard features of orders, one thread; figures are customers a second.

#![expect(clippy::print_stdout, reason = "an example shows its figures")]

use std::collections::BTreeMap;
use std::hint::black_box;
use std::time::Instant;

use tenure_behaviour::language::{STANDARD_FEATURES, Scope, Survey, compile_definitions};
use tenure_behaviour::rfm::RfmCutPoints;
use tenure_behaviour::{OccasionRule, OrderHistory, PurchaseSummary, SummaryRule};
use tenure_btyd::{BgNbd, GammaGamma};
use tenure_bundle::{
    Blend, BlendMember, Boosted, Column, DataFingerprint, Digest, FeatureSchema, Level, Limits, Manifest,
    Model, OrderModel, PurchaseReading, Scorer, SpendBasis, SpendModel, Typical, Wording,
};
use tenure_core::{AsOf, Currency, DiscountRate, Duration, EventKind, Money, TimeZone, Timestamp};
use tenure_predict::{Learned, TreeEnsemble, TreeNode};

type Failure = Box<dyn std::error::Error>;

const CUSTOMERS: usize = 20_000;

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

/// Two years of orders, ten on average.
fn history(noise: &mut Noise) -> Result<OrderHistory, Failure> {
    let mut history = OrderHistory::new(Currency::USD);
    let (mut at, gap) = (noise.unit() * 600.0, 10.0 + 90.0 * noise.unit());
    while at < 730.0 {
        let amount = Money::from_minor_units(1_000 + (9_000.0 * noise.unit()) as i64, Currency::USD);
        history.record(&EventKind::Order, day(at)?, amount)?;
        at += 1.0 - gap * noise.unit().max(1e-9).ln();
        if noise.unit() < 0.05 {
            break;
        }
    }
    Ok(history)
}

/// A complete tree of depth 4, laid out level by level.
fn tree(noise: &mut Noise, features: usize) -> Vec<TreeNode> {
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
    (0..31).map(|at| if at < 15 { split(at, noise) } else { leaf(noise) }).collect()
}

fn boosted(noise: &mut Noise, trees: usize) -> Result<Boosted, Failure> {
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
    let nodes: Vec<_> = (0..trees).map(|_| tree(noise, columns.len())).collect();
    let model = Learned::Trees(TreeEnsemble::new(columns.len(), 0.0, &nodes)?);
    let blend = |weight| Blend::new(weight, vec![BlendMember { weight: 1.0, model: model.clone() }]);
    Ok(Boosted {
        horizon: "90d".parse()?,
        definitions: of_orders.iter().map(|one| format!("{} = {}\n", one.name, one.body)).collect(),
        kinds: vec!["order".to_owned(), "refund".to_owned()],
        columns,
        churn: blend(0.8)?,
        spend: blend(1.0)?,
        level: Level::NONE,
    })
}

fn manifest(as_of: AsOf, rule: &SummaryRule) -> Result<Manifest, Failure> {
    Ok(Manifest {
        format_version: 0,
        model_version: String::new(),
        model: "bg_nbd".to_owned(),
        as_of,
        horizon: "90d".parse()?,
        horizons: vec!["90d".parse()?],
        clv_horizon: "365d".parse()?,
        discount_rate: DiscountRate::ZERO,
        currency: Currency::USD,
        summary_rule: rule.clone(),
        features: FeatureSchema {
            sources: Vec::new(),
            kinds: Vec::new(),
            schema_sha256: Digest::of(b"made up"),
        },
        backtest: Vec::new(),
        data: DataFingerprint {
            customers: CUSTOMERS as u64,
            orders: CUSTOMERS as u64,
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

fn scorer(histories: &[OrderHistory], as_of: AsOf, boosted: Boosted) -> Result<Scorer, Failure> {
    let rule = SummaryRule { occasion: OccasionRule::Day, time_zone: TimeZone::utc() };
    let mut summaries = Vec::new();
    for history in histories {
        summaries.extend(PurchaseSummary::of(history, as_of, &rule)?);
    }
    let model = Model {
        orders: OrderModel::BgNbd(BgNbd::new(0.243, 4.414, 0.793, 2.426)?),
        spend: SpendModel {
            gamma_gamma: GammaGamma::new(6.25, 3.74, 15.44)?,
            basis: SpendBasis::RepeatOrders,
        },
        level: Level::NONE,
        rfm: RfmCutPoints::fit(&summaries)?,
        boosted: Some(boosted),
        intervals: None,
    };
    let extra = Typical::fit(&summaries).map(|typical| typical.to_part()).transpose()?;
    let bytes = model.to_bundle_with(manifest(as_of, &rule)?, extra.into_iter().collect())?;
    Ok(Scorer::from_bytes(&bytes, &Limits::default())?)
}

/// Runs over all customers and prints how many a second.
fn time(what: &str, mut each: impl FnMut(usize) -> Result<(), Failure>) -> Result<(), Failure> {
    let start = Instant::now();
    (0..CUSTOMERS).try_for_each(&mut each)?;
    println!("{what:<44} {:>9.0} customers/s", CUSTOMERS as f64 / start.elapsed().as_secs_f64());
    Ok(())
}

fn main() -> Result<(), Failure> {
    let trees = std::env::args().nth(1).map_or(Ok(150), |text| text.parse())?;
    let mut noise = Noise(7);
    let histories = (0..CUSTOMERS).map(|_| history(&mut noise)).collect::<Result<Vec<_>, _>>()?;
    let as_of = AsOf::new(day(730.0)?.saturating_add(Duration::from_days(1)));
    let scorer = scorer(&histories, as_of, boosted(&mut noise, trees)?)?;
    let options = scorer.defaults(as_of);
    let states: Vec<_> = histories.iter().map(|history| scorer.state_of(history, as_of)).collect();
    // The tables that all explanations look into are made by the first.
    scorer.explain(&histories[0], states[0].as_ref(), &options)?;
    time("score, from orders", |at| {
        black_box(scorer.score(&histories[at], &options)?);
        Ok(())
    })?;
    time("reasons, from a state", |at| {
        black_box(scorer.explain(&histories[at], states[at].as_ref(), &options)?);
        Ok(())
    })?;
    time("reasons, from orders, three in words", |at| {
        let state = scorer.state_of(&histories[at], as_of);
        let reasons = scorer.explain(&histories[at], state.as_ref(), &options)?;
        for one in reasons.contributions.iter().take(3) {
            black_box(scorer.reason(one, Wording::English));
        }
        Ok(())
    })?;
    time("changes of the band, from a state", |at| {
        black_box(scorer.changes(&histories[at], states[at].as_ref(), &options)?);
        Ok(())
    })
}
