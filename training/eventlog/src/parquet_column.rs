//! One Parquet column, whatever type its writer chose, as cells.

use arrow_array::cast::AsArray;
use arrow_array::types::{Decimal128Type, Float32Type, Float64Type, Int64Type};
use arrow_array::{Array, ArrayRef, Decimal128Array, Float32Array, Float64Array, Int64Array, StringArray};
use arrow_cast::cast;
use arrow_schema::{ArrowError, DataType, TimeUnit};

use crate::Field;
use crate::amount::Decimal;
use crate::convert::Cell;

/// How a column of some type is read as some field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ColumnReader {
    Text,
    /// Floats that are ids: 17.0 is customer 17, as pandas writes a column with a gap in it.
    FloatText,
    Integers,
    Floats,
    Floats32,
    Decimals {
        scale: i8,
    },
    Times {
        unit_us: UnitUs,
        is_instant: bool,
    },
    Empty,
}

/// How many microseconds a unit of time has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum UnitUs {
    Times(i64),
    /// Nanoseconds.
    Thousandth,
}

/// What the values of a field are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    Time,
    Number,
    Text,
}

impl Shape {
    const fn of(field: Field) -> Self {
        match field {
            Field::OccurredAt | Field::IngestedAt => Self::Time,
            Field::Amount | Field::Quantity | Field::Rating | Field::Discount | Field::Duration => {
                Self::Number
            }
            Field::CustomerId
            | Field::OrderId
            | Field::Kind
            | Field::Currency
            | Field::EventId
            | Field::Product
            | Field::Category
            | Field::Channel
            | Field::Campaign
            | Field::Device
            | Field::Country => Self::Text,
        }
    }
}

impl ColumnReader {
    /// The reader for a field of this type; `None` if the type cannot hold the field.
    pub(crate) fn new(field: Field, data_type: &DataType) -> Option<Self> {
        if let DataType::Dictionary(_, values) = data_type {
            return Self::new(field, values);
        }
        if *data_type == DataType::Null {
            return Some(Self::Empty);
        }
        if is_text(data_type) {
            return Some(Self::Text);
        }
        match Shape::of(field) {
            Shape::Time => Self::time(data_type),
            Shape::Number => Self::number(data_type),
            Shape::Text if data_type.is_integer() => Some(Self::Text),
            Shape::Text => data_type.is_floating().then_some(Self::FloatText),
        }
    }

