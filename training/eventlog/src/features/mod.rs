//! From the event log to a table of features: one row for each customer and as-of.
//!
//! The log is read once, bucket by bucket on all cores. A bucket's customers are folded one after the other
//! ([`snapshots`](tenure_behaviour::fold::snapshots)), all as-ofs in the same pass, and its rows are encoded where
//! they were made; the pieces go to the file in the order of the buckets, so the same log gives the same bytes.

mod columns;
mod in_order;
mod output;
mod population;
mod table;

use std::fmt;
use std::path::Path;

use serde::Serialize;
use tenure_behaviour::expression::{Body, Definition, Type};
use tenure_behaviour::fold::{Program, Settings};
use tenure_core::AsOf;

use crate::EventLogError;
use crate::log::{Column, Columns, EventLog, SymbolTable};
pub(crate) use in_order::in_order;
pub(crate) use output::{Encoder, Piece, TableFile};
pub use population::Population;
use table::Table;

/// What is asked of a log.
#[derive(Clone, Debug)]
pub struct FeatureQuery<'a> {
    /// The columns, by name.
    pub definitions: &'a [Definition],
    /// Currency and zone of the log.
    pub settings: Settings,
    /// When; rising, without doubles.
    pub as_ofs: &'a [AsOf],
}

/// What was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FeatureSummary {
    /// Rows: one for each customer known before each as-of.
    pub rows: u64,
    /// Feature columns, besides `customer_id` and `as_of`.
    pub features: usize,
    /// The as-ofs.
    pub as_ofs: Vec<String>,
}

impl fmt::Display for FeatureSummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { rows, features, as_ofs } = self;
        write!(f, "{rows} rows of {features} features as of {}", as_ofs.join(", "))
    }
}

/// Writes the features of every customer with an event known before an as-of, as Parquet or CSV by the name of `out`.
///
/// Columns: `customer_id`, `as_of`, then the definitions. Counts are whole numbers, conditions are booleans, names are
/// text, all else is a float; what is missing is null, or empty in CSV. The file appears whole or not at all.
/// Percentiles and RFM scores are those of the shop's customers at each as-of; where they are asked for the log is
/// read twice. `progress` is told how many events have been read.
///
/// # Errors
/// When a definition cannot be compiled, the log cannot be read, or the file cannot be written.
pub fn write_features(
    log: &EventLog,
    query: &FeatureQuery<'_>,
    out: &Path,
    progress: &(dyn Fn(u64) + Sync),
) -> Result<FeatureSummary, EventLogError> {
    let is_reserved = |definition: &&Definition| ["customer_id", "as_of"].contains(&&*definition.name);
    if let Some(definition) = query.definitions.iter().find(is_reserved) {
        return Err(EventLogError::ReservedName { name: definition.name.to_string() });
    }
    let program = Program::compile(query.definitions, &query.settings)?;
    if program.reads_predictions() {
        return Err(EventLogError::NoModel);
    }
    let populations = if program.needs_population() {
        Population::of_each(log, &program, &query.settings, query.as_ofs, progress)?
    } else {
        Vec::new()
    };
    let columns = columns_of(&program);
    let reader = log.reader(columns)?;
    let is_text = |definition: &Definition| matches!(&definition.body, Body::Value(value) if value.measures() == Type::Text);
    let has_text = query.definitions.iter().any(is_text);
    let names = if has_text { log.symbols(columns)? } else { SymbolTable::default() };
    let (mut file, encoder) = TableFile::create(out, columns::schema(query.definitions))?;
    in_order(
        reader.buckets(),
        |bucket| {
            let mut table = Table::new(query, &program, &populations, &encoder, &names);
            reader.scan(bucket, &mut |customer, facts| table.add(customer, facts), progress)?;
            table.finish()
        },
        |pieces| file.append(pieces),
    )?;
    let as_ofs = query.as_ofs.iter().map(ToString::to_string).collect();
    Ok(FeatureSummary { rows: file.finish()?, features: query.definitions.len(), as_ofs })
}

/// The columns of a log that a program reads.
#[must_use]
pub fn columns_of(program: &Program) -> Columns {
    let reads = program.columns();
    [
        (reads.amount, Column::Amount),
        (reads.discount, Column::Discount),
        (reads.duration, Column::Duration),
        (reads.quantity, Column::Quantity),
        (reads.rating, Column::Rating),
        (reads.order_id, Column::OrderId),
        (reads.product, Column::Product),
        (reads.category, Column::Category),
        (reads.channel, Column::Channel),
        (reads.campaign, Column::Campaign),
        (reads.device, Column::Device),
        (reads.country, Column::Country),
    ]
    .into_iter()
    .filter_map(|(is_read, column)| is_read.then_some(column))
    .collect()
}
