//! What the models say of one customer: the arithmetic that scores and backtests share.
//!
//! A backtest is worth something only if it predicts as serving does. So there is one way from a summary to
//! probabilities, orders and value, and both go it: [`Forecast`] asks the models, [`Level`](crate::Level)
//! corrects what they answer.

use tenure_behaviour::PurchaseSummary;
use tenure_btyd::{Customer, Outlook};
use tenure_core::{DiscountRate, Horizon};

use crate::model::{OrderModel, OrderOutlook};

/// The three numbers that purchase models read of a customer, for fitting and for predicting.
///
/// A till that books all its walk-in customers as one has more orders than a model counts; it is taken for a
/// customer with [`Customer::MAX_FREQUENCY`] of them.
///
/// ```
/// use tenure_behaviour::{OccasionRule, OrderHistory, PurchaseSummary, SummaryRule};
/// use tenure_bundle::as_customer;
/// use tenure_core::{AsOf, Currency, EventKind, Money, TimeZone, Timestamp};
/// let rule = SummaryRule { occasion: OccasionRule::Day, time_zone: TimeZone::utc() };
/// let day = |text: &str| Timestamp::parse(text, &rule.time_zone);
/// let mut history = OrderHistory::new(Currency::USD);
/// for at in ["2024-01-01", "2024-01-15"] {
///     history.record(&EventKind::Order, day(at)?, Money::parse("10", Currency::USD)?)?;
/// }
/// let summary = PurchaseSummary::of(&history, AsOf::new(day("2024-01-29")?), &rule)?;
/// let customer = as_customer(summary.as_ref());
/// assert_eq!((customer.frequency(), customer.recency_age(), customer.age()), (1, 2.0, 4.0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn as_customer(summary: Option<&PurchaseSummary>) -> Customer {
    let Some(summary) = summary else { return Customer::NEW };
    let frequency = summary.frequency.min(Customer::MAX_FREQUENCY);
    // The other rules of a customer hold for every summary.
    Customer::new(frequency, summary.recency_age, summary.age).unwrap_or(Customer::NEW)
}

/// What the purchase models of regular customers read besides, for fitting: the sum of the logarithms of the times between
/// the customer's orders, in weeks, with the frequency of [`as_customer`].
///
/// ```
/// use tenure_behaviour::{OccasionRule, OrderHistory, PurchaseSummary, SummaryRule};
/// use tenure_bundle::log_gaps;
/// use tenure_core::{AsOf, Currency, EventKind, Money, TimeZone, Timestamp};
/// let rule = SummaryRule { occasion: OccasionRule::Day, time_zone: TimeZone::utc() };
/// let day = |text: &str| Timestamp::parse(text, &rule.time_zone);
/// let mut history = OrderHistory::new(Currency::USD);
/// for at in ["2024-01-01", "2024-01-15", "2024-02-05"] {
///     history.record(&EventKind::Order, day(at)?, Money::parse("10", Currency::USD)?)?;
/// }
/// let summary = PurchaseSummary::of(&history, AsOf::new(day("2024-03-01")?), &rule)?;
/// // Two weeks and three.
/// assert!((summary.as_ref().map_or(0.0, log_gaps) - 6.0_f64.ln()).abs() < 1e-15);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn log_gaps(summary: &PurchaseSummary) -> f64 {
    let customer = as_customer(Some(summary));
    if customer.frequency() == 0 {
        return 0.0;
    }
    let x = f64::from(customer.frequency());
    let of_those = summary.log_gaps * x / f64::from(summary.frequency);
    // Gaps that count as an hour add up to more than they took; even ones are the most that there can be.
    of_those.min(x * (customer.recency_age() / x).max(SHORTEST_GAP_WEEKS).ln())
}

/// As in [`PurchaseSummary`].
const SHORTEST_GAP_WEEKS: f64 = 1.0 / 168.0;

