//! Shops that are hardly there, outcomes that are not known, currencies.

use tenure_behaviour::OrderHistory;
use tenure_core::AsOf;
use tenure_report::{Ask, Language, Report, ReportError, page};

use crate::support::{Shop, ask, at, horizon};

/// The page without the library, which must hold no number that is none.
#[track_caller]
fn words(report: &Report, language: Language) -> String {
    let html = page(report, language).unwrap();
    let start = html.find("<script type=\"text/javascript\">").unwrap();
    let end = html[start..].find("</script>").unwrap() + start;
    let words = format!("{}{}", &html[..start], &html[end..]);
    for nothing in ["NaN", ">inf", "undefined"] {
        assert!(!words.contains(nothing), "{nothing}");
    }
    // JSON writes what is no number as null; only months that are not over yet are meant to be nothing.
    let json = html.split("id=\"plots\">").nth(1).unwrap().split("</script>").next().unwrap();
    let plots: serde_json::Value = serde_json::from_str(json).unwrap();
    for (id, plot) in plots.as_object().unwrap().iter().filter(|(id, _)| *id != "retention") {
        assert!(!plot.to_string().contains("null"), "{id}: {plot}");
    }
    words
}

#[test]
fn nobody_is_refused_with_a_reason() {
    let shop = Shop::of(&[], "USD");
    let refused = shop.try_report().unwrap_err();
    assert!(matches!(refused, ReportError::NoCustomers { .. }), "{refused}");
    assert!(refused.to_string().starts_with("no customer has an order before 2023-07-01"), "{refused}");
    // Customers who come later are nobody yet.
    let later = Shop::of(&[vec![(400.0, 1_000)]], "USD");
    assert!(matches!(later.try_report(), Err(ReportError::NoCustomers { .. })));
}

#[test]
fn one_customer_is_a_page() {
    for orders in
        [vec![(10.0, 1_000)], vec![(10.0, 0)], vec![(10.0, 500), (364.0, 700), (370.0, 100), (629.0, 1)]]
    {
        let report = Shop::of(&[orders], "USD").report();
        assert_eq!(report.population.customers, 1);
        words(&report, Language::English);
        words(&report, Language::Chinese);
    }
}

#[test]
fn a_shop_to_which_nobody_or_everybody_returned_is_a_page() {
    let once: Vec<Vec<(f64, i64)>> = (0..40).map(|place| vec![(f64::from(place), 1_000)]).collect();
    // Somebody new orders at the end, so that the outcome is known.
    let mut gone = once.clone();
    gone.push(vec![(600.0, 1_000)]);
    let report = Shop::of(&gone, "USD").report();
    assert_eq!(report.proof.as_ref().unwrap().totals.churn_rate, 1.0);
    let page = words(&report, Language::English);
    assert!(page.contains("100 % of these customers stayed away"), "no reason given");
    let back: Vec<Vec<(f64, i64)>> =
        once.iter().map(|one| [one[0], (380.0, 900), (600.0, 900)].to_vec()).collect();
    let report = Shop::of(&back, "USD").report();
    assert_eq!(report.proof.as_ref().unwrap().totals.churn_rate, 0.0);
    words(&report, Language::English);
}

#[test]
fn an_outcome_that_is_not_known_is_said_to_be_so() {
    let shop = Shop::new(200, 365.0, "USD");
    let report = shop.report();
    assert!(report.proof.is_none() && report.value.actual.is_empty());
    assert!(report.segments.iter().all(|line| line.churn_rate.is_none()));
    let page = words(&report, Language::English);
    for part in [
        "how good that is can so far only be told from 2 rehearsals",
        "report again with orders up to 2023-09-29",
    ] {
        assert!(page.contains(part), "{part}");
    }
    // In what fails, and in the card.
    assert_eq!(page.matches("carried on, did better by: Average precision.").count(), 2);
    assert_eq!(page.matches("What happens up to 2023-09-29 is not in the file yet.").count(), 8);
    // Half of the horizon: what came is drawn as far as it is known.
    let half = Shop::new(200, 410.0, "USD").report();
    assert!(half.proof.is_none());
    assert!((5..9).contains(&half.tracking.after.len()), "{:?}", half.tracking.after);
}

#[test]
fn a_bundle_without_backtest_has_no_proof_at_all() {
    let mut report = Shop::new(100, 365.0, "USD").report();
    report.manifest.backtest.clear();
    let page = words(&report, Language::English);
    assert!(page.contains("Nothing is proven yet"));
    assert!(page.contains("The bundle holds no backtest"));
    assert!(page.contains("Was never rehearsed"));
}

#[test]
fn amounts_are_in_the_shop_s_currency() {
    for (currency, symbol) in [("CNY", "CNY"), ("JPY", "JPY")] {
        let report = Shop::new(150, 630.0, currency).report();
        let page = words(&report, Language::Chinese);
        assert!(page.contains(symbol) && !page.contains("USD"), "{currency}");
    }
    // A yen has no hundredths.
    let spent = |currency| Shop::new(150, 630.0, currency).report().proof.unwrap().totals.value;
    assert!((spent("JPY") / spent("CNY") - 100.0).abs() < 1e-6);
}

#[test]
fn another_as_of_and_horizon_may_be_asked_for() {
    let shop = Shop::new(200, 630.0, "USD");
    let histories: Vec<&OrderHistory> = shop.histories.iter().collect();
    let asked = Ask { as_of: AsOf::new(at("2023-03-01")), horizon: horizon("30d") };
    let report = Report::of(&shop.scorer, &histories, asked).unwrap();
    let default = Report::of(&shop.scorer, &histories, ask()).unwrap();
    assert!(report.population.customers < default.population.customers);
    assert!(report.proof.unwrap().totals.orders < default.proof.unwrap().totals.orders);
}
