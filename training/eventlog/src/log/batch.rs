//! A batch of rows of a run, decoded as far as facts need it.

use std::path::Path;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Int32Type, Int64Type, TimestampMicrosecondType, UInt32Type};
use arrow_array::{Array, ArrayRef, Int32Array, Int64Array, RecordBatch, StringArray, UInt32Array};
use tenure_behaviour::{Fact, Symbol};
use tenure_core::Timestamp;

use super::columns::{CUSTOMER_ID, Column, Columns, KIND, OCCURRED_AT};
use super::damaged;
use crate::EventLogError;

/// Symbols of the dictionary seen last, for each column: a row group has one dictionary and many batches.
#[derive(Debug, Default)]
pub(crate) struct Dictionaries([Option<(ArrayRef, Arc<Vec<Symbol>>)>; Column::ALL.len() + 1]);

impl Dictionaries {
    fn symbols(&mut self, place: usize, values: &ArrayRef) -> Arc<Vec<Symbol>> {
        match &self.0[place] {
            Some((known, symbols)) if Arc::ptr_eq(known, values) => Arc::clone(symbols),
            _ => {
                let texts = values.as_string::<i32>();
                let symbols = Arc::new(texts.iter().map(Symbol::maybe).collect::<Vec<_>>());
                self.0[place] = Some((Arc::clone(values), Arc::clone(&symbols)));
                symbols
            }
        }
    }
}

/// A column of names.
enum Names {
    Dictionary { keys: Int32Array, symbols: Arc<Vec<Symbol>> },
    Plain(StringArray),
}

impl Names {
    fn symbol(&self, row: usize) -> Symbol {
        match self {
            Self::Dictionary { keys, symbols } if keys.is_valid(row) => {
                symbols.get(keys.value(row) as usize).copied().unwrap_or(Symbol::NONE)
            }
            Self::Plain(texts) if texts.is_valid(row) => Symbol::of(texts.value(row)),
            Self::Dictionary { .. } | Self::Plain(_) => Symbol::NONE,
        }
    }
}

enum Values {
    Wide(Int64Array),
    Small(UInt32Array),
    Names(Names),
}

/// A decoded batch.
pub(crate) struct Batch {
    customer_keys: Int32Array,
    customers: StringArray,
    kind_keys: Int32Array,
    kinds: Arc<Vec<Symbol>>,
    times: Int64Array,
    others: Vec<(Column, Values)>,
}

impl Batch {
    pub(crate) fn new(
        batch: &RecordBatch,
        columns: Columns,
        dictionaries: &mut Dictionaries,
        path: &Path,
    ) -> Result<Self, EventLogError> {
        let column = |name: &str| {
            batch.column_by_name(name).ok_or_else(|| damaged(path, format!("it has no column {name}")))
        };
        let dictionary = |name: &str| {
            let array = column(name)?.as_dictionary_opt::<Int32Type>();
            let array = array.filter(|array| array.null_count() == 0);
            array.ok_or_else(|| damaged(path, format!("its column {name} has another type, or gaps")))
        };
        let customers = dictionary(CUSTOMER_ID)?;
        let kinds = dictionary(KIND)?;
        let mut others = Vec::new();
        for wanted in columns.iter() {
            let array = column(wanted.as_str())?;
            let values = decode(wanted, array, dictionaries)
                .ok_or_else(|| damaged(path, format!("its column {} has another type", wanted.as_str())))?;
            others.push((wanted, values));
        }
        Ok(Self {
            customer_keys: customers.keys().clone(),
            customers: customers.values().as_string::<i32>().clone(),
            kind_keys: kinds.keys().clone(),
            kinds: dictionaries.symbols(Column::ALL.len(), kinds.values()),
            times: wide(column(OCCURRED_AT)?).filter(|times| times.null_count() == 0).ok_or_else(|| {
                damaged(path, format!("its column {OCCURRED_AT} has another type, or gaps"))
            })?,
            others,
        })
    }

    pub(crate) fn rows(&self) -> usize {
        self.times.len()
    }

    /// The customer of a row.
    pub(crate) fn customer(&self, row: usize) -> &str {
        self.customers.value(self.customer_keys.value(row) as usize)
    }

