//! What the grammar's refusal means for the person who wrote the text.

use pest::error::{ErrorVariant, InputLocation};

use super::compile::call::usage;
use super::error::Problem;
use super::names::KEYWORDS;
use super::parse::{Refusal, Rule};

/// What the grammar's refusal means for the person who wrote the text.
pub(super) fn refusal(text: &str, error: &pest::error::Error<Rule>) -> Refusal {
    let at = match error.location {
        InputLocation::Pos(at) | InputLocation::Span((at, _)) => at,
    };
    let rest = &text[at..];
    let word: &str =
        rest.split(|letter: char| !letter.is_alphanumeric() && letter != '_').next().unwrap_or("");
    let word = word.char_indices().nth(40).map_or(word, |(end, _)| &word[..end]);
    let first = rest.chars().next().map_or(0, char::len_utf8);
    let here = at..at + word.len().max(first);
    let says_nothing = |line: &str| line.trim().is_empty() || line.trim_start().starts_with('#');
    if text.lines().all(says_nothing) {
        return (Problem::Empty, 0..0);
    }
    // What is missing at the end is missing behind the last word, not after blank lines.
    let here = if rest.trim().is_empty() { text.trim_end().len()..text.trim_end().len() } else { here };
    if let Some(problem) = other_spelling(text, at, word) {
        return (problem, here);
    }
    let ErrorVariant::ParsingError { positives, .. } = &error.variant else {
        return (Problem::Empty, here);
    };
    let found = match word {
        "" if rest.is_empty() => "the end".into(),
        "" => format!("\"{}\"", &rest[..first]),
        word if KEYWORDS.contains(&word) => format!("the word \"{word}\""),
        word => format!("\"{word}\""),
    };
    // A word of the language where an argument begins leaves the grammar only the end of the list.
    let begins = text[..at].trim_end().ends_with(['(', ',']);
    let expected = if begins { "a value".to_owned() } else { expected(positives) };
    (Problem::Unexpected { expected: expected.into(), found: found.into() }, here)
}

/// What is common elsewhere but not written so here.
fn other_spelling(text: &str, at: usize, word: &str) -> Option<Problem> {
    let lower = word.to_lowercase();
    let instead = |found: &str, write: String| Problem::Instead { found: found.into(), write: write.into() };
    if word != lower && KEYWORDS.contains(&lower.as_str()) {
        return Some(instead(word, lower));
    }
    // `90 days`, `10 %`
    let number: String = {
        let before = text[..at].trim_end();
        let digits = before
            .rfind(|letter: char| !letter.is_ascii_digit())
            .map_or(0, |end| end + before[end..].chars().next().map_or(0, char::len_utf8));
        before[digits..].chars().take(20).collect()
    };
    if !number.is_empty() {
        let unit = match lower.as_str() {
            "s" | "second" | "seconds" | "sec" | "秒" => "s",
            "m" | "min" | "minute" | "minutes" | "分钟" => "m",
            "h" | "hour" | "hours" | "小时" => "h",
            "d" | "day" | "days" | "天" => "d",
            "w" | "week" | "weeks" | "周" => "w",
            "" if text[at..].starts_with('%') => "%",
            _ => "",
        };
        if !unit.is_empty() {
            let found = if unit == "%" { format!("{number} %") } else { format!("{number} {word}") };
            return Some(instead(&found, format!("{number}{unit}")));
        }
    }
    let before: &str = text[..at].trim_end();
    let before =
        before.rsplit(|letter: char| !letter.is_alphanumeric() && letter != '_').next().unwrap_or("");
    if ["last", "past", "previous", "within"].contains(&before)
        && word.starts_with(|at: char| at.is_ascii_digit())
    {
        return Some(instead(
            &format!("{before} {word}"),
            format!("{word}, a window that ends at the as-of"),
        ));
    }
    if !word.is_empty()
        && let Some(usage) = usage(before)
    {
        return Some(Problem::WrongArguments { function: before.into(), usage: usage.into() });
    }
    let write = match lower.as_str() {
        "is" => "= or !=, or missing(…)",
        "like" | "contains" => "= or in (…): parts of names are not searched",
        "last" | "past" | "within" | "over" => "the window as the last argument, as in count(order, 90d)",
        "then" => "followed_by(…, …, 24h)",
        _ => return None,
    };
    Some(instead(word, write.to_owned()))
}

/// The rules that could have gone on, in words.
fn expected(rules: &[Rule]) -> String {
    let mut words: Vec<&str> = Vec::new();
    for (group, word) in WORDS {
        if group.iter().any(|rule| rules.contains(rule)) {
            words.push(word);
        }
    }
    // A value can be so much that the rest would only distract.
    if words.contains(&"a value") {
        words.retain(|word| ["a value", ")"].contains(word));
    }
    // After a name a parenthesis could always follow.
    if words.len() > 1 {
        words.retain(|word| *word != "(");
    }
    match words.split_last() {
        None => "a value".into(),
        Some((last, [])) => (*last).into(),
        Some((last, others)) => format!("{} or {last}", others.join(", ")),
    }
}

/// What rules stand for, for people. Those that are not here would only distract.
const WORDS: &[(&[Rule], &str)] = &[
    (&[Rule::quantity, Rule::name, Rule::quoted, Rule::named, Rule::group], "a value"),
    (
        &[Rule::comparator, Rule::compare, Rule::between, Rule::between_word, Rule::one_of, Rule::in_word],
        "a comparison",
    ),
    (&[Rule::plus, Rule::minus, Rule::times, Rule::over], "a sign such as +"),
    (&[Rule::and], "\"and\""),
    (&[Rule::or], "\"or\""),
    (&[Rule::where_word], "\"where\""),
    (&[Rule::comma], "a comma"),
    (&[Rule::open], "("),
    (&[Rule::close], ")"),
    (&[Rule::ending_word], "\"ending\""),
    (&[Rule::ago_word], "\"ago\""),
    (&[Rule::EOI], "the end"),
];
