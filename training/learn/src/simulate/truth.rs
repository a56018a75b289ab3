//! What is true of a simulated customer and no log tells.

use tenure_core::{CustomerId, Timestamp};

use super::life::Life;
use crate::LearnError;

/// The true life of a simulated customer: what models try to find out.
#[derive(Clone, Debug, PartialEq)]
pub struct Truth {
    /// Who.
    pub customer_id: CustomerId,
    /// Whether orders come at all; visitors only look.
    pub is_buyer: bool,
    /// From when on the customer knows the shop.
    pub arrived_at: Timestamp,
    /// First order; `None` for visitors.
    pub first_order_at: Option<Timestamp>,
    /// The end: no order, visit or click comes after it, though a refund or a review may, and an e-mail opened
    /// out of habit. `None` for who is alive when the log ends.
    pub churned_at: Option<Timestamp>,
    /// Orders a week while alive, averaged over a year.
    pub orders_per_week: f64,
    /// Under Pareto/NBD the rate of leaving a week, under BG/NBD the probability of leaving after a repeat
    /// order. It says nothing about visitors.
    pub dropout: f64,
    /// Mean of an order, in major units of the currency.
    pub mean_order: f64,
    /// Orders in the log, refunded and cancelled ones included.
    pub orders: u64,
    /// Whether the customer waits for sales.
    pub is_discount_hunter: bool,
    /// Country, as ISO 3166 alpha-2 code.
    pub country: &'static str,
}

impl Truth {
    pub(super) fn new(customer_id: CustomerId, life: &Life) -> Result<Self, LearnError> {
        let instant = Timestamp::from_microseconds;
        Ok(Self {
            customer_id,
            is_buyer: life.is_buyer,
            arrived_at: instant(life.arrived_us)?,
            first_order_at: life.purchases.first().map(|order| instant(order.at_us)).transpose()?,
            churned_at: life.ended_us.map(instant).transpose()?,
            orders_per_week: life.orders_per_week,
            dropout: life.dropout,
            mean_order: life.mean_spend,
            orders: life.purchases.len() as u64,
            is_discount_hunter: life.traits.is_hunter,
            country: life.traits.country.code,
        })
    }
}
