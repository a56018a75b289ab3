//! Rows of a Parquet file as text, for the rejects file.

use std::cell::OnceCell;

use arrow_array::RecordBatch;
use arrow_cast::display::{ArrayFormatter, FormatOptions};

/// The rows of a batch as text; what prints a column is made once, for the first row that asks.
pub(crate) struct Shown<'a> {
    batch: &'a RecordBatch,
    columns: OnceCell<Vec<(&'a str, Option<ArrayFormatter<'a>>)>>,
}

/// How values are printed.
const PRINTED: FormatOptions<'static> = FormatOptions::new().with_null("");

impl<'a> Shown<'a> {
    pub(crate) const fn new(batch: &'a RecordBatch) -> Self {
        Self { batch, columns: OnceCell::new() }
    }

    /// The needed columns of a row.
    pub(crate) fn row(&self, row: usize) -> String {
        let made = || {
            let fields = self.batch.schema_ref().fields().iter();
            let columns = fields.zip(self.batch.columns());
            columns
                .map(|(field, one)| (field.name().as_str(), ArrayFormatter::try_new(one, &PRINTED).ok()))
                .collect()
        };
        let mut text = String::new();
        for (place, (name, printer)) in self.columns.get_or_init(made).iter().enumerate() {
            text.push_str(if place > 0 { ", " } else { "" });
            text.push_str(name);
            text.push('=');
            if let Some(printer) = printer {
                let before = text.len();
                if printer.value(row).write(&mut text).is_err() {
                    text.truncate(before);
                }
            }
        }
        text
    }
}
