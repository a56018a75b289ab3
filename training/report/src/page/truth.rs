//! Panels of proof: predictions beside what happened.

use plotly::common::{ErrorData, ErrorType, Line, Marker, Mode};
use plotly::layout::BarMode;
use plotly::{Layout, Plot, Scatter, Trace};
use tenure_predict::Point;

use crate::Language;
use crate::format::percent;
use crate::meaning::Meaning;
use crate::page::panel::{Body, Panel};
use crate::page::plot::{
    ACTUAL, PREDICTED, axis, bars, filled, layout, line, plot, reference, rounded, share_axis,
};
use crate::proof::Proof;
use crate::report::Report;
use crate::story::unknown_until;

/// All of them, each with its plot or with the reason why there is none.
pub(crate) fn panels(report: &Report, language: Language) -> Vec<Panel> {
    let proofs = Proofs { report, language };
    let all = [proofs.groups(), proofs.lists(), proofs.rankings()];
    all.into_iter().flatten().collect()
}

/// How a plot is drawn; absent where there is nothing to draw.
type Draw = fn(&Proof, &Report, Language) -> Option<Plot>;

/// What the panels are of.
struct Proofs<'a> {
    report: &'a Report,
    language: Language,
}

impl Proofs<'_> {
    /// What is said whatever churn is, in English and Chinese.
    const fn same(&self, english: &'static str, chinese: &'static str) -> &'static str {
        self.language.pick(english, chinese)
    }

    /// What is said of no order, and of a definition.
    const fn either(&self, no_order: [&'static str; 2], defined: [&'static str; 2]) -> &'static str {
        self.report.meaning().pick(self.language, no_order, defined)
    }

    fn panel(&self, id: &'static str, title: &str, caption: &str, draw: Draw) -> Panel {
        let (report, language) = (self.report, self.language);
        let body = match &report.proof {
            None => Body::Missing(unknown_until(report, language)),
            Some(proof) => Body::plot_or(draw(proof, report, language), || {
                one_outcome(proof, report.meaning(), language)
            }),
        };
        Panel::new(id, title, caption, body)
    }

    /// Groups of customers, and what became of them.
    fn groups(&self) -> Vec<Panel> {
        vec![
        self.panel(
            "reliability",
            self.same("Is a probability of 70 % a 70 %?", "70% 的概率真的是 70% 吗？"),
            self.either(
                [
                    "Customers in ten groups by probability of staying away. Points on the dashed line kept the promise; \
                     bars are the range that chance explains (95 %).",
                    "按流失概率将客户分为十组。落在虚线上表示预测与实际一致；误差线为 95% 随机波动范围。",
                ],
                [
                    "Customers in ten groups by probability of churn. Points on the dashed line kept the promise; bars \
                     are the range that chance explains (95 %).",
                    "按流失概率将客户分为十组。落在虚线上表示预测与实际一致；误差线为 95% 随机波动范围。",
                ],
            ),
            |proof, report, language| Some(reliability(proof, report.meaning(), language)),
        ),
        self.panel(
            "tenths",
            self.same("Predicted and actual spend by tenth", "各十分位的预测与实际消费"),
            self.same(
                "Customers in tenths by predicted value, the highest first: mean spend a customer.",
                "按预测价值从高到低分为十组：每位客户的平均消费。",
            ),
            |proof, report, language| Some(tenths(proof, report, language)),
        ),
        ]
    }

    /// Lists of customers, read from the top.
    fn lists(&self) -> Vec<Panel> {
        vec![
        self.panel(
            "gain",
            self.same("Whom to look at first", "优先关注谁"),
            self.either(
                [
                    "Going down the list from the top, which share of the buyers and of their spend is found. The dashed \
                     line is a list in random order.",
                    "按预测从高到低依次查看客户，可覆盖多少下单客户及其消费。虚线为随机顺序。",
                ],
                [
                    "Going down a list by risk of churn, the lowest first, which share of the customers who did not churn \
                     is found; and down one by predicted value, which share of all spend. The dashed line is a list in \
                     random order.",
                    "按流失风险从低到高查看客户，可覆盖多少未流失客户；按预测价值从高到低查看，可覆盖多少消费。\
                     虚线为随机顺序。",
                ],
            ),
            |proof, report, language| gain(proof, report.meaning(), language),
        ),
        self.panel(
            "lift",
            self.same("How much richer each tenth is", "各十分位的提升度"),
            self.either(
                [
                    "Share of buyers in each tenth of the list, against the share in all customers: 2 is twice as many.",
                    "名单中每个十分位的下单比例与全体之比：2 表示两倍。",
                ],
                [
                    "Share of customers who did not churn in each tenth of the list by risk, against the share in all \
                     customers: 2 is twice as many.",
                    "按风险排序的每个十分位中未流失比例与全体之比：2 表示两倍。",
                ],
            ),
            |proof, report, language| lift(proof, report.meaning(), language),
        ),
        ]
    }

    /// How well customers are told apart.
    fn rankings(&self) -> Vec<Panel> {
        vec![
        self.panel(
            "roc",
            self.either(
                ["Telling who stays away (ROC)", "识别流失客户（ROC）"],
                ["Telling who churns (ROC)", "识别流失客户（ROC）"],
            ),
            self.same(
                "The further the line bends to the upper left, the better the order of customers; the dashed line is \
                 chance.",
                "曲线越靠近左上角，排序越好；虚线为随机。",
            ),
            |proof, report, language| roc(proof, report.meaning(), language),
        ),
        self.panel(
            "precision-recall",
            self.same("Hits and misses (precision and recall)", "精确率与召回率"),
            self.either(
                [
                    "Of the customers above a threshold, how many stayed away (up), against how many of all who stayed \
                     away are among them (right).",
                    "超过阈值的客户中实际流失的比例（纵轴），以及全部流失客户中被找到的比例（横轴）。",
                ],
                [
                    "Of the customers above a threshold, how many churned (up), against how many of all who churned are \
                     among them (right).",
                    "超过阈值的客户中实际流失的比例（纵轴），以及全部流失客户中被找到的比例（横轴）。",
                ],
            ),
            |proof, _, language| precision_recall(proof, language),
        ),
        ]
    }
}

