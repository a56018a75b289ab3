//! Notes of the training in the reader's language.
//!
//! A bundle keeps its notes as English sentences. The usual ones are recognised by their words and said in Chinese;
//! the others stay as they are, under a line that says so. A test of the command line trains a shop, so that a
//! sentence that changes where it is written is noticed here.

use std::borrow::Cow;

use crate::Language;

/// English as it is written, `{}` where something stands that differs; and Chinese, with the places of those things.
const USUAL: [[&str; 2]; 29] = [
    [
        "levels were corrected as the backtests showed: expected orders x {}, value x {}, log-odds of {} x {} {}",
        "已按回测结果修正水平：预期订单数 × {0}，价值 × {1}，{2}的对数几率 × {3}，再加 {4}",
    ],
    [
        "the history is too short for a backtest: no past date has weeks of orders before and after it; the model was \
         chosen by its likelihood",
        "历史太短，无法回测：没有任何历史时点前后都有数周的订单；模型按似然值选择",
    ],
    [
        "the history is too short to have seen {} whole, so trees learned over {}: they tell customers apart, and the \
         level stays that of the purchase model",
        "历史太短，未能完整观察 {0}，因此树模型按 {1} 学习：用于区分客户，整体水平仍以购买模型为准",
    ],
    [
        "{} trees correct {} and {} spend, chosen at {}; boosting from behaviour alone has a weight of {}",
        "{0} 棵树修正{1}，{2} 棵树修正消费，在 {3}上选定；仅凭行为的提升树权重为 {4}",
    ],
    [
        "the same season a year before ({}) was off by {} log-odds of {} and x {} in value per payer; so much of it is \
         carried over: {}",
        "上年同期（{0}）的偏差：{2}的对数几率 {1}，每位付费客户的价值 × {3}；沿用的比例：{4}",
    ],
    [
        "value intervals over {} that had seen only the other past dates held {} % of truths where 80 % were promised, and \
         {} % where 95 % were ({}; the outcomes they had seen overlap those judged)",
        "{0} 的价值区间，只看过其他历史时点：承诺 80% 时实际覆盖 {1}%，承诺 95% 时实际覆盖 {2}%（{3}；所看过的结果与被检验的时段有重叠）",
    ],
    [
        "value intervals over {} that had seen only the other past dates held {} % of truths where 80 % were promised, and \
         {} % where 95 % were ({}; at {} of them the outcomes they had seen overlap the one judged)",
        "{0} 的价值区间，只看过其他历史时点：承诺 80% 时实际覆盖 {1}%，承诺 95% 时实际覆盖 {2}%（{3}；其中 {4} 个时点所看过的结果与被检验的时段有重叠）",
    ],
    [
        "value intervals over {} that had seen only the other past dates held {} % of truths where 80 % were promised, and \
         {} % where 95 % were ({})",
        "{0} 的价值区间，只看过其他历史时点：承诺 80% 时实际覆盖 {1}%，承诺 95% 时实际覆盖 {2}%（{3}）",
    ],
    [
        "value intervals over {} were set at the one past date that has seen it whole: nobody has counted how often they \
         hold at another",
        "{0} 的价值区间只由唯一一个完整观察过它的历史时点设定：未在其他时点检验过覆盖率",
    ],
    [
        "value intervals over {} are not calibrated, as no judged past date has seen it whole: they are what the model \
         itself promises, and nobody has counted how often they hold",
        "{0} 的价值区间未经校准，因为没有历史时点完整观察过它：区间只是模型自身的承诺，覆盖率未经检验",
    ],
    [
        "value intervals were set around the purchase model's values, and nobody has counted how often they hold around \
         those that trees or a season moved",
        "价值区间按购买模型的数值设定；对经树模型或季节调整后的数值，覆盖率未经检验",
    ],
    // As older bundles have it.
    [
        "value intervals were set around the purchase model's values, and nobody has counted how often they hold around \
         those that trees moved",
        "价值区间按购买模型的数值设定；对树模型修正后的数值，覆盖率未经检验",
    ],
    [
        "at the past dates, with the level that could then be known, the Brier score{} was {} where the purchase model \
         had {}: trees ranked customers better, and the season of those dates was not yet known",
        "在历史时点上、按当时可知的水平，Brier 分数{0}为 {1}，购买模型为 {2}：树模型的客户排序更好，但当时尚不了解该季节",
    ],
    [
        "at the past dates, with the level that could then be known, the Brier score{} was {} where the purchase model \
         had {}: the season of those dates was not yet known",
        "在历史时点上、按当时可知的水平，Brier 分数{0}为 {1}，购买模型为 {2}：当时尚不了解该季节",
    ],
    ["at {} trees did no better than the purchase model alone", "在 {0}上，树模型并不优于单独的购买模型"],
    [
        "customers are told apart {} times as much as the purchase model has it, in log-odds of {} within {}, as past \
         dates suggest",
        "按历史时点所示，在 {2} 内，评分对客户的区分（按{1}的对数几率）为购买模型的 {0} 倍",
    ],
    [
        "too few ordered again, or stayed away, for trees, which need {} of each",
        "再次下单或未再下单的客户太少，无法使用树模型：两者各需 {0} 位",
    ],
    ["{} are too few for trees, which need {}", "{0}太少，无法使用树模型：至少需要 {1} 位"],
    [
        "too few customers or dates to judge by: it takes {} customers at a past date, and {} dates whose outcome was \
         known by then",
        "客户或历史时点太少，无法检验：需要某个历史时点有 {0} 位客户，并有 {1} 个当时结果已知的时点",
    ],
    [
        "in the backtest the Brier score{} of the chosen model was {} worse than that of the naive rate",
        "回测中所选模型的 Brier 分数{0}比简单比率差 {1}",
    ],
    ["all fits were held back by a penalizer of {}", "所有拟合都受惩罚系数 {0} 约束"],
    [
        "customers order at intervals of their own, with a regularity of {}: the times between a customer's orders vary \
         by {} % around their mean, not by 100 % as at random",
        "客户按各自的节奏下单，规律度为 {0}：同一客户的下单间隔围绕均值波动 {1}%，而随机下单为 100%",
    ],
    [
        "of {} customers who were known before a first order {} placed one, {} on average; {} % of those who come are \
         expected to, sooner or later",
        "首单前已知的 {0} 位客户中有 {1} 位下了首单，平均 {2}；预计到访者中 {3}% 迟早会下单",
    ],
    ["{} could not be fitted, so it did not compete: {}", "{0} 无法拟合，未参与比较：{1}"],
    ["too few payers for trees", "付费客户太少，无法使用树模型"],
    ["column {} is not learned from: it speaks of {}", "未使用列 {0}：涉及 {1}"],
    ["column {} is left out: {}", "未使用列 {0}：{1}"],
    ["{} is blank in {}, from which nothing is learned", "{0} 在 {1}中为空，这些行未用于训练"],
    // As older bundles have it.
    ["{} rows are not learned from: {} is blank in them", "{0} 行未用于训练：其中 {1} 为空"],
];

