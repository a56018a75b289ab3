//! What the models read of a customer, as columns: for the profile of training and for drift.

use tenure_behaviour::PurchaseSummary;
use tenure_bundle::{FeatureProfile, Profile};
use tenure_core::{AsOf, Duration, Timestamp};

/// A feature by name: one value a customer, absent where there is none.
pub(crate) type Column = (String, Vec<Option<f64>>);

/// How a feature is read from a summary.
pub(crate) type Read = fn(&PurchaseSummary) -> Option<f64>;

/// The features of the purchase and spend models. Of somebody who came once there is no age at the last
/// repeat order: counted as absent, so that the bins tell about those who came back.
const INPUTS: [(&str, Read); 5] = [
    ("frequency", |summary| Some(f64::from(summary.frequency))),
    ("recency_age_weeks", |summary| (summary.frequency > 0).then(|| summary.recency_age.get())),
    ("age_weeks", |summary| Some(summary.age.get())),
    ("mean_spend", |summary| Some(summary.mean_spend())),
    ("days_since_last", |summary| Some(summary.since_last.days())),
];

/// How a feature of this name is read.
pub(crate) fn read_of(name: &str) -> Option<Read> {
    INPUTS.iter().find(|(own, _)| *own == name).map(|(_, read)| *read)
}

/// The columns of some customers.
pub(crate) fn columns(summaries: &[PurchaseSummary]) -> Vec<Column> {
    let column = |(name, read): &(&str, Read)| ((*name).to_owned(), summaries.iter().map(read).collect());
    INPUTS.iter().map(column).collect()
}

/// How the customers of training are spread: those who came since the history really began at `start`.
pub(crate) fn profile(summaries: &[PurchaseSummary], as_of: AsOf, start: Timestamp) -> Profile {
    let longest_age_days = longest_age_days(as_of, start);
    let comparable = no_older(summaries, as_of, longest_age_days);
    let feature = |(name, values): Column| FeatureProfile::fit(&name, &values);
    Profile {
        customers: comparable.len() as u64,
        longest_age_days,
        features: columns(&comparable).into_iter().map(feature).collect(),
    }
}

/// Up to a whole day, so that everybody is in who ordered after the start.
fn longest_age_days(as_of: AsOf, start: Timestamp) -> u32 {
    as_of.instant().since(start).days().ceil() as u32
}

/// Customers whose first order lies at most so many days back.
///
/// A shop grows older, and its oldest customers with it, also where nobody behaves in another way. So
/// customers of now are compared with those of training who had been seen for as long.
pub(crate) fn no_older(
    summaries: &[PurchaseSummary],
    as_of: AsOf,
    longest_age_days: u32,
) -> Vec<PurchaseSummary> {
    let since = as_of.instant().saturating_sub(Duration::from_days(longest_age_days));
    summaries.iter().filter(|summary| summary.first_order_at >= since).copied().collect()
}
