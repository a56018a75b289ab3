//! What a bundle says of its features: the definitions behind them, whole, and one hash of all that is read.

use tenure_bundle::{BehaviourSource, Boosted, Churn, Column, Digest, FeatureSchema};

/// What the purchase and spend models read of a customer: names and types, in order.
const OF_PURCHASES: &str = "frequency:u32,recency_age:weeks,age:weeks,mean_spend:major_units,since_last:us";

/// The name under which a bundle keeps the definitions that its trees read.
const SOURCE: &str = "features.behaviour";

/// The features of a model with these trees, or without any, and what churn is, where that is not no order.
pub(crate) fn of(boosted: Option<&Boosted>, churn: Option<&Churn>) -> FeatureSchema {
    let definition = churn.map(|churn| BehaviourSource::of_churn(&churn.definition));
    // Where there are trees of both, they read the same.
    // Last year's level alone reads nothing.
    let boosted = boosted.or_else(|| churn?.trees.as_ref()).filter(|form| !form.columns.is_empty());
    let Some(boosted) = boosted else {
        let schema_sha256 = Digest::of(OF_PURCHASES.as_bytes());
        let sources = definition.into_iter().collect();
        return FeatureSchema { sources, kinds: Vec::new(), schema_sha256 };
    };
    let mut schema = OF_PURCHASES.to_owned();
    for column in &boosted.columns {
        let one = match column {
            Column::Feature { name } => format!(",{name}:f32"),
            Column::Category { name, symbol } => format!(",{name}={symbol}:f32"),
            Column::Purchase(reading) => format!(",{}:f32", reading.name()),
        };
        schema.push_str(&one);
    }
    let text = boosted.definitions.clone();
    let source = BehaviourSource { name: SOURCE.to_owned(), sha256: Digest::of(text.as_bytes()), text };
    let mut kinds = boosted.kinds.clone();
    kinds.sort_unstable();
    let sources = std::iter::once(source).chain(definition).collect();
    FeatureSchema { sources, kinds, schema_sha256: Digest::of(schema.as_bytes()) }
}