/// A note that lists one horizon after the other, and each of its items.
const CURVE: [&str; 2] = [
    "no order within each horizon, at the past dates, by what was known before each: ",
    "各期限内不下单的比例，在历史时点上、按当时可知的信息：",
];
const OF_CURVE: [[&str; 2]; 2] = [
    [
        "{}: {} % expected, {} % came ({}, calibration error {})",
        "{0}：预期 {1}%，实际 {2}%（{3}，校准误差 {4}）",
    ],
    ["no judged date has seen {} whole", "没有历史时点完整观察过 {0}"],
];

/// The notes as sentences; of those without Chinese a line before says that they are in English.
pub(crate) fn sentences(notes: &[String], language: Language) -> Vec<String> {
    match language {
        Language::English => notes.iter().map(|note| sentence(note)).collect(),
        Language::Chinese => {
            let mut all: Vec<String> = notes.iter().filter_map(|note| chinese(note)).collect();
            let mut others = notes.iter().filter(|note| chinese(note).is_none()).peekable();
            if others.peek().is_some() {
                all.push("以下训练备注只有英文：".to_owned());
            }
            all.extend(others.map(|note| sentence(note)));
            all
        }
    }
}

/// A note as a sentence.
pub(crate) fn sentence(note: &str) -> String {
    let mut letters = note.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string()).unwrap_or_default();
    let end = if note.ends_with(['.', '!', '?', '。']) { "" } else { "." };
    format!("{first}{}{end}", letters.as_str())
}

/// A usual note in Chinese; `None` of any other.
fn chinese(note: &str) -> Option<String> {
    if let Some(items) = note.strip_prefix(CURVE[0]) {
        let items: Option<Vec<String>> = items.split("; ").map(|item| by(&OF_CURVE, item)).collect();
        return Some(format!("{}{}。", CURVE[1], items?.join("；")));
    }
    by(&USUAL, note).map(|said| format!("{said}。"))
}

/// What the first pattern that fits makes of a text.
fn by(patterns: &[[&str; 2]], text: &str) -> Option<String> {
    patterns.iter().find_map(|[english, chinese]| {
        let mut said = (*chinese).to_owned();
        for (place, found) in found(text, english)?.into_iter().enumerate() {
            said = said.replace(&format!("{{{place}}}"), &word(found));
        }
        Some(said)
    })
}

