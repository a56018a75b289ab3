//! Columns that grow value by value.

use std::sync::Arc;

use arrow_array::builder::{
    BooleanBuilder, Float64Builder, Int64Builder, StringBuilder, TimestampMicrosecondBuilder,
};
use arrow_array::{Array, ArrayRef, RecordBatch};
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
    as_ofs: TimestampMicrosecondBuilder,
    features: Vec<Column>,
}

/// A column of features, of the type that its definition has.
enum Column {
    Count(Int64Builder),
    Number(Float64Builder),
    Truth(BooleanBuilder),
    Text(StringBuilder),
}

/// The columns of a table of these features.
pub(super) fn schema(definitions: &[Definition]) -> SchemaRef {
    let instant = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
    let mut fields =
        vec![Field::new("customer_id", DataType::Utf8, false), Field::new("as_of", instant, false)];
    let feature = |definition: &Definition| {
        Field::new(
            &*definition.name,
            Column::of(&definition.body).data_type(),
            Column::may_be_missing(&definition.body),
        )
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
            as_ofs: TimestampMicrosecondBuilder::new().with_timezone("UTC"),
            features: definitions.iter().map(|definition| Column::of(&definition.body)).collect(),
        }
    }

    pub(super) fn len(&self) -> usize {
        arrow_array::builder::ArrayBuilder::len(&self.as_ofs)
    }

    /// Adds a row; `values` are as many as there are features.
    pub(super) fn push(&mut self, customer: &str, as_of: AsOf, values: &[Value]) {
        self.customers.append_value(customer);
        self.as_ofs.append_value(as_of.instant().microseconds());
        for (column, value) in self.features.iter_mut().zip(values) {
            column.push(*value, self.names);
        }
    }

    /// Takes the rows out.
    pub(super) fn take(&mut self) -> Result<RecordBatch, ArrowError> {
        let mut arrays: Vec<ArrayRef> =
            vec![Arc::new(self.customers.finish()), Arc::new(self.as_ofs.finish())];
        arrays.extend(self.features.iter_mut().map(Column::finish));
        RecordBatch::try_new(Arc::clone(&self.schema), arrays)
    }
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

impl Column {
    fn of(body: &Body) -> Self {
        match body {
            Body::Truth(_) => Self::Truth(BooleanBuilder::new()),
            Body::Value(expression) if is_whole(expression) => Self::Count(Int64Builder::new()),
            Body::Value(expression) => match expression.measures() {
                Type::Text => Self::Text(StringBuilder::new()),
                Type::Count | Type::Money | Type::Days | Type::Duration | Type::Share | Type::Score => {
                    Self::Number(Float64Builder::new())
                }
            },
        }
    }

    fn may_be_missing(body: &Body) -> bool {
        matches!(body, Body::Value(_))
    }

    fn data_type(&self) -> DataType {
        match self {
            Self::Count(_) => DataType::Int64,
            Self::Number(_) => DataType::Float64,
            Self::Truth(_) => DataType::Boolean,
            Self::Text(_) => DataType::Utf8,
        }
    }

    #[inline]
    fn push(&mut self, value: Value, names: &SymbolTable) {
        match (self, value) {
            (Self::Count(column), Value::Number(number)) => column.append_value(number as i64),
            (Self::Number(column), Value::Number(number)) => column.append_value(number),
            (Self::Truth(column), Value::Truth(holds)) => column.append_value(holds),
            (Self::Text(column), Value::Text(symbol)) => column.append_option(names.name(symbol)),
            (Self::Count(column), _) => column.append_null(),
            (Self::Number(column), _) => column.append_null(),
            (Self::Truth(column), _) => column.append_value(false),
            (Self::Text(column), _) => column.append_null(),
        }
    }

    fn finish(&mut self) -> ArrayRef {
        match self {
            Self::Count(column) => Arc::new(column.finish()) as Arc<dyn Array>,
            Self::Number(column) => Arc::new(column.finish()),
            Self::Truth(column) => Arc::new(column.finish()),
            Self::Text(column) => Arc::new(column.finish()),
        }
    }
}
