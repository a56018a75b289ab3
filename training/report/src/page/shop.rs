//! Panels about the shop: orders over time, who comes back, what the model thinks of whom.

use plotly::common::{ColorBar, Line, ThicknessMode};
use plotly::layout::{Annotation, AxisType, Shape, ShapeLine, ShapeType};
use plotly::{HeatMap, Plot, Trace};
use tenure_bundle::Rung;

use crate::Language;
use crate::format::{count, date, horizon, number};
use crate::page::panel::{Body, Panel};
use crate::page::plot::{ACTUAL, PREDICTED, REFERENCE, axis, layout, line, plot, rounded, scale};
use crate::report::{Cohorts, Heat, Report};

pub(crate) fn tracking(report: &Report, language: Language) -> Panel {
    let (step, customers) = (report.tracking.step_weeks, count(report.population.customers));
    let caption = language.say(
        || {
            let every = if step == 1 { "week".to_owned() } else { format!("{step} weeks") };
            format!(
                "Orders after the first of {customers} customers known at the as-of (upright line), added up by {every}. \
                 The dotted line is the model of the whole shop from its start; from the as-of on the blue line is \
                 what the scores expect."
            )
        },
        || {
            let every = if step == 1 { "按周".to_owned() } else { format!("每 {step} 周") };
            format!(
                "截止时点（竖线）已知的 {customers} 位客户首单之后的订单，{every}累计。点线为模型从开店起的整体拟合；\
                 竖线之后的蓝线为评分的预期。"
            )
        },
    );
    let title = language.pick("Repeat orders, actual and expected", "复购订单：实际与预期");
    Panel::new("tracking", title, &caption, Body::Plot(Box::new(tracking_plot(report, language)))).wide()
}

fn tracking_plot(report: &Report, language: Language) -> Plot {
    let zone = &report.manifest.summary_rule.time_zone;
    let day = |at: &tenure_core::Timestamp| date(*at, zone);
    let track = &report.tracking;
    let dates: Vec<String> = track.before.iter().map(|(at, _)| day(at)).collect();
    let mut actual = track.before.clone();
    actual.extend(track.after.iter().skip(1));
    let split = |points: &[(tenure_core::Timestamp, f64)]| -> (Vec<String>, Vec<f64>) {
        points.iter().map(|(at, orders)| (day(at), rounded(*orders))).unzip()
    };
    let (x, y) = split(&actual);
    let (ahead, expected) = split(&track.expected);
    let dotted = Line::new().color(REFERENCE).width(2.0).dash(plotly::common::DashType::Dot);
    let traces: Vec<Box<dyn Trace>> = vec![
        line(
            language.pick("model of the whole shop", "整体拟合"),
            dates,
            track.fitted.iter().copied().map(rounded).collect(),
            REFERENCE,
        )
        .line(dotted),
        line(language.pick("happened", "实际"), x, y, ACTUAL),
        line(language.pick("expected by the scores", "评分预期"), ahead, expected, PREDICTED),
    ];
    let as_of = day(&report.ask.as_of.instant());
    let upright = Shape::new()
        .shape_type(ShapeType::Line)
        .x_ref("x")
        .y_ref("paper")
        .x0(as_of.clone())
        .x1(as_of.clone())
        .y0(0.0)
        .y1(1.0)
        .line(ShapeLine::new().color(REFERENCE).width(1.0));
    let name = Annotation::new()
        .x(as_of)
        .y(0.0)
        .x_ref("x")
        .y_ref("paper")
        .text(language.pick("as-of", "截止时点"))
        .show_arrow(false)
        .x_anchor(plotly::common::Anchor::Right)
        .y_anchor(plotly::common::Anchor::Bottom);
    let x = axis("").type_(AxisType::Date).tick_format("%Y-%m").n_ticks(6);
    let y = axis(language.pick("repeat orders so far", "累计复购订单"));
    plot(traces, layout(x, y).shapes(vec![upright]).annotations(vec![name]))
}

