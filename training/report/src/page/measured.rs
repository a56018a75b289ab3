//! Panels of what was measured elsewhere: coverage of intervals, importance of features, drift.

use plotly::Plot;
use plotly::layout::{Shape, ShapeLine, ShapeType};

use crate::Language;
use crate::format::{change, count, date, horizon, number, percent};
use crate::measured::{CoverageLine, Drift, DriftVerdict, Importance, WindowDrift};
use crate::notes::sentence;
use crate::page::html::{Cell, table};
use crate::page::panel::{Body, Panel};
use crate::page::plot::{PREDICTED, REFERENCE, axis, layout, lying_bars, names_axis, plot};
use crate::report::Report;
use crate::story::unknown_until;

/// Most features in a plot; the rest move little.
const MOST_FEATURES: usize = 20;

pub(crate) fn panels(report: &Report, language: Language) -> Vec<Panel> {
    vec![
        coverage(report, language),
        importance(report.importance.as_deref(), language),
        drift(report, language),
        windows(report, language),
    ]
}

fn coverage(report: &Report, language: Language) -> Panel {
    let title = language.pick("Do intervals hold what they promise?", "区间是否名副其实？");
    let Some(coverage) = report.coverage.as_ref().filter(|coverage| !coverage.lines.is_empty()) else {
        let why = if report.proof.is_none() {
            unknown_until(report, language)
        } else {
            language
                .pick(
                    "This bundle gives no intervals of value, so there is no coverage to check.",
                    "该模型包不提供价值区间，因此没有覆盖率可检验。",
                )
                .to_owned()
        };
        return Panel::new("coverage", title, "", Body::Missing(why)).wide();
    };
    let ahead = horizon(report.ask.horizon, language);
    let of = match coverage.of.as_str() {
        "" => language.say(|| format!("net spend over {ahead}"), || format!("{ahead}净消费")),
        of => of.to_owned(),
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
        || format!("Share of customers whose interval of {of} held what came."),
        || format!("{of}的区间包含实际结果的客户比例。"),
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
        return Panel::new("importance", title, "", Body::Missing(why.to_owned())).wide();
    }
    all.sort_by(|left, right| right.weight.total_cmp(&left.weight));
    let total: f64 = all.iter().map(|feature| feature.weight).sum();
    all.truncate(MOST_FEATURES);
    let names: Vec<String> = all.iter().map(|feature| in_words(&feature.feature, language)).collect();
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

fn drift(report: &Report, language: Language) -> Panel {
    let title = language.pick("Has the shop moved since training?", "训练之后店铺是否变化？");
    let zone = &report.manifest.summary_rule.time_zone;
    let Some(drift) = &report.drift else {
        let why = if report.ask.as_of <= report.manifest.as_of {
            language.pick(
                "This page stands where the training stood, so nothing can have moved. Ask as of a later date.",
                "本页的截止时点即训练时点，尚无变化可言。请选择更晚的时点。",
            )
        } else {
            language.pick(
                "Drift was not measured in this report: the bundle keeps no distributions of its training data, or the orders do not reach this date.",
                "本报告未测量漂移：模型包未保存训练数据的分布，或订单未覆盖到该时点。",
            )
        };
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
        "Population stability index by feature: below 0.1 is stable, above 0.25 has shifted (dashed).",
        "各特征的群体稳定性指数：低于 0.1 为稳定，高于 0.25（虚线）为明显变化。",
    );
    let until = date(report.ask.as_of.instant(), zone);
    let seen = language.say(
        || format!("From the training up to {until}, without what came later:"),
        || format!("训练之后至 {until}（不含其后的数据）："),
    );
    // The reason is written by whoever measured, in English.
    let is_said = language == Language::English && !drift.reason.is_empty();
    // Names with an underscore stand for nothing else.
    let names = KNOWN.iter().filter(|(name, ..)| name.contains('_'));
    let reason = names.fold(drift.reason.clone(), |reason, (name, english, _)| reason.replace(name, english));
    let reason = if is_said { sentence(&reason) } else { String::new() };
    let told = [seen.as_str(), verdict, reason.as_str()];
    let told = told.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ");
    let caption = format!("{told} {explained}");
    let body = Body::plot_or(drift_plot(drift, language), || told.clone());
    let caption = if matches!(body, Body::Plot(_)) { caption.as_str() } else { "" };
    Panel::new("drift", title, caption, body).with_lines(drift.features.len().min(MOST_FEATURES), 22).wide()
}

/// Window by window since training, what was predicted and what came.
fn windows(report: &Report, language: Language) -> Panel {
    let title = language.pick("Has the level held since training?", "训练之后水平是否稳定？");
    let windows = report.drift.as_ref().map_or(&[][..], |drift| &drift.windows);
    if windows.is_empty() {
        let why = language.pick(
            "No window of the model's horizons has closed between the training and the as-of.",
            "从训练到截止时点之间，尚无完整的预测期限结束。",
        );
        return Panel::new("windows", title, "", Body::Missing(why.to_owned())).wide();
    }
    let currency = report.manifest.currency;
    let [expected, happened] = report.meaning().columns(language);
    let header = [
        language.pick("Window", "时段").to_owned(),
        "AUC".to_owned(),
        expected.to_owned(),
        happened.to_owned(),
        language.say(|| format!("{currency} predicted"), || format!("预测（{currency}）")),
        language.say(|| format!("{currency} came"), || format!("实际（{currency}）")),
        language.pick("Off by", "偏差").to_owned(),
    ];
    let zone = &report.manifest.summary_rule.time_zone;
    let row = |window: &WindowDrift| {
        let name = Cell {
            // A date that breaks in two is hard to read.
            text: date(window.from.instant(), zone).replace('-', "\u{2011}"),
            note: horizon(window.horizon, language),
            ..Cell::default()
        };
        let off = if window.value > 0.0 { window.predicted_value / window.value - 1.0 } else { f64::NAN };
        let cells = [
            window.auc.map_or_else(|| "–".to_owned(), |auc| number(auc, 3)),
            percent(window.predicted_churn, 1),
            percent(window.churn, 1),
            number(window.predicted_value, 0),
            number(window.value, 0),
            change(off, 1),
        ];
        std::iter::once(name).chain(cells.map(Cell::from)).collect::<Vec<Cell>>()
    };
    let rows: Vec<Vec<Cell>> = windows.iter().map(row).collect();
    let caption = language.pick(
        "Back to back from the training to the as-of, each predicted from what was known when it began. That a shop is \
         a little off with the seasons is no news; that it drifts further each time is.",
        "从训练到截止时点首尾相接的时段，每段只用其开始时已知的数据预测。随季节略有偏差属正常，偏差持续扩大则不然。",
    );
    Panel::new("windows", title, caption, Body::Html(table(&header.map(Cell::from), &rows))).wide()
}

/// What every model reads: its name, and the words for it in English and Chinese. A name that is a part of another
/// comes after it.
const KNOWN: [(&str, &str, &str); 8] = [
    ("recency_age_weeks", "first to last order", "首单至末单时间"),
    ("age_weeks", "since the first order", "首单至今时间"),
    ("days_since_last", "since the last order", "距上次下单时间"),
    ("mean_spend", "spend per order", "每单平均消费"),
    ("purchase_model", "purchase model", "购买模型的预测"),
    ("frequency", "repeat orders", "复购次数"),
    ("silence", "since the last order", "距上次下单时间"),
    ("age", "since the first order", "首单至今时间"),
];

/// The words for what every model reads; a name of the shop's own is shown as it is, with spaces.
fn in_words(feature: &str, language: Language) -> String {
    let known = KNOWN.iter().find(|(name, ..)| *name == feature);
    known.map_or_else(
        || feature.replace('_', " "),
        |(_, english, chinese)| language.pick(english, chinese).to_owned(),
    )
}

fn drift_plot(drift: &Drift, language: Language) -> Option<Plot> {
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
    let names: Vec<String> = all.iter().map(|(name, _)| in_words(name, language)).collect();
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
