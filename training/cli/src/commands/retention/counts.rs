//! Survivors of cohorts, from a CSV file.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Error};

use super::MOST_PERIODS;
use crate::inputs;
use crate::orders::Unusable;

/// Of each cohort, the customers there after 0, 1, 2, ... periods.
#[derive(Debug)]
pub(super) struct Counts {
    pub(super) cohorts: Vec<Vec<f64>>,
}

impl Counts {
    /// Reads the columns `period`, `customers` and, if there is one, `cohort`, in any order of columns and rows.
    pub(super) fn read(path: &Path) -> Result<Self, Error> {
        inputs::text(path)?;
        let name = path.display();
        let mut reader = csv::ReaderBuilder::new()
            .trim(csv::Trim::All)
            .from_path(path)
            .with_context(|| format!("cannot read {name}"))?;
        let header = reader.headers().with_context(|| format!("cannot read {name}"))?.clone();
        let place = |wanted: &str| header.iter().position(|column| column.eq_ignore_ascii_case(wanted));
        let (Some(period), Some(customers)) = (place("period"), place("customers")) else {
            let columns = header.iter().collect::<Vec<_>>().join(", ");
            let message = format!("{name} needs the columns period and customers, and has {columns}");
            return Err(Unusable::new(message).into());
        };
        let cohort = place("cohort");
        let mut cohorts: BTreeMap<String, BTreeMap<u32, f64>> = BTreeMap::new();
        for (index, row) in reader.records().enumerate() {
            let line = index + 2;
            let row = row.map_err(|error| Unusable::new(format!("{name}, line {line}: {error}")))?;
            let cell = |place: usize| row.get(place).unwrap_or("");
            let refuse = |what: &str, cell: &str| {
                Unusable::new(format!(
                    "{name}, line {line}: {what} is \"{cell}\", not a whole number in range"
                ))
            };
            let at = cell(period).parse::<u32>().ok().filter(|at| i64::from(*at) <= MOST_PERIODS);
            let at = at.ok_or_else(|| refuse("period", cell(period)))?;
            let count: f64 = cell(customers).parse().unwrap_or(f64::NAN);
            if !count.is_finite() || count < 0.0 {
                return Err(refuse("customers", cell(customers)).into());
            }
            let cohort = cohort.map_or("", cell).to_owned();
            if cohorts.entry(cohort).or_default().insert(at, count).is_some() {
                let message =
                    format!("{name}, line {line}: period {at} comes twice; are there several cohorts?");
                return Err(Unusable::new(message).into());
            }
        }
        let whole = cohorts.into_iter().map(|(cohort, counts)| whole(&cohort, &counts));
        let cohorts: Result<Vec<Vec<f64>>, Unusable> = whole.collect();
        Ok(Self { cohorts: cohorts? })
    }

    /// Periods of the oldest cohort.
    pub(super) fn periods(&self) -> usize {
        self.cohorts.iter().map(|cohort| cohort.len().saturating_sub(1)).max().unwrap_or(0)
    }

    /// As if seen after the first periods only.
    pub(super) fn first(&self, periods: usize) -> Vec<Vec<f64>> {
        self.cohorts.iter().map(|cohort| cohort[..cohort.len().min(periods + 1)].to_vec()).collect()
    }
}

/// The counts of a cohort in order, if none is missing.
fn whole(cohort: &str, counts: &BTreeMap<u32, f64>) -> Result<Vec<f64>, Unusable> {
    let missing = (0..).zip(counts.keys()).find(|(expected, found)| *expected != **found);
    match missing {
        None => Ok(counts.values().copied().collect()),
        Some((expected, _)) => {
            let of = if cohort.is_empty() { String::new() } else { format!(" of cohort {cohort}") };
            Err(Unusable::new(format!(
                "period {expected}{of} is missing: counts begin at period 0, the size of the cohort, and leave none out"
            )))
        }
    }
}
