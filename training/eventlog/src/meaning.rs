//! What the words of a kind or status column say about a row.

use tenure_core::{CoreError, EventKind};

/// What a row is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// A purchase.
    Order,
    /// Money going back.
    Refund,
    /// A purchase that came to nothing.
    Undone,
    /// Something without which no money changes hands.
    Other(EventKind),
}

impl From<EventKind> for Meaning {
    fn from(kind: EventKind) -> Self {
        if kind == EventKind::Order {
            Self::Order
        } else if kind == EventKind::Refund {
            Self::Refund
        } else {
            Self::Other(kind)
        }
    }
}

/// How far the words of a kind column are interpreted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Words {
    /// Names of kinds, as [`EventWriter`](crate::EventWriter) writes them, and nothing else.
    Exact,
    /// What happened: an unknown word is a kind of the shop's own.
    Events,
    /// States of an order: an unknown word (paid, shipped) leaves it standing.
    States,
}

impl Meaning {
    /// Reads the word of a row.
    pub(crate) fn of(word: &str, words: Words) -> Result<Self, CoreError> {
        let word = word.trim();
        if word.is_empty() || word.eq_ignore_ascii_case("order") {
            return Ok(Self::Order);
        }
        if words == Words::Exact {
            let kind: EventKind = word.parse()?;
            return Ok(if kind == EventKind::Refund { Self::Refund } else { Self::Other(kind) });
        }
        let folded = word.to_ascii_lowercase().replace([' ', '-'], "_");
        if let Some(meaning) = known(&folded) {
            return Ok(meaning);
        }
        match folded.parse() {
            Ok(kind) if words == Words::Events || EventKind::KNOWN.contains(&kind) => Ok(Self::Other(kind)),
            Err(error) if words == Words::Events => Err(error),
            _ => Ok(Self::Order),
        }
    }
}

/// Words, English or Chinese, that mean a purchase, money going back, or an order that was undone.
///
/// A noun (`refund`, `return`) says what the row is; a participle (`refunded`, `cancelled`) says what became
/// of an order. So a positive amount is a refund in the first case and no purchase in the second.
fn known(word: &str) -> Option<Meaning> {
    if word.starts_with("partial") || word.starts_with("部分") {
        return Some(Meaning::Order);
    }
    match word {
        "orders" | "purchase" | "purchased" | "sale" | "sales" | "invoice" | "payment" | "charge" => {
            Some(Meaning::Order)
        }
        "refund" | "refunds" | "return" | "returns" | "credit" | "credit_note" | "chargeback" => {
            Some(Meaning::Refund)
        }
        "退款" | "退货" | "退货退款" => Some(Meaning::Refund),
        "refunded" | "returned" | "voided" | "void" | "fully_refunded" => Some(Meaning::Undone),
        "已退款" | "已退货" | "全额退款" | "已取消" | "取消" | "交易关闭" | "已关闭" => {
            Some(Meaning::Undone)
        }
        // Not subscription_cancel, which is an event of its own.
        _ if word.starts_with("cancel") || word.ends_with("_cancelled") || word.ends_with("_canceled") => {
            Some(Meaning::Undone)
        }
        _ if word.ends_with("_refund") || word.ends_with("_return") => Some(Meaning::Refund),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chinese_states_are_understood() {
        for (word, expected) in [
            ("已退款", Meaning::Undone),
            ("交易关闭", Meaning::Undone),
            ("退款", Meaning::Refund),
            ("部分退款", Meaning::Order),
            ("已发货", Meaning::Order),
        ] {
            assert_eq!(Meaning::of(word, Words::States), Ok(expected), "{word}");
        }
    }

    #[test]
    fn every_known_kind_keeps_its_meaning() {
        for kind in EventKind::KNOWN {
            let purchases = [(EventKind::Order, Meaning::Order), (EventKind::Refund, Meaning::Refund)];
            let expected = purchases.into_iter().find(|(known, _)| known == kind);
            let expected = expected.map_or(Meaning::Other(kind.clone()), |(_, meaning)| meaning);
            assert_eq!(Meaning::of(kind.as_str(), Words::States), Ok(expected.clone()));
            assert_eq!(Meaning::of(kind.as_str(), Words::Exact), Ok(expected));
        }
    }

    #[test]
    fn a_status_describes_an_order_and_a_kind_names_an_event() {
        assert_eq!(Meaning::of("Shipped", Words::States), Ok(Meaning::Order));
        assert_eq!(
            Meaning::of("Size Guide", Words::Events),
            Ok(Meaning::Other("size_guide".parse().unwrap()))
        );
        assert_eq!(Meaning::of("Größe", Words::States), Ok(Meaning::Order));
        assert!(Meaning::of("Größe", Words::Events).is_err());
        assert_eq!(Meaning::of("Order-Cancelled", Words::Events), Ok(Meaning::Undone));
        assert_eq!(Meaning::of("card_refund", Words::Events), Ok(Meaning::Refund));
    }

    #[test]
    fn a_written_kind_is_only_its_name() {
        let kind: EventKind = "returned".parse().unwrap();
        assert_eq!(Meaning::of("returned", Words::Exact), Ok(Meaning::Other(kind)));
        assert_eq!(Meaning::of("returned", Words::Events), Ok(Meaning::Undone));
        assert!(Meaning::of("Session", Words::Exact).is_err());
    }
}
