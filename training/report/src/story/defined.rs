//! What is said where churn is a definition.

use tenure_bundle::Rung;

use crate::language::Language;
use crate::report::{DefinedChurn, Report};

/// What churn is, in a sentence.
pub(super) fn meant(churn: &DefinedChurn, language: Language) -> String {
    let DefinedChurn { definition, reading, reading_zh, .. } = churn;
    // Not by `say`, which would mend what is quoted.
    match language {
        Language::English => format!("Churn is {definition}: {reading}."),
        Language::Chinese => format!("流失的定义为 {definition}：{reading_zh}。"),
    }
}

/// Who `answered`, and which of its answers are those of trees.
pub(super) fn by_what(churn: &DefinedChurn, answered: &str, report: &Report, language: Language) -> String {
    let by_trees = report.population.rungs.iter().any(|(rung, _)| *rung == Rung::Boosted);
    let (churn, orders) = (by_trees && churn.has_trees, by_trees && churn.orders_have_trees);
    let which = match (churn, orders) {
        (true, true) => language.pick(
            "Churn has trees of its own; others correct orders and value.",
            "流失有专门的树模型；订单与价值由另外的树修正。",
        ),
        (true, false) => language.pick(
            "The trees predict churn alone; orders and value are those of the purchase model.",
            "树模型只预测流失；订单与价值仅由购买模型给出。",
        ),
        (false, true) => language.pick(
            "The trees correct orders and value alone; churn is the purchase model's chance of no order, put on a line.",
            "树模型只修正订单与价值；流失由购买模型给出的不下单概率换算得出。",
        ),
        (false, false) => language.pick(
            "Churn is the purchase model's chance of no order, put on a line.",
            "流失由购买模型给出的不下单概率换算得出。",
        ),
    };
    // Chinese sentences stand without a space between them.
    let space = language.pick(" ", "");
    format!("{answered}{space}{which}")
}
