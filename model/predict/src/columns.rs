//! From the columns of a flat table to rows of numbers.

use serde::{Deserialize, Serialize};

use crate::{MAX_FEATURES, PredictError};

/// Words for a cell that holds nothing, whatever their case.
const BLANK: [&str; 8] = ["", "na", "n/a", "nan", "null", "none", "-", "?"];

/// What a cell says: `None` where it holds nothing.
///
/// ```
/// use tenure_predict::cell;
/// assert_eq!(cell(" 29.85 "), Some("29.85"));
/// assert_eq!(cell(" "), None);
/// assert_eq!(cell("NaN"), None);
/// ```
#[must_use]
pub fn cell(text: &str) -> Option<&str> {
    let text = text.trim();
    let is_blank = BLANK.iter().any(|blank| text.eq_ignore_ascii_case(blank));
    (!is_blank).then_some(text)
}

/// What the cells of a column are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ColumnKind {
    /// Numbers; what is none counts as missing.
    Number,
    /// One of these words; any other counts as missing.
    Category(Vec<String>),
}

/// A column of a table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Column {
    /// Its name in the header.
    pub name: String,
    /// What its cells are.
    pub kind: ColumnKind,
}

impl Column {
    /// Numbers that it becomes: a number is one, a choice of two is one, a choice of more is one for each.
    fn width(&self) -> usize {
        match &self.kind {
            ColumnKind::Number => 1,
            ColumnKind::Category(levels) if levels.len() == 2 => 1,
            ColumnKind::Category(levels) => levels.len(),
        }
    }

    fn encode(&self, cell: Option<&str>, out: &mut Vec<f32>) {
        match &self.kind {
            ColumnKind::Number => {
                let number =
                    cell.and_then(|text| text.parse().ok()).filter(|number: &f32| number.is_finite());
                out.push(number.unwrap_or(f32::NAN));
            }
            ColumnKind::Category(levels) => {
                let found = cell.and_then(|text| levels.iter().position(|level| level == text));
                let answer =
                    |level: usize| found.map_or(f32::NAN, |found| if found == level { 1.0 } else { 0.0 });
                // Of two levels the second says it all.
                let first = levels.len() - self.width();
                out.extend((first..levels.len()).map(answer));
            }
        }
    }
}

/// The columns that a model reads, in order, and how they become numbers.
///
/// ```
/// use tenure_predict::{Column, ColumnKind, Columns};
/// let words = |levels: &[&str]| ColumnKind::Category(levels.iter().map(|level| level.to_string()).collect());
/// let columns = Columns::new(vec![
///     Column { name: "charges".into(), kind: ColumnKind::Number },
///     Column { name: "contract".into(), kind: words(&["monthly", "one year", "two years"]) },
///     Column { name: "paperless".into(), kind: words(&["No", "Yes"]) },
/// ])?;
/// let mut row = Vec::new();
/// columns.encode([Some("29.85"), Some("one year"), Some("Yes")], &mut row);
/// assert_eq!(row, [29.85, 0.0, 1.0, 0.0, 1.0]);
/// # Ok::<(), tenure_predict::PredictError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<Column>", into = "Vec<Column>")]
pub struct Columns {
    columns: Vec<Column>,
    /// Which column each number comes from.
    origin: Vec<usize>,
}

impl Columns {
    /// Columns in the order in which their cells will come.
    ///
    /// # Errors
    /// When there is none, two have one name, a choice has fewer than two words or the same twice, or they become
    /// more than [`MAX_FEATURES`] numbers.
    pub fn new(columns: Vec<Column>) -> Result<Self, PredictError> {
        let refuse = |problem| Err(PredictError::InvalidColumns { problem });
        if columns.is_empty() || columns.len() > MAX_FEATURES {
            return refuse("there must be at least one column, and not thousands");
        }
        let mut names: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
        names.sort_unstable();
        if names.windows(2).any(|pair| pair[0] == pair[1]) {
            return refuse("two columns have one name");
        }
        for column in &columns {
            if let ColumnKind::Category(levels) = &column.kind {
                let mut sorted: Vec<&String> = levels.iter().collect();
                sorted.sort_unstable();
                if levels.len() < 2 || sorted.windows(2).any(|pair| pair[0] == pair[1]) {
                    return refuse("a choice needs two words or more, each once");
                }
            }
        }
        if columns.iter().map(Column::width).sum::<usize>() > MAX_FEATURES {
            return refuse("the columns become too many numbers");
        }
        let origin =
            columns.iter().enumerate().flat_map(|(at, column)| std::iter::repeat_n(at, column.width()));
        Ok(Self { origin: origin.collect(), columns })
    }

    /// The columns.
    #[must_use]
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// Numbers that a row becomes.
    #[must_use]
    pub const fn features(&self) -> usize {
        self.origin.len()
    }

    /// The column that each number of a row comes from, as an index.
    #[must_use]
    pub fn origin(&self) -> &[usize] {
        &self.origin
    }

    /// Appends the numbers of one row; cells beyond the last are missing. Missing is `NaN`.
    pub fn encode<'a>(&self, cells: impl IntoIterator<Item = Option<&'a str>>, out: &mut Vec<f32>) {
        let cells = cells.into_iter().chain(std::iter::repeat(None));
        for (column, cell) in self.columns.iter().zip(cells) {
            column.encode(cell, out);
        }
    }
}

impl TryFrom<Vec<Column>> for Columns {
    type Error = PredictError;
    fn try_from(columns: Vec<Column>) -> Result<Self, PredictError> {
        Self::new(columns)
    }
}

impl From<Columns> for Vec<Column> {
    fn from(columns: Columns) -> Self {
        columns.columns
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(levels: &[&str]) -> ColumnKind {
        ColumnKind::Category(levels.iter().map(|level| (*level).to_owned()).collect())
    }

    fn column(name: &str, kind: ColumnKind) -> Column {
        Column { name: name.to_owned(), kind }
    }

    #[test]
    fn what_was_never_seen_is_missing() {
        let columns =
            Columns::new(vec![column("a", words(&["x", "y", "z"])), column("b", ColumnKind::Number)])
                .unwrap();
        assert_eq!(columns.origin(), [0, 0, 0, 1]);
        let encoded = |cells: &[Option<&'static str>]| {
            let mut row = Vec::new();
            columns.encode(cells.iter().copied(), &mut row);
            row
        };
        assert_eq!(encoded(&[Some("y"), Some("-2.5")]), [0.0, 1.0, 0.0, -2.5]);
        for cells in [[Some("w"), Some("many")].as_slice(), &[None, Some("inf")], &[None], &[]] {
            assert!(encoded(cells).iter().all(|value| value.is_nan()), "{cells:?}");
        }
    }

    #[test]
    fn columns_that_contradict_each_other_are_refused() {
        let number = |name: &str| column(name, ColumnKind::Number);
        assert!(Columns::new(vec![]).is_err());
        assert!(Columns::new(vec![number("a"), number("a")]).is_err());
        assert!(Columns::new(vec![column("a", words(&["x"]))]).is_err());
        assert!(Columns::new(vec![column("a", words(&["x", "y", "x"]))]).is_err());
        assert!(serde_json::from_str::<Columns>(r#"[{"name":"a","kind":"number"}]"#).is_ok());
        assert!(serde_json::from_str::<Columns>(r#"[{"name":"a","kind":{"category":["x"]}}]"#).is_err());
    }
}
