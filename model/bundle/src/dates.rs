//! Dates of next orders by a customer's own rhythm.

use serde::{Deserialize, Serialize};
use tenure_behaviour::PurchaseSummary;
use tenure_btyd::{OwnRhythm, Rhythms};
use tenure_core::Weeks;

use crate::forecast::{as_customer, log_gaps};

/// How a bundle dates the next orders of customers with a rhythm of their own.
///
/// Gaps change more than a model of constant rates has it, so the interval of four orders in five is taken as wide as past
/// dates asked for: by the shares of next orders that the rhythm had expected by the time they came (Chernozhukov,
/// Wüthrich, Zhu 2021, "Distributional conformal prediction", PNAS 118(48)).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "(Rhythms, f64, f64)", into = "(Rhythms, f64, f64)")]
pub struct OwnDates {
    rhythms: Rhythms,
    earliest: f64,
    latest: f64,
}

/// Shares of expected next orders between which no interval can lie.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[error(
    "an interval from the share {earliest} to {latest} of next orders: it must begin at 0 to 0.1 and end at 0.9 to 1"
)]
pub struct InvalidDates {
    /// Share of orders expected before the earliest date.
    pub earliest: f64,
    /// Share of orders expected before the latest date.
    pub latest: f64,
}

impl OwnDates {
    /// Rhythms, and the shares of next orders by them at which the interval begins, from 0 to 0.1, and ends, from 0.9 to 1.
    ///
    /// # Errors
    /// When a share is out of its range.
    pub fn new(rhythms: Rhythms, [earliest, latest]: [f64; 2]) -> Result<Self, InvalidDates> {
        if (0.0..=0.1).contains(&earliest) && (0.9..=1.0).contains(&latest) {
            Ok(Self { rhythms, earliest, latest })
        } else {
            Err(InvalidDates { earliest, latest })
        }
    }

    /// The rhythm of a customer, who may have none.
    #[must_use]
    pub fn rhythm(&self, summary: &PurchaseSummary) -> Option<OwnRhythm> {
        self.rhythms.of(&as_customer(Some(summary)), log_gaps(summary))
    }

    /// The time to the earliest, the median and the latest date of a next order that comes within `within`.
    #[must_use]
    pub fn waits(&self, own: &OwnRhythm, within: Weeks) -> [Weeks; 3] {
        [self.earliest, 0.5, self.latest].map(|share| own.next_order(share, within))
    }

    /// How customers are spread over regularities.
    #[must_use]
    pub const fn rhythms(&self) -> &Rhythms {
        &self.rhythms
    }
}

impl TryFrom<(Rhythms, f64, f64)> for OwnDates {
    type Error = InvalidDates;
    fn try_from((rhythms, earliest, latest): (Rhythms, f64, f64)) -> Result<Self, InvalidDates> {
        Self::new(rhythms, [earliest, latest])
    }
}

impl From<OwnDates> for (Rhythms, f64, f64) {
    fn from(dates: OwnDates) -> Self {
        (dates.rhythms, dates.earliest, dates.latest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interval_holds_the_middle_four_fifths_at_least() {
        let mut shares = [0.0; 12];
        (shares[0], shares[3]) = (0.5, 0.5);
        let rhythms = Rhythms::new(1.0, 4.0, shares).unwrap();
        let dates = OwnDates::new(rhythms, [0.04, 0.97]).unwrap();
        let bytes = postcard::to_stdvec(&dates).unwrap();
        assert_eq!(postcard::from_bytes::<OwnDates>(&bytes).unwrap(), dates);
        for ends in [[0.2, 0.95], [-0.1, 0.95], [0.1, 0.8], [0.1, 1.1], [f64::NAN, 0.9], [0.1, f64::NAN]] {
            let refused = OwnDates::new(rhythms, ends).unwrap_err();
            assert!(refused.to_string().contains("of next orders"), "{refused}");
            let mut bytes = bytes.clone();
            let at = bytes.len() - 16;
            bytes[at..at + 8].copy_from_slice(&ends[0].to_le_bytes());
            bytes[at + 8..].copy_from_slice(&ends[1].to_le_bytes());
            assert!(postcard::from_bytes::<OwnDates>(&bytes).is_err(), "{ends:?}");
        }
    }
}
