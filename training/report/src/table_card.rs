//! The model card of a bundle of a flat table, in which there are no orders, no money and no backtest.

use tenure_bundle::TableScorer;
use tenure_predict::ColumnKind;

use crate::Language;
use crate::card::{Body, Card, Section, general_limits};
use crate::format::{count, date, percent};
use crate::meaning::Meaning;
use crate::notes::sentences;

/// The model card of a flat table's bundle as Markdown.
///
/// ```no_run
/// use tenure_report::{Language, table_card};
/// # fn card(scorer: &tenure_bundle::TableScorer) -> String {
/// table_card(scorer, Language::English)
/// # }
/// ```
#[must_use]
pub fn table_card(scorer: &TableScorer, language: Language) -> String {
    let section = |english: &str, chinese: &str, sentences: Vec<String>| Section {
        title: language.pick(english, chinese).to_owned(),
        body: Body::Sentences(sentences),
    };
    let version = &scorer.manifest().model_version;
    let card = Card {
        title: language.say(|| format!("Model card: {version}"), || format!("模型卡：{version}")),
        sections: vec![
            section("Purpose", "用途", purpose(scorer, language)),
            section("Data", "数据", data(scorer, language)),
            section("Settings", "设置", settings(scorer, language)),
            section("Limits of use", "使用限制", limits(language)),
            section("Known weaknesses", "已知弱点", weaknesses(scorer, language)),
        ],
    };
    card.markdown()
}

fn purpose(scorer: &TableScorer, language: Language) -> Vec<String> {
    let question = scorer.question();
    let (target, positive) = (&question.target, &question.positive);
    vec![language.say(
        || {
            format!(
                "Says for each row of a table how probable it is that {target} is {positive}: to decide whom to \
                 contact, and with what effort."
            )
        },
        || format!("针对表中的每一行，给出 {target} 为 {positive} 的概率：用于决定联系谁、投入多少。"),
    )]
}

fn data(scorer: &TableScorer, language: Language) -> Vec<String> {
    let manifest = scorer.manifest();
    let rows = count(manifest.data.customers);
    let hash = manifest.data.sha256.short();
    let mut said = vec![language.say(
        || {
            format!(
                "{rows} rows, one a customer. Fingerprint (sha256): {hash}. No customer is in the bundle."
            )
        },
        || format!("{rows} 行，每行一位客户。数据指纹（sha256）：{hash}。模型包内不含任何客户数据。"),
    )];
    if !manifest.is_undated() {
        let (day, ahead) =
            (date(manifest.as_of.instant(), &manifest.summary_rule.time_zone), manifest.horizon);
        said.push(language.say(
            || format!("The table shows {day}; its target is said to look {ahead} ahead."),
            || format!("表格反映 {day} 的情况；目标向前看 {ahead}。"),
        ));
    }
    said
}

fn settings(scorer: &TableScorer, language: Language) -> Vec<String> {
    let model = scorer.model();
    let column = |column: &tenure_predict::Column| match &column.kind {
        ColumnKind::Number => column.name.clone(),
        ColumnKind::Category(words) => format!("{} ({})", column.name, words.join(", ")),
    };
    let columns: Vec<String> = model.columns().columns().iter().map(column).collect();
    let member = |one: &tenure_predict::Member| format!("{} {}", percent(one.weight, 0), one.name);
    let members: Vec<String> = model.members().iter().map(member).collect();
    let (columns, members) = (columns.join("; "), members.join(", "));
    let id = scorer.question().id.as_deref();
    vec![
        language.say(|| format!("Hears: {members}."), || format!("所用模型：{members}。")),
        language.say(|| format!("Reads these columns: {columns}."), || format!("读取的列：{columns}。")),
        language.say(
            || {
                id.map_or_else(
                    || "No column of customer ids was named.".to_owned(),
                    |id| format!("{id} names the customer and is not read."),
                )
            },
            || {
                id.map_or_else(
                    || "未指定客户编号列。".to_owned(),
                    |id| format!("{id} 为客户编号，不参与计算。"),
                )
            },
        ),
    ]
}

fn limits(language: Language) -> Vec<String> {
    let own = language.pick(
        "For tables like this one only: the same columns, filled in the same way, of the same kind of customers.",
        "仅适用于同类表格：相同的列、相同的填写方式、同类客户。",
    );
    std::iter::once(own.to_owned()).chain(general_limits(Meaning::NoOrder, language)).collect()
}

fn weaknesses(scorer: &TableScorer, language: Language) -> Vec<String> {
    let own = [
        language.pick(
            "Knows no time: whether a column was filled in before the customer left or after, the table does not say.",
            "不了解时间：表格无法说明某一列是在客户流失之前还是之后填写的。",
        ),
        language.pick(
            "Its weights come from cross-validation within one table: no later table has been predicted. Figures: \
             tenure evaluate --table.",
            "权重来自同一张表内的交叉验证：未在之后的表格上检验。指标见 tenure evaluate --table。",
        ),
    ];
    own.map(str::to_owned).into_iter().chain(sentences(&scorer.manifest().notes, language)).collect()
}