fn one_outcome(proof: &Proof, meaning: Meaning, language: Language) -> String {
    let rate = percent(proof.totals.churn_rate, 0);
    let did = meaning.pick(language, ["stayed away", "未下单"], ["churned", "流失"]);
    language.say(
        || format!("{rate} of these customers {did}, so that there is nobody to tell from anybody."),
        || format!("这些客户中 {rate} {did}，无从比较。"),
    )
}

fn xy(points: &[Point]) -> (Vec<f64>, Vec<f64>) {
    points.iter().map(|point| (rounded(point.x), rounded(point.y))).unzip()
}

const PERCENTS: &str = "%{x:.1%} → %{y:.1%}";

fn reliability(proof: &Proof, meaning: Meaning, language: Language) -> Plot {
    let of = |pick: &dyn Fn(&tenure_predict::CalibrationBin) -> f64| {
        proof.calibration.iter().map(pick).collect::<Vec<f64>>()
    };
    let errors = ErrorData::new(ErrorType::Data)
        .array(of(&|bin| bin.highest - bin.churned_share))
        .array_minus(of(&|bin| bin.churned_share - bin.lowest))
        .symmetric(false)
        .color(ACTUAL)
        .thickness(1.2)
        .width(3);
    let points = Scatter::new(of(&|bin| bin.mean_probability), of(&|bin| bin.churned_share))
        .name(language.pick("happened", "实际"))
        .mode(Mode::LinesMarkers)
        .line(Line::new().color(ACTUAL).width(1.5))
        .marker(Marker::new().color(ACTUAL).size(8))
        .hover_template(PERCENTS)
        .error_y(errors);
    let promise = reference(language.pick("promised", "承诺"), vec![0.0, 1.0], vec![0.0, 1.0]);
    let (x, y) = (
        language.pick("probability given", "给出的概率"),
        meaning.pick(
            language,
            ["share that stayed away", "实际未下单比例"],
            ["share that churned", "实际流失比例"],
        ),
    );
    plot(vec![promise, points], layout(share_axis(x), share_axis(y)))
}

fn tenths(proof: &Proof, report: &Report, language: Language) -> Plot {
    let names: Vec<String> = (1..=proof.tenths.len()).map(|place| place.to_string()).collect();
    let predicted = proof.tenths.iter().map(|tenth| tenth.mean_predicted).collect();
    let actual = proof.tenths.iter().map(|tenth| tenth.mean_actual).collect();
    let traces: Vec<Box<dyn Trace>> = vec![
        bars(language.pick("predicted", "预测"), names.clone(), predicted, PREDICTED),
        bars(language.pick("happened", "实际"), names, actual, ACTUAL),
    ];
    let x =
        axis(language.pick("tenth by predicted value, 1 highest", "按预测价值的十分位，1 为最高")).dtick(1.0);
    let amount = report.manifest.currency.to_string();
    let y = axis(&language.say(|| format!("{amount} a customer"), || format!("每位客户（{amount}）")));
    plot(traces, layout(x, y).bar_mode(BarMode::Group))
}

