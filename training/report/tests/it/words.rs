//! What the page says in words, and the parts that are measured elsewhere.

use tenure_bundle::Rung;
use tenure_core::AsOf;
use tenure_report::{
    Coverage, CoverageLine, Drift, DriftVerdict, FeatureDrift, Group, GroupKind, Importance, Language,
    Report, WindowDrift, model_card, page,
};

use crate::support::{Shop, at, horizon};

fn shop() -> Report {
    Shop::new(400, 630.0, "USD").report()
}

fn headline(report: &Report, language: Language) -> String {
    let html = page(report, language).unwrap();
    html.split("<h1>").nth(1).unwrap().split("</h1>").next().unwrap().to_owned()
}

/// A proof as it might have come out.
#[track_caller]
fn check_headline(change: impl FnOnce(&mut tenure_report::Proof), english: &str, chinese: &str) {
    let mut report = shop();
    let proof = report.proof.as_mut().unwrap();
    proof.totals.mean_churn_probability = 0.70;
    proof.totals.churn_rate = 0.71;
    (proof.churn.brier, proof.naive_churn.brier) = (0.15, 0.20);
    proof.churn.auc = Some(0.8);
    proof.value.bias = Some(0.05);
    proof.groups.clear();
    change(proof);
    let seen = headline(&report, Language::English);
    assert!(seen.starts_with(english), "{seen}");
    let seen = headline(&report, Language::Chinese);
    assert!(seen.starts_with(chinese), "{seen}");
}

#[test]
fn the_headline_says_what_it_comes_to() {
    check_headline(
        |_| {},
        "These probabilities can be taken at their word: 70.0 % of customers",
        "这些概率可以放心使用：预计 70.0% ",
    );
    check_headline(|proof| proof.naive_churn.brier = 0.1, "Do not act on this model", "请勿依据此模型行动");
    check_headline(
        |proof| proof.totals.churn_rate = 0.85,
        "The model tells customers apart, but its level",
        "模型能区分客户",
    );
    check_headline(|proof| proof.churn.auc = Some(0.55), "The level is right, but", "整体水平准确");
    check_headline(
        |proof| proof.value.bias = Some(-0.2),
        "More was spent than predicted",
        "实际消费高于预测",
    );
    let off = |happened: f64, surprise: f64| Group {
        kind: GroupKind::RiskTenth(3),
        customers: 60,
        predicted: 0.5,
        happened,
        surprise,
    };
    let uneven = "The probabilities hold on average, but not in every group";
    check_headline(|proof| proof.groups.push(off(0.3, 3.1)), uneven, "概率整体准确，但并非");
    // Neither what chance explains nor what is too little to matter makes a headline.
    let sure = ("These probabilities can be taken", "这些概率可以放心使用");
    check_headline(|proof| proof.groups.push(off(0.3, 2.9)), sure.0, sure.1);
    check_headline(|proof| proof.groups.push(off(0.46, 9.0)), sure.0, sure.1);
    check_headline(|proof| proof.value.bias = Some(0.2), "Less was spent than predicted", "实际消费低于预测");
}

#[test]
fn the_group_that_is_furthest_off_is_named() {
    let mut report = shop();
    let proof = report.proof.as_mut().unwrap();
    let group = proof.groups.iter_mut().find(|group| group.customers >= 30).unwrap();
    (group.predicted, group.happened, group.surprise) = (0.1, 0.95, 9.0);
    let customers = group.customers;
    let html = page(&report, Language::English).unwrap();
    let expected =
        format!("({customers} customers): 10.0 % were expected to stay away, 95.0 % did. More than chance");
    assert!(html.contains(&expected), "{expected}");
}

#[test]
fn a_shop_too_small_for_groups_says_so() {
    let mut report = Shop::new(25, 630.0, "USD").report();
    report.proof.as_mut().unwrap().tenths.clear();
    let proof = report.proof.as_mut().unwrap();
    proof.naive_churn = proof.churn;
    proof.naive_value = proof.value;
    let html = page(&report, Language::English).unwrap();
    assert!(html.contains("There are too few customers to tell groups of them apart"));
}

