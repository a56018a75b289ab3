//! Panels of what was measured elsewhere: coverage of intervals, importance of features, drift.

use plotly::Plot;
use plotly::layout::{Shape, ShapeLine, ShapeType};

use crate::Language;
use crate::format::{count, percent};
use crate::measured::{Coverage, CoverageLine, Drift, DriftVerdict, Importance};
use crate::page::html::{Cell, table};
use crate::page::panel::{Body, Panel};
use crate::page::plot::{PREDICTED, REFERENCE, axis, layout, lying_bars, names_axis, plot};
use crate::report::Report;

/// Most features in a plot; the rest move little.
const MOST_FEATURES: usize = 20;

pub(crate) fn panels(report: &Report, language: Language) -> Vec<Panel> {
    vec![
        coverage(report.coverage.as_ref(), language),
        importance(report.importance.as_deref(), language),
        drift(report.drift.as_ref(), language),
    ]
}

fn coverage(coverage: Option<&Coverage>, language: Language) -> Panel {
    let title = language.pick("Do intervals hold what they promise?", "区间是否名副其实？");
    let Some(coverage) = coverage.filter(|coverage| !coverage.lines.is_empty()) else {
        let why = language.pick(
            "This bundle gives no intervals of value, so there is no coverage to check.",
            "该模型包不提供价值区间，因此没有覆盖率可检验。",
        );
        return Panel::new("coverage", title, "", Body::Missing(why.to_owned()));
    };
    let header = [
        language.pick("Customers", "客户"),
        language.pick("Promised", "承诺"),
        language.pick("Held", "实际"),
        language.pick("Off by", "偏差"),
        language.pick("Number", "人数"),
    ];
    let row = |line: &CoverageLine| {
        let group = if line.group.is_empty() {
            language.pick("all", "全部").to_owned()
        } else {
            line.group.clone()
        };
        let off = format!("{} pp", crate::format::signed((line.held - line.promised) * 100.0, 1));
        [group, percent(line.promised, 0), percent(line.held, 1), off, count(line.customers)]
            .map(Cell::from)
            .to_vec()
    };
    let rows: Vec<Vec<Cell>> = coverage.lines.iter().map(row).collect();
    let caption = language.say(
        || format!("Share of customers whose interval of {} held what came.", coverage.of),
        || format!("{}的区间包含实际结果的客户比例。", coverage.of),
    );
    Panel::new("coverage", title, &caption, Body::Html(table(&header.map(Cell::from), &rows))).wide()
}

fn importance(features: Option<&[Importance]>, language: Language) -> Panel {
    let title = language.pick("What moves the predictions", "哪些因素影响预测");
    let is_there = |feature: &&Importance| feature.weight.is_finite() && feature.weight > 0.0;
    let mut all: Vec<&Importance> = features.unwrap_or_default().iter().filter(is_there).collect();
    if all.is_empty() {
        let why = language.pick(
            "This model reads only how often, how recently and for how much customers ordered; it has no features to \
             weigh against each other.",
            "该模型只使用下单频率、最近一次下单时间与金额，没有可比较的特征。",
        );
        return Panel::new("importance", title, "", Body::Missing(why.to_owned()));
    }
    all.sort_by(|left, right| right.weight.total_cmp(&left.weight));
    let total: f64 = all.iter().map(|feature| feature.weight).sum();
    all.truncate(MOST_FEATURES);
    let names: Vec<String> = all.iter().map(|feature| feature.feature.clone()).collect();
    let shares: Vec<f64> = all.iter().map(|feature| feature.weight / total).collect();
    let bars = lying_bars(language.pick("share", "占比"), &shares, PREDICTED)
        .hover_template("%{x:.1%}<extra></extra>");
    let layout =
        layout(axis("").tick_format(".0%").n_ticks(5).tick_angle(0.0), names_axis(&names)).show_legend(false);
    let caption = language.pick(
        "Share of each feature in all contributions to the score, over all customers.",
        "各特征对评分的贡献在全部贡献中的占比（全部客户）。",
    );
    Panel::new("importance", title, caption, Body::Plot(Box::new(plot(vec![bars], layout))))
        .with_lines(names.len(), 22)
        .wide()
}

fn drift(drift: Option<&Drift>, language: Language) -> Panel {
    let title = language.pick("Has the shop moved since training?", "训练之后店铺是否变化？");
    let Some(drift) = drift else {
        let why = language.pick(
            "Drift was not measured in this report: it takes a bundle that keeps distributions of its training data, \
             a date after the training, and orders that reach that date.",
            "本报告未测量漂移：需要保存了训练数据分布的模型包、训练之后的时点，以及覆盖到该时点的订单。",
        );
        return Panel::new("drift", title, "", Body::Missing(why.to_owned())).wide();
    };
    let verdict = match drift.verdict {
        DriftVerdict::Keep => language.pick("Keep the model.", "可继续使用该模型。"),
        DriftVerdict::Recalibrate => language.pick(
            "Recalibrate: the order still fits, the level does not.",
            "需要重新校准：排序仍然有效，整体水平有偏差。",
        ),
        DriftVerdict::Retrain => {
            language.pick("Retrain: the shop has changed.", "需要重新训练：店铺已发生变化。")
        }
    };
    let explained = language.pick(
        "Population stability index by feature: below 0.1 is stable, above 0.25 (dashed) has shifted.",
        "各特征的群体稳定性指数：低于 0.1 为稳定，高于 0.25（虚线）为明显变化。",
    );
    let caption = [verdict, drift.reason.as_str(), explained].join(" ");
    let body = Body::plot_or(drift_plot(drift), || format!("{verdict} {}", drift.reason));
    Panel::new("drift", title, caption.trim(), body)
        .with_lines(drift.features.len().min(MOST_FEATURES), 22)
        .wide()
}

fn drift_plot(drift: &Drift) -> Option<Plot> {
    let mut all: Vec<(&str, f64)> = drift
        .features
        .iter()
        .filter(|feature| feature.stability_index.is_finite())
        .map(|feature| (feature.feature.as_str(), feature.stability_index))
        .collect();
    all.sort_by(|left, right| right.1.total_cmp(&left.1));
    all.truncate(MOST_FEATURES);
    if all.is_empty() {
        return None;
    }
    let names: Vec<String> = all.iter().map(|(name, _)| (*name).to_owned()).collect();
    let values: Vec<f64> = all.iter().map(|(_, value)| *value).collect();
    let limit = |at: f64| {
        Shape::new()
            .shape_type(ShapeType::Line)
            .x_ref("x")
            .y_ref("paper")
            .x0(at)
            .x1(at)
            .y0(0.0)
            .y1(1.0)
            .line(ShapeLine::new().color(REFERENCE).width(1.0).dash(plotly::common::DashType::Dash))
    };
    let bars = lying_bars("PSI", &values, PREDICTED).hover_template("%{x:.3f}<extra></extra>");
    let most = values.iter().copied().fold(0.3, f64::max);
    let layout = layout(axis("PSI").range(vec![0.0, most * 1.05]), names_axis(&names))
        .show_legend(false)
        .shapes(vec![limit(0.1), limit(0.25)]);
    Some(plot(vec![bars], layout))
}