    /// The types that would do, for an error.
    pub(crate) const fn expected(field: Field) -> &'static str {
        match Shape::of(field) {
            Shape::Time => "a date, a timestamp, text or whole numbers since 1970",
            Shape::Number => "whole numbers, floats, decimals or text",
            Shape::Text => "text or whole numbers",
        }
    }

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "Arrow has forty types; these are the ones that will do"
    )]
    fn time(data_type: &DataType) -> Option<Self> {
        // A timestamp without a zone, and a date, are readings of the shop's clock.
        let times = |unit_us, is_instant| Some(Self::Times { unit_us, is_instant });
        match data_type {
            DataType::Date32 => times(UnitUs::Times(86_400_000_000), false),
            DataType::Date64 => times(UnitUs::Times(1_000), false),
            DataType::Timestamp(TimeUnit::Second, zone) => times(UnitUs::Times(1_000_000), zone.is_some()),
            DataType::Timestamp(TimeUnit::Millisecond, zone) => times(UnitUs::Times(1_000), zone.is_some()),
            DataType::Timestamp(TimeUnit::Microsecond, zone) => times(UnitUs::Times(1), zone.is_some()),
            DataType::Timestamp(TimeUnit::Nanosecond, zone) => times(UnitUs::Thousandth, zone.is_some()),
            DataType::Float64 => Some(Self::Floats),
            _ => data_type.is_integer().then_some(Self::Integers),
        }
    }

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "Arrow has forty types; these are the ones that will do"
    )]
    fn number(data_type: &DataType) -> Option<Self> {
        match data_type {
            DataType::Float64 => Some(Self::Floats),
            DataType::Float32 | DataType::Float16 => Some(Self::Floats32),
            DataType::Decimal32(_, scale)
            | DataType::Decimal64(_, scale)
            | DataType::Decimal128(_, scale)
            | DataType::Decimal256(_, scale) => Some(Self::Decimals { scale: *scale }),
            _ => data_type.is_integer().then_some(Self::Integers),
        }
    }

    /// Reads a batch of the column.
    pub(crate) fn read(self, array: &ArrayRef) -> Result<Column, ArrowError> {
        let plain;
        let array = if let DataType::Dictionary(_, values) = array.data_type() {
            plain = cast(array, values)?;
            &plain
        } else {
            array
        };
        Ok(match self {
            Self::Empty => Column::Empty,
            Self::Text => Column::Text(cast(array, &DataType::Utf8)?.as_string().clone()),
            Self::FloatText => {
                let floats = cast(array, &DataType::Float64)?;
                let texts = floats.as_primitive::<Float64Type>().iter();
                Column::Text(
                    texts.map(|value| value.filter(|value| !value.is_nan()).map(|v| v.to_string())).collect(),
                )
            }
            Self::Integers => {
                Column::Integers(cast(array, &DataType::Int64)?.as_primitive::<Int64Type>().clone())
            }
            Self::Floats => {
                Column::Floats(cast(array, &DataType::Float64)?.as_primitive::<Float64Type>().clone())
            }
            Self::Floats32 => {
                Column::Floats32(cast(array, &DataType::Float32)?.as_primitive::<Float32Type>().clone())
            }
            Self::Decimals { scale } => {
                let wide = cast(array, &DataType::Decimal128(38, scale))?;
                Column::Decimals(wide.as_primitive::<Decimal128Type>().clone(), scale)
            }
            Self::Times { unit_us, is_instant } => {
                // A date counts 32-bit days, which only becomes 64 bits by way of 32.
                let counts = if *array.data_type() == DataType::Date32 {
                    cast(&cast(array, &DataType::Int32)?, &DataType::Int64)?
                } else {
                    cast(array, &DataType::Int64)?
                };
                Column::Times { counts: counts.as_primitive::<Int64Type>().clone(), unit_us, is_instant }
            }
        })
    }
}

fn is_text(data_type: &DataType) -> bool {
    matches!(
        data_type,
        DataType::Utf8
            | DataType::LargeUtf8
            | DataType::Utf8View
            | DataType::Binary
            | DataType::LargeBinary
            | DataType::BinaryView
    )
}

/// A batch of one column.
#[derive(Debug)]
pub(crate) enum Column {
    Text(StringArray),
    Integers(Int64Array),
    Floats(Float64Array),
    Floats32(Float32Array),
    Decimals(Decimal128Array, i8),
    Times { counts: Int64Array, unit_us: UnitUs, is_instant: bool },
    Empty,
}

impl Column {
    /// The value of a row.
    pub(crate) fn cell(&self, row: usize) -> Cell<'_> {
        if self.is_missing(row) {
            return Cell::Missing;
        }
        match self {
            Self::Empty => Cell::Missing,
            Self::Text(values) => Cell::of_text(values.value(row)),
            Self::Integers(values) => Cell::Integer(values.value(row)),
            Self::Floats(values) => Cell::Float(values.value(row)),
            Self::Floats32(values) => Cell::Float32(values.value(row)),
            Self::Decimals(values, scale) => {
                Cell::Decimal(Decimal { mantissa: values.value(row), scale: i32::from(*scale) })
            }
            Self::Times { counts, unit_us, is_instant } => {
                let us = match unit_us {
                    UnitUs::Times(factor) => counts.value(row).saturating_mul(*factor),
                    UnitUs::Thousandth => counts.value(row).div_euclid(1_000),
                };
                if *is_instant { Cell::Instant(us) } else { Cell::Local(us) }
            }
        }
    }

    fn is_missing(&self, row: usize) -> bool {
        match self {
            Self::Empty => true,
            Self::Text(values) => values.is_null(row),
            Self::Integers(values) => values.is_null(row),
            // NaN is how pandas writes a gap.
            Self::Floats(values) => values.is_null(row) || values.value(row).is_nan(),
            Self::Floats32(values) => values.is_null(row) || values.value(row).is_nan(),
            Self::Decimals(values, _) => values.is_null(row),
            Self::Times { counts, .. } => counts.is_null(row),
        }
    }
}
