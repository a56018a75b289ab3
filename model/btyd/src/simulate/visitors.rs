//! How the exponential-gamma model lets somebody who came to look order for the first time.

use tenure_core::Weeks;

use super::Random;
use crate::ExponentialGamma;

/// What one person who came to look does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Visitor {
    /// Time from the first sight to the first order; `None` where none ever comes.
    pub wait: Option<Weeks>,
}

impl Visitor {
    /// What a model is shown of somebody watched for so long: the wait and whether it ended with an order, as
    /// [`FirstOrderData::new`](crate::FirstOrderData::new) takes them.
    #[must_use]
    pub fn seen(&self, watched: Weeks) -> (Weeks, bool) {
        self.wait.filter(|wait| *wait <= watched).map_or((watched, false), |wait| (wait, true))
    }
}

/// When somebody first orders must not depend on how often a customer does, so it shares no numbers with
/// [`life`](super::life).
const FORMAT: &[u8; 24] = b"btyd simulation visitor1";

/// What person `number` does, at the model's parameters.
///
/// ```
/// use tenure_btyd::{ExponentialGamma, simulate};
/// use tenure_core::Weeks;
/// let (model, year) = (ExponentialGamma::new(0.8, 3.0, 0.6)?, Weeks::new(52.0)?);
/// let ordered = (0..1_000).filter(|n| simulate::visitor(&model, 7, *n).seen(year).1).count();
/// assert!((ordered as f64 / 1_000.0 - (1.0 - model.p_none(year))).abs() < 0.05);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn visitor(model: &ExponentialGamma, seed: u64, number: u64) -> Visitor {
    let mut random = Random::stream(FORMAT, seed, number);
    let [r, alpha, share] = model.parameters();
    let will_order = random.chance(share);
    let wait = random.exponential() * alpha / random.gamma(r);
    // A wait beyond all numbers never ends.
    Visitor { wait: Weeks::new(wait).ok().filter(|_| will_order) }
}
