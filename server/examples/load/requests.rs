//! What is asked: customers as a shop has them.

use prost::Message;
use tenure_proto::v1::{
    Amount, CustomerHistory, PurchaseEvent, PurchaseKind, ScoreCustomerRequest, ScoreOptions,
};
use tonic::codegen::Bytes;

/// The method that is measured.
pub(crate) const PATH: &str = "/tenure.v1.ScoringService/ScoreCustomer";

const DAY_US: i64 = 86_400_000_000;
/// 1997-10-01T00:00:00Z, as the sample model.
const AS_OF_US: i64 = 875_664_000_000_000;

/// Encoded requests for 1,024 different customers with 1 to 12 orders, three on average.
pub(crate) fn customers() -> Vec<Bytes> {
    (0..1_024).map(|i| Bytes::from(request(i).encode_to_vec())).collect()
}

fn request(i: i64) -> ScoreCustomerRequest {
    // Most customers have one order; few have many.
    let n_orders = [1, 1, 1, 1, 2, 2, 2, 3, 3, 4, 6, 12][(i % 12) as usize];
    let (silence, gap) = (1 + i * 37 % 200, 3 + i * 7 % 50);
    let events = (0..n_orders).rev().map(|order| PurchaseEvent {
        kind: PurchaseKind::Order.into(),
        occurred_at_us: Some(AS_OF_US - (silence + order * gap) * DAY_US - i * 1_000_003),
        amount: Some(Amount { minor_units: 500 + (i * 131 + order * 17) % 20_000 }),
    });
    ScoreCustomerRequest {
        history: Some(CustomerHistory {
            customer_id: format!("{:06}", i * 23),
            currency_code: "USD".into(),
            events: events.collect(),
        }),
        options: Some(ScoreOptions { as_of_us: Some(AS_OF_US), ..Default::default() }),
    }
}
