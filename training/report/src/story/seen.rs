//! The story of an outcome from which the model itself was learned: no test, and never told as one.

use crate::format::{count, date, horizon};
use crate::language::Language;
use crate::proof::Proof;
use crate::report::Report;

/// Whether the model was trained later than the date of the page, so that it may have learned from what then came.
pub(super) fn is_seen(report: &Report) -> bool {
    report.ask.as_of < report.manifest.as_of
}

/// What it comes to: nothing, as a proof.
pub(super) fn headline(report: &Report, proof: &Proof, language: Language) -> String {
    let [expected, happened, ahead] = super::shares(report, proof, language);
    let to = report.meaning().pick(language, ["stay away for", "不下单"], ["churn within", "流失"]);
    language.say(
        || {
            format!(
                "This is no test, for the model was trained on what happened here: it says that {expected} of \
                 customers {to} {ahead}, and {happened} did."
            )
        },
        || format!("这不是检验，因为模型的训练已包含这段结果：模型给出 {expected} 的客户在 {ahead}内{to}，实际为 {happened}。"),
    )
}

/// Since when the model knows what the page compares it with.
pub(super) fn basis(report: &Report, language: Language) -> String {
    let zone = &report.manifest.summary_rule.time_zone;
    let (as_of, trained) =
        (date(report.ask.as_of.instant(), zone), date(report.manifest.as_of.instant(), zone));
    let (customers, ahead) = (count(report.population.customers), horizon(report.ask.horizon, language));
    language.say(
        || {
            format!(
                "{customers} customers, scored from what happened before {as_of} and compared with the {ahead} after \
                 it, by a model that was trained as of {trained}: every figure below flatters it. For a test, ask as \
                 of {trained} or later."
            )
        },
        || {
            format!(
                "{customers} 位客户，按 {as_of} 之前的数据评分，并与其后 {ahead}的结果对比；但模型的训练截止于 {trained}，\
                 下列指标均偏乐观。如需检验，请选择 {trained} 或更晚的时点。"
            )
        },
    )
}
