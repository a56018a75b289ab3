//! What follows an order: cancellation, refund, points, review, recommendation, a subscription.

use tenure_core::EventKind;

use super::journal::{Details, Journal};
use super::life::{Fate, Life, Purchase};
use super::random::Random;
use super::seasons::DAY_US;

/// Points at which they are worth spending.
const ENOUGH_POINTS: u32 = 200;

/// The cancellation or the refund of an order, if there is one.
pub(super) fn settle(purchase: &Purchase, order_id: &str, journal: &mut Journal) {
    let order_id = Some(order_id);
    match purchase.fate {
        Fate::Kept => {}
        Fate::Cancelled { at_us } => {
            journal.write(EventKind::OrderCancel, at_us, &Details { order_id, ..Details::default() });
        }
        Fate::Refunded { at_us, minor_units } => {
            let amount_minor = Some(-minor_units);
            let details = Details { order_id, amount_minor, ..Details::default() };
            journal.write(EventKind::Refund, at_us, &details);
        }
    }
}

/// Points earned and spent, reviews, recommendations, surveys and subscriptions over all orders.
pub(super) fn respond(life: &Life, random: &mut Random, journal: &mut Journal) {
    let traits = &life.traits;
    let mut points = 0;
    let per_major = journal.currency.minor_per_major();
    for purchase in &life.purchases {
        let device = Some(traits.device);
        if traits.is_member {
            if points >= ENOUGH_POINTS && random.chance(0.5) {
                let details = Details { quantity: Some(points), device, ..Details::default() };
                journal.write(EventKind::LoyaltyRedeem, purchase.at_us - 1, &details);
                points = 0;
            }
            let earned = u32::try_from(purchase.minor_units / per_major).unwrap_or(u32::MAX);
            let details = Details { quantity: Some(earned), ..Details::default() };
            journal.write(EventKind::LoyaltyEarn, purchase.at_us + 1, &details);
            points = points.saturating_add(earned);
        }
        if random.chance(0.08) {
            let at_us = purchase.at_us + (random.between(5.0, 20.0) * DAY_US as f64) as i64;
            let is_cross = matches!(purchase.fate, Fate::Refunded { .. }) || life.interest(at_us) < 0.6;
            let stars = *random.pick(&[1, 2, 3, 4, 5_u32], |stars| {
                if is_cross { f64::from(6 - *stars) } else { f64::from(stars * stars * stars) }
            });
            let details = Details { rating: Some(stars), device, ..Details::default() };
            journal.write(EventKind::Review, at_us, &details);
        }
        if random.chance(0.02) {
            let at_us = purchase.at_us + (random.between(1.0, 30.0) * DAY_US as f64) as i64;
            journal.write(EventKind::Referral, at_us, &Details::default());
        }
    }
    survey(life, random, journal);
    subscribe(life, random, journal);
}

/// "Would you recommend us", a month after the first order and twice a year from then on.
fn survey(life: &Life, random: &mut Random, journal: &mut Journal) {
    let Some(first) = life.purchases.first() else { return };
    let mut at_us = first.at_us + 30 * DAY_US;
    while at_us < journal.span_us.1 {
        let interest = life.interest(at_us);
        if random.chance(0.15 * interest) {
            let answer = (random.between(5.0, 11.0) - 5.0 * (1.0 - interest)).clamp(0.0, 10.0) as u32;
            let details = Details { rating: Some(answer), ..Details::default() };
            journal.write(EventKind::Nps, at_us, &details);
        }
        at_us += 182 * DAY_US;
    }
}

/// Few take a subscription with an order; it ends when they leave.
fn subscribe(life: &Life, random: &mut Random, journal: &mut Journal) {
    let taken = life.purchases.get(random.below(life.purchases.len().max(1)));
    let Some(taken) = taken.filter(|_| life.traits.subscribes) else { return };
    journal.write(EventKind::SubscriptionStart, taken.at_us + 2, &Details::default());
    if let Some(ended_us) = life.ended_us {
        journal.write(EventKind::SubscriptionCancel, ended_us.max(taken.at_us + 3), &Details::default());
    }
}
