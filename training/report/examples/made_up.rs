//! Writes a page of a made-up shop in which every panel is filled, to look at: `made_up FILE [en|zh] [DEFINITION]`,
//! with a definition of churn by orders over 90 days or without.

#[expect(clippy::unwrap_used, reason = "a made-up shop is right as it is written")]
#[path = "../tests/it/support.rs"]
mod support;

use std::error::Error;

use tenure_core::AsOf;
use tenure_report::{
    Coverage, CoverageLine, Drift, DriftVerdict, FeatureDrift, Importance, Language, WindowDrift, page,
};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().ok_or("name a file to write to")?;
    let language: Language = arguments.next().as_deref().unwrap_or("en").parse()?;
    let definition = arguments.next();
    let mut report = match definition {
        Some(definition) => support::Shop::defined(5_000, 630.0, &definition).report(),
        None => support::Shop::new(5_000, 630.0, "CNY").report(),
    };
    let line = |group: &str, promised, held, customers| CoverageLine {
        group: group.to_owned(),
        promised,
        held,
        customers,
    };
    report.coverage = Some(Coverage {
        of: "CLV over 90d".to_owned(),
        lines: vec![
            line("", 0.8, 0.792, 4_312),
            line("", 0.95, 0.957, 4_312),
            line("one order", 0.8, 0.811, 2_450),
            line("five orders and more", 0.8, 0.731, 318),
        ],
    });
    let features = [
        ("days since the last order", 0.31),
        ("orders in the last 180 days", 0.22),
        ("P(alive) of the purchase model", 0.12),
        ("mean days between orders, against the silence since the last", 0.08),
        ("share of emails opened", 0.05),
        ("carts in the last 30 days", 0.03),
    ];
    report.importance =
        Some(features.map(|(feature, weight)| Importance { feature: feature.to_owned(), weight }).to_vec());
    let moved = |(feature, stability_index): &(&str, f64)| FeatureDrift {
        feature: (*feature).to_owned(),
        stability_index: *stability_index,
    };
    let window = |from: &str| WindowDrift {
        from: AsOf::new(support::at(from)),
        horizon: support::horizon("90d"),
        customers: 4_000,
        auc: Some(0.79),
        predicted_churn: 0.71,
        churn: 0.76,
        predicted_value: 91_400.0,
        value: 80_250.0,
    };
    report.drift = Some(Drift {
        verdict: DriftVerdict::Recalibrate,
        reason: "Customers have come less often since March.".to_owned(),
        features: features.iter().map(moved).collect(),
        windows: ["2023-01-02", "2023-04-02"].map(window).to_vec(),
    });
    std::fs::write(path, page(&report, language)?)?;
    Ok(())
}
