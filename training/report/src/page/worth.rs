//! Panels about value: how it spreads over customers and segments.

use plotly::common::{DashType, Line};
use plotly::layout::BarMode;
use plotly::{Bar, Plot, Trace};

use crate::Language;
use crate::format::{count, horizon, money, number, percent};
use crate::page::html::{Cell, table};
use crate::page::panel::{Body, Panel};
use crate::page::plot::{
    ACTUAL, PREDICTED, axis, filled, layout, line, lying_bars, names_axis, plot, reference, rounded,
    share_axis,
};
use crate::report::{Report, SegmentLine, ValueSpread};

pub(crate) fn panels(report: &Report, language: Language) -> Vec<Panel> {
    vec![spread(report, language), concentration(report, language)]
}

fn spread(report: &Report, language: Language) -> Panel {
    let value = &report.value;
    let (ahead, mean, median) = (
        horizon(value.horizon, language),
        money(value.mean, value.currency),
        money(value.median, value.currency),
    );
    let caption = language.say(
        || {
            format!(
                "Customer lifetime value over {ahead}, discounted. Half of the customers are worth less than {median}; the \
                 mean is {mean}. The last bar holds all above."
            )
        },
        || format!("{ahead}内的客户生命周期价值（已折现）。一半客户低于 {median}；平均 {mean}。最后一柱包含所有更高者。"),
    );
    let title = language.pick("What customers are worth", "客户价值分布");
    Panel::new("clv", title, &caption, Body::Plot(Box::new(histogram(value, language))))
}

fn histogram(value: &ValueSpread, language: Language) -> Plot {
    let middles = value.bins.iter().map(|bin| f64::midpoint(bin.from, bin.to)).collect();
    let counts = value.bins.iter().map(|bin| bin.customers as f64).collect();
    let width = value.bins.first().map_or(1.0, |bin| bin.to - bin.from);
    let trace = Bar::new(middles, counts)
        .name(language.pick("customers", "客户"))
        .marker(plotly::common::Marker::new().color(PREDICTED))
        .hover_template("%{x:,.2~f}: %{y:,}<extra></extra>");
    let trace = if width > 0.0 { trace.width(width * 0.92) } else { trace };
    let x = axis(value.currency.code());
    let y = axis(language.pick("customers", "客户数"));
    plot(vec![trace], layout(x, y).show_legend(false))
}

/// The share of the total that the first customers hold.
fn top(value: &ValueSpread, share: f64) -> Option<f64> {
    let place = value.predicted.partition_point(|point| point.x < share - 1e-9);
    value.predicted.get(place).map(|point| point.y)
}

fn concentration(report: &Report, language: Language) -> Panel {
    let value = &report.value;
    let title = language.pick("How few customers hold the value", "价值集中度");
    let shares: Vec<String> = [0.01, 0.05, 0.1, 0.2]
        .iter()
        .filter_map(|share| Some((share, top(value, *share)?)))
        .map(|(share, held)| {
            let (share, held) = (percent(*share, 0), percent(held, 0));
            language.say(|| format!("{share} hold {held}"), || format!("前 {share} 占 {held}"))
        })
        .collect();
    let caption = language.say(
        || format!("The most valuable customers first. Of the predicted value, {}.", shares.join(", ")),
        || format!("从最有价值的客户开始累计。预测价值中，{}。", shares.join("，")),
    );
    if value.predicted.is_empty() {
        let why = language.pick("No value is expected of anybody.", "预计没有任何价值。");
        return Panel::new("concentration", title, "", Body::Missing(why.to_owned()));
    }
    let split = |points: &[tenure_predict::Point]| {
        points.iter().map(|point| (rounded(point.x), rounded(point.y))).unzip()
    };
    let (x, y) = split(&value.predicted);
    let mut traces: Vec<Box<dyn Trace>> = vec![
        filled(language.pick("predicted value", "预测价值"), x, y, PREDICTED)
            .hover_template("%{x:.0%} → %{y:.1%}"),
        reference(language.pick("all worth the same", "人人相同"), vec![0.0, 1.0], vec![0.0, 1.0]),
    ];
    if !value.actual.is_empty() {
        let (x, y): (Vec<f64>, Vec<f64>) = split(&value.actual);
        let ahead = horizon(report.ask.horizon, language);
        let name = language.say(|| format!("spend of the {ahead}"), || format!("{ahead}的消费"));
        let actual = line(&name, x, y, ACTUAL);
        traces.push(actual.line(Line::new().color(ACTUAL).width(2.0).dash(DashType::DashDot)));
    }
    let x = share_axis(language.pick("share of customers", "客户占比"));
    let y = axis(language.pick("share of value", "价值占比")).tick_format(".0%");
    Panel::new("concentration", title, &caption, Body::Plot(Box::new(plot(traces, layout(x, y)))))
}

