//! What people read.

use tenure_behaviour::fold::Value;
use tenure_bundle::{Cause, Change, ChangeKind, Contribution, RiskBand, ValueContribution, Wording};

use super::{scorer, typical};
use crate::common;

#[track_caller]
fn check(cause: Cause, english: &str, chinese: &str) {
    let scorer = scorer(true, Some(typical()));
    assert_eq!(scorer.cause_in_words(&cause, Wording::English), english);
    assert_eq!(scorer.cause_in_words(&cause, Wording::Chinese), chinese);
}

fn feature(place: usize, value: Value) -> Cause {
    Cause::Feature { place, value, usual: None }
}

fn silence(days: f64, usual: Option<f64>, typical: Option<f64>) -> Cause {
    Cause::Silence { days, usual, typical }
}

#[test]
fn what_the_purchase_model_reads() {
    check(
        silence(74.2, Some(20.8), Some(35.0)),
        "no order for 74 days, usually one every 21",
        "已 74 天没有下单，通常每 21 天一次",
    );
    check(silence(1.0, None, None), "no order for 1 day since the first", "首次下单后已 1 天没有下单");
    check(
        silence(74.2, None, Some(34.6)),
        "no order for 74 days since the first, typical here: one every 35",
        "首次下单后已 74 天没有下单，本店回头客一般每 35 天一次",
    );
    check(
        silence(0.1, None, Some(34.6)),
        "ordered within the last day, typical here: one every 35 days",
        "一天之内刚下过单，本店回头客一般每 35 天一次",
    );
    check(
        silence(0.1, Some(0.4), None),
        "ordered within the last day, usually one a day",
        "一天之内刚下过单，通常每 1 天一次",
    );
    check(
        Cause::Frequency { orders: 6, typical: Some(2) },
        "6 orders so far, the typical customer has 2",
        "至今下单 6 次，一般客户为 2 次",
    );
    check(Cause::Frequency { orders: 1, typical: None }, "a single order so far", "至今下单 1 次");
    check(
        Cause::Age { days: 411.8, typical: Some(300.2) },
        "a customer for 412 days, the typical one for 300",
        "首次下单至今 412 天，一般客户为 300 天",
    );
    check(
        Cause::Spend { expected: 38.204, typical: Some(31.0) },
        "38.20 USD expected per order, 31.00 USD of the typical customer",
        "预计每单 38.20 USD，一般客户为 31.00 USD",
    );
    check(
        Cause::Spend { expected: 38.204, typical: None },
        "38.20 USD expected per order",
        "预计每单 38.20 USD",
    );
    check(
        Cause::PurchaseModel { p_no_order: 0.618, horizon: common::horizon("90d") },
        "by past orders alone the chance of no order within 90d is 62 %",
        "仅看以往订单，90 天内不下单的概率为 62%",
    );
}

#[test]
fn features_of_the_behaviour_language() {
    check(feature(1, Value::Number(2.0)), "2 orders in the last 90 days", "过去90天内有2次下单");
    check(feature(1, Value::Number(0.0)), "no order in the last 90 days", "过去90天内没有下单");
    check(
        feature(2, Value::Number(87.654_321)),
        "the total amount of orders in the last 90 days is 87.65 USD",
        "过去90天内下单的金额总和是87.65 USD",
    );
    check(feature(3, Value::Truth(true)), "at least 3 orders", "至少有3次下单");
    check(feature(3, Value::Truth(false)), "fewer than 3 orders", "少于3次下单");
    check(feature(4, Value::Missing), "the mean gap between orders is not known", "下单的平均间隔未知");
    check(feature(4, Value::Number(21.4)), "the mean gap between orders is 21 days", "下单的平均间隔是21天");
    check(feature(99, Value::Missing), "", "");
}

#[test]
fn the_direction_is_said() {
    let scorer = scorer(false, None);
    let said = |log_odds, wording| {
        let cause = Cause::Frequency { orders: 2, typical: None };
        scorer.reason(&Contribution { cause, log_odds }, wording)
    };
    assert_eq!(said(0.3, Wording::English), "2 orders so far: raises the risk of leaving");
    assert_eq!(said(-0.3, Wording::English), "2 orders so far: lowers the risk of leaving");
    assert_eq!(said(0.3, Wording::Chinese), "至今下单 2 次，流失风险上升");
    assert_eq!(said(-0.3, Wording::Chinese), "至今下单 2 次，流失风险下降");
}

#[test]
fn money_is_said_with_its_sign() {
    let scorer = scorer(false, None);
    let said = |value: f64, wording| {
        let cause = Cause::Frequency { orders: 2, typical: None };
        scorer.value_reason(&ValueContribution { cause, value, factor: 1.0 }, wording)
    };
    assert_eq!(said(25.104, Wording::English), "2 orders so far: +25.10 USD");
    assert_eq!(said(-0.5, Wording::English), "2 orders so far: -0.50 USD");
    assert_eq!(said(-25.0, Wording::Chinese), "至今下单 2 次：-25.00 USD");
}

#[test]
fn no_change_is_explained() {
    let said = |band: RiskBand| [Wording::English, Wording::Chinese].map(|wording| band.why_unmoved(wording));
    assert_eq!(
        said(RiskBand::Low),
        [
            "the risk is in the lowest band already, and after 365 days without an order it is still low",
            "风险已处于最低档，365 天不下单仍为低"
        ]
    );
    assert_eq!(
        said(RiskBand::Medium),
        [
            "nothing within reach moves the risk: after 3 further orders it is still no lower, and after 365 days \
             without an order no higher than medium",
            "暂无可及的改变：再下 3 单不会降档，365 天不下单也不会升档"
        ]
    );
}

#[test]
fn changes() {
    let said = |kind, [from, to]: [RiskBand; 2]| {
        let change = Change { kind, from, to, churn_probability: 0.5 };
        [Wording::English, Wording::Chinese].map(|wording| change.in_words(wording))
    };
    let down = [RiskBand::High, RiskBand::Medium];
    assert_eq!(
        said(ChangeKind::Orders { count: 1, apart_days: 30 }, down),
        ["one order now would move this customer from high to medium", "现在下 1 单，风险将由高降为中"]
    );
    assert_eq!(
        said(ChangeKind::Orders { count: 2, apart_days: 21 }, down),
        [
            "two orders from now on, 21 days apart, would move this customer from high to medium",
            "从现在起每隔 21 天下 1 单、共 2 单，风险将由高降为中"
        ]
    );
    assert_eq!(
        said(ChangeKind::Silence { days: 1 }, [RiskBand::Low, RiskBand::Medium])[0],
        "without an order in the next day the risk becomes medium"
    );
}