/// What stands in the places of a pattern; `None` where the text is another.
fn found<'a>(text: &'a str, pattern: &str) -> Option<Vec<&'a str>> {
    let mut pieces = pattern.split("{}");
    let mut left = text.strip_prefix(pieces.next()?)?;
    let mut found = Vec::new();
    let pieces: Vec<&str> = pieces.collect();
    for (place, piece) in pieces.iter().enumerate() {
        // The last piece ends the text, and what is open before it goes up to there.
        let at = if place + 1 == pieces.len() {
            left.len().checked_sub(piece.len()).filter(|at| left.get(*at..) == Some(*piece))?
        } else {
            left.find(piece)?
        };
        found.push(&left[..at]);
        left = &left[at + piece.len()..];
    }
    left.is_empty().then_some(found)
}

/// The words that stand in such places, where they are not numbers, dates or names.
fn word(found: &str) -> Cow<'_, str> {
    for (english, chinese) in [
        (" past dates", " 个历史时点"),
        (" past date", " 个历史时点"),
        (" dates", " 个时点"),
        (" date", " 个时点"),
        (" customers", " 位客户"),
        (" customer", " 位客户"),
        (" rows", " 行"),
        (" row", " 行"),
    ] {
        if let Some(count) = found.strip_suffix(english) {
            return format!("{count}{chinese}").into();
        }
    }
    match found {
        "churn" => "流失",
        "no order" => "未下单",
        "the chance of no order" => "未下单概率",
        " of no order" => "（未下单）",
        other => other,
    }
    .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(note: &str, expected: &str) {
        assert_eq!(chinese(note).as_deref(), Some(expected));
    }

    #[test]
    fn usual_notes_are_said_in_chinese() {
        check(
            "levels were corrected as the backtests showed: expected orders x 1.020, value x 0.981, log-odds of churn \
             x 1.000 -0.113",
            "已按回测结果修正水平：预期订单数 × 1.020，价值 × 0.981，流失的对数几率 × 1.000，再加 -0.113。",
        );
        check(
            "12 trees correct the chance of no order and 0 spend, chosen at 4 past dates; boosting from behaviour \
             alone has a weight of 0.25",
            "12 棵树修正未下单概率，0 棵树修正消费，在 4 个历史时点上选定；仅凭行为的提升树权重为 0.25。",
        );
        check(
            "in the backtest the Brier score of the chosen model was 0.0012 worse than that of the naive rate",
            "回测中所选模型的 Brier 分数比简单比率差 0.0012。",
        );
        check(
            "value intervals over 90d that had seen only the other past dates held 79 % of truths where 80 % were \
             promised, and 95 % where 95 % were (4 dates; at 1 of them the outcomes they had seen overlap the one judged)",
            "90d 的价值区间，只看过其他历史时点：承诺 80% 时实际覆盖 79%，承诺 95% 时实际覆盖 95%（4 个时点；其中 1 \
             个时点所看过的结果与被检验的时段有重叠）。",
        );
        check(
            "no order within each horizon, at the past dates, by what was known before each: 30d: 82.1 % expected, 83.5 % \
             came (4 dates, calibration error 0.021); no judged date has seen 180d, 365d whole",
            "各期限内不下单的比例，在历史时点上、按当时可知的信息：30d：预期 82.1%，实际 83.5%（4 个时点，校准误差 \
             0.021）；没有历史时点完整观察过 180d, 365d。",
        );
        check(
            "left is blank in 3 rows, from which nothing is learned",
            "left 在 3 行中为空，这些行未用于训练。",
        );
        check("column 宗教 is not learned from: it speaks of religion", "未使用列 宗教：涉及 religion。");
    }

    #[test]
    fn other_notes_stay_english_under_a_line_that_says_so() {
        let notes = ["something new".to_owned(), "all fits were held back by a penalizer of 0.1".to_owned()];
        let said = sentences(&notes, Language::Chinese);
        assert_eq!(said, ["所有拟合都受惩罚系数 0.1 约束。", "以下训练备注只有英文：", "Something new."]);
        assert_eq!(sentences(&notes[1..], Language::Chinese).len(), 1);
        assert_eq!(sentences(&notes[..1], Language::English), ["Something new."]);
        assert_eq!(sentences(&[], Language::Chinese), Vec::<String>::new());
    }

    #[test]
    fn every_pattern_finds_itself_and_names_each_place_once() {
        for [english, chinese] in USUAL.into_iter().chain(OF_CURVE) {
            let places = english.matches("{}").count();
            let text = english.replace("{}", "7.5");
            assert_eq!(found(&text, english), Some(vec!["7.5"; places]), "{english}");
            for place in 0..places {
                assert_eq!(chinese.matches(&format!("{{{place}}}")).count(), 1, "{chinese}");
            }
            assert_eq!(chinese.matches('{').count(), places, "{chinese}");
            assert_eq!(found(&format!("{text} and more of 它"), &format!("{english}!")), None);
        }
    }
}
