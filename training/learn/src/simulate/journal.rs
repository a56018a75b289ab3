//! What one customer did, as it is written down.

use tenure_core::{Attributes, Currency, CustomerId, Duration, Event, EventKind, Money, Timestamp};

use super::shop::Product;

/// The events of one customer within the span of the log.
#[derive(Debug)]
pub(super) struct Journal {
    pub(super) customer_id: CustomerId,
    pub(super) currency: Currency,
    pub(super) country: &'static str,
    /// `[from, to)` in microseconds.
    pub(super) span_us: (i64, i64),
    pub(super) events: Vec<Event>,
}

/// What an event says besides who, what and when.
#[derive(Debug, Default)]
pub(super) struct Details<'a> {
    pub(super) amount_minor: Option<i64>,
    pub(super) discount_minor: Option<i64>,
    pub(super) order_id: Option<&'a str>,
    pub(super) quantity: Option<u32>,
    pub(super) rating: Option<u32>,
    pub(super) seconds: Option<i64>,
    pub(super) product: Option<&'a Product>,
    pub(super) channel: Option<&'a str>,
    pub(super) campaign: Option<&'a str>,
    pub(super) device: Option<&'a str>,
}

impl Journal {
    /// Writes an event down, unless it lies outside the log.
    pub(super) fn write(&mut self, kind: EventKind, at_us: i64, details: &Details<'_>) {
        let (from, to) = self.span_us;
        if at_us < from || at_us >= to {
            return;
        }
        // Within the span of the simulation, whose ends are instants.
        let Ok(occurred_at) = Timestamp::from_microseconds(at_us) else { return };
        let money = |minor: i64| Money::from_minor_units(minor, self.currency);
        let length = details.seconds.and_then(|s| Duration::from_microseconds(s * 1_000_000).ok());
        // A visit is known when it is over.
        let ingested_at = occurred_at.saturating_add(length.unwrap_or(Duration::ZERO));
        let text = |value: Option<&str>| value.map(Box::from);
        let attributes = Attributes {
            event_id: None,
            order_id: text(details.order_id),
            quantity: details.quantity,
            rating: details.rating,
            discount: details.discount_minor.map(money),
            duration: length,
            product: details.product.map(|product| product.id.clone()),
            category: text(details.product.map(|product| product.category)),
            channel: text(details.channel),
            campaign: text(details.campaign),
            device: text(details.device),
            country: text(Some(self.country)),
        };
        let amount = details.amount_minor.map(money);
        let customer_id = self.customer_id.clone();
        self.events.push(Event { customer_id, kind, occurred_at, ingested_at, amount, attributes });
    }
}
