//! Rows without gaps, for learners that know none.

use super::Table;

/// What a column is like where it has values, over weighted rows.
#[derive(Clone, Copy, Debug)]
pub(super) struct Column {
    /// Mean of the values.
    pub(super) mean: f64,
    /// Their standard deviation; 1 where all are equal, so that one can divide by it.
    pub(super) deviation: f64,
    /// The share of rows that lack one.
    pub(super) missing: f64,
}

/// Looks at every column.
pub(super) fn columns(table: &Table<'_>) -> Vec<Column> {
    (0..table.features()).map(|feature| column(table, feature)).collect()
}

fn column(table: &Table<'_>, feature: usize) -> Column {
    let (mut rows, mut present, mut sum, mut squares) = (0.0, 0.0, 0.0, 0.0);
    for (at, row) in table.rows().chunks_exact(table.features()).enumerate() {
        let (weight, value) = (table.weight(at), f64::from(row[feature]));
        rows += weight;
        if !value.is_nan() {
            present += weight;
            sum += weight * value;
        }
    }
    let mean = if present > 0.0 { sum / present } else { 0.0 };
    for (at, row) in table.rows().chunks_exact(table.features()).enumerate() {
        let off = f64::from(row[feature]) - mean;
        if !off.is_nan() {
            squares += table.weight(at) * off * off;
        }
    }
    let deviation = if present > 0.0 { (squares / present).sqrt() } else { 0.0 };
    let is_flat = deviation <= 1e-9 * (1.0 + mean.abs());
    Column { mean, deviation: if is_flat { 1.0 } else { deviation }, missing: (rows - present) / rows }
}
