//! Visits to the shop: what is looked at, put in the cart, and left there.

use tenure_core::EventKind;

use super::calendar::Sale;
use super::journal::{Details, Journal};
use super::life::{Life, Purchase, Traits};
use super::random::Random;
use super::seasons::{DAY_US, HOUR_US, Seasons};
use super::shop::{self, Channel, Product};

const SECOND_US: i64 = 1_000_000;

/// A visit that is about to happen.
#[derive(Clone, Copy, Debug)]
pub(super) struct Visit<'a> {
    pub(super) at_us: i64,
    pub(super) channel: Channel,
    pub(super) campaign: Option<&'a str>,
    /// How much interest the customer has, 0 to 1: fewer pages and less time, the less there is.
    pub(super) interest: f64,
    /// Nothing happens from here on: the customer's end, or the order that a later visit leads to.
    pub(super) until_us: i64,
}

/// Visits without an order, over the whole life; gives the instants at which a cart was left.
pub(super) fn look_around(
    life: &Life,
    seasons: &Seasons,
    random: &mut Random,
    journal: &mut Journal,
) -> Vec<i64> {
    let traits = &life.traits;
    let channel = shop::own_channel(traits.channel);
    let until_us = life.ended_us.unwrap_or(i64::MAX).min(journal.span_us.1);
    let step_us = 7.0 * DAY_US as f64 / (traits.visits_a_week * seasons.most()).max(1e-6);
    let mut at_us = life.arrived_us;
    let mut left = Vec::new();
    // Somebody is known because of a first visit.
    let mut is_first = true;
    while at_us < until_us {
        let interest = life.interest(at_us);
        let demand = seasons.demand(at_us, traits.clock()) / seasons.most();
        if is_first || random.chance(demand * interest) {
            let visit = Visit { at_us, channel, campaign: None, interest, until_us };
            left.extend(browse(&visit, life, random, journal));
        }
        is_first = false;
        at_us = at_us.saturating_add((step_us * random.exponential()) as i64 + 1);
    }
    left
}

/// One visit without an order; gives the instant at which a cart was left, if one was.
pub(super) fn browse(
    visit: &Visit<'_>,
    life: &Life,
    random: &mut Random,
    journal: &mut Journal,
) -> Option<i64> {
    let traits = &life.traits;
    if visit.until_us - visit.at_us < SECOND_US {
        return None;
    }
    let keen = 0.35 + 0.65 * visit.interest;
    let seconds = (random.log_normal(240.0, 0.8) * keen).clamp(5.0, 7_200.0) as i64;
    let seconds = seconds.min((visit.until_us - visit.at_us) / SECOND_US);
    let base = || details(visit, traits.device);
    journal.write(EventKind::Session, visit.at_us, &Details { seconds: Some(seconds), ..base() });
    let at = |place: f64| visit.at_us + (place * (seconds * SECOND_US) as f64) as i64;
    let views = 1 + random.poisson(3.0 * keen);
    let mut last = None;
    for index in 0..views {
        let product = shop::draw_product(random, traits.favourites);
        let place = (f64::from(index) + random.uniform()) / f64::from(views);
        // The cart and the checkout come last.
        journal.write(
            EventKind::ProductView,
            at(0.8 * place),
            &Details { product: Some(&product), ..base() },
        );
        last = Some(product);
    }
    let product = last.filter(|_| random.chance(0.3 * keen))?;
    let quantity = Some(1 + random.poisson(0.3));
    let cart = Details { product: Some(&product), quantity, ..base() };
    journal.write(EventKind::AddToCart, at(0.85), &cart);
    if random.chance(0.35) {
        journal.write(EventKind::CheckoutStart, at(0.95), &base());
    }
    Some(at(1.0))
}

fn details<'a>(visit: &Visit<'a>, device: &'a str) -> Details<'a> {
    Details {
        channel: Some(visit.channel.name),
        campaign: visit.campaign,
        device: Some(device),
        ..Details::default()
    }
}

/// The visit that ends in an order, those before it in which the customer makes up their mind, and the order.
pub(super) fn buy(
    purchase: &Purchase,
    order_id: &str,
    (life, seasons): (&Life, &Seasons),
    random: &mut Random,
    journal: &mut Journal,
) {
    let traits = &life.traits;
    let is_usual = random.chance(0.85);
    let channel = if is_usual { traits.channel } else { shop::draw_channel(random, traits.country.region) };
    let sale = seasons.sale(purchase.at_us, traits.clock());
    let campaign = sale.map(Sale::campaign).filter(|_| random.chance(0.7));
    let product = shop::draw_product(random, traits.favourites);
    let quantity = Some(1 + random.poisson(0.6));
    if channel.shows_visits {
        let until_us = purchase.at_us;
        let interest = life.interest(until_us - 1);
        for _ in 0..random.poisson(1.2) {
            // Some days before, at about the same hour.
            let days = 1 + random.below(9) as i64;
            let at_us = until_us - days * DAY_US + (random.between(-3.0, 3.0) * HOUR_US as f64) as i64;
            if at_us > life.arrived_us {
                let visit = Visit { at_us, channel, campaign: None, interest, until_us };
                browse(&visit, life, random, journal);
            }
        }
        let visit = Visit { at_us: until_us, channel, campaign, interest, until_us };
        walk_to_checkout(&visit, traits, (&product, quantity), random, journal);
    }
    let reduced = if sale.is_some() { 0.8 } else { 0.1 };
    let is_reduced = random.chance(if traits.is_hunter { 0.9 } else { reduced });
    let percent = *random.pick(&[10, 15, 20, 30], |percent| 1.0 / f64::from(*percent));
    // What was paid is the list price less the discount.
    let discount = purchase.minor_units * i64::from(percent) / i64::from(100 - percent);
    let order = Details {
        amount_minor: Some(purchase.minor_units),
        discount_minor: Some(discount).filter(|discount| is_reduced && *discount > 0),
        order_id: Some(order_id),
        quantity,
        product: Some(&product),
        channel: Some(channel.name),
        campaign,
        device: Some(traits.device),
        ..Details::default()
    };
    journal.write(EventKind::Order, purchase.at_us, &order);
}

/// From the landing page to the last click before the order, whose instant is the visit's.
fn walk_to_checkout(
    visit: &Visit<'_>,
    traits: &Traits,
    (product, quantity): (&Product, Option<u32>),
    random: &mut Random,
    journal: &mut Journal,
) {
    let seconds = random.between(180.0, 1_500.0) as i64;
    let before = |share: f64| visit.at_us - (share * (seconds * SECOND_US) as f64) as i64;
    let base = || details(visit, traits.device);
    let stayed = seconds + random.between(10.0, 120.0) as i64;
    journal.write(EventKind::Session, before(1.0), &Details { seconds: Some(stayed), ..base() });
    for _ in 0..random.poisson(3.0) {
        let other = shop::draw_product(random, traits.favourites);
        let share = random.between(0.55, 0.98);
        journal.write(EventKind::ProductView, before(share), &Details { product: Some(&other), ..base() });
    }
    let bought = || Details { product: Some(product), ..base() };
    journal.write(EventKind::ProductView, before(0.5), &bought());
    journal.write(EventKind::AddToCart, before(0.35), &Details { quantity, ..bought() });
    journal.write(EventKind::CheckoutStart, before(random.between(0.05, 0.3)), &base());
}
