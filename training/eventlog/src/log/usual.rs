//! What of a batch can be converted by column, and which rows cannot.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use arrow_array::builder::{Int64Builder, StringBuilder, UInt32Builder};
use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_array::{Array, ArrayRef, Int64Array, RecordBatch, StringArray, UInt32Array};
use arrow_cast::cast;
use arrow_schema::DataType;
use tenure_core::{CustomerId, EventKind, Timestamp};

use super::columns::Column as LogColumn;
use super::kinds::Kinds;
use super::staged::Staged;
use crate::amount::whole;
use crate::convert::{Cell, Cells, Converter};
use crate::import::Import;
use crate::meaning::Meaning;
use crate::parquet_column::{Column, ColumnReader, UnitUs};
use crate::parquet_source::{Layout, arrow};
use crate::{EventLogError, Field};

/// A batch whose usual rows are converted. Slow rows have some value or other in it.
pub(crate) struct Usual {
    pub(crate) staged: Staged,
    pub(crate) is_slow: Vec<bool>,
    /// The order ids of the rows, where the file has them.
    pub(crate) order_ids: Option<StringArray>,
    /// The word of each row, by its place in [`Words`].
    words: Vec<u32>,
}

/// What the words of a kind column mean, looked up once for each word.
#[derive(Debug, Default)]
pub(crate) struct Words {
    known: HashMap<Box<str>, u32>,
    meanings: Vec<Word>,
}

#[derive(Clone, Debug)]
struct Word {
    /// The kind of a usual row with this word; `None` where rows with it are never usual.
    kind: Option<(EventKind, u32)>,
}

impl Words {
    fn place(
        &mut self,
        word: &str,
        converter: &Converter,
        kinds: &mut Kinds,
        path: &Path,
    ) -> Result<u32, EventLogError> {
        if let Some(place) = self.known.get(word) {
            return Ok(*place);
        }
        let kind = match converter.meaning(word) {
            Ok(Meaning::Order) => Some(EventKind::Order),
            Ok(Meaning::Refund) => Some(EventKind::Refund),
            Ok(Meaning::Other(kind)) => Some(kind),
            Ok(Meaning::Undone) | Err(_) => None,
        };
        let kind = match kind {
            Some(kind) => {
                let id = kinds.id(kind.as_str(), path)?;
                Some((kind, id))
            }
            None => None,
        };
        // Words of one meaning share a place, so that there are no more places than kinds.
        let id = |kind: &Option<(EventKind, u32)>| kind.as_ref().map(|(_, id)| *id);
        let place = match self.meanings.iter().position(|word| id(&word.kind) == id(&kind)) {
            Some(place) => place as u32,
            None => {
                self.meanings.push(Word { kind });
                self.meanings.len() as u32 - 1
            }
        };
        // A column of a million different words, few of them kinds, is not kept in memory.
        if self.known.len() < super::kinds::MAX_KINDS {
            self.known.insert(word.into(), place);
        }
        Ok(place)
    }
}

impl Usual {
    pub(crate) fn of(
        batch: &RecordBatch,
        layout: &Layout,
        is_utc: bool,
        import: &mut Import<'_>,
        (words, kinds, path): (&mut Words, &mut Kinds, &Path),
    ) -> Result<Self, EventLogError> {
        let mut is_slow = vec![false; batch.num_rows()];
        let source = Batch { batch, path };
        let customers = source.customers(layout.customer_id, &mut is_slow)?;
        let converter = &mut import.converter;
        let times = source.times(layout.occurred_at, is_utc, converter, &mut is_slow)?;
        let word_of_row = source.words(layout.kind, words, kinds, converter)?;
        let amounts = source.amounts(layout, converter, &mut is_slow)?;
        source.check_currency(layout.currency, &amounts, converter, &mut is_slow)?;
        let kinds_of_rows = usual_kinds(&word_of_row, words, &amounts, &mut is_slow);
        let order_ids = layout.order_id.map(|place| source.texts(place)).transpose()?;
        if let Some(orders) = &order_ids {
            mark_repeats(orders, import.last_order(), &mut is_slow);
        }
        let converter = &mut import.converter;
        let mut others: Vec<(LogColumn, ArrayRef)> = vec![(LogColumn::Amount, Arc::new(amounts))];
        for (field, place) in Field::ATTRIBUTES.into_iter().zip(&layout.attributes) {
            let Some(place) = *place else { continue };
            let array = if field == Field::IngestedAt {
                source.ingested(place, &times, is_utc, converter, &mut is_slow)?
            } else {
                source.attribute(field, place, converter, &is_slow)?
            };
            others.push((log_column(field), array));
        }
        if let Some(orders) = &order_ids {
            others.push((LogColumn::OrderId, names(orders, Field::EventId, converter, &is_slow)));
        }
        let fixed: [ArrayRef; 3] = [Arc::new(customers), Arc::new(kinds_of_rows), Arc::new(times)];
        let staged = Staged::new(fixed, others).map_err(|error| arrow(path, error))?;
        Ok(Self { staged, is_slow, order_ids, words: word_of_row })
    }

