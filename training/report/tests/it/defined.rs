//! Churn as the bundle defines it: counted a second time, and told in words that go with it.

use approx::assert_relative_eq;
use tenure_behaviour::{OrderHistory, PurchaseSummary};
use tenure_bundle::{Digest, NaiveRate, Rung};
use tenure_core::{AsOf, Duration};
use tenure_report::{Ask, Language, PastRateLine, Report, ReportError, model_card, page};

use crate::support::{Shop, ask, at, horizon};

/// No order of 15 dollars or more.
const LARGE: &str = "count(order where amount >= 15, next 90d) = 0";

fn shop() -> Shop {
    Shop::defined(600, 630.0, LARGE)
}

/// By a plain loop over the orders.
fn came(history: &OrderHistory, from: AsOf) -> bool {
    let until = from.instant().saturating_add(Duration::from_days(90));
    let is_large = |(at, minor): &(_, i64)| *at >= from.instant() && *at < until && *minor >= 1_500;
    !history.entries().iter().any(is_large)
}

fn known(shop: &Shop, by: AsOf) -> Vec<&OrderHistory> {
    shop.histories.iter().filter(|history| history.has_order_before(by)).collect()
}

#[test]
fn what_churned_is_counted_by_the_definition() {
    let shop = shop();
    let report = shop.report();
    let customers = known(&shop, ask().as_of);
    let all = customers.len() as f64;
    let options = ask().like_outcomes();
    let probability =
        |history: &&OrderHistory| shop.scorer.score(history, &options).unwrap().churn_probability;
    let probabilities: Vec<f64> = customers.iter().map(probability).collect();
    let churned: Vec<bool> = customers.iter().map(|history| came(history, ask().as_of)).collect();
    let proof = report.proof.as_ref().unwrap();
    let share = churned.iter().filter(|churned| **churned).count() as f64 / all;
    assert!(share > 0.5 && share < 0.98, "{share}");
    assert_relative_eq!(proof.totals.churn_rate, share, max_relative = 1e-12);
    let mean = probabilities.iter().sum::<f64>() / all;
    assert_relative_eq!(proof.totals.mean_churn_probability, mean, max_relative = 1e-12);
    let pairs = || probabilities.iter().zip(&churned).map(|(p, churned)| (*p, f64::from(u8::from(*churned))));
    let brier = pairs().map(|(p, churned)| (p - churned).powi(2)).sum::<f64>() / all;
    assert_relative_eq!(proof.churn.brier, brier, max_relative = 1e-12);
    let in_groups: f64 =
        proof.calibration.iter().map(|bin| bin.customers as f64 * bin.churned_share).sum::<f64>() / all;
    assert_relative_eq!(in_groups, share, max_relative = 1e-12);
    let in_segments: f64 =
        report.segments.iter().map(|line| line.customers as f64 * line.churn_rate.unwrap()).sum::<f64>()
            / all;
    assert_relative_eq!(in_segments, share, max_relative = 1e-12);
    // Those who did not churn are all found at the end of the list.
    assert_eq!(proof.buyers.last().map(|end| (end.x, end.y)), Some((1.0, 1.0)));
    // Orders and value are what they are without a definition.
    let plain = Shop::new(600, 630.0, "USD").report();
    let of_orders = |report: &Report| {
        let proof = report.proof.as_ref().unwrap();
        (
            proof.value,
            proof.naive_value,
            proof.totals.orders,
            proof.totals.expected_orders,
            proof.tenths.clone(),
        )
    };
    assert_eq!(of_orders(&report), of_orders(&plain));
    assert_eq!((&report.tracking, &report.heat), (&plain.tracking, &plain.heat));
    assert_eq!((&report.cohorts, &report.value), (&plain.cohorts, &plain.value));
}

fn log_odds(rate: &NaiveRate) -> f64 {
    let p = rate.p_no_order.clamp(1e-6, 1.0 - 1e-6);
    (p / (1.0 - p)).ln()
}

fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

/// Log-odds of the past rate beside churn, of whoever was known at a date.
fn rates(shop: &Shop, by: AsOf) -> Vec<(f64, f64)> {
    let rule = &shop.scorer.manifest().summary_rule;
    let pair = |history: &OrderHistory| {
        let summary = PurchaseSummary::of(history, by, rule).unwrap().unwrap();
        (log_odds(&NaiveRate::of(&summary, horizon("90d"))), f64::from(u8::from(came(history, by))))
    };
    known(shop, by).into_iter().map(pair).collect()
}

/// The line of highest likelihood, by Newton's method.
fn best_line(pairs: &[(f64, f64)]) -> (f64, f64) {
    let (mut a, mut b) = (0.0, 0.0);
    for _ in 0..50 {
        let (mut g, mut h) = ([0.0; 2], [0.0; 3]);
        for (x, y) in pairs {
            let p = sigmoid(a + b * x);
            let w = p * (1.0 - p);
            g = [g[0] + y - p, g[1] + (y - p) * x];
            h = [h[0] + w, h[1] + w * x, h[2] + w * x * x];
        }
        let det = h[0] * h[2] - h[1] * h[1];
        a += (h[2] * g[0] - h[1] * g[1]) / det;
        b += (h[0] * g[1] - h[1] * g[0]) / det;
    }
    (a, b)
}

fn brier_on((a, b): (f64, f64), pairs: &[(f64, f64)]) -> f64 {
    pairs.iter().map(|(x, y)| (sigmoid(a + b * x) - y).powi(2)).sum::<f64>() / pairs.len() as f64
}

#[test]
fn the_past_rate_is_put_on_the_line_of_the_window_before() {
    let shop = shop();
    let report = shop.report();
    assert_eq!(report.churn.as_ref().unwrap().past_rate, PastRateLine::WindowBefore);
    let before = rates(&shop, AsOf::new(at("2023-04-02")));
    assert_eq!(ask().window_before(), AsOf::new(at("2023-04-02")));
    let expected = brier_on(best_line(&before), &rates(&shop, ask().as_of));
    assert_relative_eq!(report.proof.unwrap().naive_churn.brier, expected, max_relative = 1e-6);
}

#[test]
fn where_nothing_is_known_of_the_window_before_the_bundle_s_line_serves() {
    let shop = shop();
    let histories: Vec<&OrderHistory> = shop.histories.iter().collect();
    let ask = Ask { as_of: AsOf::new(at("2022-09-01")), horizon: horizon("90d") };
    let report = Report::of(&shop.scorer, &histories, ask).unwrap();
    assert_eq!(report.churn.as_ref().unwrap().past_rate, PastRateLine::Bundle);
    let expected = brier_on((0.9, 0.8), &rates(&shop, ask.as_of));
    assert_relative_eq!(report.proof.as_ref().unwrap().naive_churn.brier, expected, max_relative = 1e-9);
    assert!(
        page(&report, Language::English).unwrap().contains("turned into it by the bundle&#39;s own line")
    );
}

#[test]
fn a_definition_of_more_than_orders_needs_to_be_told() {
    let shop = Shop::defined(60, 630.0, "count(session, next 90d) < 5");
    let refused = shop.try_report().unwrap_err();
    assert!(matches!(&refused, ReportError::ChurnUntold { churn } if churn.contains("session")), "{refused}");
    assert!(refused.to_string().contains("cannot be told from orders and refunds alone"), "{refused}");
    let other = Ask { horizon: horizon("30d"), ..ask() };
    let shop = self::shop();
    let histories: Vec<&OrderHistory> = shop.histories.iter().collect();
    let refused = Report::of(&shop.scorer, &histories, other).unwrap_err().to_string();
    assert!(refused.contains("looks 90d ahead and says nothing about 30d"), "{refused}");
}

