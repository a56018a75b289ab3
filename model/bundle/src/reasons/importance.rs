//! Which causes matter most over many customers.

use std::collections::BTreeMap;

use super::{Cause, Reasons, ValueReasons};
use crate::Scorer;

/// Adds reasons up: the mean size of each cause's contribution.
#[derive(Clone, Debug, Default)]
pub struct Importance {
    customers: usize,
    sums: BTreeMap<String, f64>,
}

/// One cause over many customers.
#[derive(Clone, Debug, PartialEq)]
pub struct ImportanceRow {
    /// The name of the feature, or `frequency`, `silence`, `age`, `spend` or `purchase_model`.
    pub cause: String,
    /// The mean of the contributions' sizes, in log-odds of churn or in major units of value.
    pub mean_size: f64,
}

impl Importance {
    /// Adds one customer's reasons, which `scorer` gave.
    pub fn add(&mut self, scorer: &Scorer, reasons: &Reasons) {
        self.add_sizes(scorer, reasons.contributions.iter().map(|one| (&one.cause, one.log_odds)));
    }

    /// Adds one customer's reasons for value, which `scorer` gave. Money and log-odds do not mix: churn and value
    /// need an importance each.
    pub fn add_value(&mut self, scorer: &Scorer, reasons: &ValueReasons) {
        self.add_sizes(scorer, reasons.contributions.iter().map(|one| (&one.cause, one.value)));
    }

    fn add_sizes<'a>(&mut self, scorer: &Scorer, parts: impl Iterator<Item = (&'a Cause, f64)>) {
        self.customers += 1;
        for (cause, size) in parts {
            let name = scorer.cause_name(cause);
            match self.sums.get_mut(name) {
                Some(sum) => *sum += size.abs(),
                None => drop(self.sums.insert(name.to_owned(), size.abs())),
            }
        }
    }

    /// All causes that added anything, the most important first.
    #[must_use]
    pub fn rows(&self) -> Vec<ImportanceRow> {
        let row = |(cause, sum): (&String, &f64)| ImportanceRow {
            cause: cause.clone(),
            mean_size: sum / self.customers.max(1) as f64,
        };
        let mut rows: Vec<ImportanceRow> = self.sums.iter().map(row).collect();
        rows.sort_by(|left, right| right.mean_size.total_cmp(&left.mean_size));
        rows
    }
}

impl Scorer {
    /// The name of a cause in files: that of the feature, or `frequency`, `silence`, `age`, `spend` or
    /// `purchase_model`.
    #[must_use]
    pub fn cause_name(&self, cause: &Cause) -> &str {
        match cause {
            Cause::Frequency { .. } => "frequency",
            Cause::Silence { .. } => "silence",
            Cause::Age { .. } => "age",
            Cause::Spend { .. } => "spend",
            Cause::PurchaseModel { .. } => "purchase_model",
            Cause::Feature { place, .. } => self
                .behaviour()
                .and_then(|boosted| boosted.definitions().get(*place))
                .map_or("unknown", |definition| &definition.name),
        }
    }
}
