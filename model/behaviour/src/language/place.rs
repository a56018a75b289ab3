//! Where in a text something is, and how that is shown.

use std::fmt;
use std::ops::Range;

use unicode_width::UnicodeWidthChar;

/// Widest part of a line that is shown, in columns of a terminal.
const SHOWN_COLUMNS: usize = 100;

/// A spot in a text, with the line that it is in.
///
/// ```
/// use tenure_behaviour::language::Place;
/// let text = "country = '德国' and\n  oder > 2";
/// let place = Place::in_text(text, text.find("oder").unwrap()..text.find(" >").unwrap());
/// assert_eq!((place.line, place.column), (2, 3));
/// let shown = place.to_string();
/// assert_eq!(shown.lines().last(), Some("  |   ^^^^"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The line, from 1.
    pub line: usize,
    /// The character of that line, from 1.
    pub column: usize,
    /// How many characters of the line are meant; at least 1.
    pub characters: usize,
    /// The line itself, without its end.
    pub source: Box<str>,
}

impl Place {
    /// The spot of some bytes of a text. What does not fit is moved to where it does.
    #[must_use]
    pub fn in_text(text: &str, span: Range<usize>) -> Self {
        let start = floor(text, span.start);
        let line_start = text[..start].rfind('\n').map_or(0, |end| end + 1);
        let line_end = text[start..].find('\n').map_or(text.len(), |end| start + end);
        let end = floor(text, span.end).clamp(start, line_end);
        Self {
            line: text[..start].matches('\n').count() + 1,
            column: text[line_start..start].chars().count() + 1,
            characters: text[start..end].trim_end().chars().count().max(1),
            source: text[line_start..line_end].trim_end().into(),
        }
    }
}

/// The start of the character that a byte belongs to.
fn floor(text: &str, byte: usize) -> usize {
    let mut byte = byte.min(text.len());
    while !text.is_char_boundary(byte) {
        byte -= 1;
    }
    byte
}

/// A Chinese character takes two columns; what would disturb a terminal is shown as a blank.
fn shown(character: char) -> (char, usize) {
    match character.width_cjk() {
        Some(width) if width > 0 && !character.is_control() => (character, character.width().unwrap_or(1)),
        _ => (' ', 1),
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let characters: Vec<(char, usize)> = self.source.chars().map(shown).collect();
        let at = (self.column - 1).min(characters.len());
        // Of a long line, what is around the spot.
        let mut first = at;
        let mut columns = 0;
        while first > 0 && columns + characters[first - 1].1 <= SHOWN_COLUMNS / 2 {
            first -= 1;
            columns += characters[first].1;
        }
        if at + SHOWN_COLUMNS / 2 >= characters.len() && columns < SHOWN_COLUMNS / 2 {
            first = 0;
        }
        let mut last = first;
        let mut width = 0;
        while last < characters.len() && width + characters[last].1 <= SHOWN_COLUMNS {
            width += characters[last].1;
            last += 1;
        }
        let line: String = characters[first..last].iter().map(|(character, _)| character).collect();
        let before: usize = characters[first..at.max(first)].iter().map(|(_, width)| width).sum();
        let under: usize = (at..at + self.characters)
            .take_while(|index| *index < last.max(at + 1))
            .map(|index| characters.get(index).map_or(1, |(_, width)| *width))
            .sum();
        let (left, right) =
            (if first > 0 { "…" } else { "" }, if last < characters.len() { "…" } else { "" });
        let number = self.line.to_string();
        let margin = " ".repeat(number.len());
        let indent = " ".repeat(before + left.chars().count());
        writeln!(f, "{margin} --> line {}, column {}", self.line, self.column)?;
        writeln!(f, "{margin} |")?;
        writeln!(f, "{number} | {left}{}{right}", line.trim_end())?;
        write!(f, "{margin} | {indent}{}", "^".repeat(under.max(1)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, span: Range<usize>, line: &str, carets: &str) {
        let shown = Place::in_text(text, span).to_string();
        let lines: Vec<&str> = shown.lines().collect();
        assert_eq!((lines[2], lines[3]), (line, carets));
    }

    #[test]
    fn chinese_characters_are_two_columns_wide() {
        check("国家 = '德国' and x", 24..25, "1 | 国家 = '德国' and x", "  |                    ^");
        check("种族 = 1", 0..6, "1 | 种族 = 1", "  | ^^^^");
    }

    #[test]
    fn a_span_ends_with_its_line() {
        check("count(\n  order", 0..14, "1 | count(", "  | ^^^^^^");
        check("a\tb", 2..3, "1 | a b", "  |   ^");
        check("abc", 3..3, "1 | abc", "  |    ^");
        check("", 0..9, "1 | ", "  | ^");
    }

    #[test]
    fn of_a_long_line_the_surroundings_are_shown() {
        let text = format!("{}oder{}", "x ".repeat(400), " y".repeat(400));
        let shown = Place::in_text(&text, 800..804).to_string();
        let lines: Vec<&str> = shown.lines().collect();
        assert!(lines[2].starts_with("1 | …x x") && lines[2].ends_with('…'), "{shown}");
        let column = lines[2].chars().position(|character| character == 'o').unwrap();
        assert_eq!(lines[3].chars().position(|character| character == '^'), Some(column));
        assert!(lines.iter().all(|line| line.chars().count() < 120));
    }

    #[test]
    fn no_span_is_out_of_reach() {
        for span in [0..0, 1..2, 5..900, 900..901, 7..7] {
            let place = Place::in_text("é\n汉字\n", span);
            assert!(place.line >= 1 && !place.to_string().is_empty());
        }
    }
}