fn name(line: &SegmentLine, language: Language) -> String {
    language.pick(&line.name, &line.name_zh).to_owned()
}

/// Segments as a plot of sizes, and as a table with their risk.
pub(crate) fn segments(report: &Report, language: Language) -> Vec<Panel> {
    let title = language.pick("Segments by size and value", "各分群的规模与价值");
    let lines: Vec<&SegmentLine> = report.segments.iter().filter(|line| line.customers > 0).collect();
    if lines.is_empty() {
        let why = language.pick("No segment has a customer.", "没有任何分群含有客户。");
        return vec![Panel::new("segments", title, "", Body::Missing(why.to_owned()))];
    }
    let customers: f64 = lines.iter().map(|line| line.customers as f64).sum();
    let value: f64 = lines.iter().map(|line| line.clv_total).sum();
    let of = |part: f64, whole: f64| if whole > 0.0 { part / whole } else { 0.0 };
    let sizes: Vec<f64> = lines.iter().map(|line| of(line.customers as f64, customers)).collect();
    let values: Vec<f64> = lines.iter().map(|line| of(line.clv_total, value)).collect();
    let names: Vec<String> = lines.iter().map(|line| name(line, language)).collect();
    let traces: Vec<Box<dyn Trace>> = vec![
        lying_bars(language.pick("of predicted value", "占预测价值"), &values, PREDICTED),
        lying_bars(language.pick("of customers", "占客户数"), &sizes, crate::page::plot::REFERENCE),
    ]
    .into_iter()
    .map(|bar| -> Box<dyn Trace> { bar.hover_template("%{x:.1%}<extra></extra>") })
    .collect();
    let layout = layout(axis("").tick_format(".0%").n_ticks(5).tick_angle(0.0), names_axis(&names))
        .bar_mode(BarMode::Group);
    let caption = language.pick(
        "Where the blue bar is the longer one, a segment is worth more than its number of customers.",
        "蓝色更长的分群，其价值高于客户数占比。",
    );
    vec![
        Panel::new("segments", title, caption, Body::Plot(Box::new(plot(traces, layout))))
            .with_lines(lines.len(), 34),
        risk(report, &lines, language),
    ]
}

fn risk(report: &Report, lines: &[&SegmentLine], language: Language) -> Panel {
    let is_known = lines.iter().any(|line| line.churn_rate.is_some());
    let currency = report.manifest.currency;
    let value = language.say(|| format!("{currency} each"), || format!("人均 {currency}"));
    let [expected, happened] = report.meaning().columns(language);
    let mut header =
        vec![language.pick("Segment", "分群"), language.pick("Customers", "客户数"), &value, expected];
    if is_known {
        header.push(happened);
    }
    let header: Vec<Cell> = header.into_iter().map(Cell::from).collect();
    let row = |line: &&SegmentLine| {
        let mut cells = vec![
            Cell::from(name(line, language)),
            Cell::from(count(line.customers)),
            Cell::from(number(line.clv_total / line.customers as f64, 2)),
            Cell::from(percent(line.mean_churn_probability, 1)),
        ];
        if is_known {
            cells.push(Cell::from(line.churn_rate.map_or_else(|| "–".to_owned(), |rate| percent(rate, 1))));
        }
        cells
    };
    let rows: Vec<Vec<Cell>> = lines.iter().map(row).collect();
    let ahead = horizon(report.ask.horizon, language);
    let what = report.meaning().pick(language, ["place no order", "不下单"], ["churn", "流失"]);
    let caption = language.say(
        || {
            format!(
                "Shares that {what} within {ahead}; value over {}.",
                horizon(report.value.horizon, language)
            )
        },
        || format!("{ahead}内{what}的比例；价值为 {}内。", horizon(report.value.horizon, language)),
    );
    let title = language.pick("Segments by value and risk", "各分群的价值与风险");
    Panel::new("segment-risk", title, &caption, Body::Html(table(&header, &rows)))
}
