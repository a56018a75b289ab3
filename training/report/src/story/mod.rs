//! The story of a report in plain words: how good, where it fails, and what cannot be told.

mod defined;
mod failures;
mod rehearsed;
mod seen;

use tenure_bundle::Rung;

use crate::format::{change, count, date, horizon, money, number, percent};
use crate::language::Language;
use crate::meaning::Meaning;
use crate::proof::Proof;
use crate::report::Report;
use crate::story::failures::{failures, off_coverage};
use crate::story::rehearsed::rehearsed;
pub(crate) use crate::story::rehearsed::unknown_until;

/// What stands at the top of the page.
pub(crate) struct Story {
    /// One sentence.
    pub(crate) headline: String,
    /// What the numbers rest on, and what they do not.
    pub(crate) basis: Vec<String>,
    pub(crate) tiles: Vec<Tile>,
    /// Where it fails.
    pub(crate) failures: Vec<String>,
}

/// A large number with its meaning.
pub(crate) struct Tile {
    pub(crate) value: String,
    pub(crate) label: String,
    pub(crate) hint: String,
}

/// What the whole comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Nearer the truth than the past rate, at the right level, and able to rank.
    Good,
    /// The past rate, carried on, comes nearer.
    LosesToNaive,
    /// The mean probability is off by more than three points and more than chance.
    LevelOff,
    /// Customers are hardly told apart.
    WeakRanking,
    /// Probabilities hold, but less than nine tenths of the spend was predicted.
    ValueLow,
    /// Probabilities hold, but more than eleven tenths were.
    ValueHigh,
}

impl Verdict {
    fn of(proof: &Proof, customers: u64) -> Self {
        let gap = (proof.totals.churn_rate - proof.totals.mean_churn_probability).abs();
        let rate = proof.totals.mean_churn_probability;
        let chance = 2.0 * (rate * (1.0 - rate) / customers as f64).sqrt();
        if proof.churn.brier > proof.naive_churn.brier {
            Self::LosesToNaive
        } else if gap > 0.03 && gap > chance {
            Self::LevelOff
        } else if proof.churn.auc.is_some_and(|auc| auc < 0.6) {
            Self::WeakRanking
        } else if proof.value.bias.is_some_and(|bias| bias < -0.1) {
            Self::ValueLow
        } else if proof.value.bias.is_some_and(|bias| bias > 0.1) {
            Self::ValueHigh
        } else {
            Self::Good
        }
    }
}

impl Story {
    pub(crate) fn of(report: &Report, language: Language) -> Self {
        let mut story = Self::told(report, language);
        let churn = report.churn.as_ref().map(|churn| defined::meant(churn, language));
        story.basis.splice(0..0, churn);
        story
    }

    fn told(report: &Report, language: Language) -> Self {
        match &report.proof {
            Some(proof) if seen::is_seen(report) => Self {
                headline: seen::headline(report, proof, language),
                basis: vec![seen::basis(report, language)],
                tiles: tiles(report, proof, language),
                failures: failures(report, proof, language),
            },
            Some(proof) => Self {
                headline: headline(report, proof, language),
                basis: vec![basis(report, proof, language), who_answered(report, language)],
                tiles: tiles(report, proof, language),
                failures: [
                    failures(report, proof, language),
                    report.coverage.iter().filter_map(|coverage| off_coverage(coverage, language)).collect(),
                ]
                .concat(),
            },
            None => rehearsed(report, language),
        }
    }
}

fn headline(report: &Report, proof: &Proof, language: Language) -> String {
    let verdict = Verdict::of(proof, report.population.customers);
    let meaning = report.meaning();
    let verdict =
        if proof.is_uneven() { uneven(verdict, meaning, language) } else { said(verdict, meaning, language) };
    let [expected, happened, ahead] = shares(report, proof, language);
    let to = meaning.pick(language, ["to stay away for", "不下单"], ["to churn within", "流失"]);
    language.say(
        || format!("{verdict}: {expected} of customers were expected {to} {ahead}, and {happened} did."),
        || format!("{verdict}：预计 {expected} 的客户在 {ahead}内{to}，实际为 {happened}。"),
    )
}

/// The share of customers that was expected to churn, the share that did, and within what time.
fn shares(report: &Report, proof: &Proof, language: Language) -> [String; 3] {
    let shares = [proof.totals.mean_churn_probability, proof.totals.churn_rate];
    let [expected, happened] = shares.map(|share| percent(share, 1));
    [expected, happened, horizon(report.ask.horizon, language)]
}

