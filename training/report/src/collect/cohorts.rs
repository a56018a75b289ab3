//! Who came back, by month of first order.

use std::collections::BTreeMap;

use jiff::civil::Date;
use tenure_behaviour::{OrderHistory, SummaryRule};
use tenure_core::Timestamp;

use crate::report::{Cohort, Cohorts};

/// Most months on either side; the latest are shown.
const MOST_MONTHS: i32 = 24;

/// Months in which a shop of customers came first and again, in its own zone, as far as they are whole.
pub(crate) fn cohorts(histories: &[&OrderHistory], rule: &SummaryRule, last_event: Timestamp) -> Cohorts {
    let month_of = |at: Timestamp| month(rule.time_zone.date(at));
    // The month of the last event is whole only if that fell on its last day.
    let last_date = rule.time_zone.date(last_event);
    let end = month(last_date) + i32::from(last_date == last_date.last_of_month());
    let mut all: BTreeMap<i32, (u64, Vec<u64>)> = BTreeMap::new();
    for history in histories {
        let orders = history.entries().iter().filter(|(_, minor)| *minor >= 0);
        let mut months: Vec<i32> = orders.map(|(at, _)| month_of(*at)).collect();
        months.dedup();
        let Some(first) = months.first().copied() else { continue };
        if first < end - MOST_MONTHS || first >= end {
            continue;
        }
        let whole = usize::try_from(end - first - 1).unwrap_or(0);
        let (customers, returned) = all.entry(first).or_insert_with(|| (0, vec![0; whole]));
        *customers += 1;
        for later in months.iter().filter(|later| **later > first) {
            if let Some(count) =
                usize::try_from(later - first - 1).ok().and_then(|place| returned.get_mut(place))
            {
                *count += 1;
            }
        }
    }
    let line = |(first, (customers, returned)): (i32, (u64, Vec<u64>))| Cohort {
        month: format!("{:04}-{:02}", first.div_euclid(12), first.rem_euclid(12) + 1),
        customers,
        returned: returned.iter().map(|count| *count as f64 / customers as f64).collect(),
    };
    Cohorts { lines: all.into_iter().map(line).collect() }
}

/// Months since the year 0.
fn month(date: Date) -> i32 {
    i32::from(date.year()) * 12 + i32::from(date.month()) - 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use tenure_behaviour::OccasionRule;
    use tenure_core::{Currency, EventKind, Money, TimeZone};

    #[track_caller]
    fn check(zone: &str, customers: &[&[&str]], expected: &[(&str, u64, &[f64])]) {
        let rule = SummaryRule { occasion: OccasionRule::Day, time_zone: zone.parse().unwrap() };
        let at = |text: &str| Timestamp::parse(text, &TimeZone::utc()).unwrap();
        let history = |orders: &&[&str]| {
            let mut history = OrderHistory::new(Currency::USD);
            for order in *orders {
                history
                    .record(&EventKind::Order, at(order), Money::from_minor_units(1, Currency::USD))
                    .unwrap();
            }
            history
        };
        let histories: Vec<OrderHistory> = customers.iter().map(history).collect();
        let all: Vec<&OrderHistory> = histories.iter().collect();
        let last = customers.iter().flat_map(|orders| orders.iter()).map(|order| at(order)).max().unwrap();
        let seen = cohorts(&all, &rule, last);
        let seen: Vec<_> =
            seen.lines.iter().map(|line| (line.month.as_str(), line.customers, &line.returned[..])).collect();
        assert_eq!(seen, expected);
    }

    #[test]
    fn a_month_counts_once_and_only_if_it_is_whole() {
        let customers: [&[&str]; 3] = [
            &["2024-01-03", "2024-02-01", "2024-02-20", "2024-04-02"],
            &["2024-01-31"],
            &["2024-03-05", "2024-04-30T12:00"],
        ];
        check("UTC", &customers, &[("2024-01", 2, &[0.5, 0.0, 0.5]), ("2024-03", 1, &[1.0])]);
        let cut: [&[&str]; 2] = [&["2024-01-03", "2024-02-01"], &["2024-01-31", "2024-04-02"]];
        check("UTC", &cut, &[("2024-01", 2, &[0.5, 0.0])]);
    }

    #[test]
    fn a_month_is_a_month_of_the_shop() {
        let customers: [&[&str]; 2] = [&["2024-01-31T20:00"], &["2024-02-29T10:00"]];
        check("Asia/Shanghai", &customers, &[("2024-02", 2, &[])]);
    }
}
