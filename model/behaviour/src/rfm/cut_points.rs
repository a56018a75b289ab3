//! Where the fifths of the customers part, and a customer's scores by them.

use serde::{Deserialize, Serialize};
use tenure_core::{Duration, Money};

use crate::{BehaviourError, PurchaseSummary};

/// A customer's scores, each 1 to 5; 5 is best, also for recency.
///
/// 555 is the most valuable customer, 111 the opposite.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RfmScore {
    /// How lately the customer last ordered, 1 (longest ago) to 5.
    pub recency: u8,
    /// How often the customer ordered, 1 (least) to 5.
    pub frequency: u8,
    /// How much the customer spent in total, less refunds, 1 (least) to 5.
    pub monetary: u8,
}

/// What a customer's scores are made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RfmValues {
    /// Time from the latest order to the as-of.
    pub since_last: Duration,
    /// Purchase occasions, the first among them.
    pub occasions: u32,
    /// Spend less refunds: in total, or what [`RfmMonetary`](super::RfmMonetary) says instead.
    pub monetary: Money,
}

impl From<&PurchaseSummary> for RfmValues {
    fn from(summary: &PurchaseSummary) -> Self {
        Self { since_last: summary.since_last, occasions: summary.occasions(), monetary: summary.net_spend }
    }
}

/// Where the fifths of a shop's customers part; fitted at training and kept in the bundle.
///
/// Each measure has four cuts, which never fall. They are observed values, exact integers, so the same
/// customers give the same cuts on every machine. The [module](super) says what happens to ties.
///
/// ```
/// use tenure_behaviour::rfm::{RfmCutPoints, RfmScore};
/// use tenure_behaviour::{OccasionRule, OrderHistory, PurchaseSummary, SummaryRule};
/// use tenure_core::{AsOf, Currency, EventKind, Money, TimeZone, Timestamp};
///
/// let rule = SummaryRule { occasion: OccasionRule::Day, time_zone: TimeZone::utc() };
/// let as_of = AsOf::new(Timestamp::parse("2024-06-01", &rule.time_zone)?);
/// let mut customers = Vec::new();
/// for (day, orders) in [(1, 1), (2, 1), (3, 1), (4, 2), (5, 3)] {
///     let mut history = OrderHistory::new(Currency::USD);
///     for month in 1..=orders {
///         let at = Timestamp::parse(&format!("2024-0{month}-0{day}"), &rule.time_zone)?;
///         history.record(&EventKind::Order, at, Money::parse("10", Currency::USD)?)?;
///     }
///     customers.extend(PurchaseSummary::of(&history, as_of, &rule)?);
/// }
/// let cut = RfmCutPoints::fit(&customers)?;
/// let frequencies: Vec<u8> = customers.iter().map(|customer| cut.score(customer).frequency).collect();
/// assert_eq!(frequencies, [1, 1, 1, 4, 5]);
/// assert_eq!(cut.score(&customers[4]), RfmScore { recency: 5, frequency: 5, monetary: 5 });
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Unchecked")]
pub struct RfmCutPoints {
    recency_us: [i64; 4],
    frequency_occasions: [i64; 4],
    monetary_minor_units: [i64; 4],
}

/// The cut points as they stand in a file, before anybody looked at them.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Unchecked {
    recency_us: [i64; 4],
    frequency_occasions: [i64; 4],
    monetary_minor_units: [i64; 4],
}

impl RfmCutPoints {
    /// Checks cut points that come from elsewhere, each four values that never fall.
    ///
    /// `recency_us` is in microseconds since the last order, `frequency_occasions` in purchase occasions,
    /// `monetary_minor_units` in minor units of the reporting currency, refunds deducted. A customer gains
    /// a point for each recency cut it lies strictly below and for each other cut it lies strictly above.
    ///
    /// # Errors
    /// When cuts fall, a recency is negative or a frequency below one.
    pub fn new(
        recency_us: [i64; 4],
        frequency_occasions: [i64; 4],
        monetary_minor_units: [i64; 4],
    ) -> Result<Self, BehaviourError> {
        check("recency", recency_us, 0)?;
        check("frequency", frequency_occasions, 1)?;
        check("monetary", monetary_minor_units, i64::MIN)?;
        Ok(Self { recency_us, frequency_occasions, monetary_minor_units })
    }