    /// How many usual rows there are of each kind.
    pub(crate) fn counts(&self, words: &Words) -> Vec<(EventKind, u64)> {
        let mut counts = vec![0_u64; words.meanings.len()];
        for (word, _) in self.words.iter().zip(&self.is_slow).filter(|(_, slow)| !**slow) {
            counts[*word as usize] += 1;
        }
        let counted = words.meanings.iter().zip(counts).filter(|(_, count)| *count > 0);
        counted.filter_map(|(word, count)| Some((word.kind.as_ref()?.0.clone(), count))).collect()
    }

    /// The first and the last instant of usual rows.
    pub(crate) fn span(&self) -> Option<(Timestamp, Timestamp)> {
        let times = self.staged.times().values().iter().zip(&self.is_slow);
        let usual = || times.clone().filter(|(_, slow)| !**slow).map(|(time, _)| *time);
        let ends = (usual().min()?, usual().max()?);
        Some((Timestamp::from_microseconds(ends.0).ok()?, Timestamp::from_microseconds(ends.1).ok()?))
    }
}

type Place = (usize, ColumnReader);

struct Batch<'a> {
    batch: &'a RecordBatch,
    path: &'a Path,
}

impl Batch<'_> {
    fn read(&self, (position, reader): Place) -> Result<Column, EventLogError> {
        reader.read(self.batch.column(position)).map_err(|error| arrow(self.path, error))
    }

    fn texts(&self, place: Place) -> Result<StringArray, EventLogError> {
        let column = self.read(place)?;
        let nulls = || StringArray::new_null(self.batch.num_rows());
        Ok(if let Column::Text(texts) = column { texts } else { nulls() })
    }

    fn customers(&self, place: Place, is_slow: &mut [bool]) -> Result<StringArray, EventLogError> {
        let array = self.batch.column(place.0);
        if array.data_type().is_integer() && *array.data_type() != DataType::UInt64 {
            let numbers = cast(array, &DataType::Int64).map_err(|error| arrow(self.path, error))?;
            return Ok(written(numbers.as_primitive::<Int64Type>(), is_slow));
        }
        let texts = self.texts(place)?;
        for (row, slow) in is_slow.iter_mut().enumerate() {
            // Printable ASCII without blanks is as it should be; the rest is looked at one by one.
            let is_usual = |id: &str| {
                (1..=CustomerId::MAX_BYTES).contains(&id.len())
                    && id.bytes().all(|byte| byte.is_ascii_graphic())
            };
            *slow |= texts.is_null(row) || !is_usual(texts.value(row));
        }
        Ok(without_nulls(texts))
    }

    fn times(
        &self,
        place: Place,
        is_utc: bool,
        converter: &Converter,
        is_slow: &mut [bool],
    ) -> Result<Int64Array, EventLogError> {
        let column = self.read(place)?;
        if let Column::Times { counts, unit_us, is_instant } = &column
            && (is_utc || *is_instant)
        {
            return Ok(instants(counts, *unit_us, converter.now(), is_slow));
        }
        let read = |(row, slow): (usize, &mut bool)| match converter.instant(column.cell(row)) {
            Ok(instant) => instant.microseconds(),
            Err(_) => {
                *slow = true;
                0
            }
        };
        Ok(Int64Array::from_iter_values(is_slow.iter_mut().enumerate().map(read)))
    }

    /// Null where the event was known at once.
    fn ingested(
        &self,
        place: Place,
        occurred: &Int64Array,
        is_utc: bool,
        converter: &Converter,
        is_slow: &mut [bool],
    ) -> Result<ArrayRef, EventLogError> {
        let column = self.read(place)?;
        let mut builder = Int64Builder::with_capacity(is_slow.len());
        for (row, slow) in is_slow.iter_mut().enumerate() {
            let at = match (column.cell(row), is_utc) {
                (Cell::Missing, _) => None,
                (cell, _) => match converter.instant(cell) {
                    Ok(instant) => Some(instant.microseconds()).filter(|at| *at != occurred.value(row)),
                    Err(_) => {
                        *slow = true;
                        None
                    }
                },
            };
            builder.append_option(at);
        }
        Ok(Arc::new(builder.finish()))
    }

    /// The word of each row, by its place.
    fn words(
        &self,
        place: Option<Place>,
        words: &mut Words,
        kinds: &mut Kinds,
        converter: &Converter,
    ) -> Result<Vec<u32>, EventLogError> {
        let rows = self.batch.num_rows();
        let mut place_of = |word: &str| words.place(word, converter, kinds, self.path);
        let Some(place) = place else { return Ok(vec![place_of("")?; rows]) };
        let array = self.batch.column(place.0);
        let Some(dictionary) = array.as_any_dictionary_opt().filter(|found| !found.values().is_empty())
        else {
            let texts = self.texts(place)?;
            return (0..rows)
                .map(|row| place_of(if texts.is_null(row) { "" } else { texts.value(row) }))
                .collect();
        };
        let names = place.1.read(dictionary.values()).map_err(|error| arrow(self.path, error))?;
        let places = (0..dictionary.values().len())
            .map(|key| place_of(names.cell(key).as_text().unwrap_or("")))
            .collect::<Result<Vec<u32>, _>>()?;
        let empty = place_of("")?;
        let keys = dictionary.normalized_keys();
        let keys = keys.into_iter().enumerate();
        Ok(keys.map(|(row, key)| if array.is_null(row) { empty } else { places[key] }).collect())
    }

    fn amounts(
        &self,
        layout: &Layout,
        converter: &mut Converter,
        is_slow: &mut [bool],
    ) -> Result<Int64Array, EventLogError> {
        let Some(place) = layout.amount else { return Ok(Int64Array::new_null(is_slow.len())) };
        let column = self.read(place)?;
        let factor = layout.factor.map(|place| self.read(place)).transpose()?;
        let scale = 10_f64.powi(converter.currency().minor_digits() as i32);
        let mut builder = Int64Builder::with_capacity(is_slow.len());
        for (row, slow) in is_slow.iter_mut().enumerate() {
            let quick = match (&column, &factor) {
                (Column::Floats(values), None) if values.is_valid(row) => whole(values.value(row), scale),
                (Column::Integers(values), None) if values.is_valid(row) && converter.is_minor() => {
                    Some(values.value(row))
                }
                _ => None,
            };
            if quick.is_some() {
                builder.append_option(quick);
                continue;
            }
            let factor = factor.as_ref().map(|factor| factor.cell(row));
            let cells = Cells { amount: column.cell(row), factor, ..NO_CELLS };
            match converter.amount(&cells) {
                Ok(amount) => builder.append_option(amount.map(|amount| amount.minor_units())),
                Err(_) => {
                    *slow = true;
                    builder.append_null();
                }
            }
        }
        Ok(builder.finish())
    }

    /// An amount in another currency, or in none, is for the slow way to judge.
    fn check_currency(
        &self,
        place: Option<Place>,
        amounts: &Int64Array,
        converter: &Converter,
        is_slow: &mut [bool],
    ) -> Result<(), EventLogError> {
        let Some(place) = place else { return Ok(()) };
        let texts = self.texts(place)?;
        let code = converter.currency();
        for (row, slow) in is_slow.iter_mut().enumerate() {
            let is_ours = texts.is_valid(row) && texts.value(row).trim().eq_ignore_ascii_case(code.code());
            *slow |= amounts.is_valid(row) && !is_ours;
        }
        Ok(())
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "all other attributes are names")]
    fn attribute(
        &self,
        field: Field,
        place: Place,
        converter: &mut Converter,
        is_slow: &[bool],
    ) -> Result<ArrayRef, EventLogError> {
        let column = self.read(place)?;
        let cells = is_slow
            .iter()
            .enumerate()
            .map(|(row, slow)| if *slow { Cell::Missing } else { column.cell(row) });
        Ok(match field {
            Field::Quantity | Field::Rating => {
                let mut builder = UInt32Builder::with_capacity(is_slow.len());
                cells.for_each(|cell| builder.append_option(converter.count(field, cell)));
                Arc::new(builder.finish())
            }
            Field::Discount => {
                let read = |cell| converter.attribute(field, cell, Converter::discount);
                Arc::new(
                    cells
                        .map(read)
                        .map(|money| money.map(|money| money.minor_units()))
                        .collect::<Int64Array>(),
                )
            }
            Field::Duration => {
                let read = |cell| converter.attribute(field, cell, Converter::duration);
                Arc::new(
                    cells
                        .map(read)
                        .map(|length| length.map(|length| length.microseconds()))
                        .collect::<Int64Array>(),
                )
            }
            _ => {
                let nulls = || StringArray::new_null(is_slow.len());
                let texts = if let Column::Text(texts) = &column { texts } else { &nulls() };
                names(texts, field, converter, is_slow)
            }
        })
    }
}

