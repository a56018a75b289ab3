//! Who a customer is, when orders come, and when that ends.

use tenure_core::Currency;

use super::Process;
use super::options::Simulation;
use super::random::{Purpose, Random};
use super::seasons::{Clock, DAY_US, HOUR_US, Seasons};
use super::shop::{self, Channel, Country};

const WEEK_US: f64 = 7.0 * DAY_US as f64;

/// How long before the end a customer begins to lose interest.
const FADING_US: i64 = 45 * DAY_US;

/// What stays the same about a customer.
#[derive(Debug)]
pub(super) struct Traits {
    pub(super) country: &'static Country,
    pub(super) channel: Channel,
    pub(super) device: &'static str,
    pub(super) favourites: [usize; 2],
    pub(super) is_hunter: bool,
    pub(super) reads_mail: bool,
    pub(super) reads_sms: bool,
    pub(super) is_member: bool,
    pub(super) subscribes: bool,
    /// Share of e-mails opened while interested.
    pub(super) openness: f64,
    /// Visits a week without an order at their end.
    pub(super) visits_a_week: f64,
}

impl Traits {
    pub(super) fn clock(&self) -> Clock {
        let Country { region, offset_hours, .. } = *self.country;
        Clock { region, offset_hours, is_hunter: self.is_hunter }
    }
}

/// One order.
#[derive(Clone, Copy, Debug)]
pub(super) struct Purchase {
    pub(super) at_us: i64,
    pub(super) minor_units: i64,
    pub(super) fate: Fate,
}

/// What becomes of an order.
#[derive(Clone, Copy, Debug)]
pub(super) enum Fate {
    Kept,
    Cancelled { at_us: i64 },
    Refunded { at_us: i64, minor_units: i64 },
}

/// A customer's true life.
#[derive(Debug)]
pub(super) struct Life {
    pub(super) traits: Traits,
    pub(super) is_buyer: bool,
    pub(super) arrived_us: i64,
    /// The true end; `None` while alive at the end of the log.
    pub(super) ended_us: Option<i64>,
    pub(super) orders_per_week: f64,
    /// Rate a week, or probability after an order, by the process.
    pub(super) dropout: f64,
    pub(super) mean_spend: f64,
    pub(super) purchases: Vec<Purchase>,
}

impl Life {
    pub(super) fn new(simulation: &Simulation, seasons: &Seasons, number: u64) -> Self {
        let mut random = Random::new(simulation.seed, number, Purpose::Life);
        let is_buyer = !random.chance(simulation.visitor_share);
        let mut traits = draw_traits(&mut random);
        let (from_us, to_us) = (simulation.from.microseconds(), simulation.to.microseconds());
        // More come when the shop is busy. The first order is drawn, and the first visit some days before it.
        let first_us = loop {
            let at_us = from_us + (random.uniform() * (to_us - from_us) as f64) as i64;
            if random.chance(seasons.demand(at_us, traits.clock()) / seasons.most()) {
                break at_us;
            }
        };
        let Fates { orders_per_week, dropout, lifetime_us } = draw_fates(&mut random, simulation.process);
        traits.visits_a_week = (0.25 + 1.5 * orders_per_week) * random.gamma(2.0) / 2.0;
        let [shape, q, scale] = simulation.spend.parameters();
        let mean_spend = shape * scale / random.gamma(q);
        let mut life = Self {
            traits,
            is_buyer,
            arrived_us: first_us,
            ended_us: None,
            orders_per_week,
            dropout,
            mean_spend,
            purchases: Vec::new(),
        };
        if !is_buyer {
            let end = add(first_us, 45.0 * DAY_US as f64 * random.exponential());
            life.ended_us = Some(end).filter(|end| *end < to_us);
            return life;
        }
        let looked_us = HOUR_US as f64 + 4.0 * DAY_US as f64 * random.exponential();
        life.arrived_us = add(first_us, -looked_us).max(from_us);
        life.buy(&mut random, simulation, seasons, (first_us, add(first_us, lifetime_us)));
        life.decide_fates(simulation, number);
        life
    }

    /// How much interest is left at an instant, from 1 down to 0 after the end.
    pub(super) fn interest(&self, at_us: i64) -> f64 {
        match self.ended_us {
            None => 1.0,
            Some(end) if at_us >= end => 0.0,
            Some(end) => 0.2 + 0.8 * ((end - at_us) as f64 / FADING_US as f64).min(1.0),
        }
    }