/// What a purchase model says of one customer, before any level is set.
#[derive(Clone, Copy, Debug)]
pub struct Forecast {
    outlook: OrderOutlook,
}

impl Forecast {
    /// Asks a purchase model; `None` is a customer with no order yet.
    #[must_use]
    pub fn of(orders: &OrderModel, summary: Option<&PurchaseSummary>) -> Self {
        Self::of_customer(orders, &as_customer(summary))
    }

    /// Asks a purchase model about a customer as it sees one.
    #[must_use]
    pub fn of_customer(orders: &OrderModel, customer: &Customer) -> Self {
        Self { outlook: orders.outlook(customer) }
    }

    /// Probability of no order within the horizon, in [0, 1].
    #[must_use]
    pub fn p_no_order(&self, horizon: Horizon) -> f64 {
        self.outlook().p_no_order(horizon.weeks()).clamp(0.0, 1.0)
    }

    /// Expected purchase occasions within the horizon, at least 0.
    #[must_use]
    pub fn expected_orders(&self, horizon: Horizon) -> f64 {
        self.outlook().expected_orders(horizon.weeks()).max(0.0)
    }

    /// The same, each discounted to now.
    #[must_use]
    pub fn discounted_orders(&self, horizon: Horizon, rate: DiscountRate) -> f64 {
        self.outlook().discounted_orders(horizon.weeks(), rate).max(0.0)
    }

    /// All that the model says of this customer.
    #[must_use]
    pub fn outlook(&self) -> &dyn Outlook {
        self.outlook.get()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tenure_btyd::{BgNbd, RfmData};
    use tenure_core::{Currency, Duration, Money, Timestamp, Weeks};

    fn summary(frequency: u32) -> PurchaseSummary {
        let nothing = Money::from_minor_units(0, Currency::USD);
        let start = Timestamp::from_microseconds(0).unwrap();
        PurchaseSummary {
            frequency,
            recency_age: Weeks::new(52.0).unwrap(),
            age: Weeks::new(52.0).unwrap(),
            log_gaps: 0.0,
            first_order_at: start,
            last_order_at: start,
            since_last: Duration::from_days(14),
            net_spend: nothing,
            first_spend: nothing,
        }
    }

    #[test]
    fn a_till_is_the_busiest_customer_that_models_know_and_not_a_new_one() {
        assert_eq!(as_customer(Some(&summary(u32::MAX))).frequency(), Customer::MAX_FREQUENCY);
        let model = OrderModel::BgNbd(BgNbd::new(0.243, 4.414, 0.793, 2.426).unwrap());
        let month: Horizon = "28d".parse().unwrap();
        let till = Forecast::of(&model, Some(&summary(2_000_000))).expected_orders(month);
        // A million orders in a year, for four more weeks.
        assert!((60_000.0..80_000.0).contains(&till), "{till}");
        assert_eq!(as_customer(None), Customer::NEW);
    }

    #[test]
    fn gaps_are_those_of_the_orders_that_models_count_and_no_more_than_even() {
        let gaps = |frequency, sum| log_gaps(&PurchaseSummary { log_gaps: sum, ..summary(frequency) });
        assert_eq!(gaps(0, 0.0), 0.0);
        assert_eq!(gaps(4, -3.0), -3.0);
        // Four gaps within 52 weeks: at most 13 weeks each.
        assert_eq!(gaps(4, 11.0), 4.0 * 13.0_f64.ln());
        let (till, hour) = (2 * Customer::MAX_FREQUENCY, (1.0_f64 / 168.0).ln());
        let counted = gaps(till, f64::from(till) * hour) / f64::from(Customer::MAX_FREQUENCY);
        assert!((counted - hour).abs() < 1e-12, "{counted}");
        // As what the models are fitted to asks for.
        let even = Customer::new(4, Weeks::new(52.0).unwrap(), Weeks::new(52.0).unwrap()).unwrap();
        assert!(RfmData::new([even]).unwrap().with_log_gaps(gaps(4, 11.0)).is_ok());
    }
}