#[test]
fn what_others_measured_is_shown() {
    let mut report = shop();
    report.coverage = Some(Coverage {
        of: "CLV over 90d".to_owned(),
        lines: vec![
            CoverageLine { group: String::new(), promised: 0.8, held: 0.775, customers: 4_000 },
            CoverageLine {
                group: "one-time buyers".to_owned(),
                promised: 0.95,
                held: 0.96,
                customers: 2_500,
            },
        ],
    });
    let weights = [("small", 1.0), ("large", 3.0), ("none", 0.0)];
    report.importance =
        Some(weights.map(|(feature, weight)| Importance { feature: feature.to_owned(), weight }).to_vec());
    report.drift = Some(Drift {
        verdict: DriftVerdict::Recalibrate,
        reason: "orders fell by a fifth (age_weeks)".to_owned(),
        features: vec![FeatureDrift { feature: "order_gap".to_owned(), stability_index: 0.31 }],
        windows: vec![WindowDrift {
            from: AsOf::new(at("2023-04-02")),
            horizon: horizon("90d"),
            customers: 350,
            auc: Some(0.8125),
            predicted_churn: 0.7,
            churn: 0.75,
            predicted_value: 12_345.6,
            value: 10_000.0,
        }],
    });
    let html = page(&report, Language::English).unwrap();
    for part in [
        "Share of customers whose interval of CLV over 90d held what came.",
        "<tr><th scope=\"row\">all</th><td>80 %</td><td>77.5 %</td><td>−2.5 pp</td><td>4,000</td></tr>",
        "<td>+1.0 pp</td>",
        "without what came later: Recalibrate: the order still fits, the level does not. Orders fell by a fifth \
         (since the first order).",
        "<th scope=\"row\">2023\u{2011}04\u{2011}02<small>90 days</small></th><td>0.812</td><td>70.0 %</td><td>75.0 %</td>",
        "<td>12,346</td><td>10,000</td><td>+23.5 %</td>",
    ] {
        assert!(html.contains(part), "{part}");
    }
    let json = html.split("id=\"plots\">").nth(1).unwrap().split("</script>").next().unwrap();
    let plots: serde_json::Value = serde_json::from_str(json).unwrap();
    let importance = &plots["importance"];
    assert_eq!(importance["layout"]["yaxis"]["ticktext"], serde_json::json!(["large", "small"]));
    assert_eq!(importance["data"][0]["x"], serde_json::json!([0.75, 0.25]));
    assert_eq!(plots["drift"]["data"][0]["x"], serde_json::json!([0.31]));
    // Nothing that could be drawn is a reason, too.
    report.importance = Some(Vec::new());
    report.drift.as_mut().unwrap().features.clear();
    let html = page(&report, Language::English).unwrap();
    assert!(html.contains("it has no features to weigh"));
    assert!(html.contains("<p class=\"missing\">From the training up to 2023-07-01"), "the verdict stays");
}

#[test]
fn a_card_names_purpose_data_measures_limits_and_weaknesses() {
    let manifest = shop().manifest;
    let card = model_card(&manifest, Language::English);
    assert!(
        card.starts_with(&format!("# Model card: {}\n\n## Purpose\n\n- ", manifest.model_version)),
        "{card}"
    );
    for part in [
        "\n- 1,000 customers with 2,000 orders and 50 refunds, 2022-07-01 to 2023-06-30.\n",
        &format!("Fingerprint (sha256): {}.", manifest.data.sha256.short()),
        "\n- As of 2023-07-01 (UTC): nothing later was used. Model: bg_nbd.\n",
        "horizons answered: 30d, 90d.",
        "\n| bg_nbd+all_orders+level (chosen) | 2 | 0.750 | 0.810 | 0.1500 | 0.450 | 0.0300 |",
        "\n| naive_rate (past rate carried on) | 2 | 0.650 | 0.850 |",
        "\n## Limits of use\n",
        "- Was rehearsed from 2 past dates;",
        "- In the backtest the past rate, carried on, did better by: Average precision.\n",
    ] {
        assert!(card.contains(part), "{part}: {card}");
    }
    assert!(card.contains("Knows orders and refunds only"), "{card}");
    let mut manifest = manifest;
    manifest.features.kinds = ["order", "session"].map(str::to_owned).to_vec();
    let of_log = model_card(&manifest, Language::English);
    assert!(
        of_log.contains("of these kinds: order, session.") && !of_log.contains("refunds only"),
        "{of_log}"
    );
    let chinese = model_card(&manifest, Language::Chinese);
    assert!(chinese.contains("## 使用限制") && !chinese.contains("Limits"), "{chinese}");
    // The same sections in both.
    assert_eq!(card.matches("\n## ").count(), chinese.matches("\n## ").count());
}

#[test]
fn who_answered_is_said() {
    let mut report = shop();
    let all = report.population.customers;
    assert_eq!(report.population.rungs, [(Rung::Btyd, all)]);
    let check = |report: &Report, expected: &str| {
        let html = page(report, Language::English).unwrap();
        assert!(html.contains(expected), "{expected}");
    };
    check(&report, "All were scored by the purchase model alone.");
    report.population.in_season = true;
    check(&report, "All were scored by the purchase model with the level of last year&#39;s season.");
    check(&report, "the level of last year&#39;s season then moves all scores");
    report.population.in_season = false;
    report.population.rungs = vec![(Rung::Btyd, 1_000), (Rung::Boosted, 2_345)];
    check(
        &report,
        "Customers were scored by boosted trees over the purchase model for 2,345, and by the purchase model alone for 1,000.",
    );
}
