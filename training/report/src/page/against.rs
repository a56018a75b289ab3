//! Against what: the past rate, carried on, and the candidates of the bundle's backtest.

use crate::Language;
use crate::measures::{CandidateMean, MEASURES, Measure, NAIVE, candidates};
use crate::page::html::{Cell, table};
use crate::page::panel::{Body, Panel};
use crate::report::Report;

pub(crate) fn panels(report: &Report, language: Language) -> Vec<Panel> {
    vec![here(report, language), rehearsals(report, language)]
}

/// This file: the model beside the past rate.
fn here(report: &Report, language: Language) -> Panel {
    let title = language.pick("On this file, against the past rate", "在本文件上，与沿用过去频率相比");
    let Some(proof) = &report.proof else {
        let why = crate::story::not_yet(report, language);
        return Panel::new("against-naive", title, "", Body::Missing(why));
    };
    let header = [
        language.pick("Measure", "指标"),
        language.pick("This model", "本模型"),
        language.pick("Past rate", "过去频率"),
        "",
    ];
    let row = |measure: &Measure| {
        let own = (measure.read)(Some(&proof.churn), Some(&proof.value));
        let naive = (measure.read)(Some(&proof.naive_churn), Some(&proof.naive_value));
        let best = measure.best(&[own, naive]);
        let cell = |place: usize, value| Cell { text: measure.show(value), is_best: best == Some(place) };
        vec![
            Cell::from(measure.name(language).to_owned()),
            cell(0, own),
            cell(1, naive),
            Cell::from(measure.hint(language).to_owned()),
        ]
    };
    let rows: Vec<Vec<Cell>> = MEASURES.iter().map(row).collect();
    let caption = language.pick(
        "The past rate is what a spreadsheet does: each customer's orders and spend so far, carried on. The better \
         value is bold.",
        "“过去频率”即表格软件的做法：直接沿用每位客户至今的下单与消费频率。较优者加粗。",
    );
    Panel::new("against-naive", title, caption, Body::Html(table(&header.map(str::to_owned), &rows))).wide()
}

/// The bundle's backtest: one row a measure, so that a telephone shows it.
fn rehearsals(report: &Report, language: Language) -> Panel {
    let title =
        language.pick("In rehearsals on the past, against the other candidates", "历史回测中与其他候选相比");
    let all = candidates(&report.manifest.backtest);
    if all.is_empty() {
        let why = language.pick(
            "The bundle holds no backtest: its history was too short for one.",
            "模型包不含回测：历史太短。",
        );
        return Panel::new("candidates", title, "", Body::Missing(why.to_owned()));
    }
    let name = |candidate: &CandidateMean<'_>| match (candidate.is_chosen, candidate.name) {
        (true, name) => format!("{name} {}", language.pick("(chosen)", "（选用）")),
        (false, NAIVE) => language.pick("past rate", "过去频率").to_owned(),
        (false, name) => name.to_owned(),
    };
    let mut header = vec![language.pick("Measure", "指标").to_owned()];
    header.extend(all.iter().map(|candidate| breakable(&name(candidate))));
    let row = |(place, measure): (usize, &Measure)| {
        let values: Vec<Option<f64>> = all.iter().map(|candidate| candidate.values[place]).collect();
        let best = measure.best(&values);
        let mut cells = vec![Cell::from(measure.name(language).to_owned())];
        let cell = |(place, value): (usize, &Option<f64>)| Cell {
            text: measure.show(*value),
            is_best: best == Some(place),
        };
        cells.extend(values.iter().enumerate().map(cell));
        cells
    };
    let rows: Vec<Vec<Cell>> = MEASURES.iter().enumerate().map(row).collect();
    let origins = all.iter().map(|candidate| candidate.origins).max().unwrap_or(0);
    let caption = language.say(
        || {
            format!(
                "Means over {origins} past dates, each predicted from what was known then. Names say model, reading of \
                 spend and level. The best value is bold."
            )
        },
        || format!("{origins} 个历史时点的平均值，每次只使用当时已知的数据。名称依次为模型、消费口径与水平校正。最优者加粗。"),
    );
    Panel::new("candidates", title, &caption, Body::Html(table(&header, &rows))).wide()
}

/// A name that may be broken at its joints: a zero-width space after each `+`.
fn breakable(name: &str) -> String {
    name.replace('+', "+\u{200b}").replace('_', "_\u{200b}")
}
