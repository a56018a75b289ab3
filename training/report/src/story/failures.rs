//! Where it fails, in words.

use crate::format::{count, money, percent};
use crate::language::Language;
use crate::meaning::Meaning;
use crate::measured::Coverage;
use crate::measures::{MEASURES, Measure};
use crate::proof::{GroupKind, Proof, SURPRISING};
use crate::report::Report;

pub(crate) fn failures(report: &Report, proof: &Proof, language: Language) -> Vec<String> {
    let (currency, meaning) = (report.manifest.currency, report.meaning());
    let mut all = Vec::new();
    if let Some(group) = proof.worst_group() {
        let name = group_name(&group.kind, language);
        let customers = count(group.customers);
        let (expected, happened) = (percent(group.predicted, 1), percent(group.happened, 1));
        let weight = if group.surprise > SURPRISING {
            language.pick(
                "More than chance explains: act on them with care.",
                "超出随机波动：对这组客户请谨慎行动。",
            )
        } else {
            language.pick("Chance alone can explain that much.", "这一差距可以由随机波动解释。")
        };
        let to = meaning.pick(language, ["to stay away", "不下单"], ["to churn", "流失"]);
        all.push(language.say(
            || format!("Furthest off is {name} ({customers} customers): {expected} were expected {to}, {happened} did. {weight}"),
            || format!("偏差最大的是{name}（{customers} 位客户）：预计 {expected} {to}，实际 {happened}。{weight}"),
        ));
    }
    if let Some((place, tenth)) = proof.worst_tenth() {
        let (predicted, came) = (money(tenth.mean_predicted, currency), money(tenth.mean_actual, currency));
        all.push(language.say(
            || format!("Most money is missed in tenth {place} of 10 by predicted value: {predicted} a customer predicted, {came} came."),
            || format!("按预测价值排序，第 {place} 个十分位的金额偏差最大：人均预测 {predicted}，实际 {came}。"),
        ));
    }
    all.extend(lost(proof, meaning, language));
    all
}

/// What the narrower intervals of value hold too little or too much of, where that is more than a twentieth.
pub(crate) fn off_coverage(coverage: &Coverage, language: Language) -> Option<String> {
    let line = coverage.lines.iter().find(|line| line.group.is_empty())?;
    let off = line.held - line.promised;
    let (promised, held) = (percent(line.promised, 0), percent(line.held, 1));
    let (english, chinese) = if off < 0.0 {
        ("too narrow: take them for a best case", "区间偏窄，请视为乐观估计")
    } else {
        ("wider than they need be", "区间偏宽")
    };
    (off.abs() > 0.05).then(|| {
        language.say(
            || format!("Intervals of value that should hold {promised} of customers held {held}: {english}."),
            || format!("应覆盖 {promised} 客户的价值区间实际覆盖 {held}：{chinese}。"),
        )
    })
}

/// The measures by which the past rate did better.
fn lost(proof: &Proof, meaning: Meaning, language: Language) -> Option<String> {
    let is_lost = |measure: &Measure| {
        let own = (measure.read)(Some(&proof.churn), Some(&proof.value));
        let naive = (measure.read)(Some(&proof.naive_churn), Some(&proof.naive_value));
        let is_better = own != naive && measure.best(&[own, naive]) == Some(1);
        is_better.then(|| {
            format!(
                "{} ({} {} {})",
                measure.name(language),
                measure.show(naive),
                language.pick("against", "对"),
                measure.show(own)
            )
        })
    };
    let all: Vec<String> = MEASURES.iter().filter_map(is_lost).collect();
    (!all.is_empty()).then(|| {
        let rate = meaning.pick(
            language,
            ["Each customer's past rate, carried on,", "直接沿用每位客户过去的频率"],
            [
                "Each customer's past rate, carried on and for churn put on a line,",
                "沿用每位客户过去的频率（流失由其换算）",
            ],
        );
        language.say(
            || format!("{rate} does better by: {}.", all.join(", ")),
            || format!("{rate}在以下指标上更好：{}。", all.join("、")),
        )
    })
}

fn group_name(kind: &GroupKind, language: Language) -> String {
    match kind {
        GroupKind::Segment(english, chinese) => {
            language.say(|| format!("the segment “{english}”"), || format!("分群“{chinese}”"))
        }
        GroupKind::RiskTenth(place) => language.say(
            || format!("tenth {place} of 10 by risk, 1 the lowest"),
            || format!("风险第 {place} 个十分位（1 为最低）"),
        ),
    }
}
