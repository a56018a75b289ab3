//! Why a bundle has no trees, and so what the next rung would need.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::part::{Part, encode_part};
use crate::{BundleError, RawBundle};

/// Name of the part; a bundle with trees, or an older one, is without it.
const PART: &str = "no_trees";

/// Why no trees answer by a bundle; in words it is what they would need.
///
/// ```
/// use tenure_bundle::NoTrees;
/// let few = NoTrees::Customers { known: 310, needed: 500 };
/// assert_eq!(few.to_string(), "500 customers to learn from; the training knew 310");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum NoTrees {
    /// Training was told which purchase model to use.
    NotAsked,
    /// Fewer customers had ordered than trees learn from.
    Customers {
        /// Who had, at the as-of.
        known: u64,
        /// How many it takes.
        needed: u64,
    },
    /// The history holds too few past dates whose outcome is known.
    History {
        /// Days that it goes back.
        known_days: u32,
    },
    /// Too few had come back, or paid, to learn from.
    Buyers,
    /// Trees did no better than the purchase model, or no more so than chance has it.
    NoGain {
        /// Past dates at which they were judged.
        dates: u32,
    },
}

impl NoTrees {
    /// What a bundle says; absent where it has trees, or is older than this part.
    ///
    /// # Errors
    /// When the part does not hold what it should.
    pub fn of(bundle: &RawBundle) -> Result<Option<Self>, BundleError> {
        bundle.optional(PART)
    }

    /// The part of a bundle that holds it.
    ///
    /// # Errors
    /// When it has no form in postcard.
    pub fn to_part(&self) -> Result<Part, BundleError> {
        encode_part(PART, self)
    }
}

impl fmt::Display for NoTrees {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAsked => f.write_str("a training that may choose: this one was told its purchase model"),
            Self::Customers { known, needed } => {
                write!(f, "{needed} customers to learn from; the training knew {known}")
            }
            Self::History { known_days } => {
                write!(
                    f,
                    "a longer history: in {known_days} days too few past dates have customers enough and a known outcome"
                )
            }
            Self::Buyers => f.write_str("more customers who come back and pay"),
            Self::NoGain { dates } => {
                let plural = if *dates == 1 { "" } else { "s" };
                write!(
                    f,
                    "events that tell more: at {dates} past date{plural} trees did no better than the purchase model"
                )
            }
        }
    }
}