    /// Where the rows of the customer of `start` end in this batch.
    pub(crate) fn end_of_customer(&self, start: usize) -> usize {
        let keys = &self.customer_keys.values()[start..];
        let rows = keys.first().map_or(0, |first| keys.iter().take_while(|key| *key == first).count());
        start + rows
    }

    /// Adds rows as facts.
    pub(crate) fn facts(
        &self,
        rows: std::ops::Range<usize>,
        facts: &mut Vec<Fact>,
        path: &Path,
    ) -> Result<(), EventLogError> {
        let before = facts.len();
        let kinds = &self.kind_keys.values()[rows.clone()];
        let times = &self.times.values()[rows.clone()];
        for (kind, time) in kinds.iter().zip(times) {
            let kind = self.kinds.get(*kind as usize).copied().unwrap_or(Symbol::NONE);
            facts.push(Fact::new(kind, timestamp(*time, path)?));
        }
        for (column, values) in &self.others {
            fill(*column, values, rows.start, &mut facts[before..], path)?;
        }
        Ok(())
    }
}

fn timestamp(time_us: i64, path: &Path) -> Result<Timestamp, EventLogError> {
    Timestamp::from_microseconds(time_us).map_err(|error| damaged(path, error.to_string()))
}

fn decode(column: Column, array: &ArrayRef, dictionaries: &mut Dictionaries) -> Option<Values> {
    if column.is_id() {
        return Some(Values::Names(Names::Plain(array.as_string_opt::<i32>()?.clone())));
    }
    if column.is_text() {
        let array = array.as_dictionary_opt::<Int32Type>()?;
        let symbols = dictionaries.symbols(column as usize, array.values());
        return Some(Values::Names(Names::Dictionary { keys: array.keys().clone(), symbols }));
    }
    if matches!(column, Column::Quantity | Column::Rating) {
        return Some(Values::Small(array.as_primitive_opt::<UInt32Type>()?.clone()));
    }
    Some(Values::Wide(wide(array)?))
}

/// Whole numbers of 64 bits, or times.
fn wide(array: &ArrayRef) -> Option<Int64Array> {
    if let Some(times) = array.as_primitive_opt::<TimestampMicrosecondType>() {
        return Some(times.reinterpret_cast());
    }
    array.as_primitive_opt::<Int64Type>().cloned()
}

/// Puts the values of a column from row `start` on into facts.
fn fill(
    column: Column,
    values: &Values,
    start: usize,
    facts: &mut [Fact],
    path: &Path,
) -> Result<(), EventLogError> {
    match values {
        Values::Wide(values) => {
            let value = |row: usize| values.is_valid(row).then(|| values.value(row));
            if column == Column::Amount {
                each(facts, start, |fact, row| fact.amount = value(row));
            } else if column == Column::Discount {
                each(facts, start, |fact, row| fact.discount = value(row));
            } else if column == Column::Duration {
                each(facts, start, |fact, row| fact.duration = value(row));
            } else {
                for (row, fact) in (start..).zip(facts) {
                    if let Some(time) = value(row) {
                        fact.ingested_at = timestamp(time, path)?;
                    }
                }
            }
        }
        Values::Small(values) => {
            let value = |row: usize| values.is_valid(row).then(|| values.value(row));
            each(facts, start, |fact, row| {
                let place = if column == Column::Quantity { &mut fact.quantity } else { &mut fact.rating };
                *place = value(row);
            });
        }
        Values::Names(names) => {
            each(facts, start, |fact, row| *place(fact, column) = names.symbol(row));
        }
    }
    Ok(())
}

fn each(facts: &mut [Fact], start: usize, mut put: impl FnMut(&mut Fact, usize)) {
    for (row, fact) in (start..).zip(facts) {
        put(fact, row);
    }
}

/// Where a fact has the names of a column.
#[expect(clippy::wildcard_enum_match_arm, reason = "columns of numbers do not come here")]
fn place(fact: &mut Fact, column: Column) -> &mut Symbol {
    match column {
        Column::EventId => &mut fact.event_id,
        Column::OrderId => &mut fact.order_id,
        Column::Product => &mut fact.product,
        Column::Category => &mut fact.category,
        Column::Channel => &mut fact.channel,
        Column::Campaign => &mut fact.campaign,
        Column::Device => &mut fact.device,
        _ => &mut fact.country,
    }
}
