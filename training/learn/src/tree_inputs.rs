//! What the trees of a bundle read of customers, as columns: for the profile of training and for drift.

use std::collections::HashMap;
use std::sync::Mutex;

use tenure_behaviour::PurchaseSummary;
use tenure_behaviour::fold::CustomerState;
use tenure_bundle::{Column as RowColumn, FeatureProfile, Limits, Scorer};
use tenure_core::{AsOf, CustomerId, Duration};

use crate::{FactSource, LearnError, OrderBook, Trained};

/// How names of the trees' columns begin in a profile: the purchase model may read something of the same name.
pub(crate) const PREFIX: &str = "trees_";

/// Columns of a profile, at most, and letters of a name: more than that a bundle does not keep.
const MOST_COLUMNS: usize = 900;
const MOST_LETTERS: usize = 64;

/// Adds to the profile of training how the same customers are spread over what the trees read of them.
pub(crate) fn add_to(
    trained: &mut Trained,
    (book, source): (&OrderBook, &dyn FactSource),
) -> Result<(), LearnError> {
    let scorer = Scorer::from_bytes(&trained.to_bundle()?, &Limits::default())?;
    let (profile, as_of) = (&mut trained.profile, trained.manifest.as_of);
    let trees = TreeRows::read(&scorer, (book, source), as_of, profile.longest_age_days)?;
    let spread = |name: &String| trees.column(name).map(|values| FeatureProfile::fit(name, &values));
    let kept = trees.names.iter().filter(|name| name.len() <= MOST_LETTERS).take(MOST_COLUMNS);
    profile.features.extend(kept.filter_map(spread));
    Ok(())
}

/// What trees read of customers at one date; a column at a time, since all of them as numbers that may be absent would
/// be four times as large.
#[derive(Debug, Default)]
pub(crate) struct TreeRows {
    names: Vec<String>,
    rows: Vec<f32>,
    width: usize,
}

impl TreeRows {
    /// Reads every customer whose first order lies at most so many days before `as_of`; nothing where there are no
    /// trees.
    pub(crate) fn read(
        scorer: &Scorer,
        (book, source): (&OrderBook, &dyn FactSource),
        as_of: AsOf,
        longest_age_days: u32,
    ) -> Result<Self, LearnError> {
        let Some(boosted) = scorer.behaviour() else { return Ok(Self::default()) };
        let customers = comparable(scorer, book, as_of, longest_age_days)?;
        let width = boosted.form().columns.len();
        let rows = Mutex::new(vec![f32::NAN; customers.len() * width]);
        source.visit(&|customer| customers.contains_key(customer), &|customer, facts| {
            let Some((place, summary)) = customers.get(customer) else { return };
            let mut state = CustomerState::new(boosted.program());
            for fact in facts.iter().take_while(|fact| as_of.knows(fact.known_at())) {
                state.apply(boosted.program(), fact);
            }
            let row = scorer.row_of(&state, summary, as_of);
            if let (Some(row), Ok(mut rows)) = (row, rows.lock()) {
                rows[place * width..(place + 1) * width].copy_from_slice(&row);
            }
        })?;
        let names = names(&boosted.form().columns);
        Ok(Self { names, rows: rows.into_inner().unwrap_or_default(), width })
    }

    /// A column by its name in a profile.
    pub(crate) fn column(&self, name: &str) -> Option<Vec<Option<f64>>> {
        let place = self.names.iter().position(|own| own == name)?;
        let values = self.rows.iter().skip(place).step_by(self.width.max(1));
        Some(values.map(|value| value.is_finite().then_some(f64::from(*value))).collect())
    }
}

/// Customers with an order, by id: their place and their purchases.
fn comparable<'a>(
    scorer: &Scorer,
    book: &'a OrderBook,
    as_of: AsOf,
    longest_age_days: u32,
) -> Result<HashMap<&'a CustomerId, (usize, PurchaseSummary)>, LearnError> {
    let since = as_of.instant().saturating_sub(Duration::from_days(longest_age_days));
    let mut customers = HashMap::new();
    for (customer_id, history) in book.sorted() {
        let summary = PurchaseSummary::of(history, as_of, &scorer.manifest().summary_rule)
            .map_err(|source| LearnError::Customer { customer_id: customer_id.clone(), source })?;
        if let Some(summary) = summary.filter(|summary| summary.first_order_at >= since) {
            let place = customers.len();
            customers.insert(customer_id, (place, summary));
        }
    }
    Ok(customers)
}

/// A name for each column: of a definition that gives names, such as the last channel, there is one column for each
/// name that the trees know, and they are numbered.
fn names(columns: &[RowColumn]) -> Vec<String> {
    let mut met: HashMap<&str, usize> = HashMap::new();
    columns
        .iter()
        .map(|column| match column {
            RowColumn::Category { name, .. } => {
                let count = met.entry(name).or_default();
                *count += 1;
                format!("{PREFIX}{name}_{count}")
            }
            RowColumn::Feature { .. } | RowColumn::Purchase(_) => format!("{PREFIX}{}", column.name()),
        })
        .collect()
}
