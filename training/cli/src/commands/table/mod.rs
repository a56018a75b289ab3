//! Flat tables: `tenure train --table`, `tenure score --table`, `tenure evaluate --table`.

#![expect(clippy::doc_markdown, reason = "these comments are the help that people read")]

pub(crate) mod evaluate;
pub(crate) mod score;
pub(crate) mod train;
pub(crate) mod tuning;

use std::path::{Path, PathBuf};

use anyhow::{Context, Error};
use clap::Args;
use tenure_eventlog::delimiter_of;
use tenure_learn::learners::Params;
use tenure_learn::table::{RawTable, TableRecipe};

use crate::inputs;
use crate::orders::Unusable;

/// Which column says what in a table that is learned from.
#[derive(Clone, Debug, Args)]
pub(crate) struct TableArgs {
    /// Flat table instead of orders: CSV with a header, one row a customer. Blank cells are missing values.
    #[arg(long, value_name = "FILE")]
    pub(crate) table: PathBuf,
    /// Column that says who left; it has two values.
    #[arg(long, value_name = "COLUMN")]
    pub(crate) target: String,
    /// The value of --target that means that a customer left [default: the one that means yes].
    #[arg(long, value_name = "VALUE")]
    positive: Option<String>,
    /// Column of customer ids: written with the scores, and not learned from.
    #[arg(long, value_name = "COLUMN")]
    id: Option<String>,
    /// Columns not to learn from, parted by commas.
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',')]
    without: Vec<String>,
    /// Settings of the boosted trees, as --tune notes them: such as rounds=250,eta=0.04,depth=3.
    #[arg(long, value_name = "SETTINGS")]
    params: Option<Params>,
}

impl TableArgs {
    pub(crate) fn recipe(&self) -> TableRecipe {
        let recipe = TableRecipe::new(&self.target);
        TableRecipe {
            positive: self.positive.clone(),
            id: self.id.clone(),
            without: self.without.clone(),
            boosted: self
                .params
                .as_ref()
                .map_or_else(|| recipe.boosted.clone(), |one| one.on(&recipe.boosted)),
            ..recipe
        }
    }
}

/// Reads a table whole.
pub(crate) fn read(path: &Path) -> Result<RawTable, Error> {
    let unusable = |error: csv::Error| Unusable::new(format!("cannot read {}: {error}", path.display()));
    inputs::table(path)?;
    let text = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    // Excel writes a mark before the header.
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&text);
    let mut reader = csv::ReaderBuilder::new().flexible(true).delimiter(delimiter_of(text)).from_reader(text);
    let record = |record: &csv::StringRecord| record.iter().map(str::to_owned).collect::<Vec<_>>();
    let header = record(reader.headers().map_err(unusable)?);
    let rows: Result<Vec<_>, csv::Error> = reader.records().map(|row| Ok(record(&row?))).collect();
    Ok(RawTable::new(header, rows.map_err(unusable)?)?)
}