/// The page without plotly.js.
fn own(report: &Report, language: Language) -> String {
    let html = page(report, language).unwrap();
    let start = html.find("<script type=\"text/javascript\">").unwrap();
    let end = html[start..].find("</script>").unwrap() + start;
    format!("{}{}", &html[..start], &html[end..])
}

/// What is only said where churn is no order.
const OF_NO_ORDER: [&str; 15] = [
    "stay away",
    "stayed away",
    "staying away",
    "stays away",
    "place no order",
    "no order comes",
    "buyers",
    "leavers",
    "who ordered",
    ">Away",
    "不下单的概率，以及",
    "实际不下单",
    "预计不下单",
    "下单客户",
    "未下单",
];

#[test]
fn no_page_of_a_definition_speaks_of_customers_who_stay_away() {
    let mut pages = vec![shop().report()];
    // Everybody churned; nobody knows yet; the model had seen it; the past rate is better; chance explains nothing.
    let mut all = shop().report();
    let proof = all.proof.as_mut().unwrap();
    (proof.curves.roc, proof.curves.precision_recall, proof.buyers) = Default::default();
    (proof.naive_churn.brier, proof.totals.churn_rate) = (0.0, 1.0);
    pages.push(all);
    let mut weak = shop().report();
    let proof = weak.proof.as_mut().unwrap();
    proof.churn.auc = Some(0.5);
    (proof.churn.brier, proof.totals.churn_rate) = (0.01, proof.totals.mean_churn_probability);
    pages.push(weak);
    pages.push(Shop::defined(300, 400.0, LARGE).report());
    let mut seen = shop().report();
    seen.ask.as_of = AsOf::new(at("2023-06-30"));
    pages.push(seen);
    for (place, report) in pages.iter().enumerate() {
        for language in [Language::English, Language::Chinese] {
            let html = own(report, language);
            for part in OF_NO_ORDER {
                assert!(!html.contains(part), "{place} {language}: {part}");
            }
            assert!(html.contains("count(order where amount &gt;= 15, next 90d) = 0"), "{place}");
        }
    }
    let plain = Shop::new(300, 630.0, "USD").report();
    for language in [Language::English, Language::Chinese] {
        let html = own(&plain, language);
        assert!(OF_NO_ORDER.iter().filter(|part| html.contains(*part)).count() >= 4, "{language}");
    }
}

#[test]
fn a_page_says_what_churn_is_and_what_predicts_it() {
    let mut report = shop().report();
    let says = |report: &Report, language: Language, parts: &[&str]| {
        let html = own(report, language);
        for part in parts {
            assert!(html.contains(part), "{part}");
        }
    };
    says(
        &report,
        Language::English,
        &[
            "<p class=\"basis\">Churn is count(order where amount &gt;= 15, next 90d) = 0: no order",
            "All were scored by the purchase model alone. Churn is the purchase model&#39;s chance of no order, put on a line.",
            "were expected to churn within 90 days, and",
            "Telling who churns (ROC)",
            "tenth by risk of churn, 1 lowest",
        ],
    );
    says(
        &report,
        Language::Chinese,
        &[
            "<p class=\"basis\">流失的定义为 count(order where amount &gt;= 15, next 90d) = 0：",
            "的客户在 90 天内流失，实际为",
        ],
    );
    report.population.rungs = vec![(Rung::Boosted, 500)];
    for (has_trees, orders_have_trees, part, corrects) in [
        (true, true, "Churn has trees of its own", true),
        (true, false, "The trees predict churn alone", false),
        (false, true, "The trees correct orders and value alone", true),
    ] {
        let churn = report.churn.as_mut().unwrap();
        (churn.has_trees, churn.orders_have_trees) = (has_trees, orders_have_trees);
        says(&report, Language::English, &[part]);
        let heat = own(&report, Language::English).contains("the trees then correct each score");
        assert_eq!(heat, corrects, "{part}");
    }
}

