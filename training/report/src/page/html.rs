//! Pieces of HTML; every text that goes in is escaped here and nowhere else.

/// Text as it may stand in an element or an attribute.
pub(crate) fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            letter if letter.is_control() && letter != '\n' => safe.push(' '),
            letter => safe.push(letter),
        }
    }
    safe
}

/// A cell of a table.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cell {
    pub(crate) text: String,
    /// A word on how to read it, in small letters under it.
    pub(crate) note: String,
    /// Set off as the best of its kind.
    pub(crate) is_best: bool,
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::from(text.to_owned())
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self { text, ..Self::default() }
    }
}

/// Columns up to which a table does not take a whole wide page.
const FEW_COLUMNS: usize = 3;

/// A table that scrolls sideways by itself where the page is narrow; the first column names the row.
pub(crate) fn table(header: &[Cell], rows: &[Vec<Cell>]) -> String {
    let content = |cell: &Cell| {
        let text = escaped(&cell.text);
        if cell.note.is_empty() { text } else { format!("{text}<small>{}</small>", escaped(&cell.note)) }
    };
    let head: String =
        header.iter().map(|cell| format!("<th scope=\"col\">{}</th>", content(cell))).collect();
    let cell = |(column, cell): (usize, &Cell)| {
        let text = content(cell);
        match (column, cell.is_best) {
            (0, _) => format!("<th scope=\"row\">{text}</th>"),
            (_, true) => format!("<td class=\"best\">{text}</td>"),
            (_, false) => format!("<td>{text}</td>"),
        }
    };
    let row =
        |row: &Vec<Cell>| format!("<tr>{}</tr>\n", row.iter().enumerate().map(cell).collect::<String>());
    let body: String = rows.iter().map(row).collect();
    // Numbers far apart are hard to compare.
    let class = if header.len() <= FEW_COLUMNS { " class=\"few\"" } else { "" };
    format!(
        "<div class=\"scroll\" tabindex=\"0\"><table{class}>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}</tbody></table></div>\n"
    )
}

/// A list of sentences.
pub(crate) fn list(sentences: &[String]) -> String {
    let items: String =
        sentences.iter().map(|sentence| format!("<li>{}</li>\n", escaped(sentence))).collect();
    format!("<ul>\n{items}</ul>\n")
}

/// JSON that may stand in a script element: no character of it can end the element.
pub(crate) fn json_in_script(json: &str) -> String {
    json.replace('&', "\\u0026")
        .replace('<', "\\u003c")
        .replace('>', "\\u003e")
        .replace('\u{2028}', "\\u2028")
        .replace('\u{2029}', "\\u2029")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_becomes_markup() {
        assert_eq!(escaped("<b a='1' c=\"2\">&\u{7}"), "&lt;b a=&#39;1&#39; c=&quot;2&quot;&gt;&amp; ");
        let made = table(&["<i>".into()], &[vec!["</table><script>".into()]]);
        assert!(!made.contains("<i>") && !made.contains("<script>"), "{made}");
    }

    #[test]
    fn json_cannot_end_its_element_and_stays_the_same_json() {
        let value = serde_json::json!({"name": "</script><!-- & \u{2028}"});
        let safe = json_in_script(&value.to_string());
        assert!(!safe.contains('<') && !safe.contains('>'), "{safe}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&safe).unwrap(), value);
    }
}
