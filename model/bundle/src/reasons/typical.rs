//! The typical customer of training: where reasons start from.

use serde::{Deserialize, Serialize};
use tenure_behaviour::PurchaseSummary;
use tenure_btyd::Customer;
use tenure_core::Weeks;

use crate::forecast::as_customer;
use crate::part::{Part, encode_part};
use crate::profile::rounded;
use crate::{BundleError, RawBundle};

/// Name of the part; a bundle without it is older.
const PART: &str = "typical";
/// Name of the part that holds the usual time between orders; absent where nobody had come back, and in older bundles.
const GAP_PART: &str = "typical_gap";

/// Medians over the customers of training: what others are held against.
///
/// Times and spend are rounded to three digits, so that none of them is some customer's.
///
/// ```
/// use tenure_bundle::Typical;
/// assert_eq!(Typical::NEW.frequency(), 0);
/// assert_eq!(Typical::NEW.age_days(), 0.0);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Unchecked")]
pub struct Typical {
    frequency: u32,
    recency_age: Weeks,
    age: Weeks,
    mean_spend: f64,
    /// In a part of its own: the typical customer of most shops ordered once and has none.
    #[serde(skip)]
    gap: Option<Weeks>,
}

/// The medians as they stand in a file, before anybody looked at them.
#[derive(Deserialize)]
struct Unchecked {
    frequency: u32,
    recency_age: Weeks,
    age: Weeks,
    mean_spend: f64,
}

/// Medians that are no customer's.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("the typical customer cannot be: {reason}")]
struct Impossible {
    reason: String,
}

impl Typical {
    /// Somebody who ordered for the first time this instant: the start where a bundle knows no typical customer.
    pub const NEW: Self =
        Self { frequency: 0, recency_age: Weeks::ZERO, age: Weeks::ZERO, mean_spend: 0.0, gap: None };

    /// The medians of some customers, the lower one of two in the middle; `None` without a customer.
    #[must_use]
    pub fn fit(summaries: &[PurchaseSummary]) -> Option<Self> {
        let middle = |read: fn(&PurchaseSummary) -> f64| median(summaries.iter().map(read));
        let unchecked = Unchecked {
            frequency: middle(|one| f64::from(as_customer(Some(one)).frequency()))? as u32,
            recency_age: Weeks::new(middle(|one| one.recency_age.get())?).ok()?,
            age: Weeks::new(middle(|one| one.age.get())?).ok()?,
            mean_spend: middle(PurchaseSummary::mean_spend)?,
        };
        let typical = Self::try_from(unchecked).ok()?;
        let gap = |one: &PurchaseSummary| one.recency_age.get() / f64::from(one.frequency);
        let gaps = summaries.iter().filter(|one| one.frequency > 0).map(gap);
        Some(Self { gap: median(gaps).and_then(|gap| Weeks::new(gap).ok()), ..typical })
    }

    /// The typical customer of a bundle; `None` where it was made without.
    ///
    /// # Errors
    /// When the part holds no customer that can be.
    pub fn of(bundle: &RawBundle) -> Result<Option<Self>, BundleError> {
        let Some(typical) = bundle.optional::<Self>(PART)? else { return Ok(None) };
        Ok(Some(Self { gap: bundle.optional(GAP_PART)?, ..typical }))
    }

    /// The parts of a bundle that hold it.
    ///
    /// # Errors
    /// When it has no form in postcard.
    pub fn to_parts(&self) -> Result<Vec<Part>, BundleError> {
        let gap = self.gap.map(|gap| encode_part(GAP_PART, &gap)).transpose()?;
        Ok([encode_part(PART, self)?].into_iter().chain(gap).collect())
    }

    /// Repeat purchase occasions.
    #[must_use]
    pub const fn frequency(&self) -> u32 {
        self.frequency
    }

    /// Days since the first order.
    #[must_use]
    pub fn age_days(&self) -> f64 {
        self.age.get() * 7.0
    }

    /// Days since the last order.
    #[must_use]
    pub fn silence_days(&self) -> f64 {
        (self.age.get() - self.recency_age.get()) * 7.0
    }

    /// Days between one's orders, the median over customers who came back: what is usual in the shop, also where the
    /// typical customer ordered once. Absent where nobody came back, and in bundles that do not keep it.
    #[must_use]
    pub fn gap_days(&self) -> Option<f64> {
        self.gap.map(|gap| gap.get() * 7.0)
    }

    /// Net spend per order, in major units.
    #[must_use]
    pub const fn mean_spend(&self) -> f64 {
        self.mean_spend
    }

    /// As purchase models see it.
    #[must_use]
    pub fn as_customer(&self) -> Customer {
        Customer::new(self.frequency, self.recency_age, self.age).unwrap_or(Customer::NEW)
    }
}

/// The lower one of two in the middle, to three digits; `None` without any.
fn median(values: impl Iterator<Item = f64>) -> Option<f64> {
    let mut all: Vec<f64> = values.collect();
    let at = all.len().checked_sub(1)? / 2;
    Some(rounded(*all.select_nth_unstable_by(at, f64::total_cmp).1))
}

impl TryFrom<Unchecked> for Typical {
    type Error = Impossible;
    fn try_from(file: Unchecked) -> Result<Self, Impossible> {
        let Unchecked { frequency, recency_age, age, mean_spend } = file;
        if !mean_spend.is_finite() {
            return Err(Impossible { reason: format!("a mean spend of {mean_spend}") });
        }
        match Customer::new(frequency, recency_age, age) {
            Ok(_) => Ok(Self { frequency, recency_age, age, mean_spend, gap: None }),
            Err(error) => Err(Impossible { reason: error.to_string() }),
        }
    }
}
