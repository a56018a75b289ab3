//! The lists a marketer wants to see first.

use std::path::Path;

use comfy_table::{CellAlignment, Table, presets};
use jiff::Timestamp;
use serde::Serialize;
use tenure_proto::v1::{CustomerScore, RfmSegment};

use super::remote::RemoteScore;
use crate::orders::quoted_path;
use crate::say::say;

/// Rows of each list.
const ROWS: usize = 5;

/// Probability of no order in 90 days.
fn churn_90d(score: &CustomerScore) -> f64 {
    const SECONDS: i64 = 90 * 86_400;
    let at = score.churn.iter().find(|one| one.horizon_seconds == SECONDS);
    at.map_or(score.churn_probability, |one| one.churn_probability)
}

/// Customers that somebody should do something about.
#[derive(Debug)]
pub(super) struct List<'a> {
    title: &'static str,
    /// Name in JSON.
    pub(super) name: &'static str,
    /// All of them, the first most.
    customers: Vec<&'a RemoteScore>,
}

/// One customer of a list, for machines.
#[derive(Debug, Serialize)]
pub(super) struct Row<'a> {
    customer_id: &'a str,
    segment: String,
    /// Before the as-of, in dollars.
    spent: f64,
    churn_probability_90d: f64,
    p_alive: f64,
    /// In dollars.
    predicted_clv: f64,
}

impl<'a> List<'a> {
    /// The first few, for machines.
    pub(super) fn rows(&self) -> Vec<Row<'a>> {
        self.customers.iter().take(ROWS).map(|one| Row::of(one)).collect()
    }
}

impl<'a> Row<'a> {
    fn of(RemoteScore { customer_id, spent, score }: &'a RemoteScore) -> Self {
        Self {
            customer_id,
            segment: segment_name(score.segment()),
            spent: *spent,
            churn_probability_90d: churn_90d(score),
            p_alive: score.p_alive,
            predicted_clv: score.predicted_clv,
        }
    }
}

pub(super) fn lists(customers: &[RemoteScore]) -> [List<'_>; 3] {
    let mut best: Vec<&RemoteScore> = customers.iter().collect();
    best.sort_by(|left, right| right.score.predicted_clv.total_cmp(&left.score.predicted_clv));

    // Worth most among those who used to come often and are now overdue.
    let overdue = [RfmSegment::CantLoseThem, RfmSegment::AtRisk];
    let mut at_risk: Vec<&RemoteScore> =
        customers.iter().filter(|one| overdue.contains(&one.score.segment())).collect();
    at_risk.sort_by(|left, right| {
        let at_stake = |one: &RemoteScore| one.spent * churn_90d(&one.score);
        at_stake(right).total_cmp(&at_stake(left))
    });

    let asleep = [RfmSegment::AboutToSleep, RfmSegment::Hibernating];
    let mut sleeping: Vec<&RemoteScore> =
        customers.iter().filter(|one| asleep.contains(&one.score.segment())).collect();
    sleeping.sort_by(|left, right| right.score.predicted_clv.total_cmp(&left.score.predicted_clv));
    [
        List { title: "Best customers: keep them happy", name: "best", customers: best },
        List {
            title: "Most at risk: they spent much and went quiet; write to them this week",
            name: "most_at_risk",
            customers: at_risk,
        },
        List {
            title: "Sleeping: a reminder costs little, these are likeliest to wake",
            name: "sleeping",
            customers: sleeping,
        },
    ]
}

pub(super) fn print(List { title, customers, .. }: &List<'_>) {
    let mut table = Table::new();
    table.load_style(presets::UTF8_FULL_CONDENSED);
    table.set_header([
        "customer",
        "segment",
        "R F M",
        "spent so far",
        "no order in 90 d",
        "still with us",
        "worth in 273 d",
        "next order",
    ]);
    for RemoteScore { customer_id, spent, score } in customers.iter().take(ROWS) {
        let rfm = score.rfm.unwrap_or_default();
        table.add_row([
            customer_id.clone(),
            segment_name(score.segment()),
            format!("{} {} {}", rfm.recency, rfm.frequency, rfm.monetary),
            format!("${spent:.2}"),
            format!("{:.0} %", churn_90d(score) * 100.0),
            format!("{:.0} %", score.p_alive * 100.0),
            format!("${:.2}", score.predicted_clv),
            score.next_order.map_or_else(|| "-".to_owned(), |next| date(next.expected_at_us)),
        ]);
    }
    for column in table.column_iter_mut().skip(3) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    say!("{title} (first {} of {})\n{table}\n", customers.len().min(ROWS), customers.len());
}

/// `RFM_SEGMENT_CANT_LOSE_THEM` -> `cant lose them`.
fn segment_name(segment: RfmSegment) -> String {
    segment.as_str_name().trim_start_matches("RFM_SEGMENT_").replace('_', " ").to_lowercase()
}

fn date(microseconds: i64) -> String {
    Timestamp::from_microsecond(microseconds)
        .map_or_else(|_| "-".to_owned(), |at| at.strftime("%Y-%m-%d").to_string())
}

pub(super) fn next_steps(bundle: &Path, orders: &Path) {
    let (bundle, orders) = (quoted_path(bundle), quoted_path(orders));
    say!("Try next:");
    say!("  tenure inspect {bundle}");
    say!("  tenure score --bundle {bundle} --orders {orders} --as-of 1998-07-01 --out scores.csv");
    say!("  tenure-server --bundle {bundle} --listen 127.0.0.1:50051");
    say!("  tenure train --orders YOUR-ORDERS.csv --as-of DATE --horizon 90d --out shop.tenure");
    say!("  tenure simulate --customers 10000 --from 2023-01-01 --to 2025-01-01 --out events.parquet");
    say!(
        "  tenure import --input events.parquet --log events; tenure segments --log events --as-of 2024-12-01"
    );
    say!("(`cargo run --release --bin tenure --` in place of `tenure` if it is not on your PATH.)");
}