    /// Orders at the customer's rate times the demand of the season, by thinning (Lewis and Shedler 1979).
    fn buy(
        &mut self,
        random: &mut Random,
        simulation: &Simulation,
        seasons: &Seasons,
        (first_us, mut end_us): (i64, i64),
    ) {
        let [shape, ..] = simulation.spend.parameters();
        let (mean, currency) = (self.mean_spend, simulation.currency);
        let order = |random: &mut Random, at_us| {
            let minor_units = to_minor(mean * random.gamma(shape) / shape, currency);
            Purchase { at_us, minor_units, fate: Fate::Kept }
        };
        let clock = self.traits.clock();
        let step_us = WEEK_US / (self.orders_per_week * seasons.most());
        let to_us = simulation.to.microseconds();
        let mut at_us = first_us;
        self.purchases.push(order(random, first_us));
        loop {
            at_us = add(at_us, step_us * random.exponential()).max(at_us + 1);
            if at_us >= end_us || at_us >= to_us {
                break;
            }
            if !random.chance(seasons.demand(at_us, clock) / seasons.most()) {
                continue;
            }
            self.purchases.push(order(random, at_us));
            if matches!(simulation.process, Process::BgNbd(_)) && random.chance(self.dropout) {
                end_us = at_us;
                break;
            }
        }
        self.ended_us = Some(end_us).filter(|end| *end < to_us);
    }

    fn decide_fates(&mut self, simulation: &Simulation, number: u64) {
        let mut random = Random::new(simulation.seed, number, Purpose::Fate);
        for purchase in &mut self.purchases {
            let (what, delay, part) = (random.uniform(), random.uniform(), random.uniform());
            if what < simulation.cancel_share {
                let at_us = purchase.at_us + 10 * 60_000_000 + (delay * 23.0 * HOUR_US as f64) as i64;
                purchase.fate = Fate::Cancelled { at_us };
            } else if what < simulation.cancel_share + simulation.refund_share {
                let at_us = purchase.at_us + 2 * DAY_US + (delay * 19.0 * DAY_US as f64) as i64;
                // Three in five go back whole; of the others a fifth to four fifths.
                let share = if part < 0.6 { 1.0 } else { 0.2 + 1.5 * (part - 0.6) };
                let minor_units = ((purchase.minor_units as f64 * share) as i64).max(1);
                purchase.fate = Fate::Refunded { at_us, minor_units };
            }
        }
    }
}

struct Fates {
    orders_per_week: f64,
    dropout: f64,
    /// Infinite where orders decide about the end.
    lifetime_us: f64,
}

fn draw_fates(random: &mut Random, process: Process) -> Fates {
    match process {
        Process::ParetoNbd(model) => {
            let [r, alpha, s, beta] = model.parameters();
            let (orders_per_week, dropout) = (random.gamma(r) / alpha, random.gamma(s) / beta);
            Fates { orders_per_week, dropout, lifetime_us: WEEK_US * random.exponential() / dropout }
        }
        Process::BgNbd(model) => {
            let [r, alpha, a, b] = model.parameters();
            let (orders_per_week, dropout) = (random.gamma(r) / alpha, random.beta(a, b));
            Fates { orders_per_week, dropout, lifetime_us: f64::INFINITY }
        }
    }
}

fn draw_traits(random: &mut Random) -> Traits {
    let country = shop::draw_country(random);
    Traits {
        country,
        channel: shop::draw_channel(random, country.region),
        device: shop::draw_device(random),
        favourites: [shop::draw_category(random), shop::draw_category(random)],
        is_hunter: random.chance(0.15),
        reads_mail: random.chance(0.75),
        reads_sms: random.chance(0.30),
        is_member: random.chance(0.40),
        subscribes: random.chance(0.04),
        openness: random.beta(3.0, 5.0),
        visits_a_week: 0.0,
    }
}

/// A later (or earlier) instant, held where arithmetic on instants stays safe.
fn add(at_us: i64, length_us: f64) -> i64 {
    // Casting a float saturates; a quarter of the range leaves room for every sum after it.
    at_us.saturating_add(length_us as i64).clamp(i64::MIN / 4, i64::MAX / 4)
}

/// Whole minor units, at least one, and at most what a million orders may sum to.
fn to_minor(major_units: f64, currency: Currency) -> i64 {
    let minor = major_units * currency.minor_per_major() as f64;
    ((minor + 0.5) as i64).clamp(1, 1_000_000_000_000)
}