const NO_CELLS: Cells<'static> = Cells {
    customer_id: Cell::Missing,
    occurred_at: Cell::Missing,
    amount: Cell::Missing,
    factor: None,
    kind: Cell::Missing,
    order_id: Cell::Missing,
    currency: None,
    attributes: [Cell::Missing; Field::ATTRIBUTES.len()],
};

/// Numbers as the text of their digits.
fn written(numbers: &Int64Array, is_slow: &mut [bool]) -> StringArray {
    let mut builder = StringBuilder::with_capacity(numbers.len(), numbers.len() * 8);
    let mut digits = itoa::Buffer::new();
    for (row, slow) in is_slow.iter_mut().enumerate() {
        *slow |= numbers.is_null(row);
        builder.append_value(digits.format(numbers.value(row)));
    }
    builder.finish()
}

fn without_nulls(texts: StringArray) -> StringArray {
    let (offsets, values, _) = texts.into_parts();
    StringArray::new(offsets, values, None)
}

fn instants(counts: &Int64Array, unit_us: UnitUs, now: Timestamp, is_slow: &mut [bool]) -> Int64Array {
    // The present lies within the range of timestamps, and this is its other end.
    const EARLIEST_US: i64 = -377_705_023_201_000_000;
    let read = |(row, slow): (usize, &mut bool)| {
        let count = counts.value(row);
        let us = match unit_us {
            UnitUs::Times(factor) => count.saturating_mul(factor),
            UnitUs::Thousandth => count.div_euclid(1_000),
        };
        let is_usual = counts.is_valid(row) && (EARLIEST_US..=now.microseconds()).contains(&us);
        *slow |= !is_usual;
        if is_usual { us } else { 0 }
    };
    Int64Array::from_iter_values(is_slow.iter_mut().enumerate().map(read))
}

