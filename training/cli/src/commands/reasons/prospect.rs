//! Somebody who is known from other events and has not ordered: how likely a first order is, and why there is no more.

use serde::Serialize;
use tenure_behaviour::fold::CustomerState;
use tenure_bundle::Wording;

use super::Asked;
use crate::log_scores::Customer;
use crate::say::say;

/// What the lowest rung knows of a customer without an order, as `--json` prints it.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Prospect {
    /// Days since the first event.
    waited_days: f64,
    /// Probability of a first order within the horizon; absent where the bundle cannot tell.
    p_first_order: Option<f64>,
    note: &'static str,
}

impl Prospect {
    /// Of a customer who has not ordered before the as-of; `None` of those who have.
    pub(super) fn of(asked: &Asked<'_>, customer: Customer<'_>) -> Option<Self> {
        let (scorer, as_of) = (asked.scorer, asked.options.as_of);
        if customer.history.has_order_before(as_of) {
            return None;
        }
        let first_event = customer.state.and_then(CustomerState::first_event_at);
        let p_first_order = || scorer.p_first_order(first_event, as_of, asked.options.horizon);
        Some(Self {
            waited_days: first_event.map_or(0.0, |at| as_of.instant().since(at).days()),
            p_first_order: scorer.prior().is_some().then(p_first_order),
            note: asked.pick(
                "reasons need an order: until the first only the time since the first event counts",
                "分析原因需要至少一单：首单之前只看首次出现至今的时间",
            ),
        })
    }

    pub(super) fn print(&self, asked: &Asked<'_>) {
        let (days, horizon) = (self.waited_days.round(), asked.options.horizon);
        let plural = if days == 1.0 { "" } else { "s" };
        let known = match asked.wording {
            Wording::English => {
                format!("known from other events for {days} day{plural}, no order so far")
            }
            Wording::Chinese => format!("{days} 天前首次出现，至今尚未下单"),
        };
        let first_order = match (self.p_first_order, asked.wording) {
            (Some(p), Wording::English) => {
                format!(": {:.1} % to place a first one within {horizon}", 100.0 * p)
            }
            (Some(p), Wording::Chinese) => format!("：{horizon} 内首次下单的概率 {:.1}%", 100.0 * p),
            (None, Wording::English) => {
                "; this bundle was not trained on what came before first orders, and expects none".to_owned()
            }
            (None, Wording::Chinese) => "；此模型训练时没有首单之前的行为数据，因此不作预期".to_owned(),
        };
        say!("  {known}{first_order}");
        say!("  {}", self.note);
    }
}
