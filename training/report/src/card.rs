//! The model card of a bundle: what it is for, what it was made from, how it did, and what it must not be used for.
//!
//! After Mitchell and others (2019), "Model cards for model reporting". Everything in it follows from the manifest,
//! so the card of a bundle is the same wherever it is printed.

use std::fmt::Write as _;

use tenure_behaviour::OccasionRule;
use tenure_bundle::{ChurnDefinition, Manifest};

use crate::Language;
use crate::format::{count, date, horizon, percent};
use crate::meaning::Meaning;
use crate::measures::{
    CHURN, CandidateMean, MEASURES, Measure, NAIVE, VALUE, candidates, chosen_for, chosen_half, rehearsals,
    side_of,
};
use crate::notes::sentences;

/// A card as its parts, for Markdown and HTML alike.
pub(crate) struct Card {
    pub(crate) title: String,
    pub(crate) sections: Vec<Section>,
}

/// A heading with what stands under it.
pub(crate) struct Section {
    pub(crate) title: String,
    pub(crate) body: Body,
}

/// What stands under a heading.
pub(crate) enum Body {
    Sentences(Vec<String>),
    /// Header and rows.
    Table(Vec<String>, Vec<Vec<String>>),
}

/// The bundle's model card as Markdown.
///
/// ```no_run
/// use tenure_report::{Language, model_card};
/// # fn card(scorer: &tenure_bundle::Scorer) -> String {
/// model_card(scorer.manifest(), Language::English)
/// # }
/// ```
#[must_use]
pub fn model_card(manifest: &Manifest, language: Language) -> String {
    Card::of(manifest, language).markdown()
}

/// Text from a stranger's file on one line, without control characters and without markup.
fn plain(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '<' => safe.push_str("&lt;"),
            letter if letter.is_control() => safe.push(' '),
            letter => safe.push(letter),
        }
    }
    safe
}

impl Card {
    /// As Markdown.
    pub(crate) fn markdown(&self) -> String {
        let mut text = format!("# {}\n", plain(&self.title));
        for section in &self.sections {
            // Writing to a string does not fail.
            let _ = write!(text, "\n## {}\n\n", plain(&section.title));
            match &section.body {
                Body::Sentences(all) => {
                    for sentence in all {
                        let _ = writeln!(text, "- {}", plain(sentence));
                    }
                }
                Body::Table(header, rows) => {
                    let line = |cells: &[String]| {
                        let cells: Vec<String> =
                            cells.iter().map(|cell| plain(cell).replace('|', "\\|")).collect();
                        format!("| {} |\n", cells.join(" | "))
                    };
                    text.push_str(&line(header));
                    let marks: Vec<String> = (0..header.len())
                        .map(|column| if column == 0 { "---" } else { "---:" }.to_owned())
                        .collect();
                    text.push_str(&line(&marks));
                    rows.iter().for_each(|row| text.push_str(&line(row)));
                }
            }
        }
        text
    }

    pub(crate) fn of(manifest: &Manifest, language: Language) -> Self {
        let section = |english: &str, chinese: &str, body: Body| Section {
            title: language.pick(english, chinese).to_owned(),
            body,
        };
        let all = candidates(&manifest.backtest);
        let mut sections = vec![
            section("Purpose", "用途", Body::Sentences(purpose(manifest, language))),
            section("Data", "数据", Body::Sentences(data(manifest, language))),
            section("Settings", "设置", Body::Sentences(settings(manifest, language))),
        ];
        if !all.is_empty() {
            sections.push(section(
                "Candidates",
                "候选模型",
                measures_table(&all, Meaning::of(manifest), language),
            ));
        }
        sections.push(section("Limits of use", "使用限制", Body::Sentences(limits(manifest, language))));
        sections.push(section(
            "Known weaknesses, and notes of the training",
            "已知弱点与训练备注",
            Body::Sentences(weaknesses(manifest, &all, language)),
        ));
        Self {
            title: language.say(
                || format!("Model card: {}", manifest.model_version),
                || format!("模型卡：{}", manifest.model_version),
            ),
            sections,
        }
    }
}

fn purpose(manifest: &Manifest, language: Language) -> Vec<String> {
    let (ahead, clv) = (horizon(manifest.horizon, language), horizon(manifest.clv_horizon, language));
    let (what, what_zh) = match Meaning::of(manifest) {
        Meaning::NoOrder => ("that no order comes", "不下单"),
        Meaning::Defined => ("to churn, as defined below,", "流失（定义见下）"),
    };
    vec![language.say(
        || {
            format!(
                "Says for each customer of one shop how probable it is {what} within {ahead}, and what \
                 spend to expect within {clv}: to decide whom to contact, with what effort, and how much to plan for."
            )
        },
        || {
            format!(
                "针对一家店铺的每位客户，给出 {ahead}内{what_zh}的概率，以及 {clv}内的预期消费：用于决定联系谁、投入多少、如何做计划。"
            )
        },
    )]
}

