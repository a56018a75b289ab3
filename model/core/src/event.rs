//! What: something a customer did at an instant.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{CoreError, CustomerId, Duration, Money, Timestamp};

macro_rules! event_kinds {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)+) => {
        /// What was done: a kind Tenure knows, or one of the shop's own.
        ///
        /// ```
        /// use tenure_core::EventKind;
        /// assert_eq!("add_to_cart".parse::<EventKind>()?, EventKind::AddToCart);
        /// assert_eq!("size_guide_open".parse::<EventKind>()?.as_str(), "size_guide_open");
        /// # Ok::<(), tenure_core::CoreError>(())
        /// ```
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        #[non_exhaustive]
        pub enum EventKind {
            $($(#[$doc])* $variant,)+
            /// A kind of the shop's own.
            Custom(Box<str>),
        }

        impl EventKind {
            /// The kinds that Tenure knows.
            pub const KNOWN: &[Self] = &[$(Self::$variant,)+];

            /// The name used in files, in the behaviour language and on the wire.
            #[must_use]
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $name,)+
                    Self::Custom(name) => name,
                }
            }
        }

        impl FromStr for EventKind {
            type Err = CoreError;
            fn from_str(value: &str) -> Result<Self, CoreError> {
                match value {
                    $($name => Ok(Self::$variant),)+
                    _ => Self::custom(value),
                }
            }
        }
    };
}

event_kinds! {
    /// A purchase; its amount is what the customer paid.
    Order = "order",
    /// Money that went back; its amount is negative.
    Refund = "refund",
    /// An order was called off: the order that it names counts no more.
    OrderCancel = "order_cancel",
    /// A product page was seen.
    ProductView = "product_view",
    /// Something was put in the cart.
    AddToCart = "add_to_cart",
    /// The checkout was opened.
    CheckoutStart = "checkout_start",
    /// A visit to the shop.
    Session = "session",
    /// An e-mail was sent to the customer.
    EmailSend = "email_send",
    /// An e-mail was opened.
    EmailOpen = "email_open",
    /// A link in an e-mail was followed.
    EmailClick = "email_click",
    /// A link in a text message was followed.
    SmsClick = "sms_click",
    /// Loyalty points were earned.
    LoyaltyEarn = "loyalty_earn",
    /// Loyalty points were spent.
    LoyaltyRedeem = "loyalty_redeem",
    /// Somebody else was brought to the shop.
    Referral = "referral",
    /// A review was written.
    Review = "review",
    /// The "would you recommend us" question was answered.
    Nps = "nps",
    /// A subscription began.
    SubscriptionStart = "subscription_start",
    /// A subscription ended.
    SubscriptionCancel = "subscription_cancel",
}

impl EventKind {
    /// Longest name of a kind of the shop's own, in bytes.
    pub const MAX_BYTES: usize = 64;

    fn custom(value: &str) -> Result<Self, CoreError> {
        let letters = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        let valid = value.len() <= Self::MAX_BYTES
            && value.as_bytes().first().is_some_and(u8::is_ascii_lowercase)
            && value.bytes().all(letters);
        if valid {
            Ok(Self::Custom(value.into()))
        } else {
            Err(CoreError::InvalidEventKind { value: value.to_owned() })
        }
    }
}

impl TryFrom<String> for EventKind {
    type Error = CoreError;
    fn try_from(value: String) -> Result<Self, CoreError> {
        value.parse()
    }
}

impl From<EventKind> for String {
    fn from(kind: EventKind) -> Self {
        kind.as_str().to_owned()
    }
}

impl fmt::Display for EventKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Something a customer did at an instant.
///
/// ```
/// use tenure_core::{Currency, Event, EventKind, Money, Timestamp};
/// let paid = Money::parse("29.33", Currency::USD)?;
/// let mut order = Event::new("00004".parse()?, EventKind::Order, Timestamp::from_microseconds(0)?, Some(paid));
/// order.attributes.channel = Some("amazon".into());
/// assert_eq!(order.known_at(), order.occurred_at);
/// # Ok::<(), tenure_core::CoreError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Who did it.
    pub customer_id: CustomerId,
    /// What was done.
    pub kind: EventKind,
    /// When it was done.
    pub occurred_at: Timestamp,
    /// When the shop's systems learned of it. A question asked before this instant must not use the event.
    pub ingested_at: Timestamp,
    /// Money that changed hands: positive for an order, negative for a refund, absent where there is none.
    pub amount: Option<Money>,
    /// What else is known about it.
    #[serde(default)]
    pub attributes: Attributes,
}

impl Event {
    /// An event that was known at once and about which nothing else is known.
    #[must_use]
    pub fn new(
        customer_id: CustomerId,
        kind: EventKind,
        occurred_at: Timestamp,
        amount: Option<Money>,
    ) -> Self {
        let attributes = Attributes::default();
        Self { customer_id, kind, occurred_at, ingested_at: occurred_at, amount, attributes }
    }

    /// The later of the two times: from then on the event may be used.
    #[must_use]
    pub fn known_at(&self) -> Timestamp {
        self.occurred_at.max(self.ingested_at)
    }
}

/// What may be known about an event besides who, what, when and how much. Everything is optional.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Attributes {
    /// The shop's id of the event: the same id twice is one event.
    pub event_id: Option<Box<str>>,
    /// The order that an order, refund or cancellation is about.
    pub order_id: Option<Box<str>>,
    /// Pieces ordered, or points earned and redeemed.
    pub quantity: Option<u32>,
    /// An answer in points: 0 to 10 for `nps`, 1 to 5 for `review`.
    pub rating: Option<u32>,
    /// By how much an order was reduced, in the event's currency; never negative.
    pub discount: Option<Money>,
    /// How long it took: of a session, the time on the site.
    pub duration: Option<Duration>,
    /// The product, by the shop's id.
    pub product: Option<Box<str>>,
    /// The category of the product.
    pub category: Option<Box<str>>,
    /// Where it happened: `shopify`, `amazon`, `tiktok_shop`, `email`.
    pub channel: Option<Box<str>>,
    /// The campaign that led to it.
    pub campaign: Option<Box<str>>,
    /// The kind of device: `mobile`, `desktop`.
    pub device: Option<Box<str>>,
    /// The country, as ISO 3166 alpha-2 code where the shop has it so.
    pub country: Option<Box<str>>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_known_kind_reads_back() {
        for kind in EventKind::KNOWN {
            assert_eq!(kind.as_str().parse(), Ok(kind.clone()));
        }
        assert_eq!(EventKind::KNOWN.len(), 18);
    }

    #[test]
    fn refuses_names_that_the_language_could_not_read() {
        for name in ["", "Order", "2nd_visit", "size guide", "größe", &"x".repeat(65)] {
            assert_eq!(name.parse::<EventKind>(), Err(CoreError::InvalidEventKind { value: name.into() }));
        }
    }
}
