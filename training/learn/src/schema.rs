//! What a bundle says of its features: the definitions behind them, whole, and one hash of all that is read.

use tenure_bundle::{BehaviourSource, Boosted, Column, Digest, FeatureSchema};

/// What the purchase and spend models read of a customer: names and types, in order.
const OF_PURCHASES: &str = "frequency:u32,recency_age:weeks,age:weeks,mean_spend:major_units,since_last:us";

/// The name under which a bundle keeps the definitions that its trees read.
const SOURCE: &str = "features.behaviour";

/// The features of a model with these trees, or without any.
pub(crate) fn of(boosted: Option<&Boosted>) -> FeatureSchema {
    let Some(boosted) = boosted else {
        let schema_sha256 = Digest::of(OF_PURCHASES.as_bytes());
        return FeatureSchema { sources: Vec::new(), kinds: Vec::new(), schema_sha256 };
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
    FeatureSchema { sources: vec![source], kinds, schema_sha256: Digest::of(schema.as_bytes()) }
}
