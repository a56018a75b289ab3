//! A table as text.

use std::collections::BTreeSet;

use tenure_predict::cell;

use crate::LearnError;

/// A flat table as text: a header and rows of as many cells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawTable {
    header: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl RawTable {
    /// A table.
    ///
    /// # Errors
    /// [`LearnError::Table`] when there is no row, two columns have one name, or a row has not as many cells as the
    /// header.
    pub fn new(header: Vec<String>, rows: Vec<Vec<String>>) -> Result<Self, LearnError> {
        let mut names = BTreeSet::new();
        if let Some(twice) = header.iter().find(|name| !names.insert(name.as_str())) {
            return Err(refuse(format!("two columns are called {twice:?}: rename one")));
        }
        if let Some(at) = rows.iter().position(|row| row.len() != header.len()) {
            let found = rows[at].len();
            return Err(refuse(format!("row {} has {found} cells, the header {}", at + 1, header.len())));
        }
        if rows.is_empty() {
            return Err(refuse("the table has no rows"));
        }
        Ok(Self { header, rows })
    }

    /// Names of the columns.
    #[must_use]
    pub fn header(&self) -> &[String] {
        &self.header
    }

    /// How many rows there are.
    #[must_use]
    pub const fn rows(&self) -> usize {
        self.rows.len()
    }

    /// What a cell says; `None` where it holds nothing or is not there.
    #[must_use]
    pub fn cell(&self, row: usize, column: usize) -> Option<&str> {
        cell(self.rows.get(row)?.get(column)?)
    }

    /// All cells with their lengths before them, so that no two tables read the same.
    pub(super) fn canonical(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for row in std::iter::once(&self.header).chain(&self.rows) {
            for cell in row {
                bytes.extend((cell.len() as u64).to_le_bytes());
                bytes.extend(cell.as_bytes());
            }
        }
        bytes
    }

    /// Where a column is.
    ///
    /// # Errors
    /// [`LearnError::Table`] when there is none of that name.
    pub fn column(&self, name: &str) -> Result<usize, LearnError> {
        let found = self.header.iter().position(|column| column == name);
        found.ok_or_else(|| {
            refuse(format!("there is no column {name:?}; there are {}", self.header.join(", ")))
        })
    }
}

pub(super) fn refuse(problem: impl Into<String>) -> LearnError {
    LearnError::Table { problem: problem.into() }
}
