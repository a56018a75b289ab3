//! Against what: the past rate, carried on, and the candidates of the bundle's backtest.

use crate::Language;
use crate::format::dates_of;
use crate::measures::{
    CHURN, CandidateMean, Dates, MEASURES, Measure, NAIVE, VALUE, candidates, chosen_half, rehearsals,
    side_of,
};
use crate::page::html::{Cell, table};
use crate::page::panel::{Body, Panel};
use crate::report::{PastRateLine, Report};

/// Most candidates that stand in half a page.
const MOST_BESIDE: usize = 4;

pub(crate) fn panels(report: &Report, language: Language) -> Vec<Panel> {
    let all = candidates(&report.manifest.backtest);
    let (here, others) = (here(report, language), others(&all, report.churn.is_some(), language));
    // Beside a line of words a table would leave a hole, and one of many candidates does not fit into half a page.
    if here.is_wide || all.len() > MOST_BESIDE {
        vec![here.wide(), others.wide()]
    } else {
        vec![here, others]
    }
}

/// This file: the model beside the past rate.
fn here(report: &Report, language: Language) -> Panel {
    let title = language.pick("On this file, against the past rate", "在本文件上，与沿用过去频率相比");
    let Some(proof) = &report.proof else {
        let why = crate::story::unknown_until(report, language);
        return Panel::new("against-naive", title, "", Body::Missing(why)).wide();
    };
    let header = [
        language.pick("Measure", "指标"),
        language.pick("This model", "本模型"),
        language.pick("Past rate", "过去频率"),
    ];
    let row = |measure: &Measure| {
        let own = (measure.read)(Some(&proof.churn), Some(&proof.value));
        let naive = (measure.read)(Some(&proof.naive_churn), Some(&proof.naive_value));
        let best = measure.best(&[own, naive]);
        let cell = |place: usize, value| Cell {
            text: measure.show(value),
            is_best: best == Some(place),
            ..Cell::default()
        };
        let name = Cell {
            text: measure.name(language).to_owned(),
            note: measure.hint(language).to_owned(),
            ..Cell::default()
        };
        vec![name, cell(0, own), cell(1, naive)]
    };
    let rows: Vec<Vec<Cell>> = MEASURES.iter().map(row).collect();
    let past_rate = language.pick(
        "The past rate is what a spreadsheet does: each customer's orders and spend so far, carried on.",
        "“过去频率”即表格软件的做法：直接沿用每位客户至今的下单与消费频率。",
    );
    let line = match report.churn.as_ref().map(|churn| churn.past_rate) {
        None => "",
        Some(PastRateLine::WindowBefore) => language.pick(
            " Orders say nothing of churn by themselves: their rate is turned into it by the line that fits the window \
             before the as-of best.",
            "下单频率本身并不等于流失，因此先按最符合截止时点之前一个期限的直线换算。",
        ),
        Some(PastRateLine::Bundle) => language.pick(
            " Orders say nothing of churn by themselves: their rate is turned into it by the bundle's own line, for too \
             little is known of the window before the as-of.",
            "下单频率本身并不等于流失，因此先按模型包自身的直线换算（截止时点之前一个期限的数据不足）。",
        ),
    };
    let bold = language.pick(" The better value is bold.", "较优者加粗。");
    let caption = format!("{past_rate}{line}{bold}");
    Panel::new("against-naive", title, &caption, Body::Html(table(&header.map(Cell::from), &rows)))
}