    /// Cuts the fifths of these customers by total spend, whatever their order.
    ///
    /// # Errors
    /// When there is no customer, or two have spent in different currencies.
    pub fn fit<'a>(customers: impl IntoIterator<Item = &'a PurchaseSummary>) -> Result<Self, BehaviourError> {
        Self::fit_values(customers.into_iter().map(RfmValues::from))
    }

    /// Cuts the fifths of customers by any [monetary value](super::RfmMonetary), whatever their order.
    ///
    /// # Errors
    /// As [`fit`](Self::fit).
    pub fn fit_values(customers: impl IntoIterator<Item = RfmValues>) -> Result<Self, BehaviourError> {
        let customers = customers.into_iter();
        let room = customers.size_hint().0;
        // Since a longer silence is worse, recency is negated to sort from worst to best like the others.
        let mut measures = [Vec::with_capacity(room), Vec::with_capacity(room), Vec::with_capacity(room)];
        let mut currency = None;
        for customer in customers {
            let expected = *currency.get_or_insert(customer.monetary.currency());
            if customer.monetary.currency() != expected {
                return Err(BehaviourError::OtherCurrency { amount: customer.monetary, expected });
            }
            measures[0].push(-customer.since_last.microseconds());
            measures[1].push(i64::from(customer.occasions));
            measures[2].push(customer.monetary.minor_units());
        }
        if currency.is_none() {
            return Err(BehaviourError::NoCustomers);
        }
        let [recency, frequency, monetary] = measures.map(fifths);
        let [longest, longer, shorter, shortest] = recency.map(i64::saturating_neg);
        Self::new([shortest, shorter, longer, longest], frequency, monetary)
    }

    /// Scores a customer by total spend: twelve comparisons.
    #[must_use]
    pub fn score(&self, customer: &PurchaseSummary) -> RfmScore {
        self.score_values(&customer.into())
    }

    /// Scores a customer by the monetary value that the cuts were [fitted on](Self::fit_values).
    #[must_use]
    pub fn score_values(&self, customer: &RfmValues) -> RfmScore {
        RfmScore {
            recency: self.recency_score(customer.since_last),
            frequency: self.frequency_score(i64::from(customer.occasions)),
            monetary: self.monetary_score(customer.monetary.minor_units()),
        }
    }

    /// Scores the time since the last order, 1 to 5.
    #[must_use]
    pub fn recency_score(&self, since_last: Duration) -> u8 {
        one_and(self.recency_us, |cut| since_last.microseconds() < cut)
    }

    /// Scores the number of purchase occasions, the first among them, 1 to 5.
    #[must_use]
    pub fn frequency_score(&self, occasions: i64) -> u8 {
        one_and(self.frequency_occasions, |cut| occasions > cut)
    }

    /// Scores the net spend in minor units of the reporting currency, 1 to 5.
    #[must_use]
    pub fn monetary_score(&self, minor_units: i64) -> u8 {
        one_and(self.monetary_minor_units, |cut| minor_units > cut)
    }

    /// Cuts in microseconds since the last order, shortest first.
    #[must_use]
    pub const fn recency_us(&self) -> [i64; 4] {
        self.recency_us
    }

    /// Cuts in purchase occasions, fewest first.
    #[must_use]
    pub const fn frequency_occasions(&self) -> [i64; 4] {
        self.frequency_occasions
    }

    /// Cuts in minor units of net spend, least first.
    #[must_use]
    pub const fn monetary_minor_units(&self) -> [i64; 4] {
        self.monetary_minor_units
    }
}

impl TryFrom<Unchecked> for RfmCutPoints {
    type Error = BehaviourError;
    fn try_from(file: Unchecked) -> Result<Self, BehaviourError> {
        Self::new(file.recency_us, file.frequency_occasions, file.monetary_minor_units)
    }
}

fn check(measure: &'static str, values: [i64; 4], smallest: i64) -> Result<(), BehaviourError> {
    if values[0] >= smallest && values.is_sorted() {
        Ok(())
    } else {
        Err(BehaviourError::InvalidCutPoints { measure, values, smallest })
    }
}