/// The kind of each row, and which rows are not what rows of their kind usually are.
fn usual_kinds(words: &[u32], known: &Words, amounts: &Int64Array, is_slow: &mut [bool]) -> UInt32Array {
    let rows = words.iter().zip(is_slow.iter_mut()).enumerate();
    let kinds = rows.map(|(row, (word, slow))| {
        let Some((kind, id)) = known.meanings.get(*word as usize).and_then(|word| word.kind.as_ref()) else {
            *slow = true;
            return 0;
        };
        let amount = amounts.is_valid(row).then(|| amounts.value(row));
        *slow |= *kind == EventKind::Order && amount.is_none_or(|amount| amount < 0)
            || *kind == EventKind::Refund && amount.is_none_or(|amount| amount >= 0);
        *id
    });
    UInt32Array::from_iter_values(kinds)
}

/// Rows that repeat the order id of the row before may be further lines of one order.
fn mark_repeats(orders: &StringArray, last: &str, is_slow: &mut [bool]) {
    let mut before = last;
    for (row, slow) in is_slow.iter_mut().enumerate() {
        let order = if orders.is_valid(row) { orders.value(row).trim() } else { "" };
        *slow |= !order.is_empty() && order == before;
        before = order;
    }
}

fn names(texts: &StringArray, field: Field, converter: &mut Converter, is_slow: &[bool]) -> ArrayRef {
    let mut builder = StringBuilder::with_capacity(texts.len(), texts.values().len());
    for (row, slow) in is_slow.iter().enumerate() {
        let cell = if *slow || texts.is_null(row) {
            Cell::Missing
        } else {
            Cell::from_bytes(texts.value(row).as_bytes())
        };
        converter.attribute(field, cell, |_, cell| Converter::name_of(cell).map(str::len));
        builder.append_option(Converter::name_of(cell));
    }
    Arc::new(builder.finish())
}

#[expect(clippy::wildcard_enum_match_arm, reason = "only attributes come here")]
fn log_column(field: Field) -> LogColumn {
    match field {
        Field::IngestedAt => LogColumn::IngestedAt,
        Field::EventId => LogColumn::EventId,
        Field::Quantity => LogColumn::Quantity,
        Field::Rating => LogColumn::Rating,
        Field::Discount => LogColumn::Discount,
        Field::Duration => LogColumn::Duration,
        Field::Product => LogColumn::Product,
        Field::Category => LogColumn::Category,
        Field::Channel => LogColumn::Channel,
        Field::Campaign => LogColumn::Campaign,
        Field::Device => LogColumn::Device,
        _ => LogColumn::Country,
    }
}
