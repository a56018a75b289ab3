//! Small simulated shops: customers who come back at their own pace, and one day do not.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use tenure_core::Timestamp;

/// Microseconds of a day.
pub const DAY_US: i64 = 86_400_000_000;

/// 2020-01-01T00:00:00Z: when the shop opened.
const OPENED_US: i64 = 1_577_836_800_000_000;

/// The shop's history, from its first day on.
const DAYS: f64 = 730.0;

/// An order, or a refund if its amount is below zero.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// Who.
    pub customer_id: String,
    /// When, in microseconds since 1970.
    pub at_us: i64,
    /// Cents; negative for a refund.
    pub minor_units: i64,
}

/// A shop with all its orders and refunds, in no particular order.
#[derive(Clone, Debug)]
pub struct Shop {
    /// What its file holds.
    pub orders: Vec<Order>,
}

impl Shop {
    /// Three hundred customers over 2020 and 2021; the same for the same seed.
    ///
    /// Each comes with a rate of their own and leaves after any order with a probability of their own. One
    /// order in twenty is split into two on a day, one in twenty-five is half refunded five days later.
    #[must_use]
    pub fn simulated(seed: u64) -> Self {
        let mut random = Random(seed);
        let mut orders = Vec::new();
        for index in 0..300 {
            let customer_id = format!("c{index:03}");
            let mut day = random.uniform() * 700.0;
            let per_day = 0.03 * random.exponential();
            let leaves = 0.04 + 0.2 * random.uniform();
            let usual = 2_000.0 + 6_000.0 * random.uniform();
            while day < DAYS {
                let at_us = OPENED_US + (day * 86_400.0) as i64 * 1_000_000;
                let minor_units = (usual * (0.5 + random.uniform())) as i64;
                let mut add = |at_us, minor_units| {
                    orders.push(Order { customer_id: customer_id.clone(), at_us, minor_units });
                };
                add(at_us, minor_units);
                if random.uniform() < 0.05 {
                    add(at_us + 1_000_000, 999);
                }
                if random.uniform() < 0.04 {
                    add(at_us + 5 * DAY_US, -minor_units / 2);
                }
                if random.uniform() < leaves {
                    break;
                }
                day += random.exponential() / per_day;
            }
        }
        Self { orders }
    }

    /// Seven hundred customers over 2020 and 2021, enough for trees; the same for the same seed.
    ///
    /// Who is about to leave mostly sends the last order back, which trees see and no purchase model does.
    #[must_use]
    pub fn telling(seed: u64) -> Self {
        let mut random = Random(seed);
        let mut orders = Vec::new();
        for index in 0..700 {
            let customer_id = format!("c{index:03}");
            let mut day = random.uniform() * 350.0;
            let gap = 12.0 + 40.0 * random.uniform();
            let usual = 2_000.0 + 6_000.0 * random.uniform();
            while day < DAYS {
                let at_us = OPENED_US + (day * 86_400.0) as i64 * 1_000_000;
                let minor_units = (usual * (0.5 + random.uniform())) as i64;
                let leaves = random.uniform() < 0.12;
                let is_sent_back = random.uniform() < if leaves { 0.8 } else { 0.02 };
                let mut add = |at_us, minor_units| {
                    orders.push(Order { customer_id: customer_id.clone(), at_us, minor_units });
                };
                add(at_us, minor_units);
                if is_sent_back {
                    add(at_us + 3 * DAY_US, -minor_units);
                }
                if leaves {
                    break;
                }
                day += random.exponential() * gap;
            }
        }
        Self { orders }
    }

    /// The shop's export.
    ///
    /// # Panics
    /// When an order lies outside the years that can be written.
    #[must_use]
    pub fn csv(&self) -> String {
        let mut text = "customer_id,created_at,total,kind\n".to_owned();
        for Order { customer_id, at_us, minor_units } in &self.orders {
            let at = Timestamp::from_microseconds(*at_us).unwrap();
            let sign = if *minor_units < 0 { "-" } else { "" };
            let kind = if *minor_units < 0 { "refund" } else { "order" };
            let cents = minor_units.abs();
            writeln!(text, "{customer_id},{at},{sign}{}.{:02},{kind}", cents / 100, cents % 100).unwrap();
        }
        text
    }

    /// Customers with an order (not only a refund) before an instant, by id.
    #[must_use]
    pub fn customers_before(&self, at_us: i64) -> BTreeSet<&str> {
        let seen = self.orders.iter().filter(|order| order.at_us < at_us && order.minor_units >= 0);
        seen.map(|order| order.customer_id.as_str()).collect()
    }

    /// The same orders in another order.
    #[must_use]
    pub fn shuffled(mut self, seed: u64) -> Self {
        let mut random = Random(seed);
        for last in (1..self.orders.len()).rev() {
            self.orders.swap(last, (random.next() % (last as u64 + 1)) as usize);
        }
        self
    }
}

/// `SplitMix64`: enough for a simulation, and the same everywhere.
#[derive(Clone, Debug)]
struct Random(u64);

impl Random {
    const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// In (0, 1).
    fn uniform(&mut self) -> f64 {
        ((self.next() >> 12) as f64 + 0.5) / (1_u64 << 52) as f64
    }

    /// With mean 1.
    fn exponential(&mut self) -> f64 {
        -self.uniform().ln()
    }
}
