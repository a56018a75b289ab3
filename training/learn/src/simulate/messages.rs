//! E-mails and text messages, and what the customer does with them.

use tenure_core::EventKind;

use super::calendar::Sale;
use super::journal::{Details, Journal};
use super::life::Life;
use super::random::Random;
use super::seasons::{DAY_US, HOUR_US, Seasons};
use super::shop;
use super::visits::{self, Visit};

const MINUTE_US: i64 = HOUR_US / 60;

/// The shop stops writing to somebody from whom nothing came for so long.
const PATIENCE_US: i64 = 120 * DAY_US;

/// Share of their former openness with which people open mails of a shop that they have left.
const HABIT: f64 = 0.08;

/// A newsletter a week, reminders of carts that were left, and text messages in sales.
pub(super) fn receive(
    life: &Life,
    seasons: &Seasons,
    carts: &[i64],
    random: &mut Random,
    journal: &mut Journal,
) {
    let traits = &life.traits;
    let clock = traits.clock();
    let until_us = life.ended_us.unwrap_or(i64::MAX / 2).saturating_add(PATIENCE_US).min(journal.span_us.1);
    let first_day = (life.arrived_us + clock.offset_hours * HOUR_US).div_euclid(DAY_US) + 1;
    let weekday = random.below(7) as i64;
    for week in 0.. {
        // Ten o'clock where the customer lives, and some minutes until the queue is through.
        let day_us = (first_day + weekday + 7 * week) * DAY_US - clock.offset_hours * HOUR_US;
        if day_us >= until_us {
            break;
        }
        let at_us = day_us + 10 * HOUR_US + (random.uniform() * HOUR_US as f64) as i64;
        let sale = seasons.sale(at_us, clock);
        if traits.reads_mail {
            let campaign = sale.map_or("weekly_news", Sale::campaign);
            send(life, at_us, campaign, random, journal);
        }
        let clicked_us = at_us + MINUTE_US;
        let keen = life.interest(clicked_us) * if sale.is_some() { 0.12 } else { 0.01 };
        if traits.reads_sms && random.chance(keen) {
            let campaign = Some(sale.map_or("text_offer", Sale::campaign));
            let details =
                Details { campaign, channel: Some("sms"), device: Some("mobile"), ..Details::default() };
            journal.write(EventKind::SmsClick, clicked_us, &details);
        }
    }
    for cart_us in carts.iter().filter(|_| traits.reads_mail) {
        let at_us = cart_us + (random.between(1.0, 4.0) * HOUR_US as f64) as i64;
        send(life, at_us, "cart_reminder", random, journal);
    }
}

/// One e-mail: opened or not, followed or not.
fn send(life: &Life, at_us: i64, campaign: &str, random: &mut Random, journal: &mut Journal) {
    let traits = &life.traits;
    let details =
        |device| Details { campaign: Some(campaign), channel: Some("email"), device, ..Details::default() };
    journal.write(EventKind::EmailSend, at_us, &details(None));
    if !random.chance(traits.openness * life.interest(at_us).max(HABIT)) {
        return;
    }
    let opened_us = at_us + (5.0 * random.exponential() * HOUR_US as f64) as i64;
    journal.write(EventKind::EmailOpen, opened_us, &details(Some(traits.device)));
    let interest = life.interest(opened_us);
    if !random.chance(0.2 * interest) {
        return;
    }
    let clicked_us = opened_us + (random.between(0.1, 5.0) * MINUTE_US as f64) as i64;
    let until_us = life.ended_us.unwrap_or(i64::MAX / 2);
    if clicked_us >= until_us {
        return;
    }
    journal.write(EventKind::EmailClick, clicked_us, &details(Some(traits.device)));
    let channel = shop::own_channel(traits.channel);
    let visit = Visit { at_us: clicked_us + 1, channel, campaign: Some(campaign), interest, until_us };
    visits::browse(&visit, life, random, journal);
}
