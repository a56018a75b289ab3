//! How the purchase models let a customer live.

use tenure_core::Weeks;

use super::{Life, Random};
use crate::{BgCnbd, BgNbd, MbgCnbd, MbgNbd, ParetoNbd};

/// A model that can make customers up.
pub trait LivesOf {
    /// One customer, from the first order to the age `until`.
    fn life(&self, until: Weeks, random: &mut Random) -> Life;
}

/// Most orders of one life; those of wild parameters end here.
const MOST_ORDERS: usize = 100_000;

/// A customer who may leave after an order, orders being `k` phases apart.
fn leaving_at_orders(
    k: u32,
    [r, alpha, a, b]: [f64; 4],
    may_leave_at_once: bool,
    until: Weeks,
    random: &mut Random,
) -> Life {
    let rate = random.gamma(r) / alpha;
    let chance = random.beta(a, b);
    let mut life = Life { orders: Vec::new(), left: None };
    if may_leave_at_once && random.chance(chance) {
        life.left = Some(Weeks::ZERO);
        return life;
    }
    let mut age = 0.0;
    while life.orders.len() < MOST_ORDERS {
        age += (0..k).map(|_| random.exponential()).sum::<f64>() / rate;
        let Some(order) = Weeks::new(age).ok().filter(|order| *order <= until) else { break };
        life.orders.push(order);
        if random.chance(chance) {
            life.left = Some(order);
            break;
        }
    }
    life
}

impl LivesOf for BgNbd {
    fn life(&self, until: Weeks, random: &mut Random) -> Life {
        leaving_at_orders(1, self.parameters(), false, until, random)
    }
}

impl LivesOf for MbgNbd {
    fn life(&self, until: Weeks, random: &mut Random) -> Life {
        leaving_at_orders(1, self.parameters(), true, until, random)
    }
}

impl LivesOf for BgCnbd {
    fn life(&self, until: Weeks, random: &mut Random) -> Life {
        leaving_at_orders(self.regularity(), self.parameters(), false, until, random)
    }
}

impl LivesOf for MbgCnbd {
    fn life(&self, until: Weeks, random: &mut Random) -> Life {
        leaving_at_orders(self.regularity(), self.parameters(), true, until, random)
    }
}

impl LivesOf for ParetoNbd {
    fn life(&self, until: Weeks, random: &mut Random) -> Life {
        let [r, alpha, s, beta] = self.parameters();
        let rate = random.gamma(r) / alpha;
        let left = Weeks::new(random.exponential() * beta / random.gamma(s)).ok();
        let left = left.filter(|left| *left <= until);
        let end = left.unwrap_or(until);
        let mut orders = Vec::new();
        let mut age = 0.0;
        while orders.len() < MOST_ORDERS {
            age += random.exponential() / rate;
            let Some(order) = Weeks::new(age).ok().filter(|order| *order <= end) else { break };
            orders.push(order);
        }
        Life { orders, left }
    }
}
