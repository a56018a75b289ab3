//! Which columns of a table can be learned from, and what they are.

use std::collections::BTreeMap;

use tenure_behaviour::language::sensitive_subject;
use tenure_predict::{Column, ColumnKind, Columns};

use super::raw::refuse;
use super::{RawTable, TableRecipe};
use crate::LearnError;
use crate::counted::counted;

/// The most words of a choice; rarer ones count as missing.
const MOST_LEVELS: usize = 40;

/// A word that fewer rows say tells nothing that can be learned.
const LEAST_ROWS: usize = 5;

/// Words that mean that it happened.
const YES: [&str; 12] =
    ["yes", "y", "true", "t", "1", "churn", "churned", "left", "cancelled", "canceled", "exited", "是"];

/// What is asked of each row: whether its cell in `column` is `positive`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Question {
    pub(super) column: usize,
    pub(super) positive: String,
    /// The rows that answer, in order.
    pub(super) rows: Vec<usize>,
}

impl Question {
    /// Finds the target and the two words in it.
    pub(super) fn new(table: &RawTable, recipe: &TableRecipe) -> Result<Self, LearnError> {
        let column = table.column(&recipe.target)?;
        let rows: Vec<usize> = (0..table.rows()).filter(|row| table.cell(*row, column).is_some()).collect();
        let counts = counts(table, column, &rows);
        let words: Vec<&str> = counts.keys().copied().collect();
        let [one, other] = words[..] else {
            let some = words.iter().take(5).copied().collect::<Vec<_>>().join(", ");
            return Err(refuse(format!(
                "the target {:?} has {} different values ({some}): it must have two",
                recipe.target,
                words.len()
            )));
        };
        let says_yes = |word: &str| YES.contains(&word.to_lowercase().as_str());
        let positive = match &recipe.positive {
            Some(word) if words.contains(&word.as_str()) => word.clone(),
            Some(word) => {
                let name = &recipe.target;
                return Err(refuse(format!(
                    "the target {name:?} never says {word:?}: it says {one:?} or {other:?}"
                )));
            }
            None if says_yes(one) != says_yes(other) => if says_yes(one) { one } else { other }.to_owned(),
            None => {
                let name = &recipe.target;
                return Err(refuse(format!(
                    "which value of {name:?} means that a customer left? Say --positive {one} or --positive {other}"
                )));
            }
        };
        Ok(Self { column, positive, rows })
    }

    /// 1 where a row says it happened.
    pub(super) fn label(&self, table: &RawTable, row: usize) -> f32 {
        f32::from(table.cell(row, self.column) == Some(self.positive.as_str()))
    }
}

/// Looks at all columns and says of each that is left out why.
pub(super) fn find(
    table: &RawTable,
    recipe: &TableRecipe,
    rows: &[usize],
) -> Result<(Columns, Vec<String>), LearnError> {
    for name in recipe.without.iter().chain(&recipe.id) {
        table.column(name)?;
    }
    let (mut columns, mut notes) = (Vec::new(), Vec::new());
    for (at, name) in table.header().iter().enumerate() {
        if *name == recipe.target || recipe.id.as_ref() == Some(name) || recipe.without.contains(name) {
            continue;
        }
        if let Some(subject) = sensitive_subject(name) {
            notes.push(format!("column {name} is not learned from: it speaks of {subject}"));
            continue;
        }
        match kind(table, at, rows) {
            Ok((kind, note)) => {
                notes.extend(note.map(|note| format!("column {name}: {note}")));
                columns.push(Column { name: name.clone(), kind });
            }
            Err(why) => notes.push(format!("column {name} is left out: {why}")),
        }
    }
    if columns.is_empty() {
        return Err(refuse(format!("there is no column to learn from: {}", notes.join("; "))));
    }
    Ok((Columns::new(columns)?, notes))
}

/// What the cells of a column are, with a remark, or why they say nothing.
fn kind(table: &RawTable, column: usize, rows: &[usize]) -> Result<(ColumnKind, Option<String>), String> {
    let counts = counts(table, column, rows);
    let filled: usize = counts.values().sum();
    let blank = rows.len() - filled;
    let blanks = (blank > 0)
        .then(|| format!("blank in {} of {}, which is taken for missing", blank, counted(rows.len(), "row")));
    if counts.len() < 2 {
        return Err(match counts.keys().next() {
            Some(word) => format!("every row says {word:?}"),
            None => "every row is blank".to_owned(),
        });
    }
    let is_number = |word: &str| word.parse::<f32>().is_ok_and(f32::is_finite);
    let numbers: usize = counts.iter().filter(|(word, _)| is_number(word)).map(|(_, count)| count).sum();
    let all_differ = counts.len() == filled && filled > 20;
    if numbers * 100 >= filled * 99 {
        let whole = |word: &&&str| word.parse::<f64>().is_ok_and(|number| number.fract() == 0.0);
        if all_differ && counts.keys().filter(whole).count() == filled {
            return Err("every row has a whole number of its own, as ids have".to_owned());
        }
        let odd = filled - numbers;
        let odd =
            (odd > 0).then(|| format!("no number in {}, which is taken for missing", counted(odd, "row")));
        return Ok((ColumnKind::Number, odd.or(blanks)));
    }
    if counts.len() * 2 > filled && filled > 20 {
        return Err(format!("{} different words in {filled} rows, as ids and free text have", counts.len()));
    }
    let mut levels: Vec<(&str, usize)> =
        counts.into_iter().filter(|(_, count)| *count >= LEAST_ROWS).collect();
    levels.sort_by(|(a, x), (b, y)| y.cmp(x).then(a.cmp(b)));
    levels.truncate(MOST_LEVELS);
    let kept: usize = levels.iter().map(|(_, count)| count).sum();
    let mut words: Vec<String> = levels.into_iter().map(|(word, _)| word.to_owned()).collect();
    words.sort_unstable();
    if words.len() < 2 {
        return Err(format!("no two words in it are said by {LEAST_ROWS} rows each"));
    }
    let rare = (kept < filled)
        .then(|| format!("a rare word in {}, which is taken for missing", counted(filled - kept, "row")));
    Ok((ColumnKind::Category(words), rare.or(blanks)))
}

fn counts<'a>(table: &'a RawTable, column: usize, rows: &[usize]) -> BTreeMap<&'a str, usize> {
    let mut counts = BTreeMap::new();
    for word in rows.iter().filter_map(|row| table.cell(*row, column)) {
        *counts.entry(word).or_insert(0) += 1;
    }
    counts
}
