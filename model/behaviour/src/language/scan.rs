//! A first look at a text, before the grammar: its length, its nesting, and signs that it cannot have.
//!
//! The parser recurses; what comes through here is bounded, so that no text can exhaust its stack.

use std::ops::Range;

use super::error::Problem;
use super::{MAX_NESTING, MAX_TEXT_BYTES, PARSED_NESTING};

type Found = (Problem, Range<usize>);

/// Looks for what no text of the language may have.
pub(super) fn scan(text: &str) -> Result<(), Found> {
    if text.len() > MAX_TEXT_BYTES {
        return Err((Problem::TooLong { bytes: text.len(), max: MAX_TEXT_BYTES }, 0..0));
    }
    let mut open: Vec<usize> = Vec::new();
    let mut at = 0;
    while let Some(character) = text[at..].chars().next() {
        let mut end = at + character.len_utf8();
        match character {
            '\'' => end += quoted(&text[end..]).map_err(|problem| (problem, at..text.len()))? + 1,
            '#' => end = text[at..].find('\n').map_or(text.len(), |length| at + length),
            '(' => {
                open.push(at);
                if open.len() > PARSED_NESTING {
                    return Err((Problem::TooDeep { max: MAX_NESTING }, at..end));
                }
            }
            ')' => {
                open.pop().ok_or((Problem::UnopenedParenthesis, at..end))?;
            }
            _ => sign(&text[at..], character).map_err(|(problem, length)| (problem, at..at + length))?,
        }
        at = end;
    }
    match open.last() {
        Some(at) => Err((Problem::UnclosedParenthesis, *at..*at + 1)),
        None => Ok(()),
    }
}

/// How long the text between quotation marks is. A doubled mark is an end and a beginning.
fn quoted(rest: &str) -> Result<usize, Problem> {
    for (at, character) in rest.char_indices() {
        match character {
            '\'' => return Ok(at),
            '\n' => return Err(Problem::UnclosedText),
            _ if character.is_control() => return Err(Problem::StrayCharacter { found: character }),
            _ => {}
        }
    }
    Err(Problem::UnclosedText)
}

/// Refuses a sign that the language does not have, with its length in bytes.
fn sign(rest: &str, character: char) -> Result<(), (Problem, usize)> {
    if let Some((found, write)) = ELSEWHERE.iter().find(|(found, _)| rest.starts_with(found)) {
        return Err((Problem::Instead { found: (*found).into(), write: (*write).into() }, found.len()));
    }
    if rest.starts_with("!=") {
        return Ok(());
    }
    if let Some(write) = full_width(character) {
        return Err((Problem::FullWidth { found: character, write }, character.len_utf8()));
    }
    if character == '!' {
        return Err((
            Problem::Instead { found: "!".into(), write: "not, or != between two values".into() },
            1,
        ));
    }
    let plain = character.is_alphanumeric() || "_ \t\r\n,.=<>+-*/%".contains(character);
    // Letters that are joined of parts, as in Thai, are refused as names later.
    if plain || (!character.is_ascii() && !character.is_control() && !character.is_whitespace()) {
        Ok(())
    } else {
        Err((Problem::StrayCharacter { found: character }, character.len_utf8()))
    }
}

/// How other languages write things, longest first.
const ELSEWHERE: &[(&str, &str)] = &[
    ("===", "="),
    ("==", "="),
    ("<>", "!="),
    ("=>", ">="),
    ("=<", "<="),
    ("!==", "!="),
    ("&&", "and"),
    ("&", "and"),
    ("||", "or"),
    ("|", "or"),
    ("\"", "text in single quotation marks, as in 'amazon'"),
    ("`", "text in single quotation marks, as in 'amazon'"),
    ("[", "("),
    ("]", ")"),
    ("{", "("),
    ("}", ")"),
    ("$", "the plain number: money is in the reporting currency"),
    ("€", "the plain number: money is in the reporting currency"),
    ("£", "the plain number: money is in the reporting currency"),
    ("¥", "the plain number: money is in the reporting currency"),
    ("￥", "the plain number: money is in the reporting currency"),
    (";", "each definition on a line of its own, without ;"),
    ("//", "comments after #"),
    ("--", "comments after #"),
    ("/*", "comments after #"),
    ("**", "the multiplication out"),
];

/// What to write instead of a full-width character or a printer's quotation mark.
fn full_width(character: char) -> Option<&'static str> {
    Some(match character {
        '，' | '、' => "a comma ,",
        '（' | '【' | '［' | '｛' => "(",
        '）' | '】' | '］' | '｝' => ")",
        '＝' => "=",
        '＞' => ">",
        '＜' => "<",
        '≥' | '≧' => ">=",
        '≤' | '≦' => "<=",
        '≠' => "!=",
        '！' => "!= or not",
        '‘' | '’' | '“' | '”' | '＇' | '＂' | '「' | '」' | '《' | '》' | '«' | '»' | '„' => {
            "'"
        }
        '＋' => "+",
        '－' | '–' | '—' | '−' => "-",
        '×' | '＊' | '·' => "*",
        '÷' | '／' => "/",
        '％' => "%",
        '．' | '。' => "a full stop .",
        '：' | '；' => "each definition on a line of its own, name = …",
        '＃' => "#",
        '＿' => "_",
        '０'..='９' => "plain digits such as 90",
        'ａ'..='ｚ' | 'Ａ'..='Ｚ' => "plain letters such as order",
        '\u{3000}' | '\u{a0}' | '\u{feff}' | '\u{200b}' | '\u{2002}'..='\u{200a}' => "an ordinary blank",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_text_and_comments_may_hold_anything() {
        for text in ["'（，“”$ && ((('", "a # （ ' ) \n b", "'L''Oréal (Paris)'", "a != b", "'双11'"]
        {
            assert_eq!(scan(text), Ok(()), "{text}");
        }
    }

    #[test]
    fn the_first_offence_is_named_with_its_place() {
        let full_width = |found, write| Problem::FullWidth { found, write };
        for (text, problem, span) in [
            ("a （b", full_width('（', "("), 2..5),
            ("x ≥ 2", full_width('≥', ">="), 2..5),
            ("(a))", Problem::UnopenedParenthesis, 3..4),
            ("((a)", Problem::UnclosedParenthesis, 0..1),
            ("x = 'a\n'", Problem::UnclosedText, 4..8),
            ("x ? 1", Problem::StrayCharacter { found: '?' }, 2..3),
            ("x \u{7} 1", Problem::StrayCharacter { found: '\u{7}' }, 2..3),
        ] {
            assert_eq!(scan(text), Err((problem, span)), "{text}");
        }
    }

    #[test]
    fn length_and_depth_are_bounded() {
        let deep = |levels: usize| format!("{}x{}", "(".repeat(levels), ")".repeat(levels));
        assert_eq!(scan(&deep(PARSED_NESTING)), Ok(()));
        assert!(matches!(scan(&deep(PARSED_NESTING + 1)), Err((Problem::TooDeep { .. }, _))));
        assert!(matches!(scan(&"x".repeat(MAX_TEXT_BYTES + 1)), Err((Problem::TooLong { .. }, _))));
        // Closed ones do not count.
        assert_eq!(scan(&"(x) ".repeat(1_000)), Ok(()));
    }
}
