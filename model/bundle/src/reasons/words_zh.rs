//! Reasons and changes in plain Chinese.

use tenure_core::Currency;

use super::words::money;
use super::{Cause, Change, ChangeKind};

pub(super) fn chinese(cause: &Cause, currency: Currency) -> String {
    match *cause {
        Cause::Frequency { orders, typical } => {
            let own = format!("至今下单 {orders} 次");
            typical.map_or_else(|| own.clone(), |typical| format!("{own}，一般客户为 {typical} 次"))
        }
        Cause::Silence { days, usual } => {
            let own = if days < 0.5 {
                "一天之内刚下过单".to_owned()
            } else {
                format!("已 {} 天没有下单", days.round())
            };
            match usual.map(|usual| usual.round().max(1.0)) {
                None if days < 0.5 => own,
                None => format!("首次下单后{own}"),
                Some(usual) => format!("{own}，通常每 {usual} 天一次"),
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