#[test]
fn churn_and_value_may_be_chosen_apart_and_on_dates_of_their_own() {
    let mut report = shop().report();
    let rows = report.manifest.backtest.clone();
    let first = rows[0].origin;
    let mut all = Vec::new();
    for row in rows {
        let of_value = tenure_bundle::BacktestRow { churn: None, ..row.clone() };
        all.push(of_value);
        // Churn is judged at the first date alone, by the line.
        if row.origin == first && row.chosen {
            all.push(tenure_bundle::BacktestRow {
                candidate: "bg_nbd+line".to_owned(),
                value: None,
                ..row.clone()
            });
        }
        if row.candidate == "naive_rate" && row.origin == first {
            all.last_mut().unwrap().churn = row.churn;
        }
    }
    report.manifest.backtest = all;
    let html = own(&report, Language::English);
    for part in [
        "Means over past dates, 1 for churn and 2 for value, each",
        "bg nbd<small>chosen for churn · line</small>",
        "bg nbd<small>chosen for value · all orders, level</small>",
        "Was rehearsed from past dates, 1 for churn and 2 for value;",
        "and for churn put on a line, did better by: Average precision.",
    ] {
        assert!(html.contains(part), "{part}");
    }
    let card = model_card(&report.manifest, Language::English);
    for part in [
        "| Candidate | Origins (churn / value) |",
        "| bg_nbd+line (chosen for churn) | 1 / 0 | 0.750 | 0.810 | 0.1500 |",
        "| bg_nbd+all_orders+level (chosen for value) | 0 / 2 | – |",
        "how probable it is to churn, as defined below, within 90 days",
    ] {
        assert!(card.contains(part), "{part}: {card}");
    }
    // Where nobody knows what happened, churn is told from its own candidate.
    report.proof = None;
    let html = own(&report, Language::English);
    assert!(html.contains("can so far only be told from 1 rehearsals"), "rehearsals");
    assert!(html.contains("Brier score 0.1500, past rate of orders on a line 0.2500"), "tiles");
}

/// The words of a page: without plots, numbers and the name of the model.
fn words(report: &Report, language: Language) -> String {
    let html = own(report, language).replace(&report.manifest.model_version, "");
    let (before, after) = html.split_once("id=\"plots\">").unwrap();
    let html = format!("{before}{}", after.split_once("</script>").unwrap().1);
    html.chars().filter(|letter| !letter.is_ascii_digit()).collect()
}

/// What is said where churn is no order does not change by what is said where it is not. Whoever changes the page on
/// purpose puts the new digests in.
#[test]
fn a_page_without_a_definition_is_as_it_was() {
    let known = Shop::new(300, 630.0, "USD").report();
    let unknown = Shop::new(300, 365.0, "USD").report();
    let mut seen = known.clone();
    seen.ask.as_of = AsOf::new(at("2023-06-30"));
    let digest =
        |report: &Report, language| Digest::of(words(report, language).as_bytes()).short().to_string();
    let found = [&known, &unknown, &seen]
        .map(|report| [Language::English, Language::Chinese].map(|language| digest(report, language)));
    assert_eq!(
        found,
        [
            ["dc6ff9441555", "5cda1bdd1623"],
            ["527efb3fdfc9", "d510175b93b3"],
            ["2c7b50f4e673", "fa7978a6f140"]
        ]
    );
}

/// A definition of churn has a season of its own, or none.
#[test]
fn a_season_of_orders_is_not_said_of_churn() {
    let mut report = shop().report();
    report.population.in_season = true;
    let html = page(&report, Language::English).unwrap();
    assert!(
        html.contains(
            "by the purchase model, with the level of last year&#39;s season for orders and value."
        )
    );
    assert!(page(&report, Language::Chinese).unwrap().contains("购买模型（订单与价值按去年同期水平调整）"));
}
