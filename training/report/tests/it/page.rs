//! The page as a file: whole, quiet, the same every time.

use tenure_report::{Language, page};

use crate::support::Shop;

/// The page in front of plotly.js and behind it.
fn around_library(html: &str) -> String {
    let start = html.find("<script type=\"text/javascript\">").unwrap();
    let end = html[start..].find("</script>").unwrap() + start;
    format!("{}{}", &html[..start], &html[end..])
}

fn html(days: f64, language: Language) -> String {
    page(&Shop::new(300, days, "USD").report(), language).unwrap()
}

#[test]
fn nothing_is_fetched() {
    for language in [Language::English, Language::Chinese] {
        let html = html(630.0, language);
        let own = around_library(&html);
        for request in
            ["http:", "https:", "src=", "url(", "@import", "<link", "<iframe", "<img", "fetch(", "import("]
        {
            assert!(!own.contains(request), "{request}");
        }
        // Every link leads to a place in the page.
        let links: Vec<&str> =
            own.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        assert!(links.len() > 5);
        for link in links {
            let place = link.strip_prefix('#').unwrap();
            assert!(own.contains(&format!("id=\"{place}\"")), "{link}");
        }
        // And the browser is told to refuse what would be asked for all the same.
        assert!(own.contains("content=\"default-src 'none'; script-src 'unsafe-inline';"), "no policy");
        assert_eq!(html.matches("<script").count(), html.matches("</script>").count());
        assert!(html.contains("plotly.js v3"));
        assert!(html.len() < 4_900_000, "{} bytes: is MathJax in it?", html.len());
    }
}

/// Of every panel its name and what it shows.
fn panels(html: &str) -> Vec<(String, &'static str)> {
    let own = around_library(html);
    let articles = own.split("<article").skip(1).map(|rest| rest.split("</article>").next().unwrap());
    let panel = |article: &str| {
        let id = article.split("id=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
        let shows = [("class=\"plot\"", "plot"), ("<table", "table"), ("class=\"missing\"", "reason")];
        let shows: Vec<_> =
            shows.iter().filter(|(mark, _)| article.contains(mark)).map(|(_, what)| *what).collect();
        assert_eq!(shows.len(), 1, "{article}");
        (id, shows[0])
    };
    articles.map(panel).collect()
}

#[track_caller]
fn check_panels(days: f64, expected: &[(&str, &str)]) {
    let html = html(days, Language::English);
    let seen = panels(&html);
    let seen: Vec<(&str, &str)> = seen.iter().map(|(id, shows)| (id.as_str(), *shows)).collect();
    assert_eq!(seen, expected);
    // The numbers of exactly the plots that have a place.
    let json = html.split("id=\"plots\">").nth(1).unwrap().split("</script>").next().unwrap();
    let plots: serde_json::Value = serde_json::from_str(json).unwrap();
    let drawn: Vec<&str> = plots.as_object().unwrap().keys().map(String::as_str).collect();
    let mut places: Vec<&str> =
        seen.iter().filter(|(_, shows)| *shows == "plot").map(|(id, _)| *id).collect();
    places.sort_unstable();
    assert_eq!(drawn, places);
}

#[test]
fn what_came_is_drawn_where_it_is_known() {
    check_panels(
        630.0,
        &[
            ("against-naive", "table"),
            ("candidates", "table"),
            ("reliability", "plot"),
            ("tenths", "plot"),
            ("gain", "plot"),
            ("lift", "plot"),
            ("roc", "plot"),
            ("precision-recall", "plot"),
            ("tracking", "plot"),
            ("p-alive", "plot"),
            ("expected-orders", "plot"),
            ("retention", "plot"),
            ("clv", "plot"),
            ("concentration", "plot"),
            ("segments", "plot"),
            ("segment-risk", "table"),
            ("coverage", "reason"),
            ("importance", "reason"),
            ("drift", "reason"),
            ("windows", "reason"),
        ],
    );
}

#[test]
fn panels_of_proof_say_why_they_are_empty_where_it_is_not() {
    check_panels(
        365.0,
        &[
            ("against-naive", "reason"),
            ("candidates", "table"),
            ("reliability", "reason"),
            ("tenths", "reason"),
            ("gain", "reason"),
            ("lift", "reason"),
            ("roc", "reason"),
            ("precision-recall", "reason"),
            ("tracking", "plot"),
            ("p-alive", "plot"),
            ("expected-orders", "plot"),
            ("retention", "plot"),
            ("clv", "plot"),
            ("concentration", "plot"),
            ("segments", "plot"),
            ("segment-risk", "table"),
            ("coverage", "reason"),
            ("importance", "reason"),
            ("drift", "reason"),
            ("windows", "reason"),
        ],
    );
}

#[test]
fn the_same_report_is_the_same_page() {
    assert!(html(630.0, Language::English) == html(630.0, Language::English));
    assert!(html(630.0, Language::English) != html(630.0, Language::Chinese));
}

#[test]
fn a_page_does_not_grow_with_the_shop() {
    let size = |customers| {
        let html = page(&Shop::new(customers, 630.0, "USD").report(), Language::English).unwrap();
        around_library(&html).len()
    };
    let (small, large) = (size(300), size(6_000));
    assert!(large < 120_000, "{large} bytes besides plotly.js");
    // More distinct shares make longer curves, to their limit and no further.
    assert!(large < small * 3 / 2, "{small} and {large}");
}

#[test]
fn every_colour_is_one_of_the_style_sheet() {
    let html = html(630.0, Language::English);
    let own = around_library(&html);
    let names: std::collections::BTreeSet<&str> =
        own.split("var(--").skip(1).filter_map(|rest| rest.split(')').next()).collect();
    assert!(names.len() > 8, "{names:?}");
    for name in names {
        assert!(own.contains(&format!("--{name}: ")), "{name} is not defined");
    }
}
