//! Where a shop's customers stand in some value.

use serde::{Deserialize, Serialize};

use super::FoldError;

/// Steps of a compressed table.
const STEPS: usize = 1_000;

/// The quantiles of each expression that a `percentile` is taken of, fitted to the shop's customers at an as-of.
///
/// A table is found by a hash of the typed expression, so it serves every program that asks the same.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Quantiles {
    tables: Vec<(u64, QuantileTable)>,
}

/// The values of all customers that have one, as at most 1,001 points.
///
/// Up to 1,001 values are kept as they are. Of more, the table keeps the least, the greatest and every thousandth part
/// between, so that a share is off by at most 0.001.
///
/// ```
/// use tenure_behaviour::fold::QuantileTable;
/// let table = QuantileTable::fit(vec![30.0, 10.0, 20.0, 20.0]);
/// assert_eq!((table.share_at_most(9.0), table.share_at_most(20.0), table.share_at_most(99.0)), (0.0, 0.75, 1.0));
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Vec<f64>", into = "Vec<f64>")]
pub struct QuantileTable {
    points: Vec<f64>,
}

impl Quantiles {
    /// Fits a table for a key of [`Program::percentile_values`](super::Program::percentile_values), or anew.
    pub fn insert(&mut self, key: u64, table: QuantileTable) {
        match self.tables.binary_search_by_key(&key, |(other, _)| *other) {
            Ok(place) => self.tables[place].1 = table,
            Err(place) => self.tables.insert(place, (key, table)),
        }
    }

    pub(super) fn table(&self, key: u64) -> Option<&QuantileTable> {
        self.tables.iter().find(|(other, _)| *other == key).map(|(_, table)| table)
    }
}

impl QuantileTable {
    /// Fits the values of all customers, in any order; what is not finite is left out.
    #[must_use]
    pub fn fit(mut values: Vec<f64>) -> Self {
        values.retain(|value| value.is_finite());
        values.sort_unstable_by(f64::total_cmp);
        if values.len() > STEPS + 1 {
            let last = values.len() - 1;
            values = (0..=STEPS).map(|step| values[step * last / STEPS]).collect();
        }
        Self { points: values }
    }

    /// Whether no customer had a value.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.points.is_empty()
    }

    /// The share of the values that are not above this one, 0 to 1; never falls. Zero in a table of nothing.
    #[must_use]
    pub fn share_at_most(&self, value: f64) -> f64 {
        let below = self.points.partition_point(|point| *point <= value);
        let known = self.points.len();
        if known > STEPS && below > 0 {
            // A point at step k has k thousandths of the values at or below it.
            (below - 1) as f64 / STEPS as f64
        } else {
            below as f64 / known.max(1) as f64
        }
    }
}

impl TryFrom<Vec<f64>> for QuantileTable {
    type Error = FoldError;
    fn try_from(points: Vec<f64>) -> Result<Self, FoldError> {
        let valid =
            points.len() <= STEPS + 1 && points.iter().all(|point| point.is_finite()) && points.is_sorted();
        if valid { Ok(Self { points }) } else { Err(FoldError::InvalidQuantiles) }
    }
}

impl From<QuantileTable> for Vec<f64> {
    fn from(table: QuantileTable) -> Self {
        table.points
    }
}