fn data(manifest: &Manifest, language: Language) -> Vec<String> {
    let (data, zone) = (&manifest.data, &manifest.summary_rule.time_zone);
    let (customers, orders, refunds) = (count(data.customers), count(data.orders), count(data.refunds));
    let (from, to) = (date(data.first_event, zone), date(data.last_event, zone));
    let hash = data.sha256.short();
    vec![
        language.say(
            || format!("{customers} customers with {orders} orders and {refunds} refunds, {from} to {to}."),
            || format!("{customers} 位客户，{orders} 笔订单，{refunds} 笔退款，{from} 至 {to}。"),
        ),
        language.say(
            || format!("Fingerprint (sha256): {hash}. No customer is in the bundle."),
            || format!("数据指纹（sha256）：{hash}。模型包内不含任何客户数据。"),
        ),
    ]
}

fn settings(manifest: &Manifest, language: Language) -> Vec<String> {
    let zone = &manifest.summary_rule.time_zone;
    let as_of = date(manifest.as_of.instant(), zone);
    let horizons: Vec<String> = manifest.horizons.iter().map(ToString::to_string).collect();
    let (horizons, currency, model) = (horizons.join(", "), manifest.currency, &manifest.model);
    let rate = percent(manifest.discount_rate.annual(), 1);
    let occasions = match manifest.summary_rule.occasion {
        OccasionRule::Day => language.pick(
            "All orders of a customer on one day are one occasion.",
            "同一客户同一天的订单视为一次购买。",
        ),
        OccasionRule::Order => language.pick("Every order is an occasion.", "每笔订单视为一次购买。"),
    };
    vec![
        language.say(
            || format!("As of {as_of} ({zone}): nothing later was used. Model: {model}."),
            || format!("截止时点 {as_of}（{zone}）：未使用其后的任何数据。模型：{model}。"),
        ),
        match manifest.churn() {
            None => language.say(
                || format!("Churn is no order within a horizon; horizons answered: {horizons}."),
                || format!("流失指在期限内没有订单；可回答的期限：{horizons}。"),
            ),
            Some(churn) => defined(churn, &horizons, language),
        },
        language.say(
            || format!("Value is spend less refunds in {currency}, discounted at {rate} a year."),
            || format!("价值为扣除退款后的消费（{currency}），年折现率 {rate}。"),
        ),
        occasions.to_owned(),
    ]
}

/// What churn is, in the words of the language and in plain ones.
fn defined(churn: &str, horizons: &str, language: Language) -> String {
    let known = ChurnDefinition::parse(churn, &[]).ok();
    let reading = |read: fn(&ChurnDefinition) -> String| known.as_ref().map(read);
    // Not by `say`, which would mend what is quoted.
    match language {
        Language::English => {
            let reading = reading(ChurnDefinition::reading).map(|reading| format!(" ({reading})"));
            format!("Churn is {churn}{}, over {horizons} and no other horizon.", reading.unwrap_or_default())
        }
        Language::Chinese => {
            let reading = reading(ChurnDefinition::reading_zh).map(|reading| format!("（{reading}）"));
            format!("流失定义为 {churn}{}，仅适用于期限 {horizons}。", reading.unwrap_or_default())
        }
    }
}

/// One row a candidate, its means over the origins.
pub(crate) fn measures_table(all: &[CandidateMean<'_>], meaning: Meaning, language: Language) -> Body {
    let is_split = meaning == Meaning::Defined && rehearsals(all)[CHURN] != rehearsals(all)[VALUE];
    let origins = if is_split {
        language.pick("Origins (churn / value)", "回测次数（流失 / 价值）")
    } else {
        language.pick("Origins", "回测次数")
    };
    let mut header = vec![language.pick("Candidate", "候选").to_owned(), origins.to_owned()];
    header.extend(MEASURES.iter().map(|measure| measure.name(language).to_owned()));
    let row = |candidate: &CandidateMean<'_>| {
        let [churn, value] = candidate.sides.map(|side| side.origins);
        let origins = if is_split { format!("{churn} / {value}") } else { candidate.origins().to_string() };
        let mut cells = vec![candidate_name(candidate, all, (meaning, language)), origins];
        let shown = MEASURES.iter().zip(&candidate.values).map(|(measure, value)| measure.show(*value));
        cells.extend(shown);
        cells
    };
    Body::Table(header, all.iter().map(row).collect())
}

