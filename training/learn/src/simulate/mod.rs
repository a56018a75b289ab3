//! Made-up customers whose truth is known.
//!
//! A model is judged by what it says about customers who may or may not come back, and of real ones nobody
//! knows. Here each has a true rate of ordering, a true end and a true mean of orders, drawn from the very
//! process that a purchase model assumes ([`Process`], [`GammaGamma`](tenure_btyd::GammaGamma)), and around
//! the orders everything that a shop would see: visits, carts, messages, refunds, seasons.
//!
//! What a customer does depends on the seed and the customer's number alone, so customers are made in
//! parallel, and a simulation of ten is the beginning of one of a million. The same seed gives the same events
//! on every machine: `random.rs` says what that rests on.
//!
//! ```
//! use tenure_core::{EventKind, TimeZone, Timestamp};
//! use tenure_learn::simulate::{Simulation, Simulator};
//!
//! let day = |text| Timestamp::parse(text, &TimeZone::utc());
//! let simulator = Simulator::new(Simulation::new(100, day("2023-01-01")?, day("2025-01-01")?)?)?;
//! let (mut orders, mut churned) = (0, 0);
//! simulator.run::<tenure_learn::LearnError>(
//!     &mut |event| Ok(orders += u64::from(event.kind == EventKind::Order)),
//!     &mut |truth| Ok(churned += u64::from(truth.churned_at.is_some())),
//! )?;
//! assert!(orders > 0 && churned > 0);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod aftermath;
mod calendar;
mod delivery;
mod journal;
mod life;
mod messages;
mod options;
mod random;
mod seasons;
mod shop;
mod truth;
mod visits;

pub use options::{Process, RowOrder, Shape, Simulation};
pub use truth::Truth;

use rayon::prelude::*;
use tenure_core::{CustomerId, Event};

use crate::LearnError;
use journal::Journal;
use life::Life;
use random::{Purpose, Random};
use seasons::Seasons;

/// Customers whose rows are brought into one order by [`RowOrder::Interleaved`].
pub const INTERLEAVED_CUSTOMERS: u64 = 1_024;

/// Customers made at once where rows follow customers; what bounds memory.
const BATCH: u64 = 256;

/// Makes customers.
#[derive(Debug)]
pub struct Simulator {
    simulation: Simulation,
    seasons: Seasons,
}

impl Simulator {
    /// Prepares a simulation.
    ///
    /// # Errors
    /// When there is no customer, the span does not go forward or beyond a hundred years, a share lies outside
    /// 0 to 1, or customers would order more than twenty times a week.
    pub fn new(simulation: Simulation) -> Result<Self, LearnError> {
        simulation.check()?;
        let (from_us, to_us) = (simulation.from.microseconds(), simulation.to.microseconds());
        let seasons = Seasons::new(from_us, to_us, simulation.seasons);
        Ok(Self { simulation, seasons })
    }

    /// What is simulated.
    #[must_use]
    pub const fn simulation(&self) -> &Simulation {
        &self.simulation
    }

    /// Makes all customers, on all cores, and hands over their events and then, one a customer, their truths.
    ///
    /// No more than a batch of customers is in memory. The order of rows does not depend on the threads.
    ///
    /// # Errors
    /// The first error of either function; the simulation itself does not fail.
    pub fn run<E: From<LearnError>>(
        &self,
        on_event: &mut dyn FnMut(Event) -> Result<(), E>,
        on_truth: &mut dyn FnMut(Truth) -> Result<(), E>,
    ) -> Result<(), E> {
        let is_interleaved = self.simulation.row_order == RowOrder::Interleaved;
        let step = if is_interleaved { INTERLEAVED_CUSTOMERS } else { BATCH };
        let mut first = 0;
        while first < self.simulation.customers {
            let last = (first + step).min(self.simulation.customers);
            let made: Result<Vec<(Truth, Vec<Event>)>, LearnError> =
                (first..last).into_par_iter().map(|number| self.customer(number)).collect();
            let made = made?;
            if is_interleaved {
                let (truths, events): (Vec<Truth>, Vec<Vec<Event>>) = made.into_iter().unzip();
                let mut random = Random::new(self.simulation.seed, first, Purpose::Rows);
                let mut events: Vec<Event> = events.into_iter().flatten().collect();
                events.sort_by_key(Event::known_at);
                delivery::shuffle(events, &self.simulation, &mut random)
                    .into_iter()
                    .try_for_each(&mut *on_event)?;
                truths.into_iter().try_for_each(&mut *on_truth)?;
            } else {
                for (truth, events) in made {
                    events.into_iter().try_for_each(&mut *on_event)?;
                    on_truth(truth)?;
                }
            }
            first = last;
        }
        Ok(())
    }

    /// One customer, by number from 0: the truth, and the events in the order of their rows.
    fn customer(&self, number: u64) -> Result<(Truth, Vec<Event>), LearnError> {
        let simulation = &self.simulation;
        let life = Life::new(simulation, &self.seasons, number);
        let customer_id = CustomerId::new(&format!("c{number:07}"))?;
        let span_us = (simulation.from.microseconds(), simulation.to.microseconds());
        let mut journal = Journal {
            customer_id: customer_id.clone(),
            currency: simulation.currency,
            country: life.traits.country.code,
            span_us,
            events: Vec::new(),
        };
        let mut random = Random::new(simulation.seed, number, Purpose::Behaviour);
        for (index, purchase) in life.purchases.iter().enumerate() {
            let order_id = format!("o{number}-{index}");
            visits::buy(purchase, &order_id, (&life, &self.seasons), &mut random, &mut journal);
            aftermath::settle(purchase, &order_id, &mut journal);
        }
        if simulation.shape == Shape::Browsing {
            let carts = visits::look_around(&life, &self.seasons, &mut random, &mut journal);
            messages::receive(&life, &self.seasons, &carts, &mut random, &mut journal);
            aftermath::respond(&life, &mut random, &mut journal);
        } else {
            let is_kept = |event: &Event| event.attributes.order_id.is_some();
            journal.events.retain(is_kept);
        }
        let mut random = Random::new(simulation.seed, number, Purpose::Delivery);
        let mut events = delivery::deliver(journal.events, number, simulation, &mut random);
        if simulation.row_order == RowOrder::Customer {
            let mut random = Random::new(simulation.seed, number, Purpose::Rows);
            events = delivery::shuffle(events, simulation, &mut random);
        }
        Ok((Truth::new(customer_id, &life)?, events))
    }
}
