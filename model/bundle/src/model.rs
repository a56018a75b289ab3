//! The parts of a bundle that predict, and how they answer for one customer.

use serde::{Deserialize, Serialize};
use tenure_behaviour::PurchaseSummary;
use tenure_btyd::{
    BetaGeometricOutlook, BgCnbd, BgNbd, Customer, GammaGamma, MbgCnbd, MbgNbd, Outlook, ParetoNbd,
    ParetoOutlook, PurchaseModel, RegularOutlook,
};
use tenure_predict::LogitShift;

/// The purchase model of a bundle. New ones come last: postcard writes a variant as its number.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderModel {
    /// BG/NBD.
    BgNbd(BgNbd),
    /// MBG/NBD.
    MbgNbd(MbgNbd),
    /// Pareto/NBD.
    ParetoNbd(ParetoNbd),
    /// BG/CNBD-k.
    BgCnbd(BgCnbd),
    /// MBG/CNBD-k.
    MbgCnbd(MbgCnbd),
}

impl OrderModel {
    /// The name used in manifests, files and on the wire.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::BgNbd(_) => "bg_nbd",
            Self::MbgNbd(_) => "mbg_nbd",
            Self::ParetoNbd(_) => "pareto_nbd",
            Self::BgCnbd(_) => "bg_cnbd",
            Self::MbgCnbd(_) => "mbg_cnbd",
        }
    }

    /// What will come of one customer.
    #[must_use]
    pub fn outlook(&self, customer: &Customer) -> OrderOutlook {
        match self {
            Self::BgNbd(model) => OrderOutlook::BetaGeometric(model.outlook(customer)),
            Self::MbgNbd(model) => OrderOutlook::BetaGeometric(model.outlook(customer)),
            Self::ParetoNbd(model) => OrderOutlook::Pareto(model.outlook(customer)),
            Self::BgCnbd(model) => OrderOutlook::Regular(model.outlook(customer)),
            Self::MbgCnbd(model) => OrderOutlook::Regular(model.outlook(customer)),
        }
    }

    /// Shape and scale, in weeks, of the rate of orders over customers: Gamma(r, alpha).
    #[must_use]
    pub fn order_rate(&self) -> [f64; 2] {
        let ([r, alpha, ..], k) = match self {
            Self::BgNbd(model) => (model.parameters(), 1),
            Self::MbgNbd(model) => (model.parameters(), 1),
            Self::ParetoNbd(model) => (model.parameters(), 1),
            Self::BgCnbd(model) => (model.parameters(), model.regularity()),
            Self::MbgCnbd(model) => (model.parameters(), model.regularity()),
        };
        // Of k phases an order.
        [r, alpha * f64::from(k)]
    }

    /// How regular orders come, 1 being at random; more only by BG/CNBD-k and MBG/CNBD-k.
    #[must_use]
    pub const fn regularity(&self) -> u32 {
        match self {
            Self::BgNbd(_) | Self::MbgNbd(_) | Self::ParetoNbd(_) => 1,
            Self::BgCnbd(model) => model.regularity(),
            Self::MbgCnbd(model) => model.regularity(),
        }
    }
}

/// What will come of one customer, by whichever model.
#[derive(Clone, Copy, Debug)]
pub enum OrderOutlook {
    /// BG/NBD or MBG/NBD.
    BetaGeometric(BetaGeometricOutlook),
    /// Pareto/NBD.
    Pareto(ParetoOutlook),
    /// BG/CNBD-k or MBG/CNBD-k.
    Regular(RegularOutlook),
}

impl OrderOutlook {
    /// The predictions, by reference.
    #[must_use]
    pub fn get(&self) -> &dyn Outlook {
        match self {
            Self::BetaGeometric(outlook) => outlook,
            Self::Pareto(outlook) => outlook,
            Self::Regular(outlook) => outlook,
        }
    }
}

/// Which orders the spend model looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SpendBasis {
    /// Repeat orders only, as in the papers: the first order is taken not to tell.
    RepeatOrders,
    /// All orders: then one-time buyers do not all get the population's mean.
    AllOrders,
}

impl SpendBasis {
    /// How many orders of a customer it looks at, and their mean in major units.
    #[must_use]
    pub fn of(self, summary: &PurchaseSummary) -> (u32, f64) {
        match self {
            Self::RepeatOrders => (summary.frequency, summary.mean_repeat_spend()),
            Self::AllOrders => (summary.occasions(), summary.mean_spend()),
        }
    }
}

/// The spend model of a bundle.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct SpendModel {
    /// Spend per order over customers.
    pub gamma_gamma: GammaGamma,
    /// Which orders it was fitted to and reads.
    pub basis: SpendBasis,
}

impl SpendModel {
    /// Expected spend per order, in major units; a mean that refunds pushed below 0 counts as 0. `None` is a
    /// customer with no order yet: the population's mean.
    #[must_use]
    pub fn expected_spend(&self, summary: Option<&PurchaseSummary>) -> f64 {
        let Some(summary) = summary else { return self.gamma_gamma.population_mean() };
        let (orders, mean) = self.basis.of(summary);
        self.gamma_gamma.expected_spend(orders, mean.max(0.0))
    }

    /// Expected spend on a number of expected orders, in major units.
    #[must_use]
    pub fn value_of(&self, orders: f64, summary: Option<&PurchaseSummary>) -> f64 {
        orders * self.expected_spend(summary)
    }
}

/// How far past predictions were off in level, and what that makes of new ones.
///
/// The models hold rates constant and know no season; where backtests show that they are off by the same
/// factor from origin to origin, this takes it out. Where they do not, it is [`Level::NONE`].
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "UncheckedLevel")]
pub struct Level {
    /// Applied to every churn probability.
    pub churn: LogitShift,
    orders: f64,
    value: f64,
}