fn candidate_name(
    candidate: &CandidateMean<'_>,
    all: &[CandidateMean<'_>],
    (meaning, language): (Meaning, Language),
) -> String {
    if let Some(half) = chosen_half(candidate, all, language) {
        let name = candidate.name;
        return language.say(|| format!("{name} (chosen for {half})"), || format!("{name}（选用：{half}）"));
    }
    let note = match (candidate.is_chosen(), candidate.name) {
        (true, _) => language.pick(" (chosen)", "（选用）"),
        (false, NAIVE) => meaning.pick(
            language,
            [" (past rate carried on)", "（沿用过去频率）"],
            [" (past rate carried on, for churn put on a line)", "（沿用过去频率，流失由其换算）"],
        ),
        (false, _) => "",
    };
    format!("{}{note}", candidate.name)
}

fn limits(manifest: &Manifest, language: Language) -> Vec<String> {
    let currency = manifest.currency;
    let own = language.say(
        || format!("For this shop and this currency ({currency}) only: other shops' customers come back at other rates."),
        || format!("仅适用于本店铺与本货币（{currency}）：其他店铺客户的回购规律不同。"),
    );
    std::iter::once(own).chain(general_limits(Meaning::of(manifest), language)).collect()
}

/// Limits of any model of who leaves.
pub(crate) fn general_limits(meaning: Meaning, language: Language) -> Vec<String> {
    vec![
        language
            .pick(
                "Probabilities are right on average over many customers; of one customer they are a bet, not a fact.",
                "概率在大量客户上平均成立；对单个客户而言只是可能性，而非事实。",
            )
            .to_owned(),
        language
            .pick(
                "Not for decisions about credit, employment, insurance or anybody's rights.",
                "不得用于信贷、雇佣、保险或涉及个人权利的决定。",
            )
            .to_owned(),
        meaning
            .pick(
                language,
                [
                    "A prediction is not the effect of an offer: who is likely to stay away need not be whom an offer \
                     moves.",
                    "预测不等于营销效果：可能流失的客户不一定会被优惠打动。",
                ],
                [
                    "A prediction is not the effect of an offer: who is likely to churn need not be whom an offer moves.",
                    "预测不等于营销效果：可能流失的客户不一定会被优惠打动。",
                ],
            )
            .to_owned(),
    ]
}

fn weaknesses(manifest: &Manifest, all: &[CandidateMean<'_>], language: Language) -> Vec<String> {
    let mut known = vec![what_is_read(&manifest.features.kinds, language)];
    let (churn, value) = (rehearsals(all)[CHURN], rehearsals(all)[VALUE]);
    known.push(match churn.max(value) {
        _ if Meaning::of(manifest) == Meaning::Defined && churn != value => language.say(
            || format!("Was rehearsed from past dates, {churn} for churn and {value} for value; what none of them held, such as a new season, is untested."),
            || format!("流失在 {churn} 个、价值在 {value} 个历史时点上回测；其中未出现过的情形（如新的季节）未经检验。"),
        ),
        0 => language.pick("Was never rehearsed: its history is too short for a backtest.", "从未回测：历史太短。").to_owned(),
        1 => language.pick("Was rehearsed once only: one season, one draw.", "仅回测一次：只反映一个时段。").to_owned(),
        origins => language.say(
            || format!("Was rehearsed from {origins} past dates; what none of them held, such as a new season, is untested."),
            || format!("在 {origins} 个历史时点上回测；其中未出现过的情形（如新的季节）未经检验。"),
        ),
    });
    known.extend(against_naive(all, Meaning::of(manifest), language));
    known.extend(sentences(&manifest.notes, language));
    known
}

/// Which events are seen, and which are not.
fn what_is_read(kinds: &[String], language: Language) -> String {
    if kinds.iter().all(|kind| matches!(kind.as_str(), "order" | "refund")) {
        let sentence = language.pick(
            "Knows orders and refunds only: visits, messages, prices and seasons that orders do not show are unseen.",
            "只了解订单与退款：浏览、触达、价格以及订单中看不到的季节因素均不可见。",
        );
        return sentence.to_owned();
    }
    let kinds = kinds.join(", ");
    language.say(
        || format!("Reads events of these kinds: {kinds}. What was not recorded as one of them is unseen."),
        || format!("读取以下类型的事件：{kinds}。未记录为这些类型的情况不可见。"),
    )
}

/// The measures in which the naive rate beats the chosen candidate.
pub(crate) fn against_naive(
    all: &[CandidateMean<'_>],
    meaning: Meaning,
    language: Language,
) -> Option<String> {
    let naive = all.iter().find(|candidate| candidate.name == NAIVE)?;
    let is_lost = |(place, measure): &(usize, &Measure)| {
        let Some(chosen) = chosen_for(all, side_of(*place)) else { return false };
        let (own, rate) = (chosen.values[*place], naive.values[*place]);
        own != rate && measure.best(&[own, rate]) == Some(1)
    };
    let lost: Vec<&str> =
        MEASURES.iter().enumerate().filter(is_lost).map(|(_, measure)| measure.name(language)).collect();
    (!lost.is_empty()).then(|| {
        let rate = meaning.pick(
            language,
            ["the past rate, carried on,", "沿用过去频率"],
            ["the past rate, carried on and for churn put on a line,", "沿用过去频率（流失由其换算）"],
        );
        language.say(
            || format!("In the backtest {rate} did better by: {}.", lost.join(", ")),
            || format!("回测中，{rate}在以下指标上更好：{}。", lost.join("、")),
        )
    })
}
