//! Columns that grow value by value.

use std::sync::Arc;

use arrow_array::builder::{BooleanBuilder, Float64Builder, Int32Builder, StringBuilder};
use arrow_array::{ArrayRef, Float64Array, Int32Array, RecordBatch, TimestampMicrosecondArray};
use arrow_schema::{ArrowError, DataType, Field, Schema, SchemaRef, TimeUnit};
use tenure_behaviour::expression::{Body, Definition, Expression, Function, Type};
use tenure_behaviour::fold::Value;
use tenure_core::AsOf;

use crate::log::SymbolTable;

/// Rows of the feature table.
pub(super) struct Rows<'a> {
    schema: SchemaRef,
    names: &'a SymbolTable,
    customers: StringBuilder,
    as_ofs: Vec<i64>,
    features: Vec<Column>,
}

/// A column of features, of the type that its definition has.
///
/// What cannot be missing is kept without marks for it, and most features cannot.
enum Column {
    Whole(Vec<i32>),
    Number(Vec<f64>),
    WholeOrNone(Int32Builder),
    NumberOrNone(Float64Builder),
    Truth(BooleanBuilder),
    Text(StringBuilder),
}

/// The columns of a table of these features.
pub(super) fn schema(definitions: &[Definition]) -> SchemaRef {
    let instant = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
    let mut fields =
        vec![Field::new("customer_id", DataType::Utf8, false), Field::new("as_of", instant, false)];
    let feature = |definition: &Definition| {
        let column = Column::of(&definition.body);
        Field::new(&*definition.name, column.data_type(), column.may_be_missing())
    };
    fields.extend(definitions.iter().map(feature));
    Arc::new(Schema::new(fields))
}

impl<'a> Rows<'a> {
    pub(super) fn new(definitions: &[Definition], names: &'a SymbolTable) -> Self {
        Self {
            schema: schema(definitions),
            names,
            customers: StringBuilder::new(),
            as_ofs: Vec::new(),
            features: definitions.iter().map(|definition| Column::of(&definition.body)).collect(),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.as_ofs.len()
    }

    /// Adds a row; `values` are as many as there are features.
    pub(super) fn push(&mut self, customer: &str, as_of: AsOf, values: &[Value]) {
        self.customers.append_value(customer);
        self.as_ofs.push(as_of.instant().microseconds());
        for (column, value) in self.features.iter_mut().zip(values) {
            column.push(*value, self.names);
        }
    }

    /// Takes the rows out.
    pub(super) fn take(&mut self) -> Result<RecordBatch, ArrowError> {
        let as_ofs = TimestampMicrosecondArray::from(taken(&mut self.as_ofs)).with_timezone("UTC");
        let mut arrays: Vec<ArrayRef> = vec![Arc::new(self.customers.finish()), Arc::new(as_ofs)];
        arrays.extend(self.features.iter_mut().map(Column::finish));
        RecordBatch::try_new(Arc::clone(&self.schema), arrays)
    }
}

/// The values, with room for as many left behind.
fn taken<T>(values: &mut Vec<T>) -> Vec<T> {
    let room = Vec::with_capacity(values.len());
    std::mem::replace(values, room)
}

/// Whether every value is a whole number: counts of events are, means and expectations of counts are not.
fn is_whole(expression: &Expression) -> bool {
    match expression {
        Expression::Aggregate(aggregate) => {
            matches!(aggregate.function, Function::Count | Function::Distinct)
        }
        Expression::Calendar(_) | Expression::Rfm(_) => true,
        Expression::Number { .. }
        | Expression::Text(_)
        | Expression::Trend(_)
        | Expression::Arithmetic { .. }
        | Expression::Percentile(_)
        | Expression::Prediction(_) => false,
    }
}

/// Whether every customer has a value: nothing can be counted, and adds up to zero.
fn is_always_there(expression: &Expression) -> bool {
    match expression {
        Expression::Aggregate(aggregate) => {
            matches!(aggregate.function, Function::Count | Function::Distinct | Function::Sum)
        }
        Expression::Number { .. } | Expression::Calendar(_) => true,
        Expression::Text(_)
        | Expression::Trend(_)
        | Expression::Arithmetic { .. }
        | Expression::Rfm(_)
        | Expression::Percentile(_)
        | Expression::Prediction(_) => false,
    }
}

impl Column {
    fn of(body: &Body) -> Self {
        let Body::Value(value) = body else { return Self::Truth(BooleanBuilder::new()) };
        match (value.measures(), is_whole(value), is_always_there(value)) {
            (Type::Text, _, _) => Self::Text(StringBuilder::new()),
            (_, true, true) => Self::Whole(Vec::new()),
            (_, true, false) => Self::WholeOrNone(Int32Builder::new()),
            (_, false, true) => Self::Number(Vec::new()),
            (_, false, false) => Self::NumberOrNone(Float64Builder::new()),
        }
    }

    const fn may_be_missing(&self) -> bool {
        matches!(self, Self::WholeOrNone(_) | Self::NumberOrNone(_) | Self::Text(_))
    }

    const fn data_type(&self) -> DataType {
        match self {
            Self::Whole(_) | Self::WholeOrNone(_) => DataType::Int32,
            Self::Number(_) | Self::NumberOrNone(_) => DataType::Float64,
            Self::Truth(_) => DataType::Boolean,
            Self::Text(_) => DataType::Utf8,
        }
    }

    /// Adds a value; a number too large for its column is held at the end of it.
    #[inline]
    fn push(&mut self, value: Value, names: &SymbolTable) {
        match (self, value) {
            (Self::Whole(column), Value::Number(number)) => column.push(number as i32),
            (Self::Number(column), Value::Number(number)) => column.push(number),
            (Self::NumberOrNone(column), Value::Number(number)) => column.append_value(number),
            (Self::WholeOrNone(column), Value::Number(number)) => column.append_value(number as i32),
            (Self::Truth(column), value) => column.append_value(value == Value::Truth(true)),
            (Self::Text(column), Value::Text(symbol)) => column.append_option(names.name(symbol)),
            (Self::Whole(column), _) => column.push(0),
            // Such a column has a value for everybody; this only keeps the rows in step.
            (Self::Number(column), _) => column.push(f64::NAN),
            (Self::NumberOrNone(column), _) => column.append_null(),
            (Self::WholeOrNone(column), _) => column.append_null(),
            (Self::Text(column), _) => column.append_null(),
        }
    }

    fn finish(&mut self) -> ArrayRef {
        match self {
            Self::Whole(column) => Arc::new(Int32Array::from(taken(column))) as ArrayRef,
            Self::Number(column) => Arc::new(Float64Array::from(taken(column))),
            Self::WholeOrNone(column) => Arc::new(column.finish()),
            Self::NumberOrNone(column) => Arc::new(column.finish()),
            Self::Truth(column) => Arc::new(column.finish()),
            Self::Text(column) => Arc::new(column.finish()),
        }
    }
}
