//! Text from other people's files stays text.

use tenure_report::{
    Coverage, CoverageLine, Drift, DriftVerdict, FeatureDrift, Importance, Language, Report, SegmentLine,
    model_card, page,
};

use crate::support::Shop;

const EVIL: &str =
    "</script><script>alert('1')</script><img src=x onerror=\"alert(2)\"><a href='https://evil.example'>";

fn poisoned() -> Report {
    let mut report = Shop::new(200, 630.0, "USD").report();
    report.segments.push(SegmentLine {
        name: EVIL.to_owned(),
        name_zh: EVIL.to_owned(),
        customers: 3,
        clv_total: 1.0,
        mean_churn_probability: 0.5,
        churn_rate: None,
    });
    report.manifest.notes.push(EVIL.to_owned());
    report.manifest.model_version = EVIL.to_owned();
    report.manifest.backtest[0].candidate = EVIL.to_owned();
    report.coverage = Some(Coverage {
        of: EVIL.to_owned(),
        lines: vec![CoverageLine { group: EVIL.to_owned(), promised: 0.8, held: 0.7, customers: 3 }],
    });
    report.importance = Some(vec![Importance { feature: EVIL.to_owned(), weight: 1.0 }]);
    let drifted = FeatureDrift { feature: EVIL.to_owned(), stability_index: 0.3 };
    report.drift = Some(Drift {
        verdict: DriftVerdict::Retrain,
        reason: EVIL.to_owned(),
        features: vec![drifted],
        windows: Vec::new(),
    });
    report
}

#[test]
fn no_name_becomes_markup() {
    let report = poisoned();
    let clean = page(&Shop::new(200, 630.0, "USD").report(), Language::English).unwrap();
    for language in [Language::English, Language::Chinese] {
        let html = page(&report, language).unwrap();
        assert_eq!(html.matches("<script").count(), clean.matches("<script").count());
        assert_eq!(html.matches("</script").count(), clean.matches("</script").count());
        for tag in ["<img src=x", "<a href='https", "<script>alert"] {
            assert!(!html.contains(tag), "{tag}");
        }
        assert!(html.contains("&lt;img src=x onerror=&quot;"), "it is shown as what it is");
        // plotly.js makes links of tags, so that it must not see any.
        let json = html.split("id=\"plots\">").nth(1).unwrap().split("</script>").next().unwrap();
        let plots: serde_json::Value = serde_json::from_str(json).unwrap();
        let own_tags = ["<extra>", "</extra>"];
        let others = own_tags.iter().fold(plots.to_string(), |text, tag| text.replace(tag, ""));
        assert!(!others.contains('<'), "{others}");
        let names = plots["importance"]["layout"]["yaxis"]["ticktext"].to_string();
        assert!(names.contains("&lt;/script&gt;") && !names.contains('<'), "{names}");
    }
}

#[test]
fn a_card_has_no_markup_of_others_and_no_line_of_theirs() {
    let mut report = poisoned();
    report.manifest.notes.push("one\n# two\u{1b}[31m".to_owned());
    let card = model_card(&report.manifest, Language::English);
    assert!(!card.contains("<script") && !card.contains('\u{1b}'), "{card}");
    assert!(card.contains("- One # two"), "{card}");
}
