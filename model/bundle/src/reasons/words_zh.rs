//! Reasons and changes in plain Chinese.

use tenure_core::Currency;

use super::change::{MOST_DAYS, MOST_ORDERS};
use super::words::money;
use super::{Cause, Change, ChangeKind, RiskBand};

pub(super) fn chinese(cause: &Cause, currency: Currency) -> String {
    match *cause {
        Cause::Frequency { orders, typical } => {
            let own = format!("至今下单 {orders} 次");
            typical.map_or_else(|| own.clone(), |typical| format!("{own}，一般客户为 {typical} 次"))
        }
        Cause::Silence { days, usual, typical } => {
            let is_today = days < 0.5;
            let own = if is_today {
                "一天之内刚下过单".to_owned()
            } else {
                format!("已 {} 天没有下单", days.round())
            };
            match (usual, typical) {
                (Some(usual), _) => format!("{own}，通常{}", every(usual)),
                (None, typical) => {
                    let since = if is_today { "" } else { "首次下单后" };
                    let here = typical.map(|typical| format!("，本店回头客一般{}", every(typical)));
                    format!("{since}{own}{}", here.unwrap_or_default())
                }
            }
        }
        Cause::Age { days, typical } => {
            let own = format!("首次下单至今 {} 天", days.round());
            typical.map_or_else(|| own.clone(), |typical| format!("{own}，一般客户为 {} 天", typical.round()))
        }
        Cause::Spend { expected, typical } => {
            let own = format!("预计每单 {}", money(expected, currency));
            typical.map_or_else(
                || own.clone(),
                |typical| format!("{own}，一般客户为 {}", money(typical, currency)),
            )
        }
        Cause::PurchaseModel { p_no_order, horizon } => {
            let days = horizon.length().days().round();
            format!("仅看以往订单，{days} 天内不下单的概率为 {}%", (p_no_order * 100.0).round())
        }
        Cause::Feature { .. } => String::new(),
    }
}

pub(super) fn every(days: f64) -> String {
    format!("每 {} 天一次", days.round().max(1.0))
}

pub(super) fn why_unmoved(band: RiskBand) -> String {
    match band {
        RiskBand::Low => format!("风险已处于最低档，{MOST_DAYS} 天不下单仍为低"),
        RiskBand::Medium => {
            format!("暂无可及的改变：再下 {MOST_ORDERS} 单不会降档，{MOST_DAYS} 天不下单也不会升档")
        }
        RiskBand::High => format!("暂无可及的改变：再下 {MOST_ORDERS} 单，风险仍为高"),
    }
}

pub(super) fn change(change: &Change) -> String {
    let (from, to) = (change.from.chinese(), change.to.chinese());
    match change.kind {
        ChangeKind::Silence { days } => format!("未来 {days} 天内若没有下单，风险将升为{to}"),
        ChangeKind::Orders { count: 1, .. } => format!("现在下 1 单，风险将由{from}降为{to}"),
        ChangeKind::Orders { count, apart_days } => {
            format!("从现在起每隔 {apart_days} 天下 1 单、共 {count} 单，风险将由{from}降为{to}")
        }
    }
}