fn gain(proof: &Proof, meaning: Meaning, language: Language) -> Option<Plot> {
    if proof.buyers.is_empty() {
        return None;
    }
    let mut traces: Vec<Box<dyn Trace>> =
        vec![reference(language.pick("in random order", "随机顺序"), vec![0.0, 1.0], vec![0.0, 1.0])];
    let (x, y) = xy(&proof.buyers);
    let stayed = meaning.pick(language, ["buyers", "下单客户"], ["not churned", "未流失客户"]);
    traces.push(line(stayed, x, y, PREDICTED).hover_template(PERCENTS));
    if !proof.spend.is_empty() {
        let (x, y) = xy(&proof.spend);
        let spend = meaning.pick(language, ["their spend", "消费金额"], ["spend", "消费金额"]);
        traces.push(line(spend, x, y, ACTUAL).hover_template(PERCENTS));
    }
    let x = share_axis(language.pick("share of customers, best first", "客户占比（从高到低）"));
    Some(plot(traces, layout(x, axis(language.pick("share found", "覆盖比例")).tick_format(".0%"))))
}

fn lift(proof: &Proof, meaning: Meaning, language: Language) -> Option<Plot> {
    // Of fewer than ten customers there are no tenths.
    if proof.buyers.len() < 11 || proof.totals.churn_rate >= 1.0 {
        return None;
    }
    let found = |share: f64| {
        let place = proof.buyers.partition_point(|point| point.x < share - 1e-9);
        proof.buyers.get(place).map_or((1.0, 1.0), |point| (point.x, point.y))
    };
    let tenth = |place: u32| {
        let (from, to) = (found(f64::from(place - 1) / 10.0), found(f64::from(place) / 10.0));
        (to.1 - from.1) / (to.0 - from.0).max(1e-9)
    };
    let names = (1..=10).map(|place: u32| place.to_string()).collect();
    let trace = bars(language.pick("lift", "提升度"), names, (1..=10).map(tenth).collect(), PREDICTED)
        .hover_template("%{y:.2f}");
    let everybody = reference(language.pick("all customers", "全体客户"), vec![0.5, 10.5], vec![1.0, 1.0]);
    let by = meaning.pick(
        language,
        ["tenth by chance of an order, 1 highest", "按下单概率的十分位，1 为最高"],
        ["tenth by risk of churn, 1 lowest", "按流失风险的十分位，1 为最低"],
    );
    let x = axis(by).dtick(1.0);
    let layout: Layout = layout(x, axis(language.pick("lift", "提升度")));
    Some(plot(vec![trace, everybody], layout))
}

fn roc(proof: &Proof, meaning: Meaning, language: Language) -> Option<Plot> {
    if proof.curves.roc.is_empty() {
        return None;
    }
    let (x, y) = xy(&proof.curves.roc);
    let chance = reference(language.pick("chance", "随机"), vec![0.0, 1.0], vec![0.0, 1.0]);
    let model = filled(language.pick("this model", "本模型"), x, y, PREDICTED).hover_template(PERCENTS);
    let x = share_axis(meaning.pick(
        language,
        ["share of buyers named wrongly", "下单客户被误判的比例"],
        ["share of those who did not churn, named wrongly", "未流失客户被误判的比例"],
    ));
    let y = share_axis(meaning.pick(
        language,
        ["share of leavers found", "流失客户被识别的比例"],
        ["share of churners found", "流失客户被识别的比例"],
    ));
    Some(plot(vec![model, chance], layout(x, y)))
}

fn precision_recall(proof: &Proof, language: Language) -> Option<Plot> {
    if proof.curves.precision_recall.is_empty() {
        return None;
    }
    // Among the first few the precision leaps about, and says nothing.
    let said: Vec<Point> =
        proof.curves.precision_recall.iter().filter(|point| point.x >= 0.01).copied().collect();
    let (x, y) = xy(&said);
    let rate = proof.totals.churn_rate;
    let chance = reference(language.pick("chance", "随机"), vec![0.0, 1.0], vec![rate, rate]);
    let model = line(language.pick("this model", "本模型"), x, y, PREDICTED).hover_template(PERCENTS);
    let x = share_axis(language.pick("recall", "召回率"));
    let y = axis(language.pick("precision", "精确率")).tick_format(".0%");
    Some(plot(vec![model, chance], layout(x, y)))
}
