//! Events between a source and a run: columns of plain values, a batch of rows at a time.

use std::sync::Arc;

use arrow_array::builder::{Int64Builder, StringBuilder, UInt32Builder};
use arrow_array::cast::AsArray;
use arrow_array::types::{Int64Type, UInt32Type};
use arrow_array::{Array, ArrayRef, Int64Array, RecordBatch, StringArray, UInt32Array, new_null_array};
use arrow_schema::{ArrowError, DataType, Field, Schema, SchemaRef};
use tenure_core::Event;

use super::columns::{CUSTOMER_ID, Column, Columns, KIND, OCCURRED_AT};

/// Columns that every staged batch begins with: customer, number of the kind, time.
pub(crate) const FIXED: usize = 3;

/// The schema of a staged batch.
pub(crate) fn schema(columns: Columns) -> SchemaRef {
    let mut fields = vec![
        Field::new(CUSTOMER_ID, DataType::Utf8, false),
        Field::new(KIND, DataType::UInt32, false),
        Field::new(OCCURRED_AT, DataType::Int64, false),
    ];
    fields.extend(columns.iter().map(|column| Field::new(column.as_str(), column.staged_type(), true)));
    Arc::new(Schema::new(fields))
}

/// A batch of events in the order in which they were read.
#[derive(Clone, Debug)]
pub(crate) struct Staged {
    pub(crate) batch: RecordBatch,
    pub(crate) columns: Columns,
}

impl Staged {
    /// A batch of these arrays; a column of nothing but nulls is left out.
    pub(crate) fn new(fixed: [ArrayRef; FIXED], others: Vec<(Column, ArrayRef)>) -> Result<Self, ArrowError> {
        let mut others: Vec<(Column, ArrayRef)> =
            others.into_iter().filter(|(_, array)| array.null_count() < array.len()).collect();
        others.sort_by_key(|(column, _)| *column);
        let columns = others.iter().map(|(column, _)| *column).collect();
        let arrays = fixed.into_iter().chain(others.into_iter().map(|(_, array)| array)).collect();
        Ok(Self { batch: RecordBatch::try_new(schema(columns), arrays)?, columns })
    }

    /// The columns of a batch that was written out and read back.
    pub(crate) fn of_batch(batch: RecordBatch) -> Self {
        let schema = batch.schema();
        let columns =
            Column::ALL.into_iter().filter(|column| schema.index_of(column.as_str()).is_ok()).collect();
        Self { batch, columns }
    }

    pub(crate) fn rows(&self) -> usize {
        self.batch.num_rows()
    }

    pub(crate) fn customers(&self) -> &StringArray {
        self.batch.column(0).as_string()
    }

    pub(crate) fn kinds(&self) -> &UInt32Array {
        self.batch.column(1).as_primitive::<UInt32Type>()
    }

    pub(crate) fn times(&self) -> &Int64Array {
        self.batch.column(2).as_primitive::<Int64Type>()
    }

    /// A column; nulls where the batch has none.
    pub(crate) fn column(&self, column: Column) -> ArrayRef {
        match self.batch.column_by_name(column.as_str()) {
            Some(array) => Arc::clone(array),
            None => new_null_array(&column.staged_type(), self.rows()),
        }
    }
}

/// Gathers events that come one at a time.
#[derive(Debug, Default)]
pub(crate) struct StagedBuilder {
    customer: StringBuilder,
    kind: Vec<u32>,
    occurred_at: Vec<i64>,
    wide: [Int64Builder; 4],
    small: [UInt32Builder; 2],
    texts: [StringBuilder; 8],
}

impl StagedBuilder {
    pub(crate) fn rows(&self) -> usize {
        self.kind.len()
    }

    pub(crate) fn push(&mut self, event: &Event, kind: u32) {
        let attributes = &event.attributes;
        self.customer.append_value(event.customer_id.as_str());
        self.kind.push(kind);
        self.occurred_at.push(event.occurred_at.microseconds());
        let ingested = (event.ingested_at != event.occurred_at).then(|| event.ingested_at.microseconds());
        let wide = [
            ingested,
            event.amount.map(|amount| amount.minor_units()),
            attributes.discount.map(|discount| discount.minor_units()),
            attributes.duration.map(|duration| duration.microseconds()),
        ];
        for (builder, value) in self.wide.iter_mut().zip(wide) {
            builder.append_option(value);
        }
        for (builder, value) in self.small.iter_mut().zip([attributes.quantity, attributes.rating]) {
            builder.append_option(value);
        }
        let texts = [
            &attributes.event_id,
            &attributes.order_id,
            &attributes.product,
            &attributes.category,
            &attributes.channel,
            &attributes.campaign,
            &attributes.device,
            &attributes.country,
        ];
        for (builder, value) in self.texts.iter_mut().zip(texts) {
            builder.append_option(value.as_deref());
        }
    }

    /// What was gathered; the builder is empty again.
    pub(crate) fn take(&mut self) -> Result<Staged, ArrowError> {
        let fixed: [ArrayRef; FIXED] = [
            Arc::new(self.customer.finish()),
            Arc::new(UInt32Array::from(std::mem::take(&mut self.kind))),
            Arc::new(Int64Array::from(std::mem::take(&mut self.occurred_at))),
        ];
        let wide = self.wide.iter_mut().map(|builder| Arc::new(builder.finish()) as ArrayRef);
        let small = self.small.iter_mut().map(|builder| Arc::new(builder.finish()) as ArrayRef);
        let texts = self.texts.iter_mut().map(|builder| Arc::new(builder.finish()) as ArrayRef);
        let others = Column::ALL.into_iter().zip(wide.chain(small).chain(texts)).collect();
        Staged::new(fixed, others)
    }
}
