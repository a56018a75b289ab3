//! How rows arrive: late, twice, and out of order, as from real systems.

use tenure_core::{Duration, Event};

use super::options::Simulation;
use super::random::Random;
use super::seasons::HOUR_US;

/// How many rows too late a displaced row stands at most, and a second copy after the first.
const FARTHEST: usize = 20;

/// Names each event, learns of some late, and delivers some twice: for the events of one customer, by time.
///
/// A second copy is the same to the last byte, so whichever is dropped, the same event is left.
pub(super) fn deliver(
    mut events: Vec<Event>,
    number: u64,
    simulation: &Simulation,
    random: &mut Random,
) -> Vec<Event> {
    events.sort_by_key(|event| event.occurred_at);
    for (index, event) in events.iter_mut().enumerate() {
        event.attributes.event_id = Some(format!("e{number}-{index}").into());
        let (is_late, delay) = (random.chance(simulation.late_share), random.uniform());
        if is_late {
            // From an hour to four days, shorter delays more often.
            let delay_us = HOUR_US as f64 * (1.0 + 95.0 * delay * delay);
            let delay = Duration::from_microseconds(delay_us as i64).unwrap_or(Duration::ZERO);
            event.ingested_at = event.ingested_at.saturating_add(delay);
        }
    }
    events
}

/// Doubles and displaces rows, whatever order they stand in.
pub(super) fn shuffle(events: Vec<Event>, simulation: &Simulation, random: &mut Random) -> Vec<Event> {
    let mut rows: Vec<(usize, Event)> = Vec::with_capacity(events.len());
    for (place, event) in events.into_iter().enumerate() {
        let (is_doubled, again) = (random.chance(simulation.duplicate_share), 1 + random.below(FARTHEST));
        let (is_displaced, later) =
            (random.chance(simulation.out_of_order_share), 1 + random.below(FARTHEST));
        let place = if is_displaced { place + later } else { place };
        if is_doubled {
            rows.push((place + again, event.clone()));
        }
        rows.push((place, event));
    }
    // Stable, so a displaced row goes behind the one whose place it takes or before it, always the same.
    rows.sort_by_key(|(place, _)| *place);
    rows.into_iter().map(|(_, event)| event).collect()
}