/// What it comes to where probabilities hold on average, and not in every group.
const fn uneven(verdict: Verdict, meaning: Meaning, language: Language) -> &'static str {
    match verdict {
        Verdict::Good => language.pick(
            "The probabilities hold on average, but not in every group of customers",
            "概率整体准确，但并非对每组客户都准确",
        ),
        Verdict::ValueLow => language.pick(
            "More was spent than predicted, and the probabilities hold on average, but not in every group",
            "实际消费高于预测；概率整体准确，但并非对每组客户都准确",
        ),
        Verdict::ValueHigh => language.pick(
            "Less was spent than predicted, and the probabilities hold on average, but not in every group",
            "实际消费低于预测；概率整体准确，但并非对每组客户都准确",
        ),
        Verdict::LosesToNaive | Verdict::LevelOff | Verdict::WeakRanking => said(verdict, meaning, language),
    }
}

const fn said(verdict: Verdict, meaning: Meaning, language: Language) -> &'static str {
    match verdict {
        Verdict::Good => {
            language.pick("These probabilities can be taken at their word", "这些概率可以放心使用")
        }
        Verdict::LosesToNaive => meaning.pick(
            language,
            [
                "Do not act on this model: each customer's past rate, carried on, comes closer",
                "请勿依据此模型行动：直接沿用每位客户过去的频率反而更准",
            ],
            [
                "Do not act on this model: each customer's past rate of orders, put on a line, comes closer",
                "请勿依据此模型行动：由每位客户过去的下单频率换算反而更准",
            ],
        ),
        Verdict::LevelOff => language.pick(
            "The model tells customers apart, but its level is off",
            "模型能区分客户，但整体水平有偏差",
        ),
        Verdict::WeakRanking => meaning.pick(
            language,
            [
                "The level is right, but the model hardly tells who stays away",
                "整体水平准确，但模型几乎分不清谁会流失",
            ],
            [
                "The level is right, but the model hardly tells who churns",
                "整体水平准确，但模型几乎分不清谁会流失",
            ],
        ),
        Verdict::ValueLow => language.pick(
            "More was spent than predicted, but the probabilities can be taken at their word",
            "实际消费高于预测，但概率可以放心使用",
        ),
        Verdict::ValueHigh => language.pick(
            "Less was spent than predicted, but the probabilities can be taken at their word",
            "实际消费低于预测，但概率可以放心使用",
        ),
    }
}

fn basis(report: &Report, proof: &Proof, language: Language) -> String {
    let zone = &report.manifest.summary_rule.time_zone;
    let (customers, as_of) = (count(report.population.customers), date(report.ask.as_of.instant(), zone));
    let (expected, came) = (number(proof.totals.expected_orders, 0), number(proof.totals.orders, 0));
    let ahead = horizon(report.ask.horizon, language);
    let currency = report.manifest.currency;
    let (predicted, spent) =
        (money(proof.totals.predicted_value, currency), money(proof.totals.value, currency));
    language.say(
        || {
            format!(
                "Checked on {customers} customers: predictions knew only what happened before {as_of} and are \
                 compared with the {ahead} after it. {expected} orders were expected, {came} came; {predicted} of net \
                 spend were predicted, {spent} came."
            )
        },
        || {
            format!(
                "检验对象为 {customers} 位客户：预测只使用 {as_of} 之前的数据，并与其后 {ahead}的实际结果对比。\
                 预计 {expected} 笔订单，实际 {came} 笔；预测净消费 {predicted}，实际 {spent}。"
            )
        },
    )
}

