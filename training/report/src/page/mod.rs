//! The page: one file of HTML that asks nothing of the network.

mod against;
mod html;
mod measured;
mod panel;
mod plot;
mod shop;
mod truth;
mod worth;

use std::collections::BTreeMap;

use plotly::{Layout, Plot, Traces};
use serde::Serialize;

use crate::card::{self, Card};
use crate::format::{date, horizon};
use crate::page::html::{escaped, json_in_script, list};
use crate::page::panel::{Body, Panel};
use crate::report::Report;
use crate::story::{Story, Tile};
use crate::{Language, ReportError};

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("page.js");

/// What a browser may do with the page: run and style what is in it. A request is refused by the browser itself.
const POLICY: &str = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:; \
                      base-uri 'none'; form-action 'none'";

/// Some panels under a heading.
struct Chapter {
    id: &'static str,
    title: &'static str,
    panels: Vec<Panel>,
}

/// What the script of the page needs of a plot.
#[derive(Serialize)]
struct Drawn<'a> {
    data: &'a Traces,
    layout: &'a Layout,
}

/// The page of a report: HTML with its style, its script, plotly.js and all numbers in it, about 5 MB. The same
/// report gives the same bytes.
///
/// # Errors
/// When a plot cannot be written.
pub fn page(report: &Report, language: Language) -> Result<String, ReportError> {
    let story = Story::of(report, language);
    let chapters = chapters(report, language);
    let mut body = head_of_page(report, &story, language);
    body.push_str(&contents(&chapters, language));
    body.push_str(&failures(report, &story, language));
    for chapter in &chapters {
        body.push_str(&chapter_html(chapter));
    }
    body.push_str(&card_html(report, language));
    let plots: BTreeMap<&str, Drawn<'_>> = chapters
        .iter()
        .flat_map(|chapter| &chapter.panels)
        .filter_map(|panel| match &panel.body {
            Body::Plot(plot) => Some((panel.id, Drawn { data: plot.data(), layout: plot.layout() })),
            Body::Html(_) | Body::Missing(_) => None,
        })
        .collect();
    let plots = json_in_script(&serde_json::to_string(&plots)?);
    let title = escaped(&format!("Tenure · {}", report.manifest.model_version));
    let (lang, library) = (language.tag(), plotly_js());
    Ok(format!(
        "<!doctype html>\n<html lang=\"{lang}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n\
         <body>\n{body}\n<script type=\"application/json\" id=\"plots\">{plots}</script>\n{library}\n\
         <script>\n{SCRIPT}</script>\n</body>\n</html>\n"
    ))
}

/// The script element with plotly.js. The crate gives `MathJax` with it, which no plot of ours needs.
fn plotly_js() -> String {
    const END: &str = "</script>";
    let mut scripts = Plot::offline_js_sources();
    if let Some(end) = scripts.find(END) {
        scripts.truncate(end + END.len());
    }
    scripts
}

fn chapters(report: &Report, language: Language) -> Vec<Chapter> {
    let chapter =
        |id, english, chinese, panels| Chapter { id, title: language.pick(english, chinese), panels };
    let mut customers = vec![shop::tracking(report, language)];
    customers.extend(shop::heat_maps(report, language));
    customers.push(shop::retention(report, language));
    let mut value = worth::panels(report, language);
    value.extend(worth::segments(report, language));
    vec![
        chapter("against", "Against what?", "与什么相比？", against::panels(report, language)),
        chapter("proof", "The proof in pictures", "图示证明", truth::panels(report, language)),
        chapter("shop", "The shop over time", "店铺走势", customers),
        chapter("value", "Value and segments", "价值与分群", value),
        chapter("model", "The model", "模型", measured::panels(report, language)),
    ]
}

fn head_of_page(report: &Report, story: &Story, language: Language) -> String {
    let zone = &report.manifest.summary_rule.time_zone;
    let as_of = date(report.ask.as_of.instant(), zone);
    let ahead = horizon(report.ask.horizon, language);
    let facts = language.say(
        || format!("Tenure report · {} · as of {as_of} · {ahead} ahead", report.manifest.model_version),
        || format!("Tenure 报告 · {} · 截止 {as_of} · 预测 {ahead}", report.manifest.model_version),
    );
    let (facts, headline) = (escaped(&facts), escaped(&story.headline));
    let basis: String =
        story.basis.iter().map(|text| format!("<p class=\"basis\">{}</p>\n", escaped(text))).collect();
    let tile = |tile: &Tile| {
        let (value, label, hint) = (escaped(&tile.value), escaped(&tile.label), escaped(&tile.hint));
        format!(
            "<div class=\"tile\"><strong>{value}</strong><span>{label}</span><small>{hint}</small></div>\n"
        )
    };
    let tiles: String = story.tiles.iter().map(tile).collect();
    let tiles = if tiles.is_empty() { tiles } else { format!("<div class=\"tiles\">\n{tiles}</div>\n") };
    let quiet = language.pick(
        "The plots need JavaScript; words and tables do not.",
        "图表需要 JavaScript；文字与表格不需要。",
    );
    format!(
        "<header>\n<p class=\"facts\">{facts}</p>\n<h1>{headline}</h1>\n{basis}{tiles}<noscript><p>{quiet}</p></noscript>\n</header>\n"
    )
}