/// The level as it stands in a file, before anybody looked at it.
#[derive(Deserialize)]
struct UncheckedLevel {
    churn: LogitShift,
    orders: f64,
    value: f64,
}

/// A factor on orders or value that is not finite and above zero.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[error("a level of {orders} on orders and {value} on value: both must be finite and above 0")]
pub struct InvalidLevel {
    /// The factor on expected orders.
    pub orders: f64,
    /// The factor on value.
    pub value: f64,
}

impl Level {
    /// Changes nothing.
    pub const NONE: Self = Self { churn: LogitShift::IDENTITY, orders: 1.0, value: 1.0 };

    /// A correction of probabilities and factors on expected orders and on value.
    ///
    /// # Errors
    /// When a factor is not finite and above zero.
    pub fn new(churn: LogitShift, orders: f64, value: f64) -> Result<Self, InvalidLevel> {
        let fine = |factor: f64| factor.is_finite() && factor > 0.0;
        if fine(orders) && fine(value) {
            Ok(Self { churn, orders, value })
        } else {
            Err(InvalidLevel { orders, value })
        }
    }

    /// A probability of churn with its level set.
    #[must_use]
    pub fn churn_probability(&self, as_fitted: f64) -> f64 {
        self.churn.apply(as_fitted)
    }

    /// Expected orders with their level set.
    #[must_use]
    pub const fn expected_orders(&self, as_fitted: f64) -> f64 {
        as_fitted * self.orders
    }

    /// An expected value with its level set, in the unit it came in.
    #[must_use]
    pub const fn expected_value(&self, as_fitted: f64) -> f64 {
        as_fitted * self.value
    }

    /// Factor on expected orders.
    #[must_use]
    pub const fn orders(&self) -> f64 {
        self.orders
    }

    /// Factor on expected spend.
    #[must_use]
    pub const fn value(&self) -> f64 {
        self.value
    }
}

impl TryFrom<UncheckedLevel> for Level {
    type Error = InvalidLevel;
    fn try_from(file: UncheckedLevel) -> Result<Self, InvalidLevel> {
        Self::new(file.churn, file.orders, file.value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bundles of before hold the number of their model, not its name.
    #[test]
    fn a_model_keeps_its_number() {
        let [r, alpha, a, b] = [0.243, 4.414, 0.793, 2.426];
        let all = [
            OrderModel::BgNbd(BgNbd::new(r, alpha, a, b).unwrap()),
            OrderModel::MbgNbd(MbgNbd::new(r, alpha, a, b).unwrap()),
            OrderModel::ParetoNbd(ParetoNbd::new(r, alpha, a, b).unwrap()),
            OrderModel::BgCnbd(BgCnbd::new(2, r, alpha, a, b).unwrap()),
            OrderModel::MbgCnbd(MbgCnbd::new(12, r, alpha, a, b).unwrap()),
        ];
        for (number, model) in all.iter().enumerate() {
            let bytes = postcard::to_stdvec(model).unwrap();
            assert_eq!(usize::from(bytes[0]), number, "{}", model.name());
            let numbers = if number < 3 { 4 } else { 5 };
            assert_eq!(bytes.len(), 1 + 8 * numbers);
            assert_eq!(postcard::from_bytes::<OrderModel>(&bytes).unwrap(), *model);
        }
        assert_eq!(all.map(|model| model.regularity()), [1, 1, 1, 2, 12]);
        // No regularity of 2.5, and none of 13.
        for k in [2.5_f64, 13.0, f64::NAN] {
            let mut bytes = postcard::to_stdvec(&all[3]).unwrap();
            bytes[1..9].copy_from_slice(&k.to_le_bytes());
            assert!(postcard::from_bytes::<OrderModel>(&bytes).is_err(), "{k}");
        }
    }

    /// One customer by the models of random orders, and by those that they are at k = 1.
    #[test]
    fn a_regularity_of_one_answers_as_the_model_of_random_orders() {
        let weeks = |value: f64| tenure_core::Weeks::new(value).unwrap();
        let [r, alpha, a, b] = [0.243, 4.414, 0.793, 2.426];
        let pairs = [
            (
                OrderModel::BgNbd(BgNbd::new(r, alpha, a, b).unwrap()),
                OrderModel::BgCnbd(BgCnbd::new(1, r, alpha, a, b).unwrap()),
            ),
            (
                OrderModel::MbgNbd(MbgNbd::new(r, alpha, a, b).unwrap()),
                OrderModel::MbgCnbd(MbgCnbd::new(1, r, alpha, a, b).unwrap()),
            ),
        ];
        for (x, recency_age, age) in [(2, 30.43, 38.86), (0, 0.0, 12.0), (40, 50.0, 51.0)] {
            let customer = Customer::new(x, weeks(recency_age), weeks(age)).unwrap();
            for (plain, regular) in &pairs {
                let (plain, regular) = (plain.outlook(&customer), regular.outlook(&customer));
                let all = |outlook: &dyn Outlook| {
                    let t = weeks(13.0);
                    [
                        outlook.p_alive(),
                        outlook.p_no_order(t),
                        outlook.expected_orders(t),
                        outlook.next_order(0.5, t).get(),
                    ]
                };
                for (plain, regular) in all(plain.get()).into_iter().zip(all(regular.get())) {
                    assert!((plain - regular).abs() < 2e-4 * (1.0 + plain), "{plain} {regular}");
                }
            }
        }
    }
}