/// Which method answered, and for how many: a bundle that reads more than orders does not show what it can where
/// there are only orders.
pub(crate) fn who_answered(report: &Report, language: Language) -> String {
    let name = |rung: Rung| match rung {
        Rung::Boosted => language.pick("boosted trees over the purchase model", "购买模型之上的梯度提升树"),
        // A definition of churn has a season of its own, or none.
        Rung::Btyd if report.population.in_season && report.churn.is_some() => language.pick(
            "the purchase model, with the level of last year's season for orders and value",
            "购买模型（订单与价值按去年同期水平调整）",
        ),
        Rung::Btyd if report.population.in_season => {
            language.pick("the purchase model with the level of last year's season", "购买模型与去年同期水平")
        }
        Rung::Btyd => language.pick("the purchase model alone", "购买模型（无树模型）"),
        Rung::Prior => language.pick("the rate of the whole shop", "全店平均水平"),
    };
    let each = |(rung, customers): &(Rung, u64)| {
        language.say(
            || format!("{} for {}", name(*rung), count(*customers)),
            || format!("{}（{} 位）", name(*rung), count(*customers)),
        )
    };
    let answered = match report.population.rungs.as_slice() {
        [(rung, _)] => language.say(
            || format!("All were scored by {}.", name(*rung)),
            || format!("全部由{}评分。", name(*rung)),
        ),
        rungs => {
            let all: Vec<String> = rungs.iter().rev().map(each).collect();
            language.say(
                || format!("Customers were scored by {}.", all.join(", and by ")),
                || format!("评分方法：{}。", all.join("，")),
            )
        }
    };
    match &report.churn {
        Some(churn) => defined::by_what(churn, &answered, report, language),
        None => answered,
    }
}

fn tiles(report: &Report, proof: &Proof, language: Language) -> Vec<Tile> {
    let currency = report.manifest.currency;
    let mut tiles = shared_tiles(
        &[proof.churn.auc, Some(proof.churn.calibration_error), proof.value.top_decile_share],
        (proof.churn.brier, proof.naive_churn.brier),
        report.meaning(),
        language,
    );
    if let Some(bias) = proof.value.bias {
        let (predicted, came) =
            (money(proof.totals.predicted_value, currency), money(proof.totals.value, currency));
        tiles.push(Tile {
            value: change(bias, 1),
            label: language.pick("predicted spend against what came", "预测金额与实际之差").to_owned(),
            hint: language.say(
                || format!("{predicted} predicted, {came} came"),
                || format!("预测 {predicted}，实际 {came}"),
            ),
        });
    }
    tiles
}

/// Tiles of AUC, calibration error and share of the top tenth, and of the Brier score against the naive one.
fn shared_tiles(
    measures: &[Option<f64>; 3],
    brier: (f64, f64),
    meaning: Meaning,
    language: Language,
) -> Vec<Tile> {
    let [auc, calibration, top] = *measures;
    let tile = |value: String, label: &str, hint: String| Tile { value, label: label.to_owned(), hint };
    let mut tiles = Vec::new();
    if let Some(auc) = auc {
        let value = number(auc * 100.0, 0);
        tiles.push(tile(
            language.say(|| format!("{value} of 100"), || format!("{value} / 100")),
            language.pick("pairs ranked right", "客户对排序正确"),
            meaning
                .pick(
                    language,
                    [
                        "of one customer who stayed away and one who ordered; 50 is chance (AUC)",
                        "一位流失、一位下单的客户两两比较；50 为随机（AUC）",
                    ],
                    [
                        "of one customer who churned and one who did not; 50 is chance (AUC)",
                        "一位流失、一位未流失的客户两两比较；50 为随机（AUC）",
                    ],
                )
                .to_owned(),
        ));
    }
    if let Some(error) = calibration {
        let value = number(error * 100.0, 1);
        tiles.push(tile(
            language.say(|| format!("{value} points"), || format!("{value} 个百分点")),
            language.pick("between promise and outcome", "承诺与结果的平均差距"),
            language
                .pick(
                    "mean distance over 15 groups of customers (calibration error)",
                    "15 组客户的平均偏差（校准误差）",
                )
                .to_owned(),
        ));
    }
    if brier.1 > 0.0 {
        let (own, naive) = (number(brier.0, 4), number(brier.1, 4));
        tiles.push(tile(
            change(brier.0 / brier.1 - 1.0, 0),
            language.pick("squared error against the past rate", "相对沿用过去频率的平方误差"),
            {
                let rate = meaning.pick(
                    language,
                    ["past rate carried on", "沿用过去频率为"],
                    ["past rate of orders on a line", "由过去下单频率换算为"],
                );
                language.say(
                    || format!("Brier score {own}, {rate} {naive}"),
                    || format!("Brier 分数 {own}，{rate} {naive}"),
                )
            },
        ));
    }
    if let Some(top) = top {
        tiles.push(tile(
            percent(top, 0),
            language.pick("of spend is in the top tenth", "的消费来自前十分之一"),
            language
                .pick(
                    "of customers by predicted value; at random it would be 10 %",
                    "按预测价值排序；随机为 10 %",
                )
                .to_owned(),
        ));
    }
    tiles
}