/// The k-th cut is the smallest observed value that at least k fifths of the values do not exceed: what
/// lies strictly above it has at least k fifths strictly below.
fn fifths(mut values: Vec<i64>) -> [i64; 4] {
    values.sort_unstable();
    [1, 2, 3, 4].map(|k| {
        let rank = (k * values.len()).div_ceil(5);
        values[rank.saturating_sub(1)]
    })
}

fn one_and(cuts: [i64; 4], passes: impl Fn(i64) -> bool) -> u8 {
    1 + cuts.iter().map(|cut| u8::from(passes(*cut))).sum::<u8>()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;
    use tenure_core::{Currency, Timestamp, Weeks};

    fn customer((since_last_us, occasions, minor): (i64, u32, i64)) -> PurchaseSummary {
        PurchaseSummary {
            frequency: occasions - 1,
            recency_age: Weeks::ZERO,
            age: Weeks::ZERO,
            log_gaps: 0.0,
            first_order_at: Timestamp::from_microseconds(0).unwrap(),
            last_order_at: Timestamp::from_microseconds(0).unwrap(),
            since_last: Duration::from_microseconds(since_last_us).unwrap(),
            net_spend: Money::from_minor_units(minor, Currency::USD),
            first_spend: Money::from_minor_units(minor, Currency::USD),
        }
    }

    fn customers(rows: &[(i64, u32, i64)]) -> Vec<PurchaseSummary> {
        rows.iter().copied().map(customer).collect()
    }

    /// Rows with many ties, as shops have them.
    fn rows() -> impl Strategy<Value = Vec<(i64, u32, i64)>> {
        vec((0..12_i64, 1..5_u32, -3..9_i64), 1..60)
    }

    #[test]
    fn ten_different_customers_fall_two_by_two() {
        let rows: Vec<_> = (1..=10).map(|i| (i, i as u32, 100 * i)).collect();
        let customers = customers(&rows);
        let cut = RfmCutPoints::fit(&customers).unwrap();
        let scores: Vec<_> = customers.iter().map(|c| cut.score(c)).collect();
        for (i, expected) in [1, 1, 2, 2, 3, 3, 4, 4, 5, 5].into_iter().enumerate() {
            let score = RfmScore { recency: 6 - expected, frequency: expected, monetary: expected };
            assert_eq!(scores[i], score, "customer {i}");
        }
        assert_eq!(cut.recency_us(), [3, 5, 7, 9]);
        assert_eq!(cut.frequency_occasions(), [2, 4, 6, 8]);
        assert_eq!(cut.monetary_minor_units(), [200, 400, 600, 800]);
    }

    #[track_caller]
    fn check_frequency(occasions: &[u32], expected: &[u8]) {
        let rows: Vec<_> = occasions.iter().map(|n| (0, *n, 0)).collect();
        let customers = customers(&rows);
        let cut = RfmCutPoints::fit(&customers).unwrap();
        let scores: Vec<_> = customers.iter().map(|c| cut.score(c).frequency).collect();
        assert_eq!(scores, expected);
    }

    #[test]
    fn one_order_buyers_all_score_one() {
        check_frequency(&[1; 7], &[1; 7]);
        check_frequency(&[1, 1, 1, 1, 1, 1, 1, 2, 2, 3], &[1, 1, 1, 1, 1, 1, 1, 4, 4, 5]);
        check_frequency(&[1, 1, 1, 1, 2], &[1, 1, 1, 1, 5]);
        check_frequency(&[1, 2, 2, 2, 2], &[1, 2, 2, 2, 2]);
        check_frequency(&[4], &[1]);
    }

    #[test]
    fn a_better_customer_than_any_at_training_scores_five() {
        let cut = RfmCutPoints::fit(&customers(&[(5, 1, 0); 3])).unwrap();
        let best = RfmScore { recency: 5, frequency: 5, monetary: 5 };
        assert_eq!(cut.score(&customer((4, 2, 1))), best);
        let worst = RfmScore { recency: 1, frequency: 1, monetary: 1 };
        assert_eq!(cut.score(&customer((6, 1, -1))), worst);
        assert_eq!(
            cut.score(&customer((0, u32::MAX, i64::MAX))),
            best,
            "the ends of the integers do not wrap"
        );
    }

    #[test]
    fn refuses_no_customers_and_two_currencies() {
        assert_eq!(RfmCutPoints::fit([]), Err(BehaviourError::NoCustomers));
        let mut mixed = customers(&[(1, 1, 1); 2]);
        let amount = Money::from_minor_units(1, Currency::EUR);
        mixed[1].net_spend = amount;
        let expected = Currency::USD;
        assert_eq!(RfmCutPoints::fit(&mixed), Err(BehaviourError::OtherCurrency { amount, expected }));
    }

    #[test]
    fn refuses_cut_points_that_fall_or_cannot_be() {
        let (ones, fall) = ([1; 4], [1, 3, 2, 4]);
        let refused = |measure, values, smallest| {
            Err::<RfmCutPoints, _>(BehaviourError::InvalidCutPoints { measure, values, smallest })
        };
        assert_eq!(RfmCutPoints::new(fall, ones, ones), refused("recency", fall, 0));
        assert_eq!(RfmCutPoints::new([-1, 0, 0, 0], ones, ones), refused("recency", [-1, 0, 0, 0], 0));
        assert_eq!(RfmCutPoints::new(ones, [0, 1, 1, 1], ones), refused("frequency", [0, 1, 1, 1], 1));
        assert_eq!(RfmCutPoints::new(ones, ones, fall), refused("monetary", fall, i64::MIN));
    }

    #[test]
    fn cut_points_are_checked_when_read_from_a_file() {
        let cut = RfmCutPoints::new([1, 2, 3, 4], [1, 1, 2, 3], [-5, 0, 5, 9]).unwrap();
        let bytes = postcard::to_stdvec(&cut).unwrap();
        assert_eq!(postcard::from_bytes::<RfmCutPoints>(&bytes), Ok(cut));
        let json = serde_json::to_string(&cut).unwrap();
        assert_eq!(serde_json::from_str::<RfmCutPoints>(&json).unwrap(), cut);
        let error = serde_json::from_str::<RfmCutPoints>(&json.replace("[1,2,3,4]", "[4,3,2,1]"));
        assert!(error.unwrap_err().to_string().contains("recency cut points [4, 3, 2, 1]"));
        assert!(serde_json::from_str::<RfmCutPoints>(&json.replace('}', ",\"x\":1}")).is_err());
    }

    proptest! {
        #[test]
        fn a_score_is_one_and_the_whole_fifths_strictly_worse(rows in rows(), probe in (0..12_i64, 1..5_u32, -3..9_i64)) {
            let cut = RfmCutPoints::fit(&customers(&rows)).unwrap();
            for row in rows.iter().copied().chain([probe]) {
                let fifths = |worse: usize| (1 + 5 * worse / rows.len()).min(5) as u8;
                let expected = RfmScore {
                    recency: fifths(rows.iter().filter(|other| other.0 > row.0).count()),
                    frequency: fifths(rows.iter().filter(|other| other.1 < row.1).count()),
                    monetary: fifths(rows.iter().filter(|other| other.2 < row.2).count()),
                };
                prop_assert_eq!(cut.score(&customer(row)), expected, "{:?}", row);
            }
        }

        #[test]
        fn the_order_of_customers_changes_nothing(
            (rows, shuffled) in rows().prop_flat_map(|rows| (Just(rows.clone()), Just(rows).prop_shuffle()))
        ) {
            prop_assert_eq!(
                RfmCutPoints::fit(&customers(&rows)),
                RfmCutPoints::fit(&customers(&shuffled))
            );
        }

        #[test]
        fn better_never_scores_lower(
            rows in rows(),
            (a, b) in ((0..12_i64, 1..5_u32, -3..9_i64), (0..12_i64, 1..5_u32, -3..9_i64)),
        ) {
            let cut = RfmCutPoints::fit(&customers(&rows)).unwrap();
            let worse = cut.score(&customer((a.0.max(b.0), a.1.min(b.1), a.2.min(b.2))));
            let better = cut.score(&customer((a.0.min(b.0), a.1.max(b.1), a.2.max(b.2))));
            prop_assert!(worse.recency <= better.recency);
            prop_assert!(worse.frequency <= better.frequency && worse.monetary <= better.monetary);
            for score in [worse.recency, worse.frequency, worse.monetary, better.recency] {
                prop_assert!((1..=5).contains(&score));
            }
        }
    }
}
