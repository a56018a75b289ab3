//! An event as the fold reads it: names as symbols, money and time as integers.

use tenure_core::{Attributes, Event, Timestamp};
use twox_hash::XxHash3_64;

/// A name as 64 bits: the XXH3 hash of its text.
///
/// A state of a customer that held text would be several times larger and slower to compare. The hash depends on
/// nothing but the text, so a symbol is the same on every machine and in every run; two of a shop's names would
/// share one with a chance of about one in 10^8 even at a million names.
///
/// ```
/// use tenure_behaviour::Symbol;
/// assert_eq!(Symbol::of("order").bits(), 0x51d7_50b5_7b60_9679);
/// assert!(Symbol::maybe(None).is_none());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Symbol(u64);

impl Symbol {
    /// No name.
    pub const NONE: Self = Self(0);

    /// The symbol of a name; the empty text is no name.
    #[must_use]
    pub fn of(text: &str) -> Self {
        if text.is_empty() { Self::NONE } else { Self(XxHash3_64::oneshot(text.as_bytes()).max(1)) }
    }

    /// The symbol of a name that may be absent.
    #[must_use]
    pub fn maybe(text: Option<&str>) -> Self {
        text.map_or(Self::NONE, Self::of)
    }

    /// Whether there is no name.
    #[must_use]
    pub const fn is_none(self) -> bool {
        self.0 == 0
    }

    /// The 64 bits; zero for no name.
    #[must_use]
    pub const fn bits(self) -> u64 {
        self.0
    }

    /// A symbol from its bits, as a stored state holds them.
    #[must_use]
    pub const fn from_bits(bits: u64) -> Self {
        Self(bits)
    }
}

/// An [`Event`] of one customer as the fold reads it. Copied freely; it owns nothing.
///
/// Money is in minor units of the one currency of the log.
///
/// ```
/// use tenure_behaviour::{Fact, Symbol};
/// use tenure_core::{Currency, Event, EventKind, Money, Timestamp};
/// let paid = Money::parse("29.33", Currency::USD)?;
/// let order = Event::new("4".parse()?, EventKind::Order, Timestamp::from_microseconds(7)?, Some(paid));
/// let fact = Fact::from(&order);
/// assert_eq!((fact.kind, fact.amount, fact.channel), (Symbol::of("order"), Some(2_933), Symbol::NONE));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fact {
    /// What was done.
    pub kind: Symbol,
    /// When it was done.
    pub occurred_at: Timestamp,
    /// When it became known.
    pub ingested_at: Timestamp,
    /// Minor units: positive for an order, negative for a refund.
    pub amount: Option<i64>,
    /// Minor units by which an order was reduced.
    pub discount: Option<i64>,
    /// Microseconds.
    pub duration: Option<i64>,
    /// Pieces or points.
    pub quantity: Option<u32>,
    /// An answer in points.
    pub rating: Option<u32>,
    /// The shop's id of the event.
    pub event_id: Symbol,
    /// The order that it is about.
    pub order_id: Symbol,
    /// The product.
    pub product: Symbol,
    /// Its category.
    pub category: Symbol,
    /// Where it happened.
    pub channel: Symbol,
    /// The campaign that led to it.
    pub campaign: Symbol,
    /// The kind of device.
    pub device: Symbol,
    /// The country.
    pub country: Symbol,
}

impl Fact {
    /// A fact that was known at once, about which nothing but kind and time is known.
    #[must_use]
    pub const fn new(kind: Symbol, occurred_at: Timestamp) -> Self {
        Self {
            kind,
            occurred_at,
            ingested_at: occurred_at,
            amount: None,
            discount: None,
            duration: None,
            quantity: None,
            rating: None,
            event_id: Symbol::NONE,
            order_id: Symbol::NONE,
            product: Symbol::NONE,
            category: Symbol::NONE,
            channel: Symbol::NONE,
            campaign: Symbol::NONE,
            device: Symbol::NONE,
            country: Symbol::NONE,
        }
    }

    /// The later of the two times: from then on the fact may be used.
    #[must_use]
    pub fn known_at(&self) -> Timestamp {
        self.occurred_at.max(self.ingested_at)
    }
}

impl From<&Event> for Fact {
    fn from(event: &Event) -> Self {
        let Attributes { event_id, order_id, product, category, channel, campaign, device, country, .. } =
            &event.attributes;
        let symbol = |text: &Option<Box<str>>| Symbol::maybe(text.as_deref());
        Self {
            ingested_at: event.ingested_at,
            amount: event.amount.map(|amount| amount.minor_units()),
            discount: event.attributes.discount.map(|discount| discount.minor_units()),
            duration: event.attributes.duration.map(|duration| duration.microseconds()),
            quantity: event.attributes.quantity,
            rating: event.attributes.rating,
            event_id: symbol(event_id),
            order_id: symbol(order_id),
            product: symbol(product),
            category: symbol(category),
            channel: symbol(channel),
            campaign: symbol(campaign),
            device: symbol(device),
            country: symbol(country),
            ..Self::new(Symbol::of(event.kind.as_str()), event.occurred_at)
        }
    }
}