/// The bundle's backtest: one row a measure, so that a telephone shows it.
fn others(all: &[CandidateMean<'_>], is_defined: bool, language: Language) -> Panel {
    let rehearsed = rehearsals(all);
    let origins = rehearsed[CHURN].max(rehearsed[VALUE]);
    let title =
        language.pick("In rehearsals on the past, against the other candidates", "历史回测中与其他候选相比");
    let found = all;
    let mut all: Vec<&CandidateMean<'_>> = all.iter().collect();
    // What is in use and what it has to beat first: on a telephone the others are reached by scrolling.
    all.sort_by_key(|candidate| (!candidate.is_chosen(), candidate.name != NAIVE, candidate.dates()));
    if all.is_empty() {
        let why = language.pick(
            "The bundle holds no backtest: its history was too short for one.",
            "模型包不含回测：历史太短。",
        );
        return Panel::new("candidates", title, "", Body::Missing(why.to_owned()));
    }
    let mut header = vec![Cell::from(language.pick("Measure", "指标"))];
    header.extend(all.iter().map(|candidate| heading(candidate, found, language)));
    let row = |(place, measure): (usize, &Measure)| {
        let values: Vec<Option<f64>> = all.iter().map(|candidate| candidate.values[place]).collect();
        let compared = all.iter().zip(&values);
        let is_same = |candidate: &CandidateMean<'_>| candidate.sides[side_of(place)].dates == Dates::Same;
        let compared: Vec<Option<f64>> =
            compared.map(|(candidate, value)| value.filter(|_| is_same(candidate))).collect();
        let best = measure.best(&compared);
        let mut cells = vec![Cell::from(measure.name(language))];
        let cell = |(place, value): (usize, &Option<f64>)| Cell {
            text: measure.show(*value),
            is_best: best == Some(place),
            ..Cell::default()
        };
        cells.extend(values.iter().enumerate().map(cell));
        cells
    };
    let rows: Vec<Vec<Cell>> = MEASURES.iter().enumerate().map(row).collect();
    let [churn, value] = rehearsed;
    let dates = if is_defined && churn != value {
        language.say(
            || format!("past dates, {churn} for churn and {value} for value"),
            || format!("历史时点（流失 {churn} 个，价值 {value} 个）"),
        )
    } else {
        language.say(|| format!("{origins} past {}", dates_of(origins)), || format!("{origins} 个历史时点"))
    };
    let mut caption = language.say(
        || {
            format!(
                "Means over {dates}, each predicted from what was known then. Small letters say how spend is \
                 read and how the level was set. The best value is bold."
            )
        },
        || format!("{dates}的平均值，每次只使用当时已知的数据。小字为消费口径与水平校正。最优者加粗。"),
    );
    if all.iter().any(|candidate| candidate.dates() != Dates::Same) {
        caption.push_str(language.pick(
            " Where small letters name other dates, the numbers are of those and not compared.",
            "小字注明其他时点者，为那些时点的平均值，不参与比较。",
        ));
    }
    Panel::new("candidates", title, &caption, Body::Html(table(&header, &rows)))
}

/// The model of a candidate, and in small letters the rest of its name: how spend is read and how the level was set.
fn heading(candidate: &CandidateMean<'_>, all: &[CandidateMean<'_>], language: Language) -> Cell {
    let (model, settings) = candidate.name.split_once('+').unwrap_or((candidate.name, ""));
    let mut notes = Vec::new();
    if candidate.is_chosen() {
        let chosen = language.pick("chosen", "选用");
        let half = chosen_half(candidate, all, language);
        notes.push(half.map_or_else(
            || chosen.to_owned(),
            |half| language.say(|| format!("{chosen} for {half}"), || format!("{chosen}（{half}）")),
        ));
    }
    if !settings.is_empty() {
        notes.push(settings.replace('+', ", ").replace('_', " "));
    }
    let dates = candidate.dates();
    // Of the side whose dates are meant.
    let sides = candidate.sides.iter().zip(rehearsals(all)).filter(|(side, _)| side.origins > 0);
    let side =
        sides.filter(|(side, _)| side.dates == dates).max_by_key(|(side, origins)| (*origins, side.origins));
    let (own, origins) = side.map_or((0, 0), |(side, origins)| (side.origins, origins));
    match dates {
        Dates::Same => {}
        Dates::Fewer => notes.push(language.say(
            || format!("{own} of {origins} {}", dates_of(origins)),
            || format!("{origins} 个时点中的 {own} 个"),
        )),
        Dates::Other => {
            notes.push(
                language.say(|| format!("{own} other {}", dates_of(own)), || format!("其他 {own} 个时点")),
            );
        }
    }
    let model = if candidate.name == NAIVE { language.pick("past rate", "过去频率") } else { model };
    Cell { text: model.replace('_', " "), note: notes.join(" · "), is_best: false }
}