pub(crate) fn heat_maps(report: &Report, language: Language) -> Vec<Panel> {
    let heat = &report.heat;
    let (age, ahead) = (number(heat.age_weeks, 0), horizon(report.ask.horizon, language));
    let mut caption = language.say(
        || {
            format!(
                "Across: orders so far. Up: weeks since the last one. Customers first seen {age} weeks ago; those with \
                 one order came when they placed it."
            )
        },
        || format!("横轴：累计下单次数；纵轴：距上次下单的周数。客户首单在 {age} 周前；仅下单一次者以该次下单为首单。"),
    );
    // Trees may be of a definition of churn alone, which moves no orders.
    let of_orders = report.churn.as_ref().is_none_or(|churn| churn.orders_have_trees);
    if of_orders && report.population.rungs.iter().any(|(rung, _)| *rung == Rung::Boosted) {
        caption.push_str(language.pick(
            " By the purchase model alone: the trees then correct each score by what else is known.",
            "仅由购买模型给出；梯度提升树再依据其他信息修正每个评分。",
        ));
    }
    if report.population.in_season {
        caption.push_str(language.pick(
            " By the purchase model alone: the level of last year's season then moves all scores.",
            "仅由购买模型给出；去年同期水平再调整所有评分。",
        ));
    }
    let alive = language.pick("Who is still a customer: P(alive)", "谁仍是客户：P(alive)").to_owned();
    let orders = language.say(
        || format!("Who orders again: expected orders in {ahead}"),
        || format!("谁会再次下单：{ahead}内预期订单数"),
    );
    vec![
        Panel::new(
            "p-alive",
            &alive,
            &caption,
            Body::Plot(Box::new(heat_map(heat, &heat.p_alive, ".0%", language))),
        ),
        Panel::new(
            "expected-orders",
            &orders,
            &caption,
            Body::Plot(Box::new(heat_map(heat, &heat.expected_orders, ".2f", language))),
        ),
    ]
}

fn colour_bar(format: &str) -> ColorBar {
    ColorBar::new()
        .thickness_mode(ThicknessMode::Pixels)
        .thickness(10)
        .outline_width(0)
        .tick_format(format)
        .n_ticks(5)
        .x_pad(4.0)
}

fn heat_map(heat: &Heat, values: &[Vec<f64>], format: &str, language: Language) -> Plot {
    let rows: Vec<Vec<f64>> = values.iter().map(|row| row.iter().copied().map(rounded).collect()).collect();
    let x: Vec<f64> = heat.orders.iter().map(|orders| f64::from(*orders)).collect();
    let trace = HeatMap::new(x, heat.weeks_since_last.iter().copied().map(rounded).collect(), rows)
        .color_scale(scale())
        .color_bar(colour_bar(format))
        .hover_template(format!("%{{x}} · %{{y:.0f}}: %{{z:{format}}}<extra></extra>"));
    let x = axis(language.pick("orders so far", "累计下单次数"))
        .dtick(if heat.orders.len() > 8 { 2.0 } else { 1.0 })
        .tick0(1.0);
    let y = axis(language.pick("weeks since the last", "距上次下单（周）"));
    plot(vec![trace], layout(x.show_grid(false), y.show_grid(false)).show_legend(false))
}

pub(crate) fn retention(report: &Report, language: Language) -> Panel {
    let title = language.pick("Who comes back, by month of first order", "按首单月份的回购率");
    let caption = language.pick(
        "Each line is the customers who came first in that month; each field the share of them that ordered in a later \
         month. Months that are not over yet are left out.",
        "每行为首单在该月的客户；每格为其在之后某月下单的比例。未结束的月份不显示。",
    );
    let body = Body::plot_or(retention_plot(&report.cohorts, language), || {
        language
            .pick(
                "The file does not hold two whole months, so nobody can have come back in a later one.",
                "文件不足两个完整月份，无法计算回购率。",
            )
            .to_owned()
    });
    Panel::new("retention", title, caption, body).wide().with_lines(report.cohorts.lines.len(), 24)
}

fn retention_plot(cohorts: &Cohorts, language: Language) -> Option<Plot> {
    let months = cohorts.lines.iter().map(|line| line.returned.len()).max().unwrap_or(0);
    if months == 0 {
        return None;
    }
    // Of the latest month no later one is over.
    let lines = cohorts.lines.iter().filter(|line| !line.returned.is_empty()).rev();
    let names: Vec<String> =
        lines.clone().map(|line| format!("{} ({})", line.month, count(line.customers))).collect();
    let field = |returned: &[f64]| {
        (0..months).map(|month| returned.get(month).copied().map(rounded)).collect::<Vec<Option<f64>>>()
    };
    let values: Vec<Vec<Option<f64>>> = lines.map(|line| field(&line.returned)).collect();
    let x: Vec<f64> = (1..=months).map(|month| month as f64).collect();
    let most = values.iter().flatten().flatten().copied().fold(0.01, f64::max);
    let trace = HeatMap::new(x, names, values)
        .color_scale(scale())
        .color_bar(colour_bar(".0%"))
        .hover_on_gaps(false)
        .zauto(false)
        .zmin(0.0)
        .zmax(most)
        .x_gap(1.0)
        .y_gap(1.0)
        .hover_template("%{y} · %{x}: %{z:.1%}<extra></extra>");
    let x = axis(language.pick("months after the first order", "首单之后的月数"))
        .show_grid(false)
        .tick_angle(0.0);
    let x = x.tick0(0.0).dtick((months as f64 / 6.0).ceil());
    // Months would otherwise be read as dates.
    let y = axis("").type_(AxisType::Category).show_grid(false);
    Some(plot(vec![trace], layout(x, y).show_legend(false)))
}
