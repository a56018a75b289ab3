//! Reasons: they add up, read well, and the changes that they promise come about.

mod categories;
mod changes;
mod churn;
mod nonsense;
mod silence;
mod sums;
mod value;
mod words;

use tenure_behaviour::rfm::RfmCutPoints;
use tenure_behaviour::{OrderHistory, PurchaseSummary};
use tenure_btyd::{BgNbd, GammaGamma};
use tenure_bundle::{
    Blend, BlendMember, Boosted, BundleError, Column, Level, Limits, Manifest, Model, OrderModel, Part,
    PurchaseReading, Scorer, SpendBasis, SpendModel, Typical, decode,
};
use tenure_core::{AsOf, Currency, Duration, EventKind, Money};
use tenure_predict::{Learned, LogitShift, TreeEnsemble, TreeNode};

pub(crate) use churn::defined;

use crate::common;

const DEFINITIONS: &str = "\
days_since_order = days_since(order)
orders_90d = count(order, 90d)
spend_90d = sum(order.amount, 90d)
loyal = count(order) >= 3
mean_gap = mean_gap(order)
quiet = ratio(days_since_order, mean_gap)
rising = ratio(spend_90d, sum(order.amount, 365d))
";

/// A day of 1997, counted from the first; 365 is the first of 1998.
pub(crate) fn day(days: u32) -> AsOf {
    AsOf::new(common::instant("1997-01-01").saturating_add(Duration::from_days(days)))
}

/// Orders of so many cents on these days.
pub(crate) fn history(orders: &[(u32, i64)]) -> OrderHistory {
    let mut history = OrderHistory::new(Currency::USD);
    for (at, cents) in orders {
        let amount = Money::from_minor_units(*cents, Currency::USD);
        history.record(&EventKind::Order, day(*at).instant(), amount).unwrap();
    }
    history
}

fn summary(history: &OrderHistory, as_of: AsOf) -> PurchaseSummary {
    PurchaseSummary::of(history, as_of, &common::manifest().summary_rule).unwrap().unwrap()
}

/// The level of the purchase model alone, and that of the boosted rung.
fn levels() -> [Level; 2] {
    [(-0.3, 1.2), (0.4, 0.9)]
        .map(|(shift, stretch)| Level::new(LogitShift::new(shift, stretch).unwrap(), 1.1, 0.9).unwrap())
}

fn split(feature: usize, threshold: f32, [left, right]: [usize; 2], cover: f32) -> TreeNode {
    TreeNode::Split { feature, threshold, missing_left: true, left, right, cover, gain: 1.0 }
}

/// Two small trees over the eight columns.
fn trees() -> Learned {
    let leaf = |value, cover| TreeNode::Leaf { value, cover };
    let first = vec![
        split(0, 40.0, [1, 2], 100.0),
        split(1, 1.5, [3, 4], 60.0),
        split(7, 0.6, [5, 6], 40.0),
        leaf(0.1, 30.0),
        leaf(-0.4, 30.0),
        leaf(0.5, 25.0),
        leaf(0.2, 15.0),
    ];
    let second = vec![
        split(2, 20.0, [1, 2], 100.0),
        leaf(0.15, 55.0),
        split(5, 1.5, [3, 4], 45.0),
        leaf(-0.25, 40.0),
        leaf(0.3, 5.0),
    ];
    Learned::Trees(TreeEnsemble::new(8, 0.05, &[first, second]).unwrap())
}

/// A small tree of spend over the same columns.
fn spend_trees() -> Learned {
    let leaf = |value, cover| TreeNode::Leaf { value, cover };
    let tree = vec![
        split(2, 45.0, [1, 2], 60.0),
        split(7, 0.7, [3, 4], 40.0),
        leaf(0.35, 20.0),
        leaf(-0.3, 15.0),
        leaf(0.05, 25.0),
    ];
    Learned::Trees(TreeEnsemble::new(8, -0.02, &[tree]).unwrap())
}

fn boosted() -> Boosted {
    let names = ["days_since_order", "orders_90d", "spend_90d", "loyal", "mean_gap", "quiet", "rising"];
    let mut columns: Vec<Column> =
        names.iter().map(|name| Column::Feature { name: (*name).to_owned() }).collect();
    columns.push(Column::Purchase(PurchaseReading::PAlive));
    Boosted {
        horizon: common::horizon("90d"),
        definitions: DEFINITIONS.to_owned(),
        kinds: vec!["order".to_owned()],
        columns,
        churn: Blend::new(0.8, vec![BlendMember { weight: 0.7, model: trees() }]).unwrap(),
        spend: Blend::new(0.9, vec![BlendMember { weight: 0.8, model: spend_trees() }]).unwrap(),
        level: levels()[1],
        on_purchase_level: false,
    }
}

fn spend() -> SpendModel {
    SpendModel { gamma_gamma: GammaGamma::new(6.25, 3.74, 15.44).unwrap(), basis: SpendBasis::RepeatOrders }
}

/// A scorer with the purchase model of CDNOW, with or without trees, with or without a typical customer.
pub(crate) fn scorer(with_trees: bool, typical: Option<Typical>) -> Scorer {
    let extra = typical.map(|typical| typical.to_parts().unwrap()).unwrap_or_default();
    load(with_trees.then(boosted), extra).unwrap()
}

fn load(boosted: Option<Boosted>, extra: Vec<Part>) -> Result<Scorer, BundleError> {
    Scorer::from_bytes(&bytes(boosted, extra)?, &Limits::default())
}

/// What such a scorer is made of.
fn parts(with_trees: bool, typical: Option<Typical>) -> Vec<Part> {
    let extra = typical.map(|typical| typical.to_parts().unwrap()).unwrap_or_default();
    let bytes = bytes(with_trees.then(boosted), extra).unwrap();
    decode(&bytes, &Limits::default()).unwrap().parts
}

fn bytes(boosted: Option<Boosted>, extra: Vec<Part>) -> Result<Vec<u8>, BundleError> {
    let some: Vec<PurchaseSummary> = (1..12)
        .map(|gap| summary(&history(&[(0, 900), (5 * gap, 2_000), (9 * gap, 1_500)]), day(120)))
        .collect();
    let model = Model {
        orders: OrderModel::BgNbd(BgNbd::new(0.243, 4.414, 0.793, 2.426).unwrap()),
        spend: spend(),
        level: levels()[0],
        rfm: RfmCutPoints::fit(&some).unwrap(),
        boosted,
        intervals: None,
        clv_intervals: None,
        own_dates: None,
    };
    let manifest = Manifest { model: "bg_nbd".to_owned(), ..common::manifest() };
    model.to_bundle_with(manifest, extra)
}

/// Of somebody typical: four orders in half a year, in whole weeks.
const TYPICAL: [(u32, i64); 4] = [(0, 2_000), (42, 2_500), (84, 3_000), (126, 2_500)];

fn typical() -> Typical {
    Typical::fit(&[summary(&history(&TYPICAL), day(182))]).unwrap()
}