fn contents(chapters: &[Chapter], language: Language) -> String {
    let link = |id: &str, title: &str| format!("<a href=\"#{id}\">{}</a>\n", escaped(title));
    let mut links = link("failures", language.pick("Where it fails", "薄弱之处"));
    links.extend(chapters.iter().map(|chapter| link(chapter.id, chapter.title)));
    links.push_str(&link("card", language.pick("Model card", "模型卡")));
    format!("<nav aria-label=\"{}\">\n{links}</nav>\n<main>\n", language.pick("Contents", "目录"))
}

fn failures(report: &Report, story: &Story, language: Language) -> String {
    let title = language.pick("Where does it fail?", "哪里不准？");
    let unknown = match (&report.proof, story.failures.is_empty()) {
        (Some(_), false) => "",
        (Some(_), true) => language.pick(
            "There are too few customers to tell groups of them apart: 30 in one group are the least.",
            "客户太少，无法分组判断：每组至少需要 30 位。",
        ),
        (None, _) => language.pick(
            "In which group it fails can be told only where it is known what happened; the bundle's backtest keeps totals.",
            "只有在实际结果已知时才能判断哪一组不准；模型包中的回测只保存总体数据。",
        ),
    };
    let unknown =
        if unknown.is_empty() { String::new() } else { format!("<p class=\"missing\">{unknown}</p>\n") };
    let known = if story.failures.is_empty() { String::new() } else { list(&story.failures) };
    format!("<section id=\"failures\">\n<h2>{title}</h2>\n{known}{unknown}</section>\n")
}

fn chapter_html(chapter: &Chapter) -> String {
    let panels: String = chapter.panels.iter().map(panel_html).collect();
    format!(
        "<section id=\"{}\">\n<h2>{}</h2>\n<div class=\"panels\">\n{panels}</div>\n</section>\n",
        chapter.id,
        escaped(chapter.title)
    )
}

fn panel_html(panel: &Panel) -> String {
    let (id, title) = (panel.id, escaped(&panel.title));
    let caption = match (&panel.body, panel.caption.as_str()) {
        // How to read what is not there helps nobody.
        (_, "") | (Body::Missing(_), _) => String::new(),
        (Body::Plot(_) | Body::Html(_), caption) => {
            format!("<p class=\"caption\">{}</p>\n", escaped(caption))
        }
    };
    let body = match &panel.body {
        Body::Plot(_) => {
            // As many lines as the plot has; the style sheet knows what other plots need.
            let height =
                panel.height.map(|pixels| format!(" style=\"height:{pixels}px\"")).unwrap_or_default();
            format!(
                "<div class=\"plot\" id=\"plot-{id}\" role=\"img\" aria-label=\"{title}\"{height}></div>\n"
            )
        }
        Body::Html(html) => html.clone(),
        Body::Missing(why) => format!("<p class=\"missing\">{}</p>\n", escaped(why)),
    };
    let wide = if panel.is_wide { " wide" } else { "" };
    format!("<article class=\"panel{wide}\" id=\"{id}\">\n<h3>{title}</h3>\n{caption}{body}</article>\n")
}

fn card_html(report: &Report, language: Language) -> String {
    let card = Card::of(&report.manifest, language);
    let section = |section: &card::Section| {
        let body = match &section.body {
            card::Body::Sentences(all) => list(all),
            // The page has that table already, under what the model is compared with.
            card::Body::Table(..) => format!(
                "<p class=\"caption\"><a href=\"#candidates\">{}</a></p>\n",
                language.pick("The table of all candidates stands above.", "全部候选模型见上表。")
            ),
        };
        format!("<h3>{}</h3>\n{body}", escaped(&section.title))
    };
    let sections: String = card.sections.iter().map(section).collect();
    format!(
        "<section id=\"card\" class=\"card\">\n<h2>{}</h2>\n{sections}</section>\n</main>",
        escaped(&card.title)
    )
}
